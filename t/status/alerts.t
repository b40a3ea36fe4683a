# The alert rules: each fires on what it is meant for and on nothing else.
# Whether what they ask for is what nginx tells is in alerts_real.t.

use strict;
use warnings;

use lib 't/lib';

use JSON::MaybeXS;

use Polycard::Docs;
use Polycard::Test;
use Polycard::Prometheus;

my $rules = source_dir() . '/docs/prometheus/alerts.yml';
my $labels = 'market="shop1",job="polycard",instance="web1"';

my ($status, $output) = promtool('check', 'rules', $rules);

is($status, 0, 'promtool takes the rules') or diag($output);

my @alerts = map { @{ $_->{rules} } } @{ read_yaml($rules)->{groups} };

# as all is well: 2 hours and a half, a value a minute.  A point in time is
# given from the minute that is judged.

my $judged = $MINUTES * 60;

my %well = (
    'up{job="polycard",instance="web1"}' => steady(1),
    'polycard_build_info{version="1",job="polycard",instance="web1"}'
        => steady(1),

    redis_up                           => steady(1),
    redis_workers                      => steady(2),
    redis_connected_workers            => steady(2),
    hooks_enabled                      => steady(1),
    outbox_hooks                       => steady(5),
    outbox_hooks_limit                 => steady(1000),
    outbox_oldest_age_seconds          => steady(3),
    dead_hooks                         => steady(0),
    outage                             => steady(0),
    lease_held                         => steady(1),
    sweep_last_round_timestamp_seconds => moving(-1800),
    events_last_timestamp_seconds      => moving(-4),
    guard_closed                       => steady(0),
    card_numbers_left                  => '1000000-1x180',
    bad_records_stored                 => steady(0),
    broken_keys                        => steady(0),
    clients                            => steady(1000),
    registered_oldest_age_seconds      => steady(3600),
    libcurl_unfit                      => steady(0),
    redis_writes_without_replicas      => steady(0),
    redis_append_only                  => steady(1),
    redis_evicts                       => steady(0),
    redis_refuses                      => steady(0),

    'first_sync state="new"'           => steady(0),
    'first_sync state="restore"'       => steady(0),
    'first_sync state="done"'          => steady(1),
    lost                               => steady(0),
    hooks_doubt                        => steady(0),
    card_numbers_unfit                 => steady(0),
    client_ids_left                    => steady(1000000),

    'requests_total result="ok"'       => '0+600x180',
    'requests_total result="denied"'   => '0+30x180',
    'requests_total result="invalid"'  => '0+30x180',
    'requests_total result="timeout"'  => '0+10x180',
    'requests_total result="error"'    => '0+0x180',
    'batch_lines_total result="ok"'      => '0+600x180',
    'batch_lines_total result="timeout"' => '0+10x180',
);

# alert => [ what it fires on, what it does not fire on yet, other alerts
# that belong to it ]

