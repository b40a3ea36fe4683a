# One hook on its way to the gateway, carried by libcurl and by proxy_pass:
# what is sent (contract B10, B14), and what comes back of every odd answer
# (B13), before anybody judges it.

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
my $nowhere = Polycard::Test::free_port();


# a market and its location, whatever carries

my (@drivers, @locations);

sub shop {
    my ($name, $carrier, %option) = @_;

    push @drivers, "location = /deliver-$name { polycard_driver $name; }\n";
    push @locations, "location = /hook-$name { internal; polycard_hook $name; "
        . "access_log %%DIR%%/hook.log hook; $carrier }\n";

    return market($name, driven($gateway->url, %option));
}

my $proxy = 'proxy_pass ' . $gateway->url . '; proxy_http_version 1.1;'
    . ' proxy_set_header Connection "";';
my $down = "http://127.0.0.1:$nowhere/hook";

my $markets = join '',
    shop('curl', '', hook_alias => '"Ш \"1\""'),
    shop('proxy', $proxy, hook_alias => '"Ш \"1\""'),
    shop('form', '', hook_format => 'post_form'),
    shop('proxyform', $proxy, hook_format => 'post_form'),
    shop('get', '', hook_format => 'get', hook => $gateway->url('/h?x=1')),
    shop('proxyget', $proxy, hook_format => 'get'),
    shop('unbuffered', "$proxy proxy_buffering off;"),
    shop('curlhasty', '', hook_timeout => '2s'),
    shop('proxyhasty', $proxy, hook_timeout => '2s'),
    shop('unbufferedhasty', "$proxy proxy_buffering off;",
         hook_timeout => '2s'),
    shop('curldown', '', hook => $down),
    shop('proxydown', "proxy_pass $down;"),
    shop('fixed', 'return 200 "{\"Status\":\"OK\"}";');

my $nginx = Polycard::Nginx->new(
    main  => Polycard::Driver::load(),
    files => { token => "$token\n" },
    http  => 'log_format hook "$status $polycard_hook_id '
        . '$polycard_hook_object $polycard_hook_action $polycard_hook_attempt'
        . ' $polycard_hook_status [$request] [$request_uri] $remote_addr '
        . '$request_method";' . $markets
        . "server { listen 127.0.0.1:%%PORT_0%%;\n@drivers }\n"

        # whatever this server does with its visitors, hooks are none

        . 'limit_req_zone $binary_remote_addr zone=visitors:1m rate=1r/m;'
        . 'server { listen 127.0.0.1:%%PORT_1%%; limit_req zone=visitors'
        . ' burst=9; client_max_body_size 1; error_page 404 500 502 /sorry;'
        . ' if ($http_free = "") { return 403; }' . "\n@locations"
        . ' location = /x { try_files /none /hook-curl; } }',
);

$nginx->allow(qr/no\.redis/);


sub send_hook {
    my ($shop, %option) = @_;

    return deliver($nginx, "/deliver-$shop", %option);
}


# what is sent

my $data = '{"phone":"380671112233","name":"Т & \"х\"","bonus":7.5}';

for my $shop (qw( curl proxy form proxyform get proxyget )) {
    my $kind = $shop =~ /get/ ? 'get' : $shop =~ /form/ ? 'form' : 'json';
    my $before = time;

    $gateway->forget;

    my $result = send_hook($shop, id => '17-3', object => 'bonuses',
        action => 'added', attempt => 4, data => $data);

    is("$result->{error} $result->{status} $result->{complete}", 'ok 200 1',
        "$shop: delivered");
    is($result->{body}, '{"Status":"OK"}', '... and the answer read');

    my ($request, @more) = $gateway->requests;
    my $hook = $gateway->hook($request);

    is(scalar @more, 0, '... once');
    is($request->{method}, $kind eq 'get' ? 'GET' : 'POST', '... the method');
    is_deeply([ sort grep { $_ ne 'x' } keys %$hook ],
        [ sort qw( token alias object action data id timestamp ) ],
        '... the five parameters');
    is($hook->{token}, $token, '... token');
    is($hook->{alias}, $shop =~ /^(?:curl|proxy)$/ ? "\x{428} \"1\"" : $shop,
        '... alias');
    is("$hook->{object} $hook->{action}", 'bonuses added', '... what');
    is_deeply($hook->{data},
        { phone => '380671112233', name => "\x{422} & \"\x{445}\"",
          bonus => 7.5 }, '... data');
    is($hook->{id}, '17-3', '... webhook-id');
    cmp_ok(abs($hook->{timestamp} - $before), '<=', 60,
        '... webhook-timestamp');

    is(Polycard::Gateway::header($request, 'Content-Type'),
        { json => 'application/json', get => undef,
          form => 'application/x-www-form-urlencoded' }->{$kind},
        '... Content-Type');
    is(Polycard::Gateway::header($request, 'Content-Length'),
        $kind eq 'get' ? undef : length $request->{body},
        '... Content-Length');
    is(Polycard::Gateway::header($request, 'Expect'), undef, '... no Expect');
    is($request->{version}, 'HTTP/1.1', '... HTTP/1.1');

    ok($kind ne 'json' || index($request->{body}, $data) > 0,
        '... data byte for byte');
}

