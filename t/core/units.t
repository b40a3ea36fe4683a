#!/usr/bin/perl

# Builds the unit tests of ngx_polycard_module/core and runs each of them.

use strict;
use warnings;

use FindBin;
use Test::More;

my $dir = $FindBin::Bin;
my $out = "$FindBin::Bin/../../build/core";
my $flags = '';

# see t/scripts/coverage; the checks of a sanitizer would count as branches
if (my $coverage = $ENV{POLYCARD_COVERAGE}) {
    $out = "$coverage/core";
    $flags = '-O0 --coverage -fno-sanitize=all';
}

my $log = `make -C '$dir' OUT='$out' CFLAGS='$flags' all 2>&1`;

is($?, 0, 'the unit tests are built') or diag($log);

my @programs = map { m{([^/]+)\.c$} } sort glob("$dir/*_test.c");

ok(@programs > 0, 'there are unit tests');

run_program($_) for @programs;

done_testing();


# Shows the results of a program as a subtest; a missing plan or an exit status
# other than 0 is a failure.

sub run_program {
    my ($name) = @_;

    subtest $name => sub {
        my $plan;
        my $n = 0;

        open(my $tap, '-|', "'$out/$name' 2>&1")
            or return fail("$name starts: $!");

        while (my $line = <$tap>) {
            chomp $line;

            if ($line =~ /^(not )?ok \d+ - (.*)/) {
                ok(!$1, $2);
                $n++;

            } elsif ($line =~ /^1\.\.(\d+)$/) {
                $plan = $1;

            } else {
                diag($line);
            }
        }

        close($tap);

        is($?, 0, 'the exit status');
        is($plan, $n, 'the plan');
    };
}
