# The connection that listens to keyspace events, over TLS.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Certificates;
use Polycard::Faults;
use Polycard::Listener;
use Polycard::Nginx qw( market );
use Polycard::Redis;
use Polycard::TLSLink;

my $ca = Polycard::Certificates->new;
my @good = $ca->issue('good', 'DNS:localhost', 'IP:127.0.0.1');
my @other = $ca->issue('other', 'DNS:redis.example');
my $port = Polycard::Redis::free_port();

my $redis = Polycard::Redis->new(acl => 0,
    'notify-keyspace-events' => 'Kghxe$',
    'tls-port' => $port, 'tls-cert-file' => $good[0],
    'tls-key-file' => $good[1], 'tls-ca-cert-file' => $ca->file,
    'tls-auth-clients' => 'no');
my $link = Polycard::TLSLink->new(to => $redis->socket, record => 1,
    cert => $good[0], key => $good[1]);

my %address = (right => "localhost:$port", small => 'localhost:' . $link->port,
    wrong => "localhost:$port", plain => 'localhost:' . $redis->port,
    reverse => "localhost:$port");

sub shop {
    my ($name, @directives) = @_;

    return market($name, redis => $address{$name}, access_token => 'off',
        card_numbers => 'phone', emitter => 'off',
        redis_connect_timeout => $name eq 'plain' ? '1s' : '10s',
        $name eq 'reverse' ? () : (redis_ssl => 'on',
            redis_ssl_trusted_certificate => $ca->file), @directives);
}

my $nginx = Polycard::Nginx->new(
    main => Polycard::Listener::load(),
    http => shop('right') . shop('small')
        . shop('wrong', redis_ssl_name => 'redis.example') . shop('plain')
        . shop('reverse') . "server {\n    listen 127.0.0.1:%%PORT_0%%;\n"
        . join('', map { "location = /$_ { polycard_listener $_; }\n" }
            sort keys %address) . "}\n",
);

sub heard { listen_to($nginx, @_) }

sub said {
    my ($name) = @_;

    return map { /"$name" sends no keyspace events: (.*)/ ? $1 : () }
        log_lines($nginx, qr/"$name" sends no keyspace events/);
}

heard($_, do => 'start') for sort keys %address;


# What is told

for my $name (qw( right small )) {
    wait_until { heard($name)->{ready} } 10, "$name: ready";

    my $client = $redis->client;

    for my $number (1 .. 3000) {
        $client->hset("polycard:{$name}:client:38067111" . (1000 + $number),
            name => 'x', sub { die $_[1] if defined $_[1] });
    }

    $client->wait_all_responses;
    wait_until { heard($name)->{events} == 3000 } 30,
        "$name: 3000 events, each once";
    is(scalar(said($name)), 0, '... nothing is said');
}


# What is not, and why

wait_until { said('wrong') } 10, 'a wrong name: a line';
like((said('wrong'))[0],
    qr/^TLS: the server's certificate is not one for redis\.example$/,
    '... which says why');
wait_until { said('plain') } 10, 'a server without TLS: a line';
like((said('plain'))[0],
    qr/^TLS: (?:no answer to the handshake|the server does not speak it$)/,
    '... which says why, also of one that takes it for a command');
wait_until { said('reverse') } 10, 'a server with TLS, asked without: a line';
like((said('reverse'))[0], qr/^closed before an answer, as by a server with/,
    '... says why');
is(scalar(said($_)), 1, "$_: one line") for qw( wrong plain reverse );


# It is lost, and comes back; the certificate changes

my $ready = heard('right')->{ready};

$redis->client->client('KILL', 'TYPE', 'pubsub');
wait_until { heard('right')->{ready} > $ready } 10, 'lost, and ready again';

$redis->client->config('SET', 'tls-cert-file', $other[0],
    'tls-key-file', $other[1]);
$redis->client->client('KILL', 'TYPE', 'pubsub');

wait_until { grep { /is not one for localhost/ } said('right') } 10,
    'a certificate for another name';
wait_until { heard('wrong')->{ready} } 10, '... is right for another market';

$redis->client->config('SET', 'tls-cert-file', $good[0],
    'tls-key-file', $good[1]);
$ready = heard('right')->{ready};
wait_until { heard('right')->{ready} > $ready } 10, 'the right one: ready';

finish();
