# The charts of make bench: where points lie, and that it is XML

use strict;
use warnings;

use lib 't/lib', 't/bench/lib';

use Polycard::Test;

use Bench::Chart;
use Bench::Charts;

my $chart = Bench::Chart->new('Cost & rate', x => 'a second', y => 'us',
    log_x => 1);

$chart->line('getClient <1>', [ 10, 20 ], [ 1000, 10 ], [ 100, 15 ]);
$chart->line('none', [ 10, 0 ], [ 1000, 18 ]);

my $svg = $chart->svg;


# elements that are closed, and nothing outside of them

sub is_xml {
    my ($text) = @_;

    my @open;

    while ($text =~ m{\G(?:<(/?)(\w+)((?: [\w:-]+="[^"<&]*")*)(/?)>|([^<]*))}gc)
    {
        my ($end, $name, $empty, $between) = ($1, $2, $4, $5);

        if (defined $between) {
            return 0 if $between =~ /&(?!amp;|lt;|gt;)|>/;
            last if $between eq '' && pos $text == length $text;
            next;
        }

        if ($end) {
            return 0 if (pop @open || '') ne $name;

        } elsif (!$empty) {
            push @open, $name;
        }
    }

    return !@open && pos $text == length $text;
}


sub points {
    my ($i) = @_;

    my @lines = $svg =~ /<polyline [^>]*points="([^"]*)"/g;

    return map { [ split /,/ ] } split / /, $lines[$i];
}


ok(is_xml($svg), 'it is XML') or diag($svg);
ok(!is_xml('<svg><a></svg></a>') && !is_xml('<a>&</a>') && !is_xml('<a>'),
    '... which is looked at');
like($svg, qr/Cost &amp; rate/, 'the title');
like($svg, qr/getClient &lt;1&gt;/, 'the name of a line');

my ($first, $second, $third) = points(0);
my ($zero) = points(1);

cmp_ok($first->[0], '<', $second->[0], 'points are in the order of x');
is(sprintf('%.0f', $second->[0] - $first->[0]),
    sprintf('%.0f', $third->[0] - $second->[0]),
    'a logarithmic axis: ten times is as far everywhere');
cmp_ok($first->[1], '<', $third->[1], 'more is higher');
is(sprintf('%.0f', $zero->[1] - $third->[1]),
    sprintf('%.0f', $third->[1] - $first->[1]), 'the y axis begins at 0');
is(join(' ', @{ Bench::Chart::ticks(20) }), '0 5 10 15 20', 'round steps');
is(join(' ', @{ Bench::Chart::ticks(0.7) }), '0 0.2 0.4 0.6 0.8',
    '... below 1');
is(join(' ', @{ Bench::Chart::ticks(0) }), '0 0.2', '... of nothing');
is(join(' ', @{ Bench::Chart::log_ticks(3, 900) }), '1 10 100 1000',
    'powers of ten');
is(join(' ', @{ Bench::Chart::log_ticks(10, 10) }), '10 100', '... of one');
is(Bench::Chart::number(1234567), '1,234,567', 'a great number');
is(Bench::Chart::number(0.5), '0.5', 'a small one');

eval { Bench::Chart->new('x')->svg };
like($@, qr/nothing to show/, 'a chart of nothing');

# a rate is a pause between the requests of each caller

is(Bench::Charts::pause(6400), 10, '64 callers, 6400 requests a second');
is(Bench::Charts::pause(80), 100, '8 callers, 80 of them');
is(Bench::Charts::pause(0), undef, 'as many as there can be');

my %file = Bench::Charts::pictures(
    [ map { { rate => $_, nginx => 10, redis => 8, bare => 7, p50 => 90,
        p99 => 200, worker => 9 } } 100, 1000 ],
    [ map { { clients => $_, redis => $_ * 700, worker => 9e6 } }
        1000, 100_000 ]);

is(join(' ', sort keys %file), 'cost.svg latency.svg memory.svg',
    'three pictures');
ok(is_xml($_), '... in XML') for values %file;

finish();
