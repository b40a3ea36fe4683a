# Hooks from the outbox to the gateway's verdict: polycard_next, accept,
# refuse, hold, due, accept_held, refuse_held, and back from the dead:
# polycard_requeue.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my ($one, $two) = qw( 380671112233 380671112234 );

sub next_after { $f->fenced(next => @_) }
sub due        { $f->fenced(due => @_ ? @_ : 128) }
sub bonus      { $f->call(change_bonus => @_) }
sub ids        { map { $_->[0] } @_ }
sub due_ids    { my ($ms, @hooks) = @{ due() }; return map { $_->[2] } @hooks }

sub list {
    my ($key) = @_;

    return map { /^\["([^"]+)",(\d+),/ ? "$1 $2" : $_ }
        $redis->lrange($f->key("retry:$key"), 0, -1);
}

sub dead_ids {
    return map { $_->[1][5] } @{ $redis->xrange($f->key('dead'), '-', '+') };
}

sub start {
    $f->reset;
    $f->hooks_on;
    $f->acquire;
}

sub held { $f->status->{held} }


# read

start();
is_deeply(next_after('0-0', 100), ['0-0'], 'nothing to read');

my $bytes = "\0\x01\"\\/\n\x7f\xffЇ";

$redis->hset($f->key("client:$one"), barcode => 'A1', name => $bytes,
    bonus => 5);
$f->call(capture => $one);
bonus($one, '-1.5');
$f->call(put_group => 7, title => 'Золота', loyaltyType => 'discount',
    loyaltyQuantity => 5);

my $reply = next_after('0-0', 100);
my @ids = ids(@{ $redis->xrange($f->key('outbox'), '-', '+') });

is_deeply($reply, [$ids[2],
    [$ids[0], $one, 'clients', 'added', phone => $one, name => $bytes,
        barcode => 'A1', bonus => 5],
    [$ids[1], $one, 'bonuses', 'changed', phone => $one,
        attribute => 'bonus', change => '-1.5', total => '3.5'],
    [$ids[2], 'group:7', 'loyalty_groups', 'added', id => 7,
        title => 'Золота', loyaltyType => 'discount', loyaltyQuantity => 5],
], 'hooks as they are read');

is_deeply([ids(@{ next_after('0-0', 2) }[1, 2])], [@ids[0, 1]], 'two of them');
is(next_after('0-0', 2)->[0], $ids[1], '... and where to go on');
is_deeply([ids(@{ next_after($ids[1], 2) }[1])], [$ids[2]], 'the rest');
is_deeply(next_after($ids[2], 2), [$ids[2]], 'no more');
is_deeply(next_after('0-0', 0), ['0-0'], 'none wanted');

$f->fenced(hold => $one, $ids[0]);
is_deeply(due()->[1], [$one, 0, @{ $reply->[1] }[0, 2 .. 11]],
    'a held one has the same bytes');
$f->fenced(accept_held => $one, $ids[0]);


# accepted

is($f->fenced(accept => $ids[0], $ids[2], '1-1'), 1, 'accepted');
is_deeply([ids($f->waiting)], [$ids[1]], '... and gone');
ok($f->status->{accepted} > time - 60 && $f->status->{accepted} / 1000
    < time + 60, '... with the time');
is($f->fenced(accept => @ids[0, 2]), 0, 'once');
is($f->fenced('accept'), 0, 'nothing to accept');


# accepted, but on hold by now: an older one of the key was requeued

start();
$f->call(put_client => $one, barcode => 'A1');
bonus($one, $_) for 1 .. 4;
$f->call(put_client => $two, barcode => 'A2');
@ids = ids($f->waiting);

$f->fenced(hold => $one, @ids[0 .. 4]);
$redis->zadd($f->key('retry'), 1, $one);

is($f->fenced(accept => $one, @ids[1, 2], $two, $ids[5]), 3,
    'accepted: in the outbox, and on hold behind the head');
is_deeply([list($one)], [map { "$ids[$_] 0" } 0, 3, 4],
    '... the others stay');
