# No card number of ean13 and no id is given twice, though Redis has lost the
# last of its writes (contract, B25): takeovers, restarts, older dumps, at many
# numbers a second as at few.  What needs one server only is in given_alone.t.

use strict;
use warnings;

use lib 't/lib';

use File::Copy qw( copy );
use Redis;

use Polycard::Test;
use Polycard::Functions;
use Polycard::Redis;

my $P = $Polycard::Functions::PREFIX;
my @wide = ('ean13', '20', '', '');
my $next = 380500000000;

test_one_history();
test_takeover();
test_many();
test_back_again();
test_older_data();
test_dump_twice();
test_power_cut();
test_known();

finish();


# Numbers

# one more client: [serial, id], or the word that says why not

sub add_at {
    my ($client, $cards, @known) = @_;

    my $reply = $client->fcall('polycard_add_client', 1, $P, $next++,
        @{ $cards || \@wide }, @known);

    return $reply->[0] if !defined $reply->[2];

    my ($head) = ($cards || \@wide)->[1];

    return [ substr($reply->[2], length $head, 12 - length $head) + 0,
             $reply->[1] + 0 ];
}


sub give { my ($client, $n, @more) = @_; map { add_at($client, @more) } 1 .. $n }


# many at once, as fast as Redis is

sub give_fast {
    my ($client, $n) = @_;

    my @given;

    for (1 .. $n) {
        $client->fcall('polycard_add_client', 1, $P, $next++, @wide, sub {
            die $_[1] if defined $_[1];
            push @given, [ substr($_[0][2], 2, 10) + 0, $_[0][1] + 0 ];
        });
    }

    $client->wait_all_responses;

    return @given;
}


# none of these is among the others, neither as a serial nor as an id

sub no_number_twice {
    my ($what, @given) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    is(scalar(grep { !ref } @given), 0, "$what: all were given")
        or diag(join ' ', grep { !ref } @given);
    @given = grep { ref } @given;

    for my $of (0, 1) {
        my %times;

        $times{ $_->[$of] }++ for @given;

        my @twice = grep { $times{$_} > 1 } keys %times;

        is(scalar @twice, 0, "$what: no " . ('card number', 'id')[$of]
            . ' twice') or diag(scalar @twice);
    }
}


# Servers

sub admin { Redis->new(sock => $_[0]->socket) }

sub open_market {
    my ($redis) = @_;

    $redis->load_library_without_time;
    admin($redis)->hset("${P}meta", sync => 'done');

    return admin($redis);
}


sub pair {
    my $master = Polycard::Redis->new;
    my $client = open_market($master);
    my $replica = Polycard::Redis->new(primary => $master);

    return ($master, $replica, $client, admin($replica));
}


# the replica hears of nothing more, and is then the master

sub lag {
    my ($replica) = @_;

    $replica->wait_received;
    $replica->cut;
}


# another history, with all the data

sub new_history {
    my ($client) = @_;

    $client->replicaof('127.0.0.1', Polycard::Test::free_port());
    $client->replicaof('NO', 'ONE');
}


sub test_one_history {
    my $redis = Polycard::Redis->new;
    my $client = open_market($redis);

    is_deeply([ give($client, 1200) ], [ map { [ $_, $_ ] } 1 .. 1200 ],
        'in one history no number is left out');

    my ($bound) = split / /, $client->hget("${P}meta", 'bound_card');

    cmp_ok($bound, '>=', 1700, '... and the bound is ahead');
}


sub test_takeover {
    my ($master, $replica, $one, $two) = pair();
    my @given = give($one, 50);

    lag($replica);
    push @given, give($one, 400);
    $two->replicaof('NO', 'ONE');
    push @given, give($two, 500);
    no_number_twice('a takeover that loses 400', @given);

    my $gap = $given[450][0] - $given[449][0];

    cmp_ok($gap, '<=', 2000, '... and it costs few numbers');
}


# ten seconds of a thousand a second are lost, after a busy time

sub test_many {
    my ($master, $replica, $one, $two) = pair();
    my @given = give_fast($one, 6000);

    lag($replica);
    push @given, give_fast($one, 10_000);
    $two->replicaof('NO', 'ONE');
    push @given, give_fast($two, 12_000);
    no_number_twice('10,000 numbers are lost', @given);
}


