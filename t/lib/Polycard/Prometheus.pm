# Prometheus' own judgement, by its promtool.
#
#   my ($status, $output) = promtool('check', 'rules', $path);
#
#   is_firing($rules, { 'metric{label="x"}' => '0+60x180' }, 120,
#             [ 'Alert' ], 'what');
#
# which alerts of the rules fire after so many minutes of these series (in
# promtool's notation, a value a minute): a list of their names.
#
#   my $samples = samples($text);     # of the text format: a list of
#                                     # [ name, { label => value }, value ]
#   my %series = series_of($samples, $time);
#
# the samples of that time as series that stay as they are.  promtool's clock
# begins at 0: points in time (..._timestamp_seconds) stay as far from now as
# they were, but for those since when something lasts (..._since_...), which
# are moved to be as far from minute 120.

package Polycard::Prometheus;

use strict;
use warnings;

use Exporter qw( import );
use JSON::MaybeXS ();
use Test::More;

use Polycard::Test ();

our @EXPORT = qw( promtool is_firing samples series_of $MINUTES );

our $MINUTES = 120;

my $dir;


sub promtool {
    return Polycard::Test::run_command('promtool', @_);
}


sub is_firing {
    my ($rules, $series, $minutes, $alerts, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    $dir ||= Polycard::Test::temp_dir();

    # JSON is YAML

    my $path = Polycard::Test::spew("$dir/test.yml",
        JSON::MaybeXS->new->utf8->canonical->encode({
            rule_files          => [ $rules ],
            evaluation_interval => '1m',
            tests               => [ {
                interval         => '1m',
                input_series     => [ map {
                    { series => $_, values => $series->{$_} }
                } sort keys %$series ],
                promql_expr_test => [ {
                    expr        =>
                        'count by (alertname) (ALERTS{alertstate="firing"})',
                    eval_time   => "${minutes}m",
                    exp_samples => [ map {
                        { labels => "{alertname=\"$_\"}", value => 1 }
                    } sort @$alerts ],
                } ],
            } ],
        }));

    my ($status, $output) = promtool('test', 'rules', $path);

    ok($status == 0, $what) or diag($output);
}


sub samples {
    my ($text) = @_;

    my @samples;

    for my $line (grep { !/^(?:#|$)/ } split /\n/, $text) {
        my ($name, $labels, $value) = $line
            =~ /^(\w+)(?:\{(.*)\})? (\S+)$/ or die "no sample: $line\n";
        my %label = ($labels || '') =~ /(\w+)="((?:[^"\\]|\\.)*)"/g;

        push @samples, [ $name, \%label, $value ];
    }

    return \@samples;
}


sub series_of {
    my ($samples, $time) = @_;

    my %series;

    for my $sample (@$samples) {
        my ($name, $labels, $value) = @$sample;
        my %label = (%$labels, job => 'polycard', instance => 'web1');
        my $text = "$name\{" . join(',', map { "$_=\"$label{$_}\"" }
            sort keys %label) . '}';

        my $step = 0;

        if ($name =~ /_timestamp_seconds$/) {
            $step = $name =~ /_since_/ ? 0 : 60;
            $value -= $time - ($step ? 0 : $MINUTES * 60);
        }

        $series{$text} = sprintf '%.15g%+dx%d', $value, $step, $MINUTES + 60;
    }

    return %series, 'up{job="polycard",instance="web1"}'
        => '1+0x' . ($MINUTES + 60);
}


1;
