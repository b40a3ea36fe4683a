# Keyspace events: how they are asked for, that a Redis which sends none is
# noticed, and that what was missed is found.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HookShop;
use Polycard::Redis;
use Time::HiRes qw( time );

my $phone = '380671112233';
my ($shop, $redis);


sub open_shop {
    my (%option) = @_;

    $shop->nginx->stop if $shop;
    $shop = Polycard::HookShop->new(%option, redis => {
        'notify-keyspace-events' => '', rights => [qw( +config|get
        +config|set )], %{ $option{redis} || {} } });
    $redis = $shop->client;
}

sub put {
    my ($name) = @_;

    $redis->hset($shop->key("client:$phone"), barcode => 'b', name => $name);
}

sub classes {
    my (undef, $classes) = $shop->client->config('GET',
        'notify-keyspace-events');

    return $classes;
}

# the classes that we need: events by key, of hashes, strings and all types,
# of what is expired or evicted; A stands for several

sub has_classes {
    my $classes = classes();

    $classes =~ s/A/g\$lshzxetd/;

    return !grep { index($classes, $_) < 0 } qw( K g h $ x e ), @_;
}

sub log_has {
    my ($pattern, $what, $count) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    wait_until {
        (my @lines = log_lines($shop->nginx, $pattern)) >= ($count || 1)
    } 60, $what;
}


# what the administrator has set stays

open_shop(redis => { 'notify-keyspace-events' => 'El' });
$shop->ready;
wait_until { has_classes(qw( E l )) } 'all classes, the others\' as well'
    or diag(classes());
put('one');
is_deeply([ $shop->settle ], [ client_hook('added', $phone, barcode => 'b',
    name => 'one') ], 'events arrive');


# a captured change is read at once: not when the emitter looks, once a second

my $start = time;

for my $n (1 .. 8) {
    put("at once $n");
    $shop->wait_told("at once $n");
}

cmp_ok(time - $start, '<', 5, 'eight changes one after the other do not wait');
$shop->taken;


# a subscriber that was killed; nothing is lost, though the sweep rests

for my $round (1 .. 3) {
    my ($listener) = $redis->client('LIST', 'TYPE', 'pubsub') =~ /^id=(\d+) /;

    $redis->multi;
    $redis->client('KILL', 'TYPE', 'pubsub');
    put("killed $round");
    $redis->exec;

    wait_until {
        $redis->client('LIST', 'TYPE', 'pubsub') =~ /^id=(\d+) /
            && $1 != $listener
    } 'a new subscriber';
    $shop->wait_told("killed $round");
    is_deeply([ $shop->settle ], [ client_hook('changed', $phone,
        barcode => 'b', name => "killed $round") ],
        'a change while nobody listened is found');
}


# every connection killed, functions gone

$redis->client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
$redis->client('KILL', 'TYPE', 'pubsub');
$redis->function('FLUSH');
put('flushed');
ok($shop->wait_told('flushed'),
    'a change after all connections and functions were gone');
$shop->ready;
is_deeply([ $shop->settle ], [ client_hook('changed', $phone,
    barcode => 'b', name => 'flushed') ], '... is told, once');


# notifications switched off: nobody says so

$redis->config('SET', 'notify-keyspace-events', '');
put('deaf');
log_has(qr/do not arrive/, 'the log tells of events that do not arrive');
wait_until { has_classes() } '... they are switched on again';
log_has(qr/arrive again/, '... and arrive');
$shop->wait_told('deaf');
$shop->ready;
is_deeply([ $shop->settle ], [ client_hook('changed', $phone,
    barcode => 'b', name => 'deaf') ], '... what was missed was found');


# an administrator who keeps CONFIG to himself: the rights of the manual

sub complaints {
    return log_lines($shop->nginx, qr/polycard(?!.* append only)/,
        'warn|error|crit|alert');
}

sub open_denied {
    my ($classes, $interval) = @_;

    open_shop(market => { sweep_interval => $interval },
        redis => { 'notify-keyspace-events' => $classes, rights => [] });
}

# a canary that was heard is told by the next one: by then, one that was not
# heard would have its line

sub canary_heard {
    my ($what) = @_;

    $redis->hset($shop->key('canary'), heard => 0);
    wait_until { $redis->hget($shop->key('canary'), 'heard') } 60, $what;
}

