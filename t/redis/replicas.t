# A Redis that has replicas and takes writes without them: a line of the log,
# and the status; a pool of card numbers there has its line.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Faults;
use Polycard::HookShop;
use Polycard::Redis;
use Polycard::Status;
use Polycard::Test;

my $bare = qr/"shop1" has replicas, and takes writes without them/;
my $bound = qr/"shop1" takes no writes without its replicas any more/;
my $pool = qr/"shop1" takes card numbers from a pool, and redis .* replicas/;

my $shop = Polycard::HookShop->new(workers => 2,
    market => { card_numbers => 'pool' },
    server => Polycard::HookShop::location('') . $STATUS);
my $redis = $shop->redis;

$shop->ready;
is(without_replicas(), 0, 'without replicas: nothing is said');
is(lines($_), 0, '... in the log neither') for $bare, $pool;

my $replica = Polycard::Redis->new(primary => $redis);

$replica->wait_received;
look_again();
wait_until { lines($bare) } 60, 'with a replica: a line';
wait_until { lines($pool) } 60, '... and one of the pool';
wait_until { without_replicas() == 1 } 60, '... and the status';

$redis->client->config('SET', 'min-replicas-to-write', 1);
look_again();
wait_until { lines($bound, 'notice') } 60, 'min-replicas-to-write: it is over';
wait_until { without_replicas() == 0 } 60, '... and the status';

# a lag of 0 switches it off

$redis->client->config('SET', 'min-replicas-max-lag', 0);
look_again();
wait_until { lines($bare) == 2 } 60, 'min-replicas-max-lag 0: a line again';

# that the replica is away for a moment says nothing

$replica->stop;
wait_until { $redis->client->info('replication')->{connected_slaves} == 0 } 60,
    'no replica';
$redis->client->config('SET', 'maxmemory', '500mb');
$redis->client->config('SET', 'maxmemory-policy', 'allkeys-lru');
look_again();
wait_until { lines(qr/evicts records/, 'error') } 60, '... is seen';
is(without_replicas(), 1, 'without its replica for a moment: as it was');
is(lines($bound, 'notice'), 1, '... no line');
is(lines($bare), 2, '... said by one worker');
is(lines($pool), 1, '... of the pool once');

finish();


sub lines {
    my ($pattern, $level) = @_;

    return scalar log_lines($shop->nginx, $pattern, $level || 'warn');
}


sub without_replicas {
    return market_status($shop->nginx, 'shop1')->{redis}
        {writes_without_replicas} ? 1 : 0;
}


# it is looked at when the listener is back, and each minute

sub look_again { $shop->client->client('KILL', 'TYPE', 'pubsub') }
