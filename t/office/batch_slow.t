# Batches over small sockets and HTTP/2, to callers who do not read: all of it comes,
# and a worker's memory stays where it was.

use strict;
use warnings;

use lib 't/lib';

use IO::Uncompress::Gunzip qw( gunzip );
use Socket qw( SOL_SOCKET SO_SNDBUF );

use Polycard::Condition;
use Polycard::Faults;
use Polycard::Gateway;
use Polycard::HTTP;
use Polycard::HTTP2;
use Polycard::OfficeShop;
use Polycard::Shop qw( json_text );
use Polycard::Stub;
use Polycard::Test;

my $token = $Polycard::OfficeShop::TOKEN;
# what it gets are copies of requests, no hooks
my $gateway = do { local $Polycard::Record::MOST = 0; Polycard::Gateway->new };
my ($cert, $key) = Polycard::Condition::certificate();
my $shop = Polycard::OfficeShop->new(http => <<"EOC");
client_max_body_size 0;
server {
    listen 127.0.0.1:%%PORT_1%% sndbuf=4k rcvbuf=4k;
    listen 127.0.0.1:%%PORT_2%% sndbuf=4k http2;
    client_body_buffer_size 1k;
    location /office/ { polycard_office shop1; }
}
server {
    listen 127.0.0.1:%%PORT_3%% sndbuf=4k;
    send_timeout 200ms; lingering_timeout 200ms; client_body_timeout 200ms;
    location /office/ { polycard_office shop1; }
}
server {
    listen 127.0.0.1:%%PORT_4%%;
    client_body_buffer_size 1k;
    location /office/ { mirror /mirror; polycard_office shop1; }
    location = /mirror { internal; return 204; }
    location /rate/ { limit_rate 50k; polycard_office shop1; }
    location /gzip/ { gzip on; gzip_types *; polycard_office shop1; }
    location /copied/ { mirror /copy; polycard_office shop1; }
    location = /copy { internal; proxy_pass @{[ $gateway->url ]}; }
}
server {
    listen 127.0.0.1:%%PORT_5%% sndbuf=4k ssl;
    ssl_certificate $cert; ssl_certificate_key $key;
    client_body_timeout 10m;
    location /office/ { polycard_office shop1; }
}
EOC
my ($worker) = $shop->nginx->workers;
my $count = 20_000;
my @type = ('Content-Type', 'application/x-ndjson', 'Authorization',
    "Bearer $token");

# half of them are wrong, which is answered without Redis

my $text = join '', map { json_text($_ % 2 ? { op => 'delete',
    phone => 380670000000 + $_ . '' } : { op => 'x' x 200 }) . "\n" } 1 .. $count;

