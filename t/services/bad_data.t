# Bad stored data never makes a bad answer: valid JSON of the contract's
# types, or the record is left out (contract B3, B4, B21, B23)

use strict;
use warnings;
use utf8;

use lib 't/lib';

use Encode qw( encode );

use Polycard::Test;
use Polycard::HTTP;
use Polycard::Shop;

# what is written past the functions stays as it is: nobody takes it in

my $shop = Polycard::Shop->new(market => { emitter => 'off' });
my $redis = $shop->client;
my $phone = '380671112233';
my $client = $shop->key("client:$phone");

sub show { $shop->get('getClient', phone => $_[0] || $phone) }
sub page { $shop->get('getClients', @_) }


# the record alone in Redis, as somebody wrote it

sub store {
    my (%fields) = @_;

    $redis->flushdb;
    $shop->set_raw($phone, 1, map { ref $_ ? $$_ : encode('UTF-8', $_) }
        %fields);
}


# getClient and getClients show the same record

sub is_shown {
    my ($typed, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    is_record(show(), { phone => "string:$phone", barcode => 'string:1',
                        %$typed }, $what);
    is(page()->body, '[' . show()->body . ']', '... in a page too');
}


sub is_left_out {
    my ($what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    is_nok(show(), 404, qr/client/, "$what: not a client");
    is(page()->body, '[]', '... left out of a page');
    is(page()->header('X-Total-Count'), 1, '... and counted');
}


# amounts

for my $case ([ '0.30000000000000004', '0.3' ], [ '12550.000000001', '12550' ],
    [ '-0', '0' ], [ '1e3', '1000' ], [ '99.999', '100' ], [ '0.004', '0' ],
    [ '-0.005', '-0.01' ], [ '9999999999999.99', '9999999999999.99' ])
{
    my ($stored, $shown) = @$case;

    store(barcode => 1, bonus => $stored, discount => $stored);
    is_shown({ bonus => "number:$shown", discount => "number:$shown" },
        "an amount of $stored");
}

for my $wrong ('0x10', 'inf', '-inf', 'Infinity', 'nan', '-nan', '1e400',
    '1e15', '10000000000000.5', '+5', ' 5', '5 ', '5,5', '1.', '.5', '05',
    '1_000', '1e', '--1', '1-1', '{}', '"5"', 'null', '٣', "5\n", '9' x 400,
    '1' . '0' x 100000, \"5\0", \"\xff")
{
    my $name = ref $wrong ? url_encode($$wrong) : url_encode(substr $wrong,
        0, 20);

    store(barcode => 1, bonus => $wrong, discount => $wrong,
        loyalty_group_id => $wrong, name => 'Olha');
    is_shown({ name => 'string:Olha' }, "no amount and no group: $name");
}


# whole numbers, days, words

for my $wrong ('1.5', '-1', '9007199254740992', '99999999999999999999',
    '1e2', 'gold')
{
    store(barcode => 1, loyalty_group_id => $wrong);
    is_shown({}, "no group: $wrong");
}

for my $wrong ('19991301', '19990230', '19000229', '1999-01-02', '02.01.1999',
    '990102', '199901020', '00000101', '19990100', 'yesterday', '١٩٩٩٠١٠٢')
{
    store(barcode => 1, birthday => $wrong);
    is_shown({}, 'no birthday: ' . url_encode($wrong));
}

for my $wrong ('m', 'Male', 'FEMALE', 'other', 'male ', '1', \"male\0") {
    store(barcode => 1, sex => $wrong);
    is_shown({}, 'no sex: ' . url_encode(ref $wrong ? $$wrong : $wrong));
}


# text

store(barcode => 1, surname => 'x' x 100_000, name => 'ї' x 100_000,
    middlename => "\"\\\n" x 40_000, email => '😀' x 300);
is_shown({ surname => 'string:' . 'x' x 255, name => 'string:' . 'ї' x 255,
           middlename => 'string:' . "\"\\\n" x 85,
           email => 'string:' . '😀' x 255 },
    'text of 100 kB is cut at 255 characters');

store(barcode => 1, name => join '', map { chr } 0 .. 31, 127 .. 160, 0x2028,
    0x2029, 0xfeff);
is_shown({ name => 'string:' . join '', map { chr } 0 .. 31, 127 .. 160,
           0x2028, 0x2029, 0xfeff }, 'control characters');
unlike(show()->body, qr/[\x00-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]/,
    '... come out escaped');

for my $case (
    [ "\xff", "\x{fffd}" ],
    [ "Andr\xe9", "Andr\x{fffd}" ],
    [ "a\xffb\xfec", "a\x{fffd}b\x{fffd}c" ],
    [ "a\xd1", "a\x{fffd}" ],
    [ "\xd1a", "\x{fffd}a" ],
    [ "\x80", "\x{fffd}" ],
    [ "\xe2\x82", "\x{fffd}" ],
    [ "\xe2\x82\"", "\x{fffd}\"" ],
    [ "\xf0\x9f\x98\\", "\x{fffd}\\" ],
    [ "\xc0\xaf", "\x{fffd}\x{fffd}" ],
    [ "\xed\xa0\x80", "\x{fffd}\x{fffd}\x{fffd}" ],
    [ "\xf4\x90\x80\x80", "\x{fffd}\x{fffd}\x{fffd}\x{fffd}" ],
    [ "\xff" x 300, "\x{fffd}" x 255 ],
    [ "<script>\xff</script>", "<script>\x{fffd}</script>" ])
{
    my ($stored, $shown) = @$case;

    store(barcode => 1, name => \$stored);
    is_shown({ name => "string:$shown" },
        'broken UTF-8: ' . url_encode(substr $stored, 0, 8));
}

store(barcode => 1, name => 'Olha', nickname => 'Olya', 'phone' => '1',
    id => 'x', Name => 'x', '' => 'x');
is_shown({ name => 'string:Olha' }, 'fields that are no attributes');


# without a barcode, or with one that is none

for my $case ([ 'no barcode' ], [ 'an empty barcode', '' ],
    [ 'a barcode of no UTF-8', \"1\xff" ], [ 'a barcode with NUL', \"1\0" ],
    [ 'a barcode with a new line', "1\n2" ],
    [ 'a barcode of white space', " \n" ],
    [ 'a barcode of 256 characters', '1' x 256 ],
    [ 'a barcode of 100 kB', '1' x 100_000 ])
{
    my ($what, @barcode) = @$case;

    store(name => 'Olha', map { (barcode => $_) } @barcode);
    is_left_out($what);
}

store(barcode => 'ї' x 255);
is(show()->json->{barcode}, 'ї' x 255, 'a barcode of 255 letters is one');


# keys of a wrong type

for my $case ([ 'string', set => 'Halyna' ], [ 'list', rpush => 'a', 'b' ],
    [ 'set', sadd => 'a' ], [ 'zset', zadd => 1, 'a' ],
    [ 'stream', xadd => '*', 'a', 'b' ])
{
    my ($type, $command, @arguments) = @$case;

    store(barcode => 1);
    $redis->del($client);
    $redis->$command($client, @arguments);
    is_left_out("a client that is a $type");

    my $digest = $shop->digest;

    is_nok($shop->add({ phone => $phone }), 409, qr/./,
        '... addClient does not touch it');
    is($shop->digest, $digest, '... and nothing else');
}

# whatever key of ours is of a wrong type: an error, and nothing changed

for my $case (
    [ 'clients', qw( getClients addClient ) ],
    [ 'groups', 'getGroups' ],
    [ 'barcodes:233', 'addClient' ],
    [ 'barcodes:015', 'addClient' ],
    [ 'added:233', 'addClient' ],
    [ 'shadow:233', 'addClient' ],
    [ 'seq:id', 'addClient' ],
    [ 'seq:position', 'addClient' ],
    [ 'seq:card', 'addClient' ],
    [ 'registered', 'addClient' ])
{
    my ($name, @services) = @$case;

    # an EAN-13 number, or the phone: with that every key is in play

    my $cards = $name eq 'barcodes:233' ? 'phone' : 'ean13 prefix=20';

    for my $service (@services) {
        $redis->flushdb;
        $redis->rpush($shop->key($name), 'junk');
        $shop->reload(card_numbers => $cards)
            if $shop->{market}{card_numbers} ne $cards;

        my $digest = $shop->digest;
        my $answer = $service eq 'addClient'
            ? $shop->add({ phone => $phone }) : $shop->get($service);

        is_nok($answer, 503, qr/./, "$name is a list: $service fails");
        is($shop->digest, $digest, '... nothing has changed');
    }
}

for my $counter (qw( seq:id seq:position seq:card )) {
    for my $junk ('many', '-5', '1.5', '9007199254740991',
        '99999999999999999999')
    {
        $redis->flushdb;
        $redis->set($shop->key($counter), $junk);

        my $digest = $shop->digest;

        is_nok($shop->add({ phone => $phone }), 503, qr/./,
            "$counter is $junk: addClient fails");
        is($shop->digest, $digest, '... nothing has changed');
    }
}

store(barcode => 1);
$redis->set($shop->key('barcodes:1'), 'junk');
is_nok($shop->get('getClient', barcode => '1'), 404, qr/client/,
    'a bucket of the index that is no hash');
is(show()->status, 200, '... does not matter to who asks by phone');


# junk in the index of clients

$redis->flushdb;

my @real = map { 380670000000 + $_ } 1 .. 6;

$shop->put($_, barcode => $_) for @real;
$redis->zadd($shop->key('clients'), -3, 'junk', 1.5, '380', 2.5, '',
    2.6, "\xff\0\n", 3.5, 'x' x 100_000, '-inf', '{"a":1}', 1e300, 'big',
    '+inf', 'inf', 4.5, '3806700000001', 5.5, '+38067000000');

is_deeply([ map { $_->{phone} } @{ page()->json } ], \@real,
    'members that are no phones are passed over');

for my $limit (1, 2, 3, 100) {
    my %seen;
    my $pages = 0;
    my $answer = page(limit => $limit);

    while ($answer->status == 200 && ++$pages < 50) {
        $seen{$_->{phone}}++ for @{ $answer->json };

        my ($path) = ($answer->header('Link') || '') =~ /^<(.*)>/ or last;

        $answer = http_get($shop->nginx, $path);
    }

    ok($answer->status == 200 && $pages < 50,
        "a walk in steps of $limit comes to its end");
    is_deeply(\%seen, { map { $_ => 1 } @real }, '... sees each once');
}


# broken, then whole again

$shop->flush;
$shop->set_raw($phone, 1, name => 'Olha', barcode => 1);
$redis->hdel($client, 'barcode');
is_left_out('the barcode is lost');
is($shop->add({ phone => $phone, name => 'Other' })->status, 200,
    'addClient gives a card to who lacks only that');
is(show()->json->{name}, 'Olha', '... the rest stays');

is(scalar(grep { /Halyna|Olha|38067/ } $shop->nginx->log_lines), 0,
    'nothing of the data is in the log');

finish();
