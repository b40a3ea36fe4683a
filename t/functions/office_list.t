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

sub list_of { return $f->call("list_$_[0]", $_[1], $_[2]) }

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
        my ($total, $cursor, $more, @records) = @{ list_of(clients => $after,
            $count) };

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
is_deeply(list_of(clients => '', 3), [ 7, 2, 1, [ $phones[1] ] ],
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
