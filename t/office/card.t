# The office issues cards: the next number of `card_numbers`, never one twice
# (docs/office.md, contract B2, B25)

use strict;
use warnings;

use lib 't/lib';

use Polycard::HTTP;
use Polycard::OfficeShop;
use Polycard::Shop qw( json_text );
use Polycard::Test;

my $shop = Polycard::OfficeShop->new;
my $phone = '380671112233';
my $next = 380670000000;

sub issue {
    my (%option) = @_;

    return $shop->office(POST => "clients/" . ($option{phone} // $phone) . '/card',
        $option{body} // {}, headers => $option{headers} // []);
}

sub etag { return $shop->office(GET => "clients/$phone")->header('ETag') }


$shop->put($phone, name => 'Olha');

my $answer = issue();

is_deeply([ $answer->status, $answer->typed ],
    [ 200, { status => 'string:OK', code => 'string:2000000000015' } ],
    'the first number') or diag($answer->raw);
is($answer->header('ETag'), etag(), '... with the ETag');
is($shop->stored($phone)->{barcode}, '2000000000015', '... is the client\'s');
is(issue()->json->{code}, '2000000000022', 'another one: the next');
is($shop->add({ phone => $next++ . '' })->json->{code}, '2000000000039',
    'addClient goes on from there');

my $etag = etag();

is(issue(headers => [ 'If-Match', $etag ])->json->{code}, '2000000000046',
    'with a condition');
is_error(issue(headers => [ 'If-Match', $etag ]), 412,
    'the record is not as the condition says',
    '... which a request that is sent again does not meet');
is_error(issue(phone => '380671112299'), 404, 'no such client', 'for nobody');
is_error(issue(body => $_), 400, 'barcode must not be empty', json_text($_))
    for { barcode => '' }, { barcode => undef };
is_error($shop->office(POST => "clients/$phone/card"), 415,
    'Content-Type must be application/json, in UTF-8',
    'without a body nothing is issued');
is(issue(headers => [ 'Idempotency-Key', 'k' ])->json->{code},
    '2000000000053', 'with a key, and nothing was used up by all that') for 1, 2;


# Redis has lost its counter: this host has seen what was given

$shop->client->del($shop->key('seq:card'));

my $serial = substr issue()->json->{code}, 2, 10;

cmp_ok($serial, '>', 5, 'the counter is gone: none that was given');


# many numbers in use: several calls inside, one answer

$shop->put_all(map { [ $next++ . '', barcode => ean13($_) ] }
    $serial + 1 .. $serial + 400);
is(issue()->json->{code}, ean13($serial + 401), 'four hundred numbers in use');


# none

$shop->client->rpush($shop->key('cards'), "x\x01", 'P1');
ok($shop->reload(card_numbers => 'pool'), 'a pool');
is(issue()->json->{code}, 'P1', 'what is no number is left out');
is_error(issue(), 503, 'no card number is left', 'the pool is empty');
like($_, qr/^[1-9]\d*$/, 'Retry-After') for issue()->header('Retry-After');
is((grep { /\[crit\].*has no card numbers left/ } $shop->nginx->log_lines), 1,
    'is logged once');

ok($shop->reload(card_numbers => 'phone'), 'the phone is the card');
is(issue()->json->{code}, $phone, 'the phone');
$shop->put($next, barcode => '380671112299');
$shop->put('380671112299', name => 'x');
is_error(issue(phone => '380671112299'), 409,
    "the phone is another client's card number", 'which another one has');


# not while it is not known which are in use

$shop->client->flushdb;
$shop->put($phone, name => 'Olha');
is_error(issue(), 503, qr/taken in|lost/, 'in a first sync');
$shop->wait_sync;
is(issue()->json->{code}, $phone, 'after it');

$shop->redis->stop;
is_error(issue(), 503, 'the client base cannot be reached, try again later',
    'Redis is away');

finish();


# the number of this serial, with its check digit

sub ean13 {
    my ($serial) = @_;
    my $digits = sprintf '20%010d', $serial;
    my $sum = 0;

    $sum += (split //, $digits)[$_] * ($_ % 2 ? 3 : 1) for 0 .. 11;

    return $digits . (10 - $sum % 10) % 10;
}
