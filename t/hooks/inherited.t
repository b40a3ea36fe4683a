# Hooks carried by proxy_pass, in a server and an http {} that say all sorts of
# things for their visitors: each hook reaches the gateway as it is, each
# attempt has an answer of its own, and the answer is the gateway's (contract,
# B13).

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Driver;
use Polycard::Gateway;
use Polycard::HTTP;
use Polycard::Nginx qw( market );

my $token = 'T0ken-T0ken-T0ken-T0ken-T0ken-32';
my $gateway = Polycard::Gateway->new;
my $ok = '{"Status":"OK"}';

# for visitors; the last ones are of the module whose handler carries hooks

my $site = <<'EOT';
    proxy_cache            site;
    proxy_cache_valid      any 1h;
    proxy_cache_methods    GET HEAD POST;
    proxy_cache_key        $uri;
    proxy_cache_use_stale  error timeout http_500;
    proxy_ignore_headers   Cache-Control Expires;
    proxy_intercept_errors on;
    proxy_pass_request_body    off;
    proxy_pass_request_headers off;
    proxy_next_upstream    off;
    error_page             400 404 422 500 502 503 504 =200 /fine;
    sub_filter             OK NO;
    sub_filter_types       *;
    ssi                    on;
    ssi_types              *;
    add_before_body        /fine;
    addition_types         *;
    add_header             Retry-After 77 always;
    expires                1h;
    gzip                   on;
    gzip_min_length        1;
    gzip_types             *;
    gzip_proxied           any;
    charset                utf-8;
    source_charset         koi8-r;
    override_charset       on;
    charset_types          *;
    slice                  1;
    auth_request           /denied;
    auth_basic             closed;
    auth_basic_user_file   none;
    deny                   all;
    mirror                 /mirror;
    limit_rate             1;
    etag                   off;
    if_modified_since      before;
EOT

my %format = (post => 'post_json', get => 'get', store => 'post_json');

sub locations {
    return join '', map {
        my $directives = $_ eq 'store' ? 'proxy_cache off;'
            . ' proxy_store %%DIR%%/stored;' : '';

        "location = /hook-$_ { internal; polycard_hook $_; $directives"
            . ' proxy_pass http://gateway/hook; proxy_http_version 1.1;'
            . ' proxy_set_header Connection "";'
            . ' if ($uri) { set $x 1; } }' . "\n"
    } sort keys %format;
}

my $nginx = Polycard::Nginx->new(
    main  => Polycard::Driver::load(),
    files => { token => "$token\n" },
    http  => 'proxy_cache_path %%DIR%%/cache keys_zone=site:1m;'
        . 'charset_map koi8-r utf-8 { 4F D29E; }'
        . 'upstream gateway { server 127.0.0.1:' . $gateway->port
        . "; keepalive 8; }\n"
        . join('', map { market($_, driven($gateway->url,
            hook_format => $format{$_})) } sort keys %format)
        . "server { listen 127.0.0.1:%%PORT_0%%;\n" . join('', map {
            "location = /deliver-$_ { polycard_driver $_; }\n"
          } sort keys %format) . "}\n"
        . "server { listen 127.0.0.1:%%PORT_1%%;\n$site"
        . 'location = /fine { internal; return 200 \'{"Status":"OK"}\'; }'
        . 'location = /denied { internal; return 403; }'
        . 'location = /mirror { internal; proxy_pass http://gateway; }'
        . locations() . '}',
);

$nginx->allow(qr/no\.redis/);


sub result {
    my ($shop, @answers) = @_;

    $gateway->answers(@answers) if @answers;

    my $result = deliver($nginx, "/deliver-$shop", data => '{"a":1}');

    return ("$result->{error} $result->{status}", $result->{body},
            $result->{retry_after});
}


# each attempt reaches the gateway

for my $shop (sort keys %format) {
    $gateway->forget;

    for (1 .. 3) {
        is_deeply([ result($shop) ], [ 'ok 200', $ok, '' ], "$shop: accepted");
    }

    my @requests = $gateway->requests;

    is(scalar @requests, 3, '... three times by the gateway');

    for my $hook (map { $gateway->hook($_) } @requests) {
        is_deeply($hook->{data}, { a => 1 }, '... the whole hook');
        is($hook->{id}, '1-0', '... with its header');
    }

    for my $status (400, 404, 422, 500, 503) {
        is_deeply([ result($shop, { status => $status, body => 'no',
                headers => [ 'Cache-Control', 'max-age=9' ] }) ],
            [ "ok $status", 'no', '' ], "... $status is what it is");
    }

    my $html = '<html>OK <!--# include virtual="/fine" --></html>';

    is_deeply([ result($shop, { body => $html,
            headers => [ 'Content-Type', 'text/html' ] }) ],
        [ 'ok 200', $html, '' ], '... and so is HTML');

    for my $power ([ 'X-Accel-Redirect', '/fine' ],
                   [ 'X-Accel-Limit-Rate', 1 ],
                   [ 'X-Accel-Charset', 'koi8-r' ]) {
        is_deeply([ result($shop, { body => 'no', headers => $power }) ],
            [ 'ok 200', 'no', '' ], "... $power->[0] has no power");
    }
}

ok(!-e $nginx->path('stored'), 'nothing is stored');
is_deeply([ glob $nginx->path('cache/*') ], [], '... nor cached');


# connections that end when the next request comes

for my $shop (qw( post get )) {
    my %stale = (raw => '', close => 1);

    for my $reset (0, 1) {
        result($shop);
        $gateway->forget;

        is((result($shop, { %stale, reset => $reset }))[0], 'ok 200',
            "$shop: on a new connection");
        is(scalar(() = $gateway->requests), 2, '... at once');
    }

    deliver($nginx, "/deliver-$shop", count => 8, parallel => 8);
    is((result($shop, (\%stale) x 2))[0], 'ok 200', '... after two');

    $gateway->close_idle;
    is((result($shop, \%stale))[0], 'cut 0', '... a new one that is closed');
}


finish();
