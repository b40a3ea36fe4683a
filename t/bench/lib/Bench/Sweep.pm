# What the emitter asks of Redis at a million clients, from the first start on:
# the first sync, and whole rounds of the sweep; no call may take 1 ms.
#
# Each pass is done several times, from the same state, and its calls compared
# one by one: the i-th does the same work each time, and the least time that it
# took counts.  A call that is long is long every time; one that the machine
# held up is not.

package Bench::Sweep;

use strict;
use warnings;

use List::Util qw( max min sum );

use Bench::Call;
use Bench::Clock;
use Bench::Servers;
use Bench::Table;

my $LIMIT = 1000;
my $PASSES = 3;


sub run {
    my ($servers, $clients) = @_;

    $servers->nginx->stop;

    my $bench = {
        servers => $servers,
        call    => Bench::Call->new($servers->redis->socket),
        clients => $clients,
        table   => Bench::Table->new([ '', 32 ], [ 'calls', 8 ],
            [ 'Redis s', 8 ], [ 'mean us', 8 ], [ 'longest', 8 ]),
    };

    my @longest = (
        kind($bench, 'first sync, seed', sub { forget(@_, 'seed') },
            \&first_sync),
        kind($bench, 'sweep of the index', sub { }, sub { round(@_, 'index') }),
        kind($bench, 'sweep of all keys', sub { }, sub { round(@_, 'scan') }),
        kind($bench, 'sweep of 10,000 deletions', \&delete_some,
            sub { round(@_, 'index', 2000) }),
        kind($bench, 'capture of 10,000 deletions', \&delete_some,
            \&capture_some),
        kind($bench, 'outbox of 20,000 hooks read', sub { }, \&read_outbox),
        kind($bench, 'start of announce',
            sub { forget(@_, 'announce') },
            sub { first_sync(@_, int($clients / 50) + 3000) }),
    );

    print "\n";

    bar(max(@longest) < $LIMIT, sprintf
        'no call of Redis takes 1 ms: the longest one by itself %d us',
        max(@longest));
}


# the longest call; a call is a list of arguments after the prefix

sub kind {
    my ($bench, $title, $prepare, $calls) = @_;

    my (@least, @cpu);
    my $pid = $bench->{servers}->redis->pid;

    for my $pass (1 .. $PASSES) {
        $prepare->($bench);
        $bench->{times} = [];

        my $cpu = cpu_time($pid);

        $calls->($bench);

        push @cpu, cpu_time($pid) - $cpu;

        my @times = @{ $bench->{times} };

        # the last calls of a pass may be some more or fewer

        @least = map { min($times[$_], $least[$_] // $times[$_]) }
            0 .. ($pass == 1 ? $#times : min($#times, $#least));
    }

    $bench->{table}->row($title, scalar @least,
        map({ sprintf '%.1f', $_ } min(@cpu) / 1e9, sum(@least) / @least),
        sprintf '%.0f', max(@least));

    return max(@least);
}


sub ask {
    my ($bench, $name, @arguments) = @_;

    my ($reply, $time) = $bench->{call}->timed("polycard_$name", 1,
        $Bench::Servers::PREFIX, @arguments);

    push @{ $bench->{times} }, $time;

    return $reply;
}


sub fenced {
    my ($bench, $name, @arguments) = @_;

    return ask($bench, $name, $bench->{fence}, @arguments);
}


# only the clients and the groups themselves are left; a new holder begins

sub forget {
    my ($bench, $sync) = @_;

    my $redis = $bench->{servers}->client;
    my $cursor = 0;

    do {
        ($cursor, my $keys) = @{ $redis->scan($cursor, 'COUNT', 1000) };
        my @other = grep { !/:(?:client|group):/ } @$keys;

        $redis->unlink(@other) if @other;
    } while ($cursor);

    $bench->{call}{spent} = undef;
    $bench->{fence} = ask($bench, 'lease', 'bench', 86_400_000)->[0];
    fenced($bench, 'settings', hooks => 1, delete_guard => 100,
        outbox_max => 1_000_000_000, initial_sync => $sync);
}


# all passes until the first sync is over, or so many calls

sub first_sync {
    my ($bench, $calls) = @_;

    my $cursor = '0';

    do {
        $cursor = fenced($bench, 'sweep_scan', $cursor, 60)->[0];
    } while ($cursor ne '0' && (!$calls || --$calls));
}


sub round {
    my ($bench, $name, $calls) = @_;

    my $count = $name eq 'scan' ? 60 : 10;
    my $cursor = '0';

    do {
        $cursor = fenced($bench, "sweep_$name", $cursor, $count)->[0];
    } while ($cursor ne '0' && (!$calls || --$calls));
}


# the first 10,000 go; those of the pass before have come back

sub delete_some {
    my ($bench) = @_;

    my $redis = $bench->{servers}->client;
    my $key = $bench->{servers}->key('client:');

    if (!$bench->{some}) {
        $bench->{some} = [ map { [ $_, { $redis->hgetall("$key$_") } ] }
            @{ $redis->zrange($bench->{servers}->key('clients'), 0, 9999) } ];
    }

    for my $client (@{ $bench->{some} }) {
        $redis->hset("$key$client->[0]", %{ $client->[1] });
    }

    capture_some($bench);
    $redis->del($bench->{servers}->key('outbox'));
    $redis->del("$key$_->[0]") for @{ $bench->{some} };
}


sub capture_some {
    my ($bench) = @_;

    my @phones = map { $_->[0] } @{ $bench->{some} };

    while (my @list = splice @phones, 0, 8) {
        ask($bench, 'capture', @list);
    }
}


sub read_outbox {
    my ($bench) = @_;

    if ($bench->{servers}->client->xlen($bench->{servers}->key('outbox'))
        < 20_000)
    {
        delete_some($bench);
        capture_some($bench);
        $bench->{servers}->client->hset(
            $bench->{servers}->key("client:$_->[0]"), %{ $_->[1] })
            for @{ $bench->{some} };
        capture_some($bench);
        $bench->{times} = [];
    }

    my $after = '0-0';

    $after = fenced($bench, 'next', $after, 32)->[0] for 1 .. 625;
}


1;