is($redis->zscore($f->key('retry'), $one), 1, '... and are due as they were');
is(held(), 3, '... and counted');
is($f->fenced(accept => $one, @ids[1, 2]), 0, 'once');

$f->fenced(accept => $one, $ids[0]);
cmp_ok($redis->zscore($f->key('retry'), $one), '>', 1,
    'the head: the next one is due at once');
is($f->fenced(accept => $one, @ids[3, 4]), 2, 'all that is left');
is($redis->zscore($f->key('retry'), $one), undef, '... the key is off hold');
is(held(), 0, '... and nothing is');

$f->call(put_client => $two, barcode => 'A3');
@ids = ids($f->waiting);
$redis->zadd($f->key('retry'), 1, $one);
$redis->set($f->key("retry:$one"), 'x');
is($f->fenced(accept => $one, '1-1', $two, $ids[0]), 1,
    'a list that cannot be used does not keep others');
$redis->del($f->key("retry:$one"));


# refused: on hold, in order, others go on

start();
$f->call(put_client => $one, barcode => 'A1');
bonus($one, $_) for 1 .. 4;
$f->call(put_client => $two, barcode => 'A2');
@ids = ids($f->waiting);

is($f->fenced(refuse => $one, $ids[0], 60000, 3, 'status 400', 'no',
    @ids[1, 2]), 1, 'refused, with two of those that follow');
is_deeply([list($one)], ["$ids[0] 1", "$ids[1] 0", "$ids[2] 0"],
    '... on hold in order');
is(held(), 3, '... and counted');

my ($ms, @due) = @{ due() };

is(@due, 0, '... not due');
ok($ms > 50000 && $ms <= 60000, '... before the delay');

is_deeply([ids($f->waiting)], [$ids[5]], 'others are read');
is_deeply([list($one)], ["$ids[0] 1", map { "$ids[$_] 0" } 1 .. 4],
    '... and what follows goes on hold');

my $digest = $f->digest;

is($f->fenced(refuse => $one, $ids[0], 1, 3, 'r', 'a', @ids[1, 2]), 0,
    'refused again: nothing');
is($f->fenced(hold => $one, @ids[0 .. 4]), 0, 'held again: nothing');
is($f->digest, $digest, '... has changed');

bonus($one, 5);
my ($last, @read) = @{ next_after($ids[5], 10) };
cmp_ok(@read, '==', 0, 'a new hook of a key on hold is not read');
is(scalar(list($one)), 6, '... but held');


# the attempts of a held one

$redis->zadd($f->key('retry'), 1, $one);
($ms, @due) = @{ due() };
is_deeply(\@due, [[$one, 1, $ids[0], 'clients', 'added', phone => $one,
    barcode => 'A1']], 'due: the head');
is($ms, -1, '... and no other');

is($f->fenced(refuse_held => $one, $ids[0], 1, 60000, 3, 'r', 'a'), 1,
    'refused for the second time');
is((list($one))[0], "$ids[0] 2", '... and counted');
is_deeply([due_ids()], [], '... not due at once');
$digest = $f->digest;
is($f->fenced(refuse_held => $one, $ids[0], 1, 60000, 3, 'r', 'a'), 0,
    'the same again: nothing');
is($f->fenced(refuse_held => $one, '1-1', 1, 60000, 3, 'r', 'a'), 0,
    'an unknown one: nothing');
is($f->fenced(refuse_held => $two, $ids[0], 2, 60000, 3, 'r', 'a'), 0,
    'one of another key: nothing');
is($f->digest, $digest, '... has changed');

is($f->fenced(refuse_held => $one, $ids[0], 2, 60000, 3, 'status 400',
    'no' x 5000), -1, 'refused for the third time');
is_deeply([due_ids()], [$ids[1]], '... the next one is due');
is(held(), 5, '... the rest is held');

my ($entry) = @{ $redis->xrange($f->key('dead'), '-', '+') };

