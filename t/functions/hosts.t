# What the hosts of a market say of their configurations: who may hold the
# lease, which settings the market goes by, and in what they differ.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my $phone = '380671112233';
my $TTL = 60_000;

my %says = (hooks => 1, delete_guard => 10, outbox_max => 1000,
            initial_sync => 'seed', hook => 'aa');


sub says {
    my %is = (%says, @_);

    return map { $_ => $is{$_} } sort keys %is;
}


# a worker of a host asks; what it gets

sub asks {
    my ($host, %is) = @_;

    return $f->call(lease => "$host/1", $TTL, "$host/c", says(%is));
}


sub holder { ($redis->get($f->key('lease')) || '') =~ m{ (\S+)/} ? $1 : '' }
sub setting { $redis->hget($f->key('meta'), $_[0]) }


# as if so many milliseconds had passed since this was said

sub age {
    my ($host, $time, %is) = @_;

    my $hosts = $f->key('hosts');

    for my $field ($redis->hkeys($hosts)) {
        next if $field !~ m{^$host/};
        next if grep { $field !~ /\b$_=$is{$_}(?: |$)/ } keys %is;

        my ($seen, $span, $since) = split / /, $redis->hget($hosts, $field);

        $redis->hset($hosts, $field,
            join ' ', $seen - $time, $span, $since - $time);
    }
}


sub away { age($_[0], 3 * $TTL + 1) }


# alone

my $reply = asks('web1');

ok($reply->[0], 'a host with hooks gets the lease');
is($reply->[3], '', '... and differs from nobody');
is(setting('hooks'), 1, '... the market has hooks');
is(setting('outbox_max'), 1000, '... and its other settings');
is(asks('web1')->[0], $reply->[0], '... and renews it');


# a second one, without hooks

is_deeply([ @{ asks('web2', hooks => 0) }[0, 3] ], [0, 'hook (web1)'],
    'a host without hooks is told in what it differs');
is(asks('web1')->[3], 'hook (web2)', '... so is the first one');

$redis->del($f->key('lease'));
is(asks('web2', hooks => 0)->[0], 0, 'a lease that is free: not for it');
is($redis->exists($f->key('lease')), 0, '... it stays free');
is(setting('hooks'), 1, '... the market has hooks');

away('web1');
$reply = asks('web2', hooks => 0);
is_deeply([ @$reply[0, 3] ], [0, 'hook (web1)'],
    'nor once the one with hooks is away');
is(setting('hooks'), 1, '... what changes waits for it');
$f->call(put_client => $phone, barcode => '1');
is($redis->xlen($f->key('outbox')), 1, '... in the outbox');
ok(asks('web1')->[0], '... until it is back');


# hooks are taken away

$f->reset;
asks('web1');
asks('web2');
age('web1', 1000);
is(asks('web1', hooks => 0)->[0], 0,
    'hooks taken away on one of two hosts: it may not hold the lease');
is(holder(), '', '... and gives it away');
away('web2');
ok(!asks('web1', hooks => 0)->[0], '... nor when the other one is away');
is(setting('hooks'), 1, '... the market has hooks');

my $fence = asks('web2')->[0];

ok($fence, '... the other one holds it');
is($f->call(release => $fence, 'web2/c', says()), 1,
    'taken away on the other one as well: it leaves');
asks('web2', hooks => 0);
is(setting('hooks'), 1, '... its new workers may still have hooks');
away('web1');
asks('web1', hooks => 0);
age('web2', 2001, hooks => 1);
$reply = asks('web2', hooks => 0);
ok($reply->[0], '... they have not: it gets the lease without hooks');
is($reply->[3], '', '... and nobody has any');
is(setting('hooks'), 0, '... the market has none');


# hooks come

ok(!asks('web3', hooks => 0)->[0], 'another one without hooks has to wait');
$reply = asks('web1', hooks => 1);
cmp_ok($reply->[0], '>', $fence,
    'a host with hooks takes the lease of one without at once');
is(holder(), 'web1', '... it holds it');
is(setting('hooks'), 1, '... the market has hooks');
is($f->error(release => $fence), 'FENCED the lease has another holder',
    '... the other one is told with its next call');
ok(!asks('web2', hooks => 0)->[0], '... and gets nothing any more');


# a host that never comes back

away('web1');
ok(!asks('web2', hooks => 0)->[0], 'the one with hooks is away');
is($f->call('end_hooks'), 1, 'polycard_end_hooks: nobody waits for it');
is(setting('hooks'), 0, '... the market has none');
$redis->del($f->key('lease'));
ok(asks('web2', hooks => 0)->[0], '... the other one gets the lease');
asks('web1');
$f->refused('CONFLICT a host of this market has hooks', 'end_hooks');

