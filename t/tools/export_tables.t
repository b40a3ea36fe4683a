# polycard-export: who is left out, columns, the forms that people and
# spreadsheets want; and that polycard-import makes the same of it again.

use strict;
use warnings;

use Encode qw( decode encode );

use lib 't/lib';

use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $phone = '380671112233';
my $profile = source_dir() . '/docs/examples/sheet.profile';

$tools->redis->load_library;

test_left_out();
test_left_out_groups();
test_not_in_the_index();
test_columns();
test_forms();
test_profile();
test_encodings();
test_bad_options();
test_circle();
test_cardless_circle();

finish();


sub put {
    my ($name, @arguments) = @_;

    return $redis->fcall("polycard_put_$name", 1, $tools->key(''), @arguments);
}


sub lines { split /\r?\n/, $_[0] }


sub test_left_out {
    put('client', $phone, name => 'A', barcode => '1');
    put('client', 380500000000 + $_, name => "N$_", bonus => $_) for 1 .. 26;
    $redis->hset($tools->key('client:380600000001'), name => 'X',
        barcode => 'y' x 256);
    $redis->rpush($tools->key('client:380600000002'), 'a list');
    $redis->hset($tools->key('client:no phone'), name => 'x');
    $redis->hset('polycard:{shop2}:client:380600000003', name => 'x');

    my $run = $tools->export('-c', 'phone');
    is($run->{status}, 1, 'clients who are none for Polycard');
    is($run->{out}, "phone\r\n$phone\r\n", '... are left out');
    like($run->{err}, qr/: 26 records were left out: they have no card \(--all writes them\)$/m,
        '... those without a card are counted');
    like($run->{err}, qr/: 1 records were left out: they are not whole/,
        '... and those with one that is none');
    like($run->{err}, qr/: 1 records were left out: their keys hold no record/,
        '... and what is no record');
    like($run->{err}, qr/^1 records in /m, '... and those who are there');

    $run = $tools->export('-c', 'phone,name,barcode,bonus', '--all');
    is_deeply([ (lines($run->{out}))[0, 1] ],
        [ 'phone,name,barcode,bonus', "$phone,A,1," ], '--all');
    is_deeply([ sort((lines($run->{out}))[2 .. 28]) ],
        [ sort((map { 380500000000 + $_ . ",N$_,,$_" } 1 .. 26),
            '380600000001,X,,') ], '... writes them behind the others');
    unlike($run->{err}, qr/no card|not whole/, '... none is left out');
    like($run->{err}, qr/1 records differ from what is stored/,
        '... but a card that is none');
    is($run->{status}, 1, '... and what is no record');

    $redis->del($tools->key('client:380600000001'),
        $tools->key('client:380600000002'));
    is($tools->export('--all')->{status}, 0, 'all of them: all right');

    $run = $tools->export('-a', '-f', 'jsonl');
    is(() = $run->{out} =~ /^\{"phone":"3805000000\d\d","name":"N\d+","bonus":\d+\}$/mg,
        26, 'as JSON lines');
}


sub test_left_out_groups {
    $redis->flushall;
    put('group', 1, title => 'Нова', loyaltyType => 'bonuses',
        loyaltyQuantity => 1);
    $redis->hset($tools->key('group:2'), title => 'half');

    my $run = $tools->export('-g');
    is($run->{status}, 1, 'a group that is not whole');
    like($run->{err}, qr/1 records were left out: they are not whole/,
        '... is left out');

    $run = $tools->export('-g', '--all', '--columns', 'title,id');
    is($run->{out}, "title,id\r\nНова,1\r\nhalf,2\r\n", '... not by --all');
    is($run->{status}, 0, '... all right');
}


# a mirror that was filled with plain commands before nginx was there

sub test_not_in_the_index {
    $redis->flushall;
    $redis->hset($tools->key(sprintf 'client:380%09d', $_), barcode => $_)
        for 1 .. 1500;

    $redis->hset($tools->key('client:'), barcode => 'x');

    my $run = $tools->export;
    is($run->{status}, 0, 'whole clients who are in no index');
    is_deeply([ sort $run->{out} =~ /^(380\d{9}),/mg ],
        [ map { sprintf '380%09d', $_ } 1 .. 1500 ], '... each is there once');
}


