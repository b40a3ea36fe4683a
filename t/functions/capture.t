# polycard_capture: what somebody wrote with plain commands becomes index,
# shadow and hooks (contract, B11, B16, B21).

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my $phone = '380671112233';
my $other = '380671112234';

sub write_client {
    my ($phone, %fields) = @_;

    $redis->hset($f->key("client:$phone"), %fields);
}

sub captured { $f->call(capture => @_) }
sub shadow   { $f->hash('shadow:' . substr $_[0], -3)->{$_[0]} }
sub place    { $redis->zscore($f->key('clients'), $_[0]) }
sub noted    { $redis->zscore($f->key("incomplete"), $_[0]) }
sub holder   { $redis->hget($f->key('barcodes:' . substr $_[0], -3), $_[0]) }

# the hooks written by a capture, which must tell their number

sub hooks_of {
    my ($phone) = @_;

    my $count = captured($phone);
    my @hooks = $f->take('outbox');

    return "$count, not " . @hooks if $count != @hooks;
    return \@hooks;
}

sub clients {
    my ($action, $phone, @attributes) = @_;

    return [object => 'clients', action => $action, phone => $phone,
        @attributes];
}

sub bonuses {
    my ($action, $phone, $attribute, $change, $total) = @_;

    return [object => 'bonuses', action => $action, phone => $phone,
        attribute => $attribute, change => $change, total => $total];
}


# a client becomes known

$f->hooks_on;
write_client($phone, name => 'Оля', barcode => 'A1', bonus => '10.50',
    vip => 'yes');
my @shown = (name => 'Оля', barcode => 'A1', bonus => '10.5');

is_deeply(hooks_of($phone), [clients(added => $phone, @shown)], 'added');
is(place($phone), 1, '... to the index');
is(holder('A1'), $phone, '... to that of card numbers');
is(shadow($phone), '[false,"Оля",false,false,false,false,"A1","10.5",false,'
    . 'false]', '... to the shadow');
is_deeply(hooks_of($phone), [], 'captured again: nothing');


# what changes

write_client($phone, name => 'Ольга', loyalty_group_id => 3);
@shown = (name => 'Ольга', barcode => 'A1', bonus => '10.5');
is_deeply(hooks_of($phone), [clients(changed => $phone, @shown,
    loyalty_group_id => 3)], 'attributes: one hook');

write_client($phone, bonus => '7.25');
is_deeply(hooks_of($phone), [bonuses(changed => $phone, 'bonus', '-3.25',
    '7.25')], 'the bonus: its own');

write_client($phone, bonus => $_) and
    is_deeply(hooks_of($phone), [], "bonus '$_' is no change")
    for '7.250', '7.25000000000001', '725e-2';

write_client($phone, bonus => '8', discount => '5');
is_deeply(hooks_of($phone), [
    bonuses(changed => $phone, 'bonus', '0.75', '8'),
    bonuses(added => $phone, 'discount', '5', '5'),
], 'bonus and discount: one each');

# what cannot be read counts as it was announced (B26)

my $told = shadow($phone);

write_client($phone, @$_) and
    is_deeply(hooks_of($phone), [], "$_->[0] '$_->[1]' tells nothing")
    for [bonus => '130,75'], [bonus => ' '], [discount => 'nan'],
        [bonus => '10000000000000'], [loyalty_group_id => '3.0'],
        [sex => 'x'], [birthday => '20230229'];
is(shadow($phone), $told, '... and changes nothing of what was told');
write_client($phone, bonus => '9', discount => '5', loyalty_group_id => 3);
is_deeply(hooks_of($phone), [bonuses(changed => $phone, 'bonus', '1', '9')],
    'readable again: the difference to what was told');
write_client($phone, bonus => '8');
hooks_of($phone);

