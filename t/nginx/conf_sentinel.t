# nginx -t finds every mistake in the directives about Sentinels, with file and
# line, opens no connection and shows no secret.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Certificates;
use Polycard::Nginx qw( market );

my $ca = Polycard::Certificates->new;
my $nginx = Polycard::Nginx->new(start => 0,
    files => { password => "S3cret\n" });
my $dir = $nginx->dir;


sub block {
    my ($name, %given) = @_;

    my %directive = (access_token => 'off',
        redis_sentinel => 'shop 192.0.2.1 sentinel.example:26380', %given);

    return market($name, map { defined $directive{$_}
        ? ($_ => $directive{$_}) : () } sort keys %directive);
}


sub passes {
    my ($what, $text) = @_;

    my ($status, $output) = $nginx->conf_test($text);

    ok($status == 0 && $output !~ /\[(?:warn|emerg|alert)\]/, $what)
        or diag $output;
}


# where: the name of the directive whose line is told; else the block's end

sub fails {
    my ($what, $pattern, $where, $text) = @_;

    my ($status, $output) = $nginx->conf_test($text);
    my @lines = split /\n/, slurp("$dir/test.conf");
    my ($line) = grep { $lines[$_ - 1] =~ ($where ? qr/^\s*$where / : qr/^}/) }
        1 .. @lines;

    is($status, 1, $what) or diag $output;
    like($output, $pattern, '... says why');
    like($output, qr{\Q$dir\E/test\.conf:$line\b}, '... and where');
    is(scalar(() = $output =~ /\[emerg\]/g), 1, '... once');
    unlike($output, qr/S3cret/, '... but no secret');
}


passes('a good one', block('a'));
passes("'$_'", block('a', redis_sentinel => $_)) for
    'my-shop_1.x [2001:db8::1]', 'shop localhost',
    'shop ' . join ' ', map { "192.0.2.$_:1" } 1 .. 16;
passes('all directives', block('a', redis_sentinel_user => 'nginx',
    redis_sentinel_password_file => "$dir/password",
    redis_sentinel_ssl => 'on', redis_sentinel_ssl_verify => 'on',
    redis_sentinel_ssl_name => 'sentinels.example',
    redis_sentinel_ssl_protocols => 'TLSv1.3',
    redis_sentinel_ssl_ciphers => 'HIGH',
    redis_sentinel_ssl_trusted_certificate => $ca->file));
passes('a resolver', block('a') . 'resolver 192.0.2.53;');
passes('other masters of the same Sentinels',
    block('a', key_prefix => '"{x}"')
    . block('b', key_prefix => '"{x}"', redis_sentinel => 'other 192.0.2.1'));
passes('other Sentinels', block('a', key_prefix => '"{x}"')
    . block('b', key_prefix => '"{x}"', redis_sentinel => 'shop 192.0.2.9'));
passes('a Redis beside them', block('a', key_prefix => '"{x}"')
    . block('b', key_prefix => '"{x}"', redis => 'redis.example',
            redis_sentinel => undef));

fails("'$_'", qr/invalid number of arguments/, 'redis_sentinel',
    block('a', redis_sentinel => $_)) for 'shop',
    'shop ' . join ' ', map { "192.0.2.$_" } 1 .. 17;
fails("named $_", qr/must have the name of a master first/, 'redis_sentinel',
    block('a', redis_sentinel => "$_ 192.0.2.1"))
    for '""', '127.0.0.1:26379', '"a b"', 'x' x 65;
fails('a password in an address', qr/must be "host\[:port\]"/,
    'redis_sentinel', block('a', redis_sentinel => 'shop u:S3cret@192.0.2.1'));
fails('a port', qr/invalid port/, 'redis_sentinel',
    block('a', redis_sentinel => 'shop 192.0.2.1:0'));
fails('an empty user', qr/"redis_sentinel_user" has an empty name/,
    'redis_sentinel_user', block('a', redis_sentinel_user => '""'));
fails('a password that is not there', qr/open\(\) ".*none" failed/,
    'redis_sentinel_password_file',
    block('a', redis_sentinel_password_file => "$dir/none"));

fails('neither', qr/needs "redis" or "redis_sentinel"/, undef,
    block('a', redis_sentinel => undef));
fails('both', qr/has both "redis" and "redis_sentinel"/, undef,
    block('a', redis => '192.0.2.1'));
fails('a user without a password',
    qr/needs "redis_sentinel_password_file" beside "redis_sentinel_user"/,
    undef, block('a', redis_sentinel_user => 'nginx'));
fails("$_->[0] without Sentinels", qr/needs "redis_sentinel"/, undef,
    block('a', redis_sentinel => undef, redis => '192.0.2.1', @$_)) for
    [ redis_sentinel_user => 'nginx' ], [ redis_sentinel_ssl => 'on' ],
    [ redis_sentinel_password_file => "$dir/password" ],
    [ redis_sentinel_ssl_name => 'x' ];
fails('TLS that is off',
    qr/needs "redis_sentinel_ssl on" beside "redis_sentinel_ssl_name"/, undef,
    block('a', redis_sentinel_ssl_name => 'x'));

my ($status, $said) = $nginx->conf_test(block('a', key_prefix => '"{x}"')
    . block('b', key_prefix => '"{x}"',
            redis_sentinel => 'shop 192.0.2.8 192.0.2.1'));

is($status, 1, 'two markets on one keyspace');
like($said, qr/have the same redis, database and key prefix/, '... says why');

finish();
