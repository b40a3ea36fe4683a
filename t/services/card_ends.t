# White space and quotes around a card number are not part of it (contract, B30),
# wherever it comes from: functions, plain commands, the pool, polycard-import, a
# request. What is no number at all in the pool is kept, counted, and said.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::HookShop;
use Polycard::Shop;

my $code = '4820000000017';
my $next = 380670000000;

# a space, NBSP, zero-width ones, a byte order mark, the end of a line of Windows

my @ends = (' ', "\t", "\r\n", "\xc2\xa0", "\xe2\x80\x8b", "\xe2\x80\x8d",
    "\xe2\x81\xa0", "\xef\xbb\xbf", "\xe3\x80\x80", "\xe2\x80\xa8");

my $shop = Polycard::HookShop->new(market => { card_numbers => 'pool' },
    server => Polycard::HookShop::location('')
        . "location = /status { polycard_status; }\n");

$shop->ready;

sub phone  { return '' . $next++ }
sub holder { $shop->client->hget($shop->key('barcodes:017'), $code) }
sub found  { $shop->get('getClient', barcode => $_[0])->json->{phone} }
sub shadow { $shop->client->hget($shop->key('shadow:' . substr $_[0], -3), $_[0]) }


# a plain command: what the back office wrote stays, all else has the number

for my $end (@ends) {
    my $what = join ' ', map { sprintf '%02x', ord } split //, $end;
    my $phone = phone();
    my $key = $shop->key("client:$phone");

    $shop->client->hset($key, barcode => "$end$code$end");
    is_deeply([ $shop->settle ], [ client_hook('added', $phone,
        barcode => $code) ], "HSET with $what: the hook has the number");
    is($shop->client->hget($key, 'barcode'), "$end$code$end",
        '... the record what was written');
    is(holder(), $phone, '... the index the number');
    like(shadow($phone), qr/"$code"/, '... and the shadow');
    is($shop->get('getClient', phone => $phone)->json->{barcode}, $code,
        '... getClient');
    is((grep { $_->{phone} eq $phone } @{ $shop->get('getClients')->json })[0]
        {barcode}, $code, '... getClients');
    is(found($code), $phone, '... found by the number');
    is(found("$end$code$end"), $phone, '... and by what was written');

    ok(!eval { $shop->call(put_client => phone(), barcode => $code) }
        && $@ =~ /in use by another client/, '... nobody else can have it');

    $shop->client->hset($key, barcode => $code);
    is_deeply([ $shop->settle ], [], '... without the ends nothing is new');
    is(holder(), $phone, '... in the index neither');

    $shop->call(delete_client => $phone);
    is_deeply([ $shop->settle ], [ client_hook('deleted', $phone,
        barcode => $code) ], '... it is told without them');
    is(holder(), undef, '... and free');
}


# a function stores the number

my $phone = phone();

$shop->call(put_client => $phone, barcode => "$code\r");
is($shop->stored($phone)->{barcode}, $code, 'put_client stores the number');
$shop->call(put_client => $phone, name => 'Olha', barcode => "\xc2\xa0$code ");
is_deeply([ $shop->settle ], [ client_hook('added', $phone, barcode => $code),
    client_hook('changed', $phone, barcode => $code, name => 'Olha') ],
    '... with other ends it is the same one');
$shop->call(put_client => $phone, barcode => "\xc2\xa0 ");
is($shop->stored($phone)->{barcode}, '', '... nothing but ends is none');
is_deeply([ $shop->settle ], [ client_hook('deleted', $phone,
    barcode => $code, name => 'Olha') ], '... and the card is closed (B28)');


# what an earlier version has told and put into the index with its ends

$phone = phone();
$shop->client->hset($shop->key('shadow:' . substr $phone, -3), $phone,
    JSON::MaybeXS->new->encode([ (JSON::MaybeXS::false) x 6, "$code ",
        (JSON::MaybeXS::false) x 3 ]));
$shop->client->hset($shop->key('barcodes:17 '), "$code ", $phone);
$shop->client->zadd($shop->key('clients'), 1, $phone);
$shop->client->hset($shop->key("client:$phone"), barcode => "$code ");
is_deeply([ $shop->settle ], [ client_hook('changed', $phone,
    barcode => $code) ], 'announced with its ends before: announced again');
is(holder(), $phone, '... and in the index without');
is($shop->client->exists($shop->key('barcodes:17 ')), 0, '... only');
$shop->call(delete_client => $phone);


