# An nginx of the test's own, with the module loaded.
#
#   my $nginx = Polycard::Nginx->new(
#       http  => "server { listen 127.0.0.1:%%PORT_0%%; ... }",
#       main  => '',                    # more for the main block
#       files => { tokens => "..." },   # written to %%DIR%% first
#   );
#
# or config => $text for the whole of nginx.conf but the few lines of head().
# %%PORT_0%%, %%PORT_1%%, ... become free ports, %%DIR%% the temporary folder.
# Options: workers (1), connections (256), user, log_level (info), allow =>
# [qr/.../] for lines of the error log that a test provokes, start => 0,
# preload => a library of Polycard::Preload, daemon => 1: as a service runs it, it
# can be upgraded.
#
# At the end its logs are judged, also by Polycard::Privacy: private => [qr/../]
# are for lines of requests that have not found a location of the module.
#
# Environment: POLYCARD_NGINX the binary, POLYCARD_MODULE the module,
# POLYCARD_LIBRARY_PATH where it finds its libraries, POLYCARD_CONDITION see
# Polycard::Condition.

package Polycard::Nginx;

use strict;
use warnings;

use parent qw( Polycard::NginxConf Polycard::Server );

use Time::HiRes qw( time );

use Polycard::NginxConf qw( market services );
use Polycard::Privacy ();
use Polycard::Process;
use Polycard::Test ();
use Polycard::Wait;

our @EXPORT_OK = qw( market services );

my $alarming = qr/\[(?:alert|emerg)\]|exited\ on\ signal
    |(?:Address|Leak|UndefinedBehavior)Sanitizer|runtime\ error:/x;


sub new {
    my ($class, %option) = @_;

    my $self = bless {
        workers     => 1,
        connections => 256,
        log_level   => 'info',
        allow       => [],
        private     => [],
        %option,
        dir         => Polycard::Test::temp_dir(),
        ports       => {},
    }, $class;

    my $files = $self->{files} || {};

    for my $name (sort keys %$files) {
        $self->write_file($name, $files->{$name});
    }

    $self->configure(defined $option{config}
        ? $option{config} : $self->http_config);

    $self->announce;

    $self->start if !exists $option{start} || $option{start};

    return $self;
}


# What is where

sub name { 'nginx' }


sub port {
    my ($self, $n) = @_;

    return $self->{ports}{$n || 0} ||= Polycard::Test::free_port();
}


sub error_log {
    my ($self) = @_;

    return $self->log_text('nginx.log');
}


sub access_log {
    my ($self) = @_;

    return $self->log_text('access.log');
}


sub log_text {
    my ($self, $name) = @_;

    my $path = $self->path($name);

    return -e $path ? Polycard::Test::slurp($path) : '';
}


# what nginx wrote for the administrator, wherever it did

sub log_lines {
    my ($self) = @_;

    return map { split /^/, $self->log_text($_) } 'nginx.log', 'stderr';
}


# pids of the workers, those that are shutting down included

sub workers {
    my ($self) = @_;

    return $self->workers_of($self->{pid});
}


sub workers_of {
    my ($self, $master) = @_;

    my @pids;

    for my $pid (children_of($master)) {
        open my $title, '<', "/proc/$pid/cmdline" or next;
        push @pids, $pid if (<$title> || '') =~ /(?:nginx|angie): worker process/;
    }

    @pids = sort { $a <=> $b } @pids;

    return @pids;
}


# all processes that it has made

sub children {
    my ($self) = @_;

    return children_of($self->{pid});
}


sub children_of {
    my ($master) = @_;

    return if !$master;

    return map { my ($pid, undef, $parent) = stat_of($_);
                 defined $parent && $parent == $master ? $pid : () }
        map { m{(\d+)} } glob '/proc/[0-9]*/stat';
}


# pid, state, parent; nothing if it has ended

sub stat_of {
    my ($pid) = @_;

    open my $stat, '<', "/proc/$pid/stat" or return;

    return (<$stat> || '') =~ /^(\d+) \(.*\) (\S) (\d+) /s;
}


# Life

sub command {
    my ($self, $name) = @_;

    return (Polycard::Test::nginx_binary(), '-p', "$self->{dir}/",
            '-e', $self->path("$name.log"), '-c', $self->path("$name.conf"));
}


# where the binary has sanitizers, they write files into the folder

sub environment {
    my ($self, @options) = @_;

    my %env;

    # a sanitizer's own library need not be the first one then

    if ($self->{preload}) {
        $env{LD_PRELOAD} = $self->{preload};
        push @options, 'verify_asan_link_order=0';
    }

    $env{LD_LIBRARY_PATH} = $ENV{POLYCARD_LIBRARY_PATH}
        if $ENV{POLYCARD_LIBRARY_PATH};

    for my $name (qw( ASAN_OPTIONS UBSAN_OPTIONS )) {
        $env{$name} = join ':', grep { length } $ENV{$name} || '', @options,
            'log_path=' . $self->path('sanitizer');
    }

    return \%env;
}


# returns once every worker is ready

