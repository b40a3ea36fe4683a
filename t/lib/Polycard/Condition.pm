# Conditions that are less kind than loopback with its great buffers: whoever
# runs the tests names one in POLYCARD_CONDITION, and the harness imposes it on
# all of them from here.  t/scripts/network runs a part of t/ under each.
#
#   small-buffers   4 KB in each socket between callers, nginx and gateway
#   tls             callers speak TLS, and so does the gateway of hooks
#   http2           callers speak HTTP/2, with windows of 64 bytes
#   far-redis       Redis is 15 ms away
#   link            nothing here: the script has made a network of its own, with
#                   a small MTU, delay and loss
#
# A test that cannot run so says why, before anything else:
#
#   use Polycard::Condition;
#   not_under('tls', 'it looks at the bytes of a connection');

package Polycard::Condition;

use strict;
use warnings;

use Exporter qw( import );
use Socket qw( SOL_SOCKET SO_RCVBUF SO_SNDBUF );
use Test::More ();

use Polycard::Certificates;

our @EXPORT = qw( not_under );
our @EXPORT_OK = qw( condition );

our $BUFFER = 4096;
our $WINDOW = 64;
our $DELAY = 0.0075;            # each way

my $condition = $ENV{POLYCARD_CONDITION} || '';

die "no such condition: $condition\n"
    if $condition !~ /\A(?:small-buffers|tls|http2|far-redis|link|)\z/;


sub condition { $condition eq $_[0] }


sub not_under {
    my ($names, $why) = @_;

    return if !grep { condition($_) } ref $names ? @$names : $names;

    Test::More::plan(skip_all => "not under $condition: $why");
}


# Callers: what nginx listens to, and what connects to it.  A port of nginx is
# changed where the configuration says nothing of its own about it.

my %changed;        # port => the port of HTTP/2 beside it, or 1


sub certificate {
    our @certificate;

    if (!@certificate) {
        our $ca = Polycard::Certificates->new;
        @certificate = $ca->issue('any', 'DNS:localhost', 'IP:127.0.0.1');
    }

    return @certificate;
}


sub ca_file { certificate(); our $ca; $ca->file }


# the text of a configuration, with names of ports instead of their numbers

sub configuration {
    my ($nginx, $text) = @_;

    my %seen;

    $text =~ s/\blisten\ 127\.0\.0\.1:%%PORT_(\d+)%%;/
        $seen{$1}++ ? $& : listen_to($nginx, $1)/gex;

    if (condition('tls') && %seen && $text !~ m{^\s*ssl_certificate\s}m) {
        my ($cert, $key) = certificate();

        $text =~ s/^http \{\n/$&    ssl_certificate $cert;
    ssl_certificate_key $key;\n/m;
    }

    return $text;
}


sub listen_to {
    my ($nginx, $n) = @_;

    my $listen = "listen 127.0.0.1:%%PORT_$n%%";
    my $port = $nginx->port($n);

    if (condition('small-buffers')) {
        return "$listen sndbuf=4k rcvbuf=4k;";
    }

    if (condition('tls')) {
        $changed{$port} = 1;
        return "$listen ssl;";
    }

    if (condition('http2')) {
        my $beside = 1000 + $n;

        $changed{$port} = $nginx->port($beside);
        return "$listen; listen 127.0.0.1:%%PORT_$beside%% http2 sndbuf=4k;";
    }

    return "$listen;";
}


sub is_tls     { condition('tls') && $changed{$_[0]} }
sub http2_port { condition('http2') ? $changed{$_[0]} : undef }


# of a socket that is not connected yet, or that listens

sub shrink {
    my ($socket) = @_;

    return $socket if !condition('small-buffers');

    setsockopt $socket, SOL_SOCKET, $_, pack 'i', $BUFFER
        for SO_RCVBUF, SO_SNDBUF;

    return $socket;
}


1;
