# What somebody has overwritten by hand in the hash meta: nothing stops for it, and
# what only counts begins again.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;

sub phone  { sprintf '38067%07d', $_[0] }
sub garble { $redis->hset($f->key('meta'), $_ => '1,5') for @_ }
sub error  { $f->error($_[0] => $f->fence, @_[1 .. $#_]) }

sub start {
    my ($clients) = @_;

    $f->reset;
    $f->acquire;
    $f->fenced('settings', hooks => 1, delete_guard => 10);
    $f->sweep('scan');
    $f->call(put_client => phone($_), barcode => $_) for 1 .. $clients;
}


# the sweep

start(1);
$f->fenced(swept => 2, 1);
garble(qw( round round_bad round_found ));
is(error(swept => 3, 1), '', 'a round ends');
is_deeply([ @{ $f->status }{qw( round_found round_bad )} ], [ 3, 1 ],
    '... and is counted');
is($f->fenced(swept => 2, 1), 5, '... so is the next');

garble('job');
is(error(sweep_index => 0, 10), '', 'the jobs go on');


# hooks on hold

start(3);

my @ids = map { $_->[0] } $f->waiting;

$f->fenced(refuse => phone(1), $ids[0], 60_000, 3, 'r', 'a');
is($f->status->{held}, 1, 'one is on hold');
garble('held');
is(error(refuse => phone(2), $ids[1], 60_000, 3, 'r', 'a'), '', 'one more');
is($f->status->{held}, 2, '... both are counted');
is(error(refuse => phone(3), $ids[2], 60_000, 3, 'r', 'a'), '', 'one more');
is($f->status->{held}, 3, '... all three');


# deletions that wait

start(100);
$f->call(delete_client => phone($_)) for 1 .. 25;
is($f->status->{deletions_waiting}, 5, 'deletions wait');
$f->call('confirm_deletions');
$f->call(delete_client => phone($_)) for 26 .. 50;
cmp_ok($f->status->{deletions_waiting}, '>', 0, 'others wait');
garble('released');
is($f->error('confirm_deletions'), '', 'they are confirmed');
is($f->status->{deletions_waiting}, 0, '... all of them');
is($f->status->{guard}, 'open', '... and the guard is open');


# an outage

start(1);
garble('outage');
cmp_ok($f->fenced(outage => 1)->[0], '>', 1_600_000_000_000,
    'an outage begins again');


# the pass over all keys

start(1);
$redis->hset($f->key('meta'), confirmed => 1);
$f->fenced(sweep_scan => 0, 1);

my ($history) = split / /, $redis->hget($f->key('meta'), 'pass') // 'x ';

$redis->hset($f->key('meta'), confirmed => 1, pass => "$history x");
is(error(sweep_scan => 0, 1), '', 'a pass begins again');


# where the market is

start(1);
garble('sync');
is($f->status->{sync}, 'new', 'a first sync is unknown');
is($f->call(lease => 'other', 1000)->[2], 1, '... as if all was lost');

finish();
