# Redis that is absent, restarted, hung, flushed, full, read-only, forbidding:
# answers in bounded time, one line in the log for each change, and everything
# well afterwards without a restart of nginx.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Server;
use Polycard::Test;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::Nginx;
use Polycard::Shop;

my $path = '/api/v1/web_service';
my $phone = '380671112233';
my $next = '380670000000';
my $away = qr/cannot be reached/;

my $shop = Polycard::Shop->new(
    redis  => { 'enable-debug-command' => 'yes' },
    market => { redis_timeout => '1s', redis_connect_timeout => '1s',
                card_numbers => 'phone', emitter => undef },
    server => 'location = /other { return 200 other; }');
my $nginx = $shop->nginx;
my $redis = $shop->redis;


sub next_phone { return '' . ++$next }
sub fill { $shop->put($phone, name => 'Olha', barcode => '4820000000017') }
sub read_one { $shop->get('getClient', phone => $phone) }
sub add_one { $shop->add({ phone => next_phone() }) }


# lines since the last call

my $seen = 0;

sub lines {
    my ($pattern, $level) = @_;

    return scalar grep { /\[(?:$level)\]/ && $_ =~ $pattern }
        split /\n/, substr $nginx->error_log, $seen;
}

sub next_lines { $seen = length $nginx->error_log }


# a worker that has seen no outage yet: it would wait longer after each

sub fresh {
    $shop->reload or fail('reload');
    wait_until { read_one()->status == 200 } 'a new worker';
    next_lines();
}


# a Redis that keeps nothing has lost all: nobody gets a card until an operator
# has confirmed

sub confirm {
    my ($what) = @_;

    wait_until { eval { defined $shop->call('confirm_clients') } }
        "$what: an operator confirms";
}


sub heals {
    my ($what) = @_;

    wait_until { read_one()->status == 200 } "$what: reads";
    wait_until { add_one()->status == 200 } "$what: addClient";
    is(lines(qr/is back/, 'notice'), 1, "$what: one line says so");
    next_lines();
}


fill();
is(read_one()->status, 200, 'a client');
is(add_one()->status, 200, 'addClient');
is(lines(qr/polycard(?!.* append only)/,
    'error|warn|crit|alert'), 0,
    'nothing to complain of');


# Killed, and back

next_lines();
$redis->signal('KILL');
wait_until { !$redis->alive } 'the end of redis';

for (1 .. 20) {
    read_one();
    add_one();
}

my $refused = quick { read_one() } 'redis is gone';

is_nok($refused, 503, $away, 'a read: 503');
is_nok(add_one(), 503, $away, 'addClient: 503');
like(read_one()->header('Retry-After'), qr/^[1-9]\d*$/, 'Retry-After');
is(lines(qr/is away/, 'error'), 1, 'one line for all requests');

$redis->restart;
$redis->load_library;
fill();
confirm('redis is back');
heals('redis is back');


# Restarted while a keep-alive connection of a caller stays

my $keep = Polycard::HTTP->connect($nginx);

is($keep->request('GET', "$path/getClient?phone=$phone")->status, 200,
    'over keep-alive');
$redis->restart;
fill_after_restart();
wait_until {
    $keep->request('GET', "$path/getClient?phone=$phone")->status == 200
} 'the same keep-alive connection works';
is(lines(qr/is away/, 'error'), 1, 'a restart: one line');
next_lines();


# the library is loaded again by itself

sub fill_after_restart {
    $redis->client->hset($shop->key("client:$phone"), name => 'Olha',
        barcode => '4820000000017');
}

confirm('a restart');
wait_until { add_one()->status == 200 } 'addClient after the restart';


# Hung

fresh();

sub hang {
    my ($what) = @_;

    next_lines();
    $redis->signal('STOP');

    my @reads = map { start_get($nginx, "$path/getClient?phone=$phone") }
        1 .. 10;
    my @adds = map { start_post($nginx, "$path/addClient",
                         body => json_text({ phone => next_phone() })) } 1 .. 5;

    quick { is(http_get($nginx, '/other')->body, 'other', 'meanwhile') }
        'another location';

    my ($statuses, $seconds) = timed {
        return { map { $_->status => 1 } answers(@reads, @adds) };
    };

    in_time($seconds, "$what: all have an answer");
    is_deeply([grep { !/^50[34]$/ } keys %$statuses], [], '... 503 or 504');

    return $statuses;
}

ok(hang('SIGSTOP')->{504}, 'those that Redis had got: 504');

