# What a hook costs the worker that sends it: waiting hooks are sent to a
# gateway, by libcurl and by proxy_pass, with all that Redis has to do for them,
# beside wrk, which posts the same bodies to the same gateway.

package Bench::Hooks;

use strict;
use warnings;

use List::Util qw( sum );
use Test::More;
use Time::HiRes qw( sleep time );

use Polycard::Test ();

use Bench::Clock;
use Bench::Gateway;
use Bench::Emitter;
use Bench::Table;

my $HOOKS = $ENV{BENCH_HOOKS} || 50_000;
my $ROUNDS = $ENV{BENCH_ROUNDS} || 7;
my $SECONDS = $ENV{BENCH_SECONDS} || 2;
my $BODIES = 2000;
my $TIMEOUT = 120;
my $script = Polycard::Test::source_dir() . '/t/bench/post.lua';

# bars are in the emitter's processor time per hook, as multiples of wrk's

my @ways = (
    { name => 'http_wrk', protocol => 'http' },
    { name => 'http_curl', protocol => 'http', carrier => 'curl' },
    { name => 'http_bare', protocol => 'http', carrier => 'curl',
      more => ', no history', market => { hook_history => 0 } },
    { name => 'http_proxy', protocol => 'http', carrier => 'proxy' },
    { name => 'https_wrk', protocol => 'https' },
    { name => 'https_curl', protocol => 'https', carrier => 'curl',
      bar => 3.5 },
    { name => 'https_proxy', protocol => 'https', carrier => 'proxy',
      bar => 1.8 },
    { name => 'h2_curl', protocol => 'h2', carrier => 'curl' },
);

# of Redis' time, with the history beside without
my $HISTORY = 1.2;

my %title = (wrk => 'wrk', curl => 'libcurl', proxy => 'proxy_pass');
my %protocol = (http => 'http', https => 'https', h2 => 'https, HTTP/2');


sub run {
    my (undef, $other_core) = Bench::Servers::cores();
    my $gateway = Bench::Gateway->new($other_core);
    my $emitter = Bench::Emitter->new($gateway, grep { $_->{carrier} } @ways);

    print "\n$HOOKS hooks wait for a gateway, 64 are under way at once\n\n";

    my $hooks = $emitter->prepare($HOOKS);
    my $bodies = bodies($emitter);
    my @rounds;

    # the first round warms up

    for my $round (0 .. $ROUNDS) {
        my %result;

        for my $i (0 .. $#ways) {
            my $way = $ways[($i + $round) % @ways];

            $result{ $way->{name} } = $way->{carrier}
                ? drain($emitter, $way, $hooks)
                : post($emitter, $gateway, $way, $bodies);
        }

        push @rounds, \%result if $round;
    }

    table(@rounds);
    bars(@rounds);
}


# a file with the bodies of some of the hooks, as core/hook.c prints them

sub bodies {
    my ($emitter) = @_;

    my @lines;

    for my $record (@{ $emitter->client->xrange($emitter->key('outbox'), '-',
        '+', 'COUNT', $BODIES) })
    {
        my ($id, %field) = ($record->[0], @{ $record->[1] });
        my ($object, $action) = delete @field{qw( object action )};

        if (delete $field{attribute}) {
            $field{client_phone} = delete $field{phone};
        }

        my $data = join ',', map {
            "\"$_\":" . (/^(?:bonus|discount|change|total|.*_id)$/
                ? $field{$_} : "\"$field{$_}\"")
        } sort keys %field;

        push @lines, "{\"token\":\"$Bench::Emitter::TOKEN\",\"alias\":\"bench\","
            . "\"object\":\"$object\",\"action\":\"$action\","
            . "\"data\":{$data}}\n";
    }

    return Polycard::Test::spew($emitter->redis->dir . '/bodies',
        join '', @lines);
}


# wrk's connections are there when counting begins, as those of the emitter are

sub post {
    my ($emitter, $gateway, $way, $bodies) = @_;

    my $output = $emitter->redis->dir . '/wrk';
    my $pid = Polycard::Test::fork_command({ output => $output },
        'taskset', '-c', $emitter->{nginx_core}, 'wrk', '-t1', '-c64',
        '-d' . ($SECONDS + 2) . 's', '-s', $script,
        $gateway->url($way->{protocol}), '--', $bodies);

    sleep 1;

    my ($start, $cpu, $requests) = (time, thread_time($pid),
        $gateway->requests);

    sleep $SECONDS;

    my $time = time - $start;

    $cpu = thread_time($pid) - $cpu;
    $requests = $gateway->requests - $requests;

    waitpid $pid, 0;

    die "wrk: ", Polycard::Test::slurp($output), "\n"
        if Polycard::Test::slurp($output) !~ /refused=0 broken=0$/m;

    unlink $output;

    return { rate => $requests / $time, cpu => $cpu / 1000 / $requests };
}


# nanoseconds of all its threads

sub thread_time {
    my ($pid) = @_;

    return sum(map { (split ' ', Polycard::Test::slurp($_))[0] }
        glob "/proc/$pid/task/*/schedstat");
}


sub drain {
    my ($emitter, $way, $hooks) = @_;

    $emitter->give($way, $hooks);

    my @pids = ($emitter->worker, $emitter->redis->pid);
    my @before = map { cpu_time($_) } @pids;
    my $start = time;

    $emitter->change($way);

    while ($emitter->waiting($way)) {
        die "$way->{name}: the hooks were not sent in $TIMEOUT s\n",
            substr $emitter->nginx->error_log, 0, 1000
            if time > $start + $TIMEOUT;

        sleep 0.01;
    }

    my $time = time - $start;
    my @cpu = map { (cpu_time($_) - shift @before) / 1000 / $HOOKS } @pids;

    return { rate => $HOOKS / $time, cpu => $cpu[0], redis => $cpu[1] };
}


sub table {
    my (@rounds) = @_;

    my $table = Bench::Table->new([ '', 26 ], [ 'a second', 10 ],
        [ 'us/hook', 9 ], [ 'Redis us', 9 ], [ 'x wrk', 7 ]);

    for my $way (@ways) {
        my @results = map { $_->{ $way->{name} } } @rounds;
        my ($rate, $cpu, $redis) = map { my $what = $_;
            defined $results[0]{$what}
                ? median(map { $_->{$what} } @results) : undef
        } qw( rate cpu redis );

        $table->row("$protocol{$way->{protocol}}, "
            . $title{ $way->{carrier} || 'wrk' } . ($way->{more} || ''), sprintf('%.0f', $rate),
            map({ defined ? sprintf('%.1f', $_) : '' } $cpu, $redis),
            sprintf '%.2f', ratio($way, @rounds));
    }

    print "\n";
}


sub bars {
    my (@rounds) = @_;

    for my $way (grep { $_->{bar} } @ways) {
        my $ratio = ratio($way, @rounds);

        bar($ratio <= $way->{bar}, sprintf
            "%s, %s: %.2f times the processor time of wrk, at most %s",
            $protocol{ $way->{protocol} }, $title{ $way->{carrier} }, $ratio,
            $way->{bar});
    }

    my $history = median(map { $_->{http_curl}{redis} / $_->{http_bare}{redis} }
        @rounds);

    bar($history <= $HISTORY, sprintf
        "the history: %.2f times the time of Redis, at most %s", $history,
        $HISTORY);
}


# within a round, and only then the median

sub ratio {
    my ($way, @rounds) = @_;

    my $wrk = ($way->{protocol} eq 'http' ? 'http' : 'https') . '_wrk';

    return median(map { $_->{ $way->{name} }{cpu} / $_->{$wrk}{cpu} } @rounds);
}


1;
