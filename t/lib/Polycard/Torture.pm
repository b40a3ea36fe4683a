# Memory that runs out, at every place in turn: the Nth allocation of a worker
# fails, once or from then on, for all N that a script of requests reaches.
#
#   my $torture = Polycard::Torture->new(gateway => $gateway, ...);
#   $torture->torture('getClient', sub { all is well }, sub { ... }, rare => 11);
#
# It is a Polycard::HookShop whose workers have the library of Polycard::Stub in
# front of libc.  A script makes its requests by ask(), which notes what is
# wrong with an answer: every request gets one, or its connection is closed; it
# is the right one or an error; it is never another client's.  After each
# script all is well again: the same worker, the services, the hooks, no more
# descriptors and no more memory than before.  rare => 11 looks at one N of 11
# where others look at each, fresh => 1 has a new worker for each, replaced => 1
# says that the script makes one itself.
#
#   TORTURE_STEP   one allocation of so many (1 of 9 unless set)
#   TORTURE_START  the first one (random unless set)
#   TORTURE_ONLY   only the scripts with this in their name

package Polycard::Torture;

use strict;
use warnings;

use List::Util qw( min );
use Test::More;
use Time::HiRes qw( time );

use Polycard::HTTP;
use Polycard::HookShop;
use Polycard::Stub;
use Polycard::Test ();
use Polycard::Wait;

our @ISA = qw( Polycard::HookShop );

# a request that has no answer by then never gets one: nothing that a worker
# waits for takes longer, see new()

my $TOO_LATE = 20;


