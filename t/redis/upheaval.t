# A Redis that fails over behind a proxy that follows its master, while a market
# is in use: see Polycard::Upheaval.
#
#   SCENE='dies|hangs' RUNS=20 prove -vIt/lib t/redis/upheaval.t

use strict;
use warnings;

use lib 't/lib';

use Polycard::SentinelRig;
use Polycard::Test;
use Polycard::Upheaval;

my @scenes = (

    # as the manual wants it set up

    [ 'the master dies', { min_replicas => 1 }, sub {
        my ($rig, $market, $name) = @_;

        $rig->kill($name);
        $rig->wait_master_other_than($name);
        $rig->start($name);
        $rig->ready;
    } ],
    [ 'the master hangs, and goes on later', { min_replicas => 1 }, sub {
        my ($rig, $market, $name) = @_;

        $rig->hang($name);
        $rig->wait_master_other_than($name);
        $market->wait_issued(100);
        $rig->go_on($name);
        $rig->ready;
    } ],
    [ '... and goes on at once', { min_replicas => 1 }, sub {
        my ($rig, $market, $name) = @_;

        $rig->hang($name);
        $rig->wait_master_other_than($name);
        $rig->go_on($name);
        $rig->ready;
    } ],
    [ 'REPLICAOF, with a pause', { sentinels => 0 }, sub {
        my ($rig) = @_;

        $rig->replicate_from('r1', pause => 1);
    } ],

    # some of it gets lost

    [ 'REPLICAOF, without a pause', { sentinels => 0, slow => 0.1 }, sub {
        my ($rig) = @_;

        $rig->replicate_from('r1');
    }, lossy => 1 ],
    [ 'the master dies, its replicas are behind', { slow => 0.1 }, sub {
        my ($rig, $market, $name) = @_;

        $rig->kill($name);
        $rig->wait_master_other_than($name);
        $rig->start($name);
        $rig->ready;
    }, lossy => 1 ],
    [ 'SENTINEL FAILOVER, the replicas are behind', { slow => 0.1 }, sub {
        my ($rig) = @_;

        $rig->fail_over;
        $rig->ready;
    }, lossy => 1 ],
);

for my $scene (@scenes) {
    my ($what, $how, $event, %expect) = @$scene;

    next if $ENV{SCENE} && $what !~ /$ENV{SCENE}/;

    play($what, $how, $event, %expect) for 1 .. $ENV{RUNS} || 1;
}

finish();


sub play {
    my ($what, $how, $event, %expect) = @_;

    my $rig = Polycard::SentinelRig->new(down_after => 2000,
        look_every => 1000, %$how);
    my $market = Polycard::Upheaval->new($rig);

    $rig->slow_replication($how->{slow}) if $how->{slow};
    $market->through($what, sub {
        $event->($rig, $market, $rig->master->name);
    }, within => 3, %expect);
    $market->stop;
    $rig->stop;
}
