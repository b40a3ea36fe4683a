# A first start, and what must never look like one client after the other
# being deleted (contract, B17, B18): with the emitter itself.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HookShop;
use Polycard::Shop;

my $gateway = Polycard::Gateway->new;
my $shop;

sub phone { sprintf '38067%07d', $_[0] }
sub key   { $shop->key('client:' . phone($_[0])) }

# by plain commands, as a market's own import would

sub import_clients {
    my $redis = $shop->client;

    for my $n (@_) {
        $redis->hset(key($n), barcode => "b$n", id => $n, bonus => 1,
            sub { });
    }

    $redis->wait_all_responses;
}

sub open_shop {
    my ($clients, %market) = @_;

    $shop = Polycard::HookShop->new(start => 0, gateway => $gateway,
        redis   => { databases => [5] },
        workers => delete $market{workers} || 1,
        market  => { sweep_interval => '5ms', %market });

    import_clients(1 .. $clients) if $clients;

    $shop->client->hset($shop->key('group:1'), title => 'Gold',
        loyaltyType => 'bonuses', loyaltyQuantity => 2);

    $shop->nginx->start;
    $shop->ready;
    $gateway->forget;

    return $shop;
}

# how many hooks of each kind

sub tally {
    my %count;

    for my $hook ($shop->taken) {
        $count{"$hook->{object} $hook->{action}"}++;
    }

    return \%count;
}

sub guard {
    my $status = $shop->status;

    return [ @$status{qw( guard deletions_waiting )} ];
}

# so many deletions wait, and nothing else does

sub wait_guard {
    my ($guard, $waiting) = @_;

    my $what = "the guard is $guard, $waiting deletions wait";

    ok(Polycard::Test::wait_for(sub {
        my $now = guard();
        return $now->[0] eq $guard && $now->[1] == $waiting
            && !$shop->status->{deletions_confirmed} && $shop->is_drained;
    }), $what) or diag(explain($shop->status));
}

sub from_to { join ' ', map { phone($_) } $_[0] .. $_[1] }

sub shown {
    return join ' ', map { $_->{phone} }
        @{ $shop->get('getClients', limit => 1000)->json };
}


# who is there at the first start

open_shop(250);
is_deeply([ $shop->settle ], [], 'seed: nothing is announced');
is(shown(), from_to(1, 250) . ' 380000000000', '... but all are taken in');
$shop->put(phone(251), barcode => 'new');
$shop->put(phone(1), bonus => 2);
is_deeply([ $shop->settle ], [ bonus_hook('changed', phone(1), 1, 2),
    client_hook('added', phone(251), barcode => 'new') ],
    '... and changes are announced from then on');
$shop->nginx->restart;
$shop->ready;
is_deeply([ $shop->settle ], [], 'a second start announces nothing');
$shop->nginx->stop;

my @announced = map { client_hook('added', phone($_), barcode => "b$_",
    bonus => 1) } 1 .. 250;

$shop = Polycard::HookShop->new(start => 0, gateway => $gateway,
    market => { initial_sync => 'announce' });
import_clients(1 .. 250);
$shop->client->hset($shop->key('group:1'), title => 'Gold',
    loyaltyType => 'bonuses', loyaltyQuantity => 2);
$gateway->forget;
$shop->nginx->start;
$shop->ready;
is_deeply([ $shop->settle ], [ @announced, group_hook('added', 1,
    title => 'Gold', loyaltyType => 'bonuses', loyaltyQuantity => 2) ],
    'announce: each of them');
$shop->nginx->stop;


# many deletions

open_shop(100, delete_guard => '10%');
$shop->client->del(map { key($_) } 1 .. 60);
wait_guard('closed', 40);
is_deeply(tally(), { 'clients deleted' => 20 },
    '60 of 100 are gone: 20 are told');
wait_until { log_lines($shop->nginx, qr/deletions/, 'crit') } 5,
    '... the log says so';

