# The office: who may call, what is where, and nothing of it in a log
# (docs/office.md, contract B24)

use strict;
use warnings;
use utf8;

use lib 't/lib';

use Polycard::HTTP;
use Polycard::OfficeShop;
use Polycard::Test;

my $access = 'Token-of-the-gateway-1234567890';
my $shop = Polycard::OfficeShop->new(
    log_level => 'info',
    market => { access_token => undef,
                access_token_file => '%%DIR%%/access' },
    files  => { access => "$access\n" },
    http   => 'log_format own "$polycard_result \"$polycard_request\" '
        . '$polycard_phone $polycard_market";',
    server => <<'EOC',
access_log %%DIR%%/own.log own;
location /denied/ { deny all; polycard_office shop1; }
location /if/     { if ($http_x) { set $y 1; } polycard_office shop1; }
location ^~ /few/ { limit_except GET { deny all; } polycard_office shop1; }
EOC
);
my $phone = '380671112233';
my $path = "clients/$phone";
my @barcode = (barcode => 'CARD-77-881');

sub with { return headers => [@_] }


is($shop->office(PUT => $path, { @barcode, name => 'Olha-Sofiia' })->status,
    201, 'with the token of the office');


# tokens

my $refused = 'a token of the office is needed';

is_error($shop->office(GET => $path, undef, token => $_), 401, $refused,
    'with ' . ($_ // 'none'))
    for undef, 'wrong-token-1234', $access, '', $Polycard::OfficeShop::TOKEN . 'x';
is_error($shop->office(GET => "$path?token=$Polycard::OfficeShop::TOKEN", undef,
    token => undef), 401, $refused, 'no token in the query');
is_error($shop->office(GET => "nowhere", undef, token => undef), 401, $refused,
    'what is there is nobody else\'s business');
is_error($shop->office(POST => $path, undef, token => undef), 401, $refused,
    'nor how');
is($shop->get_raw('getClient', "phone=$phone", token => $access)->status, 200,
    'the gateway has its own');
is($shop->get_raw('getClient', "phone=$phone",
    token => $Polycard::OfficeShop::TOKEN)->status, 401,
    '... and the office\'s opens nothing there');


# no cache keeps it

{
    my $path = 'clients/380671119999';
    my $put = $shop->office(PUT => $path, { barcode => 'kept' });
    my $etag = $put->header('ETag');
    my @kept = grep { ($_->header('Cache-Control') // '') ne 'no-store' } $put,
        map { $shop->office(@$_) } [ GET => $path ], [ GET => 'clients' ],
        [ GET => 'registered' ], [ HEAD => $path ],
        [ GET => $path, undef, headers => [ 'If-None-Match', $etag ] ],
        [ POST => 'batch', '', type => 'application/x-ndjson' ],
        [ GET => 'clients/380671119998' ], [ GET => 'clients/x' ],
        [ GET => 'nothing' ], [ POST => 'clients' ], [ PUT => $path, 'x' ],
        [ GET => $path, undef, token => undef ],
        [ PUT => $path, { x => 'x' x 70_000 } ],
        [ GET => $path, undef, headers => [ 'Origin', 'http://x' ] ];

    is_deeply([ map { $_->raw } @kept ], [], 'no cache may keep an answer, nor an error');
    $shop->office(DELETE => $path);
}


# paths and methods

is_error($shop->office(GET => $_), 404, 'there is nothing at this path',
    "nothing at '$_'")
    for '', 'x', 'client', 'clientsx', 'groupsx', 'clients/', "$path/", "$path/x",
        "$path/bonus/x", 'Clients', "clients/$phone/bonusx";
is_error($shop->office(GET => $_), 400, 'phone must be 380 and 9 digits',
    "no phone: $_")
    for map { "clients/$_" } '0671112233', "+$phone", "${phone}1", 'x',
        '%d1%97';

for my $case ([ $path, 'POST', 'GET, HEAD, PUT, PATCH, DELETE' ],
    [ "$path/bonus", 'GET', 'POST' ], [ 'clients', 'DELETE', 'GET, HEAD' ],
    [ 'groups', 'POST', 'GET, HEAD' ], [ 'clients', 'OPTIONS', 'GET, HEAD' ],
    [ 'batch', 'PROPFIND', 'POST' ],
    [ "$path/card", 'PUT', 'POST, DELETE' ],
    [ 'groups/3', 'POST', 'GET, HEAD, PUT, PATCH, DELETE' ])
{
    my ($where, $method, $allow) = @$case;
    my $answer = $shop->office($method => $where);

    is_error($answer, 405, 'this method is not allowed here',
        "$method of $where");
    is($answer->header('Allow'), $allow, '... and what is');
}

is_error($shop->office(OPTIONS => $path), 405, 'this method is not allowed here',
    'OPTIONS: nothing for other sites');


# a page in a browser

my $host = '127.0.0.1:' . $shop->nginx->port;

is($shop->office(GET => $path, undef,
    with(Host => $host, Origin => "http://$host"))->status, 200,
    'a page of this host');
is(http_raw($shop->nginx, "GET http://127.0.0.1/office/$path HTTP/1.0\r\n"
    . "Authorization: Bearer $Polycard::OfficeShop::TOKEN\r\n"
    . "Origin: http://127.0.0.1\r\n\r\n")->status, 200,
    '... that is not in a header, as with HTTP/3');
is_error($shop->office(PATCH => $path, { name => 'x' },
    with(Host => $host, Origin => $_)), 403,
    'a page of another site cannot call', "a page of $_")
    for 'https://example.com', 'null', "http://$host.example.com",
        "http://x$host", "ftp://$host";
is($shop->office(GET => $path)->json->{name}, 'Olha-Sofiia',
    'has changed nothing');


# locations

is_error(http_get($shop->nginx, "/denied/$path"), 403, 'access is not allowed',
    'nginx\' own rules');
is(http_get($shop->nginx, "/if/$path", with(X => 1),
    token => $Polycard::OfficeShop::TOKEN)->status, 200, 'in an "if"');
is(http_get($shop->nginx, "/few/$path",
    token => $Polycard::OfficeShop::TOKEN)->status, 200, 'limit_except');
is_error(http_request($shop->nginx, 'DELETE', "/few/$path",
    token => $Polycard::OfficeShop::TOKEN), 403, 'access is not allowed',
    '... of what is left');
is_error(http_raw($shop->nginx, "GET /office/x HTTP/1.1\r\n\r\n"), 400,
    'the request could not be read',
    'what nginx refuses has our form below the location too');


# logs

$shop->office(PATCH => $path, '{"name":"Olha-Sofiia', with(Referer => $phone));
$shop->redis->signal('STOP');
is_error($shop->office(PATCH => $path, { name => 'Olha-Sofiia' }, timeout => 60), 504,
    'the client base did not answer in time', 'Redis is silent');
$shop->redis->signal('CONT');

$shop->redis->stop;
is($shop->office(PATCH => $path, { name => 'Olha-Sofiia' })->status, 503,
    'Redis is gone');
$shop->nginx->stop;

my @own = split /^/, slurp($shop->nginx->path('own.log'));
my @all = (@own, $shop->nginx->log_lines);

is_deeply([ grep { /380\d{9}|CARD-77|Sofiia|Token-of/ } @all ], [],
    'no phone, name, card or token in a log');
is($own[0], qq{ok "PUT /office/clients/38067***2233 HTTP/1.1" 38067***2233 shop1\n},
    '$polycard_request, $polycard_phone, $polycard_market');
ok((grep { m{"POST /office/clients/38067\*\*\*2233/\*+ } ||
           m{"GET /office/clients/38067\*\*\*2233/bonus } } @own),
    'what is done with a client can be seen');

finish();
