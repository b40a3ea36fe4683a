# Card numbers of addClient: three ways of getting one, never one that is in
# use, never one twice (contract B2, B8, B20)

use strict;
use warnings;

use lib 't/lib';

use IO::Select;
use List::Util qw( sum );
use Time::HiRes qw( time );

use Polycard::Test;
use Polycard::HTTP;
use Polycard::Shop;

# addClient is shared by several workers; nobody syncs again what is flushed

my $shop = Polycard::Shop->new(workers => 4, connections => 512,
    market => { emitter => 'off' });
my $next = 380670000000;

sub phone { $next++ . '' }
sub add   { $shop->add({ phone => phone() }) }
sub code  { my $json = add()->json; $json->{code} || $json->{error} }


# the check digit of EAN-13: with weights 1, 3, 1, 3, ... the sum of all
# thirteen digits is a multiple of 10

sub is_ean13 {
    my ($code) = @_;

    return 0 if $code !~ /^\d{13}$/;

    my @digit = split //, $code;

    return sum(map { $digit[$_] * ($_ % 2 ? 3 : 1) } 0 .. 12) % 10 == 0;
}


ok(is_ean13('4006381333931') && !is_ean13('4006381333932'),
    'the test knows a right number from a wrong one');


# EAN-13

is(code(), '2000000000015', 'ean13: prefix, serial, check digit');
is(code(), '2000000000022', 'ean13: the next serial');

my @codes = map { code() } 1 .. 100;

is(scalar(grep { is_ean13($_) } @codes), 100, 'right check digits');
is_deeply([ map { substr $_, 0, 12 } @codes ],
    [ map { sprintf '20%010d', $_ } 3 .. 102 ], '... no serial is left out');

ok($shop->reload(card_numbers => 'ean13 prefix=29999 from=777'), 'reload');
is(substr(code(), 0, 12), '299990000777', 'a prefix of five, a first serial');

ok($shop->reload(card_numbers => 'ean13 prefix=48200012345'), 'reload');
$shop->client->del($shop->key('seq:card'));
is(code(), '4820001234510', 'a prefix of eleven leaves one digit');


# numbers in use are skipped

$shop->client->flushdb;
ok($shop->reload(card_numbers => 'ean13 prefix=21'), 'reload');

$shop->put(phone(), barcode => '2100000000012');
$shop->put(phone(), barcode => '2100000000029');
$shop->put(phone(), barcode => '2100000000043');

is(code(), '2100000000036', 'two that the market has given out are skipped');
is(code(), '2100000000050', '... and a third');
is(code(), '2100000000067', '... and on it goes');


# a long run of them: several calls to Redis, one answer

sub ean13 {
    my ($digits) = @_;

    return (grep { is_ean13($_) } map { "$digits$_" } 0 .. 9)[0];
}

$shop->put_all(map { [ phone(), barcode => ean13(sprintf '21%010d', $_) ] }
    7 .. 1006);
is(code(), ean13('210000001007'), 'a thousand numbers in use are skipped');


# run out

$shop->client->flushdb;
ok($shop->reload(card_numbers => 'ean13 prefix=20 from=5 to=7'), 'reload');
$shop->put(phone(), barcode => ean13('200000000006'));

is(code(), ean13('200000000005'), 'the first of a range');
is(code(), ean13('200000000007'), 'the last of a range');

my $lost = phone();
my $before = $shop->digest;

for (1 .. 20) {
    my $answer = $shop->add({ phone => $lost });

    is_nok($answer, 503, qr/card number/, 'no number is left');
    like($answer->header('Retry-After'), qr/^[1-9]\d*$/,
        '... come again later');
}

is($shop->digest, $before, '... nothing has changed');

my @crit = grep { /\[crit\]/ } $shop->nginx->log_lines;
my %by_worker;

