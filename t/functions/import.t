# polycard_import_clients: several clients in one call, each by itself.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $seed = $ENV{POLYCARD_SEED} || time;
my $rounds = $ENV{POLYCARD_ROUNDS} || 150;
my $TAKEN = 'ERR barcode is in use by another client';

note "POLYCARD_SEED=$seed";
srand($seed);

my $f = Polycard::Functions->new;
my $redis = $f->client;
my @phone = map { sprintf '3806711122%02d', $_ } 0 .. 16;

sub stored { $f->stored("client:$phone[$_[0]]") }
sub holder { $redis->hget($f->key('barcodes:' . substr $_[0], -3), $_[0]) }

# columns, then [client, value ...] for each

sub import_clients {
    my ($columns, @clients) = @_;

    return $f->call(import_clients => arguments($columns, @clients));
}


sub arguments {
    my ($columns, @clients) = @_;

    return (scalar @$columns, @$columns,
        map { my ($i, @values) = @$_; ($phone[$i], @values) } @clients);
}

test_some();
test_each_by_itself();
test_cards();
test_refused();
test_as_one_by_one();

finish();


sub test_some {
    my @columns = qw( name barcode );

    is_deeply(import_clients(\@columns, [ 0, 'A', 1 ], [ 1, 'B', 2 ]),
        [ 2, 1, 2, 1 ], 'new ones');
    is_deeply(import_clients(\@columns, [ 0, 'A', 1 ], [ 1, 'C', 2 ]),
        [ 0, 1, 1, 1 ], 'the same, and another name');
    is_deeply(import_clients(\@columns, [ 0, '', '' ], [ 2, 'D', '' ]),
        [ 1, 1, 2, 0 ], 'an empty value removes, but never a card');
    is_deeply(stored(0), { barcode => 1 }, '... as is stored');
    is_deeply(import_clients([qw( name surname barcode )],
        [ 0, "\0", 'E', "\0" ], [ 1, "\0", '', "\0" ], [ 3, "\0", 'F', "\0" ]),
        [ 1, 1, 0, 1, 2, 0 ], 'a byte 0 says nothing of an attribute');
    is_deeply([ map { stored($_) } 0, 1, 3 ], [ { surname => 'E', barcode => 1 },
        { name => 'C', barcode => 2 }, { surname => 'F' } ],
        '... which stays as it is');
    $f->call(delete_client => $phone[3]);
    is_deeply(import_clients(\@columns), [], 'nobody');
    is_deeply(import_clients([], [ 0 ], [ 1 ]), [ 0, 1, 0, 1 ],
        'nothing given');
    is_deeply(import_clients([qw( id barcode )],
        map { [ $_, $_ < 5 ? 30 - $_ : $_, "x$_" ] } 3 .. 10),
        [ (2, 1) x 8 ], 'as many as may be');
    is_deeply([ $redis->zrange($f->key('clients'), 0, -1, 'WITHSCORES') ],
        [ map { ($phone[$_], $_ < 2 ? $_ + 1 : $_ + 2) } 0, 1, 3 .. 10 ],
        '... each has a place of its own, in their order, behind those without a card');
    is_deeply([ map { $redis->get($f->key("seq:$_")) } qw( position id ) ],
        [ 12, 27 ], '... the counters follow');
}


