# A master that is demoted, dies or hangs while another server takes over
# behind the same address: nobody is answered from a replica, services and hooks
# go on at the new master, events too, without a reload.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HookShop;
use Polycard::Redis;
use Polycard::Shop;
use Polycard::Switch;

my $phone = '380501112233';
my $next = 380680000000;
my $away = qr/cannot be reached/;

test_demoted_and_left();
test_demoted_behind_proxy();
test_hung();
test_killed();
test_too_few_replicas();
test_replica_from_the_start();

finish();


# two servers, a switch that leads to the first, and a shop behind it

sub pair {
    my (%market) = @_;

    my $master = Polycard::Redis->new;
    my $replica = Polycard::Redis->new(primary => $master);
    my $switch = Polycard::Switch->new(to => $master);

    $master->load_library;

    my $shop = Polycard::HookShop->new(
        redis_server => $master,
        workers => 2,
        market => { redis => $switch->address, redis_timeout => '1s',
                    redis_connect_timeout => '1s', %market });

    $shop->ready;
    $shop->put($phone, name => 'before', barcode => 'b');
    $shop->settle;
    $replica->wait_received;

    return ($shop, $switch, $master, $replica);
}


sub read_one { $_[0]->get('getClient', phone => $phone) }
sub add_one { $_[0]->add({ phone => '' . $next++ }) }


sub lines {
    my ($shop, $level, $pattern) = @_;

    return scalar grep { /\[$level\]/ && $_ =~ $pattern }
        split /\n/, $shop->nginx->error_log;
}


# all of it at this server: reads, addClient, and hooks by events alone

sub works_at {
    my ($shop, $redis, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    $shop->{redis} = $redis;
    $shop->client->hset($shop->key("client:$phone"), name => $what);

    wait_until {
        my $answer = read_one($shop);
        return $answer->status == 200 && $answer->json->{name} eq $what;
    } "$what: reads";
    wait_until { add_one($shop)->status == 200 } "$what: addClient";

    # what changed before somebody listened is found by the sweep

    wait_until { $shop->holder && $shop->subscribers } "$what: listens";
    $shop->client->hset($shop->key("client:$phone"), name => "$what, told");
    ok($shop->wait_told("$what, told", 60), "$what: events, and hooks");
}


sub test_demoted_and_left {
    my ($shop, $switch, $master, $replica) = pair();

    $switch->to($replica);
    $replica->promote;
    works_at($shop, $replica, 'demoted');
    wait_until {
        lines($shop, 'notice', qr/is another server now|is back/) >= 2
    } 'each worker has moved, also one that nobody asks';
    is($master->client->pubsub('NUMPAT'), 0, '... and nobody listens there');
}


sub test_demoted_behind_proxy {
    my ($shop, $switch, $master, $replica) = pair();

    $replica->promote;

    wait_until {
        lines($shop, 'error', qr/is away: a replica, not the master/) >= 2
    } 'each worker says that it is at a replica';

    is_nok(read_one($shop), 503, $away, 'a replica is not read') for 1 .. 4;
    is_nok(add_one($shop), 503, $away, '... nor asked to write');

    $switch->to($replica);
    works_at($shop, $replica, 'proxy');
    is(lines($shop, 'error', qr/is away/), 2, 'one line for each worker');
    wait_until { lines($shop, 'notice', qr/is back/) == 2 }
        '... and one that it is back';

    # and back, with an old master that has been a replica

    $master->wait_received;
    $switch->to($master);
    $master->promote;
    works_at($shop, $master, 'back');
}


sub test_hung {
    my ($shop, $switch, $master, $replica) = pair();

    $master->signal('STOP');
    wait_until { $master->is_stopped } 'the master is stopped';
    $replica->promote;
    $switch->to($replica);
    works_at($shop, $replica, 'hung');

    # once or, where both of its connections waited, twice

    wait_until {
        my %pid = map { $_ => 1 } $shop->nginx->error_log
            =~ /\[error\] (\d+)#.* is away: a command timed out/g;

        return keys %pid == 2;
    } 'a worker notices that nobody asks';
    $master->signal('CONT');
}


sub test_killed {
    my ($shop, $switch, $master, $replica) = pair();

    $switch->nowhere;
    $shop->kill_redis;
    is_nok(read_one($shop), 503, $away, 'nobody is there') for 1 .. 4;
    $replica->client->replicaof('NO', 'ONE');
    $switch->to($replica);
    works_at($shop, $replica, 'killed');
    wait_until { lines($shop, 'notice', qr/is another server now/) == 2 }
        'each worker says that it is another server';
    is(lines($shop, 'notice', qr/is back/), 2, '... beside that it is back');
}


# NOREPLICAS: writes are refused, reads go on, and where the address leads is
# looked at again and again

sub test_too_few_replicas {
    my ($shop, $switch, $master, $replica) = pair();

    $replica->client->replicaof('NO', 'ONE');
    $master->client->config('SET', 'min-replicas-to-write', 1);

    for (1 .. 10) {
        is_nok(add_one($shop), 503, $away, 'too few replicas: addClient');
        is(read_one($shop)->status, 200, '... reads go on');
    }

    is(lines($shop, 'error', qr/is away/), 0, '... Redis is not away');
    cmp_ok(lines($shop, 'error', qr/fails to add a client: NOREPLICAS/), '<=',
        2, '... one line for each worker');

    $switch->to($replica);
    wait_until { add_one($shop)->status == 200 }
        'the new master is found without an end of the old connections';
}


sub test_replica_from_the_start {
    my $master = Polycard::Redis->new;
    my $replica = Polycard::Redis->new(primary => $master);

    $master->load_library;
    $replica->wait_received;

    my $shop = Polycard::Shop->new(redis_server => $master);

    $shop->reload(redis => 'unix:' . $replica->socket);

    wait_until {
        lines($shop, 'error', qr/is away: a replica, not the master/)
    } 'a worker that begins at a replica says so';
    is_nok(read_one($shop), 503, $away, 'the address of a replica: reads');
    is_nok(add_one($shop), 503, $away, '... addClient');
    is(lines($shop, 'error', qr/is away/), 1, '... in one line');
}
