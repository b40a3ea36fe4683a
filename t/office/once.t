# The office: with an Idempotency-Key a request, or a whole batch, is done once
# (docs/office.md)

use strict;
use warnings;

use lib 't/lib';

use Polycard::Faults;
use Polycard::HTTP;
use Polycard::OfficeShop;
use Polycard::Shop qw( json_text );
use Polycard::Test;

my $shop = Polycard::OfficeShop->new(
    market => { redis_timeout => '2s' });
my ($one, $two, $new, $gone) = map { "38067111000$_" } 1 .. 4;
my $reused = 'the key was used for another request';

sub batch {
    my ($key, @lines) = @_;

    return $shop->office(POST => 'batch',
        join('', map { json_text($_) . "\n" } @lines),
        type => 'application/x-ndjson',
        headers => [ defined $key ? ('Idempotency-Key', $key) : () ]);
}

sub keyed {
    my ($key, $method, $path, $body, @more) = @_;

    return $shop->office($method => $path, $body,
        headers => [ 'Idempotency-Key', $key, @more ]);
}

sub lines { map { JSON::MaybeXS->new->utf8->decode($_) } split /\n/, $_[0]->body }
sub bonus { $shop->stored($_[0])->{bonus} }

my $digest;

# what is stored; a hash may be dumped in any order

sub stored {
    my $redis = $shop->client;
    my @once = map { my %kept = $redis->hgetall($_); map { "$_ $kept{$_}" }
        sort keys %kept } sort $redis->keys($shop->key('once:*'));

    return join "\n", (grep { !/:once:/ } split /\n/, $shop->digest), @once;
}

sub keep { $digest = stored() }

sub same {
    local $Test::Builder::Level = $Test::Builder::Level + 1;

    ok(stored() eq $digest, $_[0]);
}


# a batch that puts a client and moves him, or merges him, sent twice

my @scene = (
    { op => 'put', phone => $one, set => { barcode => 'A', bonus => 10 } },
    { op => 'put', phone => $new, set => { barcode => 'N', bonus => 50 } },
    { op => 'bonus', phone => $new, change => 7 },
    { op => 'bonus', phone => $one, change => 1, key => 'receipt-1' },
    { op => 'move', phone => $new, to => $gone },
    { op => 'put', phone => $two, set => { barcode => 'B', bonus => 100 } },
    { op => 'merge', phone => $one, from => $two },
    { op => 'card', phone => $one },
    { op => 'delete', phone => $two },
);

my $first = batch('night-1', @scene);

