# polycard-import --delete-missing: who is not in the file goes, unless that
# would be too many.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Command;
use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;

test_deleted();
test_bound();
test_guard();
test_bad_files();
test_refused();
test_refused_and_good();
test_titles();
test_growing();
test_dry_run();
test_index();
test_cardless();
test_temporary_file();

finish();


# a market with so many clients

sub fill {
    my ($count, @more) = @_;

    $redis->flushall;

    my $run = $tools->import_file(text(1 .. $count), @more);

    is($run->{status}, 0, "$count clients") or diag($run->{err});
}


sub phone { sprintf '380%09d', 7919 * $_[0] }


sub text {
    return "phone,barcode\n" . join '', map { phone($_) . ",$_\n" } @_;
}


sub clients { $redis->zcard($tools->key('clients')) }


sub test_deleted {
    fill(200);

    # as the greatest and the least of numbers, neighbours of bits
    my @edges = map { "380$_" } qw( 000000000 000000007 000000008 999999999 );
    $tools->import_file("phone,barcode\n"
        . join '', map { "$edges[$_],x$_\n" } 0 .. $#edges);

    my $run = $tools->import_file(text(1 .. 190) . "$edges[0],x0\n"
        . "$edges[3],x3\n", '--delete-missing');

    is($run->{status}, 0, 'a file that lacks 12 of 204');
    is($run->{count}{deleted}, 12, '... they are deleted');
    is_deeply([ $tools->phones ], [ (map { phone($_) } 1 .. 190),
        @edges[0, 3] ], '... and no others');
    is($redis->exists($tools->key('client:' . phone(191))), 0,
        '... their records are gone');
    is($redis->hget($tools->key('barcodes:191'), '191'), undef,
        '... their cards too');

    $run = $tools->import_file({ stdin => text(1 .. 190)
        . "$edges[0],x0\n$edges[3],x3\n" }, '--delete-missing');
    is($run->{count}{deleted}, 0, 'the same file once more: nobody');
}


# 10 per cent, or what the market's guard is set to, and 20 at least

sub test_bound {
    fill(1000);

    my $run = $tools->import_file(text(1 .. 899), '--delete-missing');
    is($run->{status}, 1, 'a file that lacks 101 of 1000');
    my $said = qr/nobody is deleted or moved: the phones of 101 of 1000 clients are not in the file, and no more than 100 may go at once; --force lets them go/;

    like($run->{err}, $said, '... is refused');
    is(clients(), 1000, '... nobody is deleted');

    $run = $tools->import_file(text(1 .. 899), '--delete-missing', '--dry-run');
    is($run->{count}{missing}, 101, '... a dry run counts them');

    # whoever may not have another phone is counted at the end

    my $phones = join "\n", 'phone', map { phone($_) } 1 .. 899;

    $run = $tools->import_file($phones, '--delete-missing');
    is($run->{status}, 1, '... one that has phones alone');
    like($run->{err}, $said, '... as well');
    is(clients(), 1000, '... nobody is deleted either');

    $run = $tools->import_file(text(1 .. 900), '--delete-missing');
    is($run->{count}{deleted}, 100, '100 may go');

    fill(1000);
    $run = $tools->import_file(text(1 .. 10), '--delete-missing', '--force');
    is($run->{status}, 0, '--force');
    is(clients(), 10, '... deletes any number');

    fill(25);
    $run = $tools->import_file(text(1 .. 5), '--delete-missing');
    is($run->{count}{deleted}, 20, '20 of 25 may go');

    fill(200);
    $redis->hset($tools->key('meta'), delete_guard => 50);
    $run = $tools->import_file(text(1 .. 100), '--delete-missing');
    is($run->{count}{deleted}, 100, 'a market with another delete_guard');

    fill(200);
    $redis->hset($tools->key('meta'), delete_guard => 0);
    $run = $tools->import_file(text(1 .. 179), '--delete-missing');
    is($run->{status}, 1, 'delete_guard 0');
}


# What is told to the gateway is the guard's in Redis: --force does not open it

sub test_guard {
    fill(100);
    $redis->hset($tools->key('meta'), hooks => 1, sync => 'done');

    my $run = $tools->import_file(text(1 .. 50), '--delete-missing',
        '--force');

    is($run->{count}{deleted}, 50, 'a market with a hook');
    is($redis->zcard($tools->key('gone')), 30,
        '... 20 are told, the others wait');
    like($run->{err}, qr/polycard_confirm_deletions/, '... which is said');
}


sub test_bad_files {
    fill(30);

    my $run = $tools->import_file("phone,barcode\n", '--delete-missing',
        '--force');
    is($run->{status}, 1, 'a header only');
    like($run->{err}, qr/nobody is deleted: the file names nobody/,
        '... deletes nobody');

    $run = $tools->import_file(text(1 .. 29) . "38067,9\n",
        '--delete-missing', '--force');
    is($run->{status}, 1, 'a phone that cannot be read');
    like($run->{err}, qr/nobody is deleted or moved: a refused record has no readable phone/,
        '... deletes nobody');
    is(clients(), 30, '... all are there');

    $run = $tools->import_file(text(1 .. 28) . phone(29) . ',' . 'x' x 256
        . "\n", '--delete-missing');
    is($run->{status}, 1, 'a record that is refused for something else');
    is($run->{count}{deleted}, 1, '... stays; who is missing goes');
    is_deeply([ $tools->phones ], [ map { phone($_) } 1 .. 29 ],
        '... the right one');

    $run = $tools->import_file({ file => '/none' }, '--delete-missing');
    is($run->{status}, 2, 'no file');
    is(clients(), 29, '... deletes nobody');
}


# A client whose row is refused is in the file: by phone, card or id.  So he is not
# one of those who are too many.

sub test_refused {
    my $file = sub { my ($by, $sex, @numbers) = @_;
        "phone,barcode,id,sex\n" . join '', map { my $i = $_;
            ($by =~ /phone/ ? phone($i) : phone($i + 1000)) . ','
            . ($by =~ /card/ ? $i : '') . ',' . ($by =~ /id/ ? $i : '')
            . ($i <= 30 ? ",$sex\n" : ",male\n") } @numbers };

    my @kinds = ('phone', 'card', 'id', 'card and id');

    for my $by (@kinds) {
        $redis->flushall;
        $tools->import_ok("$by: 200 clients",
            $file->('phone, card and id', 'male', 1 .. 200));

        # 30 are refused, the last one is missing

        my $text = $file->($by, 'x', 1 .. 30)
            . $file->('phone, card and id', 'male', 31 .. 199)
              =~ s/^phone.*\n//r;

        for my $option ('--dry-run', '--yes') {
            my $run = $tools->import_file($text, '--delete-missing', $option);

            is($run->{count}{refused}, 30, "30 of them are refused, $option");
            is($run->{count}{$option eq '--yes' ? 'deleted' : 'missing'}, 1,
                '... one is missing') or diag($run->{err});
            unlike($run->{err}, qr/nobody is deleted/, '... and may go');
            is(clients(), $option eq '--yes' ? 199 : 200, '... no others');
        }
    }

    # a card that was given to somebody with another number says nothing

    $redis->flushall;
    $tools->import_ok('200 clients',
        $file->('phone, card and id', 'male', 1 .. 200));
    my $run = $tools->import_file("phone,barcode,id,sex\n"
        . join('', map { phone($_ + 1000) . ",$_," . ($_ + 500) . ",x\n" }
            1 .. 30) . $file->('phone, card and id', 'male', 31 .. 200)
            =~ s/^phone.*\n//r, '--delete-missing');
    like($run->{err}, qr/the phones of 30 of 200 clients are not in the file/,
        'the cards of 30, with other numbers: they are missing');
    is(clients(), 200, '... and too many');
}


# Two rows of one client, of which one is refused: the other one moves him.

sub test_refused_and_good {
    my $file = sub { "phone,barcode,id,sex\n" . join '', map { "$_\n" } @_ };
    my @all = map { phone($_) . ",$_,$_,male" } 1 .. 200;
    my $new = sub { phone($_[0] + 1000) . ",$_[0],$_[0],$_[1]" };

    for my $rows ([ $new->(1, 'x'), $new->(1, '') ],
                  [ $new->(1, ''), $new->(1, 'x') ],
                  [ phone(2001) . ',1,1,x', $new->(1, '') ],
                  [ phone(2001) . ',1,,x', $new->(1, '') ])
    {
        $redis->flushall;
        $tools->import_ok('200 clients', $file->(@all));

        my $run = $tools->import_file($file->(@all[1 .. 199], @$rows),
            '--delete-missing');
        is($run->{count}{moved}, 1, "@$rows: he is moved")
            or diag($run->{out}, $run->{err});
        is($run->{count}{refused}, 1, '... one row is refused');
        is(clients(), 200, '... nobody is deleted');
    }

    # ... and each of them is one who goes

    for my $bad ([ 1 .. 30 ], [ 1 .. 21 ], [ 1 .. 20 ]) {
        $redis->flushall;
        $tools->import_ok('200 clients', $file->(@all));

        my $many = @$bad > 20;
        my $run = $tools->import_file($file->(@all[@$bad .. 199],
            map({ $new->($_, 'x') } @$bad), map({ $new->($_, '') } @$bad)),
            '--delete-missing');

        is($run->{count}{moved} // 0, $many ? 0 : 20,
            scalar(@$bad) . ' of them are moved, or too many');
        is($run->{err} =~ /the phones of (\d+) of 200 clients are not/ ? $1 : 0,
            $many ? @$bad : 0, '... which is said');
    }
}


# A row with the title of a group is a good one.

sub test_titles {
    my $file = sub { my ($by, @numbers) = @_;
        "phone,barcode,loyalty_group_id\n" . join '', map {
            phone($_ + ($_ > $by ? 0 : 1000)) . ",$_,Gold\n" } @numbers };

    for my $case ([ 20, 20 ], [ 21, 0 ]) {
        my ($by, $moved) = @$case;

        $redis->flushall;
        $tools->import_ok('a group', "id,title,loyaltyType,loyaltyQuantity\n"
            . "7,Gold,bonuses,1\n", '--groups');
        $tools->import_ok('200 clients', $file->(0, 1 .. 200));

        my $run = $tools->import_file($file->($by, 1 .. 200),
            '--delete-missing');
        is($run->{count}{moved} // 0, $moved,
            "$by clients with a title, and another phone: $moved are moved")
            or diag($run->{out}, $run->{err});
    }
}


# somebody is still writing the file

sub test_growing {
    fill(100);

    my $file = spew($tools->dir . '/growing', text(1 .. 98));

    $tools->redis->signal('STOP');

    my $run = Polycard::Command->new({}, tool('import'), $tools->market,
        '--delete-missing', $file);

    # that is after it has looked at the file

    wait_until {
        my @open = map { readlink($_) || '' } glob '/proc/' . $run->pid . '/fd/*';
        slurp('/proc/' . $run->pid . '/cmdline') =~ /polycard-import/
            && grep({ $_ eq $file } @open) && grep { /^socket:/ } @open;
    } 'it asks Redis';

    open my $to, '>>', $file or die "$file: $!\n";
    print $to phone(99) . ",99\n";
    close $to;

    $tools->redis->signal('CONT');

    is($run->status, 1, 'a file that grows while it is read');
    like($run->output, qr/nobody is deleted: the file has changed/,
        '... deletes nobody');
    is(clients(), 100, '... all are there');
}


sub test_dry_run {
    fill(100);

    my $digest = $tools->digest;
    my $run = $tools->import_file(text(1 .. 95), '--delete-missing', '-t');

    is($run->{status}, 0, 'a dry run');
    is($run->{count}{missing}, 5, '... tells how many are missing');
    is($tools->digest, $digest, '... and deletes nobody');

    $run = $tools->import_file(text(1 .. 5), '--delete-missing', '-t');
    is($run->{status}, 1, '... and when it would be refused');
}


# The index may hold what we did not write; who registers meanwhile stays

# Who has no card yet is a client of the market as well, whom Polycard does not see.

sub test_cardless {
    my $key = sub { $tools->key('client:' . phone($_[0])) };
    my $file = "phone,barcode,id\n" . join '', map { phone($_) . ",$_,$_\n" }
        1 .. 30;

    fill(30);
    $tools->import_ok('three without a card', "phone,name,bonus,barcode,id\n"
        . join '', map { phone($_) . ",N,$_,,$_\n" } 101 .. 103);

    my $moved = $file . phone(102) . ",,102\n" . phone(203) . ",,103\n";

    for my $way ([ '--dry-run' ], []) {
        my $run = $tools->import_file($moved, '--delete-missing', @$way);

        counted($run, { records => 32, changed => 30, unchanged => 2,
            moved => 1, 'without card' => 2, @$way ? 'missing' : 'deleted', 1 },
            "a file that names two of them @$way");
    }

    is($redis->exists($key->(101)), 0, '... who is not in it is deleted');
    is($redis->hget($key->(102), 'bonus'), 102, '... who is stays');
    is($redis->hget($key->(203), 'bonus'), 103,
        '... who has another phone has his bonus there');
    is($redis->exists($key->(103)), 0, '... and nobody has it at the old one');

    # as many as others may go

    $tools->import_ok('thirty without a card', "phone,name\n"
        . join '', map { phone($_) . ",N\n" } 301 .. 330);

    my $run = $tools->import_file($moved, '--delete-missing');
    like($run->{err}, qr/the phones of 30 of 32 clients without a card are not in the file, and no more than 20 may go/,
        'a file that lacks many of them deletes nobody');
    is($redis->exists($key->(330)), 1, '... who has no card neither');

    # and many of them are no reason to delete more of the others

    $tools->import_ok('many without a card', "phone,name\n"
        . join '', map { phone($_) . ",N\n" } 301 .. 600);
    $run = $tools->import_file("phone,name\n" . join('',
        map { phone($_) . ",N\n" } 1 .. 9, 102, 203, 301 .. 600),
        '--delete-missing');
    like($run->{err}, qr/the phones of 21 of 30 clients are not in the file, and no more than 20 may go/,
        'many of them are no reason to delete more of the others');

    # ... also those of whom one row is refused, and another one moves them

    for my $n (20, 21) {
        my $of = sub { my ($by, $sex) = @_;
            map { phone($by + $_) . ",,$_,$sex\n" } 1 .. $n };

        $redis->flushall;
        $tools->import_ok('200 without a card', "phone,name,id\n"
            . join '', map { phone($_) . ",N,$_\n" } 1 .. 200);
        $tools->client->hset($tools->key('meta'), delete_guard => 1);

        $run = $tools->import_file(join('', "phone,barcode,id,sex\n",
            $of->(1000, 'x'), $of->(2000, ''),
            map { phone($_) . ",,$_,\n" } $n + 1 .. 200), '--delete-missing');
        is($run->{count}{moved} // 0, $n == 20 ? 20 : 0,
            "$n with another phone: are moved, or too many");
        is($run->{err} =~ /the phones of (\d+) of 200 clients without a card/
               ? $1 : 0, $n == 20 ? 0 : 21, '... which is said');
    }

    # what is out of order there holds up nobody else

    fill(30);

    $redis->del($tools->key('incomplete'));
    $redis->set($tools->key('incomplete'), 'x');
    $run = $tools->import_file(text(1 .. 29), '--delete-missing');
    is($run->{status}, 0, 'where it is unknown who they are');
    is($run->{count}{deleted}, 1, '... the others who are gone go');
}


sub test_index {
    fill(30);
    $redis->zadd($tools->key('clients'), 15.5, 'no phone', 15.7, '380',
        -5, '380999999999');
    $redis->hset($tools->key('client:380999999999'), barcode => 'x');

    my $run = $tools->import_file(text(1 .. 29), '--delete-missing');

    is($run->{count}{deleted}, 2, 'members that are no phones are left alone');
    is(clients(), 31, '... in the index');
}


sub test_temporary_file {
    fill(30);

    my $dir = $tools->dir . '/none';
    local $ENV{TMPDIR} = $dir;
    my $run = $tools->import_file(text(1 .. 29), '--delete-missing');

    is($run->{status}, 2, 'a TMPDIR that is not there');
    like($run->{err}, qr/cannot make a temporary file in "\Q$dir\E"/,
        '... is said');
    is(clients(), 30, '... nobody is deleted');

    mkdir $dir or die "$dir: $!\n";
    $run = $tools->import_file(text(1 .. 29), '--delete-missing');
    is($run->{count}{deleted}, 1, 'one that is there');
    is_deeply([ glob "$dir/*" ], [], '... is empty afterwards');
}
