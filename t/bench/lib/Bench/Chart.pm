# A chart as SVG: lines through points, over one or two kinds of axes.
#
#   my $chart = Bench::Chart->new('What a request costs',
#       x => 'requests a second', y => 'microseconds', log_x => 1);
#   $chart->line('getClient', [ 100, 13.1 ], [ 1000, 12.4 ], ...);
#   $chart->svg;
#
# The y axis begins at 0; so does the x axis, unless it is logarithmic.  Nothing
# but text and lines: any browser, and any viewer of documents, shows it.

package Bench::Chart;

use strict;
use warnings;

use List::Util qw( max min );
use POSIX qw( ceil floor );

my ($WIDTH, $HEIGHT) = (720, 400);
my ($LEFT, $RIGHT, $TOP, $BOTTOM) = (70, 190, 44, 52);
my $TICKS = 6;
my $FONT = 'font-family="sans-serif" font-size="13"';

my @colors = ('#1f5fa8', '#b3431e', '#3d7a2f', '#7a4a9e', '#8a6a00',
    '#555555');


sub new {
    my ($class, $title, %option) = @_;

    return bless { title => $title, lines => [], %option }, $class;
}


sub line {
    my ($self, $name, @points) = @_;

    push @{ $self->{lines} }, { name => $name, points => \@points };
}


sub svg {
    my ($self) = @_;

    my @points = map { @{ $_->{points} } } @{ $self->{lines} };

    die "$self->{title}: there is nothing to show\n" if !@points;

    $self->{ticks_x} = $self->{log_x} ? log_ticks(map { $_->[0] } @points)
        : ticks(max(map { $_->[0] } @points));
    $self->{ticks_y} = ticks(max(map { $_->[1] } @points));

    return join "\n",
        qq{<svg xmlns="http://www.w3.org/2000/svg" width="$WIDTH"}
            . qq{ height="$HEIGHT" viewBox="0 0 $WIDTH $HEIGHT" $FONT}
            . qq{ role="img">},
        '<title>' . text($self->{title}) . '</title>',
        qq{<rect width="$WIDTH" height="$HEIGHT" fill="#ffffff"/>},
        label($LEFT, 24, 'start', $self->{title}, 'font-weight="bold"'),
        $self->axes,
        (map { $self->draw($_) } 0 .. $#{ $self->{lines} }),
        "</svg>\n";
}


# 0, and round steps up to the greatest value

sub ticks {
    my ($most) = @_;

    my $rough = ($most > 0 ? $most : 1) / $TICKS;
    my $power = 10 ** floor(log($rough) / log(10));
    my ($step) = grep { $_ >= $rough * 0.999 } map { $_ * $power }
        1, 2, 5, 10;

    return [ map { $_ * $step } 0 .. ceil($most / $step - 1e-9) || 1 ];
}


# the powers of 10 around all values

sub log_ticks {
    my (@values) = @_;

    my $first = floor(log(min(@values)) / log(10) + 1e-9);
    my $last = ceil(log(max(@values)) / log(10) - 1e-9);

    $last = $first + 1 if $last == $first;

    return [ map { 10 ** $_ } $first .. $last ];
}


sub place_x {
    my ($self, $x) = @_;

    my ($from, $to) = @{ $self->{ticks_x} }[0, -1];
    my $share = $self->{log_x} ? log($x / $from) / log($to / $from)
        : ($x - $from) / ($to - $from);

    return $LEFT + $share * ($WIDTH - $LEFT - $RIGHT);
}


sub place_y {
    my ($self, $y) = @_;

    return $HEIGHT - $BOTTOM
        - $y / $self->{ticks_y}[-1] * ($HEIGHT - $TOP - $BOTTOM);
}


sub axes {
    my ($self) = @_;

    my ($end, $floor) = ($WIDTH - $RIGHT, $HEIGHT - $BOTTOM);

    return (
        (map { my $y = $self->place_y($_);
            stroke([ $LEFT, $y ], [ $end, $y ], '#d5d5d5'),
            label($LEFT - 8, $y + 4, 'end', number($_))
        } @{ $self->{ticks_y} }),
        (map { my $x = $self->place_x($_);
            stroke([ $x, $floor ], [ $x, $floor + 5 ], '#777777'),
            label($x, $floor + 20, 'middle', number($_))
        } @{ $self->{ticks_x} }),
        stroke([ $LEFT, $floor ], [ $end, $floor ], '#777777'),
        label(($LEFT + $end) / 2, $HEIGHT - 12, 'middle', $self->{x}),
        label(14, ($TOP + $floor) / 2, 'middle', $self->{y},
            sprintf 'transform="rotate(-90 14 %.1f)"', ($TOP + $floor) / 2),
    );
}


# a line, its points, and its name beside the chart

sub draw {
    my ($self, $i) = @_;

    my $line = $self->{lines}[$i];
    my $color = $colors[$i % @colors];
    my @places = map { [ $self->place_x($_->[0]), $self->place_y($_->[1]) ] }
        sort { $a->[0] <=> $b->[0] } @{ $line->{points} };
    my $y = $TOP + 10 + 20 * $i;
    my $x = $WIDTH - $RIGHT + 16;

    return (
        sprintf('<polyline fill="none" stroke="%s" stroke-width="2" '
            . 'points="%s"/>', $color,
            join ' ', map { sprintf '%.1f,%.1f', @$_ } @places),
        (map { sprintf '<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>', @$_,
            $color } @places),
        stroke([ $x, $y ], [ $x + 20, $y ], $color, 2),
        label($x + 26, $y + 4, 'start', $line->{name}),
    );
}


sub stroke {
    my ($from, $to, $color, $width) = @_;

    return sprintf '<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" '
        . 'stroke="%s" stroke-width="%d"/>', @$from, @$to, $color,
        $width || 1;
}


sub label {
    my ($x, $y, $anchor, $text, $more) = @_;

    return sprintf '<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>',
        $x, $y, $anchor, $more ? " $more" : '', text($text);
}


# 1,000 and 0.5

sub number {
    my ($number) = @_;

    my $text = sprintf '%.10g', $number;

    1 while $text =~ s/^(\d+)(\d{3})/$1,$2/;

    return $text;
}


sub text {
    my ($text) = @_;

    return $text =~ s/&/&amp;/gr =~ s/</&lt;/gr =~ s/>/&gt;/gr;
}


1;
