# Whose a function is, and how the figures of make profile are shown.

package Bench::Profile::Parts;

use strict;
use warnings;

use Exporter qw( import );

use Bench::Table;

our @EXPORT = qw( part_of percent table whole );

my @parts = (
    [ qr/ngx_polycard_module/          => 'the module' ],
    [ qr{/nginx$|/ngx_|^nginx$}        => 'nginx' ],
    [ qr/libhiredis/                   => 'hiredis' ],
    [ qr/libcurl|libnghttp2/           => 'libcurl' ],
    [ qr/libcjson/                     => 'cJSON' ],
    [ qr/libssl|libcrypto/             => 'OpenSSL' ],
    [ qr/liblua|redis-(?:server|check)/ => 'Redis' ],
    [ qr/kernel|^\[k|vmlinux|\.ko\b/   => 'kernel' ],
    [ qr{/lib[^/]*\.so|/ld-|\[vdso\]}  => 'libc and others' ],
);


# the object file that holds it

sub part_of {
    my ($object, $name) = @_;

    for my $part (@parts) {
        return $part->[1] if $object =~ $part->[0];
    }

    return $name =~ /^ngx_polycard_/ ? 'the module' : 'others';
}


sub table {
    my ($title, @columns) = @_;

    print "\n";

    return Bench::Table->new([ $title, 52 ], map { [ $_, 10 ] } @columns);
}


sub percent { sprintf '%.1f %%', 100 * $_[0] }
sub whole   { sprintf '%.0f', $_[0] }


1;
