# polycard-import: files of every kind into a real Redis.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $phone = '380671112233';

test_csv();
test_json_lines();
test_calls();
test_formats();
test_changes();
test_groups();
test_headers();
test_refused();
test_refused_file();
test_sizes();
test_empty();
test_dry_run();

finish();


sub failed {
    my ($what, $error, @arguments) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $before = $tools->digest;
    my $run = $tools->import_file(@arguments);

    is($run->{status}, 2, "$what: not done");
    like($run->{err}, $error, '... and said why');
    is($tools->digest, $before, '... nothing is written');
}


# All attributes

sub test_csv {
    my $run = $tools->import_ok('CSV', <<"END", '--money', 'kopeck');
phone,surname,name,middlename,email,sex,birthday,barcode,bonus,discount,loyalty_group_id,id
$phone,Шевченко,Тарас,Григорович,taras\@example.com,male,19140309,2000000000015,12550.50,7,3,41
380501112233,"О""Ніл","a,b;c",,,,,2000000000022,,,,
END

    counted($run, { records => 2, new => 2 }, 'the summary');

    is_deeply($tools->stored("client:$phone"), {
        surname => 'Шевченко', name => 'Тарас', middlename => 'Григорович',
        email => 'taras@example.com', sex => 'male', birthday => '19140309',
        barcode => '2000000000015', bonus => '12550.5', discount => '7',
        loyalty_group_id => '3', id => '41' }, 'a client with everything');

    is_deeply($tools->stored('client:380501112233'), { surname => 'О"Ніл',
        name => 'a,b;c', barcode => '2000000000022' }, 'quotes; empty fields');

    is_deeply([ $tools->phones ], [ $phone, '380501112233' ],
        'clients in the order of the file');
    is($redis->get($tools->key('seq:id')), 41, 'the counter of ids follows');
    is($redis->hget($tools->key('barcodes:022'), '2000000000022'),
        '380501112233', 'the index of card numbers follows');
}


sub test_json_lines {
    $redis->flushall;

    $tools->import_ok('JSON lines', <<"END");
{"phone":"$phone","name":"Тарас \\"Кобзар\\"","barcode":"15","bonus":12550.50,"loyalty_group_id":3,"id":7}

  {"phone":"380501112233","name":null,"barcode":"\\u0022;","discount":"1e1"}  
{"phone":"380501112234","barcode":"16"}
END

    is_deeply($tools->stored("client:$phone"), { name => 'Тарас "Кобзар"',
        barcode => '15', bonus => '12550.5', loyalty_group_id => '3',
        id => 7 }, 'numbers and escapes');
    is_deeply($tools->stored('client:380501112233'), { barcode => '";',
        discount => '10' }, 'null, a number as text');
    is_deeply([ $tools->phones ],
        [ $phone, '380501112233', '380501112234' ],
        'the last line needs no end, blank lines do not count');
}


# Calls are dear: those who lack this or that go with the others

