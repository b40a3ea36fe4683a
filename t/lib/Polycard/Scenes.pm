# What may happen to a Redis with Sentinels while a market is in use: each is a
# subtest of Polycard::Upheaval, with servers of its own.
#
#   play('proxy');          # nginx goes by a proxy that follows the master
#   play('sentinel');       # ... asks the Sentinels
#
# From a shell, some of them, several times, with more changes in a second:
#
#   make upheaval SCENE='dies|hangs' RUNS=20 CHANGES=1000

package Polycard::Scenes;

use strict;
use warnings;

use Exporter qw( import );

use Polycard::SentinelRig;
use Polycard::Test;
use Polycard::Upheaval;

our @EXPORT = qw( play );

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
    [ 'the master is cut off from all', { min_replicas => 1 }, sub {
        my ($rig, $market, $name) = @_;

        $rig->cut([$name], [ 'client', grep { $_ ne $name } $rig->names ]);
        $rig->wait_master_other_than($name);
        $market->wait_issued(100);
        $rig->heal;
        $rig->ready;
    } ],
    [ 'REPLICAOF, with a pause', { sentinels => 0 }, sub {
        my ($rig) = @_;

        $rig->replicate_from('r1', pause => 1);
    } ],

    # Some of it gets lost: where its other replica still follows it, or it needs none,
    # the old master takes writes until it is demoted.

    [ 'the master hangs, and goes on at once', { min_replicas => 1 }, sub {
        my ($rig, $market, $name) = @_;

        $rig->hang($name);
        $rig->wait_master_other_than($name);
        $rig->go_on($name);
        $rig->ready;
    }, lossy => 1, behind => 0.1, split => 1 ],
    [ '... before anybody is led away', { proxy => 1 }, sub {
        my ($rig, $market, $name) = @_;

        $market->follower->pause;
        $rig->hang($name);
        $rig->wait_master_other_than($name);
        $rig->go_on($name);
        wait_until { $rig->node($name)->replication('role') eq 'slave' } 60,
            'the old master is demoted';
        $market->follower->go_on;
        $rig->ready;
    }, lossy => 1, behind => 0.1, split => 1 ],

    # ... and what replicas have not received

    [ 'REPLICAOF, without a pause', { sentinels => 0, slow => 0.1 }, sub {
        my ($rig) = @_;

        $rig->replicate_from('r1');
    }, lossy => 1 ],
    [ 'the master dies, its replicas are behind', { slow => 0.1 }, sub {
        my ($rig, $market, $name) = @_;

        # what is under way to them goes with it

        $rig->cut([$name], [ grep { /^[mr]/ && $_ ne $name } $rig->names ]);
        $rig->kill($name);
        $rig->wait_master_other_than($name);
        $rig->heal;
        $rig->start($name);
        $rig->ready;
    }, lossy => 1 ],
    [ 'the master hangs, its replicas are behind', { slow => 0.1 }, sub {
        my ($rig, $market, $name) = @_;

        $rig->cut([$name], [ grep { /^[mr]/ && $_ ne $name } $rig->names ]);
        $rig->hang($name);
        $rig->wait_master_other_than($name);
        $rig->heal;
        $rig->go_on($name);
        $rig->ready;
    }, lossy => 1, split => 1 ],
    [ 'the master and nginx are cut off', { min_replicas => 1 }, sub {
        my ($rig, $market, $name) = @_;

        $rig->cut([ $name, 'client' ], [ grep { $_ ne $name } $rig->names ]);
        $rig->wait_master_other_than($name);
        wait_until { refuses_writes($rig->node($name)) } 60,
            'the old master refuses to write';
        $rig->heal;
        $rig->ready;
    }, lossy => 1 ],
    [ 'SENTINEL FAILOVER, the replicas are behind', { slow => 0.1 }, sub {
        my ($rig) = @_;

        $rig->fail_over;
        $rig->ready;
    }, lossy => 1 ],
);


sub play {
    my ($way) = @_;

    for my $scene (@scenes) {
        my ($what, $how, $event, %expect) = @$scene;

        next if $ENV{SCENE} && $what !~ /$ENV{SCENE}/;
        next if $way eq 'sentinel'
            && (exists $how->{sentinels} || $how->{proxy});

        play_once($way, $what, $how, $event, %expect)
            for 1 .. $ENV{RUNS} || 1;
    }
}


sub play_once {
    my ($way, $what, $how, $event, %expect) = @_;

    my $rig = Polycard::SentinelRig->new(down_after => 2000,
        look_every => 1000, %$how);
    my $market = Polycard::Upheaval->new($rig,
        sentinel => $way eq 'sentinel',
        $ENV{CHANGES} ? (changes => $ENV{CHANGES}) : ());

    $rig->slow_replication($how->{slow}) if $how->{slow};
    $market->through($what, sub {
        $event->($rig, $market, $rig->master->name);
    }, within => 3, %expect);
    $market->stop;
    $rig->stop;
}


sub refuses_writes {
    my ($node) = @_;

    return !eval { $node->client->set('x', 1) } && $@ =~ /NOREPLICAS/;
}


1;
