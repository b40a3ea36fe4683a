# polycard-import: values as people and spreadsheets write them, what is
# refused, and the list of refused rows, which goes in again.

use strict;
use warnings;

use lib 't/lib';

use Encode qw( decode encode );

use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $phone = '380671112233';
my $nbsp = "\xc2\xa0";
my $exponent = 'is a number with an exponent: a spreadsheet has damaged it';
my $money = 'bonus may be hryvnias or kopecks: --money says which';

test_phones();
test_dates();
test_sexes();
test_amounts();
test_money();
test_cards();
test_numbers();
test_groups();
test_json();
test_reasons();
test_again();
test_own_file();

finish();


# Values of one column, each in a file of its own: what is stored, or why not

sub column {
    my ($name, $options, @values) = @_;

    while (my ($value, $want) = splice @values, 0, 2) {
        $redis->flushall;

        my $field = '"' . $value =~ s/"/""/gr . '"';
        my $run = $tools->import_file("phone;middlename;$name\n"
            . "$phone;x;$field\n", @$options);
        my ($why) = values %{ refusals($run) };
        my $stored = $tools->stored("client:$phone")->{$name};

        my $got = defined $why ? $why : defined $stored ? $stored : '';

        is($got, ref $want ? "$name $$want" : $want,
            "$name '$value' @$options: $got") or diag($run->{err});
    }
}


sub test_phones {
    my @good = ('+38 (067) 111-22-33', '380671112233', '0671112233',
        '067 111 22 33', '80671112233', '8 (067) 111-22-33', '067-111-22-33',
        '+380671112233', '00380671112233', "067${nbsp}111${nbsp}22${nbsp}33",
        " 0671112233\xe2\x80\x8b", '067.111.22.33', '38 067 1112233',
        "067\xe2\x80\x91111\xe2\x80\x912233");

    for my $value (@good) {
        $redis->flushall;
        $tools->import_ok("phone '$value'", "phone;barcode\n$value;1\n");
        is_deeply([ $tools->phones ], [ $phone ], "... is $phone");
    }

    my %bad = ('-' => 'phone is missing', '671112233' => 'phone has 9 digits: a spreadsheet may have '
            . 'taken a 0 away',
        '3.80671E+11' => "phone $exponent",
        map { $_ => 'phone must be 380 and 9 digits' } '0671112233 0501112233',
        '067111223', '+48 22 111 22 33', '067111223x', '70671112233',
        '06711122334', '+0671112233+', '38067111223344556677');

    for my $value (sort keys %bad) {
        my $run = $tools->import_file("phone;name\n$value;x\n", '-t');
        is_deeply(refusals($run), { 2 => $bad{$value} }, "phone '$value'");
    }
}


sub test_dates {
    column('birthday', [], '31.12.1990' => '19901231', '1990-12-31' =>
        '19901231', '19901231' => '19901231', '1.2.1990' => '19900201',
        '31.12.1990 0:00:00' => '19901231', '1990-12-31T00:00:00' =>
        '19901231', " 31.12.1990$nbsp" => '19901231', '  .  .    ' => '',
        '31.12.90' => \'has a year of two digits',
        '31.02.1990' => \'is a day that does not exist',
        '19900231' => \'is a day that does not exist',
        '1990-13-01' => \'is a day that does not exist',
        '1990-45-01' => \'is a day that does not exist',
        '33238' => \'is a number of days: a spreadsheet has damaged it',
        '01/02/1990' => \'may be day and month or month and day: --date says which',
        '01.01.0001' => '', '01.01.0001 0:00:00' => '', '0001-01-01T00:00:00'
        => '', '00010101' => '', '02.01.0001' => \'is before 1900',
        '18991231' => \'is before 1900',
        '2999-01-01' => \'is in the future',
        '31.12.1990 12:30' => \'must be a day as YYYYMMDD, YYYY-MM-DD or DD.MM.YYYY');
    column('birthday', [ '--date', 'dmy' ], '01/02/1990' => '19900201',
        '31/12/1990' => '19901231', '01.02.1990' => '19900201');
    column('birthday', [ '--date', 'mdy' ], '01/02/1990' => '19900102',
        '31/12/1990' => \'is a day that does not exist');
}


