# For the operator: polycard_dead, polycard_delete_dead, polycard_requeue of one,
# polycard_find_hooks with the history of what was accepted, polycard_resend_all.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my ($one, $two) = qw( 380671112233 380671113233 );

sub begin {
    $f->reset;
    $f->hooks_on(sync => 'done', @_);
    $f->acquire;
}

sub put   { $f->call(put_client => $_[0], name => $_[1], barcode => "B$_[0]") }
sub ids   { map { $_->[0] } $f->waiting }
sub kept  { $redis->lrange($f->key("history:$_[0]"), 0, -1) }

sub found {
    my ($key) = @_;

    my ($cursor, @found) = (0);

    do {
        ($cursor, my @more) = @{ $f->call(find_hooks => $key, $cursor) };
        push @found, @more;
    } while $cursor ne '0';

    return [ map { join ' ', @{$_}[0, 2, 3, 4] } @found ], @found;
}


# dead letters

begin();
put($one, 'Леся');
$f->fenced(refuse => $one, (ids())[0], 0, 1, 'status 422', '{"Status":"x"}');
$f->call(put_group => 3, title => 'a', loyaltyType => 'bonuses',
    loyaltyQuantity => 1);
$f->fenced(refuse => 'group:3', (ids())[0], 0, 1, 'status 400', '');
$redis->xadd($f->key('dead'), '*', 'somebody' => $one);

my @dead = @{ $f->call(dead => '', 50) };

is_deeply([ map { [ @{$_}[2 .. 7] ] } @dead ], [
    [ 'clients', 'added', '38067*****33', 1, 'status 422', '{"Status":"x"}' ],
    [ 'loyalty_groups', 'added', 'group:3', 1, 'status 400', '' ],
    [ '', '', '', 0, '', '' ] ], 'dead letters, the oldest first');
like($dead[0][$_], qr/^\d{13}-\d+$/, 'an id') for 0, 1;
is_deeply($f->call(dead => $dead[0][0], 1), [ $dead[1] ], 'after one, so many');
is_deeply($f->call(dead => $dead[2][0], 1), [], 'after the last');

$f->refused('CONFLICT this entry is no hook', requeue => $dead[2][0]);
is($f->call(delete_dead => $dead[2][0]), 1, 'one is deleted');
is($f->call(delete_dead => $dead[2][0]), 0, '... once');
is($f->call(requeue => $dead[2][0]), 0, '... nothing to requeue');
is($f->call(requeue => $dead[1][0]), 1, 'another goes back');
is_deeply([ map { $_->[0] } @{ $f->call(dead => '', 50) } ], [ $dead[0][0] ],
    'the first is left');
$f->refused('after must be like 1700000000000-0', dead => 'x', 1);
$f->refused('count must be 1 to 50', dead => '', $_) for '', 0, 51;
$f->refused('id must be like 1700000000000-0', delete_dead => 'x');
$f->refused('too many arguments', @$_)
    for [ dead => '', 1, 1 ], [ delete_dead => '1-1', 1 ];
$redis->del($f->key('dead'));
$redis->set($f->key('dead'), 'x');
$f->refused('BROKEN the key dead is of a wrong type', @$_)
    for [ dead => '', 1 ], [ delete_dead => '1-1' ], [ requeue => 'all' ];


# the history, and what is found of one client

begin();
put($one, 'a');
put($two, 'x');
$f->call(change_bonus => $one, 5);

my @ids = ids();

is_deeply((found($one))[0], [ 'waiting clients added 0',
    'waiting bonuses added 0' ], 'what waits');
is($f->fenced(accept => $one, $ids[0], $two, $ids[1]), 2, 'two are accepted');
is_deeply((found($one))[0], [ 'accepted clients added 1',
    'waiting bonuses added 0' ], '... and in the history');

my @found = (found($one))[1, 2];

is($found[0][1], $ids[0], '... by its id');
cmp_ok(abs($found[0][5] - 1000 * time), '<', 60_000, '... with the time');
is_deeply([ kept('233') ], [ map { /^\S+ \d+ 1 clients added \d+$/ ? $_ : 'other' }
    kept('233') ], '... and nothing else');
is(scalar(my @two = kept('233')), 2, 'two clients in one list');
is_deeply((found($two))[0], [ 'accepted clients added 1' ], '... told apart');

$f->fenced(refuse => $one, $ids[2], 60_000, 5, 'status 422', 'no');
is_deeply((found($one))[0], [ 'held bonuses added 1',
    'accepted clients added 1' ], 'what is on hold');
my ($held) = grep { $_->[0] eq 'held' } (found($one))[1, 2];
is_deeply([ @{$held}[1, 6, 7] ], [ $ids[2], 'status 422', 'no' ],
    '... with the last answer');
cmp_ok($held->[5], '>', 1000 * time, '... and when it is tried again');
$f->fenced(refuse_held => $one, $ids[2], 1, 1000, 5, 'status 500', "a\nb");
($held) = grep { $_->[0] eq 'held' } (found($one))[1, 2];
is_deeply([ @{$held}[4, 6, 7] ], [ 2, 'status 500', "a\nb" ],
    '... again refused: the last one');
