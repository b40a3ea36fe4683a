# What was sent and is lost when another server takes over is announced again:
# also where that server is lost in turn, before anything of it was sent, where it
# was only seen for a moment, and where a hook of the first arrives late.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::HookShop;
use Polycard::Link;
use Polycard::Picture;
use Polycard::Preload;
use Polycard::Redis;
use Polycard::Switch;

my @phones = map { sprintf '3806711122%02d', $_ } 1 .. 20;

# the state of now is announced, whatever the gateway had

$Polycard::Picture::RETOLD = 1;

test_lost_in_turn();
test_seen_for_a_moment() for 1 .. 3;
test_arrives_late();
test_away_for_long();
test_alone_for_long();
test_together_for_long();
test_nobody_knows();
test_leaves();

finish();


# A shop whose gateway knows these clients, behind a switch that leads to the
# first of the servers; the others are replicas, which hear nothing more.

sub shop {
    my ($copies, %market) = @_;

    my @preload = map { (preload => $_) } delete $market{preload} || ();
    my $master = Polycard::Redis->new;
    my @copies = map { Polycard::Redis->new(primary => $master) } 1 .. $copies;
    my $switch = Polycard::Switch->new(to => $master);

    $master->load_library;

    my $shop = Polycard::HookShop->new(
        redis_server => $master, @preload,
        market => { redis => $switch->address, redis_connect_timeout => '1s',
                    lease => '60s', %market });

    $shop->ready;
    $shop->put_all(map { [ $_, name => 'old', barcode => "b$_" ] } @phones);
    $shop->drain;
    $_->wait_received for @copies;
    $_->client->replicaof('NO', 'ONE') for @copies;

    return ($shop, $switch, $master, @copies);
}


# from now on it is this one

sub lead {
    my ($shop, $switch, $redis, $link) = @_;

    $switch->mode($link ? $link->address : $redis->socket);
    disconnect($shop->redis);
    $shop->{redis} = $redis;
}


sub disconnect {
    my ($redis) = @_;

    $redis->client->client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    $redis->client->client('KILL', 'TYPE', 'pubsub');
}


# ... also for connections that were on their way to the one before, which works

sub lead_away {
    my ($shop, $switch, $master, $other) = @_;

    lead($shop, $switch, $other);

    wait_until {
        disconnect($master);
        is_announced($shop);
    } 'the next server has heard of all';
}


# nginx has announced all that it knows of

