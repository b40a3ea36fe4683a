# A Redis and an nginx that sends hooks to a gateway: a market for each way of
# sending, so that one after the other can be tried in the same worker.
#
#   my $emitter = Bench::Emitter->new($gateway, { name => 'https_curl',
#       protocol => 'https', carrier => 'curl' }, ...);
#
# The worker has a core for itself; Redis and the gateway share the other one.
#
# A market has no clients of its own: it is given the hooks that changes of
# other clients have left, under the prefix of Bench::Servers.

package Bench::Emitter;

use strict;
use warnings;

use parent -norequire, 'Bench::Servers';

use Polycard::Nginx qw( market );
use Polycard::Redis;
use Polycard::Test ();

use Bench::Gateway;
use Bench::Servers;

our $TOKEN = 'T0ken-T0ken-T0ken-T0ken-T0ken-32';

my $PARALLEL = 64;

my %default = (
    access_token     => 'off',
    hook_insecure    => 'on',
    hook_token_file  => '%%DIR%%/token',
    hook_concurrency => $PARALLEL,
    sweep_interval   => '1h',
);


# A way: name, protocol, carrier (curl, proxy), plain => 1 where the market has
# no hook, and what more there is in its
# `market`, `server`, `location`, and in the `main` block.  The first one may
# name a class instead of Polycard::Nginx

sub new {
    my ($class, $gateway, @ways) = @_;

    my ($nginx_core, $other_core) = Bench::Servers::cores();
    my $redis = Polycard::Redis->new(acl => 0);

    $redis->load_library;

    my $self = bless {
        redis      => $redis,
        nginx_core => $nginx_core,
        other_core => $other_core,
    }, $class;

    $self->move_redis($other_core);

    $self->{nginx} = ($ways[0]{nginx} || 'Polycard::Nginx')->new(
        main        => Bench::Servers::affinity($nginx_core)
            . join('', map { $_->{main} || '' } @ways),
        connections => 2048,
        log_level   => 'warn',
        preload     => $ways[0]{preload},
        files       => {
            token => "$TOKEN\n",
            ($gateway ? (ca => Polycard::Test::slurp($gateway->ca)) : ()),
        },
        http        => join '', map { $self->http($gateway, $_) } @ways,
    );

    $self->wait_ready(@ways);

    return $self;
}


sub http {
    my ($self, $gateway, $way) = @_;

    my $name = $way->{name};
    my $proxy = $way->{carrier} eq 'proxy';

    my %market = (%default,
        redis => 'unix:' . $self->{redis}->socket,
        ($gateway ? (hook => $gateway->url($way->{protocol})) : ()),
        ($proxy || $way->{protocol} eq 'http' ? ()
            : (hook_ssl_trusted_certificate => '%%DIR%%/ca')),
        %{ $way->{market} || {} });

    if ($way->{plain}) {
        delete @market{ grep { /^hook/ } keys %market };

        return market($name, %market);
    }

    return market($name, %market)
        . ($proxy ? upstream($name, $gateway->address($way->{protocol})) : '')
        . "server {\n"
        . "    listen 127.0.0.1:%%PORT_0%%;\n"
        . "    server_name $name;\n"
        . "    access_log off;\n"
        . "    location = /polycard-hook {\n"
        . "        internal;\n"
        . "        polycard_hook $name;\n"
        . ($proxy ? proxy($name, $way->{protocol}) : '')
        . ($way->{location} || '')
        . "    }\n"
        . ($way->{server} || '')
        . "}\n";
}


sub upstream {
    my ($name, $address) = @_;

    return "upstream $name {\n"
        . "    server $address;\n"
        . "    keepalive $PARALLEL;\n"
        . "    keepalive_requests 1000000000;\n"
        . "}\n";
}


# as docs/directives.md has it; nginx compares no addresses

sub proxy {
    my ($name, $protocol) = @_;

    my $scheme = Bench::Gateway::scheme($protocol);

    return "proxy_pass $scheme://$name/hook;\n"
        . "proxy_http_version 1.1;\n"
        . "proxy_set_header Host 127.0.0.1;\n"
        . "proxy_set_header Connection '';\n"
        . "proxy_ssl_name localhost;\n"
        . "proxy_ssl_verify on;\n"
        . "proxy_ssl_trusted_certificate %%DIR%%/ca;\n";
}


# somebody emits, hears of changes, and has looked at all there is

sub wait_ready {
    my ($self, @ways) = @_;

    my $redis = $self->client;

    Polycard::Test::wait_for(sub {
        return $redis->pubsub('NUMPAT') >= @ways && !grep {
            ($redis->hget("polycard:{$_->{name}}:meta", 'sync') || '')
                ne 'done'
        } @ways;
    }, 30) or die "nobody emits:\n", $self->nginx->error_log;
}


# Hooks that wait: so many changes of the sample's clients, every other one of
# a bonus.  Returns the outbox as a text for give().

sub prepare {
    my ($self, $count) = @_;

    my $redis = $self->client;

    $redis->hset($self->key('meta'), hooks => 1, sync => 'done');
    $self->fill($count / 2);

    my $phones = $redis->zrange($self->key('clients'), 0, -1);

    $redis->del($self->key('outbox'));

    for my $i (0 .. $count / 2 - 1) {
        $redis->fcall('polycard_change_bonus', 1, $Bench::Servers::PREFIX,
            $phones->[$i], 5000 + $i, sub {});
        $redis->fcall('polycard_put_client', 1, $Bench::Servers::PREFIX,
            $phones->[$i], email => "client$i\@example.com", sub {});
        $redis->wait_all_responses if $i % 500 == 0;
    }

    $redis->wait_all_responses;

    my $waiting = $redis->xlen($self->key('outbox'));

    die "$waiting hooks instead of $count\n" if $waiting != $count;

    return $redis->dump($self->key('outbox'));
}


# the market has these hooks; change() is what tells its emitter at once

sub give {
    my ($self, $way, $hooks) = @_;

    $self->client->restore($self->outbox($way), 0, $hooks, 'REPLACE');
}


my $changes = 0;

sub change {
    my ($self, $way) = @_;

    $self->client->hset("polycard:{$way->{name}}:client:380500000000",
        name => 'Тарас ' . ++$changes, barcode => '2900000000001');
}


sub waiting {
    my ($self, $way) = @_;

    return $self->client->xlen($self->outbox($way));
}


sub outbox { "polycard:{$_[1]{name}}:outbox" }


1;