import_clients(101);
$shop->call(change_bonus => phone(100), 4);
$shop->client->hset(key(99), name => 'x');
is_deeply([ $shop->settle ], [ client_hook('changed', phone(99),
    barcode => 'b99', name => 'x', bonus => 1),
    bonus_hook('changed', phone(100), 4, 5),
    client_hook('added', phone(101), barcode => 'b101', bonus => 1) ],
    '... additions and changes go on');

my @missing = $shop->client->zrange($shop->key('gone'), 0, -1);
my @back = @missing[0 .. 9];

import_clients(map { substr($_, 5) + 0 } @back);
wait_guard('closed', 30);
is_deeply(tally(), {}, 'those that are back as they were are not told');

is($shop->call('confirm_deletions'), 30, 'an operator confirms');
wait_guard('open', 0);
wait_until { log_lines($shop->nginx, qr/announced again/) } 5,
    '... the log says that, too';
is_deeply([ sort map { $_->{data}{phone} } $shop->taken ],
    [ sort @missing[10 .. 39] ], '... and the rest is told');
$shop->call(delete_client => phone(100));
is_deeply([ $shop->settle ], [ client_hook('deleted', phone(100),
    barcode => 'b100', bonus => 5) ], '... and the next one, too');

$shop->nginx->stop;
open_shop(100, delete_guard => '10%');
$shop->nginx->stop;
$shop->client->del(map { key($_) } 1 .. 100);
$shop->nginx->start;
wait_guard('closed', 80);
is_deeply(tally(), { 'clients deleted' => 20 },
    'all are gone while nobody looked: 20 are told');
import_clients(1 .. 100);
wait_guard('open', 0);
is_deeply(tally(), { 'clients added' => 20 },
    'all are back: only those 20 are news, and the guard opens');
$shop->nginx->stop;


# Where the memory of what was announced is gone, too: what comes back, by
# whatever means and however slowly, is taken in silently.

sub lost {
    my ($what, $count) = @_;

    wait_until { log_lines($shop->nginx, qr/lost all/, 'crit') >= $count } 10,
        "$what: a crit line";
    wait_until { $shop->status->{sync} eq 'restore' } 10, '... it is known';
}

# as if nothing had come for long enough

sub quiet_for_long {
    my ($first, $last) = map { $_ - 31_000 }
        split / /, $shop->client->hget($shop->key('meta'), 'restore');

    $shop->client->hset($shop->key('meta'), restore => "$first $last");
    $shop->ready;
}

# a change of somebody who is there is told, and nothing before it

sub told_only {
    my ($n, $what) = @_;

    $shop->client->hset(key($n), name => "after $what");
    $shop->wait_told("after $what");
    is_deeply([ map { hook_text($_) } $shop->taken ],
        [ client_hook('changed', phone($n), barcode => "b$n", bonus => 1,
            name => "after $what") ], "$what: nothing else is announced");
}

for my $workers (1, 2) {
    open_shop(50, workers => $workers, delete_guard => '10%',
        card_numbers => 'pool');

    my %dump = map { $_ => $shop->client->dump(key($_)) } 1 .. 50;

    $shop->client->flushall;
    lost("FLUSHALL, $workers workers", 1);
    $shop->client->rpush($shop->key('cards'), 1 .. 9);
    is($shop->add({ phone => phone(77) })->status, 503,
        '... no card number is issued');

    import_clients(1 .. 10);
    wait_until { shown() eq from_to(1, 10) } 10, '... some come back';
    $shop->client->restore(key($_), 0, $dump{$_}) for 11 .. 20;
    wait_until { shown() eq from_to(1, 20) } 10, '... some by RESTORE';
    $shop->put(phone($_), barcode => "b$_", bonus => 1) for 21 .. 30;
    $shop->client->config('SET', 'notify-keyspace-events', '');
    import_clients(31 .. 50);
    wait_until { join(' ', sort split / /, shown()) eq from_to(1, 50) } 30,
        '... some are found by the sweep';
    $shop->client->config('SET', 'notify-keyspace-events', 'Kghxe$');
    $shop->client->hset($shop->key('group:1'), title => 'Gold',
        loyaltyType => 'bonuses', loyaltyQuantity => 2);
    wait_until { $shop->status->{groups} } 30, '... a group';
    is($shop->status->{sync}, 'restore', '... and it is unknown if that is all');
    told_only(7, 'while they come back');

    quiet_for_long();
    import_clients(51);
    is_deeply([ $shop->settle ], [ client_hook('added', phone(51),
        barcode => 'b51', bonus => 1) ], '... later a new one is added');
    is_nok($shop->add({ phone => phone(77) }), 503, qr/operator must confirm/,
        '... but any number may be in use');
    is($shop->call('confirm_clients'), $shop->status->{clients},
        '... until an operator confirms');
    wait_until { $shop->add({ phone => phone(77) })->status == 200 } 10,
        '... then addClient works';
    $shop->nginx->stop;
}


