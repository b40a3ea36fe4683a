# How far ahead a bound of card numbers and ids is (contract, B25): more and more while
# numbers are issued fast, less and less when they are not.  It is set again when half
# of that is left.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new->open;
my $redis = $f->client;
my $meta = $f->key('meta');
my $next = 380500000000;

my $SLOWLY = 120_000;   # ms since the last bound
my $FAST = 30_000;

sub bound { split / /, $redis->hget($meta, 'bound_card') }

# the next card number, without what is the same for all

sub serial {
    my $reply = $f->call(add_client => $next++, 'ean13', '20', '', '');

    return substr($reply->[2], 2, 10) + 0;
}

is(serial(), 1, 'the first number');

my @first = bound();

is_deeply([@first[0, 1, 3, 4]], [1001, 1000, 1, $first[2]], '... and the first bound');

# the last number, its bound, how far that is ahead, when it was set; what then

for my $case (
    [1_015_999, 1_020_000, 8000, $SLOWLY, 1_020_000, 8000],
    [1_016_000, 1_020_000, 8000, $SLOWLY, 1_020_001, 4000],
    [1_017_000, 1_020_000, 8000, $FAST, 1_049_001, 32_000],
    [1_018_499, 1_019_000, 1000, $SLOWLY, 1_019_000, 1000],
    [1_018_500, 1_019_000, 1000, $SLOWLY, 1_019_501, 1000],
    [2_100_000, 2_200_000, 800_000, $FAST, 3_100_001, 1_000_000],
) {
    my ($last, $limit, $ahead, $since, @then) = @$case;
    my $set = $redis->time->[0] * 1000 - $since;

    $redis->set($f->key('seq:card'), $last);
    $redis->hset($meta, bound_card => join ' ', $limit, $ahead, $set, @first[3 .. 5]);
    is(serial(), $last + 1, "after $last, and the bound is $limit");

    my @bound = bound();

    is_deeply([@bound[0, 1]], \@then, "... then $then[0]");
    is_deeply([@bound[3 .. 5]], [@first[3 .. 5]], '... since the first number');

    if ($then[0] == $limit) {
        is($bound[2], $set, '... as it was');
    } else {
        cmp_ok($bound[2], '>', $set + $since / 2, '... from now on');
    }
}

finish();
