# A Polycard::DebianTree booted by its own systemd, in systemd-nspawn: needs
# root and the packages systemd-container here, systemd-sysv in the tree.  The
# network is the machine's.
#
#   my $container = Polycard::Container->new($tree);
#   $container->up or skip $container->said, 1;
#   my ($status, $output) = $container->run('systemctl', 'start', 'nginx');
#
# At the end it is stopped; the tree is the caller's.

package Polycard::Container;

use strict;
use warnings;

use parent 'Polycard::Server';

use Polycard::DebianTree;
use Polycard::Test ();
use Polycard::Wait;


# why there can be none, or nothing

sub missing {
    return Polycard::DebianTree::missing() || (
        (Polycard::Test::run_command('which', 'systemd-nspawn'))[0] != 0
            ? 'there is no systemd-nspawn' : '');
}


sub new {
    my ($class, $tree) = @_;

    my $self = bless { console => $tree->path('console') }, $class;

    $self->announce->spawn(
        { output => $self->{console} }, qw( systemd-nspawn --quiet
        --register=no --keep-unit --boot --directory ), $tree->dir);

    wait_for(sub { $self->booted || !$self->alive }, 120);

    return $self;
}


sub name { 'the container' }
sub said { substr Polycard::Test::slurp($_[0]{console}), -2000 }


# "degraded": something of Debian's own cannot run in a container

sub booted {
    my ($self) = @_;

    my $state = ($self->run(qw( systemctl is-system-running )))[1];

    return $self->{up} = $state =~ /^(?:running|degraded)$/m ? 1 : 0;
}


sub up { $_[0]{up} && $_[0]->alive }


# the child of systemd-nspawn that is the first process inside

sub init {
    my ($self) = @_;

    return $self->{init} ||= (grep {
        (eval { Polycard::Test::slurp("/proc/$_/status") } || '')
            =~ /^NSpid:.*\t1$/m
    } split ' ', eval {
        Polycard::Test::slurp("/proc/$self->{pid}/task/$self->{pid}/children")
    } || '')[0];
}


sub run {
    my ($self, @command) = @_;

    my $init = $self->alive && $self->init
        or return (-1, 'there is no container');

    return Polycard::Test::run_command(
        { env => { PATH => '/usr/sbin:/usr/bin:/sbin:/bin',
                                   LC_ALL => 'C.UTF-8' } },
        'nsenter', '--target', $init, qw( --mount --uts --ipc --pid --net ),
        '--', @command);
}


# the end, see Polycard::Test::watch(): with systemd-nspawn all inside end

sub end {
    my ($self) = @_;

    return if !$self->is_mine || !$self->alive;

    $self->run('systemctl', '--no-block', 'poweroff') if $self->{up};

    return if $self->{up} && $self->wait_end(60);

    $self->kill;

    return $self->{up} ? "it did not end\n" : ();
}


1;
