# The table: every case once a round, in an order that rotates, so that what
# disturbs the machine for a while disturbs all of them; the median of rounds.
#
#   run($servers, $clients, @cases);        # the services where there are none
#
# A case is { kind => 'of requests.lua', name =>, bar => times the first case,
# refused => 1 if all must be, connections => unless 64, lines => N that a
# request counts as }.

package Bench::Ratios;

use strict;
use warnings;

use Test::More;

use Bench::Clock;
use Bench::Wrk;

my $ROUNDS = $ENV{BENCH_ROUNDS} || 7;
my $SECONDS = $ENV{BENCH_SECONDS} || 2;

# bars are in nginx' processor time per request, as multiples of the first
# case's

my @services = (
    { kind => 'return_client', name => 'return 200 (client)' },
    { kind => 'get_client', name => 'getClient', bar => 1.8 },
    { kind => 'get_client_tcp', name => 'getClient, TCP' },
    { kind => 'get_client_tls', name => 'getClient, TLS', bar => 2 },
    { kind => 'get_client_miss', name => 'getClient, none', refused => 1 },
    { kind => 'add_client', name => 'addClient', bar => 3 },
    { kind => 'get_clients', name => 'getClients, 100', bar => 22 },
    { kind => 'return_page', name => 'return 200 (page)' },
);


sub run {
    my ($servers, $clients, @cases) = @_;

    @cases = @services if !@cases;

    my @rounds;
    my $first = 0;

    $servers->settle;

    # the first round warms up

    for my $round (0 .. $ROUNDS) {
        my %result;

        for my $i (0 .. $#cases) {
            my $case = $cases[($i + $round) % @cases];

            $result{ $case->{kind} } = measure($servers, $case->{kind},
                clients => $clients, first => $first,
                connections => $case->{connections},
                seconds => $round ? $SECONDS : 1);

            check($case, $result{ $case->{kind} });
            by_line($case, $result{ $case->{kind} });

            $first += 500_000;
            $servers->remove_added($clients);
        }

        push @rounds, \%result if $round;
    }

    table(\@cases, @rounds);
    bars(\@cases, @rounds);
}


sub by_line {
    my ($case, $result) = @_;

    my $lines = $case->{lines} or return;

    $result->{rps} *= $lines;
    $result->{$_} /= $lines for qw( nginx redis others );
}


# a fast error is no result

sub check {
    my ($case, $result) = @_;

    my $refused = $case->{refused} ? $result->{requests} : 0;

    die "$case->{name}: $result->{refused} of $result->{requests} answers "
        . "were errors, $result->{broken} broke off\n"
        if $result->{refused} != $refused || $result->{broken};
}


sub table {
    my ($cases, @rounds) = @_;

    printf "%-20s %10s %9s %9s %10s %10s %7s %8s\n", '', 'requests',
        'p50', 'p99', 'nginx', 'Redis', 'nginx', 'others';
    printf "%-20s %10s %9s %9s %10s %10s %7s %8s\n", '', 'a second', 'us', 'us',
        'us/req.', 'us/req.', 'ratio', 'us/req.';

    for my $case (@$cases) {
        my %of = map { my $what = $_;
            $what => median(map { $_->{ $case->{kind} }{$what} } @rounds)
        } qw( rps p50 p99 nginx redis others );

        printf "%-20s %10.0f %9.0f %9.0f %10.2f %10.2f %7.2f %8.2f\n",
            $case->{name}, @of{qw( rps p50 p99 nginx redis )},
            ratio($case, $cases->[0], @rounds), $of{others};
    }

    print "\n";
}


sub bars {
    my ($cases, @rounds) = @_;

    for my $case (grep { $_->{bar} } @$cases) {
        my $ratio = ratio($case, $cases->[0], @rounds);

        ok($ratio <= $case->{bar}, sprintf
            "%s: %.2f times the processor time of 'return 200', at most %s",
            $case->{name}, $ratio, $case->{bar});
    }
}


# within a round, and only then the median

sub ratio {
    my ($case, $first, @rounds) = @_;

    return median(map {
        $_->{ $case->{kind} }{nginx} / $_->{ $first->{kind} }{nginx}
    } @rounds);
}


1;
