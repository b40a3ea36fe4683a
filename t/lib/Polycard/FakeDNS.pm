# A name server for tests, on a free port of 127.0.0.1.
#
#   my $dns = Polycard::FakeDNS->new(names => { 'redis.test' => '127.0.0.1' });
#   ... resolver 127.0.0.1:$port ...
#   $dns->mode('silent');    # good, silent, none (NXDOMAIN), failure, garbage
#
# A list of addresses is given whole.  The log has a line for each question:
# "A redis.test".

package Polycard::FakeDNS;

use strict;
use warnings;

use parent 'Polycard::FakeServer';

use IO::Socket::INET;

my %type = (1 => 'A', 28 => 'AAAA');
my %code = (good => 0, failure => 2, none => 3);


sub new {
    my ($class, %option) = @_;

    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        Proto => 'udp') or die "bind: $!\n";

    return $class->launch($socket, names => {}, %option,
        port => $socket->sockport);
}


sub name { 'fake name server' }
sub port { $_[0]{port} }


sub run {
    my ($self, $socket) = @_;

    while (1) {
        my $peer = recv $socket, my $query, 4096, 0;

        next if !defined $peer || length $query < 12;

        my ($name, $type) = question($query);
        my $mode = $self->mode;

        $self->seen(($type{$type} || $type) . " $name");

        next if $mode eq 'silent';

        send $socket, $mode eq 'garbage' ? 'x' x 30
            : $self->answer($query, $mode, $name, $type), 0, $peer;
    }
}


sub question {
    my ($query) = @_;

    my ($at, @labels) = (12);

    while (my $length = ord substr $query, $at, 1) {
        push @labels, substr $query, $at + 1, $length;
        $at += $length + 1;
    }

    return lc join('.', @labels), unpack 'n', substr $query, $at + 1, 2;
}


# the question once more, and the addresses, with a name that points to it

sub answer {
    my ($self, $query, $mode, $name, $type) = @_;

    my $known = $self->{names}{$name};
    my @addresses = $mode eq 'good' && $known && $type == 1
        ? (ref $known ? @$known : $known) : ();
    my $code = $code{$known ? $mode : 'none'} || 0;
    my ($asked) = substr($query, 12) =~ /\A((?:[^\0].*?)?\0.{4})/s;

    return substr($query, 0, 2)
        . pack('n5', 0x8180 | $code, 1, scalar @addresses, 0, 0) . $asked
        . join '', map {
            pack('n3Nn', 0xc00c, 1, 1, 1, 4) . pack 'C4', split /\./, $_
        } @addresses;
}


1;
