# polycard_status of a market with hooks: attempts by object, action and result,
# what waits, an outage and since when, dead letters, the guard, the sweep, the
# lease, events.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::HookShop;
use Polycard::Status;

my $shop = Polycard::HookShop->new(
    workers => 2,
    main    => "worker_shutdown_timeout 1s;\n",
    market  => { hook_attempts => 2, hook_retry => '100ms',
                 hook_timeout => '60s', delete_guard => '10%', sweep_interval => '5ms' },
    server  => $STATUS . Polycard::HookShop::location(''),
);
my $nginx = $shop->nginx;

sub phone { sprintf '38067%07d', $_[0] }
sub key   { $shop->key("client:$_[0]") }
sub market { market_status($nginx, 'shop1') }

sub wait_for_status {
    my ($what, $condition) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    return wait_status($nginx, 'shop1', $condition, $what);
}

sub put_clients {
    $shop->put(phone($_), barcode => "b$_", bonus => 10) for @_;
}


# accepted

$shop->ready;

my $begin = time;

put_clients(1 .. 5);
$shop->put(phone(1), bonus => 20);
$shop->put(phone(2), name => 'Olha');
$shop->call('delete_client', phone(3));
$shop->call('put_group', 7, title => 'x', loyaltyType => 'bonuses',
    loyaltyQuantity => 1);

my %wanted = ('clients added accepted' => 5, 'bonuses changed accepted' => 1,
    'clients changed accepted' => 1, 'clients deleted accepted' => 1,
    'loyalty_groups added accepted' => 1);
my $market = wait_for_status('all is accepted',
    sub { eq_hash(attempts($_[0]), \%wanted) && $_[0]{hooks}{outbox} == 0 });
my $hooks = $market->{hooks};

ok($hooks->{enabled}, 'there is a hook');
is_deeply([ @$hooks{qw( outbox_age held_keys held dead outage_since
    outbox_max )} ], [ undef, 0, 0, 0, undef, 1000000 ], '... nothing waits');
is($hooks->{duration}{count}, 9, '... each has a time');
ok($hooks->{last_accepted} >= $begin && $hooks->{last_accepted} <= time + 1,
    '... the last success');
is($market->{first_sync}, 'done', '... the first sync is over');
is_deeply($market->{guard},
    { state => 'open', waiting => 0, confirmed => 0 }, '... the guard');
is_deeply([ @$market{qw( clients groups )} ], [ 4, 1 ], '... who is there');

my ($fence, $pid) = @{ $shop->holder };

like($hooks->{lease}{holder}, qr{^[^/]+/$pid/}, 'the holder of the lease');
ok($hooks->{lease}{left} > 0 && $hooks->{lease}{left} <= 10, '... its time');


# refused: on hold, then dead

$shop->rules([ 'refuse-me', { status => 422, body => '{"Status":"Error"}' } ]);
$shop->put(phone(4), name => 'refuse-me');
$wanted{'clients changed refused'} = 2;

$market = wait_for_status('a dead letter', sub { $_[0]{hooks}{dead} == 1 });
is_deeply(attempts($market), \%wanted, '... after two refusals');
is_deeply([ @{ $market->{hooks} }{qw( held_keys held outbox )} ], [ 0, 0, 0 ],
    '... nothing waits');


# outage

is($market->{hooks}{$_}, undef, "no $_")
    for qw( outage_since outage_reason outage_next );

$begin = time;
$shop->gateway->down;
$shop->put(phone(5), name => 'waits');

my $last = $market->{hooks}{last_accepted};

$market = wait_for_status('an outage',
    sub { defined $_[0]{hooks}{outage_since} });
$hooks = $market->{hooks};

my $since = $hooks->{outage_since};

ok($since >= $begin - 1 && $since <= time + 1, '... since it began');
is($hooks->{outbox}, 1, '... one waits');
is($hooks->{last_accepted}, $last, '... the last success was before');
wait_for_status('... attempts go on',
    sub { (attempts($_[0])->{'clients changed outage'} || 0) >= 2 });
