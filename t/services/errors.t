# Every error in our locations is a NOK object, those that nginx itself raises
# included; other locations keep theirs (contract B2)

use strict;
use warnings;

use lib 't/lib';

use IO::Select;

use Polycard::Test;
use Polycard::Condition;
use Polycard::HTTP;
use Polycard::Nginx qw( services );
use Polycard::Shop;

not_under('http2', 'it counts connections, and reads bare headers');

my $path = '/api/v1/web_service';
my $http = <<'EOC';
limit_req_zone $server_port zone=requests:1m rate=1r/m;
limit_conn_zone $server_port zone=connections:1m;
EOC

my $locations = <<'EOC';
location = /denied { deny all; polycard_get_client shop1; }
location = /basic  {
    auth_basic market; auth_basic_user_file %%DIR%%/users;
    polycard_get_client shop1;
}
location = /file   { client_body_in_file_only clean;
                     polycard_add_client shop1; }
location = /small  { client_max_body_size 10; polycard_add_client shop1; }
location = /busy   { limit_req zone=requests; polycard_get_client shop1; }
location = /429    { limit_req zone=requests; limit_req_status 429;
                     polycard_get_client shop1; }
location = /full   { limit_conn connections 1; limit_rate 1k;
                     polycard_get_groups shop1; }
location = /closed { return 503; polycard_get_client shop1; }
location = /gone   { return 410; polycard_get_client shop1; }
location = /words  { return 503 "<html>closed</html>";
                     polycard_get_client shop1; }
location = /moved  { return 301 /elsewhere; polycard_get_client shop1; }
location = /post   { limit_except GET { deny all; }
                     polycard_get_client shop1; }
location = /if     { if ($arg_none) { return 403; }
                     if ($arg_some) { set $more 1; }
                     polycard_get_client shop1; }
location = /types  { default_type text/plain; charset utf-8;
                     add_header X-Always yes always; add_header X-Good yes;
                     polycard_get_client shop1; }
location = /other         { deny all; }
location = /other/busy    { limit_req zone=requests; }
location = /other/missing { return 404; }
EOC

# a server that does not wait for long; the others do, on a busy machine too

my $hasty = "server {\n    listen 127.0.0.1:%%PORT_2%%;\n"
    . "client_body_timeout 300ms;\nclient_header_timeout 300ms;\n"
    . services('shop1') . "}\n";

# a site that shows pages of its own for all errors

my $site = "server {\n    listen 127.0.0.1:%%PORT_1%%;\n" . services('shop1')
    . <<'EOC';
error_page 400 401 403 405 409 410 413 414 415 429 494 500 501 503 504
           /error.html;
error_page 404 =200 @found;
location = /error.html { return 200 "<html>hijacked</html>"; }
location @found        { return 200 "<html>hijacked</html>"; }
location = /elsewhere  { deny all; }
location = /denied     { deny all; polycard_get_client shop1; }
}
EOC

my $shop = Polycard::Shop->new(http => "$http$hasty$site", server => $locations,
    files => { users => 'market:{PLAIN}hidden' });
my $nginx = $shop->nginx;
my $phone = '380671112233';

$shop->put($phone, barcode => '1');

sub raw { http_raw($nginx, join("\r\n", @_) . "\r\n\r\n") }


# no such client, wrong method

is_nok($shop->get('getClient', phone => '380671112234'), 404,
    'no such client', 'no such client');

for my $service (qw( getClient getClients getGroups addClient )) {
    my @allowed = $service eq 'addClient' ? ('POST') : ('GET', 'HEAD');

    for my $method (qw( GET POST PUT DELETE PATCH OPTIONS TRACE COPY MOVE
                        PROPFIND MKCOL LOCK UNLOCK CONNECT FOO ))
    {
        next if grep { $_ eq $method } @allowed;

        my $answer = http_raw($nginx, "$method $path/$service?phone=$phone "
            . "HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");

        # a CONNECT wants a host where a path stands
        if ($method eq 'CONNECT') {
            like($answer->status, qr/^40[05]$/, "$method $service");
            next;
        }

        is_nok($answer, 405, qr/method/, "$method $service: not allowed");
        is($answer->header('Allow'), join(', ', @allowed),
            '... and told what is');
    }
}

my $head = http_request($nginx, 'HEAD', "$path/addClient");
is($head->status . ' ' . $head->header('Allow'), '405 POST',
    'HEAD addClient: not allowed');


# what nginx refuses

is_nok(http_get($nginx, '/denied'), 403, qr/allowed/, 'deny');

my $basic = http_get($nginx, '/basic');

is_nok($basic, 401, qr/./, 'auth_basic');
is($basic->header('WWW-Authenticate'), 'Basic realm="market"',
    '... which asks for a password');

