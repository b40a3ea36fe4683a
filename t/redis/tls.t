# TLS to Redis: whose certificate is taken, what is said when it is not, and
# that all works over it as it does without.

use strict;
use warnings;

use lib 't/lib';

use IO::Socket::IP;

use Polycard::Test;
use Polycard::Certificates;
use Polycard::FakeRedis;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );
use Polycard::Redis;
use Polycard::Shop;
use Polycard::TLSLink;

my $phone = '380671112233';
my $has_ipv6 = IO::Socket::IP->new(LocalHost => '::1', Listen => 1) ? 1 : 0;

my $ca = Polycard::Certificates->new;
my $stranger = Polycard::Certificates->new('another CA');

my %cert = (
    good    => [ $ca->issue('good', 'DNS:localhost', 'IP:127.0.0.1',
                             'IP:::1') ],
    names   => [ $ca->issue('names', 'DNS:localhost') ],
    other   => [ $ca->issue('other', 'DNS:redis.example', 'IP:192.0.2.1') ],
    expired => [ $ca->issue_expired('expired', 'DNS:localhost') ],
    client  => [ $ca->issue('client') ],
    foreign => [ $stranger->issue('foreign') ],
    late    => [ $ca->issue_expired('late') ],
);

my (@redis, @markets, %said);


# a Redis that speaks TLS at its port

sub server {
    my ($cert, %conf) = @_;

    my $port = Polycard::Redis::free_port();
    my $redis = Polycard::Redis->new(
        markets            => [qw( shop1 )],
        'tls-port'         => $port,
        'tls-cert-file'    => $cert{$cert}[0],
        'tls-key-file'     => $cert{$cert}[1],
        'tls-ca-cert-file' => $ca->file,
        'tls-auth-clients' => 'no',
        acl                => 0,
        %conf);

    $redis->load_library;
    $redis->{tls_port} = $port;

    return $redis;
}


# a market at this place, and what is to be said of it; undef: it works

sub shop {
    my ($name, $address, $said, %directive) = @_;

    %directive = (redis_ssl => 'on', redis_connect_timeout => '5s',
        redis_ssl_trusted_certificate => $ca->file, %directive);

    push @markets, market($name, redis => $address, access_token => 'off',
        card_numbers => 'phone', emitter => 'off', redis_timeout => '30s',
        map { defined $directive{$_} ? ($_ => $directive{$_}) : () }
            sort keys %directive), [ services($name, "/$name/") ];

    $said{$name} = $said;
}


sub config {
    return join('', map { ref ? '' : $_ } @markets)
        . "server {\n    listen 127.0.0.1:%%PORT_0%%;\n"
        . join('', map { ref ? @$_ : () } @markets) . "}\n";
}


sub put {
    my ($redis, @names) = @_;

    $redis->client->fcall('polycard_put_client', 1, "polycard:{$_}:", $phone,
        name => $_, barcode => '4820000000017') for @names;
}


my $good = server('good', bind => $has_ipv6 ? '127.0.0.1 ::1' : '127.0.0.1');
my $names = server('names');
my $other = server('other');
my $expired = server('expired');
my $strict = server('good', 'tls-auth-clients' => 'yes');
my $fake = Polycard::FakeRedis->new(mode => 'talks',
    modes => { talks => sub { "-ERR max number of clients reached\r\n" } });
my $old = server('good', 'tls-protocols' => 'TLSv1.2');

my %at = (good => $good, names => $names, other => $other,
    expired => $expired, strict => $strict, old => $old);
my %name = map { $_ => "localhost:$at{$_}{tls_port}" } keys %at;
my %address = map { $_ => "127.0.0.1:$at{$_}{tls_port}" } keys %at;

my $foreign = qr/the server's certificate: (?:unable to get|self.signed)/;
my $silence = qr/^TLS: no answer to the handshake, as by a server without it$/;
# the second since OpenSSL 3.6
my $alert = qr{(?:sslv3|ssl/tls) alert};
my $refused = qr/^TLS: the server refuses our certificate: /;


# who is trusted

shop('name', $name{good});
shop('address', $address{good});
shop('six', "[::1]:$good->{tls_port}") if $has_ipv6;
shop('upper', "LOCALHOST:$good->{tls_port}");
shop('called', $address{other}, undef, redis_ssl_name => 'redis.example');
shop('numbered', $name{other}, undef, redis_ssl_name => '192.0.2.1');
shop('careless', $name{other}, undef, redis_ssl_verify => 'off',
    redis_ssl_trusted_certificate => undef);
