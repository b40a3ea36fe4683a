# polycard-import --delete-missing: a file with wrong phones moves nobody to them,
# and a dry run says so.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;

test_wrong_phones();
test_inputs();
test_guard();
test_nameless();
test_trial_counts();
test_trial_twice();

finish();


sub two_hundred {
    my ($phones, $by) = @_;

    return "phone,name,barcode" . ($by ? ",id\n" : "\n") . join '', map {
        sprintf "380%s%05d,N%d,c%d%s\n", $phones, $_, $_, $_,
            $by ? ",$_" : '' } 1 .. 200;
}


# For Polycard the old phones are deleted: a wrong file must not do that

sub test_wrong_phones {
    for my $by (0, 1) {
        my $file = two_hundred(5011, $by);
        my @wrong = (two_hundred(6722, $by), '--delete-missing');

        # by id alone
        $wrong[0] =~ s/,c\d+,/,,/g if $by;

        $redis->flushall;
        $tools->import_ok('200 clients', $file);
        my $digest = $tools->digest;

        for my $option ('--dry-run', '--yes') {
            my $run = $tools->import_file(@wrong, $option);

            is($run->{status}, 1, "200 other phones, $option");
            like($run->{err}, qr/nobody is deleted or moved: the phones of 200 of 200 clients are not in the file, and no more than 20 may go at once; --force lets them go/,
                '... nobody is moved');
            counted($run, { records => 200, refused => 200 },
                '... the rows are refused');
            like($run->{refused}, qr/^2,"phone is not the one that this client has in Redis, and nobody is moved",380672200001,N1,/m,
                '... and listed');
            like($run->{out}, qr/^damaged\? +phone: 200 of 200 clients would get another one$/m,
                '... the trial tells of damage') if $option eq '--dry-run';
            is($tools->digest, $digest, '... nothing is changed');
        }

        my $run = $tools->import_ok('--force', @wrong, '--force');
        is($run->{count}{moved}, 200, '... moves them');
        is_deeply([ grep { !/^3806722/ } $tools->phones ], [],
            '... all of them');
    }
}


# whatever the file is, it is known as a whole before the first one is moved

sub test_inputs {
    for my $kind (qw( text stdin pipe fifo )) {
        for my $option ('--dry-run', '--yes') {
            $redis->flushall;
            $tools->import_ok('200 clients', two_hundred(5011, 0));

            my $digest = $tools->digest;
            my $run = $tools->import_file({ $kind => two_hundred(6722, 0) },
                '--delete-missing', $option);

            is($run->{status}, 1, "200 other phones from $kind, $option")
                or diag($run->{err}, $run->{out});
            counted($run, { records => 200, refused => 200 },
                '... the rows are refused');
            is($tools->digest, $digest, '... nothing is changed');
        }
    }

    # what cannot be read is said

    for my $case ([ $tools->dir, 'Is a directory' ],
        [ $tools->dir . '/none', 'No such file or directory' ])
    {
        my $run = $tools->import_file({ file => $case->[0] },
            '--delete-missing');
        is($run->{status}, 2, "--delete-missing: $case->[1]");
        like($run->{err}, qr/cannot read "\Q$case->[0]\E": $case->[1]/,
            '... is said');
    }
}


# moves and deletions count together

sub test_guard {
    my $more = sub { my ($moved, $kept) = @_;
        my @rows = split /^/, two_hundred(5011, 0);
        s/^3805011/3806722/ for @rows[1 .. $moved];
        join '', @rows[0 .. $kept] };

    for my $case ([ 12, 192, 20 ], [ 12, 191, 21 ], [ 21, 200, 21 ]) {
        my ($moved, $kept, $go) = @$case;

        $redis->flushall;
        $tools->import_ok('200 clients', two_hundred(5011, 0));

        my $digest = $tools->digest;
        my $run = $tools->import_file($more->($moved, $kept),
            '--delete-missing', '--dry-run');
        is($run->{status}, $go > 20 ? 1 : 0, "$moved moved, $go go: dry run");
        is($tools->digest, $digest, '... changes nothing');

        $run = $tools->import_file($more->($moved, $kept), '--delete-missing');
        is($run->{status}, $go > 20 ? 1 : 0, '... the import');
        is($run->{count}{moved}, $go > 20 ? undef : $moved, '... moves');
        is($run->{count}{deleted}, $go > 20 ? 0 : $go - $moved,
            '... and deletes');
        is($run->{count}{unchanged}, $go > 20 ? $kept - $moved : $kept,
            '... the others are imported');
    }

    # one who has the phone already is not moved to it: his row is taken

    $redis->flushall;
    $tools->import_ok('200 clients', two_hundred(5011, 0));
    my $run = $tools->import_file("phone,name,barcode\n"
        . "380501100001,Z,c1\n380501100002,Y,c9\n", '--delete-missing');
    is_deeply([ values %{ refusals($run) } ],
        [ 'barcode is in use by another client' ],
        'the card of one who is not deleted');
    is($tools->stored('client:380501100001')->{name}, 'Z',
        '... other rows are imported');
}


