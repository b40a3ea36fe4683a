# A market in a Redis Cluster: its owner is found from any server, and followed
# when the slot goes elsewhere; nothing is ever done where it is not yet.
#
# What survives what: a slot of a cluster is moved

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use IO::Socket::IP;

use Polycard::ClusterRig;
use Polycard::FakeRedis;
use Polycard::Faults;
use Polycard::HookShop;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );
use Polycard::Shop;

my $phone = '380501112233';
my $prefix = $Polycard::Shop::PREFIX;
my $next = 380680000000;
my @added;

my $rig = Polycard::ClusterRig->new;
my $owner = $rig->owner($prefix);
my @others = map { $_->address } grep { $_ != $owner } $rig->servers;

# no server calls itself so
$others[0] =~ s/127\.0\.0\.1/localhost/;

$owner->load_library;

my $shop = Polycard::HookShop->new(
    redis_server => $owner,
    workers      => 2,
    market => {
        redis         => undef,
        redis_timeout => '1s',
        $rig->login,

        # none of them has it
        "redis @others" => '',
    });

$shop->ready;

sub read_one { $shop->get('getClient', phone => $phone) }

sub add_one {
    my $answer = $shop->add({ phone => '' . ++$next });

    push @added, $next if $answer->status == 200;

    return $answer;
}


sub works_at {
    my ($redis, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    $shop->{redis} = $redis;
    $shop->client->hset($shop->key("client:$phone"), name => $what,
        barcode => 'b');

    wait_until {
        my $answer = read_one();
        return $answer->status == 200 && $answer->json->{name} eq $what;
    } 30, "$what: reads";
    wait_until { add_one()->status == 200 } 30, "$what: addClient";
    wait_until { $shop->holder && $shop->subscribers } 30, "$what: listens";
    $shop->client->hset($shop->key("client:$phone"), name => "$what, told");
    ok($shop->wait_told("$what, told", 60), "$what: events, and hooks");
}


works_at($owner, 'found');
is(scalar(() = $shop->nginx->error_log =~ /is away/g), 0,
    'nothing is said of the way there');

for my $node (grep { $_ != $owner } $rig->servers) {
    next if $node == $rig->replica_of($owner);
    is(scalar @{ $node->client->function('LIST') }, 0,
        $node->name . ' has no functions');
}


# failover by command, and by death

my $new = $rig->fail_over($owner);

works_at($new, 'failed over');
$rig->ready;
$rig->kill($new->name);

my $third = $rig->wait_owner_other_than($prefix, $new->name);

works_at($third, 'dead');

for my $address ($new->address, $third->address) {
    wait_until {
        $shop->nginx->error_log =~ /redis "\Q$address\E" of polycard market/
    } "$address is named";
}

$rig->start($new->name);
$rig->ready;


# a slot that is moved while cards are issued: 503 meanwhile, no card twice

my $slot = $rig->slot($prefix);
my ($target) = grep { $_ != $third && $_->replication('role') eq 'master' }
    $rig->servers;
my %card;

sub add_some {
    my ($count, $attempts) = @_;

    # a worker that learns from it that the slot is elsewhere answers 503

    for (1 .. $attempts || 3 * $count) {
        last if !$count;
        next if add_one()->status != 200;

        my $client = $shop->get('getClient', phone => "$next")->json;

        $card{ $client->{barcode} }++;
        $count--;
    }
}

add_some(20);

my $before = keys %card;

is($before, 20, 'cards before');
$rig->begin_migration($slot, $third, $target);
add_some(10);
is(scalar keys %card, 20, 'while it moves none is issued');
is(scalar @{ $target->client->function('LIST') }, 0,
    '... nor are the functions at its target');
$rig->move_keys($slot, $third, $target);
$rig->end_migration($slot, $target);

# who hears from the old server that the market is elsewhere asks there

my @asked = map { start_get($shop->nginx,
    "/api/v1/web_service/getClient?phone=$added[0]") } 1 .. 20;
my @got = map { $_->status } add_one(), answers(@asked);

is(scalar(grep { $_ != 200 } @got), 0, 'moved: nobody gets an error')
    or diag("@got");
works_at($target, 'moved');
add_some(20);
is(scalar(grep { $_ > 1 } values %card), 0, 'no card twice');
is($shop->client->zcard($shop->key('clients')), @added + 1,
    '... all clients are there, and no other');
is(scalar(grep { $shop->get('getClient', phone => $_)->status != 200 } @added),
    0, '... each that was added');
is(scalar keys %card, 40, '... and all of them');


# what is said of the data names the server that had them

$shop->nginx->allow(qr/has lost all data of/);
$shop->client->flushall;
wait_until {
    $shop->nginx->error_log =~ /redis "(\S+)" has lost all data of/
        && $1 eq $target->address
} 30, 'lost: the server is named';

test_to_and_fro();
test_same_host();

finish();


# two servers, of which one says of all keys that the other has them

sub pair {
    my (@sockets) = @_;

    my $dir = Polycard::Test::temp_dir();
    my $elsewhere = sub {
        my ($own, $host, $command) = @_;

        return () if $command =~ /^(?:CONNECT|PING|INFO)$/
            || slurp("$dir/owner") == $own;

        return "-MOVED 1 $host:" . slurp("$dir/port-" . (1 - $own)) . "\r\n";
    };

    my @fakes = map {
        my ($own, ($host, $socket)) = ($_, @{ $sockets[$_] });

        spew("$dir/port-$own", $socket->sockport);
        Polycard::FakeRedis->launch($socket, mode => 'slot',
            port => $socket->sockport,
            modes => { slot => sub { $elsewhere->($own, $host, @_) } });
    } 0, 1;

    return sub { spew("$dir/owner", $_[0]) }, @fakes;
}


sub shop_of {
    my (@addresses) = @_;

    return Polycard::Nginx->new(http => market('fakes', redis => "@addresses",
        access_token => 'off', card_numbers => 'phone', emitter => 'off')
        . "server {\n" . 'listen 127.0.0.1:%%PORT_0%%;' . services('fakes', '/') . "}\n");
}


sub ask_fakes {
    my ($nginx) = @_;

    return http_get($nginx, '/getClient',
        query => { phone => $Polycard::FakeRedis::PHONE })->status;
}


# it comes back before the worker may leave the second server again, and more
# callers are told so than the worker follows in a row

sub test_to_and_fro {
    my ($owner, @fakes) = pair(map { [ '127.0.0.1',
        Polycard::Server::listen_tcp() ] } 0, 1);

    $owner->(0);

    my $nginx = shop_of(map { $_->address } @fakes);

    wait_until { ask_fakes($nginx) == 200 } 10, 'a slot at the first one';
    $owner->(1);
    is(ask_fakes($nginx), 200, '... at the second one');
    $owner->(0);
    ask_fakes($nginx) for 1 .. 10;
    wait_until { ask_fakes($nginx) == 200 } 10, '... and back within a second';
}


# a MOVED without a host: the one where it was asked

sub test_same_host {
    SKIP: {
        my @sockets = map { IO::Socket::IP->new(LocalHost => '::1',
            Listen => 64) } 0, 1;

        skip 'no IPv6', 1 if !$sockets[1];

        my ($owner, @fakes) = pair(map { [ '', $_ ] } @sockets);

        $owner->(1);

        my $nginx = shop_of(map { '[::1]:' . $fakes[0]->port } 0, 1);

        wait_until { ask_fakes($nginx) == 200 } 10, 'the same IPv6 address';
    }
}
