# The first sync of a market: whom it takes in, in which order, what it tells, and
# when numbers may be issued (contract, B18, B25).

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Sweeps;

my $f = sweep_functions();
my $redis = $f->client;


# the first sync, silently

sub first {
    my (%settings) = @_;

    $f->reset;
    plain($_, bonus => 1, id => 1000 - $_) for 1 .. 100;
    plain_group(7);
    $f->acquire;
    is_deeply(settings(%settings), ['running', 'open', 0, 1, 0], 'a first start');
}

first(initial_sync => 'seed');
my $cursor = $f->fenced(sweep_scan => 0, 10)->[0];
isnt($cursor, 0, 'the pass has begun');
plain(50, bonus => 7);
is($f->call(capture => phone(50)), 0, 'one that changes meanwhile');
is($f->call(change_bonus => phone(51), 5), 6, '... by a function as well');
is_deeply([told()], [], '... is taken in silently');
plain(50, bonus => 8);
$f->call(capture => phone(50));
is_deeply([told()], ['changed bonus 50'], '... and what changes then is told');
is($f->call(put_client => phone(201), barcode => 'X'), 1, 'a new one');
is($f->call(put_client => phone(202), id => 6, barcode => 'Y'), 1, 'another');
is_deeply($f->call(add_client => phone(204), $_, '20', '', ''),
    ['syncing', 'new'], "no number is issued that could be in use: $_")
    for qw( ean13 pool phone );
is($f->call(put_group => 8, title => 'a', loyaltyType => 'bonuses',
    loyaltyQuantity => 1), 1, 'a new group');
is_deeply([told()], ['added 201', 'added 202', 'added group 8'],
    '... are announced at once');
plain(203, name => 'a');
$redis->hdel($f->key('client:' . phone(203)), 'barcode');
is($f->call(put_client => phone(203), barcode => 'Z'), 0,
    'one who gets a card');
is_deeply([told()], ['added 203'], '... as well');

my $sum = $f->sweep('scan');
is($sum->{hooks}, 0, 'a pass tells nothing');
is_deeply([order()], [50, 51, 201, 202, 203, reverse(52 .. 100),
    reverse(1 .. 49)], '... in the order of ids') or diag(join ' ', order());
is(settings()->[0], 'done', 'the first sync is over');
is($f->call(add_client => phone(205), 'ean13', '20', '', '')->[0], 'created',
    '... and a card number is issued');
is_deeply([told()], ['added 205'], '... and told');
plain(1, bonus => 5);
plain(204);
is_deeply([sweeps()->{hooks}, sort(told())], [2, 'added 204',
    'changed bonus 1'], '... from now on all is told');
$redis->del($f->key('client:' . phone(2)));
$f->sweep('index');
is_deeply([told()], ['deleted 2'], '... deletions too');


# One whose deletion was told comes back during the first sync: that is told after
# it, for what the gateway reads may be older than the hook that waits.

for my $back (
    ['plain commands', sub { plain($_[0]); $f->call(capture => phone($_[0])) }],
    ['the sweep',      sub { plain($_[0]) }],
) {
    my ($by, $comes) = @$back;

    first(initial_sync => 'seed');
    $f->call(capture => phone(60));
    $f->call(delete_client => phone(60));
    plain_group(9);
    $f->call(capture_group => 9);
    $f->call(delete_group => 9);
    plain(61);
    $f->call(capture => phone(61));
    $redis->del($f->key('client:' . phone(61)));
    $f->call(capture => phone(61));
    is_deeply([told()], ['deleted 60', 'deleted group 9', 'deleted 61'],
        "who leaves is told, and comes back by $by");
    $comes->($_) for 60, 61;
    plain_group(9);
    $f->sweep('scan');
    is_deeply(told_in_any_order(), ['added 60', 'added 61', 'added group 9'],
        '... that is told too');
    is(settings()->[0], 'done', '... and nobody else');
    is($redis->exists($f->key('left')), 0, '... then it is forgotten');
}

