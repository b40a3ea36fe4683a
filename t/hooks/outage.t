# A gateway that is away, that one message makes fail, that refuses everybody,
# and an outbox that is full (contract, B12, B22).

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::DeliveryShop;
use Polycard::Faults;

my $shop = Polycard::DeliveryShop->new;
my $gateway = $shop->gateway;
my $redis = $shop->client;


# the gateway is away

$shop->begin(hook_attempts => 4, hook_retry => '50ms 100ms 200ms');

my @three = $shop->known(3);

$gateway->down;

for my $n (1 .. 3) {
    $shop->rename_to($_, "name $n") for @three;
}

wait_until { log_lines($shop->nginx, qr/takes no hooks/) }
    'the log tells of an outage';
is($shop->status->{outbox}, 9, '... everything waits');
is($shop->status->{held}, 0, '... nothing is on hold');
$gateway->up;
ok($shop->drain, 'the gateway is back');
wait_until { log_lines($shop->nginx, qr/takes hooks again/) }
    '... the log tells that, too';

for my $client (@three) {
    is_deeply([ $shop->names_of($client) ], [ 'name 1', 'name 2', 'name 3' ],
        '... everything in order, once');
}

$gateway->forget;
$gateway->always({ status => 500 });
$shop->rename_to($_, 'name 4') for @three;

my @requests = $gateway->wait_requests(9);
my @probes = @requests[3 .. 8];
my %probed = map { text_of($_) =~ /(380\d{9})/; ($1 => 1) } @probes;

is(scalar keys %probed, 3, 'probes go to all clients in turn');
cmp_ok($probes[$_]{time} - $probes[$_ - 1]{time}, '>=', 0.2 * 0.8 - 0.02,
    '... one at a time') for 2 .. 5;
$gateway->always;
ok($shop->drain, '... until one is accepted');


# what found no connection was not seen by the gateway, and is not to blame

for my $carrier ('', 'proxy_pass ' . $gateway->url . ';') {
    my $name = $carrier ? 'proxy_pass' : 'libcurl';

    $shop->carry_by($carrier);
    $shop->begin(hook_attempts => 1, hook_retry => '20ms');
    $gateway->down;

    my $before = attempts();

    $shop->rename_to($_, $name) for @three;
    wait_until { attempts() >= $before + 6 } "$name: all were tried";
    $gateway->up;
    ok($shop->drain, '... the gateway is back');
    is($shop->status->{dead}, 0, '... and no hook is refused');
}

$shop->carry_by('');


# an outage that another process has begun: a reload is the way to try at once

$shop->begin(hook_retry => '20ms');
$gateway->always({ status => 503 });

my $ended = log_lines($shop->nginx, qr/takes hooks again/);

$shop->rename_to($three[0], 'name 5');
wait_until { $shop->status->{outage} } 'an outage';

my $fence = $redis->get($shop->key('seq:lease'));

$redis->del($shop->key('lease'));
wait_until { $redis->get($shop->key('seq:lease')) > $fence } 'the lease is lost';
$gateway->forget;
$gateway->wait_requests(1);
$shop->nginx->reload or die "no reload\n";
$gateway->forget;
$gateway->wait_requests(1);
is(log_lines($shop->nginx, qr/takes hooks again/), $ended,
    '... does not end with a lease, nor with a reload');
$gateway->always;
ok($shop->drain, '... but when a hook is accepted');
wait_until { !$shop->status->{outage} } '... which is noted';
wait_until { log_lines($shop->nginx, qr/takes hooks again/) > $ended }
    '... and logged, though another process began it';
is(log_lines($shop->nginx, qr/takes hooks again/), $ended + 1, '... once');


# a message that makes the gateway fail (B22)

$shop->begin(hook_attempts => 3, hook_retry => '20ms');

my ($poison, @rest) = $shop->known(5);

$shop->rules([ 'Poison', { status => 500 } ]);
$shop->rename_to($poison, 'Poison');
$gateway->wait_requests(2);
$shop->rename_to($_, 'after') for @rest;

wait_until { @rest == grep { $shop->count_of($_) } @rest }
    'the others, past a message that makes the gateway fail';

# each time that another one is accepted after it has failed is a refusal

my $turn = 0;

wait_until {
    $shop->rename_to($rest[0], 'turn ' . $turn++)
        if $shop->status->{outbox} < 5;
    return $shop->status->{dead};
} 'that message in the dead letters';

is(($shop->dead)[0]{name}, 'Poison', '... itself');
ok($shop->drain, '... and all is well');


# a gateway that refuses everybody (B22)

$shop->begin(hook_attempts => 2, hook_retry => '5s 20ms');

my @all = $shop->known(25);

$gateway->always(json_answer(400));
$shop->rename_to($_, 'all') for @all;
wait_until { log_lines($shop->nginx, qr/takes no hooks/) >= 2 }
    'refusals of everybody are an outage';
$gateway->wait_requests(60);
is($shop->status->{dead}, 0, '... which makes no hook dead');
$gateway->always;
ok($shop->drain, '... and ends');
is($shop->status->{dead}, 0, '... without any');

for my $client (@all) {
    my @names = $shop->names_of($client);

    fail("$client was not told") if !@names;
}


# above outbox_max changes wait where they are, and merge (B12)

$shop->begin(outbox_max => 6, hook_attempts => 10, sweep_interval => '5ms');

my @merging = $shop->known(4);

$gateway->always({ status => 503 });

for my $n (1 .. 20) {
    $shop->call(change_bonus => $_, '1.5') for @merging;
    $redis->hset($shop->key("client:$_"), name => "name $n") for @merging;
}

my $late = $shop->new_phone;

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
} 'the latest of each, also what waited outside' or diag(explain(\%told));

is_deeply([ map { $told{$_}{sum} } @merging ], [ (30) x 4 ],
    '... and the sum of all changes');
cmp_ok($told{$_}{hooks}, '<', 20, '... in a few hooks') for @merging;
is($told{$late}{name}, 'late', '... and a client who was new meanwhile');

$shop->begin;

$shop->finish_logs;
finish();


sub attempts { scalar(() = $shop->nginx->log_text('hook.log') =~ /\n/g) }
