# Many deletions at once are not announced until somebody confirms them, or the
# records are back (contract, B17): polycard_confirm_deletions.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;

sub phone { sprintf '38067%07d', $_[0] }
sub guard { my $s = $f->status; return [@$s{qw( guard deletions_waiting )}] }
sub shown { $redis->zscore($f->key('clients'), phone($_[0])) }

sub shadow {
    my $phone = phone($_[0]);

    return $f->hash('shadow:' . substr $phone, -3)->{$phone};
}

# what the outbox holds, as "action number", and is emptied of

sub told {
    return map { my (undef, $object, undef, $action, undef, $id) = @$_;
        "$action " . ($object eq 'loyalty_groups' ? "group $id"
            : substr($id, 5) + 0) } $f->take('outbox');
}

sub start {
    my ($clients, %settings) = @_;

    $f->reset;
    $f->acquire;
    $f->fenced('settings', hooks => 1, delete_guard => 10, %settings);
    $f->sweep('scan');
    $f->call(put_client => phone($_), barcode => $_, bonus => 1)
        for 1 .. $clients;
    $f->take('outbox');
}

sub plain {
    my ($n, @values) = @_;

    $redis->hset($f->key('client:' . phone($n)), @values);
}

sub plain_group {
    $redis->hset($f->key("group:$_[0]"), title => 'a', loyaltyQuantity => 1,
        loyaltyType => 'bonuses');
}

sub plain_delete { $redis->del(map { $f->key('client:' . phone($_)) } @_) }
sub own_delete   { $f->call(delete_client => phone($_)) for @_ }
sub captured     { $f->call(capture => map { phone($_) } @_) }
sub from_to      { map { "deleted $_" } $_[0] .. $_[1] }


# a share of the clients

start(300);
own_delete(1 .. 10);
plain_delete(11 .. 20);
captured(11 .. 20);
plain_delete(21 .. 30);
$f->sweep('index');
is_deeply([told()], [from_to(1, 30)], '30 of 300, however they are found');
is_deeply(guard(), ['open', 0], '... are no reason to worry');

my $shadow = shadow(31);

is($f->call(delete_client => phone(31)), 1, 'one more is deleted');
is_deeply(guard(), ['closed', 1], '... but that is worth a question');
is_deeply([told()], [], '... and not told');
is_deeply([shown(31), shadow(31)], [31, $shadow],
    '... index and shadow stay as they are');
is($redis->hget($f->key('barcodes:31'), 31), phone(31), '... all of them');
plain_delete(32);
captured(32);
plain_delete(33 .. 40);
$f->sweep('index') for 1, 2;
is_deeply(guard(), ['closed', 10], '... nor are those that follow');
is_deeply([told()], [], '... told');
is($f->fenced("sweep_$_" => 0, 1)->[5], 1, "sweep_$_ says so")
    for qw( index groups scan );
is($f->call(delete_client => phone(31)), 0,
    'deleting it again changes nothing');

$f->call(put_client => phone(301), barcode => 301);
$f->call(change_bonus => phone(50), 5);
is_deeply([told()], ['added 301', 'changed 50'], 'other hooks go on');


# the records are back

$f->call(put_client => phone(31), barcode => 31, bonus => 3);
is_deeply([told()], ['changed 31'], 'one is back, with another bonus');
is_deeply(guard(), ['closed', 9], '... and does not wait any more');
$redis->hset($f->key('client:' . phone($_)), barcode => $_, bonus => 1)
    for 32 .. 38;
captured(32 .. 38);
is_deeply(guard(), ['closed', 2], 'others come as they were');
$redis->set($f->key('client:' . phone(39)), 'garbage');
captured(39);
is_deeply(guard(), ['closed', 1], 'one that is broken is not gone');
$redis->hset($f->key('client:' . phone(40)), barcode => 40, bonus => 1);
$f->sweep('index');
is_deeply(guard(), ['open', 0], 'all are back: the guard opens');
is($f->fenced(sweep_index => 0, 1)->[5], 0, '... and the sweep says so');
is_deeply([told()], [], 'there was nothing to tell');
own_delete(50);
is_deeply(guard(), ['closed', 1], '... but the hour is not over');

own_delete(51 .. 57);
is_deeply(guard(), ['closed', 8], 'seven more wait');
$f->call(import_clients => 2, qw( barcode bonus ), map { (phone($_), $_, 1) }
    50 .. 57);
is_deeply(guard(), ['open', 0], '... one call of an import brings all back');

# an earlier version has left it closed

$redis->hset($f->key('meta'), guard => 1000);
is($f->call('confirm_deletions'), 0, 'none waits behind a closed guard');
is_deeply(guard(), ['open', 0], '... which is opened');
is($redis->hget($f->key('meta'), 'released'), 1, '... as one more round');
$f->call(confirm_deletions => 0);
is($redis->hget($f->key('meta'), 'released'), 1, 'an open one has none');
$redis->hset($f->key('deletions'), int(time / 300), 30);
own_delete(50);
told();


