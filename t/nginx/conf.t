# nginx -t finds every mistake in a market and its locations, with file and
# line, and shows no secret; it asks neither Redis nor DNS.

use strict;
use warnings;

use lib 't/lib';

use File::Path qw( make_path );
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;

use Polycard::Test;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );

my $secret = 'S3cret-of-the-shop-1234567890-abc';
my $nginx = Polycard::Nginx->new(
    start => 0,
    files => {
        'tokens'       => "$secret\n",
        'two'          => "$secret\nother-token-of-the-shop-1234567890\n",
        'crlf'         => "$secret\r\n\r\nother-token-of-the-shop-1234567890\r\n",
        'unfinished'   => $secret,
        'longest'      => 'x' x 255,
        'empty'        => '',
        'newline'      => "\n",
        'newlines'     => "\r\n\n",
        'too-long'     => 'x' x 256,
        'blank-inside' => "other-token-of-the-shop-1234567890\n$secret $secret\n",
        'not-ascii'    => "\xc3\xa9$secret\n",
        'nul'          => "$secret\0$secret\n",
        'bom'          => "\xef\xbb\xbf$secret\n",
        'huge'         => "$secret\n" x 4000,
        'unreadable'   => "$secret\n",
        'password'     => "$secret\n",
        'long-pass'    => 'x' x 4097,
    });
my $dir = $nginx->dir;

make_path("$dir/folder");
run_command('mkfifo', "$dir/pipe");

# the least that a market needs, with more or other directives

my @least = ('redis 127.0.0.1', 'access_token off');


