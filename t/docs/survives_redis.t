# docs/operation.md, "What survives what": the rows of Redis, one by one: it is
# done, and then what the row says is so.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HookShop;
use Polycard::Picture;
use Polycard::Redis;
use Polycard::Shop;
use Polycard::Survives;

test_rows(
    'Redis is away for a while' => \&test_away,
    'Redis restarts, with `appendonly yes`' => \&test_restart,
    'Redis restarts without persistence, `FLUSHALL`' => \&test_all_lost,
    'all is lost while nginx is stopped on all hosts' => \&test_new_market,
    'a replica takes over' => \&test_replica,
    '`FUNCTION FLUSH`' => \&test_function_flush,
    "`CONFIG SET notify-keyspace-events ''`" => \&test_config_set,
    '`CLIENT KILL`' => \&test_client_kill,
    'Redis at its `maxmemory`' => \&test_maxmemory,
);

finish();


sub test_away {
    my $shop = durable_shop();

    waiting($shop);
    $shop->kill_redis;

    is_nok($shop->add({ phone => $OTHER }), 503, qr/cannot be reached/,
        'nothing can be changed');

    $shop->start_redis;
    $shop->ready;
    told_what_waited($shop);
    wait_until { $shop->add({ phone => $OTHER })->status == 200 } 60,
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


# what the manual warns of: nobody is left who could know

sub test_new_market {
    my $shop = shop();
    my $first = $shop->add({ phone => $OTHER })->json;

    $shop->nginx->stop;
    $shop->client->flushall;
    $shop->nginx->start;
    $shop->ready;

    my $answer = $shop->add({ phone => '380507778899' });

    is($answer->status, 200, 'a card is issued at once');
    is_deeply($answer->json, $first, '... the one that another client has');
    is(log_lines($shop->nginx, qr/./, 'crit'), 0, '... and nothing is logged');
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

        wait_until { log_lines($shop->nginx, qr/has lost all data of/,
            'crit') } 60, "$what: the line that says so";
        wait_until { $shop->holder && $shop->subscribers
            && $shop->status->{sync} eq 'restore' } 60, 'somebody who emits';

        is($shop->status->{outbox}, 0, "$what: hooks that waited are gone");

        $shop->gateway->forget;
        accept_all($shop);
        $shop->client->hset($shop->key("client:$_"), barcode => 'b')
            for $PHONE, $OTHER;
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

    my @lost = map { "client $client{$_}" } 2, 3, 7;
    my $picture = Polycard::Picture::wait_same($shop, 60);

    is_deeply([ grep { !exists $picture->records->{$_} } @lost ], [ $lost[2] ],
        'what was lost is announced again');

    $shop->client->hset($shop->key("client:$client{4}"), name => 'later');
    is($shop->call('change_bonus', $client{5}, '2.5'), '12.5',
        'the functions have come along');
    $shop->client->del($shop->key("client:$client{6}"));
    $shop->put($OTHER, barcode => 'o');

    Polycard::Picture::wait_same($shop, 60);

    my @after = ($gateway->hooks)[@before .. $gateway->requests - 1];

    is_deeply([ sort map { $_->{data}{phone} }
        grep { $_->{action} eq 'deleted' } @after ], [ @client{6, 7} ],
        'who was deleted, and who is lost, are announced so, nobody else');
    is_deeply([ map { hook_text($_) } grep { my $hook = $_;
        grep { $_->{id} eq $hook->{id} } @before } @after ],
        [ client_hook('changed', $client{1}, barcode => '1', name => 'waits',
            bonus => 10) ], 'what was accepted then comes again, same id');
    is_deeply([ $shop->client->zrange($shop->key('clients'), 0, -1) ],
        [ @client{1 .. 5}, $OTHER ], 'the index');
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
        $shop->put($OTHER, barcode => 'o');
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

        ok($shop->wait_told($OTHER, 60), '... a deletion is told afterwards');
        is_deeply([ told($shop) ],
            [ client_hook('deleted', $OTHER, barcode => 'o') ], '... once');
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
    $shop->client->del($shop->key("client:$OTHER"));
}


sub refuses_writes {
    my ($shop) = @_;

    is($shop->get('getClient', phone => $PHONE)->status, 200,
        'full: getClient answers');

    my @answers = map { $shop->add({ phone => $OTHER }) } 1 .. 3;

    is_nok($_, 503, qr/cannot be reached/, '... addClient does not')
        for @answers;
    ok($answers[0]->header('Retry-After'), '... and says when to ask again');

    for my $write (sub { rename_to($shop, 'no') },
                   sub { $shop->put($PHONE, name => 'no') })
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
