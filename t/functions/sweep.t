# What no event told (polycard_sweep_index, sweep_groups, sweep_scan); the first
# sync is in first_sync.t (contract, B18).

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Sweeps;

my $f = sweep_functions();
my $redis = $f->client;

my $nobody_before = sub {
    start();
    $f->sweep('scan');
};


# changed, gone and new, without an event

$nobody_before->();
plain($_, bonus => 1) for 1 .. 300;
plain_group($_) for 0 .. 60;
$redis->set("noise:$_", 'x') for 1 .. 500;
$redis->hset("polycard:{shop2}:client:" . phone($_), barcode => 1)
    for 1 .. 50;
$redis->hset($f->key("client:$_"), barcode => 1) for 'x', '38067111223',
    '3806711122334', '';
$redis->hset($f->key("group:$_"), title => 1) for 'x', '-1', '01';

my $sum = sweeps();

is($sum->{found}, 361, 'all that is new is found');
is($sum->{hooks}, 361, '... and announced');
is_deeply([groups()], [0 .. 60], '... groups');
is(scalar(order()), 300, '... and clients');
is_deeply(told_in_any_order(), [sort((map { "added $_" } 1 .. 300),
    (map { "added group $_" } 0 .. 60))], '... each once');

$sum = sweeps();
is($sum->{found} + $sum->{hooks}, 0, 'then there is nothing to find');
is($sum->{seen}, 2 * 361, '... by looking at each from both sides');

plain($_, bonus => 2) for 100 .. 150;
$redis->del($f->key('client:' . phone($_))) for 151 .. 200;
plain($_) for 301 .. 310;
plain_group(3, title => 'b');
$redis->del($f->key("group:$_")) for 0, 60;
plain_group(61);
$sum = sweeps();
is($sum->{found}, 51 + 50 + 10 + 4, 'changed, gone and new');
is_deeply(told_in_any_order(), [sort((map { "changed bonus $_" } 100 .. 150),
    (map { "deleted $_" } 151 .. 200), (map { "added $_" } 301 .. 310),
    'changed group 3', 'deleted group 0', 'deleted group 60',
    'added group 61')], '... are told once');
$sum = sweeps();
is($sum->{found} + $sum->{hooks}, 0, '... once');

$redis->del($f->key('clients'), $f->key('groups'));
$sum = sweeps();
is_deeply([$redis->zcard($f->key('clients')), scalar(groups())], [260, 60],
    'an index that is gone is mended');
is($sum->{hooks}, 0, '... silently');

$redis->del(map { sprintf $f->key('shadow:%03d'), $_ } 0 .. 999);
$sum = sweeps();
is($sum->{hooks}, 260, 'shadows that are gone: everybody is added again');
$f->take('outbox');


# what is broken does not stop it

plain($_, bonus => 3) for 1 .. 30;
$redis->set($f->key('client:' . phone(5)), 'garbage');
$redis->del($f->key('shadow:007'));
$redis->set($f->key('shadow:007'), 'garbage');
$redis->zadd($f->key('clients'), 1e6, 'garbage');
$redis->zadd($f->key('groups'), 1e6, 'garbage');
$sum = $f->sweep('index');
is($sum->{skipped}, 1, 'one with a wrong helper key is skipped');
is($sum->{hooks}, 28, '... one that is broken is left alone');
$f->sweep('groups');
is_deeply([map { scalar $redis->zscore($f->key($_), 'garbage') }
    qw( clients groups )], [undef, undef], 'what is no key leaves the index');
$redis->del($f->key('shadow:007'));
$f->take('outbox');


# a value that cannot be read (B26)

settings();
plain($_, bonus => 4) for 8 .. 12;
$f->sweep('index');
$f->take('outbox');
plain(8, bonus => '130,75');
plain(9, birthday => 'May 9');
plain(10, discount => '');
plain(11, id => '9007199254740991');
plain(12, id => '');
$sum = $f->sweep('index');
is_deeply([@$sum{qw( unread hooks )}], [3, 0],
    'values that cannot be read are counted, and nothing is told');
cmp_ok($sum->{bad}, '>=', 2, '... among those that are not whole');


# the call: cursors, counts

my $library = $f->redis->library;

$f->reset;
$f->acquire;
settings();
$f->sweep('scan');
$f->call(put_client => phone($_), barcode => "A$_") for 1 .. 100;

# a call without the time that it took

sub step {
    my @reply = @{ $f->fenced(@_) };

    like(pop @reply, qr/^\d+$/, 'a call says how long it took');

    return \@reply;
}

