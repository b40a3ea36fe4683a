# getGroups: all loyalty groups (contract A1, table 4)

use strict;
use warnings;
use utf8;

use lib 't/lib';

use Encode qw( encode );

use Polycard::Test;
use Polycard::HTTP;
use Polycard::Shop;

my $shop = Polycard::Shop->new;

sub groups { $shop->get('getGroups', @_) }
sub put    { $shop->call('put_group', @_) }
sub ids    { join ' ', map { $_->{id} } @{ groups()->json } }


my $none = groups();

is($none->status, 200, 'no group: 200');
is($none->body, '[]', '... an empty array');
is($none->header('Content-Type'), 'application/json', '... of JSON');

put(2, title => encode('UTF-8', 'Золота "картка"'), loyaltyType => 'discount',
    loyaltyQuantity => '7.50', active => 'false');
put(10, title => 'Bonus', loyaltyType => 'bonuses', loyaltyQuantity => '3',
    active => '1');
put(1, title => 'Plain', loyaltyType => 'discount', loyaltyQuantity => '0');

is_record(groups(), [
    { id => 'number:1', title => 'string:Plain',
      loyaltyType => 'string:discount', loyaltyQuantity => 'number:0' },
    { id => 'number:2', title => 'string:Золота "картка"',
      loyaltyType => 'string:discount', loyaltyQuantity => 'number:7.5',
      active => 'false' },
    { id => 'number:10', title => 'string:Bonus',
      loyaltyType => 'string:bonuses', loyaltyQuantity => 'number:3',
      active => 'true' },
], 'table 4 with its types, by id; active where it was set');

is(groups(x => 1)->status, 200, 'other parameters do not matter');
is(groups(limit => 1, offset => 5)->body, groups()->body,
    '... nor do offset and limit');

put(10, active => '');
ok(!exists groups()->json->[2]{active}, 'active can be taken away');

put(0, title => 'Zero', loyaltyType => 'bonuses', loyaltyQuantity => '1');
is(ids(), '0 1 2 10', 'group 0 is a group');

$shop->call('delete_group', 1);
is(ids(), '0 2 10', 'a deleted group is not there');


# records that cannot be shown

$shop->client->hset($shop->key('group:2'), loyaltyType => 'gifts');
is(ids(), '0 10', 'a group of an unknown loyaltyType is left out');

for my $wrong ('nan', 'inf', '0x10', '1e400', '', 'five') {
    $shop->client->hset($shop->key('group:2'), loyaltyType => 'discount',
        loyaltyQuantity => $wrong);
    is(ids(), '0 10', "... of a loyaltyQuantity '$wrong' too");
}

$shop->client->hset($shop->key('group:2'), loyaltyQuantity => '1',
    active => 'perhaps');
is_deeply($shop->get('getGroups')->json->[1], { id => 2,
    title => 'Золота "картка"', loyaltyType => 'discount',
    loyaltyQuantity => 1 }, 'an active that is no boolean is left out');

for my $field (qw( title loyaltyType loyaltyQuantity )) {
    my ($kept) = $shop->client->hget($shop->key('group:2'), $field);

    $shop->client->hdel($shop->key('group:2'), $field);
    is(ids(), '0 10', "a group without $field is left out");
    $shop->client->hset($shop->key('group:2'), $field, $kept);
}

is(ids(), '0 2 10', '... and back when it is whole');

$shop->client->del($shop->key('group:2'));
$shop->client->rpush($shop->key('group:2'), 'a', 'b');
is(ids(), '0 10', 'a list is no group');

$shop->client->zadd($shop->key('groups'), 3, 'three', 4, '-4', 5, '05');
is(ids(), '0 10', 'ids that are no numbers are passed over');


# many

$shop->client->flushdb;
put($_, title => "Group $_", loyaltyType => 'bonuses', loyaltyQuantity => '1')
    for 1 .. 350;
is(ids(), join(' ', 1 .. 350), '350 groups');

finish();
