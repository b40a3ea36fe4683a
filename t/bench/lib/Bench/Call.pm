# Calls of functions, each with the time that Redis counted for it.

package Bench::Call;

use strict;
use warnings;

use IO::Socket::UNIX;


sub new {
    my ($class, $path) = @_;

    my $socket = IO::Socket::UNIX->new(Peer => $path) or die "$path: $!\n";

    return bless { socket => $socket, buffer => '' }, $class;
}


# the reply: a number, a text, a list of these; an error dies

sub call {
    my ($self, @arguments) = @_;

    my $command = join '', '*' . @arguments . "\r\n",
        map { '$' . length($_) . "\r\n$_\r\n" } @arguments;

    syswrite $self->{socket}, $command;

    return $self->reply;
}


# the reply of a function and its time, microseconds

sub timed {
    my ($self, @arguments) = @_;

    my $before = $self->{spent} // $self->spent;
    my $reply = $self->call('FCALL', @arguments);

    $self->{spent} = $self->spent;

    return ($reply, $self->{spent} - $before);
}


# by all functions so far

sub spent {
    my ($self) = @_;

    return $self->call('INFO', 'commandstats')
        =~ /^cmdstat_fcall:calls=\d+,usec=(\d+)/m ? $1 : 0;
}


sub more {
    my ($self) = @_;

    sysread $self->{socket}, $self->{buffer}, 65536, length $self->{buffer}
        or die "Redis has gone\n";
}


sub take {
    my ($self, $length) = @_;

    $self->more while length $self->{buffer} < $length;

    return substr $self->{buffer}, 0, $length, '';
}


sub reply {
    my ($self) = @_;

    $self->more while index($self->{buffer}, "\r\n") < 0;

    my ($type, $text) = $self->take(index($self->{buffer}, "\r\n") + 2)
        =~ /^(.)(.*)\r\n/s;

    die "Redis: $text\n" if $type eq '-';

    return [ map { $self->reply } 1 .. $text ] if $type eq '*';
    return $text if $type ne '$';
    return undef if $text < 0;

    return substr $self->take($text + 2), 0, $text;
}


1;