# The same process is master again, with another's data: its own numbers are
# lost, though it has never ended.

sub test_back_again {
    my ($master, $replica, $one, $two) = pair();
    my @given = give($one, 50);

    lag($replica);
    push @given, give($one, 300);
    $two->replicaof('NO', 'ONE');
    $one->replicaof('127.0.0.1', $replica->port);
    wait_until { $one->info('replication')->{master_link_status} eq 'up' }
        'the old master is a replica';
    $one->replicaof('NO', 'ONE');
    push @given, give($one, 300);
    no_number_twice('a master that has been a replica', @given);
}


# what Redis keeps is put back while it is away

sub test_older_data {
    my $redis = Polycard::Redis->new(dbfilename => 'dump.rdb');
    my $client = open_market($redis);
    my @given = give($client, 700);

    $client->save;
    push @given, give($client, 450);
    $redis->signal('KILL');
    wait_until { !$redis->alive } 'Redis is gone';
    $redis->restart;
    $client = admin($redis);
    is($client->get("${P}seq:card"), 700, 'an older dump is read');
    push @given, give($client, 600);
    no_number_twice('an older dump', @given);
}


# The same dump once more, of which no host has heard: as the manual has it, somebody
# sets the counters.

sub test_dump_twice {
    my $redis = Polycard::Redis->new(dbfilename => 'dump.rdb');
    my $client = open_market($redis);
    my @given = give($client, 100);

    $client->save;

    for my $times (1, 2) {
        $redis->signal('KILL');
        wait_until { !$redis->alive } 'Redis is gone';
        $redis->restart;
        $client = admin($redis);
        is($client->get("${P}seq:card"), 100, "the dump is read, $times");

        if ($times == 2) {
            $client->set("${P}seq:card", $given[-1][0]);
            $client->set("${P}seq:id", $given[-1][1]);
        }

        push @given, give($client, 300);
    }

    no_number_twice('a dump that is put back twice', @given);
}


# the end of an append only file that has not reached the disk

sub test_power_cut {
    my $redis = Polycard::Redis->new(appendonly => 'yes',
        appendfsync => 'everysec');
    my $client = open_market($redis);
    my @given = give($client, 600);
    my ($aof) = glob $redis->dir . '/appendonlydir/*.incr.aof';

    # a busy disk makes Redis wait before it writes

    wait_until { $client->info('persistence')->{aof_buffer_length} == 0 }
        'all is written';

    my $size = -s $aof;

    push @given, give($client, 350);
    $redis->signal('KILL');
    wait_until { !$redis->alive } 'Redis is gone';
    truncate $aof, $size - 10 or die "$aof: $!\n";
    $redis->restart;
    $client = admin($redis);
    cmp_ok($client->get("${P}seq:card"), '<', 610, 'the end is lost');
    push @given, give($client, 600);
    no_number_twice('a power cut', @given);
}


# What the caller has seen counts, though the history is the same: all is lost,
# or what was is put back by hand.

sub test_known {
    my $redis = Polycard::Redis->new;
    my $client = open_market($redis);
    my @given = give($client, 5000);
    my @known = (known_card => 5000, known_id => 4990);

    $client->flushall;
    $client->hset("${P}meta", sync => 'done');
    push @given, give($client, 10, \@wide, @known);
    is_deeply($given[5000], [ 6001, 5991 ], 'behind what the caller knows, and '
        . 'what others may know');
    is_deeply($given[5009], [ 6010, 6000 ], '... once');
    no_number_twice('what the caller knows', @given);

    $client->set("${P}seq:card", 100);
    is(add_at($client, \@wide, known_card => 6010)->[0], 7011,
        'a counter that was put back');
    is(add_at($client, \@wide, known_card => 7000)->[0], 7012,
        'what is known already');
    is(add_at($client, \@wide, known_card => 7012,
        known_id => '999999999999999')->[1], 6003,
        'an id at the end was set there, and may be lowered');

    for my $name (qw( known_card known_id )) {
        my $error = eval { add_at($client, \@wide, $name => 'x'); '' } // $@;

        like($error, qr/$name must be 0 to 9007199254740991/, "a bad $name");
    }
}
