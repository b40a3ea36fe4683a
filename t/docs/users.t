# The line of users.acl that closes Redis for whoever has no password, as
# docs/directives.md and docs/hosts.md have it: Redis reads its append only file with
# the rights of that user, and what a function wrote is lost without them.

use strict;
use warnings;

use lib 't/lib';

use Redis;

use Polycard::Command;
use Polycard::Test;

my $prefix = 'polycard:{shop1}:';
my $dir = temp_dir();
my $port = free_port();
my ($rule, $other, @others) = map {
    slurp(source_dir() . "/docs/$_.md") =~ /^    (user default .*)$/mg
} qw( directives hosts );
my $process;

is($rule, $other, 'the same line in both');
is(@others, 0, '... and in no other place');

spew("$dir/redis.conf", "bind 127.0.0.1\nport $port\ndir $dir\nappendonly yes\n"
    . "auto-aof-rewrite-percentage 0\nlogfile $dir/log\n"
    . "aclfile $dir/users.acl\n");

test_rule();
test_short_rule();
stop();
finish();


sub test_rule {
    start($rule);
    eval { Redis->new(server => "127.0.0.1:$port")->get(1) };
    like($@, qr/NOAUTH/, 'nobody is let in without a password');

    my ($status) = run_command(source_dir() . '/redis-scripts/join.sh',
        "$dir/library.lua");
    is($status, 0, 'the library');
    client()->function('LOAD', slurp("$dir/library.lua"));
    client()->fcall('polycard_put_client', 1, $prefix, 380671112233,
        barcode => 1, name => 'Леся');

    stop();
    start($rule);
    is(known(), 1, 'who was there is there after a restart');
}


sub test_short_rule {
    stop();
    start('user default off resetpass');

    SKIP: {
        skip 'this Redis does not ask for the rights', 2 if known();

        like(slurp("$dir/log"), qr/sending an error to its AOF-loading-client/,
            'a shorter line: the log of the manual');
        stop();
        start($rule);
        is(known(), 1, '... and its remedy');
    }
}


sub known { client()->zcard($prefix . 'clients') }


sub start {
    my ($line) = @_;

    spew("$dir/users.acl", "$line\nuser admin on >secret allkeys allchannels "
        . "allcommands\n");
    $process = Polycard::Command->new({},
        $ENV{POLYCARD_REDIS} || 'redis-server', "$dir/redis.conf");
    wait_until { eval { client()->ping } } 30, 'Redis answers';
}


# at once: what is not yet written is not the matter here

sub stop {
    eval { client()->shutdown };
    $process->status;
}


sub client {
    my $client = Redis->new(server => "127.0.0.1:$port", cnx_timeout => 5,
        read_timeout => 20);

    $client->auth('admin', 'secret');

    return $client;
}
