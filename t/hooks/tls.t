# The hook's HTTPS by libcurl: who is trusted, who we are, which way it goes.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Certificates;
use Polycard::Driver;
use Polycard::Gateway;
use Polycard::Nginx qw( market );
use Polycard::Preload;

my $ca = Polycard::Certificates->new;
my $other = Polycard::Certificates->new;

my @right = $ca->issue('gateway', 'DNS:localhost', 'IP:127.0.0.1');
my @wrong = $ca->issue('wrong', 'DNS:gate.example');
my @client = $ca->issue('client');

my $gateway = Polycard::Gateway->new(tls => \@right);
my $impostor = Polycard::Gateway->new(tls => \@wrong);
my $strict = Polycard::Gateway->new(tls => \@right, client_ca => $ca->file);
my $plain = Polycard::Gateway->new;

# another nginx speaks HTTP/2; it reads the whole request before it answers

my $modern = Polycard::Nginx->new(http => 'log_format h2 '
    . '"$server_protocol $connection $http_webhook_id $status";'
    . 'server { listen 127.0.0.1:%%PORT_0%% ssl http2; '
    . "ssl_certificate $right[0]; ssl_certificate_key $right[1]; "
    . 'access_log %%DIR%%/h2.log h2; '
    . 'location / { proxy_pass http://127.0.0.1:%%PORT_1%%; } '
    . 'location /late { proxy_pass ' . $plain->url('/') . '; } } '
    . 'server { listen 127.0.0.1:%%PORT_1%%; access_log off; '
    . 'return 200 "{\"Status\":\"OK\"}"; }');

$modern->allow(qr/"listen \.\.\. http2"/);

my (@drivers, @locations);

sub shop {
    my ($name, %option) = @_;

    push @drivers, "location = /$name { polycard_driver $name; }\n";
    push @locations, "location = /hook-$name { internal; "
        . "polycard_hook $name; }\n";

    return market($name, driven($gateway->url,
        hook_insecure    => undef,
        hook_timeout     => '30s',
        hook_concurrency => 64,
        hook_ssl_trusted_certificate => $ca->file,
        %option));
}

my $markets = join '',
    shop('good'),
    shop('address', hook => "https://127.0.0.1:" . $gateway->port . '/'),
    shop('stranger', hook_ssl_trusted_certificate => $other->file),
    shop('system', hook_ssl_trusted_certificate => undef),
    shop('impostor', hook => $impostor->url),
    shop('careless', hook => $impostor->url, hook_ssl_verify => 'off'),
    shop('nobody', hook => $strict->url),
    shop('known', hook => $strict->url, hook_ssl_certificate => $client[0],
         hook_ssl_certificate_key => $client[1]),
    shop('noname', hook => 'https://no-such-host.invalid/'),
    shop('modern', hook => 'https://localhost:' . $modern->port . '/'),
    shop('late', hook => 'https://localhost:' . $modern->port . '/late'),
    shop('plain', hook => 'http://127.0.0.1:' . $gateway->port . '/',
         hook_insecure => 'on'),
    shop('bound', hook => $plain->url, hook_insecure => 'on',
         hook_bind => '127.0.0.9'),
    shop('proxied', hook => 'http://gate.example/x', hook_insecure => 'on',
         hook_proxy => 'http://127.0.0.1:' . $plain->port),
    shop('tunnel', hook => 'https://gate.example/x',
         hook_proxy => 'http://127.0.0.1:' . $plain->port);

my $dir = temp_dir();
my $read = "$dir/read";
my $nginx = Polycard::Nginx->new(
    main  => Polycard::Driver::load(),
    preload => noting($read),
    files => { token => ('x' x 32) . "\n" },
    http  => "$markets server { listen 127.0.0.1:%%PORT_0%%; @drivers"
        . "@locations }",
);

