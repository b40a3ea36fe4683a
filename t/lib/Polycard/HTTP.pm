# A small HTTP/1.x client on a plain socket, which sends what it is told, right
# or wrong, and shows what came back.
#
#   my $answer = http_get($nginx, '/path', token => 'secret');
#   my $answer = http_post($nginx, '/path', type => 'application/json',
#                          body => '{...}');
#   my $answer = http_raw($nginx, "GET / HTTP/1.0\r\n\r\n");
#   my $answer = http_raw($nginx, [ $piece, $piece, ... ]);
#
# The first argument is a Polycard::Nginx (its first port, or port => n for
# another) or a port number.  Pieces: the next one is sent when the server has
# read the one before.  Further options: method, headers => [ name, value,
# ... ], version ('1.1'), query => { ... }, timeout (30 seconds), ssl => 1,
# rcvbuf => bytes (the size of the socket's buffer).
# A list of pieces as body is sent chunked, a piece a chunk.
#
# Several requests over one connection:
#
#   my $connection = Polycard::HTTP->connect($nginx);
#   my $answer = $connection->request('GET', '/path');
#   $connection->send($bytes);  $connection->answer;  $connection->closed;
#
# An answer has status, version, reason, header($name) (several joined by a
# comma, undef where there is none), header_values($name), headers (a list of
# pairs), body, raw, interim (statuses 1xx), complete, json, typed (the JSON
# with each scalar's type in front of it: 'string:abc', 'number:7.5', 'true',
# 'null'), peer (the port that was asked from: $remote_port of nginx's logs; a
# connection has it as well).  An answer that does not come, or breaks off before
# its header's end, has the status 0.

package Polycard::HTTP;

use strict;
use warnings;

use Exporter qw( import );
use IO::Select;
use IO::Socket::INET;
use Socket qw( INADDR_LOOPBACK SO_RCVBUF SOL_SOCKET pack_sockaddr_in );
use Time::HiRes qw( time );

use Polycard::Answer ();
use Polycard::Condition ();
use Polycard::HTTP2;
use Polycard::Privacy qw( learn_request );
use Polycard::Record ();
use Polycard::Test ();

our @EXPORT = qw( http_get http_post http_request http_raw url_encode );


sub http_get {
    my ($target, $path, %option) = @_;

    return http_request($target, 'GET', $path, %option);
}


sub http_post {
    my ($target, $path, %option) = @_;

    return http_request($target, 'POST', $path, %option);
}


sub http_request {
    my ($target, $method, $path, %option) = @_;

    my $port = ref $target ? $target->port($option{port}) : $target;
    my $beside = Polycard::Condition::http2_port($port);

    return http2_request($beside, $method, $path, %option)
        if $beside && length $path < 4096 && http2_can(%option);

    my $connection = Polycard::HTTP->connect($target, %option);

    return $connection->request($method, $path,
        headers => [], %option, close => 1);
}


# Under the condition "http2": what HTTP/2 has as well, and a body that needs no
# window of ours to be looked after

