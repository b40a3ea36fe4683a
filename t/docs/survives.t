# docs/operation.md, "What survives what", row by row: it is done, and then
# what the row says is so.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HookShop;
use Polycard::Picture;
use Polycard::Preload;
use Polycard::Shop;
use Polycard::Stream;

my $document = 'docs/operation.md';
my $phone = '380501112233';
my $other = '380504445566';
my $DAY = 86400;

my %tests = (
    'reload' => \&test_reload,
    '`nginx -s quit`' => \&test_quit,
    '`nginx -s stop`, `kill -9`, a crash of the host' => \&test_crash,
    'upgrade of the module' => \&test_upgrade,
    'Redis is away for a while' => \&test_away,
    'Redis restarts, with `appendonly yes`' => \&test_restart,
    'Redis restarts without persistence, `FLUSHALL`' => \&test_all_lost,
    'a replica takes over' => \&test_replica,
    '`FUNCTION FLUSH`' => \&test_function_flush,
    "`CONFIG SET notify-keyspace-events ''`" => \&test_config_set,
    '`CLIENT KILL`' => \&test_client_kill,
    'Redis at its `maxmemory`' => \&test_maxmemory,
    'the wrong clock of a host' => \&test_clock,
);

my ($table) = slurp(source_dir() . "/$document")
    =~ /^## What survives what\n(.*?)^## /ms;
my (undef, @rows) = $table =~ /^\| (.*?) \| .* \|$/mg;

is_deeply([ sort @rows ], [ sort keys %tests ],
    "each row of $document has a test, and each test a row");

for my $row (grep { $tests{$_} } @rows) {
    subtest $row => sub {
        eval { $tests{$row}->(); 1 } or fail("it died: $@");
    };
}

finish();


# A shop that is open

sub open_shop {
    my (%option) = @_;

    my $shop = Polycard::HookShop->new(%option, market => {
        lease => '2s', redis_timeout => '2s', %{ $option{market} || {} } });

    $shop->nginx->allow(qr/exited on signal 9/);

    return $shop->ready;
}


# ... with a client whom the gateway knows

sub shop {
    my $shop = open_shop(@_);

    $shop->put($phone, barcode => 'b');
    $shop->settle;

    return $shop;
}


# keeps what it has, whenever it is killed

sub durable_shop {
    return shop(@_, redis => { appendonly => 'yes', appendfsync => 'always' });
}


sub rename_to {
    my ($shop, $name) = @_;

    $shop->client->hset($shop->key("client:$phone"), name => $name);
}


sub renamed {
    my ($name) = @_;

    return client_hook('changed', $phone, barcode => 'b', name => $name);
}


# what the gateway was told, each hook once: it may have been one that waited

sub told {
    my ($shop) = @_;

    my %seen;

    return map { hook_text($_) } grep { !$seen{ $_->{id} }++ }
        $shop->settled(60);
}


# it all goes on: the next change is told, after these, and nothing else

my $number = 0;

sub goes_on {
    my ($shop, @before) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $name = 'n' . ++$number;

    rename_to($shop, $name);
    is_deeply([ told($shop) ], [ @before, renamed($name) ],
        '... and it goes on');
}


# an outage of the gateway, in which hooks wait

sub refuse_all { $_[0]->gateway->always({ status => 503 }) }
sub accept_all { $_[0]->gateway->always }


sub waiting {
    my ($shop) = @_;

    refuse_all($shop);
    rename_to($shop, 'waits');
    wait_until { $shop->status->{outbox} == 1 } 60, 'a hook that waits';
}


# what waited is told, and it goes on

sub told_what_waited {
    my ($shop) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    is($shop->status->{outbox}, 1, 'the hook waits');
    $shop->gateway->forget;
    accept_all($shop);
    goes_on($shop, renamed('waits'));
}


sub header_of { Polycard::Gateway::header(@_) }
sub id_of { header_of($_[0], 'webhook-id') }


# a hook under way to a gateway that answers a little later

sub under_way {
    my ($shop, $answer) = @_;

    $shop->gateway->forget;
    $shop->gateway->answers($answer);
    $shop->put($phone, name => 'under way');

    return ($shop->gateway->wait_requests(1, 60))[0];
}