$redis->hdel($f->key("client:$phone"), 'bonus', 'discount');
write_client($phone, barcode => 'A2');
is_deeply(hooks_of($phone), [
    clients(changed => $phone, name => 'Ольга', barcode => 'A2',
        loyalty_group_id => 3),
    bonuses(deleted => $phone, 'bonus', '-8', '0'),
    bonuses(deleted => $phone, 'discount', '-5', '0'),
], 'removed');
is(holder('A1'), undef, 'the old card number is gone');
is(holder('A2'), $phone, '... and the new one there');

write_client($phone, sex => '', birthday => '', email => '',
    discount => '', loyalty_group_id => '');
is_deeply(hooks_of($phone), [clients(changed => $phone, name => 'Ольга',
    barcode => 'A2')], 'what is empty counts as absent');

write_client($phone, name => 'x' x 100_000);
is(length(${ hooks_of($phone)->[0] }[7]), 1020, 'a name without end is cut');
write_client($phone, name => "\xff\"\\/\n");
is(hooks_of($phone)->[0][7], "\xff\"\\/\n", 'any bytes go through');
is_deeply(hooks_of($phone), [], '... and back');


# broken, whole again, gone (B21)

my @before = (name => "\xff\"\\/\n", barcode => 'A2');
my $shadow = shadow($phone);

$redis->hdel($f->key("client:$phone"), 'barcode');
is_deeply(hooks_of($phone), [], 'without its card');
is(shadow($phone), $shadow, '... it stays as last announced');
is(place($phone), 1, '... in its place');

$redis->set($f->key("client:$phone"), 'garbage');
is_deeply(hooks_of($phone), [], 'of a wrong type');
is(shadow($phone), $shadow, '... it stays as last announced');

$redis->del($f->key("client:$phone"));
write_client($phone, @before, bonus => 1);
is_deeply(hooks_of($phone), [bonuses(added => $phone, 'bonus', 1, 1)],
    'whole again: what is new');

$redis->set($f->key("client:$phone"), 'garbage');
$redis->hset($f->key('added:233'), $phone, 'fingerprint');
captured($phone);
is($redis->hlen($f->key('added:233')), 1, 'broken: the fingerprint stays');
$redis->del($f->key("client:$phone"));
is_deeply(hooks_of($phone), [clients(deleted => $phone, @before,
    bonus => 1)], 'gone: deleted with its last attributes');
is_deeply([place($phone), shadow($phone), holder('A2')],
    [undef, undef, undef], '... and gone everywhere');
is($redis->hlen($f->key('added:233')), 0, '... with its fingerprint');
is_deeply(hooks_of($phone), [], 'and deleted once only');

for my $record ([name => 'a'], [barcode => ''], [barcode => "\xff"],
    [barcode => 'x' x 256], [barcode => "a\tb"], [barcode => ' '],
    [barcode => "\xc2\xa0\t"])
{
    write_client($other, @$record);
    is_deeply(hooks_of($other), [], 'never whole: nothing');
    is_deeply([place($other), shadow($other), noted($other)],
        [undef, undef, 2], '... nowhere but among these');
}

$redis->set($f->key("client:$other"), 'garbage');
is_deeply(hooks_of($other), [], 'never a hash: nothing');
$redis->del($f->key("client:$other"));
is_deeply(hooks_of($other), [], 'never there: nothing');
is(noted($other), undef, '... not even there');
is($redis->exists($f->key('seq:position')), 1, 'positions go on');

write_client($phone, barcode => 'A2');
captured($phone);
is(place($phone), 3, 'back again: at the end');
$f->take('outbox');


# one card number, two clients

write_client($other, barcode => 'A2');
captured($other);
is(holder('A2'), $phone, 'the first one keeps the number');
is(place($other), 4, '... and the second is a client as well');
write_client($phone, barcode => 'A3');
captured($phone);
is(holder('A2'), undef, 'the first one has another');
captured($other);
is(holder('A2'), $other, '... so it is the second one\'s');

