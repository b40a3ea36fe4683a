# A redis-server of the test's own.
#
#   my $redis = Polycard::Redis->new(maxmemory => '100mb');   # redis.conf
#   $redis->load_library;
#   $redis->client->hset(...);                                # Redis.pm
#
# A list as value becomes several arguments.
#
# Its users are those of docs/redis/polycard.acl, for the market shop1, and an
# administrator without a password; Polycard::RedisClient is all of them, and
# Polycard::Nginx::market() gives nginx its own.  markets => ['a', ...] are for
# others, with users of their own (polycard_a, polycard_office_a), databases =>
# [5, ...] for other databases, rights => ['+config|get', ...] are more for
# nginx.  A redis.conf with users or passwords of its own (user, requirepass) has
# none of these users, nor has acl => 0.
#
# Environment: POLYCARD_REDIS the binary, such as valkey-server.
#
# It listens on a unix socket in a temporary folder and on a free port of
# 127.0.0.1, and writes nothing to disk.
#
#   my $replica = Polycard::Redis->new(primary => $redis);    # the same users
#   $replica->wait_received;        # what was written to the other one so far
#   $replica->promote;              # ... and the other one becomes a replica
#   $replica->cut;                  # hears nothing of it any more
#   $replica->take_over;            # at the socket of the other one, now gone

package Polycard::Redis;

use strict;
use warnings;

use parent 'Polycard::Server';

use IO::Socket::UNIX;

use Polycard::Condition qw( condition );
use Polycard::Link;
use Polycard::Privacy qw( learn_redis );
use Polycard::RedisClient;
use Polycard::Test ();
use Polycard::Wait;

# unix socket or port => the server

my %by_address;

my $alarming = qr/REDIS BUG REPORT|ASSERTION FAILED|crashed by signal
    |(?:Address|Leak|UndefinedBehavior)Sanitizer/x;


sub new {
    my ($class, %conf) = @_;

    my $self = bless {
        markets => delete $conf{markets} || [],
        rights  => delete $conf{rights} || [],
        databases => delete $conf{databases} || [],
        primary => delete $conf{primary},
        %{ delete $conf{own} || {} },
        acl     => exists $conf{acl} ? delete $conf{acl}
                   : !grep({ exists $conf{$_} } qw( user requirepass )),
        conf    => \%conf,
        dir     => Polycard::Test::temp_dir(),
    }, $class;

    $self->write_users if $self->{acl};

    $conf{replicaof} = ['127.0.0.1', $self->{primary}->port]
        if $self->{primary};

    $self->announce;

    # somebody else may take the port before the server does

    for (1 .. 5) {
        $self->{port} = free_port();

        return $self->far if $self->start;
    }

    die "redis-server did not start:\n" . $self->log;
}


sub name   { 'redis' }
sub socket { $_[0]{socket} || "$_[0]{dir}/redis.sock" }
sub port   { $_[0]{far_port} || $_[0]{port} }


sub free_port {
    return Polycard::Test::free_port();
}


# Under the condition "far-redis" nginx is given links to the server, and the
# test itself is near it.

sub near {
    my ($self) = @_;

    return condition('far-redis') ? "$self->{dir}/near.sock" : $self->socket;
}


sub far {
    my ($self) = @_;

    return $self if !condition('far-redis');

    my @way = (to => $self->near, delay => $Polycard::Condition::DELAY);

    $self->{links} = [ Polycard::Link->new(@way, at => $self->socket),
                       Polycard::Link->new(@way) ];
    $self->{far_port} = $self->{links}[1]->port;
    $by_address{ $self->{far_port} } = $self;

    return $self;
}


sub log {
    my ($self) = @_;

    my $path = $self->dir . '/redis.log';

    return -e $path ? Polycard::Test::slurp($path) : '';
}


# returns once the server answers, with 0 if it ended instead

sub start {
    my ($self) = @_;

    $by_address{$_} = $self for $self->socket, $self->{port};

    $self->{logged} = length $self->log;
    $self->spawn(
        { output => $self->dir . '/redis.log' },
        $ENV{POLYCARD_REDIS} || 'redis-server', $self->arguments);

    my $ready = wait_for(sub {
        return 1 if !$self->alive;
        return $self->answers;
    });

    $self->stop if !$ready;

    return $self->{pid} ? 1 : 0;
}


sub arguments {
    my ($self) = @_;

    my %conf = $self->conf;

    return map { ("--$_", ref $conf{$_} ? @{ $conf{$_} } : $conf{$_}) }
        sort keys %conf;
}


sub conf {
    my ($self) = @_;

    return (
        bind       => '127.0.0.1',
        port       => $self->{port},
        unixsocket => $self->near,
        dir        => $self->dir,
        save       => '',
        $self->{acl} ? (aclfile => "$self->{dir}/users.acl",
                        'notify-keyspace-events' => 'Kghxe$') : (),
        %{ $self->{conf} },
    );
}


# an error is an answer as well: the server may want a password

sub answers {
    my ($self) = @_;

    my $socket = IO::Socket::UNIX->new(Peer => $self->near) or return 0;

    print {$socket} "PING\r\n";

    return 0 if (readline($socket) || '') !~ /^(?:\+PONG|-NOAUTH|-NOPERM)/;

    # one that wants a password does not say that it is still loading

    return substr($self->log, $self->{logged}) =~ /Ready to accept|Sentinel ID/;
}


sub client {
    my ($self) = @_;

    return $self->{client} ||= Polycard::RedisClient->new($self->near,
        $self->{users} || {});
}


# Users