sub test_columns {
    $redis->flushall;
    put('client', $phone, name => 'Тарас', barcode => '17', bonus => 5,
        id => 7);

    my $run = $tools->export('--columns', 'id,phone,barcode');
    is($run->{out}, "id,phone,barcode\r\n7,$phone,17\r\n", 'columns in this order');

    $run = $tools->export('-c', 'bonus,phone', '-f', 'jsonl');
    is($run->{out}, qq({"bonus":5,"phone":"$phone"}\n), 'members in this order');

    $run = $tools->export('-c', 'phone,name', '--map', 'Номер, телефону=phone');
    is($run->{out}, qq("Номер, телефону",name\r\n$phone,Тарас\r\n),
        'a title of its own');
}


sub forms {
    my (@options) = @_;

    my $run = $tools->export('-c', 'phone,sex,birthday,bonus,discount,loyalty_group_id',
        '-d', ';', @options);
    is($run->{status}, 0, "@options") or diag($run->{err});

    return [ map { [ split /;/, $_, -1 ] } (lines($run->{out}))[1 .. 3] ];
}


sub test_forms {
    $redis->flushall;
    put('group', 1, title => 'Золота', loyaltyType => 'bonuses',
        loyaltyQuantity => 1);
    put('group', $_, title => 'Двічі', loyaltyType => 'bonuses',
        loyaltyQuantity => 1) for 2, 3;
    put('group', 4, title => '5 відсотків', loyaltyType => 'bonuses',
        loyaltyQuantity => 1);
    put('client', $phone, barcode => 1, sex => 'male', birthday => '19901231',
        bonus => '125050', discount => '7.5', loyalty_group_id => 1);
    put('client', $phone + 1, barcode => 2, sex => 'female', bonus => '-0.75',
        discount => 3, loyalty_group_id => 2);
    put('client', $phone + 2, barcode => 3, bonus => '123456712.3',
        loyalty_group_id => 4);

    is_deeply(forms(), [ [ $phone, 'male', '19901231', '125050', '7.5', 1 ],
        [ $phone + 1, 'female', '', '-0.75', '3', 2 ],
        [ $phone + 2, '', '', '123456712.3', '', 4 ] ], 'as they are stored');

    my %column = (
        '--phone plus' => [ 0, "+$phone", '+' . ($phone + 1), '+' . ($phone + 2) ],
        '--phone national' => [ 0, '0671112233', '0671112234', '0671112235' ],
        '--phone signs' => [ 0, map { "+38 (067) 111-22-3$_" } 3 .. 5 ],
        '--sex ч=male --sex ж=female' => [ 1, 'ч', 'ж', '' ],
        '--sex x= --sex f=female --sex g=female' => [ 1, 'male', 'f', '' ],
        '--date dmy' => [ 2, '31.12.1990', '', '' ],
        '--date mdy' => [ 2, '12/31/1990', '', '' ],
        '--date ymd' => [ 2, '1990-12-31', '', '' ],
        '--money hryvnia' => [ 3, '1250.50', '-0.0075', '1234567.1230' ],
        '--money kopeck' => [ 3, '125050', '-0.75', '123456712.3' ],
        '--decimal comma' => [ 4, '"7,5"', '3', '' ],
        '--money hryvnia --decimal comma' => [ 3, '"1250,50"',
            '"-0,0075"', '"1234567,1230"' ],
        '--group-titles' => [ 5, 'Золота', 2, 4 ],
    );

    for my $options (sort keys %column) {
        my ($i, @want) = @{ $column{$options} };
        is_deeply([ map { $_->[$i] } @{ forms(split ' ', $options) } ],
            \@want, '... what is written');
    }
}


# one for both ways

