# polycard_put_client and polycard_delete_client.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my $phone = '380671112233';
my %full = (
    surname => 'Шевченко', name => 'Тарас', middlename => 'Григорович',
    email => 'taras@example.com', sex => 'male', birthday => '18140309',
    barcode => '4820000000017', bonus => '12550.75', discount => '7.5',
    loyalty_group_id => '3',
);

sub client  { $f->stored("client:$phone") }
sub phones  { $redis->zrange($f->key('clients'), 0, -1) }
sub holder  { $redis->hget($f->key('barcodes:' . substr $_[0], -3), $_[0]) }


# created, changed, attributes removed

is($f->call(put_client => $phone, %full), 1, 'a new client');
is_deeply(client(), \%full, '... is stored as given');
is_deeply([phones()], [$phone], '... is in the index');
is(holder('4820000000017'), $phone, '... and in that of card numbers');
like($f->hash('shadow:233')->{$phone}, qr/^\["Шевченко","Тарас",/,
    '... with a shadow');
is($redis->exists($f->key('outbox')), 0, 'no hooks where none are wanted');

is($f->call(put_client => $phone, name => 'Лариса', sex => 'female'), 0,
    'changed');
is_deeply(client(), { %full, name => 'Лариса', sex => 'female' },
    '... with the other attributes as they were');

is($f->call(put_client => $phone, name => '', discount => ''), 0,
    'an empty value');
my %less = (%full, sex => 'female');
delete @less{qw( name discount )};
is_deeply(client(), \%less, '... removes the attribute');

is($f->call(put_client => $phone), 0, 'nothing to change');
is_deeply(client(), \%less, '... changes nothing');
is($f->call(put_client => $phone, name => ''), 0, 'removed again');
is_deeply(client(), \%less, '... changes nothing');

$redis->hset($f->key("client:$phone"), vip => 'yes');
$f->call(put_client => $phone, name => 'Лариса');
is(client()->{vip}, 'yes', "the market's own fields stay");

$f->call(put_client => $phone, bonus => '10.50', discount => '1e1');
is(client()->{bonus}, '10.5', 'amounts are stored in their shortest form');
is(client()->{discount}, '10', '... whatever the form given');

is($f->call(put_client => '380671112234', name => 'Ганна'), 1,
    'a client without a card');
is_deeply([phones()], [$phone], '... is not announced');
is($f->call(put_client => '380671112234', barcode => '1'), 0, 'its card');
is_deeply([phones()], [$phone, '380671112234'], '... announces it');

$f->call(put_client => '380671112234', barcode => '2');
is(holder('1'), undef, 'a changed card number leaves the index');
is(holder('2'), '380671112234', '... and the new one is there');


# the same checks as in C: every bad value is refused and named

my $long = 'ї' x 255;

is($f->error(put_client => $phone, name => $long), '', '255 characters');
is(client()->{name}, $long, '... are stored');
is($f->error(put_client => $phone,
    name => "\xf0\x9f\x98\x80\xe2\x82\xac\xe1\x8f\xbf"),
    '', 'characters of 3 and 4 bytes');

my @refused = (
    ['name is longer than 255 characters', name => $long . 'ї'],
    ['name is longer than 255 characters', name => 'x' x 100_000],
    ['barcode is longer than 255 characters', barcode => '1' x 256],
    ['sex must be male or female', sex => 'x'],
    ['sex must be male or female', sex => 'Male'],
    ['bonus must be a number', bonus => '0x10'],
    ['bonus must be a number', bonus => 'inf'],
    ['bonus must be a number', bonus => 'nan'],
    ['bonus must be a number', bonus => '1e400'],
    ['bonus must be a number', bonus => '1,5'],
    ['discount must be a number', discount => '5%'],
    ['loyalty_group_id must be a whole number', loyalty_group_id => '-1'],
    ['loyalty_group_id must be a whole number', loyalty_group_id => '1.0'],
    ['id must be a whole number', id => 'a7'],
    ['id must be a whole number', id => '9007199254740992'],
    ['a value is missing after surname', name => 'a', 'surname'],
    ['name is given twice', name => 'a', name => 'a'],
    ['name is given twice', name => '', name => 'a'],
    ['unknown attribute phone', phone => $phone],
    ['unknown attribute Name', Name => 'a'],
    ['unknown attribute sname', "s\r\n-name" => 'a'],
    ['unknown attribute ' . 'x' x 32, 'x' x 1000 => 'a'],
    ['unknown attribute ', 'ім’я' => 'a'],
    ['unknown attribute middle', name => 'a', 'middle'],
);

my @last = qw( 20230131 20230228 20230331 20230430 20230531 20230630 20230731 20230831
    20230930 20231031 20231130 20231231 );

for my $day (qw( 20230229 19000229 00000101 20231301 20230431 20230100
                 2023-1-1 2023010 ), "2023010\0", map { $_ + 1 } @last) {
    push @refused, ['birthday must be a day as YYYYMMDD', birthday => $day];
}

for my $bytes ("\x80", "\xc3", "\xc3(", "\xc0\x80", "\xc1\xbf",
    "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82", "\xf0\x8f\xbf\xbf",
    "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xd0A\x90",
    "\xe2A\x82\xac", "\xe2\xd0\x90\x82\xac")
{
    push @refused, ['surname is not valid UTF-8', surname => "a${bytes}b"];
}

for my $bytes ("\0", "\t", "\n", "\x1f", "\x7f", "\xc2\x80", "\xc2\x9f",
    "\xe2\x80\xa8", "\xe2\x80\xa9")
{
    push @refused,
        ['surname holds control characters', surname => "a${bytes}ї"],
        ['barcode holds control characters', barcode => "1${bytes}2"];
}

for my $case (@refused) {
    my ($words, @arguments) = @$case;

    $f->refused($words, put_client => $phone, email => 'new@example.com',
        @arguments);
}

is($f->error(put_client => $phone, birthday => $_), '', "the day $_")
    for qw( 20240229 20000229 00010101 99991231 ), @last;

$f->refused('phone must be 380 and 9 digits', put_client => $_, name => 'a')
    for '', '38067111223', '3806711122333', '480671112233', '38067111223x',
        '+38067111223', "38067111223\n";
$f->refused('phone must be 380 and 9 digits', 'put_client');


# of whom nothing would be left

$f->refused('a new client needs an attribute', put_client => '380509999999');
$f->refused('a new client needs an attribute', put_client => '380509999999',
    name => '');

$f->call(put_client => '380509999999', name => 'a', id => 1);
$f->refused('nothing would be left of this client',
    put_client => '380509999999', name => '', id => '');
is($f->call(put_client => '380509999999', name => '', surname => 'b'), 0,
    'one attribute for another');


# card numbers of others

$f->refused('barcode is in use by another client',
    put_client => '380509999999', barcode => '2');
is($f->error(put_client => '380671112234', barcode => '2'), '',
    'the own number again');

$redis->hset($f->key('client:380671112234'), barcode => '3');
is($f->error(put_client => '380509999999', barcode => '2'), '',
    'a number whose holder has another one by now');
is(holder('2'), '380509999999', '... changes hands');

$redis->set($f->key('client:380671112234'), 'garbage');
is($f->error(put_client => $phone, barcode => '3'), '',
    'a number whose holder is a hash no more');


# the market's own ids

$f->call(put_client => $phone, id => 500);
is(client()->{id}, 500, 'an id is stored');
is($redis->get($f->key('seq:id')), 500, '... and the counter raised to it');
$f->call(put_client => $phone, id => 20);
is($redis->get($f->key('seq:id')), 500, '... but never lowered');
$f->open;
is($f->call(add_client => '380500000001', 'phone', '', '', '')->[1], 501,
    'later ids are greater');


# ... whatever command has written them; one at the end of the counter is passed
# over, as nothing could follow it

$f->refused('id must have at most 15 digits', put_client => $phone, id => $_)
    for '9007199254740991', '1000000000000000';
$redis->hset($f->key('client:380500000002'), barcode => 'P2', id => 700);
is($redis->get($f->key('seq:id')), 501, 'a plain command');
$f->call(capture => '380500000002');
is($redis->get($f->key('seq:id')), 700, '... raises the counter when captured');
$redis->hset($f->key('client:380500000002'), id => 800);
$f->call(capture => '380500000002');
is($redis->get($f->key('seq:id')), 800, '... also if nothing else has changed');

for my $id ('x', '01', '1000000000000000', '9007199254740991') {
    $redis->hset($f->key('client:380500000003'), id => $id);
    $f->call(capture => '380500000003');
    is($redis->get($f->key('seq:id')), 800, "... but not $id");
}

is_deeply($f->call(add_client => '380500000003', 'phone', '', '', ''),
    ['carded', '380500000003', '380500000003'], '... and is no id');
is($f->call(add_client => '380500000004', 'phone', '', '', '')->[1], 801,
    'ids continue after them');
$redis->hset($f->key('client:380500000005'), id => 900);
$f->acquire;
$f->sweep('scan');
is($redis->get($f->key('seq:id')), 900, 'what the sweep finds raises it too');
$f->call(release => $f->fence);

# an id that would leave few numbers: the counter does not get there

my $high = 380500000007;

for my $id (999000000000000, 999999999999999) {
    $f->call(put_client => $high, id => $id);
    is($redis->get($f->key('seq:id')), 900, "$id does not raise it");
}

$f->call(delete_client => $high);
$redis->hset($f->key("client:$high"), id => 999999999999998);
$f->acquire;
$f->sweep('scan');
is($redis->get($f->key('seq:id')), 900, '... nor does what the sweep finds');
$f->call(release => $f->fence);
is($f->call(add_client => $high, 'phone', '', '', '')->[1], 999999999999998,
    '... who keeps it');
$f->call(put_client => $high, id => 998999999999999);
is($redis->get($f->key('seq:id')), 998999999999999, '... the one before raises it');
$redis->set($f->key('seq:id'), 999000000000001);
$f->call(put_client => $high, id => 999000000000005);
is($redis->get($f->key('seq:id')), 999000000000005, '... but where it is there');
$f->call(delete_client => $high);

for my $left (1, 0) {
    $redis->set($f->key('seq:id'), 999999999999999 - $left);
    is($f->call(add_client => '380500000006', 'phone', '', '', '')->[0],
        $left ? 'created' : 'noids', "ids left: $left");
    $f->call(delete_client => '380500000006');
}

is($f->call(add_client => '380500000005', 'phone', '', '', '')->[0], 'carded',
    'none left: who has one gets a card');


# records that are no hash

$f->refused('the record of this phone is not a hash',
    put_client => '380671112234', name => 'a');


# deleted

$f->call(put_client => $phone, barcode => '77');
is($f->call(delete_client => $phone), 1, 'deleted');
is($redis->exists($f->key("client:$phone")), 0, '... the record');
is(holder('77'), undef, '... its card number');
is($f->hash('shadow:233')->{$phone}, undef, '... its shadow');
is((grep { $_ eq $phone } phones()), 0, '... its place');
is($f->call(delete_client => $phone), 0, 'deleted again');
is($f->call(delete_client => '380671112234'), 1, 'a record that is no hash');

$f->call(delete_client => '380500000001');
is($redis->hlen($f->key('added:001')), 0, 'the fingerprint goes too');

$f->refused('too many arguments', delete_client => $phone, '', '');
$f->refused('STALE the record is not as the condition says',
    delete_client => $phone, '*');
$f->refused('phone must be 380 and 9 digits', delete_client => '1');


# nothing is written of who has a broken key: his number says nothing of others

my ($seven, $eight) = qw( 380500000007 380500000008 );

$f->hooks_on;
$redis->set($f->key('seq:id'), 900);
$redis->hset($f->key("client:$seven"), barcode => 'B930', id => 1000);
$redis->hset($f->key("client:$eight"), barcode => 'B931', id => 950);
$redis->set($f->key('barcodes:930'), 'garbage');
$f->call(capture => $seven, $eight);
is($redis->get($f->key('seq:id')), 950,
    'a number is raised after one that could not be');
$redis->del($f->key('barcodes:930'));
$f->call(capture => $seven);
is($redis->get($f->key('seq:id')), 1000, '... which is, when it can');

$redis->set($f->key('barcodes:931'), 'garbage');
$redis->hset($f->key("client:$eight"), id => 1200);
$redis->hset($f->key("client:$seven"), id => 1100);
$f->call(resend => 'all', 'client:0');
is($redis->get($f->key('seq:id')), 1100, '... also when all are announced again');

finish();
