# What the status page says is wrong: of each thing that can be, in words and
# with what to do, and not before it is so.  The page and the figures are those
# of a real market; the figures are changed here, and served to the page
# instead of its own.

use strict;
use warnings;

use lib 't/lib';

use JSON::MaybeXS;
use Storable qw( dclone );

use Polycard::Test;
use Polycard::ServedPage qw( change );
use Polycard::StatusPage qw( wait_state overflows );

my %worst;                      # finding => the worst level it was seen with

my $served = Polycard::ServedPage->new;
my $well = $served->well;
my $browser = $served->browser;

# finding, what is changed, level, what is said

my $ago = sub { $well->{time} - $_[0] };

shows('redis', { 'redis.state' => 'down', 'redis.age' => 300 }, 'act',
    qr/^Redis cannot be reached \(last answer: \d\d:\d\d, 5 min ago\)\.$/, later => 4);
shows('redis', { 'redis.state' => 'down', 'redis.age' => 300,
        'redis.away_since' => $ago->(120) }, 'act',
    qr/^Redis cannot be reached since \d\d:\d\d, 2 min ago\.$/, later => 4);
shows('redis', { 'redis.state' => 'down', 'redis.age' => undef }, 'act',
    qr/^Redis cannot be reached\.$/, later => 4);