$redis->set($f->key("client:$other"), 'garbage');
captured($other);
is(holder('A2'), $other, 'broken: its number stays');
write_client($phone, barcode => 'A2');
captured($phone);
is(holder('A2'), $phone, '... until somebody has it');
$redis->del($f->key("client:$other"));
captured($other);
is(holder('A2'), $phone, 'gone: only the own entry goes');


# what is out of line is mended, whatever it holds

$redis->hset($f->key('shadow:233'), $phone, $_)
    and captured($phone)
    and is(shadow($phone), '[false,false,false,false,false,false,"A2",false,'
        . 'false,false]', "a shadow that holds '$_'")
    for 'garbage', '5', '', '{"a":[]}', 'null';

$redis->del($f->key('clients'), $f->key('barcodes:A2'));
captured($phone);
ok(place($phone), 'an index that is gone');
is(holder('A2'), $phone, '... and one of card numbers');

$redis->hset($f->key('shadow:233'), $phone, '["a",false]');
$f->take('outbox');
is_deeply(hooks_of($phone), [clients(changed => $phone, barcode => 'A2')],
    'a shadow of fewer attributes');

$redis->hset($f->key('shadow:233'), $phone, '["a"' . ',false' x 9 . ']');
write_client($phone, name => 'b');
$redis->hdel($f->key("client:$phone"), 'barcode');
is_deeply(hooks_of($phone), [],
    'a record without a card number is none, though its shadow has none either');


# no hooks wanted: index and shadow only

$f->reset;
write_client($phone, barcode => 'A1', bonus => 1);
is(captured($phone), 0, 'no hooks');
ok(shadow($phone), '... but a shadow');
is($redis->exists($f->key('outbox')), 0, '... and no outbox');
$f->hooks_on;
is(captured($phone), 0, 'hooks are wanted now: nothing has changed since');
write_client($phone, bonus => 2);
is(captured($phone), 1, '... what changes from now on is announced');


# groups

my @group = (title => 'Золота', loyaltyType => 'discount',
    loyaltyQuantity => '7.50', active => '1');
my @normal = (@group[0 .. 4], '7.5', active => 'true');

sub group_hooks {
    my $count = $f->call(capture_group => @_);
    my @hooks = $f->take('outbox');

    return "$count, not " . @hooks if $count != @hooks;
    return \@hooks;
}

sub groups {
    my ($action, $id, @attributes) = @_;

    return [object => 'loyalty_groups', action => $action, id => $id,
        @attributes];
}

$f->take('outbox');
$redis->hset($f->key('group:7'), @group);
is_deeply(group_hooks(7), [groups(added => 7, @normal)], 'a group');
is($redis->zscore($f->key('groups'), 7), 7, '... in its place');
is_deeply(group_hooks(7), [], '... once');
$redis->hset($f->key('group:7'), active => 'yes');
is_deeply(group_hooks(7), [], 'what cannot be read tells nothing');
$redis->hdel($f->key('group:7'), 'active');
is_deeply(group_hooks(7), [groups(changed => 7, @normal[0 .. 5])],
    'changed');
$redis->hdel($f->key('group:7'), 'title');
is_deeply(group_hooks(7), [], 'broken');
$redis->del($f->key('group:7'));
is_deeply(group_hooks(7, 8), [groups(deleted => 7, @normal[0 .. 5])],
    'gone');
is($redis->zcard($f->key('groups')), 0, '... from the index');


# arguments

is($f->call('capture'), 0, 'nobody');
is($f->call(capture => map { $phone } 1 .. 16), 0, '16 at once');
$f->refused('more than 16 at once', capture => map { $phone } 1 .. 17);
$f->refused('more than 16 at once', capture_group => 1 .. 17);
write_client($phone, bonus => 99);
$f->refused('phone must be 380 and 9 digits', capture => $phone, '1');
$f->refused('id must be a whole number', capture_group => 7, 'gold');
is(captured($phone, $phone), 1, 'one who is named twice: one hook');

finish();