sub block {
    my ($name, @lines) = @_;

    return "polycard_market $name {\n"
        . join('', map { /\}$|#/ ? "$_\n" : "$_;\n" } @lines) . "}\n";
}


sub accepted {
    my ($text, $what) = @_;

    my ($status, $output) = $nginx->conf_test($text);

    ok($status == 0 && $output !~ /\[(?:warn|emerg|alert)\]/, $what)
        or diag($output);
}


# The line that ends in "# here" is the one that the message must name; in an
# included file it stands there.

sub refused {
    my ($text, $words, $what, %option) = @_;

    my ($status, $output) = $nginx->conf_test($text);
    my $file = $option{file} || 'test.conf';
    my @lines = split /\n/, slurp("$dir/$file");
    my ($line) = grep { $lines[$_ - 1] =~ /# here/ } 1 .. @lines;
    my @emerg = grep { /\[emerg\]/ } split /\n/, $output;
    my @faults;

    push @faults, "status $status" if $status != 1;
    push @faults, 'no "# here"' if !$line;
    push @faults, @emerg . ' messages' if @emerg != 1;
    push @faults, 'other words' if $output !~ $words;
    push @faults, "not the line $line of $file"
        if $line && $output !~ m{ in \Q$dir/$file\E:$line\b};
    push @faults, 'a secret' if $output =~ /\Q$secret\E/i;

    ok(!@faults, $what) or diag(join(', ', @faults) . "\n$output");
}


# what else a market needs beside this directive

sub rest {
    my ($directive) = @_;

    my ($name) = $directive =~ /^(\w+?)(?:_file)?\b/;

    return grep { !/^$name\b/ } @least;
}


# one directive that is wrong, or right, where the rest is right

sub wrong {
    my ($directive, $words, $what) = @_;

    refused(block('shop1', rest($directive), "$directive;   # here"), $words,
        $what || $directive);
}


sub right {
    my ($directive) = @_;

    accepted(block('shop1', rest($directive), $directive), $directive);
}


# What is right

accepted(block('shop1', @least), 'the least that a market needs');

accepted(market('shop1',
    redis => '127.0.0.1:6380', redis_user => 'market',
    redis_password_file => "$dir/password", redis_database => 3,
    redis_connect_timeout => '500ms', redis_timeout => '2s',
    key_prefix => '"shop{1}/"', access_token_file => "$dir/two",
    card_numbers => 'ean13 prefix=20 from=5 to=99',
    page_limit => 'default=50 max=500'), 'all directives');

right("redis $_") for '127.0.0.1', '127.0.0.1:1', '[::1]', '[::1]:6380',
    'localhost', 'redis.example', 'redis-1.example:65535', 'UNIX:/run/r.sock',
    'unix:/run/redis.sock', '"unix:/run/a b@c.sock"';
right('redis ' . join ' ', @$_) for
    [ 'r1.example:7000', '192.0.2.2', '[2001:db8::1]:7000' ], [ ('r') x 16 ];
right("redis_database $_") for 0, 15, 1000000;
right("redis_timeout $_") for '1ms', '1', '1m', '"1m 30s"';
right("redis_connect_timeout $_") for '1ms', '10s';
right("redis_replicas $_") for 0, '1', '100', '2 999ms', '0 1ms',
    "1;\nredis_timeout 1ms", "1 4s;\nredis_timeout 5s";
right("access_token_file $dir/$_") for
    qw( tokens two crlf unfinished longest );
right("access_token_file tokens");
right("redis_password_file $dir/$_") for qw( password unfinished crlf nul );
right("key_prefix $_") for '"{a}"', '"polycard:{shop1}:"', '"a.b/{c-d}_"',
    '"' . 'x' x 252 . '{a}"';
right("card_numbers $_") for 'pool', 'phone', 'ean13 prefix=2',
    'ean13 prefix=12345678901', 'ean13 prefix=20 to=9999999999',
    'ean13 prefix=20 from=7', 'ean13 prefix=20 from=7 to=7',
    'ean13 to=3 from=0000000002 prefix=20';
right("page_limit $_") for 'max=100', 'max=50', 'default=1 max=1', 'default=1000',
    'max=10000', 'max=10000 default=10000';

accepted(block($_, @least), "a market named $_")
    for 'A', 'shop.1', 'shop-1_b', 'x' x 64;


# Every directive, wrong

wrong('redis ""', qr/no host/);
wrong('redis unix:', qr/no path in the unix domain socket/);
wrong('redis unix:/' . 'x' x 200, qr/too long path/, 'redis unix:/xxx...');
wrong('redis :6379', qr/no host/);
wrong('redis 127.0.0.1:0', qr/invalid port/);
wrong('redis 127.0.0.1:65536', qr/invalid port/);
wrong('redis 127.0.0.1:port', qr/invalid port/);
wrong('redis 127.0.0.1:', qr/invalid port|no port/);
wrong('redis 127.0.0.1:1-5', qr/invalid port/);
wrong('redis [::1', qr/invalid host|invalid port/);
wrong('redis [::z]', qr/invalid IPv6 address/);
wrong('redis *:6379', qr/must be "host\[:port\]" or "unix:PATH"/);
wrong('redis $host', qr/must be "host\[:port\]" or "unix:PATH"/);
wrong('redis "two words"', qr/must be "host\[:port\]" or "unix:PATH"/);
wrong('redis 127.0.0.1/3', qr/must be "host\[:port\]" or "unix:PATH"/);
wrong("redis redis://user:$secret\@127.0.0.1:6379",
    qr/must be "host\[:port\]" or "unix:PATH"/);
wrong("redis user:$secret\@127.0.0.1",
    qr/must be "host\[:port\]" or "unix:PATH"/);

wrong('redis 127.0.0.1 unix:/run/redis.sock',
    qr/with several addresses is a cluster, which has no unix sockets/);
wrong('redis 127.0.0.1 :1', qr/no host/);
refused(block('shop1', 'access_token off', 'redis_database 1',
    'redis 127.0.0.1:7000 127.0.0.1:7001') =~ s/\}\n\z/}   # here\n/r,
    qr/is in a cluster, which has no other "redis_database" than 0/,
    'another database in a cluster');