sub is_announced {
    my ($shop) = @_;

    my $history = $shop->client->info('replication')->{master_replid};

    return ($shop->client->hget($shop->key('meta'), 'told') // '')
        eq substr $history, 0, 16;
}


sub test_lost_in_turn {
    my ($shop, $switch, $master, $second, $third)
        = shop(2, hook_concurrency => 1, lease => '2s');

    $shop->put($_, name => 'lost', barcode => "b$_") for @phones;
    ok($shop->drain, 'the gateway knows changes');

    # it answers nothing while the next server is there

    $shop->gateway->signal('STOP');
    lead($shop, $switch, $second);
    wait_until { $shop->status->{outbox} >= @phones }
        'they are lost, and announced again';

    # what was read of that is forgotten with the lease

    my $before = stopped($shop);

    $switch->nowhere;
    disconnect($second);
    wait_until { stopped($shop) > $before } 'nobody sends hooks';
    lead($shop, $switch, $third);
    $shop->gateway->signal('CONT');
    Polycard::Picture::wait_same($shop, 30);
}


sub stopped {
    my ($shop) = @_;

    return scalar(() = log_lines($shop->nginx,
        qr/this worker does not emit/, 'info'));
}


sub test_seen_for_a_moment {
    local $Polycard::Picture::RETURNS = 1;

    my ($shop, $switch, $master, $other) = shop(1);
    my $there = bless { redis => $other }, 'Polycard::Shop';

    lead($shop, $switch, $other);
    wait_until { $shop->subscribers } 'another server is there';

    # what only that has, told at once

    $there->call(delete_client => $phones[0]);
    ok($shop->wait_told('"deleted"'), '... a hook of it is sent');
    lead($shop, $switch, $master);
    Polycard::Picture::wait_same($shop, 30);
}


# The hook of a client whom the next server lacks is on its way, and arrives
# while that server says that it has heard of all.

sub test_arrives_late {
    my ($shop, $switch, $master, $other) = shop(1,
        redis_connect_timeout => '30s', redis_timeout => '30s');
    my $far = Polycard::Link->new(to => $other->socket, delay => 0.5);

    $shop->gateway->signal('STOP');
    $shop->put('380671112299', name => 'lost', barcode => 'c');
    wait_until { connections($shop) } 'a hook is on its way';
    lead($shop, $switch, $other, $far);
    wait_until { is_announced($shop) } 'the next server has heard of all';
    $shop->gateway->signal('CONT');
    ok($shop->wait_told('380671112299'), 'the hook arrives');
    Polycard::Picture::wait_same($shop, 30);
    $shop->nginx->stop;
}


# bytes that wait for the gateway

sub connections {
    my ($shop) = @_;

    my $port = sprintf ':%04X', $shop->gateway->port;

    return grep { (split)[1] =~ /$port$/
                  && hex((split ' ', $_)[4] =~ s/.*://r) } split /\n/, slurp('/proc/net/tcp');
}


# The next server comes when the last hooks were sent long ago, as it does where a
# person promotes it, or a machine starts again.

sub test_away_for_long {
    my $dir = temp_dir();
    my $minutes = spew("$dir/minutes", '');
    my ($shop, $switch, $master, $other) = shop(1, lease => '2s',
        preload => Polycard::Preload::moved_time($minutes));

    $shop->put($_, name => 'lost', barcode => "b$_") for @phones;
    ok($shop->drain, 'the gateway knows changes');

    my $before = stopped($shop);

    $switch->nowhere;
    disconnect($master);
    wait_until { log_lines($shop->nginx, qr/is away/) } 'Redis is away';
    spew($minutes, 'xxx');
    wait_until { stopped($shop) > $before } '... for minutes';
    lead($shop, $switch, $other);
    Polycard::Picture::wait_same($shop, 30);
    $shop->nginx->stop;
}


# The old master goes on for minutes without its replica, and nginx with it: hooks of
# before the last minute are not remembered any more.

sub test_alone_for_long {
    my ($shop, $switch, $master, $other) = after_minutes(sub { });

    $shop->nginx->allow(qr/has lost changes/);
    lead_away($shop, $switch, $master, $other);
    wait_until { $shop->status->{doubt} } 'not all that is lost is known';
    is(scalar(() = log_lines($shop->nginx, qr/call polycard_resend_all/,
        'crit')), 1, '... which is said once');
    $shop->call(resend => 'all', $_) for qw( group:0 client:0 );
    is($shop->status->{doubt}, 0, '... until everybody is announced again');
    $shop->nginx->stop;
}


# ... and with it: what is not remembered is there

sub test_together_for_long {
    my ($shop, $switch, $master, $other) = after_minutes(sub {
        my ($master, $other) = @_;

        $other->client->replicaof('127.0.0.1', $master->port);
        $other->wait_received;
    });

    $other->wait_received;
    $other->client->replicaof('NO', 'ONE');
    $shop->put($phones[0], name => 'lost');
    ok($shop->drain, 'the gateway knows one more change');
    lead_away($shop, $switch, $master, $other);
    is($shop->status->{doubt}, 0, '... and lacks nothing else');
    Polycard::Picture::wait_same($shop, 30);
    $shop->nginx->stop;
}


# The gateway knows changes of minutes ago, and one of now.

sub after_minutes {
    my ($replicate) = @_;

    my $dir = temp_dir();
    my $minutes = spew("$dir/minutes", '');
    my ($shop, $switch, $master, $other) = shop(1, lease => '2s',
        preload => Polycard::Preload::moved_time($minutes));

    # it is there as long as the shop

    $shop->{minutes} = $dir;

    $replicate->($master, $other);
    $shop->put($_, name => 'new', barcode => "b$_") for @phones;
    ok($shop->drain, 'the gateway knows changes');

    my $before = stopped($shop);

    spew($minutes, 'xxx');
    wait_until { stopped($shop) > $before } 'minutes have passed';
    $shop->put($phones[0], name => 'newest');
    ok($shop->drain, '... and it knows one more change');

    return ($shop, $switch, $master, $other);
}


# What a worker sent that is gone as well cannot be announced again: this is said,
# and known until everybody is announced.

sub test_nobody_knows {
    my ($shop, $switch, $master, $other) = shop(1, lease => '2s');

    $shop->nginx->allow(qr/exited on signal 9/, qr/has lost changes/);
    $switch->nowhere;
    disconnect($master);
    kill KILL => $shop->nginx->workers;
    $switch->to($other);
    $shop->{redis} = $other;
    $shop->ready;

    wait_until { $shop->status->{doubt} } 'what was sent is unknown';
    is(scalar(() = log_lines($shop->nginx, qr/call polycard_resend_all/,
        'crit')), 1, '... which is said once');
    $shop->call(resend => 'all', $_) for qw( group:0 client:0 );
    is($shop->status->{doubt}, 0, '... until everybody is announced again');
}


# So it is where that worker is still there after a reload, for a request that takes
# long: it announces nothing any more.

sub test_leaves {
    my ($shop, $switch, $master, $other) = shop(1, lease => '2s');
    my $nginx = $shop->nginx;
    my ($old) = $nginx->workers;

    $nginx->allow(qr/has lost changes/);
    $shop->put($_, name => 'lost', barcode => "b$_") for @phones;
    ok($shop->drain, 'the gateway knows changes');

    my $request = Polycard::HTTP->connect($nginx);

    $request->send("POST $Polycard::Shop::PATH/addClient HTTP/1.1\r\n"
        . "Host: shop\r\nContent-Length: 9\r\n\r\n");
    $request->wait_until_read;

    $switch->nowhere;
    disconnect($master);
    wait_until { log_lines($nginx, qr/is away/) } 'Redis is away';
    ok($nginx->reload(wait_old => 0), 'a reload');
    ok(process_exists($old), '... the worker that sent them is still there');
    $switch->to($other);
    $shop->{redis} = $other;
    $shop->ready;
    wait_until { $shop->status->{doubt} } 'what was sent is unknown';
    ok(process_exists($old), '... while it is there');
    $request->close;
    $nginx->stop;
}
