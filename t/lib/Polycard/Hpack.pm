# Header fields of HTTP/2 (RFC 7541), as nginx writes them: literals, names of
# the static table, text by the Huffman code.  What refers to the dynamic table,
# which nginx does not do, is an error.
#
#   my @fields = Polycard::Hpack::decode($block);      # name, value, ...
#   my $block = Polycard::Hpack::encode(@fields);

package Polycard::Hpack;

use strict;
use warnings;

my @static = map { [ split /=/, $_, 2 ] } split /\|/,
    ':authority|:method=GET|:method=POST|:path=/|:path=/index.html|'
    . ':scheme=http|:scheme=https|:status=200|:status=204|:status=206|'
    . ':status=304|:status=400|:status=404|:status=500|accept-charset|'
    . 'accept-encoding=gzip, deflate|accept-language|accept-ranges|accept|'
    . 'access-control-allow-origin|age|allow|authorization|cache-control|'
    . 'content-disposition|content-encoding|content-language|content-length|'
    . 'content-location|content-range|content-type|cookie|date|etag|expect|'
    . 'expires|from|host|if-match|if-modified-since|if-none-match|if-range|'
    . 'if-unmodified-since|last-modified|link|location|max-forwards|'
    . 'proxy-authenticate|proxy-authorization|range|referer|refresh|'
    . 'retry-after|server|set-cookie|strict-transport-security|'
    . 'transfer-encoding|user-agent|vary|via|www-authenticate';

# The code is canonical: lengths of the codes say all.  Of NUL, and from ' ' to
# '~'; what is longer than 15 bits is left out.

my @lengths = (6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, (5) x 3,
    (6) x 7, 7, 8, 15, 6, 12, 10, 13, 6, (7) x 22, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, (7) x 5,
    15, 11, 14, 13);

my %symbol;
my $code = 0;

for my $length (5 .. 15) {
    $code <<= 1;

    for my $n (0, 32 .. 126) {
        next if ($n ? $lengths[$n - 32] : 13) != $length;
        $symbol{ sprintf '%0*b', $length, $code++ } = chr $n;
    }
}


sub decode {
    my ($block) = @_;

    my @fields;

    while (length $block) {
        my $first = ord $block;

        if ($first & 0x80) {
            push @fields, map { defined $_ ? $_ : '' }
                @{ entry(integer(\$block, 7)) }[0, 1];

        } elsif (($first & 0xe0) == 0x20) {
            integer(\$block, 5);        # the size of the dynamic table

        } else {
            my $n = integer(\$block, $first & 0x40 ? 6 : 4);

            push @fields, $n ? entry($n)->[0] : text(\$block);
            push @fields, text(\$block);
        }
    }

    return @fields;
}


sub entry {
    my ($n) = @_;

    return $static[$n - 1] || die "hpack: no static entry $n\n";
}


sub integer {
    my ($block, $bits) = @_;

    my $most = (1 << $bits) - 1;
    my $n = ord(substr $$block, 0, 1, '') & $most;

    return $n if $n < $most;

    for (my $shift = 0; ; $shift += 7) {
        my $byte = ord substr $$block, 0, 1, '';

        $n += ($byte & 0x7f) << $shift;
        return $n if !($byte & 0x80);
    }
}


sub text {
    my ($block) = @_;

    my $huffman = ord($$block) & 0x80;
    my $bytes = substr $$block, 0, integer($block, 7), '';

    return $bytes if !$huffman;

    my ($text, $bits) = ('', '');

    for my $bit (split //, unpack 'B*', $bytes) {
        $bits .= $bit;
        next if !defined $symbol{$bits};
        $text .= $symbol{$bits};
        $bits = '';
    }

    die "hpack: not the Huffman code: $bits\n" if $bits !~ /\A1{0,7}\z/;

    return $text;
}


sub encode {
    my (@fields) = @_;

    my $block = '';

    while (my ($name, $value) = splice @fields, 0, 2) {
        $block .= "\0" . literal($name) . literal($value);
    }

    return $block;
}


sub literal {
    my ($text) = @_;

    my $length = length $text;

    return chr($length) . $text if $length < 127;

    my $head = chr 127;

    for ($length -= 127; $length > 127; $length >>= 7) {
        $head .= chr($length & 0x7f | 0x80);
    }

    return $head . chr($length) . $text;
}


1;
