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

use parent 'Polycard::Server';

use JSON::MaybeXS ();
use Socket qw( AF_UNIX PF_UNSPEC SOCK_STREAM );

use Polycard::Condition ();
use Polycard::GatewayServer;
use Polycard::Server;
use Polycard::Test ();
use Polycard::Wait;

my $json = JSON::MaybeXS->new->latin1->canonical;


sub new {
    my ($class, %option) = @_;

    my $self = bless {
        address => '127.0.0.1',
        port    => Polycard::Test::free_port(),
        %option,
        dir     => Polycard::Test::temp_dir(),
    }, $class;

    Polycard::Test::spew($self->path('requests'), '');

    return $self->announce->up;
}


sub name { 'gateway' }
sub port { $_[0]{port} }


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

    $self->serve(sub {
        close $mine;
        Polycard::GatewayServer->new($self, $listen, $theirs)->run;
    });

    close $theirs;
    close $listen;

    $self->{control} = $mine;

    return $self;
}


sub listen {
    my ($self) = @_;

    return Polycard::Condition::shrink(
        Polycard::Server::listen_tcp(%$self{qw( address port )}));
}


sub down {
    my ($self) = @_;

    return if !$self->{pid} || !$self->is_mine;

    $self->kill;
    close delete $self->{control};
}


sub end {
    my ($self) = @_;

    $self->down;

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

    wait_for(sub {
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
        $hook = JSON::MaybeXS->new->utf8->decode($text);

    } else {
        my %pairs = map { split /=/, $_, 2 } split /&/, $text;

        s/%(..)/chr hex $1/ge for values %pairs;

        $hook = \%pairs;
        $hook->{data} = JSON::MaybeXS->new->utf8->decode($hook->{data});
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


1;
