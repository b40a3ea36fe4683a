# A client of a Polycard::Redis that is three users at once, as in the manual
# (docs/redis/polycard.acl): what nginx calls it does as the user of nginx, what
# the back office does as the back office's, and what only a test does (CONFIG,
# FLUSHALL, DEBUG ...) as an administrator.  Its methods are those of Redis.pm.

package Polycard::RedisClient;

use strict;
use warnings;

use Redis;

# the functions for the back office; the others are nginx's

my $office = qr/^polycard_(?:(?:put|get|replace|patch|delete)_(?:client|group)
    |put_clients|import_clients|move_client|merge_clients|change_bonus
    |set_card|close_card|issue_card|capture|capture_group|resend|requeue
    |registered|read|dead|delete_dead|find_hooks|forget_client|resend_all
    |confirm_deletions|status|version)$/x;

our $AUTOLOAD;


# rights: user => [password, { command => 1 }]; options of Redis.pm

sub new {
    my ($class, $socket, $rights, @options) = @_;

    return bless { socket => $socket, rights => $rights, as => {},
                   options => \@options }, $class;
}


sub connection {
    my ($self, $user) = @_;

    return $self->{as}{$user} ||= Redis->new(sock => $self->{socket},
        @{ $self->{options} }, $self->login($user));
}


# the default user has no password, most of the time

sub login {
    my ($self, $user) = @_;

    my $rights = $self->{rights}{$user} or return;

    return (username => $user, password => $rights->{password});
}


sub AUTOLOAD {
    my ($self, @arguments) = @_;

    my ($method) = $AUTOLOAD =~ /::(\w+)$/;

    my $user = $self->user_for($method, @arguments);

    # CLIENT KILL may mean our other connections as well

    $self->{as} = { default => $self->connection('default') }
        if lc $method eq 'client' && uc $arguments[0] eq 'KILL';

    return $self->connection($user)->$method(@arguments);
}


# a transaction is of one connection, and another database is not the market's

sub user_for {
    my ($self, $method, @arguments) = @_;

    my $name = lc $method;

    $self->{elsewhere} = $arguments[0] if $name eq 'select';
    $self->{multi} = $name eq 'multi' if $name =~ /^(?:multi|exec|discard)$/;

    return 'default' if $self->{elsewhere} || $self->{multi}
        || $name =~ /^(?:select|exec|discard|ping)$/;

    my $key = $arguments[$name =~ /^fcall/ ? 2 : 0];

    return 'default' if !defined $key || $key !~ /^polycard:\{shop1\}:/;
    return $arguments[0] =~ $office ? 'polycard_office' : 'polycard'
        if $name eq 'fcall' && $arguments[1] eq '1';

    return $self->{rights}{polycard_office}{commands}{$name}
        ? 'polycard_office' : 'default';
}


sub wait_all_responses {
    my ($self) = @_;

    $_->wait_all_responses for values %{ $self->{as} };
}


sub DESTROY { }


1;
