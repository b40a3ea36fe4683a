# Columns of polycard-import by their real names: titles that people use, --map, and
# what is said of an unknown column.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $phone = '380671112233';

test_titles();
test_table_of_names();
test_members();
test_maps();
test_unknown();

finish();


# Names of columns in three languages

sub test_titles {
    my %titles = (
        phone => [ 'Телефон', ' ТЕЛЕФОН ', 'Номер телефону', 'Мобильный',
                   'Phone number', 'моб. тел.', "Номер\xc2\xa0телефона" ],
        surname => [ 'Прізвище', 'Фамилия', 'Last Name', 'last_name' ],
        name => [ "Ім'я", 'Ім’я', 'Імʼя', 'Имя', 'First name' ],
        middlename => [ 'По батькові', 'Отчество', 'Patronymic' ],
        email => [ 'E-mail', 'Електронна пошта', 'Почта' ],
        sex => [ 'Стать', 'Пол', 'Gender' ],
        birthday => [ 'Дата народження', 'Дата рождения', 'Date of Birth' ],
        barcode => [ 'Номер картки', '№ карти', 'Штрих-код', 'Карта',
                     'Card number' ],
        bonus => [ 'Бонуси', 'Сума бонусів', 'Бонусы', 'Bonuses' ],
        discount => [ 'Знижка, %', 'Скидка', 'Discount' ],
        loyalty_group_id => [ 'Група', 'Группа', 'Loyalty group' ],
        id => [ 'ID клієнта', 'Код клиента', 'Client ID' ],
    );

    for my $attribute (sort keys %titles) {
        for my $title (@{ $titles{$attribute} }) {
            my $header = $attribute eq 'phone' ? $title : "phone;$title";
            my $run = $tools->import_file("$header\n", '-t');

            like($run->{out}, qr/^columns .*\b$attribute \(\Q$title\E\)$/m,
                "$title is $attribute") or diag($run->{err});
        }
    }

    my $run = $tools->import_file("Назва;код;Активна\n", '-t', '-g');
    like($run->{out}, qr/^columns +title \(Назва\), id \(код\), active \(/m,
        'columns of groups');
}


# every name of the table, each of which stands for one attribute

sub test_table_of_names {
    my $table = slurp(source_dir() . '/tools/import/names.c');
    my %known;

    for my $kind (qw( client group )) {
        my ($text) = $table =~ /names_$kind\[\] = \{\n(.*?)^\};/ms;
        my ($count, @wrong) = 0;

        while ($text =~ /\{ "(\w+)",((?:\s+"[^"]*")+) \}/g) {
            my ($attribute, $titles) = ($1, $2);
            my $all = join '', $titles =~ /"([^"]*)"/g;
            my %twice;

            for my $title (split /\|/, $all) {
                my $plain = lc($title) =~ s/[^a-z0-9\x80-\xff]//gr;
                my @header = ($kind eq 'client' ? 'phone' : 'id', uc $title);

                push @wrong, "$title is there twice" if $known{$kind}{$plain}++;
                shift @header if $attribute eq $header[0];

                my $run = $tools->import_file(join(';', @header) . "\n", '-t',
                    $kind eq 'group' ? '-g' : ());

                push @wrong, "$title is not $attribute" if $run->{out}
                    !~ /^columns .*\b$attribute(?: \(\Q$header[-1]\E\))?$/m;
                $count++;
            }
        }

        is_deeply(\@wrong, [], "$count names of a $kind are known");
        cmp_ok($count, '>', $kind eq 'client' ? 100 : 15, '... all of them');
    }
}


# members of JSON have the same names, and --map

sub test_members {
    my $file = qq({"Телефон":"0671112233","ПІБ":"Тарас","бонуси":5,"x":{}}\n)
        . qq({"phone":"0501112233","ПІБ":"Леся","surnmae":"x"}\n)
        . qq({"phone":"0501112234","name":"y","surnmae":"x","4820000000017":1,"a\@b":1}\n);

    my $run = $tools->import_file($file, '-t');
    is_deeply(refusals($run), { 1 => 'unknown attribute ""ПІБ"", ""x""',
        2 => 'unknown attribute ""ПІБ"", ""surnmae""',
        3 => 'unknown attribute ""surnmae""' },
        'unknown members of JSON are named');
    like($run->{err}, qr/unknown attribute "ПІБ" in 2 records$/m,
        '... all at once');
    like($run->{err}, qr/"surnmae" in 2 records; is it surname\? --map 'surnmae=surname' says so/,
        '... with what is near');
    unlike($run->{err} . $run->{refused}, qr/4820000000017|a\@b/,
        '... but for what may be a value');

    $redis->flushall;

    for my $text ($file, '[' . join(',', split /\n/, $file) . ']') {
        $run = $tools->import_ok('--map of members', $text, '-i', '-M',
            'ПІБ=name', '-M', 'X=', '-M', 'none=email');
        is_deeply($tools->stored("client:$phone"), { name => 'Тарас',
            bonus => 5 }, '... is heeded');
        like($run->{err}, qr/--map: there was no attribute "none"$/m,
            '... and one that was about nothing is named');
    }

    $run = $tools->import_file(qq({"phone":"$phone","name":"a"}\n), '-M',
        'name=surname');
    is($tools->stored("client:$phone")->{surname}, 'a',
        '--map goes before the names of attributes');

    $run = $tools->import_file(qq({"phone":"$phone","Телефон":"$phone"}\n));
    is_deeply(refusals($run), { 1 => 'phone is given twice' },
        'two members for one attribute');

    $run = $tools->import_file($file, '-M', 'x=none');
    is($run->{status}, 2, 'a --map of no attribute');
    like($run->{err}, qr/there is no attribute "none"/, '... is said');
}


sub test_maps {
    my $file = "Тел 1;Тел 2;Клієнт;Примітка\n$phone;x;Тарас;y\n";

    $redis->flushall;

    my $run = $tools->import_ok('--map', $file, '--map', 'тел 1=phone',
        '--map', 'Тел 2=', '-M', 'Клієнт=name', '-M', 'Примітка=',
        '-M', 'Менеджер=');
    is_deeply($tools->stored("client:$phone"), { name => 'Тарас' },
        '... is heeded');
    like($run->{out}, qr/^columns +phone \(Тел 1\), name \(Клієнт\); 2 passed/m,
        '... and said');

    for my $bad ([ 'Тел 1=none', qr/there is no attribute "none"/ ],
        [ 'Тел 3=phone', qr/there is no column "Тел 3"/ ],
        [ 'x', qr/--map must be TITLE=ATTRIBUTE/ ])
    {
        my ($map, $error) = @$bad;

        $run = $tools->import_file($file, '-i', '-M', $map);
        is($run->{status}, 2, "--map $map");
        like($run->{err}, $error, '... is said to be wrong');
    }

    $run = $tools->import_file("phone;Телефон;name\n", '-t');
    like($run->{err}, qr/"phone" is given twice: "phone" and "Телефон"/,
        'two columns for one attribute are named');
    is($run->{status}, 2, '... and nothing is done');
}


sub test_unknown {
    my $run = $tools->import_file("phone;Прізвисько;Бонус.;surnmae;;name\n");

    is($run->{status}, 2, 'unknown columns');
    like($run->{err}, qr/unknown column "surnmae"; is it surname\? --map 'surnmae=surname'/,
        '... with what is near');
    like($run->{err}, qr/unknown column "Прізвисько"/, '... all at once');
    like($run->{err}, qr/column 5 has no name/, '... those without a name');
    unlike($run->{err}, qr/Бонус/, '... and none that is known');

    $run = $tools->import_file("Шевченко;Тарас;$phone\nКосач;Леся;$phone\n");
    like($run->{err}, qr/is it a header\?/, 'a file without a header');
    unlike($run->{err}, qr/Тарас|$phone/, '... whose names are not printed');
}
