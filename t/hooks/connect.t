# A connection to the gateway that does not come about at once: nobody answers,
# it is refused later, or the next address has to be tried.  What libcurl closes
# meanwhile it closes silently.

use strict;
use warnings;

use lib 't/lib';

use IO::Socket::IP;

use Polycard::Test;
use Polycard::Faults;
use Polycard::Gateway;
use Polycard::HookShop;
use Polycard::Preload;

my $phone = '380671112200';


# A listener whose queue is full: the kernel answers nobody until somebody takes
# a connection, or nobody listens.

sub full_listener {
    my ($address, $port) = @_;

    my $listener = IO::Socket::IP->new(LocalHost => $address,
        LocalPort => $port, Listen => 1, ReuseAddr => 1)
        or die "$address:$port: $!\n";

    return [ $listener, map {
        IO::Socket::IP->new(PeerHost => $address, PeerPort => $port)
            || die "$address:$port: $!\n"
    } 1 .. 2 ];
}


# does somebody wait for an answer from there?  see proc_pid_net(5)

sub is_knocking {
    my ($address, $port) = @_;

    my $there = sprintf '%08X:%04X',
        unpack('V', pack 'C4', split /\./, $address), $port;

    return index(slurp('/proc/net/tcp'), " $there 02 ") >= 0;
}


sub wait_knocking {
    my (@place) = @_;

    wait_until { is_knocking(@place) } "a connection to @place is under way";
}


sub told {
    my ($shop, $name) = @_;

    is_deeply([$shop->settle(120)],
        [client_hook(added => $phone, barcode => $phone, name => $name)], $name);
}


sub added {
    my ($shop, $name) = @_;

    $phone++;
    $shop->put($phone, barcode => $phone, name => $name);
}


test_nobody();
test_refused();
test_next();
test_family();
test_leaving();

finish();


# a shop with a hook for a gateway that does not answer, and what keeps it so

sub unanswered {
    my ($name, %market) = @_;

    my $shop = Polycard::HookShop->new(market => \%market);

    $shop->ready;
    $shop->gateway->down;

    my $full = full_listener('127.0.0.1', $shop->gateway->port);

    added($shop, $name);

    return $shop, $full;
}


sub test_nobody {
    my ($shop, $full) = unanswered('nobody answers', hook_timeout => '1s');

    wait_until { log_lines($shop->nginx, qr/timed out/) } 'a timeout';
    $full = undef;
    $shop->gateway->up;
    told($shop, 'nobody answers');
}


sub test_refused {
    my ($shop, $full) = unanswered('refused later');

    wait_knocking('127.0.0.1', $shop->gateway->port);
    $full = undef;
    wait_until { log_lines($shop->nginx, qr/connect/) } 'a refusal';
    $shop->gateway->up;
    told($shop, 'refused later');
}


# an address that does not answer is not the first one for ever

sub test_next {
    my ($shop, $full) = two_addresses('127.0.0.2', hook_timeout => '1s',
        hook_retry => '50ms 500ms');

    added($shop, 'the next address');
    told($shop, 'the next address');
}


# ... and one of IPv6 not even the first time (RFC 8305)

sub test_family {
    return if !IO::Socket::IP->new(LocalHost => '::1', Listen => 1);

    my ($shop, $full) = two_addresses('::1', hook_timeout => '60s');

    for my $n (1 .. 8) {
        added($shop, "by IPv4, $n");
        told($shop, "by IPv4, $n");
        ok($shop->nginx->reload, '... once more, by a new worker');
        $shop->ready;
    }

    is(log_lines($shop->nginx, qr/takes no hooks/), 0, '... without delay');
}


# a gateway of two addresses, the first of which does not answer

sub two_addresses {
    my ($silent, %market) = @_;

    my $gateway = Polycard::Gateway->new;
    my $port = $gateway->port;
    my $shop = Polycard::HookShop->new(gateway => $gateway,
        preload => addresses($silent, '127.0.0.1'),
        market  => { hook => "http://gateway.test:$port/hook", %market });

    $shop->ready;

    return $shop, full_listener($silent, $port);
}


# a worker that ends meanwhile

sub test_leaving {
    my ($shop, $full) = unanswered('a worker ends');

    wait_knocking('127.0.0.1', $shop->gateway->port);
    $shop->nginx->stop('TERM');
    is($shop->client->xlen($shop->key('outbox')), 1, 'the hook is left');
}


# a library whose name service knows gateway.test, and nothing else

sub addresses {
    my (@addresses) = @_;

    my $list = join ', ', map { "\"$_\"" } @addresses;

    return Polycard::Preload::build(<<"EOT");
#define _GNU_SOURCE

#include <dlfcn.h>
#include <netdb.h>
#include <string.h>

typedef int (*lookup_pt)(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **res);

static const char  *addresses[] = { $list };

int
getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **res)
{
    int               i, rc;
    lookup_pt         lookup;
    struct addrinfo  *ai;

    *res = NULL;

    if (node == NULL || strcmp(node, "gateway.test") != 0) {
        return EAI_NONAME;
    }

    lookup = (lookup_pt) dlsym(RTLD_NEXT, "getaddrinfo");

    for (i = sizeof(addresses) / sizeof(addresses[0]) - 1; i >= 0; i--) {
        rc = lookup(addresses[i], service, hints, &ai);
        if (rc != 0) {
            continue;           /* of the family that is not asked for */
        }

        ai->ai_next = *res;
        *res = ai;
    }

    return *res ? 0 : EAI_NONAME;
}
EOT
}