$gateway->forget;
send_hook('get');

my ($request) = $gateway->requests;

is($request->{path}, '/h', 'get: the path of "hook"');
like($request->{query}, qr/^x=1&token=/, '... and its own arguments');
is($request->{body}, '', '... no body');


# what comes back

my $ok = '{"Status":"OK"}';
my $large = '{"Status":"OK","x":"' . 'x' x 65513 . '"}';
my $header = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

my @answers = (
    # what it is, the answer, the result by libcurl, and by proxy_pass
    [ 'chunked', { chunked => 1 }, 'ok 200 1' ],
    [ 'without a length', { length => 0 }, 'ok 200 1' ],
    [ '201', { status => 201 }, 'ok 201 1' ],
    [ '204', { raw => "HTTP/1.1 204 No\r\n\r\n" }, 'ok 204 1' ],
    [ '301', { status => 301, headers => [ Location => $gateway->url('/x') ] },
      'ok 301 1' ],
    [ '400', { status => 400, body => '{"Status":"Error"}' }, 'ok 400 1' ],
    [ '401', { status => 401 }, 'ok 401 1' ],
    [ '404', { status => 404 }, 'ok 404 1' ],
    [ '429', { status => 429, headers => [ 'Retry-After', '7' ] },
      'ok 429 1 [7]' ],
    [ '500', { status => 500 }, 'ok 500 1' ],
    [ '502', { status => 502 }, 'ok 502 1' ],
    [ '503 with a date', { status => 503,
        headers => [ 'retry-after', 'Wed, 21 Oct 2015 07:28:00 GMT' ] },
      'ok 503 1 [Wed, 21 Oct 2015 07:28:00 GMT]' ],
    [ '504', { status => 504 }, 'ok 504 1' ],
    [ '100 first', { raw => "HTTP/1.1 100 Continue\r\n\r\n"
        . "${header}Content-Length: 15\r\n\r\n$ok" }, 'ok 200 1', undef ],
    [ 'no body', { body => '' }, 'ok 200 1' ],
    [ 'no JSON', { body => 'OK' }, 'ok 200 1' ],
    [ 'as large as may be', { body => $large . ' ' }, 'ok 200 1' ],
    [ 'late, but in time', { delay => 0.3 }, 'ok 200 1' ],
    [ 'in small pieces', { drip => 0.002 }, 'ok 200 1' ],

    [ 'too large by one', { body => $large . '  ' }, 'oversized 200 0' ],
    [ 'too large, chunked', { chunked => 1, body => $large . '   ' },
      'oversized 200 0' ],
    [ 'too large, no length', { length => 0, body => $large x 3 },
      'oversized 200 0' ],
    [ 'too large headers', { headers => [ 'X' => 'x' x 90000 ] },
      'oversized 0 0', 'cut 0 0' ],
    [ 'cut in the body', { cut => 1 }, 'cut 200 0' ],
    [ 'cut in the chunks', { chunked => 1, cut => 5 }, 'cut 200 0' ],
    [ 'cut after what looks whole', { chunked => 1, cut => 2 },
      'cut 200 0', undef ],
    [ 'cut in the header', { cut => 40 }, 'cut 0 0' ],
    [ 'closed without an answer', { raw => '', close => 1 }, 'cut 0 0' ],
    [ 'reset without an answer', { raw => '', reset => 1 }, 'cut 0 0' ],
    [ 'reset in the body', { cut => 4, reset => 1 }, 'cut 200 0' ],
    [ 'no HTTP', { raw => "hello, world\r\n\r\n", close => 1 },
      'invalid 0 0' ],
    [ 'only JSON', { raw => $ok, close => 1 }, 'invalid 0 0' ],
    [ 'never', { hang => 1 }, 'timeout 0 0' ],
    [ 'never whole', { raw => "${header}Content-Length: 15\r\n\r\n{\"S" },
      'timeout 200 0', 'timeout 0 0' ],
    [ 'endless', { drip => 0.5 }, 'timeout 0 0' ],
);

