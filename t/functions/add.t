# polycard_add_client: cards, repeats, and what the back office is told.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new->open;
my $began = 1000 * time;
my $redis = $f->client;
my @ean13 = ('ean13', '20', '', '');
my @pool = ('pool', '', '', '');
my @phone = ('phone', '', '', '');
my $phone = '380671112233';

sub phone   { sprintf '380%09d', 500000000 + $_[0] }
sub add     { return $f->call(add_client => @_) }
sub client  { $f->stored("client:$_[0]") }
sub holder  { $redis->hget($f->key('barcodes:' . substr $_[0], -3), $_[0]) }

sub ean13 {
    my ($digits) = @_;

    my @digit = split //, $digits;
    my $sum = 0;

    $sum += $digit[$_] + ($_ % 2 ? 2 * $digit[$_] : 0) for 0 .. 11;

    return $digits . (10 - $sum % 10) % 10;
}


# numbers of well-known goods: the test's own computation of the check digit

is(ean13(substr $_, 0, 12), $_, "EAN-13 $_")
    for qw( 4006381333931 9780306406157 5901234123457 );


# created

$f->hooks_on;

my %given = (surname => 'Шевченко', name => 'Тарас', sex => 'male',
    birthday => '18140309', bonus => '10.50', discount => '5',
    loyalty_group_id => '3', middlename => '', email => 't@example.com');
my %kept = (%given, bonus => '10.5');
delete $kept{middlename};

my $card = ean13('200000000001');

is_deeply(add($phone, @ean13, %given), ['created', 1, $card], 'a new client');
is_deeply(client($phone), { %kept, barcode => $card, id => 1 },
    '... is stored with card and id');
is(holder($card), $phone, '... and in the index of card numbers');
is_deeply([$f->take('outbox')], [[object => 'clients', action => 'added',
    phone => $phone, surname => 'Шевченко', name => 'Тарас',
    email => 't@example.com', sex => 'male', birthday => '18140309',
    barcode => $card, bonus => '10.5', discount => '5',
    loyalty_group_id => 3]], '... and announced');
is_deeply([$f->take('registered')], [[action => 'created', phone => $phone,
    id => 1, barcode => $card, surname => 'Шевченко', name => 'Тарас',
    email => 't@example.com', sex => 'male', birthday => '18140309',
    bonus => '10.5', discount => '5', loyalty_group_id => 3]],
    '... and the back office is told');


# repeated (B8): in any order, whatever the form of a number

my $digest = $f->digest;

is_deeply(add($phone, @ean13, %given), ['repeated', 1, $card], 'a repeat');
is_deeply(add($phone, @ean13, %kept), ['repeated', 1, $card],
    '... with the amount in another form');
is_deeply(add($phone, @ean13, map { ($_ => $kept{$_}) } reverse sort
    keys %kept), ['repeated', 1, $card], '... in another order');
is_deeply(add($phone, @ean13, %given, barcode => $phone),
    ['repeated', 1, $card], '... with the phone as card number');
is($f->digest, $digest, '... and nothing has changed');

for my $other ([name => 'Лариса'], [bonus => '10.51'], [sex => 'female'],
    [surname => ''], [middlename => 'a'], [email => 't@example.org'])
{
    my %changed = (%given, @$other);

    is_deeply(add($phone, @ean13, %changed), ['exists'],
        "not the same: $other->[0]");
}

is($f->digest, $digest, '... and nothing has changed');

# Since when there is a client who was none of the market's is noted with it; libraries
# up to 17 did not, and what they have noted goes on to mean a repeat.

my $added = $f->key('added:' . substr $phone, -3);
my ($fingerprint, $noted) = split / /, $redis->hget($added, $phone);

is(length $fingerprint, 40, 'the fingerprint of a registration');
ok($noted >= $began && $noted <= 1000 * ($redis->time)[0] + 1000,
    '... and its time in ms');
$redis->hset($added, $phone, $fingerprint);
is_deeply(add($phone, @ean13, %given), ['repeated', 1, $card],
    'a repeat of one that an older library has noted');
is_deeply(add($phone, @ean13, name => 'Лариса'), ['exists'], '... or not the same');

$f->call(put_client => $phone, barcode => '77', name => 'Лариса');
is_deeply(add($phone, @ean13, %given), ['repeated', 1, '77'],
    'a repeat after the market has changed the client');

