# The office, addClient: a card number that is answered again is no new one (docs/office.md,
# contract B25)

use strict;
use warnings;

use lib 't/lib';

use Polycard::HTTP;
use Polycard::OfficeShop;
use Polycard::Test;

my $shop = Polycard::OfficeShop->new(market => { card_numbers => 'pool' });
my ($one, $two, $new) = map { "38067111000$_" } 1 .. 3;
my $far = '4829999999996';

sub card {
    my ($phone, $key) = @_;

    return $shop->office(POST => "clients/$phone/card", {},
        headers => [ $key ? ('Idempotency-Key', $key) : () ]);
}

sub code { return $_[0]->json->{code} }

sub said {
    my ($pattern) = @_;

    return scalar grep { /$pattern/ } $shop->nginx->log_lines;
}

$shop->put($_, barcode => "B$_") for $one, $two;
$shop->client->rpush($shop->key('cards'), $far, 'P2');
is(code(card($one, 'k')), $far, 'a number');
is(code($shop->add({ phone => $new })), 'P2', '... and the last one');


# it does not show that there are some left

for my $n (1 .. 3) {
    is_error(card($two), 503, 'no card number is left', 'none is left');
    is(code(card($one, 'k')), $far, '... that of the key');
    is(code($shop->add({ phone => $new })), 'P2',
        '... and that of a new client, sent again');
}

is(said('has no card numbers left'), 1, 'that none is left is said once');
is(said('adds clients again'), 0, '... and not taken back');


# nor how far those of another range are

ok($shop->reload(card_numbers => 'ean13 prefix=20 from=1 to=9000000'), 'a range');
is(code($shop->add({ phone => '380670000001' })), '2000000000015', 'its first');
is(code(card($one, 'k')), $far, '... that of the key');
is(code($shop->add({ phone => '380670000002' })), '2000000000022',
    '... its second');
is(code(card($two)), '2000000000039', '... its third');
is($shop->client->get($shop->key('seq:card')), 3, 'the counter');
is($shop->client->hget($shop->key('meta'), 'known_card'), undef,
    '... and nothing is known beyond it');

finish();
