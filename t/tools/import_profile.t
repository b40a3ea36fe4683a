# polycard-import: options that are kept in a file.

use strict;
use warnings;

use lib 't/lib';

use Encode qw( decode encode );

use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $dir = $tools->dir;
my $phone = '380671112233';
my $rows = "Тел;Бонус;Примітка\n$phone;1,5;x\n";

test_read();
test_wrong();
test_save();
test_shipped();

finish();


sub test_read {
    my $profile = spew("$dir/profile", "\xef\xbb\xbf# of our shop\r\n\r\n"
        . "  map  Тел=phone\r\nmoney hryvnia\r\nmap Примітка=\n#money kopeck\n"
        . "delimiter ;");

    $tools->import_ok('a profile', $rows, '--profile', $profile);
    is_deeply($tools->stored("client:$phone"), { bonus => 150 },
        '... is heeded');

    $tools->import_ok('what stands behind it', $rows, '--profile', $profile,
        '--money', 'kopeck');
    is_deeply($tools->stored("client:$phone"), { bonus => '1.5' },
        '... has the last word');
}


sub test_wrong {
    my %wrong = ("money dollar" => qr/line 1: "money"/, "\nnone" =>
        qr/line 2: "none" is no such option/, 'profile x' => qr/"profile"/,
        'dry-run' => qr/"dry-run"/, 'map' => qr/"map"/, 'ignore-unknown 1' =>
        qr/"ignore-unknown"/, "a\0b" => qr/is no profile/,
        'x' x 70000 => qr/is no profile/, "\e[2J" => qr/\\u001b\[2J/);

    for my $text (sort keys %wrong) {
        my $run = $tools->import_file($rows, '--profile',
            spew("$dir/profile", $text));

        is($run->{status}, 2, 'a profile that is wrong');
        like($run->{err}, $wrong{$text}, '... it is said where');
        unlike($run->{err}, qr/\e/, '... and nothing else');
    }

    my $run = $tools->import_file($rows, '--profile', "$dir/none");
    like($run->{err}, qr/cannot read ".*none": No such file/, 'no profile');
}


sub test_save {
    my $saved = "$dir/saved";
    my @options = ('-M', 'Тел=phone', '--money=hryvnia', '-i');

    my $run = $tools->run(undef, tool('import'), '-t', @options,
        '--save-profile', $saved, spew("$dir/input", $rows));
    is($run->{status}, 0, '--save-profile');
    is(slurp($saved), "# polycard-import --profile=FILE\n\nmap Тел=phone\n"
        . "money hryvnia\nignore-unknown\n", '... holds what was given');

    $redis->flushall;
    $tools->import_ok('what was saved', $rows, '--profile', $saved);
    is_deeply($tools->stored("client:$phone"), { bonus => 150 },
        '... says the same');

    my $text = slurp($saved);
    $run = $tools->import_file($rows, '--profile', $saved, '--save-profile',
        $saved);
    is($run->{status}, 2, 'the profile that is read');
    is(slurp($saved), $text, '... is not written');
}


# A table of 1C with what ships, in both encodings

sub test_shipped {
    my $profile = source_dir() . '/docs/examples/1c.profile';
    my $nbsp = "\xc2\xa0";
    my $text = "Код клієнта;Телефон;Прізвище;Ім'я;Стать;Дата народження;"
        . "Картка;Бонуси;Менеджер;\r\n000000041;+38 (067) 111-22-33;Шевченко;"
        . "Тарас;ч;31.12.1990 0:00:00;4820000000017 ;1${nbsp}250,50;Іваненко;"
        . "\r\n000000042;0501112233;Косач;Леся;ж;  .  .    ;4820000000024;"
        . "1.000;;\r\n000000043;067;Хтось;;ж;;;;;\r\n;;;;;;;;;\r\n";

    for my $name (qw( UTF-8 cp1251 )) {
        $redis->flushall;

        my $run = $tools->import_file(($name eq 'UTF-8' ? "\xef\xbb\xbf" : '')
            . encode($name, decode('UTF-8', $text)), '--profile', $profile);

        counted($run, { records => 3, new => 2, blank => 1, refused => 1 },
            "a table of 1C in $name");
        is_deeply($tools->stored("client:$phone"), { surname => 'Шевченко',
            name => 'Тарас', sex => 'male', birthday => '19901231', id => 41,
            barcode => '4820000000017', bonus => '125050' },
            '... as it is meant');
        is($tools->stored('client:380501112233')->{bonus}, 100000,
            '... 1.000 hryvnias');
    }
}
