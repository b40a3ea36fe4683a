# A command that goes on beside the test.
#
#   my $make = Polycard::Command->new({ group => 1, env => {} }, 'make', ...);
#   $make->output;                      # what it has said so far
#   $make->signal('INT');               # to all of its group, if it has one
#   is($make->status, 0);               # waits for its end: 128 + a signal
#
# Options are those of fork_command(); without `output` there is a file for it.

package Polycard::Command;

use strict;
use warnings;

use parent 'Polycard::Server';

use Polycard::Process;
use Polycard::Test ();


sub new {
    my ($class, $option, @command) = @_;

    my $self = bless { dir => Polycard::Test::temp_dir(),
                       group => $option->{group} }, $class;

    $self->{output} = $option->{output} || $self->path('output');
    Polycard::Test::spew($self->{output}, '');

    return $self->announce->spawn({ %$option, output => $self->{output} },
        @command);
}


sub name   { 'a command' }
sub output { Polycard::Test::slurp($_[0]{output}) }


sub signal {
    my ($self, $signal) = @_;

    return 0 if !$self->{pid};

    return kill $signal, $self->{group} ? -$self->{pid} : $self->{pid};
}


# of the exit, or undef where it does not end

sub status {
    my ($self, $seconds) = @_;

    return $self->wait_end($seconds) ? exit_status($self->{status}) : undef;
}


# make run stops what it has started, if it is given the time to

sub end {
    my ($self) = @_;

    return if !$self->is_mine || !$self->alive;

    $self->signal('TERM');
    $self->wait_end;
    $self->kill;

    return ();
}


1;
