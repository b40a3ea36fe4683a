# Workbooks of Excel that are damaged, or made to harm, are refused before memory
# or patience end; and a large one fits.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Tools;
use Polycard::Workbook;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;

plan(skip_all => 'built without libzip or expat')
    if $tools->import_file(workbook(rows => []))->{err} =~ /was built to do/;

test_broken();
test_bombs();
test_memory();

finish();


sub test_broken {
    my @rows = ([ qw( phone barcode ) ], map { [ 380671110000 + $_, "x$_" ] }
        1 .. 200);
    my $good = workbook(rows => \@rows);
    my $sheet = 'xl/worksheets/sheet1.xml';
    my $damaged = qr/" is damaged/;
    my $deep = '<a>' x 100 . '</a>' x 100;
    my $start = '<worksheet><sheetData><row><c t="str"><v>phone</v></c></row>';
    my $end = '</sheetData></worksheet>';

    my %broken = (
        'no archive' => "PK\003\004" . 'x' x 100,
        'cut off' => substr($good, 0, length($good) / 2),
        'another archive' => zip_archive(0, [ 'x', 'y' ]),
        'no workbook' => workbook(rows => \@rows, parts => {
            '_rels/.rels' => '<Relationships/>' }),
        'no sheet' => workbook(rows => \@rows, parts => { $sheet => undef }),
        'no styles' => workbook(rows => \@rows, parts => {
            'xl/styles.xml' => undef }),
        map({ ("XML $_" => workbook(rows => \@rows, parts => {
            $sheet => $_ })) }
            'x', '<worksheet>', '<a></b>', "$start<row r=\"1\"/>$end",
            "$start<row r=\"0\"/>$end", "$start<row r=\"1048577\"/>$end",
            "$start<row><c r=\"B2\"/><c r=\"A2\"/></row>$end",
            "$start<row><c r=\"2\"/></row>$end"),
        'a document type' => workbook(rows => \@rows, parts => { $sheet =>
            '<!DOCTYPE a [<!ENTITY b "c">]><worksheet>&b;</worksheet>' }),
        'elements without end' => workbook(rows => \@rows, parts => {
            $sheet => $start . $deep . $end }),
        'a format without a number' => workbook(rows => \@rows, parts => {
            'xl/styles.xml' => '<styleSheet><numFmts><numFmt formatCode="0"/>'
                . '</numFmts></styleSheet>' }),
        'a path of 600 letters' => workbook(rows => \@rows, parts => {
            '_rels/.rels' => '<Relationships><Relationship Id="a" Type='
                . '"x/officeDocument" Target="' . 'y' x 600
                . '"/></Relationships>' }),
        'a tag of megabytes' => workbook(rows => \@rows, parts => {
            $sheet => "$start<row a=\"" . 'x' x 3_000_000 . "\"/>$end" }),
        'a comment of megabytes' => workbook(rows => \@rows, parts => {
            $sheet => "$start<!-- " . 'x' x 3_000_000 . " -->$end" }),
    );

    for my $name (sort keys %broken) {
        $redis->flushall;

        my $run = $tools->import_file($broken{$name}, '--delete-missing',
            '--force');

        is($run->{status}, 2, "$name is not read") or diag($run->{out});
        like($run->{err}, qr/" is (?:damaged|no workbook)/, '... which is said');
    }

    # what is within is not what was put there

    my $bytes = workbook(rows => \@rows, stored => 1);
    $bytes =~ s/380671110150/380671110999/ or die;
    my $changed = spew($tools->dir . '/changed.xlsx', $bytes);

    $tools->import_ok('clients', $good);
    is(scalar(my @before = $tools->phones), 200, '... all of them');

    my $run = $tools->import_file({ file => $changed }, '--delete-missing',
        '--force');
    is($run->{status}, 2, 'a sum that is wrong');
    like($run->{err}, $damaged, '... is said');
    is(scalar(my @after = $tools->phones), 200, '... and nobody is deleted');
}


# what unpacks to far more than it should ends before memory or patience do

sub test_bombs {
    my $row = '<row>' . ' ' x 4_000_000 . '</row>';
    my $sheet = '<worksheet><sheetData><row><c t="str"><v>phone</v></c></row>'
        . $row x 20 . '</sheetData></worksheet>';

    for my $part ('xl/worksheets/sheet1.xml', 'xl/styles.xml',
        'xl/workbook.xml', 'xl/sharedStrings.xml', '_rels/.rels')
    {
        my $run = $tools->import_file(workbook(rows => [ [ 'phone' ] ],
            parts => { $part => $sheet }), '-t');

        is($run->{status}, 2, "80 MB of spaces in $part");
        like($run->{err}, qr/unpacks to far more than a table has/,
            '... are not read to their end');
    }
}


# texts that are shared lie in a file, not in memory

sub test_memory {
    my @rows = ([ qw( phone name surname ) ]);

    push @rows, [ 380500000000 + $_, 'name' . rand, 'x' x 200 . rand ]
        for 1 .. 60000;

    my $input = spew($tools->dir . '/large.xlsx', workbook(rows => \@rows));

    # a sanitizer wants terabytes of addresses for itself

    my $limit = $ENV{ASAN_OPTIONS} ? '' : 'ulimit -v 60000;';
    my $run = $tools->run(undef, 'sh', '-c', "$limit exec \"\$@\"", 'sh',
        tool('import'), '-t', $input);

    is($run->{status}, 0, '60,000 rows, all texts of their own')
        or diag($run->{err});
    is($run->{out} =~ /^records +(\d+)/m && $1, 60000, '... are read');

    local $ENV{TMPDIR} = $tools->dir . '/none';
    $run = $tools->run(undef, tool('import'), '-t', $input);
    is($run->{status}, 2, 'without a place for temporary files');
    like($run->{err}, qr/cannot make a temporary file/, '... it is said');
}