sub new {
    my ($class, %option) = @_;

    plan(skip_all => 'sanitizers have an allocator of their own')
        if Polycard::Stub::is_sanitized();

    my $stub = Polycard::Stub->new;

    # nginx that has no memory for a request knows no location yet

    my $self = $class->SUPER::new(
        private => [qr/\[emerg\] .* while reading client request/],
        preload => $stub->library,
        %option,
        market => {
            redis_timeout         => '2s',
            redis_connect_timeout => '2s',
            lease                 => '5s',
            hook_timeout          => '5s',
            hook_retry            => '20ms',
            hook_attempts         => 1000,
            %{ $option{market} || {} },
        },
    );

    # what nginx itself says where its memory ends, or that of OpenSSL

    $self->nginx->allow(qr/\[(?:emerg|alert)\].*Cannot allocate memory/,
        qr/\[alert\].*\(SSL: .*:malloc failure/,
        qr/exited with fatal code 2 and cannot be respawned/);

    @$self{qw( stub faults )} = ($stub, []);

    $stub->spare($self->nginx->pid);

    return $self;
}


# What a script asks.  Requests of one call are under way at the same time;
# each is [ what, method, path, option => value ..., right => sub { answer } ].

sub ask {
    my ($self, @requests) = @_;

    my @connections = map {
        my ($what, $method, $path, %option) = @$_;
        my $connection = eval {
            Polycard::HTTP->connect($self->nginx, timeout => $TOO_LATE)
        };

        $connection->send($connection->request_bytes($method, $path,
            headers => [], %option, close => 1)) if $connection;

        $connection;
    } @requests;

    for my $request (@requests) {
        my $connection = shift @connections or next;
        my ($what, $method, $path, %option) = @$request;
        my $answer = $connection->answer($method);

        $self->judge($what, $answer, $connection, $option{right});
        $connection->close;
    }
}


# what is under way: to its end, or until an allocation has failed and a moment
# has gone for what comes of it

sub wait_or_fail {
    my ($self, $done) = @_;

    my $failed;

    wait_within($TOO_LATE, sub {
        $failed ||= time if $self->{stub}->failed;

        return $done->() || $failed && time > $failed + 0.1;
    });
}


sub judge {
    my ($self, $what, $answer, $connection, $right) = @_;

    # closed, or cut off: seen by the caller, and nginx' way where it cannot
    # even say so

    if (!$answer->status || !$answer->complete) {
        $self->fault("$what: no answer") if !$connection->{eof};
        return;
    }

    return if $answer->status =~ /^5/;

    local $_ = $answer;

    $self->fault("$what: " . $answer->status . ' ' . $answer->body)
        if !eval { $right->() };
}


sub fault {
    my ($self, $text) = @_;

    push @{ $self->{faults} }, $text;
}


# All is well again

sub well {
    my ($self) = @_;

    my $check = $self->{check};
    my $worker = $self->{replaced} ? $self->new_worker
        : ($self->nginx->workers)[0];

    $self->fault('another worker')
        if !$self->{replaced} && ($worker || 0) != $self->{worker};
    $self->{worker} = $worker;

    wait_within($TOO_LATE, $check) or $self->fault('not well afterwards');
}


# After a reload: nginx does not replace a worker that has no memory for its own
# beginnings, but a reload does; the module must not be the reason.

sub new_worker {
    my ($self) = @_;

    my $nginx = $self->nginx;

    wait_for(sub {
        my @workers = $nginx->workers;
        return @workers == 1 && $workers[0] != $self->{worker} || !@workers;
    });

    if (!$nginx->workers) {
        $self->fault('the module ended a worker')
            if !$self->{stub}->is_from_then_on
               && $self->{stub}->where =~ /ngx_polycard_module/;
        $nginx->reload;
    }

    return ($nginx->workers)[0];
}


sub worker { $_[0]{worker} }


sub descriptors {
    my ($self) = @_;

    my @fds = glob "/proc/$self->{worker}/fd/*";

    return scalar @fds;
}


# Blocks of memory once all requests are over: the least that is seen, since
# the end of a request comes after its answer.  Waits until it is no more than
# expected, or a second.

sub live {
    my ($self, $expected) = @_;

    my $least = $self->{stub}->live;

    wait_within(1, sub {
        $least = min($least, $self->{stub}->live);

        return $least <= $expected;
    });

    return $least;
}


# What a script leaves behind where nothing fails.  The first times may fill
# what is kept.

sub settle_memory {
    my ($self, $script, $expected) = @_;

    my $live;

    for (1 .. 5) {
        $script->();
        $self->well;
        $live = $self->live($expected);

        last if $live <= $expected;
        $expected = $live;
    }

    return $live;
}


# One script, all N, or a sample of them

sub torture {
    my ($self, $name, $check, $script, %option) = @_;

    return if $ENV{TORTURE_ONLY} && index($name, $ENV{TORTURE_ONLY}) < 0;

    my $step = $ENV{TORTURE_STEP} || 9;
    my $start = $ENV{TORTURE_START} || 1 + int rand $step;

    $step *= $option{rare} || 1;

    for my $from_then_on (0, 1) {
        my $label = $name . ($from_then_on ? ', from then on' : '');
        my $places = 0;

        ($self->{worker}) = $self->nginx->workers;
        @$self{qw( check fresh replaced )}
            = ($check, @option{qw( fresh replaced )});

        $self->{faults} = [];
        $self->{live} = $self->settle_memory($script, 0);

        my $descriptors = $self->descriptors;

        for (my $n = $start; ; $n += $step) {
            last if !$self->run_one($script, $n, $from_then_on);

            $places++;
            $self->report($label, $n);

            last if ($self->{failed}{$label} || 0) >= 10;
        }

        wait_for(sub {
            $self->descriptors <= $descriptors + 2
        }, $TOO_LATE) or $self->fault("$descriptors descriptors, now "
                                      . $self->descriptors);
        $self->report($label, 'all');

        ok($places > 0 && !$self->{failed}{$label},
            "$label: $places places without memory");
    }
}


sub run_one {
    my ($self, $script, $n, $from_then_on) = @_;

    $self->renew if $self->{fresh} && !$self->{replaced};
    $self->{stub}->arm('memory', $n, $from_then_on);
    $script->();

    my $failed = $self->{stub}->disarm;

    $self->well if $failed;
    $self->look_for_leak($script, $n, $from_then_on)
        if $failed && !$self->{fresh};

    return $failed;
}


# a worker that has seen nothing yet: one that loses its Redis again and again
# waits longer each time

sub renew {
    my ($self) = @_;

    $self->nginx->reload or die "no reload:\n", $self->nginx->error_log;
    ($self->{worker}) = $self->nginx->workers;
    $self->well;
}


# A leak is what grows each time; once may be a table that has grown.

sub look_for_leak {
    my ($self, $script, $n, $from_then_on) = @_;

    for my $time (1 .. 4) {
        my $live = $self->live($self->{live});

        $live = $self->settle_memory($script, $self->{live})
            if $live > $self->{live};

        return if $live <= $self->{live};

        $self->{live} = $live;

        $self->{stub}->arm('memory', $n, $from_then_on);
        $script->();
        $self->{stub}->disarm;
        $self->well;
    }

    $self->fault('memory grows');
}


# with the place, so that a reader can find it

sub report {
    my ($self, $label, $n) = @_;

    my @faults = splice @{ $self->{faults} } or return;

    $self->{failed}{$label} += @faults;

    diag("$label, N = $n: ", join('; ', @faults), "\n",
        named($self->{stub}->where));
}


# module+0x1234 as function and line

sub named {
    my ($where) = @_;

    my @lines;

    for (split /\n/, $where) {
        my ($object, $offset, $symbol) = /^(\S+)\+0x(\w+) ?(\S*)/ or next;

        if ($object =~ /polycard_module/) {
            my (undef, $line) = Polycard::Test::run_command('addr2line',
                '-fse', $object, sprintf '0x%x', hex($offset) - 1);
            push @lines, '  ' . $line =~ s/\n/ /gr;

        } else {
            push @lines, '  ' . ($symbol || "$object+0x$offset");
        }
    }

    return join "\n", @lines;
}


1;
