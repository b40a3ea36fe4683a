# TLS in front of a Redis that has none: a server of TLS whose records are as
# small as is wanted, and which remembers who came how.
#
#   my $link = Polycard::TLSLink->new(to => $redis->socket,
#       cert => $cert, key => $key, record => 1);
#   ... redis => 'localhost:' . $link->port ...
#
# Each line of the log is a connection: "sni=localhost reused=0".  In the mode
# "deaf" it takes connections and never says a word.  buffer => 32768: bytes that
# its side takes before they are read.

package Polycard::TLSLink;

use strict;
use warnings;

use parent 'Polycard::FakeServer';

use IO::Select;
use IO::Socket::INET;
use IO::Socket::SSL;
use IO::Socket::UNIX;
use Socket qw( IPPROTO_TCP SOL_SOCKET SO_RCVBUF TCP_MAXSEG
    TCP_NODELAY );


sub new {
    my ($class, %option) = @_;

    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        Listen => 64) or die "listen: $!\n";

    # what is accepted inherits it; small segments keep the other side's buffer
    # small as well

    if ($option{buffer}) {
        setsockopt $socket, SOL_SOCKET, SO_RCVBUF, pack 'i', $option{buffer};
        setsockopt $socket, IPPROTO_TCP, TCP_MAXSEG, pack 'i', 536;
    }

    return $class->launch($socket, record => 16384, %option,
        port => $socket->sockport);
}


sub name { 'TLS link' }
sub port { $_[0]{port} }


# one loop for all connections: what waits for one of them holds up the others

sub run {
    my ($self, $listen) = @_;

    my $context = IO::Socket::SSL::SSL_Context->new(
        SSL_server             => 1,
        SSL_cert_file          => $self->{cert},
        SSL_key_file           => $self->{key},
        SSL_session_id_context => 'test',
    ) or die "TLS: $SSL_ERROR\n";

    $self->{select} = IO::Select->new($listen);

    while (1) {
        for my $socket ($self->{select}->can_read) {
            if ($socket == $listen) {
                my $near = $listen->accept or next;
                $self->join_ends($near, $context);

            } elsif (my $other = $self->{other}{$socket}) {
                $self->carry($socket, $other) or $self->part($socket, $other);
            }
        }
    }
}


sub join_ends {
    my ($self, $near, $context) = @_;

    if ($self->mode eq 'deaf') {
        push @{ $self->{deaf} }, $near;
        return;
    }

    setsockopt $near, IPPROTO_TCP, TCP_NODELAY, 1;

    my $tls = IO::Socket::SSL->start_SSL($near, SSL_server => 1,
        SSL_reuse_ctx => $context) or return;

    $self->seen(sprintf 'sni=%s reused=%d', $tls->get_servername // '',
        $tls->get_session_reused // 0);

    my $far = IO::Socket::UNIX->new(Peer => $self->{to}) or return;

    $self->{select}->add($tls, $far);
    $self->{other}{$tls} = $far;
    $self->{other}{$far} = $tls;
}


# all that there is, also what TLS has read already; 0 at the end

sub carry {
    my ($self, $from, $to) = @_;

    my $is_tls = $from->isa('IO::Socket::SSL');

    do {
        sysread($from, my $bytes, 16384) or return 0;

        $self->pass($to, $bytes, $is_tls ? 16384 : $self->{record})
            or return 0;

    } while ($is_tls && $from->pending);

    return 1;
}


sub part {
    my ($self, @ends) = @_;

    for my $socket (@ends) {
        $self->{select}->remove($socket);
        delete $self->{other}{$socket};
        close $socket;
    }
}


sub pass {
    my ($self, $socket, $bytes, $size) = @_;

    while (length $bytes) {
        my $piece = substr $bytes, 0, $size, '';

        while (length $piece) {
            my $sent = syswrite $socket, $piece or return 0;

            substr $piece, 0, $sent, '';
        }
    }

    return 1;
}


1;