# the hour

my %old = %{ $f->hash('deletions') };
my ($span) = keys %old;

is($old{$span}, 30, 'deletions are counted');
$redis->debug('RELOAD');
$f->call(put_client => phone(50), barcode => 50);
own_delete(50);
is_deeply(guard(), ['closed', 1], '... for longer than Redis runs');

$f->call(put_client => phone(50), barcode => 50);
told();
$redis->del($f->key('deletions'));
$redis->hset($f->key('deletions'), $span - 12, 30);
own_delete(50);
is_deeply(guard(), ['closed', 1], 'nearly an hour ago');
$f->call(put_client => phone(50), barcode => 50);
$redis->del($f->key('deletions'));
$redis->hset($f->key('deletions'), $span - 14, 30);
$redis->hset($f->key('deletions'), x => 30);
told();
own_delete(50);
is_deeply([told()], ['deleted 50'], 'long ago');
is_deeply([grep { $_ < $span } keys %{ $f->hash('deletions') }], [],
    '... is forgotten');


# confirmed

start(100);
plain_delete(1 .. 60);
$f->sweep('index');
is_deeply([told()], [from_to(1, 20)], '20 are always told');
is_deeply(guard(), ['closed', 40], '... the others are not');
is($f->call('confirm_deletions'), 40, 'confirmed');
is($f->call('confirm_deletions'), 0, '... once');
is_deeply(guard(), ['open', 0], '... the guard is open');
is($f->status->{deletions_confirmed}, 40, '... they are to be told');
is_deeply([told()], [], '... a little later');

captured(21, 22);
is_deeply([told()], ['deleted 21', 'deleted 22'], 'by a capture');
$redis->hset($f->key('client:' . phone(23)), barcode => 23, bonus => 1);
my $sum = $f->sweep('index');
my @told = told();
is_deeply([sort @told], [sort(from_to(24, 60))],
    'by the sweep, but for one that is back');
is($f->status->{deletions_confirmed}, 0, '... all');
is_deeply([shown(24), shadow(24)], [undef, undef], '... and forgotten');
is($redis->exists($f->key('gone')), 0, '... everywhere');
is($redis->zcard($f->key('clients')), 41, '... the others are there');

own_delete(61 .. 80);
is_deeply([told()], [from_to(61, 80)], 'counting began again');
own_delete(81);
is_deeply([told()], [], '... with the same bound');
plain_delete(82 .. 85);
captured(82 .. 85);
$f->refused('CONFLICT more deletions wait by now', confirm_deletions => 4);
is($f->call(confirm_deletions => 5), 5, 'confirmed again');
own_delete(86);
is_deeply([told()], ['deleted 86'], 'a new one goes its own way');
plain_delete(87 .. 100, 23);
captured(87 .. 100, 23);
$f->sweep('index');
is_deeply([sort(told())], [sort 'deleted 23', from_to(81, 85),
    from_to(87, 100)], 'confirmed ones are not counted');
$f->refused('too many arguments', confirm_deletions => 1, 1);
$f->refused('number must be 0 to 1000000000000', confirm_deletions => $_)
    for '', 'x', -1;


# everybody is gone, but not the memory of what was announced

start(1000);
$f->call(put_group => $_, title => 'a', loyaltyType => 'bonuses',
    loyaltyQuantity => 1) for 1 .. 3;
told();
plain_delete(1 .. 1000);
$redis->del($f->key("group:$_")) for 1 .. 3;
$f->sweep($_) for qw( index scan groups );
is_deeply([told()], [from_to(1, 100)], 'everybody: a share is told');
is_deeply(guard(), ['closed', 903], '... others wait, groups as well');
is($redis->zcard($f->key('clients')), 900, '... in their places');

$redis->hset($f->key('client:' . phone($_)), barcode => $_, bonus => 1)
    for 1 .. 1000;
$redis->hset($f->key("group:$_"), title => 'a', loyaltyType => 'bonuses',
    loyaltyQuantity => 1) for 1 .. 3;
$f->sweep($_) for qw( index scan groups );
is_deeply(guard(), ['open', 0], 'everybody is back');
is_deeply([sort(told())], [sort map { "added $_" } 1 .. 100],
    '... and those that were told are added');

start(50);
$f->call(put_group => 5, title => 'a', loyaltyType => 'bonuses',
    loyaltyQuantity => 1);
own_delete(1 .. 21);
$f->call(delete_group => 5);
is_deeply(guard(), ['closed', 2], 'a group waits');
is($f->call('confirm_deletions'), 2, '... and is confirmed');
told();
$f->sweep('groups');
is_deeply([sort(told())], ['deleted 21', 'deleted group 5'], '... and told');


