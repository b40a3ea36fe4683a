# Hooks that are off for a while, and hooks that an operator has ended: what the
# gateway is told afterwards, and what stays in Redis meanwhile.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Sweeps;

my $f = sweep_functions();
my $redis = $f->client;
my %person = (surname => 'Незабудченко', email => 'lesia@example.com');


sub off { $f->fenced(settings => hooks => 0) }
sub whole { $f->keys_with(phone($_[0])) }


# until a resend is over: how much of it a call does is a matter of time

sub resends {
    my $calls = 0;

    sweeps() while $f->status->{resend} >= 0 && $calls++ < 100;
    sweeps();
}


# the changes of bonus n, as "change=total"

sub sums {
    my ($n) = @_;

    return map { my %is = @$_; $is{object} eq 'bonuses'
        && $is{phone} eq phone($n) ? "$is{change}=$is{total}" : () }
        map { $_->[1] } @{ $redis->xrange($f->key('outbox'), '-', '+') };
}


# five clients and a group that the gateway knows, hooks off; hooks of 1 wait

sub begin {
    my (%settings) = @_;

    start(%settings);
    sweeps();
    $f->call(put_client => phone($_), barcode => "A$_", bonus => 1, %person)
        for 1 .. 5;
    plain_group(7);
    sweeps();
    told();
    $f->call(change_bonus => phone(1), 4);
    off();
}


# off for a while: what is told then follows what was told before

for my $mode (qw( seed announce )) {
    begin(initial_sync => $mode);
    is($f->call(change_bonus => phone(1), 10), 15, "$mode: hooks are off");
    $f->call(put_client => phone(2), surname => 'Інша', barcode => 'B2');
    $f->call(delete_client => phone(3));
    $f->call(put_client => phone(4), barcode => '');
    $redis->del($f->key('group:7'));
    plain(5, bonus => 3);
    plain(6, bonus => 1);
    plain(7);
    $redis->del($f->key('client:' . phone(7)));
    sweeps() for 1 .. 2;
    is_deeply([order()], [1 .. 6], '... those who were deleted wait');
    $f->call(put_client => phone(8), barcode => 'A3');
    $f->call(put_client => phone(9), barcode => 'A2');
    is_deeply([map { $redis->hget($f->key("barcodes:A$_"), "A$_") } 3, 2],
        [phone(8), phone(9)], '... their cards are free, also old ones');
    is_deeply([sums(1)], ['4=5'], '... nothing is written');
    $f->call(delete_client => phone(9));
    is_deeply(whole(9), [], '... nothing stays of one who was never told');

    settings(initial_sync => $mode);
    is_deeply([sums(1)], ['4=5'], 'hooks are on');
    sweeps() for 1 .. 2;
    is_deeply([sums(1)], ['4=5', '10=15'], '... the sums join');
    is_deeply([sums(5)], ['2=3'], '... of plain commands as well');
    is_deeply(told_in_any_order(), [sort 'changed bonus 1', 'changed bonus 1',
        'changed 2', 'deleted 3', 'deleted 4', 'changed bonus 5',
        'deleted group 7', 'added 6', 'added 8'],
        '... and all is told, once');
    is(sweeps()->{hooks}, 0, '... nothing is left');
}

begin();
$f->call(delete_client => phone(3));
$f->call(put_client => phone(3), barcode => 'A3', bonus => 8, %person);
settings();
sweeps();
is_deeply([sums(3)], ['7=8'], 'one who was deleted and came back has changed');

# taken in before there was any hook: the gateway may have read them as soon as there
# was one, whether or not the sweep had come to them

