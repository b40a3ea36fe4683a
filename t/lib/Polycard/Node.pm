# A redis-server or a Sentinel of a rig, see Polycard::Rig: a Polycard::Redis
# whose configuration is a file, which the server itself may write again, and
# which others find at its wire.
#
#   Polycard::Node->new(own => {
#       name      => 'm1',
#       from      => '127.0.0.11',       # where it calls others from
#       far_port  => $port,              # of its wire
#       wires     => $wires,
#       sentinel  => 1,                  # a Sentinel
#       tls       => [ $ca, $cert, $key ],
#       passwords => 1,                  # the default user has one as well
#       like      => $node,              # whose users it has
#       lines     => "...",              # more of the file
#   }, %conf);
#
# Its `socket` leads to it directly, whatever the wires do, and without TLS.

package Polycard::Node;

use strict;
use warnings;

use parent 'Polycard::Redis';

use Polycard::RedisClient;
use Polycard::Test ();


sub name { $_[0]{name} }
sub from { $_[0]{from} }

# nobody is told where it really listens, and the wires have a delay of their own

sub far { $_[0] }
sub near { $_[0]->socket }


sub start {
    my ($self) = @_;

    $self->known_at($self->port);
    $self->{wires}->lead($self->{name}, $self->{port});
    $self->{client} = undef;

    return $self->SUPER::start;
}


# what the server wrote itself is kept, but for a port that somebody else has

sub arguments {
    my ($self) = @_;

    my $path = $self->dir . '/redis.conf';

    if (!-e $path || $self->{written_port} != $self->{port}) {
        my %conf = $self->conf;

        Polycard::Test::spew($path, join '', map({
            "$_ " . join(' ', map { $_ eq '' ? '""' : $_ }
                ref $conf{$_} ? @{ $conf{$_} } : $conf{$_}) . "\n"
        } sort keys %conf), $self->{lines} || '');
        $self->{written_port} = $self->{port};
    }

    return ($path, $self->{sentinel} ? '--sentinel' : ());
}


sub conf {
    my ($self) = @_;

    return (
        $self->SUPER::conf,
        'bind-source-addr' => $self->{from},
        $self->{tls} ? $self->tls_conf : (),
        $self->{sentinel} ? () : $self->server_conf,
        %{ $self->{conf} },
    );
}


sub tls_conf {
    my ($self) = @_;

    my ($ca, $cert, $key) = @{ $self->{tls} };

    return (
        port                => 0,
        'tls-port'          => $self->{port},
        'tls-ca-cert-file'  => $ca,
        'tls-cert-file'     => $cert,
        'tls-key-file'      => $key,
        'tls-auth-clients'  => 'optional',
        'tls-replication'   => 'yes',
    );
}


# a master that comes back has what it had, as the manual wants it

sub server_conf {
    my ($self) = @_;

    return (
        'appendonly'               => 'yes',
        'replica-announce-ip'      => '127.0.0.1',
        'replica-announce-port'    => $self->port,
        'repl-diskless-sync-delay' => 0,
        'repl-ping-replica-period' => 1,
        'shutdown-timeout'         => 0,
        $self->{passwords} ? (masteruser => 'default',
                              masterauth => $self->password('default')) : (),
    );
}


sub default_password {
    my ($self) = @_;

    return $self->SUPER::default_password if !$self->{passwords};

    my $password = $self->{like} ? $self->{like}->password('default')
        : 'default-S3cret-' . int rand 1e9;

    $self->{users}{default} = { password => $password };
    Polycard::Test::spew($self->dir . '/default.password', $password);

    return ">$password";
}


# how many replicas it sends to: one that has just come may say that its link is
# up, and is sent nothing until it has acknowledged what it began with

sub online {
    my ($self) = @_;

    return scalar grep { $self->replication("slave$_") =~ /state=online/ }
        0 .. 9;
}


# Sentinels end connections to those whom they demote

sub client {
    my ($self) = @_;

    return $self->{client} ||= Polycard::RedisClient->new($self->socket,
        $self->{users} || {}, reconnect => 5, read_timeout => 30);
}


sub address { '127.0.0.1:' . $_[0]->port }


# Not gently: TERM is passed over while the first append only file is written,
# which is when a replica has just come back.

sub stop {
    my ($self) = @_;

    return 1 if !$self->alive;

    $self->learn if !$self->{sentinel};
    $self->{client} = undef;
    $self->kill;

    return !$self->alive;
}


# a field of INFO replication; nothing where it does not answer

sub replication {
    my ($self, $name) = @_;

    return '' if !$self->alive || $self->is_stopped;

    my $info = eval { $self->client->info('replication') };

    return $info && defined $info->{$name} ? $info->{$name} : '';
}


# other certificates, at run time

sub certify {
    my ($self, $ca, $cert, $key) = @_;

    $self->{tls} = [ $ca, $cert, $key ];
    $self->client->config('SET', 'tls-ca-cert-file', $ca,
        'tls-cert-file', $cert, 'tls-key-file', $key);
    $self->client->config('REWRITE');
}


1;
