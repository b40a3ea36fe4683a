# addClient: three encodings of a body with one outcome; what is accepted, what
# is refused, and why (contract B5, B6)

use strict;
use warnings;
use utf8;

use lib 't/lib';

use Encode qw( encode );

use Polycard::Test;
use Polycard::Bodies;
use Polycard::HTTP;
use Polycard::Shop;

my $shop = Polycard::Shop->new(market => { card_numbers => 'phone' });

my $url = '/api/v1/web_service/addClient';
my $phone = '380671112233';


sub post {
    my ($type, $body, %option) = @_;

    return http_post($shop->nginx, delete $option{path} || $url,
        defined $type ? (type => $type) : (), body => $body, %option);
}


# what one encoding leads to from an empty Redis: the answer and the hash. nginx
# remembers which ids were given before: any is as good as the first

sub outcome {
    my ($encoding, @pairs) = @_;

    $shop->flush;

    my $answer = post($TYPE{$encoding}, $BODY_OF{$encoding}->(@pairs));
    my $stored = $shop->stored($phone);

    $stored->{id} = 1 if ($stored->{id} || '') =~ /^[1-9]\d*$/;

    return { status => $answer->status,
             body => $answer->body =~ s/"id":[1-9]\d*/"id":1/r,
             stored => $stored };
}


# the same in all three encodings; returns the common outcome

sub same {
    my ($what, @pairs) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $json = outcome('json', @pairs);

    is_deeply(outcome('form', @pairs), $json, "$what: form as JSON");
    is_deeply(outcome('multipart', @pairs), $json, "$what: multipart as JSON");

    return $json;
}


# Bodies that are accepted, and what is stored

my $long = 'ї' x 255;

for my $case (
    [ 'a phone alone', {} ],
    [ 'every attribute', { surname => 'Шевченко', name => 'Ольга',
        middlename => 'Іванівна', email => 'o@example.com', sex => 'female',
        birthday => '19840229', bonus => '12550.5', discount => '7.5',
        loyalty_group_id => '3' } ],
    [ 'signs of all encodings', { name => '&=%+;"\\/<> --\'#?*,' } ],
    [ 'escapes that are none', { name => '%41 \u0041 =?utf-8?Q?a?=' } ],
    [ 'spaces around', { name => '  Olha  ' } ],
    [ 'four bytes a character', { name => '😀👍🏽' } ],
    [ '255 letters of two bytes', { surname => $long, name => $long,
        middlename => $long, email => $long } ],
    [ 'HTML', { name => '<b>&amp;</b>' } ],
    [ 'group 0', { loyalty_group_id => '0', bonus => '0' } ],
    [ 'a greatest group', { loyalty_group_id => '9007199254740991' } ],
    [ 'a leap day', { birthday => '20000229', sex => 'male' } ])
{
    my ($what, $client) = @$case;

    my %bytes = map { $_ => encode('UTF-8', $client->{$_}) } keys %$client;
    my $got = same($what, phone => $phone, %bytes);

    is_deeply($got, { status => 200,
        body => "{\"status\":\"OK\",\"id\":1,\"code\":\"$phone\"}",
        stored => { %bytes, id => 1, barcode => $phone } },
        '... accepted and stored as it is');
}

for my $case ([ '12.50', '12.5' ], [ '1e3', '1000' ], [ '1.5E2', '150' ],
    [ '-0', '0' ], [ '0.30000000000000004', '0.3' ], [ '-7.005', '-7.01' ],
    [ '100.00', '100' ], [ '9999999999999.99', '9999999999999.99' ])
{
    my ($sent, $stored) = @$case;

    is(same("a bonus of $sent", phone => $phone, bonus => $sent)
        ->{stored}{bonus}, $stored, "... is stored as $stored");

    is(post($TYPE{json}, "{\"phone\":\"380500000001\",\"bonus\":$sent}")
        ->status, 200, "... and taken as a number of JSON");
    is($shop->stored('380500000001')->{bonus}, $stored, '... the same');
}

is_deeply(same('empty values', phone => $phone,
    map { $_ => '' } qw( surname name middlename email sex birthday barcode
                         bonus discount loyalty_group_id ))->{stored},
    { id => 1, barcode => $phone }, '... are as not given');
is_deeply(same('unknown attributes', phone => $phone, id => '77',
    code => 'x', status => 'NOK', Name => 'x', names => 'x', token => 'x',
    x => '')->{stored}, { id => 1, barcode => $phone }, '... are ignored');


# Bodies that are refused: the error names the attribute

