# The file that most markets have goes in with one command, and a profile that
# ships: each profile in docs/examples, in both encodings, and as a workbook.
# Only what is truly broken is refused.

use strict;
use warnings;
use utf8;

use lib 't/lib';

use Encode qw( decode encode );

use Polycard::Test;
use Polycard::Tools;
use Polycard::Workbook;

my $COUNT = 1000;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $examples = source_dir() . '/docs/examples';

# a list of clients, as people keep it, and what is to become of a row

my @name = ('Шевченко', "Лук'яненко", 'Ґалаґан', 'Косач-Квітка');
my %columns = (
    '1c.profile' => [ 'Код клієнта', 'Телефон', 'Прізвище', "Ім'я", 'Стать',
        'Дата народження', 'Картка', 'Бонуси', 'Група', 'Менеджер' ],
    'baf.profile' => [ 'Код', 'Телефон', 'Фамилия', 'Владелец карты', 'Пол',
        'Дата рождения', 'Магнитный код', 'Конечный остаток', 'Группа',
        'Ответственный' ],
    'excel.profile' => [ 'ID', 'Мобільний телефон', 'ПІБ', "Ім'я", 'Стать',
        'День народження', '№ картки', 'Бонуси, грн', 'Група', 'Примітка' ],
);

# sheet.profile is for the way out and back: t/tools/export_tables.t

is_deeply([ sort keys %columns ], [ grep { $_ ne 'sheet.profile' }
    map { s{.*/}{}r } sort glob "$examples/*.profile" ],
    'each profile that ships is tried');

for my $profile (sort keys %columns) {
    for my $encoding (qw( UTF-8 cp1251 )) {
        test_table($profile, $encoding);
    }

    test_workbook($profile);
}

test_broken();

finish();


# phones, days and amounts in the forms that are usual

sub row {
    my ($profile, $i) = @_;

    my $number = sprintf '%09d', 501000000 + 7 * $i;
    my @part = $number =~ /^(..)(...)(..)(..)$/;
    my @phones = ("+38 (0$part[0]) $part[1]-$part[2]-$part[3]", "0$number",
        "38 0$part[0] $part[1] $part[2] $part[3]", "80$number");
    my @sex = $profile eq '1c.profile' ? qw( ч ж )
        : $profile eq 'baf.profile' ? qw( Мужской Женский ) : qw( 1 2 );
    my @day = (1 + $i % 28, 1 + $i % 12, 1940 + $i % 60);
    my $bonus = 37 * $i;
    my $hryvnias = int($bonus / 100) =~ s/(?<=\d)(?=(?:\d{3})+$)/\xa0/gr;

    return ([ $profile eq 'baf.profile' ? sprintf('ЦБ-%06d', $i)
                : sprintf('%09d', $i),
            $phones[$i % 4], $name[$i % 4], 'Ім’я', $sex[$i % 2],
            sprintf('%02d.%02d.%04d', @day), sprintf('%013d', 4820000 + $i),
            sprintf('%s,%02d', $hryvnias, $bonus % 100),
            ('Нова', 'Золота')[$i % 2], 'x; "y"' ],
        { $profile eq 'baf.profile' ? () : (id => $i),
            surname => $name[$i % 4], name => 'Ім’я', sex => ('male',
            'female')[$i % 2], birthday => sprintf('%04d%02d%02d',
            reverse @day), barcode => sprintf('%013d', 4820000 + $i),
            bonus => $bonus, loyalty_group_id => 1 + $i % 2 },
        "380$number");
}