first(initial_sync => 'seed');
$f->call(capture => phone(60));
settings(outbox_max => 1);
$f->call(delete_client => phone(60));
plain(60, bonus => 3);
is($f->call(capture => phone(60)), 0, 'no room for whoever comes back');
is_deeply([told()], ['deleted 60'], '... his deletion was told');
settings(outbox_max => 100);
is($f->call(capture => phone(60)), 1, '... there is room');
is_deeply([told()], ['added 60'], '... and it is told');


# the same before anybody has begun it: a host has said that it wants hooks

$f->reset;
plain($_) for 1 .. 3;
$f->call(lease => 'test', 600_000, 'web1', 'hooks', 1, 'delete_guard', 100,
    'outbox_max', 100, 'initial_sync', 'seed');
$f->call(capture => phone($_)) for 1 .. 3;
is_deeply([told()], [], 'before the first sync: silently');
$f->call(delete_client => phone(2));
plain(2);
$f->call(capture => phone(2));
$f->call(put_client => phone(4), barcode => 'A4');
is_deeply([told()], ['deleted 2', 'added 2', 'added 4'],
    '... and what changes is told');
$f->acquire;
settings();
$f->sweep('scan');
is_deeply([told()], [], '... once');


# Another holder goes on with the pass where it is, in the same history of the
# data: each call of the whole first sync is by another holder.  Time passes.

sub add_number { $f->call(add_client => phone(205), 'ean13', '20', '', '')->[0] }

sub take_turns {
    my ($between) = @_;

    my $calls = 0;

    while (settings()->[0] eq 'running' && $calls++ < 1000) {
        $f->fenced(sweep_scan => 0, 10);
        $f->call(release => $f->fence);
        $between->($calls);
        $f->acquire("holder $calls");
    }

    return $calls;
}

$f->redis->load_library;
first();
my (@taken, $opened);
my $calls = take_turns(sub {
    $opened ||= scalar(order()) if $redis->hget($f->key('meta'), 'numbers');
});
is(settings()->[0], 'done', 'holders take turns in one pass');
cmp_ok($calls, '>', 5, '... each has a part');
is_deeply([order()], [reverse 1 .. 100], '... and all are taken in');
cmp_ok($opened, '<', 100, 'addClient opens before all are');
$f->redis->load_library_without_time;

# in another history it begins again

first();
$f->fenced(sweep_scan => 0, 10);
my $pass = $redis->hget($f->key('meta'), 'pass');
my ($history, $place) = split / /, $pass;
isnt($place, '0', 'a pass is under way');
$f->fenced(sweep_scan => 12345, 10);
is($redis->hget($f->key('meta'), 'pass'), $pass,
    '... and another one does not count');

for my $of ($history, '0123456789abcdef') {
    first();
    $redis->hset($f->key('meta'), pass => "$of rest");
    is($f->sweep('scan')->{calls} == 1 ? 0 : scalar(order()),
        $of eq $history ? 0 : 100, $of eq $history
        ? 'in one history a pass goes on' : '... in another it begins again');
}

# numbers are noted in the pass, before anybody is taken in

first();
plain(60, barcode => ean13(7), id => 7000);
plain(61, barcode => ean13(1));
is(add_number(), 'syncing', 'the first pass is not over');
$calls = 0;
$f->fenced(sweep_scan => 0, 10)
    until $redis->hget($f->key('meta'), 'numbers') || $calls++ > 1000;
cmp_ok(scalar(order()), '<', 100, 'all keys were seen, not all are taken in');
is_deeply($f->call(add_client => phone(205), 'ean13', '20', '', ''),
    ['created', 7001, ean13(2)], '... and numbers are issued that are free');
is($f->call(add_client => phone(206 + $_), 'ean13', '20', '', '')->[2],
    ean13($_), '... and free') for 3 .. 6;
is($f->call(add_client => phone(220), 'ean13', '20', '', '')->[2], ean13(8),
    '... not the one that is not');
