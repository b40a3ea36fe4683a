# polycard_list_clients, polycard_list_groups: pages of records.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my @phones = map { 380670000000 + $_ } 1 .. 250;
my $full = 255;

# A page: a call ends when its time is over, and is made again then

sub list_of {
    my ($what, $after, $count) = @_;

    my @page = @{ $f->call("list_$what", $after, $count) };

    while ($page[2] && @page - 3 < $count) {
        my ($total, $cursor, $more, @records) = @{ $f->call("list_$what",
            $page[1], $count - (@page - 3)) };

        @page[1, 2] = (@records ? $cursor : $page[1], $more);
        push @page, @records;
    }

    return \@page;
}

# identities of a page

sub page {
    my ($total, $cursor, $more, @records) = @{ list_of(@_) };

    return [ $total, $more, map { $_->[0] } @records ];
}

# all pages, from a cursor on; $between is called after each

sub walk {
    my ($count, $between) = @_;
    my ($after, @seen) = ('');

    while (1) {
        my ($total, $cursor, $more, @records) = @{ $f->call(list_clients =>
            $after, $count) };

        push @seen, map { $_->[0] } @records;
        last if !$more;
        $after = $cursor;
        $between->(\@seen) if $between;
    }

    return \@seen;
}


is_deeply(list_of($_, '', 100), [ 0, '', 0 ], "no $_") for qw( clients groups );

# what one record is, is what polycard_get_... says

$f->call(put_client => $_, name => "n$_", barcode => "b$_", bonus => 10.5,
    id => $_ - 380670000000) for @phones[0 .. 4];
$redis->hset($f->key("client:$phones[1]"), bonus => '1,5', vip => 'own');
$redis->hdel($f->key("client:$phones[2]"), 'barcode');
$redis->del($f->key("client:$phones[3]"));
$redis->hset($f->key("client:$phones[3]"), vip => 'own');

is_deeply(list_of(clients => '', 100),
    [ 5, 5, 0, map { $f->call(get_client => $_) } @phones[0 .. 4] ],
    'each record is as polycard_get_client says, whole or not');
is_deeply(page(clients => '', 2), [ 5, 1, @phones[0, 1] ], 'the first two');
is_deeply(page(clients => list_of(clients => '', 2)->[1], 2),
    [ 5, 1, @phones[2, 3] ], 'the next two');
is_deeply(page(clients => 4, 2), [ 5, 0, $phones[4] ], 'the last');
is_deeply(list_of(clients => 5, 2), [ 5, '', 0 ], 'after it');

$redis->del($f->key("client:$phones[0]"));
$redis->del($f->key("client:$phones[1]"));
$redis->set($f->key("client:$phones[1]"), 'x');
$redis->zadd($f->key('clients'), 2.5, 'nobody', 9007199254740991, 380671112299);
is_deeply($f->call(list_clients => '', 3), [ 7, 2, 1, [ $phones[1] ] ],
    'one that is gone is left out, one that is no hash has only its phone');
is_deeply(page(clients => '', 100), [ 7, 0, @phones[1 .. 4] ],
    'what is no phone is left out');

$redis->hset($f->key('client:380671112299'), name => 'x');
is_deeply([ @{ list_of(clients => 5, 1) }[0 .. 2] ], [ 7, '', 0 ],
    'there is nothing after the last position');


# groups: by id

$f->call(put_group => $_, title => "g$_", loyaltyType => 'discount',
    loyaltyQuantity => 5) for 10, 9, 0, 100;
is_deeply(page(groups => '', 3), [ 4, 1, 0, 9, 10 ], 'groups in their order');
is_deeply(list_of(groups => 10, 3), [ 4, 100, 0, $f->call(get_group => 100) ],
    'each as polycard_get_group says');


# a walk while clients come and go

$f->reset;
$f->call(put_client => $_, name => 'n', barcode => $_) for @phones;
is_deeply(walk($_), \@phones, "all, $_ at once") for 1, 7, 99, 100;

my $new = 380680000000;
my @stay = grep { $_ % 3 } @phones;
my @new;
my $seen = walk(10, sub {
    my ($gone) = grep { $_ % 3 == 0
        && $redis->exists($f->key("client:$_")) } @phones;

    $f->call(delete_client => $gone) if $gone;

    if (@new < 20) {
        push @new, ++$new;
        $f->call(put_client => $new, name => 'n', barcode => $new);
    }
});

my %times;

$times{$_}++ for @$seen;
is_deeply([ grep { $_ % 3 && $_ < 380680000000 } @$seen ], \@stay,
    'who is there all the time is seen once');
is_deeply([ grep { $_ > 380680000000 } @$seen ], \@new,
    'who came meanwhile comes last');
is_deeply([ grep { $times{$_} > 1 } keys %times ], [], 'nobody twice');


# those whom Polycard does not see, by whatever they came

$f->reset;
$f->hooks_on;
$f->call(put_client => $phones[0], name => 'a', barcode => 'a');
$redis->hset($f->key("client:$phones[1]"), name => 'never whole');
$redis->set($f->key("client:$phones[2]"), 'no hash');
$f->call(capture => $_) for @phones[1, 2];
$f->call(put_client => $phones[3], name => 'd', barcode => 'd');
$f->call(import_clients => 1, 'name', $phones[4], 'e', $phones[5], 'f');
$f->call(close_card => $phones[0]);

