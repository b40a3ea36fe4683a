# What make profile looks at: servers, and work for them.
#
#   my $work = Bench::Profile::Work->new('getClient', nginx => $class);
#   $work->warm_up;
#   my $count = $work->run($seconds);       # how often it was done
#   $work->end;

package Bench::Profile::Work;

use strict;
use warnings;

use Time::HiRes qw( time );

use Polycard::Test ();

use Bench::Changes;
use Bench::Gateway;
use Bench::Emitter;
use Bench::Servers;
use Bench::Wrk;

my $CLIENTS = 20_000;
my $HOOKS = 2_000;

my %work = (
    return    => { wrk => 'return_client' },
    getClient => { wrk => 'get_client' },
    page      => { wrk => 'get_clients' },
    add       => { wrk => 'add_client' },
    get       => { wrk => 'office_get' },
    patch     => { wrk => 'office_patch' },
    bonus     => { wrk => 'office_bonus' },
    batch     => { wrk => 'office_batch' },
    tls       => { wrk => 'get_client_tls', tls => 1 },
    hook      => { run => \&run_hooks },
    proxy     => { run => \&run_hooks, carrier => 'proxy' },
    h2        => { run => \&run_hooks, protocol => 'h2' },
    change    => { run => \&run_changes },
);


sub names { return sort keys %work }


sub new {
    my ($class, $name, %option) = @_;

    my $self = bless { %{ $work{$name} }, first => 0 }, $class;

    if ($self->{wrk}) {
        $self->{servers} = Bench::Servers->new(%option, tls => $self->{tls},
            market => { office_token_file => '%%DIR%%/office' },
            server => "location /office/ { polycard_office bench; }\n");
        $self->{servers}->load($CLIENTS);

    } else {
        $self->start_emitter(%option);
    }

    return $self;
}


sub servers { $_[0]{servers} }


sub start_emitter {
    my ($self, %option) = @_;

    my (undef, $other_core) = Bench::Servers::cores();

    $self->{gateway} = Bench::Gateway->new($other_core);
    $self->{way} = { name => 'hooks', %option,
        protocol => $self->{protocol} || 'https',
        carrier => $self->{carrier} || 'curl' };
    $self->{servers} = Bench::Emitter->new($self->{gateway}, $self->{way});

    $self->{hooks} = $self->{servers}->prepare($HOOKS);
    Bench::Changes::load($self->{servers}, 'hooks');
}


# connections are there, and what is prepared once is prepared

sub warm_up {
    my ($self) = @_;

    $self->{servers}->settle if $self->{wrk};
    $self->run(1);
}


sub run {
    my ($self, $seconds) = @_;

    return $self->{wrk} ? $self->run_wrk($seconds)
        : $self->{run}->($self, $seconds);
}


sub run_wrk {
    my ($self, $seconds) = @_;

    my $result = measure($self->{servers}, $self->{wrk},
        clients => $CLIENTS, first => $self->{first}, seconds => $seconds);

    die "$result->{refused} refused, $result->{broken} broken\n"
        if $result->{refused} || $result->{broken};

    $self->{first} += 500_000;

    return $result->{requests};
}


# hooks that wait are sent, 64 at once

sub run_hooks {
    my ($self, $seconds) = @_;

    my ($servers, $way) = @{$self}{qw( servers way )};
    my ($end, $count) = (time + $seconds, 0);

    do {
        $servers->give($way, $self->{hooks});
        $servers->change($way);

        Polycard::Test::wait_for(sub { !$servers->waiting($way) }, 120)
            or die "the hooks were not sent\n";

        $count += $HOOKS + 1;
    } while (time < $end);

    return $count;
}


# changes of clients one at a time, as a back office writes them

sub run_changes {
    my ($self, $seconds) = @_;

    my ($end, $count) = (time + $seconds, 0);

    do {
        $count += Bench::Changes::change_all($self->{servers},
            { set => 'hset', market => 'hooks' }, ++$self->{first});
    } while (time < $end);

    return $count;
}


sub end {
    my ($self) = @_;

    $self->{servers}->end;
}


1;
