# The order of a client's hooks, what others do meanwhile, and how many hooks go
# at once and in a second (contract, B14).

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::DeliveryShop;

my $shop = Polycard::DeliveryShop->new;
my $gateway = $shop->gateway;


# order within a client, others meanwhile; concurrency and rate

$shop->begin(hook_concurrency => 3, hook_timeout => '10s');

my ($slow, @others) = $shop->known(6);

$shop->rules([ $slow, { delay => 1 } ], [ '.', { delay => 0.05 } ]);

$shop->rename_to($slow, "slow $_") for 1 .. 3;

for my $n (1 .. 3) {
    $shop->rename_to($_, "name $n") for @others;
}

ok($shop->drain, 'a slow client and five others');

my @slow = $shop->requests_of($slow);
my ($last_of_others) = sort { $b <=> $a }
    map { map { $_->{time} } $shop->requests_of($_) } @others;

is_deeply([ map { $gateway->hook($_)->{data}{name} } @slow ],
    [ map { "slow $_" } 1 .. 3 ], 'the hooks of one client, in order');
cmp_ok($slow[$_]{time} - $slow[$_ - 1]{time}, '>=', 0.99,
    '... one after the other') for 1, 2;
cmp_ok($last_of_others, '<', $slow[2]{time}, '... the others do not wait');

for my $other (@others) {
    is_deeply([ $shop->names_of($other) ], [ 'name 1', 'name 2', 'name 3' ],
        '... and have their order, too');
}

# a request is in flight from its coming until its answer

my %delay = map { $_ => 0.05 } @others;
my @flights = map {
    my ($p) = text_of($_) =~ /(380\d{9})/;
    [ $_->{time}, $_->{time} + ($delay{$p} || 1) ];
} $gateway->requests;
my $most = 0;

for my $flight (@flights) {
    my $n = grep { $_->[0] <= $flight->[0] && $_->[1] > $flight->[0] }
        @flights;
    $most = $n if $n > $most;
}

is($most, 3, 'never more at once than hook_concurrency allows');

$shop->begin(hook_concurrency => 64, hook_rate => '20r/s');
$shop->known(15);
$gateway->forget;
$shop->put($_, barcode => "r$_") for map { $shop->new_phone } 1 .. 12;
my @requests = $gateway->wait_requests(12);
cmp_ok($requests[-1]{time} - $requests[0]{time}, '>=', 10 / 20 * 0.9,
    'hook_rate is kept');

$shop->finish_logs;
finish();
