# The greatest card number in use of the range that the configuration names,
# whoever has given it out: what polycard_lease tells of it, so that nginx can
# hand it back after a loss, and addClient then needs nobody's confirmation.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my @host = ('web1', hooks => 0, card_numbers => 'ean13_20_5_');
my @range = ('ean13', '20', '5', '');

sub phone { sprintf '38067%07d', $_[0] }
sub ean13 { $f->ean13(sprintf '20%010d', $_[0]) }
sub lease { @{ $f->call(lease => 'test', 600_000, @host) } }
sub known { (lease())[4, 5] }

# another configuration, long after the one before

sub configure { $redis->del($f->key("hosts")); $host[4] = $_[0] }

sub start {
    my (%settings) = @_;

    $f->reset;
    $f->acquire;
    lease();

    return $f->fenced('settings', %settings)->[0];
}


# the first pass finds those who are there

$redis->hset($f->key('client:' . phone(1)), barcode => ean13(40), id => 7);
$redis->hset($f->key('client:' . phone(2)), barcode => ean13(30));
$redis->hset($f->key('client:' . phone(3)), barcode => '2000000009999');
$redis->hset($f->key('client:' . phone(4)), barcode => '21' . substr ean13(90), 2);
$f->acquire;
is_deeply([known()], [-1, 0], 'unknown before the first pass');
$f->fenced('settings');
is_deeply([known()], [-1, 0], '... nor when it has begun');
$f->fenced(sweep_scan => 0, 100);
is($redis->hget($f->key('meta'), 'top'), 'ean13_20_5_ 40',
    '... but noted before anybody is taken in');
$f->sweep('scan');
is_deeply([known()], [40, 7], '... then it is known');

# whoever gives one out

is($f->call(add_client => phone(5), @range)->[2], ean13(5), 'addClient');
is_deeply([known()], [40, 8], '... is below');
$f->call(put_client => phone(6), barcode => ean13(50));
is_deeply([known()], [50, 8], 'the back office, by a function');
$redis->hset($f->key('client:' . phone(7)), barcode => ' ' . ean13(60));
$f->call(capture => phone(7));
is_deeply([known()], [60, 8], '... by a plain command');
$f->call(put_client => phone(8), barcode => ean13(55), id => 100);
is_deeply([known()], [60, 100], '... less than that');
$redis->set($f->key('seq:card'), 70);
is_deeply([known()], [70, 100], 'the counter');
$f->call(add_client => phone(9), @range);
is($redis->hget($f->key('meta'), 'top'), 'ean13_20_5_ 60',
    '... which is not written twice');
$f->call(delete_client => phone(7));
is_deeply([known()], [71, 101], 'a number does not come back');


# another range is known when all clients were looked at

configure('ean13_21_5_');
is_deeply([known()], [-1, 101], 'another range');
$f->sweep('index');
is_deeply([known()], [71, 101], '... the counter is one for all');
$redis->del($f->key('seq:card'));
is_deeply([known()], [0, 101], '... nobody has one of it, as it seems');
$redis->hset($f->key('client:' . phone(10)), barcode =>
    $f->ean13('210000000090'));
$f->sweep('scan');
is_deeply([known()], [90, 101], '... what the sweep finds');
configure('ean13_20_5_');
is((known())[0], -1, 'back again: who has got one meanwhile?');
$f->fenced(sweep_index => 0, 1);
is((known())[0], -1, '... a part of a pass does not say');
$f->sweep('index');
is((known())[0], 71, '... the whole of it does');

for my $cards (qw( pool phone )) {
    configure($cards);
    $f->sweep('index');
    is((known())[0], -1, "$cards: unknown");
}

configure('ean13_20_5_');
lease();
$f->sweep('index');
$redis->set($f->key('seq:card'), 'x');
is_deeply([known()], [-1, -1], 'a counter that cannot be read');


# all is lost, and what was in use is known

is(start(lost => 1, known_card => 5000, known_id => 300), 'restore',
    'all is lost, but it is known which numbers were in use');
is_deeply($f->call(add_client => phone(1), @range),
    ['created', 1301, ean13(6001)], '... addClient continues after them');
is($f->status->{lost}, 0, '... and waits for nobody');
is((known())[0], -1, 'once more it is not known');
$f->sweep('scan');
is($f->status->{sync}, 'restore', 'what is back is taken in all the same');
is((known())[0], 6001, '... and then it is');
is($redis->hget($f->key('meta'), 'restore'), undef,
    'whom addClient registers has not come back');
is($f->call('confirm_clients'), 1, 'an operator says that nobody will');
$f->sweep('scan');
is($f->status->{sync}, 'done', '... it is over');
is($f->call(add_client => phone(2), @range)->[0], 'created',
    '... and numbers were issued all the time');
$f->refused('CONFLICT nothing was lost', 'confirm_clients');

is(start(lost => 1, known_id => 300), 'restore', 'one of the two is not known');
is_deeply($f->call(add_client => phone(1), @range), ['syncing', 'lost'],
    '... it waits for an operator');
$f->call('confirm_clients');
is_deeply($f->call(add_client => phone(1), @range), ['syncing', 'lost'],
    '... and then for a pass');
$f->sweep('scan');
is($f->call(add_client => phone(1), @range)->[0], 'created', '... then it opens');

is(start(lost => 0, known_card => 5000, known_id => 300), 'running',
    'a first start');
is_deeply($f->call(add_client => phone(1), @range), ['syncing', 'new'],
    '... waits for its pass');
$f->sweep('scan');
is_deeply($f->call(add_client => phone(1), @range), ['created', 1, ean13(5)],
    '... and has the first numbers');

finish();
