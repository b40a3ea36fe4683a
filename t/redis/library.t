# Another library instead of ours: it stays, one line says which, and when
# it is gone ours is there again.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::Shop;

my $shop = Polycard::Shop->new(market => { card_numbers => 'phone' },
    server => "location = /status { polycard_status; }\n");
my $redis = $shop->redis->client;
my $seen = 0;
my $phone = '380671112200';


sub foreign {
    my ($name, $function) = @_;

    return "#!lua name=$name\nredis.register_function('$function', "
        . "function() return redis.error_reply('ERR not yours') end)\n";
}


# as the only library, from one command to the next

sub put_library {
    my (@libraries) = @_;

    $redis->multi;
    $redis->function('FLUSH');
    $redis->function('LOAD', $_) for @libraries;
    $redis->exec;
}


sub libraries {
    my @names = sort map { my %one = @$_; $one{library_name} }
        @{ $redis->function('LIST') };

    return @names;
}


sub add { $shop->add({ phone => '' . $phone++ }) }


sub crit_lines {
    my @lines = log_lines($shop->nginx, qr/another library/, 'crit');

    my @new = @lines[$seen .. $#lines];

    $seen = @lines;

    return @new;
}


sub state {
    return http_get($shop->nginx, '/status?format=json')->json
        ->{markets}[0]{redis}{state};
}


sub loads {
    my ($calls) = $redis->info('commandstats')->{'cmdstat_function|load'}
        =~ /calls=(\d+)/;

    return $calls;
}


sub taken {
    my ($what, $name, $pattern) = @_;

    is_nok(add(), 503, qr/cannot be reached/, $what) for 1 .. 3;

    my @lines = crit_lines();

    is(@lines, 1, '... one line');
    like($lines[0] || '', $pattern, '... says whose name is taken');
    is_deeply([libraries()], [$name], '... and the other library stays');
    is($shop->get('getGroups')->status, 200, '... what is read is answered');
    ok(wait_until(sub { state() eq 'error' }, 10, 'the status'),
        '... and the status page is red');
}


sub heals {
    my ($name, $what) = @_;

    $redis->function('DELETE', $name);

    ok(wait_until { add()->status == 200 } 20, "$what: addClient");
    is_deeply([libraries()], ['polycard'], '... by our library');
    is(crit_lines(), 0, '... without another line');
}


is(add()->status, 200, 'our library');

put_library(foreign('polycard', 'theirs'));
taken('another library called polycard', 'polycard',
    qr/market "shop1".*: Library 'polycard' already exists/);

my $before = loads();

is(add()->status, 503, 'asked often') for 1 .. 40;
cmp_ok(loads() - $before, '<', 20, '... it is not tried each time');

$shop->reload;
taken('... and at a start', 'polycard',
    qr/: Library 'polycard' already exists/);
heals('polycard', 'it is gone');

put_library(foreign('elsewhere', 'polycard_lease'));
taken('another library with a function of ours', 'elsewhere',
    qr/: Function polycard_lease already exists/);
heals('elsewhere', 'it is gone, too');

put_library();
is(add()->status, 200, 'no library at all is no such case');
is(crit_lines(), 0, '... and no line');

put_library(foreign('polycard', 'theirs'));
taken('another one again', 'polycard', qr/Library 'polycard'/);
heals('polycard', 'gone again');

finish();
