# The emitter's lease: polycard_lease, polycard_release, the fence that every
# function of the emitter checks; polycard_settings.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my $phone = '380671112233';
my $lease = $f->key('lease');
my $lost = 'FENCED the lease has another holder';

sub lease { $f->call(lease => @_) }


# acquired, renewed, kept from others

my ($fence, $ms, $new) = @{ lease('one', 5000) };

cmp_ok($fence, '>', 1_600_000_000_000_000,
    'a lease: the fence is after the past');
is($ms, 5000, '... for as long as was wanted');
is($new, 1, '... in a keyspace of no settings');
is($redis->get($lease), "$fence one", '... is in its key');

is_deeply(lease('one', 7000), [$fence, 7000, 1, '', -1, 0],
    'renewed: the same fence');
cmp_ok($redis->pttl($lease), '>', 5000, '... for longer');

my $reply = lease('two', 5000);

is($reply->[0], 0, 'another one does not get it');
cmp_ok($reply->[1], '>', 5000, '... and is told how long');
is($redis->get($lease), "$fence one", '... and has changed nothing');

is($f->call(release => $fence), 1, 'released');
is($f->error(release => $fence), $lost, '... once');

my $second = lease('two', 50)->[0];

cmp_ok($second, '>', $fence, 'the next holder has a greater fence');
is($f->error(release => $fence), $lost, 'the old one cannot release it');
wait_until { !$redis->exists($lease) } 5, 'the end of the lease';
is($f->error(release => $second), $lost, 'nor can one whose lease is over');

my $third = lease('two', 60000)->[0];

cmp_ok($third, '>', $second, 'the same holder again: a greater fence');

$redis->flushall;
cmp_ok(lease('one', 60000)->[0], '>', $third,
    'greater than before everything was gone');

$redis->set($f->key('seq:lease'), '5000000000000000');
$redis->del($lease);
is(lease('one', 60000)->[0], '5000000000000001',
    'a clock that was ahead: the counter goes on');

$redis->persist($lease);
is(lease('two', 60000)->[0], '5000000000000002',
    'a lease without an end does not count');


# every function of the emitter is fenced

my $id = '1700000000000-0';
my %fenced = (
    release => [], settings => ['hooks', 1], next => ['0-0', 1],
    accept => [$id], hold => [$phone, $id],
    refuse => [$phone, $id, 1, 2, 'r', 'a'], due => [1],
    accept_held => [$phone, $id],
    refuse_held => [$phone, $id, 1, 1, 2, 'r', 'a'],
    sweep_index => [0, 1], sweep_groups => [0, 1], sweep_scan => [0, 1],
    outage => [0], swept => [0, 0], broken => [],
);

my %public = map { $_ => 1 } qw( add_client capture capture_group change_bonus
    close_card confirm_clients confirm_deletions dead delete_client delete_dead
    delete_group end_hooks find_hooks forget_client get_client get_group issue_card lease
    list_clients list_groups merge_clients move_client once
    patch_client patch_group import_clients probe put_client put_clients put_group read
    registered replace_client replace_group requeue resend resend_all retell
    set_card
    status version );

my @all = map { my %one = @$_; $one{name} =~ /^polycard_(.*)/ }
    @{ +{ @{ $redis->function('LIST')->[0] } }->{functions} };

is_deeply([sort keys %fenced], [sort grep { !$public{$_} } @all],
    'these are fenced');

$f->hooks_on;
$f->call(put_client => $phone, barcode => '1');

for my $name (sort keys %fenced) {
    my $digest = $f->digest;

    is($f->error($name => $_, @{ $fenced{$name} }), $lost,
        "$name with the fence $_") for '5000000000000001', '1', '0';
    is($f->error($name => $_, @{ $fenced{$name} }),
        'ERR fence must be a whole number', "$name with the fence '$_'")
        for 'two', '', '01';
    is($f->digest, $digest, '... and nothing has changed');
}

$f->refused('fence must be a whole number', 'next');

is($f->error($_ => '5000000000000002', @{ $fenced{$_} }), '',
    "$_ with its fence") for grep { $_ ne 'release' } sort keys %fenced;

$redis->del($lease);
is($f->error($_ => '5000000000000002', @{ $fenced{$_} }), $lost,
    "$_ without any lease") for sort keys %fenced;


# arguments of the lease

$f->refused('holder must be 1 to 255 bytes', lease => '', 1000);
$f->refused('holder must be 1 to 255 bytes', lease => 'x' x 256, 1000);
$f->refused('ttl must be 1 to 31536000000', lease => 'one', $_)
    for 0, -1, '', 'x', 31536000001, '1.5';
$f->refused('ttl must be 1 to 31536000000', lease => 'one');

$redis->hset($lease, a => 'b');
$f->refused('the key lease is of a wrong type', lease => 'one', 1000);
$redis->del($lease);
$redis->set($f->key('seq:lease'), 'garbage');
$f->refused('the counter seq:lease is not a whole number',
    lease => 'one', 1000);


# a number that a host has seen stays known when all is lost, whoever knows less

for my $known ([700, 500, 700], [500, 700, 700]) {
    my ($card, $told, $kept) = @$known;

    $f->reset;
    $f->acquire;
    $redis->hset($f->key('meta'), known_card => $told);
    $f->fenced('settings', lost => 1, known_card => $card, known_id => 7);
    is($f->stored('meta')->{known_card}, $kept, "$told, then $card: $kept is known");
}


# settings

$f->reset;
$f->acquire;

is_deeply($f->fenced('settings', hooks => 1, delete_guard => 5,
    outbox_max => 7, initial_sync => 'announce'), ['running', 'open', 0, 1, 0],
    'settings: the first sync begins');

my $meta = $f->stored('meta');

like(delete $meta->{began}, qr/^[0-9a-f]{16}$/, '... in which history');
is_deeply($meta, { hooks => 1, delete_guard => 5, outbox_max => 7,
    initial_sync => 'announce', sync => 'running', lease => 600_000,
    had_hooks => 1 },
    '... and are kept');
is(lease('test', 60000)->[2], 0, 'the keyspace is not new any more');

$f->sweep('scan');
is_deeply($f->fenced('settings', hooks => 0), ['done', 'open', 0, 0, 0],
    'after a pass the first sync is over');
is($f->stored('meta')->{hooks}, 0, 'hooks are not wanted any more');
is_deeply($f->fenced('settings'), ['done', 'open', 0, 0, 0], 'no settings');

my %bad = (hooks => 'must be 0 or 1', delete_guard => 'must be 0 to 100',
    outbox_max => 'must be a whole number',
    initial_sync => 'must be seed or announce',
    card_numbers => 'must be pool, phone or ean13_PREFIX_FROM_TO',
    known_card => 'must be a whole number',
    known_id => 'must be a whole number');

$f->refused("$_ $bad{$_}", settings => $f->fence, hooks => 1, $_ => 'x')
    for sort keys %bad;
$f->refused('hooks must be 0 or 1', settings => $f->fence, 'hooks');
$f->refused('delete_guard must be 0 to 100', settings => $f->fence,
    delete_guard => 101);
$f->refused('outbox_max must be a whole number', settings => $f->fence,
    outbox_max => 0);
$f->refused('unknown setting color', settings => $f->fence, color => 1);

finish();