$f->fenced(accept_held => $one, $ids[2]);
is_deeply((found($one))[0], [ 'accepted bonuses added 3',
    'accepted clients added 1' ], 'accepted at last, the latest first');
is($redis->exists($f->key('refused')), 0, '... the answer is gone');

put($one, 'b');
$f->fenced(refuse => $one, (ids())[0], 0, 1, 'status 400', 'bad');
is_deeply((found($one))[0], [ 'accepted bonuses added 3',
    'accepted clients added 1', 'dead clients changed 1' ], 'what is dead');
my ($dead) = grep { $_->[0] eq 'dead' } (found($one))[1 .. 3];
is_deeply([ @{$dead}[6, 7, 8] ], [ 'status 400', 'bad',
    $f->call(dead => '', 1)->[0][0] ], '... why, and its id');

$f->call(put_group => 3, title => 'a', loyaltyType => 'bonuses',
    loyaltyQuantity => 1);
$f->fenced(accept => (ids())[0]);
is_deeply((found('group:3'))[0], [ 'accepted loyalty_groups added 1' ],
    'a group');

# accepted in any order, with ids that are not there

begin();
put($one, $_) for 1 .. 6;
@ids = ids();
is($f->fenced(accept => @ids[4, 1], '1-1', $ids[2]), 3, 'in any order');
is_deeply([ sort map { (split)[0] } kept('233') ], [ sort @ids[1, 2, 4] ],
    '... each is kept');
is($f->fenced(accept => @ids), 3, 'the others');
is(scalar(my @all = kept('233')), 6, '... once each');

# the same by a caller who says what they are, so that none is read

sub said {
    return map { "$_ clients " . ($_ eq $ids[0] ? 'added' : 'changed') } @_;
}

begin();
put($one, $_) for 1 .. 6;
@ids = ids();
is($f->fenced(accept => $one, said(@ids[4, 1]), '1-1 clients changed',
    said($ids[2])), 3, 'said what they are, in any order');
is_deeply([ map { join ' ', (split)[0, 2 .. 5] } kept('233') ],
    [ map { "$_ 1 clients changed $one" } @ids[4, 1], '1-1', $ids[2] ],
    '... each is kept, one that somebody has removed as well, in the order given');
is($f->fenced(accept => $one, said(@ids)), 3, 'the others');
is_deeply([ map { join ' ', (split)[0, 4] } (kept('233'))[4 .. 6] ],
    [ "$ids[0] added", map { "$ids[$_] changed" } 3, 5 ], '... are kept');
is($f->fenced(accept => $one, said(@ids)), 0, 'a call that is repeated');
is(scalar(@all = kept('233')), 7, '... keeps none again');

begin();
put($one, $_) for 1 .. 6;
@ids = ids();
$f->fenced(accept => $one, said(@ids[0 .. 3]));
$redis->xdel($f->key('outbox'), $ids[4]);
is($f->fenced(accept => $one, said(@ids)), 1, 'one that somebody removed, and a last one');
is_deeply([ map { (split)[0] } kept('233') ], [ @ids ],
    '... once each: the others are known');

begin(hook_history => 1000);
put($one, $_) for 1 .. 20;
@ids = ids();
$f->fenced(accept => $one, said(@ids));
my @few = kept('233');
is($f->fenced(accept => $one, said(@ids)), 0, 'a call that is repeated');
is_deeply([ kept('233') ], \@few, '... brings none back that was trimmed');

begin();
put($one, $_) for 1 .. 6;
@ids = ids();
$f->fenced(accept => $one, said(@ids));
put($one, 'b');
put($two, 'b');
put($two, 'b');
@ids = ids();
is($f->fenced(accept => $one, "$ids[0] nothing such", $two,
    "$ids[1] clients added"), 2, 'words that no hook has');
is((split ' ', (kept('233'))[6])[4], 'changed', '... then they are read');

put($one, 'c');
@ids = ids();
$f->fenced(hold => $one, $ids[0]);
is($f->fenced(accept => $one, said($ids[0])), 1, 'one that is on hold by now');
is(scalar(grep { /^\Q$ids[0] / } kept('233')), 1, '... is kept once');


# its bound

begin(hook_history => 20_000);
for (1 .. 60) {
    put($one, $_);
    $f->fenced(accept => ids());
}
my $kept = () = kept('233');
cmp_ok($kept, '>=', 20, 'a list has its share');
cmp_ok($kept, '<=', 28, '... and some more');
is((split ' ', (kept('233'))[-1])[4], 'changed', '... the latest');

# lowered: trimmed with the sweep, a few lists with each step

# (`job`: this is done first, whatever time there is)

sub sweep {
    for (1 .. $_[0]) {
        $redis->hset($f->key('meta'), job => 3);
        $f->fenced(sweep_index => 0, 1);
    }
}