# All that was known is lost (FLUSHALL): what comes back is taken in silently,
# until nothing new has come for 30 seconds, or for an hour.

sub lose {
    my (%settings) = @_;

    $f->reset;
    $f->acquire;
    $redis->hset($f->key('client:' . phone($_)), barcode => $_) for 1 .. 3;
    $f->fenced('settings', hooks => 1, delete_guard => 10, lost => 1,
        %settings);
    $f->sweep('scan');
}

sub synced { $f->status->{sync} }
sub added  { $f->call(add_client => phone(7), $_[0], '20', '', '') }
sub back   { $redis->hset($f->key('client:' . phone($_[0])), barcode => $_[0]);
             captured($_[0]) }

# when the first and the last one came back, seconds ago

sub since {
    my $now = time * 1000;

    $redis->hset($f->key('meta'), restore => join ' ',
        map { $now - 1000 * $_ } @_);
}

lose();
is(synced(), 'restore', 'all is lost');
is_deeply([told()], [], '... what is there already is not told');
is($redis->zcard($f->key('clients')), 3, '... but taken in');
is($f->fenced('settings', lost => 0)->[0], 'restore',
    '... another holder goes on');
back($_) for 4, 5;
$f->call(put_client => phone(6), barcode => 6);
is_deeply([told()], [], 'those who come back are not told either');
is_deeply(added($_), ['syncing', 'lost'],
    "... there is no card number yet, with $_") for qw( ean13 pool phone );
$f->call(put_client => phone(4), name => 'x');
own_delete(5);
is_deeply([told()], ['changed 4', 'deleted 5'], '... and so are changes');

for my $case ([20, 20, 'restore'], [3000, 20, 'restore'], [31, 31, 'done'],
              [3000, 31, 'done'], [3601, 1, 'done'],
              [-20, -20, 'restore'], [-86_400, -86_400, 'done'])
{
    my ($first, $last, $expected) = @$case;

    lose();
    since($first, $last);
    $f->sweep('scan');
    is(synced(), $expected, "$expected: $first s and $last s ago");
}

back(9);
is_deeply([told()], ['added 9'], 'then a new one is told');
is($redis->hget($f->key('meta'), 'restore'), undef, '... all is forgotten');


# Time does not tell which numbers are in use: an operator does, and what is
# there is taken in first.

is_deeply(added('ean13'), ['syncing', 'lost'],
    '... but that numbers may be in use');
cmp_ok($f->status->{lost}, '>', 1.6e12, '... since when is in the status');
$f->refused('too many arguments', confirm_clients => 'all');

my $reply = $f->fenced(sweep_scan => 0, 1);

is($reply->[9], 0, '... nobody waits for a pass');
$redis->hset($f->key('client:' . phone(70)), barcode => '2000000010014');
is($f->call('confirm_clients'), 4, 'an operator confirms: so many are there');
is_deeply(added('ean13'), ['syncing', 'lost'], '... not yet: a pass is due');
is($f->fenced(sweep_index => 0, 10)->[9], 1, '... for which somebody waits');
$f->sweep('scan');
is_deeply(added('ean13'), ['created', 1001, '2000000010021'],
    '... then numbers are issued, none of those before, and none that is in use');
is($f->status->{lost}, 0, '... nothing is lost any more');
is($f->fenced(sweep_index => 0, 10)->[9], 0, '... nobody waits');
is_deeply([sort(told())], ['added 7', 'added 70'],
    '... and who is new was told all the time');
$f->refused('CONFLICT nothing was lost', 'confirm_clients');

# a pass that had begun before does not count

lose();
$redis->set("other:$_", 1) for 1 .. 2000;
$reply = $f->fenced(sweep_scan => 0, 10);
$f->call('confirm_clients');
$reply = $f->fenced(sweep_scan => $reply->[0], 100) until $reply->[0] eq '0';
is_deeply(added('ean13'), ['syncing', 'lost'],
    'the pass under way is not the one that tells');
is(synced(), 'running', '... restore is over');
$f->sweep('scan');
is(added('ean13')->[0], 'created', '... the next one is');

# somebody is back before a holder tells that all was lost, and nobody after

for my $there (0, 1) {
    $f->reset;
    $f->acquire;
    $f->call(put_client => phone(1), barcode => 1) if $there;
    $f->fenced('settings', hooks => 1, lost => 1);
    is(defined $redis->hget($f->key('meta'), 'restore') ? 1 : 0, $there,
        ($there ? 'a client is' : 'nobody is') . ' there when it begins');
}

lose();
since(100, 50);
back(10);
$f->sweep('scan');
is(synced(), 'restore', 'another one comes back: it goes on');

