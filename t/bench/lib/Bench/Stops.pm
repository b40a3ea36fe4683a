# How long the event loop of the worker that sends stands still: a timer of 1
# ms in the same worker tells (t/driver/ngx_polycard_probe_module.c), while
# connections are new, name servers or the gateway are silent.
#
# A hypervisor stops all of it now and then, and no clock of the machine knows:
# to the worker it is processor time, 20 ms and more in the middle of a step of
# 1 ms.  So the stop of the best pass counts: what the code does by itself it
# does in each of them.

package Bench::Stops;

use strict;
use warnings;

use IO::Socket::INET;
use List::Util qw( min );
use Test::More;
use Time::HiRes qw( sleep );

use Polycard::Addon;
use Polycard::FakeDNS;
use Polycard::HTTP;
use Polycard::Preload;
use Polycard::Test ();

use Bench::Clock;
use Bench::Gateway;
use Bench::Hooks;
use Bench::Emitter;
use Bench::Table;

my $LIMIT = 5_000;
my $PASSES = 5;
my $BURSTS = 25;
my $HOOKS = 64;

# longer than hook_timeout and what is added to it
my $HANG = 2.5;

my $host = 'gateway.test';


sub run {
    my (undef, $other_core) = Bench::Servers::cores();
    my $gateway = Bench::Gateway->new($other_core,
        keep => 'keepalive_timeout 0;');

    print "\nThe longest stop of the emitter's event loop, 64 hooks at once\n\n";

    my $table = Bench::Table->new([ '', 42 ], [ 'best ms', 9 ],
        [ 'median', 9 ], [ 'worst', 9 ]);
    my @stops = map { scenario($gateway, $table, %$_) } scenarios($gateway);

    print "\n";

    for (@stops) {
        my ($title, @passes) = @$_;

        bar(min(@passes) <= $LIMIT, sprintf
            '%s: stops of %.1f ms, at most %d', $title, min(@passes) / 1000,
            $LIMIT / 1000);
    }
}


# ways as in Bench::Emitter; drain: the gateway takes the hooks

sub scenarios {
    my ($gateway) = @_;

    my ($hung, $dns) = (silent_gateway(), Polycard::FakeDNS->new);
    my $port = $hung->sockport;

    $dns->mode('silent');

    my $resolver = 'resolver 127.0.0.1:' . $dns->port . "; resolver_timeout 1s;"
        . " set \$polycard_gateway $host;";

    return (
        { title => 'nothing to do', idle => 1, carrier => 'curl',
          protocol => 'http' },
        { title => 'new TLS connections, libcurl', drain => 1,
          carrier => 'curl', protocol => 'https' },
        { title => 'new TLS connections, proxy_pass', drain => 1,
          carrier => 'proxy', protocol => 'https' },
        { title => "the system's resolver is silent, libcurl",
          carrier => 'curl', protocol => 'https', preload => silent_resolver(),
          market => { hook => "https://$host:443/hook" } },
        { title => "nginx' resolver is silent, proxy_pass",
          carrier => 'curl', protocol => 'http',
          location => "$resolver proxy_pass http://\$polycard_gateway;" },
        { title => 'the gateway is silent, libcurl, http', hung => $hung,
          carrier => 'curl', protocol => 'http',
          market => { hook => "http://127.0.0.1:$port/hook" } },
        { title => 'the gateway is silent, libcurl, https', hung => $hung,
          carrier => 'curl', protocol => 'https',
          market => { hook => "https://127.0.0.1:$port/hook" } },
        { title => 'the gateway is silent, proxy_pass', hung => $hung,
          carrier => 'curl', protocol => 'http',
          location => "proxy_pass http://127.0.0.1:$port;" },
    );
}


# the kernel accepts, and nobody ever looks

sub silent_gateway {
    return IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 4096)
        || die "no silent gateway: $!\n";
}


sub scenario {
    my ($gateway, $table, %scenario) = @_;

    my $way = { name => 'stops', %scenario,
        main   => Polycard::Addon::load('probe'),
        server => "location = /probe { polycard_probe; }\n",
        market => { hook_timeout => '1s', %{ $scenario{market} || {} } } };
    my $emitter = Bench::Emitter->new($gateway, $way);
    my $hooks = $emitter->prepare($HOOKS);

    my @passes = map { pass_of($emitter, $way, $hooks) }
        1 .. ($way->{drain} ? $BURSTS : $PASSES);

    $table->row($scenario{title}, map { sprintf '%.1f', $_ / 1000 }
        min(@passes), median(@passes), (sort { $b <=> $a } @passes)[0]);

    $emitter->end;

    return [ $scenario{title}, @passes ];
}


sub pass_of {
    my ($emitter, $way, $hooks) = @_;

    if (!$way->{drain} && !$way->{idle}) {
        start_anew($emitter, $way);
    }

    probe($emitter);

    if ($way->{drain}) {
        Bench::Hooks::drain($emitter, $way, $hooks);

    } elsif ($way->{idle}) {
        sleep 1;

    } else {
        $emitter->give($way, $hooks);
        $emitter->change($way);
        sleep $HANG;
    }

    return probe($emitter);
}


# a worker that knows of no outage

sub start_anew {
    my ($emitter, $way) = @_;

    $emitter->client->del($emitter->outbox($way));
    $emitter->nginx->reload or die $emitter->nginx->error_log;
    $emitter->wait_ready($way);
}


# microseconds, since the last time

sub probe {
    my ($emitter) = @_;

    return (split ' ', http_get($emitter->nginx, '/probe')->body)[0];
}


# a library in place of the system's resolver: it answers after a long time

sub silent_resolver {
    return Polycard::Preload::build(<<"EOT");
#include <netdb.h>
#include <unistd.h>

int
getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **res)
{
    sleep(8);

    return EAI_AGAIN;
}
EOT
}


1;
