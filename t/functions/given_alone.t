# What given.t is about, on one server: counters that somebody has set, narrow ranges,
# a user who may not ask for the history, dumps of long ago.

use strict;
use warnings;

use lib 't/lib';

use Redis;

use Polycard::Test;
use Polycard::Functions;
use Polycard::Redis;

my $P = $Polycard::Functions::PREFIX;
my $redis = Polycard::Redis->new;
my $client = Redis->new(sock => $redis->socket);
my $next = 380500000000;

$redis->load_library_without_time;

test_set_by_hand();
test_narrow();
test_without_info();
test_dump_of_long_ago();

finish();


sub begin {
    $client->flushall;
    $client->hset("${P}meta", sync => 'done');
}


# one more client: [serial, id], or the word that says why not

sub add {
    my ($caller, $cards) = @_;

    my @cards = @{ $cards || ['ean13', '20', '', ''] };
    my ($is, $id, $code) = @{ $caller->fcall('polycard_add_client', 1, $P, $next++,
        @cards) };

    return defined $code ? [ substr($code, 2, 10) + 0, $id + 0 ] : $is;
}


sub give { my ($caller, $n, @cards) = @_; map { add($caller, @cards) } 1 .. $n }


# another history, with all the data

sub new_history {
    $client->replicaof('127.0.0.1', Polycard::Test::free_port());
    $client->replicaof('NO', 'ONE');
}


# an operator may lower or raise a counter, as the manual has it

sub test_set_by_hand {
    begin();

    give($client, 900);
    $client->set("${P}seq:id", 5);
    is(add($client)->[1], 6, 'a counter that was lowered');
    new_history();
    cmp_ok(add($client)->[1], '<=', 1007, '... and its bound with it');
    $client->set("${P}seq:id", 500_000);
    is(add($client)->[1], 500_001, 'one that was raised');
    new_history();
    cmp_ok(add($client)->[1], '>', 501_000, '... and so is its bound');
}


sub test_narrow {
    begin();

    my @narrow = ('ean13', '20', '1', '20000');

    is_deeply([ map { $_->[0] } give($client, 30, \@narrow) ], [ 1 .. 30 ],
        'a narrow range');
    new_history();

    my $first = add($client, \@narrow)->[0];

    cmp_ok($first, '<=', 250, '... loses few numbers');
    cmp_ok($first, '>', 40, '... but some');

    $client->set("${P}seq:card", 19_990);
    give($client, 5, \@narrow);
    new_history();
    is(add($client, \@narrow), 'nocards', '... and none is left at its end');
}


# who may not ask which history it is has no more than it had

sub test_without_info {
    begin();

    $client->acl('SETUSER', 'polycard', '-info');

    my $nginx = Redis->new(sock => $redis->socket, username => 'polycard',
        password => $redis->password('polycard'));

    is_deeply([ give($nginx, 3) ], [ map { [ $_, $_ ] } 1 .. 3 ],
        'without the right to INFO numbers are given');
    is_deeply(add($client), [ 1002, 1002 ],
        '... and behind a bound again with it');
    is(add($nginx)->[0], 1003, '... which stays');
    is(add($client)->[0], 1004, '... as it was');
}


# A dump of a week ago: what was given since is estimated by what was given
# before.  The clock cannot be turned: the bound says when it was set.

sub test_dump_of_long_ago {
    begin();

    my $day = 86_400_000;
    my $now = $client->time->[0] * 1000;

    give($client, 20);

    # 70,000 within 70 days, and a week of which nothing is known

    my $history = (split / /, $client->hget("${P}meta", 'bound_card'))[5];

    $client->set("${P}seq:card", 70_000);
    $client->hset("${P}meta", bound_card => join ' ', 71_000, 1000,
        $now - 7 * $day, 1, $now - 77 * $day, $history);
    new_history();

    my ($serial) = @{ add($client) };

    cmp_ok($serial, '>', 71_000 + 65_000, 'a dump of a week ago');
    cmp_ok($serial, '<', 71_000 + 75_000, '... costs ten times the average');

    # the same, but somebody was there until a moment ago

    $client->set("${P}seq:card", 70_000);
    $client->hset("${P}meta", bound_card => join ' ', 71_000, 1000,
        $now - 7 * $day, 1, $now - 77 * $day, $history);
    $client->hset("${P}canary", heard => $client->time->[0] * 1000);
    is(add($client)->[0], 71_001, '... where it is one');
}