is_nok(http_post($nginx, '/small', type => 'application/json',
    body => '{"phone":"380671112235"}'), 413, qr/large/,
    'client_max_body_size');
is_nok(http_get($nginx, '/closed'), 503, qr/./, 'return 503');
is(http_get($nginx, '/closed')->header('Retry-After'), 1,
    '... with Retry-After');
is_nok(http_get($nginx, '/gone'), 410, qr/./, 'return 410');
is_nok(http_get($nginx, '/words'), 503, qr/./, 'return with a text');
is_nok(http_request($nginx, 'POST', '/post'), 403, qr/allowed/,
    'limit_except');
is_nok(http_get($nginx, "/if?phone=$phone&none=1"), 403, qr/allowed/,
    'return inside an "if"');
is(http_get($nginx, "/if?phone=$phone&some=1")->status, 200,
    'an "if" that is true and lets pass');
is_nok(http_get($nginx, '/if?phone=1&some=1'), 400, qr/^phone/,
    '... and an error behind it');

my $moved = http_get($nginx, '/moved');
is($moved->status, 301, 'return 301 is no error');
like($moved->body, qr/<html>/, '... nginx answers it');

http_get($nginx, "/busy?phone=$phone");

my $busy = http_get($nginx, "/busy?phone=$phone");

is_nok($busy, 503, qr/./, 'limit_req');
like($busy->header('Retry-After'), qr/^[1-9]\d*$/, '... with Retry-After');
is_nok(http_get($nginx, "/429?phone=$phone"), 429, qr/too many/,
    'limit_req with 429');

for my $n (1 .. 60) {
    $shop->call('put_group', $n, title => 'x' x 255, loyaltyType => 'bonuses',
        loyaltyQuantity => 1);
}

my $slow = Polycard::HTTP->connect($nginx);
$slow->send("GET /full HTTP/1.1\r\nHost: x\r\n\r\n");
IO::Select->new($slow->{socket})->can_read(10);
is_nok(http_get($nginx, '/full'), 503, qr/./, 'limit_conn');
$slow->close;


# requests that cannot be read

my $request = "GET $path/getClient?phone=$phone HTTP/1.1";

is_nok(raw($request), 400, qr/./, 'no Host');
is_nok(raw($request, 'Host:'), 400, qr/./, 'an empty Host');
is_nok(raw($request, 'Host: a b'), 400, qr/./, 'a Host with a space');
is_nok(raw($request, 'Host: x', 'Host: y'), 400, qr/./, 'two Hosts');
is_nok(raw($request, 'Host: x', 'Content-Length: many'), 400, qr/./,
    'a wrong Content-Length');
is_nok(raw($request, 'Host: x', 'Content-Length: 1', 'Content-Length: 1'),
    400, qr/./, 'two Content-Lengths');
is_nok(raw($request, 'Host: x', 'Content-Length: 1',
    'Transfer-Encoding: chunked'), 400, qr/./, 'two lengths of the body');
is_nok(raw($request, 'Host: x', "X-Long: " . 'x' x 40000), 400, qr/./,
    'a header that is too long');
is_nok(raw($request, 'Host: x', "X-Nul: \0"), 400, qr/./,
    'a NUL in a header');
is_nok(raw($request, 'Host: x', 'Transfer-Encoding: gzip'), 501, qr/./,
    'an unknown Transfer-Encoding');
is_nok(raw("GET $path/getClient?phone=" . '1' x 40000 . ' HTTP/1.1',
    'Host: x'), 414, qr/long/, 'a request line that is too long');
is_nok(raw("GET $path/getClient?phone=$phone HTTP/x.1", 'Host: x'), 400,
    qr/./, 'a version that is none');
is(raw("GET $path/getClient?phone=$phone HTTP/3.1", 'Host: x')->status, 505,
    'HTTP of the future');

my $chunked = "POST $path/addClient HTTP/1.1\r\nHost: x\r\n"
    . "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

is_nok(http_raw($nginx, "${chunked}zz\r\n{}\r\n0\r\n\r\n", method => 'POST'),
    400, qr/./, 'a broken chunk');
is_nok(http_raw($nginx, [ $chunked, "2\r\n{}\r\n", "-1\r\n" ],
    method => 'POST'), 400, qr/./, 'a later chunk that is broken');
