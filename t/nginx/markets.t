# Several markets in one nginx: own Redis, keys, tokens, card numbers; what
# happens to one does not touch the others.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );
use Polycard::Redis;
use Polycard::Shop;

my $phone = '380671112233';
my %redis = map { $_ => Polycard::Redis->new(
    markets => [qw( a d x )], databases => [5]) } qw( one two );
my $one = 'unix:' . $redis{one}->socket;
my $two = '127.0.0.1:' . $redis{two}->port;

# a, b and c share a Redis: by prefix and by database
my @markets = (
    market('a', redis => $one, access_token_file => '%%DIR%%/a.tokens',
           card_numbers => 'ean13 prefix=20'),
    market('b', redis => $one, access_token_file => '%%DIR%%/b.tokens',
           card_numbers => 'ean13 prefix=30', key_prefix => '"polycard:{x}:"'),
    market('c', redis => $one, access_token_file => '%%DIR%%/c.tokens',
           card_numbers => 'phone', key_prefix => '"polycard:{x}:"',
           redis_database => 5),
    market('d', redis => $two, access_token_file => '%%DIR%%/d.tokens',
           card_numbers => 'pool', redis_timeout => '10s',
           redis_connect_timeout => '1s', page_limit => 'default=1 max=1'),
);
my $nginx = Polycard::Nginx->new(
    workers => 2,
    files => { map { ("$_.tokens" => "token-of-$_\n") } qw( a b c d ) },
    http  => join('', @markets)
        . "server {\nlisten 127.0.0.1:%%PORT_0%%;\n"
        . join('', map { services($_, "/$_/") } qw( a b c d )) . "}\n");


sub get {
    my ($name, $service, %query) = @_;

    my $token = delete $query{token} || "token-of-$name";

    return http_get($nginx, "/$name/$service", token => $token,
        query => \%query);
}


sub add {
    my ($name, %client) = @_;

    return http_post($nginx, "/$name/addClient", token => "token-of-$name",
        type => 'application/json', body => json_text(\%client));
}


# each has its own clients, numbers and limits

wait_until { eval { $redis{two}->client->fcall('polycard_version', 1, '{x}') } }
    'the library in the other Redis';
$redis{two}->client->rpush('polycard:{d}:cards', 'D-1', 'D-2');

# numbers are given once the first sync is over

my %place = (a => [ one => 0, '{a}' ], b => [ one => 0, '{x}' ],
              c => [ one => 5, '{x}' ], d => [ two => 0, '{d}' ]);

for my $name (sort keys %place) {
    my ($redis, $database, $tag) = @{ $place{$name} };
    my $client = Redis->new(sock => $redis{$redis}->socket);

    $client->select($database);
    wait_until { ($client->hget("polycard:$tag:meta", 'sync') || '') eq 'done' }
        "$name: the first sync";
}

my %code;

for my $name (qw( a b c d )) {
    my $answer = add($name, phone => $phone, name => "of $name");

    is($answer->status, 200, "$name: addClient") or diag($answer->raw);
    $code{$name} = $answer->json->{code};
}

is_deeply(\%code, { a => '2000000000015', b => '3000000000014', c => $phone,
                    d => 'D-1' }, 'each market issues its own numbers');

for my $name (qw( a b c d )) {
    is_record(get($name, 'getClient', phone => $phone),
        { phone => "string:$phone", name => "string:of $name",
          barcode => "string:$code{$name}" }, "$name: its own client");

    for my $other (grep { $_ ne $name } qw( a b c d )) {
        is(get($name, 'getClient', barcode => $code{$other})->status,
            $code{$other} eq $code{$name} ? 200 : 404,
            "$name knows no card of $other");
        is_nok(get($name, 'getClient', phone => $phone,
                token => "token-of-$other"), 401, qr/token/,
            "... and no token of $other");
    }
}

is(add('a', phone => '380670000001')->status, 200, 'a has one more');
is(scalar @{ get('a', 'getClients')->json }, 2, '... a has two');
is(scalar @{ get($_, 'getClients')->json }, 1, "... $_ has one")
    for qw( b c d );
is_nok(get('d', 'getClients', limit => 2), 400, qr/limit/, 'the limit of d');
is(get('a', 'getClients', limit => 2)->status, 200, '... is none of a');


# the Redis of d is hung

$redis{two}->signal('STOP');

my @waiting = map { start_get($nginx, "/d/getClient?phone=$phone",
                        token => 'token-of-d') } 1 .. 20;

for my $name (qw( a b c )) {
    my $answer = quick { get($name, 'getClient', phone => $phone) } $name;

    is($answer->status, 200, "... while d hangs");
    $answer = quick { add($name, phone => '380670000009') } $name;
    is($answer->status, 200, '... addClient as well');
}

$redis{two}->signal('CONT');
is_deeply([map { $_->status } answers(@waiting)], [(200) x 20],
    'd goes on');


# it is gone

$redis{two}->stop;

wait_until { log_lines($nginx, qr/market "d" is away/, 'error') == 2 }
    'both workers see it';
is_nok(get('d', 'getClient', phone => $phone), 503, qr/cannot be reached/,
    'd is away');

for my $name (qw( a b c )) {
    is(get($name, 'getClient', phone => $phone)->status, 200,
        "... $name is not");
}

is(() = log_lines($nginx, qr/market "[abc]"(?!.* append only)/,
    'error|warn|crit'), 0,
    'nothing in the log about the others');

# the others are gone, and d is back

$redis{two}->restart;
$redis{one}->stop;

wait_until { log_lines($nginx, qr/market "[abc]" is away/, 'error') == 6 }
    'three markets of two workers are away';
wait_until { get('d', 'getGroups')->status == 200 } 'd is back';
is_nok(get($_, 'getClient', phone => $phone), 503, qr/cannot be reached/,
    "$_ is away") for qw( a b c );

finish();
