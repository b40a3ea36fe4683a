# polycard-import takes tables as programs of retailers write them: delimiters,
# encodings, rows; names of columns are in import_columns.t.  What is not clear is
# refused, not guessed.

use strict;
use warnings;

use lib 't/lib';

use Encode qw( decode encode );

use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $phone = '380671112233';
my $cases = source_dir() . '/t/tools/cases';

my @rows = (
    [ qw( phone surname name barcode ) ],
    [ $phone, 'Шевченко', 'Тарас', '4820000000017' ],
    [ '380501112233', "Косач-Квітка; мол. | \t x", 'Леся, "Їжа"',
      '4820000000024' ],
    [ '380931112233', "О'Ґалаґан", 'Єва', '4820000000031' ],
);

test_delimiters();
test_encodings();
test_unclear_encodings();
test_refused_encoding();
test_rows();
test_totals();
test_above();
test_cut();
test_not_read();
test_swallowed();
test_arrays();
test_others();

finish();


# as CSV of this delimiter, all that needs quotes in them

sub table {
    my ($delimiter, $end, @table) = @_;

    return join '', map { join($delimiter, map { /[",;|\t]/
        ? '"' . s/"/""/gr . '"' : $_ } @$_) . $end } @table;
}


sub is_same {
    my ($what, $input, $want, @options) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    $redis->flushall;

    my $run = $tools->import_ok($what, $input, @options);

    is($tools->digest, $want, '... the same clients');

    return $run;
}


# without tabs, which are no text of a client

sub clients {
    return map { [ map { tr/\t//dr } @$_ ] } @rows;
}


sub test_delimiters {
    my $want;

    for my $case ([ ',', '","' ], [ ';', '";"' ], [ "\t", 'tab' ],
        [ '|', '"|"' ])
    {
        my ($delimiter, $name) = @$case;

        for my $end ("\n", "\r\n", "\r") {
            $want ||= do {
                $tools->import_ok('the clients', table(',', "\n", clients()));
                $tools->digest;
            };

            my $run = is_same("delimiter $name",
                table($delimiter, $end, clients()), $want);

            like($run->{out}, qr/^format +CSV with \Q$name\E, UTF-8$/m,
                '... which is said');
        }

        is_same("sep=$name", "sep=$delimiter\r\n"
            . table($delimiter, "\r\n", clients()), $want);
        is_same("a given one, $name", table($delimiter, "\n", clients()),
            $want, '-d', $delimiter eq "\t" ? 'tab' : $delimiter);
    }

    # its card is that of a client who is there

    $redis->flushall;

    my $run = $tools->import_file({ file => "$cases/sep-line.csv" }, '-o',
        $tools->dir . '/no', '-t');
    is($run->{count}{records}, 1, 'sep-line.csv');
    is($run->{status}, 0, '... goes in');
}


sub test_encodings {
    my $text = table(';', "\r\n", clients());
    my %said = ('UTF-16LE' => 'UTF-16LE', 'UTF-16BE' => 'UTF-16BE',
        'cp1251' => 'WINDOWS-1251', 'koi8-u' => 'KOI8-U');

    $redis->flushall;
    $tools->import_ok('UTF-8', $text);

    my $want = $tools->digest;
    my $chars = decode('UTF-8', $text);

    is_same('a byte order mark', "\xef\xbb\xbf$text", $want);

    for my $name (sort keys %said) {
        my $bytes = encode($name, $chars);
        my $run = is_same($name, $bytes, $want);

        like($run->{out}, qr/^format +CSV with ";", $said{$name}$/m,
            '... is found out and said');
        is_same("$name, given", $bytes, $want, '--encoding', $name);

        next if $name !~ /UTF/;
        is_same("$name with a byte order mark",
            encode($name, "\x{feff}$chars"), $want);
    }

    is_same('standard input', { stdin => encode('cp1251', $chars) }, $want);
    $redis->flushall;
    $tools->import_ok('Cyrillic', "phone,name\n$phone,Лариса\n");
    $want = $tools->digest;
    is_same('DOS, given', encode('cp866', decode('UTF-8',
        "phone,name\n$phone,Лариса\n")), $want, '-e', 'cp866');

    # more than is looked at first, and cut off between two bytes everywhere

    my $many = join '', map { "380$_;Ґалаґан;Євгенія;\r\n" }
        100000000 .. 100012000;

    for my $name (qw( UTF-8 UTF-16LE cp1251 )) {
        my $run = $tools->import_file(encode($name, decode('UTF-8',
            "phone;surname;name;x\r\n$many")), '-t', '-i');
        is($run->{count}{records}, 12001, "many records of $name");
        is($run->{count}{refused}, 0, '... all are read');
    }
}


sub test_unclear_encodings {
    my $file = "phone,name\n$phone,";

    for my $name ('cp866', 'mac-cyrillic') {
        my $run = $tools->import_file(encode($name, decode('UTF-8', $file
            . "Шевченко Тарас Григорович\n")), '-t');

        isnt($run->{status}, 0, "$name is not taken for another");
    }

    my $run = $tools->import_file($file . "\xc0\xc1\xc2\n", '-t');
    is_deeply(refusals($run), { 2 => 'name is not valid UTF-8' },
        'a few letters tell nothing: the record is refused');

    $run = $tools->import_file("$file\xd8\xc5\xd7\n", '-e', 'UTF-16', '-t');
    isnt($run->{status}, 0, 'a wrong encoding');

    $run = $tools->import_file($file, '-e', 'none-such');
    is($run->{status}, 2, 'an unknown encoding');
    like($run->{err}, qr/"none-such" is not known here/, '... is said');

    $run = $tools->import_file("phone,name\n$phone,\xff\xfe\n", '-e',
        'utf-8', '-t');
    is_deeply(refusals($run), { 2 => 'name is not valid UTF-8' },
        'what is no character of a given encoding is refused');
}


# what was refused goes in again by the same command

sub test_refused_encoding {
    my $list = $tools->dir . '/refused.csv';
    my $table = encode('cp1251', decode('UTF-8',
        "phone;name;Менеджер\n1;Леся;Їжак\n"));

    my $run = $tools->import_file($table, '-e', 'cp1251', '-i', '-o', $list);
    like($run->{out}, qr/; 1 passed over \(Менеджер\)$/m,
        'a column that is passed over is named');
    unlike($run->{err}, qr/is it/, '... and is like none that is known');

    my $misspelt = "phone;Прізвіще;Ім'я;Бонусі\n$phone;Косач;Леся;100\n";

    $run = $tools->import_ok('a misspelt column that is passed over', $misspelt,
        '-i', '--map', 'Бонусі=');
    like($run->{err}, qr/column "Прізвіще" is passed over; is it surname\?/,
        '... is asked about');
    unlike($run->{err}, qr/Бонусі/, '... one that is to be passed over is not');
    unlike($tools->import_ok('... quietly', $misspelt, '-i', '-q')->{err},
        qr/passed over/, '... nor in silence');

    my $mended = slurp($list);
    $mended =~ s/;1;/;$phone;/ or die $mended;

    $run = $tools->import_ok('a list of refused rows', $mended, '-e', 'cp1251',
        '-i');
    like($run->{out}, qr/UTF-8$/m, '... is in UTF-8, whatever the table was');
    is_deeply($tools->stored("client:$phone"), { name => 'Леся' },
        '... and goes in');
}


sub test_rows {
    $redis->flushall;

    my $run = $tools->import_ok('blank-rows.csv',
        slurp("$cases/blank-rows.csv"));
    counted($run, { records => 1, new => 1, blank => 2 },
        '... rows of delimiters are counted');

    $tools->import_ok('trailing-delimiter.csv',
        slurp("$cases/trailing-delimiter.csv"));
    $tools->import_ok('delimiters behind the header too',
        "phone;name;barcode;;\n$phone;x;1;;\n");

    $run = $tools->import_file("phone;name\n$phone;x;y\n");
    is_deeply(refusals($run), { 2 =>
        'the record has more fields than the header' },
        'a value without a column is refused');

    $tools->import_ok('the last columns left out',
        "phone;name;email;barcode\n$phone;y\n380501112233;z;;\n");
    is_deeply($tools->stored("client:$phone"), { name => 'y', barcode => 1 },
        '... they are empty');
}


# the row of sums that programs print below a table, and what is none

sub test_totals {
    my $title = "Код клієнта;Прізвище;Телефон;Картка;Бонуси;Сума;Менеджер\n";
    my $nbsp = "\xc2\xa0";

    $redis->flushall;

    for my $row ('Разом:;;;;"1 250,50";;', ";УСЬОГО;;;1${nbsp}250,50;-7;",
        ';;Итого;;;;', 'Total 2;;;;5', ' всього :;;;;;3;')
    {
        my $run = $tools->import_ok("totals '$row'",
            "${title}1;Леся;$phone;1;1;;Марко\n$row\n", '-i',
            '--delete-missing');
        is($run->{count}{totals}, 1, '... are counted');
        is($run->{count}{records}, 1, '... and no record');
    }

    for my $row ('Разом;;0501112244;;5;;', 'Разом;;;17;5;;', ';Разом;5;;5;;',
        '7;Разом;;;5;;', 'Разом;Леся;;;5;;', 'Разом;;;;5;;Марко',
        'Разомов;;;;5;;', ';;;;5;;', 'Разом;Разом;;;;;')
    {
        my $run = $tools->import_file("${title}1;;$phone;1;1;;\n$row\n", '-i');
        is($run->{status}, 1, "no totals: '$row'");
        is($run->{count}{totals}, undef, '... nor counted as such');
    }

    my $run = $tools->import_file("${title}1;;$phone;1;1;;\nРазом;;", '-i');
    is_deeply(refusals($run), { 3 => 'the record has fewer fields than the '
        . 'header, and the file ends in it' }, 'totals that are cut off');
}


# what programs print above a table, and what is no such thing

sub test_above {
    my $table = table(';', "\r\n", clients());

    $redis->flushall;
    $tools->import_ok('a table', $table);

    my $same = $tools->digest;

    for my $above ("Список клієнтів на 01.01.2026\r\n",
        "\r\nСписок клієнтів\r\n\r\nОрганізація:;;ТОВ Ромашка\r\n",
        "Clients;;;;\r\n;;;\r\n", "a\r\n" x 20)
    {
        is_same('rows above the header', $above . $table, $same);
    }

    my $run = $tools->import_ok('a title and its day',
        "Список, станом на\r\n1\r\n\r\n$table", '--dry-run');
    like($run->{out}, qr/^format +CSV with ";", UTF-8, header in line 4$/m,
        '... the line of the header is said');

    for my $file ("a\r\n" x 21 . $table, "Список\r\nsurname;name\r\nА;Б\r\n",
        "a;b;c;d\r\n$table", "Список\r\n")
    {
        $run = $tools->import_file($file, '--dry-run');
        is($run->{status}, 2, 'no header is found');
        like($run->{err}, qr/the first line must name the attributes/,
            '... which is said');
    }

    $run = $tools->import_file("surname;nmae\r\n$table", '--dry-run');
    like($run->{err}, qr/unknown column "nmae"/,
        'a first row with one name that is known is the header');
}


# a file that ends in a row

sub test_cut {
    my $run = $tools->import_file("phone;name;barcode\n$phone;x;1\n"
        . '380501112233;y', '-t');

    is_deeply(refusals($run), { 3 => 'the record has fewer fields than the '
        . 'header, and the file ends in it' }, 'a file that was cut');

    $run = $tools->import_file("phone;name;barcode\n$phone;x;1", '-t');
    is($run->{status}, 0, 'a last line without an end');
}


# Whoever reads the summary, or only the errors, learns how many rows a stray
# quote takes in

sub test_not_read {
    my @row = map { sprintf "38067%07d;Name%d\n", $_, $_ } 2 .. 400;
    my %case = (
        'a stray quote' => [ [21], 'a quote is not closed (lines 21 to 400)',
            19, 379 ],
        'two of them' => [ [21, 300], 'there is text behind a closing quote '
            . '(lines 21 to 300)', 119, 279 ],
    );

    for my $name (sort keys %case) {
        my ($at, $reason, $new, $not_read) = @{ $case{$name} };
        my @bad = @row;

        $bad[$_ - 2] =~ s/;/;"/ for @$at;

        for my $eol ("\n", "\r\n") {
            $redis->flushall;

            my $text = join('', "phone;name\n", @bad) =~ s/\n/$eol/gr;
            my $run = $tools->import_file($text);

            is_deeply(refusals($run), { 21 => $reason }, "$name: the lines");
            is($run->{count}{new}, $new, '... the others are taken');
            is($run->{count}{'not read'}, $not_read, '... these are not');
            is($run->{status}, 1, '... which shows');
            like($run->{out}, qr/^ {14}1 \Q@{[ $reason =~ s,\ \(.*,,r ]}\E$/m,
                '... a reason that is a sentence');

            my $said = qr/lines that were not read: $not_read\. .* line 21\./;

            like($run->{err}, $said, '... it is said');
            $run = $tools->import_file($text, '-q');
            is($run->{out}, '', "... -q: no summary");
            like($run->{err}, $said, '... but this');
        }
    }
}


# A stray quote takes in the rows up to the next one

sub test_swallowed {
    $redis->flushall;

    $tools->import_ok('quote-pair-base.csv',
        slurp("$cases/quote-pair-base.csv"));

    for my $options ([], [ '--map', 'name=', '--force' ]) {
        my $run = $tools->import_file(slurp("$cases/quote-pair.csv"),
            '--delete-missing', @$options);

        is($run->{status}, 1, "quote-pair.csv @$options");
        is_deeply(refusals($run), { 11 =>
            'a text in quotes goes on in the next line (lines 11 to 21)' },
            '... it is said what was swallowed');
        is(scalar(@{ [ $tools->phones ] }), 30, '... and nobody is deleted');
    }
}


sub test_arrays {
    $redis->flushall;

    my $run = $tools->import_ok('array.json', slurp("$cases/array.json"));
    is($run->{count}{new}, 2, '... its clients');
    like($run->{out}, qr/^format +JSON array, UTF-8$/m, '... it is said');

    $run = $tools->import_ok('an array over many lines', <<"END");
 [
  {
    "phone": "$phone",
    "name": "a ] } , \\" \\\\"
  }, {"phone":"380501112233", "name":"b"}
 ]

END
    is($tools->stored("client:$phone")->{name}, 'a ] } , " \\',
        '... what is in strings does not count');

    $tools->import_ok('an empty one', '[ ]');

    my %bad = (
        '[{"phone":"380501112233","name":"x"}' =>
            { 1 => 'the array is not closed' },
        '[{"phone":"380501112233","name":"x"},' =>
            { 1 => 'the array is not closed' },
        "[\n1,\n{\"phone\":\"380501112233\",\"name\":\"x\"}\n]" =>
            { 2 => 'the line is not a JSON object' },
        '[{"phone":"380501112233","name":"x"}] x' =>
            { 1 => 'there is more behind the array' },
        "[\n]\nx" => { 2 => 'there is more behind the array' },
        '[,]' => { 1 => 'the line is not a JSON object' },
    );

    for my $text (sort keys %bad) {
        $run = $tools->import_file($text, '-t');
        ok((grep { $_ eq (values %{ $bad{$text} })[0] }
            values %{ refusals($run) }), $text =~ tr/\n/ /r . ' is refused')
            or diag($run->{refused});
    }
}


# what is no table

sub test_others {
    my %other = ("PK\003\004\x14" => qr/no workbook of Excel .*save it as/,
        "\xd0\xcf\x11\xe0\xa1" => qr/old workbook/, '<html>' => qr/HTML/, "%PDF-1" => qr/PDF/);

    for my $text (sort keys %other) {
        my $run = $tools->import_file($text);

        is($run->{status}, 2, 'what is no table');
        like($run->{err}, $other{$text}, '... is said how to save');
    }
}
