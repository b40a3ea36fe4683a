#!/usr/bin/perl

# A short run of each fuzz target; "make -C t/fuzz long" is the long one.
# FUZZ_SECONDS sets how long each target runs.

use strict;
use warnings;

use FindBin;
use File::Temp ();
use Test::More;

my $dir     = $FindBin::Bin;
my $out     = "$FindBin::Bin/../../build/fuzz";
my $seconds = $ENV{FUZZ_SECONDS} || 10;

plan skip_all => 'there is no clang with libFuzzer'
    . ' (Debian: clang and libclang-rt-14-dev)' unless has_fuzzer();

my $log = `make -C '$dir' OUT='$out' all 2>&1`;

is($?, 0, 'the fuzz targets are built') or diag($log);

my @targets = map { m{([^/]+)_fuzz\.c$} } sort glob("$dir/*_fuzz.c");

ok(@targets > 0, 'there are fuzz targets');

for my $target (@targets) {
    $log = `make -C '$dir' OUT='$out' FUZZ_SECONDS=$seconds run-$target 2>&1`;

    is($?, 0, "nothing is found in $target") or diag($log);

    my ($runs) = $log =~ /number_of_executed_units:\s*(\d+)/;

    ok($runs && $runs > 100, "$target was run") or diag($log);
}

done_testing();


sub has_fuzzer {
    my $temp = File::Temp->newdir();

    open(my $source, '>', "$temp/a.c") or die "$temp/a.c: $!";
    print $source "int LLVMFuzzerTestOneInput(const char *p, unsigned long n)"
        . " { return 0; }\n";
    close($source) or die "$temp/a.c: $!";

    return system("clang -fsanitize=fuzzer,address -o '$temp/a' '$temp/a.c'"
        . ' >/dev/null 2>&1') == 0;
}
