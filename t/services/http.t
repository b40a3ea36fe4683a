# The services behave as any resource of nginx: HEAD, HTTP/1.0, keep-alive,
# pipelining, HTTP/2, compression, subrequests

use strict;
use warnings;

use lib 't/lib';

use IO::Uncompress::Gunzip qw( gunzip );

use Polycard::Test;
use Polycard::Condition;
use Polycard::HTTP;
use Polycard::Nginx qw( services );
use Polycard::Shop;
use Polycard::Status;

not_under(['small-buffers', 'http2'],
    'it sends 500 requests before it reads, and compares versions of HTTP');

my $dir = temp_dir();

my ($made, $said) = run_command('openssl', 'req', '-x509', '-newkey', 'ec',
    '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=127.0.0.1', '-keyout', "$dir/key", '-out', "$dir/cert");

is($made, 0, 'a certificate') or diag($said);

my $shop = Polycard::Shop->new(
    market => { card_numbers => 'phone' },
    http   => "ssl_certificate $dir/cert; ssl_certificate_key $dir/key;\n"
              . "server {\nlisten 127.0.0.1:%%PORT_2%% http2;\n"
              . "listen 127.0.0.1:%%PORT_3%% ssl http2;\n"
              . services('shop1') . "}\n",
    server => services('shop1', '/gzip/') . $STATUS . <<'EOC',
gzip on; gzip_types application/json; gzip_min_length 1; gzip_http_version 1.0;
root %%DIR%%; lingering_timeout 200ms;
location = /page.txt { ssi on; ssi_types text/plain; }
location = /auth     { auth_request /api/v1/web_service/getGroups; }
location = /noauth   { auth_request /api/v1/web_service/getClient; }
location = /old      { rewrite ^ /api/v1/web_service/getClient last; }
location /prefix     { polycard_get_client shop1; }
EOC
);

my $nginx = $shop->nginx;
my $path = '/api/v1/web_service';
my $phone = '380671112233';
my $get = "GET $path/getClient?phone=$phone";

$nginx->write_file('page.txt',
    "<!--# include virtual=\"$path/getClient?phone=$phone\" -->"
    . "<!--# include virtual=\"$path/getGroups\" -->"
    . "<!--# include virtual=\"$path/getClients\" -->\n");
$nginx->write_file($_, "hello\n") for qw( auth noauth );

$shop->put($phone, barcode => '1', name => 'x' x 200);
$shop->put_all(map { [ $phone + $_, barcode => "c$_", name => 'x' x 200 ] }
    1 .. 999);

my $client = $shop->get('getClient', phone => $phone)->body;
my $clients = $shop->get('getClients')->body;

sub headers {
    my ($answer) = @_;

    return [ grep { $_->[0] ne 'Date' } $answer->headers ];
}


# HEAD

for my $query ('getClient?phone=380671112233', 'getClient?phone=380500000000',
    'getClient?phone=1', 'getClient', 'getClients?limit=3',
    'getClients?limit=1000', 'getClients?limit=0', 'getGroups')
{
    my $get = http_get($nginx, "$path/$query");
    my $head = http_request($nginx, 'HEAD', "$path/$query");

    is($head->status, $get->status, "HEAD $query: the same status");
    is_deeply(headers($head), headers($get), '... and headers');
    is($get->header('Content-Length'), length $get->body,
        '... among them the length of the body');

    my $connection = Polycard::HTTP->connect($nginx);

    $connection->send("HEAD $path/$query HTTP/1.1\r\nHost: x\r\n"
        . "Connection: close\r\n\r\n");
    $connection->answer('HEAD');
    is($connection->closed, 1, '... which does not come');
}


# HTTP/1.0

my $old = http_raw($nginx, "$get HTTP/1.0\r\n\r\n");

is($old->status . $old->body, "200$client", 'HTTP/1.0 without a Host');
is($old->header('Connection'), 'close', '... closes');

my $kept = Polycard::HTTP->connect($nginx);

