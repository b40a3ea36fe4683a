# polycard_forget_client: nothing of a client stays in a key of the market, but for
# what must still be told, and that goes when it was told.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my ($one, $two) = qw( 380671112233 380671113233 );
my %person = (surname => 'Незабудченко', name => 'Леся', email =>
    'lesia@example.com', birthday => '19871203');
my $personal = join '|', map { quotemeta } values %person;

sub begin {
    $f->reset;
    $f->hooks_on(sync => 'done', @_);
    $f->acquire;
    $redis->rpush($f->key('cards'), 'C1' .. 'C9');
    $f->call(add_client => $_, 'pool', '', '', '', %person, bonus => 5)
        for $one;
    $f->call(add_client => $two, 'pool', '', '', '', name => 'Інша');
    hold_one();
}

# an accepted hook, a dead one

sub hold_one {
    $f->fenced(accept => map { $_->[0] } $f->waiting);
    $f->call(put_client => $_, surname => $person{surname} . 'x')
        for $one, $two;
    $f->fenced(refuse => $_->[1], $_->[0], 0, 1, 'status 422', 'x')
        for $f->waiting;
}

sub forget {
    my ($existed, $removed, $cursor) = @{ $f->call(forget_client => $_[0]) };

    while ($cursor ne '0') {
        (my $again, my $more, $cursor)
            = @{ $f->call(forget_client => $_[0], $cursor) };
        $removed += $more;
    }

    return [ $existed, $removed ];
}

# those in the history since he is a client again

sub hooks_of {
    my ($phone) = @_;

    return [ grep { !/deleted/ } map { /(\S+ \S+) $phone$/ }
        $redis->lrange($f->key('history:233'), 0, -1) ];
}

sub asked { (split / /, ($redis->zrange($f->key('forget'), 0, 0))[0])[1] }

sub ms { my ($s, $us) = $redis->time; return int($s * 1000 + $us / 1000) }

sub others { return [ grep { !/^(?:outbox|retry:)/ } @{ $_[0] } ] }


begin();
is_deeply($f->keys_with($personal), [ qw( client:380671112233 client:380671113233
    dead registered shadow:233 ) ], 'where a client is');

my $before = $f->keys_with($two);

is_deeply(forget($one), [ 1, 3 ], 'forgotten: the record and three entries');
is_deeply(others($f->keys_with("$personal")),
    [ qw( client:380671113233 dead shadow:233 ) ],
    '... only the other one has such a name');
is_deeply($f->keys_with('lesia|19871203'), [ 'outbox' ],
    '... but for what is to be told');
is_deeply($f->keys_with($one), [ qw( forget outbox ) ], '... and the phone');
is_deeply($f->keys_with($two), $before, 'all of the other one is there');

# it goes on by itself, until that was told

my @waiting = $f->waiting;

is_deeply([ map { "@{$_}[1 .. 3]" } @waiting ], [ "$one clients deleted" ],
    'what is to be told');
$redis->zadd($f->key('forget'), 0, ($redis->zrange($f->key('forget'), 0, 0))[0]);
$f->fenced(sweep_index => 0, 40) for 1 .. 5;
is_deeply($f->keys_with($one), [ qw( forget outbox ) ], '... waits to be told');

# the hook's id is of a later millisecond than the question

my ($member) = $redis->zrange($f->key('forget'), 0, 0);
my ($ms) = $waiting[0][0] =~ /^(\d+)/;

$redis->del($f->key('forget'));
$redis->zadd($f->key('forget'), 0, "$one " . ($ms - 1));
$f->fenced(sweep_index => 0, 40) for 1 .. 5;
is_deeply($f->keys_with($one), [ qw( forget outbox ) ], '... however long it took');
$redis->del($f->key('forget'));
$redis->zadd($f->key('forget'), 0, $member);
$f->fenced(accept => map { $_->[0] } @waiting);
is_deeply($f->keys_with($one), [ qw( forget history:233 ) ], '... was told');
$redis->zadd($f->key('forget'), 0, ($redis->zrange($f->key('forget'), 0, 0))[0]);
$f->fenced(sweep_index => 0, 40) for 1 .. 5;
is_deeply($f->keys_with($one), [], '... and is forgotten');
is($f->status->{forget}, 0, '... nothing is to do');
is_deeply($f->keys_with($two), $before, 'all of the other one is there');


# another worker, who was not told of the end, announces it once more

$f->call(retell => $one, 'changed', 'C1');
is_deeply($f->keys_with($one), [ qw( forget outbox ) ], 'announced again');
$f->fenced(accept => map { $_->[0] } $f->waiting);
is_deeply($f->keys_with($one), [ qw( forget history:233 ) ], '... and accepted');
$f->fenced(sweep_index => 0, 40) for 1 .. 5;
is_deeply($f->keys_with($one), [], '... is not in the history for long');
is_deeply($f->keys_with($two), $before, '... the other one is');