$f->call(put_client => phone(1), barcode => '78');
is_deeply(add(phone(1), @ean13), ['exists'],
    'a client whom the market has created');

$f->call(delete_client => $phone);
is_deeply(add($phone, @ean13, %given),
    ['created', 2, ean13('200000000002')],
    'deleted and added again: another id and another card');
$f->take($_) for 'outbox', 'registered';


# a client without a card (B21)

$redis->hset($f->key('client:' . phone(2)), name => 'Оля', surname => '',
    sex => 'x', vip => 'yes');
is_deeply(add(phone(2), @ean13, %given),
    ['carded', phone(2), ean13('200000000003')], 'a client without a card');
is_deeply(client(phone(2)), { %kept, name => 'Оля', sex => 'x', vip => 'yes',
    barcode => ean13('200000000003') },
    '... gets one, and what is missing; what is stored stays');
is((@{ ($f->take('registered'))[0] })[1], 'carded',
    '... and the back office is told');
is(length $redis->hget($f->key('added:' . substr phone(2), -3), phone(2)), 40,
    '... without a time: the market had the client');
is_deeply(add(phone(2), @ean13, %given),
    ['repeated', phone(2), ean13('200000000003')], '... and may be repeated');

$f->call(put_client => phone(3), id => 700, name => 'Оля');
is_deeply(add(phone(3), @ean13), ['carded', 700, ean13('200000000004')],
    'one with an id of the market');

$redis->hset($f->key('client:' . phone(4)), id => '0x10', barcode => "a\nb");
is_deeply(add(phone(4), @ean13),
    ['carded', phone(4), ean13('200000000005')],
    'one whose card and id cannot be used');

$redis->set($f->key('client:' . phone(5)), 'garbage');
$digest = $f->digest;
is_deeply(add(phone(5), @ean13), ['unreadable'], 'a key of another type');
is($f->digest, $digest, '... and nothing has changed');

is(add(phone(6), @ean13)->[1], 701, 'ids go on after the greatest');


# ean13: range, numbers in use, the counter

$f->reset;
$f->open;

is(add(phone(1), 'ean13', '2099', '100', '102')->[2],
    ean13('209900000100'), 'the first number');
$f->call(put_client => phone(50), barcode => ean13('209900000101'));
is(add(phone(2), 'ean13', '2099', '100', '102')->[2],
    ean13('209900000102'), 'a number in use is skipped');

$digest = $f->digest;
is_deeply(add(phone(3), 'ean13', '2099', '100', '102'), ['nocards'],
    'no more numbers');
is($f->digest, $digest, '... and nothing has changed');
is(add(phone(3), 'ean13', '2099', '200', '')->[2], ean13('209900000200'),
    'a range further on');
is(add(phone(4), 'ean13', '2099', '100', '')->[2], ean13('209900000201'),
    'a range further back: the counter never goes back');

$redis->set($f->key('seq:card'), 8);
is(add(phone(5), 'ean13', '20000000000', '', '')->[2],
    ean13('200000000009'), 'the last number of one digit');
is_deeply(add(phone(6), 'ean13', '20000000000', '', ''), ['nocards'],
    '... is the last');
is(add(phone(7), 'ean13', '1', '99999999999', '')->[2],
    ean13('199999999999'), 'the last number of eleven digits');

$f->reset;
$f->open;
$f->call(put_client => phone(100 + $_),
    barcode => ean13(sprintf '20%010d', $_)) for 1 .. 150;
is_deeply(add(phone(1), @ean13), ['again'], '100 numbers in use');
is($redis->get($f->key('seq:card')), 100, '... are passed');
is($redis->exists($f->key('client:' . phone(1))), 0, '... and no client made');
is_deeply(add(phone(1), @ean13), ['created', 1, ean13('200000000151')],
    'called again: the first free one');


# pool

$f->reset;
$f->open;
is_deeply(add(phone(1), @pool), ['nocards'], 'an empty pool');
$f->call(put_client => phone(50), barcode => 'B');
$redis->rpush($f->key('cards'), '', "\xff", 'B', 'x' x 256, 'Картка 1', 'C',
    'Картка 1', 'C');
