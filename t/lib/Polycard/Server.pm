# The one way to start what runs beside the test, and to end it: the base of
# Polycard::Nginx, Redis, Gateway, the fake servers, Browser and others.
#
#   $self->announce;                        # the test ends it, and judges it
#   $self->spawn({ output => $file }, 'redis-server', ...);    # a command
#   $self->serve(sub { ... });                                 # Perl in a child
#   my $child = Polycard::Server->new(sub { ... });            # nothing but that
#
#   $server->pid;  $server->alive;          # collects it if it has ended
#   $server->signal('STOP');
#   $server->wait_end(60);                  # as wait_for() of Polycard::Wait
#   $server->kill;                          # at once
#
# A process that forgets its servers, or a test that dies, ends them as well:
# only the process that started one does.  A subclass may have its own end(),
# which returns what is alarming, and stop() and start() of its own.

package Polycard::Server;

use strict;
use warnings;

use IO::Socket::INET;

use Polycard::Process;
use Polycard::Test ();
use Polycard::Wait;


# without a subclass: a child of the test that runs this

sub new {
    my ($class, $code) = @_;

    return (bless {}, $class)->serve($code)->announce;
}


sub name { 'server' }
sub dir  { "$_[0]{dir}" }
sub path { "$_[0]{dir}/$_[1]" }
sub pid  { $_[0]{pid} }


sub announce {
    my ($self) = @_;

    Polycard::Test::watch($self);

    return $self;
}


sub spawn {
    my ($self, $option, @command) = @_;

    $self->{owner} = $$;
    $self->{pid} = fork_command($option, @command);

    return $self;
}


sub serve {
    my ($self, $code) = @_;

    $self->{owner} = $$;
    $self->{pid} = fork_child($code);

    return $self;
}


sub is_mine { ($_[0]{owner} || 0) == $$ }
sub alive   { is_running($_[0]) }


# to nobody where it has ended: 0

sub signal {
    my ($self, $signal) = @_;

    return $self->{pid} ? CORE::kill($signal, $self->{pid}) : 0;
}


sub wait_end {
    my ($self, $seconds) = @_;

    return wait_for(sub { !$self->alive }, $seconds);
}


sub kill {
    my ($self) = @_;

    return if !$self->is_mine || !$self->alive;

    $self->signal('KILL');
    $self->wait_end;
}


# called once by Polycard::Test

sub end {
    my ($self) = @_;

    $self->kill;

    return ();
}


sub DESTROY {
    my ($self) = @_;

    local ($@, $?);

    $self->kill;
}


# A socket of 127.0.0.1, or of `address`, at a free port or at `port`

sub listen_tcp {
    my (%option) = @_;

    # somebody else may take a free port meanwhile

    for (1 .. ($option{port} ? 1 : 5)) {
        my $socket = IO::Socket::INET->new(
            LocalAddr => $option{address} || '127.0.0.1',
            LocalPort => $option{port} || Polycard::Test::free_port(),
            Listen => 1024, ReuseAddr => 1);

        return $socket if $socket;
    }

    die 'no port ', $option{port} || '', " to listen at: $@\n";
}


1;
