# An answer as Polycard::HTTP has read it, which says what is in it.

package Polycard::HTTP::Answer;

use strict;
use warnings;

use B ();
use JSON::MaybeXS ();


sub new {
    my ($class, $head, $interim, $peer) = @_;

    my $self = bless {
        status  => 0,
        raw     => $head,
        body    => '',
        headers => [],
        interim => $interim,
        peer    => $peer,
    }, $class;

    return $self if $head !~ /\r\n\r\n\z/;

    my ($first, @lines) = split /\r\n/, $head;

    @$self{qw( version status reason )} = ($1, $2, $3)
        if $first =~ m{^HTTP/(\d\.\d) (\d{3}) ?(.*)};
    $self->{headers} = [ map { [ split /:\s*/, $_, 2 ] } @lines ];

    return $self;
}


sub status   { $_[0]{status} }
sub version  { $_[0]{version} }
sub reason   { $_[0]{reason} }
sub body     { $_[0]{body} }
sub raw      { $_[0]{raw} }
sub complete { $_[0]{complete} }
sub peer     { $_[0]{peer} }
sub interim  { @{ $_[0]{interim} } }
sub headers  { @{ $_[0]{headers} } }


# always one scalar, so that it can stand in a list of arguments

sub header {
    my ($self, $name) = @_;

    my @values = $self->header_values($name);

    return @values ? join ', ', @values : undef;
}


sub header_values {
    my ($self, $name) = @_;

    return map { $_->[1] } grep { lc $_->[0] eq lc $name } $self->headers;
}


sub body_ends {
    my ($self, $raw, $body, $complete) = @_;

    $self->{raw} .= $raw;
    $self->{body} = $body;
    $self->{complete} = $complete ? 1 : 0;
}


# dies where the body is no JSON, or something follows it

sub json {
    my ($self) = @_;

    return JSON::MaybeXS->new->utf8->allow_nonref->decode($self->{body});
}


sub typed {
    my ($self) = @_;

    return with_types($self->json);
}


sub with_types {
    my ($value) = @_;

    return 'null' if !defined $value;
    return $value ? 'true' : 'false' if JSON::MaybeXS::is_bool($value);
    return [ map { with_types($_) } @$value ] if ref $value eq 'ARRAY';
    return { map { $_ => with_types($value->{$_}) } keys %$value }
        if ref $value eq 'HASH';

    my $is_string = B::svref_2object(\$value)->FLAGS & B::SVf_POK();

    return ($is_string ? 'string:' : 'number:') . $value;
}


1;
