# polycard-import when a disk is full, and when Ctrl-C meets it in a workbook or
# in what is compressed: it ends, says why, leaves nothing behind, deletes nobody.

use strict;
use warnings;

use lib 't/lib';

use Compress::Zlib ();

use Polycard::Command;
use Polycard::Test;
use Polycard::Tools;
use Polycard::Workbook;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $dir = $tools->dir;
my $small = "$dir/small";
my $phone = '380671112233';

mkdir $small or die "$small: $!\n";

# a disk of 128 KB that nobody else sees

my @disk = ('unshare', '-m', 'sh', '-c', "mount -t tmpfs -o size=128k none"
    . " '$small' && exec \"\$@\"", 'sh');

SKIP: {
    skip 'nobody may mount a disk here', 1 if (run_command(@disk, 'true'))[0];

    test_temporary();
    test_refused();
    test_export();
}

test_full_device();
test_stopped();

finish();


sub clients { scalar(my @phones = $tools->phones) }


sub on_disk {
    my ($input, @options) = @_;

    return $tools->run(undef, @disk, tool('import'), $tools->market, @options,
        $input);
}


# the texts of a workbook, and the table of whom a file names

sub test_temporary {
    my @rows = map { [ 380500000000 + $_, "c$_", 'x' x 100 . $_ ] } 1 .. 3000;
    my $book = spew("$dir/book.xlsx", workbook(rows => [
        [ qw( phone barcode name ) ], @rows ]));
    my $csv = spew("$dir/many.csv", "phone,barcode\n" . join '', map {
        380500000000 + $_ . ",c$_\n" } 1 .. 20000);

    $redis->flushall;
    $tools->import_ok('a client', "phone,barcode\n$phone,1\n");

    local $ENV{TMPDIR} = $small;

    for my $input ($book, $csv) {
        my $run = on_disk($input, '--delete-missing', '--force');

        is($run->{status}, 2, "TMPDIR is full: $input");
        like($run->{err}, qr/cannot write .*: No space left on device$/m,
            '... which is said');
        is($redis->exists($tools->key("client:$phone")), 1,
            '... and nobody is deleted');
    }
}


# the list of what is refused

sub test_refused {
    my $input = spew("$dir/bad.csv", "phone,name\n" . "123,x\n" x 10000
        . "380999999999,x\n");
    my $run = on_disk($input, '--yes', '--refused', "$small/list");

    is($run->{status}, 2, 'the disk of --refused is full');
    like($run->{err}, qr/cannot write ".*list": No space left on device$/m,
        '... which is said');
    is($redis->exists($tools->key('client:380999999999')), 0,
        '... and it ends there: nobody would know what is refused');

    $run = $tools->run(undef, @disk, 'sh', '-c', '"$@"; ls "$0"', $small,
        tool('import'), $tools->market, '--yes', '--refused', "$small/list",
        $input);
    unlike($run->{out}, qr/^list/m, '... and no part of it is left');
}


sub test_export {
    $tools->import_ok('clients', "phone,barcode\n" . join '', map {
        380500000000 + $_ . ",c$_\n" } 1 .. 5000);

    for my $options ([], [ '-f', 'jsonl' ], [ '--encoding', 'cp1251' ]) {
        my $run = $tools->run(undef, @disk, 'sh', '-c',
            '"$@"; s=$?; ls "$0"; exit $s', $small, tool('export'),
            $tools->market, @$options, "$small/out");

        is($run->{status}, 2, "the disk of an export is full: @$options");
        like($run->{err}, qr/cannot write ".*out": No space left on device$/m,
            '... which is said');
        is($run->{out}, '', '... and no part of it is left');
    }
}


sub test_full_device {
    my $run = $tools->import_file("phone,name\n123,x\n", '--refused',
        '/dev/full');

    is($run->{status}, 2, 'a list to a device that is full');
    like($run->{err}, qr{cannot write "/dev/full"}, '... is said');
}


# Ctrl-C: while texts are collected, rows read, bytes unpacked

sub test_stopped {
    my @rows = map { [ 380500000000 + $_, 'x' x 50 . rand, 'y' . rand ] }
        1 .. 40000;
    my %input = (
        'a workbook' => workbook(rows => [ [ qw( phone name email ) ], @rows ]),
        'gzip' => Compress::Zlib::memGzip("phone,name,email\n" . join '', map {
            join(',', @$_) . "\n" } (@rows) x 5),
    );

    for my $name (sort keys %input) {
        my $file = spew("$dir/stopped", $input{$name});
        my $output = spew("$dir/output", '');
        my $import = Polycard::Command->new({ output => $output },
            tool('import'), '-t', '-o', "$dir/stopped.list", $file);

        wait_until {
            slurp("/proc/$import->{pid}/cmdline") =~ /polycard-import/
                && grep { (readlink($_) || '') eq $file }
                    glob "/proc/$import->{pid}/fd/*";
        } undef, 'it reads';

        $import->signal('INT');

        is($import->status, 130, "Ctrl-C within $name");
        unlike(slurp($output), qr/damaged|cut off/, '... is no fault of it');
        is_deeply([ glob "$dir/stopped.list*" ], [], '... nothing is left');
    }
}
