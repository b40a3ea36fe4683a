# polycard_status, and what is noted for it alone: an outage, and a round of the
# sweep.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my @phones = map { sprintf '380%09d', 671112233 + $_ } 0 .. 29;
my $one = $phones[0];
my ($version) = slurp(source_dir() . '/redis-scripts/head.lua')
    =~ /^local VERSION = (\d+)$/m;

my %nothing = (version => $version, outbox => 0, outbox_age => -1,
    outbox_max => 1000000, held_keys => 0, held => 0, broken => 0, dead => 0,
    accepted => 0, outage => 0, sync => 'new', lost => 0, doubt => 0, round => 0,
    round_found => 0, round_bad => 0,
    found => 0, heard => 0, guard => 'open', deletions_waiting => 0,
    deletions_confirmed => 0, cards => 0, unfit => 0,
    ids_left => 999999999999999, serial => 0, clients => 0,
    groups => 0, registered => 0, registered_age => -1, resend => -1,
    resend_left => 0, forget => 0, hooks => 0, lease => '', lease_left => 0);


sub start {
    my (%settings) = @_;

    $f->reset;
    $f->acquire;
    $f->fenced('settings', hooks => 1, delete_guard => 100, %settings);
    $f->sweep('scan');
}

# past the functions: a client as a plain command leaves him

sub plain {
    my ($phone, %fields) = @_;

    $redis->hset($f->key("client:$phone"), %fields);
}

# the sums of a whole round

sub round {
    my %sum;

    for my $name (qw( index groups scan )) {
        my $pass = $f->sweep($name);

        $sum{$_} += $pass->{$_} for qw( found bad missed );
    }

    return [ @sum{qw( found bad missed )} ];
}


# the state

$f->reset;
is_deeply($f->status, \%nothing, 'of nothing');

start(outbox_max => 5);
$f->call(put_client => $one, barcode => 'A1');
$f->call(put_group => 7, title => 'a', loyaltyType => 'bonuses',
    loyaltyQuantity => 1);
$f->fenced(refuse => $one, ($f->waiting)[0][0], 1000, 1, 'r', 'a');
$redis->del($f->key('outbox'));
$redis->xadd($f->key('outbox'), (time - 3600) . '000-0', 'a', 'b');
$redis->rpush($f->key('cards'), 1 .. 3);
$redis->set($f->key('seq:card'), 42);
$redis->hset($f->key('canary'), n => 5, heard => 1795521600000);

my $status = $f->status;
my ($age, $left) = delete @$status{qw( outbox_age lease_left )};
my %all = (%nothing, outbox => 1, outbox_max => 5, dead => 1, sync => 'done',
    heard => 1795521600000, cards => 3, serial => 42, clients => 1,
    groups => 1, hooks => 1, lease => 'test');

delete @all{qw( outbox_age lease_left )};

ok($age > 3_590_000 && $age < 3_700_000, 'the age of the oldest hook');
ok($left > 500_000 && $left <= 600_000, 'what is left of the lease');
is_deeply($status, \%all, 'all else');

$redis->hset($f->key('meta'), outage => 'x', round => -1, round_found => '1e3',
    round_bad => '');
$redis->hset($f->key('canary'), heard => 'never');
$redis->set($f->key('seq:card'), 'many');
is_deeply([ @{ $f->status }{qw( outage round round_found round_bad heard
    serial )} ], [ (0) x 6 ], 'what is no number counts as none');


# outage

start();
is_deeply($f->fenced(outage => 0), [ 0, 0, 0 ], 'no outage');
$f->refused('CONFLICT there is no outage', 'probe');
is($f->status->{outage}, 0, '... says the status');

my $before = time;
my ($since) = @{ $f->fenced(outage => 1) };

ok($since >= int($before * 1000) && $since <= (time + 1) * 1000,
    'an outage begins now');
is_deeply($f->fenced(outage => 1), [ $since, 0, 0 ],
    '... and is the same when it is reported again');
is($f->status->{outage}, $since, '... says the status');
is_deeply($f->fenced(outage => 1, 'status 500', 60_000), [ $since, 0, 0 ],
    '... with a reason');
is($f->status->{outage_reason}, 'status 500', '... says the status');
cmp_ok(abs($f->status->{outage_next} - 1000 * time - 60_000), '<', 30_000,
    '... and when the next try is');
is($f->call('probe'), 1, 'somebody does not wait');
is_deeply($f->fenced(outage => 1), [ $since, 1, 0 ], '... which the holder is told');
is_deeply($f->fenced(outage => 1), [ $since, 0, 0 ], '... once');
$f->call('probe');
$f->refused('too many arguments', probe => 1);

