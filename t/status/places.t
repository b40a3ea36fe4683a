# polycard_status: each market counts for itself, also when all places have been
# taken, and a worker of before a reload still counts.

use strict;
use warnings;

use lib 't/lib';

use Polycard::FakeRedis;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::Nginx qw( market );
use Polycard::Status;
use Polycard::Test;

my $MOST = 128;
my @others = map { "other$_" } 2 .. $MOST;

my $redis = Polycard::FakeRedis->new(mode => 'mute', modes => {
    mute => sub { $_[0] eq 'HMGET' ? ['hang'] : () } });
my $nginx = Polycard::Nginx->new(connections => 1024,
    http => http_of('before', @others));


# so many markets, of which the first one has a service

sub http_of {
    return join('', map { market($_, redis => $redis->address,
            redis_connect_timeout => '60s', redis_timeout => '60s',
            access_token => 'off', emitter => 'off')
        } @_)
        . "server {\nlisten 127.0.0.1:%%PORT_0%%;\n$STATUS"
        . "location = /getClient { polycard_get_client $_[0]; }\n}\n";
}


sub generation { status($nginx)->{generation} }


my $waiting = start_get($nginx,
    "/getClient?phone=$Polycard::FakeRedis::PHONE");

wait_until { grep { /^HMGET/ } $redis->log } 'one is asked';
$nginx->configure_http(http_of('after', @others));
$nginx->signal('HUP');
wait_until { generation() == 2 } 'a reload, with one market for another one';

# the worker of before is still there for it

$redis->stop;
is((answers($waiting))[0]->status, 503, 'the one of before has failed');
wait_until { (() = $nginx->error_log =~ /exited with code 0/g) == 1 }
    '... and counted';
is_deeply(results(market_status($nginx, 'after')), {},
    '... which nobody else has');

finish();