my %case = (
    PolycardFiguresMissing => [
        { 'up{job="polycard",instance="web1"}' => '1+0x100 0+0x80',
          'polycard_build_info{version="1",job="polycard",instance="web1"}'
              => '1+0x100 _x80' },
        { 'up{job="other",instance="web1"}' => steady(0) },
    ],
    PolycardRedisDown => [
        { redis_up => steady(0), redis_connected_workers => steady(0) },
        { redis_up => '1+0x118 0 1+0x60' },
    ],
    PolycardRedisRefuses => [
        { redis_refuses => steady(1) },
        { redis_refuses => '0+0x119 1+0x60' },
    ],
    PolycardRedisNotPersistent => [
        { redis_append_only => steady(0) },
        { redis_append_only => '1+0x115 0+0x60' },
    ],
    PolycardRedisEvicts => [
        { redis_evicts => steady(1) },
        { redis_evicts => '0+0x115 1+0x60' },
    ],
    PolycardRedisConnectionsMissing => [
        { redis_connected_workers => steady(1) },
        { redis_connected_workers => '2+0x117 1+0x60' },
    ],
    PolycardRequestsFail => [
        { 'requests_total result="unavailable"' => '0+40x180' },
        { 'requests_total result="unavailable"' => '0+20x180' },
    ],
    PolycardBatchLinesFail => [
        { 'batch_lines_total result="unavailable"' => '0+40x180' },
        { 'batch_lines_total result="unavailable"' => '0+20x180' },
    ],
    PolycardServiceDown => [
        { 'requests_total result="unavailable"' => '0+1000x180' },
        {},
        'PolycardRequestsFail',
    ],
    PolycardTokensDenied => [
        { 'requests_total result="denied"' => '0+1000x180' },
        { 'requests_total result="denied"' => '0+500x180' },
    ],
    PolycardCardNumbersLow => [
        { card_numbers_left => '100000-20x180' },
        { card_numbers_left => '300000-20x180' },
    ],
    PolycardCardNumbersOut => [
        { card_numbers_left => steady(0) },
        { card_numbers_left => steady(1000) },
    ],
    PolycardBadRecords => [
        { bad_records_stored => steady(1) },
        { bad_records_stored => '0+0x110 3+0x70' },
    ],
    PolycardBrokenKeys => [
        { broken_keys => steady(1) },
        {},
    ],
    PolycardClientIdsOut => [
        { client_ids_left => steady(0) },
        { client_ids_left => steady(1) },
    ],
    PolycardCardNumbersUnfit => [
        { card_numbers_unfit => steady(1) },
        {},
    ],
    PolycardRegisteredUnread => [
        { registered_oldest_age_seconds => steady(86401) },
        { registered_oldest_age_seconds => steady(86400) },
    ],
    PolycardClientsGone => [
        { clients => '1000+0x100 499+0x80' },
        { clients => '1000+0x100 501+0x80' },
    ],
    PolycardAllLost => [
        { lost => steady(1) },
        {},
    ],
    PolycardNoClients => [
        { clients => steady(0) },
        { clients => steady(0), 'first_sync state="done"' => steady(0) },
    ],
    PolycardNotStarted => [
        { 'first_sync state="new"' => steady(1), hooks_enabled => steady(0),
          'first_sync state="done"' => steady(0) },
        { 'first_sync state="new"' => steady(1) },
    ],
    PolycardRedisReplicasNotNeeded => [
        { redis_writes_without_replicas => steady(1) },
        { redis_writes_without_replicas => '0+0x176 1+0x4' },
    ],
    PolycardChangesLost => [
        { hooks_doubt => steady(1) },
        {},
    ],
    PolycardLibcurlUnfit => [
        { libcurl_unfit => steady(1) },
        {},
    ],
    PolycardOutage => [
        { outage => steady(1),
          outage_since_timestamp_seconds => at(-901) },
        { outage => steady(1),
          outage_since_timestamp_seconds => at(-899) },
    ],
    PolycardOutageLong => [
        { outage => steady(1),
          outage_since_timestamp_seconds => at(-6 * 3600 - 1),
          outbox_oldest_age_seconds => steady(20000) },
        {},
        'PolycardOutage',
    ],
    PolycardNobodySends => [
        { lease_held => steady(0) },
        { lease_held => steady(0), hooks_enabled => steady(0) },
    ],
    PolycardOldHooks => [
        { outbox_oldest_age_seconds => steady(601) },
        { outbox_oldest_age_seconds => steady(599) },
    ],
    PolycardOutboxNearlyFull => [
        { outbox_hooks => steady(801) },
        { outbox_hooks => steady(799) },
    ],
    PolycardDeadHooks => [
        { dead_hooks => steady(1) },
        {},
    ],
    PolycardGuardClosed => [
        { guard_closed => steady(1) },
        {},
    ],
    PolycardEventsMissing => [
        { events_last_timestamp_seconds => moving(-61) },
        { events_last_timestamp_seconds => moving(-59) },
    ],
    PolycardSweepStands => [
        { sweep_last_round_timestamp_seconds => moving(-86401) },
        { sweep_last_round_timestamp_seconds => moving(-86399) },
    ],
);

is_deeply([ sort map { $_->{alert} } @alerts ], [ sort keys %case ],
    'every rule has its case');

test_annotations($_) for @alerts;
test_document();

fires({}, [], 'nothing fires when all is well');

for my $alert (map { $_->{alert} } @alerts) {
    my ($bad, $well, @others) = @{ $case{$alert} };

    fires($bad, [ $alert, @others ], "$alert fires, and nothing else");
    fires($well, [], "$alert does not fire too early") if %$well;
}

fires({ clients => '1000+0x10 499+0x170' }, [ 'PolycardClientsGone' ],
    'clients who are gone are still gone after an hour');
