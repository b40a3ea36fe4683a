# polycard_change_bonus with a key: what is asked for twice is added once.

use strict;
use warnings;

use lib 't/lib';

use Digest::SHA qw( sha1 );
use Redis;

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my ($one, $two, $gone) = map { "38067000000$_" } 1 .. 3;

srand($ENV{POLYCARD_SEED} || 20241231);

sub bonus { $redis->hget($f->key("client:$_[0]"), 'bonus') }
sub add   { return $f->call(change_bonus => @_) }
sub kept  { return $redis->keys($f->key('once:*')) }
sub time_of { $redis->hset($f->key('meta'), idempotency_time => $_[0]) }

sub begin {
    $f->reset;
    $f->hooks_on;
    $f->call(put_client => $_, barcode => "B$_") for $one, $two;
    $f->take('outbox');
}


# the first answer, and nothing more

begin();
is(add($one, '10.50', '', 'r-1'), '10.5', 'the first time');
is(scalar(my @told = $f->take('outbox')), 1, '... is announced');

my $digest = $f->digest;

is(add($one, '10.50', '', 'r-1'), '10.5', 'again: the same answer');
is(add($one, '10.5', '', 'r-1'), '10.5', '... for the same amount');
is(add($one, '1.05e1', '-99', 'r-1'), '10.5', '... with another floor');
is($f->digest, $digest, '... and nothing has changed');

is(add($one, '-3', '', 'r-2'), '7.5', 'another key');
is(add($one, '10.50', '', 'r-1'), '10.5',
    'the first one once more: as it was answered then');
is(bonus($one), '7.5', '... and the bonus is what it is');
is(add($two, '1', '', 'r-1'), '1', 'the key of another client');
is(add($one, '1'), '8.5', 'without a key: added');
is(add($one, '1'), '9.5', '... each time');

$f->refused('REUSED the key was used with another amount', change_bonus => $one,
    '10.51', '', 'r-1');
$f->refused('REUSED the key was used with another amount', change_bonus => $one,
    '-10.5', '', 'r-1');

is_deeply([ grep { /[^\0-\x7f]*(?:r-1|0000001)/ } map { $redis->hkeys($_) }
    kept() ], [], 'neither phone nor key are stored with it');


# what was refused was not added, and may come again

$f->refused('CONFLICT the total would be below the floor', change_bonus => $one,
    '-10', '0', 'r-3');
add($one, '0.5');
is(add($one, '-10', '0', 'r-3'), '0', 'refused, then possible: added');
is(add($one, '-10', '0', 'r-3'), '0', '... once');
$f->refused('NOTFOUND no such client', change_bonus => $gone, 1, '', 'r-1');

$f->call(delete_client => $one);
is(add($one, '-10', '0', 'r-3'), '0', 'who is deleted has had it');
is($redis->exists($f->key("client:$one")), 0, '... and is not there again');


# keys

begin();
is(add($one, 1, '', $_), add($one, 1, '', $_), 'a key of one word')
    for '1', 'x' x 255, 'чек-№17', 'ї' x 255, '-', "'\"\\{}:*";
is(bonus($one), 6, '... each was added once');
$f->refused('key must be 1 to 255 visible characters', change_bonus => $one,
    1, '', $_)
    for '', ' ', 'a b', "a\n", "\0", "a\x7f", "\xc2\x85", "\xe2\x80\xa8",
    "\xff", "\xc2\xa0", "a\xc2\xa0b", "a\xe2\x80\x8b", "\xef\xbb\xbfa", 'x' x 256, 'ї' x 256;
$f->refused('amount must be a number', change_bonus => $one, 'x', '', 'r');
$f->refused('floor must be a number', change_bonus => $one, 1, 'x', 'r');


# in the form that it always had: an upgrade forgets none

begin();

my $ends = (time + 86400) . '000';

$redis->hset($f->key('meta'), once => $ends);
$redis->hset($f->key("once:$ends:001"), substr(sha1("$one r-1"), 0, 16),
    "$ends 10.5 77");
is(add($one, '10.50', '', 'r-1'), 77, 'a key of an earlier version is known');
add($one, 1, '', 'r-2');
is_deeply([ map { /:(\d+)$/ } kept() ], [ ('001') x kept() ],
    '... and another one is where that looks for it');


# Whoever may not do all of it does nothing of it: a key that was kept without
# the amount would answer for money that nobody got.

begin();
$redis->acl('SETUSER', 'desk', 'on', '>pw', '~*', '+@all', '-expire');

