# Keys of a wrong type (contract, B27): one of a client's or group's own holds
# this one, one of the market's stops no more than it must, and all goes on when
# it is mended.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my ($one, $two, $three) = qw( 380671112233 380671112234 380671112235 );

sub next_after { $f->fenced(next => @_) }
sub ids        { map { $_->[0] } @_ }
sub due        { my ($ms, @hooks) = @{ $f->fenced(due => 16) }; return @hooks }
sub put        { $f->call(put_client => @_) }
sub held       { $f->status->{held} }
sub wrong      { $redis->set($f->key($_[0]), 'x') }
sub gone       { $redis->del($f->key($_[0])) }

sub start {
    $f->reset;
    $f->hooks_on(sync => 'done');
    $f->acquire;
}

# what polycard_broken says

sub broken {
    my ($mended, $count, @names) = @{ $f->fenced('broken') };

    return "$mended $count @names";
}

# two clients with a hook each, and their ids

sub two_hooks {
    start();
    put($one, barcode => 'A1');
    put($two, barcode => 'A2');

    return ids($f->waiting);
}

sub refuse {
    my ($key, @rest) = @_;

    return $f->error(refuse => $f->fence, $key, @rest);
}

my $bad_list = 'BADKEY the key retry is of a wrong type';


# the list of a key

my @ids = two_hooks();

wrong("retry:$one");
is(refuse($one, $ids[0], 1, 3, 'r', 'a'), $bad_list,
    'refuse: the error is one of the key');
is($f->error(hold => $f->fence, $one, $ids[0]), $bad_list, 'hold: too');
is($f->error(accept_held => $f->fence, $one, $ids[0]), $bad_list,
    'accept_held: too');
is($f->error(refuse_held => $f->fence, $one, $ids[0], 0, 1, 3, 'r', 'a'),
    $bad_list, 'refuse_held: too');
is_deeply([ids($f->waiting)], \@ids, '... and nothing has moved');
is(refuse($two, $ids[1], 60000, 3, 'r', 'a'), '', 'another key can be refused');
is($f->status->{broken}, 1, 'the status counts it');
is(broken(), "0 1 retry $one", 'and polycard_broken says which');

gone("retry:$one");
is(broken(), '1 0  ', 'mended');
is($f->status->{broken}, 0, '... also by the status');
is(refuse($one, $ids[0], 60000, 3, 'r', 'a'), '', 'it can be refused now');

# one that is on hold

@ids = two_hooks();
$f->fenced(refuse => $one, $ids[0], 0, 3, 'r', 'a');
$f->fenced(refuse => $two, $ids[1], 0, 3, 'r', 'a');
put($one, name => 'B');
put($three, barcode => 'A3');
gone("retry:$one");
wrong("retry:$one");

my ($last, @told) = @{ next_after('0-0', 10) };

is_deeply([map { [@$_[1, 2]] } @told], [[$one, undef], [$three, 'clients']],
    'next: what cannot go on hold is told without its hook');
is($last, $told[1][0], '... and what follows it is read');
is_deeply([map { $_->[0] } due()], [$two], 'due: other heads are told');
is(broken(), "0 1 retry $one", '... it is noted');

gone("retry:$one");
is(broken(), '1 0  ', 'mended');
is($f->fenced(hold => $one, $told[0][0]), 1, 'it goes on hold');
is_deeply([sort map { $_->[0] } due()], [$one, $two], '... and is due');
is(held(), 2, 'what was lost with the list is not counted any more');

# requeue

@ids = two_hooks();
$f->fenced(refuse => $one, $ids[0], 0, 1, 'r', 'a');
$f->fenced(refuse => $two, $ids[1], 0, 1, 'r', 'a');
wrong("retry:$one");
is($f->call(requeue => 'all'), 1, 'requeue all: but one');
is($redis->xlen($f->key('dead')), 1, '... which stays dead');

# as many as are looked at once, and none of them a hook

@ids = two_hooks();
$redis->xadd($f->key('dead'), '*', x => 1) for 1 .. 20;
$f->fenced(refuse => $one, $ids[0], 0, 1, 'r', 'a');
is($f->call(requeue => 'all'), 1, 'requeue all: after 20 that are no hooks');


# a list that is deleted

start();
put($one, barcode => 'A1');
$f->call(change_bonus => $one, 1) for 1 .. 4;
@ids = ids($f->waiting);
$f->fenced(refuse => $one, $ids[0], 0, 3, 'r', 'a', @ids[1 .. 4]);
is(held(), 5, 'five are on hold');
gone("retry:$one");
is_deeply([due()], [], 'the list is deleted');
is(held(), 0, 'none is counted');
is($redis->exists($f->key('retry')) + $redis->exists($f->key('held')), 0,
    '... and nothing of it is left');

