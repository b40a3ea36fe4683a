# polycard-import takes what gzip has compressed, from a file or a pipe; what
# was cut off deletes nobody.  And the tools without the libraries for this, and
# for workbooks.

use strict;
use warnings;

use lib 't/lib';

use Compress::Zlib ();
use Encode qw( decode encode );

use Polycard::Test;
use Polycard::Tools;
use Polycard::Workbook;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $header = "phone;name;barcode\n";
my @rows = map { sprintf "380%09d;Тарас %s;%d\n", 104729 * $_, rand, $_ }
    1 .. 5000;
my $text = $header . join '', @rows;
my $gz = Compress::Zlib::memGzip($text);

my $without = $tools->dir . '/tools';

plan(skip_all => 'built without zlib')
    if $tools->import_file($gz, '-t')->{err} =~ /gunzip -c/;

test_same();
test_kinds();
test_cut();
test_twice();
test_without();

finish();


sub clients { scalar(my @phones = $tools->phones) }


sub test_same {
    $tools->import_ok('a file as it is', $text);
    my $want = $tools->digest;

    my $half = length($text) / 2;
    my @kinds = ('one member' => $gz,
        'two, one behind the other' => join('', map {
            Compress::Zlib::memGzip($_) } substr($text, 0, $half),
            substr($text, $half)),
        'one of them empty' => Compress::Zlib::memGzip('') . $gz);

    while (my ($name, $bytes) = splice @kinds, 0, 2) {
        for my $kind ('text', 'stdin') {
            $redis->flushall;

            my $run = $tools->import_ok("$name, $kind", { $kind => $bytes });

            is($tools->digest, $want, '... the same clients');
            like($run->{out}, qr/^format +CSV with ";", UTF-8, gzip$/m,
                '... it is said what it is');
        }
    }

    $redis->flushall;

    my $run = $tools->run(undef, 'sh', '-c', 'cat "$0" | "$@"',
        spew($tools->dir . '/input', $gz), tool('import'), $tools->market);
    is($run->{status}, 0, 'a pipe');
    is($tools->digest, $want, '... the same clients');
}


sub test_kinds {
    for my $case ([ 'cp1251', 'WINDOWS-1251' ], [ 'UTF-16LE', 'UTF-16LE' ]) {
        my ($name, $said) = @$case;
        my $bytes = $text;

        utf8::decode($bytes);
        require Encode;

        my $run = $tools->import_ok("$name within gzip",
            Compress::Zlib::memGzip(Encode::encode($name, $bytes)), '-t');
        like($run->{out}, qr/^format .*, $said, gzip$/m, '... is found out');
    }

    my $run = $tools->import_ok('JSON lines within gzip',
        Compress::Zlib::memGzip(qq({"phone":"380671112233","name":"x"}\n)));
    like($run->{out}, qr/^format +JSON lines, UTF-8, gzip$/m, '... is found');
}


# what was cut off, or is damaged, is no end of a file

sub test_cut {
    $redis->flushall;
    $tools->import_ok('clients', $text);
    is(clients(), 5000, '... all of them');

    my $changed = $gz;
    substr($changed, -6, 1) ^= "\1";

    my %bad = ('cut off' => [ substr($gz, 0, -20), qr/" is cut off/ ],
        'cut off in the sum' => [ substr($gz, 0, -3), qr/" is cut off/ ],
        'cut off at once' => [ substr($gz, 0, 5), qr/" is cut off/ ],
        'with a wrong sum' => [ $changed, qr/" is damaged/ ],
        'with something behind it' => [ "${gz}xyz", qr/" is damaged/ ]);

    for my $name (sort keys %bad) {
        my ($bytes, $error) = @{ $bad{$name} };

        for my $kind ('text', 'stdin') {
            my $run = $tools->import_file({ $kind => $bytes },
                '--delete-missing', '--force');

            is($run->{status}, 2, "$name, $kind");
            like($run->{err}, $error, '... is said');
            is(clients(), 5000, '... nobody is deleted');
        }
    }

    # what is before the end is taken, whatever the encoding

    my %records = map { $_ => $tools->import_file(
        substr(Compress::Zlib::memGzip(encode($_, decode('UTF-8', $text))), 0,
            -20))->{count}{records} } 'UTF-8', 'UTF-16LE', 'cp1251';

    cmp_ok($records{'UTF-8'}, '>', 4900, 'cut off: what was there is read');
    cmp_ok(abs($records{$_} - $records{'UTF-8'}), '<', 50, "... in $_")
        for 'UTF-16LE', 'cp1251';
}


sub test_twice {
    my $run = $tools->import_file(Compress::Zlib::memGzip($gz));
    like($run->{err}, qr/" is compressed twice/, 'gzip within gzip');

    $run = $tools->import_file(Compress::Zlib::memGzip(workbook(rows => [])));
    like($run->{err}, qr/is read as a file only, .* compressed once more/,
        'a workbook within gzip');
}


# the tools are built all the same, and say how to do without

sub test_without {
    my ($status, $output) = run_command('make', '-s', '-C',
        source_dir() . '/tools', "OUT=$without", 'GZIP=no', 'XLSX=no',
        "$without/polycard-import");
    is($status, 0, 'the tools are built without libraries') or diag($output);

    my $import = sub {
        return $tools->run(undef, "$without/polycard-import", '-t',
            spew($tools->dir . '/input', $_[0]));
    };

    my $run = $import->($gz);
    is($run->{status}, 2, '... without zlib');
    like($run->{err}, qr/is compressed; gunzip -c FILE \| polycard-import/,
        '... it is said what helps');

    $run = $import->(workbook(rows => [ [ 'phone' ] ]));
    is($run->{status}, 2, '... without libzip and expat');
    like($run->{err}, qr/was built to do without; .*save it as "CSV UTF-8"/,
        '... it is said what helps');

    is($import->($text)->{status}, 0, '... and text is read');
}
