# A link that takes its time: what comes to its address goes on to another one,
# and back, each way some milliseconds later.
#
#   my $link = Polycard::Link->new(to => $redis->socket, delay => 0.0075);
#   ... redis => $link->address ...       # 15 ms away
#
# `to` is a unix socket or host:port.  The link listens on 127.0.0.1, or on the
# unix socket `at`.

package Polycard::Link;

use strict;
use warnings;

use parent 'Polycard::FakeServer';

use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use List::Util qw( max min );
use Socket qw( IPPROTO_TCP SHUT_WR TCP_NODELAY );
use Time::HiRes qw( time );

use Polycard::Server;


sub new {
    my ($class, %option) = @_;

    my $socket = $option{at}
        ? IO::Socket::UNIX->new(Local => $option{at}, Listen => 256)
        : Polycard::Server::listen_tcp();

    die "listen: $!\n" if !$socket;

    # nginx's workers may be another user

    chmod 0777, $option{at} if $option{at};

    return $class->launch($socket, delay => 0.0075, %option,
        port => $option{at} ? undef : $socket->sockport);
}


sub name    { 'link' }
sub port    { $_[0]{port} }
sub address { $_[0]{at} ? "unix:$_[0]{at}" : "127.0.0.1:$_[0]{port}" }


# The child: a connection is two sockets, each with what it is to be sent

sub run {
    my ($self, $listen) = @_;

    $listen->blocking(0);
    $self->carry($listen);
}


sub carry {
    my ($self, @listen) = @_;

    my %is_listening = map { $_ => 1 } @listen;

    $self->{select} = IO::Select->new(@listen);

    while (1) {
        $self->turn;

        my $now = time;

        $self->send_due($_, $now) for $self->sending;

        my @due = map { $_->{queue}[0][0] } $self->sending;

        for my $socket ($self->{select}->can_read(
            @due ? max(0, min(@due) - time) : $self->{patience}))
        {
            if (!$is_listening{$socket}) {
                $self->take($socket);

            } elsif (my $near = $socket->accept) {
                $self->join_ends($near, $socket);
            }
        }
    }
}


sub turn { }


sub sending {
    my ($self) = @_;

    return grep { @{ $_->{queue} } && !$_->{held} } values %{ $self->{end} };
}


sub join_ends {
    my ($self, $near) = @_;

    my $far = $self->{to} =~ m{^/}
        ? IO::Socket::UNIX->new(Peer => $self->{to})
        : IO::Socket::INET->new(PeerAddr => $self->{to});

    if (!$far) {
        close $near;
        return 0;
    }

    for my $pair ([ $near, $far ], [ $far, $near ]) {
        my ($socket, $other) = @$pair;

        $socket->blocking(0);
        setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1
            if $socket->isa('IO::Socket::INET');
        $self->{end}{$socket} = { socket => $socket, other => $other,
                                  queue => [], delay => $self->{delay} };
        $self->{select}->add($socket);
    }

    return 1;
}


# an end of what comes, or of the connection, is passed on in its turn

sub take {
    my ($self, $socket) = @_;

    my $end = $self->{end}{$socket} or return;
    my $read = sysread $socket, my $bytes, 65536;

    return if !defined $read && $!{EAGAIN};

    if (!$read) {
        $self->{select}->remove($socket);
        $end->{over_read} = 1;
    }

    my $other = $self->{end}{ $end->{other} } or return;

    push @{ $other->{queue} }, [ time + $end->{delay},
                                 $read ? $bytes : undef ];
}


sub send_due {
    my ($self, $end, $now) = @_;

    my $queue = $end->{queue};

    # the other one may have ended both in this very turn

    return if !$self->{end}{ $end->{socket} };

    while (@$queue && $queue->[0][0] <= $now) {
        my $bytes = $queue->[0][1];

        return $self->close_end($end) if !defined $bytes;

        my $sent = syswrite $end->{socket}, $bytes;

        if (!defined $sent) {

            # full, or gone

            return $self->close_end($end) if !$!{EAGAIN};
            $queue->[0][0] = $now + 0.001;
            return;
        }

        substr $queue->[0][1], 0, $sent, '';
        shift @$queue if !length $queue->[0][1];
    }
}


# nothing more goes there; once that holds both ways, the connection is over

sub close_end {
    my ($self, $end) = @_;

    # the other one may have ended both in this very turn

    return if !$self->{end}{ $end->{socket} };

    my $other = $self->{end}{ $end->{other} };

    shutdown $end->{socket}, SHUT_WR;
    $end->{queue} = [];
    $end->{over} = 1;

    return if !$other->{over} && !$end->{over_read};

    for my $one ($end, $other) {
        $self->{select}->remove($one->{socket});
        delete $self->{end}{ $one->{socket} };
        close $one->{socket};
    }
}


1;
