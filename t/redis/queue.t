# More requests than Redis can take: a bound, beyond it 503 at once; those who
# leave harm nobody, and memory is bounded.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::FakeRedis;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::HTTP2;
use Polycard::Nginx qw( market services );
use Polycard::Redis;
use Polycard::Shop;

my $bound = 1024;
my $streams = 100;
my $phone = '380671112233';
my $path = "/getClient?phone=$phone";

my $redis = Polycard::Redis->new;
my $fake = Polycard::FakeRedis->new(mode => 'hung', modes => {
    hung => sub { return $_[0] eq 'CONNECT' ? ['hang'] : () },
});

$redis->load_library;
$redis->client->fcall('polycard_put_client', 1, 'polycard:{shop1}:', $phone,
    barcode => '4820000000017');

# nobody's timeout but that of the markets that wait for a connection

my $nginx = Polycard::Nginx->new(http => "http2_max_concurrent_streams 128;\n"
    . "access_log off;\n"
    . market('shop1', redis => 'unix:' . $redis->socket, access_token => 'off',
             card_numbers => 'phone', redis_timeout => '60s', emitter => 'off')
    . market('shop2', redis => $fake->address, access_token => 'off',
             redis_connect_timeout => '60s', emitter => 'off')
    . "server {\nlisten 127.0.0.1:%%PORT_0%%;\n"
    . "listen 127.0.0.1:%%PORT_1%% http2;\n" . services('shop1', '/')
    . "location = /other { return 200 other; }\n"
    . "location = /shop2/getClient { polycard_get_client shop2; }\n}\n");
my ($worker) = $nginx->workers;

# a Redis that is stopped before the worker has connected refuses for another
# reason: it cannot be reached

wait_until { http_get($nginx, $path)->status == 200 } 'Redis is there';


# n requests, as streams of a few connections: [connection, stream], ...

sub many {
    my ($n, $path) = @_;

    my @requests;

    while ($n > 0) {
        my $h2 = Polycard::HTTP2->connect($nginx, port => 1);

        push @requests, map { [$h2, $h2->get($path)] }
            1 .. ($n < $streams ? $n : $streams);
        $n -= $streams;
    }

    return @requests;
}


# with their whole connections

sub leave { $_->[0]->close for grep { $_->[1] == 1 } @_ }


sub statuses {
    my %count;

    $count{$_->[0]->status($_->[1])}++ for @_;

    return \%count;
}


# Redis has them, and says nothing

sub full {
    my ($what) = @_;

    $redis->signal('STOP');

    my @requests = many($bound, $path);

    # nginx has read them all, when one more is refused
    wait_until {
        http_get($nginx, $path, timeout => 0.3)->status == 503
    } "$what: the bound";

    for (1 .. 3) {
        my $answer = quick { http_get($nginx, $path) } "$what: one more";

        is_nok($answer, 503, qr/cannot be reached/, '... is refused');
    }

    my $other = quick { http_get($nginx, '/other') } 'another location';

    is($other->body, 'other', '... works');

    return @requests;
}


my @requests = full('hung');

$redis->signal('CONT');

# among those that have asked for the bound, up to as many have left

my $got = statuses(@requests);

is(join(' ', sort keys %$got), $got->{503} ? '200 503' : '200',
    'Redis goes on: those that waited have their answers');
cmp_ok($got->{200}, '>', $bound / 2, '... most of them');
is(http_get($nginx, $path)->status, 200, '... and there is room again');


# those who leave

my $memory;

for my $round (1 .. 4) {
    @requests = full("round $round");

    # most leave, and those who stay, of the first connection, are served
    my @stay = splice @requests, 0, $streams;

    leave(@requests);
    $redis->signal('CONT');

    $got = statuses(@stay);
    ok(!grep({ !/^(?:200|503)$/ } keys %$got), 'those who stay are answered')
        or diag(join ' ', %$got);

    wait_until { http_get($nginx, $path)->status == 200 } 'room again';

    $memory = resident($worker) if $round == 2;
}

cmp_ok(resident($worker), '<', $memory + 8000, 'memory stays')
    if !$ENV{POLYCARD_NGINX};


# They wait for a connection that does not come: who leaves makes room

@requests = many($bound, '/shop2/getClient?phone=' . $phone);

my @last;

wait_until {
    push @last, start_get($nginx, "/shop2$path", timeout => 0.3);
    return $last[-1]->answer->status == 503;
} 'the bound of those that wait for a connection';

$_->close for @last;

leave(@requests);

wait_until {
    my $request = start_get($nginx, "/shop2$path", timeout => 0.3);
    my $status = $request->answer->status;
    $request->close;
    return $status == 0;
} 'room for one who waits';

is(http_get($nginx, $path)->status, 200, 'the other market works');
is_deeply([$nginx->workers], [$worker], 'the worker is still the same');


# A leaving worker has nobody to wait for

my ($done, $seconds) = timed { $nginx->reload(timeout => 20) };

ok($done, 'reload');
in_time($seconds, '... the old worker leaves at once');

finish();
