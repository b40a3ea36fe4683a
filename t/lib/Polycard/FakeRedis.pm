# A Redis that misbehaves as it is told.
#
#   my $fake = Polycard::FakeRedis->new(modes => {
#       garbage => sub { my ($command, @arguments) = @_; return 'garbage' },
#   });
#   ... redis => $fake->address ...
#   $fake->mode('garbage');
#
# A mode is called for each command, and as 'CONNECT' for each connection.  It
# returns what to do, in order, or nothing for a good answer:
#
#   'text'          send this
#   ['pieces', t]   send this byte by byte
#   ['flood', t, n] send this n times, as fast as it is read, or until closed
#   ['close']       close the connection
#   ['reset']       the same with an RST
#   ['hang']        answer nothing more on this connection
#   ['wait', s]     be busy for s seconds
#   ['hold']        do nothing at all until the mode is 'good'
#   ['good']        the good answer
#
# The log has a line for each command ("HMGET polycard:{shop1}:client:380...").

package Polycard::FakeRedis;

use strict;
use warnings;

use parent 'Polycard::FakeServer';

use IO::Select;
use Socket qw( SOL_SOCKET SO_LINGER TCP_NODELAY IPPROTO_TCP );

use Polycard::Server;
use Polycard::Wait;

our $PHONE = '380671112233';


sub new {
    my ($class, %option) = @_;

    my $socket = Polycard::Server::listen_tcp();

    return $class->launch($socket, modes => {}, %option,
        port => $socket->sockport);
}


sub name    { 'fake redis' }
sub port    { $_[0]{port} }
sub address { "127.0.0.1:$_[0]{port}" }


# RESP

sub bulk {
    my ($value) = @_;

    return defined $value ? '$' . length($value) . "\r\n$value\r\n" : "\$-1\r\n";
}


sub array {
    my (@values) = @_;

    return '*' . @values . "\r\n" . join '', map { bulk($_) } @values;
}


# a market with one client, who has a name and a card

sub good {
    my ($command, @arguments) = @_;

    my %value = (name => 'Olha', barcode => '4820000000017', title => 'Gold',
                 loyaltyType => 'bonuses', loyaltyQuantity => '5');
    my %answer = (
        HMGET  => sub { shift; array(map { $value{$_} } @_) },
        HGET   => sub { bulk($PHONE) },
        ZCARD  => sub { ":1\r\n" },
        ZRANGE => sub { array($_[0] =~ /groups$/ ? 1 : $PHONE, 1) },
        PING   => sub { "+PONG\r\n" },
        INFO   => sub { bulk("# Server\r\nrun_id:f\r\n# Replication\r\n"
                             . "role:master\r\n") },
        FCALL  => sub { $_[0] eq 'polycard_version' ? ":1000000\r\n"
                        : array('created', 7, '4820000000017') },
    );

    return $answer{$command} ? $answer{$command}->(@arguments) : "+OK\r\n";
}


# The child: one loop for all connections, which only a slow mode holds up

sub run {
    my ($self, $listen) = @_;

    my $select = IO::Select->new($listen);
    my %input;

    while (1) {
        for my $socket ($select->can_read) {
            if ($socket == $listen) {
                my $new = $listen->accept or next;
                setsockopt $new, IPPROTO_TCP, TCP_NODELAY, 1;
                $select->add($new);
                $input{$new} = '';
                delete $self->{hung}{$new};
                $self->seen('CONNECT');
                $self->act($select, $new, 'CONNECT');
                next;
            }

            if (!sysread $socket, $input{$socket}, 65536,
                         length $input{$socket})
            {
                $self->seen('CLOSED');
                $select->remove($socket);
                close $socket;
                next;
            }

            while ($select->exists($socket)
                   && (my @command = take($input{$socket})))
            {
                $self->seen("@command");
                $self->act($select, $socket, @command);
            }
        }
    }
}


# one whole command off the input

sub take {
    return if $_[0] !~ /\A\*(\d+)\r\n/;

    my ($count, $at, @command) = ($1, $+[0]);

    for (1 .. $count) {
        pos($_[0]) = $at;
        return if $_[0] !~ /\G\$(\d+)\r\n/g;
        $at = pos($_[0]) + $1 + 2;
        return if length $_[0] < $at;
        push @command, substr $_[0], pos($_[0]), $1;
    }

    substr $_[0], 0, $at, '';

    return @command;
}


sub act {
    my ($self, $select, $socket, @command) = @_;

    return if $self->{hung}{$socket};

    my $mode = $self->{modes}{$self->mode};
    my @actions = $mode ? $mode->(@command) : ();

    if (!@actions) {
        @actions = ['good'] if $command[0] ne 'CONNECT';
    }

    for my $action (@actions) {
        my ($verb, $text, $count) = ref $action ? @$action
            : ('text', $action);

        $text = good(@command) if $verb eq 'good';

        if ($verb eq 'close' || $verb eq 'reset') {
            setsockopt $socket, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0
                if $verb eq 'reset';
            $select->remove($socket);
            close $socket;
            return;
        }

        return $self->{hung}{$socket} = 1 if $verb eq 'hang';

        if ($verb eq 'wait') {
            let_pass($text);

        } elsif ($verb eq 'hold') {
            wait_for(sub { $self->mode eq 'good' }, 60);

        } elsif ($verb eq 'pieces') {
            for my $byte (split //, $text) {
                syswrite $socket, $byte;
                let_pass(0.0005);
            }
        } else {
            for (1 .. $count || 1) {
                send_all($socket, $text) or return;
            }
        }
    }
}


sub send_all {
    my ($socket, $text) = @_;

    while (length $text) {
        my $sent = syswrite $socket, $text;

        return 0 if !$sent;

        substr $text, 0, $sent, '';
    }

    return 1;
}


1;
