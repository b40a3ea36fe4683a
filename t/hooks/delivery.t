# From the outbox to the gateway and back: formats (contract, B10), what each
# answer leads to (B12, B13), repeats (B14), Retry-After.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::DeliveryShop;
use Polycard::HookShop;

my $shop = Polycard::DeliveryShop->new;
my $gateway = $shop->gateway;
my $redis = $shop->client;


# how it is encoded

my $proxy = 'proxy_pass ' . $gateway->url . '; proxy_http_version 1.1;'
    . ' proxy_set_header Connection "";';

my %client = (name => "T \"x\" & \xd0\xa2", bonus => 7.5);

for my $carrier ('', $proxy) {
    $shop->carry_by($carrier);

    for my $format (qw( post_form get post_json )) {
        $shop->begin(hook_format => $format);

        my $phone = $shop->new_phone;
        my $what = "$format " . ($carrier ? 'by proxy_pass' : 'by libcurl');

        $shop->put($phone, %client, barcode => "+$phone=");

        my ($request) = $gateway->wait_requests(1);
        my $hook = $gateway->hook($request);

        is(hook_text($hook), client_hook('added', $phone, %client,
            name => "T \"x\" & \x{422}", barcode => "+$phone="), "$what: the hook");
        is($hook->{token}, $Polycard::HookShop::TOKEN, '... token');
        is($hook->{alias}, 'my shop', '... alias');
        like($hook->{id}, qr/^\d+-\d+$/, '... id');
        cmp_ok(abs($hook->{timestamp} - time), '<=', 60, '... timestamp');
        is("$request->{method} " . (header($request, 'Content-Type') || ''), {
            post_json => 'POST application/json',
            post_form => 'POST application/x-www-form-urlencoded',
            get       => 'GET ' }->{$format}, '... as it should be');
        ok($shop->drain, '... acknowledged');
        is(scalar($gateway->requests), 1, '... once');
    }
}


# What each answer leads to.  With one attempt a refused hook is set aside at
# once, an accepted one is gone, anything else is sent again.

my $ok = '{"Status":"OK"}';

my @verdicts = (
    accepted =>
    [ 'OK', {} ],
    [ 'without case, and more', json_answer(200, '{"x":[1],"STATUS":"oK"}') ],
    [ 'chunked', { chunked => 1 } ],
    [ 'late, but in time', { delay => 0.1 } ],

    refused =>
    [ '200 with Error', json_answer(200) ],
    [ '200 with other JSON', json_answer(200, '[]') ],
    [ '200 with no Status', json_answer(200, '{"code":0}') ],
    [ '200 with both', json_answer(200, '{"Status":"OK","status":"NO"}') ],
    map({ [ $_, json_answer($_) ] } 400, 402, 406, 409, 411, 413, 414, 415,
        418, 422, 431, 451),
    [ '400, though it says OK', json_answer(400, $ok) ],

    outage =>
    [ '200 without JSON', json_answer(200, 'OK') ],
    [ '200 with nothing', { body => '' } ],
    [ '200 with half of it', json_answer(200, '{"Status":"OK"') ],
    [ 'cut off', { cut => 1 } ],
    [ 'cut off, reset', { cut => 1, reset => 1 } ],
    [ 'nothing', { raw => '', close => 1 } ],
    [ 'reset', { raw => '', reset => 1 } ],
    [ 'no HTTP', { raw => "$ok\r\n\r\n", close => 1 } ],
    [ 'too large', json_answer(200, '{"Status":"OK","x":"' . 'x' x 70000
        . '"}') ],
    [ 'too late', { hang => 1 } ],
    [ 'never whole', { drip => 0.1 } ],
    [ '301 to itself', { status => 301,
        headers => [ Location => $gateway->url ] } ],
    map({ [ $_, json_answer($_, $ok) ] } 201, 202, 203, 206, 300, 302, 304,
        307, 401, 403, 404, 405, 407, 408, 410, 425, 429, 500, 501, 502, 503,
        504, 520),
    [ '204', { raw => "HTTP/1.1 204 No Content\r\n\r\n" } ],
);

sub outcome {
    my ($phone) = @_;

    my @requests = $shop->requests_of($phone);
    my %ids = map { header($_, 'webhook-id') => 1 } @requests;
    my @dead = $shop->dead;

    return 'different ids' if keys %ids != 1;
    return 'refused' if @dead == 1 && @requests == 1;
    return 'accepted' if !@dead && @requests == 1;
    return 'outage' if !@dead && @requests == 2;
    return @dead . ' dead, ' . @requests . ' requests';
}

for my $carrier ($proxy, '') {
    my $expected;

    $shop->carry_by($carrier);
    $shop->begin(hook_retry => '20ms', hook_format => 'post_json');

    for my $verdict (@verdicts) {
        if (!ref $verdict) {
            $expected = $verdict;
            next;
        }

        my ($name, $answer) = @$verdict;
        my $phone = $shop->new_phone;

        # a connection that was kept would be given a second chance

        $gateway->close_idle;
        $gateway->forget;
        $gateway->answers($answer);
        $shop->put($phone, barcode => $phone);
        $shop->drain or fail("$name is never done with");

        is(outcome($phone), $expected,
            "$name: $expected" . ($carrier ? ', by proxy_pass' : ''));

        $redis->del($shop->key('dead'));
    }
}


# a repeat is the same, but for the token in force and the time

$shop->begin(hook_retry => '20ms', hook_attempts => 3);
$gateway->always({ status => 401 });

my $phone = $shop->new_phone;

$shop->put($phone, %client, barcode => "+$phone=");

my @requests = $gateway->wait_requests(3);
my @hooks = map { $gateway->hook($_) } @requests;
my %bodies = map { $_->{body} => 1 } @requests;

is(scalar keys %bodies, 1, 'the same bytes each time');
is($hooks[2]{id}, $hooks[0]{id}, '... under the same id');
is($shop->status->{outbox}, 1, 'a gateway that denies us loses nothing');

my $token = 'another-token-0123456789-abcdefg';

$shop->rules([ $token, {} ]);
$shop->nginx->write_file(token => "$token\n");
ok($shop->nginx->reload, 'another token');
ok($shop->drain, '... heals what waits');
$shop->ready;

my ($healed) = reverse $shop->requests_of($phone);
my ($old, $new) = ($requests[0]{body}, $healed->{body});

s/"token":"[^"]+"// for $old, $new;
is($new, $old, '... the same bytes but for the token');
is(header($healed, 'webhook-id'), $hooks[0]{id}, '... and the same id');
ok(!(grep { /\Q$token\E|T0ken/ } map { $redis->dump($_) } $redis->keys('*')),
    'no token lies in Redis');


# Retry-After

$shop->begin;

for my $after ('1', '0', 'Wed, 21 Oct 2015 07:28:00 GMT') {
    $gateway->answers({ status => 429, headers => [ 'Retry-After', $after ] });
    $gateway->forget;
    $phone = $shop->new_phone;
    $shop->put($phone, barcode => $phone);

    my ($first, $second) = $gateway->wait_requests(2);

    cmp_ok($second->{time} - $first->{time}, '>=', 0.95,
        "Retry-After: $after, that is a second");
    $shop->drain;
}

$shop->finish_logs($token);
finish();