sub test_reload {
    my $shop = shop();
    my ($old) = $shop->nginx->workers;
    my $accepted = $shop->status->{accepted};

    under_way($shop, { delay => 1 });
    $shop->nginx->signal('HUP');

    ok($shop->drain(60), 'a hook under way is finished');
    is(scalar($shop->gateway->requests), 1, '... and is not sent again');
    cmp_ok($shop->status->{accepted}, '>', $accepted, '... and counted');

    $shop->gateway->forget;
    rename_to($shop, 'at once');
    ok($shop->wait_told('at once', 60), 'the new worker goes on');
    isnt($shop->holder->[1], $old, '... the old one does not');
}


sub test_quit {
    my $shop = shop();
    my $nginx = $shop->nginx;

    under_way($shop, { delay => 1 });
    ok(defined $nginx->stop('QUIT', 60), 'it quits');
    is(scalar($shop->gateway->requests), 1, 'a hook under way is finished');
    is($shop->status->{outbox}, 0, '... and counted');

    $shop->gateway->forget;
    $shop->put($phone, name => 'by a function');
    rename_to($shop, 'by a command');
    is($shop->status->{outbox}, 1, 'meanwhile a hook waits');
    is(scalar($shop->gateway->requests), 0, '... and nobody sends it');

    $nginx->start;
    is_deeply([ $shop->settle(60) ],
        [ renamed('by a function'), renamed('by a command') ],
        'what changed is told after the start');
}


sub test_crash {
    my $shop = durable_shop();
    my $nginx = $shop->nginx;

    my @ways = (
        [ '-s stop', sub { $nginx->stop('TERM', 60) } ],
        [ 'kill -9', sub { $nginx->kill } ],
        [ 'a crash of the host', sub {
            $nginx->kill;
            $shop->crash_redis;
        } ],
    );

    for my $way (@ways) {
        my ($what, $end) = @$way;

        my $request = under_way($shop, { hang => 1 });

        $end->();
        is($shop->status->{outbox}, 1, "$what: a hook under way stays");

        $shop->gateway->forget;
        $nginx->start;
        ok($shop->drain(60), '... and comes again');
        is_deeply([ map { id_of($_) } $shop->gateway->requests ],
            [ id_of($request) ], '... once, under the same id');

        $shop->ready;
        $shop->gateway->forget;
        goes_on($shop);
    }
}


# The worker of the old configuration has found an older library, and others
# change clients all the while.

sub test_upgrade {
    my $shop = open_shop(market => { sweep_interval => '5ms' });
    my $redis = $shop->redis;
    my $version = $shop->call('version');
    my ($old) = $shop->nginx->workers;

    refuse_all($shop);
    $redis->load_library($version - 1);

    my $stream = Polycard::Stream->new(socket => $redis->socket,
        prefix => $shop->key(''), clients => 20, seed => 1);

    wait_until { hooks_waiting($shop) > 20 } 60, 'hooks that wait';
    is($shop->call('version'), $version - 1, 'an older library works');

    ok($shop->nginx->reload(timeout => 60), 'a reload');
    wait_until { $shop->call('version') == $version } 60, 'the library';
    is_deeply([ library_of($redis) ], [ $redis->library ],
        'the library is ours, byte for byte');
    is(log_lines($shop->nginx, qr/version $version of the library was loaded/),
        1, '... one line says so');

    $shop->ready;
    isnt($shop->holder->[1], $old, 'the new worker emits');
    cmp_ok(hooks_waiting($shop), '>', 20, '... hooks wait still');

    accept_all($shop);
    cmp_ok($stream->stop, '>', 20, 'there were changes');
    Polycard::Picture::wait_same($shop, 60);
}


# in the outbox, and of clients of whom too many do

sub hooks_waiting {
    my ($shop) = @_;

    my $status = $shop->status;

    return $status->{outbox} + $status->{held};
}


sub library_of {
    my ($redis) = @_;

    my ($library) = $redis->client->function('LIST', 'WITHCODE');
    my %library = @{ $library || [] };

    return $library{library_code};
}