# ... and the times of all lists with it, as a key of a wrong type is

@ids = two_hooks();
$f->fenced(refuse => $_->[1], $_->[0], 0, 3, 'r', 'a') for $f->waiting;
gone("retry:$one");
gone('retry');
broken();
is(held(), 2, 'two are counted: nobody looks for those who have no list');
$f->sweep('scan');
$f->fenced(swept => 0, 0);
broken();
is(held(), 2, '... the list that is left is due after a pass');
$redis->hset($f->key('meta'), read => $f->fence . ' +');
$f->fenced(accept_held => $two, $ids[1]);
$f->fenced(swept => 0, 0);
broken();
is(held(), 0, '... and the other is not counted any more');

# those that the release before has counted

$redis->hset($f->key('meta'), held => 7);
broken();
is(held(), 0, 'where nothing is on hold nothing is counted');

$redis->hset($f->key('meta'), held => -6);
broken();
is($redis->hget($f->key('meta'), 'held'), 0, '... nor less than nothing');

$redis->hset($f->key('meta'), held => 2);
$redis->zadd($f->key('retry'), 0, $one);
$redis->rpush($f->key("retry:$one"), sprintf '["%d-0",0,"object","bonuses",'
    . '"action","changed","phone","%s","attribute","bonus","change","1",'
    . '"total","1"]', $_, $one) for 1, 2;
$redis->hset($f->key('meta'), read => $f->fence . ' +');
is($f->fenced(accept_held => $one, '1-0'), 1, 'a list of the release before');
is(held(), 1, '... is counted right');


# a refused hook that somebody has deleted

start();
put($one, barcode => 'A1');
$f->call(change_bonus => $one, 1) for 1, 2;
@ids = ids($f->waiting);
$redis->xdel($f->key('outbox'), $ids[0]);
is($f->fenced(refuse => $one, $ids[0], 60000, 3, 'r', 'a', $ids[1]), 0,
    'the refused one is not there any more');
is_deeply([next_after('0-0', 10)->[1]], [undef],
    '... but those behind it are on hold, ahead of what follows');
is_deeply([map { $_->[2] } due()], [$ids[1]], '... and due');


# Redis' clock was set back

@ids = two_hooks();
$f->fenced(refuse => $one, $ids[0], 60000, 3, 'r', 'a');
$f->fenced(refuse => $two, $ids[1], 50000, 3, 'r', 'a');
is_deeply([due()], [], 'they wait');
$redis->zadd($f->key('retry'), 'XX', (time + 3600) . '000', $one);
is($f->fenced(due => 16)->[0], 0, 'one is further away than any delay');
is_deeply([map { $_->[0] } due()], [$one], '... and due at once');

@ids = two_hooks();
$f->fenced(hold => $one, $ids[0]);
$redis->zadd($f->key('retry'), 'XX', (time + 3600) . '000', $one);
is($f->fenced(due => 16)->[0], 0, 'the same where no hook was ever refused');
is_deeply([map { $_->[0] } due()], [$one], '... due at once');

start();
$redis->pexpire($f->key('lease'), 3_600_000_000);
is_deeply([@{ $f->call(lease => 'other', 5000) }[0, 1]], [0, 600_000],
    'a lease cannot be longer than it was given');
ok($redis->pttl($f->key('lease')) <= 600_000, '... and ends by then');


# keys that clients have in common

start();
put($_, barcode => "C$_") for $one, $two;
$f->take('outbox');
$redis->hset($f->key("client:$_"), name => 'B') for $one, $two;
$redis->rename($f->key('shadow:233'), $f->key('aside'));
wrong('shadow:233');
is($f->error(capture => $one), 'BADKEY the key shadow is of a wrong type',
    'capture of one says what is wrong');
is($f->call(capture => $one, $two), 1, 'capture of several goes on');
is(broken(), "0 1 shadow $one", '... and notes the one');
is($f->sweep('index')->{skipped}, 1, 'the sweep skips it');

$redis->rename($f->key('aside'), $f->key('shadow:233'));
is(broken(), '1 0  ', 'mended');
is_deeply([map { $_->[1] } $f->waiting], [$two, $one],
    '... its change is told at once');

$f->take('outbox');
wrong('added:233');
$redis->del($f->key("client:$_")) for $one, $two;
is($f->sweep('index')->{skipped}, 1, 'a deletion that waits for its key');
is(broken(), "0 1 added $one", '... is noted');
is_deeply([map { $_->[1] } $f->waiting], [$two], '... the other one is told');

