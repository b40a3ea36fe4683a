# polycard-export: what it writes, and that polycard-import makes the same of
# it again.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $phone = '380671112233';

# pieces of texts

my @odd = (q{"}, q{""}, ',', ';', "'", ' ', '  x', 'x ', '=1+1', '+1', '-1',
    '@x', '#', '\\', '\\n', '{', '}', '[]', 'null', 'true', '0', '007',
    'ї', 'Ґанок', 'Żółć', "\xe2\x82\xac", "\xf0\x9f\x98\x80", 'a"b,c;d',
    "\xef\xbb\xbf", 'phone', '/', '<', '&', '%', '|');

$tools->redis->load_library;

test_formats();
test_groups();
test_bad_records();
test_pages();
test_file();
test_faults();
test_round_trip();

finish();


sub put {
    my ($name, @arguments) = @_;

    return $redis->fcall("polycard_put_$name", 1, $tools->key(''), @arguments);
}


sub is_export {
    my ($want, $what, @options) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $run = $tools->export(@options);

    is($run->{status}, 0, "$what: all right") or diag($run->{err});
    is($run->{out}, $want, '... what is written');
}


sub test_formats {
    my $header = 'phone,surname,name,middlename,email,sex,birthday,barcode,'
        . "bonus,discount,loyalty_group_id,id\r\n";

    is_export($header, 'nobody');
    like($tools->export('-q')->{err}, qr/has no market "polycard:.*" yet: is/,
        '... a market that is unknown');
    is_export('', 'nobody as JSON lines', '-f', 'jsonl');

    put('client', $phone, surname => 'О"Ніл', name => ' Тарас; ',
        middlename => '=1+1', email => 'a,b@example.com', sex => 'male',
        birthday => '18140309', barcode => '20 00', bonus => '12550.50',
        discount => '-7', loyalty_group_id => 3, id => 41);
    put('client', '380501112233', barcode => '1', surname => '\\x');

    is_export($header
        . "$phone,\"О\"\"Ніл\",\" Тарас; \",=1+1,\"a,b\@example.com\",male,"
        . "18140309,20 00,12550.5,-7,3,41\r\n"
        . "380501112233,\\x,,,,,,1,,,,\r\n", 'CSV');

    is_export($header =~ tr/,/;/r
        . "$phone;\"О\"\"Ніл\";\" Тарас; \";=1+1;\"a,b\@example.com\";male;"
        . "18140309;20 00;12550.5;-7;3;41\r\n"
        . "380501112233;\\x;;;;;;1;;;;\r\n", 'semicolons', '-d', ';');

    is_export(qq({"phone":"$phone","surname":"О\\"Ніл","name":" Тарас; ",)
        . '"middlename":"=1+1","email":"a,b@example.com","sex":"male",'
        . '"birthday":"18140309","barcode":"20 00","bonus":12550.5,'
        . '"discount":-7,"loyalty_group_id":3,"id":41}' . "\n"
        . '{"phone":"380501112233","surname":"\\\\x","barcode":"1"}' . "\n",
        'JSON lines', '--format=jsonl');
}


sub test_groups {
    put('group', 2, title => 'Золота', loyaltyType => 'discount',
        loyaltyQuantity => '7.50', active => 1);
    put('group', 1, title => 'Нова', loyaltyType => 'bonuses',
        loyaltyQuantity => 1);

    is_export("id,title,loyaltyType,loyaltyQuantity,active\r\n"
        . "1,Нова,bonuses,1,\r\n2,Золота,discount,7.5,true\r\n",
        'groups', '--groups');
    is_export(qq({"id":1,"title":"Нова","loyaltyType":"bonuses",)
        . qq("loyaltyQuantity":1}\n)
        . qq({"id":2,"title":"Золота","loyaltyType":"discount",)
        . qq("loyaltyQuantity":7.5,"active":true}\n),
        'groups as JSON lines', '-g', '-f', 'jsonl');
}


# What somebody has written with plain commands

sub test_bad_records {
    my $client = sub {
        my ($number, @fields) = @_;
        my $key = "38050000000$number";

        $redis->zadd($tools->key('clients'), 100 + $number, $key);
        $redis->hset($tools->key("client:$key"), @fields) if @fields;
    };

    $redis->flushall;
    $tools->redis->load_library;
    $client->(1, barcode => 1, bonus => '1.005', discount => 'x',
        id => '0x1', own => 'field');
    $client->(2, name => 'no card');
    $client->(3);
    $redis->zadd($tools->key('clients'), 104, '380500000004');
    $redis->set($tools->key('client:380500000004'), 'no hash');
    $client->(5, barcode => 5, name => "a\nb\xff", surname => 'ї' x 300);
    $client->(6, barcode => 6, sex => '');
    $redis->zadd($tools->key('clients'), 107, 'no phone');

    my $run = $tools->export('-f', 'jsonl');
    my $long = 'ї' x 255;

    is($run->{status}, 1, 'records that are not as they should be');
    is($run->{out}, '{"phone":"380500000001","barcode":"1","bonus":1.01}'
        . "\n" . qq({"phone":"380500000005","surname":"$long",)
        . qq("name":"a\\u000ab\xef\xbf\xbd","barcode":"5"}\n)
        . '{"phone":"380500000006","barcode":"6"}' . "\n",
        '... what is of use is written');
    like($run->{err}, qr/: 1 records were left out: they have no card \(--all writes them\)\n.*: 1 records were left out: their keys hold no record$/m,
        '... others are counted');
    like($run->{err}, qr/: 2 records differ from what is stored/,
        '... and those that are mended; one that is empty is none');

    $run = $tools->export;
    like($run->{out}, qr/^380500000005,$long,"a\nb\xef\xbf\xbd",/m,
        'CSV: a line break is in quotes');
    is($run->{status}, 1, '... the same status');

    $redis->hset($tools->key('client:380500000005'), name => "a\0b");
    $run = $tools->export;
    like($run->{err}, qr/: 1 records were left out: they hold U\+0000/,
        'U+0000 cannot be in CSV');
}


# More than a page, in the order in which they came

sub test_pages {
    $redis->flushall;

    my @phones = map { sprintf '380%09d', 999999999 - 7 * $_ } 1 .. 305;

    for my $one (@phones) {
        put('client', $one, barcode => $one);
    }

    my $run = $tools->export;

    is_deeply([ $run->{out} =~ /^(380\d{9}),/mg ], \@phones,
        'all pages, in their order');
    like($run->{err}, qr/^305 records in [\d.]+ s$/m, '... counted');
}


sub test_file {
    my $path = $tools->dir . '/out.csv';
    my $want = $tools->export->{out};

    is_export('', 'a file', $path);
    is(slurp($path), $want, '... holds the same');
    is((stat $path)[2] & 0777, 0600, '... and only its owner reads it');

    my $run = $tools->export($path, '-q');
    is($run->{out} . $run->{err}, '', '--quiet says nothing');

    # a fault leaves what is there, and nothing else

    my $secret = spew($tools->dir . '/secret', 'x');
    $redis->acl('SETUSER', 'blind', 'on', '>x', '+@all', '-hmget', '~*');
    spew($path, 'before');

    $run = $tools->export($path, '-u', 'blind', '-P', $secret);
    is($run->{status}, 2, 'a missing right');
    like($run->{err}, qr/redis: NOPERM .* 'hmget'/, '... is said');
    is(slurp($path), 'before', '... the file is as it was');
    is_deeply([ glob "$path.*" ], [], '... and none beside it');

    $run = $tools->export($tools->dir . '/none/x');
    is($run->{status}, 2, 'a folder that is not there');
    like($run->{err}, qr/cannot write ".*": No such file/, '... is said');
}


sub test_faults {
    my $run = $tools->run(undef, 'sh', '-c', 'exec "$@" > /dev/full', 'sh',
        tool('export'), $tools->market);
    is($run->{status}, 2, 'a full disk');
    like($run->{err}, qr/cannot write "standard output"/, '... is said');

    $run = $tools->run(undef, 'sh', '-c',
        '("$@"; echo $? >&2) | head -n 1 > /dev/null', 'sh', tool('export'),
        $tools->market, '-q');
    like($run->{err}, qr/^[02]$/m, 'a reader that goes away');

    $run = $tools->export('-r', 'unix:/none');
    is($run->{status}, 2, 'no Redis');
    is($run->{out}, '', '... nothing is written');
}


# Everything that Redis may hold comes back the same

sub odd_text {
    my $text = join '', map { $odd[rand @odd] } 1 .. 1 + rand 6;

    # what is nothing but spaces is refused in a table

    return $text =~ /\A(?: |\xef\xbb\xbf)*\z/ ? "${text}x" : $text;
}


sub odd_client {
    my ($i) = @_;

    my %client = (barcode => 'x' . odd_text() . $i);

    for my $name (qw( surname name middlename email )) {
        $client{$name} = odd_text() if rand() < 0.6;
    }

    $client{sex} = rand() < 0.5 ? 'male' : 'female' if rand() < 0.6;
    $client{birthday} = '20240229' if rand() < 0.3;
    $client{bonus} = sprintf '%.2f', rand(2e9) - 1e9 if rand() < 0.5;
    $client{bonus} = '-9999999999999.99' if rand() < 0.05;
    $client{discount} = '9999999999999.99' if rand() < 0.1;
    $client{loyalty_group_id} = '9007199254740991' if rand() < 0.1;
    $client{id} = $i * 3 if rand() < 0.5;
    $client{name} = 'ї' x 255 if rand() < 0.02;

    return %client;
}


sub test_round_trip {
    my $seed = $ENV{SEED} || 20;

    srand $seed;
    $redis->flushall;

    put('client', sprintf('380%09d', $_ * 104729 % 1e9), odd_client($_))
        for 1 .. 400;
    put('group', $_, title => odd_text(), loyaltyType => 'bonuses',
        loyaltyQuantity => $_ / 4, rand() < 0.5 ? (active => 0) : ())
        for 1 .. 20;

    my $digest = $tools->digest;
    my @kinds = ([ '-f', 'jsonl' ], [ '-f', 'csv' ],
        [ '-f', 'csv', '-d', ';' ], [ '-f', 'csv', '-d', 'tab' ],
        [ '-f', 'csv', '-d', '|' ]);

    for my $kind (@kinds) {
        my %before = map { $_ => $tools->export(@$kind, split ' ', $_)->{out} }
            '', '-g';

        $redis->flushall;

        for my $groups ('', '-g') {
            my $run = $tools->import_file($before{$groups},
                '--money', 'kopeck', split ' ', $groups);
            is($run->{status}, 0, "@$kind $groups: taken in (seed $seed)")
                or diag($run->{err}, $run->{refused});
        }

        is($tools->digest, $digest, '... all of Redis is the same');

        for my $groups ('', '-g') {
            ok($tools->export(@$kind, split ' ', $groups)->{out}
                eq $before{$groups}, '... and so is what is written of it');
        }
    }
}
