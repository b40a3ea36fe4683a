# The ways to Redis: TCP, unix socket, IPv6, host names; AUTH and SELECT.

use strict;
use warnings;

use lib 't/lib';

use IO::Socket::IP;

use Polycard::Test;
use Polycard::FakeDNS;
use Polycard::FakeRedis;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );
use Polycard::Redis;
use Polycard::Shop;

my $phone = '380671112233';
my $has_ipv6 = IO::Socket::IP->new(LocalHost => '::1', Listen => 1) ? 1 : 0;

# users and passwords: what Redis has, and the file's bytes

my %password = (
    plain    => ['S3cret', 'S3cret'],
    newline  => ['S3cret', "S3cret\n"],
    newlines => ["S3cret\n", "S3cret\n\n"],
    crlf     => ["S3cret\r", "S3cret\r\n"],
    inside   => ["S3\r\ncret", "S3\r\ncret"],
    odd      => [q( a b"c'd\\e$f;{g}#*%s ), q( a b"c'd\\e$f;{g}#*%s )],
    bytes    => ["\xc3\xa9\xff\x01\0x", "\xc3\xa9\xff\x01\0x"],
    long     => ['x' x 4096, 'x' x 4096],
);

my $redis = Polycard::Redis->new(
    markets => [qw( unix tcp localhost upper ipv6 alias third range named two
                    silent nowhere ),
                keys %password], databases => [qw( 3 99 )],
    bind => $has_ipv6 ? '127.0.0.1 ::1' : '127.0.0.1');

$redis->load_library;


# one nginx with many markets, each with its name as the location's prefix

my (@markets, %files);

sub shop {
    my ($name, @directives) = @_;

    push @markets, market($name, access_token => 'off',
            card_numbers => 'phone', @directives),
        [services($name, "/$name/")];
}


sub config {
    my (@market) = @_;

    my $text = join '', map { ref ? '' : $_ } @market;
    my $locations = join '', map { ref ? @$_ : () } @market;

    return $text . "server {\n    listen 127.0.0.1:%%PORT_0%%;\n$locations"
        . "    location = /other { return 200 other; }\n}\n";
}


sub put {
    my ($name, $database) = @_;

    my $client = $redis->client;

    $client->select($database || 0);
    $client->fcall('polycard_put_client', 1, "polycard:{$name}:", $phone,
        name => $name, barcode => '4820000000017');
    $client->select(0);
}


sub works {
    my ($nginx, $name, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $answer;

    wait_until {
        $answer = http_get($nginx, "/$name/getClient",
            query => { phone => $phone });
        return $answer->status != 503;
    } "an answer of $name" or diag($answer->raw);

    is_record($answer, { phone => "string:$phone", name => "string:$name",
                         barcode => 'string:4820000000017' }, $what);
}


my $socket = $redis->socket;
my $port = $redis->port;

put($_) for qw( unix tcp default ipv6 localhost upper );

shop('unix', redis => "unix:$socket");
shop('tcp', redis => "127.0.0.1:$port");
shop('localhost', redis => "localhost:$port");
shop('upper', redis => "LOCALHOST:$port");
shop('ipv6', redis => "[::1]:$port") if $has_ipv6;

my ($alias) = map { /^127\.0\.0\.1\s+(.*)/ ? grep({ $_ ne 'localhost' }
                                                  split ' ', $1) : () }
    split /\n/, -e '/etc/hosts' ? slurp('/etc/hosts') : '';

if ($alias) {
    put('alias');
    shop('alias', redis => "$alias:$port");
}


for my $name (sort keys %password) {
    my ($stored, $bytes) = @{ $password{$name} };

    $redis->client->acl('SETUSER', "polycard_$name", 'resetpass', ">$stored");
    $files{$name} = $bytes;
    put($name);
    shop($name, redis => "unix:$socket", redis_user => "polycard_$name",
        redis_password_file => "%%DIR%%/$name");
}

$files{$_} = "Wr0ng-one\n" for qw( wrong nobody unasked );

put('wrong');
shop('wrong', redis => "127.0.0.1:$port", redis_user => 'polycard_plain',
    redis_password_file => '%%DIR%%/wrong');
shop('nobody', redis => "127.0.0.1:$port", redis_user => 'nobody',
    redis_password_file => '%%DIR%%/nobody');
shop('unasked', redis => "127.0.0.1:$port",
    redis_password_file => '%%DIR%%/unasked');


# a Redis that wants a password of everybody, and has no users but the default

my $closed = Polycard::Redis->new(acl => 0);

$closed->load_library;
$closed->client->fcall('polycard_put_client', 1, 'polycard:{default}:',
    $phone, name => 'default', barcode => '4820000000017');
$closed->client->config('SET', 'requirepass', 'Op3n sesame');
$files{default} = "Op3n sesame\n";

shop('default', redis => 'unix:' . $closed->socket,
    redis_password_file => '%%DIR%%/default');
shop('denied', redis => 'unix:' . $closed->socket);


# databases

put('third', 3);
shop('third', redis => "unix:$socket", redis_database => 3);

# one that refuses to select, and shows what it was asked
my $picky = Polycard::FakeRedis->new(mode => 'picky', modes => {
    picky => sub { return $_[0] eq 'SELECT'
                       ? "-ERR DB index is out of range\r\n" : () },
});

shop('range', redis => "unix:$socket", redis_database => 99);
shop('picky', redis => $picky->address, redis_database => 99);


# one that does not know AUTH, and repeats what it did not understand

my $parrot = Polycard::FakeRedis->new(mode => 'parrot', modes => {
    parrot => sub { return $_[0] eq 'AUTH' ? "-ERR unknown command `AUTH`, "
                        . "with args beginning with: `$_[1]`, \r\n" : () },
});

shop('parrot', redis => $parrot->address,
    redis_password_file => '%%DIR%%/plain');


# one of a cluster, which names another one: the address is to be read

my $moved = Polycard::FakeRedis->new(mode => 'moved', modes => {
    moved => sub { return $_[0] eq 'PING'
                       ? "-MOVED 13808 127.0.0.1:16379\r\n" : () },
});

shop('moved', redis => $moved->address);


# one that answers well

my $fake = Polycard::FakeRedis->new;

shop('fake', redis => $fake->address, redis_user => 'market',
    redis_password_file => '%%DIR%%/plain', redis_database => 7);


# an unknown name: where there is no name server it takes seconds

shop('unknown', redis => 'redis.invalid', redis_connect_timeout => '300ms');

# the name of each market is that of a client as well

my @names = (private => [qr/market "/]);
my $nginx = Polycard::Nginx->new(http => config(@markets), files => \%files,
    @names);


works($nginx, 'unix', 'unix socket');
works($nginx, 'tcp', 'TCP');
works($nginx, 'localhost', 'localhost, by the system');
works($nginx, 'upper', 'LOCALHOST');

SKIP: {
    skip 'no IPv6', 1 if !$has_ipv6;
    works($nginx, 'ipv6', 'IPv6');
}

SKIP: {
    skip 'no other name of 127.0.0.1 in /etc/hosts', 1 if !$alias;
    works($nginx, 'alias', "$alias, from /etc/hosts");
}

for my $name (sort keys %password) {
    works($nginx, $name, "a user with a password: $name");
}

works($nginx, 'default', 'a password without a user');
works($nginx, 'third', 'database 3');

for my $name (qw( wrong nobody unasked denied range picky parrot moved
                  unknown ))
{
    is_nok(http_get($nginx, "/$name/getClient", query => { phone => $phone }),
        503, qr/cannot be reached/, "$name: refused");
    is_nok(http_post($nginx, "/$name/addClient", type => 'application/json',
            body => json_text({ phone => $phone })),
        503, qr/cannot be reached/, '... addClient as well');
}

my %reason = (
    wrong   => 'WRONGPASS',
    nobody  => 'WRONGPASS',
    unasked => 'ERR AUTH <password> called without any password',
    denied  => 'NOAUTH',
    range   => 'ERR DB index is out of range',
    picky   => 'ERR DB index is out of range',
    parrot  => 'ERR unknown command',
    moved   => 'MOVED 13808 127.0.0.1:16379$',
);

for my $name (sort keys %reason) {
    is(() = log_lines($nginx, qr/market "$name" is away: $reason{$name}/),
        1, "one line says why $name does not work");
}

unlike($nginx->error_log, qr/S3cret|Wr0ng|sesame/, 'no password in the log');

# what must not happen in database 0

is_deeply([grep { !/^(?:CONNECT|CLOSED|SELECT 99|PING|INFO server replication)$/ }
    $picky->log], [],
    'a database that cannot be selected: nothing is asked');
is($redis->client->exists("polycard:{range}:client:$phone"), 0,
    '... and nothing written to database 0');

# two connections a worker, greeted once

is(http_get($nginx, '/fake/getClient', query => { phone => $phone })->status,
    200, "request $_ over the connection") for 1 .. 5;
is_deeply([sort grep { /^(?:CONNECT|AUTH|SELECT|PING)/ } $fake->log],
    [sort +('CONNECT', 'AUTH market S3cret', 'SELECT 7', 'PING') x 2],
    'what reads, what writes, with AUTH and SELECT once');

# the worker went on while the system looked for the unknown name

quick { is(http_get($nginx, '/other')->body, 'other', 'another location') }
    'while a name is looked for';
wait_until { log_lines($nginx, qr/"unknown" is away: (?:host not|connecting)/) }
    'the line about an unknown name';


# Names by nginx's resolver

my $dns = Polycard::FakeDNS->new(names => {
    'redis.test'  => '127.0.0.1',
    'two.test'    => ['127.0.0.99', '127.0.0.1'],
    'silent.test' => '127.0.0.1',
});

@markets = ();

put($_) for qw( named two silent );

shop('named', redis => "redis.test:$port");
shop('two', redis => "two.test:$port");
shop('localhost', redis => "localhost:$port");
shop('tcp', redis => "127.0.0.1:$port");
shop('nowhere', redis => "nowhere.test:$port");

my $resolver = 'resolver 127.0.0.1:' . $dns->port
    . " valid=1s ipv6=off;\nresolver_timeout 30s;\n";

my $named = Polycard::Nginx->new(http => $resolver . config(@markets),
    @names);

works($named, 'named', 'a name of the resolver');
works($named, 'two', 'a name with two addresses, one of them dead');
works($named, 'localhost', 'localhost beside a resolver');
works($named, 'tcp', 'an address beside a resolver');

is_nok(http_get($named, '/nowhere/getClient', query => { phone => $phone }),
    503, qr/cannot be reached/, 'a name that the resolver does not know');
wait_until { log_lines($named, qr/"nowhere" is away: host not found/) }
    'the line about it';
is_deeply([grep { /localhost|127/ } $dns->log], [],
    'the name server was asked for names only');

# a name server that is silent from the start

$dns->mode('silent');
@markets = ();

shop('silent', redis => "silent.test:$port", redis_connect_timeout => '400ms');

my $deaf = Polycard::Nginx->new(http => $resolver . config(@markets), @names);
my @waiting = map { start_get($deaf, "/silent/getClient?phone=$phone") }
    1 .. 5;

quick { is(http_get($deaf, '/other')->body, 'other', 'another location') }
    'while the name server is silent';

for my $answer (answers(@waiting)) {
    is_nok($answer, 503, qr/cannot be reached/,
        'a silent name server: 503');
}

for my $mode (qw( failure garbage none )) {
    $dns->mode($mode);
    is(http_get($deaf, '/silent/getClient', query => { phone => $phone })
        ->status, 503, "name server: $mode");
    is(http_get($deaf, '/other')->body, 'other', '... and nothing else');
}

$dns->mode('good');
works($deaf, 'silent', 'the name server is back');

is(() = log_lines($deaf, qr/"silent" is away/), 1,
    'one line said that Redis was away');
is(() = log_lines($deaf, qr/"silent" is back/), 1, '... one that it is back');

finish();
