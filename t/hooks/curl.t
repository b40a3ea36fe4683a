# Whatever libcurl says, and whether it is true or not: each of its codes has a
# verdict, what it says went well is looked at again, and what fails in it
# costs the attempt of one hook (contract, B13).

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Driver;
use Polycard::FakeCurl;
use Polycard::Gateway;
use Polycard::Nginx qw( market );

my $gateway = Polycard::Gateway->new;
my $curl = Polycard::FakeCurl->new;
my @markets = map { "shop$_" } 1 .. 5;

my $nginx = Polycard::Nginx->new(
    main    => Polycard::Driver::load(),
    files   => { token => 'T0ken-T0ken-T0ken-T0ken-T0ken-32' . "\n" },
    preload => $curl->library,
    http    => join('', map { market($_, driven($gateway->url)) } @markets)
        . market('hasty', driven($gateway->url, hook_timeout => '300ms'))
        . "server { listen 127.0.0.1:%%PORT_0%%;\n" . join('', map {
            "location = /deliver-$_ { polycard_driver $_; }\n"
            . "location = /hook-$_ { internal; polycard_hook $_; }\n"
          } @markets, 'hasty') . '}',
);

$nginx->allow(qr/no\.redis|libcurl cannot be used|socket_action\(\) failed/);

my ($worker) = $nginx->workers;


sub result {
    my ($shop) = @_;

    my $result = deliver($nginx, '/deliver-' . ($shop || 'shop1'));

    return "$result->{error} $result->{status} $result->{complete}";
}


# the codes

my %kinds = (
    connect => [ qw( COULDNT_RESOLVE_PROXY COULDNT_RESOLVE_HOST
        COULDNT_CONNECT INTERFACE_FAILED PROXY ) ],
    tls => [ qw( SSL_CONNECT_ERROR SSL_CERTPROBLEM SSL_CIPHER
        SSL_CACERT_BADFILE SSL_ISSUER_ERROR SSL_INVALIDCERTSTATUS
        SSL_CLIENTCERT PEER_FAILED_VERIFICATION USE_SSL_FAILED ) ],
    timeout => [ 'OPERATION_TIMEDOUT' ],
    cut => [ qw( PARTIAL_FILE GOT_NOTHING RECV_ERROR SEND_ERROR
        HTTP2_STREAM ) ],
    invalid => [ qw( UNSUPPORTED_PROTOCOL WEIRD_SERVER_REPLY
        BAD_CONTENT_ENCODING HTTP2 ) ],
);
my %kind;

for my $kind (keys %kinds) {
    $kind{ $curl->constant("CURLE_$_") } = $kind for @{ $kinds{$kind} };
}

is(result(), 'ok 200 1', 'a libcurl that tells the truth');

for my $code (1 .. $curl->constant('CURL_LAST') + 1, 1000) {
    $curl->does('result', $code);

    is(result(), ($kind{$code} || 'failed') . ' 200 0',
        "libcurl $code is an outage");
}


# it says that all went well

$curl->does('status', 0);
is(result(), 'invalid 0 0', 'an answer without a status');
$curl->does('status', -1);
is(result(), 'invalid 0 0', '... with one that is none');
$curl->does('length', 14);
is(result(), 'cut 200 0', 'more came than was announced');
$curl->does('length', 16);
is(result(), 'cut 200 0', 'less came');

$curl->does('result', 0);
$gateway->answers({ cut => 40, chunked => 1 });
is(result(), 'cut 0 0', 'an answer that ends in its header');

for my $answer ({ cut => 3 }, { cut => 15 }) {
    $gateway->answers($answer);
    is(result(), 'cut 200 0', '... in its body');
}


# its functions fail

my %information = map { $_ => $curl->constant("CURLINFO_$_") } qw( PRIVATE
    RESPONSE_CODE CONTENT_LENGTH_DOWNLOAD_T HTTP_VERSION NUM_CONNECTS
    ACTIVESOCKET HTTP_CONNECTCODE );

my %without = (
    PRIVATE       => 'timeout 0 0',
    RESPONSE_CODE => 'invalid 0 0',
);

for my $name (sort keys %information) {
    $curl->does('getinfo', $information{$name});
    is(result('hasty'), $without{$name} || 'ok 200 1', "getinfo $name fails");
    $curl->does;
    is(result('hasty'), 'ok 200 1', '... the next hook is sent');
}

for my $option (map { "CURLOPT_$_" } qw( URL TIMEOUT_MS PROXY NOSIGNAL
        CLOSESOCKETFUNCTION POSTFIELDS HTTPHEADER ERRORBUFFER WRITEDATA
        HEADERDATA PRIVATE )) {
    $curl->does('setopt', $curl->constant($option));
    is(result(), 'failed 0 0', "setopt $option fails");
    $curl->does;
    is(result(), 'ok 200 1', '... the next hook is sent');
}

for my $case ([ qw( easy_init shop1 ) ], [ qw( multi_add shop1 ) ],
              [ qw( global_init shop2 ) ], [ qw( multi_init shop3 ) ],
              [ qw( multi_setopt shop4 ) ]) {
    my ($function, $shop) = @$case;

    $curl->does($function);
    is(result($shop), 'failed 0 0', "$function fails");
    $curl->does;
    is(result($shop), 'ok 200 1', '... the next hook is sent');
}

$curl->does('action');
is(result('hasty'), 'failed 0 0', 'socket_action fails: at once');
$curl->does;
is(result('hasty'), 'ok 200 1', '... the next hook is sent');

is(($nginx->workers)[0], $worker, 'it is the same worker');

finish();