sub unseen { [ $redis->zrange($f->key("incomplete$_[0]"), 0, -1) ] }

is_deeply(page(clients => '', 100), [ 6, 0, @phones[0 .. 5] ],
    'all of them, in the order in which they became known');
is_deeply(walk($_), [ @phones[0 .. 5] ], "... $_ at once") for 1, 2, 5;
is_deeply([ list_of(clients => '', 100)->[4], list_of(clients => '', 100)->[5] ],
    [ $f->call(get_client => $phones[1]), [ $phones[2] ] ],
    '... each as it is');
is_deeply(unseen(''), [ @phones[0, 1, 2, 4, 5] ], 'those who are noted');

$f->call(put_client => $phones[1], barcode => 'b');
is_deeply(page(clients => '', 100), [ 6, 0, @phones[0, 2 .. 5, 1] ],
    'one who gets a card is the last in getClients, and here');
$f->call(put_client => $phones[0], barcode => 'a');
$f->call(import_clients => 1, 'barcode', $phones[4], 'e');
is_deeply(page(clients => '', 100), [ 6, 0, @phones[2, 3, 5, 1, 0, 4] ],
    '... so does one whose card was closed, and one in an import');

$f->call(move_client => $phones[5], $phones[6]);
$f->call(delete_client => $phones[2]);
is_deeply(page(clients => '', 100), [ 5, 0, @phones[3, 1, 0, 4, 6] ],
    'one who gets another phone, and one who goes');
is_deeply(unseen(''), [ $phones[6] ], '... only he is noted');
$f->call(forget_client => $phones[6]);
is_deeply($f->keys_with($phones[6]), [ 'forget' ], 'none who is forgotten is');

# groups

$f->call(put_group => 7, title => 'g', loyaltyType => 'discount',
    loyaltyQuantity => 5);
$redis->hset($f->key("group:$_"), title => "g$_") for 3, 20;
$f->call(capture_group => 3, 20);
is_deeply(page(groups => '', 100), [ 3, 0, 3, 7, 20 ], 'groups by their id');
is_deeply(page(groups => 3, 1), [ 3, 1, 7 ], '... page by page');
$redis->hset($f->key('group:3'), loyaltyType => 'discount', loyaltyQuantity => 1);
$f->call(capture_group => 3);
is_deeply(unseen('_groups'), [ 20 ], '... until they are whole');

# found and unlisted by the sweep alone

$f->acquire;
$redis->hset($f->key("client:$_"), name => 'x') for @phones[10 .. 39];
$redis->del($f->key('group:20'));
$f->sweep('scan') for 1, 2;
is_deeply(unseen(''), [ @phones[10 .. 39] ], 'found by the sweep');
$redis->del(map { $f->key("client:$_") } @phones[10 .. 37]);

wait_until { $f->sweep('index'); @{ unseen('') } == 2 && !@{ unseen('_groups') } }
    'those who are gone are not noted for long';

# an earlier library made one whole that is noted

$redis->zadd($f->key('incomplete'), 5, $phones[1]);
wait_until { $f->sweep('index'); !grep { $_ eq $phones[1] } @{ unseen('') } }
    'one who is in the index is not noted for long';
is((grep { $_ eq $phones[1] } @{ page(clients => '', 100) }), 1, '... and is listed once');

# the set is of a wrong type: nothing else is held up

$redis->del($f->key('incomplete'));
$redis->set($f->key('incomplete'), 'x');
is($f->call(put_client => $phones[50], name => 'x'), 1, 'a broken key: one more');
is($f->call(put_client => $phones[50], barcode => 'x'), 0, '... with a card');
is($f->call(delete_client => $phones[38]), 1, '... one less');
$f->refused('BROKEN the key incomplete is of a wrong type',
    list_clients => '', 1);
is($f->status->{broken}, 1, '... which is counted');
$redis->del($f->key('incomplete'));
$f->sweep('scan');
is_deeply(unseen(''), [ $phones[39] ], '... and all are noted again');


# long records: a call ends early, and nobody is lost

$f->reset;
$f->call(put_client => $_, barcode => $_, bonus => 1, id => 1, sex => 'male',
    map { $_ => 'ї' x $full } qw( name surname middlename email ))
    for @phones[0 .. 99];
is_deeply(walk(100), [ @phones[0 .. 99] ], 'long records');


# refused

my %flags = map { my %one = @$_; ($one{name} => $one{flags}) }
    @{ { @{ $redis->function('LIST')->[0] } }->{functions} };

for my $list (qw( list_clients list_groups )) {
    is_deeply($flags{"polycard_$list"}, [ 'no-writes' ],
        "$list also where nothing may be written");
    $f->refused('after must be a whole number', $list => $_, 1)
        for 'x', '-1', '1.5', '9007199254740992', '(1';
    $f->refused('count must be 1 to 100', $list => '', $_)
        for '', 0, 101, 'x', -1;
    $f->refused('count must be 1 to 100', $list);
    $f->refused('too many arguments', $list => '', 1, 1);
}

$redis->set($f->key('groups'), 'x');
$f->refused('BROKEN the key groups is of a wrong type', list_groups => '', 1);
is(list_of(clients => '', 1)->[0], 100, '... clients are listed');

finish();
