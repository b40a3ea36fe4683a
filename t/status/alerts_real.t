# What the alert rules and the Grafana dashboard ask for is what nginx tells:
# names and labels are held against real figures, and real faults fire the
# alerts that are meant for them.

use strict;
use warnings;

use lib 't/lib';

use JSON::MaybeXS;
use Time::HiRes qw( time );

use Polycard::Test;
use Polycard::HTTP;
use Polycard::HookShop;
use Polycard::Prometheus;

my $folder = source_dir() . '/docs/prometheus';
my $rules = "$folder/alerts.yml";

my $shop = Polycard::HookShop->new(
    redis  => { appendonly => 'yes' },
    market => {
        card_numbers   => 'pool',
        sweep_interval => '5ms',
        hook_attempts  => 1,
        delete_guard   => '10%',
    },
    server => Polycard::HookShop::location('')
        . "location = /polycard { polycard_status; }\n",
);

my %seen;                       # name => { label => { value => 1 } }

sub phone { sprintf '38067%07d', $_[0] }


test_well();
test_faults();
test_redis_away();
test_nobody();
test_rules();
test_dashboard();

finish();


# all samples as they are now, and when that is

sub figures {
    my ($of) = @_;

    my $answer = http_get(($of || $shop)->nginx, '/polycard?format=prometheus');
    my $samples = samples($answer->body);

    for my $sample (@$samples) {
        my ($name, $labels) = @$sample;

        $seen{$name} ||= {};
        $seen{$name}{$_}{ $labels->{$_} } = 1 for keys %$labels;
    }

    return ($samples, time);
}


sub value {
    my ($samples, $name) = @_;

    my ($sample) = grep { $_->[0] eq "polycard_$name" } @$samples;

    return $sample ? $sample->[2] : -1;
}


# the figures as soon as the condition holds, which gets a sub that tells a
# value by its name

sub figures_when {
    my ($what, $condition) = @_;

    my ($samples, $now);

    ok(wait_until(sub {
        ($samples, $now) = figures();

        return $condition->(sub { value($samples, $_[0]) });
    }, 60, $what), $what);

    return ($samples, $now);
}


sub test_well {
    $shop->put(phone($_), barcode => "b$_", bonus => 1) for 1 .. 40;
    $shop->put(phone(78), name => 'no card yet');
    $shop->client->rpush($shop->key('cards'), 1 .. 2000);
    $shop->ready;
    $shop->settle;
    $shop->get('getClient', phone => phone(1));

    my @figures = figures_when('a market that is well', sub {
        my ($value) = @_;

        return $value->('bad_records_stored') == 0
            && $value->('clients') >= 40
            && $value->('events_last_timestamp_seconds') > 0
            && $value->('outbox_hooks') == 0;
    });

    is_firing($rules, { series_of(@figures) }, $MINUTES, [],
        'nothing fires when all is well');
}


# a hook that is refused for good, then everything at once

sub test_faults {
    $shop->rules([ 'poison', { status => 422 } ]);
    $shop->put(phone(99), barcode => 'poison');
    figures_when('a dead letter', sub { $_[0]->('dead_hooks') == 1 });

    $shop->rules;
    $shop->gateway->always({ status => 500 });

    $shop->client->del($shop->key('cards'),
        map { $shop->key('client:' . phone($_)) } 1 .. 30);
    $shop->client->hset($shop->key('client:' . phone(77)), barcode => "7\n7");

    my @figures = figures_when('real faults', sub {
        my ($value) = @_;

        return $value->('outage') == 1 && $value->('guard_closed') == 1
            && $value->('card_numbers_left') == 0
            && $value->('bad_records_stored') > 0;
    });

    is_firing($rules, { series_of(@figures) }, $MINUTES + 16,
        [ qw( PolycardBadRecords PolycardCardNumbersOut PolycardDeadHooks
              PolycardGuardClosed PolycardOutage ) ],
        'each real fault fires its alert, and nothing else does');
}


sub test_redis_away {
    $shop->redis->stop;

    my ($samples, $now) = figures_when('Redis is away',
        sub { $_[0]->('redis_up') == 0 });
    my %series = series_of($samples, $now);

    is_firing($rules, \%series, $MINUTES,
        [ qw( PolycardBadRecords PolycardCardNumbersOut PolycardDeadHooks
              PolycardGuardClosed PolycardRedisDown ) ],
        'and so does a Redis that is away; the rest stays as it was');

    $shop->redis->start;
}


sub test_nobody {
    my $idle = Polycard::HookShop->new(
        market => { emitter => 'off' },
        server => Polycard::HookShop::location('')
            . "location = /polycard { polycard_status; }\n",
    );
    my @figures;

    $idle->put('380671112233', name => 'Olena', barcode => 'C-4712');

    ok(wait_until(sub {
        @figures = figures($idle);

        return value($figures[0], 'redis_up') == 1
            && value($figures[0], 'lease_held') == 0;
    }, 60, 'figures'), 'a market without an emitter');

    is_firing($rules, { series_of(@figures) }, $MINUTES,
        [ 'PolycardNobodySends' ], 'that nobody sends fires its alert');
}