for my $answer (@answers) {
    my ($name, $how, $curl, $proxied) = @$answer;

    $proxied = $curl if @$answer == 3;

    for my $shop (qw( curl proxy unbuffered )) {
        my $expected = $shop eq 'curl' ? $curl : $proxied;

        next if !defined $expected;

        # a fresh connection: the answer belongs to this very hook

        $gateway->close_idle;
        $gateway->always($how);

        my $result = send_hook($shop
            . ($expected =~ /^timeout/ ? 'hasty' : ''));
        my $got = "$result->{error} $result->{status} $result->{complete}"
            . ($result->{retry_after} ? " [$result->{retry_after}]" : '');

        # a status line that came before the end of a timed out one is known
        # to the one carrier only

        is($got, $expected, "$name, $shop");

        is($result->{body}, $how->{body}, '... the whole body')
            if defined $how->{body} && $got =~ / 1/;
    }
}

$gateway->always;

for my $shop (qw( curldown proxydown )) {
    my $result = send_hook($shop);

    is("$result->{error} $result->{status}", 'connect 0', "$shop: no gateway");
}

is(send_hook('fixed')->{body}, $ok, 'a location that answers by itself');


# a connection that was kept and is closed when the next hook comes

for my $how ('closed while idle', 'closed by the next request',
             'reset by the next request') {
    $gateway->always;
    $gateway->close_idle;
    send_hook('curl');

    $gateway->forget;

    if ($how =~ /idle/) {
        $gateway->close_idle;
    } else {
        $gateway->answers({
            raw => '', close => 1, reset => $how =~ /reset/ ? 1 : 0
        });
    }

    my $result = send_hook('curl');
    my @requests = $gateway->requests;

    is("$result->{error} $result->{status}", 'ok 200', "$how: on a new one");
    is($requests[-1]{method}, 'POST', '... as before');
    is($requests[-1]{body}, $requests[0]{body}, '... the same hook');
    is(scalar @requests, $how =~ /idle/ ? 1 : 2, '... tried again at once');
}

$gateway->forget;
is_deeply(send_hook('curl', count => 200, parallel => 1),
    { 'ok 200' => 200, 'busy -' => 0 }, '200 hooks one after the other');

my %connections = map { $_->{connection} => 1 } $gateway->requests;

is(scalar keys %connections, 1, '... over one connection');


# logs

my @lines = $nginx->log_text('hook.log') =~ /^(.*)$/mg;

is($lines[0], '200 17-3 bonuses added 4 200 [POST /hook-curl HTTP/1.1] '
    . '[/hook-curl] 127.0.0.1 POST', 'the access log of the location');
like($lines[4], qr{^200 17-3 .* \[GET /hook-get HTTP/1\.1\] \[/hook-get\]},
    '... without the arguments of a GET');
ok(scalar(grep { /^504 \S+ \S+ \S+ 1 - / } @lines), '... a timeout');
ok(scalar(grep { /^502 / } @lines), '... an answer that was none');

my @free = (port => 1, headers => [ Free => 1 ]);

is(http_get($nginx, '/hook-curl', @free)->status, 404,
    'the location is internal');
is(http_get($nginx, '/x', @free)->status, 404,
    '... a redirect carries no hook');

my $log = $nginx->error_log . $nginx->log_text('hook.log')
    . $nginx->access_log;

# a gateway that says in its header what it was told: nginx quotes it

for my $shop (qw( curl proxy get proxyget )) {
    $gateway->answers({ close => 1, raw => "HTTP/1.1 200 OK\r\n"
        . "$token-380671112233-Bohdana\x01: 1\r\n\r\n" });
    send_hook($shop, id => '18-1', data => $data);
}

like($nginx->error_log, qr/upstream sent invalid header: "\*+" while/,
    'nginx tells of a bad header');

$log .= $nginx->error_log;

unlike($log, qr/Bohdana/, 'no log has what the gateway says');
unlike($log, qr/\Q$token/, '... nor the token');
unlike($log, qr/380671112233|%D0%A2/, '... nor what is in a hook');
like($nginx->error_log,
    qr/was not posted: .*, polycard market: curl, hook: 1-0, attempt: 1/,
    'the error log tells which hook failed');

finish();