sub test_profile {
    my $run = $tools->export('--profile', $profile, '-q');

    is($run->{out}, "\xef\xbb\xbfТелефон;Прізвище;Ім'я;По батькові;E-mail;Стать;"
        . "Дата народження;Номер картки;\"Бонуси, грн\";\"Знижка, %\";Група;"
        . "Код клієнта\r\n"
        . "+38 (067) 111-22-33;;;;;ч;31.12.1990;\xc2\xa01;\"1250,50\";\"7,5\";Золота;\r\n"
        . "+38 (067) 111-22-34;;;;;ж;;\xc2\xa02;\"-0,0075\";3;2;\r\n"
        . "+38 (067) 111-22-35;;;;;;;\xc2\xa03;\"1234567,1230\";;4;\r\n",
        'a table for a spreadsheet');

    my $digest = $tools->digest;
    my $back = $tools->import_ok('back', $run->{out}, '--profile', $profile);
    counted($back, { records => 3, unchanged => 3 }, '... changes nobody');
    is($tools->digest, $digest, '... and nothing');

    $run = $tools->export('--profile', $profile, '-q', '-c', 'phone,bonus');
    $back = $tools->import_ok('two of the columns', $run->{out}, '--profile',
        $profile);
    counted($back, { records => 3, unchanged => 3 }, '... changes nobody');

    my $saved = $tools->dir . '/saved';
    $tools->export('-q', '--save-profile', $saved, '-d', ';', '--money',
        'hryvnia', '-c', 'phone,bonus', $tools->dir . '/x');
    like(slurp($saved), qr/^delimiter ;\nmoney hryvnia\ncolumns phone,bonus$/m,
        '--save-profile');
}


sub test_encodings {
    $redis->flushall;
    put('client', $phone, name => 'Їжак', barcode => 1);
    put('client', $phone + 1, name => "\xf0\x9f\x98\x80", barcode => 2);

    for my $name (qw( windows-1251 koi8-u cp866 )) {
        my $run = $tools->export('-c', 'phone,name', '-e', $name);
        is($run->{status}, 1, $name);
        is($run->{out}, encode($name, decode('UTF-8',
            "phone,name\r\n$phone,Їжак\r\n")), '... is written');
        like($run->{err}, qr/: 1 records were left out: they have letters that this encoding has not/,
            '... and what it has not is counted');
    }

    for my $name (qw( utf-16 utf-16le utf-8 )) {
        my $run = $tools->export('-c', 'phone,name', '-e', $name);
        is($run->{status}, 0, $name);
        is(decode($name, $run->{out}), decode('UTF-8', "phone,name\r\n"
            . "$phone,Їжак\r\n" . ($phone + 1) . ",\xf0\x9f\x98\x80\r\n"),
            '... all is written');
    }

    my $run = $tools->export('-c', 'name', '--map', "\xf0\x9f\x98\x80=name", '-e', 'cp866');
    is($run->{status}, 2, 'a title that the encoding has not');
    like($run->{err}, qr/titles of the columns have letters/, '... is said');
}


sub test_bad_options {
    my @bad = (
        [ qr/--columns: there is no attribute "bonsu"; there are phone,/,
            '-c', 'phone,bonsu' ],
        [ qr/--columns: there is no attribute ""/, '-c', 'phone,' ],
        [ qr/--columns: "phone" is there twice/, '-c', 'phone,name,phone' ],
        [ qr/--map: there is no attribute "tel"/, '-M', 'Телефон=tel' ],
        [ qr/--phone must be/, '--phone', 'x' ],
        [ qr/--date must be dmy, mdy or ymd/, '--date', 'x' ],
        [ qr/--encoding "x" is not known here/, '-e', 'x' ],
    );

    for my $bad (@bad) {
        my ($error, @options) = @$bad;
        my $run = $tools->export(@options);

        is($run->{status}, 2, "@options");
        like($run->{err}, $error, '... is refused');
        is($run->{out}, '', '... nothing is written');
    }
}


# any table in any form comes back as it was

