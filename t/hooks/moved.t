# A gateway that moves while what is at its old address answers yet, and takes
# no hooks: after a minute each probe looks the name up again, on a connection of
# its own.  The minute passes by a library that moves the clock.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::Gateway;
use Polycard::HookShop;
use Polycard::Preload;

my $dir = Polycard::Test::temp_dir();

place('127.0.0.1');
move_clock(0);

my $old = Polycard::Gateway->new;
my $new = Polycard::Gateway->new(address => '127.0.0.2', port => $old->port);

my $shop = Polycard::HookShop->new(
    gateway => $old,
    preload => library(),
    market  => {
        hook       => 'http://gateway.test:' . $old->port . '/hook',
        hook_retry => '50ms',
        lease      => '1h',
    },
);

$shop->ready;
$shop->put('380671112201', barcode => 'a');
wait_until { $old->requests } 'a hook goes to the old address';

$old->always({ status => 503 });
place('127.0.0.2');
$shop->put('380671112202', barcode => 'b');

wait_until { log_lines($shop->nginx, qr/takes no hooks/) } 'an outage';

my $before = () = $old->requests;

wait_until { $before + 5 < (() = $old->requests) } '... is probed';

my %connections = map { $_->{connection} => 1 } $old->requests;

is(scalar keys %connections, 1, '... on one connection');
is(scalar(() = $new->requests), 0, '... at the old address');

move_clock(61);

wait_until { log_lines($shop->nginx, qr/takes hooks again/, 'notice') }
    'a minute later it is over';
ok($shop->drain(30), '... what waited was sent');
like(join(' ', map { $_->{body} } $new->requests), qr/380671112202/,
    '... to the new address');

my $there = () = $old->requests;

$new->forget;
$shop->put("3806711122$_", barcode => $_) for 10 .. 29;
ok($shop->drain(30), 'and the next ones');
is(scalar(() = $new->requests), 20, '... to the new address');
is(scalar(() = $old->requests), $there, '... nothing to the old one');

finish();


sub place { put_file('address', $_[0]) }
sub move_clock { put_file('seconds', $_[0]) }


sub put_file {
    my ($name, $text) = @_;

    Polycard::Test::spew("$dir/$name.new", "$text\n");
    rename "$dir/$name.new", "$dir/$name" or die "$name: $!\n";
}


sub library {
    return Polycard::Preload::build(<<"EOT");
#define _GNU_SOURCE

#include <dlfcn.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

typedef int (*lookup_pt)(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **res);

static int
read_file(const char *path, const char *format, void *value)
{
    int    n;
    FILE  *f;

    f = fopen(path, "r");
    if (f == NULL) {
        return 0;
    }

    n = fscanf(f, format, value);
    fclose(f);

    return n == 1;
}

int
getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **res)
{
    char  address[64];

    if (node == NULL || strcmp(node, "gateway.test") != 0
        || !read_file("$dir/address", "%63s", address))
    {
        return EAI_NONAME;
    }

    return ((lookup_pt) dlsym(RTLD_NEXT, "getaddrinfo"))(address, service,
                                                         hints, res);
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
    int   rc;
    long  seconds;

    rc = syscall(SYS_clock_gettime, id, ts);

    if (rc == 0
        && (id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE)
        && read_file("$dir/seconds", "%ld", &seconds))
    {
        ts->tv_sec += seconds;
    }

    return rc;
}
EOT
}