sub test_away {
    my $shop = durable_shop();

    waiting($shop);
    $shop->kill_redis;

    is_nok($shop->add({ phone => $other }), 503, qr/cannot be reached/,
        'nothing can be changed');

    $shop->start_redis;
    $shop->ready;
    told_what_waited($shop);
    wait_until { $shop->add({ phone => $other })->status == 200 } 60,
        'changes by the services';
}


sub test_restart {
    my $shop = durable_shop();
    my $nginx = $shop->nginx;

    waiting($shop);
    $shop->put_all(map { [ "38067000000$_", barcode => $_ ] } 1 .. 9);

    # nobody writes while it is compared

    $nginx->stop;

    my $before = $shop->digest;

    $shop->crash_redis;
    is($shop->digest, $before, 'all is there after a kill -9');

    $nginx->start;
    $shop->ready;
    is($shop->status->{outbox}, 10, '... hooks that wait as well');
    $shop->gateway->forget;
    accept_all($shop);
    is_deeply([ told($shop) ], [ renamed('waits'),
        map { client_hook('added', "38067000000$_", barcode => "$_") } 1 .. 9
    ], '... and are told');
    goes_on($shop);
}


sub test_all_lost {
    my %ways = (
        'a restart' => sub { $_[0]->crash_redis },
        'FLUSHALL'  => sub { $_[0]->client->flushall },
    );

    for my $what (sort keys %ways) {
        my $shop = shop();

        waiting($shop);
        $ways{$what}->($shop);

        wait_until { log_lines($shop->nginx, qr/has lost all that it knew/,
            'crit') } 60, "$what: the line that says so";
        wait_until { $shop->holder && $shop->subscribers
            && $shop->status->{sync} eq 'restore' } 60, 'somebody who emits';

        is($shop->status->{outbox}, 0, "$what: hooks that waited are gone");

        $shop->gateway->forget;
        accept_all($shop);
        $shop->client->hset($shop->key("client:$_"), barcode => 'b')
            for $phone, $other;
        wait_until { $shop->status->{clients} == 2 } 60,
            'what comes back is taken in';

        # whatever there was to say has come before this

        rename_to($shop, 'back');
        ok($shop->wait_told('back', 60), '... what changes later is told');
        $shop->drain(60);
        is_deeply([ map { hook_text($_) } $shop->gateway->hooks ],
            [ renamed('back') ], '... and nothing else was announced');
    }
}


# The replica lacks the last that was changed, and that a hook was accepted.

sub test_replica {
    my $shop = open_shop();
    my ($redis, $gateway) = ($shop->redis, $shop->gateway);
    my $replica = Polycard::Redis->new(primary => $redis);
    my %client = map { $_ => "38067000000$_" } 1 .. 7;

    $shop->put($client{$_}, barcode => $_, bonus => 10) for 1 .. 6;
    $shop->drain(60);
    refuse_all($shop);
    $shop->put($client{1}, name => 'waits');
    $replica->wait_received;
    $replica->cut;

    # told, and lost: a change, an addition, a deletion, an acceptance

    accept_all($shop);
    $shop->drain(60);
    $shop->put($client{2}, name => 'lost');
    $shop->put($client{7}, barcode => 7);
    $shop->call('delete_client', $client{3});
    $shop->drain(60);

    my @before = $gateway->hooks;

    $shop->fail_over($replica);
    $shop->ready;

    $shop->client->hset($shop->key("client:$client{4}"), name => 'later');
    is($shop->call('change_bonus', $client{5}, '2.5'), '12.5',
        'the functions have come along');
    $shop->client->del($shop->key("client:$client{6}"));
    $shop->put($other, barcode => 'o');

    my @lost = map { "client $client{$_}" } 2, 3, 7;
    my $picture = Polycard::Picture::wait_same($shop, 60, @lost);
    my @after = ($gateway->hooks)[@before .. $gateway->requests - 1];

    is_deeply([ map { $_->{data}{phone} } grep { $_->{action} eq 'deleted' }
        @after ], [ $client{6} ], 'none but who was deleted is announced so');
    is_deeply([ grep { !exists $picture->records->{$_} } @lost ], [ $lost[1] ],
        'what was lost is not told of again');
    is_deeply([ map { hook_text($_) } grep { my $hook = $_;
        grep { $_->{id} eq $hook->{id} } @before } @after ],
        [ client_hook('changed', $client{1}, barcode => '1', name => 'waits',
            bonus => 10) ], 'what was accepted then comes again, same id');
    is_deeply([ $shop->client->zrange($shop->key('clients'), 0, -1) ],
        [ @client{1 .. 5}, $other ], 'the index');
    is($shop->status->{guard}, 'open', 'the guard is open');

    # the manual: made again, or sent again

    $gateway->forget;
    $shop->put($client{7}, barcode => 7);
    $shop->call('delete_client', $client{3});
    is($shop->call('resend', $client{2}), 1, 'sent again');
    is_deeply([ told($shop) ], [
        client_hook('changed', $client{2}, barcode => '2', bonus => 10),
        client_hook('deleted', $client{3}, barcode => '3', bonus => 10),
        client_hook('added', $client{7}, barcode => '7'),
    ], 'made again, and told');
}


