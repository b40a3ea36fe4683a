# An address that moves, as a proxy or a balancer has it: what connects is led
# to wherever the switch points then, and stays there.
#
#   my $switch = Polycard::Switch->new(to => $redis);
#   ... redis => $switch->address ...
#   $switch->to($replica);      # who connects from now on
#   $switch->nowhere;           # ... is let in, and closed

package Polycard::Switch;

use strict;
use warnings;

use parent 'Polycard::Link';


sub new {
    my ($class, %option) = @_;

    my $redis = $option{to};
    my $self = $class->SUPER::new(delay => 0, mode => $redis->socket);

    $redis->known_at($self->port);

    return $self;
}


sub name { 'switch' }


sub to {
    my ($self, $redis) = @_;

    $redis->known_at($self->port);
    $self->mode($redis->socket);
}


sub nowhere { $_[0]->mode('/nowhere') }


sub join_ends {
    my ($self, $near) = @_;

    $self->{to} = $self->mode;

    return $self->SUPER::join_ends($near);
}


1;
