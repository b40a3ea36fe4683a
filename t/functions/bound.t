# More hooks than `outbox_max`: changes wait in the live records and merge per
# client (contract, B12).  polycard_resend.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my ($one, $two, $three) = qw( 380671112233 380671112234 380671112235 );

sub place  { $redis->zscore($f->key('clients'), $_[0]) }
sub holder { $redis->hget($f->key("barcodes:$_[0]"), $_[0]) }
sub shadow { $f->hash('shadow:' . substr $_[0], -3)->{$_[0]} }

sub captured { return $f->call(capture => @_) }

sub start {
    my (%settings) = @_;

    $f->reset;
    $f->acquire;
    $f->fenced('settings', hooks => 1, delete_guard => 100, %settings);
    $f->sweep('scan');
}

sub room { $f->fenced('settings', outbox_max => $_[0]) }

# who was told what, and the outbox is empty

sub told {
    my @told;

    for my $hook ($f->take('outbox')) {
        my %hook = @$hook;

        push @told, join ' ', @hook{qw( object action )},
            $hook{phone} || $hook{id},
            map { defined $hook{$_} ? $hook{$_} : () }
            qw( barcode name bonus attribute change total );
    }

    return \@told;
}

# as long as there is no room: nothing is written, but the functions work

sub full {
    my ($what, $code) = @_;

    my $before = $redis->xlen($f->key('outbox'));

    $code->();
    is($redis->xlen($f->key('outbox')), $before, "$what: no hook");
}


# the greatest change, of amounts that merge

start();
$f->call(put_client => $one, barcode => 'A1', bonus => '9999999999999.99');
room(1);
full('from one bound', sub {
    $redis->hset($f->key("client:$one"), bonus => $_) and captured($one)
        for '5', '-9999999999999.98', '-9999999999999.99';
});
told();
room(1000);
captured($one);
is_deeply(told(), ["bonuses changed $one bonus -19999999999999.98 "
    . '-9999999999999.99'], '... to the other: the exact sum');


# changes merge

start();
$f->call(put_client => $one, barcode => 'A1', bonus => '10', name => 'Оля');
is($f->status->{outbox}, 1, 'one hook waits');
room(1);

full('a bonus', sub {
    is($f->call(change_bonus => $one, '-2.5'), '7.5', 'change_bonus works');
    is($f->call(change_bonus => $one, '0.25'), '7.75', '... twice');
});
full('attributes', sub {
    $redis->hset($f->key("client:$one"), name => 'Ольга');
    is(captured($one), 0, 'captured');
    $f->call(put_client => $one, name => 'Олена');
});
full('sweeps', sub {
    $f->sweep($_) for qw( index scan groups );
});

my @merged = ("clients changed $one A1 Олена 7.75",
    "bonuses changed $one bonus -2.25 7.75");

is_deeply(told(), ["clients added $one A1 Оля 10"], 'what waited is accepted');
room(2);
is(captured($one), 2, 'there is room');
is_deeply(told(), \@merged, '... for the latest attributes and the sum');
is(captured($one), 0, '... once');


# there and back again is no change

$f->call(put_client => $two, barcode => 'B1', bonus => 1);
room(1);
full('a change', sub { $f->call(put_client => $one, bonus => 9) });
full('and back', sub { $f->call(put_client => $one, bonus => '7.75') });
told();
is(captured($one), 0, 'there and back again: nothing');


# A change of several hooks when there is room for some: the profile, then the
# bonus, then the discount; what is told stays true.

my %whole = (name => 'Оля', bonus => 1, discount => 5);
my @steps = (
    "clients changed $one A1 Оля 7.75",
    "bonuses changed $one bonus -6.75 1",
    "bonuses added $one discount 5 5",
);

for my $room (1 .. 3) {
    room(1000);
    $f->call(put_client => $one, barcode => 'A1', name => 'Олена',
        bonus => '7.75', discount => '');
    told();
    room($room);

    my @left = @steps;

    $left[0] =~ s/7.75$/1/ if $room > 1;

    is($f->call(put_client => $one, %whole), 0, "room for $room of 3 hooks");
    is_deeply(told(), [splice @left, 0, $room], '... which are told');

    while (@left) {
        captured($one);
        is_deeply(told(), [splice @left, 0, $room], '... then what is left');
    }

    is(captured($one), 0, '... that is all');
}