start(hooks => 0, initial_sync => 'seed');
$f->call(put_client => phone($_), barcode => "A$_", name => 'a') for 1 .. 5;
plain_group(7);
sweeps();
settings(initial_sync => 'seed');
off();
$f->call(delete_client => phone(1));
$f->call(put_client => phone(2), name => 'b');
$redis->del($f->key('client:' . phone(3)), $f->key('group:7'));
plain(4, name => 'b');
sweeps() for 1 .. 2;
settings(initial_sync => 'seed');
sweeps() for 1 .. 2;
is_deeply(told_in_any_order(), [sort 'deleted 1', 'changed 2', 'deleted 3',
    'changed 4', 'deleted group 7'], 'loaded before the first hook');


# his deletion waits, and he is back

for my $room (1000, 2) {
    begin(initial_sync => 'seed');
    settings(initial_sync => 'seed', outbox_max => $room);
    $f->call(delete_client => phone(3));
    plain(3) if $room == 2;
    sweeps();
    off();
    plain(3);
    sweeps() for 1 .. 2;
    settings(initial_sync => 'seed', outbox_max => 1000);
    sweeps() for 1 .. 2;
    is_deeply([told()], ['changed bonus 1', 'deleted 3', 'added 3'],
        'who comes back is announced after his deletion, '
        . ($room == 2 ? 'which filled the outbox' : 'which waits'));
}

# off for a while, and nothing waits: who comes meanwhile is told, like who goes

for my $written (0, 1) {
    start(initial_sync => 'seed');
    plain($_) for 1 .. 3;
    sweeps() for 1 .. 2;
    is_deeply([told()], [], 'a first start is silent');
    $redis->hdel($f->key('meta'), 'had_hooks') if $written;
    $redis->hset($f->key('meta'), accepted => 1) if $written;
    off();
    $f->call(move_client => phone(1), phone(9));
    $redis->rename(map { $f->key('client:' . phone($_)) } 2, 8);
    plain(4);
    plain_group(5);
    sweeps() for 1 .. 2;
    is(sweeps()->{found}, 0, '... without hooks all is taken in, once');
    $f->call(delete_client => phone(4));
    plain(6);
    settings(initial_sync => 'seed');
    sweeps() for 1 .. 2;
    is_deeply(told_in_any_order(), [sort 'deleted 1', 'added 9', 'deleted 2',
        'added 8', 'added 6', 'added group 5'],
        '... hooks are back: a move has both halves');
    is(sweeps()->{hooks}, 0, '... once');
}

begin();
$f->call(delete_client => phone($_)) for 3 .. 5;
$f->fenced(settings => hooks => 1, delete_guard => 0);
$f->fenced(settings => hooks => 1);
sweeps() for 1 .. 2;
is(scalar(grep { /deleted/ } told()), 3, 'the guard counts them');


# ended: nothing of those who are gone stays, the others are told as they are

sub hold {
    my ($n) = @_;

    my ($hook) = grep { $_->[1] eq phone($n) } $f->waiting;

    $f->fenced(refuse => phone($n), $hook->[0], 60_000, 100, 'status 422', 'x');
}

begin();
settings();
$f->call(put_client => phone($_), surname => "x$_") for 2 .. 5;
hold($_) for 2 .. 4;
$f->call(change_bonus => phone(2), $_) for 1 .. 200;
$f->call(delete_client => phone(3));
off();
$f->call(delete_client => phone(4));
$f->call(forget_client => phone(5));
$f->call(change_bonus => phone(1), 100);
sweeps();
cmp_ok($redis->xlen($f->key('outbox')), '>', 0, 'hooks wait');
cmp_ok(@{ whole($_) }, '>', 0, "... something of $_ is there") for 3 .. 5;
is($f->call('end_hooks'), 0, 'ended');
is(scalar(grep { /^client:/ } @{ whole(1) }), 1,
    '... who is there stays');

my $before = $redis->xlen($f->key('outbox'));

$f->fenced(sweep_index => 0, 40);
cmp_ok($redis->xlen($f->key('outbox')), '>=', $before - 40,
    '... a part of what waits goes with each call');