sub csv {
    return join '', map { join(';', map { /[;"]/ ? '"' . s/"/""/gr . '"' : $_ }
        @$_) . ";\r\n" } @_;
}


sub groups {
    $redis->flushall;
    $tools->import_ok('groups', encode('UTF-8', "id;title;loyaltyType;"
        . "loyaltyQuantity\n1;Нова;bonuses;1\n2;Золота;discount;5\n"), '-g');
}


# the command of the profile's own comment

sub is_taken {
    my ($what, $profile, $input, $broken) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    groups();

    my $run = $tools->import_file($input, '--profile', "$examples/$profile");

    is($run->{count}{records}, $COUNT, $what) or diag($run->{err});
    is($run->{count}{new}, $COUNT - $broken, "... $broken are refused")
        or diag($run->{refused});

    my @wrong;

    for my $i ($broken + 1 .. $COUNT) {
        my (undef, $want, $phone) = row($profile, $i);
        my %got = %{ $tools->stored("client:$phone") };
        my $is = join ', ', map { "$_ " . decode('UTF-8', $got{$_}) }
            sort keys %got;
        my $as = join ', ', map { "$_ $want->{$_}" } sort keys %$want;

        push @wrong, "row $i: $is, not $as" if $is ne $as;
    }

    is_deeply(\@wrong, [], '... the others are as they are meant');

    return $run;
}


sub rows {
    my ($profile) = @_;

    return ($columns{$profile}, map { (row($profile, $_))[0] } 1 .. $COUNT);
}


sub test_table {
    my ($profile, $encoding) = @_;

    my $text = csv(rows($profile));

    is_taken("$profile: a table in $encoding", $profile,
        encode($encoding, ($encoding eq 'UTF-8' ? "\x{feff}" : '') . $text), 0);
}


# numbers and days as Excel has them

sub test_workbook {
    my ($profile) = @_;

    my ($header, @rows) = rows($profile);

    for my $row (@rows) {
        $row->[5] = { v => days(split /\./, $row->[5]), s => 1 };
        $row->[6] = { v => $row->[6] + 0, s => 2 };
        $row->[7] = { v => $row->[7] =~ tr/,\xa0/./dr, s => 3 };
    }

    $header = [ @$header ];

    for my $cells ($header, @rows) {
        $_ = ref $_ ? $_ : encode('UTF-8', $_) for @$cells;
    }

    is_taken("$profile: a workbook", $profile, workbook(rows => [ $header,
        @rows ], formats => [ 'dd\.mm\.yyyy', '0000000000000', '#,##0.00' ]),
        0);
}


# days since 1899-12-30

sub days {
    my ($day, $month, $year) = @_;

    my ($y, $m) = $month > 2 ? ($year, $month - 3) : ($year - 1, $month + 9);

    return 365 * $y + int($y / 4) - int($y / 100) + int($y / 400)
        + int((153 * $m + 2) / 5) + $day - 1 - 693899;
}


# rows whose meaning is unknown, each with its reasons

sub test_broken {
    my @rows = rows('1c.profile');
    my %broken = (
        1 => [ 1 => '067', 'phone must be 380 and 9 digits' ],
        2 => [ 6 => '4,82E+12',
            'barcode is a number with an exponent: a spreadsheet has damaged it' ],
        3 => [ 5 => '31.02.1990', 'birthday is a day that does not exist' ],
        4 => [ 7 => 'багато', 'bonus must be a number' ],
        5 => [ 4 => 'x', 'sex must be male or female' ],
        6 => [ 8 => 'Срібна', 'loyalty_group_id is neither a whole number nor '
            . 'the title of a group' ],
        7 => [ 2 => '  ', 'surname is nothing but spaces' ],
    );

    for my $i (keys %broken) {
        $rows[$i][$broken{$i}[0]] = $broken{$i}[1];
    }

    my $run = is_taken('a table of which seven rows are broken', '1c.profile',
        encode('cp1251', csv(@rows) . ";;;;;;;;;;\r\n"), 7);

    is($run->{status}, 1, '... which the status tells');
    is($run->{count}{blank}, 1, '... a row of delimiters is blank');
    is_deeply(refusals($run), { map { $_ + 1 => $broken{$_}[2] } keys %broken },
        '... each with its reason');
}
