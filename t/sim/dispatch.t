#!/usr/bin/perl

# core/dispatch and core/verdict in a simulation of all that is around them:
# many schedules, and some with sanitizers. SIM_SCHEDULES sets how many,
# SIM_FIRST the first seed; "build/sim/sim SEED" shows one.

use strict;
use warnings;

use FindBin;
use Test::More;

my $dir       = $FindBin::Bin;
my $out       = "$FindBin::Bin/../../build/sim";
my $schedules = $ENV{SIM_SCHEDULES} || 100_000;
my $first     = $ENV{SIM_FIRST} || 1;

my $log = `make -C '$dir' OUT='$out' '$out/sim' '$out/sim_asan' 2>&1`;

is($?, 0, 'the simulation is built') or diag($log);

schedules('sim', $first, $schedules);
schedules('sim_asan', $first + $schedules, int($schedules / 20));

# what breaks it on purpose finds the places where it does

my $gone = `'$dir/dispatch/mutate' 0 2>&1`;

is($?, 0, 'all faults of mutate have their place') or diag($gone);

done_testing();


sub schedules {
    my ($program, $seed, $n) = @_;

    my $said = `'$out/$program' $seed $n 2>&1`;

    is($?, 0, "$n schedules of $program") or replay($said);

    # or else they show nothing

    for my $what ('accepted', 'of them again', 'dead', 'fenced', 'outages',
                  'crashes', 'times too much of one key', 'calls rejected',
                  'other servers')
    {
        my ($count) = $said =~ /(\d+) \Q$what\E/;

        ok($count, ($count // 0) . " $what");
    }
}


sub replay {
    my ($said) = @_;

    diag($said);

    if ($said =~ /^seed (\d+)/m) {
        my @lines = `'$out/sim' $1`;

        splice(@lines, 0, -200) if @lines > 200;
        diag("the end of 'build/sim/sim $1':\n", @lines);
    }
}
