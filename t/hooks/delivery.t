# From the outbox to the gateway and back: formats (contract, B10), what each
# answer leads to (B12, B13), repeats (B14), order, refusals, outages (B22),
# and what the operator may do about them.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::Gateway;
use Polycard::HookShop;
use Polycard::Shop;

my $shop = Polycard::HookShop->new(market => { hook_attempts => 1,
    hook_timeout => '2s', hook_alias => '"my shop"' });
my $gateway = $shop->gateway;
my $redis = $shop->client;
my $last = 0;

$shop->ready;

sub phone { sprintf '38067%07d', ++$last }
sub header { Polycard::Gateway::header(@_) }

sub text_of {
    my ($request) = @_;

    return $request->{body} || $request->{query};
}

# requests of this client, in the order in which they came

sub requests_of {
    my ($phone) = @_;

    return grep { text_of($_) =~ /$phone/ } $gateway->requests;
}

sub count_of { scalar(my @requests = requests_of(@_)) }

# a new client, known to the gateway

sub known {
    my @phones = map { phone() } 1 .. ($_[0] || 1);

    $shop->put_all(map { [ $_, barcode => $_ ] } @phones);
    $shop->drain;
    $gateway->forget;

    return wantarray ? @phones : $phones[0];
}

sub name {
    my ($phone, $name) = @_;

    return $shop->put($phone, name => $name);
}

# other settings, nothing left of before

sub begin {
    my (%market) = @_;

    $gateway->up;
    $gateway->always;
    $shop->rules;
    $shop->drain or die "not drained\n";
    $shop->call(requeue => 'all') while $shop->status->{dead};
    $shop->reload(%market) or die "no reload\n" if %market;
    $shop->ready;
    $shop->drain;
    $redis->del($shop->key('dead'));
    $gateway->forget;
}


# how it is encoded

my $proxy = 'proxy_pass ' . $gateway->url . '; proxy_http_version 1.1;'
    . ' proxy_set_header Connection "";';

my %client = (name => "T \"x\" & \xd0\xa2", bonus => 7.5);