sub start {
    my ($self) = @_;

    unlink $self->path('nginx.pid');

    $self->{adopted} = 0;
    $self->spawn(
        { output => $self->path('stderr'), env => $self->environment },
        $self->command('nginx'));
    $self->adopt if $self->{daemon} && $self->wait_end(60);

    my $ready = wait_for(sub {
        return 1 if !$self->alive;
        return -s $self->path('nginx.pid') && $self->workers;
    });

    return $self if $ready && $self->{pid};

    $self->kill;

    die "nginx did not start:\n", grep { !/\[(?:notice|info|debug)\]/ }
        $self->log_lines;
}


# HUP; returns 1 as soon as new workers have taken over and (unless wait_old
# => 0) the old ones are gone; 0 if nginx refused the configuration

sub reload {
    my ($self, %option) = @_;

    my %old = map { $_ => 1 } $self->workers;
    my $seen = length $self->error_log;
    my $refused = 0;

    $self->signal('HUP');

    my $done = wait_for(sub {
        return $refused = 1
            if substr($self->error_log, $seen) =~ /\[emerg\]/;

        my @now = $self->workers;
        my @new = grep { !$old{$_} } @now;

        return 0 if @new < $self->{workers};
        return exists $option{wait_old} && !$option{wait_old} || @new == @now;
    }, $option{timeout});

    return $done && !$refused ? 1 : 0;
}


# another master beside this one, with what lies on the disk by now; returns its
# pid, or undef if it did not start

sub upgrade_begin {
    my ($self) = @_;

    my $pid;

    $self->signal('USR2');

    return wait_for(sub {
        return 0 if !-s $self->path('nginx.pid.oldbin')
            || !-s $self->path('nginx.pid');

        ($pid) = Polycard::Test::slurp($self->path('nginx.pid')) =~ /(\d+)/;

        return $self->workers_of($pid) >= $self->{workers};
    }) ? $pid : undef;
}


# ... and the end of this one: from then on it is the other one that is meant

sub upgrade {
    my ($self) = @_;

    $self->upgrade_begin or return 0;

    $self->signal('QUIT');
    $self->wait_end(60) or return 0;

    $self->adopt;

    return 1;
}


# a master that is no child of the test

sub adopt {
    my ($self) = @_;

    ($self->{pid}) = $self->log_text('nginx.pid') =~ /(\d+)/;
    $self->{adopted} = 1;
}


# somebody else collects one that is no child

sub alive {
    my ($self) = @_;

    return $self->SUPER::alive if !$self->{adopted};

    $self->{pid} = undef if !$self->{pid} || !process_exists($self->{pid});

    return $self->{pid} ? 1 : 0;
}


# QUIT unless told another signal; returns the seconds it took, or undef if
# nginx had to be killed

sub stop {
    my ($self, $signal, $timeout) = @_;

    return 0 if !$self->alive;

    my $begin = time;

    $self->signal($signal || 'QUIT');

    return time - $begin
        if $self->wait_end($timeout);

    push @{ $self->{problems} }, "nginx did not stop by itself\n";

    $self->kill;

    return undef;
}


# without the master, workers would live on; before it, it would start others

sub kill {
    my ($self) = @_;

    return if !$self->is_mine || !$self->alive;

    my @children = $self->halt;

    CORE::kill('KILL', $self->{pid}, @children);
    wait_for(sub { !$self->alive && !grep { process_exists($_) } @children });
}


# The master stands still and makes no more children, as in a reload: these are all.

sub halt {
    my ($self) = @_;

    CORE::kill('STOP', $self->{pid});

    # a child that was just made has no title of its own yet

    wait_for(sub { ((stat_of($self->{pid}))[1] || 'T') =~ /[TZ]/ });

    return $self->children;
}


sub restart {
    my ($self) = @_;

    $self->stop;

    return $self->start;
}


# The end

sub allow {
    my ($self, @patterns) = @_;

    push @{ $self->{allow} }, @patterns;
}


sub problems {
    my ($self) = @_;

    my @reports = map { first_lines(Polycard::Test::slurp($_), 60) }
        glob $self->path('sanitizer') . '.*';

    # its tracer can fail where a process leaves while it looks: that is no leak

    @reports = grep { !/LeakSanitizer has encountered a fatal error/
                      || /ERROR: |SUMMARY: |runtime error:/ } @reports;

    return @{ $self->{problems} || [] },
           (grep { $_ =~ $alarming && !$self->allowed($_) } $self->log_lines),
           $self->leaks, @reports;
}


# personal data and secrets in any log but nginx's own log of requests, which
# has the whole request line

sub leaks {
    my ($self) = @_;

    $self->learn_secrets;

    my @logs = grep { !m{/access\.log$} } glob $self->path('*.log');

    return Polycard::Privacy::leaks($self->{private},
        map { split /^/, Polycard::Test::slurp($_) } @logs,
            grep { -e } $self->path('stderr'));
}


sub first_lines {
    my ($text, $count) = @_;

    my @lines = split /^/, $text;

    return join '', @lines > $count ? (@lines[0 .. $count - 1], "...\n")
        : @lines;
}


sub allowed {
    my ($self, $line) = @_;

    return grep { $line =~ $_ } @{ $self->{allow} };
}


# stops and judges: called once by Polycard::Test

sub end {
    my ($self) = @_;

    $self->stop;
    Polycard::Test::each_watched('learn');

    return $self->problems;
}


1;