sub test_sexes {
    column('sex', [], map({ $_ => 'male' } 'male', 'M', 'ч', 'Ч.', 'чоловік',
        'Чоловіча', 'м', 'муж.', 'Мужской', 'мужчина', ' MALE '),
        map({ $_ => 'female' } 'female', 'f', 'ж', 'жін.', 'Жінка',
        'жіноча', 'жен', 'Женский', 'женщина'),
        map({ $_ => '' } 'Не вказано', 'не определен', 'unknown'),
        map({ $_ => \'must be male or female' } '1', 'x', 'man', 'жінки'));

    # words of one's own, which have the last word

    column('sex', [ '--sex', '1=male', '--sex=2=female', '--sex', '0=',
        '--sex', 'Пані=female', '--sex', 'm=female', '--sex', 'Ґазда=male',
        '--sex', 'Мачёха=female' ], '1' => 'male', 'ґазда' => 'male',
        'МАЧЕХА' => 'female',
        '2' => 'female', '0' => '', ' ПАНІ ' => 'female', 'M' => 'female',
        'ч' => 'male', '3' => \'must be male or female');

    for my $bad ('1', '=male', '1=man') {
        my $run = $tools->import_file("phone\n", '-t', '--sex', $bad);
        is($run->{status}, 2, "--sex $bad");
        like($run->{err}, qr/--sex must be WORD=male/, '... is refused');
    }
}


sub test_amounts {
    my $doubt = \'may be thousands or decimals: --decimal says which';
    my $none = \'must be a number';
    my $other = \'has another decimal separator than --decimal says';

    column('discount', [], '7,5' => '7.5', '7.5' => '7.5', '7' => '7',
        '7,50%' => '7.5', '1 250,50' => '1250.5', "1${nbsp}250,50" =>
        '1250.5', "1\xe2\x80\xaf250" => '1250', '1.250,50' => '1250.5',
        '1,250.50' => '1250.5', '1.250.000' => '1250000', '-5' => '-5',
        '0,125' => '0.13', '1234.567' => '1234.57', '1 250.000' => '1250',
        '1.000' => $doubt, '1,000' => $doubt, '-12.500' => $doubt,
        '1 25' => $none, '12 5,0' => $none, '1.25.000' => $none,
        '1,2.3,4' => $none, '1234 567' => $none, '1234,567.5' => $none,
        "1 250\xef\xbf\xbd" => $none, 'x' => $none, '1,250.50.1' => $none,
        '2.5E+3' => \$exponent, '' => '', ' ' => '');
    column('discount', [ '--decimal', 'comma' ], '1,000' => '1',
        '1.000' => '1000', '1.5' => $other, '-1001.50' => $other,
        '1.5x' => $none, '1.5,' => $none, '7,5' => '7.5');
    column('discount', [ '--decimal', 'point' ], '1.000' => '1',
        '1,000' => '1000', '7,5' => $other);
}


# a fraction in one row makes all of the column doubtful: nothing is written

sub test_money {
    my $file = "phone;bonus\n380501112233;100\n$phone;1 250,50\n";

    $redis->flushall;

    my $run = $tools->import_file($file);
    is($run->{status}, 2, 'hryvnias or kopecks?');
    like($run->{err}, qr/line 3: bonuses may be hryvnias or kopecks; --money/,
        '... is asked');
    is_deeply([ $redis->keys('*') ], [], '... before anything is written');

    $run = $tools->import_file({ stdin => $file });
    is($run->{status}, 2, '... of standard input too');

    for my $case ([ hryvnia => 10000, 125050 ], [ kopeck => 100, '1250.5' ]) {
        my ($unit, @want) = @$case;

        $redis->flushall;
        $tools->import_ok($unit, $file, '--money', $unit);
        is($tools->stored("client:380501112233")->{bonus}, $want[0],
            "... 100 as $unit");
        is($tools->stored("client:$phone")->{bonus}, $want[1],
            "... 1 250,50 as $unit");
    }

    column('bonus', [ '--money', 'hryvnia' ], '99999999999,99' =>
        '9999999999999', '99999999999999' => \'must be a number',
        '0,01' => '1', '-1,5' => '-150');
    column('bonus', [], '12550' => '12550');
}