$f->sweep('scan');
is(settings()->[0], 'done', 'then all are taken in');

# of two with one number the one of the lower id has it, in whatever order the
# keys stand

for my $n (70, 80) {
    first();
    plain($_, barcode => 'twice') for 75, $n;
    $f->sweep('scan');
    is($redis->hget($f->key('barcodes:ice'), 'twice'), phone($n > 75 ? $n : 75),
        "one number twice, $n");
}


# the first sync, aloud

first(initial_sync => 'announce');
plain(50, bonus => 7);
$f->call(capture => phone(50));
is_deeply([told()], ['added 50'], 'announced when it changes');
is($f->sweep('scan')->{hooks}, 100, '... or when it is found');
is_deeply([told()], ['added group 7', map { "added $_" }
    grep { $_ != 50 } reverse 1 .. 100], '... in the order of ids');
is(settings()->[0], 'done', 'the first sync is over');
is(sweeps()->{hooks}, 0, '... with nothing left');

first(initial_sync => 'announce', outbox_max => 30);
$f->sweep('scan');
is(scalar(told()), 30, 'no room for all');
is(scalar(order()), 100, '... all are taken in');
plain(1, bonus => 5);
plain(99, bonus => 5);
$redis->del($f->key('client:' . phone(2)));
$f->call(capture => phone(2));
settings(outbox_max => 1000);
$f->sweep('index');
my @rest = told();
is(scalar(grep { /^added/ } @rest), 70, 'the others, when there is room');
is_deeply([grep { !/^added/ } @rest], ['changed bonus 99'],
    '... as they are then');


# written by functions before the first start

for my $mode (qw( seed announce )) {
    $f->reset;
    $f->call(put_client => phone($_), barcode => "A$_", bonus => 1)
        for 1 .. 20;
    $f->call(put_client => phone(1), barcode => 'B1');
    $f->call(delete_client => phone(2));
    $f->call(put_group => 7, title => 'a', loyaltyType => 'bonuses',
        loyaltyQuantity => 1);
    is_deeply([$redis->hget($f->key('barcodes:A1'), 'A1'), order()],
        [undef, 1, 3 .. 20], "$mode: before the first start");
    is($f->call(capture => phone(3)), 0, '... nothing is told');
    $f->acquire;
    settings(initial_sync => $mode);
    $f->call(change_bonus => phone(4), 1);
    $f->call(delete_client => phone(5));
    is_deeply([told()], $mode eq 'seed' ? ['changed bonus 4', 'deleted 5']
        : ['added 4'], '... then what changes');
    sweeps();
    is_deeply(told_in_any_order(), $mode eq 'seed' ? [] : [sort
        (map { "added $_" } 1, 3, 6 .. 20), 'added group 7'], '... and all');
    is(sweeps()->{hooks}, 0, '... once');
    $f->call(change_bonus => phone(6), 1);
    is_deeply([told()], ['changed bonus 6'], '... from then on changes');
}


# a market without a hook

$f->reset;
$f->acquire;
$f->fenced('settings', hooks => 0, initial_sync => 'announce');
plain($_, id => 100 - $_) for 1 .. 30;
sweeps();
is_deeply([order()], [reverse 1 .. 30], 'no hook: an index all the same');
$sum = sweeps();
is_deeply([@$sum{qw( found hooks )}], [0, 0], '... that is right');
$redis->del($f->key('client:' . phone(7)));
sweeps();
is(scalar(order()), 29, '... and stays so');
is($redis->exists($f->key('outbox')), 0, 'no outbox');
settings();
sweeps();
is(scalar(told()), 29, 'a hook now: everybody is announced');
$f->fenced('settings', hooks => 0);
plain(1, bonus => 5);
plain(40);
sweeps();
settings();
sweeps();
is_deeply([told()], ['added bonus 1', 'added 40'],
    'a hook again: what has changed, and those who are new since');

finish();
