# The ways in which a body may arrive.
#
#   for my $way (framings()) {
#       my ($status, $body) = framed($way, $nginx, POST => $path, $body,
#           type => 'application/json', headers => [...]);
#   }
#
# framings(1) are those of HTTP/2 as well, at the nginx' port 1.

package Polycard::Framing;

use strict;
use warnings;

use Exporter qw( import );

use Polycard::HTTP;
use Polycard::HTTP2;

our @EXPORT = qw( framed framings );

# the pieces of a request, each read before the next one is sent

my %http1 = (
    'in one piece'       => sub { whole(@_) },
    'as one chunk'       => sub { join '', chunks($_[0], @_) },
    'in one-byte chunks' => sub { join '', chunks('(.)', @_) },
    'in chunks, slowly'  => sub { chunks('(.{1,50})', @_) },
    'a piece at a time'  => sub {
        my ($head, $body) = split /(?<=\r\n\r\n)/, whole(@_), 2;

        return $head, $body =~ /(.{1,80})/gs;
    },
);

# the frames of a body; the last one ends it

my %http2 = (
    'in a frame of HTTP/2'         => sub { $_[0] },
    'in one-byte frames of HTTP/2' => sub { split //, $_[0] },
    'in HTTP/2, ended by nothing'  => sub { $_[0], '' },
);


sub framings {
    my ($http2) = @_;

    my @ways = sort keys %http1, $http2 ? keys %http2 : ();

    return @ways;
}


sub framed {
    my ($way, $nginx, $method, $path, $body, %option) = @_;

    return over_http2($http2{$way}, @_[1 .. $#_]) if $http2{$way};

    my $answer = http_raw($nginx,
        [ $http1{$way}->($body, $method, $path, %option) ], method => $method);

    return ($answer->status, $answer->body);
}


sub whole {
    my ($body, $method, $path, %option) = @_;

    return join '', Polycard::HTTP::request_bytes(undef, $method, $path,
        %option, body => $body);
}


sub chunks {
    my ($split, $body, $method, $path, %option) = @_;
    my @chunks = $split eq $body ? $body : $body =~ /$split/gs;

    return Polycard::HTTP::request_bytes(undef, $method, $path, %option,
        body => \@chunks);
}


sub over_http2 {
    my ($split, $nginx, $method, $path, $body, %option) = @_;

    my @frames = $split->($body);
    my $last = pop @frames;
    my $h2 = Polycard::HTTP2->connect($nginx, port => 1, updates => 1);
    my $id = $h2->request($method, $path,
        defined $option{type} ? ('content-type', $option{type}) : (),
        defined $option{token}
            ? ('authorization', "Bearer $option{token}") : (),
        @{ $option{headers} || [] });

    $h2->frame(0, 0, $id, $_) for @frames;
    $h2->data($id, $last // '');

    my @got = ($h2->status($id), $h2->body($id));

    $h2->close;

    return @got;
}


1;
