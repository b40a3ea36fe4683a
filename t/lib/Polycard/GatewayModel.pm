# A gateway as it should be, without a network: it applies hooks in the order in
# which they come, drops repeated ids, and says what does not follow from what it
# was told before.
#
#   my $gateway = Polycard::GatewayModel->new;
#   $gateway->apply($id, $key, $object, $action, $alias, $time, @data);
#   $gateway->died($key);       # a hook of it was set aside: nothing is known of
#                               # its order from here on
#   $gateway->told($key)        # what it knows of this client or group
#   $gateway->begin_anew;       # keys whose order was lost are unknown again
#   $gateway->faults            # since the last time

package Polycard::GatewayModel;

use strict;
use warnings;

use Exporter qw( import );
use Math::BigFloat;

our @EXPORT = qw( text_of_attributes );


sub new {
    my ($class) = @_;

    return bless { applied => {}, told => {}, amount => {}, last_id => {},
                   died => {}, faults => [], count => 0 }, $class;
}


sub told   { $_[0]{told}{$_[1]} }
sub count  { $_[0]{count} }
sub dead   { keys %{ $_[0]{died} } }
sub faults { splice @{ $_[0]{faults} } }
sub fault  { push @{ shift->{faults} }, "@_" }


sub died {
    my ($self, $key) = @_;

    $self->{died}{$key} = 1;
}


sub is_dead { $_[0]{died}{$_[1]} }


sub begin_anew {
    my ($self) = @_;

    delete $self->{told}{$_} for $self->dead;
    $self->{died} = {};
}


sub apply {
    my ($self, $id, $key, $object, $action, undef, undef, @data) = @_;

    return if $self->{applied}{$id}++;

    $self->{count}++;

    if (!$self->is_dead($key)) {
        my $last = $self->{last_id}{$key};

        $self->fault("$key: $id after $last") if $last && later($last, $id);
        $self->check($key, $object, $action, @data);
    }

    $self->{last_id}{$key} = $id;
    $self->take($key, $object, $action, @data);
}


sub take {
    my ($self, $key, $object, $action, %data) = @_;

    my ($told, $amount) = @$self{qw( told amount )};

    if ($object eq 'bonuses') {
        $amount->{$key}{$data{attribute}} = $data{total};
        $told->{$key}{$data{attribute}} = $data{total};
        delete $told->{$key}{$data{attribute}} if $action eq 'deleted';

    } elsif ($action eq 'deleted') {
        delete $told->{$key};

    } else {
        $told->{$key} = \%data;
        $amount->{$key} = \%data if $action eq 'added';
    }
}


# does a hook follow from those before?

sub check {
    my ($self, $key, $object, $action, %data) = @_;

    my $known = exists $self->{told}{$key};

    $self->fault("$key: $object $action") if ($object ne 'bonuses'
        && $action eq 'added') == $known;

    if ($object eq 'bonuses') {
        my $before = $self->{amount}{$key}{$data{attribute}} || 0;
        my $sum = Math::BigFloat->new($before)->badd($data{change});

        $self->fault("$key: $sum is not $data{total}")
            if $sum != $data{total};

    } elsif ($action eq 'deleted') {
        $self->fault("$key: deleted, but not as it was")
            if text_of_attributes($self->told($key))
               ne text_of_attributes(\%data);
    }
}


sub text_of_attributes {
    my ($hash) = @_;

    return join '|', map { "$_=$hash->{$_}" } sort keys %{ $hash || {} };
}


sub later {
    my ($ms, $seq, $other_ms, $other_seq) = map { split /-/ } @_;

    return $ms > $other_ms || ($ms == $other_ms && $seq > $other_seq);
}


1;
