# Commands and processes beside the test.
#
#   my ($status, $output) = run_command({ dir => ..., env => {},
#       timeout => 1800 }, @command);
#   my $pid = fork_command({ output => $file }, @command);    # goes on beside
#   my $pid = fork_child(sub { ... });                        # Perl, beside
#   process_exists($pid);  processes_with($text);
#
# What is started to stay is an object: see Polycard::Server, and
# Polycard::Command for a command.

package Polycard::Process;

use strict;
use warnings;

use Exporter qw( import );
use File::Temp ();
use POSIX qw( WNOHANG );

use Polycard::Wait;

# A compiler that shares two cores with three other tests takes minutes: only
# what hangs is ended, unless a limit is a part of the question.

my $LONGEST = 1800;

our @EXPORT = qw( run_command fork_command fork_child process_exists
    processes_with is_running exit_status );


# runs a command without a shell, its standard input empty.  Returns the exit
# status (128 + signal, -1 past the time) and the output with the errors in it.

sub run_command {
    my %option = ref $_[0] eq 'HASH' ? %{ shift() } : ();
    my @command = @_;

    my $output = File::Temp->new;
    my $process = {
        pid => fork_command({ %option, output => "$output" }, @command),
    };
    my $status;

    if (wait_for(sub { !is_running($process) }, $option{timeout} || $LONGEST)) {
        $status = exit_status($process->{status});

    } else {
        kill 'KILL', $process->{pid};
        waitpid($process->{pid}, 0);
        $status = -1;
    }

    return ($status, read_all("$output"));
}


sub read_all {
    my ($path) = @_;

    open my $fh, '<:raw', $path or die "$path: $!\n";
    local $/;

    return scalar(<$fh>) // '';
}


# of a wait status, as a shell has it

sub exit_status {
    my ($status) = @_;

    return $status & 127 ? 128 + ($status & 127) : $status >> 8;
}


# Is the process {pid} of this object there?  Once it has ended it is collected:
# its wait status is in {status}, and there is no {pid} any more.

sub is_running {
    my ($self) = @_;

    return 0 if !$self->{pid};
    return 1 if waitpid($self->{pid}, WNOHANG) == 0;

    $self->{status} = $?;
    $self->{pid} = undef;

    return 0;
}


# starts a command; its output goes to the file `output`.  Further options:
# dir, env => {}, group => 1 (a process group of its own).

sub fork_command {
    my ($option, @command) = @_;

    return fork_child(sub {
        setpgrp if $option->{group};
        chdir $option->{dir} or die "$option->{dir}: $!\n" if $option->{dir};
        %ENV = (%ENV, %{ $option->{env} }) if $option->{env};
        $SIG{PIPE} = 'DEFAULT';
        open STDIN, '<', '/dev/null' or die "/dev/null: $!\n";
        open STDOUT, '>>', $option->{output} or die "$option->{output}: $!\n";
        open STDERR, '>&', \*STDOUT or die "stderr: $!\n";
        exec { $command[0] } @command or die "$command[0]: $!\n";
    });
}


# A child that runs this and ends, with 127 if it died.  Whatever happens in it
# must not run the END blocks of the test.

sub fork_child {
    my ($code) = @_;

    my $pid = fork;
    die "fork: $!\n" if !defined $pid;

    return $pid if $pid;

    $SIG{$_} = 'DEFAULT' for qw( INT TERM HUP );
    $SIG{PIPE} = 'IGNORE';

    my $done = eval { $code->(); 1 };

    print STDERR $@ if !$done;
    POSIX::_exit($done ? 0 : 127);
}


sub process_exists {
    my ($pid) = @_;

    open my $fh, '<', "/proc/$pid/stat" or return 0;
    my $stat = <$fh>;

    return defined $stat && $stat !~ /\) [ZX] / ? 1 : 0;
}


# those whose command line has this text in it

sub processes_with {
    my ($text) = @_;

    my @pids;

    for my $path (glob '/proc/[0-9]*/cmdline') {
        open my $fh, '<', $path or next;
        my $command = <$fh>;

        push @pids, $path =~ /(\d+)/
            if defined $command && index($command, "$text") >= 0;
    }

    return @pids;
}


1;
