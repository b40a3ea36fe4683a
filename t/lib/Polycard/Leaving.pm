# Callers who leave while Redis is busy with what they have asked, in each way
# that there is.
#
#   my $leaving = Polycard::Leaving->new($nginx, other => '/path');
#   for my $way ($leaving->ways) {
#       my $after = $leaving->leaves($way, [ POST => $path, $body, name => value ],
#           sub { Redis has got it }, qr/what the access log says/);
#       ... all is well ...
#       $after->();
#   }
#
# The nginx has HTTP/2 at its port 1.  `other` is a path that answers 200: a stream
# beside the one that leaves.  Headers are lower case; without a content-type a
# body is JSON.  leaves() returns when nginx has seen that he is gone: then Redis may
# answer, and $after checks the other stream, if there is one.

package Polycard::Leaving;

use strict;
use warnings;

use Socket qw( SOL_SOCKET SO_LINGER );
use Test::More;

use Polycard::Faults;
use Polycard::HTTP;
use Polycard::HTTP2;
use Polycard::Wait;

my %how = (
    'closes' => sub {
        my ($self, @request) = @_;
        my $connection = $self->http1(@request);

        return sub { $connection->close };
    },
    'resets' => sub {
        my ($self, @request) = @_;
        my $connection = $self->http1(@request);

        return sub {
            setsockopt $connection->{socket}, SOL_SOCKET, SO_LINGER,
                pack 'ii', 1, 0;
            $connection->close;
        };
    },
    'closes HTTP/2' => sub {
        my ($self, @request) = @_;
        my ($h2) = $self->http2(@request);

        return sub { $h2->close };
    },
    'resets a stream' => sub {
        my ($self, @request) = @_;
        my ($h2, $id) = $self->http2(@request);
        my $other = $h2->get($self->{other});

        return sub {
            $h2->reset($id);

            # the other one waits behind it
            return sub {
                is($h2->status($other), 200, '... another stream goes on');
            };
        };
    },
);


sub new {
    my ($class, $nginx, %option) = @_;

    return bless { nginx => $nginx, %option }, $class;
}


sub ways {
    my @ways = sort keys %how;

    return @ways;
}


sub http1 {
    my ($self, $method, $path, $body, %header) = @_;

    $header{'content-type'} //= 'application/json' if defined $body;

    my $connection = Polycard::HTTP->connect($self->{nginx});

    $connection->send($connection->request_bytes($method, $path,
        body => $body, close => 1, headers => [ %header ]));

    return $connection;
}


sub http2 {
    my ($self, $method, $path, $body, %header) = @_;

    $header{'content-type'} //= 'application/json' if defined $body;

    my $h2 = Polycard::HTTP2->connect($self->{nginx}, port => 1);
    my $id = $h2->request($method, $path, %header);

    $h2->data($id, $body // '') if $method !~ /^(?:GET|HEAD)$/;

    return $h2, $id;
}


sub leaves {
    my ($self, $way, $request, $is_asked, $logged) = @_;

    $logged ||= qr/ 499 /;

    my $left = () = $self->{nginx}->access_log =~ /$logged/g;
    my $go = $how{$way}->($self, @$request);

    wait_until { $is_asked->() } "$request->[1] is asked";

    my $after = $go->();

    wait_until { (() = $self->{nginx}->access_log =~ /$logged/g) > $left }
        'nginx sees that he is gone';

    return ref $after ? $after : sub { };
}


1;
