# polycard_status: what is counted, by two workers as one; its forms; nothing of
# a client in any of them.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );
use Polycard::Prometheus;
use Polycard::Redis;
use Polycard::Shop;
use Polycard::Status;

my $token = 'S3cret-of-the-market';
my $path = $Polycard::Shop::PATH;
my ($phone, $new, $card) = ('380671112233', '380509998877', '4820000000017');

my $shop = Polycard::Shop->new(
    workers => 2,
    market  => { access_token => undef, access_token_file => '%%DIR%%/tokens',
                 card_numbers => 'pool', emitter => 'off' },
    files   => { tokens => "$token\n" },
    http    => <<'EOC' . services('shop1') . '}',
limit_req_zone $server_port zone=requests:1m rate=1r/m;
limit_conn_zone $server_port zone=connections:1m;
server {
    listen 127.0.0.1:%%PORT_1%%;
    client_header_timeout 300ms;
EOC
    server  => <<"EOC",
$STATUS
location = /busy { limit_req zone=requests; polycard_get_client shop1; }
location = /full { limit_conn connections 1; limit_rate 1k;
                   polycard_get_groups shop1; }
location = /open { deny all; polycard_get_groups shop1; }
location = /odd  { return 507; polycard_get_groups shop1; }
location = /else { return 404; }
location = /strict { limit_except GET { deny all; } polycard_status; }
location = /closed { deny all; polycard_status; }
EOC
);
my $nginx = $shop->nginx;
my %wanted;

sub get { http_get($nginx, "$path/$_[0]", token => $token, @_[1 .. $#_]) }

sub add {
    return http_post($nginx, "$path/addClient", token => $token,
        type => 'application/json', body => json_text($_[0]));
}

# answered so often with this status, which counts as this result

sub counts {
    my ($name, $status, $what, @answers) = @_;

    is_deeply([ map { $_->status } @answers ], [ ($status) x @answers ],
        $what);
    $wanted{$name} += @answers;
}


# results

is_deeply(results(market_status($nginx, 'shop1')), {}, 'nothing yet');

$shop->put($phone, barcode => $card, name => 'Olha');
$shop->client->rpush($shop->key('cards'), '2900000000018');

counts('getClient ok', 200, 'found',
    map { get("getClient?phone=$phone"), get("getClient?barcode=$card") }
        1 .. 5);
counts('getClient miss', 404, 'not found', get('getClient?phone=380999999999'),
    get('getClient?barcode=nobody'));
counts('getClient invalid', 400, 'wrong', get('getClient?phone=1'),
    get('getClient'), get("getClient?phone=$phone&barcode=$card"));
counts('getClient invalid', 405, 'no method for it',
    http_post($nginx, "$path/getClient", token => $token, body => ''));
counts('getClient denied', 401, 'no token',
    http_get($nginx, "$path/getClient?phone=$phone"),
    http_get($nginx, "$path/getClient?phone=$phone", token => 'wrong'));
counts('addClient ok', 200, 'added, twice',
    add({ phone => $new, name => 'Ivan' }),
    add({ phone => $new, name => 'Ivan' }));
counts('addClient conflict', 409, 'has a card', add({ phone => $phone }));
counts('addClient unavailable', 503, 'no card is left',
    add({ phone => '380930000001' }));
counts('addClient invalid', 413, 'too large',
    add({ phone => $new, note => 'x' x 70000 }));
counts('addClient invalid', 415, 'no type for it',
    http_post($nginx, "$path/addClient", token => $token, type => 'text/plain',
        body => 'x'));
counts('getGroups ok', 200, 'no groups', get('getGroups'));
counts('getClients ok', 200, 'a page', get('getClients'),
    get('getClients?limit=1'));
counts('getClients invalid', 400, 'too many', get('getClients?limit=100000'));

# what nginx says by itself

counts('getGroups denied', 403, 'deny', http_get($nginx, '/open'));
counts('getGroups error', 507, 'return', http_get($nginx, '/odd'));
http_get($nginx, '/else');

my @busy = map { http_get($nginx, "/busy?phone=$phone", token => $token) }
    1 .. 3;

counts('getClient ok', 200, 'the first one', shift @busy);
counts('getClient limited', 503, 'limit_req, with its own status', @busy);

$shop->call('put_group', $_, title => 'x' x 200, loyaltyType => 'bonuses',
    loyaltyQuantity => 1) for 1 .. 100;
my $slow = start_get($nginx, '/full', token => $token);
$slow->receive;
counts('getGroups limited', 503, 'limit_conn, with its own status',
    http_get($nginx, '/full', token => $token));
$slow->close;
$wanted{'getGroups ok'}++;

# before there is a location

counts('getClient invalid', 400, 'a header that is wrong',
    http_raw($nginx, "GET $path/getClient HTTP/1.1\r\nHost: a b\r\n\r\n"));
counts('getClient invalid', 414, 'a line that is too long',
    http_raw($nginx, "GET $path/getClient?phone=" . ('1' x 20000)
        . " HTTP/1.1\r\n\r\n"));
is(http_raw($nginx, "GET $path/getClients HTTP/1.1\r\nHost: x\r\n",
    port => 1)->raw, '', 'a header without an end');
$wanted{'getClients closed'}++;

# A caller who does not wait: Redis stands still meanwhile, to which both
# workers are connected (one that is not would say 503)

wait_status($nginx, 'shop1', sub { $_[0]{redis}{connected} == 2 },
    'both workers are connected');
$shop->redis->signal('STOP');

my $gone = start_get($nginx, "$path/getGroups", token => $token);

$gone->wait_until_read;
$gone->close;
$wanted{'getGroups closed'}++;
is(get("getClient?phone=$phone", timeout => 120)->status, 504,
    'Redis is hung');
$wanted{'getClient timeout'}++;

$shop->redis->signal('CONT');

is_counted($nginx, 'shop1', \%wanted, 'each request by service and result');


# times

my $status = wait_status($nginx, 'shop1',
    sub { $_[0]{redis}{connected} == 2 }, 'both workers are connected');
my %sum;

$sum{(split)[0]} += $wanted{$_} for keys %wanted;

for my $service (sort keys %sum) {
    my $times = $status->{request_duration}{$service};
    my $redis = $status->{redis_duration}{$service};
    my @counts = map { $_->[1] } @{ $times->{buckets} };

    is($times->{count}, $sum{$service}, "$service: all have a time");
    is_deeply(\@counts, [ sort { $a <=> $b } @counts ], '... buckets add up');
    cmp_ok($counts[-1], '<=', $times->{count}, '... to all of them');
    cmp_ok($redis->{count}, '<=', $times->{count}, '... some with Redis');
}

is($status->{redis_duration}{getClient}{count}, 14,
    'those that asked Redis: found, missed, timed out');
cmp_ok($status->{redis_duration}{getClient}{sum}, '>', 0,
    '... whose times add up');


# bad records

is_deeply($status->{bad_records},
    { left_out => 0, mended => 0, stored => undef }, 'no bad records');
$shop->set_raw('380670000001', 50, name => 'Nobody');
$shop->set_raw('380670000002', 51, barcode => '2', name => "a\x01b");
$shop->client->set($shop->key('client:380670000003'), 'no hash');
$shop->client->zadd($shop->key('clients'), 52, '380670000003');
counts('getClients ok', 200, 'a page', get('getClients'));
counts('getClient miss', 404, 'bad ones', get('getClient?phone=380670000001'),
    get('getClient?phone=380670000003'));
counts('getClient ok', 200, 'a mended one', get('getClient?phone=380670000002'));
is_deeply(market_status($nginx, 'shop1')->{bad_records},
    { left_out => 4, mended => 2, stored => undef },
    'left out and mended, in a page and alone');


# all of it, as it is documented

is_counted($nginx, 'shop1', \%wanted, 'each request once more');

$status = status($nginx);

my ($documented) = slurp(source_dir() . '/docs/status.md')
    =~ /^```json\n(.*?)^```/ms;

# names of an object; a part that the document abridges is not compared

sub same_names {
    my ($got, $shown, $where) = @_;

    if (ref $shown eq 'HASH' && !exists $shown->{'...'}) {
        is_deeply([ sort keys %$got ], [ sort keys %$shown ],
            "the names of $where are those of docs/status.md") if %$shown;

        same_names($got->{$_}, $shown->{$_}, "$where $_") for sort keys %$shown;
    }

    same_names($got->[0], $shown->[0], "$where []")
        if ref $shown eq 'ARRAY' && @$shown && ref $shown->[0];
}

same_names($status, JSON::MaybeXS->new->decode($documented), 'all');

my ($version) = slurp(source_dir() . '/ngx_polycard_module/version.h')
    =~ /NGX_POLYCARD_VERSION +"(.*?)"/;
my ($library) = slurp(source_dir() . '/redis-scripts/head.lua')
    =~ /^local VERSION = (\d+)$/m;

is_deeply([ @$status{qw( version library_version workers generation )} ],
    [ $version, $library, 2, 1 ], 'versions, workers, generation');
cmp_ok(abs($status->{time} - time), '<', 60, 'now');
cmp_ok(abs($status->{time} - $status->{start_time} - $status->{uptime}), '<',
    0.001, 'uptime');
is(@{ $status->{markets} }, 1, 'one market');


# forms

sub form {
    my ($query, $accept) = @_;

    my $answer = http_get($nginx, "/status$query",
        headers => [ defined $accept ? (Accept => $accept) : () ]);

    return $answer->status . ' ' . ($answer->header('Content-Type') || '-');
}

my ($json, $text, $html) = ('200 application/json',
    '200 text/plain; version=0.0.4; charset=utf-8',
    '200 text/html; charset=utf-8');

is(form(''), $json, 'nothing is asked for');
is(form('', '*/*'), $json, 'anything');
is(form('', 'text/html,application/xml;q=0.9,*/*;q=0.8'), $html, 'a browser');
is(form('', 'application/openmetrics-text;version=1.0.0,text/plain;'
    . 'version=0.0.4;q=0.5,*/*;q=0.1'), $text, 'Prometheus');
is(form('?format=json', 'text/html'), $json, 'format=json wins');
is(form('?format=prometheus', 'text/html'), $text, 'format=prometheus');
is(form('?format=html'), $html, 'format=html');
is(form("?format=$_"), '400 text/html', "format=$_") for '', 'xml', 'jsonp';

for my $format (qw( json prometheus html )) {
    my $answer = http_get($nginx, "/status?format=$format");
    my $head = http_request($nginx, 'HEAD', "/status?format=$format");

    is($answer->header('Content-Length'), length $answer->body,
        "$format: its length");
    is_deeply([ map { $answer->header($_) } 'Cache-Control', 'Vary',
        'X-Content-Type-Options' ], [ qw( no-store Accept nosniff ) ],
        '... not to be kept, nor guessed at');
    is_deeply([ $head->status, $head->body,
        $head->header('Content-Type') ],
        [ 200, '', $answer->header('Content-Type') ], '... HEAD');
}

like(http_get($nginx, '/status?format=html')
    ->header('Content-Security-Policy'), qr/^default-src 'none';/,
    'the page has a strict policy');

for my $method (qw( POST PUT DELETE OPTIONS )) {
    my $answer = http_request($nginx, $method, '/status');

    is($answer->status . ' ' . ($answer->header('Allow') || '-'),
        '405 GET, HEAD', $method);
}

is(http_get($nginx, '/status', headers => [ 'Content-Length' => 4 ],
    body => 'body')->status, 200, 'a body is ignored');
is(http_raw($nginx, "GET /status HTTP/1.1\r\nHost: x\r\n"
    . "Transfer-Encoding: chunked\r\n\r\nzz\r\n")->status, 400,
    '... but not one of chunks that are none');
is(http_get($nginx, '/strict')->status, 200, 'limit_except');
is(http_get($nginx, '/closed')->status, 403, 'deny');


# Prometheus

my $dir = temp_dir();

# the status of promtool, and what it complains of

sub judged {
    spew("$dir/metrics", $_[0]);

    return join '', run_command('sh', '-c',
        "promtool check metrics < $dir/metrics");
}

wait_status($nginx, 'shop1', sub { $_[0]{clients} == 5 }, 'five clients');

my $metrics = http_get($nginx, '/status?format=prometheus')->body;
is(judged($metrics), '0', 'promtool check metrics');

my %sample;

for my $sample (@{ samples($metrics) }) {
    my ($name, $labels, $value) = @$sample;

    $sample{join ' ', $name, map { $labels->{$_} } sort keys %$labels}
        = $value;
}

my $market = market_status($nginx, 'shop1');

is_deeply({ map { /^polycard_requests_total shop1 (\S+) (\S+)/
        && $sample{$_} != 0 ? ("$2 $1" => $sample{$_}) : () } keys %sample },
    \%wanted, 'the same requests');
is($sample{'polycard_request_duration_seconds_count shop1 getClient'},
    $market->{request_duration}{getClient}{count}, 'the same times');
is($sample{'polycard_request_duration_seconds_bucket +Inf shop1 getClient'},
    $market->{request_duration}{getClient}{count}, '... of the last bucket');
is($sample{'polycard_redis_up shop1'}, 1, 'Redis is up');
is($sample{'polycard_redis_connected_workers shop1'}, 2, 'connections');
is($sample{'polycard_clients shop1'}, 5, 'clients');
is($sample{'polycard_bad_records_total left_out shop1'}, 4, 'bad records');

my ($table) = slurp(source_dir() . '/docs/status.md')
    =~ /^\| metric \| type \| JSON \|\n(.*?)\n\n/ms;
my %named = map { $_ => 1 } $table =~ /^\| `(polycard_\w+)/mg;
my %typed = map { $_ => 1 } $metrics =~ /^# TYPE (\w+) /mg;

is_deeply([ sort keys %typed ], [ sort keys %named ],
    'the metrics are those of docs/status.md');


# nothing of a client

my $all = join '', map { http_get($nginx, "/status?format=$_")->body }
    qw( json prometheus html );

unlike($all, qr/\Q$_\E/, "no '$_'") for $phone, $new, $card, $token, 'Olha',
    '380670000002', '2900000000018';
unlike($all, qr/\b380\d{9}\b/, 'no phone');


# a server without markets

my $empty = Polycard::Nginx->new(
    http => "server { listen 127.0.0.1:%%PORT_0%%; $STATUS }\n");

is_deeply(status($empty)->{markets}, [], 'no market: JSON');
is(http_get($empty, '/status?format=html')->status, 200, '... the page');
is(judged(http_get($empty, '/status?format=prometheus')->body), '0',
    '... Prometheus');

finish();