is_nok(http_raw($nginx, "POST $path/addClient HTTP/1.0\r\nHost: x\r\n"
    . "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    . "0\r\n\r\n", method => 'POST'), 400, qr/./, 'chunks in HTTP/1.0');

# nginx fails by itself

rmdir $nginx->path('client_body') or die "client_body: $!\n";

is_nok(http_post($nginx, '/file', type => 'application/json',
    body => '{"phone":"380671112235"}'), 500, qr/./,
    'a body that cannot be stored');

# a request that breaks off gets no answer: nobody is waiting for one

my $half = Polycard::HTTP->connect($nginx, port => 2);

$half->send("POST $path/addClient HTTP/1.1\r\nHost: x\r\nContent-Type: "
    . "application/json\r\nContent-Length: 100\r\n\r\n{\"phone\":");
is($half->closed, 1, 'a body that does not come to its end: closed');

$half = Polycard::HTTP->connect($nginx, port => 2);
$half->send("$request\r\nHost: ");
is($half->closed, 1, 'a header that does not come to its end: closed');


# site-wide error pages

sub second { http_get($nginx, $_[0], port => 1) }

is_nok(second("$path/getClient?phone=380671112234"), 404, 'no such client',
    'an error page for 404 does not hide ours');
is_nok(second("$path/getClient?phone=1"), 400, qr/^phone/, '... nor for 400');
is_nok(second('/denied'), 403, qr/allowed/, '... nor for 403');
is_nok(http_request($nginx, 'PUT', "$path/getClient", port => 1), 405,
    qr/method/, '... nor for 405');
is_nok(http_post($nginx, "$path/addClient", port => 1, type => 'text/plain',
    body => 'x'), 415, qr/type/, '... nor for 415');
is_nok(http_post($nginx, "$path/addClient", port => 1,
    type => 'application/json', body => 'x' x 70000), 413, qr/large/,
    '... nor for 413');
is_nok(http_raw($nginx, "TRACE $path/getClient HTTP/1.1\r\nHost: x\r\n\r\n",
    port => 1), 405, qr/method/, '... nor for TRACE');
is_nok(http_raw($nginx, "$request\r\n\r\n", port => 1), 400, qr/./,
    '... nor where the Host is missing');
is_nok(second("$path/getClient?phone=" . '1' x 40000), 414, qr/long/,
    '... nor for 414');
is_nok(http_get($nginx, "$path/getClient", port => 1,
    headers => [ 'X-Long', 'x' x 40000 ]), 400, qr/./,
    '... nor for a header that is too long');
is(second('/elsewhere')->body, '<html>hijacked</html>',
    '... and shows elsewhere');
is(second('/missing')->body, '<html>hijacked</html>', '... for 404 too');


# other locations

for my $case ([ '/other', 403 ], [ '/other/busy', 503 ],
    [ '/other/missing', 404 ], [ '/nowhere', 404 ],
    [ '/other?' . 'x' x 40000, 414 ], [ "$path/getClient/", 404 ],
    [ "$path/getClientX", 404 ], [ "$path/getclient", 404 ], [ $path, 404 ])
{
    my ($uri, $status) = @$case;

    my $answer = http_get($nginx, $uri);

    is($answer->status, $status, "$status " . substr $uri, 0, 30);
    like($answer->body, qr/<html>.*(?:nginx|Angie)/s,
        '... is nginx\'s own page');
    like($answer->header('Content-Type'), qr{^text/html},
        '... and says so');
    is($answer->header('Retry-After'), undef, '... without our headers');
}

is(raw('GET / HTTP/1.1')->header('Content-Type'), 'text/html',
    'a bad request elsewhere');
is(http_raw($nginx, "FOO\r\n\r\n")->header('Content-Type'), 'text/html',
    'what is no request');
is(http_raw($nginx, "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n")
    ->header('Content-Type'), 'text/html', 'TRACE elsewhere');


# headers

my $typed = http_get($nginx, '/types');

is_nok($typed, 400, qr/phone/, 'default_type and charset leave the type');
is($typed->header('X-Always'), 'yes', 'add_header ... always');
is($typed->header('X-Good'), undef, 'add_header without it');

my $good = http_get($nginx, "/types?phone=$phone");

is($good->header('X-Good'), 'yes', '... is there with 200');
is($good->header('Content-Type'), 'application/json', '... and the type');

for my $uri ("$path/getClient", '/denied', '/closed', '/basic') {
    my $get = http_get($nginx, $uri);
    my $head = http_request($nginx, 'HEAD', $uri);

    is($get->header('Content-Length'), length $get->body,
        "$uri: the length of an error");
    is_deeply([ map { $_->status, grep { $_->[0] ne 'Date' } $_->headers }
                $head ],
        [ map { $_->status, grep { $_->[0] ne 'Date' } $_->headers } $get ],
        '... HEAD tells the same');
}

is(scalar(() = $typed->raw =~ /^Content-Type:/mg), 1, 'one Content-Type');
unlike(http_get($nginx, '/closed')->raw, qr/Last-Modified|ETag|Accept-Ranges/,
    'nothing of a file');

finish();
