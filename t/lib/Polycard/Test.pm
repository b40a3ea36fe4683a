# What all tests share: Test::More, waiting (Polycard::Wait), commands
# (Polycard::Process), temporary folders, free ports, and an orderly end.
#
#   use Polycard::Test;
#   ...
#   finish();        # stops the servers, judges their logs, done_testing
#
# A server (Polycard::Server) announces itself by Polycard::Test::watch().  A
# test that forgets finish(), dies or is interrupted is cleaned up as well, and
# fails if a log holds something alarming.

package Polycard::Test;

use strict;
use warnings;

use Cwd qw( abs_path );
use Exporter qw( import );
use Fcntl qw( LOCK_EX LOCK_NB );
use File::Basename qw( dirname );
use File::Spec;
use File::Temp;
use IO::Socket::INET;
use Test::More;

use Polycard::Process;
use Polycard::Wait;

our @EXPORT = (
    @Test::More::EXPORT,
    qw( finish wait_until wait_for wait_within let_pass temp_dir free_port
        slurp spew run_command source_dir module_path tools_dir nginx_binary
        process_exists )
);

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


# Below the range from which the kernel takes ports for outgoing connections.
# Each is kept by a lock until this process ends: another test that runs beside
# it gets another one, also while its server has not started yet, or is down.

our ($FIRST_PORT, $PORTS) = (10240, 22000);

my %kept_ports;

sub free_port {
    my $dir = sprintf '%s/polycard-ports-%d', File::Spec->tmpdir, $>;

    -d $dir or mkdir $dir, 0700 or -d $dir or die "mkdir $dir: $!\n";

    for (1 .. 200) {
        my $port = $FIRST_PORT + int(rand($PORTS));

        next if $kept_ports{$port};

        open my $lock, '>>', "$dir/$port" or die "$dir/$port: $!\n";

        next if !flock $lock, LOCK_EX | LOCK_NB;

        $kept_ports{$port} = $lock;

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