# ... and that is not seen

$redis->set($f->key('hosts'), 'nonsense');
$f->refused('BROKEN the key hosts is of a wrong type', 'end_hooks');
is(setting('hooks'), 1, '... the market still has hooks');

$f->reset;
asks('web1');
away('web1');
asks('web2');
is(scalar(grep { /^web1/ } $redis->hkeys($f->key('hosts'))), 1,
    'one of two that is away is remembered');
age('web1', 86_400_000);
asks('web2');
is(scalar(grep { /^web1/ } $redis->hkeys($f->key('hosts'))), 0,
    '... for a day');


# settings do not change with who asks

$f->reset;
asks('web1');
is(asks('web2', outbox_max => 5, delete_guard => 20)->[3],
    'delete_guard, outbox_max (web1)', 'other settings are named')
    if age('web1', -1);
asks('web2', outbox_max => 5, delete_guard => 20);
is(setting('outbox_max'), 1000, 'the settings are those that were first');
$redis->del($f->key('lease'));
ok(asks('web2', outbox_max => 5)->[0], '... whoever holds the lease');
is(setting('outbox_max'), 1000, '... they stay');
away('web1');
asks('web2', outbox_max => 5);
is(setting('outbox_max'), 5, '... until nobody says them any more');

$f->reset;
asks('web1');
age('web1', 2000);
asks("web$_", outbox_max => 7) for 2 .. 6;
is(asks('web1')->[3], join('; ', map { "outbox_max (web$_)" } 2 .. 5),
    'of five hosts that differ four are named');

$f->reset;
asks('web1');
age('web1', 2000);
is(asks('web1', outbox_max => 7)->[3], '',
    'a host that is configured again does not differ from its past');
is(setting('outbox_max'), 7, '... and the market goes by it at once');
age('web1', 2000);
age('web2', 2000);
asks('web2', outbox_max => 7);
is_deeply([ map { asks($_, outbox_max => 7)->[3] } 'web1', 'web2' ], ['', ''],
    '... and it agrees with the others');

asks('web3', hook => 'bb', outbox_max => 7);
is(asks('web1', outbox_max => 7)->[3], 'hook (web3)',
    'another gateway is named');

$f->reset;
asks('web1', hooks => 0, outbox_max => 9);
asks('web2');
is(setting('outbox_max'), 1000, 'a host without hooks does not count');


# two hosts of one name

$f->reset;
asks('web1');
asks('web1', hooks => 0);
is(setting('hooks'), 1, 'two hosts of one name: the one with hooks counts');
ok(!asks('web1', hooks => 0)->[0] || holder() eq 'web1', '... as long as it');


# those that say nothing: earlier versions

$f->reset;
ok($f->call(lease => 'old', $TTL)->[0], 'one that says nothing gets it');
$redis->hset($f->key('meta'), hooks => 1);
ok(!asks('web2', hooks => 0)->[0],
    'hooks are wanted, and nobody said so: not for one without');
is($f->call(lease => 'old', $TTL)->[3], '', '... the old one keeps it');
asks('web1');
ok($f->call(lease => 'old', $TTL)->[0], '... also when there is one that can');
$redis->del($f->key('lease'));
ok(!$f->call(lease => 'old', $TTL)->[0], '... but does not get it again');


# what is no such thing

$f->refused('host must be a name', lease => 'one', 1000, $_, says())
    for '', ' ', 'a b', "a\n", 'x' x 256;
$f->refused('a setting must be a name and a word', lease => 'one', 1000,
    'web1', @$_) for ['a b', 1], ['a', 'b c'], ['a'], ['a', 'x' x 64];
$f->refused('outbox_max must be a whole number', lease => 'one', 1000, 'web1',
    outbox_max => 'x');
$f->refused('too many settings', lease => 'one', 1000, 'web1',
    map { ("a", 1) } 1 .. 17);

$redis->hset($f->key('hosts'), 'nonsense', 'x', 'a b=1', 'y');
ok(asks('web1')->[0], 'rows that are none');
is(scalar(grep { !/^web/ } $redis->hkeys($f->key('hosts'))), 0,
    '... are thrown away');

asks("pod$_") for 1 .. 100;
cmp_ok($redis->hlen($f->key('hosts')), '<=', 64, 'many hosts: there is a bound');

$redis->del($f->key('hosts'));
$redis->set($f->key('hosts'), 'x');
ok(defined asks('web1')->[0], 'of a wrong type: nobody is kept from the lease');
is($redis->get($f->key('hosts')), 'x', '... and nothing is written there');

finish();
