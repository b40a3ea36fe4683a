# One master (m1), two replicas (r1, r2) and three Sentinels (s1, s2, s3) that
# call it "shop", see Polycard::Rig.
#
#   my $rig = Polycard::SentinelRig->new(
#       sentinel_password => 'x',        # the Sentinels' own: requirepass
#       sentinels         => 0,          # nobody decides but the test
#       min_replicas      => 1,          # min-replicas-to-write, lag 2 s
#       down_after        => 2000,       # ms; 1000 unless said otherwise
#       look_every        => 500,        # ms; 10000, as Sentinel has it: how
#                         # soon a master that was demoted is told so
#       ...                              # options of Polycard::Rig
#   );
#   $rig->sentinel_addresses;            # 127.0.0.1:..., three of them
#   $rig->replicate_from('r1', pause => 1);      # REPLICAOF, by hand
#   my $new = $rig->fail_over;           # SENTINEL FAILOVER, and who came of it
#   my $new = $rig->wait_master_other_than('m1');
#   $rig->sentinels_say;                 # the port that each names
#
# The names say what they are at first: m1 may be a replica later.

package Polycard::SentinelRig;

use strict;
use warnings;

use parent 'Polycard::Rig';

use Redis;


our $MASTER = 'shop';

my @servers = qw( m1 r1 r2 );
my @sentinels = qw( s1 s2 s3 );


sub names { (@servers, $_[0]->has_sentinels ? @sentinels : ()) }

sub has_sentinels { $_[0]{sentinels} // 1 }


sub build {
    my ($self) = @_;

    my %conf = (
        $self->{min_replicas} ? (
            'min-replicas-to-write' => $self->{min_replicas},
            'min-replicas-max-lag'  => 2) : (),
        %{ $self->{conf} },
    );

    my $first = $self->add('m1', {}, %conf);

    $self->add($_, { primary => $first, like => $first }, %conf)
        for qw( r1 r2 );
    $self->wait_until_so('replicas', sub {
        return $first->replication('connected_slaves') eq 2
    });

    return if !$self->has_sentinels;

    $self->add($_, { sentinel => 1, passwords => 0,
        lines => $self->sentinel_lines($first) }, acl => 0,
        'sentinel announce-ip'   => '127.0.0.1',
        'sentinel announce-port' => $self->{wires}->port($_))
        for @sentinels;

    # they meet within a second, instead of some

    $self->ask($_, 'DEBUG', 'publish-period', 200,
        $self->{look_every} ? ('info-period', $self->{look_every}) : ())
        for @sentinels;
}


sub sentinel_lines {
    my ($self, $first) = @_;

    my %of = (
        'down-after-milliseconds' => $self->{down_after} || 1000,
        'failover-timeout'        => 3000,
        'parallel-syncs'          => 2,
        $self->{passwords} ? ('auth-user' => 'default',
                              'auth-pass' => $first->password('default')) : (),
    );

    return "sentinel monitor $MASTER 127.0.0.1 " . $first->port . " 2\n"
        . join('', map { "sentinel $_ $MASTER $of{$_}\n" } sort keys %of)
        . ($self->{sentinel_password}
            ? "requirepass $self->{sentinel_password}\n"
              . "sentinel sentinel-pass $self->{sentinel_password}\n" : '');
}


sub sentinels {
    my ($self) = @_;

    return map { $self->node($_) } grep { /^s/ } $self->names;
}

sub sentinel_addresses { map { $_->address } $_[0]->sentinels }


# what a Sentinel answers, past the wires

sub ask {
    my ($self, $name, @command) = @_;

    my $redis = Redis->new(sock => $self->node($name)->socket,
        $self->{sentinel_password}
            ? (password => $self->{sentinel_password}) : ());

    return $redis->sentinel(@command);
}


sub sentinels_say {
    my ($self) = @_;

    return map {
        my $said = eval {
            $self->ask($_->name, 'get-master-addr-by-name', $MASTER)
        };
        $said ? $said->[1] : ();
    } grep { $_->alive && !$_->is_stopped } $self->sentinels;
}


# the server that the Sentinels agree on, if it is a master; without Sentinels
# the one that says so

sub master {
    my ($self) = @_;

    return (grep { Polycard::Rig::is_master($_) } $self->servers)[0]
        if !$self->has_sentinels;

    my %ports = map { $_ => 1 } $self->sentinels_say;

    return if keys %ports != 1;

    my ($node) = grep { $ports{ $_->port } } $self->servers;

    return $node && Polycard::Rig::is_master($node) ? $node : undef;
}


sub replicas {
    my ($self) = @_;

    my $master = $self->master;

    return grep { !$master || $_ != $master } $self->servers;
}


# all servers that are there follow the master, and all Sentinels know it

sub ready {
    my ($self) = @_;

    $self->wait_until_so('one master, and all know it', sub {
        my $master = $self->master or return 0;
        my @replicas = grep { $_ != $master && $_->alive } $self->servers;

        return 0 if $master->online < @replicas || grep {
            $_->replication('master_link_status') ne 'up'
            || $_->replication('master_port') ne $master->port
        } @replicas;

        return !grep { !$self->knows_all($_, scalar @replicas) }
            $self->sentinels;
    });
}


sub knows_all {
    my ($self, $sentinel, $replicas) = @_;

    my %of = @{ $self->ask($sentinel->name, 'MASTER', $MASTER) };

    return $of{'num-other-sentinels'} == @sentinels - 1
        && $of{'num-slaves'} >= $replicas && $of{flags} eq 'master'
        && $of{'link-pending-commands'} < 2;
}


# Failover

sub fail_over {
    my ($self) = @_;

    my $old = $self->master or die "no master to fail over\n";

    $self->ask('s1', 'FAILOVER', $MASTER);

    return $self->wait_master_other_than($old->name);
}


# by hand, without Sentinels: the master's clients may write until the last
# moment; with `pause` they wait, and nothing gets lost

sub replicate_from {
    my ($self, $name, %option) = @_;

    my ($old, $new) = ($self->master, $self->node($name));

    if ($option{pause}) {
        $old->client->client('PAUSE', 10000, 'WRITE');
        $self->wait_until_so('all is received', sub {
            return $new->replication('slave_repl_offset')
                eq $old->replication('master_repl_offset');
        });
    }

    $new->client->replicaof('NO', 'ONE');
    $_->client->replicaof('127.0.0.1', $new->port)
        for grep { $_ != $new } $self->servers;
    $self->ready;
}


sub wait_master_other_than {
    my ($self, $name) = @_;

    return $self->wait_until_so("another master than $name", sub {
        my $master = $self->master;
        return $master && $master->name ne $name ? $master : 0;
    });
}


1;
