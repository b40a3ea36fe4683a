# polycard_set_card, polycard_close_card, polycard_issue_card, and a card that is
# closed by an empty barcode (contract, B28).

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my ($one, $two) = qw( 380671112233 380671112234 );
my $stale = 'STALE the record is not as the condition says';

sub stored { $f->stored("client:$_[0]") }
sub place  { $redis->zscore($f->key('clients'), $_[0]) }
sub holder { $redis->hget($f->key("barcodes:$_[0]"), $_[0]) }
sub shadow { $f->hash('shadow:' . substr $_[0], -3)->{$_[0]} }
sub etag   { $f->call(get_client => $_[0])->[1] }
sub room   { $redis->hset($f->key('meta'), outbox_max => $_[0]) }

sub told {
    return [ map { my %h = @$_; join ' ', @h{qw( object action phone )},
        map { defined $h{$_} ? "$_=$h{$_}" : () }
        qw( name barcode bonus change ) } $f->take('outbox') ];
}

sub begin {
    my (%settings) = @_;

    $f->reset;
    $f->hooks_on(sync => 'done', %settings);
    $f->call(put_client => $one, name => 'Леся', barcode => 'A1', bonus => 5,
        id => 17);
    told();
}

my $deleted = "clients deleted $one name=Леся barcode=A1 bonus=5";


# closed on purpose, in each way

my %way = (
    close_card => sub { $f->call(close_card => $_[0]) },
    put_client => sub { $f->call(put_client => $_[0], barcode => '') },
    patch_client => sub { $f->call(patch_client => $_[0], '', barcode => '') },
    replace_client => sub { $f->call(replace_client => $_[0], '',
                                name => 'Леся', bonus => 5) },
    put_clients => sub { $f->call(put_clients => $_[0], 1, barcode => '') },
);

for my $way (sort keys %way) {
    begin();
    $f->open;
    $way{$way}->($one);
    is_deeply(told(), [ $deleted ], "$way: told as known last");
    is_deeply(stored($one), { name => 'Леся', bonus => 5, id => 17,
        barcode => '' },
        '... the record stays with the market');
    is_deeply([ place($one), holder('A1'), shadow($one) ],
        [ undef, undef, undef ], '... and is nobody for Polycard');
    is($f->call(capture => $one), 0, '... looked at again: nothing');
    $f->acquire;
    is($f->sweep('scan')->{bad}, 0, '... and nothing is wrong with it');
    $f->call(release => $f->fence);
    is($f->error(put_client => $two, barcode => 'A1'), '',
        '... the card is free');
    told();
    $f->call(change_bonus => $one, 2);
    is_deeply(told(), [], '... what changes is not told');
    $f->call(put_client => $one, barcode => 'A2');
    is_deeply(told(), [ "clients added $one name=Леся barcode=A2 bonus=7" ],
        '... a new card: added');
}

# a plain command is no purpose (B21)

for my $plain (sub { $redis->hset($f->key("client:$one"), barcode => '') },
               sub { $redis->hdel($f->key("client:$one"), 'barcode') })
{
    begin();
    $plain->();
    $f->call(capture => $one);
    is_deeply([ told(), holder('A1') ], [ [], $one ],
        'by a plain command: as it was');
    $f->call(patch_client => $one, '', name => 'x');
    is_deeply(told(), [], '... also when something else is patched');
    $f->call(put_client => $one, barcode => '');
    is_deeply(told(), [ $deleted ], '... then on purpose');
}


# what cannot be told yet is told later; a new card meanwhile is a change

