# What a change costs Redis: a plain HSET where nobody listens, and changes that
# the emitter notices, takes into index and shadow and tells the gateway.  One
# at a time, as a back office writes; all that Redis does until the last hook is
# accepted is divided by the changes; the best round counts.

package Bench::Changes;

use strict;
use warnings;

use List::Util qw( min );

use Polycard::Test ();

use Bench::Clock;
use Bench::Gateway;
use Bench::Hooks;
use Bench::Emitter;
use Bench::Table;

my $CLIENTS = 5000;
my $ROUNDS = $ENV{BENCH_ROUNDS} || 5;
my $TIMEOUT = 60;

# market: undef, nobody's keys; 'index', without a hook; 'hooks'

my @kinds = (
    { title => 'HSET, no module', set => 'hset' },
    { title => 'HINCRBY, no module', set => 'hincrby' },
    { title => 'HSET, no hook in the market', set => 'hset',
      market => 'index' },
    { title => 'HSET', set => 'hset', market => 'hooks' },
    { title => 'HINCRBY of the bonus', set => 'hincrby', market => 'hooks' },
    { title => 'polycard_change_bonus', set => 'function',
      market => 'hooks' },
);


sub run {
    my (undef, $other_core) = Bench::Servers::cores();
    my $gateway = Bench::Gateway->new($other_core);
    my $emitter = Bench::Emitter->new($gateway,
        { name => 'hooks', protocol => 'http', carrier => 'curl' },
        { name => 'index', protocol => 'http', carrier => 'curl',
          plain => 1 });

    print "\nRedis' processor time for one change, its hook and all else "
        . "included\n\n";

    load($emitter, $_) for qw( none index hooks );

    my %times;

    for my $round (0 .. $ROUNDS) {
        for my $i (0 .. $#kinds) {
            my $kind = $kinds[($i + $round) % @kinds];
            my $time = changes($emitter, $kind, $round);

            push @{ $times{ $kind->{title} } }, $time if $round;
        }
    }

    my $table = Bench::Table->new([ '', 30 ], [ 'Redis us', 9 ],
        [ 'x HSET', 9 ]);
    my $plain = min(@{ $times{ $kinds[0]{title} } });

    for my $kind (@kinds) {
        my $time = min(@{ $times{ $kind->{title} } });

        $table->row($kind->{title}, sprintf('%.1f', $time),
            sprintf '%.1f', $time / $plain);
    }
}


sub load {
    my ($emitter, $market) = @_;

    for my $i (1 .. $CLIENTS) {
        $emitter->client->hset(key($market, $i), surname => 'Шевченко',
            name => 'Тарас', barcode => 2_900_000_000_000 + $i, bonus => 100,
            sub {});
        $emitter->client->wait_all_responses if $i % 500 == 0;
    }

    settle($emitter, $market);
}


sub key {
    my ($market, $i) = @_;

    return "polycard:{$market}:client:" . phone($i);
}


sub phone { 380_500_100_000 + $_[0] }


# microseconds of Redis for each

sub changes {
    my ($emitter, $kind, $round) = @_;

    my $before = cpu_time($emitter->redis->pid);
    my $count = change_all($emitter, $kind, $round);

    return (cpu_time($emitter->redis->pid) - $before) / 1000 / $count;
}


# each client once; how many

sub change_all {
    my ($emitter, $kind, $round) = @_;

    my $market = $kind->{market} || 'none';
    my $redis = $emitter->client;

    for my $i (1 .. $CLIENTS) {
        if ($kind->{set} eq 'hset') {
            $redis->hset(key($market, $i), name => "Тарас $round");

        } elsif ($kind->{set} eq 'hincrby') {
            $redis->hincrby(key($market, $i), bonus => 5);

        } else {
            $redis->fcall('polycard_change_bonus', 1, "polycard:{$market}:",
                phone($i), 5);
        }
    }

    settle($emitter, $market);

    return $CLIENTS;
}


# all is taken in, and the gateway knows

sub settle {
    my ($emitter, $market) = @_;

    return if $market eq 'none';

    my $redis = $emitter->client;

    Polycard::Test::wait_for(sub {
        return $redis->zcard("polycard:{$market}:clients") >= $CLIENTS
            && $redis->xlen("polycard:{$market}:outbox") == 0
            && shadowed($redis, $market);
    }, $TIMEOUT) or die "changes are not told\n";
}


# does the shadow have what the last client is now?

sub shadowed {
    my ($redis, $market) = @_;

    my $phone = phone($CLIENTS);
    my ($name, $bonus) = $redis->hmget(key($market, $CLIENTS), 'name',
        'bonus');
    my $shadow = $redis->hget("polycard:{$market}:shadow:"
        . substr($phone, -3), $phone) || '';

    return index($shadow, "\"$name\"") >= 0
        && index($shadow, "\"$bonus\"") >= 0;
}


1;