is_deeply($entry->[1], [reason => 'status 400',
    answer => substr('no' x 5000, 0, 6144), hook => $ids[0], attempts => 3,
    object => 'clients', action => 'added', phone => $one, barcode => 'A1'],
    '... and it is set aside with all that is known');
is($f->fenced(refuse_held => $one, $ids[0], 2, 1, 3, 'r', 'a'), 0,
    '... once');

is($f->fenced(accept_held => $one, $ids[1]), 1, 'accepted from hold');
is($f->fenced(accept_held => $one, $ids[1]), 0, '... once');
is_deeply([due_ids()], [$ids[2]], '... and the next one is due');

# somebody has copied one: that one is accepted, and counted, once

my @doubled = $redis->lrange($f->key("retry:$one"), 0, 0);

$redis->rpush($f->key("retry:$one"), @doubled);
is($f->fenced(accept_held => $one, $ids[2]), 1, 'one that is there twice');
is($redis->llen($f->key("retry:$one")), 4, '... is removed once');
$redis->lrem($f->key("retry:$one"), 0, $doubled[0]);
is($f->fenced(accept_held => $one, due_ids()), 1, 'accepted') for 3 .. 5;
is($redis->exists($f->key('retry')) + $redis->exists($f->key("retry:$one")), 0,
    'off hold');
is(held(), 0, '... and nothing is left');
bonus($one, 6);
is(scalar($f->waiting), 2, 'new hooks are read again');


# one attempt only

start();
$f->call(put_client => $one, barcode => 'A1');
bonus($one, $_) for 1 .. 2;
@ids = ids($f->waiting);
is($f->fenced(refuse => $one, $ids[0], 60000, 1, 'r', 'a', $ids[1]), -1,
    'one attempt: set aside at once');
is_deeply([dead_ids()], [$ids[0]], '... in dead');
is_deeply([due_ids()], [$ids[1]], '... what follows is due');
is($f->fenced(refuse => $one, $ids[0], 60000, 1, 'r', 'a', $ids[1]), 0,
    '... once');

start();
$f->call(put_client => $one, barcode => 'A1');
@ids = ids($f->waiting);
is($f->fenced(refuse => $one, $ids[0], 60000, 1, 'r', 'a'), -1,
    'one attempt and nothing that follows');
is($redis->exists($f->key('retry')), 0, '... is not on hold');


# put on hold without a refusal

start();
$f->call(put_client => $one, barcode => 'A1');
bonus($one, $_) for 1 .. 4;
$f->call(put_group => 7, title => 'a', loyaltyType => 'bonuses',
    loyaltyQuantity => 5);
@ids = ids($f->waiting);
is($f->fenced(hold => $one, @ids[3, 4]), 2, 'hold');
is_deeply([due_ids()], [$ids[3]], '... due at once');
is($f->fenced(refuse => $one, $ids[1], 60000, 3, 'r', 'a', $ids[2]), 1,
    'an earlier one is refused');
is_deeply([list($one)], ["$ids[1] 1", "$ids[2] 0", "$ids[3] 0", "$ids[4] 0"],
    '... and goes before');
is($f->fenced(hold => $one, $ids[0]), 1, 'the first one as well');
is((list($one))[0], "$ids[0] 0", '... goes to the front');
is($f->fenced(accept_held => $one, $ids[2]), 1,
    'accepted, but another one is the head by now');
is_deeply([list($one)], ["$ids[0] 0", "$ids[1] 1", "$ids[3] 0", "$ids[4] 0"],
    '... it is gone');
is($f->fenced(refuse_held => $one, $ids[3], 0, 60000, 9, 'r', 'a'), 1,
    'refused, but another one is the head');
is_deeply([due_ids()], [$ids[0]], '... which is due as before');
is($f->fenced(hold => 'group:7', $ids[5]), 1, 'a group');
is_deeply([(due()->[1])[0]], [[$one, 0, $ids[0], 'clients', 'added',
    phone => $one, barcode => 'A1']], 'the longest due first');
