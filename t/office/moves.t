# The office: a new phone, two records of one client, cards, a client who wants to
# be forgotten, and groups (docs/office.md)

use strict;
use warnings;

use lib 't/lib';

use Polycard::HTTP;
use Polycard::OfficeShop;
use Polycard::Test;

my $shop = Polycard::OfficeShop->new;
my ($phone, $new, $other) = qw( 380671112233 380671112299 380671112244 );

sub post {
    my ($path, $body, @headers) = @_;

    return $shop->office(POST => "clients/$path", $body, headers => [@headers]);
}

sub done {
    my ($answer, $json, $what) = @_;

    is_deeply([ $answer->status, $answer->typed ],
        [ 200, { status => 'string:OK', %$json } ], $what)
        or diag($answer->raw);

    return $answer;
}

sub etag { return $_[0]->header('ETag') // 'none' }

sub current { return etag($shop->office(GET => "clients/$_[0]")) }


# a new phone

$shop->put($phone, barcode => 'a', bonus => 50, id => 7);
$shop->put($other, barcode => 'b', bonus => 10.5);

my $answer = done(post("$phone/move", { phone => $new }),
    { phone => "string:$new" }, 'moved');

is(etag($answer), current($new), '... with the ETag');
is_deeply($shop->stored($new), { barcode => 'a', bonus => 50, id => 7 },
    '... the whole record');
is_error(post("$phone/move", { phone => $new }), 404, 'no such client',
    '... once');
is_error(post("$new/move", { phone => $other }), 409,
    'another client has the new phone', 'to a number that is taken');
is_error(post("$new/move", { phone => $new }), 400, 'the phones are the same',
    'to his own');
is_error(post("$new/move", { phone => '0671112233' }), 400,
    'phone must be 380 and 9 digits', 'to none');
is_error(post("$new/move", {}), 400, 'phone is missing', 'to nowhere');
is_error(post("$new/move", { phone => $phone }, 'If-Match', '"x"'), 412,
    'the record is not as the condition says', 'another record');


# two records of one client

$answer = done(post("$new/merge", { from => $other }),
    { total => 'number:60.5' }, 'merged');
is(etag($answer), current($new), '... with the ETag');
is_error(post("$new/merge", { from => $other }), 404, 'no such client',
    '... once');
is($shop->stored($new)->{bonus}, 60.5, '... and added once');
is_error(post("$new/merge", { from => 'x' }), 400,
    'from must be 380 and 9 digits', 'from none');

$shop->put($_, barcode => $_) for '380500000001', '380500000002';
done(post('380500000001/merge', { from => '380500000002' }), {},
    'where neither has a bonus there is no total');


# cards

$answer = done(post("$new/card", { barcode => ' c ' }), { code => 'string:c' },
    'another card, without the white space at its ends');
is(etag($answer), current($new), '... with the ETag');
is_error(post("$new/card", { barcode => '380500000001' }), 409,
    'barcode is in use by another client', "another one's card");
is_error(post("$new/card", $_), 400, 'barcode must not be empty', 'no card')
    for { barcode => '' }, { barcode => undef };
is_error(post("$phone/card", { barcode => 'd' }), 404, 'no such client',
    'for nobody');
$answer = done($shop->office(DELETE => "clients/$new/card"), {}, 'closed');
is(etag($answer), current($new), '... with the ETag');
is_error($shop->office(DELETE => "clients/$new/card"), 404,
    'this client has no card', '... once');
is_deeply([ @{ $shop->office(GET => "clients/$new")->json }{
    qw( bonus id barcode whole ) } ], [ 60.5, 7, undef, JSON::MaybeXS::false ],
    'the record stays with the market');
done(post("$new/card", { barcode => 'c' }), { code => 'string:c' },
    'the number is free');


# forgotten

done(post("$new/forget", undef), {}, 'forgotten');
is_error(post("$new/forget", undef), 404, 'no such client', '... once');
is_deeply([ grep { /\Q$new\E/ } $shop->client->keys('*') ], [],
    'no key has his phone');


# groups

my %group = (title => 'Gold', loyaltyType => 'discount',
    loyaltyQuantity => 7.5, active => JSON::MaybeXS::true);

$answer = $shop->office(PUT => 'groups/3', \%group);
is($answer->status, 201, 'a group is created');
$answer = $shop->office(GET => 'groups/3');
is_deeply($answer->typed, { id => 'number:3', title => 'string:Gold',
    loyaltyType => 'string:discount', loyaltyQuantity => 'number:7.5',
    active => 'true', whole => 'true' }, '... and read') or diag($answer->raw);
is($shop->office(PUT => 'groups/3', $answer->json)->status, 200,
    'what was read can be put back');
is($shop->office(PATCH => 'groups/3', { loyaltyQuantity => 10 })->status, 200,
    'patched');
is(JSON::MaybeXS->new->encode([ $shop->client->hget($shop->key('group:3'),
    'loyaltyQuantity') ]), '["10"]', '... is stored');
is_error($shop->office(PUT => 'groups/4', { title => 'Silver', active => 2,
    name => 'x' }), 400,
    'unknown attribute name; loyaltyType is missing; loyaltyQuantity is missing; '
    . 'active must be true or false', 'what is wrong');
is_error($shop->office(PUT => 'groups/x', { active => 2 },
    headers => [ 'If-Match', '"' ]), 400,
    'id must be a whole number; If-Match takes ETags or *, If-None-Match only *; '
    . 'title is missing; loyaltyType is missing; loyaltyQuantity is missing; '
    . 'active must be true or false', '... in path, header and body');
is_error($shop->office(PATCH => 'groups/4', { active => 1 }), 400,
    'title is missing; loyaltyType is missing; loyaltyQuantity is missing',
    'what a new one lacks');
is_error($shop->office(DELETE => 'groups/x', undef,
    headers => [ 'If-Match', '"' ]), 400, 'id must be a whole number; '
    . 'If-Match takes ETags or *, If-None-Match only *', '... without a body');
is($shop->office(PATCH => 'groups/3', { active => $_ })->status, 200,
    "active: $_") for 0, 1, '0', 'true';
is_error($shop->office(PATCH => 'groups/3', { title => undef }), 400,
    qr/title (?:is missing|cannot be removed)/, 'what is needed');
is_error($shop->office(PATCH => 'groups/3', { id => 4 }), 400,
    'id is not the one of the path', 'another id');
is_error($shop->office(GET => "groups/$_"), 400, 'id must be a whole number',
    "no id: $_") for 'x', '03', '-1';
is_error($shop->office(GET => 'groups/4'), 404, 'no such group', 'no group');
is($shop->office(DELETE => 'groups/3')->status, 200, 'deleted');
is_error($shop->office(DELETE => 'groups/3'), 404, 'no such group', '... once');

finish();
