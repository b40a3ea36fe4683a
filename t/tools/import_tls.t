# polycard-import and polycard-export over TLS: whose certificate is taken, what
# is said when it is not, and that a great table goes through whole.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Certificates;
use Polycard::FakeRedis;
use Polycard::Redis;
use Polycard::TLSLink;
use Polycard::Tools;

my $ca = Polycard::Certificates->new;
my $stranger = Polycard::Certificates->new('another CA');
my %cert = (
    good    => [ $ca->issue('good', 'DNS:localhost', 'IP:127.0.0.1') ],
    names   => [ $ca->issue('names', 'DNS:localhost') ],
    expired => [ $ca->issue_expired('expired', 'DNS:localhost') ],
    client  => [ $ca->issue('client') ],
    foreign => [ $stranger->issue('foreign') ],
);

my $port = Polycard::Redis::free_port();
my $tools = Polycard::Tools->new('tls-port' => $port,
    'tls-cert-file' => $cert{good}[0], 'tls-key-file' => $cert{good}[1],
    'tls-ca-cert-file' => $ca->file, 'tls-auth-clients' => 'no');
my $redis = $tools->client;

my @ca = ('--tls', '--cacert=' . $ca->file);
my $phone = '380671112233';
my $file = "phone,name,barcode\n$phone,x,1\n";


# the last --redis counts

sub at { ("--redis=$_[0]:$port", @_[1 .. $#_]) }


sub works {
    my ($what, @options) = @_;

    $redis->flushall;
    $tools->import_ok($what, $file, @options);
    is($tools->stored("client:$phone")->{name}, 'x', '... it is there');

    my $run = $tools->export(@options);

    is($run->{status}, 0, '... and its export') or diag $run->{err};
    like($run->{out}, qr/^$phone,/m, '... has it');
}


sub fails {
    my ($what, $why, @options) = @_;

    my $run = $tools->import_file($file, @options);

    is($run->{status}, 2, $what);
    like($run->{err}, $why, '... says why');
}


works('a name', at('localhost', @ca));
works('an address', at('127.0.0.1', @ca));
works('no verification', at('localhost', '--tls', '--insecure'));
works('another name', at('127.0.0.1', @ca, '--tls-name=localhost'));

fails('a stranger', qr/cannot connect to redis .*: TLS: (?:unable to get|self)/,
    at('localhost', '--tls', '--cacert=' . $stranger->file));
fails('the system', qr/TLS: (?:unable to get|self)/, at('localhost', '--tls'));
fails('misnamed', qr/TLS: hostname mismatch/i,
    at('localhost', @ca, '--tls-name=redis.example'));
fails('TLS that is not asked for', qr/cannot connect to redis .*: (?!TLS)/,
    at('localhost'));

for my $option ('--cacert=x', '--cert=x', '--key=x', '--tls-name=x',
    '--insecure')
{
    fails("$option alone", qr/need --tls/, $option);
}

fails('no key', qr/--cert and --key go together/,
    at('localhost', @ca, "--cert=$cert{client}[0]"));
fails('no such CA', qr/no certificates in "none"/,
    at('localhost', '--tls', '--cacert=none'));
fails('another key', qr/no key of this certificate/, at('localhost', @ca,
    "--cert=$cert{client}[0]", "--key=$cert{foreign}[1]"));
fails('no certificate of ours', qr/there is no certificate in/, at('localhost',
    @ca, "--cert=$cert{client}[1]", "--key=$cert{client}[1]"));
fails('a name that is too long', qr/cannot connect to redis .*: TLS: /,
    at('localhost', @ca, '--tls-name=' . 'x' x 300));

my $other = Polycard::FakeRedis->new(modes => { good => sub {
    $_[0] eq 'CONNECT' ? "-ERR unknown command\r\n" : () } });

fails('a server without TLS that answers', qr/redis .*: TLS: (?!no answer)\S/,
    @ca, '--redis=' . $other->address);
fails('a unix socket', qr/a unix socket has no TLS/, @ca);


# who we are

sub we_are { ("--cert=$cert{$_[0]}[0]", "--key=$cert{$_[0]}[1]") }

$redis->config('SET', 'tls-auth-clients', 'yes');
works('a certificate of our own', at('localhost', @ca, we_are('client')));
fails('none', qr/TLS: tlsv13 alert certificate required/,
    at('localhost', @ca));
fails('a foreign one', qr/TLS: tlsv1 alert unknown ca/,
    at('localhost', @ca, we_are('foreign')));
$redis->config('SET', 'tls-auth-clients', 'no');

$redis->config('SET', 'tls-cert-file', $cert{names}[0],
    'tls-key-file', $cert{names}[1]);
fails('no address', qr/TLS: IP address mismatch/i, at('127.0.0.1', @ca));
$redis->config('SET', 'tls-cert-file', $cert{expired}[0],
    'tls-key-file', $cert{expired}[1]);
fails('expired', qr/TLS: certificate has expired/, at('localhost', @ca));
$redis->config('SET', 'tls-cert-file', $cert{good}[0],
    'tls-key-file', $cert{good}[1]);


# a great table, there and back, also in records of one byte

my $table = "phone,name,barcode\n" . join '', map {
    sprintf "3806800%05d,%s,%d\n", $_, 'n' x 200, $_ } 1 .. 3000;
my $link = Polycard::TLSLink->new(to => $tools->redis->socket, record => 1,
    cert => $cert{good}[0], key => $cert{good}[1]);

for my $way ([ at('localhost', @ca) ],
    [ '--redis=localhost:' . $link->port, @ca ])
{
    $redis->flushall;

    my $run = $tools->import_file($table, @$way);

    is($run->{status}, 0, '3000 clients') or diag $run->{err};
    is($run->{count}{new}, 3000, '... are there');

    $run = $tools->export(@$way, '--columns=phone,name,barcode');
    is($run->{status}, 0, '... are exported') or diag $run->{err};

    my $near = $tools->export('--columns=phone,name,barcode');

    ok($run->{out} eq $near->{out}, '... as they are near it')
        or diag substr $run->{out}, 0, 500;
    is(scalar(() = $run->{out} =~ /\n/g), 3001, '... all of them');
}

finish();