my $desk = Redis->new(sock => $f->redis->socket, username => 'desk',
    password => 'pw');

for my $try (1, 2) {
    ok(!eval { $desk->fcall('polycard_change_bonus', 1,
        $Polycard::Functions::PREFIX, $one, 7, '', 'r'); 1 },
        "without the right to EXPIRE, try $try");
    like($@, qr/NOPERM .* run expire in polycard_change_bonus/,
        '... which is named');
    is_deeply([ kept() ], [], '... nothing is kept');
}

is($desk->fcall('polycard_change_bonus', 1, $Polycard::Functions::PREFIX,
    $one, 1), 1, '... without a key there is no need of it');
$redis->acl('SETUSER', 'desk', '+expire');
is($desk->fcall('polycard_change_bonus', 1, $Polycard::Functions::PREFIX,
    $one, 7, '', 'r'), 8, '... with the right it is added');
is(add($one, 7, '', 'r'), 8, '... once');


# for how long: idempotency_time of the configuration, 7 days where it is not
# known; then everything is gone

my ($key) = kept();

cmp_ok($redis->ttl($key), '>=', 7 * 86400 - 60, '7 days');
cmp_ok($redis->ttl($key), '<=', 9 * 86400, '... and not much longer');

begin();
time_of(600);
is(add($one, 5, '', 'r'), 5, 'kept for 0.6 s');
wait_until { add($one, 5, '', 'r') != 5 } '... then it is new';
is(bonus($one), 10, '... and was added once more');
wait_until { !kept() } '... and all is gone';

begin();

my %answer = (5000 => 5000, 100 => 5100, 86400 => 91500, 90 => 91590);

for my $seconds (5000, 100, 86400, 90) {
    time_of(1000 * $seconds);

    my %before = map { $_ => $redis->hlen($_) } kept();

    is(add($one, $seconds, '', "t$seconds"), $answer{$seconds},
        "kept for $seconds s");

    my ($hash) = grep { $redis->hlen($_) != ($before{$_} // 0) } kept();

    cmp_ok($redis->ttl($hash), '>=', $seconds - 60, '... not less');
    cmp_ok($redis->ttl($hash), '<=', 1.25 * $seconds + 1, '... nor much longer');
}

is(add($one, $_, '', "t$_"), $answer{$_}, "... $_ s: still known at another time")
    for sort keys %answer;

for my $bad (0, '', 'x', '31536000001') {
    $f->acquire;
    is($f->error(settings => $f->fence, idempotency_time => $bad),
        'ERR idempotency_time must be 1 to 31536000000', "not '$bad'");
}

$f->fenced(settings => idempotency_time => 86_400_000);
is($redis->hget($f->key('meta'), 'idempotency_time'), 86_400_000,
    'as the configuration says');
$f->call(release => $f->fence);


# at random: of each client what the first calls with a key say

begin();

my (%first, %total, @wrong);

for my $n (1 .. 1500) {
    my $phone = ($one, $two)[rand 2];
    my $name = rand > 0.2 ? 'k' . int rand 60 : undef;
    my $amount = (1, -1, '0.25', 70)[rand 4];
    my $known = defined $name && $first{$phone}{$name};
    my $error = eval { 0 + add($phone, $amount, '',
        defined $name ? $name : ()) };
    my $is = defined $error ? $error : "$@";

    if ($known) {
        push @wrong, "$n: $is" if $known->[0] == $amount
            ? $is ne $known->[1] : $is !~ /another amount/;
        next;
    }

    $total{$phone} += $amount;
    push @wrong, "$n: $is, not $total{$phone}" if $is ne $total{$phone};
    $first{$phone}{$name} = [ $amount, $total{$phone} ] if defined $name;
}

is("@wrong", '', 'every answer is right');
is(bonus($_), $total{$_}, '... and the bonus') for $one, $two;
is(scalar(keys %{ $first{$one} }), 60, '... all keys were used');


# memory: about 100 bytes a key

begin();

my $keys = 2000;

for my $n (1 .. $keys) {
    $redis->fcall('polycard_change_bonus', 1, $Polycard::Functions::PREFIX,
        $one, '12.50', '', "receipt-$n-of-the-shop-in-the-high-street",
        sub { });
}

$redis->wait_all_responses;

my $bytes = 0;

$bytes += $redis->memory('USAGE', $_, 'SAMPLES', 0) for kept();

cmp_ok($bytes / $keys, '<', 105, "$keys keys: 96 bytes a key");
cmp_ok(scalar(my @hashes = kept()), '<=', 2, '... in one hash');

finish();