is(due(1)->[0], 0, 'more are due than wanted');
is_deeply(due(0), [0], 'none wanted');
is(@{ due(2) }, 3, 'two wanted');
is(due(2)->[0], -1, '... which are all');
is_deeply([map { $_->[0] } @{ due(2, 1) }[1]], ['group:7'],
    'those that are here are skipped');
is_deeply(due(2, 2), [-1], '... all');

$f->refused('a hook of another key', hold => $f->fence, $two, next_id());
$f->refused('a hook of another key', refuse => $f->fence, $two, next_id(),
    1, 2, 'r', 'a');

sub next_id {
    $f->call(put_client => '380671112235', bonus => 1, barcode => rand);
    return (ids($f->waiting))[-1];
}


# hooks go in order, whoever reads them

start();
$f->call(put_client => $one, barcode => 'A1');
bonus($one, $_) for 1 .. 3;
$f->call(put_client => $two, barcode => 'A2');
bonus($two, 1);
@ids = ids($f->waiting);
$f->fenced(hold => $one, $ids[3]);
is_deeply([due_ids()], [$ids[3]], 'one that waits for nobody');
$f->call(release => $f->fence);
$f->acquire('another');
is_deeply(due(), [100], 'a new holder does not know: older ones may be there');
is_deeply(next_after('0-0', 2), [$ids[1]], 'it reads');
is_deeply([list($one)], [map { "$ids[$_] 0" } 0, 1, 3],
    '... what is on hold as well, then');
is_deeply([due_ids()], [$ids[0]], '... and comes first');
$f->fenced(accept_held => $one, $_) for @ids[0, 1];
is_deeply(due(), [100], 'again the one that is newer than what was read');
next_after($ids[1], 1);
is_deeply([due_ids()], [$ids[2]], '... goes after the one between');
$f->fenced(accept_held => $one, $ids[2]);
is_deeply([due_ids()], [], '... and waits');
next_after($ids[2], 1);
is_deeply([due_ids()], [$ids[3]], '... until all before it is read');
is_deeply([ids($f->waiting)], [@ids[4, 5]], 'the others are read');

start();
$f->call(put_client => $one, barcode => 'A1');
bonus($one, 1) for 1 .. 49;
$f->call(put_client => $two, barcode => 'A2');
bonus($two, 1);
@ids = ids($f->waiting);
$f->fenced(hold => $one, $ids[0]);
$f->fenced(hold => $two, $ids[51]);
$f->call(release => $f->fence);
$f->acquire('another');
is_deeply(next_after('0-0', 128), [$ids[40]], 'many of keys on hold');
is_deeply([due_ids()], [$ids[0]], '... are more than one call reads');
is_deeply(next_after($ids[40], 128), [$ids[50]], '... but two');
is_deeply([due_ids()], [@ids[0, 50]], '... then all are in order');


# back from the dead

start();
$f->call(put_client => $one, barcode => 'A1');
bonus($one, $_) for 1 .. 5;
$f->call(put_client => $two, barcode => 'A2');
@ids = ids($f->waiting);
$f->fenced(refuse => $one, $_, 0, 1, 'r', 'a') for @ids[0, 2, 1];
$f->fenced(refuse => $two, $ids[6], 0, 1, 'r', 'a');
is_deeply([dead_ids()], [@ids[0, 2, 1, 6]], 'dead');

my @entries = map { $_->[0] } @{ $redis->xrange($f->key('dead'), '-', '+') };

is($f->call(requeue => $entries[1]), 1, 'one goes back');
is_deeply([list($one)], ["$ids[2] 0"], '... under its old id');
is_deeply([due_ids()], [$ids[2]], '... due at once');
is($f->call(requeue => $entries[1]), 0, '... once');
is($f->fenced(refuse_held => $one, $ids[2], 0, 60000, 3, 'r', 'a'), 1,
    '... and is attempted');
is_deeply([ids($f->waiting)], [], 'what came later waits for it');
is($f->call(requeue => (@{ $redis->xrange($f->key('dead'), '-', '+') })[2][0]),
    1, 'one of another key');
