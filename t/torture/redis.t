# The ways to Redis without memory, as in torture.t: by TLS, by Sentinels with
# TLS of their own, and into a cluster whose owner is another server than those
# named.  Each time a worker loses all of its connections and finds back, and a
# new worker begins.

use strict;
use warnings;

use lib 't/lib';

use Redis;

use Polycard::Test;
use Polycard::ClusterRig;
use Polycard::SentinelRig;
use Polycard::Torture;

my $phone = '380671112233';
my $shop;


by_tls();
by_cluster();

# tens of thousands of allocations while all that is lost is found again

by_sentinels() if $ENV{TORTURE_STEP};

finish();


sub by_tls {
    my $rig = Polycard::SentinelRig->new(sentinels => 0, tls => 1);

    look('TLS', $rig->master, sub { },
        $rig->login, trust($rig),
        redis => 'localhost:' . $rig->master->port);
    $rig->stop;
}


sub by_sentinels {

    # on a busy machine the master must stay the one that is looked at

    my $rig = Polycard::SentinelRig->new(tls => 1, sentinel_password => 'x',
        down_after => 300_000);

    my $file = spew($rig->ca->dir . '/sentinel.password', "x\n");

    chmod 0600, $file;

    look('Sentinels', $rig->master, sub {
            Redis->new(sock => $_->socket, password => 'x')
                ->client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
                for $rig->sentinels;
        },
        $rig->login, trust($rig),
        redis => undef,
        redis_sentinel_ssl => 'on',
        redis_sentinel_ssl_trusted_certificate => $rig->ca->file,
        redis_sentinel_password_file => $file,
        redis_sentinel => join ' ', $Polycard::SentinelRig::MASTER,
            $rig->sentinel_addresses);
    $rig->stop;
}


sub by_cluster {
    my $rig = Polycard::ClusterRig->new;
    my $owner = $rig->owner($Polycard::Shop::PREFIX);
    my @others = map { $_->address } grep { $_ != $owner } $rig->servers;

    look('a cluster', $owner, sub { }, $rig->login, redis => undef,
        "redis @others" => '');
    $rig->stop;
}


sub trust {
    my ($rig) = @_;

    return (redis_ssl => 'on',
            redis_ssl_trusted_certificate => $rig->ca->file);
}


# disconnect: what there is besides the connections to Redis

sub look {
    my ($way, $redis, $disconnect, %market) = @_;

    # a handshake has thousands of allocations, and each takes a second

    my $rare = $ENV{TORTURE_STEP} ? 1 : $way eq 'a cluster' ? 7 : 60;

    $redis->load_library;

    $shop = Polycard::Torture->new(redis_server => $redis,
        market => \%market);
    $shop->ready;
    $shop->put($phone, name => 'Olha', barcode => 'b');
    $shop->settle;

    $shop->torture("$way: reconnect", \&all_works, sub {
        $disconnect->();
        $shop->client->client('KILL', 'USER', 'polycard');
        $shop->wait_or_fail(sub {
            $shop->ask(by_phone());
            return all_works();
        });
    }, fresh => 1, rare => $rare);

    $shop->torture("$way: a new worker", \&all_works, sub {
        $shop->nginx->signal('HUP');
        $shop->wait_or_fail(sub {
            my @workers = $shop->nginx->workers;

            return @workers == 1 && $workers[0] != $shop->worker
                && all_works();
        });
    }, fresh => 1, replaced => 1, rare => $rare);

    $shop->nginx->stop;
}


sub by_phone {
    return [ 'getClient', 'GET', "/api/v1/web_service/getClient?phone=$phone",
        right => sub { is_him() } ];
}


sub is_him { $_->status == 200 && $_->json->{barcode} eq 'b' }


# services, and somebody who sends hooks and hears events

sub all_works {
    local $_ = eval { $shop->get('getClient', phone => $phone) };

    return $_ && eval { is_him() } && $shop->subscribers && $shop->holder;
}