open_denied('Kghxe$', '1h');

for my $when ('a start', 'a reload') {
    $shop->reload or fail('no reload') if $when ne 'a start';
    $shop->ready;
    canary_heard("CONFIG denied, but all is set: $when");
    put("after $when");
    is_deeply([ $shop->settle ], [ client_hook(
        $when eq 'a start' ? 'added' : 'changed', $phone, barcode => 'b',
        name => "after $when") ], '... events arrive');
    is_deeply([ complaints() ], [], '... and nothing is complained of');
}

open_denied('', '5ms');
log_has(qr/do not arrive: .* notify-keyspace-events of redis "\S+" holds "K/,
    'CONFIG denied: the log says what to set');
$shop->ready;
is(classes(), '', '... it was not set');
put('one');
wait_until { $shop->gateway->requests } 60, '... the sweep finds a change';
$redis->del($shop->key("client:$phone"));
wait_until { (my @requests = $shop->gateway->requests) >= 2 } 60,
    '... and a deletion';
is_deeply([ map { hook_text($_) } $shop->taken ],
    [ client_hook('added', $phone, barcode => 'b', name => 'one'),
      client_hook('deleted', $phone, barcode => 'b', name => 'one') ],
    '... the hooks');
is(scalar complaints(), 1, '... and all that with one line')
    or diag(complaints());

$redis->config('SET', 'notify-keyspace-events', 'Kghxe$');
log_has(qr/\[notice\] .* arrive again/, 'it is set: they arrive');
is(scalar complaints(), 1, '... and nothing more is complained of');

$redis->config('SET', 'notify-keyspace-events', '');
wait_until { complaints() == 2 } 60, 'it is taken away again: one line more';
like((complaints())[-1], qr/holds "Kghxe\$"/, '... which says what to set');


# a Redis that is killed and comes back with all that it had

open_shop(redis => { appendonly => 'yes', appendfsync => 'always' });
$shop->ready;

for my $round (1 .. 2) {
    put("before $round");
    $shop->crash_redis;
    $redis = $shop->client;
    wait_until { has_classes() } 'events are asked for again';
    $shop->ready;
    $shop->wait_told("before $round");
    put("after $round");

    my @hooks = $shop->settle;

    is($hooks[-1], client_hook('changed', $phone, barcode => 'b',
        name => "after $round"), 'Redis killed: the changes are told');
    like("@hooks", qr/"before $round"/, '... those before, too');
}


# keys that look like ours: their neighbours are captured all the same

sub errors {
    my $stat = $redis->info('errorstats')->{errorstat_ERR} || 'count=0';

    return $stat =~ /count=(\d+)/ ? $1 : undef;
}

# Another Redis: the one that was killed may be told of its last hooks once more.

open_shop();
$shop->ready;
put('before');
$shop->wait_told('before');
$shop->gateway->forget;

my $errors = errors();

$redis->multi;
$redis->hset($shop->key("client:$_"), name => 'x')
    for 'abcdefghijkl', '38067111223x', '38067111223', '';
$redis->hset($shop->key("group:$_"), title => 'x')
    for 'x', '01', '12345678901234567890', '';
put('neighbour');
$redis->exec;
is_deeply([ $shop->settle ], [ client_hook('changed', $phone, barcode => 'b',
    name => 'neighbour') ], 'keys that are no phones are passed over');
is(errors(), $errors, '... and no function is called with them');


# others in the same Redis

$redis->set("other:$_", 'x' x 100, sub { }) for 1 .. 20_000;
$redis->wait_all_responses;
put('in a crowd');
is_deeply([ $shop->settle ], [ client_hook('changed', $phone, barcode => 'b',
    name => 'in a crowd') ], 'a crowd of others changes nothing');
$redis->del($shop->key("client:$phone"));
$redis->eval('for i = 1, 20000 do redis.call("DEL", "other:" .. i) end', 0);
is_deeply([ $shop->settle ], [ client_hook('deleted', $phone, barcode => 'b',
    name => 'in a crowd') ], '... nor when they leave');

unlike($shop->nginx->error_log, qr/38067\d/, 'no phone in the log');

finish();