is_deeply(step(sweep_index => 0, 10), [11, 0, 10, (0) x 7], 'a batch');
is_deeply(step(sweep_index => 11, 10), [21, 0, 10, (0) x 7], 'the next');
is_deeply(step(sweep_index => 91, 40), [0, 0, 10, (0) x 7], 'the last');
is_deeply(step(sweep_index => 91, 10), [101, 0, 10, (0) x 7], 'exactly');
is_deeply(step(sweep_index => 101, 10), [(0) x 10], '... no more');
is_deeply(step(sweep_groups => 0, 40), [(0) x 10], 'no groups');
$redis->function('LOAD', 'REPLACE', $library);
$f->call(put_client => phone($_), barcode => "A$_") for 101 .. 1500;
$f->take('outbox');
plain($_, name => 'new') for 1 .. 1500;
my $reply = step(sweep_index => 0, 1000);
cmp_ok($reply->[2], '<', 1000, 'a call ends when its time is over');
is($reply->[0], $reply->[2] + 1, '... and goes on from there');
is($f->sweep('index', 1000)->{hooks} + $reply->[1], 1500, '... with the next');


# by the clocks that functions have: TIME stands still in a call since Redis 7.2,
# there is os.clock() since 7.4, and without either readings are counted

my %clock = (
    'readings are counted' => sub {
        s/redis\.REDIS_VERSION_NUM or 0/0x70204/ && s/os\.clock/nil/
    },
    'the time of the processor' => sub {
        s/return os\.clock/local t = 0 return function() t = t + 0.0001 return t end/
    },
);

for my $name (sort keys %clock) {
    local $_ = $library;

    ok($clock{$name}->(), "by another clock: $name");
    $redis->function('LOAD', 'REPLACE', $_);

    my ($seen, $took) = @{ $f->fenced(sweep_index => 0, 1000) }[2, 10];

    cmp_ok($seen, '<', 100, '... a call ends when its time is over');
    cmp_ok($took, '>=', 350, '... and says so');
}


# by a clock that goes on by more than the jobs' share with each look at it: one job
# a call, each in its turn, and of a resend one record

$_ = $library;
ok(s/return os\.clock/local t = 0 return function() t = t + 0.0003 return t end/,
    'by a slow clock');
$redis->function('LOAD', 'REPLACE', $_);
$f->take('outbox');
$redis->hdel($f->key('meta'), 'job', 'trimmed');
$redis->zadd($f->key('forget'), 0, 'x');
$f->call('resend_all');

my @turns;

for (1 .. 7) {
    $f->fenced(sweep_index => 0, 1);
    push @turns, [ scalar $redis->xlen($f->key('outbox')),
        scalar $redis->exists($f->key('forget')),
        $redis->hget($f->key('meta'), 'trimmed') || '' ];
}

is_deeply(\@turns, [ [0, 1, ''], [0, 0, ''], [0, 0, ''], [0, 0, '100000 10'],
    [0, 0, '100000 10'], [1, 0, '100000 10'], [1, 0, '100000 10'] ],
    '... jobs take turns (the resend begins with the groups: there are none)');

$f->call(resend_all => 'stop');
$f->redis->load_library_without_time;

my $fence = $f->fence;

for my $name (qw( index groups )) {
    $f->refused('count must be 1 to 1000', "sweep_$name" => $fence, 0, $_)
        for 1001, 0, '', 'x';
    $f->refused('cursor must be 0 to 9007199254740991', "sweep_$name" =>
        $fence, $_, 1) for '', 'x', '-1';
}

$f->refused('count must be 1 to 1000', sweep_scan => $fence, 0, 1001);
$f->refused('cursor must be one that a call has returned', sweep_scan =>
    $fence, $_, 100) for '', 'x', '-1', 'rest2';


# those that are new and found together: in the order of their ids; no time passes, so
# that it is one call that finds them

$f->redis->load_library_without_time;
$nobody_before->();
my @ids = (501 .. 520);
plain($_, id => 10_000 - $_) for @ids;
plain($_) for 300, 100, 200;
plain_group(70_000);
$sum = $f->sweep('scan');
is_deeply([order()], [reverse(@ids), 100, 200, 300],
    'found together: by ids, then by phones') or diag(join ' ', order());
my @told = told();
is($told[0], 'added group 70000', 'groups go before clients');
is(@told, 24, '... all are told');
cmp_ok($sum->{calls}, '>', 1, '... in several calls');
$f->redis->load_library_without_time;