# With ean13 nginx has seen which numbers are in use.  Workers that begin after the
# loss know what those before them knew.

sub renewed {
    my $left = $shop->status->{lease_left};

    wait_until {
        my $now = $shop->status->{lease_left};
        return 1 if $now > $left;
        $left = $now;
        return 0;
    } 30, 'the lease is renewed';
}

for my $fresh (0, 1) {
    open_shop(50, delete_guard => '10%', workers => 2, lease => '1s');

    my $before = $shop->add({ phone => phone(77) })->json;
    my @old = $shop->nginx->workers;

    # the greatest number is the market's own, and nginx hears of it with a lease

    $shop->put(phone(79), barcode => '2000000005003', bonus => 1);
    wait_until { $shop->status->{round} } 30, 'a round of the sweep is over';
    renewed() for 1 .. 2;
    kill 'STOP', @old if $fresh;
    $shop->client->flushall;

    if ($fresh) {
        $shop->nginx->signal('HUP');
        wait_until { grep { my $pid = $_; !grep { $_ == $pid } @old }
            $shop->nginx->workers } 10, 'new workers';
    }

    lost($fresh ? 'a loss that no worker has seen' : 'a loss', 1);
    kill 'CONT', @old;

    my $after = $shop->add({ phone => phone(78) })->json;

    cmp_ok($after->{id}, '>', $before->{id}, '... ids go on');
    cmp_ok($after->{code}, '>', '2000000005003',
        "... and card numbers, behind the market's own");
    is($shop->status->{lost}, 0, '... nobody needs to confirm anything');
    is(scalar log_lines($shop->nginx, qr/after the numbers that were issued/,
        'crit'), 1, '... as the log says');
    $shop->nginx->stop;
}


open_shop(50, delete_guard => '10%');
$shop->client->multi;
$shop->client->flushall;
import_clients(11 .. 50);
$shop->client->exec;
lost('FLUSHALL and an import at once', 1);
wait_until { shown() eq from_to(11, 50) } 10, '... all are taken in';
told_only(17, 'an import at once');
quiet_for_long();
is_deeply([ $shop->settle ], [], '... nor afterwards');

$shop->redis->restart;
lost('a Redis that comes back empty', 2);
is($shop->call('confirm_deletions'), 0, '... and begins again');
$shop->ready;
is_deeply([ $shop->settle ], [], '... nothing is announced');
import_clients(1);
is_deeply([ $shop->settle ], [ client_hook('added', phone(1), barcode => 'b1',
    bonus => 1) ], '... but who comes now');


# a wrong database

import_clients(1 .. 30);
$shop->settle;
is($shop->reload(redis_database => 5), 1, 'another database number');
$shop->client->select(5);
$shop->ready;
is_deeply([ $shop->settle ], [], '... nothing is announced');
is($shop->reload(redis_database => 0), 1, 'the right one again');
$shop->client->select(0);
$shop->client->hset(key(1), name => 'x-1');
$shop->wait_told('x-1');
$shop->ready;
is_deeply([ $shop->settle ], [ client_hook('changed', phone(1),
    barcode => 'b1', name => 'x-1', bonus => 1) ],
    '... nothing but what has changed');

finish();
