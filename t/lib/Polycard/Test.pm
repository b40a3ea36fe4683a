# What all tests share: strict mode, Test::More, temporary folders, free
# ports, waiting for a condition, running a command, and an orderly end.
#
#   use Polycard::Test;
#   ...
#   finish();        # stops the servers, judges their logs, done_testing
#
# A server (Polycard::Nginx) announces itself by Polycard::Test::watch().  A
# test that forgets finish(), dies or is interrupted is cleaned up as well, and
# fails if a log holds something alarming.

package Polycard::Test;

use strict;
use warnings;

use Cwd qw( abs_path );
use Exporter qw( import );
use File::Basename qw( dirname );
use File::Temp;
use IO::Socket::INET;
use List::Util qw( max );
use POSIX qw( WNOHANG );
use Test::More;
use Time::HiRes qw( sleep time );

our @EXPORT = (
    @Test::More::EXPORT,
    qw( finish wait_until temp_dir free_port slurp spew run_command
        source_dir module_path tools_dir nginx_binary process_exists )
);

# Longer than anything takes on a machine that is busy with other work.

our $TIMEOUT = $ENV{POLYCARD_TIMEOUT} || 30;

my $main_process = $$;
my @watched;

# an interrupted test still runs its END blocks

for my $name (qw( INT TERM HUP )) {
    $SIG{$name} = sub { exit 1 };
}

$SIG{PIPE} = 'IGNORE';


sub source_dir {
    return abs_path(dirname(__FILE__) . '/../../..');
}


sub module_path {
    return $ENV{POLYCARD_MODULE}
        || source_dir() . '/build/module/ngx_polycard_module.so';
}


sub tools_dir {
    return $ENV{POLYCARD_TOOLS} || source_dir() . '/build/tools';
}


# where the name has no slash, PATH decides, and Debian's /usr/sbin

sub nginx_binary {
    my $name = $ENV{POLYCARD_NGINX} || 'nginx';

    return $name if $name =~ m{/};

    my ($path) = grep { -x } map { "$_/$name" }
        split(/:/, $ENV{PATH} || ''), '/usr/sbin', '/usr/local/sbin';

    return $path || $name;
}


sub watch {
    my ($server) = @_;

    push @watched, $server;
}


# calls a method of all servers that have it

sub each_watched {
    my ($method) = @_;

    $_->$method for grep { $_->can($method) } @watched;
}


# nginx's workers may be another user: they must be able to pass.  With
# POLYCARD_KEEP in the environment the folder stays.

sub temp_dir {
    my $dir = File::Temp->newdir('polycard-XXXXXXXX', TMPDIR => 1,
        CLEANUP => !$ENV{POLYCARD_KEEP});

    chmod 0755, "$dir" or die "chmod $dir: $!\n";

    return $dir;
}


# below the range from which the kernel takes ports for outgoing connections

my %used_ports;

sub free_port {
    for (1 .. 200) {
        my $port = 10240 + int(rand(22000));

        next if $used_ports{$port}++;

        return $port if IO::Socket::INET->new(
            LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 1);
    }

    die "no free port\n";
}


sub slurp {
    my ($path) = @_;

    open my $fh, '<:raw', $path or die "$path: $!\n";
    local $/;
    my $bytes = <$fh>;

    return defined $bytes ? $bytes : '';
}


sub spew {
    my ($path, $bytes) = @_;

    open my $fh, '>:raw', $path or die "$path: $!\n";
    print {$fh} $bytes;
    close $fh or die "$path: $!\n";

    return $path;
}


# wait_until { condition } $seconds, 'what': what the condition returned as
# soon as it is true.  Past the time, $TIMEOUT at least, the test fails and 0 is
# returned.

sub wait_until(&;$$) {
    my ($condition, $seconds, $what) = @_;

    my $result = wait_for($condition, $seconds);

    fail('waited in vain for ' . ($what || 'a condition')) if !$result;

    return $result;
}


# the same without a failed test

sub wait_for {
    my ($condition, $seconds) = @_;

    my $end = time + max($seconds || 0, $TIMEOUT);

    while (1) {
        my $result = $condition->();

        return $result if $result;
        return 0 if time > $end;

        sleep 0.01;
    }
}


sub process_exists {
    my ($pid) = @_;

    open my $fh, '<', "/proc/$pid/stat" or return 0;
    my $stat = <$fh>;

    return defined $stat && $stat !~ /\) [ZX] / ? 1 : 0;
}


# runs a command without a shell, its standard input empty.  Returns the exit
# status (128 + signal, -1 past the time) and the output with the errors in it.

sub run_command {
    my %option = ref $_[0] eq 'HASH' ? %{ shift() } : ();
    my @command = @_;

    my $output = File::Temp->new;
    my $pid = fork_command({ %option, output => "$output" }, @command);
    my $status;

    wait_for(sub {
        return 0 if waitpid($pid, WNOHANG) != $pid;
        $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
        return 1;
    }, $option{timeout} || 300);

    if (!defined $status) {
        kill 'KILL', $pid;
        waitpid($pid, 0);
        $status = -1;
    }

    return ($status, slurp("$output"));
}


# Is the process {pid} of this object there?  Once it has ended it is collected:
# its status is in {status}, and there is no {pid} any more.

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

    my $pid = fork;
    die "fork: $!\n" if !defined $pid;

    return $pid if $pid;

    # the child: whatever fails here must not run the END blocks

    eval {
        $SIG{$_} = 'DEFAULT' for qw( INT TERM HUP PIPE );
        setpgrp if $option->{group};
        chdir $option->{dir} or die "$option->{dir}: $!\n" if $option->{dir};
        %ENV = (%ENV, %{ $option->{env} }) if $option->{env};
        open STDIN, '<', '/dev/null' or die "/dev/null: $!\n";
        open STDOUT, '>>', $option->{output} or die "$option->{output}: $!\n";
        open STDERR, '>&', \*STDOUT or die "stderr: $!\n";
        exec { $command[0] } @command;
    };

    print STDERR $@ || "$command[0]: $!\n";
    POSIX::_exit(127);
}


# the regular end of a test

sub finish {
    while (my $server = pop @watched) {
        my @problems = $server->end;

        ok(!@problems, $server->name . ' left nothing alarming in its log')
            or diag(@problems);
    }

    done_testing();
}


# the irregular one

END {
    if ($$ == $main_process) {
        local $?;

        my @problems = map { $_->end } reverse splice @watched;
        diag(@problems) if @problems;

        $Polycard::Test::failed = @problems;
    }

    $? ||= 1 if $Polycard::Test::failed;
}


1;