sub write_users {
    my ($self) = @_;

    my @lines = grep { /^user/ } split /^/, Polycard::Test::slurp(
        Polycard::Test::source_dir() . '/docs/redis/polycard.acl');

    $_ = $self->adapted($_) for @lines;

    # a block for each market

    my @users = map { $self->with_password($_) } @lines, map {
        my $market = $_;
        map { s/^user (\S+)/user $1_$market/r =~ s/\{shop1\}/{$market}/gr }
            @lines;
    } @{ $self->{markets} };

    Polycard::Test::spew("$self->{dir}/users.acl", join '', 'user default on '
        . $self->default_password . " ~* &* +\@all\n", @users);
}


sub default_password { 'nopass' }


# with what a test wants besides

sub adapted {
    my ($self, $line) = @_;

    $line =~ s/$/ @{ $self->{rights} }/ if $line =~ /^user polycard /;

    $line =~ s/$/ $_/ for map {
        my $database = $_;
        ('+select', map { s/\@0__/\@${database}__/r }
            $line =~ /(?<= )&\S+/g);
    } @{ $self->{databases} };

    return $line;
}


sub with_password {
    my ($self, $line) = @_;

    my ($name) = $line =~ /^user (\S+) /;
    my $like = $self->{primary} || $self->{like};
    my $password = $like ? $like->password($name)
        : "$name-S3cret-" . int rand 1e9;

    $self->{users}{$name} = { password => $password,
        commands => { map { $_ => 1 } $line =~ /\+(\w+)/g } };
    chmod 0600, Polycard::Test::spew("$self->{dir}/$name.password",
        $password);

    return $line =~ s/>\*\*\*/>$password/r;
}


# the directives that log nginx in at this address, for this market

sub user_directives {
    my ($address, $market) = @_;

    my ($place) = $address =~ /(?:unix:|:)([^:]+)$/ or return;
    my $self = $by_address{$place};

    return if !$self || !$self->{users};

    my ($user) = grep { $self->{users}{$_} } "polycard_$market", 'polycard';

    return (redis_user => $user,
            redis_password_file => $self->dir . "/$user.password");
}


# a port that leads to it

sub known_at {
    my ($self, $port) = @_;

    $by_address{$port} = $self;
}


sub user     { $_[0]{users}{$_[1]} }
sub password { $_[0]{users}{$_[1]}{password} }


sub library {
    my ($self) = @_;

    my $path = $self->dir . '/library.lua';
    my ($status, $output) = Polycard::Test::run_command(
        Polycard::Test::source_dir() . '/redis-scripts/join.sh', $path);

    die "join.sh: $output" if $status;

    return Polycard::Test::slurp($path);
}


# by a clock that stands still: a call ends when all is done, on a busy machine as well

sub library_without_time {
    my ($self) = @_;

    my $text = $self->library;

    $text =~ s/return os\.clock/return function() return 0 end/
        or die "the library has no clock\n";

    return $text;
}


# as it was in an earlier version, if that is given: for those who ask it

sub load_library {
    my ($self, $version) = @_;

    my $text = $self->library;

    $text =~ s/^(local VERSION = )\d+$/$1$version/m if defined $version;

    return $self->client->function('LOAD', 'REPLACE', $text);
}


# for tests of functions, but for those of what a call may take

sub load_library_without_time {
    my ($self) = @_;

    return $self->client->function('LOAD', 'REPLACE', $self->library_without_time);
}


# A replica and its primary

my $received = 0;

sub wait_received {
    my ($self) = @_;

    my $mark = ++$received;

    $self->{primary}->client->set('received', $mark);

    wait_for(sub {
        # one that loads what it has received answers with an error

        return (eval { $self->client->get('received') } || 0) == $mark;
    }, 60) or die "the replica does not receive:\n" . $self->log;
}


# the roles are exchanged: the other one lives on, as a replica

sub promote {
    my ($self) = @_;

    my $old = delete $self->{primary};

    $self->client->replicaof('NO', 'ONE');
    $old->client->replicaof('127.0.0.1', $self->port) if !$old->is_stopped;
    $old->{primary} = $self;
}


sub cut {
    my ($self) = @_;

    $self->client->replicaof('127.0.0.1', free_port());
}


sub take_over {
    my ($self) = @_;

    my $place = $self->{primary}->socket;

    $self->client->replicaof('NO', 'ONE');
    $self->{client} = undef;

    rename $self->socket, $place or die "$place: $!\n";

    $self->{socket} = $place;
    $by_address{$place} = $self;
}


# what logs must not hold

sub learn {
    my ($self) = @_;

    learn_redis($self->near, $self->client->login('default'))
        if $self->alive && !$self->is_stopped;
}


sub is_stopped {
    my ($self) = @_;

    return Polycard::Test::slurp("/proc/$self->{pid}/stat") =~ /\) T /;
}


# a server that was stopped by a signal cannot end before it goes on

sub stop {
    my ($self) = @_;

    $self->{client} = undef;

    return 1 if !$self->alive;

    $self->learn;
    $self->signal('TERM');
    $self->signal('CONT');

    return 1 if $self->wait_end;

    $self->kill;

    return !$self->alive;
}


# in the same folder, with the same socket and port; its data are gone

sub restart {
    my ($self) = @_;

    $self->stop;
    $self->start or die "redis-server did not start again:\n" . $self->log;

    return $self;
}


# stops and judges: called once by Polycard::Test

sub end {
    my ($self) = @_;

    $self->stop;

    return grep { $_ =~ $alarming } split /^/, $self->log;
}


sub DESTROY {
    my ($self) = @_;

    local ($@, $?);

    $self->stop if $self->is_mine;
}


1;