$f->reset;
$f->acquire;
plain_group('9007199254740991');
$f->call(capture_group => '9007199254740991');
is($f->sweep('groups', 1)->{seen}, 1,
    'the greatest id of a group ends a pass, also at the end of a page');


# everything is gone

$nobody_before->();
$f->call(put_client => phone($_), barcode => "A$_") for 1 .. 50;
$f->take('outbox');
$redis->flushall;
is($f->error(sweep_index => $f->fence, 0, 40),
    'FENCED the lease has another holder', 'FLUSHALL: the lease is gone');
plain($_) for 1 .. 20;
$f->call(capture => map { phone($_) } 1 .. 5);
is($f->call(lease => 'test', 60000)->[2], 1, '... with all settings');
$f->acquire;
is($f->sweep('scan')->{hooks}, 0, '... nothing is told without them');
settings();
sweeps();
is_deeply([told()], [], '... nor with them: it is a first start');
is(scalar(order()), 20, '... that takes in what is there');


# a sorted set that was large ends as a small one, which is freed at once

sub encoding { $redis->object('ENCODING', $f->key($_[0])) || '' }

start();
plain($_) for 1 .. 1000;
my ($at, %encodings) = ('0');
do {
    $at = $f->fenced(sweep_scan => $at, 100)->[0];
    my $left = $redis->zcard($f->key('found'));
    $encodings{$left > 128 ? 'many' : 'few'} = encoding('found') if $left;
} while $at ne '0';
is_deeply(\%encodings, { many => 'skiplist', few => 'listpack' },
    'those found, when few are left');
is_deeply([order()], [1 .. 1000], '... and all were taken in');

for my $may ('+', '-') {
    start();
    $f->call(put_client => phone($_), barcode => "A$_") for 1 .. 300;
    is(encoding('clients'), 'skiplist', 'the index of many clients');
    $redis->acl('SETUSER', 'polycard_office', "${may}unlink");
    $f->call(delete_client => phone(2 * $_)) for 1 .. 150;
    $f->call(delete_client => phone(2 * $_ - 1)) for 1 .. 86;
    is_deeply([order()], [map { 2 * $_ - 1 } 87 .. 150],
        "the index when few are left, with ${may}unlink");
    is(encoding('clients'), $may eq '+' ? 'listpack' : 'skiplist',
        '... is a new one, if that is allowed');
    $f->call(put_client => phone(7), barcode => 'A7');
    is((order())[-1], 7, '... and goes on');
}

$redis->acl('SETUSER', 'polycard_office', '+unlink');


# readings of the clock are counted: what is new or has changed counts for more

$_ = $library;
$clock{'readings are counted'}->();
$redis->function('LOAD', 'REPLACE', $_);
start();
plain($_) for 1 .. 300;
$at = '0';

my ($found, $taken, $changed) = (0, 0, 0);

do {
    my $reply = $f->fenced(sweep_scan => $at, 1000);
    my $is = $at eq 'rest' ? \$taken : \$found;

    $$is = $reply->[2] if $$is < $reply->[2];
    $at = $reply->[0];
} while $at ne '0';

plain($_, name => 'new') for 1 .. 300;
$changed = $f->fenced(sweep_index => 0, 1000)->[2];

for ([ $found, 100, 'found' ], [ $taken, 16, 'taken in' ],
    [ $changed, 10, 'changed' ])
{
    my ($n, $most, $what) = @$_;

    cmp_ok($n, '>', 0, "readings are counted: some are $what in a call");
    cmp_ok($n, '<=', $most, '... no more than there is time for');
}

$f->redis->load_library_without_time;


# a prefix that is a pattern

for my $prefix ('a*b?[x]\\:{s1}:', '{s1}') {
    my @call = (1, $prefix, $redis->fcall('polycard_lease', 1, $prefix, 'a',
        60000)->[0]);

    $redis->fcall('polycard_settings', @call, hooks => 1);
    $redis->fcall('polycard_sweep_scan', @call, 0, 100) for 1 .. 20;
    $redis->hset("${prefix}client:" . phone(1), barcode => 1);
    $redis->hset('azbzx:{s1}:client:' . phone(2), barcode => 1);
    my $cursor = 0;
    my $calls = 0;
    do {
        $cursor = $redis->fcall('polycard_sweep_scan', @call, $cursor, 100)
            ->[0];
    } while ($cursor ne '0' && $calls++ < 1000);
    is_deeply([$redis->zrange("${prefix}clients", 0, -1)], [phone(1)],
        "the prefix $prefix");
}

finish();
