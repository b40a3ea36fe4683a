# A server in a process of its own, for peers that misbehave: the base of
# FakeRedis and FakeDNS.  A subclass has run($self, $socket), which never
# returns.
#
#   $server->mode('silent');    # how it behaves from now on
#   $server->mode               # in the child: how it does
#   $server->seen('text');      # in the child: remembers
#   $server->log                # what it remembered, as lines

package Polycard::FakeServer;

use strict;
use warnings;

use POSIX ();

use Polycard::Test ();


# %option becomes part of the object; mode is the first one

sub launch {
    my ($class, $socket, %option) = @_;

    my $self = bless { mode => 'good', %option,
                       dir => Polycard::Test::temp_dir(),
                       owner => $$ }, $class;

    Polycard::Test::spew("$self->{dir}/log", '');
    $self->mode($self->{mode});

    my $pid = fork;
    die "fork: $!\n" if !defined $pid;

    if (!$pid) {
        $SIG{$_} = 'DEFAULT' for qw( INT TERM HUP );
        $SIG{PIPE} = 'IGNORE';
        eval { $self->run($socket); 1 } or print STDERR $@;
        POSIX::_exit(1);
    }

    $self->{pid} = $pid;
    close $socket;

    Polycard::Test::watch($self);

    return $self;
}


sub name { 'fake server' }


# a file, put in place at once: the child reads it whenever it matters

sub mode {
    my ($self, $mode) = @_;

    my $path = "$self->{dir}/mode";

    return Polycard::Test::slurp($path) if !defined $mode;

    Polycard::Test::spew("$path.new", $mode);
    rename "$path.new", $path or die "$path: $!\n";
}


sub seen {
    my ($self, $text) = @_;

    open my $fh, '>>', "$self->{dir}/log" or die "log: $!\n";
    syswrite $fh, "$text\n";
}


sub log {
    my ($self) = @_;

    return split /\n/, Polycard::Test::slurp("$self->{dir}/log");
}


sub forget {
    my ($self) = @_;

    Polycard::Test::spew("$self->{dir}/log", '');
}


sub stop {
    my ($self) = @_;

    return if !$self->{pid} || $self->{owner} != $$;

    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
    $self->{pid} = undef;
}


# called once by Polycard::Test

sub end {
    my ($self) = @_;

    $self->stop;

    return ();
}


sub DESTROY {
    my ($self) = @_;

    local ($@, $?);

    $self->stop;
}


1;
