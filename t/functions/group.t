# polycard_put_group and polycard_delete_group.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my %gold = (title => 'Золота', loyaltyType => 'discount',
    loyaltyQuantity => '7.5', active => 'true');

sub group  { $f->stored("group:$_[0]") }
sub groups { [$redis->zrange($f->key('groups'), 0, -1)] }

sub hook {
    my ($action, $id, %group) = @_;

    return [object => 'loyalty_groups', action => $action, id => $id,
        map { defined $group{$_} ? ($_, $group{$_}) : () }
        qw( title loyaltyType loyaltyQuantity active )];
}


$f->hooks_on;

is($f->call(put_group => 10, %gold), 1, 'a new group');
is_deeply(group(10), \%gold, '... is stored as given');
is_deeply([$f->take('outbox')], [hook(added => 10, %gold)],
    '... and announced');

my %silver = (title => 'Срібна', loyaltyType => 'bonuses',
    loyaltyQuantity => '5.00', active => '0');

is($f->call(put_group => 9, %silver), 1, 'another one');
is_deeply(group(9), { %silver, loyaltyQuantity => '5', active => 'false' },
    '... in its normal form');
is_deeply(groups(), [9, 10], 'groups stand in the order of their ids');
$f->take('outbox');

is($f->call(put_group => 10, active => '1'), 0, 'the same again');
is_deeply([$f->take('outbox')], [], '... is no change');
is($f->call(put_group => 10, title => 'Платинова', active => ''), 0,
    'changed');
is_deeply(group(10), { title => 'Платинова', loyaltyType => 'discount',
    loyaltyQuantity => '7.5' }, '... and without the optional attribute');
is_deeply([$f->take('outbox')], [hook(changed => 10, %{ group(10) })],
    '... and announced');


# bad arguments

my @refused = (
    ['title cannot be removed', 10, title => ''],
    ['loyaltyType cannot be removed', 10, loyaltyType => ''],
    ['loyaltyQuantity cannot be removed', 10, loyaltyQuantity => ''],
    ['title is missing; loyaltyType is missing; loyaltyQuantity is missing', 11],
    ['title is missing', 11, loyaltyType => 'bonuses', loyaltyQuantity => 1],
    ['loyaltyType is missing; loyaltyQuantity is missing', 11, title => 'a'],
    ['active must be true or false; title is missing; loyaltyQuantity is missing',
        11, loyaltyType => 'bonuses', active => 'x'],
    ['loyaltyType must be discount or bonuses; title cannot be removed', 10,
        title => '', loyaltyType => 'x'],
    ['loyaltyQuantity is missing', 11, title => 'a',
        loyaltyType => 'bonuses'],
    ['title cannot be removed; loyaltyType is missing; loyaltyQuantity is missing',
        11, title => ''],
    ['loyaltyType must be discount or bonuses', 10, loyaltyType => 'gifts'],
    ['loyaltyQuantity must be a number', 10, loyaltyQuantity => 'ten'],
    ['active must be true or false', 10, active => 'yes'],
    ['title is longer than 255 characters', 10, title => 'x' x 256],
    ['title is not valid UTF-8', 10, title => "\xff"],
    ['title is given twice', 10, title => 'a', title => 'b'],
    ['a value is missing after active', 10, 'active'],
    ['unknown attribute id', 10, id => 11],
    ['unknown attribute name', 10, name => 'a'],
);

push @refused, map { ['id must be a whole number', $_, %gold] }
    '', '-1', '1.5', '01', 'gold', '9007199254740992';

for my $case (@refused) {
    my ($words, @arguments) = @$case;

    $f->refused($words, put_group => @arguments);
}

$f->refused('id must be a whole number', 'put_group');


# records that somebody has written by hand

$redis->set($f->key('group:12'), 'garbage');
$f->refused('the record of this group is not a hash', put_group => 12, %gold);

$redis->hset($f->key('group:13'), title => 'Нова');
$f->refused('loyaltyType is missing; loyaltyQuantity is missing',
    put_group => 13, active => 1);
is($f->call(put_group => 13, loyaltyType => 'bonuses', loyaltyQuantity => 1),
    0, 'what was missing is put');
is_deeply([$f->take('outbox')], [hook(added => 13, %{ group(13) })],
    '... and makes it a group');


# deleted

is($f->call(delete_group => 13), 1, 'deleted');
is_deeply(groups(), [9, 10], '... from the index');
is($redis->hexists($f->key('shadow:groups'), 13), 0, '... from the shadow');
is_deeply([$f->take('outbox')], [hook(deleted => 13, title => 'Нова',
    loyaltyType => 'bonuses', loyaltyQuantity => 1)], '... and announced');
is($f->call(delete_group => 13), 0, 'deleted again');
is($f->call(delete_group => 12), 1, 'a record that is no hash');
is_deeply([$f->take('outbox')], [], '... was never announced');

$f->refused('too many arguments', delete_group => 9, '', 10);
$f->refused('STALE the record is not as the condition says',
    delete_group => 9, $_) for '-', 'ff';
$f->refused('id must be a whole number', delete_group => 'gold');

finish();
