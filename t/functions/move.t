# polycard_move_client: a client has a new phone (contract, B29), as by RENAME.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my ($old, $new, $other) = qw( 380671112233 380671112234 380671112235 );
my %full = (surname => 'Шевченко', name => 'Тарас', barcode => 'A1',
    bonus => '12.5', discount => '3', id => '17', vip => 'own');

sub stored { $f->stored("client:$_[0]") }
sub place  { $redis->zscore($f->key('clients'), $_[0]) }
sub holder { $redis->hget($f->key("barcodes:$_[0]"), $_[0]) }
sub shadow { $f->hash('shadow:' . substr $_[0], -3)->{$_[0]} }
sub room   { $redis->hset($f->key('meta'), outbox_max => $_[0]) }

sub told {
    return [ map { my %h = @$_; join ' ', @h{qw( object action phone )},
        map { defined $h{$_} ? "$_=$h{$_}" : () }
        qw( name barcode bonus change ) } $f->take('outbox') ];
}

sub begin {
    my (%settings) = @_;

    $f->reset;
    $f->hooks_on(%settings);
    $f->call(put_client => $old, map { $_ => $full{$_} }
        grep { $_ ne 'vip' } keys %full);
    $redis->hset($f->key("client:$old"), vip => 'own');
    told();
}

my $deleted = "clients deleted $old name=Тарас barcode=A1 bonus=12.5";
my $added = "clients added $new name=Тарас barcode=A1 bonus=12.5";


# the function, and the same by a plain command

for my $way ('move', 'RENAME', 'RENAME, the new one first') {
    begin();
    $f->call(put_client => $other, barcode => 'B1');
    $redis->expire($f->key("client:$old"), 1000);
    told();

    if ($way eq 'move') {
        like($f->call(move_client => $old, $new), qr/^[0-9a-f]{32}$/, $way);
    } else {
        $redis->rename($f->key("client:$old"), $f->key("client:$new"));
        $f->call(capture => $way =~ /,/ ? ($new, $old) : ($old, $new));
    }

    is_deeply(stored($new), \%full, "$way: all went along");
    is_deeply(stored($old), {}, '... and left nothing');
    cmp_ok($redis->ttl($f->key("client:$new")), '>', 900, '... it ends when '
        . 'it did');
    is_deeply([ sort @{ told() } ], [ sort $deleted, $added ],
        '... the gateway hears it');
    is_deeply([ $redis->zrange($f->key('clients'), 0, -1) ], [ $other, $new ],
        '... it comes last');
    is(holder('A1'), $new, '... with the card');
    is(shadow($old), undef, '... nobody remembers the old one');
    is($f->call(capture => $old, $new, $other), 0, '... all is in line');
    is($f->call(change_bonus => $new, 1), '13.5', '... the bonus goes on');
    is_deeply(told(), [ "bonuses changed $new change=1" ], '... from there');
}


# there and back; the number can be somebody's again

begin();
$f->call(move_client => $old, $new);
$f->call(move_client => $new, $old);
is_deeply(stored($old), \%full, 'there and back');
is_deeply(told(), [ $deleted, $added, $deleted =~ s/$old/$new/r,
    $added =~ s/$new/$old/r ], '... is told step by step');
is($f->call(put_client => $new, barcode => 'B1'), 1, 'a new one moves in');
is_deeply([ holder('A1'), holder('B1') ], [ $old, $new ], '... each has a card');


# what nobody has captured yet goes along

begin();
$redis->hset($f->key("client:$old"), barcode => 'A2', bonus => 20);
$f->call(move_client => $old, $new);
is_deeply(told(), [ $deleted, "clients added $new name=Тарас barcode=A2 "
    . 'bonus=20' ], 'the old one as it was told, the new one as it is');
is_deeply([ holder('A1'), holder('A2') ], [ undef, $new ], '... and the card');


# a card that another client had first stays his

begin();
$redis->hset($f->key("client:$other"), barcode => 'A1');
$f->call(capture => $other);
$f->call(move_client => $other, $new);
is(holder('A1'), $old, 'of two with one card the first has it');
$f->call(move_client => $old, $other);
is(holder('A1'), $other, '... wherever he moves');


# a record that is not whole; fingerprints

begin();
$redis->hdel($f->key("client:$old"), 'barcode');
$f->call(move_client => $old, $new);
is_deeply(told(), [ $deleted ], 'without a card: the old one is gone');
is($redis->hget($f->key("client:$new"), 'name'), 'Тарас', '... it has moved');
is_deeply([ place($new), shadow($new), holder('A1') ], [ undef, undef, undef ],
    '... and is no client yet');
