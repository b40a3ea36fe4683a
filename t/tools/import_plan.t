# polycard-import --dry-run tells what the import does: the same counts, the same
# records refused for the same reasons.  SEED= repeats a run, ROUNDS= makes more
# of them.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $seed = $ENV{SEED} || 1 + $$ % 100_000;
my $rounds = $ENV{ROUNDS} || 60;
my $loose = 0;

test_twice();
test_numbers();
test_no_market();
test_refused_by_redis();
test_repeated();
test_groups();
test_many_moves();
test_order();

$loose = 1;
srand $seed;
note("SEED=$seed repeats these markets");
test_any($_) for 1 .. $rounds;

finish();


sub phone { "38000000000$_[0]" }


sub text {
    my ($columns, @rows) = @_;

    return "phone,$columns\n" . join '', map { /^(\d)(.*)/s
        ? phone($1) . "$2\n" : "$_\n" } @rows;
}


# a market of these rows

sub market {
    my (@rows) = @_;

    $redis->flushall;
    $tools->import_file(text('name,barcode,id', @rows)) if @rows;

    # as it is in use: the dry run has to ask it
    $redis->hset($tools->key('meta'), hooks => 1, sync => 'done');
}


# a dry run, which changes nothing, and the import

sub both {
    my ($what, $file, @options) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $digest = $tools->digest;
    my $plan = $tools->import_file($file, @options, '--dry-run');

    is($tools->digest, $digest, "$what: the dry run changes nothing");

    my $run = $tools->import_file($file, @options);

    $plan->{count}{deleted} = delete $plan->{count}{missing}
        if defined $plan->{count}{missing};

    # said of nobody who was deleted, where nobody is to be
    if ($run->{err} =~ /nobody is deleted/) {
        delete @{ $_->{count} }{qw( deleted )} for $plan, $run;
    }

    is_deeply(counts($plan), counts($run), '... it counts as the import')
        or diag($file, "@options\n", $plan->{out}, $run->{out}, $run->{err});
    is_deeply(refusals($plan), refusals($run), '... and refuses the same')
        or diag($file, "@options\n");
    is($plan->{status}, $run->{status}, '... the exit status is the same');

    return $run;
}


# of rows that repeat others a dry run does not know all (docs/import.md)

sub counts {
    my ($run) = @_;

    my %count = %{ $run->{count} };

    $count{changed} += delete $count{unchanged}
        if $loose && $count{repeated} && defined $count{unchanged};

    return \%count;
}


sub test_twice {
    market('1,A,1,', '2,B,2,');

    my $run = both('one card for two new clients',
        text('name,barcode', '3,C,7', '4,D,7'));
    is_deeply(refusals($run), { 3 => 'barcode is in use by another client' },
        '... the second is refused');

    market('1,A,1,', '2,B,2,');
    $run = both('the card of one whom the file does not name',
        text('name,barcode', '3,C,1', '4,D,4'));
    is_deeply(refusals($run), { 2 => 'barcode is in use by another client' },
        '... is refused');

    market('1,A,1,', '2,B,2,');
    $run = both('a card that was given up before',
        text('name,barcode', '1,A,5', '3,C,1', '2,B,1'));
    is_deeply(refusals($run), { 4 => 'barcode is in use by another client' },
        '... can be given once');

    # an index that is out of date

    market('1,A,1,', '2,B,2,');
    $redis->hset($tools->key('client:' . phone(1)), barcode => 9);
    $run = both('a card that its holder has no more',
        text('name,barcode', '3,C,1'));
    is($run->{count}{new}, 1, '... is free');

    my @ring = map { "$_,N," . ($_ + 1) % 8 } 0 .. 7;

    market(map { "$_,N,$_," } 0 .. 7);
    $run = both('a ring of cards', text('name,barcode', @ring));
    is($run->{count}{changed}, 8, '... goes round');
}


# Two clients with one number are told of, and not refused (docs/keyspace.md)

sub test_numbers {
    for my $stored (0, 1) {
        market($stored ? '9,X,9,' : ());

        my $run = both('one id for two', text('name,barcode,id', '1,A,1,7',
            '2,B,2,8', '3,C,3,7', '1,A,1,7', '4,D,4,7'));

        is($run->{count}{'same id'}, 2, '... is counted');
        like($run->{out}, qr/^same id +2 \(line 4 as line 2, line 6 as line 2\)$/m,
            '... with the lines');

        $run = $tools->import_file(text('name,id', '1,A,7', '3,C,7'), '-t');
        like($run->{out}, qr/^damaged\? +id: 1 records have that of another one$/m,
            '... and a column of ids that looks damaged');
    }
}


sub test_no_market {
    my $file = spew($tools->dir . '/alone', text('name,barcode', '1,A,7',
        '2,B,7', '3,C,'));
    my $run = $tools->run(undef, tool('import'), '--dry-run', $file);

    is($run->{status}, 1, 'without a market');
    like(slurp("$file.refused.csv"), qr/^3,"barcode is in use by another client",/m,
        '... one card for two is found');

    # so many that a market is asked how many may be moved

    my $many = spew($tools->dir . '/many', "phone,name,barcode\n" . join '',
        map { sprintf "3800000%05d,N,c%d\n", $_, $_ / 2 } 0 .. 59);

    $run = $tools->run(undef, tool('import'), '--dry-run', $many);
    is($run->{status}, 1, 'many of them');
    like($run->{out}, qr/^ +30 barcode is in use by another client$/m,
        '... are found');
}


# what only functions inside Redis refused

