# How many requests a worker begins in one turn of its event loop: each may cost
# a connection and a handshake, and whoever asks it for a client waits meanwhile.
# And that it does not turn for nothing where nginx' clock stands.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::HookShop;
use Polycard::Preload;

my $hooks = 60;
my $dir = temp_dir();
my $most = "$dir/most";
my $waits = "$dir/waits";

my $shop = Polycard::HookShop->new(preload => counting($most, $waits),
    market => { hook_concurrency => 64 });

$shop->ready;

# all at once, before the emitter hears of the first

my $redis = $shop->client;

$redis->multi;
$redis->fcall('polycard_put_client', 1, $shop->key(''), 380671112200 + $_,
    barcode => "b$_") for 1 .. $hooks;
$redis->exec;

is(scalar(grep { /added/ } $shop->settle), $hooks, 'all hooks are sent');

my ($begun) = slurp($most) =~ /^(\d+)/;

cmp_ok($begun, '>', 1, "$begun requests in one turn");
cmp_ok($begun, '<=', 8, '... but no more than 8');

# answers come while the clock stands, long after the first of them

my $slow = Polycard::HookShop->new(preload => counting($most, $waits),
    main => "timer_resolution 1s;\n", market => { hook_concurrency => 1 });

$slow->ready;
$slow->gateway->always({ delay => 0.2 });

my $before = slurp($waits);

$slow->put(380671112300 + $_, barcode => "s$_") for 1 .. 6;
is(scalar(grep { /added/ } $slow->settle), 6, 'with timer_resolution all are sent');
cmp_ok(slurp($waits) - $before, '<', 1000, '... and nobody turned for nothing');

done_testing();


# A library that counts the requests given to libcurl between two waits for
# events, and writes down the greatest number, and at times how many waits there were.

sub counting {
    my (@path) = @_;

    return Polycard::Preload::build(<<"EOT" . <<'EOT');
#define MOST   "$path[0]"
#define WAITS  "$path[1]"
EOT

#define _GNU_SOURCE

#include <dlfcn.h>
#include <stdio.h>
#include <sys/epoll.h>

static int  begun, most, waits;

static void
note(const char *path, int n)
{
    FILE  *f;

    f = fopen(path, "w");

    if (f) {
        fprintf(f, "%d\n", n);
        fclose(f);
    }
}

int
epoll_wait(int fd, struct epoll_event *events, int n, int timeout)
{
    int  (*next)(int, struct epoll_event *, int, int);

    if (begun > most) {
        most = begun;
        note(MOST, most);
    }

    if (waits++ % 50 == 0) {
        note(WAITS, waits);
    }

    begun = 0;
    next = dlsym(RTLD_NEXT, "epoll_wait");

    return next(fd, events, n, timeout);
}

int
curl_multi_add_handle(void *multi, void *easy)
{
    int  (*next)(void *, void *);

    begun++;
    next = dlsym(RTLD_NEXT, "curl_multi_add_handle");

    return next(multi, easy);
}
EOT
}