for (1 .. 5) {
    my ($answer, $seconds) = timed { read_one() };

    is_nok($answer, $answer->status == 504 ? 504 : 503,
        qr/cannot be reached|did not answer in time/, 'still hung');
    in_time($seconds, '... in bounded time');
}

is(lines(qr/is away: a command timed out/, 'error'), 1, 'one line');
$redis->signal('CONT');
heals('SIGCONT');

hang('again');
$redis->signal('CONT');
heals('again');


# Connections that Redis closes

fresh();

for (1 .. 3) {
    $redis->client->client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    wait_until { read_one()->status == 200 } 'a read after CLIENT KILL';
}

wait_until { add_one()->status == 200 } 'addClient after CLIENT KILL';
cmp_ok(lines(qr/is away/, 'error'), '<=', 3, 'at most one line each');
next_lines();


# The library: flushed, older, newer

fresh();

sub version { $redis->client->fcall('polycard_version', 1, $Polycard::Shop::PREFIX) }

my $version = version();

$redis->client->function('FLUSH');
is(add_one()->status, 200, 'FUNCTION FLUSH: the next addClient works');
is(version(), $version, '... the library is there again');
is(lines(qr/version $version of the library was loaded/, 'notice'), 1,
    '... one line says so');

$redis->client->function('FLUSH');

my @adds = map { start_post($nginx, "$path/addClient",
    body => json_text({ phone => next_phone() })) } 1 .. 20;

is_deeply([map { $_->status } answers(@adds)], [(200) x 20],
    'FUNCTION FLUSH before 20 at once');
is(lines(qr/fails to/, 'error'), 0, '... no error in the log');

sub other_library {
    my ($number) = @_;

    $redis->client->function('LOAD', 'REPLACE', <<"EOL");
#!lua name=polycard
redis.register_function{ function_name = 'polycard_version',
    callback = function() return $number end, flags = { 'no-writes' } }
redis.register_function('polycard_add_client', function()
    return { 'created', 77, 'version$number' } end)
EOL
}

other_library($version - 1);
$redis->client->client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
wait_until { version() == $version } 'an older library is replaced';

# by the emitter, perhaps, just before its connection was killed

wait_until { add_one()->status == 200 } '... and works';

fresh();
other_library($version + 1);
$redis->client->client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
wait_until { lines(qr/has version @{[ $version + 1 ]} of the library, newer/,
                   'error') } 'the line about a newer library';
is(add_one()->json->{code}, 'version' . ($version + 1),
    'a newer library is left alone, and used');

$redis->client->function('FLUSH');
is(add_one()->status, 200, 'ours again');


# Full: writes are refused, reads go on

next_lines();

my $used = $redis->client->info('memory')->{used_memory};

$redis->client->config('SET', 'maxmemory', $used > 2 ? int $used / 2 : 1);

is_nok(add_one(), 503, $away, 'maxmemory: addClient') for 1 .. 3;
is(read_one()->status, 200, '... reads work');
is(lines(qr/fails to add a client: OOM/, 'error'), 1, '... one line');

$redis->client->config('SET', 'maxmemory', 0);
is(add_one()->status, 200, 'there is room again');
is(lines(qr/can add a client again/, 'notice'), 1, '... one line');


# A replica: nobody is answered by it; t/redis/failover.t has one that is left

fresh();
$redis->client->config('SET', 'replica-serve-stale-data', 'yes');
$redis->client->replicaof('127.0.0.1', free_port());

wait_until { read_one()->status == 503 } 'a replica: reads';
is_nok(add_one(), 503, $away, 'a replica: addClient') for 1 .. 3;
wait_until { lines(qr/is away: a replica, not the master/, 'error') }
    '... one line';

$redis->client->replicaof('NO', 'ONE');
heals('a master again');

# one that has lost its master and does not serve

fresh();
$redis->client->config('SET', 'replica-serve-stale-data', 'no');
$redis->client->replicaof('127.0.0.1', free_port());
wait_until { read_one()->status == 503 } 'a replica without data: reads';
is_nok(read_one(), 503, $away, '... and again') for 1 .. 3;
wait_until { lines(qr/is away: (?:MASTERDOWN|a replica)/, 'error') }
    '... one line';
$redis->client->replicaof('NO', 'ONE');
heals('with data again');


# A password on the fly: the connection goes on, the next one is refused

fresh();
$redis->client->acl(qw( SETUSER polycard resetpass >S3cret ));
is(read_one()->status, 200, 'another password: who is in stays in');

