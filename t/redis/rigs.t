# The rigs themselves: that a fault of Polycard::SentinelRig and ClusterRig is
# what it says, and that servers and Sentinels do what those of a market do.

use strict;
use warnings;

use lib 't/lib';

use IO::Socket::SSL;
use Redis;

use Polycard::ClusterRig;
use Polycard::SentinelRig;
use Polycard::Test;

my $PREFIX = 'polycard:{shop1}:';
my $KEY = "${PREFIX}k";
my $SILENT = qr/Error while reading from Redis server/;
my $SECRET = 'Sentinels-0wn';

subtest 'Sentinels: failover', \&test_failover;
subtest 'Sentinels: a master that dies, and hangs', \&test_death;
subtest 'Sentinels: a cut network, slow replication', \&test_network;
subtest 'Sentinels: TLS and passwords', \&test_tls;
subtest 'Cluster: failover and death', \&test_cluster;
subtest 'Cluster: migration of a slot', \&test_migration;
subtest 'Cluster: TLS, passwords, a cut network', \&test_cluster_tls;

finish();


sub set { $_[0]->client->set($KEY, $_[1]) }
sub value { my $v = eval { $_[0]->client->get($KEY) }; defined $v ? $v : '' }


# what it answers to those who come through its wire

sub says {
    my ($node, @command) = @_;

    my $answer = eval {
        my $redis = Redis->new(server => $node->address, cnx_timeout => 1,
            read_timeout => 1, write_timeout => 1);
        my $method = lc shift @command;

        $redis->$method(@command);
    };

    return defined $answer ? $answer : $@;
}


sub test_failover {
    my $rig = Polycard::SentinelRig->new(look_every => 500);
    my $old = $rig->master;

    is($old->name, 'm1', 'm1 is the master');
    is_deeply([ $rig->sentinels_say ], [ ($old->port) x 3 ],
        '... all Sentinels say so, and where');
    is(says($old, 'GET', $KEY), '', '... and there it is');
    is(scalar($rig->replicas), 2, 'two replicas');

    set($old, 'before');
    wait_until { !grep { value($_) ne 'before' } $rig->replicas }
        '... have what it has';

    my $new = $rig->fail_over;

    isnt($new->name, 'm1', 'SENTINEL FAILOVER: another master');
    is(value($new), 'before', '... with what the old one had');
    $rig->ready;
    is($old->replication('role'), 'slave', '... of which the old one is a replica');
    $rig->stop;
}


sub test_death {
    my $rig = Polycard::SentinelRig->new(look_every => 500);

    $rig->kill('m1');

    my $new = $rig->wait_master_other_than('m1');

    set($new, 'while dead');
    $rig->start('m1');
    $rig->ready;
    is(value($rig->node('m1')), 'while dead',
        'one that comes back is a replica of the other');

    my $name = $new->name;

    $rig->hang($name);
    isnt(says($new, 'GET', $KEY), 'while dead', 'one that hangs is silent');
    $rig->wait_master_other_than($name);
    $rig->go_on($name);
    wait_until { $new->replication('role') eq 'slave' } 60,
        'one that goes on is demoted';
    $rig->stop;
}


sub test_network {
    my $rig = Polycard::SentinelRig->new(look_every => 500);
    my $old = $rig->node('m1');

    $rig->slow_replication(1);
    set($old, 'slow');
    is(value($_), '', 'slow replication: not there yet') for $rig->replicas;
    wait_until { !grep { value($_) ne 'slow' } $rig->replicas } 'it comes';
    $rig->slow_replication(0);

    $rig->cut([ 'm1', 'client' ], [ qw( r1 r2 s1 s2 s3 ) ]);

    my $new = $rig->wait_master_other_than('m1');

    is($old->replication('role'), 'master', 'cut off: two masters');
    is(says($old, 'SET', $KEY, 'lost'), 'OK', '... both can be written to');
    like(says($new, 'GET', $KEY), $SILENT, '... this one is not on our side');
    set($new, 'kept');
    $rig->heal;
    wait_until { value($old) eq 'kept' } 60,
        'healed: the old one has what the new one has';
    is(says($new, 'GET', $KEY), 'kept', '... and all can be reached');
    $rig->stop;
}