room(1);
$f->call(put_client => $one, name => 'Олена', bonus => 2, discount => 6);
full('its end', sub { $f->call(delete_client => $one) });
told();
captured($one);
is_deeply(told(), ["clients deleted $one A1 Олена 1"],
    '... and then it is gone: as it was told');


# the index of card numbers is right meanwhile

room(1000);
$f->call(put_client => $one, barcode => 'A1', bonus => '7.75',
    name => 'Олена');
told();
room(1);
$f->call(put_client => $two, name => 'Ганна');
full('a card', sub { $f->call(put_client => $one, barcode => 'A2') });
is_deeply([holder('A1'), holder('A2')], [undef, $one], 'a new card is known');
full('another', sub { $f->call(put_client => $one, barcode => 'A3') });
is_deeply([holder('A2'), holder('A3')], [undef, $one], '... and the next');
is($f->error(put_client => $two, barcode => 'A3'),
    'ERR barcode is in use by another client', '... is in use');
is($f->error(put_client => $two, barcode => 'A1'), '', '... the first is not');
full('back', sub { $f->call(put_client => $one, barcode => 'A4') });
told();
is(captured($one), 1, 'there is room');
is_deeply(told(), ["clients changed $one A4 Олена 7.75"], '... for the last');
is_deeply([holder('A3'), holder('A4')], [undef, $one], '... which is known');

captured($two);
full('a card of one who goes', sub {
    $f->call(put_client => $one, barcode => 'A5');
    is($f->call(delete_client => $one), 1, 'deleted');
});
is(place($one), 3, '... keeps its place for now');
told();
is(captured($one), 1, 'there is room');
is_deeply(told(), ["clients deleted $one A4 Олена 7.75"],
    '... for what was announced');
is_deeply([holder('A4'), holder('A5'), place($one), shadow($one)],
    [undef, undef, undef, undef], '... and nothing is left');


# new clients

my @ivan = ($one, 'phone', '', '', '', name => 'Іван');

$f->call(change_bonus => $two, 1);
full('a new one', sub {
    is($f->call(put_client => $three, barcode => 'C1', bonus => 1), 1,
        'created');
    is_deeply($f->call(add_client => @ivan), ['created', 1, $one],
        'addClient works');
});
ok(place($three) && place($one), 'they have their places');
is(holder('C1'), $three, '... and their cards');
full('its bonus', sub { $f->call(change_bonus => $three, 5) });
is_deeply($f->call(add_client => @ivan), ['repeated', 1, $one],
    'addClient may be repeated');
$f->call(put_client => '380671112236', barcode => 'D1');
$f->call(put_client => '380671112236', barcode => 'D2');
is_deeply([holder('D1'), holder('D2')], [undef, '380671112236'],
    'a card of one who is not announced');
full('one who goes at once', sub {
    $f->call(delete_client => '380671112236') });
is_deeply([holder('D2'), place('380671112236')], [undef, undef],
    '... is gone at once');
full('', sub { $f->call(put_client => $one, sex => 'male') });
told();
room(1000);
$f->sweep('index');
is_deeply(told(), ["clients added $three C1 6",
    "clients added $one $one Іван"], 'the sweep finds them');


# gone and back

$f->call(change_bonus => $three, 1);
room(1);
full('gone and back', sub {
    $f->call(delete_client => $three);
    $f->call(put_client => $three, barcode => 'C2');
});
told();
room(2);
is(captured($three), 2, 'gone and back is a change');
is_deeply(told(), ["clients changed $three C2",
    "bonuses deleted $three bonus -7 0"], '... from what was announced');

# broken and full

$f->call(change_bonus => $three, 1);
room(1);
full('broken', sub {
    $redis->hdel($f->key("client:$three"), 'barcode');
    captured($three);
});
told();
is(captured($three), 0, 'broken: as it was');


# groups

room(1000);
$f->call(put_group => 7, title => 'a', loyaltyType => 'bonuses',
    loyaltyQuantity => 1);
room(1);
full('a group', sub { $f->call(put_group => 7, title => 'b') });
full('a group', sub { $f->call(put_group => 8, title => 'c',
    loyaltyType => 'bonuses', loyaltyQuantity => 1) });
is(@{ told() }, 1, 'the first was told');
room(1000);
$f->sweep('groups');
is_deeply(told(), ['loyalty_groups changed 7', 'loyalty_groups added 8'],
    'the others are, when there is room');


# what is on hold counts

