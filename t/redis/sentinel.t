# Sentinels are asked where the master is: who is believed, what is said when
# nobody answers, and that services, hooks and events follow a failover.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::FakeRedis;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::HookShop;
use Polycard::Nginx qw( market services );
use Polycard::Redis;
use Polycard::SentinelRig;
use Polycard::Shop;

my $phone = '380501112233';
my $next = 380680000000;

# on a busy machine nobody is to take over by himself where nobody dies

my @by_command = (down_after => 30_000);

subtest 'failover by command', \&test_failover;
subtest 'a master that dies, and hangs', \&test_death;
subtest 'a network that is cut', \&test_cut;
subtest 'Sentinels that are away, and wrong', \&test_sentinels;
subtest 'TLS and passwords', \&test_tls;

finish();


sub shop_of {
    my ($rig, %market) = @_;

    $rig->master->load_library;

    my $shop = Polycard::HookShop->new(
        redis_server => $rig->master,
        workers      => 2,
        market => {
            redis          => undef,
            redis_sentinel => join(' ', 'shop', $rig->sentinel_addresses),
            redis_timeout  => '1s',
            $rig->login,
            %market,
        });

    $shop->ready;
    $shop->put($phone, name => 'before', barcode => 'b');
    $shop->settle;
    received($rig);

    return $shop;
}


# the replicas have it, too