sub http2_can {
    my (%option) = @_;

    my @headers = @{ $option{headers} || [] };
    my @names = @headers[grep { $_ % 2 == 0 } 0 .. $#headers];

    return !grep({ defined $option{$_} } qw( version ssl timeout rcvbuf ))
        && !ref $option{body} && length($option{body} // '') < 16384
        && !grep { /[^A-Za-z0-9-]/
            || /^(?:Host|Connection|Content-Length|Transfer-Encoding|Expect
                 |TE|Upgrade|Keep-Alive)$/ix } @names;
}


sub http2_request {
    my ($port, $method, $path, %option) = @_;

    my ($bytes) = request_bytes({}, $method, $path, %option);
    my ($head, $body) = split /\r\n\r\n/, $bytes, 2;
    my ($line, @lines) = split /\r\n/, $head;
    my @fields = map { my ($name, $value) = split /: /, $_, 2;
                       lc $name eq 'host' ? () : (lc $name, $value) } @lines;

    learn_request($bytes);

    my $h2 = Polycard::HTTP2->connect($port, updates => 1,
        window => $Polycard::Condition::WINDOW);
    my $id = $h2->request($method, (split / /, $line)[1], @fields);

    $h2->data($id, $body) if $method !~ /^(?:GET|HEAD)$/;

    my $status = $h2->status($id);
    my @headers = $h2->headers($id);
    my $answer = Polycard::HTTP::Answer->new(
        $status ? join("\r\n", "HTTP/1.1 $status",
            map({ "$headers[$_]: $headers[$_ + 1]" }
                grep { $_ % 2 == 0 } 0 .. $#headers), "\r\n") : '',
        [], $h2->peer);

    $answer->body_ends($h2->body($id), $h2->body($id), $status);
    $h2->close;

    Polycard::Record::answer($bytes, $answer);

    return $answer;
}


sub http_raw {
    my ($target, $bytes, %option) = @_;

    my $connection = Polycard::HTTP->connect($target, %option);

    $connection->send(ref $bytes ? @$bytes : $bytes);

    my $answer = $connection->answer($option{method});

    Polycard::Record::answer(ref $bytes ? join '', @$bytes : $bytes, $answer);

    return $answer;
}


# everything but the unreserved characters; text is taken as UTF-8

sub url_encode {
    my ($text) = @_;

    utf8::encode($text) if utf8::is_utf8($text);
    $text =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;

    return $text;
}


# The connection

sub connect {
    my ($class, $target, %option) = @_;

    my $port = ref $target ? $target->port($option{port}) : $target;
    my $timeout = $option{timeout} || $Polycard::Wait::TIMEOUT;

    my $socket = IO::Socket::INET->new(Proto => 'tcp', Timeout => $timeout)
        or die "socket: $@\n";

    Polycard::Condition::shrink($socket);

    # the window that is announced to the peer depends on it from the first byte
    setsockopt $socket, SOL_SOCKET, SO_RCVBUF, pack 'i', $option{rcvbuf}
        if $option{rcvbuf};

    $socket->connect(pack_sockaddr_in($port, INADDR_LOOPBACK))
        or die "connect to port $port: $!\n";

    my $peer = $socket->sockport;

    if ($option{ssl} || Polycard::Condition::is_tls($port)) {
        require IO::Socket::SSL;
        $socket = IO::Socket::SSL->start_SSL($socket,
            SSL_reuse_ctx => tls_context(), Timeout => $timeout)
            or die "TLS to port $port: " . IO::Socket::SSL::errstr() . "\n";
    }

    return bless {
        socket  => $socket,
        port    => $port,
        peer    => $peer,
        timeout => $timeout,
        input   => '',
    }, $class;
}


# one for all: to make one takes longer than a handshake

sub tls_context {
    our $context ||= IO::Socket::SSL::SSL_Context->new(SSL_verify_mode => 0);

    return $context;
}


sub request {
    my ($self, $method, $path, %option) = @_;

    my @bytes = request_bytes($self, $method, $path, %option);

    $self->send(@bytes);

    my $answer = $self->answer($method);

    Polycard::Record::answer(join('', @bytes), $answer);

    return $answer;
}


# a list: the head (with the body, where that is one piece), then the chunks

sub request_bytes {
    my ($self, $method, $path, %option) = @_;

    my $version = $option{version} || '1.1';
    my @headers = @{ $option{headers} || [] };
    my $body = $option{body};

    push @headers, 'Authorization', "Bearer $option{token}"
        if defined $option{token};
    push @headers, 'Content-Type', $option{type} if defined $option{type};
    push @headers, 'Connection', 'close'
        if $option{close} && $version eq '1.1';

    if (ref $body) {
        push @headers, 'Transfer-Encoding', 'chunked';
    } elsif (defined $body) {
        push @headers, 'Content-Length', length $body
            if !grep { /^Content-Length$/i } @headers;
    }

    my $query = $option{query} || {};
    my $arguments = join '&', map {
        url_encode($_) . '=' . url_encode($query->{$_})
    } sort keys %$query;

    my $head = "$method $path" . ($arguments ? "?$arguments" : '')
        . " HTTP/$version\r\n"
        . (grep({ /^Host$/i } @headers) ? '' : "Host: 127.0.0.1\r\n");

    while (my ($name, $value) = splice @headers, 0, 2) {
        $head .= "$name: $value\r\n";
    }

    return "$head\r\n" . (defined $body ? $body : '') if !ref $body;

    return "$head\r\n",
        map({ sprintf "%x\r\n%s\r\n", length $_, $_ } @$body), "0\r\n\r\n";
}


# A server that closes early is no error here: what it said counts.

sub send {
    my ($self, @pieces) = @_;

    my $socket = $self->{socket};

    learn_request(join '', @pieces);

    while (@pieces) {
        my $piece = shift @pieces;
        my $end = time + $self->{timeout};

        while (length $piece && time < $end) {
            last if !IO::Select->new($socket)->can_write($self->{timeout});

            my $sent = syswrite $socket, $piece;
            last if !defined $sent && !$!{EINTR};

            substr $piece, 0, $sent || 0, '';
        }

        return 0 if length $piece;

        $self->wait_until_read if @pieces;
    }

    return 1;
}


# the server's end of the connection: /proc/net/tcp tells how much of what it
# received it has not read yet

sub wait_until_read {
    my ($self) = @_;

    my $ports = sprintf '%04X \w+:%04X', $self->{port}, $self->{peer};

    return Polycard::Test::wait_for(sub {
        my $table = Polycard::Test::slurp('/proc/net/tcp');

        return $table !~ /:$ports 01 \w+:(\w+)/ || hex $1 == 0;
    }, $self->{timeout});
}


sub peer { $_[0]{peer} }


sub close {
    my ($self) = @_;

    close $self->{socket};
}


# 1 when the server has closed, having sent nothing more

sub closed {
    my ($self) = @_;

    return $self->{input} eq '' && !$self->receive && $self->{eof} ? 1 : 0;
}


# reads once, within the time: false at the end, or too late

sub receive {
    my ($self, $end) = @_;

    $end ||= time + $self->{timeout};
    my $socket = $self->{socket};

    while (!$self->{eof}) {
        my $left = $end - time;

        return 0 if $left <= 0;

        next if !($socket->can('pending') && $socket->pending)
            && !IO::Select->new($socket)->can_read($left);

        my $count = sysread $socket, $self->{input}, 65536,
            length $self->{input};

        next if !defined $count && ($!{EINTR} || $!{EAGAIN});
        return 1 if $count;

        $self->{eof} = 1;
    }

    return 0;
}


# The answer: the method tells whether a body follows

sub answer {
    my ($self, $method) = @_;

    my $end = time + $self->{timeout};
    my @interim;
    my $answer;

    while (1) {
        my $head = $self->take(qr/\A.*?\r\n\r\n/s, $end);

        if (!defined $head) {
            my $rest = $self->{input};
            $self->{input} = '';
            return Polycard::HTTP::Answer->new($rest, \@interim,
                $self->{peer});
        }

        $answer = Polycard::HTTP::Answer->new($head, \@interim,
            $self->{peer});

        last if $answer->status !~ /^1/;
        push @interim, $answer->status;
    }

    $self->read_body($answer, $method || 'GET', $end);

    return $answer;
}


sub read_body {
    my ($self, $answer, $method, $end) = @_;

    if ($method eq 'HEAD' || $answer->status =~ /^(?:204|304)$/) {
        return $answer->body_ends('', '', 1);
    }

    my $length = $answer->header('Content-Length');

    if (($answer->header('Transfer-Encoding') || '') =~ /chunked/i) {
        $self->read_chunks($answer, $end);

    } elsif (defined $length) {
        1 while length $self->{input} < $length && $self->receive($end);

        my $body = substr $self->{input}, 0, $length, '';
        $answer->body_ends($body, $body, length $body == $length);

    } else {
        1 while $self->receive($end);

        my $body = $self->{input};
        $self->{input} = '';
        $answer->body_ends($body, $body, $self->{eof});
    }
}


sub read_chunks {
    my ($self, $answer, $end) = @_;

    my ($raw, $body) = ('', '');

    while (defined(my $line = $self->take(qr/\A[0-9a-f]+[^\n]*\r\n/i, $end))) {
        my $size = hex(($line =~ /^(\w+)/)[0]);

        1 while length $self->{input} < $size + 2 && $self->receive($end);

        my $chunk = substr $self->{input}, 0, $size + 2, '';

        $raw .= $line . $chunk;
        $body .= substr $chunk, 0, $size;

        return $answer->body_ends($raw, $body, $chunk eq "\r\n")
            if $size == 0 || length $chunk < $size + 2;
    }

    $answer->body_ends($raw, $body, 0);
}


# takes from the input what the pattern matches, waiting for it

sub take {
    my ($self, $pattern, $end) = @_;

    while (1) {
        return $1 if $self->{input} =~ s/($pattern)//;
        return if !$self->receive($end);
    }
}


1;
