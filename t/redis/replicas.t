# A Redis that has replicas and takes writes without them: a line of the log,
# and the status; a pool of card numbers there has its line.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Faults;
use Polycard::Command;
use Polycard::HookShop;
use Polycard::Preload;
use Polycard::Redis;
use Polycard::Status;
use Polycard::Test;

my $bare = qr/"shop1" has replicas, and takes writes without them/;
my $bound = qr/"shop1" takes no writes without its replicas any more/;
my $pool = qr/"shop1" takes card numbers from a pool, and redis .* replicas/;

my $alone = qr/"shop1" has had no replicas for 10 minutes/;

# nginx's clock is moved forward

my $dir = temp_dir();
my $minutes = '';

my $shop = Polycard::HookShop->new(workers => 2,
    preload => Polycard::Preload::moved_clock("$dir/minutes"),
    market => { card_numbers => 'pool' },
    server => Polycard::HookShop::location('') . $STATUS);
my $redis = $shop->redis;

$shop->ready;
is(without_replicas(), 0, 'without replicas: nothing is said');
is(lines($_), 0, '... in the log neither') for $bare, $pool;

# what dumps the data, or shows the writes, cannot take over

$redis->client->config('SET', 'repl-diskless-sync-delay', 3600);
no_replica('a dump', 'wait_bgsave', '--rdb', "$dir/dump.rdb");
$redis->client->config('SET', 'repl-diskless-sync-delay', 0);
no_replica('one that shows the writes', 'online', '--replica');

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
looked();
is(without_replicas(), 1, 'without its replica for a moment: as it was');
is(lines($bound, 'notice'), 1, '... no line');
is(lines($bare), 2, '... said by one worker');
is(lines($pool), 1, '... of the pool once');

later(9);
looked();
is(without_replicas(), 1, 'for 9 minutes: as it was');
later(2);
looked();
is(without_replicas(), 0, 'for 11 minutes: it is over');
is(lines($alone, 'notice'), 1, '... a line');
looked();
is(lines($alone, 'notice'), 1, '... and no other one');

finish();


sub lines {
    my ($pattern, $level) = @_;

    return scalar log_lines($shop->nginx, $pattern, $level || 'warn');
}


sub without_replicas {
    return market_status($shop->nginx, 'shop1')->{redis}
        {writes_without_replicas} ? 1 : 0;
}


# what redis-cli is to Redis, as INFO says, and what is said of it

sub no_replica {
    my ($name, $state, @option) = @_;

    my $cli = Polycard::Command->new({}, 'redis-cli', '-p', $redis->port,
        @option);
    my $shown = qr/port=0,state=$state,/;

    wait_until { replication() =~ $shown } 60, "$name: Redis counts it";
    looked();
    like(replication(), $shown, '... still');
    is(without_replicas(), 0, '... but it is none');
    is(lines($_), 0, '... in the log neither') for $bare, $pool;

    $cli->kill;
    wait_until { replication() =~ /connected_slaves:0/ } 60, '... it is gone';
}


sub replication {
    my $info = $redis->client->info('replication');

    return join ' ', map { "$_:$info->{$_}" } sort keys %$info;
}


# nginx's clock

sub later {
    spew("$dir/minutes", ($minutes .= 'x' x $_[0]));
}


# returns when it has been looked at: the same look says this of the memory

sub looked {
    for (['allkeys-lru', qr/"shop1" evicts records/, 'error'],
         ['noeviction', qr/"shop1" evicts no records/, 'notice'])
    {
        my ($policy, $pattern, $level) = @$_;
        my $before = lines($pattern, $level);

        $redis->client->config('SET', 'maxmemory', '500mb');
        $redis->client->config('SET', 'maxmemory-policy', $policy);
        look_again();
        wait_until { lines($pattern, $level) > $before } 60, "look: $policy";
    }
}


# it is looked at when the listener is back, and each minute

sub look_again { $shop->client->client('KILL', 'TYPE', 'pubsub') }
