# A proxy that follows the master of a rig, as HAProxy does with a check of
# `role:master`: who connects is led to whichever server said last that it is
# one.  Connections that are there stay as they are.
#
#   my $follower = Polycard::Follower->new($rig);
#   ... redis => $follower->address ...
#   $follower->moves;       # [ seconds since 1970, name ], the first one too
#   $follower->pause;       # stays where it is until
#   $follower->go_on;
#
# It asks through the wires, every 50 ms.  It leaves the one that it has as soon
# as that says that it is a replica, or has not answered three times, each for
# 200 ms; where two say that they are the master it stays.

package Polycard::Follower;

use strict;
use warnings;

use parent 'Polycard::Switch';

use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw( time );

use Polycard::Server;
use Polycard::Test ();
use Polycard::Wait;

my ($EVERY, $PATIENCE, $FALL) = (0.05, 0.2, 3);


sub new {
    my ($class, $rig) = @_;

    my $self = $class->SUPER::new(to => $rig->master);
    my @servers = map { [ $_->name, $_->address ] } $rig->servers;

    $self->{watcher} = Polycard::Server->new(sub { $self->watch(@servers) });

    wait_for(sub { $self->moves }) or die "nobody is the master\n";

    return $self;
}


sub name { 'follower' }


# follows nobody any more

sub rest { $_[0]{watcher}->kill }


sub pause { $_[0]{watcher}->signal('STOP') }
sub go_on { $_[0]{watcher}->signal('CONT') }

sub moves { map { [ split / / ] } $_[0]->log }


# The watcher, a process

sub watch {
    my ($self, @servers) = @_;

    my ($now, $fell) = ('', 0);

    while (1) {
        my %role = map { $_->[0] => role($_->[1]) } @servers;
        my ($master) = grep { $role{ $_->[0] } eq 'master' } @servers;

        $fell = $now && !$role{$now} ? $fell + 1 : 0;

        if ($master && (!$now || $role{$now} eq 'slave' || $fell >= $FALL)) {
            ($now, $fell) = ($master->[0], 0);
            $self->mode($master->[1]);
            $self->seen(sprintf '%.3f %s', time, $now);
        }

        let_pass($EVERY);
    }
}


# what it says of itself, or nothing

sub role {
    my ($address) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => $address) or return '';

    syswrite $socket, "ROLE\r\n";

    my ($text, $end) = ('', time + $PATIENCE);

    while ($text !~ /\n(master|slave)\r/ && time < $end) {
        IO::Select->new($socket)->can_read($end - time) or return '';
        sysread $socket, $text, 1024, length $text or return '';
    }

    return $text =~ /\n(master|slave)\r/ ? $1 : '';
}


1;
