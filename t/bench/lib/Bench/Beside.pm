# What callers notice of a drain: how long a getClient takes beside getClients
# at full load, while 50,000 hooks go out by the same worker, and while none do.

package Bench::Beside;

use strict;
use warnings;

use Polycard::Nginx qw( services );
use Polycard::Test ();

use Bench::Clock;
use Bench::Emitter;
use Bench::Gateway;
use Bench::Servers;
use Bench::Table;
use Bench::Wrk;

my $HOOKS = $ENV{BENCH_HOOKS} || 50_000;
my $CLIENTS = 20_000;
my $ROUNDS = $ENV{BENCH_ROUNDS} || 7;
my $SECONDS = 1;        # the hooks must not be sent before
my ($PAGES, $CALLERS) = (16, 8);
my $BAR = 1.2;


sub run {
    my (undef, $other_core) = Bench::Servers::cores();
    my $gateway = Bench::Gateway->new($other_core);
    my $way = { name => 'drain', protocol => 'https', carrier => 'curl',
        server => services('read', '/') };
    my $emitter = Bench::Emitter->new($gateway, $way,
        { name => 'read', plain => 1, protocol => 'https', carrier => 'curl',
          market => { card_numbers => 'ean13 prefix=21' } });
    my $generate = Polycard::Test::source_dir() . '/t/sample/generate';

    $emitter->pipe_from("'$generate' 'polycard:{read}:' $CLIENTS");

    my $hooks = $emitter->prepare($HOOKS);

    print "\n$CALLERS callers of getClient beside $PAGES of getClients, and "
        . "$HOOKS hooks\n\n";

    my $table = Bench::Table->new([ '', 12 ], [ 'p50 us', 9 ],
        [ 'p99 us', 9 ], [ 'beside', 9 ], [ 'p99 us', 9 ], [ 'times', 7 ]);
    my @ratios;

    for my $round (0 .. $ROUNDS) {
        my $alone = callers($emitter);

        $emitter->give($way, $hooks);
        $emitter->change($way);

        my $beside = callers($emitter);
        my $left = $emitter->waiting($way);

        die "the hooks were sent before the end: BENCH_HOOKS=\n" if !$left;

        $emitter->client->del($emitter->outbox($way));

        next if !$round;

        push @ratios, $beside->{p99} / $alone->{p99};
        $table->row("round $round", @{$alone}{qw( p50 p99 )},
            @{$beside}{qw( p50 p99 )}, sprintf '%.2f', $ratios[-1]);
    }

    print "\n";

    bar(median(@ratios) <= $BAR, sprintf
        "getClient's p99 beside a drain: %.2f times, at most %s",
        median(@ratios), $BAR);
}


sub callers {
    my ($emitter) = @_;

    my $pages = Bench::Wrk::start($emitter, 'get_clients',
        clients => $CLIENTS, connections => $PAGES, seconds => $SECONDS + 1);
    my $result = measure($emitter, 'get_client', clients => $CLIENTS,
        connections => $CALLERS, seconds => $SECONDS);

    waitpid $pages, 0;

    return $result;
}


1;
