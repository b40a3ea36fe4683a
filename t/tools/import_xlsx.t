# polycard-import takes workbooks of Excel: sheets, texts, and numbers as they
# are shown; import_xlsx_harm.t has what is damaged, or made to harm.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Tools;
use Polycard::Workbook;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $phone = '380671112233';
my $file = $tools->dir . '/input';

plan(skip_all => 'built without libzip or expat')
    if $tools->import_file(workbook(rows => []))->{err} =~ /was built to do/;

test_table();
test_shown();
test_damage();
test_texts();
test_rows();
test_sheets();
test_names();
test_refused();
test_pipe();
test_writer();

finish();


# The same clients as a table of text

sub test_table {
    my @rows = ([ qw( phone surname name barcode ) ],
        [ $phone, 'Шевченко', "О'Ґалаґан; мол. \"x\", <&>", '4820000000017' ],
        [ '0501112233', 'Косач', undef, '0000000017' ]);

    $tools->import_ok('CSV', join '', map { join("\t", map { defined $_
        ? '"' . s/"/""/gr . '"' : '' } @$_) . "\n" } @rows);

    my $want = $tools->digest;

    for my $how ([], [ 'inline' ], [ 'stored' ]) {
        $redis->flushall;

        my $run = $tools->import_ok("a workbook @$how",
            workbook(rows => \@rows, map { $_ => 1 } @$how));

        is($tools->digest, $want, '... the same clients');
        like($run->{out}, qr/^format +workbook, sheet "Sheet1"\n/m,
            '... it is said what it is');
        like($run->{out}, qr/^columns +phone, surname, name, barcode$/m,
            '... and its columns');
    }
}


# a cell of a format as it comes out, in a column that takes any text

sub shown {
    my ($format, $value, %more) = @_;

    $redis->flushall;

    my $run = $tools->import_file(workbook(rows => [ [ qw( phone name ) ],
        [ $phone, { v => $value, defined $format ? (s => 1) : () } ] ],
        formats => [ defined $format ? $format : () ], %more),
        @{ $more{options} || [] });
    my $name = $tools->stored("client:$phone")->{name};

    return defined $name ? $name : "refused: $run->{refused}";
}


sub test_shown {
    my @cases = (
        [ undef, '4820000000017' => '4820000000017' ],
        [ undef, '4.820000000017E+12' => '4820000000017' ],
        [ undef, '1250.5' => '1250.5' ],
        [ undef, '1250.0999999999999' => '1250.1' ],
        [ undef, '0.1' => '0.1' ],
        [ undef, '0' => '0' ],
        [ undef, '0x10' => '0x10' ],
        [ undef, '1E+999' => '1E+999' ],
        [ undef, '1' x 70 => '1' x 70 ],
        [ undef, '-5' => '-5' ],
        [ undef, '1.0000000000000001E-5' => '0.00001' ],
        [ undef, '12.125' => '12.1250' ],
        [ undef, '1E+15' => '1.00000000000000E+15' ],
        [ undef, '1.2345678901234568E+19' => '1.23456789012346E+19' ],
        [ '0.00', '1250' => '1250.00' ],
        [ '2', '1250' => '1250.00' ],
        [ '#,##0.00', '1250.5' => '1250.50' ],
        [ '#,##0.00\ "грн."', '0.5' => '0.50' ],
        [ '_-* #,##0.00_-', '7.125' => '7.1250' ],
        [ '0', '12.5' => '12.5' ],
        [ '0000000000000', '17' => '0000000000017' ],
        [ '00000', '17.5' => '17.5' ],
        [ '9', '0.07' => '7%' ],
        [ '0.0%', '7.4999999999999997E-2' => '7.5%' ],
        [ '14', '33238' => '1990-12-31' ],
        [ 'dd\.mm\.yyyy', '33238' => '1990-12-31' ],
        [ '[$-422]d\ mmmm\ yyyy" р.";@', '33238.5' => '1990-12-31 12:00:00' ],
        [ 'yyyy-mm-dd', '33237.999999999' => '1990-12-31' ],
        [ 'mmm-yy', '61' => '1900-03-01' ],
        [ 'd/m/yy', '60' => '1900-02-29' ],
        [ 'd/m/yy', '59' => '1900-02-28' ],
        [ 'd/m/yy', '1' => '1900-01-01' ],
        [ 'd/m/yy', '2958465' => '9999-12-31' ],
        [ 'd/m/yy', '2958466' => '2958466' ],
        [ 'd/m/yy', '-1' => '-1' ],
        [ 'h:mm', '0.5' => '12:00:00' ],
        [ 'h:mm', '-0.5' => '-0.5' ],
        [ '[h]:mm', '1.5' => '36:00:00' ],
        [ '[Red]0', '5' => '5' ],
        [ '"d"0', '5' => '5' ],
        [ '\d0', '5' => '5' ],
        [ 'General', '33238' => '33238' ],
        [ '@', '33238' => '33238' ],
        [ '# ?/?', '0.5' => '0.5' ],
        [ '0.00E+00', '4820000000017' => '4820000000017' ],
    );

    for my $case (@cases) {
        my ($format, $value, $want) = @$case;

        is(shown($format, $value), $want,
            ($format || 'no format') . ", $value: $want");
    }

    is(shown('14', '31776', date1904 => 1), '1990-12-31',
        'days that count from 1904');
    is(shown('0.00', '1250.5', options => [ '--decimal', 'comma' ]),
        '1250,50', 'the sign before decimals is the one that is said');
}


# What a spreadsheet has damaged is refused as in CSV, what it shows is taken

sub test_damage {
    my @columns = qw( phone barcode birthday bonus discount id );
    my %case = (
        '' => [ [ $phone, { v => '4820000000017' }, { v => 33238, s => 1 },
            { v => '1250.5' }, { v => '0.075', s => 2 }, { v => 41 } ], {
            barcode => '4820000000017', birthday => '19901231',
            bonus => '125050', discount => '7.5', id => 41 } ],
        'phone has 9 digits: a spreadsheet may have taken a 0 away' =>
            [ [ { v => '671112233' } ] ],
        'barcode is a number with an exponent: a spreadsheet has damaged it' =>
            [ [ $phone, { v => '1.23456789012345E+18' } ] ],
        'birthday is a number of days: a spreadsheet has damaged it' =>
            [ [ $phone, undef, { v => 33238 } ] ],
        'name is an error of a spreadsheet' => [ [ $phone, (undef) x 5,
            { v => '#N/A', t => 'e' } ] ],
        'barcode is an error of a spreadsheet' => [ [ $phone,
            { v => '#REF!', t => 'e' } ] ],
    );

    for my $error (sort keys %case) {
        my ($cells, $want) = @{ $case{$error} };

        $redis->flushall;

        my $run = $tools->import_file(workbook(formats => [ 'dd.mm.yyyy',
            '0.0%' ], rows => [ [ @columns, 'name' ], $cells ]),
            '--money', 'hryvnia');

        is_deeply(refusals($run), $error ? { 2 => $error } : {},
            $error || 'numbers that are whole') or diag($run->{err});
        is_deeply($tools->stored("client:$phone"), $want || {},
            '... is stored as it is meant');
    }

    my $run = $tools->import_file(workbook(rows => [ [ qw( phone bonus ) ],
        [ $phone, { v => 1250, s => 1 } ] ], formats => [ '0.00' ]));
    like($run->{err}, qr/line 2: bonuses may be hryvnias or kopecks/,
        'a bonus that is shown with kopecks may be hryvnias');
}


sub text_of {
    my ($cell) = @_;

    $redis->flushall;
    $tools->import_file(workbook(rows => [ [ qw( phone name ) ],
        [ $phone, $cell ] ], parts => { 'xl/sharedStrings.xml' =>
        '<x:sst xmlns:x="m"><x:si><x:t>a</x:t></x:si><x:si><x:r><x:rPr/>'
        . '<x:t>Та</x:t></x:r><x:r><x:t xml:space="preserve">рас </x:t></x:r>'
        . '<x:rPh sb="0"><x:t>no</x:t></x:rPh></x:si><x:si/></x:sst>' }));

    return $tools->stored("client:$phone")->{name};
}


sub test_texts {
    $redis->flushall;

    my $book = sub { workbook(inline => 1, rows => [ [ qw( phone name ) ],
        [ $phone, @_ ] ]) };
    my $name = sub {
        $redis->flushall;
        $tools->import_ok('a text', $book->(@_));
        return $tools->stored("client:$phone")->{name};
    };

    is($name->({ t => 'inlineStr', xml => '<is><r><t>Та</t></r><r><t>рас</t>'
        . '</r><rPh><t>no</t></rPh></is>' }), 'Тарас', '... in pieces');
    is($name->({ t => 'str', v => 'x', xml => '<f>"x"</f><v>x</v>' }), 'x',
        '... that a formula made');
    is($name->({ v => 3, xml => '<f>1+2</f><v>3</v>' }), '3',
        '... a number that a formula made');
    is($name->({ t => 'b', v => 1 }), 'true', '... true');
    is($name->('a_x0041_b_x005F_x'), 'aAb_x', '... with escapes of Excel');
    is($name->('_x041F__x00AB_x_xFFE5_'), 'П«x￥',
        '... of letters with two and three bytes');
    is($name->('_x00g1__xZZZZ_'), '_x00g1__xZZZZ_',
        '... without digits of hexadecimal');
    is($name->('_x00_xD800__x0041'), '_x00_xD800__x0041',
        '... with what looks like some');

    my $run = $tools->import_file($book->("a\nb"));
    is_deeply(refusals($run), { 2 => 'name holds control characters' },
        'a text with a line break is refused');

    $run = $tools->import_file($book->('x_x000D_'));
    is_deeply(refusals($run), { 2 => 'name holds control characters' },
        '... also where it is an escape');

    # shared ones, under another prefix

    my $shared = sub {
        $redis->flushall;
        my $run = $tools->import_file(workbook(rows => [
            map { [ map { { t => 'inlineStr', xml => "<is><t>$_</t></is>" } }
                @$_ ] } [ qw( phone name ) ], ],
            parts => { 'xl/sharedStrings.xml' => '<x:sst xmlns:x="m"><x:si>'
                . '<x:t>a</x:t></x:si><x:si><x:r><x:rPr/><x:t>Та</x:t></x:r>'
                . '<x:r><x:t xml:space="preserve">рас </x:t></x:r><x:rPh>'
                . '<x:t>no</x:t></x:rPh></x:si><x:si/></x:sst>',
            'xl/worksheets/sheet1.xml' => '<x:worksheet xmlns:x="m">'
                . '<x:sheetData><x:row><x:c t="str"><x:v>phone</x:v></x:c>'
                . '<x:c t="str"><x:v>name</x:v></x:c></x:row><x:row>'
                . "<x:c><x:v>$phone</x:v></x:c><x:c t=\"s\"><x:v>$_[0]</x:v>"
                . '</x:c></x:row></x:sheetData></x:worksheet>' }));
        return ($run, $tools->stored("client:$phone")->{name});
    };

    is(($shared->(0))[1], 'a', 'a shared text, with a prefix of elements');
    is(($shared->(1))[1], 'Тарас ', '... in pieces');

    for my $none (3, -1, 'x', '99999999999999999999') {
        ($run) = $shared->($none);
        is($run->{status}, 2, "a shared text $none, that is not there");
        like($run->{err}, qr/" is damaged: a part of the workbook/,
            '... is said');
    }
}


# Rows that are left out keep their numbers; cells may be left out

sub test_rows {
    my $run = $tools->import_file(workbook(rows => [ [], [],
        [ undef, 'phone', undef, 'name', undef, undef ], [],
        [ undef, $phone, undef, 'x' ], [ { v => '' }, { v => '' } ],
        [ undef, '123' ], [ undef, $phone, undef, 'x', 'more' ],
        [ undef, '380501112233', undef, 'y' ] ]), '-i');

    is_deeply(refusals($run), { 7 => 'phone must be 380 and 9 digits',
        8 => 'the record has more fields than the header' },
        'rows bear their numbers') or diag($run->{err});
    is($run->{count}{records}, 4, '... those that are left out do not count');
    is($run->{count}{blank}, 1, '... a blank one is counted');

    $run = $tools->import_file(workbook(rows => [ [ qw( phone name ) ],
        [ $phone, 'x', (undef) x 300, 'y' ], [ $phone, 'ї' x 40000 ],
        [ $phone, ('x' x 20000) x 4 ] ]));
    is_deeply(refusals($run), {
        2 => 'the record has more than 256 fields', 3 =>
        'the record is longer than 65536 bytes', 4 =>
        'the record is longer than 65536 bytes' }, 'rows that are too large');
}


sub test_sheets {
    my @rows = ([ qw( phone name ) ], [ $phone, 'x' ]);
    my $book = workbook(rows => \@rows, sheets => [ 'Клієнти', 'B', 'C' ]);

    my $run = $tools->import_ok('a book of three sheets', $book);
    like($run->{out}, qr/^format +workbook, sheet "Клієнти", of 3$/m,
        '... the first one is read, which is said');

    $run = $tools->import_file($book, '--sheet', 'C');
    like($run->{err}, qr/" is empty$/m, '--sheet reads another one');

    $run = $tools->import_file($book, '--sheet', 'D');
    is($run->{status}, 2, 'a sheet that is not there');
    like($run->{err}, qr/has no sheet D; it has:\n.*"Клієнти"\n.*"B"\n.*"C"$/m,
        '... those that are there are named');

    $book = workbook(rows => \@rows, sheets => [ 'A', 'B' ], hidden => 1);
    $run = $tools->import_file($book);
    like($run->{err}, qr/" is empty$/m, 'a hidden one is passed over');
    $tools->import_ok('... unless it is named', $book, '--sheet', 'A');

    $run = $tools->import_file("phone,name\n", '--sheet', 'A');
    is($run->{status}, 2, '--sheet of a table of text');
    like($run->{err}, qr/--sheet is for workbooks only/, '... is refused');
}


# columns are known and mapped as those of a table of text

sub test_names {
    $redis->flushall;

    my $run = $tools->import_ok('names of columns', workbook(rows => [
        [ 'Телефон', 'Клієнт', 'Примітка' ], [ $phone, 'Тарас', 'x' ] ]),
        '-M', 'Клієнт=name', '-i');
    is_deeply($tools->stored("client:$phone"), { name => 'Тарас' },
        '... are heeded');

    $run = $tools->import_file(workbook(rows => [ [ 'phone', 'surnmae' ] ]));
    like($run->{err}, qr/unknown column "surnmae"; is it surname\?/,
        '... unknown ones are named');
}


# What is refused is a table of text, which goes in again

sub test_refused {
    $redis->flushall;

    my $run = $tools->import_file(workbook(rows => [
        [ 'Телефон', "Ім'я", 'Картка' ], [ '12', 'a;"b"', '1' ],
        [ $phone, 'x', '2' ], [ '380501112233', 'y', '2' ] ]));

    is($run->{refused}, "\xef\xbb\xbfline;reason;Телефон;Ім'я;Картка\n"
        . "2;\"phone must be 380 and 9 digits\";12;\"a;\"\"b\"\"\";1\n"
        . "4;\"barcode is in use by another client\";380501112233;y;2\n",
        'what is refused is a table of text');

    $run = $tools->import_file($run->{refused} =~ s/;12;/;0501112234;/r
        =~ s/;y;2/;y;3/r);
    is($run->{count}{new}, 2, '... which goes in when it is mended');
}


sub test_pipe {
    my $book = workbook(rows => [ [ qw( phone name ) ], [ $phone, 'x' ] ]);

    my $run = $tools->run(undef, 'sh', '-c', 'cat "$0" | "$@"',
        spew($file, $book), tool('import'), '-t');
    is($run->{status}, 2, 'a workbook from a pipe');
    like($run->{err}, qr/is read as a file only/, '... is said to be a file');

    $run = $tools->import_file({ stdin => $book });
    is($run->{count}{records}, 1,
        'one that is standard input is read');

    # it is read twice then

    my @rows = ([ qw( phone barcode ) ], map { [ 380671110000 + $_, "x$_" ] }
        1 .. 3000);
    $redis->flushall;
    $run = $tools->import_file({ stdin => workbook(rows => \@rows) },
        '--delete-missing');
    is($run->{count}{new}, 3000, '... also with --delete-missing')
        or diag($run->{err});
}


# as another program writes them

sub test_writer {
    SKIP: {
        skip 'there is no Excel::Writer::XLSX', 2
            if !eval { require Excel::Writer::XLSX; 1 };

        my $book = Excel::Writer::XLSX->new($file);
        my $sheet = $book->add_worksheet('Clients');
        my $day = $book->add_format(num_format => 'dd.mm.yyyy');

        $sheet->write_row(0, 0, [ qw( phone name birthday barcode ) ]);
        $sheet->write_string(1, 0, '0671112233');
        $sheet->write_string(1, 1, 'Taras');
        $sheet->write_number(1, 2, 33238, $day);
        $sheet->write_number(1, 3, 4820000000017);
        $book->close;

        $redis->flushall;
        $tools->import_ok('a book of Excel::Writer::XLSX', { file => $file });
        is_deeply($tools->stored("client:$phone"), { name => 'Taras',
            birthday => '19901231', barcode => '4820000000017' },
            '... as it is meant');
    }
}