$redis->client->client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
wait_until { read_one()->status == 503 } 'the next connection is refused';
is_nok(read_one(), 503, $away, 'a wrong password: 503') for 1 .. 3;
wait_until { lines(qr/is away: WRONGPASS/, 'error|info') } 'the reason';
is(lines(qr/is away/, 'error'), 2,
    '... one line that it went, one that it does not let us in');

$redis->client->acl(qw( SETUSER polycard resetpass ),
    '>' . $redis->password('polycard'));
heals('the old password again');


# Loading: Redis answers, but says that it is not ready

$redis->client->hset('big', map { $_ => 'x' x 100 } 1 .. 2000);
$redis->client->config('SET', 'key-load-delay', 20_000);
$redis->client->config('SET', 'loading-process-events-interval-bytes', 1024);
next_lines();

my $debug = reload_beside();
wait_until { lines(qr/LOADING/, 'error|info') || read_one() && 0 }
    'Redis says LOADING';
my $answer = read_one();

is_nok($answer, 503, $away, 'loading: 503') if $answer->status != 200;
cmp_ok(lines(qr/LOADING/, 'error'), '<=', 2,
    'loading: one line, and one of the emitter');
cmp_ok(lines(qr/market "shop1"/, 'error'), '<=', 2, '... and one of a timeout');

$redis->client->config('SET', 'key-load-delay', 0);
$debug->wait_end;
wait_until { read_one()->status == 200 } 'loaded: reads';
wait_until { add_one()->status == 200 } 'loaded: addClient';


# rights: an ACL user who may read, and not call functions

$redis->client->acl('SETUSER', 'reader', 'on', '>pw', '~*', '+hmget',
    '+hget', '+zrange', '+zcard', '+ping', '+select');
$nginx->write_file('password', "pw\n");
ok($shop->reload(redis_user => 'reader',
    redis_password_file => $nginx->path('password')), 'another user');
next_lines();

is(read_one()->status, 200, 'no right to call functions: reads work');
is_nok(add_one(), 503, $away, '... addClient does not') for 1 .. 3;
is(lines(qr/fails to add a client: NOPERM .*fcall/, 'error'), 1,
    '... one line names it');

$redis->client->acl('SETUSER', 'reader', '+@all', '-function');
is(add_one()->status, 200, 'the right is given: addClient');
is(lines(qr/can add a client again/, 'notice'), 1, '... one line');

next_lines();
$redis->client->function('FLUSH');
is_nok(add_one(), 503, $away, 'no right to load the library') for 1 .. 3;
is(lines(qr/fails to load the library: NOPERM .*function\|load/, 'error'), 1,
    '... one line names it');
is(read_one()->status, 200, '... reads work');

$redis->client->acl('SETUSER', 'reader', '+function');
is(add_one()->status, 200, 'the right is given');

$redis->client->acl('SETUSER', 'reader', '-hmget');
next_lines();
is_nok(read_one(), 503, $away, 'no right to read') for 1 .. 3;
is(lines(qr/fails to read a record: NOPERM .*hmget/, 'error'), 1,
    '... one line names it');
$redis->client->acl('SETUSER', 'reader', '+hmget');
is(read_one()->status, 200, 'the right is given');


# Absent at the start

my $port = free_port();
my $early = Polycard::Nginx->new(workers => 2, http => Polycard::Nginx::market(
    'shop1', redis => "127.0.0.1:$port", access_token => 'off',
    card_numbers => 'phone') . "server {\n    listen 127.0.0.1:%%PORT_0%%;\n"
    . Polycard::Nginx::services('shop1') . "}\n");

is_nok(http_get($early, "$path/getGroups"), 503, $away, 'no Redis yet');

# each worker has tried

wait_until { log_lines($early, qr/\[error\].*is away/) >= 2 }
    'both workers know';

my $late = Polycard::Redis->new(port => $port);

wait_until {
    http_get($early, "$path/getGroups")->status == 200
        && log_lines($early, qr/is back/) >= 2
} 'Redis comes up later';
wait_until {
    http_post($early, "$path/addClient", type => 'application/json',
        body => json_text({ phone => $phone }))->status == 200
} '... and has the library, and is open';

finish();


# DEBUG RELOAD from another process: it blocks whoever asks for it

sub reload_beside {
    return Polycard::Server->new(sub {
        eval { Redis->new(sock => $redis->socket)->debug('RELOAD') };
    });
}
