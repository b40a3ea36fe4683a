# What a process has taken of the machine, and the middle of several numbers.
#
# /proc/PID/schedstat counts nanoseconds, of the main thread, which is the one
# that works; clock ticks of 10 ms would do as well over seconds, but not for
# one call.

package Bench::Clock;

use strict;
use warnings;

use Exporter qw( import );

use Polycard::Test ();

our @EXPORT = qw( cpu_time waited median );


# nanoseconds that the process has run

sub cpu_time { schedstat($_[0], 0) }


# nanoseconds that it was ready to run, and others ran

sub waited { schedstat($_[0], 1) }


sub schedstat {
    my ($pid, $field) = @_;

    return (split ' ', Polycard::Test::slurp("/proc/$pid/schedstat"))[$field];
}


sub median {
    my @sorted = sort { $a <=> $b } @_;

    return ($sorted[$#sorted / 2] + $sorted[@sorted / 2]) / 2;
}


1;
