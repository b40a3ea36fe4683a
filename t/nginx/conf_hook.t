# nginx -t finds every mistake in the directives of the hook, opens no
# connection, and shows no secret.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Certificates;
use Polycard::Nginx qw( market );

my $ca = Polycard::Certificates->new;
my ($cert, $key) = $ca->issue('client');
my (undef, $other_key) = $ca->issue('other');

my $token = 'S3cret' x 5 . 'xx';

my $nginx = Polycard::Nginx->new(
    start => 0,
    files => {
        token => "$token\n", token_crlf => "$token\r\n", short => "S3cret\n",
        long  => "${token}y\n", spaced => 'S3cret' x 5 . " x\n", empty => '',
        no_pem => "S3cret\n",
    },
);

my $location = 'location = /hook { internal; polycard_hook shop1; }';


# the market's directives over what a good one has; the server's locations

sub http {
    my ($directives, $locations) = @_;

    my %directive = (
        redis           => '127.0.0.1:1',
        access_token    => 'off',
        hook            => 'https://gate.example/hook',
        hook_token_file => '%%DIR%%/token',
        %$directives,
    );

    return market('shop1', map { defined $directive{$_}
            ? ($_ => $directive{$_}) : () } sort keys %directive)
        . 'server { listen 127.0.0.1:%%PORT_0%%; '
        . (defined $locations ? $locations : $location) . ' }';
}


sub passes {
    my ($what, $directives, $locations) = @_;

    my ($status, $output) = $nginx->conf_test(http($directives, $locations));

    is($status, 0, $what) or diag $output;
}


sub fails {
    my ($what, $pattern, $directives, $locations) = @_;

    my ($status, $output) = $nginx->conf_test(http($directives, $locations));

    is($status, 1, $what) or diag $output;
    like($output, $pattern, '... says why');
    like($output, qr{\Q$nginx->{dir}\E/test\.conf:\d+},
        '... and where');
    unlike($output, qr/S3cret/, '... but no secret');
}


passes('a good one', {});
passes('no hook', { hook => undef, hook_token_file => undef }, '');
passes('all directives', {
    hook => 'http://user.example:8080/x?y=1', hook_insecure => 'on',
    hook_format => 'post_form', hook_alias => '"' . 'ї' x 255 . '"',
    hook_timeout => '3s', hook_concurrency => 64, hook_rate => '50r/s',
    hook_retry => '1s 2m', hook_attempts => 3, hook_ssl_verify => 'off',
    hook_ssl_trusted_certificate => $ca->file,
    hook_ssl_certificate => $cert, hook_ssl_certificate_key => $key,
    hook_proxy => 'socks5h://127.0.0.1:1080', hook_bind => '::1',
    emitter => 'off', lease => '10s', idempotency_time => '365d', sweep_interval => '100ms',
    outbox_max => 10, hook_history => 0, initial_sync => 'announce', delete_guard => '100%',
});
passes('other values', { hook_format => 'get', hook_rate => '30r/m',
    hook_proxy => 'http://[::1]:3128', hook_bind => '127.0.0.1',
    hook_history => 10_000_000, initial_sync => 'seed', hook_token_file => '%%DIR%%/token_crlf' });


# the location

my @carriers = ('proxy_pass http://127.0.0.1:1;', 'return 200;',
    'rewrite ^ /x; proxy_pass http://127.0.0.1:1;', 'if ($arg_x) { }');

for my $carrier (@carriers) {
    passes("beside $carrier", {},
        "location = /hook { internal; polycard_hook shop1; $carrier }");
    passes("behind $carrier", {},
        "location = /hook { $carrier polycard_hook shop1; internal; }");
}

passes("a location $_", {}, "location $_ { internal; polycard_hook shop1; }")
    for '/x', '^~ /x', '~ ^/x', '@x';

fails('no location', qr/has a "hook" but no location/, {}, '');
fails('two locations', qr/another "polycard_hook" location/, {},
    $location . 'location = /x { internal; polycard_hook shop1; }');
fails('not internal', qr/must be "internal"/, {},
    'location = /hook { polycard_hook shop1; }');
for my $way ('limit_except GET { deny all; }', 'try_files $uri =404;') {
    my ($directive) = $way =~ /^(\w+)/;

    fails("beside $way", qr/"$directive" is not for the location of/, {},
        "location = /hook { internal; polycard_hook shop1; $way }");
}

