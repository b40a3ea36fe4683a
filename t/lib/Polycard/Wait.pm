# The one way to wait: for a condition, with a limit.  No test and no other file
# of the harness sleeps; t/harness/rooms.t looks for those that do.
#
#   wait_until { $redis->exists($key) } 'the key';
#   wait_until { $redis->exists($key) } 60, 'the key';
#
# what the condition returned as soon as it is true.  Past the time the test
# fails, and 0 is returned.  The time is $TIMEOUT, 30 seconds, or what is given,
# whichever is longer: it is no measure of speed, but for what may take longer
# than that on a machine that is busy with other work.
#
#   wait_for(sub { ... }, 60) or die ...      # the same without a failed test
#   wait_within(0.5, sub { ... })             # this long and no longer: where it
#                                             # may well never become true
#   let_pass(0.1);      # where time itself is what happens: a slow peer, chaos

package Polycard::Wait;

use strict;
use warnings;

use Exporter qw( import );
use List::Util qw( max min );
use Test::More ();
use Time::HiRes qw( sleep time );

our @EXPORT = qw( wait_until wait_for wait_within let_pass );

# Longer than anything takes on a machine that is busy with other work.

our $TIMEOUT = $ENV{POLYCARD_TIMEOUT} || 30;

# seconds between two looks at a condition: the first ones, and all later ones

my ($FIRST, $LATER) = (0.001, 0.01);


sub wait_until(&;$$) {
    my ($condition, @more) = @_;

    my $what = pop @more;
    my $result = wait_for($condition, @more);

    Test::More::fail('waited in vain for ' . ($what || 'a condition'))
        if !$result;

    return $result;
}


sub wait_for {
    my ($condition, $seconds) = @_;

    return wait_within(max($seconds || 0, $TIMEOUT), $condition);
}


sub wait_within {
    my ($seconds, $condition) = @_;

    my $end = time + $seconds;
    my $pause = $FIRST;

    while (1) {
        my $result = $condition->();

        return $result if $result;
        return 0 if time > $end;

        sleep $pause;
        $pause = min(2 * $pause, $LATER);
    }
}


sub let_pass {
    my ($seconds) = @_;

    sleep $seconds;

    return 1;
}


1;
