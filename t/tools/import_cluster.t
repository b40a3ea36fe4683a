# polycard-import and polycard-export with a Redis Cluster: any of its servers
# leads to the one that has the market; a slot that moves, an owner that is
# replaced, a cluster that does not work are said, and the same file once more
# makes everything right.

use strict;
use warnings;

use lib 't/lib';

use Polycard::ClusterRig;
use Polycard::FakeRedis;
use Polycard::LongImport;
use Polycard::Test;
use Polycard::Tools;

my $PREFIX = 'polycard:{shop1}:';


# on a busy machine nobody is to take over by himself

my $rig = Polycard::ClusterRig->new(node_timeout => 5000);
my $owner = $rig->owner($PREFIX);
my ($other) = grep { $_ != $owner && Polycard::Rig::is_master($_) }
    $rig->servers;
my $nobody = '127.0.0.1:' . Polycard::Test::free_port();

$owner->load_library;

test_found();
test_migration();
test_failover();
test_alone();
test_down();
$rig->stop;

test_circle();
test_no_name();

finish();


sub tools {
    my (@addresses) = @_;

    return Polycard::Tools->of($owner, '--redis=' . join ',', @addresses);
}


sub test_found {
    my $run = tools($other->address)->import_file(import_text());

    is($run->{status}, 0, 'another server leads to the owner')
        or diag $run->{err};
    is(tools()->there, $COUNT, '... which has all');
    is(scalar(() = $other->client->function('LIST')), 0,
        '... the library is nowhere else');

    $run = tools($nobody, $rig->replica_of($owner)->address)->export;
    is($run->{status}, 0, 'so does a replica, after one that is away')
        or diag $run->{err};
    is(scalar(() = $run->{out} =~ /\n/g), $COUNT + 1, '... all is exported');

    $run = tools($nobody, $nobody)->export;
    is($run->{status}, 2, 'nobody');
    is(scalar(() = $run->{err} =~ /cannot connect to redis "$nobody": Conn/g),
        2, '... each is named');
}


sub start {
    my (@arguments) = @_;

    $owner->client->flushall;

    return Polycard::LongImport->new(tools($rig->addresses), @arguments);
}


sub once_more {
    my ($what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    $rig->ready;
    $owner = $rig->owner($PREFIX);

    # the one that came to it by a migration has none yet

    $owner->load_library;

    imported_again(tools($rig->addresses), $what);
}


sub test_migration {
    my $slot = $rig->slot($PREFIX);
    my $run = start(700);

    $rig->begin_migration($slot, $owner, $other);
    is($run->ended(700 .. 1500), 2, 'a slot that is being moved');
    like($run->text, qr/redis: ASK \d+ .*: the market is being moved/,
        '... is said');
    like($run->text, qr/broken off; what is up to line \d+ was written/,
        '... and how to go on');

    $run = tools($rig->addresses)->import_file(import_text());
    is($run->{status}, 2, '... so it is at the beginning');
    like($run->{err}, qr/cannot connect to redis ".*": ASK \d+ .*: the market is being moved/,
        '... of another one');
    is($other->client->cluster('COUNTKEYSINSLOT', $slot), 0,
        '... the target has nothing from us');

    $rig->move_keys($slot, $owner, $other);
    $rig->end_migration($slot, $other);
    ($owner, $other) = ($other, $owner);
    once_more('it has moved');

    # moved at once, with the keys: as by CLUSTER MIGRATESLOTS

    $run = start(700);
    $rig->migrate_slot($slot, $owner, $other);
    is($run->ended(700 .. 1500), 2, 'a slot that has moved');
    like($run->text, qr/redis: MOVED \d+ .*: the market is on another server/,
        '... is said');
    ($owner, $other) = ($other, $owner);
    once_more('the other way');
}


sub test_failover {
    my $run = start(700);
    my $old = $owner;

    $rig->fail_over($owner);
    is($run->ended(700 .. 1500), 2, 'CLUSTER FAILOVER');
    like($run->text, qr/MOVED|READONLY|is lost/, '... is said');
    once_more('the replica');

    # at the end of the file

    $run = start($COUNT);
    $rig->fail_over($owner);
    is($run->ended, 2, 'one after the last record');
    like($run->text, qr/Run it again/, '... is not taken for done');
    once_more('the replica again');
}


# the one address that is given may be the owner's: it names nobody else

sub test_alone {
    my $replica = $rig->replica_of($owner);
    my $tools = tools($owner->address);
    my $new = "phone,name,barcode\n380991234567,x,new\n";

    $rig->cut([ $owner->name, 'client' ], [ $replica->name ]);

    my $run = $tools->import_file($new);

    is($run->{status}, 2, 'the owner alone, its replica is cut off');
    like($run->{err}, qr/none of its 1 replicas has received all that was written\n.*may be lost/s,
        '... which is said');

    $rig->heal;
    $rig->ready;
    is($tools->import_file($new)->{status}, 0,
        '... healed: done');
}


# without most of its masters a cluster answers nobody

sub test_down {
    my @masters = grep { Polycard::Rig::is_master($_) } $rig->servers;

    for my $node (grep { $_ != $owner } @masters) {
        my $replica = $rig->replica_of($node);

        $rig->kill($_->name) for $replica, $node;
    }

    wait_until { eval { $owner->client->get("${PREFIX}x"); 1 } ? 0
        : $@ =~ /CLUSTERDOWN/ } 60, 'the cluster is down';

    my $run = tools($owner->address)->import_file(import_text());

    is($run->{status}, 2, 'a cluster that is down');
    like($run->{err}, qr/cannot connect to redis ".*": CLUSTERDOWN/,
        '... is waited for, and said');
}


# a server that always names another one, here itself, is not followed for ever

sub test_circle {
    my $dir = Polycard::Test::temp_dir();
    my $fake = Polycard::FakeRedis->new(mode => 'circle', modes => {
        circle => sub {
            return $_[0] eq 'EXISTS'
                ? '-MOVED 1 :' . slurp("$dir/port") . "\r\n" : ();
        } });

    spew("$dir/port", $fake->port);

    my $run = Polycard::Tools->of($fake, '--redis=' . $fake->address)
        ->export('-u', 'x', '-P', spew("$dir/password", 'x'));

    is($run->{status}, 2, 'a circle');
    like($run->{err}, qr/name each other/, '... is said');
    is(scalar(grep { /^EXISTS/ } $fake->log), 6, '... after some');
}


# cluster-preferred-endpoint-type hostname, without cluster-announce-hostname

sub test_no_name {
    my $fake = Polycard::FakeRedis->new(mode => 'nameless', modes => {
        nameless => sub {
            return $_[0] eq 'EXISTS' ? "-MOVED 1 ?:6379\r\n" : ();
        } });

    my $run = Polycard::Tools->of($fake, '--redis=' . $fake->address)
        ->export('-u', 'x', '-P', spew(temp_dir() . '/password', 'x'));

    is($run->{status}, 2, 'a server without a name');
    like($run->{err}, qr/: MOVED 1 \?:6379: the market is on another server/,
        '... is looked up nowhere');
}
