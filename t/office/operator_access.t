# The operator's location: who may call, what is where, no page of another site,
# and nothing of it in a log (docs/operator.md, contract B24); callers who leave, a
# Redis that dies, helper keys of a wrong type

use strict;
use warnings;

use lib 't/lib';

use Polycard::FakeRedis;
use Polycard::HTTP;
use Polycard::Nginx qw( market );
use Polycard::OfficeShop;
use Polycard::OperatorShop;
use Polycard::Test;

my $shop = Polycard::OperatorShop->new(log_level => 'info',
    market => { office_token_file => '%%DIR%%/office' },
    files  => { office => "$Polycard::OfficeShop::TOKEN\n" },
    http   => 'log_format own "$polycard_result \"$polycard_request\" '
        . '$polycard_phone $polycard_market";',
    server => <<'EOC',
access_log %%DIR%%/own.log own;
location /denied/ { deny all; polycard_operator shop1; }
location /office/ { polycard_office shop1; }
location = /status { polycard_status; }
EOC
);
my $phone = '380671112233';
my $id = '1700000000000-0';
my $token = $Polycard::OperatorShop::TOKEN;

$shop->ready;

test_counted();
test_tokens();
test_paths();
test_sites();
test_bodies();
test_wrong_keys();
test_leaving();
test_redis_killed();
test_logs();

finish();


# what operators ask is counted apart, and is none of the market's requests

sub test_counted {
    my $market = sub {
        return http_get($shop->nginx, '/status')->json->{markets}[0];
    };
    my ($before, %added) = $market->();

    $shop->operator(GET => 'hooks') for 1 .. 3;
    $shop->operator(GET => 'hooks', undef, token => undef);
    $shop->operator(DELETE => "dead/$id");
    $shop->operator(GET => 'dead?limit=0');
    http_get($shop->nginx, '/denied/hooks', token => $token);

    my $after = $market->();

    for my $result (keys %{ $after->{requests}{operator} }) {
        my $n = $after->{requests}{operator}{$result}
            - $before->{requests}{operator}{$result};

        $added{$result} = $n if $n;
    }

    is($shop->operator(GET => 'hooks')->header('Cache-Control'), 'no-store',
        'no cache may keep an answer');
    is_deeply(\%added, { ok => 3, denied => 2, miss => 1, invalid => 1 },
        'counted by result');
    is($after->{request_duration}{operator}{count}
        - $before->{request_duration}{operator}{count}, 7, '... with their time');
    is($after->{redis_duration}{operator}{count}
        - $before->{redis_duration}{operator}{count}, 4, '... and that of Redis');
    is_deeply($after->{recent_requests}, $before->{recent_requests},
        '... not among those of the market');
    like(http_get($shop->nginx, '/status?format=prometheus')->body,
        qr/^polycard_requests_total\{market="shop1",service="operator",
            result="ok"\}\ [3-9]/mx, '... and in Prometheus');
}


sub test_tokens {
    my $refused = 'a token of the operator is needed';

    for my $given (undef, 'wrong-token-1234', $Polycard::OfficeShop::TOKEN, '',
        $token . 'x', substr($token, 1))
    {
        my $what = $given // 'none';

        is_error($shop->operator(GET => 'hooks', undef, token => $given), 401,
            $refused, "with '$what'");
    }

    is_error($shop->operator($_->[0] => $_->[1], undef, token => undef), 401,
        $refused, "$_->[0] $_->[1] without a token")
        for [ POST => 'dead/requeue' ], [ DELETE => "dead/$id" ],
            [ POST => 'nowhere' ], [ POST => 'hooks' ];
    is_error($shop->operator(GET => "hooks?token=$token", undef,
        token => undef), 401, $refused, 'no token in the query');
    is_error(http_get($shop->nginx, '/denied/hooks', token => $token), 403,
        'access is not allowed', 'nginx\' own rules');
    is(http_get($shop->nginx, '/office/clients?barcode=1', token => $token)
        ->status, 401, 'an operator\'s opens no office');
}


sub test_paths {
    is_error($shop->operator(GET => $_), 404, 'there is nothing at this path',
        "nothing at '$_'")
        for '', 'x', 'hooks/', 'dead/x', "dead/$id/", 'deletions', 'Hooks',
            "dead/$id/requeue/x";

    for my $case ([ 'hooks', 'POST', 'GET, HEAD' ],
        [ 'dead', 'DELETE', 'GET, HEAD' ], [ "dead/$id", 'GET', 'DELETE' ],
        [ 'dead/requeue', 'GET', 'POST' ], [ 'probe', 'DELETE', 'POST' ])
    {
        my ($where, $method, $allow) = @$case;
        my $answer = $shop->operator($method => $where);

        is_error($answer, 405, 'this method is not allowed here',
            "$method of $where");
        is($answer->header('Allow'), $allow, '... and what is');
    }

    is_error($shop->operator(OPTIONS => 'hooks'), 405,
        'this method is not allowed here', 'OPTIONS: nothing for other sites');
    is_error($shop->operator(OPTIONS => 'hooks', undef, token => undef), 401,
        'a token of the operator is needed', '... nothing without a token');
    is_error($shop->operator(PUT => 'hooks'), 405,
        'this method is not allowed here', 'PUT');
}