sub test_each_by_itself {
    $redis->flushall;
    import_clients(['barcode'], [ 0, 'a' ]);
    $redis->set($f->key("client:$phone[3]"), 'x');
    $redis->set($f->key('barcodes:ccc'), 'x');

    is_deeply(import_clients([qw( id sex barcode )],
        [ 1, 1, 'male', 'b' ], [ 2, 90, 'man', 'c' ], [ 3, 91, 'male', 'd' ],
        [ 4, 92, '', 'ccc' ], [ 5, 93, '', 'a' ], [ 6, '', '', '' ],
        [ 7, 2, 'female', 'e' ]),
        [ 2, 1, 'ERR sex must be male or female', 0,
          'ERR the record of this phone is not a hash', 0,
          'ERR the key barcodes is of a wrong type', 0, $TAKEN, 0,
          'ERR a new client needs an attribute', 0, 2, 1 ],
        'what is refused stands between others');
    is_deeply(stored(1), { id => 1, sex => 'male', barcode => 'b' },
        '... that before it is stored');
    is_deeply(stored(7), { id => 2, sex => 'female', barcode => 'e' },
        '... and that behind it');
    is_deeply([ map { stored($_) } 2, 4 .. 6 ], [ ({}) x 4 ],
        '... and nothing of those');
    is_deeply([ $redis->zrange($f->key('clients'), 0, -1, 'WITHSCORES') ],
        [ $phone[0], 1, $phone[1], 2, $phone[7], 3 ], '... nor their places');
    is($redis->get($f->key('seq:id')), 2, '... nor their numbers');

    $redis->flushall;
    $redis->set($f->key('clients'), 'x');
    is_deeply(import_clients(['barcode'], [ 0, 'a' ], [ 1, 'b' ]),
        [ ('ERR the key clients is of a wrong type', 0) x 2 ],
        'a key of the market that cannot be used');
    is_deeply([ $redis->keys('*') ], [ $f->key('clients') ],
        '... nothing is written');
}


# what one gives away another may have behind it, not before it

sub test_cards {
    $redis->flushall;
    import_clients(['barcode'], [ 0, 'a' ], [ 1, 'b' ]);

    is_deeply(import_clients(['barcode'], [ 1, 'c' ], [ 0, 'b' ], [ 2, 'a' ]),
        [ 1, 1, 1, 1, 2, 1 ], 'cards that were given away');
    is_deeply([ map { holder($_) } qw( a b c ) ], [ @phone[2, 0, 1] ],
        '... are in the index');

    is_deeply(import_clients(['barcode'], [ 0, 'c' ], [ 1, 'd' ]),
        [ $TAKEN, 0, 1, 1 ], 'one that is given away later');
    is(holder('c'), undef, '... is free then');

    is_deeply(import_clients(['barcode'], [ 3, 'e' ], [ 4, 'e' ], [ 5, 'f' ]),
        [ 2, 1, $TAKEN, 0, 2, 1 ], 'two want the same');
    is(holder('e'), $phone[3], '... the first one has it');

    # the index lags behind, and the record is as the index says by this call

    $redis->hset($f->key("client:$phone[3]"), barcode => 'g');
    is_deeply(import_clients(['barcode'], [ 3, 'e' ], [ 4, 'e' ]),
        [ 1, 1, $TAKEN, 0 ], 'one who takes his own card again');

    # in a first sync, whose numbers go to those who are in the index

    $redis->flushall;
    $redis->hset($f->key('meta'), sync => 'running');
    $redis->hset($f->key("client:$phone[6]"), barcode => 'h');
    import_clients([qw( name barcode )], [ 5, 'A', 'h' ], [ 6, "\0", "\0" ]);
    is(holder('h'), $phone[5], 'one of the same call is in the index');
}


sub test_refused {
    my @refused = (
        [ 'the number of attributes must be 0 to 11' ],
        [ 'the number of attributes must be 0 to 11', 12, $phone[0] ],
        [ 'the number of attributes must be 0 to 11', 'name', $phone[0] ],
        [ 'unknown attribute xname', arguments([qw( name xname )]) ],
        [ 'name is given twice', arguments([qw( name name )]) ],
        [ 'unknown attribute ', 1 ],
        [ 'a value is missing', arguments(['name'], [ 0 ]) ],
        [ 'a value is missing', arguments(['name'], [ 0, 'A' ], [ 1 ]) ],
        [ 'more than 8 at once',
          arguments(['name'], map { [ $_, 'A' ] } 0 .. 8) ],
    );

    $f->refused(shift @$_, import_clients => @$_) for @refused;

    is_deeply($f->call(import_clients => 1, 'name', 38067, 'A', $phone[9], "\1",
        $phone[8], 'A', $phone[8], 'B'),
        [ 'ERR phone must be 380 and 9 digits', 0,
          'ERR name holds control characters', 0, 2, 0,
          'ERR phone is given twice', 0 ], 'errors of one');
    is_deeply(import_clients([qw( name sex birthday )], [ 1, "\1", 'x', 1 ]),
        [ 'ERR name holds control characters; sex must be male or female; '
          . 'birthday must be a day as YYYYMMDD', 0 ],
        'all errors are named');
}


