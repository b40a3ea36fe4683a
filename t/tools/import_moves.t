# polycard-import: clients who have another phone, and cards that go from one to
# another, in one run and whatever the order of rows.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $cases = source_dir() . '/t/tools/cases';
my @phone = map { "38000000000$_" } 0 .. 9;

test_swapped();
test_ring();
test_lasso();
test_many();
test_chain();
test_phone_changed();
test_number();
test_contradiction();
test_phone_chain();
test_new_card();
test_taken();
test_stays();
test_part();
test_trial();
test_inputs();
test_pipeline();

finish();


# a market of these rows, "phone,name,barcode,id": phones as digits

sub market {
    my (@rows) = @_;

    $redis->flushall;
    $redis->hset($tools->key('meta'), hooks => 1, sync => 'done');

    my $run = $tools->import_file(text(@rows));

    is($run->{status}, 0, "a market of @rows") or diag($run->{err});

    # what no file names
    for my $row (@rows) {
        my ($digit, $name) = split /,/, $row;
        $redis->hset($tools->key("client:$phone[$digit]"),
            bonus => ord $name);
        $redis->fcall('polycard_capture', 1, $Polycard::Tools::PREFIX,
            $phone[$digit]);
    }

    $redis->del($tools->key('outbox'));
}


sub text {
    return "phone,name,barcode,id\n"
        . join '', map { /^(\d)(.*)/ ? "$phone[$1]$2\n" : die } @_;
}


# "phone name card bonus" of all clients, but for the order of getClients

