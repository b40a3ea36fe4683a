# The operator's location: what waits, what is dead, what became of a client's
# hooks, and what can be done about it (docs/operator.md)

use strict;
use warnings;

use lib 't/lib';

use Polycard::HTTP;
use Polycard::HookShop;
use Polycard::OfficeShop;
use Polycard::OperatorShop;
use Polycard::Test;

my $shop = Polycard::OperatorShop->new(market => {
    delete_guard => '10%', sweep_interval => '5ms', hook_history => 5000 });
my $redis = $shop->client;
my ($one, $two) = qw( 380671112233 380671113344 );
my $iso = qr/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

$shop->ready;

sub ask { $shop->operator(@_)->json }

sub ok_is {
    my ($answer, $wanted, $what) = @_;

    is_deeply([ $answer->status, $answer->json ],
        [ 200, { status => 'OK', %$wanted } ], $what) or diag($answer->raw);
}


test_calm();
test_dead();
test_requeue();
test_requeue_many();
test_find();
test_resend();
test_resend_all();
test_probe();
test_deletions();
test_clients();
test_hosts();

finish();


sub test_calm {
    my $answer = $shop->operator(GET => 'hooks');

    is($answer->header('Content-Type'), 'application/json', 'JSON');
    is_deeply($answer->json, { market => 'shop1', outbox => 0,
        outbox_age => undef, held => 0, held_keys => 0, dead => 0,
        last_accepted => undef, outage => undef, resend => undef,
        deletions => { guard => 'open', waiting => 0, confirmed => 0 } },
        'nothing waits');
    is_deeply(ask(GET => 'dead'), [], 'nobody is dead');
    is_deeply(ask(POST => 'hooks/find', { phone => $one }), [],
        'nothing is known of him');
    is($shop->operator(HEAD => 'hooks')->body, '', 'HEAD');
}


sub test_dead {
    $shop->make_dead($one, 'Lesia');
    $redis->xadd($shop->key('dead'), '*', somebody => $one);

    my ($dead, $other) = @{ ask(GET => 'dead') };

    like(delete $dead->{$_}, qr/^\d{13}-\d+$/, "its $_") for qw( hook );
    like(delete $dead->{time}, $iso, '... when it was set aside');
    like($dead->{id}, qr/^\d{13}-\d+$/, '... its id');
    is_deeply($dead, { id => $dead->{id}, object => 'clients',
        action => 'added', key => '38067*****33', attempts => 1,
        reason => $dead->{reason}, answer => $dead->{answer} },
        'a dead letter, without a phone');
    like($dead->{reason}, qr/422/, '... why');
    like($dead->{answer}, qr/^\{"Status":"Error","error":"no \*{5} \*{12}"\}$/,
        '... what the gateway said, masked');
    is_deeply([ sort keys %$other ], [ qw( attempts id time ) ],
        'one that is no hook');

    my $page = $shop->operator(GET => 'dead?limit=1');

    is(scalar @{ $page->json }, 1, 'a page of one');
    is($page->header('Link'), "<?after=$dead->{id}&limit=1>; rel=\"next\"",
        '... and where the next one is');
    is_deeply([ map { $_->{id} } @{ ask(GET => "dead?after=$dead->{id}&limit=50") } ],
        [ $other->{id} ], '... which begins there');
    is($shop->operator(GET => "dead?after=$other->{id}")->body, '[]',
        'the end');

    is_error($shop->operator(GET => "dead?limit=$_"), 400, qr/^limit must be /,
        "limit=$_") for 0, 51, -1, 'x', '1.5';
    is_error($shop->operator($_->[0] => $_->[1]), 400,
        "unknown parameter $_->[2]", "$_->[0] $_->[1]")
        for [ GET => 'dead?limt=3', 'limt' ], [ GET => 'hooks?limit=3', 'limit' ],
            [ GET => 'hooks?token=x', 'token' ],
            [ POST => 'dead/requeue?after=1', 'after' ],
            [ DELETE => "dead/$other->{id}?foo=1", 'foo' ];
    is_error($shop->operator(GET => 'dead?limt=3&limit=0'), 400,
        'unknown parameter limt; limit must be 1 to 50', 'all at once');
    is_error($shop->operator(GET => 'dead?after=x'), 400,
        'after must be like 1700000000000-0', 'after=x');
    is_error($shop->operator(POST => "dead/$other->{id}/requeue"), 409,
        'this entry is no hook', 'what is no hook cannot be requeued');
    ok_is($shop->operator(DELETE => "dead/$other->{id}"), {}, 'it is deleted');
    is_error($shop->operator(DELETE => "dead/$other->{id}"), 404,
        'no such dead letter', '... once');
    is_error($shop->operator(POST => "dead/$other->{id}/requeue"), 404,
        'no such dead letter', '... and gone');
    is(ask(GET => 'hooks')->{dead}, 1, 'one is left');
}


