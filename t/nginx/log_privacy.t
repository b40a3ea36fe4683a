# No personal data and no token in the error log, down to level info, for
# requests that have found their location (contract B24)

use strict;
use warnings;
use utf8;

use lib 't/lib';

use Encode qw( encode );
use IO::Select;

use Polycard::Test;
use Polycard::HTTP;
use Polycard::Shop;

my $token = 'Token-of-the-gateway-1234567890';
my $wrong = 'Wrong-token-of-somebody';
my $card = 'CARD-77-881';

my $shop = Polycard::Shop->new(
    log_level => 'info',
    private   => [qr{"GET /other}],
    market    => { access_token => undef, redis_timeout => '200ms',
                   access_token_file => '%%DIR%%/tokens' },
    files     => { tokens => "$token\n", 'page.txt' =>
        '<!--#include virtual="/traced?phone=380671112233" -->' },
    http      => <<'EOC',
limit_req_zone $server_port zone=requests:1m rate=1r/m;
limit_conn_zone $server_port zone=connections:1m;
EOC
    server    => <<'EOC',
send_timeout 200ms;
location = /busy   { limit_req zone=requests; polycard_get_client shop1; }
location = /full   { limit_conn connections 1; limit_rate 1k;
                     polycard_get_clients shop1; }
location = /denied { deny all; polycard_get_client shop1; }
location = /basic  { auth_basic x; auth_basic_user_file %%DIR%%/missing;
                     polycard_get_client shop1; }
location = /small  { client_max_body_size 10; polycard_add_client shop1; }
location = /file   { client_body_in_file_only clean;
                     polycard_add_client shop1; }
location = /slow   { client_body_timeout 200ms; polycard_add_client shop1; }
location = /tiny   { client_body_buffer_size 1; polycard_add_client shop1; }
location = /closed { return 503; polycard_get_client shop1; }
location = /old    { rewrite ^ /api/v1/web_service/getClient last; }
location = /other  { deny all; }

location = /traced {
    rewrite_log on;
    if ($args ~ "phone=(380)") { set $x $1; }
    if ($args ~ "^(nothing)$") { set $x $1; }
    if ($http_referer ~ "phone") { set $x 1; }
    if ($http_authorization ~ "Bearer (.*)") { set $x 1; }
    if ($http_x_token ~ ".") { set $x 1; }
    polycard_get_client shop1;
}
location = /if     { if ($args ~ phone) { set $x 1; }
                     deny all; polycard_get_client shop1; }
location = /limit  { limit_except GET { deny all; }
                     polycard_add_client shop1; }
location = /away   { rewrite ^ /else/where/380671112233/$arg_email last;
                     polycard_get_client shop1; }
location /else     { root %%DIR%%; }
location = /loop   { rewrite ^ /loop?a=$arg_phone last;
                     polycard_get_client shop1; }
location = /named  { rewrite_log on; rewrite ^ /cgi/$arg_phone last;
                     polycard_get_client shop1; }
location /cgi      { try_files /none @none; }
location = /guard  { auth_request /auth; polycard_get_client shop1; }
location = /auth   { internal; proxy_pass http://127.0.0.1:1/auth?$args; }
location = /mirror { mirror /twin; polycard_get_client shop1; }
location = /twin   { internal; proxy_pass http://127.0.0.1:1$request_uri; }
location = /page.txt { root %%DIR%%; ssi on; ssi_types text/plain; }
location @store    { deny all; polycard_get_client shop1; }
location = /store  { rewrite ^ /store2 last; polycard_get_client shop1; }
location = /store2 { try_files /none @store; }
EOC
);

my $nginx = $shop->nginx;
my $path = '/api/v1/web_service';
my $phone = '380671112233';
my $next = 380679990000;
my %olha = (surname => 'Шевченко', name => 'Olha-Sofiia',
            middlename => 'Іванівна', email => 'sofiia@example.com');
my $query = "phone=$phone&token=$token";
my @from = (headers => [ 'Referer', "http://x/?$query", 'User-Agent', $phone,
                         'Cookie', "phone=$phone" ]);

sub query { http_get($nginx, "$_[0]?$_[1]", @from) }

sub client { return { %olha, phone => $next++ . '', @_ } }

sub post {
    my ($where, $body, %option) = @_;

    return http_post($nginx, "$where?token=$token", type => 'application/json',
        body => ref $body eq 'HASH' ? json_text($body) : $body,
        @from, %option);
}

# sends and goes away

sub leave {
    my ($bytes, $before) = @_;

    my $connection = Polycard::HTTP->connect($nginx);

    $connection->send($bytes);
    $connection->wait_until_read;
    $before->() if $before;
    $connection->close;
}

sub logged {
    my ($pattern, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    pass($what) if wait_until { $nginx->error_log =~ $pattern } $what;
}


$shop->put($phone, (map { $_ => encode('UTF-8', $olha{$_}) } keys %olha),
    barcode => $card);


# what goes well

is(query("$path/getClient", $query)->status, 200, 'getClient');
is(query('/old', $query)->status, 200, 'after a rewrite');
is(query("$path/getClient", "barcode=$card&token=$token")->status, 200,
    'by barcode');
is(query("$path/getClients", "token=$token")->status, 200, 'getClients');
is(post("$path/addClient", client())->status, 200, 'addClient');
is(post('/file', client())->status, 200, '... its body in a file');
is(post('/tiny', client())->status, 200, '... in a tiny buffer');
logged(qr/buffered to a temporary file/, 'nginx tells of the file');


# what the caller does wrong

is(query("$path/getClient", "phone=38067&token=$token")->status, 400,
    'a wrong phone');
is(query("$path/getClient", "phone=$next&token=$token")->status, 404,
    'nobody');
is(query("$path/getClient", "phone=$phone&token=$wrong")->status, 401,
    'a wrong token');
is(http_request($nginx, 'PUT', "$path/getClient?$query", @from)->status, 405,
    'a wrong method');
is(post("$path/addClient", client(phone => $phone))->status, 409,
    'who has a card');
is(post('/small', client())->status, 413, '413 of nginx');
logged(qr/too large body/, '... which nginx tells');
is(post("$path/addClient", client(x => 'x' x 70000))->status, 413,
    '413 of ours');
is(post("$path/addClient", client(), type => $phone)->status, 415,
    'a wrong type');
is(post("$path/addClient", '{"phone":"' . $phone)->status, 400, 'broken JSON');

for my $name (qw( phone surname sex birthday bonus loyalty_group_id
                  barcode ))
{
    is(post("$path/addClient",
        client($name => "$phone Olha-Sofiia\n$card"))->status, 400,
        "a wrong $name");
}

is(http_raw($nginx, "POST $path/addClient?$query HTTP/1.1\r\nHost: x\r\n"
    . "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    . "zz$phone\r\n", method => 'POST')->status, 400, 'a broken chunk');
logged(qr/invalid chunked body/, '... which nginx tells');


# in a location of somebody else nginx tells it all: this test can see it

query('/other', "$query&x=Olha-Sofiia");
like(join('', grep { m{"GET /other} } $nginx->log_lines),
    qr/phone=$phone&token=\Q$token\E&x=Olha/, 'a line of another location');


# messages that repeat parts of the request

my @bearer = (headers => [ 'Referer', "http://x/?$query", 'X-Token', $token ],
    token => $token);

is(http_get($nginx, "/traced?$query&name=Olha-Sofiia&sofiia\@example.com",
    @bearer)->status, 200, 'rewrite_log');
logged(qr/"phone=\*+\)?" matches "phone=38067\*\*\*2233&token=\*+&name=\*+&\*+"/,
    '... which shows what can be shown');
logged(qr/"\^\(nothing\)\$" does not match/, '... also of what does not match');
logged(qr/"Bearer \*+" matches "\*+"/, '... and of a header');
logged(qr/"\." matches "\*+"/, '... and of a token that stands alone');


# requests that are led elsewhere stay masked

is(query('/if', $query)->status, 403, 'in an "if"');
is(post('/limit', client())->status, 403, 'in a "limit_except"');
is(query('/away', "$query&email=sofiia\@example.com")->status, 404,
    'to a location with files');
logged(qr{open\(\) ".*/else/where/38067\*\*\*2233/\*+\@\*+" failed},
    '... which nginx tells');
is(query('/loop', $query)->status, 500, 'round and round');
logged(qr/redirection cycle/, '... which nginx tells');
query('/traced', qq{offset=Olha-Sofiia&$query&limit="Olha-Sofiia",Olha-Sofiia}
    . ";token=$wrong?Olha-Sofiia");
query('/traced', 'after=Olha-Sofiia&phone=380');
logged(qr/matches "after=\*+&phone=\*+"/, 'odd places, which nginx tells');
is(query('/named', $query)->status, 500, 'to nowhere');
logged(qr/could not find named location/, '... which nginx tells');
is(query('/store', $query)->status, 403, 'to a named location');
is(query('/guard', $query)->status, 500, 'auth_request');
logged(qr{request: "GET /guard", subrequest: "/auth", upstream: "http://127\.0\.0\.1:1"},
    '... names both locations and the server');
is(query('/mirror', $query)->status, 200, 'mirror');
logged(qr{request: "GET /mirror", subrequest: "/twin"}, '... the same');
is(http_get($nginx, '/page.txt')->status, 200, 'from a page of somebody else');
logged(qr{"phone=38067\*\*\*2233", client: .*request: "GET /page.txt", subrequest: "/traced"},
    '... the same');


# what nginx does not let pass

is(query('/denied', $query)->status, 403, 'deny');
logged(qr/forbidden by rule/, '... which nginx tells');
query('/busy', $query);
is(query('/busy', $query)->status, 503, 'limit_req');
logged(qr/limiting requests/, '... which nginx tells');
is(query('/closed', $query)->status, 503, 'return 503');
query('/basic', $query);
http_get($nginx, "/basic?$query", headers => [ 'Authorization',
    'Basic bWFya2V0OmhpZGRlbg==' ]);
logged(qr/no user|open\(\) /, 'auth_basic without its file');


# callers who go away

my $rest = "?$query HTTP/1.1\r\nHost: x\r\nReferer: http://x/$phone\r\n"
    . "Content-Type: application/json\r\n";
my $head = "POST $path/addClient$rest";

leave("${head}Content-Length: 200\r\n\r\n{\"name\":\"Olha-Sofiia\"");
logged(qr/prematurely closed|recv\(\) failed/, 'in the middle of the body');
leave("${head}Transfer-Encoding: chunked\r\n\r\n20\r\n{\"name\":\"Olha");
leave("GET $path/getClient?$query HTTP/1.1\r\nHost: x\r\n\r\n" x 20);

my $silent = Polycard::HTTP->connect($nginx);
$silent->send("POST /slow${rest}Content-Length: 200\r\n\r\n"
    . '{"name":"Olha-Sofiia"');
is($silent->closed, 1, 'a body that does not end');

$shop->put_all(map { [ 380680000000 + $_, barcode => "C$_",
                       name => 'Olha-Sofiia' x 20 ] } 1 .. 1000);

my $slow = Polycard::HTTP->connect($nginx);
$slow->send("GET /full?limit=1000&token=$token HTTP/1.1\r\nHost: x\r\n\r\n");
IO::Select->new($slow->{socket})->can_read(5);
is(query('/full', "token=$token")->status, 503, 'limit_conn');
logged(qr/limiting connections/, '... which nginx tells');
$slow->close;


# bad stored data

$shop->client->hset($shop->key('client:380680000001'), barcode => '');
$shop->client->set($shop->key('client:380680000002'), 'Olha-Sofiia');
$shop->client->hset($shop->key('client:380680000003'), bonus => 'nan',
    name => "Olha-Sofiia\xff");
$shop->client->zadd($shop->key('clients'), 0.5, "Olha-Sofiia $phone");

is(query("$path/getClients", "limit=10&token=$token")->status, 200,
    'a page with bad records');
logged(qr/cannot be shown/, '... which we tell');
is(query("$path/getClient", "phone=38068000000$_&token=$token")->status,
    $_ < 3 ? 404 : 200, 'a bad record') for 1 .. 3;
is(post("$path/addClient", client(phone => '380680000002'))->status, 409,
    'addClient on a bad record');

$shop->client->rename($shop->key('seq:id'), $shop->key('kept'));
$shop->client->set($shop->key('seq:id'), $phone . 'x');
is(post("$path/addClient", client())->status, 503, 'a counter that is none');
$shop->client->rename($shop->key('kept'), $shop->key('seq:id'));


# Redis says no

my @keys = grep { $_ ne $shop->key("client:$phone") }
    $shop->client->keys($shop->key('*'));

$shop->client->acl('SETUSER', 'polycard', 'resetkeys',
    map { "~$_" } @keys);
is(query("$path/getClient", $query)->status, 503, 'a key that is forbidden');
is(post("$path/addClient", client(phone => $phone))->status, 503,
    '... to a function');
$shop->client->acl('SETUSER', 'polycard', 'resetkeys', '~' . $shop->key('*'));

$shop->client->config('SET', 'maxmemory', '1');
is(post("$path/addClient", client())->status, 503, 'no memory');
$shop->client->config('SET', 'maxmemory', '0');
logged(qr/shop1.*(?:OOM|memory)/i, '... which we tell');


# Redis hangs, then is gone

sub all_services {
    return map { $_->status }
        query("$path/getClient", $query),
        query("$path/getClient", "barcode=$card&token=$token"),
        query("$path/getClients", "token=$token"),
        query("$path/getGroups", "token=$token"),
        post("$path/addClient", client());
}

$shop->redis->signal('STOP');

leave("GET $path/getClient?$query HTTP/1.1\r\nHost: x\r\n\r\n");
like(join(' ', all_services()), qr/^(?:50[34] ?){5}$/, 'Redis hangs');
$shop->redis->signal('CONT');

$shop->redis->stop;
like(join(' ', all_services()), qr/^(?:503 ?){5}$/, 'Redis is gone');
logged(qr/\[(?:error|warn|crit)\].*shop1/, '... which we tell');


# and now the log

$nginx->stop;

my @lines = grep { !m{"GET /other} } $nginx->log_lines;
my %secret = (
    'a phone'       => qr/380\d{9}/,
    'a card number' => qr/\Q$card\E/,
    'a token'       => qr/\Q$token\E|\Q$wrong\E/,
    'a query'       => qr/(?:phone|barcode|token)=(?!\*|38067\*\*\*2233)/,
    'a referrer'    => qr/referrer/,
    'a name'        => qr/Olha|Sofiia|Шевченко|Іванівна/,
    'an e-mail'     => qr/sofiia|example\.com/,
);

utf8::decode($_) for @lines;

for my $what (sort keys %secret) {
    is_deeply([ grep { $_ =~ $secret{$what} } @lines ], [],
        "$what in no line");
}

for my $location (qw( busy full denied small basic file traced if limit guard
                      mirror loop ))
{
    ok((grep { m{request: "(?:GET|POST) /$location"} } @lines),
        "lines of /$location name their location");
}

finish();
