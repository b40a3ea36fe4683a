# No number is given twice though all is lost, or what was before the first one is
# back: what hosts have seen counts, whichever host gives the next one (contract, B25).

use strict;
use warnings;

use lib 't/lib';

use Redis;

use Polycard::Test;
use Polycard::Functions;
use Polycard::Redis;

my $P = $Polycard::Functions::PREFIX;
my $next = 380500000000;
my $hooks = 0;
my $redis = Polycard::Redis->new;
my $client = Redis->new(sock => $redis->socket);

$redis->load_library_without_time;

test_known_elsewhere();
test_lost();
test_new_host();
test_before_the_first();
test_range();
test_while_taken_in();

finish();


# a market without data, of which this is known

sub begin {
    my (%meta) = @_;

    $client->flushall;
    $client->hset("${P}meta", %meta) if %meta;

    return;
}


# one more client: [serial, id], or the word that says why not

sub add {
    my ($from, $to) = @_;
    my $reply = $client->fcall('polycard_add_client', 1, $P, $next++, 'ean13', '20',
        $from || '', $to || '');

    return $reply->[0] if !defined $reply->[2];

    return [ substr($reply->[2], 2, 10) + 0, $reply->[1] + 0 ];
}


# a host reports what it has seen, whoever holds the lease and whoever issues

sub lease {
    my ($host, @known) = @_;

    return $client->fcall('polycard_lease', 1, $P, "$host/1", 1000000, $host,
        hooks => $hooks, card_numbers => 'ean13_20__', @known);
}


sub test_known_elsewhere {
    my @known = (known_card => 60, known_id => 50);

    begin(sync => 'done');
    lease('web1');
    lease('web2', @known);
    is_deeply(add(), [ 1061, 1051 ], 'behind what another host knows');
    is_deeply(add(), [ 1062, 1052 ], '... once');
    lease('web2', @known);
    is_deeply(add(), [ 1063, 1053 ], '... whenever it says so');
    is_deeply([ sort map { /^(\S+)/ } $client->hkeys("${P}hosts") ],
        [ qw( web1 web2 ) ], 'it is none of its settings');
    like(join(' ', $client->hkeys("${P}hosts")), qr/hooks=0/, '... which count');
    unlike(join(' ', $client->hkeys("${P}hosts")), qr/known/, '... alone');

    # numbers of another range, an id at the end, a counter that cannot be read

    $client->set("${P}seq:card", 5);
    $client->fcall('polycard_lease', 1, $P, 'web3/1', 1000000, 'web3', hooks => 0,
        card_numbers => 'ean13_21__', known_card => 9000);
    is(add()->[0], 6, 'cards of another range do not count');
    lease('web2', known_id => '999999999999999');
    is(add()->[1], 1055, 'an id at the end was set there');
    $client->del("${P}seq:id");
    $client->hset("${P}seq:id", a => 1);
    is(lease('web2', known_id => 7000)->[5], -1,
        'a counter that cannot be read');

    my $error = eval { lease('web2', known_id => 'x'); '' } // $@;

    like($error, qr/known_id must be a whole number/, 'a bad one');
}


# Nothing is known of what was issued, but that something was: some were, perhaps.

sub test_lost {
    begin();
    settings(1);
    is(add(), 'syncing', 'all is lost');
    $client->hset("${P}meta", sync => 'done', lost => 0);
    is_deeply(add(), [ 1001, 1001 ], 'the first numbers are left out');
    is_deeply(add(), [ 1002, 1002 ], '... once');

    begin();
    lease('web1');
    lease('web2', known_id => 70, known_card => 80);
    settings(1);
    $client->hset("${P}meta", sync => 'done', lost => 0);
    is_deeply(add(), [ 1081, 1071 ], '... and those that a host knows');

    # a replica that takes over lacks those that were issued after that

    begin();
    settings(1);
    $client->hset("${P}meta", sync => 'done', lost => 0);
    another_history();
    is_deeply(add(), [ 2001, 2001 ], 'all is lost, then the first numbers as well');
    is_deeply(add(), [ 2002, 2002 ], '... once');
}


sub settings {
    my ($lost, @known) = @_;

    $client->fcall('polycard_settings', 1, $P, lease('web1')->[0],
        lost => $lost, @known);
}


sub another_history {
    $client->replicaof('127.0.0.1', Polycard::Test::free_port());
    $client->replicaof('NO', 'ONE');
}


# a host that has not seen the market is the first one there

