# As much of an HTTP/2 client (without TLS) as tests of aborts and of slow
# readers need.
#
#   my $h2 = Polycard::HTTP2->connect($nginx, port => 1);
#       window => 100,                  # of each stream; 65535 unless set
#       updates => 1                    # what was read may come again
#   my $id = $h2->get($path);           # a new stream
#   $h2->reset($id);                    # RST_STREAM
#   $h2->status($id)                    # once its answer is whole, or 0
#   $h2->body($id)
#   $h2->headers($id)                   # name, value, ...
#   $h2->receive($end);                 # what there is by then, once
#   $h2->close;

package Polycard::HTTP2;

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Socket qw( IPPROTO_TCP TCP_NODELAY );
use Time::HiRes qw( time );

use Polycard::Hpack ();
use Polycard::Test ();

my ($DATA, $HEADERS, $RST_STREAM, $SETTINGS, $WINDOW_UPDATE) = (0, 1, 3, 4, 8);
my ($END_STREAM, $ACK, $END_HEADERS) = (1, 1, 4);
my $INITIAL_WINDOW = 4;


sub connect {
    my ($class, $nginx, %option) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => ref $nginx ? $nginx->port($option{port}) : $nginx)
        or die "connect: $!\n";
    # a frame a packet: none waits until the one before is acknowledged
    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;

    my $self = bless { socket => $socket, input => '', next => 1,
                       stream => {}, updates => $option{updates} }, $class;

    syswrite $socket, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    $self->frame($SETTINGS, 0, 0, $option{window}
        ? pack 'nN', $INITIAL_WINDOW, $option{window} : '');

    return $self;
}


sub frame {
    my ($self, $type, $flags, $id, $payload) = @_;

    syswrite $self->{socket}, substr(pack('N', length $payload), 1)
        . pack('CCN', $type, $flags, $id) . $payload;
}


sub request {
    my ($self, $method, $path, @fields) = @_;

    my $id = $self->{next};
    my %pseudo = (':method' => $method, ':scheme' => 'http', ':path' => $path,
                  ':authority' => 'localhost');

    $self->{next} += 2;

    unshift @fields, map { $_ => $pseudo{$_} } sort keys %pseudo;

    my $block = Polycard::Hpack::encode(@fields);

    $self->{stream}{$id} = { status => 0, body => '', ended => 0 };
    $self->frame($HEADERS,
        $END_HEADERS | ($method =~ /^(?:GET|HEAD)$/ ? $END_STREAM : 0), $id,
        $block);

    return $id;
}


sub get {
    my ($self, $path) = @_;

    return $self->request('GET', $path);
}


sub post {
    my ($self, $path, $body) = @_;

    my $id = $self->request('POST', $path, 'content-type',
        'application/json');

    $self->data($id, $body);

    return $id;
}


# all of the body: as much as goes without a window to be looked after

sub data {
    my ($self, $id, $body) = @_;

    $self->frame($DATA, $END_STREAM, $id, $body);
}


sub reset {
    my ($self, $id) = @_;

    $self->frame($RST_STREAM, 0, $id, pack 'N', 8);
}


# room for so much more, of the stream and of the connection

sub update {
    my ($self, $id, $length) = @_;

    $self->frame($WINDOW_UPDATE, 0, $_, pack 'N', $length) for 0, $id;
}


sub close { close $_[0]{socket} }


# as of Polycard::HTTP: the port that is asked from

sub peer { $_[0]{socket}->sockport }


# reads until the stream has ended; its status, or 0 if none came in time

sub status {
    my ($self, $id, $timeout) = @_;

    my $end = time + ($timeout || $Polycard::Wait::TIMEOUT);
    my $stream = $self->{stream}{$id};

    while (!$stream->{ended} && time < $end) {
        last if !$self->receive($end);
    }

    return $stream->{ended} ? $stream->{status} : 0;
}


# reads once, within the time: false at the end, or too late

sub receive {
    my ($self, $end) = @_;

    return 0 if !IO::Select->new($self->{socket})->can_read($end - time)
        || !sysread $self->{socket}, $self->{input}, 65536,
                    length $self->{input};

    1 while $self->take;

    return 1;
}


sub body    { $_[0]{stream}{$_[1]}{body} }
sub headers { @{ $_[0]{stream}{$_[1]}{headers} || [] } }


sub take {
    my ($self) = @_;

    return 0 if length $self->{input} < 9;

    my ($length, $type, $flags, $id) = unpack 'NCCN',
        "\0" . substr $self->{input}, 0, 9;

    return 0 if length $self->{input} < 9 + $length;

    my $payload = substr $self->{input}, 9, $length;
    substr $self->{input}, 0, 9 + $length, '';

    my $stream = $self->{stream}{$id} || {};

    if ($type == $SETTINGS && !($flags & $ACK)) {
        $self->frame($SETTINGS, $ACK, 0, '');

    } elsif ($type == $HEADERS) {
        (undef, $stream->{status}, my @fields) =
            Polycard::Hpack::decode($payload);
        $stream->{headers} = \@fields;
        $stream->{ended} = 1 if $flags & $END_STREAM;

    } elsif ($type == $DATA) {
        $stream->{body} .= $payload;
        $stream->{ended} = 1 if $flags & $END_STREAM;
        $self->update($id, $length) if $self->{updates} && $length;

    } elsif ($type == $RST_STREAM && !$stream->{ended}) {

        # after the answer it only says that no more of the body is wanted

        $stream->{ended} = 1;
        $stream->{status} = 0;
    }

    return 1;
}


1;