for my $case (
    [ 'no phone', 'phone', phone => undef ],
    [ 'an empty phone', 'phone', phone => '' ],
    [ 'a short phone', 'phone', phone => '38067111223' ],
    [ 'a long phone', 'phone', phone => '3806711122334' ],
    [ 'a plus before the phone', 'phone', phone => '+380671112233' ],
    [ 'a space behind the phone', 'phone', phone => '380671112233 ' ],
    [ 'a phone of another country', 'phone', phone => '481671112233' ],
    [ '256 characters', 'surname', surname => 'x' x 256 ],
    [ '256 letters of two bytes', 'name', name => encode('UTF-8', 'ї' x 256) ],
    [ '10,000 characters', 'email', email => 'x' x 10000 ],
    [ 'a new line', 'middlename', middlename => "a\nb" ],
    [ 'a tab', 'name', name => "a\tb" ],
    [ 'DEL', 'name', name => "a\x7f" ],
    [ 'a C1 control', 'name', name => "a\xc2\x85b" ],
    [ 'a byte of no UTF-8', 'name', name => "a\xff" ],
    [ 'Latin-1', 'name', name => "Andr\xe9" ],
    [ 'an overlong sequence', 'email', email => "\xc0\xaf" ],
    [ 'a surrogate', 'email', email => "\xed\xa0\x80" ],
    [ 'beyond Unicode', 'email', email => "\xf4\x90\x80\x80" ],
    [ 'a cut sequence', 'email', email => "a\xd1" ],
    [ 'sex', 'sex', sex => 'm' ],
    [ 'sex in upper case', 'sex', sex => 'MALE' ],
    [ 'a month 13', 'birthday', birthday => '19991301' ],
    [ 'no leap day', 'birthday', birthday => '19000229' ],
    [ 'a day with points', 'birthday', birthday => '01.02.1999' ],
    [ 'a short day', 'birthday', birthday => '990102' ],
    [ 'hexadecimal', 'bonus', bonus => '0x10' ],
    [ 'infinity', 'bonus', bonus => 'inf' ],
    [ 'NaN', 'discount', discount => 'nan' ],
    [ 'too great', 'bonus', bonus => '1e400' ],
    [ 'a comma', 'discount', discount => '7,5' ],
    [ 'a plus', 'bonus', bonus => '+5' ],
    [ 'a space', 'bonus', bonus => ' 5' ],
    [ 'words', 'loyalty_group_id', loyalty_group_id => 'gold' ],
    [ 'a fraction', 'loyalty_group_id', loyalty_group_id => '1.5' ],
    [ 'a sign', 'loyalty_group_id', loyalty_group_id => '-1' ],
    [ 'a zero before', 'loyalty_group_id', loyalty_group_id => '01' ],
    [ 'too great a number', 'loyalty_group_id',
        loyalty_group_id => '9007199254740992' ],
    [ 'a card number', 'barcode', barcode => '2000000000015' ])
{
    my ($what, $name, $field, $value) = @$case;

    my @pairs = defined $value ? ($field => $value) : ();
    unshift @pairs, phone => $phone if $field ne 'phone';

    my $got = same("$what in $field", @pairs);

    is($got->{status}, 400, '... refused');
    like($got->{body}, qr/\A\{"status":"NOK","error":"$name /,
        '... the error names it');
    is_deeply($got->{stored}, {}, '... nothing is stored');
}

my $both = same('the phone twice', phone => $phone, phone => $phone);

like("$both->{status} $both->{body}", qr/^400 .*"error":"phone .*twice/,
    '... refused');
is(same('a name twice', phone => $phone, name => '', name => 'Olha')
    ->{status}, 400, '... refused, even where one is empty');
is(same('an unknown attribute twice', phone => $phone, x => 1, x => 2)
    ->{status}, 200, '... does not matter');


# JSON alone

$shop->flush;

for my $body ('', '{', '[]', '"x"', 'null', '1', '{}x', '{} {}',
    '{"phone":"380671112233"', '{"phone":"380671112233",}',
    '{phone:"380671112233"}', "{'phone':'380671112233'}",
    '[{"phone":"380671112233"}]', '{"phone":"380671112233"}]',
    '{"phone":"380671112233","name":"a' . "\0" . '"}',
    '{"phone":"380671112233","name":"a\u0000"}',
    '{"phone":"380671112233","name":"\ud800"}',
    '{"phone":"380671112233","name":"\uZZZZ"}',
    '{"phone":"380671112233","bonus":01}',
    '{"phone":"380671112233","bonus":NaN}',
    '{"phone":"380671112233","bonus":Infinity}',
    '{"phone":"380671112233","x":' . '[' x 5000 . ']' x 5000 . '}',
    'phone=380671112233')
{
    is_nok(post($TYPE{json}, $body), 400, qr/./,
        'JSON that is refused: ' . substr url_encode($body), 0, 50);
}

for my $case (
    [ 'phone', '"phone":380671112233' ],
    [ 'phone', '"phone":["380671112233"]' ],
    [ 'phone', '"phone":{"phone":"380671112233"}' ],
    [ 'phone', '"phone":null' ],
    [ 'phone', '"phone":true' ],
    [ 'name', '"phone":"380671112233","name":7' ],
    [ 'name', '"phone":"380671112233","name":{}' ],
    [ 'sex', '"phone":"380671112233","sex":true' ],
    [ 'bonus', '"phone":"380671112233","bonus":[1]' ],
    [ 'bonus', '"phone":"380671112233","bonus":false' ],
    [ 'bonus', '"phone":"380671112233","bonus":1e400' ],
    [ 'loyalty_group_id', '"phone":"380671112233","loyalty_group_id":1.5' ],
    [ 'birthday', '"phone":"380671112233","birthday":19840229' ])
{
    my ($name, $members) = @$case;

    is_nok(post($TYPE{json}, "{$members}"), 400, qr/^$name /,
        "types: {$members}");
}

is_deeply({ $shop->client->hgetall($shop->key("client:$phone")) }, {},
    'nothing of all that is stored');

is(post($TYPE{json}, " \r\n\t{ \"\\u0070hone\" : \"\\u003380671112233\",\n"
    . '"name":"\u041e\u043b\u044c\u0433\u0430 \ud83d\ude00 \/ \"\\\\",'
    . '"surname":null, "bonus" : -1.5e1 , "x":{"phone":"1","bonus":7},'
    . '"y":[1,{"bonus":8}],"discount":2.50 } ')->status, 200,
    'white space, escapes, null, nested strangers');
is_deeply({ %{ $shop->stored($phone) }, id => 1 }, { id => 1,
    barcode => $phone, name => encode('UTF-8', 'Ольга 😀 / "\\'), bonus => '-15',
    discount => '2.5' }, '... and what is stored');


# forms alone

sub form_stored {
    my ($body) = @_;

    $shop->flush;

    my $answer = post($TYPE{form}, $body);

    return $answer->status == 200 ? $shop->stored($phone)->{name}
        : $answer->status . ' ' . $answer->json->{error};
}


is(form_stored("phone=$phone&name=a+b%2Bc%20d"), 'a b+c d', 'plus and %');
is(form_stored("&&ph%6Fne=$phone&name=a=b&"), 'a=b', 'empty pairs, =');
like(form_stored("phone=$phone&name=%4"), qr/^400 name /, 'a cut escape');
like(form_stored("phone=$phone&name=%g0"), qr/^400 name /, 'a wrong escape');
like(form_stored("phone=$phone&name=%00"), qr/^400 name /, 'a NUL');
is(form_stored("phone=$phone&name=" . encode('UTF-8', 'Ї')),
    encode('UTF-8', 'Ї'), 'UTF-8 without escapes');
like(form_stored(''), qr/^400 phone /, 'an empty form');
like(form_stored("phone=$phone;name=x"), qr/^400 phone /,
    'a semicolon parts nothing');


# multipart alone

sub multipart_stored {
    my ($body, $type) = @_;

    $shop->flush;

    my $answer = post($type || $TYPE{multipart}, $body);

    return $answer->status == 200 ? $shop->stored($phone)->{name}
        : $answer->status . ' ' . $answer->json->{error};
}

sub part {
    my ($headers, $value) = @_;

    return "--$BOUNDARY\r\n$headers\r\n\r\n$value\r\n";
}

my $of = 'Content-Disposition: form-data; name=';
my $first = part("$of\"phone\"", $phone);
my $end = "--$BOUNDARY--\r\n";

is(multipart_stored("preamble\r\n$first"
    . part("content-disposition:form-data;name=name\r\n"
           . 'Content-Type: text/plain; charset=utf-8', 'Olha')
    . "${end}epilogue"), 'Olha', 'headers in other forms');
is(multipart_stored($first . part("$of\"name\"; filename=\"x.txt\"", 'Olha')
    . $end), 'Olha', 'a file name does not matter');
is(multipart_stored($first . part("$of\"name\"", "--$BOUNDARY-x") . $end),
    "--$BOUNDARY-x", 'almost a boundary');
is(multipart_stored(multipart_body(phone => $phone, name => 'Olha'),
    "Multipart/Form-Data;charset=UTF-8; Boundary=\"$BOUNDARY\""), 'Olha',
    'a quoted boundary, other parameters');
like(multipart_stored($first), qr/^400 /, 'without an end');
like(multipart_stored(substr $first, 0, 40), qr/^400 /, 'cut off');
like(multipart_stored(''), qr/^400 /, 'empty');
like(multipart_stored($end), qr/^400 phone /, 'no part');
like(multipart_stored("$first$end", 'multipart/form-data'),
    qr/^400 .*boundary/, 'no boundary');
like(multipart_stored("$first$end", 'multipart/form-data; boundary=other'),
    qr/^400 /, 'another boundary');
like(multipart_stored($first . part('Content-Type: text/plain', 'x') . $end),
    qr/^400 /, 'a part without a name');


# attributes are read from the body alone

for my $body ('{}', "{\"name\":\"$phone\"}") {
    is_nok(post($TYPE{json}, $body, query => { phone => $phone }), 400,
        qr/^phone/, 'a phone in the query is none');
}


finish();
