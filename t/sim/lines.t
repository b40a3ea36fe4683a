#!/usr/bin/perl

# Which lines of redis-scripts/ the simulation runs, as t/sim/whole/lines prints them:
# of the whole library, and of each file, but for those with tables only.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;

my $LEAST = 84;             # per cent, in 200 histories

# what answers to requests that no history makes: errors of arguments, what only an
# operator asks for

my %LESS = map { $_ => 25 } qw( find mend );
my $LESS = 50;

my $dir = source_dir() . '/t/sim';
my $out = source_dir() . '/build/sim';

my ($status, $said) = run_command('make', '-s', '-C',
    $dir, "OUT=$out", 'BUILD=' . source_dir() . '/build/module', "$out/whole", "$out/library.lua");

is($status, 0, 'the simulation is built') or diag($said);

($status, $said) = run_command("$dir/whole/lines", 1, 200);
is($status, 0, 'the histories run');

my %file;

$file{$3} = [ $1, $2 ] while $said =~ /^ *(\d+) of +(\d+)  ([a-z]\w*)/mg;

for my $name (sort grep { $file{$_}[1] } keys %file) {
    my ($taken, $all) = @{ $file{$name} };

    cmp_ok(100 * $taken / $all, '>=', $LESS{$name} || $LESS,
        "$name.lua: $taken lines of $all");
}

my ($share) = $said =~ /^ *\d+ of +\d+  ([\d.]+) %$/m;

cmp_ok($share, '>=', $LEAST, "$share % of the lines") or diag($said);

done_testing();
