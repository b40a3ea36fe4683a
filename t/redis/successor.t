# A server that takes the place of a master, and a master that goes on beside it:
# of the workers of one host some are at this one, and others at that.  As soon as
# one of them is at the later server, the hooks of the earlier one are over.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HookShop;
use Polycard::Picture;
use Polycard::Redis;
use Polycard::Switch;

my @phones = map { sprintf '3806711122%02d', $_ } 1 .. 20;

# the state of now is announced, whatever the gateway had

$Polycard::Picture::RETOLD = 1;

test_left();
test_read_before();
test_successor_is_gone();
test_two_hosts();

finish();


# A shop with two workers at a master, and a replica that is promoted: both take
# themselves for the master, and who connects from now on is led to the later one.

sub split_shop {
    my (%market) = @_;

    my $master = Polycard::Redis->new;
    my $copy = Polycard::Redis->new(primary => $master);
    my $switch = Polycard::Switch->new(to => $master);

    $master->load_library;

    my $shop = Polycard::HookShop->new(
        redis_server => $master,
        workers => 2,
        market => { redis => $switch->address, redis_timeout => '30s',
                    lease => '2s', %market });

    $shop->nginx->allow(qr/exited on signal 9/);
    $shop->ready;
    $shop->put_all(map { [ $_, name => 'old', barcode => "b$_" ] } @phones);
    $shop->drain;
    wait_until { clients($master) >= 4 } 'both workers are at the master';
    $copy->wait_received;
    $copy->client->replicaof('NO', 'ONE');
    $switch->to($copy);

    return ($shop, $master, $copy, $switch);
}


# the worker that sends no hooks is another one now, at the later server

sub arrive {
    my ($shop, $copy) = @_;

    my $holder = $shop->holder->[1];

    kill KILL => grep { $_ != $holder } $shop->nginx->workers;
    wait_until { clients($copy, 'fcall') } 'a worker is at the later server';
}


# connections of nginx: its user is not the one of the test

sub clients {
    my ($redis, $command) = @_;

    return scalar grep { /\buser=polycard(?:_shop1)? /
        && (!$command || /\bcmd=$command\b/) } split /\n/,
        $redis->client->client('LIST');
}


sub names {
    my ($shop, $name) = @_;

    return scalar grep { index($_->{body}, qq{"name":"$name"}) >= 0 }
        $shop->gateway->requests;
}


# Even if nothing is sent: the worker at the earlier one leaves it.

sub test_left {
    my ($shop, $master, $copy) = split_shop();

    arrive($shop, $copy);
    $shop->put($_, name => 'late', barcode => "b$_") for @phones;
    wait_until { !clients($master) } 'nobody is at the earlier one any more';

    is(names($shop, 'late'), 0, 'no hook of it is sent');

    $shop->{redis} = $copy;
    $shop->put($phones[0], name => 'new', barcode => "b$phones[0]");
    Polycard::Picture::wait_same($shop, 30);
    $shop->nginx->stop;
}


# What was read of the earlier one, and not sent yet, is not sent any more.

sub test_read_before {
    my ($shop, $master, $copy) = split_shop(hook_concurrency => 1);

    $shop->gateway->signal('STOP');
    $shop->put($_, name => 'read', barcode => "b$_") for @phones;
    wait_until { connections($shop) } 'a hook is on its way';
    arrive($shop, $copy);
    wait_until { !clients($master) } 'nobody is at the earlier one any more';
    $shop->gateway->signal('CONT');

    $shop->{redis} = $copy;
    Polycard::Picture::wait_same($shop, 30);
    cmp_ok(names($shop, 'read'), '<=', 1,
        'of the earlier one no more than was on its way is sent');
    $shop->nginx->stop;
}


# bytes that wait for the gateway

sub connections {
    my ($shop) = @_;

    my $port = sprintf ':%04X', $shop->gateway->port;

    return grep { (split)[1] =~ /$port$/
                  && hex((split ' ', $_)[4] =~ s/.*://r) } split /\n/,
        slurp('/proc/net/tcp');
}


# A later server that is gone does not stop the earlier one for long.

sub test_successor_is_gone {
    local $Polycard::Picture::RETURNS = 1;

    my ($shop, $master, $copy, $switch) = split_shop();

    arrive($shop, $copy);
    wait_until { !clients($master) } 'nobody is at the earlier one any more';

    $copy->stop;
    $switch->to($master);
    $shop->put($_, name => 'again', barcode => "b$_") for @phones;
    Polycard::Picture::wait_same($shop, 30);
    cmp_ok(names($shop, 'again'), '>=', @phones,
        'the hooks of the earlier one are sent');
    $shop->nginx->stop;
}


# Hosts do not know of each other.  The one with the lease has it at the later server
# as well: the other one, which is there first, sends nothing until it has run out.

sub test_two_hosts {
    my ($shop, $master, $copy) = split_shop(lease => '60s');

    local $Polycard::Picture::LOST = 0;

    my $holder = $shop->holder->[1];
    my $other = $shop->branch(workers => 2);

    wait_until { clients($copy, 'fcall') >= 2 } 'another host is at the later one';
    $shop->put($_, name => 'late', barcode => "b$_") for @phones;
    ok($shop->drain, 'the one at the earlier one sends its hooks');

    $shop->{redis} = $copy;
    $shop->put($_, name => 'new', barcode => "b$_") for @phones;
    is($shop->holder->[1], $holder, '... and has the lease of both');
    is(names($shop, 'new'), 0, '... nobody else sends any');

    $master->client->replicaof('127.0.0.1', $copy->port);
    Polycard::Picture::wait_same($shop, 30);
    is($shop->holder->[1], $holder, 'it continues at the later one');
    $_->stop for $other, $shop->nginx;
}
