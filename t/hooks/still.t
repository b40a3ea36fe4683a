# A worker that stands still for longer than its lease: an answer of Redis that came
# meanwhile is what it hears of first, before its timer tells that the lease is over.
# Another one has sent by then what that answer says.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Gateway;
use Polycard::HookShop;
use Polycard::Link;
use Polycard::Preload;

use constant HOOKS => 40;       # more than one answer has

my $shop = Polycard::HookShop->new(market => { lease => '3s',
    redis_timeout => '60s', redis_connect_timeout => '60s' });
my $gateway = $shop->gateway;
my $redis = $shop->client;
my @phones = map { sprintf '38067%07d', $_ } 1 .. HOOKS;

$shop->ready;
$shop->nginx->stop;

# Some way off: an answer under way can be caught.  SIGCONT would wake it up without
# news; a machine that is stopped as a whole, or has no time for it, does not.

my $asleep = Polycard::Preload::build(<<'EOT');
#define _GNU_SOURCE

#include <errno.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

int
epoll_wait(int fd, struct epoll_event *events, int n, int timeout)
{
    int  rc;

    rc = syscall(SYS_epoll_pwait, fd, events, n, timeout, NULL, 8);

    if (rc == -1 && errno == EINTR) {
        rc = syscall(SYS_epoll_pwait, fd, events, n, 0, NULL, 8);

        if (rc == 0) {
            errno = EINTR;
            rc = -1;
        }
    }

    return rc;
}
EOT


my $link = Polycard::Link->new(to => $shop->redis->socket, delay => 0.2);
my $far = $shop->branch(preload => $asleep,
    market => { redis => $link->address });

$shop->ready;
$shop->nginx->start;

my $holder = $shop->holder;

ok((grep { $_ == $holder->[1] } $far->workers), 'a worker far away emits');
wait_until { ($redis->hget($shop->key('meta'), 'read') || '')
             eq "$holder->[0] +" } 'it to have read all';

# its answer is under way as soon as Redis has noted how far it went

$redis->multi;
$redis->fcall('polycard_put_client', 1, $shop->key(''), $_, barcode => "c$_")
    for @phones;
$redis->exec;
wait_until { $redis->hget($shop->key('meta'), 'read')
             =~ /^$holder->[0] \d+-\d+$/ } 'it to read the next ones';
kill 'STOP', $holder->[1];
is(scalar($gateway->requests), 0, '... it stands still, and has sent nothing');

wait_until {
    my $now = $shop->holder;
    return $now && $now->[1] != $holder->[1];
} 'another one to emit';
ok($shop->drain, '... which sends all');

kill 'CONT', $holder->[1];
wait_until { $far->error_log =~ /does not emit .* any more/ }
    'it to know that its lease is over';
$far->stop;

my %times;

$times{ Polycard::Gateway::header($_, 'webhook-id') }++ for $gateway->requests;
is_deeply([ sort grep { $times{$_} > 1 } keys %times ], [],
    '... and nothing is sent twice');
is(scalar(keys %times), HOOKS, '... of all that there was');

finish();
