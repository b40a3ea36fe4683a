# Answers that do not fit the caller's socket at once: small buffers on both
# sides, TLS, the windows of HTTP/2.  Each comes whole, or send_timeout ends it.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Certificates;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::HTTP2;
use Polycard::Nginx qw( services );
use Polycard::Shop;
use Polycard::Status;

my $ca = Polycard::Certificates->new;
my ($cert, $key) = $ca->issue('shop');
my $path = '/api/v1/web_service';
my $places = services('shop1') . $STATUS
    . "location /office/ { polycard_office shop1; }\n"
    . "location /operator/ { polycard_operator shop1; }\n";

my $shop = Polycard::Shop->new(
    market   => { office_token => 'off', operator_token => 'off' },
    services => $places,
    http     => <<"EOC",
log_format port '\$remote_port';
access_log %%DIR%%/port.log port;
ssl_certificate $cert; ssl_certificate_key $key;
server {
    listen 127.0.0.1:%%PORT_1%% sndbuf=4k;
    listen 127.0.0.1:%%PORT_2%% sndbuf=4k ssl;
    listen 127.0.0.1:%%PORT_3%% sndbuf=4k http2;
    $places
    location = /page.txt { root %%DIR%%; ssi on; ssi_types text/plain; }
    location = /rate { limit_rate 200k; polycard_get_clients shop1; }
}
server {
    listen 127.0.0.1:%%PORT_4%% sndbuf=4k;
    listen 127.0.0.1:%%PORT_5%% sndbuf=4k http2;
    send_timeout 200ms; lingering_timeout 200ms;
    $places
}
EOC
);

my $nginx = $shop->nginx;
my ($worker) = $nginx->workers;

$shop->put_all(map { [ 380670000000 + $_, barcode => "c$_",
                       name => 'x' x 255 ] } 1 .. 1000);

$shop->call('put_group', $_, title => 'x' x 255, loyaltyType => 'bonuses',
    loyaltyQuantity => 1) for 1 .. 600;

# what addClient did, and what the gateway refused

for (1 .. 100) {
    $shop->client->xadd($shop->key('registered'), "$_-0", 'action', 'created',
        'phone', '380671112233', 'name', 'x' x 255);
    $shop->client->xadd($shop->key('dead'), "$_-0", 'reason', 'status 422',
        'answer', 'x' x 255, 'hook', "$_-0", 'attempts', 1, 'object',
        'clients', 'action', 'added', 'phone', '380671112233');
}

$nginx->write_file('page.txt',
    "<!--# include virtual=\"$path/getClients?limit=1000\" -->"
    . "<!--# include virtual=\"$path/getGroups\" -->\n");

my %uri = (
    clients    => "$path/getClients?limit=1000",
    groups     => "$path/getGroups",
    page       => '/status?format=html',
    prometheus => '/status?format=prometheus',
    registered => '/office/registered',
    list       => '/office/clients?limit=1000',
    dead       => '/operator/dead?limit=50',
);

# read over loopback with its great buffers

my %whole = map { $_ => http_get($nginx, $uri{$_})->body } keys %uri;

cmp_ok(length $whole{clients}, '>', 300_000, 'many clients');
cmp_ok(length $whole{groups}, '>', 150_000, 'many groups');
cmp_ok(length $whole{$_}, '>', 12_000, "a long $_")
    for qw( page prometheus registered dead );


# what changes between two answers of the status does not count

sub is_whole {
    my ($body, $name, $what) = @_;

    if ($name eq 'prometheus') {
        my ($got, $wanted) = map { s/ \S+$//mgr } $body, $whole{$name};

        is($got, $wanted, $what);

    } else {
        ok($body eq $whole{$name}, $what)
            or diag(length($body) . ' bytes of ' . length $whole{$name});
    }
}

for my $name (sort keys %uri) {
    for my $way ([ 'a small socket', port => 1 ],
        [ 'TLS', port => 2, ssl => 1 ])
    {
        my ($how, @option) = @$way;

        my $connection = Polycard::HTTP->connect($nginx, @option,
            rcvbuf => 4096);

        for my $time ('', ', once more') {
            is_whole($connection->request('GET', $uri{$name})->body, $name,
                "$name over $how$time");
        }
    }

    for my $window (65_535, 1_000) {
        my $h2 = Polycard::HTTP2->connect($nginx, port => 3,
            window => $window, updates => 1);
        my $id = $h2->get($uri{$name});

        is($h2->status($id), 200, "$name over HTTP/2, a window of $window");
        is_whole($h2->body($id), $name, '... is whole');
    }
}

is(http_get($nginx, '/page.txt', port => 1, rcvbuf => 4096)->body,
    "$whole{clients}$whole{groups}\n", 'two of them in one page');
is_whole(http_get($nginx, '/rate?limit=1000', port => 1)->body, 'clients',
    'with limit_rate');


# two streams that wait for room, side by side

my $h2 = Polycard::HTTP2->connect($nginx, port => 3, updates => 1);
my @id = map { $h2->get($uri{$_}) } qw( clients groups );

is(join(' ', map { $h2->status($_) } @id), '200 200', 'two streams at once');
is_whole($h2->body($id[0]), 'clients', '... the one');
is_whole($h2->body($id[1]), 'groups', '... and the other');


# one who does not read at all is let go after send_timeout

sub is_over {
    my ($connection, $what) = @_;

    my $peer = $connection->peer;

    wait_until { $nginx->log_text('port.log') =~ /^$peer$/m } $what;
}

for my $name (sort keys %uri) {
    my $silent = start_get($nginx, $uri{$name}, port => 4, rcvbuf => 4096);

    is_over($silent, "$name: send_timeout ends it");
    $silent->close;
}

$h2 = Polycard::HTTP2->connect($nginx, port => 5);
my $id = $h2->get($uri{clients});

is($h2->status($id), 0, 'HTTP/2 without room: reset');
is(length $h2->body($id), 65_535, '... after what there was room for');


# one who leaves in the middle

for my $name (qw( clients groups list registered dead )) {
    my $gone = start_get($nginx, $uri{$name}, port => 1, rcvbuf => 4096);

    1 while length $gone->{input} < 10_000 && $gone->receive;
    $gone->close;

    is_over($gone, "$name: he who leaves is noticed");

    $h2 = Polycard::HTTP2->connect($nginx, port => 3, updates => 1);
    $id = $h2->get($uri{$name});

    1 while length $h2->body($id) < 10_000
        && $h2->receive(time + $Polycard::Wait::TIMEOUT);
    $h2->reset($id);
    is($h2->status($h2->get("$path/getClients?limit=1")), 200,
        '... over HTTP/2 another stream goes on');
    $h2->close;
}

is_whole(http_get($nginx, $uri{clients})->body, 'clients', 'and all is well');
is_deeply([ $nginx->workers ], [ $worker ], '... with the same worker');

finish();
