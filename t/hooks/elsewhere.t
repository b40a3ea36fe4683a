# A market gets another Redis by a reload, while a worker of before still sends
# a hook: what that worker hears of the numbers in use is not about the new one.

use strict;
use warnings;

use lib 't/lib';

use Polycard::HookShop;
use Polycard::Redis;
use Polycard::Test;

my $PHONE = '380501112233';

# the lease is renewed each second

my $shop = Polycard::HookShop->new(market => { lease => '3s',
    hook_timeout => '300s' });
my $before = $shop->redis;
my $after = Polycard::Redis->new;

$shop->ready;
is($shop->add({ phone => $PHONE })->status, 200, 'a card');
$shop->drain;
$shop->gateway->forget;
$shop->gateway->always({ hang => 1 });
$shop->put($PHONE, name => 'Olha');
$shop->gateway->wait_requests(1);

# it answers when the worker of before has renewed its lease

$after->load_library;
$after->signal('STOP');
$shop->{market}{redis} = 'unix:' . $after->socket;
$shop->nginx->configure_http($shop->http_block);
$shop->nginx->signal('HUP');
wait_until { $shop->nginx->error_log =~ /is away: connecting timed out/ }
    'another Redis, which does not answer';
wait_renewed() for 1 .. 2;
$after->signal('CONT');
$shop->{redis} = $after;
wait_until { $after->client->hget($shop->key('meta'), 'sync') }
    'a worker has the lease there';
ok($shop->nginx->error_log !~ /has lost all data/, '... it has lost nothing');
is($after->client->hget($shop->key('meta'), 'sync') =~ /running|done/, 1,
    '... and begins as at a first start');
$shop->gateway->always({});
$shop->ready;
is($shop->add({ phone => $PHONE })->json->{id}, 1, '... with the first id');

# the worker of before may end

$shop->gateway->down;

finish();


sub wait_renewed {
    my $lease = sub { $before->client->pttl($shop->key('lease')) };
    my $left = $lease->();

    wait_until {
        my $last = $left;

        return ($left = $lease->()) > $last;
    } 'it is renewed';
}