is_deeply([due_ids()], [$ids[6]], '... is due');
$redis->zadd($f->key('retry'), (time + 60) . '000', $two);
$f->fenced(refuse_held => $two, $ids[6], 0, 0, 1, 'r', 'a');
is($f->call(requeue => 'all'), 3, 'all');
is($f->call(requeue => 'all'), 0, '... are back');
is_deeply([list($one)], ["$ids[0] 0", "$ids[1] 0", "$ids[2] 1",
    map { "$ids[$_] 0" } 3 .. 5], '... in order');
is_deeply([due_ids()], [$ids[0], $ids[6]], '... due at once');
is($redis->xlen($f->key('dead')), 0, '... and dead no more');
is(held(), 7, '... counted');
is($f->call(requeue => '1-1'), 0, 'an unknown entry');
$f->refused('id must be all or like 1700000000000-0', requeue => $_)
    for '', 'some', '1', '-', '+', '1-x';
$f->refused('id must be all or like 1700000000000-0', 'requeue');
$f->refused('too many arguments', requeue => 'all', 1);

start();
$f->call(put_client => $one, barcode => 'A1');
bonus($one, 1) for 1 .. 59;
my @many = ids($f->waiting);
$f->fenced(refuse => $one, $_, 0, 1, 'r', 'a') for reverse @many;
is_deeply([map { $f->call(requeue => 'all') } 1 .. 4], [20, 20, 20, 0],
    'many in several calls');
is_deeply([map { (split)[0] } list($one)], \@many, '... and in order');


start();
$f->call(put_client => $one, barcode => 'A1');
bonus($one, 1) for 1 .. 2;
@ids = ids($f->waiting);
$f->fenced(refuse => $one, $ids[2], 0, 1, 'r', 'a');
$f->fenced(refuse => $one, $ids[0], 60000, 3, 'r', 'a', $ids[1]);
is($f->call(requeue => 'all'), 1, 'one that is not the head');
is_deeply([due_ids()], [], '... waits for the head');
is_deeply([list($one)], ["$ids[0] 1", "$ids[1] 0", "$ids[2] 0"],
    '... behind it');


# dead is full

start();
$f->call(put_client => $one, barcode => 'A1');
bonus($one, 1);
@ids = ids($f->waiting);
$redis->xadd($f->key('dead'), '*', 'reason', 'r', sub { }) for 1 .. 100_000;
$redis->wait_all_responses;
is($f->fenced(refuse => $one, $ids[0], 60000, 1, 'r', 'a', $ids[1]), 2,
    'no room in dead');
is_deeply([list($one)], ["$ids[0] 1", "$ids[1] 0"], '... it stays on hold');
ok(due()->[0] > 50000, '... for its delay');
is($f->fenced(refuse_held => $one, $ids[0], 1, 0, 1, 'r', 'a'), 2,
    '... still');
$redis->xtrim($f->key('dead'), 'MAXLEN', 10);
is($f->fenced(refuse_held => $one, $ids[0], 2, 0, 1, 'r', 'a'), -1,
    'until there is room');
is($f->call(requeue => 'all'), 1, 'entries that are none stay where they are');
is($redis->xlen($f->key('dead')), 10, '... untouched');


# what others have written

start();
$redis->xadd($f->key('outbox'), '*', @$_) for ['a', 'b'],
    [object => 'clients', action => 'added', id => 7],
    [object => 'hats', action => 'added', phone => $one],
    [object => 'clients', action => 'x' x 100, phone => $one];
$f->call(put_client => $one, barcode => 'A1');
is(scalar($f->waiting), 1, 'records that are none are not read');
is($redis->xlen($f->key('dead')), 4, '... but set aside');
is($redis->xlen($f->key('outbox')), 1, '... once');

($ids[0]) = ids($f->waiting);
$f->fenced(hold => $one, $ids[0]);
$redis->lpush($f->key("retry:$one"), '[[],{}]', '5', 'garbage');
$redis->zadd($f->key('retry'), 5, $two);
is_deeply([due_ids()], [], 'held ones that are none');
due() for 1 .. 3;
is_deeply([due_ids()], [$ids[0]], '... are set aside one by one');
is($redis->xlen($f->key('dead')), 7, '... into dead');
is($redis->zcard($f->key('retry')), 1, 'a key without a list is off hold');
is($f->fenced(accept_held => $one, $ids[0]), 1, 'the last one is accepted');
is(held(), 0, '... and the count is right again');


