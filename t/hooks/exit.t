# Hooks on their way while workers come and go: a reload waits for them, an
# exit gives them up, and each of them ends exactly once.

use strict;
use warnings;

use lib 't/lib';

use Time::HiRes qw( time );

use Polycard::Test;
use Polycard::Condition;
use Polycard::Driver;
use Polycard::Faults;
use Polycard::Gateway;
use Polycard::HTTP;
use Polycard::Nginx qw( market );

not_under('http2', 'each of its 40 connections counts');

my $gateway = Polycard::Gateway->new;
my @carriers = qw( curl proxy );


sub http_block {
    my ($timeout) = @_;

    my %carrier = (proxy => 'proxy_pass ' . $gateway->url . ';');
    my $text = '';
    my $locations = '';

    for my $name (@carriers) {
        $text .= market($name, driven($gateway->url,
            hook_timeout => $timeout, hook_concurrency => 64));

        $locations .= "location = /$name { polycard_driver $name; }\n"
            . "location = /hook-$name { internal; polycard_hook $name; "
            . "access_log off; " . ($carrier{$name} || '') . " }\n";
    }

    return "$text server { listen 127.0.0.1:%%PORT_0%%; $locations"
        . ' location = /status { stub_status; } }';
}


sub start {
    my (%option) = @_;

    my $shutdown = delete $option{shutdown};

    return Polycard::Nginx->new(
        main  => Polycard::Driver::load()
            . ($shutdown ? "worker_shutdown_timeout $shutdown;\n" : ''),
        files => { token => ('x' x 32) . "\n" },
        http  => http_block($option{timeout} || '60s'),
        %option,
    );
}


# starts hooks without waiting for them: the answer comes over the connection

sub begin {
    my ($nginx, $carrier, $count) = @_;

    $gateway->forget;

    my $connection = Polycard::HTTP->connect($nginx);

    $connection->send("GET /$carrier?count=$count&parallel=$count HTTP/1.1\r\n"
        . "Host: x\r\nConnection: close\r\n\r\n");

    is(scalar($gateway->wait_requests($count)), $count,
        "$carrier: $count hooks are on their way");

    return $connection;
}


sub counts {
    my ($text) = @_;

    return { map { /^(\S+ \S+) (\d+)$/ } split /\n/, $text };
}


# many, with fewer connections than they want

my $nginx = start(connections => 40);

for my $carrier (@carriers) {
    my $all = deliver($nginx, "/$carrier", count => 2000, parallel => 100);

    is($all->{'ok 200'}, 2000, "$carrier: 2000 hooks, few connections");
    cmp_ok($all->{'busy -'}, '>', 0, '... some had to wait for one');
}

my ($active) = http_get($nginx, '/status')->body =~ /Active connections: (\d+)/;

is($active, 1, 'no connection is counted for ever');


# a reload

$gateway->always({ delay => 1 });

for my $carrier (@carriers) {
    my @old = $nginx->workers;
    my $connection = begin($nginx, $carrier, 12);

    ok($nginx->reload(wait_old => 0), '... while nginx reloads');
    ok(process_exists($old[0]), '... the old worker waits');

    is_deeply(counts($connection->answer->body),
        { 'ok 200' => 12, 'busy -' => 0 }, '... all are answered');
    wait_until { !process_exists($old[0]) } 'the old worker to leave';
}

$gateway->always;
deliver($nginx, "/$_") for @carriers;

my $begin = time;

ok($nginx->reload, 'idle: reloaded');
in_time(time - $begin, '... the old worker does not linger');


# reloads again and again under load

for my $carrier (@carriers) {
    my $connection = Polycard::HTTP->connect($nginx, timeout => 120);

    $connection->send("GET /$carrier?count=3000&parallel=8 HTTP/1.1\r\n"
        . "Host: x\r\nConnection: close\r\n\r\n");

    ok($nginx->reload, "$carrier: reload under load") for 1 .. 3;

    my $all = counts($connection->answer->body);

    # an old worker starts nothing again

    cmp_ok($all->{'ok 200'}, '>', 0, '... what was begun ends');
    is(scalar(grep { !/^(?:ok 200|busy -)$/ } keys %$all), 0, '... well');
}


# an exit

$gateway->always({ hang => 1 });

for my $carrier (@carriers) {
    my $connection = begin($nginx, $carrier, 12);
    my $seen = () = $nginx->error_log =~ /driver: hook \S+ unknown 0/g;

    $begin = time;
    $nginx->stop('TERM');
    in_time(time - $begin, '... TERM does not wait');

    my @given_up = $nginx->error_log =~ /driver: hook \S+ unknown 0/g;

    is(@given_up - $seen, 12, '... each is given up, once');

    $nginx->start;
}


# a shutdown with an end, and a gateway that hangs

my $patient = start(shutdown => '1s');

for my $carrier (@carriers) {
    my $before = () = $patient->error_log =~ /driver: hook \S+ unknown 0/g;
    my $connection = begin($patient, $carrier, 12);

    $begin = time;
    ok($patient->reload, '... reloaded');
    in_time(time - $begin, '... the old worker is gone in time');

    my @given_up = $patient->error_log =~ /driver: hook \S+ unknown 0/g;

    is(@given_up - $before, 12, '... each is given up, once');
}


# a quiet end waits for hook_timeout and no longer

my $quick = start(timeout => '1s');

for my $carrier (@carriers) {
    my $connection = begin($quick, $carrier, 12);

    $begin = time;
    ok($quick->reload, '... reloaded');
    in_time(time - $begin, '... the old worker waited no longer');
    is_deeply(counts($connection->answer->body),
        { 'timeout 0' => 12, 'busy -' => 0 }, '... than for the timeout');
}

finish();
