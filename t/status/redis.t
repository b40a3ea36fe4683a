# polycard_status and a Redis that is away, hung, wrong, or well: it is asked
# once a second whatever the number of readers, and holds nobody up.

use strict;
use warnings;

use lib 't/lib';

use Time::HiRes qw( time );

use Polycard::Test;
use Polycard::FakeRedis;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::Nginx qw( market );
use Polycard::Redis;
use Polycard::Status;

my $redis = Polycard::Redis->new(markets => ['shop2']);
my $prefix = 'polycard:{shop1}:';

$redis->load_library;


sub conf {
    my ($name, $address, %more) = @_;

    return market($name, redis => $address, access_token => 'off',
        emitter => 'off', redis_timeout => '60s',
        redis_connect_timeout => '60s', %more);
}

sub http_of {
    return join('', @_)
        . "server {\nlisten 127.0.0.1:%%PORT_0%%;\n$STATUS}\n";
}

sub clients {
    my ($n) = @_;

    $redis->client->fcall('polycard_put_client', 1, $prefix,
        sprintf('38067%07d', $n), barcode => "b$n");
}

sub state_is {
    my ($nginx, $state, $what) = @_;

    return wait_status($nginx, 'shop1', sub { $_[0]{redis}{state} eq $state },
        $what);
}


# once a second for all readers

clients($_) for 1 .. 3;

my $nginx = Polycard::Nginx->new(workers => 2,
    http => http_of(conf('shop1', 'unix:' . $redis->socket)));
my $market = state_is($nginx, 'up', 'Redis is up');

is($market->{clients}, 3, 'what it knows is shown');
$redis->client->config('RESETSTAT');

my $begin = time;
my %age;

while (time < $begin + 2.5) {
    $age{market_status($nginx, 'shop1')->{redis}{age} > 1.5 ? 'old' : 'new'}++;
}

my $seconds = time - $begin;
my ($calls) = ($redis->client->info('commandstats')->{cmdstat_fcall} || '')
    =~ /calls=(\d+)/;

cmp_ok($age{new}, '>', 10, 'many readers');
cmp_ok($calls, '<=', $seconds + 1, '... ask Redis once a second');
cmp_ok($calls, '>=', 1, '... but do ask');

clients(4);
wait_status($nginx, 'shop1', sub { $_[0]{clients} == 4 },
    'what changes is shown');


# hung: the answer comes all the same, with what was known

$redis->signal('STOP');
$market = state_is($nginx, 'slow', 'Redis is hung');
is($market->{clients}, 4, '... what it said last is shown');
$market = wait_status($nginx, 'shop1', sub { $_[0]{redis}{age} > 2 },
    '... with its age');
is($market->{redis}{connected}, 2, '... the connections are there');

my @readers = map { start_get($nginx, '/status') } 1 .. 30;

is_deeply([ map { $_->status } answers(@readers) ], [ (200) x 30 ],
    'all of many readers are answered');

my @leavers = map { start_get($nginx, '/status') } 1 .. 10;

$_->wait_until_read, $_->close for @leavers;

@readers = map { start_get($nginx, '/status') } 1 .. 5;
$_->wait_until_read for @readers;
ok($nginx->reload(timeout => 30), 'a reload meanwhile');
is_deeply([ map { $_->status } answers(@readers) ], [ (200) x 5 ],
    '... those who wait are answered');
is(market_status($nginx, 'shop1')->{clients}, 4,
    '... and the new workers know what was known');
$redis->signal('CONT');
$market = state_is($nginx, 'up', 'Redis goes on');


# a pipeline of requests over one connection, and HEAD

my $connection = Polycard::HTTP->connect($nginx);

is($connection->request($_, '/status')->status, 200, "$_ over one connection")
    for qw( GET HEAD GET );
$connection->close;


# away

my $made = wait_status($nginx, 'shop1', sub { $_[0]{redis}{connected} == 2 },
    'both are connected')->{redis}{connections};

is(market_status($nginx, 'shop1')->{redis}{reconnects}, 0,
    'no connection was lost so far');
is(market_status($nginx, 'shop1')->{redis}{away_since}, undef,
    '... nor is Redis away');

my $stopped = int time;

$redis->stop;
$market = state_is($nginx, 'down', 'Redis is away');
is($market->{clients}, 4, '... what it said last is shown');
wait_status($nginx, 'shop1', sub { $_[0]{redis}{connected} == 0 },
    '... nobody is connected');

my $away = market_status($nginx, 'shop1')->{redis}{away_since};

ok($away >= $stopped && $away <= time, '... since when');
wait_status($nginx, 'shop1', sub { $_[0]{redis}{age} > time - $stopped - 1
    && time > $away + 1 }, '... a while later');
is(market_status($nginx, 'shop1')->{redis}{away_since}, $away,
    '... it is the same time, whoever tries again');
like(http_get($nginx, '/status?format=prometheus')->body,
    qr/^polycard_redis_up\{market="shop1"\} 0$/m, '... says Prometheus too');
$redis->start;
$redis->load_library;
$market = state_is($nginx, 'up', 'Redis is back');
$market = wait_status($nginx, 'shop1', sub { $_[0]{redis}{connected} == 2 },
    '... both are connected');
is($market->{redis}{reconnects}, 2, '... again');
is($market->{redis}{away_since}, undef, '... and Redis is not away');
is($market->{redis}{connections}, $made + 2, '... which makes two more');
is($market->{clients}, 0, '... it has forgotten everything');


# an answer that is an error