sub test_circle {
    my $seed = $ENV{SEED} || 20;

    srand $seed;

    for my $round (1 .. 30) {
        my ($encoding, @letters) = @{ (
            [ 'utf-8', 'ї', 'Ґ', "\xf0\x9f\x98\x80", 'Ż', '—' ],
            [ 'utf-16', 'ї', 'Ґ', "\xf0\x9f\x98\x80", 'Ż' ],
            [ 'windows-1251', 'ї', 'Ґ', 'ы', '—' ],
            [ 'koi8-u', 'ї', 'Ґ', 'ы' ],
        )[rand 4] };

        fill(@letters);

        my @form = ('--all', '--encoding', $encoding,
            '--money', ('hryvnia', 'kopeck')[rand 2],
            '--decimal', ('comma', 'point')[rand 2],
            '--date', ('dmy', 'mdy')[rand 2],
            '--delimiter', (',', ';', 'tab', '|')[rand 4],
            (rand() < 0.5 ? '--group-titles' : ()),
            (rand() < 0.5 ? '--text-cards' : ()),
            (rand() < 0.5 ? ('--phone', ('plus', 'national', 'signs')[rand 3])
                : ()),
            (rand() < 0.5 ? ('--sex', 'Ч=male', '--sex', 'Ж=female') : ()),
            (rand() < 0.5 ? ('--map', 'Хто=phone', '--map', 'Скільки, грн=bonus')
                : ()));
        my $saved = $tools->dir . '/form';
        unlink $saved;

        my $run = $tools->export(@form, '--save-profile', $saved);
        is($run->{status}, 0, "round $round of seed $seed: @form") or diag($run->{err});

        # the profile names this Redis, which the command line does as well
        my $text = join "\n", grep { !/^(?:redis|market|user|password-file) / }
            split /\n/, slurp($saved);
        spew($saved, "$text\n");

        my $digest = $tools->digest;
        my $back = $tools->import_ok('back', $run->{out}, '--profile', $saved);
        is($back->{count}{changed}, 0, '... nobody is changed');
        is($tools->digest, $digest, '... nothing is');

        $redis->del(map { $tools->key("client:$_") } @{ clients() });
        $redis->fcall('polycard_capture', 1, $tools->key(''), $_)
            for @{ clients() };
        my $gone = stored();
        $tools->import_ok('into a market without them', $run->{out},
            '--profile', $saved);
        ok($tools->export(@form)->{out} eq $run->{out}
            || sorted($tools->export(@form)->{out}, $encoding)
               eq sorted($run->{out}, $encoding), '... they are there again');
    }
}


sub sorted {
    my ($text, $encoding) = @_;

    return join "\n", sort split /\r\n/, decode($encoding, $text);
}


sub stored { scalar $redis->keys($tools->key('client:*')) }


my @clients;

sub clients { \@clients }


sub fill {
    my (@letters) = @_;

    my @pieces = (@letters, 'a', ' ', '"', ',', ';', '|', "'", '=', '-', '0');
    my $text = sub { join '', 'x', map { $pieces[rand @pieces] }
        1 .. 1 + rand 6 };
    my $maybe = sub { rand() < 0.6 ? @_ : () };

    $redis->flushall;
    put('group', $_, title => ('Нова', 'Золота', 'Золота', '7')[$_],
        loyaltyType => 'bonuses', loyaltyQuantity => 1) for 0 .. 3;

    @clients = map { sprintf '380%09d', $_ * 104729 % 1e9 } 1 .. 40;

    for my $i (0 .. $#clients) {
        put('client', $clients[$i], id => $i + 1,
            ($i % 8 ? (barcode => ('c', '00')[$i % 2] . $i) : ()),
            $maybe->(name => $text->()), $maybe->(surname => $text->() . 'x'),
            $maybe->(sex => ('male', 'female')[rand 2]),
            $maybe->(birthday => sprintf '19%02d%02d%02d', rand 99,
                1 + rand 12, 1 + rand 28),
            $maybe->(bonus => sprintf('%d', rand 1e7) / (1, 10, 100)[rand 3]),
            $maybe->(discount => int(rand 10000) / 100),
            $maybe->(loyalty_group_id => int rand 5));
    }
}


sub test_cardless_circle {
    $redis->flushall;
    put('client', 380500000000 + $_, name => "N$_", bonus => $_) for 1 .. 26;

    my $digest = $tools->digest;
    my $run = $tools->export('--all');
    $tools->import_ok('clients without a card', $run->{out}, '--money', 'kopeck');
    is($tools->digest, $digest, '... come back as they were');
}