fires({ clients => '1000+0x10 0+0x170' },
    [ qw( PolycardClientsGone PolycardNoClients ) ],
    '... and so are all of them, confirmed or not');

# two that are told by something missing

fires({ 'polycard_build_info{version="1",job="polycard",instance="web1"}'
            => undef, map { $_ => undef } grep { !/^up/ } keys %well },
    [ 'PolycardFiguresMissing' ], 'no figures at all');
fires({ events_last_timestamp_seconds => undef }, [ 'PolycardEventsMissing' ],
    'no event ever');

finish();


sub read_yaml {
    my ($path) = @_;

    my ($failed, $text) = run_command('python3', '-c',
        'import json, sys, yaml;'
        . 'json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)', $path);

    die $text if $failed;

    return decode_json($text);
}


sub steady { "$_[0]+0x180" }


# a point in time, so many seconds from the minute that is judged; one that
# moves along stays as far from now

sub at { steady($judged + $_[0]) }
sub moving { $_[0] . '+60x180' }


sub fires {
    my ($changes, $alerts, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my %all = (%well, %$changes);
    my %series;

    for my $name (grep { defined $all{$_} } keys %all) {
        my ($metric, $more) = split / /, $name;

        $series{$name =~ /\{/ ? $name : "polycard_$metric\{"
            . ($more ? "$more," : '') . "$labels}"} = $all{$name};
    }

    is_firing($rules, \%series, $MINUTES, $alerts, $what);
}


# the table of the document, and its configuration

sub test_document {
    my $document = slurp(source_dir() . '/docs/status.md');
    my %documented = $document =~ /^\| `(Polycard\w+)` \| (\w+) \|/mg;

    is_deeply(\%documented,
        { map { $_->{alert} => $_->{labels}{severity} } @alerts },
        'every alert is in the document, with its severity');

    # its commands, with a folder instead of /etc/prometheus; the service
    # is asked by the way it would be

    my ($dir, $source) = (temp_dir(), source_dir());
    my @blocks = blocks('docs/status.md');
    my ($yaml) = grep { $_->{mark} eq 'prometheus.yml' } @blocks;

    spew("$dir/prometheus.yml",
        $yaml->{text} =~ s{/etc/prometheus/}{$dir/}gr);

    Polycard::Docs->new(
        replace => [ [ qr{/etc/prometheus/} => "$dir/" ],
                     [ qr{\bdocs/} => "$source/docs/" ] ],
        bin     => {
            sudo      => "#!/bin/sh\nexec \"\$@\"\n",
            systemctl => "#!/bin/sh\necho \"\$@\" > $dir/asked\n",
        },
    )->run(grep { "$_->{lang} $_->{mark}" eq 'sh prometheus' } @blocks);

    is(slurp("$dir/asked"), "reload prometheus\n",
        'Prometheus is told to read it');

    my ($failed, $said) = promtool('check', 'config', "$dir/prometheus.yml");
    my $count = @alerts;

    like($said, qr/\b$count rules found/, 'promtool finds the rules in it');
}


# what to do, and where the manual says more

sub test_annotations {
    my ($rule) = @_;

    my $annotations = $rule->{annotations};
    my ($file, $anchor) = ($annotations->{runbook_url} || '')
        =~ m{^file:///usr/share/doc/libnginx-mod-http-polycard/(.+)#(.+)$};
    my $path = source_dir() . '/' . ($file || '');
    my @faults;

    push @faults, 'severity' if ($rule->{labels}{severity} || '')
        !~ /^(?:warning|critical)$/;
    push @faults, 'summary' if ($annotations->{summary} || '') !~ /\w[^.]*$/;
    push @faults, 'description'
        if ($annotations->{description} || '') !~ /^\S.{60,}\.$/s;
    push @faults, "runbook " . ($annotations->{runbook_url} || 'none') if !grep { $_ eq ($anchor || '') }
        map { anchor($_) } $file && -e $path ? slurp($path) =~ /^#+ (.+)$/mg : ();

    ok(!@faults, "$rule->{alert} says what to do") or diag("@faults");
}


sub anchor {
    my ($title) = @_;

    $title = lc $title;
    $title =~ s/[^\w\- ]//g;
    $title =~ tr/ /-/;

    return $title;
}
