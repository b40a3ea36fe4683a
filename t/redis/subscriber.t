# The connection that listens to keyspace events: what every command on a
# record makes of itself, bursts, and every way to lose and to regain it.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Addon;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::Listener;
use Polycard::Nginx qw( market );
use Polycard::Redis;

my $classes = 'Kghxe$';
my $redis = Polycard::Redis->new(markets => [qw( plain b tcp name odd )],
    databases => [5], 'notify-keyspace-events' => $classes);

# where the default user has the password, and another one lacks a right

my $locked = Polycard::Redis->new(acl => 0,
    'notify-keyspace-events' => $classes);

$locked->client->config('SET', 'requirepass', 'Se cr"et');

my $absent = Polycard::Redis->new(markets => ['absent'],
    'notify-keyspace-events' => $classes);

my %prefix = (odd => q(x!{t,1}#%&()+-./;<=>@_|~':), base5 => 'polycard:{b}:');

my $address = 'unix:' . $redis->socket;
my $secret = '127.0.0.1:' . $locked->port;

sub shop {
    my ($name, @directives) = @_;

    $prefix{$name} ||= "polycard:{$name}:";

    return market($name, access_token => 'off', card_numbers => 'phone',
        emitter => 'off', key_prefix => "\"$prefix{$name}\"", @directives);
}


my @shops = qw( plain odd base5 tcp name auth wrong rights absent );

$redis->client->acl('SETUSER', 'polycard_odd', 'resetkeys', 'resetchannels',
    "~$prefix{odd}*", map { "&__keyspace\@0__:$prefix{odd}$_" }
    qw( client:* group:* canary ));

my $http = shop('plain', redis => $address)
    . shop('odd', redis => $address, redis_user => 'polycard_odd',
           redis_password_file => $redis->dir . '/polycard_odd.password')
    . shop('base5', redis => $address, redis_database => 5)
    . shop('tcp', redis => '127.0.0.1:' . $redis->port)
    . shop('name', redis => 'localhost:' . $redis->port)
    . shop('auth', redis => $secret, redis_password_file => '%%DIR%%/good')
    . shop('wrong', redis => $secret, redis_password_file => '%%DIR%%/bad')
    . shop('rights', redis => $secret, redis_user => 'silent',
           redis_password_file => '%%DIR%%/bad')
    . shop('absent', redis => 'unix:' . $absent->socket,
           redis_connect_timeout => '2s')
    . "server {\n    listen 127.0.0.1:%%PORT_0%%;\n"
    . join('', map { "location = /$_ { polycard_listener $_; }\n" } @shops)
    . "location = /read { proxy_pass http://127.0.0.1:%%PORT_1%%; }\n"
    . "location = /probe { polycard_probe; }\n}\n";

$absent->stop;

my $admin = Redis->new(sock => $locked->socket, password => 'Se cr"et');

$admin->acl('SETUSER', 'silent', 'on', '>bad', '~*', '+@all',
    'resetchannels');

my $nginx = Polycard::Nginx->new(
    main  => Polycard::Listener::load() . Polycard::Addon::load('probe')
        . "worker_shutdown_timeout 500ms;\n",
    files => { good => "Se cr\"et\n", bad => "bad\n" },
    http  => $http,
);

my $client = $redis->client;


sub heard { listen_to($nginx, @_) }


# the longest turn since the last time, microseconds of the processor

sub turn { (split ' ', http_get($nginx, '/probe')->body)[1] }


sub start {
    my ($shop) = @_;

    heard($shop, do => 'forget');
    heard($shop, do => 'start');

    return wait_until { heard($shop)->{ready} } "$shop: ready";
}


# the events up to now: the canary comes behind them

sub events {
    my ($shop, $via) = @_;

    my $list;

    ($via || $client)->hset("$prefix{$shop}canary", n => 1);

    wait_until {
        $list = heard($shop)->{list};
        return @$list && $list->[-1] eq 'canary hset';
    } "$shop: the canary";

    heard($shop, do => 'forget');
    pop @$list;

    return $list;
}


# What each command is heard as.  @ is the record's key, ^ another one's.

my @commands = (
    ['HSET @ name a',               '@ hset'],
    ['HSET @ name a',               '@ hset'],
    ['HMSET @ name b bonus 1',      '@ hset'],
    ['HSETNX @ name c'],
    ['HSETNX @ email c',            '@ hset'],
    ['HINCRBY @ bonus 2',           '@ hincrby'],
    ['HINCRBYFLOAT @ bonus 0.5',    '@ hincrbyfloat'],
    ['HDEL @ none'],
    ['HDEL @ email',                '@ hdel'],
    ['EXPIRE @ 1000',               '@ expire'],
    ['PERSIST @',                   '@ persist'],
    ['RENAME @ ^',                  '@ rename_from', '^ rename_to'],
    ['COPY ^ @',                    '@ copy_to'],
    ['DEL ^',                       '^ del'],
    ['UNLINK @',                    '@ del'],
    ['DEL @'],
    ['HSET @ name a',               '@ hset'],
    ['HDEL @ name',                 '@ hdel', '@ del'],
    ['HSET @ name a',               '@ hset'],
    ['EXPIRE @ -1',                 '@ del'],
    ['HSET @ name a',               '@ hset'],
    ['SET @ x',                     '@ set'],
    ['SET @ y XX',                  '@ set'],
    ['MSET @ x ^ y',                '@ set', '^ set'],
    ['BITOP NOT @ ^',               '@ set'],
    ['SINTERSTORE @ no ne',         '@ del'],
    ['EVAL redis.call("hset",KEYS[1],"n",1);redis.call("del",KEYS[1]) 1 @',
                                    '@ hset', '@ del'],
    ['EVAL return(1) 1 @'],
    ['DEL ^',                       '^ del'],
);

sub test_commands {
    my ($shop, @keys) = @_;

    my ($key, $other) = map { "$prefix{$shop}$_" } @keys;

    start($shop);
    events($shop);

    for my $command (@commands) {
        my ($text, @expected) = @$command;
        my ($word, @words) = split / /, $text;

        $client->${\ lc $word }(map {
            $_ eq '@' ? $key : $_ eq '^' ? $other : $_
        } @words);

        s/^\@/$keys[0]/, s/^\^/$keys[1]/ for @expected;

        my @heard = @{ events($shop) };

        # Valkey says what it is from 8.1 on, and the module takes both

        s/ expired$/ del/ for $text =~ /^EXPIRE/ ? @heard : ();

        is_deeply(\@heard, \@expected, "$shop: $text");
    }

    $client->multi;
    $client->hset($key, name => 'a');
    $client->discard;

    $client->multi;
    $client->hset($key, name => 'a');
    $client->hset($other, name => 'a');
    $client->del($key);
    $client->exec;

    is_deeply(events($shop),
        ["$keys[0] hset", "$keys[1] hset", "$keys[0] del"], "$shop: MULTI");

    my $dump = $client->dump($other);

    $client->restore($key, 0, $dump);
    $client->move($other, 9);

    is_deeply(events($shop), ["$keys[0] restore", "$keys[1] move_from"],
        "$shop: RESTORE, MOVE");

    # what is over by the time it is set would be a DEL

    $client->pexpire($key, 300);
    wait_until { !$client->exists($key) } 'expired';

    is_deeply(events($shop), ["$keys[0] expire", "$keys[0] expired"],
        "$shop: it expires");

    # what is not of a record, or not of this market

    $client->hset($_, n => 1) for 'client:380671112233',
        map { "$prefix{$shop}$_" } 'clients', 'shadow:233', 'xclient:1',
        'client', 'group', 'canary:1', 'canar';
    $client->hset("polycard:{other}:client:380671112233", n => 1);
    $client->select(7);
    $client->hset($key, n => 1);
    $client->flushall;
    $client->select($shop eq 'base5' ? 5 : 0);

    is_deeply(events($shop), [], "$shop: nothing else");

    # any bytes

    my $bytes = join '', map { chr } 1 .. 9, 11 .. 255;

    $client->hset("$prefix{$shop}client:$bytes", n => 1);
    $client->hset("$prefix{$shop}client:" . 'k' x 5000, n => 1);

    my $list = events($shop);

    is_deeply($list,
        ["client:$bytes hset", 'client:' . 'k' x 293 . ' hset'],
        "$shop: keys of all bytes, and of 5000");
}


test_commands('plain', 'client:380671112233', 'client:380671112234');
test_commands('odd', 'client:380671112233', 'group:2');
test_commands('tcp', 'group:1', 'group:2');

$client->select(5);
test_commands('base5', 'client:380671112233', 'group:2');
$client->select(0);

start('name');
is_deeply(events('name'), [], 'by a name');

start('auth');
is_deeply(events('auth', $admin), [], 'with a password');


# A burst is read in small pieces

my $burst = 100_000;

heard('plain', do => 'forget');
turn();
$client->eval('for i = 1, tonumber(ARGV[1]) do redis.call("hset", '
    . 'KEYS[1] .. i % 1000, "bonus", i) end', 1,
    "$prefix{plain}client:380671112", $burst);

wait_until { heard('plain')->{events} >= $burst } 'the burst';

my $turn = turn();
my $heard = heard('plain');

is($heard->{events}, $burst, 'a burst is heard whole');
is("$heard->{ready} $heard->{lost}", '0 0', '... over the same connection');
cmp_ok($turn, '<', $ENV{POLYCARD_NGINX} ? 100_000 : 10_000,
    "... no turn of the event loop was long ($turn us)");


# What a handler may do, in the middle of a burst

for my $then (qw( restart reconnect stop )) {
    heard('plain', do => 'forget', then => $then);

    $client->eval('for i = 1, 5000 do redis.call("hset", KEYS[1], "n", i) end',
        1, "$prefix{plain}client:380671112");

    if ($then eq 'stop') {
        wait_until { heard('plain')->{events} } 'an event';
        is_deeply([@{ heard('plain') }{qw( events lost ready )}], [1, 0, 0],
            'stopped by an event: nothing more is told');
        start('plain');
        next;
    }

    wait_until { heard('plain')->{ready} } "ready after $then";
    is_deeply(events('plain'), ['client:380671112 hset'],
        "$then by an event: nothing more of the old connection");
}


# Lost

sub lost_and_found {
    my ($what, $shop) = @_;

    wait_until { heard($shop)->{lost} } "$what: lost";
    wait_until { heard($shop)->{ready} } "$what: ready again";

    my $heard = heard($shop);

    is("$heard->{lost} $heard->{ready}", '1 1', "$what: once each");
    heard($shop, do => 'forget');
}


heard($_, do => 'stop') for qw( odd base5 tcp name );
heard('plain', do => 'forget');

wait_until { listeners() == 1 } 'stopped ones are gone';

for (1, 2) {
    $client->client('KILL', 'TYPE', 'pubsub');
    lost_and_found('CLIENT KILL', 'plain');
}

$client->hset("$prefix{plain}client:380671112233", n => 1);
is_deeply(events('plain'), ['client:380671112233 hset'], '... and it works');

heard('plain', do => 'reconnect');
lost_and_found('reconnect', 'plain');
is(listeners(), 1, '... over one connection');

$redis->restart;
$client = $redis->client;
lost_and_found('restart', 'plain');
is_deeply(events('plain'), [], '... and it works');

$redis->signal('STOP');
heard('plain', do => 'reconnect');
is(heard('plain')->{lost}, 1, 'a hung Redis: reconnect is not held up');
$redis->signal('CONT');
lost_and_found('a hung Redis', 'plain');

like($nginx->error_log, qr/\[error\].*market "plain" sends no keyspace events: /,
    'a line tells of it');
like($nginx->error_log, qr/\[notice\].*market "plain" sends keyspace events again/,
    '... and of its end');


# Never there

heard($_, do => 'start') for qw( wrong rights absent );

my %reason = (wrong => 'WRONGPASS', rights => 'NOPERM',
              absent => 'No such file');

for my $shop (sort keys %reason) {
    wait_until {
        scalar(() = $nginx->error_log
            =~ /market "$shop" sends no keyspace events: $reason{$shop}/g) >= 3
    } "$shop: several attempts";

    is(scalar log_lines($nginx, qr/"$shop" sends/, 'error'), 1,
        "$shop: one line for all to see");
    is_deeply([@{ heard($shop) }{qw( ready lost )}], [0, 0],
        '... and nothing is told');
}

$absent->start;
wait_until { heard('absent')->{ready} } 'absent: ready as soon as it can';

$admin->acl('SETUSER', 'silent', 'allchannels');
wait_until { heard('rights')->{ready} } 'rights: ready as well';

unlike($nginx->error_log, qr/cr"et|\bbad\b(?!")/, 'no log has a password');


# A reload: connected, connecting, backing off

$locked->signal('STOP');
heard('auth', do => 'reconnect');

my ($old) = $nginx->workers;
my (undef, $seconds) = timed {
    $nginx->signal('HUP');
    wait_until { !process_exists($old) } 'the old worker leaves';
};

in_time($seconds, 'a subscriber holds up no leaving worker');
$locked->signal('CONT');

wait_until { listeners() == 0 } '... and its connection is gone';


# worker_shutdown_timeout closes it while a request holds the worker

start('plain');
($old) = $nginx->workers;

my $slow = Polycard::HTTP->connect($nginx);

$slow->send("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx");
$nginx->signal('HUP');
wait_until { !process_exists($old) } 'an old worker is made to leave';
wait_until { listeners() == 0 } '... and its connection is gone';

finish();


sub listeners {
    return scalar grep { /\bsub=[1-9]|\bpsub=[1-9]/ }
        split /\n/, $client->client('LIST');
}