sub lines_are {
    my ($body, $what) = @_;

    my @n = $body =~ /^\{"line":(\d+),/mg;

    is_deeply([ scalar @n, $n[0], $n[-1] ], [ $count, 1, $count ], $what);
    is((grep { $n[$_] != $_ + 1 } 0 .. $#n), 0, '... in order');
}


# a small body first, so that what is made once is there

$shop->office(POST => 'batch', substr($text, 0, 20_000),
    type => 'application/x-ndjson', port => 1);

my $before = resident($worker);
my $answer = http_post($shop->nginx, '/office/batch', port => 1, body => $text,
    token => $token, type => 'application/x-ndjson', rcvbuf => 4096);

lines_are($answer->body, 'small sockets');


# who sends and does not read: nginx stops reading; then it goes on

my ($connection, $socket, $rest);

sub begin_to_send {
    my ($port) = @_;

    $connection = Polycard::HTTP->connect($shop->nginx, port => $port,
        rcvbuf => 4096);
    $rest = $connection->request_bytes('POST', '/office/batch', headers => [],
        token => $token, body => $text, type => 'application/x-ndjson',
        close => 1);
    $socket = $connection->{socket};

    setsockopt $socket, SOL_SOCKET, SO_SNDBUF, pack 'i', 4096;
    $socket->blocking(0);
}

sub push_some {
    my $sent = syswrite $socket, $rest;

    substr $rest, 0, $sent, '' if $sent;
    return $sent;
}

begin_to_send(1);

my $idle = 0;

wait_until { $idle = push_some() ? 0 : $idle + 1; return $idle > 20 } 30,
    'nginx reads no more from who does not read';
cmp_ok(length $rest, '>', length($text) / 2, '... of most of it');

# a sanitizer keeps what was freed

cmp_ok(resident($worker) - $before, '<', 3000, '... and keeps nothing of it')
    if !Polycard::Stub::is_sanitized();

my $got = '';

wait_until {
    push_some() if length $rest;

    my $n = sysread $socket, my $bytes, 65536;

    $got .= $bytes if $n;
    return defined $n && !$n;
} 60, 'it goes on when it is read';

$got =~ s/.*?\r\n\r\n//s;
lines_are(unchunked($got), 'all of it');


# HTTP/2

my $h2 = Polycard::HTTP2->connect($shop->nginx, port => 2, updates => 1);
my $small = join '', map { "$_\n" } (split /\n/, $text)[0 .. 199];
my $id = $h2->request('POST', '/office/batch', map { lc $type[$_] => $type[$_ + 1] }
    grep { $_ % 2 == 0 } 0 .. $#type);

$h2->data($id, $small);
is($h2->status($id), 200, 'HTTP/2');
is(() = $h2->body($id) =~ /^\{"line":/mg, 200, '... has all lines');


# nginx' own limit_rate and gzip, which hold pieces back

my $some = join '', map { "$_\n" } (split /\n/, $text)[0 .. 1999];

for my $place (qw( rate gzip )) {
    my $slowed = http_post($shop->nginx, "/$place/batch", port => 4,
        body => $some, token => $token, type => 'application/x-ndjson',
        headers => [ 'Accept-Encoding', 'gzip' ]);
    my $lines = $slowed->body;

    gunzip(\$slowed->body => \$lines) if $place eq 'gzip';

    is($slowed->header('Content-Encoding') // '', $place eq 'gzip' ? 'gzip' : '',
        $place);
    is(() = $lines =~ /^\{"line":/mg, 2000, '... all lines');
}


# TLS keeps the end of what a full socket does not take, up to 16 KB: it comes as
# soon as there is room, though no line follows

for my $n (map { 20 * $_ } 1 .. 8) {
    my $caller = Polycard::HTTP->connect($shop->nginx, port => 5, ssl => 1,
        rcvbuf => 4096);

    $caller->send("POST /office/batch HTTP/1.1\r\nHost: x\r\n"
        . "Content-Type: application/x-ndjson\r\nAuthorization: Bearer $token\r\n"
        . "Content-Length: 100000\r\n\r\n", qq[{"op":"${\('x' x 100)}"}\n] x $n);
    $caller->wait_until_read;
    1 while $caller->{input} !~ /^\{"line":$n,/m && $caller->receive;
    like($caller->{input}, qr/^\{"line":$n,/m, "TLS: all $n answers come");
    $caller->close;
}


# who stops: the time of nginx's own directives

$connection = Polycard::HTTP->connect($shop->nginx, port => 3);
$connection->send("POST /office/batch HTTP/1.1\r\nHost: x\r\n"
    . "Content-Type: application/x-ndjson\r\nAuthorization: Bearer $token\r\n"
    . "Content-Length: 1000\r\n\r\n{}\n{");
$answer = $connection->answer;
is_deeply([ map { JSON::MaybeXS->new->decode($_)->{error} } split /\n/, $answer->body ],
    [ 'op is missing', 'the rest of the body did not come in time' ],
    'a caller who stops is told so, behind what was done');

begin_to_send(3);
local $SIG{PIPE} = 'IGNORE';
wait_until { push_some(); return $!{EPIPE} || $!{ECONNRESET} } 30,
    'who reads nothing of the answer is left after send_timeout';
is(($shop->nginx->workers)[0], $worker, '... and the worker is well');


# a module of nginx has read the body before, into a file

$answer = http_post($shop->nginx, '/office/batch', port => 4, body => $text,
    token => $token, type => 'application/x-ndjson');
lines_are($answer->body, 'a body in a file');


# ... and sends it somewhere else, after we have read it

is(http_post($shop->nginx, '/copied/batch', port => 4, body => $small,
    token => $token, type => 'application/x-ndjson')->status, 200, 'a copied body');
is(($gateway->wait_requests(1))[0]{body}, $small, '... is copied whole');

finish();


sub unchunked {
    my ($bytes) = @_;
    my $text = '';

    while ($bytes =~ s/\A([0-9a-f]+)\r\n//i && hex $1) {
        $text .= substr $bytes, 0, hex $1, '';
        $bytes =~ s/\A\r\n//;
    }

    return $text;
}
