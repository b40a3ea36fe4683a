# How results are shown: columns of a width, the first on the left, and bars.

package Bench::Table;

use strict;
use warnings;

use Exporter qw( import );
use Test::More;

our @EXPORT = qw( bar );


# [name, width], ...; the names are printed at once

sub new {
    my ($class, @columns) = @_;

    my $self = bless { widths => [ map { $_->[1] } @columns ] }, $class;

    $self->row(map { $_->[0] } @columns);

    return $self;
}


sub row {
    my ($self, @cells) = @_;

    my @widths = @{ $self->{widths} };
    my $line = sprintf '%-*s', shift @widths, shift @cells;

    $line .= sprintf ' %*s', shift @widths, $_ for @cells;
    $line =~ s/ +$//;

    print "$line\n";
}


sub bar {
    my ($holds, $text) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    return ok($holds, ($holds ? 'holds: ' : 'DOES NOT HOLD: ') . $text);
}


1;
