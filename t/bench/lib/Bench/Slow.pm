# No call may hold Redis up for 1 ms.  Redis' slow log notes those that do,
# and they are tried again by themselves: a call that is long is long every
# time, while one that the machine held up (another process on the core, the
# hypervisor) is not.  It counts when half of its repetitions are long again.
#
# Redis has a core of its own here, for the same reason; nginx and wrk share
# the other one.  What the long calls took together is printed beside the time
# that Redis waited for its core all the same: where others use the machine,
# most of the one is the other.

package Bench::Slow;

use strict;
use warnings;

use List::Util qw( sum );
use Test::More;

use Polycard::Test ();

use Bench::Clock;
use Bench::Servers;
use Bench::Wrk;

my $LIMIT = 1000;
my $SECONDS = 4;
my $AGAIN = 10;

my @kinds = qw( get_client get_client_miss get_clients get_clients_after
                get_groups add_client );

# what the module sends; the functions call some of them as well
my @commands = qw( hmget hget zcard zrange fcall );


sub run {
    my ($servers, $clients) = @_;

    my $redis = $servers->client;

    $redis->config('SET', 'slowlog-log-slower-than', $LIMIT);
    $redis->config('SET', 'slowlog-max-len', 100_000);
    $redis->config('SET', 'latency-tracking-info-percentiles', '99 99.9 100');
    $redis->config('RESETSTAT');
    $redis->slowlog('RESET');

    my $waited = waited($servers->redis->pid);

    for my $kind (@kinds) {
        measure($servers, $kind, clients => $clients, seconds => $SECONDS,
            core => $servers->{nginx_core});
    }

    $waited = (waited($servers->redis->pid) - $waited) / 1e6;

    my @slow = slow($redis);

    table($redis, @slow);
    printf "\nThe calls over %d us took %.0f ms, Redis waited %.0f ms for its "
        . "core.\n", $LIMIT, sum(0, map { $_->{time} } @slow) / 1000,
        $waited;
    printf "Their number: %s.\n", by_name(@slow) if @slow;
    print "\n";

    my @long = map { long($servers, @{ $_->{arguments} }) } @slow;

    ok(!@long, "no call of Redis takes $LIMIT us by itself")
        or diag(map { "@$_[0 .. 2] ...\n" } @long);

    $servers->remove_added($clients);
}


# the log's calls, of the module and, where they have the same name, of the
# functions

sub slow {
    my ($redis) = @_;

    my %sent = map { $_ => 1 } @commands;
    my @log = map { { time => $_->[2], arguments => $_->[3] } }
        @{ $redis->slowlog('GET', -1) };

    return grep { $sent{ lc $_->{arguments}[0] } } @log;
}


sub table {
    my ($redis, @slow) = @_;

    my $calls = $redis->info('commandstats');
    my $times = $redis->info('latencystats');

    printf "\n%-8s %10s %9s %9s %9s %9s %9s\n", 'Redis', 'calls', 'mean us',
        'p99 us', 'p99.9 us', 'max us', "> $LIMIT";

    for my $name (@commands) {
        my %of = map { /([\w.]+)=([\d.]+)/g }
            $calls->{"cmdstat_$name"} || '',
            $times->{"latency_percentiles_usec_$name"} || '';

        next if !$of{calls};

        printf "%-8s %10d %9.1f %9.0f %9.0f %9.0f %9d\n", uc $name, $of{calls},
            @of{qw( usec_per_call p99 p99.9 p100 )},
            scalar grep { lc $_->{arguments}[0] eq $name } @slow;
    }
}


# how many, by the name of the command or the function

sub by_name {
    my %count;

    for (map { $_->{arguments} } @_) {
        $count{ lc $_->[0] eq 'fcall' ? $_->[1] : uc $_->[0] }++;
    }

    return join ', ', map { "$_ $count{$_}" } sort keys %count;
}


# the call, if it is long again: the log tells

sub long {
    my ($servers, @call) = @_;

    my $redis = $servers->client;
    my ($command, @rest) = @call;

    $redis->slowlog('RESET');

    for (1 .. $AGAIN) {
        forget($servers, $rest[3]) if $rest[0] eq 'polycard_add_client';
        $redis->__std_cmd($command, @rest);
    }

    my $again = grep { "@{ $_->[3] }" eq "@call" }
        @{ $redis->slowlog('GET', -1) };

    return $again < $AGAIN / 2 ? () : [ @call ];
}


# a client can be added again once he is gone

sub forget {
    my ($servers, $phone) = @_;

    $servers->client->fcall('polycard_delete_client', 1,
        $Bench::Servers::PREFIX, $phone);
}


1;
