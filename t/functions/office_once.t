# polycard_once: a change with an idempotency key is done once, whatever it is, and a
# batch of lines with one key as a whole, however often it comes.

use strict;
use warnings;

use lib 't/lib';

use Redis;

use Polycard::Functions;
use Polycard::Test;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my ($one, $two, $new, $gone) = map { "38067000000$_" } 1 .. 4;
my $reused = 'REUSED the key was used for another request';

sub once  { return $f->call(once => @_) }
sub kept  { return $redis->keys($f->key('once:*')) }
sub bonus { return $redis->hget($f->key("client:$_[0]"), 'bonus') }
sub is_there { return $redis->exists($f->key("client:$_[0]")) }

sub begin {
    $f->reset;
    $f->hooks_on;
    $f->call(put_client => $_, barcode => "B$_", bonus => 10) for $one, $two;
    $f->take('outbox');
}

sub without_etag { return $_[0] =~ s/^[0-9a-f]{32}$//r }

# lines of one batch, which end each as they may

sub batch {
    my ($key, @lines) = @_;

    return [ map { my $error = $f->error(once => $key, $_ + 1, @{ $lines[$_] });
        $error eq '' ? $f->{reply} : $error } 0 .. $#lines ];
}


# a client who is put and moved, or merged, in one batch: sent again it does nothing

for my $case (
    [ 'moved', [ move_client => $new, $gone ] ],
    [ 'merged', [ merge_clients => $one, $new ] ])
{
    my ($what, $end) = @$case;
    my @lines = ([ replace_client => $new, '', barcode => 'N', bonus => 50 ],
        [ change_bonus => $new, 7 ], $end);

    for my $cut (0 .. @lines) {
        begin();

        my $first = batch('night', @lines[0 .. $cut - 1]);
        my $whole = batch('night', @lines);
        my $digest = $f->digest;

        is_deeply([ @$whole[0 .. $cut - 1] ],
            [ map { ref $_ ? [ $_->[0], '', @$_[2 .. $#$_] ]
                : $_ =~ /^[0-9a-f]{32}$/ ? '' : $_ } @$first ],
            "$what, cut off after $cut: what was done is answered as then");
        is(is_there($new), 0, '... he is not there again');
        is(bonus($what eq 'moved' ? $gone : $one),
            $what eq 'moved' ? 57 : 67, '... the bonus is there once');
        is_deeply(batch('night', @lines), [ map { ref $_
            ? [ $_->[0], '', @$_[2 .. $#$_] ]
            : $_ =~ /^[0-9a-f]{32}$/ ? '' : $_ } @$whole ],
            '... the whole again');
        is($f->digest, $digest, '... changes nothing');
    }
}

begin();
is(once('k', '', replace_client => $new, '', bonus => 1)->[0], 1, 'created');
$f->call(delete_client => $new);
is(once('k', '', replace_client => $new, '', bonus => 1)->[0], 1,
    'sent again: the same answer');
is(is_there($new), 0, '... and not created again');


# A line that was refused is not done later, after those that came behind it

begin();

my @lines = ([ move_client => $gone, $new ], [ delete_client => $gone ],
    [ close_card => $gone ], [ patch_group => 3, '', title => 'Gold' ],
    [ replace_client => $gone, '', barcode => 'N', bonus => 1 ],
    [ replace_group => 3, '', title => 'Silver', loyaltyType => 'bonuses',
      loyaltyQuantity => 1, active => 'true' ]);
my $answers = batch('night', @lines);

is_deeply([ @$answers[0 .. 3] ], [ ('NOTFOUND no such client'), 0,
    'NOTFOUND no such client',
    'ERR loyaltyType is missing; loyaltyQuantity is missing' ], 'refused');

my $digest = $f->digest;

is_deeply([ map { ref $_ ? $_->[0] : $_ } @{ batch('night', @lines) } ],
    [ map { ref $_ ? $_->[0] : $_ } @$answers ], 'again: the same');
is($f->digest, $digest, '... and nothing is changed');

$lines[0] = [ move_client => $two, $new ];
$lines[1] = [ delete_client => $one ];
is_deeply([ map { ref $_ ? $_->[0] : $_ } @{ batch('night', @lines) }[1] ], [ 1 ],
    'what was refused may be corrected');
is_deeply([ is_there($one), is_there($two), is_there($new) ], [ 0, 0, 1 ],
    '... and is done');
$f->refused($reused, once => 'night', 1, move_client => $gone, $new);
$f->refused($reused, once => 'night', 5, replace_client => $gone, '',
    bonus => 2);
$f->refused($reused, once => 'night', 5, patch_client => $gone, '',
    barcode => 'N', bonus => 1);
is(once('night', 7, change_bonus => $gone, 5), 6, 'another line');
is(once('day', 7, change_bonus => $gone, 5), 11, '... another batch');


# A request of its own: what was refused may come again

begin();
$f->refused('NOTFOUND no such client', once => 'k', '', merge_clients => $one,
    $gone);
is($f->error(once => 'd', '', delete_client => $gone), '', 'nobody to delete');
$f->call(put_client => $gone, barcode => 'G', bonus => 3);
is(once('k', '', merge_clients => $one, $gone)->[0], 13, 'later it is done');
$f->call(put_client => $gone, barcode => 'G', bonus => 3);
is(once('k', '', merge_clients => $one, $gone)->[0], 13, '... once');
is(bonus($one), 13, '... with its first answer');
is(once('d', '', delete_client => $gone), 1, 'and so is a deletion');
$f->refused($reused, once => 'k', '', merge_clients => $one, $two);
$f->refused($reused, once => 'k', '', change_bonus => $one, 1);
is(once('k', '', change_bonus => $two, 1), 11, 'the key of another client');
$f->refused('REUSED the key was used with another amount', change_bonus => $one,
    1, '', 'k');
is($f->call(change_bonus => $one, 1, '', 'r'), 14, 'the key of a receipt');
$f->refused($reused, once => 'r', '', change_bonus => $one, 1);

# a client who has moved: the key stays with the phone of the request

is(length once('m', '', move_client => $one, $new), 32, 'moved');
is(length once('m', '', move_client => $one, $new), 32, '... answered again');
is_deeply([ is_there($one), is_there($new) ], [ 0, 1 ], '... once');

# groups

my @group = (title => 'Gold', loyaltyType => 'bonuses', loyaltyQuantity => 1,
    active => 'true');

is(once('g', '', replace_group => 3, '', @group)->[0], 1, 'a group');
is(once('g', '', replace_group => 1003, '', @group)->[0], 1, '... another');
$f->refused($reused, once => 'g', '', delete_group => 3);
is(once('h', '', delete_group => 3), 1, 'deleted');
$f->call(replace_group => 3, '', @group);
is(once('h', '', delete_group => 3), 1, '... once');
is($redis->exists($f->key('group:3')), 1, '... it is there again, and stays');


# the next card number: what is not issued yet is asked for again

begin();

my @card = ('pool', '', '', '');

is_deeply(once('c', $_->[0], issue_card => $_->[1], @card), [ 'nocards' ],
    "no card for line '$_->[0]'") for [ '', $one ], [ 1, $two ];
$redis->rpush($f->key('cards'), 'C1', 'C2', 'C3');
is(once('c', '', issue_card => $one, @card)->[1], 'C1', 'issued');
is(once('c', '', issue_card => $one, @card, known_card => 5)->[1], 'C1',
    '... once, whatever the caller knows by then');
is(once('c', 1, issue_card => $two, @card)->[1], 'C2', 'of a line');
is_deeply(once('c', 1, issue_card => $two, @card), [ 'repeated', 'C2', '' ],
    '... once, and is no new one then');
is($redis->llen($f->key('cards')), 1, '... one is left');

# the phone is the card of another: what is refused, of a line the same again

begin();
$f->call(put_client => $two, barcode => $one);

my @phone = ('phone', '', '', '');

is_deeply(once('c', $_, issue_card => $one, @phone), [ 'taken' ],
    "taken, for line '$_'") for '', 1;
once('c', 2, close_card => $two);
is_deeply(once('c', 1, issue_card => $one, @phone), [ 'taken' ],
    '... is of that line, whatever came after it');
is_deeply([ @{ once('c', '', issue_card => $one, @phone) }[0, 1] ],
    [ 'issued', $one ], '... and tried again by itself');


# a card number of 32 hex digits is no ETag

begin();

my ($digits, $hex) = ('12345678' x 4, 'deadbeef' x 4);

is(once('h', 1, set_card => $one, $digits)->[0], $digits,
    'a number of 32 digits') for 1, 2;
$redis->rpush($f->key('cards'), $hex);
is(once('h', 2, issue_card => $two, @card)->[1], $hex,
    '... of the pool') for 1, 2;
is(once('h', $_, replace_client => $new, '', barcode => $hex =~ s/./a/r,
    bonus => 1)->[0], 1, '... of a new client') for 3, 3;


# each function's answer to a line comes again as it was, but for its ETag

for my $case (
    [ replace_client => $new, '', barcode => 'N' ],
    [ patch_client => $one, '', name => 'x' ], [ delete_client => $one ],
    [ change_bonus => $one, 1 ], [ move_client => $one, $new ],
    [ merge_clients => $one, $two ], [ set_card => $one, 'c' ],
    [ issue_card => $one, 'phone', '', '', '' ], [ close_card => $one ],
    [ forget_client => $one ],
    [ replace_group => 3, '', title => 'Gold', loyaltyType => 'bonuses',
      loyaltyQuantity => 1, active => 'true' ],
    [ patch_group => 3, '', title => 'Gold', loyaltyType => 'bonuses',
      loyaltyQuantity => 1, active => 'true' ],
    [ delete_group => 3 ])
{
    begin();
    $f->call(replace_group => 3, '', title => 'x', loyaltyType => 'bonuses',
        loyaltyQuantity => 2, active => 'true') if $case->[0] eq 'delete_group';

    my $first = once('e', 1, @$case);
    my $bare = ref $first ? [ map { without_etag($_) } @$first ]
        : without_etag($first);

    $bare->[0] = 'repeated' if $case->[0] eq 'issue_card';
    is_deeply(once('e', 1, @$case), $bare, "$case->[0]: as the first time");
}


# who is forgotten is not in what is kept, also where the card is the phone

begin();
once('p', '', issue_card => $one, 'phone', '', '', '');
once('p', 3, issue_card => $two, 'phone', '', '', '');
is(once('p', '', issue_card => $one, 'phone', '', '', '')->[1], $one,
    'the phone is the card');
is(once('p', 3, issue_card => $two, 'phone', '', '', '')->[1], $two,
    '... of a line');
is(once("chek-$_", '', set_card => $one, "a b $_")->[0], "a b $_",
    'a card with spaces') for 1, 1;

my @said = map { $redis->hgetall($_) } kept();

is(scalar(grep { /$one|$two|chek/ } @said), 0, 'neither phone nor key are kept');


# a client with so much to forget that it takes steps

begin();
$redis->xadd($f->key('dead'), '*', phone => $one) for 1 .. 120;

my $forgotten = once('f', '', forget_client => $one);
my $steps = 0;

for (my $step = $forgotten; $step->[2] ne '0'; $steps++) {
    $step = once('f', '', forget_client => $one, $step->[2]);
}

cmp_ok($steps, '>', 2, 'the cursor goes on');
is($redis->xlen($f->key('dead')), 0, '... to the end');
is_deeply(once('f', '', forget_client => $one), $forgotten,
    '... and the first call is answered again');


# arguments

begin();
$f->refused('key must be 1 to 255 visible characters', once => $_, '',
    delete_client => $one) for '', 'a b', 'x' x 256;
$f->refused('line must be a whole number', once => 'k', $_,
    delete_client => $one) for 'x', '-1', '1.5';
$f->refused('there is no such change', once => 'k', '', $_, $one)
    for '', 'once', 'get_client', 'polycard_move_client', 'requeue', 'resend',
    'put_client';
$f->refused('phone must be 380 and 9 digits', once => 'k', '', 'delete_client',
    @$_) for [], ['067'], ["$one'"];
$f->refused('id must be a whole number', once => 'k', 1, delete_group => 'x');
$f->refused('too many arguments', once => 'k', '', delete_client => $one, '', 1);
is($f->error('once'), 'ERR key must be 1 to 255 visible characters', 'nothing');
is(scalar(kept()), 0, 'nothing is kept');


# who may not do all of it does nothing of it

$redis->acl('SETUSER', 'desk', 'on', '>pw', '~*', '+@all', '-expire');

my $desk = Redis->new(sock => $f->redis->socket, username => 'desk',
    password => 'pw');

for my $right (qw( expire hset del )) {
    $redis->acl('SETUSER', 'desk', '+@all', "-$right");
    $digest = $f->digest;

    for my $line ('', 1) {
        ok(!eval { $desk->fcall('polycard_once', 1,
            $Polycard::Functions::PREFIX, 'k', $line, 'merge_clients', $one,
            $two); 1 }, "without the right to $right, line '$line'");
        like($@, qr/NOPERM .* run '?$right/, '... which is named');
    }

    is($f->digest, $digest, '... nothing has changed');
}

begin();
$redis->acl('SETUSER', 'desk', '+@all', '-hdel');
$redis->hset($f->key('meta'), idempotency_time => 1_000_000);
$f->error(once => 'n', 3, change_bonus => $gone, 5);
$redis->hset($f->key('meta'), idempotency_time => 600_000);
$digest = $f->digest;

ok(!eval { $desk->fcall('polycard_once', 1, $Polycard::Functions::PREFIX, 'n', 3,
    'change_bonus', $one, 5); 1 }, 'without the right to remove an older entry');
like($@, qr/NOPERM .* run hdel/, '... which is named');
is($f->digest, $digest, '... nothing has changed');


# a helper key of a wrong type

begin();
$f->call(put_client => $one, bonus => 1);

once('w', 1, change_bonus => $one, 1);

my ($hash) = kept();
my ($ends) = $hash =~ /once:(\d+):/;

$redis->del($hash);
$redis->set($hash, 'x');
is($f->error(once => 'w', 1, change_bonus => $one, 1),
    'BROKEN the key once is of a wrong type', 'a key of a wrong type');
is(bonus($one), 2, '... nothing was added');
$redis->del($hash);
$redis->set($f->key('seq:id'), 'x');
is($f->error(once => 'w', 1, patch_client => $one, '', id => 7),
    'BROKEN the counter seq:id is not a whole number', 'of the function');
$redis->del($f->key('seq:id'));
is(once('w', 1, patch_client => $one, '', id => 7)->[0], 0,
    '... is not remembered');


# A line that was refused, and is corrected, is done once, also where idempotency_time
# is another one by then: the older entry may be in a hash that ends later

for my $times ([1_000_000, 600_000], [600_000, 1_000_000],
    [600_000, 1_000_000, 600_000])
{
    begin();

    my @times = @$times;

    for my $n (0 .. $#times) {
        $redis->hset($f->key('meta'), idempotency_time => $times[$n]);

        if ($n < $#times) {
            $f->error(once => 'n', 3, change_bonus => $gone, 5)
                if $n == $#times - 1;
            once("x$n", 1, change_bonus => $two, 5);
        }
    }

    is(once('n', 3, change_bonus => $one, 5), 15, "corrected, @times")
        for 1, 2;
    is(bonus($one), 15, '... once');

    my @all = map { $redis->hvals($_) } kept();

    is(scalar(@all), @times, '... and there is one entry of it');
}


# A receipt's key inside another key: each begins a hash of its own, since this list
# takes longer than a millisecond to read

begin();

my $far = time . '000' + 3_600_000;

$redis->hset($f->key('meta'), once => join ' ', map { $far + $_ } 1 .. 20000);
is(once('outer', '', change_bonus => $one, 1, '', 'inner'), 11,
    'a key in a key');
is($f->call(change_bonus => $one, 1, '', 'inner'), 11,
    '... is remembered');
is(once('outer', '', change_bonus => $one, 1, '', 'inner'), 11,
    '... and so is the other one');


# for how long

begin();
$redis->hset($f->key('meta'), idempotency_time => 600);
is(once('t', 1, change_bonus => $one, 1), 11, 'kept for 0.6 s');
wait_until { once('t', 1, change_bonus => $one, 1) != 11 } '... then it is new';
is(bonus($one), 12, '... and is done once more');


# memory: lines of a batch in as many hashes as lines need

begin();

my $lines = 20000;

for my $n (1 .. $lines) {
    $redis->fcall('polycard_once', 1, $Polycard::Functions::PREFIX,
        'night-of-2026-11-24', $n, 'patch_client', $one, '', bonus => $n,
        sub { });
}

$redis->wait_all_responses;

my $bytes = 0;

$bytes += $redis->memory('USAGE', $_, 'SAMPLES', 0) for kept();
note sprintf '%.1f bytes a line', $bytes / $lines;
cmp_ok($bytes / $lines, '<', 80, "$lines lines: 72 bytes a line");

finish();
