# addClient: what it creates, repeats and conflicts, what the back office gets
# (contract A1, B8, B19, B20)

use strict;
use warnings;
use utf8;

use lib 't/lib';

use Encode qw( encode );

use Polycard::Test;
use Polycard::HTTP;
use Polycard::Shop;

my $shop = Polycard::Shop->new;

sub show { $shop->get('getClient', phone => $_[0]) }

# status, then id and code where a card was issued

sub outcome {
    my ($answer) = @_;

    my $json = $answer->json;

    return join ' ', $answer->status,
        $json->{status} eq 'OK' ? @$json{qw( id code )} : ();
}


# a new client

my %olha = (
    phone => '380671112233', surname => 'Шевченко', name => 'Ольга',
    middlename => 'Іванівна', email => 'olha@example.com', sex => 'female',
    birthday => '19840229', bonus => 12550.5, discount => '7.50',
    loyalty_group_id => 3,
);

my $answer = $shop->add(\%olha);

is($answer->status, 200, 'a new client');
is_deeply($answer->typed, { status => 'string:OK', id => 'number:1',
    code => 'string:2000000000015' },
    '... gets an id, a number, and a code, a string');
is($answer->header('Content-Type'), 'application/json', '... as JSON');

is_record(show($olha{phone}), {
    phone            => 'string:380671112233',
    surname          => 'string:Шевченко',
    name             => 'string:Ольга',
    middlename       => 'string:Іванівна',
    email            => 'string:olha@example.com',
    sex              => 'string:female',
    birthday         => 'string:19840229',
    barcode          => 'string:2000000000015',
    bonus            => 'number:12550.5',
    discount         => 'number:7.5',
    loyalty_group_id => 'number:3',
}, 'getClient shows what was sent and the card');
is($shop->get('getClient', barcode => '2000000000015')->json->{phone},
    $olha{phone}, '... by the card number as well');
is(join(' ', map { $_->{phone} } @{ $shop->get('getClients')->json }),
    $olha{phone}, '... and so does getClients');
is_deeply($shop->stored($olha{phone}), {
    (map { $_ => encode('UTF-8', $olha{$_}) }
     qw( surname name middlename email sex birthday loyalty_group_id )),
    bonus => '12550.5', discount => '7.5', barcode => '2000000000015',
    id => 1,
}, 'what is stored');

is(outcome($shop->add({ phone => '380671112234' })), '200 2 2000000000022',
    'a client of a phone alone, the next id and number');
is_record(show('380671112234'), { phone => 'string:380671112234',
    barcode => 'string:2000000000022' }, '... has nothing else');


# the same once more

my $before = $shop->digest;

is($shop->add(\%olha)->body, $answer->body, 'repeated: the very same answer');
is($shop->add({ %olha, bonus => '12550.50', discount => 7.5 })->body,
    $answer->body, '... amounts written in another way are the same');
is($shop->add({ %olha, unknown => 'x', barcode => '' })->body, $answer->body,
    '... what is ignored makes no difference');
is(http_post($shop->nginx, '/api/v1/web_service/addClient',
    type => 'application/x-www-form-urlencoded', body => join '&',
    map { "$_=" . url_encode($olha{$_}) } sort keys %olha)->body,
    $answer->body, '... nor does the encoding');
is(outcome($shop->add({ phone => '380671112234' })), '200 2 2000000000022',
    '... nor that others came in between');
is($shop->digest, $before, '... and nothing has changed');


# other attributes for who has a card

for my $case (
    [ 'another name', { %olha, name => 'Olga' } ],
    [ 'another bonus', { %olha, bonus => 12550.51 } ],
    [ 'less', { phone => $olha{phone} } ],
    [ 'an attribute more', { phone => '380671112234', sex => 'male' } ])
{
    my ($what, $client) = @$case;

    is_nok($shop->add($client), 409, qr/card/, "$what: a conflict");
}

my %less = %olha;
delete $less{email};
is_nok($shop->add(\%less), 409, qr/card/, 'an attribute less: a conflict');

# field names are part of what is compared: the same words elsewhere

is(outcome($shop->add({ phone => '380671112235', name => 'Ivan' })),
    '200 3 2000000000039', 'a name');
is_nok($shop->add({ phone => '380671112235', surname => 'Ivan' }), 409,
    qr/card/, 'the same word as a surname: a conflict');
is_nok($shop->add({ phone => '380671112235', name => 'Ivan',
    surname => 'x' }), 409, qr/card/, '... and with one more');


# the market has changed the client since

$shop->put($olha{phone}, name => 'Olya', bonus => '5');
$shop->call('change_bonus', $olha{phone}, '100');

is($shop->add(\%olha)->body, $answer->body,
    'what was sent at first is still that, whatever the market changed');
is(show($olha{phone})->json->{name}, 'Olya', '... and changes nothing back');
is_nok($shop->add({ %olha, name => 'Olya', bonus => 105 }), 409, qr/card/,
    'the present attributes were never sent');


# a client whom the market put there

$shop->put('380500000001', barcode => 'old-card', name => 'Ivan');
is_nok($shop->add({ phone => '380500000001', name => 'Ivan' }), 409,
    qr/card/, 'a client with a card of the market\'s');
is(show('380500000001')->json->{barcode}, 'old-card', '... keeps it');

# without a card