$f->call(lease => 'test', 600_000);
$redis->del($f->key('lease'));
$f->acquire('another');
is($f->status->{outage}, $since, 'another holder: it is the same outage');
is_deeply($f->fenced(outage => 0), [ 0, 0, 1 ], '... until it is over');
is_deeply($f->fenced(outage => 0), [ 0, 0, 0 ], '... which the holder is told once');
is_deeply([ grep { /outage_/ } keys %{ $f->status } ], [],
    '... with all of it');
is_deeply($f->fenced(outage => 1), [ $f->status->{outage}, 0, 0 ],
    'another one: nobody has asked to try yet');
$f->fenced(outage => 0);
is($f->status->{outage}, 0, '... says the status');

my $fence = $f->fence;

$f->refused('outage must be 0 to 1', outage => $fence, $_) for '', 2, 'x';
$f->refused('reason must be 1 to 255 bytes', outage => $fence, 1, $_)
    for '', 'x' x 256;
$f->refused('wait must be 0 to 31536000000', outage => $fence, 1, 'x', $_)
    for '', -1, 'x';
is($f->error(outage => $fence - 1, 1), 'FENCED the lease has another holder',
    'nobody else may tell');


# what a round of the sweep finds

start();
is_deeply(round(), [ 0, 0, 0 ], 'all is as it was told');

$f->call(put_client => $_, barcode => "B$_") for @phones[0 .. 9];
is_deeply(round(), [ 0, 0, 0 ], 'functions tell by themselves');

plain($_, bonus => 5) for @phones[0 .. 2];
$redis->del($f->key("client:$phones[3]"));
plain($phones[10], barcode => 'new');
is_deeply(round(), [ 5, 0, 5 ], 'what no event told');
is_deeply(round(), [ 0, 0, 0 ], '... is told by now');

$redis->hdel($f->key("client:$one"), 'barcode');
$redis->del($f->key("client:$phones[1]"));
$redis->set($f->key("client:$phones[1]"), 'no hash');
is_deeply(round(), [ 0, 2, 0 ], 'records that are not whole');
is_deeply(round(), [ 0, 2, 0 ], '... are found in each round');
plain($one, barcode => "B$one");
$redis->del($f->key("client:$phones[1]"));
is((round())->[1], 0, '... until they are whole or gone');

# who was never whole is one of them only if something cannot be read

plain($phones[11], name => 'no card yet');
$f->call(put_client => $phones[12], name => 'no card yet');
$f->call(replace_client => $phones[13], '', name => 'no card yet');
is((round())->[1], 0, 'clients who have no card yet are none');
plain($phones[11], barcode => "1\n1");
is((round())->[1], 1, '... until a card number cannot be read');
plain($phones[11], barcode => 'good');
is((round())->[1], 0, '... or it can');
$redis->hdel($f->key("client:$phones[11]"), 'barcode');
is((round())->[1], 1, '... and is one who had a card');
$redis->del($f->key("client:$phones[11]"));
plain($phones[12], sex => 'x');
is((round())->[1], 1, '... or who has another value that cannot be read');
$redis->del($f->key("client:$_")) for @phones[12, 13];
$redis->hset($f->key('group:77'), title => 'no more than a title');
is((round())->[1], 1, 'a group that is not whole is one');
$redis->del($f->key('group:77'));
is((round())->[1], 0, '... until it is gone');

# the first sync finds everything, and that is no surprise

$f->reset;
$f->acquire;
$f->fenced('settings', hooks => 1, initial_sync => 'announce');
plain($_, barcode => "B$_") for @phones;
plain($one, name => '');
$redis->hdel($f->key("client:$one"), 'barcode');
is_deeply(round(), [ 29, 0, 0 ], 'the first sync misses nothing');

# deletions that were confirmed are no surprise either

start(delete_guard => 0);
$f->call(put_client => $_, barcode => "B$_") for @phones;
$redis->del($f->key("client:$_")) for @phones;
is_deeply(round(), [ 30, 0, 30 ], 'deletions, some told, some held back')
    or diag(explain($f->status));
$f->call('confirm_deletions');
is_deeply(round(), [ 10, 0, 0 ], 'confirmed ones were known');


# a round is over

start();
$before = time;
is($f->fenced(swept => 5, 2), 5, 'a round');

$status = $f->status;

ok($status->{round} >= int($before * 1000) && $status->{round} <= (time + 1) * 1000,
    '... is over now');
is_deeply([ @$status{qw( round_found round_bad )} ], [ 5, 2 ],
    '... with what it found');
is($f->fenced(swept => 3, 0), 8, 'another one');
is_deeply([ @{ $f->status }{qw( round_found round_bad )} ], [ 8, 0 ],
    'found ones add up, bad ones do not');

$fence = $f->fence;

$f->refused("found must be 0 to 9007199254740991", swept => $fence, $_, 0)
    for '', -1, 'x';
$f->refused("bad must be 0 to 9007199254740991", swept => $fence, 0, $_)
    for '', -1, 'x';

finish();
