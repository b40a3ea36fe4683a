# Odd answers one after the other over kept connections: none harms the next
# one, and a gateway that closes its connections is no outage (contract, B13).

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Certificates;
use Polycard::Driver;
use Polycard::Gateway;
use Polycard::HookShop;
use Polycard::Nginx qw( market );

my $gateway = Polycard::Gateway->new;
my $ca = Polycard::Certificates->new;
my ($certificate, $key) = $ca->issue('localhost');


# gateways that end a connection after a few requests

my %servers = (
    few   => [ '', 'keepalive_requests 3;' ],
    tls   => [ 'ssl', 'keepalive_requests 3;' ],
    http2 => [ 'ssl http2', 'keepalive_requests 3;' ],
);
my %port = map { $_ => Polycard::Test::free_port() } sort keys %servers;

my $far = Polycard::Nginx->new(main => '', http => join '', map {
    my ($options, $directives) = @{ $servers{$_} };

    "server { listen 127.0.0.1:$port{$_} $options; $directives\n"
        . ($options ? "ssl_certificate $certificate;\n"
                      . "ssl_certificate_key $key;\n" : '')
        . "location / { return 200 '{\"Status\":\"OK\"}'; } }\n"
} sort keys %servers);


my @trust = (hook_ssl_trusted_certificate => $ca->file);

my $nginx = Polycard::Nginx->new(
    main  => Polycard::Driver::load(),
    files => { token => "$Polycard::HookShop::TOKEN\n" },
    http  => market('one', driven($gateway->url, @trust))
        . join('', map {
            my $scheme = $servers{$_}[0] ? 'https' : 'http';

            market($_, driven("$scheme://localhost:$port{$_}/hook", @trust))
          } sort keys %servers)
        . "server { listen 127.0.0.1:%%PORT_0%%;\n" . join('', map {
            "location = /deliver-$_ { polycard_driver $_; }\n"
            . "location = /hook-$_ { internal; polycard_hook $_; }\n"
          } 'one', sort keys %servers) . '}',
);

$nginx->allow(qr/no\.redis/);

my ($worker) = $nginx->workers;


sub result {
    my (@answers) = @_;

    $gateway->answers(@answers);

    my $result = deliver($nginx, '/deliver-one');

    return join ' ', grep { defined } @$result{qw( error status )};
}


# libcurl keeps headers, to unfold the next line into them

my @headers = map { ("X-$_" => 'x' x 50) } 1 .. 20;
my $length = "Content-Length: 15\r\n\r\n{\"Status\":\"OK\"}";

for my $blank (' ', "\t") {
    for (1 .. 3) {
        is(result({ headers => \@headers }), 'ok 200', 'an answer');

        like(result({ close => 1, raw => "HTTP/1.1 200 OK\r\n$blank"
            . "folded: " . 'x' x 500 . "\r\n$length" }),
            qr/^(?:ok 200|failed 0|invalid 0)$/,
            '... then one whose header begins with a blank');
    }
}

isnt(result({ headers => [ X => 'x' x 120_000 ] }), 'ok 200',
    'a line too long for libcurl');
is(result(), 'ok 200', '... the next answer');
is(($nginx->workers)[0], $worker, 'it is the same worker');


# connections that end when the next request comes

my %stale = (raw => '', close => 1);
my %seen;

for (1 .. 20) {
    $seen{ result() }++;
    $seen{ result(\%stale) }++;
}

is_deeply(\%seen, { 'ok 200' => 40 }, 'each one hook old, 20 times');

wait_until {
    $gateway->forget;
    $gateway->answers(({ delay => 0.2 }) x 8);
    deliver($nginx, '/deliver-one', count => 8, parallel => 8);

    8 == keys %{ { map { $_->{connection} => 1 } $gateway->requests } };
} 'eight connections at once';

is(result((\%stale) x 6), 'ok 200', 'six that are kept, one after the other');

$gateway->always(\%stale);
$gateway->forget;
is(result(), 'cut 0', 'a gateway that closes them all');
cmp_ok(scalar(() = $gateway->requests), '<=', 8, '... is not asked for ever');
$gateway->always;

for my $shop (sort keys %servers) {
    for my $parallel (1, 8, 32) {
        my $results = deliver($nginx, "/deliver-$shop", count => 500,
            parallel => $parallel);

        is($results->{'ok 200'}, 500,
            "$shop: 3 requests a connection, $parallel at once")
            or diag explain $results;
    }
}


# what has no verdict of its own is an outage: one probe at a time

my $shop = Polycard::HookShop->new(market => { hook_retry => '1s' });

$gateway = $shop->gateway;
$shop->ready;

for my $case ([ { headers => [ X => 'x' x 120_000 ] }, '(?!status)\w' ],
              [ { close => 1, raw => "HTTP/1.1 200 OK\r\n folded\r\nX: "
                  . 'x' x 120_000 . "\r\n$length" }, '(?!status)\w' ],
              [ { body => '<html>OK</html>' }, '200 without JSON' ],
              [ { body => '' }, '200 without JSON' ],
              [ { body => "\x1f\x8b\x08" }, '200 without JSON' ]) {
    my ($answer, $reason) = @$case;
    my $size = length $shop->nginx->error_log;

    $gateway->forget;
    $gateway->always($answer);
    $shop->put('380671112233', barcode => 'x', name => 'n' . ++$seen{names});

    ok(Polycard::Test::wait_for(sub {
        return substr($shop->nginx->error_log, $size)
            =~ /takes no hooks, they wait: $reason/;
    }), "an outage: $reason");

    $gateway->wait_requests(3);

    my @times = map { $_->{time} } $gateway->requests;

    cmp_ok($times[2] - $times[0], '>', 1, '... and waited after');

    $gateway->always;
    $shop->settle;
}

finish();
