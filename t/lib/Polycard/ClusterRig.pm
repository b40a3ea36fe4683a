# A Redis Cluster of three masters (m1, m2, m3), a third of the slots each, and
# a replica of each (r1, r2, r3), see Polycard::Rig.
#
#   my $rig = Polycard::ClusterRig->new(
#       node_timeout => 1000,        # ms, cluster-node-timeout
#       ...                          # options of Polycard::Rig
#   );
#   $rig->addresses;                 # 127.0.0.1:..., of all six
#   $rig->owner('polycard:{shop1}:');          # the node that has its slot
#   $rig->replica_of($node);
#   my $new = $rig->fail_over($owner);         # CLUSTER FAILOVER
#   my $new = $rig->wait_owner_other_than('polycard:{shop1}:', 'm1');
#
#   $rig->begin_migration($slot, $from, $to);  # SETSLOT: ASK from now on
#   $rig->move_keys($slot, $from, $to);        # MIGRATE, all of them
#   $rig->end_migration($slot, $to);           # SETSLOT NODE: MOVED
#   $rig->migrate_slot($slot, $from, $to);     # the three
#
# Its servers hold the users of polycard.acl; the functions are loaded by
# whoever wants them, on the owner.

package Polycard::ClusterRig;

use strict;
use warnings;

use parent 'Polycard::Rig';

use Polycard::Test ();

my $SLOTS = 16384;

# seconds: Redis has given up by then
my $FAILOVER_TIME = 6;

my @masters = qw( m1 m2 m3 );
my @replicas = qw( r1 r2 r3 );


sub names { (@masters, @replicas) }
sub wire_names { map { ($_, "$_ bus") } $_[0]->names }

sub addresses { map { $_->address } $_[0]->servers }