fails('an unknown market', qr/unknown polycard market "shop2"/, {},
    'location = /hook { internal; polycard_hook shop2; }');
fails('twice', qr/"polycard_hook" directive is duplicate/, {},
    'location = /hook { internal; polycard_hook shop1; polycard_hook shop1; }');
fails('with a service', qr/is not the only polycard service/, {},
    'location = /x { internal; polycard_get_client shop1; '
    . 'polycard_hook shop1; }');
fails('before a service', qr/is not the only polycard service/, {},
    'location = /x { internal; polycard_hook shop1; '
    . 'polycard_get_client shop1; }');
fails('a location without a hook', qr/has no "hook" for/,
    { hook => undef });


# the values

my %bad = (
    hook => [ 'ftp://x/', 'gate.example', 'https://', 'https:///x',
        'https://x/' . 'a' x 2048, 'https://x:99999/', 'https://me:S3cret@x/', 'https://x/#y',
        'https://unix:/x', '"https://x/ y"', 'https://x/я' ],
    hook_insecure => [ 'yes' ],
    hook_format => [ 'json', 'POST_JSON' ],
    hook_alias => [ '""', 'ї' x 256, "\"a\\nb\"", "a\xff" ],
    hook_token_file => [ map { "%%DIR%%/$_" }
        qw( short long spaced empty none ) ],
    hook_timeout => [ 0, '0s', '5x', -1 ],
    hook_concurrency => [ 0, -1, 'x', 100000 ],
    hook_rate => [ 0, '0r/s', '50', '50r/h', 'r/s', '-1r/s' ],
    hook_retry => [ 0, '1s 0s', '1s x', join ' ', ('1s') x 17 ],
    hook_attempts => [ 0, '1.5' ],
    hook_ssl_verify => [ 1 ],
    hook_ssl_trusted_certificate => [ '%%DIR%%/none', '%%DIR%%/no_pem' ],
    hook_ssl_certificate => [ $cert, '%%DIR%%/none' ],
    hook_ssl_certificate_key => [ $key ],
    hook_proxy => [ 'http://me:S3cret@x:1', 'https://x', 'x:1', 'http://' ],
    hook_bind => [ 'eth0', '127.0.0.1:80', '' ],
    emitter => [ 'maybe' ],
    lease => [ 0, 'x', '366d' ],
    idempotency_time => [ 0, 'x', '366d', '52w 2d' ],
    sweep_interval => [ 0 ],
    outbox_max => [ 0, -1 ],
    hook_history => [ -1, 'x', 10_000_001 ],
    initial_sync => [ 'all' ],
    delete_guard => [ 0, '0%', '101%', 10, '%' ],
);

for my $name (sort keys %bad) {
    for my $value (@{ $bad{$name} }) {
        fails("$name $value", qr/\Q$name\E|token|certificate|open\(\)
            |arguments|empty|no\ file/x, { $name => $value });
    }
}

fails('no token', qr/needs "hook_token_file"/, { hook_token_file => undef });
fails('per cent without %', qr/invalid value "10" in "delete_guard", it is written with "%"/,
    { delete_guard => 10 });
fails("$_->[0] $_->[1]", qr/ "$_->[0]" directive, it must be $_->[2] in /,
    { $_->[0] => $_->[1] })
    for [ emitter => 'maybe', '"on" or "off"' ],
        [ initial_sync => 'all', '"seed" or "announce"' ],
        [ hook_rate => 50, 'like 50r\/s or 30r\/m' ],
        [ hook_retry => 'max=15s', 'times like 1s 5s 30s' ],
        [ delete_guard => '0%', '1% to 100%' ],
        [ hook_history => -1, 'a number up to 10000000' ];
fails('plain http', qr/needs "hook_insecure on"/,
    { hook => 'http://gate.example/' });
fails('a key of another certificate', qr/are no certificate and its key/,
    { hook_ssl_certificate => $cert, hook_ssl_certificate_key => $other_key });

my $twice = http({});
$twice =~ s/(hook_token_file [^;]*;)/$1 $1/;

my ($status, $output) = $nginx->conf_test($twice);

is($status, 1, 'a directive twice');
like($output, qr/"hook_token_file" directive is duplicate/, '... says so');

finish();
