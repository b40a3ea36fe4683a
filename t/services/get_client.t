# getClient: one client by phone or by card number (contract A1, B1,
# B3, B4, B7)

use strict;
use warnings;
use utf8;

use lib 't/lib';

use Encode qw( encode );

use Polycard::Test;
use Polycard::HTTP;
use Polycard::Shop;

my $shop = Polycard::Shop->new;
my $phone = '380671112233';

sub by_phone   { $shop->get('getClient', phone => $_[0]) }
sub by_barcode { $shop->get('getClient', barcode => $_[0]) }
sub query      { $shop->get_raw('getClient', $_[0]) }


# the record and its types

$shop->put($phone, map { encode('UTF-8', $_) }
    surname => 'Шевченко', name => "Ол'га \"Оля\"", middlename => 'Іванівна',
    email => 'olha@example.com', sex => 'female', birthday => '19840229',
    barcode => '2000000000015', bonus => '12550.5', discount => '7.5',
    loyalty_group_id => '3', id => '17');

is_record(by_phone($phone), {
    phone            => 'string:380671112233',
    surname          => 'string:Шевченко',
    name             => "string:Ол'га \"Оля\"",
    middlename       => 'string:Іванівна',
    email            => 'string:olha@example.com',
    sex              => 'string:female',
    birthday         => 'string:19840229',
    barcode          => 'string:2000000000015',
    bonus            => 'number:12550.5',
    discount         => 'number:7.5',
    loyalty_group_id => 'number:3',
}, 'all of table 1, numbers as numbers; the id is no attribute');

$shop->put('380500000001', barcode => '2');

is_record(by_phone('380500000001'),
    { phone => 'string:380500000001', barcode => 'string:2' },
    'attributes without a value are left out');

$shop->client->hset($shop->key('client:380500000001'), name => '',
    bonus => '', email => '', sex => '', loyalty_group_id => '');

is_record(by_phone('380500000001'),
    { phone => 'string:380500000001', barcode => 'string:2' },
    'stored empty values are left out');

# stored text, and what stands in the JSON

for my $case (
    [ '12550', '12550' ], [ '0', '0' ], [ '-150', '-150' ], [ '7.50', '7.5' ],
    [ '0.01', '0.01' ], [ '-0.5', '-0.5' ], [ '12550.00', '12550' ],
    [ '9999999999999.99', '9999999999999.99' ], [ '100000', '100000' ])
{
    my ($stored, $shown) = @$case;

    $shop->client->hset($shop->key('client:380500000001'),
        bonus => $stored, discount => $stored);

    my $answer = by_phone('380500000001');

    like($answer->body, qr/"bonus":\Q$shown\E[,}]/,
        "a bonus of $stored is $shown");
    like($answer->body, qr/"discount":\Q$shown\E[,}]/,
        "a discount of $stored is $shown");
}

$shop->client->hset($shop->key('client:380500000001'),
    loyalty_group_id => '0');
like(by_phone('380500000001')->body, qr/"loyalty_group_id":0[,}]/,
    'group 0 is a group');


# phones: 380 and 9 digits, nothing else

is_nok(by_phone('380999999999'), 404, qr/client/, 'nobody has this phone');

for my $wrong ('38067111223', '3806711122333', '481671112233', '0671112233',
    '+380671112233', ' 380671112233', '380671112233 ', "380671112233\n",
    "380671112233\0", '38067111223a', '380-67-1112233', '380671112233,',
    '38067111223٣', '3806711122.3', '3806711122e3', '*', '38067111223*',
    '380671112233/../', 'x' x 4000)
{
    is_nok(by_phone($wrong), 400, qr/^phone/,
        'no phone: ' . substr url_encode($wrong), 0, 40);
}

is(query('phone=%33%38%30671112233')->status, 200, 'a phone in % escapes');
is_nok(query('phone=%3'), 400, qr/^phone/, 'a broken % escape');
is_nok(query('phone=%zz0671112233'), 400, qr/^phone/, 'a wrong % escape');


# which parameter

is_nok(query(''), 400, qr/phone or barcode/, 'no parameter');
is_nok(http_get($shop->nginx, '/api/v1/web_service/getClient'), 400,
    qr/phone or barcode/, 'no query');
is_nok(query('PHONE=380671112233'), 400, qr/phone or barcode/,
    'names are in lower case');