sub test_sites {
    my $host = '127.0.0.1:' . $shop->nginx->port;

    is($shop->operator(POST => 'dead/requeue', undef, headers => [
        Host => $host, Origin => "http://$host" ])->status, 200,
        'a page of this host');
    is_error($shop->operator(POST => 'dead/requeue', undef, headers => [
        Host => $host, Origin => $_ ]), 403,
        'a page of another site cannot call', "a page of $_")
        for 'https://example.com', 'null', "http://$host.example.com",
            "http://x$host", "ftp://$host";

    for my $type (undef, 'text/plain', 'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x', 'application/jsonp',
        'text/plain; application/json')
    {
        my $what = $type // 'none';

        is_error($shop->operator($_, $_ eq 'POST' ? 'dead/requeue' : "dead/$id",
            undef, type => $type), 403,
            'Content-Type must be application/json', "$_ of the type $what")
            for qw( POST DELETE );
    }

    is($shop->operator(POST => 'dead/requeue', '{}',
        type => 'application/json; charset=utf-8')->status, 200,
        'a character set');
}


sub test_bodies {
    is($shop->operator(POST => 'hooks/find', ' ' x 65536)->status, 400,
        'blanks as long as may be');
    is_error($shop->operator(POST => 'hooks/find', ' ' x 65537), 413,
        'the body is too large', 'and longer');
    is(http_request($shop->nginx, 'POST', '/operator/hooks/find',
        token => $token, type => 'application/json',
        body => [ '{"phone":', "\"$phone\"", '}' ])->status, 200, 'in chunks');
    is_error($shop->operator(POST => 'resend', $_), 400, qr/./, "body: $_")
        for '[]', 'null', '{"phone":1}x', '{"phone":[]}', '{"all":"perhaps"}',
            '{"phone":"\u0000"}', '{"x":1}', "{\"phone\":\"$phone\",\"phone\":\"$phone\"}";
}


sub test_wrong_keys {
    my $redis = $shop->client;

    $redis->set($shop->key('dead'), 'x');
    is_error($shop->operator(GET => 'dead'), 500,
        'the key dead is of a wrong type', 'dead of a wrong type');
    is_error($shop->operator(POST => 'dead/requeue'), 500,
        'the key dead is of a wrong type', '... to requeue');
    is($shop->operator(GET => 'hooks')->json->{dead}, 0, '... counts as empty');
    $redis->del($shop->key('dead'));
    is($shop->operator(GET => 'dead')->body, '[]', '... and repaired');
}


# whoever leaves while Redis is busy is not waited for

sub test_leaving {
    my ($worker) = $shop->nginx->workers;

    $shop->put($phone, barcode => 1);
    $shop->make_dead($phone, 'Olha');

    for my $case ([ GET => 'hooks' ], [ GET => 'dead' ],
        [ POST => 'hooks/find', "{\"phone\":\"$phone\"}" ],
        [ POST => 'dead/requeue', '' ])
    {
        my ($method, $path, $body) = @$case;

        $shop->redis->signal('STOP');

        my $caller = Polycard::HTTP->connect($shop->nginx);

        $caller->send("$method /operator/$path HTTP/1.1\r\nHost: x\r\n"
            . "Authorization: Bearer $token\r\n"
            . "Content-Type: application/json\r\n"
            . 'Content-Length: ' . length($body // '') . "\r\n\r\n"
            . ($body // ''));
        $caller->wait_until_read;
        $caller->close;
        $shop->redis->signal('CONT');
    }

    is($shop->operator(GET => 'hooks')->status, 200, 'others are served');
    is_deeply([ $shop->nginx->workers ], [ $worker ], '... by the same worker');
}


sub test_redis_killed {
    $shop->kill_redis;
    is_error($shop->operator(@$_), 503,
        'the client base cannot be reached, try again later',
        "without Redis: $_->[1]")
        for [ GET => 'hooks' ], [ GET => 'dead' ], [ POST => 'dead/requeue' ],
            [ DELETE => "dead/$id" ], [ POST => 'probe' ],
            [ POST => 'hooks/find', { phone => $phone } ];
    $shop->start_redis;
    wait_until { $shop->operator(GET => 'hooks')->status == 200 } 30,
        'and with it again';
}


sub test_logs {
    $shop->operator(POST => 'hooks/find', "{\"phone\":\"$phone\",\"x\":1}");
    $shop->operator(POST => "dead/$phone/requeue");
    $shop->operator(POST => "dead/$id/requeue");
    $shop->nginx->stop;

    my @own = split /^/, slurp($shop->nginx->path('own.log'));

    is_deeply([ grep { /380\d{9}|Token-of|Olha/ } @own ], [],
        'no phone, token or name in the access log');
    is_deeply([ grep { /380\d{9}|Token-of|Olha/ }
        $shop->nginx->log_lines ], [], 'nor in the error log');
    ok((grep { m{"POST /operator/dead/requeue HTTP/1\.1" } } @own),
        'what was done can be seen');
}