sub outcome {
    my $result = deliver($nginx, "/$_[0]", @_[1 .. $#_]);

    return "$result->{error} $result->{status}";
}


# who is trusted: known before there is a worker, which may have no memory for it

cmp_ok(slurp($read) =~ tr/\n//, '>=', @drivers,
    'the trusted certificates of all markets are read at start');

is(outcome('good'), 'ok 200', 'a certificate of the named CA');
is(($gateway->requests)[0]{sni}, 'localhost', '... with SNI');
is(outcome('address'), 'ok 200', 'an address in the certificate');

is(outcome('stranger'), 'tls 0', 'a certificate of another CA');
is(outcome('system'), 'tls 0', '... of none that the system knows');
is(outcome('impostor'), 'tls 0', 'a certificate for another name');

is(scalar($impostor->requests), 0, '... the token was not sent');
like($nginx->error_log, qr/was not posted: .*(?:name|subject)/,
    '... the log says why');

is(outcome('careless'), 'ok 200', 'hook_ssl_verify off');
is(outcome('plain'), 'cut 0', 'plain text to a TLS port');
is(outcome('noname'), 'connect 0', 'a host that does not exist');

is(outcome('good'), 'ok 200', 'what failed elsewhere does not matter here');


# who we are

like(outcome('nobody'), qr/^(?:cut|tls) 0$/, 'no certificate of ours');
is(outcome('known'), 'ok 200', 'hook_ssl_certificate');
like(($strict->requests)[0]{client}, qr/CN=client/, '... it is shown');


# which way

is(outcome('bound'), 'ok 200', 'hook_bind');
is(($plain->requests)[-1]{peer}, '127.0.0.9', '... is where it comes from');

is(outcome('proxied'), 'ok 200', 'hook_proxy');
is(($plain->requests)[-1]{path}, 'http://gate.example/x', '... is asked');

$plain->answers({ status => 403, headers => [ 'Retry-After', 5 ] });

is(outcome('tunnel'), 'connect 0', 'a proxy that gives no tunnel');

my ($connect) = ($plain->requests)[-1];

is("$connect->{method} $connect->{path}", 'CONNECT gate.example:443',
    '... was asked for one');
is(Polycard::Gateway::header($connect, 'webhook-id'), undef,
    '... and not told what for');


# connections

$gateway->forget;

my %all = %{ deliver($nginx, '/good', count => 300, parallel => 16) };

is($all{'ok 200'}, 300, '300 hooks over TLS') or diag explain \%all;

my %connections = map { $_->{connection} => 1 } $gateway->requests;

cmp_ok(scalar keys %connections, '<=', 16, '... over kept connections');

%all = %{ deliver($nginx, '/modern', count => 500, parallel => 50) };

is($all{'ok 200'}, 500, '500 hooks over HTTP/2') or diag explain \%all;

wait_until { my @lines = $modern->log_text('h2.log') =~ /\n/g; @lines >= 500 }
    'the other nginx to write its log';

my @lines = split /\n/, $modern->log_text('h2.log');
my %h2 = map { (split)[1] => 1 } @lines;
my %ids = map { (split)[2] => 1 } @lines;

is(scalar(grep { /^HTTP\/2\.0 / } @lines), 500, '... all of them');
is(scalar keys %h2, 1, '... in one connection');
is(scalar keys %ids, 500, '... each once');

$plain->forget;
$plain->always({ delay => 0.5 });

%all = %{ deliver($nginx, '/late', count => 40, parallel => 40) };

is($all{'ok 200'}, 40, '40 slow ones at a time') or diag explain \%all;

my @times = map { $_->{time} } $plain->requests;

cmp_ok($times[-1] - $times[0], '<', 10, '... not one after the other');

finish();


# A library that notes when OpenSSL is asked what a certificate is for.

sub noting {
    my ($path) = @_;

    return Polycard::Preload::build(<<"EOT" . <<'EOT');
#define READ  "$path"
EOT
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

int
X509_check_purpose(void *certificate, int id, int is_ca)
{
    int  fd, (*real)(void *, int, int);

    fd = open(READ, O_WRONLY|O_CREAT|O_APPEND, 0666);

    if (fd >= 0) {
        (void) !write(fd, "read\n", 5);
        close(fd);
    }

    *(void **) &real = dlsym(RTLD_NEXT, "X509_check_purpose");

    return real(certificate, id, is_ca);
}
EOT
}
