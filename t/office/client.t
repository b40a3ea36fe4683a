# The office: a client is read, replaced, patched and deleted (docs/office.md)

use strict;
use warnings;
use utf8;

use lib 't/lib';

use Encode qw( encode );

use Polycard::HTTP;
use Polycard::OfficeShop;
use Polycard::Test;

my $shop = Polycard::OfficeShop->new;
my $phone = '380671112233';
my $path = "clients/$phone";

sub etag { my $etag = $_[0]->header('ETag'); return $etag }

sub with { return headers => [@_] }

sub stored { return $shop->stored($phone) }


# PUT: the whole record

my $answer = $shop->office(PUT => $path, { name => 'Тарас',
    barcode => '4820000000017', bonus => 12550.5, id => 17, sex => 'male' });

is($answer->status, 201, 'PUT creates');
is_deeply($answer->json, { status => 'OK', whole => JSON::MaybeXS::true },
    'and says that the client is one for Polycard');
like(etag($answer), qr/^"[0-9a-f]{32}"$/, 'with an ETag');

my $first = etag($answer);

$answer = $shop->office(GET => $path);

is($answer->status, 200, 'GET');
is_deeply($answer->typed, { phone => "string:$phone", name => 'string:Тарас',
    sex => 'string:male', barcode => 'string:4820000000017',
    bonus => 'number:12550.5', id => 'number:17', whole => 'true' },
    'the record, numbers as numbers, with its id')
    or diag($answer->raw);
is(etag($answer), $first, 'GET has the ETag of PUT');
is_deeply($shop->office(GET => 'clients?barcode=4820000000017')->json,
    $answer->json, 'by card number it is the same');
is($shop->office(HEAD => $path)->status, 200, 'HEAD');
is_error($shop->office(GET => 'clients?barcode=1'), 404, 'no such client',
    'nobody has this card');
is_error($shop->office(GET => 'clients?barcode='), 400, 'barcode is missing',
    'clients without a card number');
is_error($shop->office(GET => 'clients/380671112299'), 404, 'no such client',
    'nobody has this phone');

is($shop->office(PUT => $path, $answer->json)->status, 200,
    'what was read can be put back');
is(etag($shop->office(GET => $path)), $first, '... and changes nothing');

$answer = $shop->office(PUT => $path, { name => 'Марко', barcode => '1' });
is($answer->status, 200, 'PUT changes');
isnt(etag($answer), $first, '... and the ETag');
is_deeply(stored(), { name => encode('UTF-8', 'Марко'), barcode => 1,
    id => 17 }, '... and removes what is not named, but the id');


# PATCH: what is named

is($shop->office(PATCH => $path, { sex => 'female', name => undef })->status,
    200, 'PATCH');
is_deeply(stored(), { barcode => 1, id => 17, sex => 'female' },
    '... sets what is named and removes what is null');

for my $type ('application/merge-patch+json', 'application/json; charset=utf-8')
{
    is($shop->office(PATCH => $path, { name => 'A' }, type => $type)->status,
        200, "PATCH as $type");
}

is($shop->office(PATCH => $path, 'name=Olha&bonus=7.50&sex=',
    type => 'application/x-www-form-urlencoded')->status, 200,
    'PATCH as a form');
is_deeply(stored(), { barcode => 1, id => 17, name => 'Olha', bonus => 7.5 },
    '... an empty value removes');

is($shop->office(PATCH => $path, $_,
    type => 'application/x-www-form-urlencoded')->status, 200,
    "PATCH as a form of nothing: '$_'") for '', '&';
is_error($shop->office(PATCH => $path, " \n",
    type => 'application/x-www-form-urlencoded'), 400,
    qr/^unknown attribute/, '... of blanks');
is_deeply(stored(), { barcode => 1, id => 17, name => 'Olha', bonus => 7.5 },
    '... changes nothing');

$answer = $shop->office(PATCH => $path, { barcode => undef });
is_deeply([ $answer->status, $answer->json ], [ 200, { status => 'OK',
    whole => JSON::MaybeXS::false,
    why => 'barcode is missing or cannot be read' } ],
    'without a card he is none for Polycard');
is($shop->office(PATCH => $path, { barcode => 1 . '' })->status, 200,
    'and with one he is');

$answer = $shop->office(PATCH => 'clients/380500000001', { name => 'New' });
is($answer->status, 201, 'PATCH creates');
ok(!$answer->json->{whole}, '... one without a card');


# a stored value that cannot be read is shown as it is

$shop->client->hset($shop->key("client:$phone"), bonus => '130,75',
    sex => 'x', name => "a\xff\"\\\n");
$answer = $shop->office(GET => $path);
is_deeply([ @{ $answer->json }{qw( bonus sex unreadable whole )} ],
    [ '130,75', 'x', [ 'sex', 'bonus' ], JSON::MaybeXS::true ],
    'it is named') or diag($answer->raw);
is($answer->json->{name}, "a\x{fffd}\"\\\n", 'text comes out as JSON');
is($shop->office(PATCH => $path, { bonus => 1, sex => undef, name => 'B' })
    ->status, 200, 'and is mended');


# all faults at once, in the words of the functions

