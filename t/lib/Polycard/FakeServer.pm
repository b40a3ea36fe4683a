# A server in Perl, for peers that misbehave: the base of FakeRedis, FakeDNS and
# FakeMarket.  A subclass has run($self, $socket), which never
# returns.
#
#   $server->mode('silent');    # how it behaves from now on
#   $server->mode               # in the child: how it does
#   $server->seen('text');      # in the child: remembers
#   $server->log                # what it remembered, as lines

package Polycard::FakeServer;

use strict;
use warnings;

use parent 'Polycard::Server';

use Polycard::Test ();


# %option becomes part of the object; mode is the first one

sub launch {
    my ($class, $socket, %option) = @_;

    my $self = bless { mode => 'good', %option,
                       dir => Polycard::Test::temp_dir() }, $class;

    Polycard::Test::spew("$self->{dir}/log", '');
    $self->mode($self->{mode});
    $self->serve(sub { $self->run($socket) })->announce;

    close $socket if $socket;

    return $self;
}


sub name { 'fake server' }


# a file, put in place at once: the child reads it whenever it matters

sub mode {
    my ($self, $mode) = @_;

    my $path = "$self->{dir}/mode";

    return Polycard::Test::slurp($path) if !defined $mode;

    Polycard::Test::spew("$path.new", $mode);
    rename "$path.new", $path or die "$path: $!\n";
}


sub seen {
    my ($self, $text) = @_;

    open my $fh, '>>', "$self->{dir}/log" or die "log: $!\n";
    syswrite $fh, "$text\n";
}


sub log {
    my ($self) = @_;

    return split /\n/, Polycard::Test::slurp("$self->{dir}/log");
}


sub forget {
    my ($self) = @_;

    Polycard::Test::spew("$self->{dir}/log", '');
}


sub stop { $_[0]->kill }


1;