shows('redis', { 'redis.state' => 'slow', 'redis.age' => 5 }, 'act',
    qr/^Redis does not answer in time \(last answer: /, later => 4);
shows('redis', { 'redis.state' => 'error', 'redis.age' => 5 }, 'act',
    qr/^Redis answers with an error \(last answer: /, later => 4);
shows('redis', { 'redis.state' => 'unknown' }, 'info',
    qr/^Redis has not been asked yet\.$/);
shows('refused', { 'redis.refuses' => $_->[0] }, 'act',
    qr/^Redis refuses commands, because $_->[1] \($_->[0]\)\.$/, later => 21)
    for [ NOREPLICAS => 'too few replicas are connected' ],
        [ MISCONF => 'it cannot save its data' ],
        [ OOM => 'its memory is full' ],
        [ READONLY => 'it is a replica' ],
        [ MASTERDOWN => 'it is a replica without its master' ],
        [ LOADING => 'it is loading its data' ],
        [ BUSY => 'a script occupies it' ],
        [ NOPERM => 'its user lacks a right' ],
        [ NOAUTH => 'it wants a password' ],
        [ WRONGPASS => 'user or password is wrong' ];
shows('refused', { 'redis.state' => 'down', 'redis.refuses' => $_ }, 'act',
    qr/^Redis refuses commands, because .* \($_\)\.$/, later => 4)
    for qw( NOAUTH WRONGPASS LOADING );
shows('workers', { 'redis.workers' => 4, 'redis.connected' => 3 }, 'look',
    qr/^1 worker has no connection to Redis\.$/, later => 21);

shows('outage', { 'hooks.outage_since' => $ago->(58) }, 'info',
    qr/^The gateway has taken no hooks since /);
shows('outage', { 'hooks.outage_since' => $ago->(60), 'hooks.outbox' => 1,
        'hooks.held' => 3 },
    'look', qr/^The gateway has taken no hooks since \d\d:\d\d, 1 min ago \(outage\)\.$/,
    text => qr/^Nothing is lost: 4 hooks wait, .* If it lasts, ask Polycard\.$/);
shows('outage', { 'hooks.outage_since' => $ago->(61),
        'hooks.outage_reason' => 'status 401', 'hooks.outage_next' => $ago->(-90) },
    'look', qr/1 min ago \(outage\): status 401\.$/,
    text => qr/hook_token_file .* The next attempt is in 1 min \d+ s\.$/);
shows('outage', { 'hooks.outage_since' => $ago->(3 * 86400) }, 'act',
    qr/^The gateway has taken no hooks since \d+ \w+, \d\d:\d\d, 3 d ago \(outage\)\.$/);
shows('old', { 'hooks.outbox_age' => 725 }, 'look',
    qr/^The oldest hook has been waiting for 12 min 5 s\.$/);
shows('full', { 'hooks.outbox' => 850_000 }, 'look',
    qr/^The outbox is 85% full\.$/);
shows('full', { 'hooks.outbox' => 1_000_000 }, 'look',
    qr/^The outbox is full\.$/);
shows('dead', { 'hooks.dead' => 1 }, 'look',
    qr/^The gateway has refused 1 hook for good \(dead letters\)\.$/);
shows('held', { 'hooks.held_keys' => 2, 'hooks.held' => 3 }, 'info',
    qr/^Hooks of 2 clients and groups are on hold\.$/);
shows('lease', { 'hooks.lease' => { holder => undef, left => undef } }, 'act',
    qr/^No worker sends hooks: nobody holds the lease\.$/, later => 21);

shows('guard', { guard => { state => 'closed', waiting => 1234,
    confirmed => 0 } }, 'act', qr/^So many clients are gone at once /);
shows('events', { 'events.last' => $ago->(100) }, 'look',
    qr/^Redis has sent no keyspace events since \d\d:\d\d, \d+ \w+ ago\.$/, later => 21);
shows('events', { 'events.last' => undef }, 'look',
    qr/^Redis sends no keyspace events\.$/, later => 21);
shows('numbers', { 'card_numbers.left' => 999 }, 'look',
    qr/^Only 999 card numbers are left\.$/);
shows('numbers', { 'card_numbers.left' => 0 }, 'act',
    qr/^There are no card numbers left: no client can be added\.$/);
shows('ids', { client_ids_left => 0 }, 'act',
    qr/^The client ids are used up: no client can be added\.$/);
shows('unfit', { 'card_numbers.unfit' => 300 }, 'act',
    qr/^300 entries of the pool are no card numbers\.$/);
shows('records', { 'bad_records.stored' => 12 }, 'look',
    qr/^12 stored records cannot be shown as they are\.$/,
    text => qr/clients who have no card yet do not count/);
shows('broken', { broken_keys => 1 }, 'look',
    qr/^Keys of a wrong type in Redis hold up 1 client, group or list\.$/);
shows('unread', { registered => { unread => 3, age => 86401 } }, 'look',
    qr/^3 clients whom Polycard has registered were not taken in for 1 d/);
shows('sync', { first_sync => 'running' }, 'info',
    qr/^The first sync is running\.$/);
shows('sync', { first_sync => 'done', lost_since => $ago->(7000) }, 'act',
    qr/^Redis has lost all data of this market\.$/);
shows('sync', { first_sync => 'restore' }, 'act',
    qr/^Redis has lost all data of this market\.$/);
shows('new', { first_sync => 'new', 'hooks.enabled' => JSON::MaybeXS::false }, 'act',
    qr/^No worker has started on this market yet\.$/, later => 21);
shows('empty', { clients => 0 }, 'act',
    qr/^This market has no clients: nobody is found \(404\)\.$/);
shows('curl', { 'hooks.libcurl_unfit' => JSON::MaybeXS::true }, 'act',
    qr/^No hook can be sent: libcurl cannot be used\.$/);
shows('doubt', { 'hooks.doubt_since' => $ago->(120) }, 'act',
    qr/^Redis has lost changes that the gateway may have, since \d\d:\d\d, 2 min/);
shows('replicas', { 'redis.writes_without_replicas' => JSON::MaybeXS::true },
    'look', qr/^Redis takes writes without its replicas\.$/);
shows('memory', { 'redis.append_only' => JSON::MaybeXS::false }, 'look',
    qr/^Redis has no append only file: its restart would lose clients\.$/,
    text => qr/CONFIG SET appendonly yes/);
shows('evicts', { 'redis.evicts' => JSON::MaybeXS::true }, 'look',
    qr/^Redis deletes records when its memory is full\.$/,
    text => qr/CONFIG SET maxmemory-policy noeviction/);
shows('library', { 'redis.library_version' => 1000 }, 'look',
    qr/^Redis holds the functions of a newer module: version 1000, this nginx has \d+\.$/);
shows('library', { 'redis.library_version' => 3 }, 'look',
    qr/^Redis holds the functions of an older module: version 3, this nginx has \d+\.$/,
    later => 21);
shows('broken', { broken_keys => 1, clients => 0 }, 'look',
    qr/^Keys of a wrong type in Redis hold up 1 client, group or list\.$/);
shows('failed', { 'recent_requests.ok' => 90, 'recent_requests.timeout' => 10 },
    'look', qr/^10% of the requests of the last minutes failed\.$/);
shows('failed', { 'recent_requests.miss' => 50,
    'recent_requests.unavailable' => 50 }, 'act',
    qr/^50% of the requests of the last minutes failed\.$/);
shows('denied', { 'recent_requests.denied' => 50 }, 'look',
    qr/^Most requests come without a valid access token\.$/);

# what is near a bound, or not to be judged

shows(undef, { 'hooks.outbox' => 799_999, 'hooks.outbox_age' => 599,
    'card_numbers.left' => 1000, 'events.last' => $ago->(29) }, 'good');
shows(undef, { 'card_numbers.left' => undef, 'bad_records.stored' => undef },
    'good');
shows(undef, { 'redis.append_only' => undef, 'redis.evicts' => undef },
    'good');
shows(undef, { 'hooks.enabled' => JSON::MaybeXS::false, 'hooks.dead' => 3,
    'hooks.lease' => { holder => undef, left => undef } }, 'good');
shows(undef, { uptime => 30, 'events.last' => undef,
    'hooks.lease' => { holder => undef, left => undef } }, 'good', undef,
    later => 21);

test_first_paint();
test_crit_lines();
test_alerts();

is_deeply([ grep { !/status of 500/ } $browser->console ], [],
    'the console is empty');

finish();


# The page begins with all well and hears of the change; where that must
# last, again `later` seconds later.

sub shows {
    my ($id, $changes, $level, $title, %option) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $what = $id || join ' ', sort keys %$changes;
    my $state = change(dclone($well), %$changes);

    $served->serve($well);
    $served->show;
    wait_state($browser, "$what: begins with all well",
        sub { $_[0]{title} eq 'Polycard: all well' });

    # a figure that all pages show tells that it was read

    $state->{time} += 1;
    $state->{workers} = 77;
    $served->serve($state);
    wait_state($browser, "$what: is read", sub { read_workers() == 77 });

    if ($option{later}) {
        is(Polycard::StatusPage::state($browser)->{level}, 'good',
            "$what: no alarm at once");

        $state->{time} += $option{later};
        $state->{workers} = 78;
        $served->serve($state);
        wait_state($browser, "$what: is read again",
            sub { read_workers() == 78 });
    }

    my $page = Polycard::StatusPage::state($browser);
    my $card = $page->{cards}{shop1};

    is($card->{level}, $level, "$what: $level");

    return is_deeply($card->{findings}, {}, "$what: nothing is said") if !$id;

    $worst{$id} = $level if ($worst{$id} || '') ne 'act';

    my $finding = $card->{findings}{$id} || [ '', '', '' ];

    is(scalar keys %{ $card->{findings} }, 1, "$what: one thing is said");
    is($finding->[0], $level, "$what: ... as $level");
    like($finding->[1], $title, "$what: ... what");
    like($finding->[2], qr/^\S.{20,}\.$/, "$what: ... and what to do");
    like($finding->[2], $option{text}, "$what: ... with figures")
        if $option{text};
    unlike($finding->[1] . $finding->[2], qr/undefined|null|NaN/,
        "$what: ... in words");
    is(overflows($browser), '', "$what: fits on a phone");

    if ($level eq 'info') {
        is($page->{title}, 'Polycard: all well', "$what: no alarm");
    } else {
        like($page->{title}, qr/^Polycard: shop1 \w/, "$what: in the title");
        is($page->{level}, $level, "$what: at the top");
    }
}


sub read_workers {
    return $browser->text('#versions') =~ /with (\d+) workers?/ ? $1 : 0;
}


# who opens the page now sees at once what may have lasted for long

sub test_first_paint {
    my @bad = (
        [ redis => { 'redis.state' => 'down', 'redis.age' => 15 } ],
        [ redis => { 'redis.state' => 'error', 'redis.age' => undef } ],
        [ lease => { 'hooks.lease' => { holder => undef, left => undef } } ],
        [ new   => { first_sync => 'new',
                     'hooks.enabled' => JSON::MaybeXS::false } ],
        map { [ $_->[0] => $_->[1] ] } crit_states(),
    );

    for my $bad (@bad) {
        my ($id, $changes) = @$bad;

        $served->serve(change(dclone($well), %$changes));
        $served->show;

        my $page = wait_state($browser, "$id: the page is opened",
            sub { $_[0]{title} ne 'Polycard: reading the state' });

        is($page->{level}, 'act', "$id: red on the first paint");
        is($page->{cards}{shop1}{findings}{$id}[0], 'act', '... because of it');
    }
}


# finding, the state that has it, the line of the log at "crit"

sub crit_states {
    return (
        [ sync    => { first_sync => 'restore' }, 'has lost all data of' ],
        [ guard   => { guard => { state => 'closed', waiting => 1,
                                  confirmed => 0 } },
          'so many records of polycard market' ],
        [ numbers => { 'card_numbers.left' => 0 }, 'no card numbers left' ],
        [ ids     => { client_ids_left => 0 }, 'used up its client ids' ],
        [ unfit   => { 'card_numbers.unfit' => 1 },
          'entries of the pool of polycard market' ],
        [ redis   => { 'redis.state' => 'error' },
          'another library with the same name' ],
        [ curl    => { 'hooks.libcurl_unfit' => JSON::MaybeXS::true },
          'libcurl cannot be used' ],
        [ doubt   => { 'hooks.doubt_since' => $ago->(1) },
          'has lost changes that were sent to the gateway' ],
    );
}


# no line is called "crit" of which the page knows nothing

sub test_crit_lines {
    my @known = map { $_->[2] } crit_states();
    my @lines;

    for my $path (glob source_dir() . '/ngx_polycard_module/{,*/}*.c') {
        my $text = slurp($path) =~ s/"\s*\n\s*"//gr;

        push @lines, $text =~ /NGX_LOG_CRIT,[^"]*("(?:[^"\\]|\\.)*")/g;
    }

    cmp_ok(scalar @lines, '>=', @known, 'lines at "crit"');

    for my $line (@lines) {
        ok((grep { index($line, $_) >= 0 } @known),
            "the page is red for $line");
    }
}


# what is red is what an alert calls critical

sub test_alerts {
    my %alert = (
        redis   => 'RedisDown',         workers => 'RedisConnectionsMissing',
        outage  => 'OutageLong',        old     => 'OldHooks',
        full    => 'OutboxNearlyFull',  dead    => 'DeadHooks',
        lease   => 'NobodySends',       guard   => 'GuardClosed',
        events  => 'EventsMissing',     numbers => 'CardNumbersOut',
        records => 'BadRecords',        sync    => 'AllLost',
        new     => 'NotStarted',        empty   => 'NoClients',
        curl    => 'LibcurlUnfit',      failed  => 'ServiceDown',
        denied  => 'TokensDenied',      broken  => 'BrokenKeys',
        unfit   => 'CardNumbersUnfit',  ids     => 'ClientIdsOut',
        doubt    => 'ChangesLost',      refused  => 'RedisRefuses',
        memory   => 'RedisNotPersistent', evicts => 'RedisEvicts',
        replicas => 'RedisReplicasNotNeeded', unread => 'RegisteredUnread',
    );
    my $rules = slurp(source_dir() . '/docs/prometheus/alerts.yml');
    my %severity = $rules
        =~ /alert: Polycard(\w+)\n.*?severity: (\w+)/sg;

    is_deeply([ sort keys %worst ], [ sort keys %alert, qw( held library ) ],
        'each finding was looked at');

    is($severity{ $alert{$_} }, $worst{$_} eq 'act' ? 'critical' : 'warning',
        "$_: as severe as $alert{$_}") for sort keys %alert;
}