sub test_new_host {
    my @known = (known_id => 70, known_card => 80);

    for my $order ([ 'first', 0 ], [ 'second', 1 ], [ 'last', 2 ]) {
        my ($when, $n) = @$order;

        begin();
        lease('web1');
        lease('web2', @known) if $n == 0;
        settings(0);
        lease('web2', @known) if $n == 1;
        $client->hset("${P}meta", sync => 'done') if $n == 2;
        lease('web2', @known) if $n == 2;

        my ($sync, $lost) = $client->hmget("${P}meta", qw( sync lost ));

        is($sync, $n < 2 ? 'restore' : 'done', "who has seen it asks $when");
        is($lost ? 1 : 0, $n < 2 ? 1 : 0, '... so that it is lost');
        is(add(), 'syncing', '... no number is issued') if $n < 2;
        $client->hset("${P}meta", sync => 'done', lost => 0);
        is_deeply(add(), [ 1081, 1071 ], '... then one behind those');
    }

    # the holder is certain of them

    begin();
    lease('web2', @known);
    $client->fcall('polycard_settings', 1, $P, lease('web2', @known)->[0],
        lost => 1, @known);
    is_deeply(add(), [ 1081, 1071 ], 'nobody needs to confirm anything');
}


# data of before the first number

sub test_before_the_first {
    begin();
    settings(0);
    $client->hset("${P}meta", sync => 'done');
    is_deeply(add(), [ 1, 1 ], 'a new market');

    begin();
    settings(0);
    $client->hset("${P}meta", sync => 'done');
    another_history();
    is_deeply(add(), [ 1001, 1001 ], '... that is back as it began');
    is_deeply(add(), [ 1002, 1002 ], '... goes on');
}


# what is left out is of the range, which begins later and may be short

sub test_range {
    for my $range ([ 5000, '', 6000 ], [ 501, 600, 502 ]) {
        my ($from, $to, $after) = @$range;
        my @range = ($from, $to);

        begin();
        settings(0);
        $client->hset("${P}meta", sync => 'done');
        is_deeply(add(@range), [ $from, 1 ], "from $from: a new market");

        begin();
        settings(0);
        $client->hset("${P}meta", sync => 'done');
        another_history();
        is_deeply(add(@range), [ $after, 1001 ], '... as it began');

        begin();
        settings(1);
        $client->hset("${P}meta", sync => 'done', lost => 0);
        is_deeply(add(@range), [ $after, 1001 ], '... all is lost');

        # certain that this host gave none: another one may have

        begin();
        settings(1, known_card => 0, known_id => 0);
        is_deeply(add(@range), [ $after, 1001 ], '... no number was seen');

        begin();
        settings(1, known_card => $from + 9, known_id => 0);
        is_deeply(add(@range), [ $after + 10, 1001 ], '... ten were');
    }
}


# A number is lost while a market is taken in whose numbers are known: that is no
# market that has lost all.

sub test_while_taken_in {
    my $fence;

    $hooks = 1;
    begin();
    $fence = lease('web1')->[0];
    settings(0);
    $client->hset("${P}client:38050000000$_", barcode => "b$_", id => $_)
        for 1 .. 9;
    $client->fcall('polycard_sweep_scan', 1, $P, $fence, '0', 1000);
    is_deeply([ $client->hmget("${P}meta", qw( sync numbers )) ],
        [ 'running', 1 ], 'a market that is being taken in');
    is_deeply(add(), [ 1, 10 ], '... issues numbers');
    lease('web2', known_id => 11);
    is_deeply([ $client->hmget("${P}meta", qw( sync numbers lost )) ],
        [ 'running', 1, undef ], '... also when one was lost');
    is_deeply(add(), [ 2, 1012 ], '... behind it');
    $client->fcall('polycard_put_client', 1, $P, 380990000001,
        barcode => 'new');
    like(join(' ', map { @{ $_->[1] } } $client->xrange("${P}outbox", '-', '+')),
        qr/380990000001/, '... and announces who is new');

    # an operator has confirmed a loss

    begin();
    $fence = lease('web1', known_id => 5000)->[0];
    settings(1);
    $client->hset("${P}client:38050000000$_", name => "n$_") for 1 .. 9;
    $client->fcall('polycard_confirm_clients', 1, $P);
    $client->fcall('polycard_sweep_scan', 1, $P, $fence, '0', 1000);
    lease('web1', known_id => 5000);
    is($client->hget("${P}meta", 'sync'), 'running',
        'what is confirmed stays so while the rest is taken in');
    is(add()->[1], 6001, '... numbers are issued, behind what is known');
}