# Whatever there is, all keys are as if each had been put by itself, with or
# without hooks, room for them, a first sync, and what plain commands have done.

sub test_as_one_by_one {
    my $other = Polycard::Functions->new;

    for my $round (1 .. $rounds) {
        if ($round % 15 == 1) {
            my @meta = settings();

            for my $one ($f, $other) {
                $one->client->flushall;
                $one->client->hset($one->key('meta'), @meta);
            }
        }

        my @columns = some(qw( id surname name sex barcode bonus ));
        my %clients = map { $_ => 1 } map { int rand 12 } 0 .. rand 8;
        my @clients = map { my $i = $_; [ $i, map { value_or_none($_) } @columns ] }
            sort { rand() <=> 0.5 } keys %clients;

        plain($other) if rand() < 0.3;

        my $reply = import_clients(\@columns, @clients);
        my @expected = map { one($other, \@columns, @$_) } @clients;

        is_deeply($reply, \@expected, "round $round: what is said")
            or return note explain [ \@columns, \@clients ];
        is_deeply(all($f), all($other), "round $round: what is stored")
            or return note explain [ \@columns, \@clients ];
    }
}


sub settings {
    return (hooks => int rand 2, sync => ('done', 'running', 'restore')[rand 3],
        outbox_max => (2, 1000)[rand 2], restore => '1 1',
        initial_sync => ('seed', 'announce')[rand 2]);
}


sub some { my @some = grep { rand() < 0.7 } @_; return @some }


sub value {
    my ($name) = @_;

    my %values = (
        id => [ '', map { int rand 50 } 0 .. 3 ], surname => [ '', 'Косач' ],
        name => [ '', 'A', 'Леся', "\1" ], sex => [ '', 'male', 'x' ],
        barcode => [ '', map { "29000$_" } 0 .. 8 ], bonus => [ '', 1, '2.50' ],
    );

    return $values{$name}[rand @{ $values{$name} }];
}


# one that may say nothing

sub value_or_none { return rand() < 0.2 ? "\0" : value(@_) }


# by plain commands, which the index knows nothing of

sub plain {
    my ($other) = @_;

    my $key = "client:$phone[rand 12]";
    my @set = rand() < 0.7 ? (barcode => value('barcode'))
        : (own => 'x', name => 'B');
    my $delete = rand() < 0.3;

    for my $one ($f, $other) {
        $delete ? $one->client->del($one->key($key))
                : $one->client->hset($one->key($key), @set);
    }
}


sub one {
    my ($other, $columns, $i, @values) = @_;

    my @pairs;

    for my $k (0 .. $#values) {
        push @pairs, $columns->[$k], $values[$k]
            if $values[$k] ne "\0"
               && ($columns->[$k] ne 'barcode' || $values[$k] ne '');
    }

    my $error = $other->error(put_clients => $phone[$i], @pairs / 2, @pairs);

    return $error ? ($error, 0) : @{ $other->{reply} };
}


sub all {
    my ($one) = @_;

    my %all;

    for my $key ($one->client->keys('*')) {
        my $type = $one->client->type($key);

        $all{$key} =
            $type eq 'hash' ? { $one->client->hgetall($key) }
            : $type eq 'zset'
              ? [ $one->client->zrange($key, 0, -1, 'WITHSCORES') ]
            : $type eq 'stream'
              ? [ map { $_->[1] } $one->client->xrange($key, '-', '+') ]
            : $one->client->get($key);
    }

    # when a record was taken in last

    delete $all{$one->key('meta')}{restore};

    return \%all;
}
