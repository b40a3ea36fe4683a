# A redis-server of the test's own.
#
#   my $redis = Polycard::Redis->new(maxmemory => '100mb');   # redis.conf
#   $redis->load_library;
#   $redis->client->hset(...);                                # Redis.pm
#
# A list as value becomes several arguments.
#
# It listens on a unix socket in a temporary folder and on a free port of
# 127.0.0.1, and writes nothing to disk.

package Polycard::Redis;

use strict;
use warnings;

use POSIX qw( WNOHANG );
use Redis;

use Polycard::Privacy qw( learn_redis );
use Polycard::Test ();

my $alarming = qr/REDIS BUG REPORT|ASSERTION FAILED|crashed by signal
    |(?:Address|Leak|UndefinedBehavior)Sanitizer/x;


sub new {
    my ($class, %conf) = @_;

    my $self = bless {
        conf  => \%conf,
        dir   => Polycard::Test::temp_dir(),
        owner => $$,
    }, $class;

    Polycard::Test::watch($self);

    # somebody else may take the port before the server does

    for (1 .. 5) {
        $self->{port} = free_port();

        return $self if $self->start;
    }

    die "redis-server did not start:\n" . $self->log;
}


sub name   { 'redis' }
sub dir    { "$_[0]{dir}" }
sub socket { "$_[0]{dir}/redis.sock" }
sub port   { $_[0]{port} }
sub pid    { $_[0]{pid} }


sub free_port {
    return Polycard::Test::free_port();
}


sub log {
    my ($self) = @_;

    my $path = $self->dir . '/redis.log';

    return -e $path ? Polycard::Test::slurp($path) : '';
}


# returns once the server answers, with 0 if it ended instead

sub start {
    my ($self) = @_;

    my %conf = (
        bind       => '127.0.0.1',
        port       => $self->{port},
        unixsocket => $self->socket,
        dir        => $self->dir,
        save       => '',
        %{ $self->{conf} },
    );

    $self->{pid} = Polycard::Test::fork_command(
        { output => $self->dir . '/redis.log' },
        'redis-server', map { ("--$_", ref $conf{$_} ? @{ $conf{$_} }
                                              : $conf{$_}) } sort keys %conf);

    my $ready = Polycard::Test::wait_for(sub {
        return 1 if !$self->alive;
        return $self->answers;
    });

    $self->stop if !$ready;

    return $self->{pid} ? 1 : 0;
}


# an error is an answer as well: the server may want a password

sub answers {
    my ($self) = @_;

    my $socket = IO::Socket::UNIX->new(Peer => $self->socket) or return 0;

    print {$socket} "PING\r\n";

    return (readline($socket) || '') =~ /^(?:\+PONG|-NOAUTH|-NOPERM)/;
}


# collects the server if it has ended

sub alive {
    my ($self) = @_;

    return 0 if !$self->{pid};
    return 1 if waitpid($self->{pid}, WNOHANG) == 0;

    $self->{pid} = undef;

    return 0;
}


sub client {
    my ($self) = @_;

    return $self->{client} ||= Redis->new(sock => $self->socket);
}


sub load_library {
    my ($self) = @_;

    my $path = $self->dir . '/library.lua';
    my ($status, $output) = Polycard::Test::run_command(
        Polycard::Test::source_dir() . '/redis-scripts/join.sh', $path);

    die "join.sh: $output" if $status;

    return $self->client->function('LOAD', 'REPLACE',
        Polycard::Test::slurp($path));
}


sub signal {
    my ($self, $signal) = @_;

    return kill $signal, $self->{pid};
}


# what logs must not hold

sub learn {
    my ($self) = @_;

    learn_redis($self->socket) if $self->alive && !$self->is_stopped;
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

    return 1 if Polycard::Test::wait_for(sub { !$self->alive }, 5);

    $self->signal('KILL');

    return Polycard::Test::wait_for(sub { !$self->alive });
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

    $self->stop if $self->{owner} == $$;
}


1;