is_nok(query('phone'), 400, qr/^phone/, 'a name alone');
is_nok(query('phone='), 400, qr/^phone/, 'an empty phone');
is_nok(query('barcode='), 400, qr/^barcode/, 'an empty barcode');
is_nok(query("phone=$phone&barcode=2000000000015"), 400, qr/both/,
    'phone and barcode');
is_nok(query("phone=$phone&barcode="), 400, qr/both/,
    'phone and an empty barcode');
is_nok(query("phone=$phone&phone=$phone"), 400, qr/^phone .*twice/,
    'the phone twice');
is_nok(query('barcode=1&barcode=2'), 400, qr/^barcode .*twice/,
    'the barcode twice');
is(query("phone=$phone&x=1&&y")->status, 200,
    'other parameters do not matter');
is(query("&phone=$phone&")->status, 200, 'nor do empty ones');


# card numbers

is_record(by_barcode('2'), by_phone('380500000001')->typed,
    'by barcode it is the same record');
is_nok(by_barcode('3'), 404, qr/client/, 'nobody has this barcode');

my @barcodes = ('7', '77', 'КАРТКА-7', 'Ї', 'a b+c&d=e/f?g%h#i', '€€€',
    '*', '"quoted\\"', '😀', '0', '{shop1}', "'", 'x' x 255, 'ї' x 255);
my $next = 380501000000;

for my $barcode (@barcodes) {
    my $owner = ++$next;

    $shop->put($owner, barcode => encode('UTF-8', $barcode));

    my $answer = by_barcode($barcode);

    is_record($answer,
        { phone => "string:$owner", barcode => "string:$barcode" },
        'barcode ' . substr url_encode($barcode), 0, 30);
}

is_record(query('barcode=a+b%2bc%26d%3De/f?g%25h%23i'),
    { phone => 'string:380501000005', barcode => 'string:a b+c&d=e/f?g%h#i' },
    'a plus is a space, as in forms');
is(query(encode('UTF-8', 'barcode=КАРТКА-7'))->status, 200,
    'UTF-8 without escapes is read too');

is_nok(by_barcode('x' x 256), 400, qr/^barcode/, '256 characters');
is_nok(by_barcode('ї' x 256), 400, qr/^barcode/, '256 letters of two bytes');
is_nok(query('barcode=%ff'), 400, qr/^barcode/, 'a barcode of no UTF-8');
is_nok(query('barcode=%c0%80'), 400, qr/^barcode/, 'an overlong sequence');
is_nok(query('barcode=%ed%a0%80'), 400, qr/^barcode/, 'a surrogate');
is_nok(query('barcode=1%00'), 400, qr/^barcode/, 'a NUL');
is_nok(query('barcode=1%0d%0a2'), 400, qr/^barcode/, 'control characters');


# the index may lag behind the records

$shop->put('380502000001', barcode => 'first');
$shop->put('380502000002', barcode => 'second');

$shop->client->hset($shop->key('client:380502000001'), barcode => 'third');
is_nok(by_barcode('first'), 404, qr/client/,
    'a card that was replaced is not found by its old number');

$shop->client->hset($shop->key('barcodes:rst'), first => '380502000002');
is_nok(by_barcode('first'), 404, qr/client/,
    'nor does an index that points to somebody else show him');
is(by_barcode('second')->json->{phone}, '380502000002',
    'he is found by his own');

$shop->client->del($shop->key('client:380502000002'));
is_nok(by_barcode('second'), 404, qr/client/,
    'a deleted client is not found by his card');

$shop->client->hset($shop->key('barcodes:nil'), nil => 'nobody');
is_nok(by_barcode('nil'), 404, qr/client/, 'an index entry that is no phone');

$shop->put('380502000003', barcode => 'moved');
$shop->put('380502000003', barcode => 'moved2');
is_nok(by_barcode('moved'), 404, qr/client/, 'a card given back');
is(by_barcode('moved2')->status, 200, '... for another');

$shop->call('delete_client', '380502000003');
is_nok(by_phone('380502000003'), 404, qr/client/, 'deleted: not by phone');
is_nok(by_barcode('moved2'), 404, qr/client/, '... and not by barcode');


# a change shows at once

$shop->put($phone, name => 'Anna', bonus => '1', email => '');
is(by_phone($phone)->json->{name}, 'Anna', 'a changed name');
ok(!exists by_phone($phone)->json->{email}, 'a removed e-mail');
$shop->call('change_bonus', $phone, '0.25');
like(by_phone($phone)->body, qr/"bonus":1\.25\b/, 'a changed bonus');

finish();
