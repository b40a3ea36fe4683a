# Hold lists are in the order of the ids, whatever comes when, and a hook is
# there once.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my $phone = '380671112233';

# a hook of the outbox, by hand

my @fields = (object => 'clients', action => 'added', phone => $phone,
    barcode => 'A1');

sub begin {
    $f->reset;
    $f->hooks_on;
    $f->acquire;
    $redis->xadd($f->key('outbox'), "5-$_", @fields)
        for sort { $a <=> $b } @_;
}

sub hold_them { $f->fenced(hold => $phone, map { "5-$_" } @_) }

sub order {
    return join ' ', map { /^\["5-(\d+)"/ ? $1 : $_ }
        $redis->lrange($f->key("retry:$phone"), 0, -1);
}


begin(2, 9, 10, 100);
hold_them($_) for 10, 100, 9, 2;
is(order(), '2 9 10 100', 'numbers, not text');

begin(2, 4, 6, 8, 9);
hold_them(4, 8);
hold_them(2, 6, 9);
is(order(), '2 4 6 8 9', 'each of a call goes to its place');

begin(2, 3, 4, 9);
hold_them(4);
hold_them(9, 2, 3);
is(order(), '2 3 4 9', 'also where a call begins with the last one');

begin(4, 6, 8);
hold_them(6);
$f->fenced(refuse => $phone, '5-4', 1000, 3, 'r', 'a', '5-8');
is(order(), '4 6 8', 'one that is refused goes before those on hold');

begin(2, 4, 6);
hold_them(4);
$f->fenced(next => '0-0', 10);
is(order(), '2 4 6', 'one that is read, too');


# one that is there already, as after a failover

begin(2, 4, 6);
$redis->rpush($f->key("retry:$phone"), '["5-4",1,' . join(',',
    map { "\"$_\"" } @fields) . ']');
$redis->zadd($f->key('retry'), 1, $phone);
$redis->hset($f->key('meta'), held => 1);
hold_them(2, 4, 6);
is(order(), '2 4 6', 'one that is there already is there once');
like(($redis->lrange($f->key("retry:$phone"), 1, 1))[0], qr/^\["5-4",1,/,
    '... with the attempts it has had');
is($redis->xlen($f->key('outbox')), 0, '... and has left the outbox');
is($f->status->{held}, 3, '... and all are counted');

done_testing();
