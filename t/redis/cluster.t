# A market in a Redis Cluster: its owner is found from any server, and followed
# when the slot goes elsewhere; nothing is ever done where it is not yet.
#
# What survives what: a slot of a cluster is moved

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::ClusterRig;
use Polycard::Faults;
use Polycard::HookShop;
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
        redis_timeout => '5s',     # of a busy machine
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

finish();