sub test_requeue {
    my ($dead) = @{ ask(GET => 'dead') };

    $shop->rules;
    ok_is($shop->operator(POST => "dead/$dead->{id}/requeue"),
        { requeued => 1 }, 'it goes back');
    ok($shop->drain, '... and out');
    is(ask(GET => 'hooks')->{dead}, 0, '... nobody is dead');
    like(ask(GET => 'hooks')->{last_accepted}, $iso, '... it was accepted');
}


# those that are refused again do not come in again

sub test_requeue_many {
    my @phones = map { sprintf '38067%07d', $_ } 1 .. 45;

    $shop->put($_, name => 'Good', barcode => "B$_") for @phones;
    $shop->settle(60);
    $shop->rules([ '"name":"Bad', { status => 422, body => '{"Status":"x"}' } ]);

    for my $round (1 .. 15) {
        $shop->put($_, name => "Bad $round") for @phones[0 .. 2];
    }

    wait_until { ask(GET => 'hooks')->{dead} == 45 } 60, 'so many are dead';

    ok_is($shop->operator(POST => 'dead/requeue'), { requeued => 45 },
        'all go back');
    wait_until { ask(GET => 'hooks')->{dead} == 45 } 60,
        '... and are refused again';
    $shop->rules;
    ok_is($shop->operator(POST => 'dead/requeue', {}), { requeued => 45 },
        '... again');
    ok($shop->drain(60), '... and out');
    ok_is($shop->operator(POST => 'dead/requeue'), { requeued => 0 },
        'none is left');
}


sub test_find {
    $shop->make_dead($two, 'Mark');
    $shop->rules([ '.', { status => 500 } ]);
    $shop->call(change_bonus => $one, 5);
    wait_until { ask(GET => 'hooks')->{outage} } 'an outage';

    my ($accepted, $waits) = @{ ask(POST => 'hooks/find', { phone => $one }) };

    like(delete $accepted->{$_}, $iso, "accepted: $_") for qw( made time );
    like(delete $accepted->{hook}, qr/^\d{13}-\d+$/, '... its id');
    is_deeply($accepted, { state => 'accepted', object => 'clients',
        action => 'added', attempts => 1 }, '... and no more of it');
    like(delete $waits->{made}, $iso, 'waits since');
    delete $waits->{hook};
    is_deeply($waits, { state => 'waiting', object => 'bonuses',
        action => 'added', attempts => 0 }, '... what waits');

    my ($dead) = @{ ask(POST => 'hooks/find', { phone => $two }) };

    is_deeply([ @{$dead}{qw( state action reason attempts )} ],
        [ 'dead', 'added', $dead->{reason}, 1 ], 'what is dead');
    like($dead->{id}, qr/^\d{13}-\d+$/, '... its id, to requeue it');
    like($dead->{time}, $iso, '... and when');
    is_deeply(ask(POST => 'hooks/find', { group => 3 }), [], 'a group');

    my $error = 'phone or group must be given, one of them';

    is_error($shop->operator(POST => 'hooks/find', $_), 400, $error,
        'whose: ' . ($_ || 'nothing'))
        for undef, '{}', { phone => $one, group => 3 }, { phone => '' };
    is_error($shop->operator(POST => 'hooks/find', { phone => '067' }), 400,
        'phone must be 380 and 9 digits', 'no phone');
    is_error($shop->operator(POST => 'hooks/find', { group => 'x' }), 400,
        'group must be a whole number', 'no group');
    is_error($shop->operator(POST => 'hooks/find', { fone => $one }), 400,
        'unknown attribute fone', 'a wrong name');
    is_error($shop->operator(POST => 'hooks/find', '{'), 400,
        'the body is not a JSON object', 'no JSON');
}