sub test_tls {
    my $rig = Polycard::SentinelRig->new(tls => 1, passwords => 1,
        look_every => 500, sentinel_password => $SECRET);
    my $master = $rig->master;

    like(says($master, 'GET', $KEY), qr/server|closed|reset|Resource/i,
        'without TLS: nothing');
    eval { Redis->new(sock => $master->socket)->get($KEY) };
    like($@, qr/NOAUTH/, 'without a password: nothing');

    my $first = fingerprint($rig, $master);

    ok($first, 'the certificate is that of the authority');
    is(fingerprint($rig, $rig->node('s1')), $first,
        '... and so is that of a Sentinel');

    $rig->certify;
    isnt(fingerprint($rig, $master), $first, 'another one at run time');

    $rig->kill('m1');
    ok($rig->wait_master_other_than('m1'), 'a failover');
    $rig->start('m1');
    $rig->ready;
    pass('... and all is well again');

    # one of somebody else's

    $rig->certify(Polycard::Certificates->new);
    is(fingerprint($rig, $rig->master), '', 'a certificate of another authority');
    $rig->stop;
}


# of the certificate of a node, where the rig's authority has signed it

sub fingerprint {
    my ($rig, $node) = @_;

    my $socket = IO::Socket::SSL->new(PeerAddr => $node->address,
        SSL_ca_file => $rig->ca->file, SSL_verifycn_name => 'localhost',
        SSL_verifycn_scheme => 'default') or return '';

    return $socket->get_fingerprint;
}


sub test_cluster {
    my $rig = Polycard::ClusterRig->new;
    my $owner = $rig->owner($PREFIX);
    my $replica = $rig->replica_of($owner);
    my ($other) = grep { $_ != $owner && Polycard::Rig::is_master($_) }
        $rig->servers;
    my $port = $owner->port;

    like(says($other, 'GET', $KEY), qr/MOVED \d+ 127\.0\.0\.1:$port\b/,
        'another node says who has the slot, and where');
    is(says($owner, 'SET', $KEY, 'x'), 'OK', '... who takes it');

    is($rig->fail_over($owner)->name, $replica->name, 'CLUSTER FAILOVER');
    $rig->ready;

    my $name = $replica->name;

    $rig->kill($name);
    is($rig->wait_owner_other_than($PREFIX, $name)->name, $owner->name,
        'a dead owner: its replica takes over');
    is(value($owner), 'x', '... with what it had');
    $rig->start($name);
    $rig->ready;
    $rig->stop;
}


sub test_migration {
    my $rig = Polycard::ClusterRig->new;
    my $from = $rig->owner($PREFIX);
    my ($to) = grep { $_ != $from && Polycard::Rig::is_master($_) }
        $rig->servers;
    my $slot = $rig->slot($PREFIX);

    set($from, 'x');
    $rig->begin_migration($slot, $from, $to);
    is(says($from, 'GET', $KEY), 'x', 'under way: what is there is answered');
    like(says($from, 'GET', "${PREFIX}none"), qr/ASK $slot/,
        '... for what is not there one has to ask');
    $rig->move_keys($slot, $from, $to);
    like(says($from, 'GET', $KEY), qr/ASK $slot/, '... also after it has moved');
    $rig->end_migration($slot, $to);
    is($rig->owner($PREFIX)->name, $to->name, 'over: another owner');
    is(says($to, 'GET', $KEY), 'x', '... that has it');
    like(says($from, 'GET', $KEY), qr/MOVED $slot/, '... and the old one knows');
    $rig->stop;
}


sub test_cluster_tls {
    my $rig = Polycard::ClusterRig->new(tls => 1, passwords => 1);
    my $owner = $rig->owner($PREFIX);
    my $name = $owner->name;

    ok(fingerprint($rig, $owner), 'TLS');
    set($owner, 'x');

    my $replica = $rig->replica_of($owner);

    wait_until { $replica->replication('slave_repl_offset')
        && $replica->replication('slave_repl_offset')
           eq $owner->replication('master_repl_offset') } 'replicated';

    my @others = grep { $_ ne $name } $rig->names;

    $rig->cut([ $name, 'client' ], \@others);

    my $new = $rig->wait_owner_other_than($PREFIX, $name);

    is(value($new), 'x', 'an owner that is cut off: its replica takes over');
    wait_until { eval { $owner->client->set($KEY, 'y'); 1 } ? 0
        : $@ =~ /CLUSTERDOWN/ } '... and it refuses to write';
    $rig->heal;
    wait_until { $owner->replication('role') eq 'slave' } 60,
        'healed: it is a replica';
    is($rig->owner($PREFIX)->name, $new->name, '... of the new owner');
    $rig->stop;
}