# Somebody has written an id that is no time: Redis counts on from there, and Lua's
# numbers do not tell one from the next.

start();
$redis->xadd($f->key('outbox'), '1764500000000000000-9007199254740991', a => 'b');
$f->call(put_client => $one, barcode => 'A1');
bonus($one, 1) for 1 .. 3;
@ids = ids($f->waiting);
is_deeply(\@ids, [map { "1764500000000000000-900719925474099$_" } 2 .. 5],
    'ids of more than 53 bits');
is($f->fenced(refuse => $one, $ids[0], 0, 3, 'status 400', '', @ids[1, 2]), 1,
    '... are refused');
next_after('0-0', 10);
is_deeply([list($one)], ["$ids[0] 1", map { "$_ 0" } @ids[1 .. 3]],
    '... and on hold in their order');
is($f->fenced(accept_held => $one, $_), 1, '... and accepted') for @ids[0, 1];
is($f->fenced(accept => $one, $ids[2], $ids[3]), 2, '... also two at once');
is_deeply([$redis->xlen($f->key('outbox')), list($one)], [0], '... and gone');


# arguments

$f->refused('id must be like 1700000000000-0', next => $f->fence, $_, 1)
    for '', '0', '-', 'x-1', '(1-1', '99999999999999999999-0', '1-00', '01-1',
    '1-1 ', '1-1-1', '-1', '1-', '1-18446744073709551616', '1-1x';
is_deeply($f->fenced(next => $_, 0), [$_], "$_ is an id")
    for '0-0', '1-0', '999999999999999-999999999999999',
    '9007199254740991-9007199254740991',
    '18446744073709551615-18446744073709551615';
$f->refused('count must be 0 to 128', next => $f->fence, '0-0', $_)
    for '', 'x', 129, '-1';
$f->refused('count must be 0 to 128', due => $f->fence, 129);
$f->refused('skip must be 0 to 1000000', due => $f->fence, 1, $_)
    for '', -1, 1000001;
$f->refused('more than 128 at once', accept => $f->fence,
    map { "1-$_" } 1 .. 129);
$f->refused('id must be like 1700000000000-0', accept => $f->fence, '1-1',
    '1-99999999999999999999');
$f->refused('key must be 380 and 9 digits', accept => $f->fence, '1-1', '');
$f->refused('key must be 380 and 9 digits', hold => $f->fence, $_, '1-1')
    for '', 'x', 'group', '38067111223';
$f->refused('key must be a whole number', hold => $f->fence, $_, '1-1')
    for 'group:', 'group:x', 'group:01';
$f->refused('delay must be 0 to 31536000000', refuse => $f->fence, $one, '1-1',
    $_, 2, 'r', 'a') for '', -1, 31536000001;
$f->refused('attempts max must be 0 to 9007199254740990',
    refuse => $f->fence, $one, '1-1', 1, $_, 'r', 'a') for '', 'x';
$f->refused('attempts must be 0 to 9007199254740990',
    refuse_held => $f->fence, $one, '1-1', 'x', 1, 1, 'r', 'a');

# the history of who does not say how long it is: 100 for each list, and a quarter

start();
$f->call(put_client => $one, barcode => 'A1');
$redis->rpush($f->key('history:233'), 1 .. 125);
$f->fenced(accept => ids($f->waiting));
is($redis->llen($f->key('history:233')), 100, 'the history is trimmed');

start();
$f->call(put_client => $one, barcode => 'A1');
@ids = ids($f->waiting);
$redis->del($f->key('meta'));
$redis->set($f->key('meta'), 'garbage');
$f->refused('the key meta is of a wrong type', refuse => $f->fence, $one,
    $ids[0], 1, 2, 'r', 'a');

finish();