$redis->client->set("${prefix}meta", 'no hash');
$market = state_is($nginx, 'error', 'an error');
is($market->{clients}, 0, '... what was known is shown');
$redis->client->del("${prefix}meta");
state_is($nginx, 'up', '... until it is gone');

$nginx->stop;


# a time for answers that is shorter than that for the status; and those who
# leave while the question is under way: the first one in a second

$nginx = Polycard::Nginx->new(http => http_of(market('shop1', emitter => 'off',
    redis => 'unix:' . $redis->socket, access_token => 'off',
    redis_timeout => '300ms')));
state_is($nginx, 'up', 'Redis is up');
$redis->signal('STOP');
wait_status($nginx, 'shop1', sub { $_[0]{redis}{state} =~ /^(?:slow|down)$/ },
    '... and does not answer within redis_timeout');

$redis->signal('CONT');
state_is($nginx, 'up', '... and does again');
$redis->signal('STOP');

wait_until {
    start_get($nginx, '/status')->close;
    return $nginx->access_log =~ m{ /status HTTP/\S+ 499 };
} 'one who leaves while he waits';

$redis->signal('CONT');
state_is($nginx, 'up', '... harms nobody');
$nginx->stop;


# never there

my $port = Polycard::Test::free_port();

$nginx = Polycard::Nginx->new(workers => 2,
    http => http_of(conf('shop1', "127.0.0.1:$port"),
        conf('shop2', 'unix:' . $redis->socket, card_numbers => 'pool')));
$market = state_is($nginx, 'down', 'never there');

is_deeply([ @{ $market->{redis} }{qw( age library_version connected
    connections )} ], [ undef, undef, 0, 0 ], '... nothing is known');
is_deeply([ $market->{clients}, $market->{first_sync},
    $market->{guard}{state}, $market->{hooks}{outbox},
    $market->{hooks}{lease}{holder}, $market->{card_numbers}{left} ],
    [ (undef) x 6 ], '... of anything');

my $text = http_get($nginx, '/status?format=prometheus')->body;

unlike($text, qr/^polycard_(?:clients|outage|guard_closed|redis_answer_age)\w*
    \{market="shop1"/mx, '... no samples');
wait_status($nginx, 'shop2', sub { $_[0]{redis}{state} eq 'up' },
    'the other market is well');
is(market_status($nginx, 'shop2')->{card_numbers}{left}, 0,
    '... its pool is empty');
$redis->client->rpush('polycard:{shop2}:cards', 1 .. 5);
wait_status($nginx, 'shop2', sub { ($_[0]{card_numbers}{left} || 0) == 5 },
    '... and is filled');
$nginx->stop;


# card numbers of a range

for my $case ([ 'ean13 prefix=2000000000 from=5 to=9', 5, 0 ],
              [ 'ean13 prefix=2000000000 from=5 to=9', 2, 7 ],
              [ 'ean13 prefix=2000000000 from=5 to=9', 0, 12 ],
              [ 'ean13 prefix=2000000000', 99, 0 ],
              [ 'ean13 prefix=20', 9999999999, 0 ],
              [ 'ean13 prefix=20', 9999999958, 41 ],
              [ 'phone', undef, 0 ],
              [ undef, undef, 0 ])
{
    my ($numbers, $left, $serial) = @$case;

    $redis->client->set("${prefix}seq:card", $serial);
    $nginx = Polycard::Nginx->new(http => http_of(conf('shop1',
        'unix:' . $redis->socket,
        $numbers ? (card_numbers => $numbers) : ())));
    $market = state_is($nginx, 'up', ($numbers || 'no card numbers'));
    is_deeply($market->{card_numbers}, { left => $left, unfit => 0,
        mode => $numbers ? $numbers =~ /^(\w+)/ : undef },
        "... after $serial");
    $nginx->stop;
}


# answers that make no sense

my @odd = (":1\r\n", "+OK\r\n", "\$-1\r\n", "*0\r\n", "*1\r\n:1\r\n",
    "*3\r\n\$7\r\nclients\r\n:5\r\n\$6\r\ngroups\r\n",
    "*4\r\n\$7\r\nclients\r\n*1\r\n:5\r\n\$4\r\nsync\r\n\$4\r\nnope\r\n",
    "*4\r\n\$7\r\nclients\r\n\$2\r\n-5\r\n\$6\r\noutbox\r\n:-77\r\n",
    "*4\r\n\$5\r\nlease\r\n\$5\r\n\"\xff\\\n/\r\n\$5\r\nguard\r\n:1\r\n",
    "*2\r\n\$5\r\nlease\r\n\$600\r\n" . ('x' x 600) . "\r\n");
my $fake = Polycard::FakeRedis->new(modes => { map {
    my $odd = $odd[$_];
    ("odd$_" => sub {
        return ($_[1] || '') eq 'polycard_status' ? $odd : ();
    })
} 0 .. $#odd });

$nginx = Polycard::Nginx->new(http => http_of(conf('shop1', $fake->address)));

sub questions { scalar grep { /polycard_status/ } $fake->log }

for my $n (0 .. $#odd) {
    $fake->mode("odd$n");

    my $before = questions();

    ok(wait_until(sub {
        market_status($nginx, 'shop1');
        return questions() >= $before + 2;
    }, 20, 'two more questions'), "odd answer $n");
    is(http_get($nginx, "/status?format=prometheus")->status, 200,
        '... Prometheus as well');
}

is(market_status($nginx, 'shop1')->{hooks}{lease}{holder}, 'x' x 256,
    'a holder of any length');

finish();