sub test_cards {
    column('barcode', [], '4820000000017' => '4820000000017',
        '0000000017' => '0000000017', '4820000000017 ' => '4820000000017',
        "${nbsp}4820000000017" => '4820000000017',
        "4820000000017\xe2\x80\x8b" => '4820000000017',
        '2.00004E+12' => \$exponent, '2,00004e12' => \$exponent,
        '2E5X' => '2E5X', 'E12' => 'E12', map({ $_ => \(
            'is a number with decimals: a spreadsheet has damaged it') }
            '4820000000017,00', '4820000000017.0'), '4820000000017.5' => '4820000000017.5',
        '12.0' => '12.0');
}


sub test_numbers {
    column('id', [], '000000001' => '1', "1${nbsp}234" => '1234', '0' => '0',
        '12x' => \'must be a whole number', '1 23' =>
        \'must be a whole number', '1.0' => \'must be a whole number');
    column('name', [], '  ' => \'is nothing but spaces',
        $nbsp => \'is nothing but spaces', ' x ' => ' x ', map({ $_ =>
            \'is an error of a spreadsheet' } '#N/A', '#Н/Д', ' #REF! ',
            '####'), '#1' => '#1', '#' => '#', 'x#N/A' => 'x#N/A');
    column('id', [], '1E+3' => \$exponent);
}


sub test_groups {
    my $file = "phone;name;Група\n$phone;x;Золота\n";
    my $error = 'loyalty_group_id is neither a whole number nor the title of '
        . 'a group';

    $redis->flushall;
    is_deeply(refusals($tools->import_file($file)), { 2 => $error },
        'a title that no group has');

    my $run = $tools->run(undef, tool('import'), '--dry-run',
        spew($tools->dir . '/alone', $file . "$phone;x;1x\n$phone;x;1 2\n"
            . "$phone;x;1\xc2\xa0000\n$phone;x;1\xe2\x80\xaf00x\n"
            . "$phone;x;1\xe2\x80\x9300\n"));
    like($run->{out}, qr/^ +3 loyalty_group_id is a title, and titles are known only with --market$/m,
        'titles without a market are not known');
    like($run->{out}, qr/^ +2 loyalty_group_id must be a whole number$/m,
        '... what has no letter is none');

    $tools->import_ok('groups', "id;title;loyaltyType;loyaltyQuantity\n"
        . "7;Золота;bonuses;1\n8;Срібна;bonuses;1\n", '-g');
    $tools->import_ok('a title', $file);
    is($tools->stored("client:$phone")->{loyalty_group_id}, 7,
        '... is the group');
    $tools->import_ok('in a trial too', $file, '-t');

    $run = $tools->run(undef, tool('import'), '-t', '-o', '/dev/null',
        spew($tools->dir . '/input', $file));
    is($run->{count}{refused}, undef, 'without a market titles are not known');
    is($run->{status}, 1, '... and are refused');

    $tools->import_ok('a number', "phone;Група\n$phone;08\n");
    is($tools->stored("client:$phone")->{loyalty_group_id}, 8, '... is an id');

    $tools->import_ok('the same title twice', "id;title\n8;Золота\n", '-g');
    is_deeply(refusals($tools->import_file($file)),
        { 2 => 'loyalty_group_id is the title of more than one group' },
        '... is not clear');
}


# what programs write is taken as it is, but for words and phones

