# One run of wrk, and what it cost: the numbers that wrk prints, and the
# processor time that nginx' worker and Redis took meanwhile.

package Bench::Wrk;

use strict;
use warnings;

use Exporter qw( import );
use List::Util qw( sum0 );

use Polycard::Test ();

use Bench::Clock;

our @EXPORT = qw( measure );

my $script = Polycard::Test::source_dir() . '/t/bench/requests.lua';


# measure($servers, $kind, clients => N, seconds => N, ...): a hash of
# requests, rps, p50, p99 (microseconds), refused, broken, nginx, redis, others
# (microseconds of processor time per request)

sub measure {
    my ($servers, $kind, %option) = @_;

    my @before = map { cpu_time($_) } pids($servers);
    my $others = sum0(map { cpu_time($_) } $servers->others);
    my $outcome = wrk($servers, $kind, %option);
    my @after = map { cpu_time($_) } pids($servers);

    my %result = $outcome =~ /(\w+)=(\d+)/g;

    die "wrk, $kind: $outcome\n" if !$result{requests};

    $result{rps} = $result{requests} / $result{duration} * 1e6;
    $result{nginx} = ($after[0] - $before[0]) / 1000 / $result{requests};
    $result{redis} = ($after[1] - $before[1]) / 1000 / $result{requests};
    $result{others} = (sum0(map { cpu_time($_) } $servers->others) - $others)
        / 1000 / $result{requests};

    return \%result;
}


sub pids {
    my ($servers) = @_;

    return ($servers->worker, $servers->redis->pid);
}


# the pid of one that runs meanwhile

sub start {
    return Polycard::Test::fork_command({ output => '/dev/null' },
        command(@_));
}


# pause: milliseconds between two requests of a caller

sub command {
    my ($servers, $kind, %option) = @_;

    return ('taskset', '-c', $option{core} // $servers->{other_core},
        'wrk', '-t1', '-c' . ($option{connections} || 64),
        "-d$option{seconds}s", '--timeout', '30s', '-s', $script,
        'http://127.0.0.1:' . $servers->nginx->port, '--',
        $kind, $option{clients}, $option{first} || 0, int(rand(1e9)),
        $option{pause} || 0);
}


sub wrk {
    my ($output) = Bench::Servers::run(command(@_));

    my ($outcome) = $output =~ /^outcome: (.*)$/m;

    return defined $outcome ? $outcome : $output;
}


1;