for (1 .. 3) {
    $kept->send("$get HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

    my $answer = $kept->answer;
    is($answer->status . $answer->body, "200$client",
        'HTTP/1.0 with keep-alive');
}

is_nok(http_raw($nginx, "GET $path/getClient HTTP/1.0\r\n\r\n"), 400,
    qr/phone/, 'an error in HTTP/1.0');
is(http_raw($nginx, "$get HTTP/1.0\r\n\r\n" =~ s/GET/POST/r)->status, 405,
    'a wrong method in HTTP/1.0');


# how a request may be written

is(http_raw($nginx, "GET http://x$path/getClient?phone=$phone HTTP/1.1\r\n"
    . "Host: x\r\n\r\n")->body, $client, 'an absolute URI');
is(http_raw($nginx, "\r\n$get HTTP/1.1\nHost: x\n\n")->body, $client,
    'bare line feeds');
is(http_get($nginx, "/api//v1/./web_service/x/../get%43lient?phone=$phone")
    ->body, $client, 'a path in other words');
is(http_get($nginx, "$path/getClient?phone=$phone#x")->body, $client,
    'a fragment');
is(http_get($nginx, "/prefix/any?phone=$phone")->body, $client,
    'a location that is a prefix');
is(http_get($nginx, "/old?phone=$phone")->body, $client, 'after a rewrite');

# none of the answers has a version that could be asked for

my @conditions = (
    [ 'Range', 'bytes=0-5' ],
    [ 'Range', 'bytes=0-5', 'If-Range', '"x"' ],
    map({ [ 'If-None-Match', $_ ], [ 'If-Match', $_ ] } '*', '"x"', 'W/"x"'),
    map({ my $date = $_; map { [ "If-$_-Since", $date ] }
          qw( Modified Unmodified ) } 'Fri, 31 Dec 2100 00:00:00 GMT',
        'Thu, 01 Jan 1970 00:00:00 GMT'),
);

for my $headers (@conditions) {
    for my $query ('getClients', 'getGroups') {
        my $answer = http_get($nginx, "$path/$query", headers => $headers);

        is($answer->status . $answer->body,
            '200' . ($query eq 'getGroups' ? '[]' : $clients),
            "$query: @$headers");
    }

    is(http_get($nginx, $_, headers => $headers)->status, 200,
        "$_: @$headers") for map { "/status?format=$_" }
            qw( html json prometheus );
}

my $number = 380670000100;

for my $headers (@conditions) {
    my $answer = $shop->add({ phone => '' . ++$number },
        headers => $headers);

    is($answer->status . ' ' . ($answer->body =~ /"status":"OK"/ ? 'OK' : ''),
        '200 OK', "addClient: @$headers");
}

for my $headers (@conditions, [ 'Accept', 'text/html' ],
    [ 'Content-Length', '0' ], [ 'Expect', '100-continue' ])
{
    my $answer = http_get($nginx, "$path/getClient?phone=$phone",
        headers => $headers);

    is($answer->status . $answer->body, "200$client", "@$headers");
}

my $body = http_request($nginx, 'GET', "$path/getClient?phone=$phone",
    body => 'x' x 100_000);
is($body->status . $body->body, "200$client", 'a GET with a body');


# keep-alive, after errors too

sub post_bytes {
    my ($body) = @_;

    return "POST $path/addClient HTTP/1.1\r\nHost: x\r\n"
        . "Content-Type: application/json\r\nContent-Length: "
        . length($body) . "\r\n\r\n$body";
}

my @exchanges = (
    [ 200, 'GET', "$get HTTP/1.1\r\nHost: x\r\n\r\n" ],
    [ 404, 'GET', "GET $path/getClient?phone=380500000000 HTTP/1.1\r\n"
        . "Host: x\r\n\r\n" ],
    [ 400, 'GET', "GET $path/getClient?phone=1 HTTP/1.1\r\nHost: x\r\n\r\n" ],
    [ 400, 'GET', "GET $path/getClients?limit=0 HTTP/1.1\r\nHost: x\r\n"
        . "Content-Length: 5\r\n\r\nhello" ],
    [ 200, 'HEAD', "HEAD $path/getClients HTTP/1.1\r\nHost: x\r\n\r\n" ],
    [ 404, 'HEAD', "HEAD $path/getClient?phone=380500000000 HTTP/1.1\r\n"
        . "Host: x\r\n\r\n" ],
    [ 405, 'POST', "POST $path/getClient HTTP/1.1\r\nHost: x\r\n"
        . "Content-Length: 5\r\n\r\nhello" ],
    [ 200, 'POST', post_bytes('{"phone":"380670000001"}') ],
    [ 409, 'POST', post_bytes('{"phone":"380670000001","name":"x"}') ],
    [ 400, 'POST', post_bytes('{"phone":"1"}') ],
    [ 400, 'POST', post_bytes('[') ],
    [ 415, 'POST', post_bytes('{}') =~ s{application/json}{text/plain}r ],
    [ 200, 'GET', "GET $path/getClients?limit=1000 HTTP/1.1\r\nHost: x"
        . "\r\n\r\n" ],
    [ 200, 'GET', "GET $path/getGroups HTTP/1.1\r\nHost: x\r\n\r\n" ],
);

my $connection = Polycard::HTTP->connect($nginx);

for my $round (1, 2) {
    for my $exchange (@exchanges) {
        my ($status, $method, $bytes) = @$exchange;

        $connection->send($bytes);
        is($connection->answer($method)->status, $status,
            "round $round on one connection: $status to $method");
    }
}

# pipelined: all sent at once, answered in order

$connection = Polycard::HTTP->connect($nginx);
$connection->send(join '', map { $_->[2] } @exchanges, @exchanges);

my @got = map { $connection->answer($_->[1])->status } @exchanges, @exchanges;

is("@got", join(' ', map { $_->[0] } @exchanges, @exchanges),
    'pipelined requests are answered in order');

$connection = Polycard::HTTP->connect($nginx);
$connection->send(join '', map { "GET $path/getClient?phone="
    . ($phone + $_) . " HTTP/1.1\r\nHost: x\r\n\r\n" } 0 .. 499);
is(join(' ', map { $connection->answer->json->{phone} - $phone } 0 .. 499),
    "@{[ 0 .. 499 ]}", '... 500 of them');

# where the rest of a body cannot be told from a next request: closed

for my $case (
    [ 'a broken chunk', 400, "POST $path/addClient HTTP/1.1\r\nHost: x\r\n"
        . "Content-Type: application/json\r\n"
        . "Transfer-Encoding: chunked\r\n\r\nzz\r\n" ],
    [ '... with a wrong query', 400, "POST $path/addClient?token=1&token=2 "
        . "HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        . "Transfer-Encoding: chunked\r\n\r\nzz\r\n" ],
    [ '... of a GET', 400, "GET $path/getClient?phone=1 HTTP/1.1\r\n"
        . "Host: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" ],
    [ 'too large a body', 413, "POST $path/addClient HTTP/1.1\r\nHost: x\r\n"
        . "Content-Type: application/json\r\nContent-Length: 70000\r\n\r\n" ])
{
    my ($what, $status, $bytes) = @$case;

    my $broken = Polycard::HTTP->connect($nginx);

    $broken->send("$bytes$get HTTP/1.1\r\nHost: x\r\n\r\n");
    is_nok($broken->answer('POST'), $status, qr/./, $what);
    is($broken->answer->status, 0, '... and no second answer');
}


# a caller who leaves harms nobody

for my $n (1 .. 50) {
    my $gone = Polycard::HTTP->connect($nginx);

    $gone->send("GET $path/getClients?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n");
    $gone->close;
}

is($shop->get('getClients', limit => 1000)->json->[999]{phone}, $phone + 999,
    'fifty callers have left, the next is served');


# compression

for my $query ("getClient?phone=$phone", 'getClients?limit=1000',
    'getClient?phone=1', 'getClient?phone=380500000000')
{
    my $plain = http_get($nginx, "/gzip/$query");
    my $answer = http_get($nginx, "/gzip/$query",
        headers => [ 'Accept-Encoding', 'gzip' ]);
    my ($packed, $unpacked) = ($answer->body);

    is($answer->status, $plain->status, "gzip on: $query");

    if ($answer->header('Content-Encoding')) {
        gunzip(\$packed, \$unpacked);
        is($unpacked, $plain->body, '... unpacked it is the same');
    } else {
        is($packed, $plain->body, '... or not packed, and the same');
    }
}

is(http_get($nginx, "/gzip/getClient?phone=$phone",
    headers => [ 'Accept-Encoding', 'gzip' ])->header('Content-Encoding'),
    'gzip', 'an answer is packed');


# subrequests

is(http_get($nginx, '/page.txt')->body, "$client\[]$clients\n",
    'three services in a page');
is(http_get($nginx, '/auth')->body, "hello\n", 'an auth_request that is 200');
is(http_get($nginx, '/noauth')->status, 500, '... and one that is 400');


# HTTP/2

sub curl {
    my ($uri, @options) = @_;

    my ($status, $output) = run_command('curl', '-sS', '-i', '--max-time',
        '10', '--http2-prior-knowledge', @options,
        'http://127.0.0.1:' . $nginx->port(2) . "$path/$uri");

    diag($output) if $status;

    my ($head, $body) = split /\r\n\r\n/, $output, 2;
    my ($code) = $head =~ m{\AHTTP/2 (\d+)};

    return ($code, $body, $head);
}

sub h2 {
    my ($what, $status, $pattern, @arguments) = @_;

    my ($code, $body, $head) = curl(@arguments);

    is($code, $status, "HTTP/2: $what");
    like($head, qr{^content-type: application/json\r?$}m, '... is JSON');
    like($body, $pattern, '... and what it should be');

    return $head;
}

h2('getClient', 200, qr/\A\Q$client\E\z/, "getClient?phone=$phone");
like(h2('getClients', 200, qr/\A\[\{.*\}\]\z/s, 'getClients?limit=1000'),
    qr/^x-total-count: 10\d\d\r?$/m, '... its headers too');
h2('getGroups', 200, qr/\A\[\]\z/, 'getGroups');
h2('addClient', 200, qr/"status":"OK"/, 'addClient', '-H',
    'Content-Type: application/json', '-d', '{"phone":"380670000002"}');
h2('addClient, a form', 200, qr/"status":"OK"/, 'addClient', '-d',
    'phone=380670000003&name=Olha');
h2('addClient, multipart', 200, qr/"status":"OK"/, 'addClient', '-F',
    'phone=380670000004', '-F', 'name=Olha');

my $file = $nginx->write_file('body.json', '{"phone":"380670000005"}');

h2('addClient, length unknown', 200, qr/"status":"OK"/, 'addClient', '-X',
    'POST', '-T', $file, '-H', 'Content-Type: application/json',
    '-H', 'Content-Length:');
h2('nobody', 404, qr/"status":"NOK"/, 'getClient?phone=380500000000');
h2('no phone', 400, qr/"status":"NOK"/, 'getClient');
like(h2('a wrong method', 405, qr/"status":"NOK"/, 'getClient', '-X', 'PUT'),
    qr/^allow: GET, HEAD\r?$/m, '... and what is right');
h2('TRACE', 405, qr/"status":"NOK"/, 'getClient', '-X', 'TRACE');
h2('no type', 415, qr/"status":"NOK"/, 'addClient', '-X', 'POST');
$nginx->write_file('body.json', 'x' x 70000);
h2('too large a body', 413, qr/"status":"NOK"/, 'addClient', '-X',
    'POST', '-T', $file, '-H', 'Content-Type: application/json',
    '-H', 'Content-Length:');

my ($code, $none, $head) = curl("getClient?phone=$phone", '-I');

is($code, 200, 'HTTP/2: HEAD');
like($head, qr/^content-length: @{[ length $client ]}\r?$/m,
    '... tells the length');
is($none, '', '... without a body');

# a hundred streams at once, over TLS

my ($status, $output) = run_command('curl', '--no-progress-meter', '-k',
    '--max-time', '60', '--http2', '--parallel', '--parallel-max', '100',
    'https://127.0.0.1:' . $nginx->port(3) . "$path/getClient?phone="
    . '380671112[300-399]');

is($status, 0, 'HTTP/2 over TLS, a hundred streams at once');
is(join(' ', sort $output =~ /"phone":"(\d+)"/g),
    join(' ', 380671112300 .. 380671112399), '... each has its answer')
    or diag($output);
is(http_get($nginx, "$path/getClient?phone=$phone", port => 3, ssl => 1)
    ->body, $client, 'HTTP/1.1 over TLS');
is_nok(http_get($nginx, "$path/getClient?phone=$phone", port => 3), 400,
    qr/./, 'HTTP where TLS is spoken');

finish();