sweeps() for 1 .. 12;
$redis->zadd($f->key('forget'), 0, ($redis->zrange($f->key('forget'), 0, 0))[0]);
sweeps() for 1 .. 4;
is_deeply(whole($_), [], "... nothing of $_ is left") for 3 .. 5;
is_deeply([@{ $f->status }{qw( outbox held held_keys forget )}], [0, 0, 0, 0],
    '... and nothing waits');
is_deeply($f->keys_with('}:(?:held|retry|refused)'), [], '... on hold neither');
is($redis->hlen($f->key('shadow:' . substr phone(1), -3)), 1,
    '... what was told of others is known');
$f->call(delete_client => phone(2));
is_deeply(whole(2), [], '... who is deleted afterwards is gone at once');
plain(6);
sweeps();
settings();
resends();
is_deeply([sums(1)], ['100=105'], 'hooks begin again: what has changed');
is_deeply(told_in_any_order(), ['changed 1', 'changed 6', 'changed bonus 1',
    'changed group 7'], '... and all who are there, as they are');
sweeps();
is_deeply([told()], [], '... once');

# those that a host says; in the middle of a resend; whoever never had hooks

begin();
$f->call('resend_all') if settings();
off();
$f->call('end_hooks');
sweeps() for 1 .. 2;
$f->call(release => $f->fence);
$f->call(lease => 'test', 600_000, 'web1/c', hooks => 1, delete_guard => 100);
is_deeply([@{ $f->status }{qw( hooks resend resend_left )}], [1, 0, 6],
    'a host has hooks: all are told');
$f->acquire;
resends();
is(scalar(told()), 6, '... each once');
is($f->status->{resend}, -1, '... and no more');

$f->reset;
$f->acquire;
off();
plain($_) for 1 .. 3;
sweeps();
$f->call(forget_client => phone(1));
$redis->zadd($f->key('forget'), 0, ($redis->zrange($f->key('forget'), 0, 0))[0]);
sweeps() for 1 .. 4;
is_deeply(whole(1), [], 'a market that never had hooks forgets');
is($f->call('end_hooks'), 0, '... ended, though none had begun');
settings(initial_sync => 'seed');
sweeps();
is_deeply([told()], [], '... the first ones begin silently');


# hooks that a first start only prepared, which wrote none; before had_hooks, too

for my $had (1, 0) {
    start(initial_sync => 'seed');
    plain($_, %person) for 1 .. 3;
    sweeps() for 1 .. 2;
    $redis->hdel($f->key('meta'), 'had_hooks') if !$had;
    off();
    is($f->call('end_hooks'), 0, "no hook was ever written ($had): ended");
    $f->call(forget_client => phone(1));
    $redis->del($f->key('client:' . phone(2)));
    sweeps();
    is($redis->exists($f->key('shadow:' . substr phone($_), -3)), 0,
        "... nothing of $_, who is deleted, is kept") for 1, 2;
    sweeps() for 1 .. 8;
    is($f->status->{forget}, 0, '... and he is forgotten');
    plain(4);
    sweeps();
    settings(initial_sync => 'seed');
    resends();
    is_deeply(told_in_any_order(), $had ? ['changed 3', 'changed 4'] : [],
        '... hooks begin ' . ($had ? 'again' : 'as for the first time'));
}


# lists of a wrong type: the others go

begin();
settings();
$f->call(put_client => phone($_), surname => "x$_") for 2 .. 3;
hold($_) for 2, 3;
off();
$redis->del($f->key('retry:' . phone(2)));
$redis->set($f->key('retry:' . phone(2)), 'x');
$f->call('end_hooks');
sweeps() for 1 .. 4;
is_deeply($f->keys_with('}:retry:'), ['retry:' . phone(2)],
    'a list of a wrong type: the others go');
$redis->del($f->key('outbox'));
$redis->set($f->key('outbox'), 'x');
is(sweeps()->{seen}, 12, '... and so does the sweep');

finish();