sub test_calls {
    my @some = ([ name => 'Леся' ], [], [ sex => 'male', bonus => '100.5' ]);
    my @phones = map { 380671112300 + $_ } 0 .. 23;
    my %file = (
        'JSON lines' => join('', map {
            my %has = @{ $some[$_ % 3] };
            qq({"phone":"$phones[$_]","barcode":"$_")
                . join('', map { qq(,"$_":"$has{$_}") } sort keys %has) . "}\n"
        } 0 .. 23),
        'CSV' => "phone,barcode,name,sex,bonus\n" . join('', map {
            my %has = @{ $some[$_ % 3] };
            join(',', $phones[$_], $_, map { $has{$_} // '' }
                qw( name sex bonus )) . "\n"
        } 0 .. 23),
    );

    $redis->flushall;

    for my $format (sort keys %file) {
        $redis->config('RESETSTAT');
        $tools->import_ok($format, $file{$format}, '--money', 'kopeck');

        my ($calls) = $redis->info('commandstats')->{cmdstat_fcall}
            =~ /^calls=(\d+)/ or die 'no calls';

        cmp_ok($calls, '<=', 5, "$format: 24 clients in few calls");
        is_deeply($tools->stored("client:$phones[23]"), { barcode => 23,
            sex => 'male', bonus => '100.5' }, '... with what each has');
    }
}


# The same two clients, in every guise

sub test_formats {
    my @lines = ('phone,name,barcode', "$phone,Тарас,1",
        '380501112233,Леся,2');
    my $want = do {
        $redis->flushall;
        $tools->import_ok('lines with LF', join '', map { "$_\n" } @lines);
        $tools->digest;
    };
    my $bom = "\xef\xbb\xbf";
    my $jsonl = qq({"phone":"$phone","name":"Тарас","barcode":"1"}\n)
        . qq({"phone":"380501112233","name":"Леся","barcode":"2"}\n);

    my %file = (
        'CRLF'              => join('', map { "$_\r\n" } @lines),
        'CR alone'          => join('', map { "$_\r" } @lines),
        'no end of line'    => join("\n", @lines),
        'empty lines'       => "\n" . join('', map { "$_\n\r\n" } @lines),
        'a byte order mark' => $bom . join('', map { "$_\n" } @lines),
        'quotes everywhere' => join('', map {
            s/([^,]+)/"$1"/gr . "\n" } @lines),
        'semicolons'        => join('', map { tr/,/;/r . "\n" } @lines),
        'JSON lines'        => $jsonl,
        'JSON lines, CRLF'  => $jsonl =~ s/\n/\r\n/gr,
        'JSON lines, a byte order mark' => $bom . $jsonl,
        'other columns'     => "barcode;phone;name\n1;$phone;Тарас\n"
            . "2;380501112233;Леся\n",
    );

    for my $kind (sort keys %file) {
        $redis->flushall;
        $tools->import_ok($kind, $file{$kind});
        is($tools->digest, $want, '... the same clients');
    }

    $redis->flushall;
    $tools->import_ok('standard input', { stdin => $file{CRLF} });
    is($tools->digest, $want, '... the same clients');

    $redis->flushall;
    $tools->import_ok('standard input as -', { stdin => $jsonl }, '-');
    is($tools->digest, $want, '... the same clients');

    $redis->flushall;
    $tools->import_ok('a given delimiter', "phone,x;name;barcode\n0;1;2\n"
        =~ s/.*//sr . $file{semicolons}, '--delimiter', ';');
    is($tools->digest, $want, '... the same clients');

    $redis->flushall;
    $tools->import_ok('a given format', $jsonl, '-f', 'jsonl');
    is($tools->digest, $want, '... the same clients');
}


# Attributes that are not named stay, empty ones go, but not a card number

sub test_changes {
    $redis->flushall;
    $tools->import_ok('before', "phone,name,email,barcode\n$phone,Тарас,t\@x,1\n");

    my $run = $tools->import_ok('changes', "phone,email,barcode,bonus\n$phone,,,5\n");

    counted($run, { records => 1, changed => 1 }, 'the summary');
    is_deeply($tools->stored("client:$phone"),
        { name => 'Тарас', barcode => '1', bonus => '5' },
        'name and card number stay, the e-mail is removed');

    my $digest = $tools->digest;
    $tools->import_ok('once more', "phone,email,barcode,bonus\n$phone,,,5.00\n",
        '--money', 'kopeck');
    is($tools->digest, $digest, '... changes nothing');

    $tools->import_ok('twice in a file', "phone,name\n$phone,А\n$phone,Б\n");
    is($tools->stored("client:$phone")->{name}, 'Б', 'the later one counts');
}


sub test_groups {
    $redis->flushall;
    $tools->import_ok('groups', "id;title;loyaltyType;loyaltyQuantity;active\n"
        . "1;Нова;bonuses;1;\n2;Золота;discount;7.50;1\n", '--groups');

    is_deeply($tools->stored('group:2'), { title => 'Золота',
        loyaltyType => 'discount', loyaltyQuantity => '7.5',
        active => 'true' }, 'a group');
    is_deeply($tools->stored('group:1'), { title => 'Нова',
        loyaltyType => 'bonuses', loyaltyQuantity => '1' }, 'another one');

    $tools->import_ok('groups as JSON lines',
        qq({"id":2,"loyaltyQuantity":8,"active":false}\n), '--groups');
    is_deeply($tools->stored('group:2'), { title => 'Золота',
        loyaltyType => 'discount', loyaltyQuantity => '8',
        active => 'false' }, 'what is not named stays');

    my $run = $tools->import_file("id,title,loyaltyType,loyaltyQuantity\n"
        . "3,,bonuses,1\n4,Зелена,none,1\nx,Синя,bonuses,1\n", '--groups');

    is($run->{status}, 1, 'bad groups');
    is_deeply(refusals($run), { 2 => 'title is empty',
        3 => 'loyaltyType must be discount or bonuses',
        4 => 'id must be a whole number' }, '... are refused');

    $run = $tools->import_file("id,title\n5,Біла\n", '--groups');
    is_deeply(refusals($run), { 2 => 'loyaltyType is missing; loyaltyQuantity is missing' },
        'a new group that is not whole');
}


sub test_headers {
    $redis->flushall;

    failed('an unknown column', qr/unknown column "surnmae"; is it surname\? .*\n.*must name the attributes: phone, surname, .*, loyalty_group_id, id \(--ignore-unknown/,
        "phone,surnmae\n$phone,x\n");
    failed('no header', qr/a column has a name that is none/,
        "$phone\n");
    failed('no header of several columns', qr/is it a header\?\n/,
        "$phone,Тарас\n");
    failed('a column twice', qr/the column "name" is given twice/,
        "phone,name,name\n$phone,x,y\n");
    failed('no phone', qr/the header has no column "phone"/,
        "name,barcode\nx,1\n");
    failed('columns of groups', qr/unknown column "title"/,
        "phone,title\n$phone,x\n");
    failed('a quote in the header', qr/the header of ".*" cannot be read/,
        "phone,na\"me\n$phone,x\n");
    failed('a NUL in the header', qr/unknown column|is none/,
        "phone\0,name\n$phone,x\n");

    $tools->import_ok('unknown columns passed over',
        "phone,comment,name,comment,\n$phone,\"a,b\",x,,y\n", '-i');
    is_deeply($tools->stored("client:$phone"), { name => 'x' },
        '... and nothing of them is stored');

    my $run = $tools->import_file(
        qq({"phone":"$phone","surnmae":"x"}\n));
    is_deeply(refusals($run), { 1 => 'unknown attribute ""surnmae""' },
        'an unknown attribute of JSON');
    $tools->import_ok('... passed over',
        qq({"phone":"$phone","surnmae":{"a":[1]},"name":"y"}\n), '-i');
}


# Each kind of bad record, beside good ones that are taken

sub test_refused {
    my $long = 'ї' x 256;
    my @bad = (
        [ "38067111223,x,,,,", 'phone must be 380 and 9 digits' ],
        [ ",x,,,,", 'phone is missing' ],
        [ "$phone,$long,,,,", 'name is longer than 255 characters' ],
        [ "$phone,a\0b,,,,", 'name holds control characters' ],
        [ "$phone,\"a\nb\",,,,",
            'a text in quotes goes on in the next line (lines 10 to 11)' ],
        [ "$phone,\xd0,,,,", 'name is not valid UTF-8' ],
        [ "$phone,,man,,,", 'sex must be male or female' ],
        [ "$phone,,,20230229,,", 'birthday is a day that does not exist' ],
        [ "$phone,,,,12.5.1,", 'bonus must be a number' ],
        [ "$phone,,,,0x10,", 'bonus must be a number' ],
        [ "$phone,,,,,1x", 'loyalty_group_id is neither a whole number nor the '
            . 'title of a group' ],
        [ "$phone,x,,,,,y", 'the record has more fields than the header' ],
        [ "$phone,a\"b,,,,",
            'there is a quote in a field without quotes' ],
        [ "$phone,\"a\"b,,,,", 'there is text behind a closing quote' ],
        [ $phone . ',' x 300, 'the record has more than 256 fields' ],
    );

    $redis->flushall;

    my ($text, $line, $good, %want) = ("phone,name,sex,birthday,bonus,"
        . "loyalty_group_id\n", 2, 0);

    for my $bad (@bad) {
        $want{$line} = $bad->[1];
        $text .= "$bad->[0]\n380500000" . (100 + $good++) . ",x,,,,\n";
        $line += 2 + ($bad->[0] =~ tr/\n//);
    }

    my $run = $tools->import_file($text, '--money', 'kopeck');

    is($run->{status}, 1, 'bad records among good ones');
    is_deeply(refusals($run), \%want, '... are refused, with their lines');
    is($run->{count}{new}, $good, '... the good ones are taken');
    is($run->{count}{refused}, @bad, '... the bad ones counted');
    is_deeply($tools->stored("client:$phone"), {},
        '... and nothing of them is stored');
    unlike($run->{err} . $run->{out}, qr/\d{6}/, '... and no value is shown');

    # an id at the end of the counter: no other could follow it

    $run = $tools->import_file("phone,name,barcode,id\n"
        . "$phone,A,1,9007199254740991\n"
        . "380501112233,B,2,1000000000000000\n"
        . "380501112234,C,3,999000000000000\n"
        . "380501112235,D,4,998999999999999\n");
    is_deeply(refusals($run), {
        2 => 'id must have at most 15 digits',
        3 => 'id must have at most 15 digits',
        4 => 'id is at the end of what ids may be' },
        'ids that are too long, or leave few for others');
    is($redis->get($tools->key('seq:id')), '998999999999999',
        '... never reach the counter');

    # what only Redis knows

    $redis->flushall;
    $run = $tools->import_file("phone,name,barcode\n$phone,x,1\n"
        . "380501112233,y,1\n380501112234,,\n380501112235,z,2\n");
    is($run->{status}, 1, 'refused by the function');
    is_deeply(refusals($run), {
        3 => 'barcode is in use by another client',
        4 => 'a new client needs an attribute' }, '... with their lines');
    is($run->{count}{new}, 2, '... the others are taken');

    # JSON

    $run = $tools->import_file(join "\n", '{"phone":"380501112236"',
        '[]', '{"phone":380501112236}', '{"phone":"380501112236","name":1}',
        '{"phone":"380501112236","name":"\u0000"}',
        '{"phone":"380501112236","sex":"x"}',
        '{"phone":"380501112236","phone":"380501112236"}', 'null',
        qq({"phone":"380501112236","name":"\xff"}), '{"name":"x"}',
        '{"phone":"380501112236","bonus":1e400}');
    is_deeply(refusals($run), {
        map({ $_ => 'the line is not a JSON object' } 1, 2, 8),
        3 => 'phone must be a string', 4 => 'name must be a string',
        5 => 'the line holds U+0000', 6 => 'sex must be male or female',
        7 => 'phone is given twice', 9 => 'name is not valid UTF-8',
        10 => 'phone is missing', 11 => 'bonus must be a number' },
        'bad lines of JSON');
}


sub test_refused_file {
    my $bad = "phone,name\n380,x\n";
    my $path = $tools->dir . '/no';

    my $run = $tools->import_file($bad, '--refused', $path);
    is(slurp($path), "line,reason,phone,name\n"
        . "2,\"phone must be 380 and 9 digits\",380,x\n",
        '--refused');
    like($run->{out}, qr/^refused +1 \(\Q$path\E\)$/m, '... it is named');

    $tools->import_file("phone,name\n$phone,x\n", '--refused', $path);
    ok(!-e $path, 'nothing refused: no file of an earlier run stays');

    symlink '/dev/null', $path;
    $tools->import_ok('a link to a device', "phone,name\n$phone,x\n", '-o', $path);
    ok(-l $path, '... stays');

    failed('a file that cannot be written', qr/cannot write ".*\/none\/x": /,
        $bad, '--refused', $tools->dir . '/none/x');

    $run = $tools->import_file({ stdin => "phone,name\n" . "380,x\n" x 30 });
    is($run->{status}, 1, 'standard input: there is no file');
    is(() = $run->{err} =~ /^polycard-import: line \d+: phone must/mg, 20,
        '... the first 20 are said');
    is($run->{count}{refused}, 30, '... all are counted');

    # a name that is another one's descriptor: no list is written in /dev

    for my $from ('/dev/stdin', '/dev/fd/0', '/proc/self/fd/0') {
        for my $kind (qw( stdin pipe )) {
            $run = $tools->import_file({ $kind => "phone,name\n$phone,x\n380,x\n" },
                $from);
            is($run->{status}, 1, "$from, $kind");
            like($run->{err}, qr/^polycard-import: line 3: phone must/m,
                '... what is refused is said');
            is($run->{count}{records}, 2, '... the others are imported');
            ok(!-e "$from.refused.csv", '... no list beside it');
        }
    }
}


# Whatever is too long is refused by itself

sub test_sizes {
    $redis->flushall;

    my $long = 'x' x 10_000_000;
    my $run = $tools->import_file("phone,name\n$phone,$long\n"
        . "380501112233,\"$long\n\"\n380501112234,x\n");

    my $reason = 'the record is longer than 65536 bytes';

    is_deeply(refusals($run), { 2 => $reason, 3 => "$reason (lines 3 to 4)" },
        'lines of 10 MB');
    is($run->{count}{new}, 1, '... what follows is taken');

    $run = $tools->import_file(qq({"phone":"$phone","name":"$long"}\n)
        . qq({"phone":"$phone","name":"x"}\n));
    is_deeply(refusals($run), { 1 => 'the record is longer than 65536 bytes' },
        'a line of 10 MB of JSON');
    is($run->{count}{new}, 1, '... what follows is taken');

    $run = $tools->import_file(qq([{"phone":"$phone","name":"$long"},\n)
        . qq({"phone":"380501112235","name":"x"}]\n));
    is_deeply([ values %{ refusals($run) } ],
        [ 'the record is longer than 65536 bytes' ], 'an array likewise');
    is($run->{count}{new}, 1, '... what follows is taken');

    failed('a header of 10 MB', qr/cannot be read: the record is longer/,
        $long);

    $run = $tools->import_file("phone,name\n$phone,x\n380501112233,\"x\n"
        . "380501112234,x\n");
    is_deeply(refusals($run), { 3 => 'a quote is not closed (lines 3 to 4)' },
        'a quote that is not closed');
}


sub test_empty {
    $redis->flushall;

    failed('an empty file', qr/" is empty$/m, '');
    failed('empty standard input', qr/"standard input" is empty$/m,
        { stdin => '' });
    failed('blank lines', qr/" is empty$/m, "\n \r\n");
    failed('a byte order mark alone', qr/" is empty$/m, "\xef\xbb\xbf");
    failed('no file', qr{cannot read "/none": No such file},
        { file => '/none' });
    failed('a folder', qr/cannot read ".*": Is a directory/,
        { file => $tools->dir });

    my $run = $tools->import_ok('a header only', "phone,name\n");
    my $new = qr/has no market "polycard:.*" yet: it is new, or its name is/;

    is($run->{count}{records}, 0, '... no records');
    like($run->{err}, $new, '... of an unknown market');

    $run = $tools->import_ok('a market that is new', "phone,name\n$phone,x\n");
    like($run->{err}, $new, '... which is said');
    $run = $tools->import_ok('one that is known', "phone,name\n$phone,x\n");
    unlike($run->{err}, $new, '... it is said no more');
}


# Without a Redis

sub test_dry_run {
    $redis->flushall;

    my $run = $tools->run("phone,sex\n$phone,male\n$phone,x\n",
        tool('import'), '--dry-run', '--redis', 'unix:/none');

    is($run->{status}, 1, '--dry-run needs neither market nor Redis');
    like($run->{err}, qr/line 3: sex must be male or female/, '... it checks');
    unlike($run->{out}, qr/^new/m, '... and tells of no new ones');

    $run = $tools->import_file("phone,name,sex\n" . join('', map {
        "06711122$_,a\x{e2}\x{80}\x{ae}b,ч\n" } 10 .. 14), '-t');
    is_deeply([ $redis->keys('*') ], [], '... and writes nothing');
    is_deeply([ $run->{out} =~ /^as stored +(.*)$/mg ], [ map {
        "phone=3806711122$_, name=a\\u202eb, sex=male" } 10 .. 12 ],
        '... the first three records are shown');
    unlike($tools->import_file("phone,name\n$phone,x\n", '-t', '-q')->{out},
        qr/./, '... not with --quiet');
}
