# A fresh Debian in a folder, for tests that install the package: needs root,
# debootstrap and chroot. Made once, kept as a tar file in build/.
#
#   my $tree = Polycard::DebianTree->new(packages => [ 'nginx', ... ]);
#   my ($status, $output) = $tree->run('nginx', '-t');      # inside
#   $tree->path('etc/nginx');                               # from outside
#   $tree->start('nginx', '-g', 'daemon off;');     # a server: its process id
#   $tree->pids;                                    # all that run inside
#   my %files = $tree->files;                       # path => contents' mark
#
# What still runs inside at the end is ended, and the folder goes.

package Polycard::DebianTree;

use strict;
use warnings;

use Digest::MD5 qw( md5_hex );
use File::Find qw( find );
use Test::More ();

use Polycard::Test ();


# why there can be none, or nothing

sub missing {
    return 'only root may make a tree of Debian' if $> != 0;

    for my $name (qw( debootstrap apt-get )) {
        return "there is no $name"
            if (Polycard::Test::run_command('which', $name))[0] != 0;
    }

    return Polycard::Test::slurp('/etc/os-release') =~ /^ID=debian$/m
        ? '' : 'this is no Debian';
}


sub new {
    my ($class, %option) = @_;

    my $self = bless { dir => Polycard::Test::temp_dir(), owner => $$ },
        $class;
    my $tar = tar_file(@{ $option{packages} });

    Polycard::Test::watch($self);

    my ($status, $output) = Polycard::Test::run_command(
        'tar', '-C', $self->{dir}, '--numeric-owner', '-xf', $tar);
    die "$tar was not unpacked: $output\n" if $status;

    return $self;
}


# twice, because a mirror may be busy

sub tar_file {
    my (@packages) = sort @_;

    my $root = Polycard::Test::source_dir();
    my $tar = "$root/build/debian-" . md5_hex("@packages") . '.tar';
    my $output;

    for (1 .. 2) {
        return $tar if -e $tar;

        (undef, $output) = Polycard::Test::run_command(
            "$root/t/scripts/debian-tree", $tar, @packages);
    }

    return $tar if -e $tar;

    die 'there is no tree of Debian: ', substr($output, -2000), "\n";
}


sub name { 'the tree of Debian' }
sub dir  { "$_[0]{dir}" }


sub path {
    my ($self, $path) = @_;

    return "$self->{dir}/$path";
}


# Commands

my %environment = (
    PATH            => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:'
                       . '/sbin:/bin',
    LC_ALL          => 'C.UTF-8',
    DEBIAN_FRONTEND => 'noninteractive',
    HOME            => '/root',
);


sub run {
    my ($self, @command) = @_;

    return Polycard::Test::run_command(
        { env => \%environment },
        '/usr/sbin/chroot', $self->{dir}, @command);
}


sub start {
    my ($self, @command) = @_;

    my $pid = Polycard::Test::fork_command(
        { env => \%environment, output => $self->path('server.log') },
        '/usr/sbin/chroot', $self->{dir}, @command);

    push @{ $self->{started} }, $pid;

    return $pid;
}


sub pids {
    my ($self) = @_;

    my @pids;

    for my $link (glob '/proc/[0-9]*/root') {
        my $root = readlink $link;

        push @pids, $link =~ /(\d+)/
            if defined $root && $root eq "$self->{dir}";
    }

    return @pids;
}


sub workers {
    my ($self) = @_;

    # a process may leave while it is looked at

    return grep {
        (eval { Polycard::Test::slurp("/proc/$_/cmdline") } || '')
            =~ /^nginx: worker/
    } $self->pids;
}


# Files, but for those that change by themselves: logs, caches and lists of the
# package manager. A file's mark is its contents, a folder's that it is one.

sub files {
    my ($self) = @_;

    my %mark;
    my $passing = qr{^(?:(?:dev|proc|run|sys|tmp)/
        |var/(?:log|cache|backups|lib/(?:apt|dpkg|redis|nginx|systemd))/
        |(?:server\.log|etc/ld\.so\.cache|etc/redis/redis\.conf)$)}x;

    find({ no_chdir => 1, wanted => sub {
        my ($name) = m{^\Q$self->{dir}\E/(.+)};

        return if !defined $name || $name =~ $passing;

        $mark{$name} = -l $_ ? 'to ' . readlink : -d _ ? 'folder'
            : -f _ ? mark($_) : 'special';
    } }, "$self->{dir}");

    return %mark;
}


sub mark {
    my ($path) = @_;

    return $path =~ m{/etc/} ? md5_hex(Polycard::Test::slurp($path))
        : (-s $path) . ' bytes';
}


# The end, see Polycard::Test::watch()

sub end {
    my ($self) = @_;

    return if $$ != $self->{owner};

    for my $signal (qw( TERM KILL )) {
        kill $signal, $self->pids;

        last if Polycard::Test::wait_for(sub { !$self->pids });
    }

    waitpid $_, 0 for @{ $self->{started} };

    return map { "process $_ did not end\n" } $self->pids;
}


1;