# refused to the end: the dead letter goes as well

begin();
forget($one);
$f->fenced(refuse => $one, ($f->waiting)[0][0], 0, 1, 'status 400', 'x');
is_deeply($f->keys_with('lesia'), [ 'dead' ], 'the last hook is dead');
$redis->zadd($f->key('forget'), 0, ($redis->zrange($f->key('forget'), 0, 0))[0]);
$f->fenced(sweep_index => 0, 40) for 1 .. 5;
is_deeply($f->keys_with("$one|lesia"), [], '... and forgotten');


# the clock of Redis was a year ahead when he asked, and was set back

begin();
forget($one);
$f->fenced(accept => map { $_->[0] } $f->waiting);
$redis->zadd($f->key('forget'), 'XX', ms() + 365 * 86_400_000, $_)
    for $redis->zrange($f->key('forget'), 0, -1);
$f->fenced(sweep_index => 0, 40) for 1 .. 5;
is_deeply([ $f->keys_with("$one|lesia"), $f->status->{forget} ], [ [], 0 ],
    'a clock that was ahead: he is forgotten now');


# a caller who does not call again; many entries

begin();
$redis->xadd($f->key('registered'), '*', action => 'created', phone => $_)
    for map { 380500000000 + $_ } 1 .. 250;
$redis->xadd($f->key('dead'), '*', record => qq(["1-1",0,"phone","$one"]));
$redis->xadd($f->key('registered'), '*', action => 'carded', phone => $one,
    name => 'Леся');
is_deeply($f->call(forget_client => $one)->[0], 1, 'asked once');
$f->fenced(accept => map { $_->[0] } $f->waiting);
$f->fenced(sweep_index => 0, 40) for 1 .. 12;
is_deeply($f->keys_with("$one|lesia|Леся"), [], 'it goes on by itself');
is($redis->xlen($f->key('registered')), 251, '... the others are there');


# others, whose card has the phone in it: what Polycard and the market were not told

begin();
$f->call(put_client => $two, barcode => "482$one");
$f->fenced(refuse => $two, ($f->waiting)[0][0], 0, 1, 'status 422', 'x');
$redis->rpush($f->key('cards'), "483$one");
$redis->ltrim($f->key('cards'), -1, -1);
$f->call(add_client => 380671114233, 'pool', '', '', '', name => 'Третя');

my ($letters, $news) = map { my $stream = $_; sub { [ grep { /48[23]$one/ }
    map { "@{$_->[1]}" } @{ $redis->xrange($f->key($stream), '-', '+') } ] } }
    qw( dead registered );
my @theirs = ($letters->(), $news->());

is_deeply([ map { scalar @$_ } @theirs ], [ 1, 1 ], 'cards of others, with the phone');
is_deeply(forget($one), [ 1, 3 ], '... who is forgotten');
is_deeply([ $letters->(), $news->() ], \@theirs, '... theirs stays');


# who was deleted before, who comes back, who never was

begin();
$f->call(delete_client => $one);
is_deeply(forget($one), [ 0, 3 ], 'deleted before');
is_deeply($f->keys_with('lesia'), [ 'outbox' ], '... forgotten now');
wait_until { ms() > asked() } 'a later millisecond';
$f->call(add_client => $one, 'pool', '', '', '', name => 'Нова');
$f->fenced(accept => map { $_->[0] } $f->waiting) for 1 .. 2;
$redis->zadd($f->key('forget'), 0, ($redis->zrange($f->key('forget'), 0, 0))[0]);
$f->fenced(sweep_index => 0, 40) for 1 .. 5;
is_deeply($f->keys_with('Нова'), [ 'client:380671112233', 'registered',
    'shadow:233' ], 'who is a client again keeps what came since');
is_deeply([ $f->keys_with('lesia'), $f->status->{forget} ], [ [], 0 ],
    '... and nothing else');
is_deeply(hooks_of($one), [ 'clients added' ], '... also his hooks');

# whose deletion was announced again, and who came meanwhile

begin();
$f->call(delete_client => $one);
$f->fenced(accept => map { $_->[0] } $f->waiting);
$f->call(retell => $one, 'changed', 'C1');
wait_until { ms() > asked() } 'a later millisecond';
$f->call(add_client => $one, 'pool', '', '', '', name => 'Нова');
$f->fenced(accept => map { $_->[0] } $f->waiting) for 1 .. 2;
$f->fenced(sweep_index => 0, 40) for 1 .. 5;
is_deeply(hooks_of($one), [ 'clients added' ],
    'a client again, whose deletion was announced again: his hooks stay');
is($f->status->{forget}, 0, '... and nothing is to do');
begin();
is_deeply(forget(380509999999), [ 0, 0 ], 'who never was');


# the numbers that he had before, and those of who was merged into him

my ($three, $four) = qw( 380671112234 380671112235 );