wrong('redis_user ""', qr/"redis_user" has an empty name/);

my %bad_file = (
    'missing' => qr/open\(\) ".*missing" failed \(2: /,
    'folder'  => qr/folder" is no file of at most \d+ bytes/,
    'pipe'    => qr/pipe" is no file of at most \d+ bytes/,
    'empty'   => qr/empty" is empty/,
    'newline' => qr/newline" is empty/,
);

for my $file (sort keys %bad_file) {
    wrong("access_token_file $dir/$file", $bad_file{$file});
    wrong("redis_password_file $dir/$file", $bad_file{$file});
}

wrong("access_token_file $dir/newlines", qr/no token in ".*newlines"/);
wrong("access_token_file $dir/too-long",
    qr/line 1 of ".*too-long" is no access token/);
wrong("access_token_file $dir/$_->[0]", qr/line $_->[1] of ".*$_->[0]" is no/)
    for ['blank-inside', 2], ['not-ascii', 1], ['nul', 1], ['bom', 1];
wrong("access_token_file $dir/huge", qr/is no file of at most 65536 bytes/);
wrong("redis_password_file $dir/long-pass", qr/of at most 4096 bytes/);

SKIP: {
    skip 'files cannot be unreadable for root', 2 if $> == 0;

    chmod 0, "$dir/unreadable";
    wrong("access_token_file $dir/unreadable", qr/failed \(13: /);
    wrong("redis_password_file $dir/unreadable", qr/failed \(13: /);
}

wrong("access_token $secret", qr/"access_token" takes only "off"/);
wrong('access_token on', qr/"access_token" takes only "off"/);
wrong("redis_password $secret", qr/unknown directive "redis_password"/);

wrong("redis_database $_", qr/invalid database number/)
    for '-1', '1.5', 'main', '""', '1000001', '99999999999999999999';

for my $directive (qw( redis_timeout redis_connect_timeout )) {
    wrong("$directive $_", qr/invalid\ time\ "\Q$_\E"\ in\ "$directive"
        \ directive,\ it\ must\ be\ more\ than\ 0,\ like\ 500ms,/x)
        for '0', '0s', '0ms', '-1s', '1x', 'soon', '1.5s',
            '99999999999999999999';
    wrong("$directive \"\"", qr/invalid time "" in "$directive"/);
}

wrong("redis_replicas $_", qr/invalid parameter "/)
    for '-1', '101', 'all', '""', '1 0', '1 0s', '1 soon', '1 -1s';
wrong('redis_replicas all', qr/it takes a number of replicas in/);
wrong("key_prefix $_", qr/must be 1 to 255 visible ASCII characters with/)
    for '""', 'shop1:', '"{}"', '"shop1:{}:"', '"{a}{b}"', '"{{a}}"', '"}a{"',
        '"{a"', '"a}"', '"{a} b"', '"{a}*"', '"{a}?"', '"[{a}]"', '"{a}\\\\"',
        '"{a}^"', "\"{a}\xc3\xa9\"", '"' . 'x' x 253 . '{a}"';

wrong("card_numbers $_", qr/invalid parameter "/)
    for 'ean8', 'EAN13 prefix=20', '""', 'pool prefix=20', 'phone from=1',
        'ean13 20', 'ean13 prefix=', 'ean13 prefix=20 prefix=21',
        'ean13 prefix=20 step=2', 'ean13 prefix=20 from=', 'ean13 prefix=20 to';
wrong('card_numbers ean8', qr/it takes "ean13", "pool" or "phone" in/);
wrong('card_numbers ean13 step=2', qr/it takes once each "prefix=", "from="/);
wrong('card_numbers pool from=1', qr/it takes no parameter in/);
wrong("card_numbers $_", qr/needs "prefix=" of 1 to 11 digits/)
    for 'ean13', 'ean13 from=1', 'ean13 prefix=2a', 'ean13 prefix=-2',
        'ean13 prefix=123456789012';
wrong("card_numbers ean13 prefix=20 $_", qr/have at most 10 digits/)
    for 'from=12345678901', 'to=12345678901', 'from=a', 'to=-1', 'to=1.5';
wrong("card_numbers ean13 prefix=20 $_", qr/must be 1 to the value of "to="/)
    for 'from=0', 'to=0', 'from=2 to=1', 'from=0 to=5';

wrong("page_limit $_", qr/invalid parameter "/)
    for '100', 'default=0', 'max=0', 'max=', 'max=10001', 'max=-1', 'max=all',
        'min=5', 'max=5 max=6', 'default=5 default=5', 'max=1.5',
        'max=99999999999999999999';
wrong('page_limit 100', qr/it takes once each "default=" and "max=", from 1/);
wrong("page_limit $_", qr/default of \d+, greater than its max of \d+/)
    for 'default=2000', 'default=11 max=10', 'max=10 default=11';


# Arguments, duplicates, what is unknown or missing

my %one = (
    redis                 => '127.0.0.1',
    redis_user            => 'market',
    redis_password_file   => "$dir/password",
    redis_database        => '1',
    redis_connect_timeout => '1s',
    redis_timeout         => '1s',
    redis_replicas        => '1',
    key_prefix            => '"{a}"',
    access_token_file     => "$dir/tokens",
    access_token          => 'off',
    card_numbers          => 'pool',
    page_limit            => 'max=200',
);

for my $directive (sort keys %one) {
    wrong($directive, qr/invalid number of arguments in "$directive"/,
        "$directive alone");
    wrong("$directive " . join(' ', ('a') x 17),
        qr/invalid number of arguments in/,
        "$directive with too many arguments");

    refused(block('shop1', rest($directive), "$directive $one{$directive}",
                  "$directive $one{$directive};   # here"),
        qr/"$directive" directive is duplicate/, "$directive twice");
}

wrong('listen 80', qr/unknown directive "listen" in "polycard_market"/);
wrong('Redis 127.0.0.1', qr/unknown directive "Redis"/);
wrong('hooks {', qr/unexpected "\{"/, 'a block inside');
wrong('key_prefix polycard:{shop1}:', qr/unexpected "\{"/,
    'braces without quotes');

refused("polycard_market shop1 {\nredis 127.0.0.1;\naccess_token off;\n"
    . "redis_replicas 1 $_;\n}   # here\n",
    qr/must be less than "redis_timeout", \d+ms/, "redis_replicas 1 $_")
    for '1s', '2s', "100ms;\nredis_timeout 100ms";
refused("polycard_market shop1 {\naccess_token off;\n}   # here\n",
    qr/market "shop1" needs "redis"/, 'no redis');
refused("polycard_market shop1 {\nredis 127.0.0.1;\n}   # here\n",
    qr/market "shop1" needs "access_token_file" or "access_token off"/,
    'no access_token');
refused("polycard_market shop1 {\nredis 127.0.0.1;\naccess_token off;\n"
    . "redis_user market;\n}   # here\n",
    qr/market "shop1" needs "redis_password_file" beside "redis_user"/,
    'a user without a password');

refused(block('shop1', 'redis 127.0.0.1', 'access_token off',
              "access_token_file $dir/tokens;   # here"),
    qr/"access_token_file" conflicts with "access_token off"/,
    'access_token off, access_token_file');
refused(block('shop1', 'redis 127.0.0.1', "access_token_file $dir/tokens",
              'access_token off;   # here'),
    qr/"access_token off" conflicts with "access_token_file"/,
    'access_token_file, access_token off');


# Names of markets

for my $name ('""', '"a b"', 'a/b', '"a{b}"', "\xc3\xa9", 'x' x 65) {
    refused("polycard_market $name {   # here\n}\n",
        qr/invalid polycard market name ".*", it is 1 to 64 letters/,
        "a market named $name");
}

refused(block('shop1', @least) . "polycard_market shop1 {   # here\n}\n",
    qr/duplicate polycard market "shop1", first in \S+test\.conf:\d+/,
    'a market twice');
refused("polycard_market {   # here\n}\n", qr/invalid number of arguments/,
    'a market without a name');
refused("polycard_market a b {   # here\n}\n", qr/invalid number of arguments/,
    'a market with two names');
refused("polycard_market a;   # here\n", qr/has no opening "\{"/,
    'a market without a block');
refused("server {\npolycard_market a {   # here\n}\n}\n",
    qr/"polycard_market" directive is not allowed here/,
    'a market inside a server');


# Locations

sub locations {
    my ($lines) = @_;

    return "server {\nlisten 127.0.0.1:%%PORT_0%%;\n$lines}\n";
}

my $shop = block('shop1', @least);
my $cards = block('shop1', @least, 'card_numbers phone');

accepted($cards . locations(services('shop1')), 'the four services');
accepted(locations(services('shop1')) . $cards,
    'a market that is defined after the server');
accepted($cards . locations("location /a/ {\n" . services('shop1', '/a/')
    . "}\n"), 'locations inside a location');

for my $directive (qw( get_client add_client get_groups get_clients )) {
    my $line = "polycard_$directive";

    refused($cards . locations("location /a {\n$line shop2;   # here\n}\n"),
        qr/unknown polycard market "shop2"/, "$line of an unknown market");
    refused($cards . locations("location /a {\n$line '';   # here\n}\n"),
        qr/"$line" directive has an empty market name/, "$line of no name");
    refused($cards . locations("location /a {\n$line;   # here\n}\n"),
        qr/invalid number of arguments in "$line"/, "$line alone");
    refused($cards . locations("location /a {\n$line shop1 x;   # here\n}\n"),
        qr/invalid number of arguments in "$line"/, "$line with two markets");
    refused($cards . locations("location /a {\n$line shop1;\n"
        . "$line shop1;   # here\n}\n"), qr/"$line" directive is duplicate/,
        "$line twice");
    refused($cards . locations("$line shop1;   # here\n"),
        qr/"$line" directive is not allowed here/, "$line in a server");
    refused($cards . locations("location /a {\nif (\$arg_a) {\n"
        . "$line shop1;   # here\n}\n}\n"),
        qr/"$line" directive is not allowed here/, "$line in an if");
}

refused($cards . locations("location /a {\npolycard_get_client shop1;\n"
    . "polycard_get_groups shop1;   # here\n}\n"),
    qr/not the only polycard service of this location/,
    'two services in a location');
refused($shop . locations("location /a {\n"
    . "polycard_add_client shop1;   # here\n}\n"),
    qr/market "shop1" in \S+ needs "card_numbers", because clients are added/,
    'addClient of a market without card_numbers');
refused(locations("location /a {\npolycard_get_client shop1;   # here\n}\n"),
    qr/unknown polycard market "shop1"/, 'no market at all');


# Several markets

my @other = ('redis 127.0.0.1', 'access_token off');

accepted($shop . block('shop2', @other), 'two markets in one Redis');
accepted($shop . block('shop2', @other, 'redis_database 1',
    'key_prefix "polycard:{shop1}:"'), 'two databases');
accepted($shop . block('shop2', 'redis 127.0.0.1:6380', 'access_token off',
    'key_prefix "polycard:{shop1}:"'), 'two ports');
accepted(block('a', 'redis unix:/run/a.sock', 'access_token off',
    'key_prefix "{x}"') . block('b', 'redis unix:/run/A.sock',
    'access_token off', 'key_prefix "{x}"'), 'two sockets');

sub one_keyspace {
    my ($one, $two, $what) = @_;

    refused(block('one', "redis $one", 'access_token off', 'key_prefix "{x}"')
        . "polycard_market two {   # here\nredis $two;\naccess_token off;\n"
        . "key_prefix \"{x}\";\n}\n",
        qr/"one" in \S+ and "two" in .* have the same redis, database and key/,
        "two markets on one keyspace: $one, $two");
}

one_keyspace('127.0.0.1', '127.0.0.1:6379');
one_keyspace('redis.example', 'REDIS.example');
one_keyspace('[::1]:6380', '[::1]:6380');
one_keyspace('unix:/run/redis.sock', 'unix:/run/redis.sock');

refused($shop . "polycard_market other {   # here\n" . join('', map { "$_;\n" }
    @other, 'key_prefix "polycard:{shop1}:"') . "}\n",
    qr/same redis, database and key prefix/,
    "a key prefix that is another market's default");

# the names that end in a colon, as the functions inside Redis have them

my %family = map { $_ => 1 } map { slurp(source_dir() . "/redis-scripts/$_.lua")
    =~ /'([a-z]+:)/g } qw( keys record );

cmp_ok(keys %family, '>=', 7, 'families of keys');

sub two_prefixes {
    my ($one, $two) = @_;

    return block('one', @other, "key_prefix \"$one\"")
        . "polycard_market two {   # here\n" . join('', map { "$_;\n" }
        @other, "key_prefix \"$two\"") . "}\n";
}

for my $name (sort keys %family) {
    refused(two_prefixes(@$_), qr/a prefix that keys of the other begin with/,
        "key prefixes @$_") for [ 'p:{a}:', "p:{a}:$name" ],
            [ "p:{a}:${name}x:", 'p:{a}:' ];
}

accepted(two_prefixes(@$_), "key prefixes @$_") for [ 'p:{a}:', 'p:{b}:' ],
    [ 'p:{a}:', 'p:{a}:north:' ], [ 'p:{a}', 'p:{a}:client:' ];


# include

spew("$dir/part.conf", "redis_timeout 2s;\ncard_numbers pool;\n");
spew("$dir/more.conf", "include part.conf;\nredis_database 1;\n");

accepted(block('shop1', @least, "include $dir/part.conf")
    . locations(services('shop1')), 'a part of a market in a file');
accepted(block('shop1', @least, 'include more.conf')
    . locations(services('shop1')), 'a file in a file, relative');
accepted(block('shop1', @least, 'include none*.conf'), 'no file at all');

refused(block('shop1', @least, "include $dir/missing.conf;   # here"),
    qr/open\(\) ".*missing\.conf" failed/, 'a file that is missing');

spew("$dir/bad.conf", "redis_timeout 2s;\npage_limit max=0;   # here\n");
refused(block('shop1', @least, 'include bad.conf'),
    qr/invalid parameter "max=0"/, 'a mistake in a file', file => 'bad.conf');

spew("$dir/again.conf", "\n\nredis_database 1;   # here\n");
refused(block('shop1', @least, 'redis_database 1', 'include again.conf'),
    qr/"redis_database" directive is duplicate/,
    'a directive here and in a file', file => 'again.conf');


# Neither Redis nor DNS is asked

my $tcp = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
    Proto => 'tcp', Listen => 5) or die "listen: $!\n";
my $unix = IO::Socket::UNIX->new(Local => "$dir/redis.sock", Listen => 5)
    or die "listen: $!\n";
my $dns = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'udp')
    or die "bind: $!\n";
my $quiet = 'resolver 127.0.0.1:' . $dns->sockport . ";\n"
    . join('', map { block($_->[0], "redis $_->[1]", 'access_token off') }
           ['tcp', '127.0.0.1:' . $tcp->sockport],
           ['unix', "unix:$dir/redis.sock"],
           ['name', 'redis.example'], ['local', 'localhost:' . $tcp->sockport],
           ['absent', '127.0.0.1:' . free_port()]);

accepted($quiet, 'markets that cannot be reached');
is(IO::Select->new($tcp, $unix, $dns)->can_read(0) || 0, 0,
    '... and nobody was asked');

finish();
