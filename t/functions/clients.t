# polycard_put_clients: several clients in one step, cards that go round.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my @phone = map { sprintf '3806711122%02d', $_ } 0 .. 16;

sub stored { $f->stored("client:$phone[$_[0]]") }
sub holder { $redis->hget($f->key('barcodes:' . substr $_[0], -3), $_[0]) }
sub put    { $f->call(put_clients => map { one(@$_) } @_) }
sub one    { my ($i, @pairs) = @_; ($phone[$i], @pairs / 2, @pairs) }
sub hooks  { [ map { my %h = @{ $_->[1] }; "$h{action} $h{phone} "
    . ($h{barcode} // '') } $redis->xrange($f->key('outbox'), '-', '+') ] }

sub refused {
    my ($words, @clients) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    $f->refused($words, put_clients => map { one(@$_) } @clients);
}

test_one();
test_round();
test_hooks();
test_refused();
test_nothing_by_halves();

finish();


sub test_one {
    is_deeply(put([ 0, name => 'A', barcode => '1' ]), [ 2, 1 ], 'a new one');
    is_deeply(put([ 0, name => 'A', barcode => '1' ]), [ 0, 1 ],
        'the same again');
    is_deeply(put([ 0, name => 'B' ]), [ 1, 1 ], 'another name');
    is_deeply(put([ 0, name => '' ]), [ 1, 1 ], 'none');
    is_deeply(put([ 0, name => '' ]), [ 0, 1 ], 'none, as before');
    is_deeply(put([ 0 ]), [ 0, 1 ], 'nothing given');
    is_deeply(put([ 1, name => 'C' ]), [ 2, 0 ], 'without a card');
    is_deeply(put([ 1, name => 'D' ], [ 2, barcode => '3', id => 7 ]),
        [ 1, 0, 2, 1 ], 'two of them');
    is_deeply(stored(2), { barcode => '3', id => 7 }, '... are stored');
    is_deeply([ $redis->zrange($f->key('clients'), 0, -1) ], [ @phone[0, 2] ],
        '... those with a card are in the index');
    is_deeply(put(), [], 'nobody');

    is_deeply(put(map { [ $_, barcode => "x$_" ] } 3 .. 8),
        [ (2, 1) x 6 ], 'new ones');
    is_deeply([ $redis->zrange($f->key('clients'), 2, -1) ], [ @phone[3 .. 8] ],
        '... each has a place of its own, in their order');
}


sub test_round {
    for my $n (2, 3, 16) {
        $redis->flushall;
        put(map { [ $_, name => "n$_", barcode => $_ ] } 0 .. $n - 1);

        is_deeply(put(map { [ $_, barcode => ($_ + 1) % $n ] } 0 .. $n - 1),
            [ (1, 1) x $n ], "cards of $n go round");
        is_deeply([ map { stored($_)->{barcode} } 0 .. $n - 1 ],
            [ map { ($_ + 1) % $n } 0 .. $n - 1 ], '... are stored');
        is_deeply([ map { stored($_)->{name} } 0 .. $n - 1 ],
            [ map { "n$_" } 0 .. $n - 1 ], '... all else stays');
        is_deeply([ map { holder(($_ + 1) % $n) } 0 .. $n - 1 ],
            [ @phone[0 .. $n - 1] ], '... the index follows');
    }

    $redis->flushall;
    put([ 0, barcode => 'a' ], [ 1, barcode => 'b' ]);
    is_deeply(put([ 2, barcode => 'b' ], [ 1, barcode => 'a' ],
        [ 0, barcode => 'c' ]), [ 2, 1, 1, 1, 1, 1 ],
        'a chain that ends with a new client, in whatever order');
    is_deeply([ map { holder($_) } qw( a b c ) ], [ @phone[1, 2, 0] ],
        '... the index follows');
}


# as if each had been changed by itself

sub test_hooks {
    $redis->flushall;
    $redis->hset($f->key('meta'), hooks => 1, sync => 'done');
    put([ 0, barcode => 'a', bonus => 5 ], [ 1, barcode => 'b' ]);
    $redis->del($f->key('outbox'));

    put([ 0, barcode => 'b' ], [ 1, barcode => 'a' ]);
    is_deeply(hooks(), [ "changed $phone[0] b", "changed $phone[1] a" ],
        'two that change their cards: a hook each');
    $redis->del($f->key('outbox'));

    $redis->hset($f->key("client:$phone[0]"), barcode => 'b');
    is($f->call(capture => @phone[0, 1]), 0, '... all is told');
}


sub test_refused {
    $redis->flushall;
    put([ 0, barcode => 'a' ], [ 1, barcode => 'b' ], [ 2, barcode => 'c' ]);

    refused('barcode is in use by another client', [ 3, barcode => 'a' ]);
    refused('barcode is in use by another client', [ 0, barcode => 'b' ],
        [ 1, name => 'B' ]);
    refused('barcode is in use by another client', [ 0, barcode => 'b' ],
        [ 1, barcode => 'b' ]);
    refused('barcode is in use by another client', [ 0, barcode => 'c' ],
        [ 1, barcode => 'a' ]);
    refused('barcode is in use by another client', [ 3, barcode => 'x' ],
        [ 4, barcode => 'x' ]);
    refused('phone is given twice', [ 0, name => 'A' ], [ 0, name => 'B' ]);
    refused('a new client needs an attribute', [ 0, name => 'A' ], [ 3 ]);
    refused('nothing would be left of this client', [ 0, name => 'A' ],
        [ 1, barcode => '' ]);
    refused('sex must be male or female', [ 0, name => 'A' ],
        [ 1, sex => 'x' ]);
    refused('unknown attribute xname', [ 0, 'xname', 1 ]);
    refused('more than 16 at once', map { [ $_, name => 'A' ] } 0 .. 16);

    $f->refused('phone must be 380 and 9 digits', put_clients => '38067', 0);
    $f->refused('a value is missing', put_clients => $phone[0], 1, 'name');
    $f->refused('a value is missing', put_clients => $phone[0], 2, 'name', 'A');
    $f->refused('the number of attributes must be 0 to 11', put_clients =>
        $phone[0], $_) for '', '-1', '12', 'name';
    $f->refused('the number of attributes must be 0 to 11', put_clients =>
        $phone[0]);
}


# an error of the last one, whatever it is, leaves the first as it was

sub test_nothing_by_halves {
    $redis->flushall;
    put([ 0, barcode => 'a' ], [ 1, barcode => 'bbb' ]);
    $redis->set($f->key('barcodes:ccc'), 'x');
    refused('the key barcodes is of a wrong type', [ 0, barcode => 'b' ],
        [ 1, barcode => 'ccc' ]);

    $redis->set($f->key("client:$phone[2]"), 'x');
    refused('the record of this phone is not a hash', [ 0, name => 'A' ],
        [ 2, name => 'B' ]);
}
