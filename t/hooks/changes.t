# Every change in Redis becomes the hooks that the contract (B11) wants of it,
# by whatever command it was made: nothing else, nothing twice, and nothing for
# a change that changes nothing.  Keyspace events alone tell here: the sweep
# looks once an hour.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::HookShop;
use Polycard::Shop;

my $shop = Polycard::HookShop->new;
my $redis = $shop->client;

$shop->ready;

sub key { $shop->key("client:$_[0]") }


# told { change } [ hooks ], 'what'

sub told(&$$) {
    my ($change, $expected, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    $change->();

    is_deeply([ $shop->settle ], $expected, $what);
}

# a new phone for each part

my $last = 0;

sub phone { sprintf '38067%07d', ++$last }


# our own functions

my $phone = phone();
my %client = (surname => 'Koval', name => 'Olha', email => 'o@example.org',
    sex => 'female', birthday => '19900131', barcode => '2000000000015');

told { $shop->put($phone, %client, bonus => '12550', discount => '7.5',
                  loyalty_group_id => 3) }
    [ client_hook('added', $phone, %client, bonus => 12550, discount => 7.5,
        loyalty_group_id => 3) ],
    'put_client, a new client: one hook with the bonus inside';

told { $shop->put($phone, %client, bonus => '12550.00') } [],
    'put_client, what is there already: none';

told { $shop->put($phone, name => 'Ol"ga') }
    [ client_hook('changed', $phone, %client, name => 'Ol"ga', bonus => 12550,
        discount => 7.5, loyalty_group_id => 3) ],
    'put_client, a name: the whole record';

told { $shop->put($phone, name => '', bonus => 0.1, discount => '') }
    [ client_hook('changed', $phone, surname => 'Koval',
        email => 'o@example.org', sex => 'female', birthday => '19900131',
        barcode => '2000000000015', bonus => 0.1, loyalty_group_id => 3),
      bonus_hook('changed', $phone, -12549.9, 0.1),
      bonus_hook('deleted', $phone, -7.5, 0) ],
    'put_client, much at once: the record and each amount';

told { $shop->call(change_bonus => $phone, '0.2') }
    [ bonus_hook('changed', $phone, 0.2, 0.3) ],
    'change_bonus, exact to the hundredth';

told { $shop->call(change_bonus => $phone, '0') } [], 'change_bonus by 0';

told { $shop->call(delete_client => $phone) }
    [ client_hook('deleted', $phone, surname => 'Koval',
        email => 'o@example.org', sex => 'female', birthday => '19900131',
        barcode => '2000000000015', bonus => 0.3, loyalty_group_id => 3) ],
    'delete_client: what was known last';

told { $shop->call(delete_client => $phone) } [], 'delete_client once more';


# functions of the office

$phone = phone();

my ($new, $other) = (phone(), phone());

told { $shop->call(replace_client => $phone, '', name => 'Lesia',
           barcode => 'o1', bonus => 5) }
    [ client_hook('added', $phone, name => 'Lesia', barcode => 'o1',
        bonus => 5) ], 'replace_client, a new client';

told { $shop->call(patch_client => $phone, '', name => 'Lesja') }
    [ client_hook('changed', $phone, name => 'Lesja', barcode => 'o1',
        bonus => 5) ], 'patch_client';

told { $shop->call(move_client => $phone, $new) }
    [ client_hook('deleted', $phone, name => 'Lesja', barcode => 'o1',
        bonus => 5),
      client_hook('added', $new, name => 'Lesja', barcode => 'o1',
        bonus => 5) ], 'move_client: the bonus goes along';

told { $shop->call(put_client => $other, barcode => 'o2', bonus => 7) }
    [ client_hook('added', $other, barcode => 'o2', bonus => 7) ], 'another';

told { $shop->call(merge_clients => $new, $other) }
    [ bonus_hook('changed', $new, 7, 12),
      client_hook('deleted', $other, barcode => 'o2', bonus => 7) ],
    'merge_clients';

told { $shop->call(set_card => $new, 'o3') }
    [ client_hook('changed', $new, name => 'Lesja', barcode => 'o3',
        bonus => 12) ], 'set_card';

told { $shop->call(close_card => $new) }
    [ client_hook('deleted', $new, name => 'Lesja', barcode => 'o3',
        bonus => 12) ], 'close_card';

told { $shop->call(change_bonus => $new, 1) } [],
    'who has no card is no client of Polycard';

told { $shop->call(set_card => $new, 'o4') }
    [ client_hook('added', $new, name => 'Lesja', barcode => 'o4',
        bonus => 13) ], 'set_card: a client again';

told { $redis->hdel(key($new), 'barcode'); $shop->call(capture => $new) } [],
    'HDEL of the card number: he stays as he was announced';

told { $shop->call(patch_client => $new, '', barcode => '') }
    [ client_hook('deleted', $new, name => 'Lesja', barcode => 'o4',
        bonus => 13) ], '... until patch_client closes the card';

told { $shop->call(set_card => $new, 'o5') }
    [ client_hook('added', $new, name => 'Lesja', barcode => 'o5',
        bonus => 13) ], 'set_card, once more';

told { $shop->call(forget_client => $new) }
    [ client_hook('deleted', $new, name => 'Lesja', barcode => 'o5',
        bonus => 13) ], 'forget_client';


# plain commands

$phone = phone();

told { $redis->hset(key($phone), barcode => 'b1', name => "\xd0\xa2 \t/") }
    [ client_hook('added', $phone, barcode => 'b1', name => "\x{422} \t/") ],
    'HSET, a new client; a control character comes out as one';

told { $redis->hset(key($phone), bonus => '100') }
    [ bonus_hook('added', $phone, 100, 100) ], 'HSET, a first bonus';

told { $redis->hset(key($phone), bonus => '100.004') } [],
    'HSET, less than a hundredth';

told { $redis->hset(key($phone), bonus => '1e2', name => "\xd0\xa2 \t/") } [],
    'HSET, the same in other words';

told { $redis->hincrbyfloat(key($phone), 'bonus', '-100.1') }
    [ bonus_hook('changed', $phone, -100.1, -0.1) ], 'HINCRBYFLOAT';

told { $redis->multi; $redis->hincrbyfloat(key($phone), 'bonus', '0.7')
           for 1 .. 3; $redis->exec }
    [ bonus_hook('changed', $phone, 2.1, 2) ],
    'HINCRBYFLOAT three times in a MULTI: one change';

told { $redis->hincrby(key($phone), 'discount', 5) }
    [ bonus_hook('added', $phone, 5, 5) ], 'HINCRBY, a first discount';

told { $redis->hdel(key($phone), 'bonus') }
    [ bonus_hook('deleted', $phone, -2, 0) ], 'HDEL of the bonus';

told { $redis->hset(key($phone), discount => 'much') } [],
    'HSET, a discount that cannot be read';

told { $redis->hdel(key($phone), 'name', 'discount') }
    [ client_hook('changed', $phone, barcode => 'b1'),
      bonus_hook('deleted', $phone, -5, 0) ],
    'HDEL of the name, and of that discount';

told { $redis->hsetnx(key($phone), sex => 'male') }
    [ client_hook('changed', $phone, barcode => 'b1', sex => 'male') ],
    'HSETNX';

told { $redis->hmset(key($phone), name => "a\xff", birthday => '20240229') }
    [ client_hook('changed', $phone, barcode => 'b1', sex => 'male',
        name => "a\x{fffd}", birthday => '20240229') ],
    'HMSET; broken UTF-8 comes out mended';

told { $redis->hset(key($phone), birthday => '20230229', color => 'red') } [],
    'HSET, a birthday that is none; others\' fields are nobody\'s business';

told { $redis->hset(key($phone), birthday => '') }
    [ client_hook('changed', $phone, barcode => 'b1', sex => 'male',
        name => "a\x{fffd}") ], 'HSET, no birthday any more';

told { $redis->del(key($phone)) }
    [ client_hook('deleted', $phone, barcode => 'b1', sex => 'male',
        name => "a\x{fffd}") ], 'DEL';

# the whole of one client in one go, and away in each way

my %gone = (
    UNLINK       => sub { $redis->unlink(key($_[0])) },
    PEXPIRE      => sub {
        my $keys = $redis->dbsize;
        $redis->pexpire(key($_[0]), 1);
        wait_until { $redis->dbsize < $keys } 'Redis to expire a key';
    },
    'EXPIRE, at once' => sub { $redis->expire(key($_[0]), -1) },
    'HDEL of all' => sub { $redis->hdel(key($_[0]), qw( barcode bonus )) },
    MOVE         => sub { $redis->move(key($_[0]), 1) },
    RENAME       => sub { $redis->rename(key($_[0]), $shop->key('old')) },
    'a script'   => sub {
        $redis->eval('return redis.call("DEL", KEYS[1])', 1, key($_[0]))
    },
);

for my $how (sort keys %gone) {
    my $gone = phone();

    told { $redis->hset(key($gone), barcode => "g$gone", bonus => 5) }
        [ client_hook('added', $gone, barcode => "g$gone", bonus => 5) ],
        'HSET, again a new client';

    told { $gone{$how}->($gone) }
        [ client_hook('deleted', $gone, barcode => "g$gone", bonus => 5) ],
        $how;
}

told { $redis->hset(key($phone), barcode => 'x');
       $redis->expire(key($phone), 1000); $redis->persist(key($phone)) }
    [ client_hook('added', $phone, barcode => 'x') ],
    'EXPIRE that does not come about';


# whole keys

my ($one, $two, $three) = map { phone() } 1 .. 3;

told { $redis->hset(key($one), barcode => 'one', bonus => 1) }
    [ client_hook('added', $one, barcode => 'one', bonus => 1) ], 'one client';

told { $redis->rename(key($one), key($two)) }
    [ client_hook('deleted', $one, barcode => 'one', bonus => 1),
      client_hook('added', $two, barcode => 'one', bonus => 1) ],
    'RENAME: another phone';

told { $redis->hset(key($three), barcode => 'three', bonus => 3) }
    [ client_hook('added', $three, barcode => 'three', bonus => 3) ],
    'one more client';

told { $redis->rename(key($three), key($two)) }
    [ client_hook('changed', $two, barcode => 'three', bonus => 3),
      bonus_hook('changed', $two, 2, 3),
      client_hook('deleted', $three, barcode => 'three', bonus => 3) ],
    'RENAME over another one';

told { $redis->copy(key($two), key($one)) }
    [ client_hook('added', $one, barcode => 'three', bonus => 3) ], 'COPY';

my $dump;

told { $dump = $redis->dump(key($one)); $redis->hset(key($one), bonus => 4) }
    [ bonus_hook('changed', $one, 1, 4) ], 'a change';

told { $redis->restore(key($one), 0, $dump, 'REPLACE') }
    [ bonus_hook('changed', $one, -1, 3) ], 'RESTORE REPLACE';

told { $redis->restore(key($three), 0, $dump) }
    [ client_hook('added', $three, barcode => 'three', bonus => 3) ],
    'RESTORE';

told { $redis->multi; $redis->del(key($three));
       $redis->hset(key($three), barcode => 'three', bonus => '2.5');
       $redis->exec }
    [ bonus_hook('changed', $three, -0.5, 2.5) ],
    'DEL and HSET in a MULTI: what has changed';

told { $redis->multi; $redis->hset(key($three), name => 'a');
       $redis->hdel(key($three), 'name'); $redis->exec } [],
    'there and back in a MULTI';

told { $redis->eval('for _, key in ipairs(KEYS) do redis.call("HINCRBYFLOAT",'
           . ' key, "bonus", ARGV[1]) end', 2, key($one), key($two), '0.01') }
    [ bonus_hook('changed', $one, 0.01, 3.01),
      bonus_hook('changed', $two, 0.01, 3.01) ], 'a script';


# records that are none for Polycard (B21)

told { $redis->set(key($one), 'text') } [], 'SET over the hash: as it was';

told { $redis->del(key($one)) }
    [ client_hook('deleted', $one, barcode => 'three', bonus => 3.01) ],
    '... until it is really gone';

told { $redis->hdel(key($two), 'barcode'); $redis->hset(key($two),
           name => 'Ivan', bonus => '8') } [],
    'no barcode any more: as it was';

told { $redis->hset(key($two), barcode => 'new') }
    [ client_hook('changed', $two, barcode => 'new', name => 'Ivan',
        bonus => 8), bonus_hook('changed', $two, 4.99, 8) ],
    '... until it is whole again';

$phone = phone();

told { $redis->hset(key($phone), name => 'Ivan', bonus => 1) } [],
    'a new one without a barcode';
told { $redis->hset(key($phone), barcode => 'b') }
    [ client_hook('added', $phone, name => 'Ivan', bonus => 1,
        barcode => 'b') ], '... becomes whole';
told { $redis->set(key(phone()), 1); $redis->lpush(key(phone()), 1) } [],
    'keys of other types';
told { $redis->del(map { key($_) } $last, $last - 1) } [], '... and gone';

told {
    $redis->hset(key($_), barcode => 1)
        for '38067111223', '3806711122333', 'x', '', '380671112a33';
    $redis->hset('client:380671112233', barcode => 1);
    $redis->hset("polycard:{shop2}:client:380671112233", barcode => 1);
    $redis->select(1);
    $redis->hset(key(phone()), barcode => 1);
    $redis->select(0);
    $redis->rpush($shop->key('cards'), 'a card');
} [], 'keys that are no clients of ours, and another database';


# groups

my %group = (title => 'Gold', loyaltyType => 'bonuses');

told { $shop->call(put_group => 7, %group, loyaltyQuantity => '2.5') }
    [ group_hook('added', 7, %group, loyaltyQuantity => 2.5) ], 'put_group';

told { $redis->hset($shop->key('group:7'), loyaltyQuantity => '2.50') } [],
    'HSET on a group, the same';

told { $redis->hset($shop->key('group:7'), active => 0) }
    [ group_hook('changed', 7, %group, loyaltyQuantity => 2.5,
        active => JSON::MaybeXS::false) ], 'HSET on a group';

told { $redis->rename($shop->key('group:7'), $shop->key('group:8')) }
    [ group_hook('deleted', 7, %group, loyaltyQuantity => 2.5,
        active => JSON::MaybeXS::false),
      group_hook('added', 8, %group, loyaltyQuantity => 2.5,
        active => JSON::MaybeXS::false) ], 'RENAME of a group';

told { $shop->call(delete_group => 8) }
    [ group_hook('deleted', 8, %group, loyaltyQuantity => 2.5,
        active => JSON::MaybeXS::false) ], 'delete_group';

told { $redis->hset($shop->key('group:9'), title => 'no type');
       $redis->hset($shop->key('group:x'), %group, loyaltyQuantity => 1) } [],
    'groups that are none';


# addClient

$phone = phone();

my $answer = $shop->add({ phone => $phone, name => 'Olha', bonus => 7.5 });
my $code = $answer->json->{code};

told { } [ client_hook('added', $phone, name => 'Olha', bonus => 7.5,
        barcode => $code) ], 'addClient';

told { $shop->add({ phone => $phone, name => 'Olha', bonus => 7.5 });
       $shop->add({ phone => $phone, name => 'Oleh' }) } [],
    'addClient again, the same and not the same';

$phone = phone();
$redis->hset(key($phone), name => 'Ivan', bonus => 2);
$code = $shop->add({ phone => $phone })->json->{code};

told { } [ client_hook('added', $phone, name => 'Ivan', bonus => 2,
        barcode => $code) ], 'addClient for one without a card';


# many at once

my @many = map { phone() } 1 .. 300;

told {
    $redis->hset(key($_), barcode => "m$_", bonus => 1, sub { }) for @many;
    $redis->wait_all_responses;
} [ map { client_hook('added', $_, barcode => "m$_", bonus => 1) } @many ],
    '300 at once';

$redis->eval('for _, key in ipairs(KEYS) do redis.call("HSET", key, "bonus",'
    . ' ARGV[1]) end', scalar @many, (map { key($_) } @many), $_) for 2 .. 4;

# captures may have merged them: the sum is what counts

my %told;

for ($shop->settled) {
    my $data = $_->{data};

    $told{ $data->{client_phone} }[0] += $data->{change};
    $told{ $data->{client_phone} }[1] = $data->{total};
}

is_deeply(\%told, { map { $_ => [ 3, 4 ] } @many },
    'three changes of each of them: sums and totals');

is($redis->get($shop->key('seq:lease')), $shop->holder->[0],
    'all that by one lease');
is($shop->status->{dead}, 0, 'nothing was set aside');


# a market that has no hook

my $quiet = Polycard::HookShop->new(market => { hook => undef });

$quiet->ready;
$redis = $quiet->client;

sub shown {
    my @clients = map { $_->{phone} } @{ $quiet->get('getClients')->json };

    return "@clients";
}

$redis->hset($quiet->key("client:$_"), barcode => "b$_") for $one, $two;
wait_until { shown() eq "$one $two" } 'two new clients in the index';
is($quiet->get('getClient', barcode => "b$one")->json->{phone}, $one,
    'found by the card');
$redis->rename($quiet->key("client:$one"), $quiet->key("client:$three"));
wait_until { shown() eq "$two $three" } 'another phone in the index';
is($quiet->get('getClient', barcode => "b$one")->json->{phone}, $three,
    '... found by the card');
$redis->hset($quiet->key('group:5'), title => 't', loyaltyType => 'discount',
    loyaltyQuantity => 5);
wait_until { @{ $quiet->get('getGroups')->json } == 1 } 'a group';
ok(!$redis->exists($quiet->key('outbox')), '... and no outbox');
is(scalar($quiet->gateway->requests), 0, '... nor a hook');

finish();
