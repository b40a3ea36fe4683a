# No call of the emitter's functions may hold Redis up for 1 ms either, while
# it sends hooks, is refused some of them, and goes round.
#
# Such a call cannot be tried again, as it has changed what it found.  So all
# of them are timed by Redis' slow log while Redis goes before all others on its
# core, where the user may have that (root), and those that the machine held up
# are told by their number: of each function one call in a thousand may take long.

package Bench::SlowHooks;

use strict;
use warnings;

use List::Util qw( max sum );
use Test::More;
use Time::HiRes qw( time );

use Polycard::Nginx qw( market );
use Polycard::Test ();

use Bench::Gateway;
use Bench::Emitter;
use Bench::Servers;
use Bench::Table;

my $LIMIT = 1000;
my $SECONDS = 20;
my $BATCH = 20;
my $TIMEOUT = 120;

# microseconds: below it are the single commands inside of functions, and the
# few calls that nobody has to look at
my $NOTED = 20;

my $serial = 0;


sub run {
    my ($servers, $clients) = @_;

    my $gateway = Bench::Gateway->new($servers->{other_core},
        refuse => '20%');
    my $redis = $servers->client;

    $servers->nginx->write_file('token', "$Bench::Emitter::TOKEN\n");
    $servers->nginx->configure_http(http($servers, $gateway));
    $servers->nginx->reload or die $servers->nginx->error_log;
    Polycard::Test::wait_for(sub {
        return ($redis->hget($servers->key('meta'), 'hooks') || 0) == 1;
    }) or die "nobody emits\n";

    $redis->config('SET', 'slowlog-max-len', 5_000_000);
    $redis->config('SET', 'slowlog-log-slower-than', $NOTED);
    $redis->slowlog('RESET');

    $servers->prefer_redis
        or diag('other processes take part of the time that is measured');

    my $changes = change_for($servers, $clients, $SECONDS);

    settle($servers);
    $redis->config('SET', 'slowlog-log-slower-than', -1);

    my %times = times_of($redis);

    $redis->slowlog('RESET');

    printf "\n%d changes of %d clients, and %d hooks by the gateway's count\n\n",
        $changes, $clients, $gateway->requests;

    my $table = Bench::Table->new([ '', 26 ], [ 'calls', 8 ],
        [ 'mean us', 8 ], [ 'p99', 8 ], [ 'p99.9', 8 ], [ 'max', 8 ],
        [ "> $LIMIT", 8 ]);
    my @long = map { row($table, $_, @{ $times{$_} }) } sort keys %times;

    print "\n";
    ok(!@long, "no function of the emitter takes $LIMIT us by itself")
        or diag("@long");
}


sub http {
    my ($servers, $gateway) = @_;

    return market('bench',
            redis            => 'unix:' . $servers->redis->socket,
            access_token     => 'off',
            hook             => $gateway->url('http'),
            hook_insecure    => 'on',
            hook_token_file  => '%%DIR%%/token',
            hook_concurrency => 64,
            hook_attempts    => 3,
            hook_retry       => '100ms 1s')
        . "server {\n"
        . "    listen 127.0.0.1:%%PORT_0%%;\n"
        . "    access_log off;\n"
        . "    location = /polycard-hook { internal; polycard_hook bench; }\n"
        . "}\n";
}


# plain commands and functions, as a back office mixes them

sub change_for {
    my ($servers, $clients, $seconds) = @_;

    my $redis = $servers->client;
    my $end = time + $seconds;
    my $changes = 0;

    while (time < $end) {
        for (1 .. $BATCH) {
            my $place = int rand $clients;
            my ($phone) = @{ $redis->zrange($servers->key('clients'),
                $place, $place) };

            next if !defined $phone;

            change($servers, $phone);
            $changes++;
        }

        $redis->wait_all_responses;
    }

    return $changes;
}


sub change {
    my ($servers, $phone) = @_;

    my $redis = $servers->client;
    my $key = $servers->key("client:$phone");
    my $kind = int rand 10;

    $serial++;

    if ($kind < 4) {
        $redis->hset($key, bonus => "$serial.25", sub { });

    } elsif ($kind < 7) {
        $redis->hset($key, email => "a$serial\@example.com", bonus => $serial,
            sub { });

    } elsif ($kind < 8) {
        $redis->del($key, sub { });

    } elsif ($kind < 9) {
        $redis->fcall('polycard_change_bonus', 1, $Bench::Servers::PREFIX,
            $phone, 5, sub { });

    } else {
        $redis->fcall('polycard_put_client', 1, $Bench::Servers::PREFIX,
            $phone, name => "Ганна $serial", sub { });
    }
}


# nothing waits any more

sub settle {
    my ($servers) = @_;

    Polycard::Test::wait_for(sub {
        return !$servers->client->xlen($servers->key('outbox'))
            && !$servers->client->exists($servers->key('retry'));
    }, $TIMEOUT) or die "hooks are left\n";
}


# the name of a function: its calls' times, in order

sub times_of {
    my ($redis) = @_;

    my %times;

    for my $entry (@{ $redis->slowlog('GET', -1) }) {
        my ($command, $name) = @{ $entry->[3] };

        push @{ $times{$name} }, $entry->[2] if lc $command eq 'fcall';
    }

    return map { $_ => [ sort { $a <=> $b } @{ $times{$_} } ] } keys %times;
}


# the name, where too many were long

sub row {
    my ($table, $name, @times) = @_;

    my $long = grep { $_ > $LIMIT } @times;

    $table->row($name, scalar @times, sprintf('%.0f', sum(@times) / @times),
        @times[map { $_ * $#times } 0.99, 0.999, 1], $long);

    return $long > max(1, @times / 1000) ? $name : ();
}


1;
