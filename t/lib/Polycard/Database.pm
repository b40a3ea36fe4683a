# A PostgreSQL or a MariaDB of the test's own, in a temporary folder, which
# listens on nothing but a unix socket there.
#
#   my $database = Polycard::Database->new('postgresql') or skip ...;
#   $database->client;        # the text of a script that is psql, or mariadb
#
# undef where it is not installed.  Neither runs as root: somebody who is nobody
# does it there.

package Polycard::Database;

use strict;
use warnings;

use parent 'Polycard::Server';

use Polycard::Process;
use Polycard::Test ();
use Polycard::Wait;

my %kind = (
    postgresql => {
        program => 'postgres',
        make    => sub { ([ 'initdb', '-D', "$_[0]/data", '-A', 'trust', '-U',
            'test', '-N', '-E', 'UTF8', '--locale=C.UTF-8' ]) },
        run     => sub { ('postgres', '-D', "$_[0]/data", '-k', $_[0], '-c',
            'listen_addresses=', '-c', 'fsync=off') },
        client  => sub { ('psql', "-X -h '$_[0]' -U test") },
        begin   => 'createdb -h "$0" -U test shop',
    },
    mysql => {
        program => 'mariadbd',
        make    => sub { ([ 'mariadb-install-db', '--no-defaults',
            "--datadir=$_[0]/data", '--skip-test-db',
            '--auth-root-authentication-method=normal' ]) },
        run     => sub { ('mariadbd', '--no-defaults', "--datadir=$_[0]/data",
            "--socket=$_[0]/socket", '--skip-networking',
            "--pid-file=$_[0]/pid") },
        client  => sub { ('mariadb', "--no-defaults"
            . " --socket='$_[0]/socket' -u root") },
        begin   => 'mariadb --no-defaults --socket="$0/socket" -u root -e '
            . '"CREATE DATABASE shop CHARACTER SET utf8mb4"',
    },
);


sub new {
    my ($class, $name) = @_;

    local $ENV{PATH} = programs();

    my $kind = $kind{$name};

    return if !grep { -x "$_/$kind->{program}" } split /:/, $ENV{PATH};

    my $self = bless { kind => $kind, dir => Polycard::Test::temp_dir() },
        $class;
    my $log = Polycard::Test::spew($self->path('log'), '');
    my $nobody = getpwnam 'nobody';

    chown $nobody, -1, $self->dir if $> == 0;

    for my $command ($kind->{make}->($self->dir)) {
        my ($status, $said) = run_command(
            as_nobody(@$command));

        die "@$command: $said" if $status;
    }

    $self->announce;
    $self->spawn({ output => $log }, as_nobody($kind->{run}->($self->dir)));

    wait_until { (run_command('sh', '-c', $kind->{begin}, $self->dir))[0] == 0 }
        60, "$name answers";

    return $self;
}


sub name { $_[0]{kind}{program} }


# Debian has those of PostgreSQL in no folder of PATH

sub programs {
    return join ':', $ENV{PATH}, '/usr/sbin',
        reverse sort glob '/usr/lib/postgresql/*/bin';
}


sub as_nobody {
    my (@command) = @_;

    return $> == 0 ? ('setpriv', '--reuid=nobody', '--regid=nogroup',
        '--clear-groups', '--', @command) : @command;
}


# its name, and the text of a script

sub client {
    my ($self) = @_;

    my ($name, $options) = $self->{kind}{client}->($self->dir);
    my ($path) = grep { -x } map { "$_/$name" } split /:/, $ENV{PATH};

    return ($name => "#!/bin/sh\nexec '$path' $options \"\$@\"\n");
}


1;
