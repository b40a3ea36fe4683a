# The network between servers, as one process: each has a wire, a port of
# 127.0.0.1 that leads to it, which is the only address that others know of it.
# Who calls is known by the address that it calls from.
#
#   my $wires = Polycard::Wires->new(
#       at    => { m1 => '127.0.0.11', r1 => '127.0.0.12' },   # who calls
#       wires => [ 'm1', 'm1 bus', 'r1', ... ]);
#   $wires->port('m1');                   # where others find it
#   $wires->lead('m1', $port);            # where it listens
#   $wires->cut([ 'm1', 'client' ], [ 'r1', ... ]);
#   $wires->heal;
#   $wires->delay(0.1, [ 'r1', 'm1' ]);   # r1 calling m1: so long each way
#
# Whoever calls from another address (nginx, a test) is 'client'.  A wire
# belongs to the one that the first word of its name says.  Between groups that
# are cut off from each other nothing passes, and nothing is closed: what was
# sent arrives when they are healed.  One that is in no group reaches all.

package Polycard::Wires;

use strict;
use warnings;

use parent 'Polycard::Link';

use JSON::MaybeXS ();

use Polycard::Wait;

my $json = JSON::MaybeXS->new->canonical;


sub new {
    my ($class, %option) = @_;

    my (%socket, %wire);

    for my $wire (@{ $option{wires} }) {
        my $socket = Polycard::Server::listen_tcp();

        $socket->blocking(0);
        $socket{$wire} = $socket;
        $wire{$socket} = $wire;
    }

    # until the child listens to it

    local $SIG{USR1} = 'IGNORE';

    my $self = $class->launch(undef, delay => 0, socket => \%socket,
        wire   => \%wire,
        name   => { reverse %{ $option{at} } },
        rules  => { to => {}, cut => [], delay => [], number => 0 });

    $self->{ports} = { map { $_ => $socket{$_}->sockport } keys %socket };
    close $_ for values %socket;

    return $self;
}


sub name { 'wires' }
sub port { $_[0]{ports}{$_[1]} || die "no wire $_[1]\n" }


# Rules: they hold when these calls return

sub lead {
    my ($self, $wire, $port) = @_;

    $self->{rules}{to}{$wire} = $port;
    $self->apply;
}


sub cut {
    my ($self, @groups) = @_;

    $self->{rules}{cut} = \@groups;
    $self->apply;
}


sub heal { $_[0]->cut }


# a list of pairs, of who calls and the wire; one pair has one delay

sub delay {
    my ($self, $seconds, @pairs) = @_;

    $self->{rules}{delay} = [ map { [ @$_, $seconds ] } @pairs ];
    $self->apply;
}


sub apply {
    my ($self) = @_;

    my $number = ++$self->{rules}{number};

    $self->mode($json->encode($self->{rules}));
    $self->signal('USR1');

    wait_for(sub {
        return grep { $_ eq $number } $self->log;
    }) or die "the wires do not obey\n";
}


# The child

sub run {
    my ($self) = @_;

    $SIG{USR1} = sub { $self->{stale} = 1 };
    $self->{rules} = { number => 0 };
    $self->{waiting} = {};
    $self->{stale} = 1;
    $self->{patience} = 0.05;

    $self->carry(values %{ $self->{socket} });
}


sub turn {
    my ($self) = @_;

    return if !$self->{stale};

    $self->{stale} = 0;

    my $text = $self->mode;

    return if $text !~ /^\{/;

    $self->{rules} = $json->decode($text);
    $self->{pair_delay} = { map { ("$_->[0] > $_->[1]" => $_->[2]) }
                            @{ $self->{rules}{delay} } };
    $self->rule($_) for values %{ $self->{end} };
    $self->join_waiting;
    $self->seen($self->{rules}{number});
}


sub rule {
    my ($self, $end) = @_;

    $end->{delay} = $self->{pair_delay}{"$end->{from} > $end->{wire}"} || 0;
    $end->{held} = $self->is_cut($end->{from}, $end->{wire});

    my $method = $end->{held} || $end->{over_read} ? 'remove' : 'add';

    $self->{select}->$method($end->{socket});
}


sub is_cut {
    my ($self, $from, $wire) = @_;

    my ($owner) = split / /, $wire;
    my ($mine, $theirs) = map {
        my $who = $_;
        grep { grep { $_ eq $who } @$_ } @{ $self->{rules}{cut} };
    } $from, $owner;

    return $mine && $theirs && $mine != $theirs ? 1 : 0;
}


sub join_ends {
    my ($self, $near, $listen) = @_;

    my $wire = $self->{wire}{$listen};
    my $from = $self->{name}{ $near->peerhost || '' } || 'client';

    # let in by the kernel, and left alone

    return $self->{waiting}{$near} = [ $near, $listen ]
        if $self->is_cut($from, $wire);

    my $port = $self->{rules}{to}{$wire} or return close $near;

    $self->{to} = "127.0.0.1:$port";
    $self->SUPER::join_ends($near) or return;

    my $end = $self->{end}{$near};

    for my $one ($end, $self->{end}{ $end->{other} }) {
        @$one{qw( from wire )} = ($from, $wire);
        $self->rule($one);
    }
}


sub join_waiting {
    my ($self) = @_;

    my $waiting = $self->{waiting};

    $self->{waiting} = {};
    $self->join_ends(@$_) for values %$waiting;
}


1;
