# A free port belongs to one test, also before its server listens: two that run
# beside each other never get the same one.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Command;
use Polycard::Test;

my $port = free_port();

# from here on there are this one and the next, for another process as well

($Polycard::Test::FIRST_PORT, $Polycard::Test::PORTS) = ($port, 2);

my $dir = temp_dir();
my $go = "$dir/go";
my $other = Polycard::Command->new({}, $^X, '-It/lib', '-MPolycard::Test',
    '-e', <<'PERL', $port, $go);
($Polycard::Test::FIRST_PORT, $Polycard::Test::PORTS) = ($ARGV[0], 2);
$| = 1;
print free_port(), "\n";
wait_until { -e $ARGV[1] } 'the end';
exit 0;
PERL

wait_until { $other->output =~ /\n/ } 'a port of another process';
is($other->output, $port + 1 . "\n", 'the other of two');

ok(!eval { free_port() }, 'none is left');
like($@, qr/^no free port$/, '... which is said');

spew($go, '');
is($other->status, 0, 'it ends');
is(eval { free_port() }, $port + 1, '... and its port is free again');

finish();