sub test_refused_by_redis {
    for my $case ([ [], "phone\n" . phone(1) . "\n",
                    'a new client needs an attribute' ],
                  [ [ '1,A,,' ], text('name', '1,'),
                    'nothing would be left of this client' ])
    {
        market('9,X,9,', @{ $case->[0] });
        my $run = both($case->[2], $case->[1]);
        is_deeply(refusals($run), { 2 => $case->[2] }, '... is said');
    }

    market('9,X,9,');
    $redis->set($tools->key('client:' . phone(1)), 'x');
    my $run = both('a key that is no hash', text('name', '1,A'));
    is_deeply(refusals($run), { 2 => 'the record of this phone is not a hash' },
        '... is said');

    # one of whom it is not known what he has

    market('9,X,9,3', '8,Y,8,4');
    $redis->del($tools->key('client:' . phone(8)));
    $redis->set($tools->key('client:' . phone(8)), 'x');
    $run = both('a missing client who is no hash',
        text('name,barcode,id', '9,X,9,3', '7,Y,8,4'), '--delete-missing');
    is($run->{count}{new}, 1, '... is nobody with another phone');
}


sub test_repeated {
    market('1,A,1,', '2,B,2,');

    my $run = both('rows that repeat others', text('name,barcode', '1,A,1',
        '1,A,1', '2,X,2', '2,B,2', '3,C,3', '3,C,', '3,D,'));
    counted($run, { records => 7, new => 1, changed => 3, unchanged => 3,
        repeated => 4 }, '... by what the row before it leaves');
}


sub test_groups {
    $redis->flushall;
    $redis->hset($tools->key('meta'), hooks => 1, sync => 'done');

    my $run = both('groups', "id,title,loyaltyType,loyaltyQuantity\n"
        . "1,A,bonuses,1\n1,A,bonuses,1\n1,B,bonuses,1\n", '--groups');
    counted($run, { records => 3, new => 1, changed => 1, unchanged => 1,
        repeated => 2 }, '... are counted');

    $run = both('a group that is not whole', "id,title\n1,C\n2,D\n2,E\n",
        '--groups');
    is_deeply(refusals($run), { map { $_ =>
        'loyaltyType is missing; loyaltyQuantity is missing' } 3, 4 },
        '... is refused if it is new');
}


# A file of a part moves who has the same id and card, but not too many: a column
# of phones that is another's.

sub test_many_moves {
    my $of = sub { my ($by, @numbers) = @_;
        "phone,name,barcode,id\n" . join '', map {
            sprintf "380%s%05d,N%d,c%d,%d\n", $by, $_, $_, $_, $_ } @numbers };

    for my $case ([ 200, 20 ], [ 200, 21 ], [ 300, 30 ], [ 300, 31 ]) {
        my ($all, $moved) = @$case;
        my $most = $all == 200 ? 20 : 30;
        my $file = $of->(6722, 1 .. $moved);

        market();
        $tools->import_ok("$all clients", $of->(5011, 1 .. $all));

        my $digest = $tools->digest;
        my $run = both("$moved of $all get another phone", $file);

        if ($moved <= $most) {
            is($run->{count}{moved}, $moved, '... they are moved');
            next;
        }

        is($run->{status}, 1, '... are too many');
        like($run->{err}, qr/nobody is moved: $moved of $all clients would get another phone, and no more than $most may at once; --yes moves them/,
            '... which is said');
        counted($run, { records => $moved, refused => $moved },
            '... the rows are refused');
        like($run->{refused}, qr/^2,"phone is not the one that this client has in Redis, and nobody is moved",380672200001,N1,/m,
            '... and listed');
        is($tools->digest, $digest, '... nothing is changed');

        $run = both('--yes', $file, '--yes');
        is($run->{count}{moved}, $moved, '... moves them');
    }

    # whoever is not moved goes in

    market();
    $tools->import_ok('200 clients', $of->(5011, 1 .. 200));
    my $run = both('21 of 200 and others', $of->(6722, 1 .. 21)
        . $of->(5011, 22, 300) =~ s/^phone.*\n//r);
    is($run->{count}{new}, 1, '... a new one');
    is($run->{count}{refused}, 21, '... the 21 do not');
}


# whoever moves into the phone of another one who moves, in any order

sub test_order {
    for my $rows ([ '2,A,1,1', '9,B,2,2' ], [ '9,B,2,2', '2,A,1,1' ]) {
        market('1,A,1,1', '2,B,2,2');
        my $run = both("a chain of moves, @$rows",
            text('name,barcode,id', @$rows));
        is($run->{count}{moved}, 2, '... moves both');
        is($run->{count}{refused}, 0, '... and refuses none');
    }
}


sub pick { $_[rand @_] }


sub rows {
    my ($count, $bad) = @_;

    return map { join ',', int rand 8, pick('A' .. 'D'),
        pick('', '', map({ "c$_" } 1 .. 7)), pick('', '', 1 .. 7),
        rand() < $bad ? 'x' : '' } 1 .. $count;
}


# who stands there once: ids and cards are those of one client

sub stored {
    my %seen;

    return grep { my ($phone, undef, $card, $id) = split /,/;
        !(grep { length && $seen{$_}++ } "p$phone", $card, $id && "i$id") }
        map { s/,[^,]*$//r } rows(8, 0);
}


sub test_any {
    my ($round) = @_;

    market(stored());

    my @options = ([], [ '--delete-missing' ],
        [ '--delete-missing', '--force' ], [ '--yes' ])[rand 4];

    my $file = text('name,barcode,id,sex', rows(1 + int rand 9,
        pick(0, 0, 0.2)));

    both("round $round of seed $seed, @{ $options[0] }", $file,
        @{ $options[0] });
}
