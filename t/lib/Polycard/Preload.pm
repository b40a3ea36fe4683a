# Libraries that take the place of some functions of libc in an nginx.
#
#   Polycard::Nginx->new(preload => Polycard::Preload::clock(86400), ...)
#
# its clock is a day ahead; that by which it measures time is not.

package Polycard::Preload;

use strict;
use warnings;

use Polycard::Test ();

my @dirs;


# the library of this text in C, with more flags for the compiler; it goes with
# the process

sub build {
    my ($text, @flags) = @_;

    my $dir = Polycard::Test::temp_dir();

    push @dirs, $dir;

    Polycard::Test::spew("$dir/preload.c", $text);

    my ($status, $output) = Polycard::Test::run_command($ENV{CC} || 'cc',
        @flags, '-shared', '-fPIC', '-o', "$dir/preload.so", "$dir/preload.c");

    die "preload.c was not built:\n$output" if $status;

    return "$dir/preload.so";
}


# system calls: a sanitizer has the functions of these names as well

sub clock {
    my ($seconds) = @_;

    return wrong_clock("($seconds)");
}


# ahead by as many minutes as this file has bytes, at any time; 0 without it

sub moved_clock {
    my ($path) = @_;

    return wrong_clock(qq{wrong_minutes("$path") * 60});
}


# ... that by which it measures time as well: so much time has passed

sub moved_time {
    my ($path) = @_;

    return wrong_clock(qq{wrong_minutes("$path") * 60},
        'CLOCK_MONOTONIC', 'CLOCK_MONOTONIC_COARSE');
}


sub wrong_clock {
    my ($wrong, @more) = @_;

    my $is_wrong = join ' || ', map { "id == $_" }
        'CLOCK_REALTIME', 'CLOCK_REALTIME_COARSE', @more;

    return build(<<"EOT");
#define _GNU_SOURCE

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define WRONG  $wrong

static inline long
wrong_minutes(const char *path)
{
    struct stat  st;

    return syscall(SYS_newfstatat, AT_FDCWD, path, &st, 0) ? 0 : st.st_size;
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
    int  rc;

    rc = syscall(SYS_clock_gettime, id, ts);

    if (rc == 0 && ($is_wrong)) {
        ts->tv_sec += WRONG;
    }

    return rc;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
    struct timespec  ts;

    clock_gettime(CLOCK_REALTIME, &ts);

    tv->tv_sec = ts.tv_sec;
    tv->tv_usec = ts.tv_nsec / 1000;

    return 0;
}

time_t
time(time_t *t)
{
    struct timespec  ts;

    clock_gettime(CLOCK_REALTIME, &ts);

    if (t) {
        *t = ts.tv_sec;
    }

    return ts.tv_sec;
}
EOT
}


1;