shop('carefree', $name{expired}, undef, redis_ssl_verify => 'off');

shop('noaddress', $address{names},
    qr/^TLS: the server's certificate is not one for 127\.0\.0\.1$/);
shop('noname', $name{other},
    qr/^TLS: the server's certificate is not one for localhost$/);
shop('misnamed', $name{good},
    qr/^TLS: the server's certificate is not one for redis\.example$/,
    redis_ssl_name => 'redis.example');
shop('expired', $name{expired},
    qr/^TLS: the server's certificate: certificate has expired$/);
shop('stranger', $name{good}, $foreign,
    redis_ssl_trusted_certificate => $stranger->file);
shop('system', $name{good}, $foreign,
    redis_ssl_trusted_certificate => undef);
shop('pinned', $name{good}, undef,
    redis_ssl_trusted_certificate => $cert{good}[0]);


# who we are

sub we_are {
    my ($cert) = @_;

    return (redis_ssl_certificate => $cert{$cert}[0],
            redis_ssl_certificate_key => $cert{$cert}[1]);
}

shop('known', $name{strict}, undef, we_are('client'));
shop('nobody', $name{strict}, qr/${refused}tlsv13 alert certificate required/);
shop('foreigner', $name{strict}, qr/${refused}tlsv1 alert unknown ca/,
    we_are('foreign'));
shop('outdated', $name{strict}, qr/${refused}$alert certificate expired/,
    we_are('late'));


# what is spoken

shop('older', $name{old});
shop('versions', $name{good}, undef, redis_ssl_protocols => 'TLSv1.2 TLSv1.3');
shop('ciphers', $name{good}, undef, redis_ssl_protocols => 'TLSv1.2',
    redis_ssl_ciphers => 'ECDHE-ECDSA-AES256-GCM-SHA384');
shop('newer', $name{old}, qr/^TLS: .*protocol/,
    redis_ssl_protocols => 'TLSv1.3');
shop('nothing', $name{old}, qr/^TLS: $alert handshake failure/,
    redis_ssl_ciphers => 'ECDHE-RSA-AES128-GCM-SHA256');

# bytes of a long greeting may look like a command, which is answered

shop('plain', 'localhost:' . $good->port,
    qr/$silence|^TLS: the server does not speak it$/,
    redis_connect_timeout => '1s');
shop('talks', 'localhost:' . $fake->port,
    qr/^TLS: the server does not speak it$/);
shop('reverse', $name{good},
    qr/^closed before an answer, as by a server with TLS$/,
    redis_ssl => 'off', redis_ssl_trusted_certificate => undef);
shop('away', 'localhost:' . Polycard::Redis::free_port(),
    qr/^Connection refused$/);

my $link = Polycard::TLSLink->new(to => $good->socket,
    cert => $cert{good}[0], key => $cert{good}[1], record => 1);
my $slow = Polycard::TLSLink->new(to => $good->socket, buffer => 32768,
    cert => $cert{good}[0], key => $cert{good}[1]);
my $deaf = Polycard::TLSLink->new(to => $good->socket, mode => 'deaf',
    cert => $cert{good}[0], key => $cert{good}[1]);

shop('small', 'localhost:' . $link->port);
shop('slow', 'localhost:' . $slow->port);
shop('deaf', 'localhost:' . $deaf->port, $silence,
    redis_connect_timeout => '1s');

for my $redis (values %at) {
    put($redis, grep { !$said{$_} } keys %said);
}

# what the workers may not read: they are another user

chmod 0600, glob($ca->dir . '/*.key'), glob($stranger->dir . '/*.key');

my $nginx = Polycard::Nginx->new(http => config(), connections => 1024);

sub ask { http_get($nginx, "/$_[0]/getClient", query => { phone => $phone }) }


for my $name (grep { !$said{$_} } map { ref ? () : /^polycard_market (\S+)/ }
    @markets)
{
    my $answer;

    wait_until { ($answer = ask($name))->status != 503 } 10,
        "an answer of $name";
    is_record($answer, { phone => "string:$phone", name => "string:$name",
        barcode => 'string:4820000000017' }, "$name: it works");
    is_deeply([ away($name) ], [], '... nothing is said');
}

for my $name (grep { $said{$_} } map { ref ? () : /^polycard_market (\S+)/ }
    @markets)
{
    wait_until { away($name) } 10, "$name: a line";
    is(ask($name)->status, 503, "$name: 503");

    my @lines = away($name);

    is(scalar @lines, 1, '... one line');
    like($lines[0], $said{$name}, '... which says why');
}


# the reasons at "error" why this one is away

sub away {
    my ($name) = @_;

    return map { /"$name" is away: (.*)/ ? $1 : () }
        log_lines($nginx, qr/"$name" is away/);
}


# what is said to whom

my @seen = $link->log;

like($seen[0], qr/^sni=localhost /, 'a name is sent with SNI');


# Large answers, in records of one byte, and in those of all sizes

my @clients = map { sprintf '3806800%05d', $_ } 1 .. 1000;

for my $market (qw( small name )) {
    $good->client->fcall('polycard_put_client', 1, "polycard:{$market}:", $_,
        name => 'n' x 200, barcode => $_, sub { die $_[1] if defined $_[1] })
        for @clients;
    $good->client->wait_all_responses;
}

for my $market (qw( small name )) {
    my $answer = http_get($nginx, "/$market/getClients",
        query => { limit => 1000, offset => 1 });

    is($answer->status, 200, "$market: a page of 1000");
    is(scalar @{ $answer->json }, 1000, '... all of it')
        or diag substr $answer->raw, 0, 300;
}


# A Redis that reads nothing for a while: what is to be sent waits in pieces,
# moves in memory, and grows

my @phones = map { sprintf '3806800%05d', 5000 + $_ } 1 .. 200;
my %long = map { $_ => "\x{457}" x 255 } qw( name surname middlename );

{
    local $Polycard::Shop::PREFIX = 'polycard:{slow}:';
    bless({ redis => $good }, 'Polycard::Shop')->sync;
}

$good->signal('STOP');
my @waiting = map { start_post($nginx, '/slow/addClient',
    body => json_text({ phone => $_, %long })) } @phones;
wait_until { redis_waits($slow->port) } 10, 'the way to Redis is full';
push @waiting, map { start_get($nginx, '/slow/getGroups') } 1 .. 200;
$good->signal('CONT');
is(scalar(grep { $_->status == 200 } answers(@waiting)), 400,
    '200 large clients are added, and as many answers read');
is(scalar(grep { $_->status == 200 } map { http_get($nginx, '/slow/getClient',
    query => { phone => $_ }) } @phones), 200, '... and found');


# does nginx have more to send than goes?

sub redis_waits {
    my ($port) = @_;

    my $peer = sprintf '0100007F:%04X', $port;

    return grep { (split)[2] eq $peer && hex((split ' ', $_)[4]
        =~ s/:.*//r) > 20_000 } split /\n/, slurp('/proc/net/tcp');
}


# Connections that are lost: the session is taken up again

$link->forget;
$good->client->client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');

wait_until { $link->log } 10, 'a new connection';
like(($link->log)[0], qr/reused=1/, 'the session is used again');
wait_until { ask('small')->status == 200 } 10, 'small: it works again';
wait_until { ask('name')->status == 200 } 10, 'name: it works again';


# The certificate is changed while all run

sub change {
    my ($cert) = @_;

    $good->client->config('SET', 'tls-cert-file', $cert{$cert}[0],
        'tls-key-file', $cert{$cert}[1]);
}

my $before = () = away('name');

change('names');

is(ask('name')->status, 200, 'another certificate: the connection stays');

$good->client->client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');

wait_until { ask('name')->status == 200 } 10, '... and a new one comes';
wait_until { grep { /is not one for/ } away('address') } 10,
    '... though not for whom it is none';

change('other');
$good->client->client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');

wait_until { grep { /is not one for localhost/ } away('name') } 10,
    'a certificate for another name: no session of old helps';
is(ask('name')->status, 503, '... 503');

change('good');

wait_until { ask('name')->status == 200 && ask('address')->status == 200 } 10,
    'the right one again: all works';


# A reload and an end over TLS

ok($nginx->reload, 'a reload');
wait_until { ask('known')->status == 200 } 10, '... it works';

finish();