is_deeply(add(phone(1), @pool), ['again', 2], 'two that are none');
is_deeply([$redis->lrange($f->key('unfit'), 0, -1)], ["\xff", 'x' x 256],
    '... are set aside');
is($redis->exists($f->key('client:' . phone(1))), 0, '... and no client made');
is(add(phone(1), @pool)->[2], 'Картка 1', 'the first usable one');
is(holder('Картка 1'), phone(1), '... is in the index');
is(add(phone(2), @pool)->[2], 'C', 'and the next');
is($redis->llen($f->key('cards')), 2, '... and no more are taken');
is_deeply(add(phone(3), @pool), ['nocards'], 'the rest are in use');
is($redis->llen($f->key('cards')), 0, '... and thrown away');

$redis->rpush($f->key('cards'), ('B') x 150, 'D');
is_deeply(add(phone(3), @pool), ['again'], '100 numbers in use');
is($redis->llen($f->key('cards')), 51, '... are passed');
is(add(phone(3), @pool)->[2], 'D', 'called again: the first free one');

$redis->rpush($f->key('cards'), 'E');
is_deeply(add(phone(3), @pool), ['repeated', 3, 'D'],
    'a repeat takes no card');
is_deeply(add(phone(50), @pool), ['exists'], 'nor does a client with one');
$f->refused('sex must be male or female', add_client => phone(4), @pool,
    sex => 'x');
$redis->set($f->key('seq:id'), 'garbage');
$f->refused('the counter seq:id is not a whole number',
    add_client => phone(4), @pool);
is($redis->llen($f->key('cards')), 1, 'nor does an error');


# phone

$f->reset;
$f->open;
is_deeply(add(phone(1), @phone, name => 'Оля'), ['created', 1, phone(1)],
    'the phone is the card');
is_deeply(add(phone(1), @phone, name => 'Оля'), ['repeated', 1, phone(1)],
    '... in a repeat as well');
$f->call(put_client => phone(50), barcode => phone(2));
is_deeply(add(phone(2), @phone), ['taken'],
    "the phone is another one's card");
is($redis->exists($f->key('client:' . phone(2))), 0, '... and no client made');
$redis->hset($f->key('client:' . phone(50)), barcode => 'X');
is_deeply(add(phone(2), @phone), ['created', 2, phone(2)],
    '... until that one has another');


# the longest prefix leaves a digit

is($f->call(add_client => phone(60), 'ean13', '20000000000', '', '')->[2],
    $f->ean13('200000000001'), 'a prefix of 11 digits');


# bad arguments

$f->refused(@$_) for map {
    my ($words, @arguments) = @$_;
    [$words, add_client => @arguments];
} (
    ['phone must be 380 and 9 digits', '0671112233', @ean13],
    ['card numbers must be ean13, pool or phone', phone(9)],
    ['card numbers must be ean13, pool or phone', phone(9), 'paper', '', '',
        ''],
    ['card prefix, from or to is missing', phone(9), 'pool', '', ''],
    ['card prefix must be 1 to 11 digits', phone(9), 'ean13', '', '', ''],
    ['card prefix must be 1 to 11 digits', phone(9), 'ean13', '2x', '', ''],
    ['card prefix must be 1 to 11 digits', phone(9), 'ean13', '1' x 12, '',
        ''],
    ['from must be 1 to 10 digits', phone(9), 'ean13', '20', '-1', ''],
    ['from must be 1 to 10 digits', phone(9), 'ean13', '20', '1' x 11, ''],
    ['to must be 1 to 10 digits', phone(9), 'ean13', '20', '', '0x10'],
    ['from must be 1 to the value of to', phone(9), 'ean13', '20', '0', ''],
    ['from must be 1 to the value of to', phone(9), 'ean13', '20', '5', '4'],
    ['barcode is given out by the market', phone(9), @ean13, barcode => '1'],
    ['barcode is given out by the market', phone(9), @ean13,
        barcode => phone(8)],
    ['unknown attribute id', phone(9), @ean13, id => '1'],
    ['unknown attribute phone', phone(9), @ean13, phone => phone(9)],
    ['bonus must be a number', phone(9), @ean13, bonus => 'inf'],
    ['name is given twice', phone(9), @ean13, name => 'a', name => 'a'],
    ['a value is missing after name', phone(9), @ean13, 'name'],
);

finish();