sub clients {
    return [ map { my %h = %{ $tools->stored("client:$_") };
        join ' ', substr($_, -1), map { $_ // '' } @h{qw( name barcode bonus )} }
        sort { $a cmp $b } @{ [ $tools->phones ] } ];
}


sub hooks {
    return [ map { my %h = @{ $_->[1] };
        my $phone = $h{phone} || $h{client_phone};
        join ' ', $h{object}, $h{action}, substr($phone, -1),
            map { $_ // '' } @h{qw( barcode )} }
        $redis->xrange($tools->key('outbox'), '-', '+') ];
}


# each card's entry in the index is its holder

sub index_is_right {
    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my (%want, %got);

    for my $phone ($tools->phones) {
        $want{ $tools->stored("client:$phone")->{barcode} } = $phone;
    }

    %got = map { $redis->hgetall($_) } $redis->keys($tools->key('barcodes:*'));
    is_deeply(\%got, \%want, '... the index of card numbers is right');
    is($redis->fcall('polycard_capture', 1, $Polycard::Tools::PREFIX,
        @phone), 0, '... nothing is left to be told');
}


sub permutations {
    my (@rows) = @_;

    return [] if !@rows;

    return map { my $i = $_; map { [ $rows[$i], @$_ ] }
        permutations(@rows[grep { $_ != $i } 0 .. $#rows]) } 0 .. $#rows;
}


# all orders of the rows give the same clients

sub in_any_order {
    my ($what, $before, $rows, $want, %more) = @_;

    for my $order (permutations(@$rows)) {
        market(@$before);

        my $run = $tools->import_file(text(@$order), @{ $more{options} || [] });

        is($run->{status}, $more{status} || 0, "$what: @$order")
            or diag($run->{err}, $run->{out}, $run->{refused});
        is_deeply(clients(), $want, '... all are right');
        is_deeply([ sort @{ hooks() } ], [ sort @{ $more{hooks} } ],
            '... so are the hooks') if $more{hooks};
        is($run->{count}{$_}, $more{count}{$_}, "... $_")
            for sort keys %{ $more{count} || {} };
        index_is_right();
    }
}


sub test_swapped {
    for my $option ([], ['--delete-missing']) {
        market('1,A,1', '2,B,2');

        my $run = $tools->import_file(slurp("$cases/cards-swapped.csv"),
            @$option);

        is($run->{status}, 0, "cards-swapped.csv @$option");
        counted($run, { records => 2, changed => 2 }, '... both are changed');
        is_deeply(clients(), [ '1 A 2 65', '2 B 1 66' ], '... and right');
        is_deeply(hooks(), [ 'clients changed 1 2', 'clients changed 2 1' ],
            '... a hook each');
        index_is_right();
    }
}


sub test_ring {
    in_any_order('a ring of three', [ '1,A,1', '2,B,2', '3,C,3' ],
        [ '1,A,2', '2,B,3', '3,C,1' ], [ '1 A 2 65', '2 B 3 66', '3 C 1 67' ],
        hooks => [ map { "clients changed $_" } '1 2', '2 3', '3 1' ],
        count => { changed => 3, moved => undef });

    my @ring = map { sprintf '3800000%05d', $_ } 1 .. 17;
    my $file = sub { my ($by) = @_;
        "phone,name,barcode\n" . join '', map { "$ring[$_],N$_,c"
            . ($_ + $by) % 17 . "\n" } 0 .. 16 };

    $redis->flushall;
    $tools->import_ok('17 clients', $file->(0));

    my $run = $tools->import_file($file->(1));
    is($run->{status}, 1, 'a ring of 17 is more than goes in one step');
    is($run->{count}{refused}, 17, '... and refused');
    like($run->{refused}, qr/^18,"barcode goes round among too many clients",$ring[16],N16,c0$/m,
        '... with the row as it stood');
    like($run->{out}, qr/^ +17 barcode goes round among too many clients$/m,
        '... which is counted');
}


# a ring, and one who waits for a card of it: two give away, none is left

sub test_lasso {
    market('1,A,1', '2,B,2', '3,C,3');

    my $run = $tools->import_file(text('1,A,2', '2,B,3', '3,C,2'));

    is_deeply([ values %{ refusals($run) } ],
        [ 'barcode is in use by another client' ],
        'a ring with one more for one of its cards: one is refused');
    is_deeply(clients(), [ '1 A 1 65', '2 B 3 66', '3 C 2 67' ],
        '... the ring is done');
}


# many at once, who are found by their phones

sub test_many {
    my $file = sub { my ($by) = @_;
        "phone,barcode\n" . join '', map { sprintf "3800000%05d,%d\n", $_,
            $_ ^ $by } 0 .. 599 };

    $redis->flushall;
    $tools->import_ok('600 clients', $file->(0));

    my $run = $tools->import_ok('each two change their cards', $file->(1));

    is($run->{count}{changed}, 600, '... all of them');
    index_is_right();
}


sub test_chain {
    in_any_order('a chain with a card that is new', [ '1,A,1', '2,B,2', '3,C,3' ],
        [ '1,A,2', '2,B,3', '3,C,4' ], [ '1 A 2 65', '2 B 3 66', '3 C 4 67' ]);
    in_any_order('a chain that begins with a new client',
        [ '1,A,1', '2,B,2' ], [ '1,A,4', '2,B,1', '3,C,2' ],
        [ '1 A 4 65', '2 B 1 66', '3 C 2 ' ]);
}


sub test_phone_changed {
    $redis->flushall;
    $redis->hset($tools->key('meta'), hooks => 1, sync => 'done');
    $tools->import_ok('phone-changed-1.csv',
        slurp("$cases/phone-changed-1.csv"));
    $redis->hset($tools->key("client:$phone[1]"), bonus => 65, vip => 'yes');
    $redis->fcall('polycard_capture', 1, $Polycard::Tools::PREFIX, $phone[1]);
    $redis->del($tools->key('outbox'));

    my $run = $tools->import_ok('phone-changed-2.csv',
        slurp("$cases/phone-changed-2.csv"), '--delete-missing');

    counted($run, { records => 2, unchanged => 2, moved => 1 },
        '... one is moved, nobody is deleted');
    is_deeply(clients(), [ '2 B 2 ', '9 A 1 65' ], '... with the bonus');
    is($tools->stored("client:$phone[9]")->{vip}, 'yes',
        "... and the market's own fields");
    is_deeply(hooks(), [ 'clients deleted 1 1', 'clients added 9 1' ],
        '... the hooks are those of a move');
    index_is_right();

    $run = $tools->import_ok('the same again',
        slurp("$cases/phone-changed-2.csv"), '--delete-missing');
    counted($run, { records => 2, unchanged => 2 }, '... changes nothing');
}


# by the market's number, with another card

sub test_number {
    in_any_order('a new phone and a new card, the same id',
        [ '1,A,1,7', '2,B,2,8' ], [ '9,A,5,7', '2,B,2,8' ],
        [ '2 B 2 66', '9 A 5 65' ], options => ['--delete-missing'],
        count => { moved => 1, deleted => 0, changed => 1, unchanged => 1 },
        hooks => [ 'clients deleted 1 1', 'clients added 9 1',
            'clients changed 9 5' ]);
    in_any_order('without a card', [ '1,A,1,7', '2,B,2,8' ],
        [ '9,A,,7', '2,B,2,8' ], [ '2 B 2 66', '9 A 1 65' ],
        options => ['--delete-missing'], count => { moved => 1 });
}


# a card that was given to somebody else

sub test_contradiction {
    in_any_order('the card of one who is gone, another id',
        [ '1,A,1,7', '2,B,2,8' ], [ '9,C,1,9', '2,B,2,8' ],
        [ '2 B 2 66', '9 C 1 ' ], options => ['--delete-missing'],
        count => { moved => undef, deleted => 1, new => 1 },
        hooks => [ 'clients deleted 1 1', 'clients added 9 1' ]);
    in_any_order('to one who was there', [ '1,A,1,7', '2,B,2,8' ],
        [ '2,B,1,8' ], [ '2 B 1 66' ], options => ['--delete-missing'],
        count => { deleted => 1, changed => 1 });
    in_any_order('id and card of two', [ '1,A,1,7', '2,B,2,8', '3,C,3,9' ],
        [ '3,C,3,9', '4,A,2,7' ], [ '3 C 3 67', '4 A 2 65' ],
        options => ['--delete-missing'], count => { moved => 1, deleted => 1 });
}


# one has the phone that another one had

sub test_phone_chain {
    in_any_order('phones that go on', [ '1,A,1', '2,B,2', '4,D,4' ],
        [ '2,A,1', '3,B,2', '4,D,4' ],
        [ '2 A 1 65', '3 B 2 66', '4 D 4 68' ],
        options => ['--delete-missing'],
        count => { moved => 2, deleted => 0, refused => 0 });
    in_any_order('the same with ids', [ '1,A,1,7', '2,B,2,8', '4,D,4,9' ],
        [ '2,A,1,7', '3,B,2,8', '4,D,4,9' ],
        [ '2 A 1 65', '3 B 2 66', '4 D 4 68' ],
        options => ['--delete-missing'],
        count => { moved => 2, deleted => 0, refused => 0 });
}


sub test_new_card {
    in_any_order('a card given back and out again', [ '1,A,1', '2,B,2' ],
        [ '1,A,5', '3,C,1', '2,B,2' ],
        [ '1 A 5 65', '2 B 2 66', '3 C 1 ' ], options => ['--delete-missing'],
        count => { new => 1, moved => undef });
}


sub test_taken {
    market('1,A,1', '2,B,2');

    my $run = $tools->import_file(text('1,A,2', '2,B,2'));
    is($run->{status}, 1, 'one card for two');
    is_deeply(refusals($run), { 2 => 'barcode is in use by another client' },
        '... is refused to the second');
    is_deeply(clients(), [ '1 A 1 65', '2 B 2 66' ], '... nothing is changed');

    $run = $tools->import_file(text('1,A,1', '2,B,2', '3,C,1'),
        '--delete-missing');
    is_deeply(refusals($run), { 4 => 'barcode is in use by another client' },
        'a new client with the card of one who is there');
    is($run->{count}{moved}, undef, '... is not the same one');
}


# whoever may be in the file is not deleted

sub test_stays {
    market('1,A,1,7', '2,B,2,8', '3,C,3,9');

    my $run = $tools->import_file("phone,name,barcode,id,sex\n"
        . "$phone[9],A,1,,x\n$phone[8],B,,8,x\n$phone[3],C,3,9,male\n",
        '--delete-missing');

    is($run->{status}, 1, 'new phones in rows that are refused');
    is($run->{count}{deleted}, 0, '... those who have card or id stay');
    is_deeply(clients(), [ '1 A 1 65', '2 B 2 66', '3 C 3 67' ],
        '... as they were');

    $run = $tools->import_file("phone,name,barcode,id,sex\n"
        . "$phone[9],A,1,,male\n$phone[8],B,,8,female\n$phone[3],C,3,9,male\n",
        '--delete-missing');
    is($run->{count}{moved}, 2, '... and are moved when it is mended');
}


# a file that is not all clients moves only who has the same number as well

sub test_part {
    market('1,A,1,7', '2,B,2,');

    my $run = $tools->import_file(text('9,A,1,7'));
    is($run->{status}, 0, 'a part of the clients: a new phone, the same id');
    is($run->{count}{moved}, 1, '... and card: moved');
    is_deeply(clients(), [ '2 B 2 66', '9 A 1 65' ], '... with the bonus');
    index_is_right();

    $run = $tools->import_file(text('8,B,2,'));
    is_deeply(refusals($run), { 2 => 'barcode is in use by another client' },
        'without an id it is refused');

    $run = $tools->import_file(text('8,B,2,5'));
    is($run->{status}, 1, 'and with an id that is not known');
    is_deeply(clients(), [ '2 B 2 66', '9 A 1 65' ], '... nobody is moved');

    # a row without a readable phone is nobody's who may be deleted

    for my $bad ('', "068,X,c,3\n") {
        market('1,A,1,7', '2,B,2,8');
        $run = $tools->import_file(text('9,A,1,7') . $bad
            . text('8,B,2,8') =~ s/^phone.*\n//r);
        is($run->{count}{moved}, 2, 'two have another phone'
            . ($bad && ', one row has none')) or diag($run->{refused});
        is($run->{count}{refused}, $bad ? 1 : 0, '... no other is refused');
        is_deeply(clients(), [ '8 B 2 66', '9 A 1 65' ], '... both are moved');
        index_is_right();
    }
}


sub test_trial {
    market('1,A,1,7', '2,B,2,8', '3,C,3,9');

    my $digest = $tools->digest;
    my $run = $tools->import_file(text('9,A,1,7', '2,B,2,8', '4,D,4,5'),
        '--delete-missing', '--dry-run');

    counted($run, { records => 3, new => 1, unchanged => 2,
        moved => 1, missing => 1 }, 'a trial tells who would be moved');
    is($tools->digest, $digest, '... and changes nothing');
    unlike($run->{out}, qr/damaged/, '... one of three is no damage');
}


# whatever the file is

sub test_inputs {
    my %input = (
        'a file' => sub { $_[0] },
        'standard input' => sub { { stdin => $_[0] } },
        'a pipe' => sub { { pipe => $_[0] } },
        'a named pipe' => sub { { fifo => $_[0] } },
    );
    my %text = (
        'CSV' => "phone,name,barcode\n$phone[9],A,1\n$phone[2],B,2\n",
        'JSON lines' => qq({"phone":"$phone[9]","name":"A","barcode":"1"}\n)
            . qq({"phone":"$phone[2]","name":"B","barcode":"2"}\n),
    );

    for my $from (sort keys %input) {
        for my $kind (sort keys %text) {
            market('1,A,1', '2,B,2');
            my $run = $tools->import_file($input{$from}->($text{$kind}),
                '--delete-missing');
            is($run->{count}{moved}, 1, "$kind from $from: moved");
            is_deeply(clients(), [ '2 B 2 66', '9 A 1 65' ], '... right');
        }
    }
}


# more rows than are on their way at once: each has its own answer

sub test_pipeline {
    my @rows = map { sprintf "3800001%05d,N%d,c%d\n", $_, $_, $_ } 1 .. 3000;

    $redis->flushall;
    $tools->import_ok('3000 clients', join '', "phone,name,barcode\n", @rows);

    my $run = $tools->import_file(join('', "phone,name,barcode\n", @rows),
        '--dry-run');
    counted($run, { records => 3000, unchanged => 3000 },
        'a trial finds them as they are');

    $rows[$_ - 1] = sprintf "3800001%05d,X%d,c1\n", $_, $_
        for map { 100 * $_ } 1 .. 30;
    $run = $tools->import_file(join '', "phone,name,barcode\n", @rows);
    is_deeply({ $run->{refused} =~ /^(\d+),"[^"]*",(.*)/mg },
        { map { $_ + 1 => sprintf '3800001%05d,X%d,c1', $_, $_ }
            map { 100 * $_ } 1 .. 30 }, 'each that is refused is its own row');
}