# in the outage that is there

sub test_resend {
    ok_is($shop->operator(POST => 'resend', { phone => $one }), { hooks => 1 },
        'one client is announced again');
    is_error($shop->operator(POST => 'resend', { phone => '380671119999' }),
        404, 'the gateway knows no such client or group', 'a stranger');
    is_error($shop->operator(POST => 'resend', { group => 3 }), 404,
        'the gateway knows no such client or group', 'a strange group');
    is_error($shop->operator(POST => 'resend', $_), 400,
        'phone, group or all must be given, one of them', 'one of three')
        for {}, { phone => $one, all => \1 }, { group => 1, phone => $one };
}


sub test_resend_all {
    my $answer = $shop->operator(POST => 'resend', { all => \1 });

    cmp_ok($answer->json->{left}, '>', 40, 'all are announced again');

    my $resend = ask(GET => 'hooks')->{resend};

    ok($resend && $resend->{left} <= $answer->json->{left}
        && defined $resend->{hooks}, '... and how far it is');
    ok_is($shop->operator(POST => 'resend', { all => \0 }), { left => 0 },
        '... until it is stopped');
    is(ask(GET => 'hooks')->{resend}, undef, '... which it is');
}


sub test_probe {
    wait_until {
        my $outage = ask(GET => 'hooks')->{outage};

        $outage && $outage->{reason} && $outage->{next_try};
    } 'the outage has a reason and a next try';

    my $outage = ask(GET => 'hooks')->{outage};

    like($outage->{since}, $iso, '... and a begin');
    like($outage->{next_try}, $iso, '... a time');
    like($outage->{reason}, qr/500/, '... a reason');

    # the next try is hours away

    $shop->gateway->always({ status => 503, headers => [ 'Retry-After', 3600 ] });
    $shop->rules;
    wait_until {
        my $next = ask(GET => 'hooks')->{outage}{next_try};

        $next gt $outage->{next_try}
            && (ask(GET => 'hooks')->{outage}{reason} // '') =~ /503/;
    } 30, 'the gateway has told to wait';
    $shop->gateway->always({});

    ok_is($shop->operator(POST => 'probe'), {}, 'try now');
    ok($shop->drain(30), '... and all go out');
    wait_until { !ask(GET => 'hooks')->{outage} } 30, 'the outage is over';
    is_error($shop->operator(POST => 'probe'), 409, 'there is no outage',
        '... then there is nothing to try');
}


sub test_deletions {
    $redis->del($shop->key("client:$_"))
        for map { sprintf '38067%07d', $_ } 1 .. 45;

    wait_until { ask(GET => 'hooks')->{deletions}{waiting} == 25 } 60,
        'deletions wait';
    is(ask(GET => 'hooks')->{deletions}{guard}, 'closed', '... the guard is closed');
    is_error($shop->operator(POST => 'deletions/confirm', { waiting => 24 }),
        409, 'more deletions wait by now', 'not more than somebody has seen');
    is_error($shop->operator(POST => 'deletions/confirm', { waiting => 'x' }),
        400, 'waiting must be a whole number', '... a number');
    ok_is($shop->operator(POST => 'deletions/confirm', { waiting => 25 }),
        { released => 25 }, 'confirmed');
    wait_until { !$shop->status->{deletions_confirmed} && $shop->is_drained }
        60, '... and told';
    ok_is($shop->operator(POST => 'deletions/confirm'), { released => 0 },
        '... once');
}


sub test_clients {
    is_error($shop->operator(POST => 'clients/confirm'), 409,
        'nothing was lost', 'nothing was lost');

    $redis->hset($shop->key('meta'), lost => 1000 * time, sync => 'restore');
    ok_is($shop->operator(POST => 'clients/confirm'),
        { clients => $shop->status->{clients} }, 'all are there');
}


sub test_hosts {
    is_error($shop->operator(POST => 'hooks/end'), 409,
        'a host of this market has hooks', 'hosts with hooks are there');

    # as if the only one had been away for longer than a lease

    $redis->del($shop->key('hosts'));
    ok_is($shop->operator(POST => 'hooks/end'), { hosts => 0 },
        'no host with hooks is there');
}
