# No call may hold Redis up for 1 ms.  Redis' slow log notes those that do,
# and they are tried again by themselves: a call that is long is long every
# time, while one that the machine held up (another process on the core, the
# hypervisor) is not.  It counts when half of its repetitions are long again.
#
# Redis has a core of its own here, for the same reason; nginx and wrk share
# the other one.  How often it was interrupted nevertheless is printed: that
# many calls may have been long through no fault of theirs.

package Bench::Slow;

use strict;
use warnings;

use Test::More;

use Polycard::Test ();

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

    my $interrupted = interruptions($servers->redis->pid);

    for my $kind (@kinds) {
        measure($servers, $kind, clients => $clients, seconds => $SECONDS,
            core => $servers->{nginx_core});
    }

    $interrupted = interruptions($servers->redis->pid) - $interrupted;

    my %slow = slow($redis);

    table($redis, \%slow);
    print "Redis was interrupted $interrupted times.\n\n";

    my @long = map { long($servers, $_) } map { @$_ } values %slow;

    ok(!@long, "no call of Redis takes $LIMIT us by itself")
        or diag(map { "@$_[0 .. 2] ...\n" } @long);

    $servers->remove_added($clients);
}


# the log's calls by command, as lists of arguments

sub slow {
    my ($redis) = @_;

    my %slow = map { $_ => [] } @commands;

    for my $entry (@{ $redis->slowlog('GET', -1) }) {
        my $arguments = $entry->[3];

        push @{ $slow{ lc $arguments->[0] } || [] }, $arguments;
    }

    return %slow;
}


sub table {
    my ($redis, $slow) = @_;

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
            scalar @{ $slow->{$name} };
    }
}


# the core was taken from it while it had work to do

sub interruptions {
    my ($pid) = @_;

    return Polycard::Test::slurp("/proc/$pid/status")
        =~ /^nonvoluntary_ctxt_switches:\s+(\d+)/m ? $1 : 0;
}


# the arguments, if the call is long once more: the log tells

sub long {
    my ($servers, $arguments) = @_;

    my $redis = $servers->client;
    my ($command, @rest) = @$arguments;

    $redis->slowlog('RESET');

    for (1 .. $AGAIN) {
        forget($servers, $rest[3]) if lc $command eq 'fcall';
        $redis->__std_cmd($command, @rest);
    }

    my $again = grep { "@{ $_->[3] }" eq "@$arguments" }
        @{ $redis->slowlog('GET', -1) };

    return $again < $AGAIN / 2 ? () : $arguments;
}


# a client can be added again once he is gone

sub forget {
    my ($servers, $phone) = @_;

    $servers->client->fcall('polycard_delete_client', 1,
        $Bench::Servers::PREFIX, $phone);
}


1;