# requests

is_nok($shop->get('getClient', barcode => ' '), 400, qr/barcode is empty/,
    'getClient: nothing but ends');
is_nok($shop->get('getClient', barcode => "4\r8"), 400, qr/not valid/,
    '... within it is no number');

$shop->client->rpush($shop->key('cards'), 'A-1');
$phone = phone();
is($shop->add({ phone => $phone, barcode => " $phone\r\n" })->json->{code},
    'A-1', 'addClient: the phone as card is let pass with ends');
is_nok($shop->add({ phone => phone(), barcode => ' 1 ' }), 400, qr/barcode/,
    '... another number is not');


# the import: a file of Windows, a card alone, and no card

if (-x source_dir() . '/build/tools/polycard-import') {
    my $dir = temp_dir();
    my $file = "$dir/clients.csv";
    my ($one, $two) = (phone(), phone());

    $shop->call(put_client => $two, barcode => 'B2', name => 'x');
    spew($file, "phone,barcode\r\n$one,\"  \xc2\xa0$code\xe2\x80\x8b \"\r\n"
        . "$two,\" \xc2\xa0 \"\r\n");

    my ($status, $output) = run_command(
        source_dir() . '/build/tools/polycard-import', '--redis',
        'unix:' . $shop->redis->socket, '--market', 'shop1', $file);

    is($status, 0, 'polycard-import') or diag($output);
    is($shop->stored($one)->{barcode}, $code, '... stores the number');
    is($shop->stored($two)->{barcode}, 'B2', '... an empty one changes nothing');
    $shop->call(delete_client => $one);
}


# the pool from a file of Windows, with quotes

sub pool {
    $shop->client->del(map { $shop->key($_) } qw( cards unfit ));
    $shop->client->rpush($shop->key('cards'), @_);
}

sub crit { scalar log_lines($shop->nginx, qr/are no card numbers/, 'crit') }

sub unfit { [ $shop->client->lrange($shop->key('unfit'), 0, -1) ] }

my @wrapped = map { "$_\r" } 'W-1', '"W-2"', "' W-3 '", "\xef\xbb\xbf\"W-4\" ",
    "\xc2\xa0W-5\xc2\xa0", '" W""6 "';
my @told = ('W-1', 'W-2', 'W-3', 'W-4', 'W-5', 'W""6');

pool(@wrapped, ' ', '""', '', 'W-7');
is_deeply([ map { $shop->add({ phone => phone() })->json->{code} } 0 .. 6 ],
    [ @told, 'W-7' ], 'a pool with ends, quotes and empty lines');
is_deeply(unfit(), [], '... nothing of it is unfit');
is($shop->client->llen($shop->key('cards')), 0, '... all are used');
is(crit(), 0, '... and no line');

my @junk = map { "J\r$_" } 1 .. 300;

pool(@junk, 'G-1', "\xff", 'x' x 300, 'G-2');
$phone = phone();
is($shop->add({ phone => $phone })->json->{code}, 'G-1',
    '300 entries that are none before one that is');
is_deeply(unfit(), \@junk, '... they are kept, in their order');
is_deeply([ $shop->client->lrange($shop->key('cards'), 0, -1) ],
    [ "\xff", 'x' x 300, 'G-2' ], '... and no more are taken');
is(crit(), 1, '... one line');
like((log_lines($shop->nginx, qr/are no card numbers/))[0],
    qr/ entries of the pool of polycard market "shop1" are no card numbers: 300 set aside in/,
    '... says how many');
is($shop->add({ phone => phone() })->json->{code}, 'G-2', 'and so it goes on');
is(scalar @{ unfit() }, 302, '... all are kept');
is(crit(), 1, '... not a line for each');

ok(wait_until(sub {
    http_get($shop->nginx, '/status?format=json')
        ->json->{markets}[0]{card_numbers}{unfit} == 302
}, 10, 'the status'), 'the status says how many there are');
like(http_get($shop->nginx, '/status?format=prometheus')->body,
    qr/^polycard_card_numbers_unfit\{market="shop1"\} 302$/m,
    '... Prometheus too');

pool(map { "J\r$_" } 1 .. 10);
is_nok($shop->add({ phone => phone() }), 503, qr/no card number is left/,
    'a pool of nothing else is empty');
is(scalar @{ unfit() }, 10, '... and all is kept');

finish();
