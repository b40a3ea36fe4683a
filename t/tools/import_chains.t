# Rows of which each gives the card of the next one, as in a column of cards that
# has slipped by a row: the work is in proportion to their number.  Redis counts
# commands, which no load changes.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Tools;

my $tools = Polycard::Tools->new;
my $redis = $tools->client;

test_slipped($_) for [ '--yes' ], [ '--quiet' ], [ '--dry-run' ];
test_end_missing($_) for [], [ '--dry-run' ];
test_many_heads($_) for [], [ '--dry-run' ];

finish();


# numbers of clients, of cards, ids
sub text {
    return "phone,name,barcode,id\n" . join '', map {
        sprintf "3801000%05d,N,c%d,%s\n", $_->[0], $_->[1], $_->[2] // '' } @_;
}


sub commands { $redis->info('stats')->{total_commands_processed} }


# four times the rows, in a market of four times the clients

sub grows {
    my ($what, $rows, $options, $refused) = @_;

    my %calls;

    for my $n (100, 400) {
        my @all = map { [ $_, $_, $_ + 1 ] } 0 .. $n - 1;

        $redis->flushall;
        $tools->import_ok("$n clients", text(@all));

        my $before = commands();
        my $run = $tools->import_file(text($rows->($n)), @$options);

        $calls{$n} = commands() - $before;

        isnt($run->{status}, 2, "$what of $n, @$options: is imported")
            or diag($run->{err});
        is(scalar keys %{ refusals($run) }, $refused->($n),
            '... so many are refused');
    }

    cmp_ok($calls{400}, '<', 5 * $calls{100},
        "... commands: $calls{100} for 100, $calls{400} for 400");
}


sub test_slipped {
    my ($options) = @_;

    grows('a slipped column', sub {
        map { [ $_, $_ + 1, $_ + 1 ] } 0 .. $_[0] - 1 }, $options, sub { 0 });
}


# The card of the last one is of somebody who is to be deleted first.

sub test_end_missing {
    my ($options) = @_;

    grows('a chain to one who is missing', sub {
        map { [ $_, $_ + 1, $_ + 1 ] } 0 .. $_[0] - 2 },
        [ '--delete-missing', @$options ], sub { 0 });
}


# New clients, all of whom want the first card of such a chain; one gets it.

sub test_many_heads {
    my ($options) = @_;

    grows('many for one card of a chain', sub {
        my $half = $_[0] / 2;

        return ((map { [ $_, $_ + 1, $_ + 1 ] } 0 .. $half - 2),
            (map { [ $_, $_, $_ + 1 ] } $half .. $_[0] - 1),
            (map { [ 5000 + $_, 0, 5000 + $_ ] } 1 .. $half));
    }, [ '--delete-missing', @$options ], sub { $_[0] / 2 - 1 });
}
