# What a request costs at which rate, how long it takes, and the memory of so
# many clients: tables, and pictures in build/bench/, which are copied to
# docs/pictures/ for docs/sizing.md.
#
# The rate of wrk is that of callers who pause between their requests.

package Bench::Charts;

use strict;
use warnings;

use Time::HiRes qw( sleep );

use Polycard::Test ();

use Bench::Chart;
use Bench::Clock;
use Bench::Memory;
use Bench::Servers;
use Bench::Table;
use Bench::Wrk;

my $CALLERS = 64;
my @RATES = (1000, 2000, 5000, 10_000, 20_000, 50_000, 0);
my @CLIENTS = (1000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000);
my $LOADED = 20_000;
my $IDLE = 10e6;        # nanoseconds in half a second
my $SECONDS = $ENV{BENCH_SECONDS} || 4;
my $dir = Polycard::Test::source_dir() . '/build/bench';


sub run {
    my ($most) = @_;

    my @rates = rates();
    my @memory = memory(grep { $_ <= $most } @CLIENTS);
    my %file = pictures(\@rates, \@memory);

    mkdir $dir;
    Polycard::Test::spew("$dir/$_", $file{$_}) for keys %file;

    print "\n", map { "build/bench/$_\n" } sort keys %file;
}


# few requests are those of few callers, whose connections cost nothing then

sub callers {
    my ($rate) = @_;

    return $rate && $rate < 1000 ? $CALLERS / 8 : $CALLERS;
}


# milliseconds between two requests of a caller; undef: none

sub pause {
    my ($rate) = @_;

    return $rate ? int(1000 * callers($rate) / $rate + 0.5) : undef;
}


sub rates {
    my $servers = Bench::Servers->new;
    my @rows;

    $servers->load($LOADED);
    $servers->set_sizes([ '/getClient?phone='
        . ($servers->some_phones(1))[0] ], [ '/getGroups' ]);

    settle($servers);

    print "\nAt so many requests a second, $CALLERS callers\n\n";

    my $table = Bench::Table->new([ '', 14 ], [ 'nginx us', 9 ],
        [ 'return 200', 11 ], [ 'Redis us', 9 ], [ 'p50 us', 8 ],
        [ 'p99 us', 8 ]);

    measure($servers, $_, clients => $LOADED, seconds => 1)
        for qw( return_client get_client );

    for my $rate (@RATES) {
        my %option = (clients => $LOADED, pause => pause($rate),
            connections => callers($rate), seconds => $SECONDS);
        my $bare = measure($servers, 'return_client', %option);
        my $got = measure($servers, 'get_client', %option);

        push @rows, { %$got, rate => $got->{rps}, bare => $bare->{nginx} };
        $table->row(sprintf('%.0f', $got->{rps}), map { sprintf '%.1f', $_ }
            $got->{nginx}, $bare->{nginx}, @{$got}{qw( redis p50 p99 )});
    }

    $servers->end;

    return @rows;
}


# after the start all keys are looked at once: nothing else is to be counted

sub settle {
    my ($servers) = @_;

    my $redis = $servers->redis->pid;

    my $calm = 0;

    Polycard::Test::wait_for(sub {
        my $before = cpu_time($redis);

        sleep 0.5;
        $calm = cpu_time($redis) - $before < $IDLE ? $calm + 1 : 0;

        return $calm == 4;
    }, 120) or die "Redis does not come to rest\n";
}


# bytes of Redis' data, and of the worker after it has read them

sub memory {
    my (@clients) = @_;

    my $servers = Bench::Servers->new;
    my @rows;

    print "\nMemory, with all that the sample's clients have\n\n";

    my $table = Bench::Table->new([ 'clients', 12 ], [ 'Redis MB', 9 ],
        [ 'a client', 9 ], [ 'worker MB', 10 ]);
    my $empty = used($servers);

    for my $clients (@clients) {
        $servers->load($clients);
        measure($servers, 'get_client', clients => $clients, seconds => 1);

        my $row = { clients => $clients, redis => used($servers) - $empty,
            worker => 1024 * Bench::Memory::memory($servers->worker) };

        push @rows, $row;
        $table->row($clients, sprintf('%.1f', $row->{redis} / 1e6),
            sprintf('%.0f', $row->{redis} / $clients),
            sprintf('%.1f', $row->{worker} / 1e6));
    }

    $servers->end;

    return @rows;
}


sub used {
    my ($servers) = @_;

    return $servers->client->info('memory')->{used_memory};
}


# name of a file => its text

sub pictures {
    my ($rates, $memory) = @_;

    my $cost = Bench::Chart->new('Processor time of a getClient',
        x => 'requests a second', y => 'microseconds', log_x => 1);

    $cost->line('worker of nginx', points($rates, 'nginx'));
    $cost->line('... return 200', points($rates, 'bare'));
    $cost->line('Redis', points($rates, 'redis'));

    my $latency = Bench::Chart->new(
        "How long a getClient takes, $CALLERS callers",
        x => 'requests a second', y => 'microseconds', log_x => 1);

    $latency->line('half of them', points($rates, 'p50'));
    $latency->line('99 of 100', points($rates, 'p99'));

    my $used = Bench::Chart->new('Memory', x => 'clients', y => 'MB');

    $used->line('Redis', map { [ $_->{clients}, $_->{redis} / 1e6 ] }
        @$memory);
    $used->line('a worker of nginx',
        map { [ $_->{clients}, $_->{worker} / 1e6 ] } @$memory);

    return ('cost.svg' => $cost->svg, 'latency.svg' => $latency->svg,
        'memory.svg' => $used->svg);
}


sub points {
    my ($rows, $what) = @_;

    return map { [ $_->{rate}, $_->{$what} ] } @$rows;
}


1;
