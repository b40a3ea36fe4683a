# The child of Polycard::Gateway: one process, all connections in one loop, what
# it was asked as lines of JSON in a file.  What an answer is made of is told
# there.

package Polycard::GatewayServer;

use strict;
use warnings;

use IO::Select;
use IO::Socket::SSL qw( SSL_WANT_READ SSL_WANT_WRITE );
use JSON::MaybeXS ();
use Socket qw( SOL_SOCKET SO_LINGER );
use Time::HiRes qw( time );

use Polycard::Record ();

my $json = JSON::MaybeXS->new->latin1->canonical;


sub new {
    my ($class, $gateway, $listen, $control) = @_;

    open my $log, '>>:raw', "$gateway->{dir}/requests"
        or die "requests: $!\n";
    $log->autoflush(1);

    $listen->blocking(0);

    return bless {
        gateway     => $gateway,
        listen      => $listen,
        control     => $control,
        log         => $log,
        answers     => [],
        always      => {},
        connections => {},
        number      => 0,
        handler     => $gateway->{handler},
    }, $class;
}


sub run {
    my ($self) = @_;

    $SIG{PIPE} = 'IGNORE';

    while (1) {
        my @connections = values %{ $self->{connections} };

        my $read = IO::Select->new($self->{listen}, $self->{control},
            map { $_->{socket} } grep { !$_->{dead} } @connections);
        my $write = IO::Select->new(map { $_->{socket} }
            grep { $_->{want_write} || $self->due($_) } @connections);

        my ($can_read, $can_write) =
            IO::Select->select($read, $write, undef, $self->pause);

        $self->accept if grep { $_ == $self->{listen} } @{ $can_read || [] };

        return if grep({ $_ == $self->{control} } @{ $can_read || [] })
            && !$self->obey;

        for my $socket (@{ $can_read || [] }) {
            my $c = $self->{connections}{ fileno($socket) || -1 } or next;
            $self->receive($c);
        }

        $self->send($_) for grep { $self->due($_) }
            values %{ $self->{connections} };
    }
}


# seconds until the next byte that waits for its time

sub pause {
    my ($self) = @_;

    my ($next) = sort { $a <=> $b } map { $_->{at} }
        grep { length $_->{out} } values %{ $self->{connections} };

    return defined $next ? $next > time ? $next - time : 0 : undef;
}


sub due {
    my ($self, $c) = @_;

    return ((length $c->{out} || $c->{closing}) && $c->{at} <= time) ? 1 : 0;
}


sub obey {
    my ($self) = @_;

    sysread($self->{control}, my $bytes, 1 << 20) or return 0;

    $self->{command} .= $bytes;

    while ($self->{command} =~ s/^(.*)\n//) {
        my $message = $json->decode($1);

        push @{ $self->{answers} }, @{ $message->{answers} }
            if $message->{answers};

        if ($message->{always}) {
            $self->{always} = $message->{always};
            $self->{answers} = [];
        }

        if ($message->{close_idle}) {
            $self->drop($_) for grep { !length $_->{in} && !length $_->{out} }
                values %{ $self->{connections} };
        }

        syswrite $self->{control}, '.';
    }

    return 1;
}


sub accept {
    my ($self) = @_;

    while (my $socket = $self->{listen}->accept) {
        $socket->blocking(0);

        my $tls = $self->{gateway}{tls};
        my $ca = $self->{gateway}{client_ca};

        $socket = IO::Socket::SSL->start_SSL($socket,
            SSL_server => 1, SSL_startHandshake => 0,
            SSL_cert_file => $tls->[0], SSL_key_file => $tls->[1],
            $ca ? (SSL_ca_file => $ca, SSL_verify_mode => 0x03)
                : (SSL_verify_mode => 0x00)) or next if $tls;

        $self->{connections}{ fileno $socket } = {
            socket    => $socket,
            number    => ++$self->{number},
            in        => '',
            out       => '',
            at        => 0,
            handshake => $tls ? 1 : 0,
        };
    }
}


sub receive {
    my ($self, $c) = @_;

    if ($c->{handshake}) {
        if (!$c->{socket}->accept_SSL) {
            $self->drop($c) if $IO::Socket::SSL::SSL_ERROR != SSL_WANT_READ
                && $IO::Socket::SSL::SSL_ERROR != SSL_WANT_WRITE;
            return;
        }

        $c->{handshake} = 0;
    }

    while (1) {
        my $n = sysread $c->{socket}, $c->{in}, 65536, length $c->{in};

        next if !defined $n && $!{EINTR};
        last if !defined $n && ($!{EAGAIN} || $!{EWOULDBLOCK});

        return $self->drop($c) if !$n;
    }

    $self->parse($c) if !$c->{answered};
}


