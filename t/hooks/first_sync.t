# A first sync with many clients who are there already: addClient opens when all
# keys were seen once, and a reload in between does not begin that again.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::HookShop;

my $clients = 12_000;

my $alone = scans_of_first_sync(0);
my $reloaded = scans_of_first_sync(3);

cmp_ok($reloaded, '<', 1.5 * $alone,
    'three reloads do not begin it again');
own_card_at_the_end();

finish();


# A card of the market's own is the last of the range, which nginx comes to know
# with the lease: numbers begin at the first one all the same

sub own_card_at_the_end {
    my $shop = Polycard::HookShop->new(start => 0, market => {
        card_numbers => 'ean13 prefix=20', lease => '1s' });
    my ($redis, $renewed, $left) = ($shop->client, 0, 0);

    $redis->hset($shop->key('client:380671112233'),
        barcode => '2099999999998');
    $shop->nginx->start;
    $shop->ready;
    wait_until { $redis->hget($shop->key('meta'), 'topped') } 'it is known';
    wait_until {
        my $now = $redis->pttl($shop->key('lease'));

        $renewed++ if $now > $left;
        $left = $now;
        return $renewed > 3;
    } 'the lease was renewed since';

    is($shop->add({ phone => '380671112244' })->json->{code}, '2000000000015',
        'a card at the end of the range ends no numbers');
    $shop->nginx->stop;
}


# how often Redis was asked for keys, until addClient opened; with reloads while
# the pass is under way

sub scans_of_first_sync {
    my ($reloads) = @_;

    my $shop = Polycard::HookShop->new(start => 0);
    my $redis = $shop->client;
    my ($meta, $done) = ($shop->key('meta'), 0);

    for my $n (1 .. $clients) {
        $redis->hset($shop->key(sprintf 'client:38067%07d', $n),
            barcode => "B$n", id => $n, sub { });
        $redis->wait_all_responses if $n % 1000 == 0;
    }

    $redis->config('RESETSTAT');
    $shop->nginx->start;

    while (!$redis->hget($meta, 'numbers')) {
        my $pass = $redis->hget($meta, 'pass') || '';

        if ($done < $reloads && $pass =~ / \d+$/) {
            $shop->nginx->reload;
            $done++;
        }
    }

    my $scans = $redis->info('commandstats')->{cmdstat_scan} =~ /calls=(\d+)/
        ? $1 : 0;

    is($done, $reloads, "$reloads reloads during the pass");
    wait_until { $shop->add({ phone => '380990000001' })->status == 200 } 10,
        'addClient is open';
    cmp_ok($shop->status->{clients}, '<', $clients,
        '... before all are taken in') if !$reloads;
    wait_until { $shop->status->{sync} eq 'done' } 60, 'all are taken in';
    is($shop->status->{clients}, $clients + 1, '... each of them');
    is($redis->xlen($shop->key('outbox')), 0, '... silently')
        if $shop->drain(30);
    $shop->nginx->stop;

    return $scans;
}