# What is asked for: each name, and the labels and values beside it

sub test_expression {
    my ($expr, $what) = @_;

    my @unknown = grep { !$seen{$_} } $expr =~ /\b(polycard_\w+)/g;

    while ($expr =~ /\b(polycard_\w+)\{([^}]*)\}/g) {
        my ($name, $matchers) = ($1, $2);

        while ($matchers =~ /(\w+)(=~?)"([^"]*)"/g) {
            my ($label, $how, $text) = ($1, $2, $3);

            next if $label eq 'instance' || $text =~ /^\$/;

            my $values = $seen{$name}{$label} || {};

            push @unknown, map { "$name\{$label=\"$_\"}" }
                grep { !$values->{$_} } $how eq '=~' ? split /\|/, $text
                    : $text;
        }
    }

    for my $list ($expr =~ /\bby \(([^)]*)\)/g) {
        my ($name) = $expr =~ /\b(polycard_\w+)/;

        push @unknown, map { "$name by $_" }
            grep { !/^(?:job|instance|alertname)$/ && !$seen{$name}{$_} }
            split /, */, $list;
    }

    is_deeply(\@unknown, [], "$what: asks for what there is");
}


sub test_rules {
    my %expr;

    # an expression is one line, or the lines that are indented further

    for my $rule (split /^      - alert: /m, slurp($rules)) {
        my ($name) = $rule =~ /^(Polycard\w+)$/m or next;
        my ($one, $lines) = $rule
            =~ /^        expr: (?:([^|].*)|\|\n((?:          .*\n)+))/m;

        test_expression(defined $one ? $one : $lines, $name);
        $expr{$name} = 1;
    }

    cmp_ok(scalar keys %expr, '>=', 12, 'all rules were looked at');
}


sub test_dashboard {
    my $board = decode_json(slurp("$folder/grafana.json"));
    my @panels = grep { $_->{type} ne 'row' } @{ $board->{panels} };
    my %ids = map { $_->{id} => 1 } @{ $board->{panels} };
    my ($source) = grep { $_->{type} eq 'datasource' }
        @{ $board->{templating}{list} };

    cmp_ok($board->{schemaVersion}, '>=', 36, 'the dashboard: a version');
    is($source->{query}, 'prometheus', '... a variable for the data source');
    is(scalar keys %ids, @{ $board->{panels} }, '... ids that differ');
    is(overlaps(@{ $board->{panels} }), '', '... panels beside each other');

    my @expr;

    for my $panel (@panels) {
        is($panel->{datasource}{uid}, '${datasource}',
            "$panel->{title}: asks the chosen data source");

        for my $target (@{ $panel->{targets} }) {
            test_expression($target->{expr}, $panel->{title});
            push @expr, $target->{expr};

            my @missing = grep { !legend_label($target->{expr}, $_) }
                $target->{legendFormat} =~ /\{\{(\w+)\}\}/g;

            is_deeply(\@missing, [], "$panel->{title}: names what it has");
        }
    }

    test_parse(@expr);

    my $all = join ' ', @expr;
    my @unshown = grep { index($all, $_) < 0 } grep { !/_(?:sum|count)$/ }
        sort keys %seen;

    is_deeply(\@unshown, [], 'every figure has a place');
}


# is there such a label in what the expression returns

sub legend_label {
    my ($expr, $label) = @_;

    return 1 if $label eq 'instance' && $expr !~ /\bby \(/;

    my ($by) = $expr =~ /\bby \(([^)]*)\)/;
    my ($name) = $expr =~ /\b(polycard_\w+)/;

    return defined $by ? grep { $_ eq $label } split /, */, $by
        : $seen{$name}{$label};
}


# Grafana's variables as what it puts there, and promtool reads the rest

sub test_parse {
    my $n = 0;
    my @records = map {
        my $expr = $_;

        $expr =~ s/\$__rate_interval/5m/g;
        $expr =~ s/\$(?:market|instance)/.*/g;

        { record => 'x:' . $n++, expr => $expr };
    } @_;
    my $dir = temp_dir();
    my $path = spew("$dir/records.yml", encode_json({ groups => [
        { name => 'dashboard', rules => \@records } ] }));
    my ($status, $output) = promtool('check', 'rules', $path);

    is($status, 0, 'promtool reads every expression') or diag($output);
}


sub overlaps {
    my @panels = @_;

    my (%taken, @faults);

    for my $panel (@panels) {
        my $at = $panel->{gridPos};

        push @faults, "$panel->{title} is too wide"
            if $at->{x} + $at->{w} > 24;

        for my $x ($at->{x} .. $at->{x} + $at->{w} - 1) {
            for my $y ($at->{y} .. $at->{y} + $at->{h} - 1) {
                push @faults, "$panel->{title} at $x $y" if $taken{"$x $y"}++;
            }
        }
    }

    return join ', ', @faults;
}