start();
put($one, barcode => '4820000000017');
$redis->hset($f->key("client:$two"), barcode => '4820000000024');
wrong('barcodes:024');
is($f->call(capture => $one, $two), 0, 'a card number that cannot be indexed');
is(broken(), "0 1 barcodes $two", '... is noted');
is_deeply($f->call(resend => 'all'), [0, 'client:0'], 'resend goes on');

start();
$redis->hset($f->key("client:$one"), barcode => '4820000000024', id => 5000);
$redis->hset($f->key("client:$two"), barcode => '4820000000017', id => 4000);
wrong('barcodes:024');
is($f->call(capture => $one, $two), 1, 'the number of one who is not taken in');
is($redis->get($f->key('seq:id')), 4000, '... is not in the way of the next one\'s');


# keys of the market

@ids = two_hooks();
gone('outbox');
wrong('outbox');
is_deeply(next_after('0-0', 10), ['0-0'], 'outbox: there is nothing to read');
is($f->fenced(accept => $ids[0]), 0, 'nothing to accept');
is(refuse($one, $ids[0], 1, 3, 'r', 'a'), '', 'nothing to refuse');
is(put($one, name => 'B'), 0, 'clients can be changed');
is(broken(), '0 0   outbox', 'it is said');
is($f->status->{broken}, 1, '... and counted');
gone('outbox');
$f->sweep('index');
is_deeply([map { [@$_[1 .. 3]] } $f->waiting], [[$one, 'clients', 'changed']],
    'what was changed meanwhile is told');

@ids = two_hooks();
$f->fenced(hold => $one, $ids[0]);
gone('outbox');
wrong('outbox');
is($f->fenced(accept => $one, $ids[0]), 1, '... and what is on hold is accepted');
gone('outbox');

@ids = two_hooks();
wrong('dead');
is($f->fenced(refuse => $one, $ids[0], 0, 1, 'r', 'a'), 2,
    'dead: a hook that should be set aside stays on hold');
$redis->xadd($f->key('outbox'), '*', 'a', 'b');
put($three, barcode => 'A3');
($last, @told) = @{ next_after('0-0', 10) };
is_deeply([map { [@$_[1, 2]] } @told],
    [[$two, 'clients'], [undef, undef], [$three, 'clients']],
    'what nobody can read is passed over');
is(broken(), '0 0   dead', 'it is said');
gone('dead');
is($f->fenced(refuse_held => $one, $ids[0], 1, 0, 1, 'r', 'a'), -1,
    'mended: it is set aside');
next_after('0-0', 10);
is($redis->xlen($f->key('dead')), 2, '... and what could not be read, too');

@ids = two_hooks();
wrong('retry');
is($f->fenced(refuse => $one, $ids[0], 0, 3, 'r', 'a'), 1,
    'retry: what is refused waits in its list');
put($one, name => 'B');
is_deeply([map { $_->[1] } @{ next_after('0-0', 10) }[1]], [$two],
    '... the next one of the key with it, others are told');
is_deeply($f->fenced(due => 16), [-1], 'nothing is due');
is(broken(), '0 0   retry', 'it is said');
gone('retry');
$f->sweep('scan');
is_deeply([map { $_->[0] } due()], [$one], 'mended: the sweep finds the list');

@ids = two_hooks();
$f->fenced(refuse => $one, $ids[0], 0, 3, 'r', 'a');
put($one, name => 'B');
$redis->rename($f->key("retry:$one"), $f->key('aside'));
wrong($_) for 'retry', "retry:$one";
is_deeply([map { [@$_[1, 2]] } @{ next_after('0-0', 10) }[1, 2]],
    [[$two, 'clients'], [$one, undef]],
    'retry and the list: it is unknown whether it is on hold, so it is');
gone($_) for 'retry', "retry:$one";
$redis->rename($f->key('aside'), $f->key("retry:$one"));
$f->sweep('scan');
next_after('0-0', 10);
is_deeply([map { [@$_[0, 2]] } due()], [[$one, $ids[0]]],
    '... mended: its hooks are in order');
is($redis->llen($f->key("retry:$one")), 2, '... all of them');

@ids = two_hooks();
$f->fenced(refuse => $one, $ids[0], 0, 3, 'r', 'a');
put($one, name => 'B');
$redis->rename($f->key("retry:$one"), $f->key('aside'));
wrong("retry:$one");
$redis->zrem($f->key('retry'), $one);
is_deeply([map { [@$_[1, 2]] } @{ next_after('0-0', 10) }[1, 2]],
    [[$two, 'clients'], [$one, undef]],
    'the list, and retry has lost it: it was counted, so it is on hold');
gone("retry:$one");
$redis->rename($f->key('aside'), $f->key("retry:$one"));
$f->sweep('scan');
next_after('0-0', 10);
is_deeply([map { [@$_[0, 2]] } due()], [[$one, $ids[0]]],
    '... mended: its hooks are in order');