is_error($shop->office(PUT => $path, '{"sex":"x","bonus":"1,5","nmae":1,'
    . '"birthday":"20230230","name":5,"email":"' . 'x' x 256 . '"}'), 400,
    'unknown attribute nmae; name must be a string; '
    . 'email is longer than 255 characters; sex must be male or female; '
    . 'birthday must be a day as YYYYMMDD; bonus must be a number',
    'six faults');
is_error($shop->office(PATCH => $path, { phone => '380671112299' }), 400,
    'phone is not the one of the path', 'another phone');
is_error($shop->office(PATCH => $path, '{"name":"a","name":"b"}'), 400,
    'name is given twice', 'a name twice');
is_error($shop->office(PATCH => $path, { name => ['a'] }), 400,
    'name must be a string', 'an array');
is_error($shop->office(PATCH => $path, $_), 400,
    'the body is not a JSON object', "no object: '$_'")
    for '', '[]', '{', '{"name":"a"}x', 'null';
is_error($shop->office(PATCH => $path, { "a\n\"<380671112233" x 9 => 1 }), 400,
    qr/^unknown attribute \w{1,32}$/, 'an odd name');
is_error($shop->office(PATCH => $path, {}, type => $_), 415,
    'Content-Type must be application/json, in UTF-8', $_)
    for 'text/plain', 'multipart/form-data; boundary=x',
        'application/json; charset=cp1251';
is_error($shop->office(PUT => $path, {}, type => 'application/merge-patch+json'),
    415, 'Content-Type must be application/json, in UTF-8', 'PUT of a patch');
is_error($shop->office(PATCH => $path, $_,
    type => 'application/x-www-form-urlencoded'), 415,
    'Content-Type must be application/json, in UTF-8', 'JSON that is said to be a form')
    for '{"name":"x"}', " \t\r\n{}", "\xef\xbb\xbf{}", "\x0b[]";
is_error($shop->office(PATCH => $path, { x => 'x' x 70000 }), 413,
    'the body is too large', 'a body of 70 KB');
is_error($shop->office(PUT => 'clients/380500000009', {}), 400,
    'a new client needs an attribute', 'nothing');
is_error($shop->office(PUT => 'clients/380500000009', { barcode => 1 . '' }),
    409, 'barcode is in use by another client', "another one's card");
is_deeply(stored(), { barcode => 1, id => 17, bonus => 1, name => 'B' },
    'nothing of that has changed anything');


# conditions

my $etag = etag($shop->office(GET => $path));

$answer = $shop->office(GET => $path, undef, with('If-None-Match', $etag));
is_deeply([ $answer->status, $answer->body, etag($answer) ],
    [ 304, '', $etag ], 'GET of what the caller knows');
is($shop->office(GET => $path, undef, with('If-None-Match', '"x"'))->status,
    200, '... and of what he does not know');

my $stale = 'the record is not as the condition says';

is($shop->office(GET => $path, undef, with('If-Match', $_))->status, 200,
    "... of what is still $_") for $etag, '*', qq{"x", $etag};
is_error($shop->office(GET => $path, undef, with('If-Match', '"x"')), 412, $stale,
    '... of what is another one');
is_error($shop->office(GET => 'clients/380500000008', undef,
    with('If-Match', '*')), 404, 'no such client', '... of nobody');

for my $case (
    [ 'If-Match', $etag, 200 ],
    [ 'If-Match', qq{"x", W/$etag}, 200 ],
    [ 'If-Match', $etag =~ tr/"//dr, 200 ],
    [ 'If-Match', '*', 200 ],
    [ 'If-Match', '"x"', 412, $stale ],
    [ 'If-Match', '"' . 'a' x 32 . '"', 412, $stale ],
    [ 'If-None-Match', '*', 412, $stale ],
    [ 'If-Match', '"', 400, 'If-Match takes ETags or *, If-None-Match only *' ],
    [ 'If-None-Match', $etag, 400,
      'If-Match takes ETags or *, If-None-Match only *' ])
{
    my ($name, $value, $status, $error) = @$case;
    my $answer = $shop->office(PATCH => $path, { name => 'B' },
        with($name, $value));

    is($answer->status, $status, "PATCH $name: $value") if !$error;
    is_error($answer, $status, $error, "PATCH $name: $value") if $error;
}

is($shop->office(PUT => 'clients/380500000005', { barcode => '5' },
    with('If-None-Match', '*'))->status, 201, 'PUT of one who is not there');
is_error($shop->office(DELETE => $path, undef, with('If-Match', '"x"')), 412,
    $stale, 'DELETE of another record');
is_error($shop->office(PATCH => 'clients/380500000008', { name => 'A' },
    with('If-Match', '*')), 412, $stale, 'PATCH of one who must be there');


# DELETE

is_deeply($shop->office(DELETE => $path)->json, { status => 'OK' }, 'DELETE');
is_error($shop->office(DELETE => $path), 404, 'no such client', '... once');
is_error($shop->office(GET => $path), 404, 'no such client', '... is gone');

$shop->client->set($shop->key("client:$phone"), 'x');
is_error($shop->office($_ => $path, $_ eq 'GET' ? undef : { name => 'A' }),
    409, 'the record of this phone is not a hash', "$_ of no hash")
    for qw( GET PUT PATCH );
is($shop->office(DELETE => $path)->status, 200, 'DELETE of no hash');

finish();
