# polycard-import before somebody at a terminal: it shows what it would do, and
# asks where that looks wrong.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Tools;

plan(skip_all => 'there is no script(1), which makes a terminal')
    if !grep { -x "$_/script" } split /:/, $ENV{PATH};

my $tools = Polycard::Tools->new;
my $redis = $tools->client;
my $file = $tools->dir . '/input';

test_plan();
test_refused();
test_answers();
test_damaged();
test_no_question();
test_nothing_is_lost();
test_moved();

finish();


sub phone { sprintf '380%09d', 7919 * $_[0] }


sub rows {
    my ($good, $bad) = @_;

    return "phone,name,barcode,sex\n" . join('', map { phone($_) . ",N$_,"
        . (2000 + $_) . ",male\n" } 1 .. $good)
        . join '', map { phone($_ + 5000) . ",B,,x\n" } 1 .. $bad || 0;
}


# at a terminal where these lines are typed

sub at_terminal {
    my ($typed, $text, @options) = @_;

    unlink "$file.refused.csv";
    spew($file, $text);

    my $command = join ' ', map { s/'/'\\''/gr =~ s/(.*)/'$1'/sr }
        tool('import'), $tools->market, @options, $file;
    my $run = $tools->run($typed, 'script', '-qec', $command, '/dev/null');

    $run->{out} =~ tr/\r//d;
    $run->{out} =~ s/\e\[K//g;

    return $run;
}


sub clients { $redis->zcard($tools->key('clients')) }


sub test_plan {
    $redis->flushall;
    $tools->import_ok('three', rows(3));
    $redis->hset($tools->key('client:' . phone(1)), name => 'other');

    my $run = at_terminal('', rows(5) . phone(2) . ",again,,\n");

    is($run->{status}, 0, 'a file that is all right');
    like($run->{out}, qr/^as stored     phone=\Q${\phone(1)}\E, name=N1, sex=male, barcode=2001$/m,
        'a record as it would be stored');
    is(() = $run->{out} =~ /^as stored/mg, 3, '... three of them');
    like($run->{out}, qr/^records       6\nnew           2\nchanged       2 \(name 2, sex 1\)\nunchanged     2\nrepeated      1 \(line 7 over line 3\)\nrefused       0\n(?s:.*)^records       6\nnew           2\nchanged       2\nunchanged     2\nrepeated      1 \(line 7 over line 3\)\nrefused       0\n/m,
        'the plan, and what has become of it');
    unlike($run->{out}, qr/\[y\/N\]/, '... no question');
    is(clients(), 5, '... it is done');
}


# more than a tenth

sub test_refused {
    $redis->flushall;

    my $run = at_terminal("n\n", rows(18, 2));
    is($run->{status}, 1, '2 of 20 refused');
    is(clients(), 18, '... is no question');

    $redis->flushall;
    $run = at_terminal("n\n", rows(17, 2));
    like($run->{out}, qr/^ +2 sex must be male or female$(?s:.*)^2 of 19 records are refused\. Import the others\? \[y\/N\]/m,
        '2 of 19: it asks');
    is($run->{status}, 2, '... no');
    is($redis->dbsize, 0, '... nothing is written');
    like($run->{out}, qr/nothing was imported/, '... which is said');
    ok(!-e "$file.refused.csv", '... no list either');

    my $swallowed = rows(20, 0) =~ s/\A((?:.*\n){10}[^,]*,)/$1"/r;

    $run = at_terminal("n\n", $swallowed);
    like($run->{out}, qr/11 of 20 records are refused\. Import the others\?/,
        'what quotes take in counts');

    $run = at_terminal("y\n", rows(17, 2));
    is($run->{status}, 1, '... yes');
    is(clients(), 17, '... the others are there');
    like(slurp("$file.refused.csv"), qr/^19,"sex must be male or female",(?:.*)\n20,/m,
        '... a list of those which are not');
}


sub test_answers {
    for my $answer ('yes', 'Y', 'так', 'т', 'да') {
        $redis->flushall;
        at_terminal("$answer\n", rows(1, 1));
        is(clients(), 1, "'$answer' is yes");
    }

    for my $answer ('', 'no', 'yeah', 'ні', ' y') {
        $redis->flushall;
        my $run = at_terminal("$answer\n", rows(1, 1));
        is($run->{status}, 2, "'$answer' is no");
        is($redis->dbsize, 0, '... nothing is written');
    }
}


# columns as spreadsheets leave them

sub test_damaged {
    $redis->flushall;
    $tools->import_ok('100', rows(100));

    my $text = rows(100);
    my %damaged = (
        'barcode: a spreadsheet has changed values (1 found)' =>
            $text =~ s/,2007,/,2.00004E+12,/r,
        'barcode: 11 of 100 clients would get another one' =>
            $text =~ s/,(200\d|201[01]),/,x$1,/gr,
        'name: 100 of 100 clients would lose it' => $text =~ s/,N\d+,/,,/gr,
        'barcode: all of 16 and more digits end with 0, as a spreadsheet rounds them' =>
            "phone,barcode\n" . join '', map { phone($_ + 200)
                . sprintf ",4820%011d0\n", $_ } 1 .. 10,
    );

    for my $what (sort keys %damaged) {
        my $digest = $tools->digest;
        my $run = at_terminal("n\n", $damaged{$what});

        like($run->{out}, qr/^damaged\?      \Q$what\E$(?s:.*)^Import all the same\? \[y\/N\]/m,
            $what);
        is($run->{status}, 2, '... no');
        is($tools->digest, $digest, '... nothing is written');

        $run = $tools->import_file($damaged{$what}, '--dry-run');
        like($run->{out}, qr/^damaged\?      \Q$what\E$/m,
            '... a trial says it too');
    }
}


sub test_no_question {
    for my $yes ('--yes', '-y') {
        $redis->flushall;
        my $run = at_terminal('', rows(1, 1), $yes);
        is($run->{status}, 1, "$yes: done");
        unlike($run->{out}, qr/\[y\/N\]|^as stored/m, '... without a question');
        is(clients(), 1, '... what is good is there');
    }

    $redis->flushall;
    my $run = $tools->import_file(rows(1, 1));
    is($run->{status}, 1, 'nobody at a terminal: done');
    is(clients(), 1, '... what is good is there');

    $run = at_terminal('', rows(2), '-q');
    is($run->{out}, '', '-q says nothing of a file that is all right');

    $redis->flushall;
    $run = at_terminal('', rows(1, 1), '-q');
    like($run->{out}, qr/\[y\/N\]/, '... but asks');
    is($redis->dbsize, 0, '... the end of what is typed is no');
}


# a second look: cards that are exchanged, clients who move and who are missing

sub test_nothing_is_lost {
    $redis->flushall;
    $tools->import_ok('three', "phone,barcode\n"
        . join '', map { phone($_) . ",c$_\n" } 1 .. 4);

    my $run = at_terminal('', "phone,barcode\n" . phone(1) . ",c2\n"
        . phone(2) . ",c1\n" . phone(9) . ",c3\n", '--delete-missing');

    is($run->{status}, 0, 'cards exchanged, one moved, one missing');
    like($run->{out}, qr/^moved         1\n(?s:.*)^deleted       1\n/m,
        '... each is what it is');
    is_deeply({ map { $_ => $tools->stored("client:$_")->{barcode} }
        $tools->phones }, { phone(1) => 'c2', phone(2) => 'c1',
        phone(9) => 'c3' }, '... and right');
}


# too many other phones: a file of a part asks, a complete one moves nobody

sub test_moved {
    my $file = sub { my ($by, $count) = @_;
        "phone,name,barcode,id\n" . join '', map {
            sprintf "380%s%05d,N%d,c%d,%d\n", $by, $_, $_, $_, $_ }
            1 .. $count };

    $redis->flushall;
    $tools->import_ok('200', $file->(5011, 200));

    my $digest = $tools->digest;
    my $part = $file->(6722, 25);

    for my $option ([], [ '-q' ]) {
        my $run = at_terminal("n\n", $part, @$option);

        like($run->{out}, qr/^moved         25\n(?s:.*)^damaged\?      phone: 25 of 25 clients would get another one$(?s:.*)^Import all the same\? \[y\/N\]/m,
            "25 of 200 would be moved @$option: it asks");
        is($run->{status}, 2, '... no');
        is($tools->digest, $digest, '... nobody is moved');
    }

    my $run = at_terminal("y\n", $part);
    is($run->{status}, 0, '... yes');
    is(grep({ /^3806722/ } $tools->phones), 25, '... they are moved');

    $redis->flushall;
    $tools->import_ok('200', $file->(5011, 200));
    $run = at_terminal("n\n", $file->(5011, 150), '--delete-missing');
    like($run->{out}, qr/nobody is deleted or moved: the phones of 50 of 200(?s:.*)^missing       50\n(?s:.*)^Import it, and delete nobody\? \[y\/N\]/m,
        'too many missing: it asks, and says what yes means');
    unlike($run->{out}, qr/\d{10} records,/, '... the bar shows how many were read');
    is($run->{status}, 2, '... no');
}
