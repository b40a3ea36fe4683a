# Two hosts whose configurations differ, on one Redis: the one without `hook`
# never keeps the other one from telling what changes, and both are told.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HookShop;
use Polycard::Nginx qw( market );

my $LEASE = '2s';
my $shop = Polycard::HookShop->new(market => { lease => $LEASE });
my $gateway = $shop->gateway;
my $redis = $shop->client;
my $with = $shop->nginx;
my $phone = '380671112233';
my $number = 0;


# the same market, by another nginx

sub block {
    my (%directives) = @_;

    return market('shop1', redis => 'unix:' . $shop->redis->socket,
        access_token => 'off', card_numbers => 'ean13 prefix=20',
        lease => $LEASE, delete_guard => '100%', %directives);
}


sub holds {
    my ($nginx, $what) = @_;

    my $held = wait_until {
        my $now = $shop->holder;
        return $now && grep { $_ == $now->[1] } $nginx->workers;
    } $what;

    ok($held, $what);
}


# a line of one host's log since the last time, once it is there

my %seen;

sub told {
    my ($nginx, $pattern, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $found = wait_until {
        my $log = substr $nginx->error_log, $seen{$nginx} || 0;
        return 0 if $log !~ /^.*$pattern.*\n/m;
        $seen{$nginx} += $+[0];
        return 1;
    } $what;

    ok($found, $what);
}


sub change {
    my $name = 'name ' . ++$number;

    $redis->hset($shop->key("client:$phone"), name => $name);

    return $name;
}


sub delivers {
    my ($what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    ok($shop->wait_told(change()), $what);
}


$shop->ready;
$shop->put($phone, barcode => 'b');
delivers('one host, with hooks');


# the one without comes second

my $without = Polycard::Nginx->new(http => block());

told($without, qr/\[error\].*"shop1" is configured differently on other hosts: hook \(/,
    'a host without hooks is told that others have some');
told($with, qr/\[error\].*"shop1" is configured differently on other hosts: hook \(/,
    '... and so is the one that has');
delivers('... what changes arrives');

my $last = $shop->holder->[0];

$with->reload;
holds($with, 'a reload: the one with hooks holds the lease again');
cmp_ok($shop->holder->[0], '>', $last, '... again');
delivers('... what changes arrives');


# the one with hooks is away: what changes waits, however long

$with->stop;
change();
$redis->del($shop->key('lease'));

my $asked = wait_until {
    my %rows = $redis->hgetall($shop->key('hosts'));
    my ($hooks) = grep { $rows{$_} && /hooks=1/ } keys %rows;
    my ($seen, $span) = split / /, $hooks ? $rows{$hooks} : '0 0';
    my ($now) = $redis->time;

    return $now * 1000 > $seen + $span + 3000;
} 'the one with hooks to be away for long';

ok($asked, 'the one with hooks is away');
is($shop->holder, undef, '... the other one does not hold the lease');
is($shop->status->{hooks}, 1, '... hooks are still wanted');
$with->start;
ok($shop->wait_told("name $number"), '... what has changed meanwhile arrives');
holds($with, '... the lease is where the hooks are');


# hooks are taken away by a reload, and come back

my $configuration = $with->{http};

$with->configure_http(block());
$with->reload;
wait_until { !$shop->status->{hooks} } 'a market without hooks';
ok((wait_until { $shop->holder } 'a holder'),
    'hooks taken away on all hosts: one of them holds the lease');
told($without, qr/\[notice\].*"shop1" is configured alike on all hosts/,
    '... they are alike');

my $quiet = change();

for my $n (1, 2) {
    my $round = $shop->status->{round};

    wait_until { $shop->status->{round} > $round } "round $n of the sweep";
}

is($shop->status->{outbox}, 0, '... nothing is told');

$with->configure_http($configuration);
$with->reload;
holds($with, 'hooks come back: whoever has them takes the lease');
ok($shop->wait_told($quiet), '... what has changed meanwhile arrives');
delivers('... what changes arrives');
told($without, qr/configured differently on other hosts: hook \(/,
    '... the other one is told');


# the one without hooks is first

$with->stop;
$without->stop;
$shop->redis->client->flushall;
$shop->redis->load_library;
$without->start;
holds($without, 'the one without hooks is first: it holds the lease');
$with->start;
holds($with, '... until one with hooks comes');
$shop->ready;
$redis->hset($shop->key("client:$phone"), barcode => 'b');
delivers('... what changes arrives');


# other settings

$without->configure_http(block(hook => $gateway->url, hook_insecure => 'on',
    hook_token_file => '%%DIR%%/token', outbox_max => 77)
    . 'server { location = /h { polycard_hook shop1; internal; } }');
$without->write_file(token => "$Polycard::HookShop::TOKEN\n");
$without->reload or fail('a reload');
told($_, qr/configured differently on other hosts: outbox_max \(/,
    'another setting is named') for $with, $without;

my $other = wait_until {
    my $now = $shop->holder or return 0;

    return 1 if grep { $_ == $now->[1] } $without->workers;

    $redis->del($shop->key('lease'));
    return 0;
} 'the other host to hold the lease';

ok($other, '... another host holds the lease');
isnt($shop->status->{outbox_max}, 77, '... the setting stays as it was');

my @lines = log_lines($with, qr/configured differently/);

cmp_ok(scalar @lines, '<', 20, 'a line for each change, not for each call');

finish();
