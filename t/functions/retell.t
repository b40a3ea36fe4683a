# polycard_retell: keys of which the gateway was told, and which may be lost, are
# told as they are now; and what polycard_settings says where it is unknown.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my ($one, $two, $three) = qw( 380671112233 380671112234 380671112235 );
my @settings = (hooks => 1, delete_guard => 100);

sub start {
    $f->reset;
    $f->acquire;
    $f->fenced('settings', @settings, @_);
    $f->sweep('scan');
}

sub told {
    return [ map { my %hook = @$_; join ' ', @hook{qw( object action )},
        $hook{phone} || $hook{id}, $hook{barcode} || () } $f->take('outbox') ];
}

sub retell { return $f->call(retell => @_) }
sub unknown { return $f->status->{doubt} }


start();
$f->call(put_client => $one, barcode => 'A1', bonus => 5);
$f->call(put_group => 3, title => 'a', loyaltyType => 'bonuses',
    loyaltyQuantity => 1);
told();

is_deeply(retell($one, 'changed', 'A1', 'group:3', 'changed', ''), [2, 0],
    'two that are there');
is_deeply(told(), ["clients changed $one A1", 'loyalty_groups changed 3'],
    '... are told whole');
is_deeply(retell($two, 'changed', 'B1'), [1, 0], 'one who is not there');
is_deeply(told(), ["clients deleted $two B1"], '... is deleted');
is_deeply(retell($two, 'deleted', 'B1'), [1, 0], 'one who is gone, as was told');
is_deeply(told(), [], '... is no news');
is_deeply(retell($one, 'deleted', 'A1'), [1, 0], 'one who is back');
is_deeply(told(), ["clients added $one A1"], '... is added');
is_deeply(retell($three, 'changed', '', 'group:4', 'changed', ''), [2, 2],
    'what is not there, without a card, and a group');
is_deeply(told(), [], '... cannot be told, which is said');
cmp_ok(unknown(), '>', 0, '... and kept');
is_deeply(retell('unknown'), [0, 0], 'what was sent is unknown');
cmp_ok(unknown(), '>', 0, '... this is kept as well');
$f->call(resend => 'all', 'group:0');
cmp_ok(unknown(), '>', 0, '... after the groups');
$f->call(resend => 'all', 'client:0');
is(unknown(), 0, '... until the clients, too, are announced again');
told();

# a record that has broken counts as it was announced (contract, B21)

$redis->hdel($f->key("client:$one"), 'barcode');
$f->call(capture => $one);
is_deeply(retell($one, 'deleted', 'A1'), [1, 0], 'one whose record is broken');
is_deeply(told(), ["clients added $one A1"], '... is there, as announced');
$redis->hset($f->key("client:$one"), barcode => 'A1');
is($f->call(capture => $one), 0, '... and whole again');

$redis->hset($f->key("client:$three"), barcode => 'C1');
is_deeply(retell($three, 'changed', 'C0'), [1, 0], 'one whom nobody knew');
is_deeply(told(), ["clients added $three C1"], '... is added, once');
$redis->del($f->key("client:$three"));
is_deeply(retell($three, 'changed', 'C0'), [1, 0], 'one who has just gone');
is_deeply(told(), ["clients deleted $three C1"], '... is deleted, once');


# as far as there is room, and as the guard lets them go

$f->fenced('settings', outbox_max => 2);
is_deeply(retell(map { ($_, 'changed', 'A1') } $one, $two, $three), [2, 0],
    'no room for all');
is(scalar @{ told() }, 2, '... those that there was room for');
$f->fenced('settings', outbox_max => 1000, delete_guard => 0);
$redis->del($f->key('deletions'));

my @gone = map { sprintf '38067%07d', $_ } 1 .. 25;
my @replies = map { retell(map { ($_, 'changed', 'X') } @$_) }
    [ @gone[0 .. 12] ], [ @gone[13 .. 24] ];

is($replies[0][1] + $replies[1][1], 5, 'the guard holds some back');
is(scalar @{ told() }, 20, '... of many');
$f->fenced('settings', hooks => 0);
is_deeply(retell(map { ($_, 'changed', 'A1') } $one, $two), [2, 0],
    'a market without hooks');
is_deeply(told(), [], '... tells nobody');


# a key that is broken is neither told nor untold, and its deletion does not count

start(delete_guard => 0);
$f->call(put_client => $one, barcode => 'A1');
told();
retell(map { ($_, 'changed', 'X') } @$_) for [ @gone[0 .. 12] ], [ @gone[13 .. 18] ];
is(scalar @{ told() }, 19, 'the guard lets one more go');
$redis->del(map { $f->key($_) } "client:$one", 'barcodes:A1');
$redis->set($f->key('barcodes:A1'), 'x');
is_deeply(retell($one, 'changed', 'A1', $two, 'changed', 'B1'), [2, 0],
    '... not one whose card cannot be freed');
is_deeply(told(), ["clients deleted $two B1"], '... but the next one');
is(unknown(), 0, '... nothing is unknown');

start(lost => 1);
$redis->hset($f->key('meta'), sync => 'restore');
is_deeply(retell($two, 'changed', 'B1'), [1, 1],
    'where all is lost nobody is deleted');
is_deeply(told(), [], '... as he may come back');


# who told the gateway, in which history

sub doubt { $f->fenced('settings', @settings)->[4] }

start();
is(doubt(), 0, 'the same history');
$redis->hset($f->key('meta'), told => '0123456789abcdef');
is(doubt(), 1, 'another one, and nobody has given the lease away');
is(doubt(), 0, '... which is said once');
$redis->hset($f->key('meta'), told => '0123456789abcdef');
retell();
is(doubt(), 0, '... and not where somebody has told all that he knew');
$redis->hset($f->key('meta'), told => '0123456789abcdef');
$f->call(release => $f->fence);
$f->acquire;
is(doubt(), 0, '... nor where the lease was given away');


# bad arguments

my $wrong = 'a key, what was told and a card number must be given, of 16 at most';

$f->refused($wrong, retell => $one);
$f->refused($wrong, retell => ($one, 'changed', 'A1') x 17);
$f->refused('what was told must be changed or deleted', retell => $one, 'x', '');
like($f->error(retell => $one, 'changed', 'x' x 256), qr/^ERR card /,
    'a card number that is none');

finish();
