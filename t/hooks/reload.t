# Reloads while hooks are sent, and Redis is far away: what the old worker was
# told is written before it leaves, so that nothing is sent again.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Gateway;
use Polycard::HookShop;
use Polycard::Link;
use Polycard::Redis;

my $ROUNDS = 6;
my $HOOKS = 240;
my $FLIGHT = 8;

# whether it is the gateway that refuses all is not known before so many

my $STREAK = 20;

my $redis = Polycard::Redis->new;

$redis->load_library;

my $link = Polycard::Link->new(to => $redis->socket);
my $shop = Polycard::HookShop->new(redis_server => $redis, market => {
    redis => $link->address, hook_concurrency => $FLIGHT, lease => '30s' });
my $gateway = $shop->gateway;

$shop->ready;


# the webhook-id of those that came again after they were accepted, or refused

sub repeated {
    my ($status) = @_;

    my (%answered, %repeated);

    for my $request ($gateway->requests) {
        my $id = Polycard::Gateway::header($request, 'webhook-id');

        $repeated{$id} = 1 if $answered{$id};
        $answered{$id} ||= ($request->{status} || 0) == $status;
    }

    my @ids = sort keys %repeated;

    return @ids;
}


sub phones { map { sprintf '38050%07d', $_ } 1 .. $HOOKS }


# accepted

$shop->put_all(map { [$_, barcode => "b$_"] } phones());
ok($shop->drain, 'clients are told');
$gateway->forget;

for my $round (1 .. $ROUNDS) {
    $shop->put_all(map { [$_, name => "round $round"] } phones());
    $gateway->wait_requests(($round - 1) * $HOOKS + $round * 10);
    $shop->nginx->reload or fail('a reload');
}

ok($shop->drain, 'reloads while hooks are sent: all arrive');
is_deeply([repeated(200)], [], '... none of them twice');
is(scalar($gateway->requests), $ROUNDS * $HOOKS, '... each of them');


# every second one is refused: that is written before the worker leaves, too

my $n = 0;

$shop->reload(hook_attempts => 1);
$shop->ready;
$gateway->forget;
$shop->rules(['bad', { status => 400 }]);
$shop->put_all(map { [$_, name => $n++ % 2 ? 'bad' : 'good'] } phones());
$gateway->wait_requests(20);
$shop->nginx->reload or fail('a reload');

ok($shop->drain, 'a reload while hooks are refused: none is left');
is_deeply([repeated(200)], [], '... none that was accepted is sent again');
cmp_ok(scalar(repeated(400)), '<', $STREAK,
    '... nor one that was refused, but for those after the last acceptance');
is(scalar($shop->dead), $HOOKS / 2, '... those are set aside');


# Stopped at once: what was answered is written, all the same

$shop->rules;
$gateway->forget;
$shop->put_all(map { [$_, name => 'last'] } phones());
$gateway->wait_requests(100);
$shop->nginx->stop('TERM');
$shop->nginx->start;
ok($shop->drain, 'stopped while hooks are sent: all arrive');
cmp_ok(scalar(repeated(200)), '<=', $FLIGHT,
    '... twice those that were on their way, at the most');

finish();