sub accept_all { $f->fenced(accept => map { $_->[0] } $f->waiting) for 1 .. 2 }

sub sweeps {
    for (1 .. 9) {
        $redis->zadd($f->key('forget'), 0, $_)
            for $redis->zrange($f->key('forget'), 0, -1);
        $f->fenced(sweep_index => 0, 40);
    }
}

sub moved_on {
    begin();
    accept_all();
    $f->call(move_client => $one, $three);
    accept_all();
    $f->call(move_client => $three, $four);
    accept_all();
}

moved_on();
is_deeply([ map { s/:.*//r } @{ $f->keys_with($one) } ],
    [ qw( dead history moved moved registered ) ], 'he has moved, and moved on');
forget($four);
accept_all();
sweeps();
is_deeply($f->keys_with("$one|$three|$four|$personal"),
    [ qw( client:380671113233 dead shadow:233 ) ],
    '... and is forgotten with each number');
is_deeply($f->keys_with("$one|$three|$four"), [], '... but for another of his name');

moved_on();
forget($one);
accept_all();
sweeps();
is_deeply($f->keys_with($one), [], 'a number that he had is forgotten');
is_deeply($f->stored('moved:235'), { $four => $f->stored('moved:235')->{$four} },
    '... and not the others');
like($f->stored('moved:235')->{$four}, qr/^$three \d+$/, '... which he had, too');
forget($three);
forget($four);
accept_all();
sweeps();
is_deeply($f->keys_with("$one|$three|$four"), [], '... until he is');

moved_on();
$f->call(put_client => $one, barcode => 'N1', surname => 'Новаченко');
$f->call(move_client => $four, $three);
accept_all();
forget($three);
accept_all();
sweeps();
is_deeply($f->keys_with('Новаченко'), [ qw( client:380671112233 shadow:233 ) ],
    'another one has such a number now: he is there');
is_deeply(hooks_of($one), [ 'clients added' ], '... with what was sent of him');
is_deeply($f->keys_with('lesia'), [], '... and nothing of who had it before');

# ... and has moved on as well, before the market took him into its books

moved_on();
wait_until { ms() > (split / /, $f->stored('moved:233')->{">$one"})[1] }
    'a later millisecond';
$f->call(add_client => $one, 'phone', '', '', '', surname => 'Новаченко');
$f->call(move_client => $one, 380671114444);
accept_all();
forget($four);
accept_all();
sweeps();
is_deeply($f->keys_with('Новаченко'), [ 'client:380671114444', 'registered',
    'shadow:444' ], 'another one has left such a number: he is told to the market');
is_deeply(hooks_of($one), [ 'clients added' ], '... what was sent of him is known');
is_deeply($f->keys_with('lesia'), [], '... and nothing of who had it before');

begin();
accept_all();
$f->call(merge_clients => $two, $one);
accept_all();
forget($two);
accept_all();
sweeps();
is_deeply($f->keys_with("$one|$two"), [], 'merged, and forgotten');

begin();
$f->call(put_client => $three, barcode => 'M1');

for my $n (1 .. 20) {
    $f->call(move_client => $n == 1 ? $three : 380670000000 + $n - 1,
        380670000000 + $n);
}

is(scalar(@{ [ $f->stored('moved:020')->{380670000020} =~ /\b380\d{9}\b/g ] }), 16,
    'sixteen numbers are remembered');
is_deeply($f->stored('moved:234'), {}, '... and nothing of others');
$f->call(move_client => 380670000020, $three);
$f->call(move_client => $three, $four);
$f->call(move_client => $four, $three);
unlike($f->stored('moved:234')->{$three}, qr/$three/, 'his own is none of them');
forget($three);
is_deeply([ grep { /moved/ } $redis->keys('*') ], [], '... and all go with him');

for my $n (1 .. 20) {
    $f->call(put_client => $three, barcode => "M$n");
    $f->call(move_client => $three, 380670000000 + $n);
}

is(scalar(@{ [ $f->stored('moved:234')->{">$three"} =~ /\b380\d{9}\b/g ] }), 16,
    'of those who had one number sixteen are known');
is_deeply($f->stored('moved:004'), {}, '... and not the first ones');
like($f->stored('moved:005')->{380670000005}, qr/^$three /, '... but the last ones');


# refused

$f->refused('phone must be 380 and 9 digits', forget_client => '1');
$f->refused('too many arguments', forget_client => $one, 0, 0);
$f->refused('cursor must be one that a call has returned',
    forget_client => $one, $_) for '', 'x', 'dead:0-0', 'outbox:0-0:1',
    'clients:0-0:1';

for my $key (qw( shadow:233 forget moved:233 )) {
    begin();
    $redis->del($f->key($key));
    $redis->set($f->key($key), 'x');
    $f->refused('BROKEN the key ' . $key =~ s/:.*//r . ' is of a wrong type',
        forget_client => $one);
}

finish();
