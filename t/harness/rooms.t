# t/ is in order: a folder for each test, t/README.md tells the truth, one way to
# wait and one to start what runs beside a test, and no file without end.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;

my $root = source_dir();

# Rules are for what is ours in Perl: tests and harness.  Benchmarks measure
# time, and so wait for it.

my @tests = files('t/*.t', 't/*/*.t');
my @harness = files('t/lib/Polycard/*.pm');

# where a rule does not hold, and why

my %sleeps = (
    't/lib/Polycard/Wait.pm' => 'it is the one',
    't/docs/backup.t'        => 'a systemctl in shell: not the test waits',
);
my %forks = (
    't/lib/Polycard/Process.pm'    => 'it is what the next one uses',
    't/lib/Polycard/Server.pm'     => 'it is the one',
    't/lib/Polycard/DebianTree.pm' => 'several, which it looks for by itself',
);
my %long;

ok(@tests > 100 && @harness > 40, 'there are tests, and a harness');

test_rooms();
test_names();
test_modules();
test_example();
test_rules();

finish();


sub files {
    my @patterns = @_;

    return map { s{^\Q$root\E/}{}r } map { glob "$root/$_" } @patterns;
}


sub text { slurp("$root/$_[0]") }


# less comments and what stands below __END__

sub code {
    my ($file) = @_;

    return text($file) =~ s/^\s*#.*//mgr;
}


# each folder with tests is in the table of CONTRIBUTING.md

sub test_rooms {
    is_deeply([ grep { m{^t/[^/]+$} } @tests ], [],
        'no test lies beside the folders: see CONTRIBUTING.md for its room');

    my ($table) = text('CONTRIBUTING.md') =~ /^\| `t\/` \|.*?\n((?:\| \.\.\. .*\n)+)/m;
    my %told = map { $_ => 1 }
        map { /`(\w+)\/`/g } map { /^\| (.*?) \|/ } split /\n/, $table;
    my %folder = map { m{^t/(\w+)/} ? ($1 => 1) : () } @tests;

    is_deeply([ grep { !$told{$_} } sort keys %folder ], [],
        'CONTRIBUTING.md tells of each folder');
    is_deeply([ grep { !-d "$root/t/$_" } sort keys %told ], [],
        '... and of none that is not there');
}


# whoever names a test names one that is there

sub test_names {
    my @names;

    for my $file (grep { -T "$root/$_" } map { files($_) } 'Makefile', '*.md',
        'docs/*.md', 'redis-scripts/*', 'ngx_polycard_module/{,*/}*.[ch]',
        'tools/{,*/}*.[ch]', 't/{,*/}*', 't/lib/Polycard/*', '.ci/*')
    {
        push @names, map { [ $_, $file ] }
            text($file) =~ m{(?<![\w/.])(t/[\w/]+\.t)\b(?!\w)}g;
    }

    cmp_ok(scalar @names, '>', 20, 'tests are named');
    is_deeply([ map { "$_->[0] in $_->[1]" } grep { !-e "$root/$_->[0]" }
        grep { $_->[0] ne 't/services/hello.t' } @names ], [],
        '... which are there');
}


sub test_modules {
    my %told = map { $_ => 1 } map { /`(\w+)`/g }
        text('t/README.md') =~ /^\| (`.*?) \|/mg;
    my %module = map { m{(\w+)\.pm$} => 1 } @harness;

    is_deeply([ sort keys %told ], [ sort keys %module ],
        't/README.md has a line for each module of t/lib, and no other');

    for my $file (@harness) {
        like(text($file), qr/\A# \S/, "$file says what it is");
    }
}


sub test_example {
    my ($example) = text('t/README.md') =~ /^```perl\n(.*?)^```$/ms;
    my @lines = grep { /\S/ && !/^#/ } split /\n/, $example;

    cmp_ok(scalar @lines, '<=', 10, 'a new test is ten lines');

    my $dir = temp_dir();
    my ($status, $output) = run_command({ dir => $root }, $^X, '-It/lib',
        spew("$dir/hello.t", $example));

    is($status, 0, '... and passes') or diag($output);

    ($status, $output) = run_command({ dir => $root }, $^X, '-It/lib',
        spew("$dir/hello.t", $example =~ s/'Olha', 'hers'/'Ivan', 'hers'/r));

    isnt($status, 0, '... and can fail');
}


sub test_rules {
    my @perl = (@tests, @harness);

    is_deeply([ breaking(qr/\bsleep\b|\bselect\s*\(?\s*undef/, \%sleeps, @perl) ],
        [], 'nobody waits but by Polycard::Wait');
    is_deeply([ breaking(qr/\bfork(?:_command|_child)?\b/, \%forks, @perl) ],
        [], 'nobody starts a process but by Polycard::Server');
    is_deeply([ grep { !$long{$_} && (() = text($_) =~ /\n/g) > 500 } @perl ],
        [], 'no file has more than 500 lines');

    for my $list (\%sleeps, \%forks, \%long) {
        is_deeply([ grep { !-e "$root/$_" } sort keys %$list ], [],
            'exceptions are of files that are there');
    }
}


# files that have it, less the exceptions; an exception must have it

sub breaking {
    my ($pattern, $exceptions, @files) = @_;

    my @found = grep { code($_) =~ $pattern && $_ ne 't/harness/rooms.t' }
        @files;
    my %found = map { $_ => 1 } @found;

    is_deeply([ grep { !$found{$_} } sort keys %$exceptions ], [],
        'each exception is one');

    return grep { !$exceptions->{$_} } @found;
}
