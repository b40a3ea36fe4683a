# Servers of a cluster that misbehave: a slot that goes to and fro, and servers
# that have no host, or no name.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use IO::Socket::IP;

use Polycard::FakeRedis;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );
use Polycard::Shop;

test_to_and_fro();
test_no_name();
test_same_host();

finish();


# two servers, of which one says of all keys that the other has them

sub pair {
    my (@sockets) = @_;

    my $dir = Polycard::Test::temp_dir();
    my $elsewhere = sub {
        my ($own, $host, $command) = @_;

        return () if $command =~ /^(?:CONNECT|PING|INFO)$/
            || slurp("$dir/owner") == $own;

        return "-MOVED 1 $host:" . slurp("$dir/port-" . (1 - $own)) . "\r\n";
    };

    my @fakes = map {
        my ($own, ($host, $socket)) = ($_, @{ $sockets[$_] });

        spew("$dir/port-$own", $socket->sockport);
        Polycard::FakeRedis->launch($socket, mode => 'slot',
            port => $socket->sockport,
            modes => { slot => sub { $elsewhere->($own, $host, @_) } });
    } 0, 1;

    return sub { spew("$dir/owner", $_[0]) }, @fakes;
}


sub shop_of {
    my (@addresses) = @_;

    return Polycard::Nginx->new(http => market('fakes', redis => "@addresses",
        access_token => 'off', card_numbers => 'phone', emitter => 'off')
        . "server {\n" . 'listen 127.0.0.1:%%PORT_0%%;' . services('fakes', '/') . "}\n");
}


sub ask_fakes {
    my ($nginx) = @_;

    return http_get($nginx, '/getClient',
        query => { phone => $Polycard::FakeRedis::PHONE })->status;
}


# it comes back before the worker may leave the second server again, and more
# callers are told so than the worker follows in a row

sub test_to_and_fro {
    my ($owner, @fakes) = pair(map { [ '127.0.0.1',
        Polycard::Server::listen_tcp() ] } 0, 1);

    $owner->(0);

    my $nginx = shop_of(map { $_->address } @fakes);

    wait_until { ask_fakes($nginx) == 200 } 10, 'a slot at the first one';
    $owner->(1);
    is(ask_fakes($nginx), 200, '... at the second one');
    $owner->(0);
    ask_fakes($nginx) for 1 .. 10;
    wait_until { ask_fakes($nginx) == 200 } 10, '... and back within a second';
}


# cluster-preferred-endpoint-type hostname, without cluster-announce-hostname:
# any other server may be meant

sub test_no_name {
    my ($owner, @fakes) = pair(map { [ '?', Polycard::Server::listen_tcp() ] }
        0, 1);

    $owner->(1);

    my $nginx = shop_of(map { $_->address } @fakes);

    wait_until { ask_fakes($nginx) == 200 } 10, 'no name: the next one has it';
    $owner->(0);
    is(ask_fakes($nginx), 200, '... and the one before when it has it again');
    ok($nginx->error_log !~ /is away/, '... nothing is said');
    $nginx->stop;

    # none that is known has it

    $nginx = shop_of(map { $fakes[1]->address } 0, 1);
    wait_until {
        $nginx->error_log =~ /redis "(\S+)" of .* is away: MOVED 1 \?:\d+$/m
            && $1 eq $fakes[1]->address
    } 10, '... or it is said what they say';
    is(ask_fakes($nginx), 503, '... 503');
}


# a MOVED without a host: the one where it was asked

sub test_same_host {
    SKIP: {
        my @sockets = map { IO::Socket::IP->new(LocalHost => '::1',
            Listen => 64) } 0, 1;

        skip 'no IPv6', 1 if !$sockets[1];

        my ($owner, @fakes) = pair(map { [ '', $_ ] } @sockets);

        $owner->(1);

        my $nginx = shop_of(map { '[::1]:' . $fakes[0]->port } 0, 1);

        wait_until { ask_fakes($nginx) == 200 } 10, 'the same IPv6 address';
    }
}
