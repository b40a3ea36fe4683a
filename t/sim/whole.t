#!/usr/bin/perl

# The module's own files for Redis and hooks, and the library, in a simulation of
# all that is around them: workers, Redis, gateway, back offices, operators. One
# seed is one history. WHOLE_HISTORIES sets how many, WHOLE_FIRST the first seed;
# "build/sim/whole build/sim/library.lua SEED" shows one.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;

my $dir       = source_dir() . '/t/sim';
my $out       = source_dir() . '/build/sim';
my $library   = "$out/library.lua";
my $histories = $ENV{WHOLE_HISTORIES} || 320;
my $first     = $ENV{WHOLE_FIRST} || 1;

my ($status, $said) = run_command('make', '-s', '-j2', '-C', $dir, "OUT=$out",
                                  'BUILD=' . source_dir() . '/build/module',
                                  "$out/whole", "$out/whole_asan", $library);

is($status, 0, 'the simulation is built') or diag($said);

histories('whole', $first, $histories);
histories('whole_asan', $first, int($histories / 10));


# one seed, one history

my @history = map { [run_command("$out/whole", $library, $first)] } 1, 2;

is($history[0][0], 0, 'one history as text');
cmp_ok(length $history[0][1], '>', 10_000, 'it tells much');
ok($history[0][1] eq $history[1][1], 'it is the same again, byte for byte');

done_testing();


sub histories {
    my ($program, $seed, $n) = @_;

    # Lua's own memory ends with the program

    local $ENV{ASAN_OPTIONS} = 'detect_leaks=0';

    my ($status, $said) = run_command("$out/$program", $library, $seed, $n);

    is($status, 0, "$n histories of $program") or replay($said);

    # or else they show nothing

    for my $what ('hooks', 'accepted', 'of them again', 'refused', 'failed',
                  'dead', $n < 100 ? () : 'times back in time')
    {
        my ($count) = $said =~ /(\d+) \Q$what\E/;

        ok($count, ($count // 0) . " $what");
    }
}


sub replay {
    my ($said) = @_;

    diag($said);

    if ($said =~ /^seed (\d+)/m) {
        my @lines = split(/^/, (run_command("$out/whole", $library, $1))[1]);

        splice(@lines, 0, -200) if @lines > 200;
        diag("the end of 'build/sim/whole build/sim/library.lua $1':\n",
             @lines);
    }
}
