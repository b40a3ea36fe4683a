# Whatever breaks, at whatever moment, while clients change all the time: at
# the end the gateway's picture of every client, made of its hooks alone, is
# what is in Redis.  Two hosts, one Redis that writes every change to disk.
#
#   POLYCARD_SEED   plays a run again, as far as processes can be played again
#   POLYCARD_ROUNDS how often each fault is made (2)

use strict;
use warnings;

use lib 't/lib';

use List::Util qw( shuffle );

use Polycard::Test;
use Polycard::HookShop;
use Polycard::Picture;
use Polycard::Stream;

my $seed = $ENV{POLYCARD_SEED} || int rand 1_000_000;
my $rounds = $ENV{POLYCARD_ROUNDS} || 2;

diag("seed $seed");
srand $seed;

my $shop = Polycard::HookShop->new(
    workers => 2,
    redis   => { appendonly => 'yes', appendfsync => 'always' },
    market  => {
        lease            => '1s',
        sweep_interval   => '5ms',
        hook_retry       => '20ms 50ms',
        hook_timeout     => '400ms',
        hook_attempts    => 1000,
        redis_timeout    => '300ms',
    },
);
my $gateway = $shop->gateway;

$shop->ready;

my @hosts = ($shop->nginx, $shop->branch(workers => 2));

$_->allow(qr/exited on signal 9/) for @hosts;


sub any_host { $hosts[rand @hosts] }

sub moment { let_pass(rand($_[0] || 0.3)) }

sub gone {
    my (@pids) = @_;

    Polycard::Test::wait_for(sub { !grep { process_exists($_) } @pids })
        or die "@pids live on\n";
}


my %faults = (
    'kill -9 of the emitter' => sub {
        my $holder = $shop->holder or return;
        kill 'KILL', $holder->[1];
    },

    # its workers go on alone, until they are killed as well

    'kill -9 of a master' => sub {
        my $host = any_host();
        my @workers = $host->halt;

        $host->signal('KILL');
        Polycard::Test::wait_for(sub { !$host->alive });
        moment(1);
        kill 'KILL', @workers;
        gone(@workers);
        $host->start;
    },

    'kill -9 of Redis' => sub { $shop->crash_redis },

    'reload' => sub { any_host()->signal('HUP') },

    'reloads one after the other' => sub {
        for (1 .. 4) { any_host()->signal('HUP'); moment(0.1) }
    },

    'exit' => sub { my $host = any_host(); $host->stop; $host->start },

    'TERM' => sub { my $host = any_host(); $host->stop('TERM'); $host->start },

    'CONFIG reset' => sub {
        $shop->client->config('SET', 'notify-keyspace-events', '');
    },

    'CLIENT KILL' => sub {
        $shop->client->client('KILL', 'TYPE',
            (qw( pubsub normal ))[rand 2], 'SKIPME', 'yes');
    },

    'FUNCTION FLUSH' => sub { $shop->client->function('FLUSH') },

    'SIGSTOP of Redis' => sub {
        $shop->redis->signal('STOP');
        moment(1.5);
        $shop->redis->signal('CONT');
    },

    'SIGSTOP of the gateway' => sub {
        $gateway->signal('STOP');
        moment(1.5);
        $gateway->signal('CONT');
    },

    'SIGSTOP of the emitter' => sub {
        my $holder = $shop->holder or return;
        kill 'STOP', $holder->[1];
        moment(2);
        kill 'CONT', $holder->[1];
    },

    'a gateway that fails' => sub {
        $gateway->always((
            { status => 500 }, { body => 'no' }, { raw => '', reset => 1 },
            { cut => 3 }, { status => 429 }
        )[rand 5]);
        moment(0.5);
        $gateway->always;
    },

    'a gateway that refuses some' => sub {
        $shop->rules([ '38067\d{6}[37]', { status => 422 } ]);
        moment(0.5);
        $shop->rules;
    },
);


my $stream = Polycard::Stream->new(socket => $shop->redis->socket,
    prefix => $shop->key(''), clients => 60, seed => $seed);

for my $fault (map { shuffle(sort keys %faults) } 1 .. $rounds) {
    moment();
    note($fault);
    eval { $faults{$fault}->(); 1 } or fail("$fault: $@");
}

moment();

my $changes = $stream->stop;

cmp_ok($changes, '>', 100, "$changes changes");


# the end: what waits arrives

# some of the faults are the end of Redis
local $Polycard::Picture::RETOLD = 1;

my $picture = Polycard::Picture::wait_same($shop, 60);

cmp_ok(scalar keys %{ $picture->records }, '>', 10, '... '
    . scalar(keys %{ $picture->records }) . ' records');
is($shop->status->{dead}, 0, 'none was set aside');

# and it goes on

$shop->ready;
$gateway->forget;
$shop->put('380501112233', barcode => 'x');
is_deeply([ $shop->settle ],
    [ client_hook('added', '380501112233', barcode => 'x') ],
    'all is well again');

unlike($_->error_log, qr/38067\d{7}/, 'no phone in the log') for @hosts;
diag("replay: POLYCARD_SEED=$seed") if !Test::More->builder->is_passing;

finish();