sub test_function_flush {
    my $shop = shop();

    waiting($shop);
    $shop->client->function('FLUSH');
    wait_until { library_of($shop->redis) } 60, 'the library';
    told_what_waited($shop);
}


# with the right to set it, and without, as in docs/redis/polycard.acl

sub test_config_set {
    for my $rights ([ '+config|get', '+config|set' ], []) {
        my $shop = shop(redis => { rights => $rights });
        my $setting = 'notify-keyspace-events';

        $shop->client->config('SET', $setting, '');
        $shop->gateway->forget;
        rename_to($shop, 'nobody hears');

        ok($shop->wait_told('nobody hears', 60), 'the sweep finds a change');
        wait_until { log_lines($shop->nginx, qr/events .* do not arrive/,
            'error') } 60, 'it to be noticed';

        $shop->client->config('SET', $setting, 'Kghxe$') if !@$rights;
        wait_until { log_lines($shop->nginx, qr/events .* arrive again/,
            'notice') } 60, 'events';

        my (undef, $classes) = $shop->client->config('GET', $setting);

        is(join('', sort split //, $classes), '$Keghx',
            @$rights ? '... and sets it again' : '... others set it again');
        $shop->drain(60);
        $shop->gateway->forget;
        goes_on($shop);
    }
}


# without haste this sweep is an hour long

sub test_client_kill {
    my $shop = shop();

    wait_until { $shop->status->{round} } 60, 'the first round';
    waiting($shop);

    my $round = $shop->status->{round};

    for my $type (qw( normal pubsub )) {
        $shop->client->client('KILL', 'TYPE', $type, 'SKIPME', 'yes');
    }

    wait_until { $shop->status->{round} > $round } 60, 'a round in haste';
    $shop->ready;
    told_what_waited($shop);
}


sub test_maxmemory {
    my $shop = shop(workers => 2);
    my $nginx = $shop->nginx;

    # twice: what is said of it is said each time

    for my $time (1 .. 2) {
        $shop->put($other, barcode => 'o');
        $shop->settle;
        waiting($shop);

        my $seen = length $nginx->error_log;
        my @lines = while_full($shop, sub {
            refuses_writes($shop);
            goes_while_full($shop);
        });
        my %said = map { s/^\S+ \S+ //r => 1 } @lines;

        is(scalar(grep { /fails to move hooks: OOM/ } @lines), 1,
            '... the worker that emits says so');
        is(scalar @lines, scalar keys %said, '... and nothing twice')
            or diag(join "\n", @lines);

        ok($shop->wait_told($other, 60), '... a deletion is told afterwards');
        is_deeply([ told($shop) ],
            [ client_hook('deleted', $other, barcode => 'o') ], '... once');
        goes_on($shop);
        wait_until {
            1 == grep { /\[notice\].* can move hooks again/ }
                split /\n/, substr $nginx->error_log, $seen
        } 60, 'it to say that it is over';
    }
}


# hooks that wait go to the gateway; a deletion cannot be taken in

sub goes_while_full {
    my ($shop) = @_;

    $shop->gateway->forget;
    accept_all($shop);
    ok($shop->wait_told('waits', 60), '... a hook that waits is told');
    ok($shop->drain(60), '... and accepted');
    is(scalar(grep { $_->{status} == 200 } $shop->gateway->requests), 1,
        '... once');

    $shop->gateway->forget;
    $shop->client->del($shop->key("client:$other"));
}


sub refuses_writes {
    my ($shop) = @_;

    is($shop->get('getClient', phone => $phone)->status, 200,
        'full: getClient answers');

    my @answers = map { $shop->add({ phone => $other }) } 1 .. 3;

    is_nok($_, 503, qr/cannot be reached/, '... addClient does not')
        for @answers;
    ok($answers[0]->header('Retry-After'), '... and says when to ask again');

    for my $write (sub { rename_to($shop, 'no') },
                   sub { $shop->put($phone, name => 'no') })
    {
        eval { $write->() };
        like($@, qr/OOM command not allowed/,
            "... the market's own writes fail");
    }
}


# the lines of the time in which Redis is full

sub while_full {
    my ($shop, $code) = @_;

    my $redis = $shop->client;
    my $seen = length $shop->nginx->error_log;
    my $refused = refused_calls($redis);

    $redis->config('SET', 'maxmemory', 1);
    $code->();
    wait_until { refused_calls($redis) > $refused + 5 } 60, 'many attempts';

    my @lines = grep { /\[(?:warn|error|crit|notice)\]/ }
        split /\n/, substr $shop->nginx->error_log, $seen;

    $redis->config('SET', 'maxmemory', 0);

    return @lines;
}


# calls of functions that Redis has refused to make

sub refused_calls {
    my ($redis) = @_;

    my $line = $redis->info('commandstats')->{cmdstat_fcall} || '';

    return $line =~ /rejected_calls=(\d+),failed_calls=(\d+)/ ? $1 + $2 : 0;
}


# Two hosts, one of them wrong by a day: whoever has the lease, the other one
# takes it over.

sub test_clock {
    for my $wrong (-$DAY, $DAY) {
        my $shop = open_shop();
        my $right = $shop->nginx;

        $shop->put($other, barcode => 'o');
        tells_time($shop, 0, "a host that is right");

        my $host = $shop->branch(preload => Polycard::Preload::clock($wrong));

        # its lease has to end by itself

        $right->kill;
        $shop->ready;
        tells_time($shop, $wrong, "a host that is wrong by $wrong s");
        retries($shop);

        my $since = $shop->status->{heard};
        my $heard = wait_until {
            my $now = $shop->status->{heard};
            return $now != $since && $now;
        } 60, 'the events';

        cmp_ok(abs($heard / 1000 - time - $wrong), '<', 3600,
            '... so is the time of the last event');

        $right->start;
        $host->kill;
        $shop->ready;
        tells_time($shop, 0, 'the right one again');

        my $picture = Polycard::Picture::wait_same($shop, 60);

        is($picture->repeats, 1, '... and only what was refused came twice');
    }
}


# changes are told, with the time of the host that sends

sub tells_time {
    my ($shop, $wrong, $what) = @_;

    my $seen = $shop->gateway->requests;

    $shop->call('change_bonus', $other, '0.01');
    $shop->client->hset($shop->key("client:$other"), name => $what);
    $shop->client->hincrbyfloat($shop->key("client:$other"), bonus => 1);

    ok($shop->wait_told($what, 60), "$what: takes over");
    ok($shop->drain(60), '... and tells of changes');

    my @requests = $shop->gateway->requests;
    my @off = map { header_of($_, 'webhook-timestamp') - $wrong - $_->{time} }
        @requests[$seen .. $#requests];

    is_deeply([ grep { abs > 3600 } @off ], [],
        '... webhook-timestamp is by its clock');
}


# a hook that waits is due by Redis' clock

sub retries {
    my ($shop) = @_;

    my $seen = $shop->gateway->requests;

    $shop->gateway->answers({ status => 422 });
    $shop->put($other, name => 'refused');
    $shop->gateway->wait_requests($seen + 2, 60);
    ok($shop->drain(60), '... a refused hook goes again');
}