sub received {
    my ($rig) = @_;

    my $key = 'polycard:{shop1}:client:' . $phone;
    my $name = $rig->master->client->hget($key, 'name');

    for my $replica ($rig->replicas) {
        wait_until {
            ($replica->client->hget($key, 'name') // '') eq $name
        } 30, $replica->name . ' has all';
    }
}


sub read_one { $_[0]->get('getClient', phone => $phone) }
sub add_one { $_[0]->add({ phone => '' . $next++ }) }


sub lines {
    my ($shop, $pattern) = @_;

    return scalar grep { $_ =~ $pattern } split /\n/, $shop->nginx->error_log;
}


# what is said of this server

sub named {
    my ($redis, $what) = @_;

    my $address = quotemeta $redis->address;

    return qr/redis "$address" of polycard market "shop1" $what/;
}


# all of it at this server: reads, addClient, and hooks by events alone

sub works_at {
    my ($shop, $redis, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    $shop->{redis} = $redis;
    $shop->client->hset($shop->key("client:$phone"), name => $what);

    wait_until {
        my $answer = read_one($shop);
        return $answer->status == 200 && $answer->json->{name} eq $what;
    } 30, "$what: reads";
    wait_until { add_one($shop)->status == 200 } 30, "$what: addClient";
    wait_until { $shop->holder && $shop->subscribers } 30, "$what: listens";
    $shop->client->hset($shop->key("client:$phone"), name => "$what, told");
    ok($shop->wait_told("$what, told", 60), "$what: events, and hooks");
}


# the old master does not hear of it for 10 s, and takes what it is sent

sub test_failover {
    my $rig = Polycard::SentinelRig->new(@by_command);
    my $shop = shop_of($rig);
    my $old = $rig->master;

    is(lines($shop, qr/is away|leaving|Sentinel/), 0, 'nothing is said');

    $rig->ask('s2', 'FAILOVER', 'shop');
    wait_until {
        lines($shop, qr/leaving .*: Sentinel names another master, 127/) >= 1
    } 30, 'it is left at the word of Sentinels';

    my $new = $rig->wait_master_other_than($old->name);

    works_at($shop, $new, 'failed over');
    is(lines($shop, qr/leaving redis "(?!@{[ $old->address ]}")/), 0,
        '... the old one is named');
    wait_until { lines($shop, named($new, 'is another server now')) }
        '... and the new one';
    $rig->ready;
    is(lines($shop, qr/\[(?:error|crit)\].*is away: (?!a replica)/), 0,
        '... with no error but that it may be too soon');

    $shop->nginx->stop;
    $rig->stop;
}


sub test_death {
    my $rig = Polycard::SentinelRig->new(look_every => 500);
    my $shop = shop_of($rig);
    my $old = $rig->master;

    $rig->kill($old->name);

    my $new = $rig->wait_master_other_than($old->name);

    works_at($shop, $new, 'dead');
    wait_until { lines($shop, named($old, 'is away')) } 'the dead one is named';
    wait_until { lines($shop, named($new, 'is back')) } '... and the new one';
    $rig->start($old->name);
    $rig->ready;
    works_at($shop, $new, 'come back');
    received($rig);

    $rig->hang($new->name);

    my $third = $rig->wait_master_other_than($new->name);

    works_at($shop, $third, 'hung');
    $rig->go_on($new->name);
    $rig->ready;
    works_at($shop, $third, 'gone on');

    $shop->nginx->stop;
    $rig->stop;
}


# nginx is on the side of the old master and of one Sentinel, which is wrong

sub test_cut {
    my $rig = Polycard::SentinelRig->new(look_every => 500,
        min_replicas => 1);
    my $shop = shop_of($rig);

    $rig->cut([qw( m1 s1 client )], [qw( r1 r2 s2 s3 )]);
    wait_until { add_one($shop)->status == 503 } 30,
        'the old master refuses to write';
    wait_until {
        my $place = $rig->ask('s2', 'get-master-addr-by-name', 'shop');
        return $place && $place->[1] != $rig->node('m1')->port;
    } 60, '... and on the other side there is a new one';
    $rig->heal;

    $rig->wait_master_other_than('m1');

    # a third one may be it by now, on a busy machine, but then it stays

    $rig->ask($_->name, 'SET', 'shop', 'down-after-milliseconds', 30_000)
        for $rig->sentinels;
    $rig->ready;
    works_at($shop, $rig->wait_master_other_than(''), 'healed');
    $shop->nginx->stop;
    $rig->stop;
}


# a Sentinel of the test's own, which answers at once

sub fake {
    my ($epoch, @place) = @_;

    return Polycard::FakeRedis->new(mode => 'sentinel', modes => {
        sentinel => sub {
            my ($command, $what) = @_;

            return if $command ne 'SENTINEL';
            return @place ? Polycard::FakeRedis::array(@place) : "*-1\r\n"
                if $what =~ /^GET-MASTER/;
            return @place ? Polycard::FakeRedis::array(name => 'shop',
                    'config-epoch' => $epoch)
                : "-ERR No such master with that name\r\n";
        } });
}


sub test_sentinels {
    my $rig = Polycard::SentinelRig->new(@by_command,
        sentinel_password => 'S3ntinels-0wn');
    my @addresses = $rig->sentinel_addresses;
    my $master = $rig->master;

    # it is no master at all, but a Redis that has the market

    my $stray = Polycard::Redis->new(acl => 0);
    my $stale = fake(0, '127.0.0.1', $stray->port);
    my $newest = fake(1000, '127.0.0.1', $master->port);
    my $ignorant = fake(0);
    my $odd = fake(5000, "127.0.0.1\n", 1);
    my $closed = '127.0.0.1:' . Polycard::Redis::free_port();

    for my $redis ($stray, $master) {
        $redis->load_library;
        $redis->client->fcall('polycard_put_client', 1,
            "polycard:{$_}:", $phone, name => $redis == $stray ? 'Stray' : 'Olha',
            barcode => 1)
            for qw( shop1 plain named few word unknown silent locked wrong );
    }

    $master->client->acl('SETUSER', 'polycard', 'allkeys', 'allchannels');

    my @password = (redis_sentinel_password_file => '%%DIR%%/right');
    my %market = (
        plain   => [ "shop @addresses", @password ],
        named   => [ 'shop ' . join(' ', map { s/127\.0\.0\.1/localhost/r }
                                             @addresses), @password ],
        few     => [ "shop $closed $addresses[0] $closed", @password ],
        word    => [ join ' ', 'shop', map { $_->address }
                     $stale, $newest, $odd ],
        unknown => [ "shop $closed @{[ $ignorant->address ]}" ],
        silent  => [ "shop $closed" ],
        locked  => [ "shop @addresses" ],
        wrong   => [ "shop @addresses",
            redis_sentinel_password_file => '%%DIR%%/wrong' ],
    );

    my $nginx = Polycard::Nginx->new(
        files => { right => 'S3ntinels-0wn', wrong => 'Wr0ng-0ne' },
        http  => join('', map {
                my ($place, @more) = @{ $market{$_} };
                market($_, redis_sentinel => $place, access_token => 'off',
                    card_numbers => 'phone', emitter => 'off', $rig->login,
                    @more);
            } sort keys %market)
            . "server {\n    listen 127.0.0.1:%%PORT_0%%;\n"
            . join('', map { services($_, "/$_/") } sort keys %market) . "}\n",
    );

    my $ask = sub {
        return http_get($nginx, "/$_[0]/getClient",
            query => { phone => $phone });
    };
    my $said = sub {
        my ($name) = @_;
        return map { /"$name" is away: (.*)/ ? $1 : () }
            log_lines($nginx, qr/"$name" is away/);
    };

    for my $name (qw( plain named few word )) {
        wait_until { $ask->($name)->status == 200 } 30, "$name: it works";
        is(scalar(grep { !/timed out/ } $said->($name)), 0,
            '... and nothing is said, but that all was slow');
    }

    is($ask->('word')->json->{name}, 'Olha', 'the highest epoch has the word');
    is(scalar(grep { /^AUTH/ } map { $_->log } $stale, $newest, $ignorant), 0,
        'the password of Redis goes to no Sentinel');

    my %reason = (
        unknown => qr/^no Sentinel knows "shop"$/,
        silent  => qr/^no Sentinel answers: Connection refused$/,
        locked  => qr/^Sentinel refuses: NOAUTH /,
        wrong   => qr/^Sentinel refuses: WRONGPASS /,
    );

    for my $name (sort keys %reason) {
        wait_until { $said->($name) } 30, "$name: a line";
        like(($said->($name))[0], $reason{$name}, '... says why');
        is($ask->($name)->status, 503, '... 503');
    }

    # without them what works goes on working

    $rig->kill($_) for qw( s1 s2 s3 );
    $_->stop for $stale, $newest;

    is($ask->($_)->status, 200, "$_: without Sentinels") for qw( plain word );

    my $before = () = $nginx->workers;

    ok($nginx->reload, 'a reload without Sentinels');
    wait_until { grep { /no Sentinel answers/ } $said->('plain') } 30,
        '... says that none answers';
    $rig->start($_) for qw( s1 s2 s3 );
    wait_until { $ask->('plain')->status == 200 } 30, '... until they do';

    $nginx->stop;
    $rig->stop;
}


sub test_tls {
    my $rig = Polycard::SentinelRig->new(@by_command, tls => 1,
        passwords => 1, sentinel_password => 'S3ntinels-0wn', look_every => 500);
    my $shop = shop_of($rig, redis_ssl => 'on',
        redis_ssl_trusted_certificate => $rig->ca->file,
        redis_sentinel_ssl => 'on',
        redis_sentinel_ssl_trusted_certificate => $rig->ca->file,
        redis_sentinel_password_file => sentinel_password($rig));

    works_at($shop, $rig->master, 'over TLS');

    my $new = $rig->fail_over;

    works_at($shop, $new, 'failed over');
    $rig->ready;
    $rig->certify;
    $new->client->client('KILL', 'TYPE', $_) for qw( pubsub normal );
    works_at($shop, $new, 'with new certificates');

    $shop->nginx->stop;
    $rig->stop;
}


sub sentinel_password {
    my ($rig) = @_;

    my $path = Polycard::Test::spew($rig->ca->dir . '/sentinel.password',
        'S3ntinels-0wn');

    chmod 0600, $path;

    return $path;
}
