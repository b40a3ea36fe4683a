# nginx -t finds every mistake in the directives of TLS to Redis, with file and
# line, opens no connection and shows no secret.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Certificates;
use Polycard::Nginx qw( market );

my $ca = Polycard::Certificates->new;
my ($cert, $key) = $ca->issue('client');
my (undef, $other_key) = $ca->issue('other');

my $nginx = Polycard::Nginx->new(
    start => 0,
    files => { empty => '', no_pem => "S3cret\n" },
);
my $dir = $nginx->dir;

my ($status, $said) = run_command('openssl', 'pkey', '-in', $key, '-aes128',
    '-passout', 'pass:S3cret', '-out', "$dir/locked.key");

is($status, 0, 'a key with a password') or diag $said;
mkdir "$dir/folder";


# over what a good one has

sub http {
    my (%given) = @_;

    my %directive = (
        redis        => 'redis.example:6380',
        access_token => 'off',
        redis_ssl    => 'on',
        redis_ssl_trusted_certificate => $ca->file,
        %given,
    );

    return market('shop1', map { defined $directive{$_}
        ? ($_ => $directive{$_}) : () } sort keys %directive);
}


sub passes {
    my ($what, %directives) = @_;

    my ($status, $output) = $nginx->conf_test(http(%directives));

    ok($status == 0 && $output !~ /\[(?:warn|emerg|alert)\]/, $what)
        or diag $output;
}


# where: the name of the directive whose line is told; else the block's end

sub fails {
    my ($what, $pattern, $where, %directives) = @_;

    my ($status, $output) = $nginx->conf_test(http(%directives));
    my @lines = split /\n/, slurp("$dir/test.conf");
    my ($line) = grep { $lines[$_ - 1] =~ ($where ? qr/^\s*$where / : qr/^}/) }
        1 .. @lines;

    is($status, 1, $what) or diag $output;
    like($output, $pattern, '... says why');
    like($output, qr{\Q$dir\E/test\.conf:$line\b}, '... and where');
    is(scalar(() = $output =~ /\[emerg\]/g), 1, '... once');
    unlike($output, qr/S3cret|BEGIN/, '... but no secret');
}


passes('a good one');
passes('the system\'s certificates', redis_ssl_trusted_certificate => undef);
passes('no verification', redis_ssl_trusted_certificate => undef,
    redis_ssl_verify => 'off');
passes('all directives', redis_ssl_verify => 'on',
    redis_ssl_name => 'r-1.example', redis_ssl_certificate => $cert,
    redis_ssl_certificate_key => $key,
    redis_ssl_protocols => 'TLSv1 TLSv1.1 TLSv1.2 TLSv1.3',
    redis_ssl_ciphers => 'HIGH:!aNULL');
passes("named $_", redis_ssl_name => $_) for '192.0.2.1', '2001:db8::1', 'a_b';
passes('off', redis_ssl => 'off', redis_ssl_trusted_certificate => undef);
passes('a certificate as the one that is trusted',
    redis_ssl_trusted_certificate => $cert);

# the workers need not read it, nor must others: see the warning below

chmod 0600, $key;
passes('a key for the master only', redis_ssl_certificate => $cert,
    redis_ssl_certificate_key => $key);


fails('neither on nor off',
    qr/invalid value "yes" in "redis_ssl" directive, it must be "on" or "off"/,
    'redis_ssl', redis_ssl => 'yes');
fails('to verify or not', qr/invalid value "optional"/,
    'redis_ssl_verify', redis_ssl_verify => 'optional');
fails("named '$_'", qr/invalid value "\Q$_\E" in "redis_ssl_name"/,
    'redis_ssl_name', redis_ssl_name => qq("$_")) for '', 'a b', 'a/b', '$x';
fails('a protocol',
    qr/invalid value "SSLv3" in "redis_ssl_protocols" .* TLSv1\.2 or TLSv1\.3/,
    'redis_ssl_protocols', redis_ssl_protocols => 'TLSv1.2 SSLv3');
fails('ciphers', qr/no such ciphers in "redis_ssl_ciphers"/,
    'redis_ssl_ciphers', redis_ssl_ciphers => 'NONE-OF-THESE');
fails('no ciphers', qr/invalid value ""/, 'redis_ssl_ciphers',
    redis_ssl_ciphers => '""');

for my $directive (qw( redis_ssl_trusted_certificate )) {
    fails("$directive: $_->[0]", $_->[1], $directive,
        $directive => "$dir/$_->[0]") for
        [ missing => qr/open\(\) ".*missing" failed \(2: / ],
        [ empty   => qr/there are no certificates in ".*empty"/ ],
        [ no_pem  => qr/there are no certificates in ".*no_pem"/ ],
        [ folder  => qr/there are no certificates in ".*folder"/ ];
}

my %pair = (redis_ssl_certificate => $cert, redis_ssl_certificate_key => $key);

for my $directive (sort keys %pair) {
    fails("$directive: $_->[0]", $_->[1], $directive, %pair,
        $directive => "$dir/$_->[0]") for
        [ missing => qr/open\(\) ".*missing" failed \(2: / ],
        [ empty   => qr/empty" is empty/ ],
        [ folder  => qr/is no file of at most/ ];

    fails("$directive alone", qr/needs both "redis_ssl_certificate" and/,
        undef, $directive => $pair{$directive});
}

chmod 0600, "$dir/locked.key", $other_key;

fails("a pair with $_->[0]", qr/are no certificate and its key/, undef, %pair,
    $_->[1] => $_->[2]) for
    [ 'another key', redis_ssl_certificate_key => $other_key ],
    [ 'a locked key', redis_ssl_certificate_key => "$dir/locked.key" ],
    [ 'no key', redis_ssl_certificate_key => $cert ],
    [ 'no certificate', redis_ssl_certificate => $key ];

my %without = (redis_ssl => undef, redis_ssl_trusted_certificate => undef);

fails("$_->[0] without redis_ssl", qr/needs "redis_ssl on" beside "$_->[0]"/,
    undef, %without, @$_) for
    [ redis_ssl_name => 'x' ], [ redis_ssl_verify => 'off' ],
    [ redis_ssl_protocols => 'TLSv1.3' ], [ redis_ssl_ciphers => 'HIGH' ],
    [ redis_ssl_trusted_certificate => $ca->file ],
    [ redis_ssl_certificate_key => $key ];
fails('a unix socket', qr/a unix socket, where Redis has no TLS/, undef,
    redis => 'unix:/run/redis.sock');

chmod 0644, $key;

($status, $said) = $nginx->conf_test(http(%pair));

like($said, qr/\[warn\] .*the secret in "\Q$key\E" can be read by everybody/,
    'a key that everybody may read: a warning');
is($status, 0, '... and no more');

finish();
