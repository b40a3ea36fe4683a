# Several redis-server that belong together: what Polycard::SentinelRig (one
# master, two replicas, three Sentinels) and Polycard::ClusterRig (three masters
# with a replica each) have in common.  All are of the distribution, on free
# ports of 127.0.0.1, and speak to each other through Polycard::Wires.
#
#   my $rig = Polycard::SentinelRig->new(
#       tls       => 1,          # TLS alone, with certificates of $rig->ca
#       passwords => 1,          # also for replication, and the Sentinels'
#       conf      => { ... },    # of each redis.conf
#   );
#   $rig->node('r1');            # a Polycard::Node, by its name
#   $rig->master;                # the one that says so and that others follow
#   $rig->ready;                 # all is as it should be: waits for it
#   $rig->stop;                  # else the end of the test does it
#
# Faults, by name:
#
#   $rig->kill('m1');  $rig->start('m1');      # -9
#   $rig->hang('m1');  $rig->go_on('m1');      # SIGSTOP, SIGCONT
#   $rig->cut([ 'm1', 'client' ], [ 'r1', 'r2', 's1', 's2', 's3' ]);
#   $rig->heal;                                # both sides kept running
#   $rig->slow_replication(0.1);               # seconds, each way
#   $rig->certify;                             # new certificates, all nodes
#
# 'client' is whoever is not of the rig.  nginx's directives for it are
# $rig->login and, with tls, those with $rig->ca->file.

package Polycard::Rig;

use strict;
use warnings;

use Polycard::Certificates;
use Polycard::Condition;
use Polycard::Node;
use Polycard::Wait;
use Polycard::Wires;

my $LOCAL = 11;         # 127.0.0.11 and on are where they call from


# names: all of them; wires: those of each one

sub new {
    my ($class, %option) = @_;

    not_under('far-redis', 'a rig has links of its own');

    my $self = bless { conf => {}, %option, node => {} }, $class;
    my @names = $self->names;
    my $last = $LOCAL;

    $self->{at} = { map { $_ => '127.0.0.' . $last++ } @names };
    $self->{wires} = Polycard::Wires->new(at => $self->{at},
        wires => [ $self->wire_names ]);

    if ($self->{tls}) {
        $self->{ca} = Polycard::Certificates->new;
        $self->{certificate} = $self->new_certificate;
    }

    $self->build;
    $self->ready;

    return $self;
}


sub wire_names { $_[0]->names }

sub node  { $_[0]{node}{$_[1]} || die "no node $_[1]\n" }
sub wires { $_[0]{wires} }
sub ca    { $_[0]{ca} }


# redis-server, but no Sentinels

sub servers {
    my ($self) = @_;

    return map { $self->node($_) } grep { !/^s/ } $self->names;
}


sub add {
    my ($self, $name, $own, %conf) = @_;

    return $self->{node}{$name} = Polycard::Node->new(
        own => {
            name      => $name,
            from      => $self->{at}{$name},
            far_port  => $self->{wires}->port($name),
            wires     => $self->{wires},
            tls       => $self->{certificate},
            passwords => $self->{passwords},
            %$own,
        }, %conf);
}


# of nginx, for the market shop1

sub login {
    my ($self) = @_;

    my $any = ($self->servers)[0];

    return (redis_user => 'polycard',
            redis_password_file => $any->dir . '/polycard.password');
}


# Faults

sub kill {
    my ($self, $name) = @_;

    $self->node($name)->kill;
}


sub start {
    my ($self, $name) = @_;

    my $node = $self->node($name);

    $node->start or die "$name did not start again:\n" . $node->log;
}


sub hang {
    my ($self, $name) = @_;

    my $node = $self->node($name);

    $node->signal('STOP');
    wait_for(sub { $node->is_stopped });
}


sub go_on { $_[0]->node($_[1])->signal('CONT') }


sub cut  { my $self = shift; $self->{wires}->cut(@_) }
sub heal { $_[0]{wires}->heal }


sub slow_replication {
    my ($self, $seconds) = @_;

    my @names = map { $_->name } $self->servers;

    $self->{wires}->delay($seconds, map {
        my $from = $_;
        map { [ $from, $_ ] } grep { $_ ne $from } @names;
    } @names);
}


# Sentinels first, who would see to it otherwise

sub stop {
    my ($self) = @_;

    $_->stop for map { $self->{node}{$_} || () } reverse sort $self->names;
    $self->{wires}->stop;
}


# Certificates: of the same authority, unless another one is given

sub new_certificate {
    my ($self, $ca, %option) = @_;

    $ca ||= $self->{ca};

    my @names = exists $option{names} ? @{ $option{names} }
        : ('DNS:localhost', 'IP:127.0.0.1');

    return [ $ca->file, $ca->issue('redis' . ++$self->{certificates},
        @names) ];
}


sub certify {
    my ($self, @of) = @_;

    $self->{certificate} = $self->new_certificate(@of);
    $_->certify(@{ $self->{certificate} }) for $self->servers;
}


# What is there

sub is_master {
    my ($node) = @_;

    return $node->replication('role') eq 'master';
}


# Sentinels whose machine stood still do nothing for 30 s (TILT), and may do so
# twice

sub wait_until_so {
    my ($self, $what, $condition, $seconds) = @_;

    return wait_for($condition, $seconds || 180)
        || die "the rig: $what: in vain\n", map { '-- ' . $_->name . "\n"
            . substr($_->log, -2000) } values %{ $self->{node} };
}


1;