lose();
$f->reset;
$f->acquire;
$f->fenced('settings', hooks => 1, lost => 1);
$f->sweep('scan') for 1 .. 3;
is(synced(), 'restore', 'nothing came: it goes on');
is($f->call('confirm_deletions'), 0, 'nothing will: confirmed');
$f->sweep('scan');
is(synced(), 'done', '... it is over');
back(1);
is_deeply([told()], ['added 1'], '... a new one is told');

lose(initial_sync => 'announce');
is_deeply([sort(told())], ['added 1', 'added 2', 'added 3'],
    'announce: each is told');
is(synced(), 'restore', '... and no card number is issued meanwhile');
lose(lost => 0);
is(synced(), 'done', 'a first start is over after one pass');
$f->refused('lost must be 0 or 1', settings => $f->fence, lost => 'x');


# settings

start(50, delete_guard => 100);
own_delete(1 .. 50);
is(scalar(told()), 50, '100 per cent: no guard');
start(50, delete_guard => 0);
own_delete(1 .. 50);
is(scalar(told()), 20, '0 per cent: 20');
start(50, hooks => 0);
own_delete(1 .. 50);
is_deeply([guard(), $redis->zcard($f->key('clients'))], [['open', 0], 0],
    'no hooks: nothing to guard');


# a full outbox: what is not told is not counted

start(300);
plain_delete(1 .. 100);
$f->fenced('settings', outbox_max => 10);
$f->sweep('index');
is(scalar(told()), 10, 'no room for more');
is_deeply(guard(), ['open', 0], '... is not the guard');
$f->fenced('settings', outbox_max => 1000);
$f->sweep('index');
is(scalar(told()), 20, 'then up to the share');
is_deeply(guard(), ['closed', 70], '... and the rest waits');

# whose shadow is lost: nobody can be told of them, and they hold up nobody

start(50, delete_guard => 1);
plain_delete(1 .. 50);
$f->sweep('index');
is_deeply(guard(), ['closed', 30], 'held back');
$redis->del($f->key('shadow:' . substr $_, -3)) for map { phone($_) } 1 .. 50;
$f->sweep('index');
is_deeply(guard(), ['open', 0], '... and their shadows are lost: none waits');

start(30);
$redis->set($f->key('gone'), 'garbage');
$f->refused('BROKEN the key gone is of a wrong type', delete_client => phone(1));
$redis->del($f->key('gone'));
$redis->set($f->key('deletions'), 'garbage');
$f->refused('BROKEN the key deletions is of a wrong type', delete_client => phone(1));

start(50);
plain_delete(1 .. 50);
$f->sweep('index');
$redis->rename($f->key('gone'), $f->key('aside'));
$redis->set($f->key('gone'), 'garbage');
$f->refused('BROKEN the key gone is of a wrong type', confirm_deletions =>);
$redis->rename($f->key('aside'), $f->key('gone'));
is_deeply(guard(), ['closed', 30], 'who waits cannot be read: nothing is confirmed');


# whose change cannot be written: nothing is noted of it for the next one

start(300);
own_delete(1 .. 30);
plain_delete(31);
captured(31);
is_deeply(guard(), ['closed', 1], 'one waits');
$f->take('outbox');
$redis->del($f->key('deletions'));
$redis->set($f->key('barcodes:A31'), 'garbage');
plain(31, barcode => 'A31');
plain_delete(32, 33);
is($f->sweep('index')->{skipped}, 1, 'he is back, but for a broken key');
is_deeply([told()], [], '... and nobody else is announced');
is_deeply(guard(), ['closed', 3], '... they wait');
plain_delete(34);
captured(31, 34);
is_deeply([told()], [], 'the same where some are captured at once');
$redis->del($f->key('barcodes:A31'));
$f->fenced('broken');
is_deeply(guard(), ['closed', 3], 'three wait when he is mended');

# deletions that were told while the clock of Redis was ahead are of the last hour when
# it is set back, and not of the time until it is there again

my $ahead = int(time / 300) + 100_000;

for my $case ([ 7, 'open', 8 ], [ 40, 'closed', 40 ]) {
    my ($n, $state, $counts) = @$case;

    start(100);
    $redis->hset($f->key('deletions'), $ahead => $n - 2, $ahead + 1 => 2, 17 => 5);
    own_delete(1);
    is(guard()->[0], $state, "$n deletions of a clock that was ahead");

    my ($span, @counted) = %{ $f->hash('deletions') };

    is_deeply(\@counted, [ $counts ], '... are all that counts');
    cmp_ok($span, '<', $ahead, '... of now');
}


start(30);
plain_group($_) for 1, 2;
$f->sweep('scan');
$f->take('outbox');
$redis->del(map { $f->key("group:$_") } 1, 2);
$redis->set($f->key('clients'), 'garbage');
is($f->sweep('groups')->{skipped}, 2,
    'of how many clients a share is taken is unknown');

finish();