# who was meant by a row without a phone may be anybody

sub test_nameless {
    my @rows = ("380501100001,A,c1\n", "380501100002,B,c2\n");
    my %nameless = (
        'a phone that is too short' => "068,B,c1\n",
        'a quote that is not closed' => qq("380501100002,B,c1\n),
    );

    for my $what (sort keys %nameless) {
        for my $option ([ '--dry-run' ], [], [ '--force' ]) {
            $redis->flushall;
            $tools->import_ok('two clients', "phone,name,barcode\n@rows"
                =~ s/^ //mgr);

            my $digest = $tools->digest;

            # the card of the other one, mistyped
            my $run = $tools->import_file("phone,name,barcode\n"
                . "380672200009,X,c2\n$nameless{$what}", '--delete-missing',
                @$option);

            is($run->{status}, 1, "$what @$option");
            like($run->{err}, qr/nobody is deleted or moved: a refused record has no readable phone/,
                '... is said');
            is($run->{count}{moved}, undef, '... nobody is moved');
            is($tools->digest, $digest, '... all are as they were');
        }
    }

    # in a chain of cards

    $redis->flushall;
    $tools->import_ok('two clients', "phone,name,barcode\n@rows"
        =~ s/^ //mgr);

    my $digest = $tools->digest;
    my $run = $tools->import_file("phone,name,barcode\n380501100002,A,c1\n"
        . "380501100003,B,c2\n068,C,c3\n", '--delete-missing');

    is($run->{count}{moved}, undef, 'nobody is moved in a chain either');
    is($tools->digest, $digest, '... all are as they were');
}


# a trial counts as the import does

sub test_trial_counts {
    for my $name (qw( A X )) {
        my (@counts, $text);

        $text = "phone,name,barcode\n" . join '', map {
            sprintf "3800009%05d,%s,c%d\n", $_, $name, $_ } 1 .. 15;

        for my $option ([ '--dry-run' ], []) {
            $redis->flushall;
            $tools->import_ok('15 clients', $text =~ s/3800009/3800008/gr
                =~ s/,X,/,A,/gr);

            my $run = $tools->import_ok("all have another phone, $name",
                $text, '--delete-missing', @$option);
            delete @{ $run->{count} }{qw( missing deleted )};
            push @counts, $run->{count};
        }

        is_deeply($counts[0], $counts[1], '... are counted alike');
        is($counts[0]{moved}, 15, '... all are moved');
        is($counts[0]{$name eq 'A' ? 'unchanged' : 'changed'}, 15,
            '... and are as they were, or not');
    }
}


# one who is moved and stands in the file twice is one who is moved

sub test_trial_twice {
    my $text = two_hundred(5011, 0);

    $text =~ s/^380501100001,(.*\n)/380672200001,${1}380672200001,$1/m;

    for my $gone (0, 1) {
        my @counts;

        $text =~ s/^380501100002.*\n//m if $gone;

        for my $option ('--dry-run', '--yes') {
            $redis->flushall;
            $tools->import_ok('200 clients', two_hundred(5011, 0));

            my $run = $tools->import_ok("one row twice, $gone gone, $option",
                $text, '--delete-missing', $option);
            is($run->{count}{moved}, 1, '... one is moved');
            is(delete $run->{count}{$option eq '--yes' ? 'deleted'
                    : 'missing'} || 0, $gone, '... and so many are missing');
            push @counts, $run->{count};
        }

        is_deeply($counts[0], $counts[1], '... are counted alike');
    }
}
