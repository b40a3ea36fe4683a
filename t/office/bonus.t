# The office: money is added once (docs/office.md)

use strict;
use warnings;

use lib 't/lib';

use Polycard::HTTP;
use Polycard::OfficeShop;
use Polycard::Test;

my $shop = Polycard::OfficeShop->new;
my $phone = '380671112233';
my $path = "clients/$phone/bonus";

$shop->put($phone, barcode => 1, bonus => 100);

sub add {
    my ($change, @key) = @_;

    return $shop->office(POST => $path, $change,
        headers => [ map { ('Idempotency-Key', $_) } @key ]);
}

sub bonus { return $shop->stored($phone)->{bonus} }


is_deeply(add({ change => 49.95 })->typed,
    { status => 'string:OK', total => 'number:149.95' }, 'added');
is_deeply(add({ change => '-49.95', floor => 0 })->typed,
    { status => 'string:OK', total => 'number:100' }, 'taken away');
is_error(add({ change => -100.01, floor => 0 }), 409,
    'the total would be below the floor', 'not below the floor');
is($shop->office(POST => $path, 'change=1.5',
    type => 'application/x-www-form-urlencoded')->json->{total}, 101.5,
    'as a form');
is_error(add({ floor => 1 }), 400, 'change is missing', 'nothing to add');
is_error(add({ change => undef }), 400, 'change is missing', 'null');
is_error(add({ change => '1,5', floor => 'x', sum => 1 }), 400,
    qr/change must be a number.*; floor must be a number|unknown attribute sum/,
    'all errors');
is_error($shop->office(POST => 'clients/380671112299/bonus', { change => 1 }),
    404, 'no such client', 'nobody');
is_error($shop->office(POST => $path, { change => 1 },
    headers => [ 'If-Match', '*' ]), 400, 'If-Match is not known here',
    'a condition would not be looked at');
is(bonus(), 101.5, 'nothing of that was added');


# with a key it is added once

is(add({ change => 10 }, 'receipt-17')->json->{total}, 111.5, 'a receipt');
is(add({ change => 5 })->json->{total}, 116.5, 'another one');
is(add({ change => 10 }, 'receipt-17')->json->{total}, 111.5,
    'the first one again has the answer of the first time');
is(bonus(), 116.5, '... and adds nothing');
is_error(add({ change => 11 }, 'receipt-17'), 422,
    'the key was used with another amount', 'another amount');
is_error(add({ change => 11 }, $_), 400,
    'key must be 1 to 255 visible characters', "an invalid key")
    for 'a b', 'x' x 256;
is_error($shop->office(POST => 'clients/067/bonus', { change => 'x', sum => 1 },
    headers => [ 'Idempotency-Key', 'a b', 'If-Match', '*' ]), 400,
    'phone must be 380 and 9 digits; If-Match is not known here; '
    . 'key must be 1 to 255 visible characters; unknown attribute sum; '
    . 'change must be a number', 'errors of path, headers and body');
is_error(add('{', 'a b'), 400, 'key must be 1 to 255 visible characters; '
    . 'the body is not a JSON object', '... and no JSON');
is_error(add({ change => 1 }, 'a', 'b'), 400,
    'Idempotency-Key is empty or given twice', 'two keys');

is_error(add({ change => -1000, floor => 0 }, 'receipt-18'), 409,
    'the total would be below the floor', 'a receipt that is refused');
is(add({ change => -1000 }, 'receipt-18')->json->{total}, -883.5,
    '... may be sent again');

finish();