$by_worker{$_}++ for map { /\[crit\] (\d+)#/ } @crit;

ok(@crit >= 1 && !(grep { $_ > 1 } values %by_worker),
    'every worker that met it says so once') or diag(@crit);
is(scalar(grep { !/"shop1".*card number/ } @crit), 0, '... of which market');

ok($shop->reload(card_numbers => 'ean13 prefix=20 from=5 to=8'), 'reload');
is($shop->add({ phone => $lost })->json->{code}, ean13('200000000008'),
    'with one more number it goes on');
is_nok(add(), 503, qr/card number/, '... to its end');


# the pool

$shop->client->flushdb;
ok($shop->reload(card_numbers => 'pool'), 'reload');

is_nok(add(), 503, qr/card number/, 'pool: it is empty');

$shop->put(phone(), barcode => 'used');
$shop->client->rpush($shop->key('cards'), 'A-1', 'used', '', "bad\nX",
    "\xff", 'x' x 300, "\xd0\x87-2", 'A-1', 'A-3');

is(code(), 'A-1', 'pool: the first number');
is(code(), "\x{407}-2", '... one that is in use is passed over, and junk too');
is(code(), 'A-3', '... and one that stands there twice');
is_nok(add(), 503, qr/card number/, '... until it is empty');
$shop->client->rpush($shop->key('cards'), 'A-4');
is(code(), 'A-4', 'when more are put there it goes on');
is($shop->client->llen($shop->key('cards')), 0, 'what is issued is gone');

$shop->client->rpush($shop->key('cards'), ('used') x 250, 'A-5');
is(code(), 'A-5', '250 used ones before a free one');

$shop->client->del($shop->key('cards'));
$shop->client->set($shop->key('cards'), 'A-6');
$before = $shop->digest;
is_nok(add(), 503, qr/./, 'a pool that is no list');
is($shop->digest, $before, '... is left as it is');


# the phone

$shop->client->flushdb;
ok($shop->reload(card_numbers => 'phone'), 'reload');

my $own = phone();

is($shop->add({ phone => $own })->json->{code}, $own, 'phone: is the card');
is($shop->get('getClient', barcode => $own)->json->{phone}, $own,
    '... to be found by it');

my $taken = phone();

$shop->put(phone(), barcode => $taken);
is_nok($shop->add({ phone => $taken }), 409, qr/card number/,
    'a phone that is another client\'s card: a conflict');


# Many at once

# each over a connection of its own; all are sent before one is read

sub at_once {
    my @bodies = @_;

    my @connections = map { Polycard::HTTP->connect($shop->nginx) } @bodies;

    for my $n (0 .. $#bodies) {
        my $body = json_text($bodies[$n]);

        $connections[$n]->send(
            "POST /api/v1/web_service/addClient HTTP/1.1\r\nHost: x\r\n"
            . "Content-Type: application/json\r\nContent-Length: "
            . length($body) . "\r\n\r\n$body");
    }

    return map { $_->answer('POST') } @connections;
}


sub distinct { my %seen = map { $_ => 1 } @_; return scalar keys %seen }

for my $cards ('ean13 prefix=20', 'pool', 'phone') {
    $shop->client->flushdb;
    ok($shop->reload(card_numbers => $cards), 'reload');
    $shop->client->rpush($shop->key('cards'), map { "A-$_" } 1 .. 200);

    my @answers = at_once(map { { phone => phone() } } 1 .. 200);

    is(scalar(grep { $_->status == 200 } @answers), 200,
        "$cards: 200 at once are added");
    is(distinct(map { $_->json->{code} } @answers), 200,
        '... no number is issued twice');
    is(distinct(map { $_->json->{id} } @answers), 200, '... nor an id');
    is($shop->client->zcard($shop->key('clients')), 200, '... all are there');
    is(scalar $shop->registered, 200, '... and in the stream');
}

# the same client in all of them

my $same = phone();
my @answers = at_once(map { { phone => $same, name => 'Olha' } } 1 .. 50);

is(distinct(map { $_->status . $_->body } @answers), 1,
    '50 equal requests at once get one answer');
is($answers[0]->status, 200, '... which is OK');
is(scalar(grep { $_->{phone} eq $same } $shop->registered), 1,
    '... and is one client');

my $rivals = phone();

@answers = at_once(map { { phone => $rivals, name => "Olha $_" } } 1 .. 50);

is(join(' ', sort { $a <=> $b } map { $_->status } @answers),
    join(' ', 200, (409) x 49), 'of 50 different ones, one wins');
is($shop->stored($rivals)->{name},
    'Olha ' . (1 + (grep { $answers[$_]->status == 200 } 0 .. 49)[0]),
    '... and it is his that is stored');


# Clients whom nobody has looked at yet may have any number or id: until the
# first sync is over none is issued, not even to the very first request.

for my $cards ('ean13 prefix=20', 'pool', 'phone') {
    ok($shop->reload(card_numbers => $cards), 'reload');
    $shop->client->flushdb;
    $shop->client->rpush($shop->key('cards'), 'A-1');

    my $early = phone();

    for my $sync ('', 'running') {
        $shop->client->hset($shop->key('meta'), sync => $sync) if $sync;

        my $answer = $shop->add({ phone => $early });

        is_nok($answer, 503, qr/taken in/,
            "$cards: none before the first sync ($sync)");
        is($answer->header('Retry-After'), 5, '... with Retry-After');
        is_deeply($shop->stored($early), {}, '... and nothing is stored');
        is($shop->client->llen($shop->key('cards')), 1, '... nor taken');
    }

    $shop->sync;
    is($shop->add({ phone => $early })->status, 200, '... then one is issued');
}

# who is there already has numbers, whoever has written him

my $code = ean13('200000000001');

$shop->reload(card_numbers => 'ean13 prefix=20');
$shop->client->flushdb;
$shop->client->hset($shop->key('client:' . phone()), barcode => $code);
is_nok($shop->add({ phone => phone() }), 503, qr/taken in/,
    'plain commands before the first sync');
$shop->sync;
isnt(code(), $code, '... no number is given twice');

# ids at the end of the counter: told otherwise than a pool that is empty

{
    my $new = phone();

    $shop->client->set($shop->key('seq:id'), '999999999999999');
    is_nok($shop->add({ phone => $new }), 503, 'no client id is left',
        'the ids are used up');
    is($shop->add({ phone => $new })->header('Retry-After'), 60,
        '... with Retry-After');
    like($shop->nginx->error_log, qr/\[crit\].*"shop1" has used up its client ids/,
        '... which the log says');
    is_deeply($shop->stored($new), {}, '... and nothing is stored');
    $shop->client->set($shop->key('seq:id'), 50_000);
    is($shop->add({ phone => $new })->json->{id}, 50_001,
        'lowered: one is added');
}

# a market without a hook opens by itself

my $alone = Polycard::Shop->new(market => { emitter => undef });

is($alone->add({ phone => phone() })->status, 200,
    'a market without hook is open after its first sync');

finish();
