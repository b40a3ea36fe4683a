# docs/operation.md, "What survives what": the rows of nginx and its hosts, one by
# one: it is done, and then what the row says is so.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::Picture;
use Polycard::Preload;
use Polycard::Stream;
use Polycard::Survives;

my $DAY = 86400;

test_rows(
    'reload' => \&test_reload,
    '`nginx -s quit`' => \&test_quit,
    '`nginx -s stop`, `kill -9`, a crash of the host' => \&test_crash,
    'upgrade of the module' => \&test_upgrade,
    'the wrong clock of a host' => \&test_clock,
);

finish();


sub header_of { Polycard::Gateway::header(@_) }
sub id_of { header_of($_[0], 'webhook-id') }


# a hook under way to a gateway that answers a little later

sub under_way {
    my ($shop, $answer) = @_;

    $shop->gateway->forget;
    $shop->gateway->answers($answer);
    $shop->put($PHONE, name => 'under way');

    return ($shop->gateway->wait_requests(1, 60))[0];
}


sub test_reload {
    my $shop = shop();
    my ($old) = $shop->nginx->workers;
    my $accepted = $shop->status->{accepted};

    under_way($shop, { delay => 1 });
    $shop->nginx->signal('HUP');

    ok($shop->drain(60), 'a hook under way is finished');
    is(scalar($shop->gateway->requests), 1, '... and is not sent again');
    cmp_ok($shop->status->{accepted}, '>', $accepted, '... and counted');

    $shop->gateway->forget;
    rename_to($shop, 'at once');
    ok($shop->wait_told('at once', 60), 'the new worker goes on');
    isnt($shop->holder->[1], $old, '... the old one does not');
}


sub test_quit {
    my $shop = shop();
    my $nginx = $shop->nginx;

    under_way($shop, { delay => 1 });
    ok(defined $nginx->stop('QUIT', 60), 'it quits');
    is(scalar($shop->gateway->requests), 1, 'a hook under way is finished');
    is($shop->status->{outbox}, 0, '... and counted');

    $shop->gateway->forget;
    $shop->put($PHONE, name => 'by a function');
    rename_to($shop, 'by a command');
    is($shop->status->{outbox}, 1, 'meanwhile a hook waits');
    is(scalar($shop->gateway->requests), 0, '... and nobody sends it');

    $nginx->start;
    is_deeply([ $shop->settle(60) ],
        [ renamed('by a function'), renamed('by a command') ],
        'what changed is told after the start');
}


sub test_crash {
    my $shop = durable_shop();
    my $nginx = $shop->nginx;

    my @ways = (
        [ '-s stop', sub { $nginx->stop('TERM', 60) } ],
        [ 'kill -9', sub { $nginx->kill } ],
        [ 'a crash of the host', sub {
            $nginx->kill;
            $shop->crash_redis;
        } ],
    );

    for my $way (@ways) {
        my ($what, $end) = @$way;

        my $request = under_way($shop, { hang => 1 });

        $end->();
        is($shop->status->{outbox}, 1, "$what: a hook under way stays");

        $shop->gateway->forget;
        $nginx->start;
        ok($shop->drain(60), '... and comes again');
        is_deeply([ map { id_of($_) } $shop->gateway->requests ],
            [ id_of($request) ], '... once, under the same id');

        $shop->ready;
        $shop->gateway->forget;
        goes_on($shop);
    }
}


# The worker of the old configuration has found an older library, and others
# change clients all the while.

sub test_upgrade {
    my $shop = open_shop(market => { sweep_interval => '5ms' });
    my $redis = $shop->redis;
    my $version = $shop->call('version');
    my ($old) = $shop->nginx->workers;

    refuse_all($shop);
    $redis->load_library($version - 1);

    my $stream = Polycard::Stream->new(socket => $redis->socket,
        prefix => $shop->key(''), clients => 20, seed => 1);

    wait_until { hooks_waiting($shop) > 20 } 60, 'hooks that wait';
    is($shop->call('version'), $version - 1, 'an older library works');

    ok($shop->nginx->reload(timeout => 60), 'a reload');
    wait_until { $shop->call('version') == $version } 60, 'the library';
    is_deeply([ library_of($redis) ], [ $redis->library ],
        'the library is ours, byte for byte');
    is(log_lines($shop->nginx, qr/version $version of the library was loaded/),
        1, '... one line says so');

    $shop->ready;
    isnt($shop->holder->[1], $old, 'the new worker emits');
    cmp_ok(hooks_waiting($shop), '>', 20, '... hooks wait still');

    accept_all($shop);
    cmp_ok($stream->stop, '>', 20, 'there were changes');
    Polycard::Picture::wait_same($shop, 60);
}


# in the outbox, and of clients of whom too many do

sub hooks_waiting {
    my ($shop) = @_;

    my $status = $shop->status;

    return $status->{outbox} + $status->{held};
}


# Two hosts, one of them wrong by a day: whoever has the lease, the other one
# takes it over.

sub test_clock {
    for my $wrong (-$DAY, $DAY) {
        my $shop = open_shop();
        my $right = $shop->nginx;

        $shop->put($OTHER, barcode => 'o');
        tells_time($shop, 0, "a host that is right");

        my $host = $shop->branch(preload => Polycard::Preload::clock($wrong));

        # its lease has to end by itself

        $right->kill;
        $shop->ready;
        tells_time($shop, $wrong, "a host that is wrong by $wrong s");
        retries($shop);

        my $since = $shop->status->{heard};
        my $heard = wait_until {
            my $now = $shop->status->{heard};
            return $now != $since && $now;
        } 60, 'the events';

        cmp_ok(abs($heard / 1000 - time - $wrong), '<', 3600,
            '... so is the time of the last event');

        $right->start;
        $host->kill;
        $shop->ready;
        tells_time($shop, 0, 'the right one again');

        my $picture = Polycard::Picture::wait_same($shop, 60);

        is($picture->repeats, 1, '... and only what was refused came twice');
    }
}


# changes are told, with the time of the host that sends

sub tells_time {
    my ($shop, $wrong, $what) = @_;

    my $seen = $shop->gateway->requests;

    $shop->call('change_bonus', $OTHER, '0.01');
    $shop->client->hset($shop->key("client:$OTHER"), name => $what);
    $shop->client->hincrbyfloat($shop->key("client:$OTHER"), bonus => 1);

    ok($shop->wait_told($what, 60), "$what: takes over");
    ok($shop->drain(60), '... and tells of changes');

    my @requests = $shop->gateway->requests;
    my @off = map { header_of($_, 'webhook-timestamp') - $wrong - $_->{time} }
        @requests[$seen .. $#requests];

    is_deeply([ grep { abs > 3600 } @off ], [],
        '... webhook-timestamp is by its clock');
}


# a hook that waits is due by Redis' clock

sub retries {
    my ($shop) = @_;

    my $seen = $shop->gateway->requests;

    $shop->gateway->answers({ status => 422 });
    $shop->put($OTHER, name => 'refused');
    $shop->gateway->wait_requests($seen + 2, 60);
    ok($shop->drain(60), '... a refused hook goes again');
}
