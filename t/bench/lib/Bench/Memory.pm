# The memory of nginx' worker over a million requests of all kinds: answers,
# errors, and callers who leave before theirs has come.

package Bench::Memory;

use strict;
use warnings;

use IO::Socket::INET;
use List::Util qw( min );
use POSIX ();
use Socket qw( SOL_SOCKET SO_LINGER );
use Test::More;
use Time::HiRes qw( sleep );

use Polycard::HTTP;
use Polycard::Test ();

use Bench::Wrk;

my $WARM = 200_000;
my $REQUESTS = 1_000_000;
my $STEPS = 5;

# KB: the memory differs by what is under way at the moment of looking; a byte
# lost in each request would be more than that
my $SLACK = 900;


sub run {
    my ($servers, $clients) = @_;

    my ($requests_before, $accepted_before) = counts($servers);
    my $leaver = start_leaver($servers);
    my $round = 0;
    my @memory;

    for my $step (0 .. $STEPS) {
        my $goal = $requests_before + $WARM + $REQUESTS * $step / $STEPS;

        while ((counts($servers))[0] < $goal) {
            measure($servers, 'mixture', clients => $clients,
                first => 100_000 * $round++, seconds => 3);
        }

        my ($requests, $accepted) = counts($servers);

        push @memory, memory($servers->worker);

        printf "\n%12s %12s %14s\n", 'requests', 'connections',
            'memory, KB' if $step == 0;
        printf "%12d %12d %14d\n", $requests - $requests_before,
            $accepted - $accepted_before, $memory[-1];
    }

    kill 'TERM', $leaver;
    waitpid $leaver, 0;

    print "\n";

    cmp_ok($memory[-1], '<=', min(@memory) + $SLACK,
        "the worker's memory has not grown");
}


# requests and connections that nginx has accepted

sub counts {
    my ($servers) = @_;

    my $status = http_get($servers->nginx, '/status')->body;
    my ($accepted, $handled, $requests) = $status =~ /^ (\d+) (\d+) (\d+)/m;

    return ($requests, $accepted);
}


sub memory {
    my ($pid) = @_;

    return Polycard::Test::slurp("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m
        ? $1 : die "no memory of process $pid\n";
}


# a process that asks and leaves, until it is told to end or is left alone

sub start_leaver {
    my ($servers) = @_;

    my $parent = $$;
    my $pid = fork;

    die "fork: $!\n" if !defined $pid;
    return $pid if $pid;

    $SIG{$_} = 'DEFAULT' for qw( INT TERM HUP );

    while (getppid == $parent) {
        eval { ask_and_leave($servers->nginx->port) };
        sleep 0.002;
    }

    POSIX::_exit(0);
}


# whole requests, half ones, several at once; a close or a reset

sub ask_and_leave {
    my ($port) = @_;

    my $socket = IO::Socket::INET->new("127.0.0.1:$port") or return;
    my $head = "HTTP/1.1\r\nHost: localhost\r\n"
        . "Authorization: Bearer $Bench::Servers::TOKEN\r\n";
    my @texts = (
        "GET /getClients?limit=1000 $head\r\n",
        "GET /getClient?phone=380500000000 $head\r\n" x 10,
        "GET /getGroups $head\r\n",
        "GET /getClients?limit=100 $head\r\n" x 3,
        "GET /getClient?pho",
        "POST /addClient ${head}Content-Type: application/json\r\n"
            . "Content-Length: 200\r\n\r\n{\"phone\":",
    );

    setsockopt($socket, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0))
        if rand() < 0.5;

    print {$socket} $texts[rand @texts];
    sleep rand(0.002);
    close $socket;
}


1;