$shop->put('380500000002', name => 'Petro', bonus => '700.25', id => '4711');
$shop->client->hset($shop->key('client:380500000002'), note => 'of our own');
is_nok(show('380500000002'), 404, qr/client/, 'without a card: not a client');

my $carded = $shop->add({ phone => '380500000002', name => 'Peter',
    surname => 'Bondar', bonus => 1 });

is(outcome($carded), '200 4711 2000000000046',
    'gets one, under the market\'s id');
is_deeply($shop->stored('380500000002'), { name => 'Petro', bonus => '700.25',
    id => '4711', note => 'of our own', surname => 'Bondar',
    barcode => '2000000000046' },
    '... keeps what the market has stored, and gets what it lacked');
is($shop->add({ phone => '380500000002', name => 'Peter',
    surname => 'Bondar', bonus => 1 })->body, $carded->body, '... repeated');
is_nok($shop->add({ phone => '380500000002', name => 'Petro' }), 409,
    qr/card/, '... and otherwise a conflict');

$shop->put('380500000003', name => 'Iryna');
is(outcome($shop->add({ phone => '380500000003' })),
    '200 380500000003 2000000000053', 'where there is no id it is the phone');

$shop->put('380500000004', name => 'Oleh', barcode => '1');
$shop->client->hset($shop->key('client:380500000004'), barcode => '');
is(outcome($shop->add({ phone => '380500000004' })),
    '200 380500000004 2000000000060', 'an empty barcode is none');
is(show('380500000004')->json->{name}, 'Oleh', '... nothing is lost');


# ids do not meet those of the market

$shop->put('380500000005', name => 'x', barcode => '2', id => 90000);
is(outcome($shop->add({ phone => '380500000006' })),
    '200 90001 2000000000077', 'ids continue after the greatest of the market');


# deleted and added again

$shop->call('delete_client', $olha{phone});
is_nok(show($olha{phone}), 404, qr/client/, 'deleted');
is(outcome($shop->add(\%olha)), '200 90002 2000000000084',
    'added again: a new client, a new card');


# a record that is no hash

$shop->client->set($shop->key('client:380500000007'), 'Halyna');
$before = $shop->digest;
is_nok($shop->add({ phone => '380500000007' }), 409, qr/./,
    'what is no record of a client is not overwritten');
is($shop->digest, $before, '... at all');


# B20: card number and money

my $phone = '380501000001';

for my $case ([ 'absent', {} ], [ 'empty', { barcode => '' } ],
    [ 'null', { barcode => undef } ])
{
    my ($what, $client) = @$case;

    is($shop->add({ %$client, phone => $phone++ })->status, 200,
        "a barcode that is $what is fine");
}

is($shop->add({ phone => '380501000004', barcode => '380501000004' })->status,
    200, 'a barcode that is the phone is fine');
like(show('380501000004')->json->{barcode}, qr/^20\d{11}$/,
    '... the card is the market\'s');

for my $barcode ('2000000000015', '380501000004', '1', ' 1 ', '0') {
    is_nok($shop->add({ phone => '380501000005', barcode => $barcode }), 400,
        qr/^barcode/, "barcode '$barcode': refused");
}

is_nok($shop->add({ phone => '380501000005', barcode => 7 }), 400,
    qr/^barcode/, 'a number as barcode: refused');
is_nok(show('380501000005'), 404, qr/client/, '... nobody was created');

is($shop->add({ phone => '380501000006', bonus => -12.345, discount => 0 })
    ->status, 200, 'money is taken as given');
is_record(show('380501000006'), { phone => 'string:380501000006',
    barcode => 'string:' . show('380501000006')->json->{barcode},
    bonus => 'number:-12.35', discount => 'number:0' },
    '... to two decimals');


# B19: the stream

my @registered = $shop->registered;

is(scalar(grep { $_->{action} eq 'created' } @registered),
    scalar(@registered) - 3, 'the back office reads of every new client');
is_deeply($registered[0], {
    action => 'created', phone => $olha{phone}, id => 1,
    barcode => '2000000000015', bonus => '12550.5', discount => '7.5',
    map { $_ => encode('UTF-8', $olha{$_}) }
    qw( surname name middlename email sex birthday loyalty_group_id )
}, '... with all attributes, id and card');
is_deeply([ grep { $_->{phone} eq '380500000002' } @registered ], [ {
    action => 'carded', phone => '380500000002', id => '4711',
    barcode => '2000000000046', name => 'Petro', surname => 'Bondar',
    bonus => '700.25',
} ], '... and of one that got a card');
is(scalar(grep { $_->{phone} eq '380671112234' } @registered), 1,
    'repeats and conflicts are not in it');


# a caller that lost the answer asks again

my %lost = (phone => '380502000001', name => 'Ivan');

ok($shop->reload(redis_timeout => '200ms'), 'reload');
wait_until { show($olha{phone})->status == 200 } 'a connection';
$shop->redis->signal('STOP');
is_nok($shop->add(\%lost), 504, qr/./, 'Redis is too slow');
$shop->redis->signal('CONT');

my $found = wait_until { my $again = $shop->add(\%lost);
                         $again->status == 200 && $again } 'Redis is back';

is($found->json->{code}, show($lost{phone})->json->{barcode},
    '... the same request gets the card');
is(scalar(grep { $_->{phone} eq $lost{phone} } $shop->registered), 1,
    '... of one client');

finish();
