# One emitter among the workers of two hosts: who takes over from whom, when,
# and that nothing is lost between them.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::FakeRedis;
use Polycard::Faults;
use Polycard::HookShop;
use Polycard::Nginx qw( market );

my $shop = Polycard::HookShop->new(workers => 2,
    market => { sweep_interval => '10ms', hook_timeout => '60s',
                lease => '60s' });
my $gateway = $shop->gateway;
my $redis = $shop->client;

$shop->ready;

my $other = $shop->branch(workers => 2);
my @hosts = ($shop->nginx, $other);

$_->allow(qr/exited on signal 9/) for @hosts;

my $phone = '380671112233';
my $number = 0;

$shop->put($phone, barcode => 'b');
$shop->settle;


# the host of the emitter, and the other one

sub hosts_of {
    my ($pid) = @_;

    my ($mine) = grep { grep { $_ == $pid } $_->workers } @hosts;
    my ($not_mine) = grep { $_ != $mine } @hosts;

    return ($mine, $not_mine);
}


# a change that nobody was told of yet arrives

sub delivers {
    my ($what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $name = 'name ' . ++$number;

    $shop->drain;
    $gateway->forget;
    $redis->hset($shop->key("client:$phone"), name => $name);
    is_deeply([ $shop->settle ],
        [ client_hook('changed', $phone, barcode => 'b', name => $name) ],
        $what);
}


# somebody else who emits, and after how many seconds

sub wait_other {
    my ($pid) = @_;

    return timed {
        wait_until {
            my $now = $shop->holder;
            return $now && $now->[1] != $pid ? $now : 0;
        } 'another emitter';
    };
}


sub lease_for {
    my ($time) = @_;

    $shop->{market}{lease} = $time;

    for my $host (@hosts) {
        $host->configure_http($shop->http_block);
        $host->reload or die "no reload\n";
    }

    $shop->ready;
}


# one of four

my $holder = $shop->holder;

ok((hosts_of($holder->[1]))[0], 'one of the workers emits');
is(scalar(my @lines = split /\n/, $redis->client('LIST', 'TYPE', 'pubsub')),
    1, '... and it alone listens to events');
delivers('... what changes');


# killed: others wait no longer than the lease

lease_for('2s');
$holder = wait_until { $shop->holder } 'a holder';

for my $round (1 .. 2) {
    kill 'KILL', $holder->[1];
    $redis->hset($shop->key("client:$phone"), name => "dead $round");
    cmp_ok($redis->pttl($shop->key('lease')), '<=', 2000,
        'killed: the lease will end');

    my ($next) = wait_other($holder->[1]);

    cmp_ok($next->[0], '>', $holder->[0], '... with a greater fence');
    $shop->wait_told("dead $round");
    $shop->ready;
    is_deeply([ $shop->settle ], [ client_hook('changed', $phone,
        barcode => 'b', name => "dead $round") ],
        '... and what changed between is told');

    $holder = $next;
}


# a graceful exit, and one by TERM: nobody waits for the lease to end

lease_for('60s');
$holder = wait_until { $shop->holder } 'a holder';

for my $signal (qw( QUIT TERM )) {
    my ($mine) = hosts_of($holder->[1]);

    $mine->stop($signal);

    my ($next, $seconds) = wait_other($holder->[1]);

    in_time($seconds, "$signal: another one emits at once");
    $shop->ready;
    delivers('... what changes');

    $mine->start;
    $holder = $next;
}


# reloads, with changes all the while

my @phones = map { sprintf '38050%07d', $_ } 1 .. 10;

$shop->put($_, barcode => $_, bonus => 0) for @phones;
$shop->settle;

for my $round (1 .. 3) {
    for my $host (@hosts) {
        $host->signal('HUP');
        $redis->hincrbyfloat($shop->key("client:$_"), bonus => 1)
            for @phones, @phones;
    }

    wait_until {
        !grep { my @workers = $_->workers; @workers != 2 } @hosts
    } 'old workers to leave';
}

# the last of them may have been missed by events

wait_until {
    my %last = map { $_->{data}{client_phone} || '' => $_->{data}{total} }
        $gateway->hooks;
    return !grep { ($last{$_} || 0) != 12 } @phones;
} 'the last change of each';
$shop->ready;

# each hook once or more, in order: sums and totals fit

my (%total, %seen, @wrong);

for my $hook ($shop->settled) {
    my $data = $hook->{data};

    next if $seen{ $hook->{id} }++;

    my $total = $total{ $data->{client_phone} } += $data->{change};

    push @wrong, hook_text($hook) if $total != $data->{total};
}

is_deeply(\@wrong, [], 'reloads under changes: the hooks are in order');
is_deeply(\%total, { map { $_ => 12 } @phones }, '... and all are there');


# reload while a hook is on its way: it ends, and nobody sends it again

$holder = wait_until { $shop->holder } 'a holder';
my ($mine, $not_mine) = hosts_of($holder->[1]);

$gateway->answers({ delay => 1 });
$gateway->forget;
$shop->put($phone, name => 'on its way');
$gateway->wait_requests(1);
$mine->signal('HUP');
ok($shop->drain, 'a hook on its way during a reload');
is(scalar($gateway->requests), 1, '... is acknowledged, and not sent again')
    or diag(map { "$_->{time} $_->{body}\n" } $gateway->requests);
$shop->ready;
delivers('... and the next ones go');

wait_until { !process_exists($holder->[1]) } 'the old worker to leave';


# an exit that does not wait; worker_shutdown_timeout takes the connection to
# Redis as well

for my $how (qw( TERM worker_shutdown_timeout )) {
    $holder = wait_until { $shop->holder } 'a holder';
    ($mine, $not_mine) = hosts_of($holder->[1]);
    $not_mine->stop;

    if ($how ne 'TERM') {
        local $mine->{main} = "worker_shutdown_timeout 300ms;\n";
        $mine->configure($mine->http_config);
        $mine->reload;
    }

    $shop->ready;
    $gateway->forget;
    $gateway->answers({ hang => 1 });
    $shop->put($phone, name => "by $how");

    my ($request) = $gateway->wait_requests(1);
    my $took = $mine->stop($how eq 'TERM' ? 'TERM' : 'QUIT');

    in_time($took, "$how: a hook on its way is not waited for");
    is($shop->holder, undef, '... the lease is given away');
    is($shop->status->{outbox}, 1, '... it stays in the outbox');
    $gateway->forget;
    $_->start for @hosts;
    ok($shop->drain, '... and is sent by the next one');

    my ($again, @more) = $gateway->requests;

    is(Polycard::Gateway::header($again, 'webhook-id'),
        Polycard::Gateway::header($request, 'webhook-id'),
        '... under the same id');
    is(scalar @more, 0, '... once');
    $shop->ready;
}


# a holder that does not know that it is none any more acknowledges nothing

lease_for('60s');
$gateway->forget;
$gateway->answers({ delay => 0.5 });
$shop->put($phone, name => 'twice');

my ($twice) = $gateway->wait_requests(1);

$redis->set($shop->key('lease'), '999 other/1/a', 'PX', 1500);
$gateway->wait_requests(2);
ok($shop->drain, 'what an old holder could not acknowledge is sent again');

my @twice = $gateway->requests;

is(scalar @twice, 2, '... twice');
is($twice[0]{body}, $twice[1]{body}, '... the same bytes');
$shop->ready;
delivers('... and goes on');


# a lease that is granted to a worker which does not live to hear of it

my $fake = Polycard::FakeRedis->new(modes => {
    lease => sub { "@_" =~ /polycard_lease/ ? ['hang'] : () } });

$fake->mode('lease');

my $deaf = Polycard::Nginx->new(http => market('shop1',
    redis => $fake->address, access_token => 'off', redis_timeout => '60s'));

wait_until { grep { /polycard_lease/ } $fake->log }
    'a worker to ask for the lease';
$deaf->stop('TERM');
wait_until { grep { /polycard_lease .* 1$/ } $fake->log }
    'the worker to let go of what it may have been granted';


# emitter off

for my $host (@hosts) {
    my $config = $host->{http};

    $config =~ s/(polycard_market shop1 \{)/$1 emitter off;/;
    $host->configure_http($config);
    is($host->reload, 1, 'emitter off');
}

$gateway->forget;
$shop->put($phone, name => 'nobody');
is($shop->holder, undef, '... nobody emits');
is(scalar(split /\n/, $redis->client('LIST', 'TYPE', 'pubsub')), 0,
    '... nobody listens');

my $third = $shop->branch(user => 'root root');

ok($shop->drain, '... until a host comes that may');
is_deeply([ map { hook_text($_) } $shop->taken ],
    [ client_hook('changed', $phone, barcode => 'b', name => 'nobody') ],
    '... the hook');
ok((grep { $_ == $shop->holder->[1] } $third->workers), '... from there');

finish();