for my $why ('no room', 'a closed guard') {
    begin($why eq 'no room' ? () : (delete_guard => 0, guard => 1));
    room(0) if $why eq 'no room';
    $f->call(close_card => $one);
    is_deeply([ told(), holder('A1') ], [ [], undef ],
        "$why: nothing is told, the card is free");
    is($f->error(put_client => $two, barcode => 'A1'), '', '... for another');
    $f->call(capture => $one) for 1 .. 2;
    is($f->call(resend => $one), 0, '... nor sent again') if $why =~ /guard/;
    is(holder('A1'), $two, '... and stays his');
    room(1000);
    is_deeply([ $redis->zrange($f->key('gone'), 0, -1) ],
        $why =~ /guard/ ? [ $one ] : [], '... it waits');
    $f->acquire;

    my $place = place($one);

    $f->call(confirm_deletions =>) if $why =~ /guard/;
    $f->sweep('index');
    is((grep { $_ eq $deleted } @{ told() }), 1, '... told later');
    is($redis->zscore($f->key('incomplete'), $one), $place,
        '... and he keeps his place for the office');
    $f->sweep('index');
    is_deeply([ told(), place($one), shadow($one) ], [ [], undef, undef ],
        '... once');
    $f->call(release => $f->fence);

    begin($why eq 'no room' ? () : (delete_guard => 0, guard => 1));
    room(0) if $why eq 'no room';
    $f->call(close_card => $one);
    $f->call(set_card => $one, 'A3');
    room(1000);
    $f->call(capture => $one);
    is_deeply(told(), [ "clients changed $one name=Леся barcode=A3 bonus=5" ],
        "$why: a new card meanwhile is a change");
    is_deeply([ holder('A1'), holder('A3'), $redis->exists($f->key('gone')) ],
        [ undef, $one, 0 ], '... nothing waits');

    begin($why eq 'no room' ? () : (delete_guard => 0, guard => 1));
    room(0) if $why eq 'no room';
    $f->call(close_card => $one);
    $f->call(set_card => $one, 'A1');
    room(1000);
    $f->call(capture => $one);
    is_deeply([ told(), holder('A1'), $redis->exists($f->key('gone')) ],
        [ [], $one, 0 ], '... and the same one back is none');

    begin($why eq 'no room' ? () : (delete_guard => 0, guard => 1));
    room(0) if $why eq 'no room';
    $f->call(close_card => $one);
    $f->call(delete_client => $one);
    room(1000);
    $f->call(confirm_deletions =>);
    $f->call(capture => $one);
    is_deeply(told(), [ $deleted ], '... closed, then deleted: told once');
}

begin(hooks => 0);
$f->call(close_card => $one);
is_deeply([ told(), place($one), shadow($one), holder('A1') ],
    [ [], undef, undef, undef ], 'no hooks: all else is as ever');

begin();
$f->call(replace_client => $one, '', barcode => 'A1', id => '');
$f->call(close_card => $one);
is_deeply(stored($one), { barcode => '' }, 'nothing but a card: a record stays');
like(told()->[-1], qr/^clients deleted $one barcode=A1/, '... and is told');
is_deeply([ place($one), shadow($one) ], [ undef, undef ], '... as gone');
$f->refused('NOTFOUND this client has no card', close_card => $one);
$f->call(set_card => $one, 'A4');
is(stored($one)->{barcode}, 'A4', '... and takes a new one');


# set

begin();
is_deeply($f->call(set_card => $one, "\xc2\xa0A2 "), [ 'A2', etag($one) ],
    'another card');
is_deeply(told(), [ "clients changed $one name=Леся barcode=A2 bonus=5" ],
    '... is told');
is_deeply([ holder('A1'), holder('A2') ], [ undef, $one ], '... and known');
is_deeply($f->call(set_card => $one, 'A2')->[0], 'A2', 'the same again');
is_deeply(told(), [], '... is no change');
is($f->call(set_card => $one, ' ' x 4094 . 'A2')->[0], 'A2',
    '... however many blanks, up to 4096 bytes');
isnt($f->error(set_card => $one, ' ' x 4095 . 'A2'), '', '... not more');
$f->call(put_client => $two, barcode => 'B1');
$f->refused('CONFLICT barcode is in use by another client',
    set_card => $two, 'A2');
$f->refused($stale, set_card => $one, 'A3', $_) for 'ff', '-';
is($f->call(set_card => $one, 'A3', etag($one))->[0], 'A3', 'if it is so');
$f->refused('barcode must not be empty', set_card => $one, $_)
    for '', ' ', "\xef\xbb\xbf";
$f->refused('barcode must not be empty', set_card => $one);
$f->refused('barcode is longer than 255 characters', set_card => $one,
    'x' x 256);
$f->refused('barcode holds control characters', set_card => $one, "x\ny");


# issue

begin();
$redis->rpush($f->key('cards'), 'A1', 'P1', 'P2');
is_deeply($f->call(issue_card => $one, 'pool', '', '', ''),
    [ 'issued', 'P1', etag($one) ], 'the next of the pool that is nobody\'s');