is_deeply([ map { $_->{http} // 'OK' } lines($first) ], [ ('OK') x 8, 404 ],
    'a night') or diag($first->body);
is(bonus($one), 111, '... merged');

keep();

is(batch('night-1', @scene)->body, $first->body, 'sent again: the same answers');
same('... and nothing has changed');

my @other = map { { %$_ } } @scene;

$other[4] = { op => 'move', phone => $new, to => $two };
$other[8] = { op => 'delete', phone => $new };
is_deeply([ map { $_->{error} // 'OK' } lines(batch('night-1', @other)) ],
    [ ('OK') x 4, $reused, ('OK') x 3, 'no such client' ],
    'another line instead of one that was done, and of one that was not');
is_deeply([ map { $_->{http} // 'OK' } lines(batch('night-1', { op => 'x' },
    @scene[1, 2])) ], [ 400, 'OK', 'OK' ], 'a line that is wrong');
is(bonus($one), 111, '... nothing is added');
is(batch('night-2', $scene[0])->status, 200, 'another night');
is(bonus($one), 10, '... is done');
is((lines(batch(undef, $scene[2])))[0]{http}, 404, 'and so is one without a key');
is_deeply([ map { $_->{error} // 'OK' } lines(batch('night-2', $scene[0],
    { op => 'move', phone => $one, to => $new, key => 'm' },
    { op => 'put', phone => $one, key => 'p', set => { bonus => 1 } }) ) ],
    [ 'OK', 'OK', 'OK' ], 'lines with keys of their own');
is_deeply([ map { $_->{error} // 'OK' } lines(batch(undef,
    { op => 'put', phone => $one, key => 'p', set => { bonus => 1 } },
    { op => 'move', phone => $one, to => $new, key => 'm' })) ],
    [ 'OK', 'OK' ], '... count in another batch, too');
is_deeply([ bonus($one), bonus($new) ], [ 1, 10 ], '... are done once');
is_error(batch('a b', $scene[0]), 400,
    'key must be 1 to 255 visible characters', 'no key');


# single requests

for my $case (
    [ POST   => "clients/$one/move", { phone => $new } ],
    [ POST   => "clients/$one/card", {} ],
    [ POST   => "clients/$one/card", { barcode => 'X' } ],
    [ PUT    => "clients/$one", { bonus => 3, barcode => 'A' } ],
    [ PATCH  => "clients/$one", { bonus => 4 } ],
    [ POST   => "clients/$one/merge", { from => $two } ],
    [ DELETE => "clients/$one/card" ],
    [ DELETE => "clients/$one" ],
    [ POST   => "clients/$one/forget" ],
    [ PUT    => 'groups/3', { title => 'Gold', loyaltyType => 'discount',
        loyaltyQuantity => 1, active => \1 } ],
    [ PATCH  => 'groups/3', { title => 'Silver' } ],
    [ DELETE => 'groups/3' ])
{
    my ($method, $path, $body) = @$case;
    my $name = "$method $path";
    my $key = "k-$method-" . ($path =~ s/\W/-/gr) . json_text($body // {});

    $shop->call(delete_client => $_) for $one, $two, $new, $gone;
    $shop->put($one, barcode => 'A', bonus => 10);
    $shop->put($two, barcode => 'B', bonus => 5);

    my $answer = keyed($key, @$case);

    like($answer->status, qr/^20[01]$/, "$name: done") or diag($answer->raw);
    $shop->put($_, barcode => "C$_", bonus => 77) for $one, $two;
    $shop->office(PUT => 'groups/3', { title => 'Bronze',
        loyaltyType => 'discount', loyaltyQuantity => 1, active => \1 });
    keep();

    my $again = keyed($key, @$case);

    is_deeply([ $again->status, $again->body, $again->header('ETag') ],
        [ $answer->status, $answer->body, $answer->header('ETag') ],
        '... again: the same answer');
    same('... and nothing has changed');
    is_error(keyed($key, PATCH => $path =~ m{(^\w+/\w+)}, { id => 9,
        title => 'x' }), 400, qr/./, '... a wrong one');
    is_error(keyed($key, $method eq 'DELETE'
        ? (PATCH => $path =~ m{(^\w+/\w+)}, $path =~ /group/
            ? { title => 'x' } : { name => 'x' })
        : (DELETE => $path =~ m{(^\w+/\w+)})), 422, $reused,
        '... the key for something else');
}

is_error(keyed('r', POST => 'registered/read', { upto => '1-1' }), 400,
    'Idempotency-Key is not known here', 'not of what is read');
is(keyed('a b', GET => "clients/$one")->status, 200, 'who only reads may');

# a condition is looked at the first time

my $etag = $shop->office(GET => "clients/$one")->header('ETag');

is(keyed('if', PATCH => "clients/$one", { name => 'x' }, 'If-Match', $etag)
    ->status, 200, 'with a condition') for 1, 2;
is_error(keyed('else', PATCH => "clients/$one", { name => 'y' }, 'If-Match',
    $etag), 412, 'the record is not as the condition says', 'it is stale');


# What may be done when it is sent again holds up all after it: a card where none is
# left, and a helper key of a wrong type; but not what is refused

sub results { map { $_->{http} // 'OK' } lines($_[0]) }

sub begin_cards {
    my ($numbers) = @_;

    ok($shop->reload(card_numbers => $numbers), "card_numbers $numbers");
    $shop->call(delete_client => $_) for $one, $two, $new, $gone;
    $shop->put($one, barcode => 'A', bonus => 10);
}

begin_cards('pool');
$shop->client->rpush($shop->key('cards'), 'deadbeef' x 4);

my @cards = ({ op => 'card', phone => $one }, { op => 'card', phone => $one },
    { op => 'move', phone => $one, to => $new });

is_deeply([ results(batch('cards', @cards)) ], [ 'OK', 503, 503 ],
    'no card is left: nothing after it is done');
is_deeply([ results(batch(undef, $cards[0],
    { op => 'bonus', phone => $one, change => 1 })) ], [ 503, 'OK' ],
    '... but without a key');
$shop->client->rpush($shop->key('cards'), 'C2');
$first = batch('cards', @cards);
is_deeply([ results($first) ], [ 'OK', 'OK', 'OK' ], '... with one: all is');
is(batch('cards', @cards)->body, $first->body, '... once');
is_deeply([ map { $_->{code} } lines($first) ], [ 'deadbeef' x 4, 'C2', undef ],
    '... each with its number');

begin_cards('phone');
$shop->put($two, barcode => $one);
@cards = ({ op => 'card', phone => $one }, { op => 'close', phone => $two });
is_deeply([ results(batch('taken', @cards)) ], [ 409, 'OK' ],
    'the phone is the card of another');
is_deeply([ results(batch('taken', @cards)) ], [ 409, 'OK' ],
    '... and no other answer later');
begin_cards('ean13 prefix=20');

my @broken = map { json_text($_) . "\n" } (
    { op => 'put', phone => $one, set => { barcode => 'A', id => 7 } },
    { op => 'move', phone => $one, to => $new });

$shop->client->set($shop->key('seq:id'), 'x');

my $desk = begin_batch('broken', length "@broken");
my $got = '';

$desk->send($broken[0]);
receive($desk, qr/"http":500.*\n/);
$desk->send(" $broken[1]");
receive($desk, qr/"line":2.*\n/);
like($got, qr/"line":2,.*"http":503/, 'a broken key: nothing after it is done');
$shop->client->del($shop->key('seq:id'));
is_deeply([ results($shop->office(POST => 'batch', join(' ', @broken),
    type => 'application/x-ndjson', headers => [ 'Idempotency-Key', 'broken' ]))
    ], [ 'OK', 'OK' ], '... mended: all is');


# lines that come together: what is of one client does not come before a line of
# his that may be done later, and others do not wait for him

my @set = ({ op => 'put', phone => $new, set => { barcode => "S$new", id => 7,
    bonus => 100 } });
my @orders = (
    [ 'bonus', @set, { op => 'bonus', phone => $new, change => 1 } ],
    [ 'move', @set, { op => 'move', phone => $new, to => $one } ],
    [ 'to', @set, { op => 'move', phone => $two, to => $new } ],
    [ 'merge', @set, { op => 'merge', phone => $new, from => $two } ],
    [ 'from', @set, { op => 'merge', phone => $two, from => $new } ],
);

for my $case (@orders) {
    my ($name, @lines) = @$case;

    $shop->client->del($shop->key('seq:id'));
    $shop->call(delete_client => $_) for $one, $two, $new;
    $shop->put($two, barcode => 'T', bonus => 10);
    $shop->put($new, barcode => 'N', bonus => 10);
    $shop->client->set($shop->key('seq:id'), 'x');

    is_deeply([ results(batch("order-$name", @lines)) ], [ 500, 503 ],
        "$name: not before a line of the same client");
    is(bonus($new) . bonus($two), '1010', '... nothing is changed');
}

is_deeply([ results(batch('order', @set, { op => 'bonus', phone => $two,
    change => 1 })) ], [ 500, 'OK' ], 'another client does not wait');
is_deeply([ results(batch(undef, @set, { op => 'bonus', phone => $new,
    change => 1 })) ], [ 500, 'OK' ], '... and nobody does without a key');

# a card is not looked at: one that was to be freed is not given, then or later

my @freed = (@set, { op => 'card', phone => $two, barcode => 'N' });

is_deeply([ results(batch('freed', @freed)) ], [ 500, 409 ],
    'a card that is not free yet');
$shop->client->del($shop->key('seq:id'));
is_deeply([ results(batch('freed', @freed)) ], [ 'OK', 409 ],
    '... refused for good, as docs/office.md says');

my @fine = map { { op => 'bonus', phone => $two, change => $_ } } 1 .. 200;

is_deeply([ (results(batch('fine', @fine)))[0, 199] ], [ 'OK', 'OK' ],
    'many lines of one client');
is((lines(batch('fine', @fine)))[199]{total},
    bonus($two), '... each in its turn, once');
$shop->client->del($shop->key('seq:id'));

my @group = (
    { op => 'put_group', id => 3, set => { title => 'Gold',
        loyaltyType => 'discount', loyaltyQuantity => 7.5, active => \1 } },
    { op => 'delete_group', id => 3 }, { op => 'delete_group', id => 3 });

is_deeply([ results(batch('group', @group)) ], [ 'OK', 'OK', 404 ],
    'a group: in order');


# a night that is cut off where it may be, and sent again from its begin

my @long = map {
    my $phone = 380672000000 + $_;

    ({ op => 'put', phone => "$phone", set => { barcode => "P$phone",
        bonus => 5 } },
     { op => 'bonus', phone => "$phone", change => 1 },
     { op => 'move', phone => "$phone", to => 380673000000 + $_ . '' });
} 1 .. 200;
my $text = join '', map { json_text($_) . "\n" } @long;

sub moved { scalar grep { bonus(380673000000 + $_) // 0 } 1 .. 200 }

sub wrong {
    return join ' ', grep { (bonus(380673000000 + $_) // 0) != 6
        || $shop->client->exists($shop->key('client:'
            . (380672000000 + $_))) } 1 .. 200;
}

# the beginning of a request, whose body follows

sub begin_batch {
    my ($key, $length) = @_;
    my $caller = Polycard::HTTP->connect($shop->nginx);

    $caller->send("POST /office/batch HTTP/1.1\r\nHost: x\r\nAuthorization: "
        . "Bearer $Polycard::OfficeShop::TOKEN\r\nContent-Type: "
        . "application/x-ndjson\r\nIdempotency-Key: $key\r\nContent-Length: "
        . "$length\r\n\r\n");

    return $caller;
}

sub begun {
    my ($key) = @_;

    for my $n (1 .. 200) {
        $shop->call(delete_client => $_)
            for 380672000000 + $n, 380673000000 + $n;
    }

    my $caller = begin_batch($key, length $text);

    $caller->send(substr $text, 0, length($text) / 2);
    wait_until { moved() > 5 } "$key: has begun";

    return $caller;
}

sub whole {
    my ($key) = @_;

    return $shop->office(POST => 'batch', $text,
        type => 'application/x-ndjson', headers => [ 'Idempotency-Key', $key ]);
}

sub ends_well {
    my ($key) = @_;

    is(() = whole($key)->body =~ /"status":"OK"/g, 600, "$key: sent again");
    is(wrong(), '', '... each is moved, with his bonus once');
    keep();
    is(() = whole($key)->body =~ /"status":"OK"/g, 600, '... and once more');
    same('... nothing is changed');
}

$shop->nginx->allow(qr/exited on signal 9/);
begun('caller')->close;
ends_well('caller');

my $caller = begun('worker');
my ($worker) = $shop->nginx->workers;

kill KILL => $worker;
wait_until { my @now = $shop->nginx->workers; @now && $now[0] != $worker }
    'another worker';
$caller->close;
ends_well('worker');

# Redis that goes away, and comes back before the rest is read

$caller = begun('redis');
$shop->redis->signal('STOP');
$caller->send(substr $text, length($text) / 2, 1000);

$got = '';
receive($caller, qr/"http":50[34]/);

$shop->redis->signal('CONT');
wait_until { eval { $shop->stored($one) } && $shop->office(GET => 'groups')
    ->status == 200 } 'Redis is back';
$caller->send(substr $text, length($text) / 2 + 1000);
receive($caller, qr/"line":600,.*\n/);

my ($failed) = $got =~ /"line":(\d+),"status":"NOK".*?"http":50[34]/;

ok($failed, 'some line failed');

my @after = map { /"line":(\d+),.*"http":50[34]/ ? $1 : () } split /\n/, $got;

is(scalar(@after), 600 - $failed + 1, '... and no later one is done');
ends_well('redis');

finish();


# what comes until it matches

sub receive {
    my ($connection, $pattern) = @_;

    wait_until {
        $got =~ $pattern
            || !sysread $connection->{socket}, $got, 65536, length $got;
    } 30, 'an answer';

    return;
}