$hooks = wait_for_status('... the reason of the last one', sub {
    ($_[0]{hooks}{outage_reason} // '') eq 'no connection' })->{hooks};
ok($hooks->{outage_next} >= $begin && $hooks->{outage_next} <= time + 60,
    '... and when the next one is');
cmp_ok(wait_for_status('... it waits for long',
    sub { ($_[0]{hooks}{outbox_age} || 0) > 1 })->{hooks}{outbox_age}, '<',
    time - $begin + 5, '... as long as it is');
like(http_get($nginx, '/status?format=prometheus')->body,
    qr/^polycard_outage\{market="shop1"\} 1$/m, '... says Prometheus too');

# whoever sends next goes on with it

ok($nginx->reload, 'a reload');
ok(wait_until(sub { my $holder = $shop->holder;
    $holder && $holder->[1] != $pid }, 20, 'another holder'),
    '... another holder');

my $outages = sub { attempts($_[0])->{'clients changed outage'} || 0 };
my $before = $outages->(market());

$market = wait_for_status('... who tries', sub { $outages->($_[0]) > $before });
is($market->{hooks}{outage_since}, $since, '... it is the same outage');

$pid = $shop->holder->[1];
kill 'KILL', $pid;
$nginx->allow(qr/worker process $pid exited on signal 9/);
ok(wait_until(sub { my $holder = $shop->holder;
    $holder && $holder->[1] != $pid }, 20, 'another holder'),
    'the holder is killed');
$before = $outages->(market());
$market = wait_for_status('... another one tries',
    sub { $outages->($_[0]) > $before });
is($market->{hooks}{outage_since}, $since, '... it is the same outage');

$shop->gateway->up;
$shop->gateway->always({ status => 401 });
$shop->put(phone(5), name => 'waits for another answer');
wait_for_status('the gateway answers, with another reason',
    sub { ($_[0]{hooks}{outage_reason} // '') eq 'status 401' });
$shop->gateway->always({});
$market = wait_for_status('the gateway is back',
    sub { $_[0]{hooks}{outbox} == 0 && !defined $_[0]{hooks}{outage_since} });
cmp_ok($market->{hooks}{last_accepted}, '>', $last, '... a success');
is($market->{hooks}{$_}, undef, "... no $_")
    for qw( outage_reason outage_next );

# an outage that ended while nobody looked

$shop->gateway->down;
$shop->put(phone(5), name => 'waits again');
wait_for_status('another outage', sub { defined $_[0]{hooks}{outage_since} });
$nginx->stop;
$shop->gateway->up;
$nginx->start;
wait_for_status('... ends when a new nginx sends',
    sub { $_[0]{hooks}{outbox} == 0 && !defined $_[0]{hooks}{outage_since} });
is_deeply(attempts(market()), { 'clients changed accepted' => 1 },
    '... which counts from the beginning');


# an attempt that is given up, because nginx leaves

$shop->rules([ 'unanswered', { hang => 1 } ]);
$shop->put(phone(5), name => 'unanswered');
ok($shop->wait_told('unanswered', 20), 'a hook is not answered');
$shop->rules;
ok($nginx->reload(timeout => 30), '... nginx does not wait for ever');
$market = wait_for_status('... and the new worker sends it again',
    sub { $_[0]{hooks}{outbox} == 0 });
is_deeply(attempts($market), { 'clients changed accepted' => 2,
    'clients changed aborted' => 1 }, '... the first attempt is no outage');


# the guard

put_clients(100 .. 160);
wait_for_status('more clients', sub { $_[0]{clients} >= 65
    && $_[0]{hooks}{outbox} == 0 });
$shop->client->del(map { key(phone($_)) } 100 .. 160);

$market = wait_for_status('the guard is closed', sub {
    $_[0]{guard}{state} eq 'closed' && $_[0]{guard}{waiting} >= 40
});
$shop->call('confirm_deletions');
wait_for_status('... and opens', sub { $_[0]{guard}{state} eq 'open'
    && $_[0]{guard}{waiting} == 0 && $_[0]{guard}{confirmed} == 0
    && $_[0]{clients} == 4 });


# the sweep: rounds, bad records, what it alone finds

my $round = market()->{sweep}{last_round};

ok(defined $round, 'a round of the sweep is over');
$market = wait_for_status('... and another one',
    sub { $_[0]{sweep}{last_round} > $round });
is($market->{bad_records}{stored}, 0, 'no bad records');
$shop->client->hset(key(phone(200)), barcode => "2\n2");
$shop->client->hset(key(phone(201)), name => 'No card yet');
$shop->client->hdel(key(phone(1)), 'barcode');
wait_for_status('two bad ones', sub { $_[0]{bad_records}{stored} == 2 });
$shop->client->del(map { key(phone($_)) } 200, 201);
$shop->client->hset(key(phone(1)), barcode => 'b1');
wait_for_status('... no more', sub { $_[0]{bad_records}{stored} == 0 });

my $found = market()->{sweep}{found};

my $silent = time;

$shop->client->config('SET', 'notify-keyspace-events', '');
$shop->client->hset(key(phone(1)), name => 'Nobody told');
wait_for_status('what no event told', sub { $_[0]{sweep}{found} > $found });


# events: the test is made every 5 seconds, and tells of the one before

$shop->client->config('SET', 'notify-keyspace-events', 'Kghxe$');
wait_for_status('events arrive again',
    sub { ($_[0]{events}{last} || 0) > $silent });


# two markets of which one has no hook

$nginx->stop;
$shop = Polycard::HookShop->new(market => { hook => undef,
    sweep_interval => '5ms' }, server => $STATUS);
$nginx = $shop->nginx;
$shop->put(phone(1), barcode => 1);
$market = wait_for_status('without a hook', sub {
    ($_[0]{clients} || 0) == 1 && defined $_[0]{hooks}{lease}{holder}
});
ok(!$market->{hooks}{enabled}, '... says so');
is_deeply(attempts($market), {}, '... and tells nothing');

finish();
