# polycard_merge_clients: two records are one client.

use strict;
use warnings;

use lib 't/lib';

use Redis;

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my ($one, $two, $none) = qw( 380671112233 380671112234 380671112235 );

sub stored { $f->stored("client:$_[0]") }
sub place  { $redis->zscore($f->key('clients'), $_[0]) }
sub holder { $redis->hget($f->key("barcodes:$_[0]"), $_[0]) }
sub etag   { $f->call(get_client => $_[0])->[1] }

sub told {
    return [ map { my %h = @$_; join ' ', @h{qw( object action phone )},
        map { defined $h{$_} ? "$_=$h{$_}" : () }
        qw( name barcode bonus attribute change total ) } $f->take('outbox') ];
}

sub begin {
    my ($mine, $other) = @_;

    $f->reset;
    $f->hooks_on;
    $f->call(put_client => $one, name => 'Леся', barcode => 'A1',
        bonus => $mine);
    $f->call(put_client => $two, name => 'Л.', barcode => 'B1',
        bonus => $other, discount => 7);
    told();
}


begin('12.5', '0.25');
is_deeply($f->call(merge_clients => $one, $two), [ '12.75', etag($one) ],
    'merged: total and ETag');
is_deeply(stored($one), { name => 'Леся', barcode => 'A1', bonus => '12.75' },
    '... the bonus is added, all else is as it was');
is_deeply([ stored($two), place($two), holder('B1') ], [ {}, undef, undef ],
    '... the other one is gone, with his card');
is_deeply(told(), [ "clients deleted $two name=Л. barcode=B1 bonus=0.25",
    "bonuses changed $one attribute=bonus change=0.25 total=12.75" ],
    '... and both is told');
is($f->call(capture => $one, $two), 0, '... all is in line');
$f->refused('NOTFOUND no such client', merge_clients => $one, $two);
is(stored($one)->{bonus}, '12.75', '... again: nothing is added');


# the sums, and what is announced of them

for my $case ([ '', '', '' ], [ '', '3', '3', 'bonuses added' ],
    [ '3', '', '3' ], [ '3', '-5', '-2', 'bonuses changed' ],
    [ '3', '0', '3' ], [ '0.1', '0.2', '0.3', 'bonuses changed' ],
    [ '9999999999999.98', '0.01', '9999999999999.99', 'bonuses changed' ])
{
    my ($mine, $other, $total, $hook) = @$case;

    begin($mine, $other);
    is($f->call(merge_clients => $one, $two)->[0], $total,
        "'$mine' and '$other'");
    is(stored($one)->{bonus} // '', $total, '... is stored');
    is_deeply([ map { /^(\w+ \w+) / } @{ told() } ],
        [ 'clients deleted', $hook // () ], '... and told');
}


# one card number for both: it stays with the one who is left

begin(1, 2);
$redis->hset($f->key("client:$one"), barcode => 'B1');
$f->call(capture => $one);
is(holder('B1'), $two, 'of two with one card the other has it');
$f->call(merge_clients => $one, $two);
is(holder('B1'), $one, '... until they are one');


# what is not whole has a bonus as well

begin(1, 2);
$redis->hdel($f->key("client:$two"), 'barcode');
told();
is($f->call(merge_clients => $one, $two)->[0], 3, 'from one without a card');
is_deeply(told(), [ "clients deleted $two name=Л. barcode=B1 bonus=2",
    "bonuses changed $one attribute=bonus change=2 total=3" ],
    '... as it was told last');


# refused

begin('9999999999999.99', '0.01');
$f->refused('CONFLICT the total is out of range', merge_clients => $one, $two);
$redis->hset($f->key("client:$two"), bonus => '1,5');
$f->refused('CONFLICT the stored bonus is not a number',
    merge_clients => @$_) for [ $one, $two ], [ $two, $one ];
$f->refused('NOTFOUND no such client', merge_clients => @$_)
    for [ $one, $none ], [ $none, $one ];
$redis->set($f->key("client:$none"), 'x');
$f->refused('CONFLICT the record of this phone is not a hash',
    merge_clients => @$_) for [ $one, $none ], [ $none, $one ];
$f->refused('the phones are the same', merge_clients => $one, $one);
$f->refused('from must be 380 and 9 digits', merge_clients => $one, @$_)
    for [], [ '' ], [ '1' ];
$f->refused('phone must be 380 and 9 digits', merge_clients => '1', $two);
$f->refused('too many arguments', merge_clients => $one, $two, '', '');
begin(1, 2);
$f->refused('STALE the record is not as the condition says',
    merge_clients => $one, $two, etag($two));
is($f->call(merge_clients => $one, $two, etag($one))->[0], 3, 'if it is so');

for my $key ('shadow:233', 'shadow:234', 'clients', 'barcodes:B1') {
    begin(1, 2);
    $redis->del($f->key($key));
    $redis->rpush($f->key($key), 'x');
    $f->refused('BROKEN the key ' . $key =~ s/:.*//r . ' is of a wrong type',
        merge_clients => $one, $two);
}


# whoever may not do all of it does nothing of it

for my $right (qw( del hset )) {
    begin(1, 2);
    $redis->acl('SETUSER', 'desk', 'on', '>pw', '~*', '+@all', "-$right");

    my $digest = $f->digest;
    my $desk = Redis->new(sock => $f->redis->socket, username => 'desk',
        password => 'pw');

    ok(!eval { $desk->fcall('polycard_merge_clients', 1,
        $Polycard::Functions::PREFIX, $one, $two); 1 }, "without $right");
    like($@, qr/NOPERM .* run $right in polycard_merge_clients/,
        '... which is named');
    is($f->digest, $digest, '... nothing is done');
}

finish();