sub parse {
    my ($self, $c) = @_;

    while ($c->{in} =~ /^(.*?)\r\n\r\n/s) {
        my ($head, $size) = ($1, length $1);
        my ($length) = $head =~ /^Content-Length:\s*(\d+)/mi;
        my $whole = $size + 4 + ($length || 0);

        last if length $c->{in} < $whole;

        my $bytes = substr $c->{in}, 0, $whole, '';
        my $request = $self->request($c, $head, substr $bytes, $size + 4);
        my $answer = $self->choose($request);

        $request->{status} = $answer->{status} || 200;

        print { $self->{log} } $json->encode($request) . "\n";
        Polycard::Record::hook($request);

        $self->answer($c, $answer);

        last if $c->{answered};
    }
}


sub request {
    my ($self, $c, $head, $body) = @_;

    my ($first, @lines) = split /\r\n/, $head;
    my ($method, $uri, $version) = split / /, $first;
    my ($path, $query) = split /\?/, $uri, 2;
    my $tls = $self->{gateway}{tls};

    return {
        method     => $method,
        path       => $path,
        query      => defined $query ? $query : '',
        version    => $version,
        headers    => [ map { [ split /:\s*/, $_, 2 ] } @lines ],
        body       => $body,
        time       => time,
        connection => $c->{number},
        peer       => $c->{socket}->peerhost,
        $tls ? (sni => $c->{socket}->get_servername,
                client => scalar $c->{socket}->peer_certificate('subject'))
            : (),
    };
}


sub choose {
    my ($self, $request) = @_;

    my $answer = shift @{ $self->{answers} };

    $answer ||= $self->{handler}->($request) if $self->{handler};

    return $answer || $self->{always};
}


sub answer {
    my ($self, $c, $answer) = @_;

    return $c->{answered} = 1 if $answer->{hang};

    my $bytes = bytes($answer);

    if ($answer->{cut}) {
        substr $bytes, -$answer->{cut}, $answer->{cut}, '';
    }

    $c->{out} .= $bytes;
    $c->{at} = time + ($answer->{delay} || 0);
    $c->{drip} = $answer->{drip};

    if ($answer->{cut} || $answer->{close} || $answer->{reset}
        || exists $answer->{length} && !$answer->{length})
    {
        $c->{closing} = $c->{answered} = 1;
        $c->{reset} = $answer->{reset};
    }
}


sub bytes {
    my ($answer) = @_;

    return $answer->{raw} if defined $answer->{raw};

    my $body = defined $answer->{body} ? $answer->{body} : '{"Status":"OK"}';
    my @headers = ('Content-Type', 'application/json',
        @{ $answer->{headers} || [] });

    if ($answer->{chunked}) {
        push @headers, 'Transfer-Encoding', 'chunked';
        $body = join '', map({ sprintf "%x\r\n%s\r\n", length $_, $_ }
            $body =~ /(.{1,7})/gs), "0\r\n\r\n";

    } elsif (!exists $answer->{length} || $answer->{length}) {
        push @headers, 'Content-Length', length $body;
    }

    my $head = sprintf "HTTP/1.1 %d %s\r\n", $answer->{status} || 200,
        $answer->{reason} || 'Answer';

    while (my ($name, $value) = splice @headers, 0, 2) {
        $head .= "$name: $value\r\n";
    }

    return "$head\r\n$body";
}


sub send {
    my ($self, $c) = @_;

    my $bytes = $c->{drip} ? substr $c->{out}, 0, 1 : $c->{out};

    if (length $bytes) {
        my $n = syswrite $c->{socket}, $bytes;

        return $c->{want_write} = 1
            if !defined $n && ($!{EAGAIN} || $!{EWOULDBLOCK});
        return $self->drop($c) if !defined $n;

        substr $c->{out}, 0, $n, '';
    }

    $c->{want_write} = length $c->{out} && !$c->{drip} ? 1 : 0;
    $c->{at} = time + $c->{drip} if $c->{drip};

    $self->drop($c) if $c->{closing} && !length $c->{out};
}


# by RST where it is wanted, else as nicely as can be

sub drop {
    my ($self, $c) = @_;

    my $socket = $c->{socket};

    delete $self->{connections}{ fileno $socket };

    if ($c->{reset}) {
        setsockopt $socket, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0;

        return $self->{gateway}{tls}
            ? $socket->close(SSL_no_shutdown => 1) : close $socket;
    }

    close $socket;
}


1;