start();
$f->call(put_client => $one, barcode => 'A1');
$f->call(change_bonus => $one, 1) for 1 .. 3;
$f->fenced(hold => $one, map { $_->[0] } $f->waiting);
is_deeply([@{ $f->status }{qw( outbox held held_keys )}], [0, 4, 1],
    'all are on hold');
room(4);
full('a change', sub { $f->call(put_client => $two, barcode => 'B1') });
$f->fenced(accept_held => $one, $f->fenced(due => 1)->[1][2]);
is(captured($two), 1, '... until one is accepted');


# resend

start();
$f->call(put_client => $one, barcode => 'A1', bonus => 5);
$redis->hset($f->key("client:$two"), barcode => 'B1');
captured($two);
$f->call(put_group => 7, title => 'a', loyaltyType => 'bonuses',
    loyaltyQuantity => 1);
told();

is($f->call(resend => $one), 1, 'resend');
is_deeply(told(), ["clients changed $one A1 5"], '... the whole record');
$redis->hset($f->key("client:$two"), bonus => 7, barcode => 'B2');
is($f->call(resend => $two), 3, 'with a change that nobody knew');
is_deeply(told(), ["clients changed $two B2 7",
    "bonuses added $two bonus 7 7", "clients changed $two B2 7"],
    '... which is told first');
is($f->call(resend => $three), 0, 'one who is not there');
$redis->hset($f->key("client:$three"), barcode => 'C1');
is($f->call(resend => $three), 1, 'one nobody knew');
is_deeply(told(), ["clients added $three C1"], '... is added');
$redis->hdel($f->key("client:$two"), 'barcode');
is($f->call(resend => $two), 1, 'one that is broken');
is_deeply(told(), ["clients changed $two B2 7"], '... as it was announced');
$redis->del($f->key("client:$three"));
is($f->call(resend => $three), 1, 'one that is gone');
is_deeply(told(), ["clients deleted $three C1"], '... is deleted');
is($f->call(resend => 'group', 7), 1, 'a group');
is_deeply(told(), ['loyalty_groups changed 7'], '... as well');

is_deeply($f->call(resend => 'all'), [1, 'client:0'], 'all: the groups');
is_deeply($f->call(resend => 'all', 'client:0'), [2, 0], '... the clients');
is_deeply(told(), ['loyalty_groups changed 7', "clients changed $one A1 5",
    "clients changed $two B2 7"], '... each');

$f->call(put_client => "38050111$_", barcode => "X$_") for 1000 .. 1099;
$f->call(put_group => $_, title => 'a', loyaltyType => 'bonuses',
    loyaltyQuantity => 1) for 1000 .. 1099;
told();
my ($cursor, $calls, $hooks) = (0, 0, 0);
do {
    (my $n, $cursor) = @{ $f->call(resend => 'all', $cursor) };
    $hooks += $n;
} while ($cursor ne '0' && ++$calls < 1000);
is($hooks, 203, 'many');
my %seen = map { (split)[2] => 1 } @{ told() };
is(scalar(keys %seen), 203, '... each once');
cmp_ok($calls, '>', 5, '... in many calls');

$f->call(change_bonus => $one, 1);
room(1);
$f->refused('UNAVAILABLE the outbox is full', resend => $one);
$f->refused('UNAVAILABLE the outbox is full', resend => 'all');
room(1000);
captured($one);
told();
$redis->hset($f->key("client:$one"), sex => 'male');
room(1);
$f->refused('UNAVAILABLE the outbox is full', resend => $one);
room(2);
is($f->call(resend => $one), 2, 'room for a change and the whole');
told();
room(30);
is_deeply($f->call(resend => 'all', 'client:0'), [25, 'client:27'],
    'as long as there is room');
is_deeply($f->call(resend => 'all', 'client:27'), [5, 'client:32'],
    '... and no further');
$f->refused('UNAVAILABLE the outbox is full', resend => 'all', 'client:32');
told();
is_deeply($f->call(resend => 'all', 'client:32'), [25, 'client:57'],
    '... on from there when there is room');
told();
room(1000);
$f->refused('phone must be 380 and 9 digits', resend => $_) for '', '1';
$f->refused('id must be a whole number', resend => 'group', $_) for '', 'x';
$f->refused('cursor must be one that a call has returned', resend => 'all', $_)
    for '', 'x', 'barcodes:1', 'client:', '1';
$f->refused('too many arguments', resend => $one, 1);
$f->refused('too many arguments', resend => 'all', 0, 1);
$f->fenced('settings', hooks => 0);
$f->refused('CONFLICT this market has no hook', resend => $one);

finish();
