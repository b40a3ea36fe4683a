# Redis that answers, and refuses commands as a whole: the status names the error,
# in JSON and metrics, as long as it lasts.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::HookShop;
use Polycard::Redis;
use Polycard::Server;

my $redis = Polycard::Redis->new('enable-debug-command' => 'yes',
    'busy-reply-threshold' => 50);
my $replica = Polycard::Redis->new(primary => $redis);

$redis->load_library;

my $shop = Polycard::HookShop->new(
    redis_server => $redis,
    market => { lease => '2s' },
    server => Polycard::HookShop::location('')
        . "location = /status { polycard_status; }\n",
);
my $client = $redis->client;

$shop->ready;
$replica->wait_received;
is(refuses(), undef, 'nothing is refused');

test_no_replicas();
test_no_disk();
test_no_memory();
test_busy();
test_loading();
test_no_right();
test_optional_rights();
test_password();
test_replica();

finish();


sub status {
    return http_get($shop->nginx, '/status?format=json')->json->{markets}[0];
}


sub refuses { status()->{redis}{refuses} }


# what happens, its error, and how it ends

sub is_refused {
    my ($error, $begin, $end) = @_;

    $begin->();
    wait_until { add(); (refuses() // '') eq $error } "$error: is named";

    my $metrics = http_get($shop->nginx, '/status?format=prometheus')->body;

    like($metrics, qr/^polycard_redis_refuses\{market="shop1"\} 1$/m,
        "$error: in the metrics");

    # at most one for each thing that nginx wants of Redis

    cmp_ok(scalar(log_lines($shop->nginx, qr/(?:: |away: )$error/, 'error')),
        '<=', 6, "$error: few lines of the log");
    $end->();

    # also where nobody adds a client any more

    wait_until { !defined refuses() } 60, "$error: is over";
}


# a command that takes long

sub beside {
    my ($command, @arguments) = @_;

    return Polycard::Server->new(sub {
        eval { Redis->new(sock => $redis->socket)->$command(@arguments) };
    });
}


my $added = 0;

sub add {
    return $shop->add({ phone => '380671' . (100_000 + ++$added) });
}


sub test_no_replicas {
    is_refused('NOREPLICAS', sub {
        $client->config('SET', 'min-replicas-max-lag', 1);
        $client->config('SET', 'min-replicas-to-write', 1);
        $replica->stop;
    }, sub {
        $replica->start;
    });
    $client->config('SET', 'min-replicas-to-write', 0);
}


# what is saved gets the place of a folder

sub test_no_disk {
    my $place = $redis->dir . '/dump.rdb';

    is_refused('MISCONF', sub {
        unlink $place;
        mkdir $place or die "$place: $!\n";
        $client->config('SET', 'save', '3600 1');
        $client->bgsave;
    }, sub {
        rmdir $place;
        $client->bgsave;
    });
    $client->config('SET', 'save', '');
}


sub test_no_memory {
    is_refused('OOM', sub { $client->config('SET', 'maxmemory', 1) },
        sub { $client->config('SET', 'maxmemory', 0) });
}


sub test_busy {
    my $busy;

    is_refused('BUSY', sub {
        $busy = beside(eval => 'while true do end', 0);
    }, sub {
        $client->script('KILL');
        $busy->wait_end;
    });
}


sub test_loading {
    my $reload;

    $client->hset('big', map { $_ => 'x' x 100 } 1 .. 2000);
    $client->config('SET', 'loading-process-events-interval-bytes', 1024);

    is_refused('LOADING', sub {
        $client->config('SET', 'key-load-delay', 20_000);
        $reload = beside(debug => 'RELOAD');
    }, sub {
        $client->config('SET', 'key-load-delay', 0);
        $reload->wait_end;
    });
}


# the user of nginx lacks what hooks, cards and the sweep need

sub test_no_right {
    is_refused('NOPERM', sub { $client->acl(qw( SETUSER polycard -hset )) },
        sub { $client->acl(qw( SETUSER polycard +hset )) });
}


# what the market can do without: nginx asks for INFO at each connection, and
# wanted to set notify-keyspace-events

sub test_optional_rights {
    ok(log_lines($shop->nginx, qr/does not allow notify-keyspace-events/,
        'info'), 'CONFIG is denied');
    $client->acl(qw( SETUSER polycard -info ));

    my $past = status()->{redis}{reconnects};

    $client->client(qw( KILL TYPE normal SKIPME yes ));
    wait_until { status()->{redis}{reconnects} > $past } 'INFO is denied';
    wait_until { add()->status == 200 } '... and not needed';
    is(refuses(), undef, '... so nothing is refused');
    $client->acl(qw( SETUSER polycard +info ));
}


sub test_password {
    is_refused('WRONGPASS', sub {
        $client->acl(qw( SETUSER polycard resetpass >another ));
        $client->client(qw( KILL TYPE normal SKIPME yes ));
    }, sub {
        $client->acl(qw( SETUSER polycard resetpass ),
            '>' . $redis->password('polycard'));
    });
}


# its address leads to a replica

sub test_replica {
    is_refused('READONLY', sub {
        $client->replicaof('127.0.0.1', free_port());
    }, sub {
        $client->replicaof('NO', 'ONE');
    });
}