for my $name (qw( gone deletions found clients groups hosts )) {
    start();
    put($one, barcode => 'A1');
    $f->take('outbox');
    gone($name);
    wrong($name);
    is(broken(), "0 0   $name", "$name is said");
    $f->status;
    is_deeply($f->fenced('settings')->[2], 0, '... the emitter can begin');

    next if $name eq 'clients';

    $redis->hset($f->key("client:$one"), name => 'B');
    is($f->call(capture => $one), 1, '... and changes are told');
}

start();
put($one, barcode => 'A1');
$f->take('outbox');
wrong('gone');
$redis->del($f->key("client:$one"));
is($f->error(capture => $one), 'ERR the key gone is of a wrong type',
    'gone: a deletion waits');
gone('gone');
is($f->call(capture => $one), 1, '... until it is mended');


# what the outbox did not write, or could not be sent

my @good = (attribute => 'bonus', change => '19999999999999.98',
    total => '9999999999999.99');

sub unreadable {
    my ($what, @fields) = @_;

    start();
    put($one, barcode => 'A1');
    $redis->xadd($f->key('outbox'), '*', @fields);
    put($two, barcode => 'A2');
    is_deeply([map { $_->[1] } $f->waiting], [$one, $two],
        "$what: not told, and nobody else is kept");

    my ($entry) = $f->take('dead');

    is_deeply($entry, [reason => 'unreadable', answer => '', hook =>
        $entry->[5], attempts => 0, @fields], '... but set aside');
}

my @head = (object => 'bonuses', action => 'changed', phone => $three);

unreadable('a phone that is none', @head[0 .. 3], phone => '12345', @good);
unreadable('no phone', @head[0 .. 3], phone => '', @good);
unreadable('a group that is none', object => 'loyalty_groups',
    action => 'added', id => 'x', title => 'a', loyaltyType => 'bonuses',
    loyaltyQuantity => 1);
unreadable('no change', @head, @good[0, 1, 4, 5]);
unreadable('no total', @head, @good[0 .. 3]);
unreadable('a change out of range', @head, attribute => 'bonus',
    change => '19999999999999.99', total => 1);
unreadable('a total out of range', @head, attribute => 'bonus', change => 1,
    total => '10000000000000');
unreadable('a client without a card', object => 'clients', action => 'added',
    phone => $three, name => 'B');
unreadable('a card with control characters', object => 'clients',
    action => 'added', phone => $three, barcode => "a\nb");
unreadable('a group without a title', object => 'loyalty_groups',
    action => 'added', id => 7, loyaltyType => 'bonuses',
    loyaltyQuantity => 1);
unreadable('another object', object => 'x', action => 'added',
    phone => $three);
unreadable('two cards, of which the second counts', object => 'clients',
    action => 'added', phone => $three, barcode => 'A3', barcode => "a\nb");
unreadable('a name that is called like what is missing', object => 'clients',
    action => 'added', phone => $three, name => 'barcode', email => 'A3');

# more than Lua passes at once

for my $first ([@head, @good], [x => 1]) {
    start();
    $redis->xadd($f->key('outbox'), '*', @$first, map { ("f$_", 'v') } 1 .. 5000);
    put($two, barcode => 'A2');
    is_deeply([map { $_->[1] } $f->waiting], [$two],
        "$first->[0] and 5,000 names more: set aside");

    my ($entry) = $f->take('dead');

    is_deeply([@$entry[8 .. 7 + @$first]], $first, '... with what comes first');
    is(scalar(@$entry), 8 + 256, '... and not with all of them');
}

start();
$redis->xadd($f->key('outbox'), '*', @head, @good);
is(scalar($f->waiting), 1, 'the greatest change is told');

# the same in a list

my $whole = '"1-0",0,"object","clients","action","added","phone","' . $one
    . '","barcode","A"';

for my $element ("[$whole,\"bonus\",5]", "[$whole,\"name\",true]",
        "[$whole,\"name\",[]]", "[$whole,\"name\"]", '"1-0"', '7', '{}', 'x',
        '["x",0,"object","clients","action","added","phone","'
        . $one . '","barcode","A"]', '["1-0",-1,"object","clients"]',
        '["1-0",0,"object","clients","action","added","phone","' . $two
        . '","barcode","A"]', '["1-0",0,"object","clients","action","added",'
        . '"phone","' . $one . '","barcode",null]') {
    start();
    $redis->zadd($f->key('retry'), 0, $one);
    $redis->rpush($f->key("retry:$one"), $element);
    is_deeply([due()], [], 'a head that nobody can read');
    is($redis->xlen($f->key('dead')), 1, '... is set aside');
}

finish();
