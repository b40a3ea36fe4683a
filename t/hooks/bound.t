# A gateway that is away for long while clients change all the time (contract,
# B12): no more wait than `outbox_max`, Redis and the worker need no more memory
# from then on, changes merge, and in the end the gateway knows what is there.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HookShop;
use Polycard::Picture;

my $bound   = 100;
my $clients = 150;
my $rounds  = 16;
my $changes = 1500;    # a round

my $shop = Polycard::HookShop->new(market => {
    outbox_max => $bound, idempotency_time => '36h',
    sweep_interval => '5ms', hook_retry => '50ms' });
my $gateway = $shop->gateway;
my $redis = $shop->client;
my $made = 0;

$shop->ready;
is($redis->hget($shop->key('meta'), 'idempotency_time'), 36 * 3_600_000,
    'how long keys are known is told to Redis');

srand 1;

sub key    { $shop->key(sprintf 'client:38067%07d', $_[0]) }
sub waits  { my $s = $shop->status; return $s->{outbox} + $s->{held} }
sub memory { $redis->info('memory')->{used_memory} }

# the worker has read all events

sub wait_read {
    wait_until { $redis->client('LIST', 'TYPE', 'pubsub') !~ /omem=[1-9]/ }
        'all events to be read';
}


# Changes as fast as they go, by plain commands.  One client in five comes and
# goes; all are there after each round, so that there are as many keys.

sub create {
    $redis->hset(key($_[0]), barcode => "b$_[0]", name => 'new', bonus => 1,
        sub { });
}

my @changes = (
    sub { $redis->hset($_[0], name => "name $_[1]", sub { }) },
    sub { $redis->hset($_[0], barcode => "c$_[1]", sub { }) },
    sub { $redis->hincrbyfloat($_[0], bonus => $_[1] % 1000 / 4, sub { }) },
    sub { $redis->hincrbyfloat($_[0], bonus => -(7 * $_[1] % 900), sub { }) },
);

sub change_all {
    for (1 .. $changes) {
        my $n = int rand $clients;
        my $key = key($n);

        $made++;

        if ($n % 5 == 0) {
            $redis->del($key, sub { });
            create($n) if $made % 3;

        } else {
            $changes[rand @changes]->($key, $made);
        }
    }

    create($_ * 5) for 0 .. $clients / 5 - 1;
    $redis->hset($shop->key('group:' . $_ % 7), title => "g$_", loyaltyType =>
        'bonuses', loyaltyQuantity => 2, sub { }) for $made .. $made + 50;
    $redis->wait_all_responses;
}


create($_) for 0 .. $clients - 1;
$redis->wait_all_responses;
wait_until { $shop->status->{clients} == $clients && $shop->is_drained } 60,
    'all clients to be told';

my $worker = $shop->holder->[1];

$gateway->down;

my ($keys, $used, $resident) = (0, 0, 0);
my ($most, $most_keys) = (0, 0);

for my $round (1 .. $rounds) {
    change_all();

    my $waits = waits();

    $most = $waits if $waits > $most;

    # what the first rounds need, all have

    if ($round <= 4) {
        wait_read();
        ($keys, $used, $resident) =
            ($redis->dbsize, memory(), resident($worker));

    } elsif ($redis->dbsize > $most_keys) {
        $most_keys = $redis->dbsize;
    }
}

is($most, $bound, "$made changes: never more than $bound hooks wait");

# numbers of cards that come and go: one more bucket of the index for each
# client at most

cmp_ok($most_keys, '<=', $keys + $clients, '... in no more keys');

wait_read();

# without a bound each change would take about 80 bytes

my $second = ($rounds - 4) * $changes;

wait_until { memory() < $used + 10 * $second }
    '... no more memory of Redis';
cmp_ok(resident($worker), '<', $resident + 1000, '... nor of the worker')
    if !$ENV{ASAN_OPTIONS};

is($shop->holder->[1], $worker, '... which has lived all the time');
cmp_ok(waits(), '==', $bound, '... and the outbox is full');


# the end of it

$gateway->up;

my $picture = Polycard::Picture::wait_same($shop, 60);

cmp_ok($picture->hooks, '<', $made / 10, '... by ' . $picture->hooks
    . ' hooks');

finish();