sub build {
    my ($self) = @_;

    my $first;

    for my $name ($self->names) {
        $self->add_server($name, $first);
        $first ||= $self->node($name);
    }

    my @nodes = $self->servers;

    # a node takes its epoch only while it knows no other

    $nodes[$_]->client->cluster('SET-CONFIG-EPOCH', $_ + 1) for 0 .. $#nodes;

    # each knows each at once, instead of hearing of it by gossip

    for my $i (0 .. $#nodes) {
        $self->meet($nodes[$i], $_) for @nodes[$i + 1 .. $#nodes];
    }

    for my $i (0 .. $#masters) {
        $self->node($masters[$i])->client->cluster('ADDSLOTSRANGE',
            int($i * $SLOTS / @masters),
            int(($i + 1) * $SLOTS / @masters) - 1);
    }

    $self->wait_until_so('all have met', sub {
        return !grep { $self->known($_) != @nodes } @nodes;
    });

    for my $i (0 .. $#masters) {
        $self->node($replicas[$i])->client->cluster('REPLICATE',
            $self->node($masters[$i])->client->cluster('MYID'));
    }
}


sub add_server {
    my ($self, $name, $first) = @_;

    my $wires = $self->{wires};
    my $bus = Polycard::Test::free_port();

    $wires->lead("$name bus", $bus);
    $self->add($name, { like => $first },
        'cluster-enabled'           => 'yes',
        'cluster-config-file'       => 'nodes.conf',
        'cluster-node-timeout'      => $self->{node_timeout} || 1000,
        'cluster-port'              => $bus,
        'cluster-announce-ip'       => '127.0.0.1',
        'cluster-announce-bus-port' => $wires->port("$name bus"),
        $self->{tls} ? (
            'cluster-announce-port'     => 0,
            'cluster-announce-tls-port' => $wires->port($name),
            'tls-cluster'               => 'yes',
        ) : ('cluster-announce-port' => $wires->port($name)),
        %{ $self->{conf} });
}


sub meet {
    my ($self, $one, $other) = @_;

    $one->client->cluster('MEET', '127.0.0.1', $other->port,
        $self->{wires}->port($other->name . ' bus'));
}


# What is there: lists of [ id, address, flags, master, ..., slots ]

sub nodes_of {
    my ($self, $node) = @_;

    return () if !$node->alive || $node->is_stopped;

    my $text = eval { $node->client->cluster('NODES') };

    return map { [ split / / ] } split /\n/, defined $text ? $text : '';
}


sub known {
    my ($self, $node) = @_;

    return scalar grep { $_->[2] !~ /handshake|noaddr|fail/ }
        $self->nodes_of($node);
}


sub slot { ($_[0]->working)[0]->client->cluster('KEYSLOT', $_[1]) }


sub working {
    my ($self) = @_;

    return grep { $_->alive && !$_->is_stopped } $self->servers;
}


# the master that says that it has the slot of this key; where two do, because
# they do not hear of each other, the later one

sub owner {
    my ($self, $key) = @_;

    my $slot = $self->slot($key);
    my %epoch = map { $_->name => $self->epoch($_, $slot) } $self->working;
    my ($last) = sort { $epoch{$b} <=> $epoch{$a} } keys %epoch;

    return $epoch{$last} ? $self->node($last) : undef;
}


# since when this node has the slot; 0: it does not say so

sub epoch {
    my ($self, $node, $slot) = @_;

    my ($own) = grep { $_->[2] =~ /myself/ } $self->nodes_of($node);

    return 0 if !$own || $own->[2] !~ /master/;

    my ($has) = grep {
        my ($first, $last) = split /-/;
        $slot >= $first && $slot <= (defined $last ? $last : $first);
    } grep { /^\d/ } @$own[8 .. $#$own];

    return defined $has ? $own->[6] : 0;
}


sub id { $_[1]->client->cluster('MYID') }


sub replica_of {
    my ($self, $master) = @_;

    my ($replica) = grep {
        $_->replication('role') eq 'slave'
            && $_->replication('master_port') eq $master->port
    } $self->working;

    return $replica;
}


sub ready {
    my ($self) = @_;

    $self->wait_until_so('the cluster is whole', sub {
        my @working = $self->working;

        return !grep {
            my $node = $_;
            my $info = eval { $node->client->cluster('INFO') } || '';

            $info !~ /cluster_state:ok/ || $info !~ /slots_ok:$SLOTS\r/
                || $node->replication('role') eq 'slave'
                   && $node->replication('master_link_status') ne 'up'
                || $node->online < $node->replication('connected_slaves');
        } @working;
    });
}


# Failover: a healthy one, by its replica.  One that the owner does not know yet
# is not heard.  Redis gives up after 5 seconds, as happens on a machine that is
# busy, and masters that have voted do so again after two node timeouts only.

sub fail_over {
    my ($self, $owner) = @_;

    my $replica = $self->replica_of($owner)
        or die $owner->name . " has no replica\n";
    my ($id, $from) = map { $self->id($_) } $replica, $owner;

    $self->wait_until_so('the owner knows its replica', sub {
        return grep { $_->[0] eq $id && $_->[3] eq $from }
            $self->nodes_of($owner);
    });

    my $asked = 0;

    $self->wait_until_so('the replica takes over', sub {
        return 1 if $replica->replication('role') eq 'master'
            && $owner->replication('role') eq 'slave';

        return 0 if time - $asked < $FAILOVER_TIME;

        $asked = time;
        eval { $replica->client->cluster('FAILOVER') };
        return 0;
    });

    return $replica;
}


sub wait_owner_other_than {
    my ($self, $key, $name) = @_;

    return $self->wait_until_so("another owner than $name", sub {
        my ($owner) = grep { $_->name ne $name }
            $self->owner($key) || ();
        return $owner || 0;
    });
}


# Migration of a slot

sub begin_migration {
    my ($self, $slot, $from, $to) = @_;

    $to->client->cluster('SETSLOT', $slot, 'IMPORTING', $self->id($from));
    $from->client->cluster('SETSLOT', $slot, 'MIGRATING', $self->id($to));
}


sub move_keys {
    my ($self, $slot, $from, $to) = @_;

    my @login = $self->{passwords}
        ? ('AUTH2', 'default', $to->password('default')) : ();

    while (my @keys = @{ $from->client->cluster('GETKEYSINSLOT', $slot,
        100) })
    {
        $from->client->migrate('127.0.0.1', $to->port, '', 0, 5000, @login,
            'KEYS', @keys);
    }
}


sub end_migration {
    my ($self, $slot, $to) = @_;

    # the new owner first, so that nobody is sent back

    my $id = $self->id($to);

    for my $node ($to, grep { $_ != $to && Polycard::Rig::is_master($_) }
        $self->working)
    {
        $node->client->cluster('SETSLOT', $slot, 'NODE', $id);
    }
}


sub migrate_slot {
    my ($self, $slot, $from, $to) = @_;

    $self->begin_migration($slot, $from, $to);
    $self->move_keys($slot, $from, $to);
    $self->end_migration($slot, $to);
}


1;