$f->call(put_client => $new, barcode => 'A1');
is_deeply(told(), [ $added ], '... until it has a card');

$f->open;
$f->call(add_client => $other, 'phone', '', '', '', name => 'Ольга');
$f->call(move_client => $other, '380671112236');
is($redis->exists($f->key('added:235')), 0, 'the fingerprint is gone');


# no room for the hooks, a closed guard, hooks off, the first sync

begin();
room(0);
$f->call(move_client => $old, $new);
is_deeply([ told(), holder('A1') ], [ [], $new ], 'no room: the card is right');
is($f->error(put_client => $other, barcode => 'A1'),
    'ERR barcode is in use by another client', '... and in use');
room(1000);
$f->call(capture => $new, $old);
is_deeply(told(), [ $added, $deleted ], '... told when there is room');
is(holder('A1'), $new, '... the card is right still');

begin();
$f->call(put_client => $other, barcode => 'B1');
told();
room(1);
$f->call(move_client => $old, $new);
is_deeply(told(), [ $deleted ], 'room for one: the old one');
room(1000);
$f->call(capture => $new);
is_deeply(told(), [ $added ], '... then the new one');

begin(delete_guard => 0, guard => 1);
$f->call(move_client => $old, $new);
is_deeply(told(), [ $added ], 'a closed guard: the old one waits');
is($f->call(confirm_deletions =>), 1, '... until it is confirmed');
$f->acquire;
$f->sweep('index');
is_deeply(told(), [ $deleted ], '... and is told');
is(holder('A1'), $new, '... the card is right');
$f->call(release => $f->fence);

begin(hooks => 0);
$f->call(move_client => $old, $new);
is_deeply([ told(), place($old), holder('A1') ], [ [], undef, $new ],
    'no hooks: all else is as ever');

for my $known (0, 1) {
    $f->reset;
    $f->hooks_on(sync => 'running');
    $redis->hset($f->key("client:$old"), name => 'Тарас', barcode => 'A1',
        bonus => '12.5');
    $f->call(capture => $old) if $known;
    told();
    $f->call(move_client => $old, $new);
    is_deeply(told(), $known ? [ $deleted, $added ] : [],
        'in the first sync: ' . ($known ? 'one who is known'
                                        : 'taken in silently'));
}


# conditions

begin();

my $etag = $f->call(move_client => $old, $new);

is($f->call(move_client => $new, $old, $etag), $etag, 'if it is this one: '
    . 'the record is as it was');
$f->call(change_bonus => $old, 1);
$f->refused('STALE the record is not as the condition says',
    move_client => $old, $new, $_) for $etag, '-', 'ff ee', ' ';
like($f->call(move_client => $old, $new, "ff * $etag"), qr/^[0-9a-f]{32}$/,
    'one of several holds');
isnt($f->call(move_client => $new, $old, ''), $etag, 'another record now');


# what is refused

begin();
$f->call(put_client => $new, barcode => 'B1');
$f->refused('CONFLICT another client has the new phone',
    move_client => $old, $new);
$redis->set($f->key("client:$new"), 'x');
$f->refused('CONFLICT another client has the new phone',
    move_client => $old, $new);
$f->refused('CONFLICT the record of this phone is not a hash',
    move_client => $new, $other);
$f->refused('NOTFOUND no such client', move_client => $other, $new);
$f->refused('phone must be 380 and 9 digits', move_client => @$_)
    for [], [ '1' ], [ "$old ", $new ];
$f->refused('new phone must be 380 and 9 digits', move_client => $old, @$_)
    for [], [ '' ], [ '38067' ], [ 'group:1' ];
$f->refused('the phones are the same', move_client => $old, $old);
$f->refused('condition must be *, - or ETags', move_client => $old, $other, $_)
    for 'x', '"ff"', 'f' x 1025, "\0";
$f->refused('too many arguments', move_client => $old, $other, '', '');


# helper keys of a wrong type: nothing has moved

for my $key ("shadow:233", 'shadow:234', 'clients', 'added:233', 'barcodes:A1',
    'seq:position')
{
    begin();
    $f->call(put_client => $other, barcode => 'B1');
    $redis->hset($f->key('added:233'), 1, 1);
    $redis->del($f->key($key));
    $redis->rpush($f->key($key), 'x');
    $f->refused('BROKEN the key ' . $key =~ s/:.*//r . ' is of a wrong type',
        move_client => $old, $new);
}

finish();
