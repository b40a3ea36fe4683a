# make test-matrix without a network: the tests that it chooses, what is read out
# of a run, the table, and why it leaves a run out. A run on this machine itself
# is a whole one.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;

my $root = source_dir();
my $dir = Polycard::Test::temp_dir();

test_choice();
test_result();
test_table();
test_left_out();
test_run();

finish();


sub script {
    my ($env, $name, @arguments) = @_;

    return run_command({ env => { %ENV, %$env } },
        "$root/t/scripts/$name", @arguments);
}


sub test_choice {
    my ($status, $output) = script({}, 'matrix-tests');
    my @tests = split /\n/, $output;

    is($status, 0, 'tests are chosen');
    cmp_ok(scalar @tests, '>', 50, '... some') or diag $output;
    is_deeply([ grep { !-e "$root/$_" } @tests ], [], '... and are there');
}


# of outputs as t/scripts/matrix-run and prove make them

sub result {
    my ($text) = @_;

    my ($status, $output) = script({}, 'matrix-result', 'trixie',
        spew("$dir/log", $text));

    is($status, 0, 'a result') or diag $output;
    chomp $output;

    return $output;
}


sub test_result {
    my $versions = "nginx: nginx/1.26.3\nserver: redis 8.0.2\n"
        . "hiredis: 1.2.0\nlibcurl: 8.14.1\nopenssl: 3.5.9\n"
        . "compiler: gcc 14.2.0\n";
    my $row = 'trixie|nginx/1.26.3|redis 8.0.2|1.2.0|8.14.1|3.5.9|gcc 14.2.0|';

    is(result("${versions}built\nt/core/units.t ...... ok\nt/redis/tls.t .. ok\n"
        . "All tests successful.\nResult: PASS\n"), "${row}2 passed",
        'all have passed');
    is(result("${versions}built\nt/core/units.t ...... ok\n"
        . "t/redis/tls.t .. Dubious, test returned 1\nTest Summary Report\n"
        . "t/redis/tls.t     (Wstat: 256 Tests: 3 Failed: 1)\nResult: FAIL\n"),
        "${row}1 passed, failed: t/redis/tls.t", 'one has failed');
    is(result("${versions}cc: error: x | y\n\n"),
        "${row}not built: cc: error: x y", 'it does not compile');
    is(result("${versions}built\nt/core/units.t ...... ok\nKilled\n"),
        "${row}broken off: Killed", 'it did not get to its end');
    is(result("no tree\n"), 'trixie|?|?|?|?|?|?|not built: no tree',
        'nothing is known');
}


sub test_table {
    my ($status, $output) = run_command('sh', '-c',
        'printf "%s\n" "$1" "$2" | "$0" table', "$root/t/scripts/matrix-result",
        'sid|nginx/1.30.6|valkey 9.1.2|1.2.0|8.23.0|3.6.5|gcc 16.1.0|9 passed',
        'x|left out: no network');

    is($status, 0, 'a table');
    is($output, join("\n",
        'run  nginx         server        hiredis  libcurl  openssl  compiler    tests',
        'sid  nginx/1.30.6  valkey 9.1.2  1.2.0    8.23.0   3.6.5    gcc 16.1.0  9 passed',
        'x    left out: no network') . "\n", '... in columns');
}


sub left_out {
    my ($why, $what, %env) = @_;

    my ($status, $output) = script({ MATRIX => 'trixie', %env,
        MATRIX_CACHE => "$dir/cache" }, 'matrix');

    is($status, 1, "$what: it has not passed");
    like($output, qr/^trixie +left out: $why/m, '... and it is said why');
}


# a mirror that nobody has, and what is needed besides

sub test_left_out {
    my $nobody = 'http://127.0.0.1:' . Polycard::Test::free_port() . '/debian';
    my $bin = "$dir/bin";

    SKIP: {
        skip 'only root may make a tree of Debian', 6
            if $> != 0;

        left_out(qr/no tree of Debian: /, 'no mirror',
            MATRIX_MIRROR => $nobody);
        is_deeply([ glob "$dir/cache/*" ], [], '... and leaves nothing');

        # all commands but one

        mkdir $bin;

        for my $path (reverse split /:/, $ENV{PATH} . ':/usr/sbin:/sbin') {
            for my $command (glob "$path/*") {
                my ($name) = $command =~ m{([^/]+)$};

                symlink $command, "$bin/$name" if $name ne 'debootstrap';
            }
        }

        like(why("$bin"), qr/^there is no debootstrap$/, 'no debootstrap');
    }
}


# the check alone, as there is no other PATH than that of the system

sub why {
    my ($path) = @_;

    my $text = slurp("$root/t/scripts/matrix");
    my ($function) = $text =~ /^(why_not\(\) \{\n.*?^\})/ms;
    my (undef, $output) = run_command({ env => { PATH => $path } },
        'bash', '-c', "$function\nwhy_not");

    chomp $output;

    return $output;
}


sub test_run {
    my $built = "$root/build/module/.configured";
    my $before = -M $built;

    my ($status, $output) = script({ MATRIX => 'here',
        TESTS => 't/package/version.t', PROVE_FLAGS => '-j1' }, 'matrix');

    is($status, 0, 'a run here') or diag $output,
        slurp("$root/build/matrix/here.log");
    like($output, qr{^here +nginx/[\d.]+ +redis [\d.]+ +\d[\d.]+ +\d[\d.]+ +\d[\d.]+ +gcc [\d.]+ +1 passed$}m,
        '... has its line, with all versions') or diag $output;

    # where there is none yet another test may build it meanwhile

    is(-M $built, $before, '... and the module of the tree stays as it is')
        if defined $before;
}