is_deeply([ told(), holder('A1'), holder('P1'),
    $redis->lrange($f->key('cards'), 0, -1) ],
    [ [ "clients changed $one name=Леся barcode=P1 bonus=5" ], undef, $one,
      'P2' ], '... instead of the old one');
is($f->call(issue_card => $one, 'ean13', '20', '', '')->[1], '2000000000015',
    'the next of a range');
is($f->call(issue_card => $one, 'ean13', '29', '', '', 'known_card', 5000)
    ->[1], '2900000060012', '... behind those that the caller has seen given');
$redis->set($f->key('seq:card'), 1);
is($f->call(issue_card => $one, 'phone', '', '', '')->[1], $one, 'the phone');
$f->call(close_card => $one);
told();
$f->call(issue_card => $one, 'ean13', '20', '', '');
is_deeply(told(), [ "clients added $one name=Леся barcode=2000000000022 "
    . 'bonus=5' ], 'after one was closed: added');
is_deeply($f->call(issue_card => $one, 'pool', '', '', '')->[1], 'P2',
    'the last of the pool');

$f->refused('UNAVAILABLE no nginx has said where card numbers come from',
    issue_card => $one, @$_) for [], [ '', '', '', '' ];
$redis->hset($f->key('meta'), card_numbers => 'ean13_21_5_');
is($f->call(issue_card => $one)->[1], '2100000000050', 'as nginx says: a range');
$redis->hset($f->key('meta'), card_numbers => 'phone');
is($f->call(issue_card => $one)->[1], $one, '... the phone');
$f->refused($stale, issue_card => $one, '', '', '', '', 'ff');
$redis->hset($f->key('meta'), card_numbers => 'pool');
$redis->rpush($f->key('cards'), 'P3');
is($f->call(issue_card => $one)->[1], 'P3', '... the pool');
$redis->hdel($f->key('meta'), 'card_numbers');

my $before = stored($one);

is_deeply($f->call(issue_card => $one, 'pool', '', '', ''), [ 'nocards' ],
    'none left');
is_deeply(stored($one), $before, '... nothing has changed');
$redis->rpush($f->key('cards'), "x\x01y");
is_deeply($f->call(issue_card => $one, 'pool', '', '', ''), [ 'again', 1 ],
    'unfit ones are set aside');
$f->call(put_client => $two, barcode => $one);
is_deeply($f->call(issue_card => $one, 'phone', '', '', ''), [ 'taken' ],
    'the phone is another one\'s card');

for my $sync ('running', 'restore', undef) {
    $redis->hdel($f->key('meta'), 'sync');
    $redis->hset($f->key('meta'), sync => $sync) if $sync;
    is_deeply($f->call(issue_card => $one, 'ean13', 20, '', ''),
        [ 'syncing', 'new' ], 'none while it is not known which are in use');
}

$redis->hset($f->key('meta'), sync => 'done', lost => 1);
is_deeply($f->call(issue_card => $one, 'ean13', 20, '', ''),
    [ 'syncing', 'lost' ], '... nor after a loss');
is_deeply(stored($one), $before, '... nothing has changed');
$redis->hdel($f->key('meta'), 'lost');

$f->refused($stale, issue_card => $one, 'ean13', 20, '', '', @$_, 'ff')
    for [], [ 'known_card', 0 ];
$f->refused('card numbers must be ean13, pool or phone', issue_card => $one,
    'x', '', '', '');
$f->refused('card prefix, from or to is missing', issue_card => $one, 'pool');
$f->refused('card prefix must be 1 to 11 digits', issue_card => $one, 'ean13',
    '', '', '');

for my $call ([ 'set_card', 'X' ], [ 'close_card' ],
              [ 'issue_card', 'ean13', '20', '', '' ])
{
    my ($name, @rest) = @$call;

    begin();
    $f->refused('NOTFOUND no such client', $name => $two, @rest);
    $redis->set($f->key("client:$two"), 'x');
    $f->refused('CONFLICT the record of this phone is not a hash',
        $name => $two, @rest);
    $f->refused('phone must be 380 and 9 digits', $name => '38', @rest);
    $f->refused('too many arguments', $name => $one, @rest, '', '');
    $redis->del($f->key('shadow:233'));
    $redis->set($f->key('shadow:233'), 'x');
    $f->refused('BROKEN the key shadow is of a wrong type', $name => $one,
        @rest);
}

finish();
