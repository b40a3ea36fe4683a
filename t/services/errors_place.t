# Whose error it is: what other servers and other locations answer is theirs,
# and an error of ours has nothing of what it stands in for

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Condition;
use Polycard::HTTP;
use Polycard::Nginx qw( services );
use Polycard::Record;
use Polycard::Shop;
use Polycard::Status;

not_under('tls',
    'nginx itself logs the whole line of a request that it resets');

my $path = '/api/v1/web_service';
my $services = services('shop1');

# 0: ours.  1: another server on an address of its own, 2: the same with error
# pages, 3: an address of two servers, of which ours is not the default one.
# 4: ours, with error pages that are packed, or somebody else's.

my $shop = Polycard::Shop->new(
    http   => <<"EOC",
server {
    listen 127.0.0.1:%%PORT_1%%;
    if (\$arg_words) { return 404 "words"; }
    if (\$arg_shut)  { return 503; }
}
server {
    listen 127.0.0.1:%%PORT_2%%; recursive_error_pages on;
    error_page 400 404 405 414 /error.html;
    location = /error.html { return 200 "<html>theirs</html>"; }
}
server {
    listen 127.0.0.1:%%PORT_3%% default_server; server_name other.test;
    location / { return 404 "words"; }
}
server {
    listen 127.0.0.1:%%PORT_3%%; server_name market.test;
    $services
}
server {
    listen 127.0.0.1:%%PORT_4%%; root %%DIR%%; recursive_error_pages on;
    error_page 400 /packed.txt; error_page 405 /theirs;
    $services
    location = /packed.txt { gzip_static always; }
    location = /theirs     { proxy_pass http://127.0.0.1:%%PORT_5%%; }
}
server {
    listen 127.0.0.1:%%PORT_5%%;
    add_header Cache-Control "public, max-age=3600" always;
    add_header Content-Language uk always;
    add_header Set-Cookie theirs=1 always;
    return 405 "<html>theirs</html>";
}
EOC
    # what other servers log is not ours
    private => [ qr/open\(\) "[^"]*getClient" failed/ ],
    server  => <<'EOC' . $STATUS,
location = /internal { internal; polycard_get_client shop1; }
location = /none     { return 404; polycard_get_client shop1; }
location = /conflict { return 409; polycard_add_client shop1; }
location = /late     { return 504; polycard_get_groups shop1; }
location = /file     { try_files /nothing =404; polycard_get_clients shop1; }
EOC
);
my $nginx = $shop->nginx;
my $get = "GET $path/getClient?phone=380671112233";

$nginx->write_file('packed.txt.gz', "\x1f\x8b packed");
chmod 0644, $nginx->path('packed.txt.gz');

sub raw {
    my ($port, @lines) = @_;

    return http_raw($nginx, join("\r\n", @lines) . "\r\n\r\n", port => $port);
}


# answered as its server says, and not as if it were ours

sub is_theirs {
    my ($answer, $status, $body, $what) = @_;

    is($answer->status, $status, "$what: $status");
    like($answer->body, $body, '... what its server has to say');
    isnt($answer->header('Content-Type'), 'application/json',
        '... not as JSON');
    is($answer->header('Retry-After'), undef, '... without our headers');
}


# other servers: nothing of this is in the contract of the services

{
local $Polycard::Record::MOST = 0;

is_theirs(http_get($nginx, "$path/getClient", port => 1), 404, qr/nginx/,
    'a server without our locations');
is_theirs(http_get($nginx, "$path/getClient?words=1", port => 1), 404,
    qr/\Awords\z/, 'a text of its own');
is_theirs(http_get($nginx, "$path/getClient?shut=1", port => 1), 503,
    qr/nginx/, 'a server that is shut');
is_theirs(raw(1, "$get HTTP/1.0"), 404, qr/nginx/, 'HTTP/1.0 without a Host');
is_theirs(raw(1, "$get HTTP/1.1"), 400, qr/nginx/, 'no Host');
is_theirs(raw(1, "$get HTTP/1.1", 'Host: a b'), 400, qr/nginx/,
    'a Host that is none');
is_theirs(raw(1, "TRACE $path/getClient HTTP/1.1", 'Host: x'), 405, qr/nginx/,
    'TRACE');
is_theirs(raw(1, "$get" . '1' x 40000 . ' HTTP/1.1', 'Host: x'), 414,
    qr/nginx/, 'a request line that is too long');

for my $status (404, 405, 414, 400) {
    my $line = $status == 405 ? "TRACE $path/getClient"
        : $status == 414 ? "$get" . '1' x 40000 : $get;

    is_theirs(raw(2, "$line HTTP/1.1", $status == 400 ? () : 'Host: x'),
        $status, qr/theirs/, 'error pages');
}

# the host decides, where it is known

is_theirs(raw(3, "$get HTTP/1.1", 'Host: other.test'), 404, qr/\Awords\z/,
    'another host of the same address');
is_theirs(raw(3, "TRACE $path/getClient HTTP/1.1", 'Host: other.test'), 405,
    qr/nginx/, '... TRACE');
is_theirs(raw(3, "$get HTTP/1.1", 'Host: other.test', "X-Nul: \0"), 400,
    qr/nginx/, '... a bad header behind the Host');
is_theirs(raw(3, "$get HTTP/1.1"), 400, qr/nginx/, '... no Host at all');
is_theirs(raw(3, "$get HTTP/1.0"), 404, qr/\Awords\z/, '... in HTTP/1.0');
}

is_counted($nginx, 'shop1', {}, 'nothing of this is counted');

is_nok(raw(3, "$get HTTP/1.1", 'Host: market.test'), 404, 'no such client',
    'the host that is ours');
is_nok(raw(3, "TRACE $path/getClient HTTP/1.1", 'Host: market.test'), 405,
    qr/method/, '... TRACE');
is_nok(raw(3, "$get" . '1' x 40000 . ' HTTP/1.1', 'Host: x'), 414, qr/long/,
    '... where the host is not known yet');
is_nok(raw(3, "$get HTTP/1.1", "X-Nul: \0"), 400, qr/could not be read/,
    '... or a header before it is bad');

is_counted($nginx, 'shop1', { 'getClient miss' => 1, 'getClient invalid' => 3 },
    'these are');


# 404 in a location of ours, whoever says it, is not always about a client

for my $case ([ '/internal', 404, 'not found' ], [ '/none', 404, 'not found' ],
    [ '/file', 404, 'not found' ], [ '/conflict', 409, 'the request failed' ],
    [ '/late', 504, 'there was no answer in time' ])
{
    my ($uri, $status, $error) = @$case;

    is_nok(http_get($nginx, $uri), $status, $error, "$uri: $error");
}

is_counted($nginx, 'shop1', { 'getClient miss' => 1,
    'getClient invalid' => 3, 'getClient denied' => 2,
    'getClients denied' => 1, 'addClient denied' => 1,
    'getGroups timeout' => 1 }, 'they are no clients that were missed');


# nothing of the answer that is thrown away

my $packed = raw(4, "$get HTTP/1.1");

is_nok($packed, 400, qr/could not be read/, 'an error page that is packed');
is($packed->header('Content-Encoding'), undef, '... ours is not');
is($packed->header($_), undef, "... no $_")
    for qw( ETag Last-Modified Accept-Ranges );

my $theirs = raw(4, "TRACE $path/getClient HTTP/1.1", 'Host: x');

is_nok($theirs, 405, qr/method/, 'somebody else\'s error page');
is($theirs->header($_), undef, "... no $_")
    for qw( Cache-Control Content-Language Set-Cookie );
is($theirs->header('Allow'), 'GET, HEAD', '... our own header is there');

$shop->put_all(map { [ 380670000000 + $_, barcode => "c$_" ] } 1 .. 300);
$shop->client->acl('SETUSER', 'polycard', 'resetkeys',
    '~' . $shop->key('clients'), map { '~' . $shop->key("client:$_") }
    map { 380670000000 + $_ } 1 .. 255);

my $cut = $shop->get('getClients', limit => 300);

is_nok($cut, 503, qr/./, 'a page whose rest does not come');
is($cut->header($_), undef, "... no $_") for qw( X-Total-Count Link );

finish();
