# Hooks that fail over TLS leave no errors of OpenSSL behind, which nginx would
# take for those of its connections to Redis, and log as alerts.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Certificates;
use Polycard::Faults;
use Polycard::Gateway;
use Polycard::HookShop;
use Polycard::Redis;

my $ca = Polycard::Certificates->new;
my $stranger = Polycard::Certificates->new('another CA');
my @cert = $ca->issue('both', 'DNS:localhost', 'IP:127.0.0.1');
my $port = Polycard::Redis::free_port();

my $redis = Polycard::Redis->new('tls-port' => $port,
    'tls-cert-file' => $cert[0], 'tls-key-file' => $cert[1],
    'tls-ca-cert-file' => $ca->file, 'tls-auth-clients' => 'no');

$redis->load_library;

my $shop = Polycard::HookShop->new(
    redis_server => $redis,
    gateway      => Polycard::Gateway->new(tls => \@cert),
    market => {
        redis               => undef,
        "redis localhost:$port" => '',
        redis_user          => 'polycard',
        redis_password_file => $redis->dir . '/polycard.password',
        redis_ssl           => 'on',
        redis_ssl_trusted_certificate => $ca->file,
        hook_insecure       => undef,
        hook_ssl_trusted_certificate => $stranger->file,
        hook_retry          => '10ms',
    });

$shop->ready;
$shop->put("38067111220$_", barcode => $_) for 1 .. 5;
wait_until { log_lines($shop->nginx, qr/takes no hooks/) } 30, 'hooks fail';

is(scalar(grep {
    $shop->get('getClient', phone => '380671112201')->status != 200
} 1 .. 200), 0, 'Redis goes on meanwhile');
is(scalar(() = $shop->nginx->error_log =~ /\[alert\]/g), 0,
    '... with no alert');

finish();
