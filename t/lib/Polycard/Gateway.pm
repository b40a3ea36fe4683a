# A gateway of the test's own that can answer anything, and remembers what it
# was told.
#
#   my $gateway = Polycard::Gateway->new;             # http
#   my $gateway = Polycard::Gateway->new(tls => [ $cert, $key ],
#                                        client_ca => $file);
#   Polycard::Gateway->new(address => '127.0.0.2', port => $port);
#   $gateway->url;                           # http://127.0.0.1:.../hook
#   $gateway->answers({ status => 500 }, { ... });    # to the next requests
#   $gateway->always({ status => 429 });              # to all after those
#   my @requests = $gateway->requests;                # all so far, in order
#   $gateway->wait_requests(3);                       # ... as soon as 3 came
#   $gateway->down;  $gateway->up;                    # on the same port
#   $gateway->signal('STOP');
#
# An answer is a hash; without anything in it: 200 and {"Status":"OK"}.
#
#   status, reason, headers => [ name, value ], body
#   chunked => 1        the body in chunks
#   length => 0         neither chunks nor Content-Length: the end is the end
#   raw => $bytes       instead of all of these
#   cut => $n           without the last n bytes, then closed
#   close => 1          closed afterwards, though nothing announced it
#   reset => 1          ... by RST
#   delay => $seconds   before the first byte
#   drip => $seconds    a byte at a time
#   hang => 1           nothing at all, ever
#
# Or handler => sub { my ($request) = @_; return { ... } }, which runs in the
# gateway's process and may keep a state of its own there.
#
# A request is a hash: method, path, query, version, headers (a list of
# pairs), body, time, connection (a number), peer (its address), sni, client
# (the subject of its certificate), status (of the answer, if there is one that
# has any); hook() makes the five parameters of it.

package Polycard::Gateway;

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use IO::Socket::SSL;
use JSON::PP ();
use POSIX qw( EAGAIN EINTR EWOULDBLOCK WNOHANG );
use Socket qw( AF_UNIX PF_UNSPEC SOCK_STREAM SOL_SOCKET SO_LINGER );
use Time::HiRes qw( time );

use Polycard::Condition ();
use Polycard::Record ();
use Polycard::Test ();

my $json = JSON::PP->new->latin1->canonical;


sub new {
    my ($class, %option) = @_;

    my $self = bless {
        address => '127.0.0.1',
        port    => Polycard::Test::free_port(),
        %option,
        dir     => Polycard::Test::temp_dir(),
        owner   => $$,
    }, $class;

    Polycard::Test::spew("$self->{dir}/requests", '');
    Polycard::Test::watch($self);

    return $self->up;
}


sub name { 'gateway' }
sub port { $_[0]{port} }
sub pid  { $_[0]{pid} }


sub url {
    my ($self, $path) = @_;

    return sprintf '%s://%s:%d%s', $self->{tls} ? 'https' : 'http',
        $self->{tls} ? 'localhost' : $self->{address}, $self->{port},
        $path || '/hook';
}


# Life

sub up {
    my ($self) = @_;

    return $self if $self->{pid};

    socketpair my $mine, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC
        or die "socketpair: $!\n";

    my $listen = $self->listen;

    my $pid = fork;
    die "fork: $!\n" if !defined $pid;

    if (!$pid) {
        $SIG{$_} = 'DEFAULT' for qw( INT TERM HUP );
        close $mine;
        eval { Polycard::Gateway::Server->new($self, $listen, $theirs)->run };
        print STDERR "gateway: $@" if $@;
        POSIX::_exit(0);
    }

    close $theirs;
    close $listen;

    $self->{pid} = $pid;
    $self->{control} = $mine;

    return $self;
}


sub listen {
    my ($self) = @_;

    my $socket = IO::Socket::INET->new(LocalAddr => $self->{address},
        LocalPort => $self->{port}, Listen => 1024, ReuseAddr => 1)
        || die "port $self->{port}: $@\n";

    return Polycard::Condition::shrink($socket);
}


sub down {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;

    kill 'KILL', $pid;
    waitpid $pid, 0;
    close delete $self->{control};
}


sub signal {
    my ($self, $signal) = @_;

    return kill $signal, $self->{pid};
}


sub end {
    my ($self) = @_;

    $self->down if $self->{owner} == $$;

    return;
}


# What it answers

sub answers {
    my ($self, @answers) = @_;

    return $self->tell({ answers => \@answers });
}


sub always {
    my ($self, $answer) = @_;

    return $self->tell({ always => $answer || {}, answers => undef });
}


# closes the connections that wait for a next request

sub close_idle {
    my ($self) = @_;

    return $self->tell({ close_idle => 1 });
}


sub tell {
    my ($self, $message) = @_;

    my $control = $self->{control};

    syswrite $control, $json->encode($message) . "\n";
    sysread $control, my $taken, 1;

    return $self;
}


# What it was told

sub requests {
    my ($self) = @_;

    $self->read_requests;

    return @{ $self->{requests} };
}


# what was written since the last time, whole lines of it

sub read_requests {
    my ($self) = @_;

    if (!$self->{reader}) {
        open $self->{reader}, '<:raw', "$self->{dir}/requests"
            or die "requests: $!\n";
        $self->{rest} = '';
        $self->{requests} = [];
    }

    # a file that was read to its end and has grown since

    seek $self->{reader}, 0, 1;

    local $/;
    my $bytes = readline $self->{reader};

    $self->{rest} .= $bytes if defined $bytes;

    while ($self->{rest} =~ s/^(.*)\n//) {
        push @{ $self->{requests} }, $json->decode($1);
    }
}


# forgets those that came so far

sub forget {
    my ($self) = @_;

    $self->read_requests;
    $self->{requests} = [];
}


sub wait_requests {
    my ($self, $count, $timeout) = @_;

    my @requests;

    Polycard::Test::wait_for(sub {
        return (@requests = $self->requests) >= $count;
    }, $timeout);

    return @requests;
}


# token, alias, object, action, and data as a structure; id and timestamp

sub hook {
    my ($self, $request) = @_;

    my $text = $request->{method} eq 'GET' ? $request->{query}
        : $request->{body};
    my $hook;

    if ($text =~ /^\{/) {
        $hook = JSON::PP->new->utf8->decode($text);

    } else {
        my %pairs = map { split /=/, $_, 2 } split /&/, $text;

        s/%(..)/chr hex $1/ge for values %pairs;

        $hook = \%pairs;
        $hook->{data} = JSON::PP->new->utf8->decode($hook->{data});
        utf8::decode($hook->{$_}) for qw( token alias object action );
    }

    $hook->{id} = header($request, 'webhook-id');
    $hook->{timestamp} = header($request, 'webhook-timestamp');

    return $hook;
}


sub hooks {
    my ($self) = @_;

    return map { $self->hook($_) } $self->requests;
}


sub header {
    my ($request, $name) = @_;

    my @values = map { $_->[1] } grep { lc $_->[0] eq lc $name }
        @{ $request->{headers} };

    return @values ? join ', ', @values : undef;
}


# The server: one process, all connections in one loop

package Polycard::Gateway::Server;

use IO::Socket::SSL qw( SSL_WANT_READ SSL_WANT_WRITE );
use POSIX qw( EAGAIN EINTR EWOULDBLOCK );
use Socket qw( SOL_SOCKET SO_LINGER );
use Time::HiRes qw( time );


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
