# Variables for access_log: market, result, time in Redis, masked phone and
# request line, right also for what nginx itself refuses.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::HTTP2;
use Polycard::Nginx qw( market services );
use Polycard::Redis;
use Polycard::Shop;

my $token = 'S3cret-of-the-market';
my $path = $Polycard::Shop::PATH;
my ($phone, $masked) = ('380671112233', '38067***2233');
my $card = '4820000000017';

my $shop = Polycard::Shop->new(
    market  => { access_token => undef, access_token_file => '%%DIR%%/tokens',
                 emitter => 'off' },
    files   => { tokens => "$token\n", users => 'market:{PLAIN}hidden' },
    http    => <<'EOC' . services('shop1') . '}',
log_format polycard '$remote_port $status $polycard_market $polycard_result '
    '$polycard_redis_time $polycard_phone "$polycard_request"';
access_log %%DIR%%/polycard.log polycard;
limit_req_zone $server_port zone=requests:1m rate=1r/m;
server {
    listen 127.0.0.1:%%PORT_2%%;
    client_header_timeout 300ms;
    client_body_timeout 300ms;
EOC
    server  => <<'EOC',
listen 127.0.0.1:%%PORT_1%% http2;
location = /busy  { limit_req zone=requests; limit_req_status 429;
                    polycard_get_client shop1; }
location = /small { client_max_body_size 10; polycard_add_client shop1; }
location = /basic { auth_basic market; auth_basic_user_file %%DIR%%/users;
                    polycard_get_client shop1; }
location = /deny  { deny all; polycard_get_client shop1; }
location /below/  { polycard_get_client shop1; }
location /else    { return 404; }
EOC
);
my $nginx = $shop->nginx;

# the line of the log that the request of this answer, or connection, has made:
# all but the time as it is; it may come after the answer

sub logged {
    my ($asked, $wanted, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $peer = $asked->peer;
    my $line = '';

    wait_until {
        ($line) = $nginx->log_text('polycard.log') =~ /^(?:.*\n)*$peer (.*)\n/;
        return defined $line;
    } 'a line of the log';

    $line = '' if !defined $line;
    $line =~ s/ (\d+\.\d{3}) / TIME /;

    is($line, $wanted, $what);
}

# of a GET with these options; HTTP/1.1 is the end of each line

sub get_is {
    my ($wanted, $what, $uri, %option) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    logged(http_get($nginx, $uri, token => $token, %option), $wanted, $what);
}


# answers

$shop->put($phone, barcode => $card, name => 'Olha');

my $get = "$path/getClient";

get_is("200 shop1 ok TIME $masked \"GET $get?phone=$masked HTTP/1.1\"",
    'found', "$get?phone=$phone");
get_is("200 shop1 ok TIME - \"GET $get?barcode=************* HTTP/1.1\"",
    'found by card: no phone was given', "$get?barcode=$card");
get_is("404 shop1 miss TIME 38099***9999 "
    . "\"GET $get?phone=38099***9999 HTTP/1.1\"",
    'nobody', "$get?phone=380999999999");
get_is("404 shop1 miss TIME - \"GET $get?barcode=*** HTTP/1.1\"",
    'no such card', "$get?barcode=999");
get_is("200 shop1 ok TIME - \"GET $path/getGroups HTTP/1.1\"", 'groups',
    "$path/getGroups");
get_is("200 shop1 ok TIME - "
    . "\"GET $path/getClients?offset=0&limit=5 HTTP/1.1\"",
    'a page: its place is shown', "$path/getClients?offset=0&limit=5");

my $stars = '*' x length $token;

logged(http_get($nginx, "$get?token=$token&phone=$phone"),
    "200 shop1 ok TIME $masked \"GET $get?token=$stars&phone=$masked "
    . 'HTTP/1.1"', 'a token in the query');
logged(http_get($nginx, "$get?phone=$phone"),
    "401 shop1 denied - $masked \"GET $get?phone=$masked HTTP/1.1\"",
    'no token: the phone that was given');

get_is("400 shop1 invalid - - \"GET $get?phone=********* HTTP/1.1\"",
    'no phone', "$get?phone=067111223");
get_is("400 shop1 invalid - - \"GET $get HTTP/1.1\"", 'nothing given', $get);
get_is("200 shop1 ok TIME $masked \"GET $get?phone=************** HTTP/1.1\"",
    'a phone in other letters', "$get?phone=%33" . substr($phone, 1));
get_is("404 shop1 miss TIME 38099***9999 \"GET /below/38099***9999?"
    . "phone=38099***9999 HTTP/1.1\"", 'a phone in the path',
    '/below/380999999999?phone=380999999999');


# odd places: only what is known to be harmless is shown

for my $odd (
    [ 'limit=2&offset=0;token=' . $token, 'limit=2&offset=' . '*' x 28 ],
    [ "limit=$phone", "limit=$masked" ],
    [ 'offset=671112233', 'offset=*********' ],
    [ "limit=1?token=$token", 'limit=' . '*' x 28 ],
    [ "after=$token", 'after=' . '*' x 20 ],
    [ 'limit=1"Olha"', 'limit=*******' ],
    [ "Olha=1&$token", '****=*&' . '*' x 20 ],
) {
    my ($query, $seen) = @$odd;

    get_is("404 - - - - \"GET /else?$seen HTTP/1.1\"", "odd: $seen",
        "/else?$query");
}

get_is('404 - - - - "GET /else/****/' . '*' x 20 . '/getClient HTTP/1.1"',
    'a name and a token in a path', "/else/Olha/$token/getClient");


# addClient

sub add_is {
    my ($wanted, $what, $client, %option) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $uri = delete $option{uri} || "$path/addClient";

    my $answer = http_post($nginx, $uri, token => $token,
        type => 'application/json',
        body => ref $client ? json_text($client) : $client, %option);

    logged($answer, "$wanted \"POST $uri HTTP/1.1\"", $what);
}

add_is('200 shop1 ok TIME 38050***7766', 'added',
    { phone => '380509887766', name => 'Ivan' });
add_is("409 shop1 conflict TIME $masked", 'has a card',
    { phone => $phone, name => 'Ivan' });
add_is('400 shop1 invalid - -', 'no phone', { name => 'Ivan' });
add_is('400 shop1 invalid - -', 'a wrong one', { phone => '0509887766' });
add_is('400 shop1 invalid - 38050***7766', 'a wrong sex',
    { phone => '380509887766', sex => 'x' });
add_is('415 shop1 invalid - -', 'no type for it', 'x', type => 'text/plain');
add_is('200 shop1 ok TIME 38050***7755', 'a form',
    'phone=380509887755&name=Ivan', type =>
    'application/x-www-form-urlencoded');


# what nginx refuses

logged(http_request($nginx, 'PUT', "$get?phone=$phone", token => $token),
    "405 shop1 invalid - $masked \"PUT $get?phone=$masked HTTP/1.1\"",
    'the method');
add_is('413 shop1 invalid - -', 'too large', { phone => $phone },
    uri => '/small');
get_is("200 shop1 ok TIME $masked \"GET /busy?phone=$masked HTTP/1.1\"",
    'one request', "/busy?phone=$phone");
get_is("429 shop1 limited - $masked \"GET /busy?phone=$masked HTTP/1.1\"",
    'too many', "/busy?phone=$phone");
get_is("401 shop1 denied - $masked \"GET /basic?phone=$masked HTTP/1.1\"",
    'auth_basic', "/basic?phone=$phone");
get_is("403 shop1 denied - $masked \"GET /deny?phone=$masked HTTP/1.1\"",
    'deny', "/deny?phone=$phone");
logged(http_raw($nginx, "GET $get?phone=$phone HTTP/1.1\r\nHost: a b\r\n\r\n"),
    "400 shop1 invalid - $masked \"GET $get?phone=$masked HTTP/1.1\"",
    'a header that is wrong');
logged(http_raw($nginx, "GET $get?phone=$phone HTTP/1.1\r\nHost: a\r\n",
    port => 2),
    "408 shop1 closed - $masked \"GET $get?phone=$masked HTTP/1.1\"",
    'a header without an end');
logged(http_raw($nginx, "GET $get?phone=$phone&x=" . 'y' x 20000
    . " HTTP/1.1\r\nHost: a\r\n\r\n"),
    '414 shop1 invalid - - "-"', 'a line that is too long');

my $head = "POST $path/addClient HTTP/1.1\r\nHost: a\r\n"
    . "Authorization: Bearer $token\r\nContent-Type: application/json\r\n"
    . "Content-Length: 100\r\n\r\n";

logged(http_raw($nginx, "$head\{", port => 2),
    "408 shop1 closed - - \"POST $path/addClient HTTP/1.1\"",
    'a body without an end');


# HTTP/2

my $h2 = Polycard::HTTP2->connect($nginx, port => 1);

$h2->get("$get?phone=$phone&token=$token");
logged($h2, "200 shop1 ok TIME $masked \"GET $get?phone=$masked&token=$stars "
    . 'HTTP/2.0"', 'HTTP/2');
$h2->close;


# Redis

$shop->redis->signal('STOP');

my $gone = start_get($nginx, "$get?phone=$phone", token => $token);

$gone->wait_until_read;
$gone->close;
logged($gone,
    "499 shop1 closed TIME $masked \"GET $get?phone=$masked HTTP/1.1\"",
    'a caller who does not wait');
get_is("504 shop1 timeout TIME $masked \"GET $get?phone=$masked HTTP/1.1\"",
    'Redis is hung', "$get?phone=$phone", timeout => 120);
$shop->redis->signal('CONT');
$shop->redis->stop;
wait_until {
    http_get($nginx, "$path/getGroups", token => $token);
    $nginx->error_log =~ /is away/
} 'Redis is away';

my $away = wait_until {
    my $answer = http_get($nginx, "$path/getGroups", token => $token);
    $answer->status == 503 ? $answer : 0;
} 'Redis is known to be away';

logged($away, "503 shop1 unavailable - - \"GET $path/getGroups HTTP/1.1\"",
    'Redis is away: it was not asked');


# other locations: the request line is masked there too

get_is("404 - - - - \"GET /else?phone=$masked HTTP/1.1\"", 'another location',
    "/else?phone=$phone");
get_is("404 - - - - \"GET /else/$masked HTTP/1.1\"", 'a phone in its path',
    "/else/$phone");
logged(http_raw($nginx, "nonsense $phone $token\r\n\r\n"),
    '400 - - - - "-"', 'no request line');
logged(http_raw($nginx, "GET $get?phone=380 671112233 HTTP/1.1\r\n\r\n"),
    '400 shop1 invalid - - "-"', 'a blank in it');

unlike($nginx->log_text('polycard.log'), qr/\Q$_\E/, "no '$_'")
    for $phone, $token, $card, 'Ivan', 'Olha', '671112233';


# which market, where nginx does not come to search the location

my $redis = Polycard::Redis->new;
my $two = Polycard::Nginx->new(http => <<'EOC'
log_format polycard '$remote_port $status $polycard_market $polycard_result';
access_log %%DIR%%/polycard.log polycard;
EOC
    . join '', map {
        market("shop$_", redis => 'unix:' . $redis->socket,
            access_token => 'off')
        . "server {\nlisten 127.0.0.1:%%PORT_$_%%;\n"
        . "location = $get { polycard_get_client shop$_; }\n}\n"
    } 0 .. 1);

for my $n (0, 1, 0) {
    my $peer = http_raw($two, "GET $get HTTP/1.1\r\nHost: a b\r\n\r\n",
        port => $n)->peer;

    wait_until { $two->log_text('polycard.log') =~ /^$peer .*\n/m }
        'a line';
    like($two->log_text('polycard.log'), qr/^$peer 400 shop$n invalid$/m,
        "the market of the server: shop$n");
}

finish();
