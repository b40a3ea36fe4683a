# A connection to the gateway that does not come about at once: nobody answers,
# it is refused later, or the next address has to be tried.  What libcurl closes
# meanwhile it closes without a word.

use strict;
use warnings;

use lib 't/lib';

use IO::Socket::INET;

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

    my $listener = IO::Socket::INET->new(LocalAddr => $address,
        LocalPort => $port, Listen => 1, ReuseAddr => 1)
        or die "$address:$port: $!\n";

    return [ $listener, map {
        IO::Socket::INET->new(PeerAddr => $address, PeerPort => $port)
            || die "$address:$port: $!\n"
    } 1 .. 2 ];
}


# does somebody wait for an answer from there?  see proc_pid_net(5)

sub is_knocking {
    my ($address, $port) = @_;

    my $there = sprintf '%08X:%04X',
        unpack('V', pack 'C4', split /\./, $address), $port;

    return slurp('/proc/net/tcp') =~ /^ *\d+: \S+ $there 02 /m;
}


sub wait_knocking {
    my (@place) = @_;

    wait_until { is_knocking(@place) } 30, "a connection to @place is under way";
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

    wait_until { log_lines($shop->nginx, qr/timed out/) } 30, 'a time-out';
    $full = undef;
    $shop->gateway->up;
    told($shop, 'nobody answers');
}


sub test_refused {
    my ($shop, $full) = unanswered('refused later');

    wait_knocking('127.0.0.1', $shop->gateway->port);
    $full = undef;
    wait_until { log_lines($shop->nginx, qr/connect/) } 30, 'a refusal';
    $shop->gateway->up;
    told($shop, 'refused later');
}


# an address that does not answer is not the first one for ever

sub test_next {
    my $gateway = Polycard::Gateway->new;
    my @place = ('127.0.0.2', $gateway->port);
    my $shop = Polycard::HookShop->new(gateway => $gateway,
        preload => addresses($place[0], '127.0.0.1'),
        market  => { hook => "http://gateway.test:$place[1]/hook",
                     hook_timeout => '1s', hook_retry => '50ms 500ms' });

    $shop->ready;

    my $full = full_listener(@place);

    added($shop, 'the next address');
    told($shop, 'the next address');
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
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static const char  *addresses[] = { $list };

int
getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **res)
{
    int                  i;
    struct addrinfo     *ai;
    struct sockaddr_in  *sin;

    *res = NULL;

    if (node == NULL || strcmp(node, "gateway.test") != 0) {
        return EAI_NONAME;
    }

    for (i = sizeof(addresses) / sizeof(addresses[0]) - 1; i >= 0; i--) {
        ai = calloc(1, sizeof(*ai) + sizeof(*sin));
        if (ai == NULL) {
            return EAI_MEMORY;
        }

        sin = (struct sockaddr_in *) &ai[1];
        sin->sin_family = AF_INET;
        sin->sin_port = htons(service ? atoi(service) : 0);
        inet_pton(AF_INET, addresses[i], &sin->sin_addr);

        ai->ai_family = AF_INET;
        ai->ai_socktype = SOCK_STREAM;
        ai->ai_protocol = IPPROTO_TCP;
        ai->ai_addrlen = sizeof(*sin);
        ai->ai_addr = (struct sockaddr *) sin;
        ai->ai_next = *res;
        *res = ai;
    }

    return 0;
}
EOT
}
