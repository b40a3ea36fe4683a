#!/usr/bin/perl

# The module's own files for Redis and hooks, and the library, in a simulation of
# all that is around them: workers, Redis, gateway, back offices, operators. One
# seed is one history. WHOLE_HISTORIES sets how many, WHOLE_FIRST the first seed; most
# run with LuaJIT's interpreter (whole_fast), some with Lua 5.1, which Redis has;
# "build/sim/whole build/sim/library.lua SEED" shows one, "t/sim/whole/shrink SEED"
# makes one that fails short.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;

my $dir       = source_dir() . '/t/sim';
my $out       = source_dir() . '/build/sim';
my $library   = "$out/library.lua";
my $histories = $ENV{WHOLE_HISTORIES} || 800;
my $first     = $ENV{WHOLE_FIRST} || 1;

# what must have happened

my @seen = ('hooks', 'accepted', 'of them again', 'refused', 'failed', 'dead',
            'times back in time');

my ($status, $said) = run_command('make', '-s', '-j2', '-C', $dir,
                                  "OUT=$out", 'BUILD=' . source_dir() . '/build/module',
                                  (map { "$out/$_" } qw( whole whole_fast
                                  whole_asan )), $library);

is($status, 0, 'the simulation is built') or diag($said);

histories('whole_fast', $first, $histories);
histories('whole', $first + $histories, int($histories / 4));
histories('whole_asan', $first + 2 * $histories, int($histories / 20));


older_library();

# one seed, one history, whichever interpreter there is

for my $seed ($first .. $first + 9) {
    my @history = map { [run_command("$out/$_", $library, $seed)] }
        qw( whole whole whole_fast );

    is($history[0][0], 0, "the history of $seed as text");
    cmp_ok(length $history[0][1], '>', 10_000, '... tells much');
    ok($history[0][1] eq $history[1][1], '... is the same again, byte for byte');
    ok($history[0][1] eq $history[2][1], '... also with LuaJIT');
}

done_testing();


# in pieces, so that a busy machine is no error; all that fails is told

sub histories {
    my ($program, $seed, $n) = @_;

    # Lua's own memory ends with the program

    local $ENV{ASAN_OPTIONS} = 'detect_leaks=0';

    my (%sum, @failed);

    for (my $from = $seed; $from < $seed + $n; $from += 40) {
        my $count = $seed + $n - $from;
        my ($status, $said) = run_command("$out/$program", $library, $from,
                                          $count < 40 ? $count : 40);

        push @failed, $said =~ /^(seed .*)/mg;
        push @failed, "$from: $status, $said" if $status && !@failed;

        for my $what (@seen) {
            $sum{$what} += $1 if $said =~ /(\d+) \Q$what\E/;
        }
    }

    is(join("\n", @failed), '', "$n histories of $program")
        or replay($failed[0]);

    # or else they show nothing

    for my $what (@seen) {
        ok($sum{$what}, ($sum{$what} || 0) . " $what")
            if $n >= 100 || $what =~ /^(?:hooks|accepted)$/;
    }
}


# Redis has an older one, and another one that takes its place does, too

sub older_library {
    my $older = "$out/older.lua";

    spew($older, slurp($library) =~ s/^local VERSION = \d+$/local VERSION = 1/mr);

    local $ENV{WHOLE_OLDER} = $older;

    my ($status, $said) = run_command("$out/whole_fast", $library,
                                      $first + 3 * $histories, 40);

    is($status, 0, 'an older library is replaced') or diag($said);
}


sub replay {
    my ($said) = @_;

    if ($said =~ /^seed (\d+)/) {
        my @lines = split(/^/, (run_command("$out/whole", $library, $1))[1]);

        splice(@lines, 0, -200) if @lines > 200;
        diag("the end of 'build/sim/whole build/sim/library.lua $1':\n",
             @lines);
    }
}