sub lengths {
    return { map { my ($name) = /(\w+)$/;
        ($name => $redis->type($_) eq 'list' ? $redis->llen($_) : 'broken') }
        $redis->keys($f->key('history:*')) };
}

begin(hook_history => 100_000);
$redis->rpush($f->key("history:$_"), map { "$_-0 1 1 clients added $one" } 1 .. 120)
    for '000', '233', '999';
$redis->rpush($f->key('history:groups'), ('1-0 1 1 x added group:3') x 1000);
$redis->set($f->key('history:500'), 'x');
sweep(110);
is_deeply(lengths(), { '000' => 100, 233 => 100, 999 => 100, groups => 1000,
    500 => 'broken' }, 'each as long as its share');
is((kept('233'))[-1], "120-0 1 1 clients added $one", '... the latest');
is($redis->hget($f->key('meta'), 'trimmed'), '100000 1001', '... and done');

$redis->hset($f->key('meta'), hook_history => 5000);
sweep(1);
is(lengths()->{999}, 100, 'a step is a few of them');
sweep(109);
is_deeply(lengths(), { '000' => 5, 233 => 5, 999 => 5, groups => 1000,
    500 => 'broken' }, 'lowered');
$redis->rpush($f->key("history:$_"), ('x') x 600) for '001', '002';
$redis->hset($f->key('meta'), hook_history => 4000);
sweep(1);
is(lengths()->{'001'}, 351, 'a long one, as much of it as a step may');
sweep(1);
is(lengths()->{'001'}, 101, '... and once more');
sweep(1);
is_deeply([@{ lengths() }{'001', '002'}], [4, 447],
    '... and no more where there are several');
sweep(110);
is_deeply(lengths(), { '000' => 4, '001' => 4, '002' => 4, 233 => 4, 999 => 4,
    groups => 1000, 500 => 'broken' }, '... in the end all');
$redis->hset($f->key('meta'), hook_history => 0);
sweep(101);
is_deeply(lengths(), { 500 => 'broken' }, 'with 0 none is left');

begin(hook_history => 0);
put($one, 'a');
$f->fenced(accept => ids());
is_deeply([ $redis->keys($f->key('history:*')) ], [], '0: none are kept');
$f->fenced('settings', hook_history => 5);
is($f->error(settings => $f->fence, hook_history => $_),
    'ERR hook_history must be 0 to 10000000', "not '$_'")
    for '', 'x', '10000001';
$redis->set($f->key('history:233'), 'x');
put($one, 'b');
is($f->fenced(accept => ids()), 1, 'a list of a wrong type holds up nothing');
is_deeply((found($one))[0], [], '... and has none');

$f->refused('cursor must be one that a call has returned', find_hooks => $one,
    $_) for 'x', '1', 'dead:', 'clients:0-0', 'outbox:x';
$f->refused('key must be 380 and 9 digits', find_hooks => $_) for '', '1';
$f->refused('key must be a whole number', find_hooks => 'group:x');
$f->refused('too many arguments', find_hooks => $one, 0, 0);


# a resend of all that goes on by itself

begin();
put(380670000000 + $_, 'a') for 1 .. 60;
$f->call(put_group => $_, title => 'a', loyaltyType => 'bonuses',
    loyaltyQuantity => 1) for 1 .. 5;
$f->take('outbox');

is_deeply([ @{ $f->status }{qw( resend resend_left )} ], [ -1, 0 ],
    'none goes on');
is($f->call('resend_all'), 65, 'it begins');
is_deeply([ @{ $f->status }{qw( resend resend_left )} ], [ 0, 65 ], '... and');
is_deeply([ $f->take('outbox') ], [], '... writes nothing itself');
$f->fenced(sweep_index => 0, 40);
my ($written, $left) = @{ $f->status }{qw( resend resend_left )};
ok($written > 0 && $written <= 25, 'with each step of the sweep');
is($written + $left, 65, '... some of them');
is($f->call('resend_all'), $left, 'asked again: it goes on');
$redis->hset($f->key('meta'), outbox_max => 40);
$f->fenced(sweep_index => 0, 40) for 1 .. 90;
is($redis->xlen($f->key('outbox')), 40, 'as far as there is room');
$redis->hset($f->key('meta'), outbox_max => 1000);
$f->fenced(sweep_index => 0, 40) for 1 .. 60;
is_deeply([ @{ $f->status }{qw( resend resend_left )} ], [ -1, 0 ], 'it ends');
my %seen;
$seen{"@{$_}[1, 3, 5]"}++ for $f->take('outbox');
is(scalar(keys %seen), 65, '... all were told');
is_deeply([ grep { $_ != 1 } values %seen ], [], '... once');

$f->call('resend_all');
is($f->call(resend_all => 'stop'), 0, 'stopped');
$f->fenced(sweep_index => 0, 40);
is_deeply([ $f->take('outbox') ], [], '... no more');
$f->refused('what must be stop', resend_all => 'x');
$f->refused('too many arguments', resend_all => 'stop', 1);
$redis->hset($f->key('meta'), hooks => 0);
$f->refused('CONFLICT this market has no hook', 'resend_all');

finish();