sub test_json {
    $redis->flushall;
    $tools->import_ok('JSON', '{"phone":"+38 (067) 111-22-33","bonus":1.5,'
        . '"birthday":"31.12.1890","sex":"ж","name":" "}');
    is_deeply($tools->stored("client:$phone"), { bonus => '1.5', name => ' ',
        birthday => '18901231', sex => 'female' }, '... as it is');
}


sub test_reasons {
    $redis->flushall;

    my $run = $tools->import_file("phone;sex;birthday;discount;barcode\n"
        . "123;x;31.12.90;1.000;2E+12\n");

    is_deeply(refusals($run), { 2 => 'phone must be 380 and 9 digits; '
        . 'sex must be male or female; birthday has a year of two digits; '
        . "barcode $exponent; discount may be thousands or decimals: "
        . '--decimal says which' }, 'all errors of a row');
}


# The list is mended and goes in again

sub test_again {
    my $list = $tools->dir . '/list.csv';
    my $rows = "Телефон;Ім'я;Картка;x\n$phone;Тарас;1;\n"
        . "12;\"a;\"\"b\"\"\";2;y\n380501112233;Леся;1;\n"
        . "380501112234;\"a\nb\";3;\n";

    $redis->flushall;

    my $run = $tools->import_file(encode('cp1251', decode('UTF-8', $rows)),
        '-i', '-o', $list);

    is($run->{count}{refused}, 3, 'refused by the tool, and by Redis');

    my $text = slurp($list);
    my ($mark, @lines) = split /^/, $text =~ s/\A(\xef\xbb\xbf)/$1\n/r;

    is($mark, "\xef\xbb\xbf\n", '... in UTF-8 that spreadsheets see');
    is(shift @lines, "line;reason;Телефон;Ім'я;Картка;x\n",
        '... the header with two columns more');
    is_deeply([ sort @lines ], [
        "3;\"phone must be 380 and 9 digits\";12;\"a;\"\"b\"\"\";2;y\n",
        "4;\"barcode is in use by another client\";380501112233;Леся;1;\n",
        "5;\"a text in quotes goes on in the next line (lines 5 to 6)\";;;;\n" ],
        '... each row as it stands, but one that cannot be told');
    is((stat $list)[2] & 0777, 0600, '... for its owner only');

    $text =~ s/;12;/;0501112235;/;
    $text =~ s/;Леся;1;/;Леся;4;/;

    $run = $tools->import_file($text, '-i');
    is($run->{count}{new}, 2, 'the mended ones go in');
    is($run->{count}{refused}, 1, '... the other one is refused again');
    like($run->{refused}, qr/^\xef\xbb\xbfline;reason;Телефон;Ім'я;Картка;x\n/,
        '... in the same form');
}


# The table of the issue: one command takes it, in both encodings

sub test_own_file {
    my $text = "Телефон;Прізвище;Ім'я;Стать;Дата народження;Картка;Бонуси;"
        . "\r\n+38 (067) 111-22-33;Шевченко;Тарас;ч;31.12.1990;"
        . "4820000000017 ;1${nbsp}250,50;\r\n"
        . "0501112233;Косач;Леся;ж;25.02.1971;4820000000024;0;\r\n"
        . "067;Хтось;;ж;;;\r\n;;;;;;;\r\n";

    for my $name (qw( UTF-8 cp1251 )) {
        $redis->flushall;

        my $bytes = encode($name, decode('UTF-8', $text));
        my $run = $tools->import_file(($name eq 'UTF-8' ? "\xef\xbb\xbf" : '')
            . $bytes, '--money', 'hryvnia');

        counted($run, { records => 3, new => 2, blank => 1, refused => 1 },
            "a table of 1C in $name");
        is_deeply($tools->stored("client:$phone"), { surname => 'Шевченко',
            name => 'Тарас', sex => 'male', birthday => '19901231',
            barcode => '4820000000017', bonus => '125050' },
            '... as it is meant');
    }
}