for my $carrier ('', $proxy) {
    $shop->carry_by($carrier);

    for my $format (qw( post_form get post_json )) {
        begin(hook_format => $format);

        my $phone = phone();
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

sub json_answer {
    return { status => $_[0], body => $_[1] || '{"Status":"Error"}' };
}

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

    my @requests = requests_of($phone);
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
    begin(hook_retry => '20ms', hook_format => 'post_json');

    for my $verdict (@verdicts) {
        if (!ref $verdict) {
            $expected = $verdict;
            next;
        }

        my ($name, $answer) = @$verdict;
        my $phone = phone();

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

begin(hook_retry => '20ms', hook_attempts => 3);
$gateway->always({ status => 401 });

my $phone = phone();

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

my ($healed) = reverse requests_of($phone);
my ($old, $new) = ($requests[0]{body}, $healed->{body});

s/"token":"[^"]+"// for $old, $new;
is($new, $old, '... the same bytes but for the token');
is(header($healed, 'webhook-id'), $hooks[0]{id}, '... and the same id');
ok(!(grep { /\Q$token\E|T0ken/ } map { $redis->dump($_) } $redis->keys('*')),
    'no token lies in Redis');


# Retry-After

begin();

for my $after ('1', '0', 'Wed, 21 Oct 2015 07:28:00 GMT') {
    $gateway->answers({ status => 429, headers => [ 'Retry-After', $after ] });
    $gateway->forget;
    $phone = phone();
    $shop->put($phone, barcode => $phone);

    my ($first, $second) = $gateway->wait_requests(2);

    cmp_ok($second->{time} - $first->{time}, '>=', 0.95,
        "Retry-After: $after, that is a second");
    $shop->drain;
}


# order within a client, others meanwhile; concurrency and rate

begin(hook_concurrency => 3, hook_timeout => '10s');

my ($slow, @others) = known(6);

$shop->rules([ $slow, { delay => 1 } ], [ '.', { delay => 0.05 } ]);

name($slow, "slow $_") for 1 .. 3;

for my $n (1 .. 3) {
    name($_, "name $n") for @others;
}

ok($shop->drain, 'a slow client and five others');

my @slow = requests_of($slow);
my ($last_of_others) = sort { $b <=> $a }
    map { map { $_->{time} } requests_of($_) } @others;

is_deeply([ map { $gateway->hook($_)->{data}{name} } @slow ],
    [ map { "slow $_" } 1 .. 3 ], 'the hooks of one client, in order');
cmp_ok($slow[$_]{time} - $slow[$_ - 1]{time}, '>=', 0.99,
    '... one after the other') for 1, 2;
cmp_ok($last_of_others, '<', $slow[2]{time}, '... the others do not wait');

for my $other (@others) {
    is_deeply([ map { $gateway->hook($_)->{data}{name} }
                requests_of($other) ], [ 'name 1', 'name 2', 'name 3' ],
        '... and have their order, too');
}

# a request is in flight from its coming until its answer

my %delay = map { $_ => 0.05 } @others;
my @flights = map {
    my ($p) = text_of($_) =~ /(380\d{9})/;
    [ $_->{time}, $_->{time} + ($delay{$p} || 1) ];
} $gateway->requests;
my $most = 0;

for my $flight (@flights) {
    my $n = grep { $_->[0] <= $flight->[0] && $_->[1] > $flight->[0] }
        @flights;
    $most = $n if $n > $most;
}

is($most, 3, 'never more at once than hook_concurrency allows');

begin(hook_concurrency => 64, hook_rate => '20r/s');
known(15);
@requests = $gateway->requests;
$gateway->forget;
$shop->put($_, barcode => "r$_") for map { phone() } 1 .. 12;
@requests = $gateway->wait_requests(12);
cmp_ok($requests[-1]{time} - $requests[0]{time}, '>=', 10 / 20 * 0.9,
    'hook_rate is kept');


# a refused hook waits, and what follows for that client; others go on

begin(hook_rate => '1000000r/s', hook_attempts => 4, hook_retry => '1s');

my ($bad, $good) = known(2);
my $excerpt = "no: $bad, $token and \x01";

$shop->rules([ 'Bad', json_answer(422, $excerpt) ]);
name($bad, 'Bad');
name($bad, 'Better');
$shop->call(change_bonus => $bad, 5);
name($good, "Good $_") for 1 .. 5;

wait_until { count_of($good) == 5 } 5, 'five hooks of another client';
cmp_ok(count_of($bad), '<', 4, 'a refused one waits, others go on');
ok($shop->drain, '... and at last it is set aside');

is_deeply([ map { hook_text($gateway->hook($_)) } requests_of($bad) ],
    [ (client_hook('changed', $bad, name => 'Bad', barcode => $bad)) x 4,
      client_hook('changed', $bad, name => 'Better', barcode => $bad),
      bonus_hook('added', $bad, 5, 5) ],
    '... after so many attempts, then the next ones of that client');

my @dead = $shop->dead;

is(scalar @dead, 1, 'one dead letter');
is("$dead[0]{object} $dead[0]{action} $dead[0]{phone} $dead[0]{name} "
    . $dead[0]{attempts}, "clients changed $bad Bad 4", '... whole');
is($dead[0]{hook}, header((requests_of($bad))[0], 'webhook-id'),
    '... with its id');
like($dead[0]{reason}, qr/refused|422/, '... why');
like($dead[0]{answer}, qr/^no: \*{12}, \*{32} and \\u0001/, '... what the gateway said');
unlike($dead[0]{answer}, qr/$bad|\Q$token\E/,
    '... without phone and token');

my ($first) = requests_of($bad);

$shop->rules;
$gateway->forget;
is($shop->call(requeue => $dead[0]{entry}), 1, 'requeued');
ok($shop->drain, '... delivered');
@requests = requests_of($bad);
is(scalar @requests, 1, '... once');
is($requests[0]{body}, $first->{body}, '... the same bytes');
is(header($requests[0], 'webhook-id'), $dead[0]{hook}, '... and the old id');
is($shop->status->{dead}, 0, '... and no dead letter is left');

$shop->rules([ 'Bad', json_answer(422) ]);

my @bad = known(3);

name($_, 'Bad 1') for @bad;
name($_, 'Bad 2') for @bad;
name($good, 'Good');
wait_until { $shop->status->{dead} == 6 } 10, 'six dead letters';
$shop->rules;
$gateway->forget;
is($shop->call(requeue => 'all'), 6, 'all requeued');
$shop->drain;

for my $client (@bad) {
    is_deeply([ map { $gateway->hook($_)->{data}{name} }
                requests_of($client) ], [ 'Bad 1', 'Bad 2' ],
        '... in the order in which they were');
}


# what the gateway has lost

begin();
$shop->call(put_group => 5, title => 't', loyaltyType => 'discount',
    loyaltyQuantity => 5);
$shop->drain;
$gateway->forget;

is($shop->call(resend => $good), 1, 'resend, a client');
is($shop->call(resend => 'group', 5), 1, 'resend, a group');
is($shop->call(resend => '380999999999'), 0, 'resend, nobody');
is_deeply([ $shop->settle ],
    [ client_hook('changed', $good, barcode => $good, name => 'Good'),
      group_hook('changed', 5, title => 't', loyaltyType => 'discount',
        loyaltyQuantity => 5) ], '... the whole records');

my ($cursor, $written) = ('0', 0);

do {
    my $reply = $shop->call(resend => 'all', $cursor);
    $written += $reply->[0];
    $cursor = $reply->[1];
} while ($cursor ne '0');

my $status = $shop->status;

is($written, $status->{clients} + $status->{groups}, 'resend, all');
$shop->drain;
is(scalar($gateway->requests), $written, '... arrive');


# the gateway is away

begin(hook_retry => '50ms 100ms 200ms');

my @three = known(3);

$gateway->down;

my $reset = Polycard::Gateway->can('up');

for my $n (1 .. 3) {
    name($_, "name $n") for @three;
}

wait_until { log_lines($shop->nginx, qr/takes no hooks/) } 5,
    'the log tells of an outage';
is($shop->status->{outbox}, 9, '... everything waits');
is($shop->status->{held}, 0, '... nothing is on hold');
$reset->($gateway);
ok($shop->drain, 'the gateway is back');
wait_until { log_lines($shop->nginx, qr/takes hooks again/) } 5,
    '... the log tells that, too';

for my $client (@three) {
    is_deeply([ map { $gateway->hook($_)->{data}{name} }
                requests_of($client) ], [ 'name 1', 'name 2', 'name 3' ],
        '... everything in order, once');
}

$gateway->forget;
$gateway->always({ status => 500 });
name($_, 'name 4') for @three;
@requests = $gateway->wait_requests(9);

my @probes = @requests[3 .. 8];
my %probed = map { text_of($_) =~ /(380\d{9})/; ($1 => 1) } @probes;

is(scalar keys %probed, 3, 'probes go to all clients in turn');
cmp_ok($probes[$_]{time} - $probes[$_ - 1]{time}, '>=', 0.2 * 0.8 - 0.02,
    '... one at a time') for 2 .. 5;
$gateway->always;
ok($shop->drain, '... until one is accepted');


# a message that makes the gateway fail (B22)

begin(hook_attempts => 3, hook_retry => '20ms');

my ($poison, @rest) = known(5);

$shop->rules([ 'Poison', { status => 500 } ]);
name($poison, 'Poison');
$gateway->wait_requests(2);
name($_, 'after') for @rest;

wait_until { @rest == grep { count_of($_) } @rest } 10,
    'the others, past a message that makes the gateway fail';

# each time that another one is accepted after it has failed is a refusal

my $turn = 0;

wait_until {
    name($rest[0], 'turn ' . $turn++) if $shop->status->{outbox} < 5;
    return $shop->status->{dead};
} 10, 'that message in the dead letters';

is(($shop->dead)[0]{name}, 'Poison', '... itself');
ok($shop->drain, '... and all is well');


# a gateway that refuses everybody (B22)

begin(hook_attempts => 2, hook_retry => '5s 20ms');

my @all = known(25);

$gateway->always(json_answer(400));
name($_, 'all') for @all;
wait_until { log_lines($shop->nginx, qr/takes no hooks/) >= 2 } 10,
    'refusals of everybody are an outage';
$gateway->wait_requests(60);
is($shop->status->{dead}, 0, '... which makes no hook dead');
$gateway->always;
ok($shop->drain, '... and ends');
is($shop->status->{dead}, 0, '... without any');

for my $client (@all) {
    my @names = map { $gateway->hook($_)->{data}{name} }
        requests_of($client);

    fail("$client was not told") if !@names;
}


# above outbox_max changes wait where they are, and merge (B12)

begin(outbox_max => 6, hook_attempts => 10, sweep_interval => '5ms');

my @merging = known(4);

$gateway->always({ status => 503 });

for my $n (1 .. 20) {
    $shop->call(change_bonus => $_, '1.5') for @merging;
    $redis->hset($shop->key("client:$_"), name => "name $n") for @merging;
}

my $late = phone();

$shop->put($late, barcode => $late, name => 'late');
cmp_ok($shop->status->{outbox}, '<=', 6, 'no more wait than outbox_max');
$gateway->forget;
$gateway->always;

my (%told, %id);

wait_until {
    %told = ();
    %id = ();

    for my $hook ($gateway->hooks) {
        my $data = $hook->{data};
        my $of = $told{ $data->{client_phone} || $data->{phone} } ||= {};

        next if $id{ $hook->{id} }++;

        $of->{hooks}++;
        $of->{name} = $data->{name} if exists $data->{name};
        $of->{bonus} = $data->{total} if exists $data->{total};
        $of->{sum} += $data->{change} if exists $data->{change};
    }

    return $told{$late} && !grep { ($told{$_}{name} || '') ne 'name 20'
        || ($told{$_}{bonus} || 0) != 30 } @merging;
} 15, 'the latest of each, also what waited outside' or diag(explain(\%told));

is_deeply([ map { $told{$_}{sum} } @merging ], [ (30) x 4 ],
    '... and the sum of all changes');
cmp_ok($told{$_}{hooks}, '<', 20, '... in a few hooks') for @merging;
is($told{$late}{name}, 'late', '... and a client who was new meanwhile');

begin();


# logs

my $logs = $shop->nginx->error_log . $shop->nginx->log_text('hook.log');

unlike($logs, qr/T0ken|\Q$token\E/, 'no token in the logs');
unlike($logs, qr/38067\d{7}/, '... and no phone');

finish();
