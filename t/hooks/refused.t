# A hook that the gateway refuses: it waits, is set aside, and is sent again when
# the operator says so; and what the gateway has lost (contract, B12, B13).

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::DeliveryShop;
use Polycard::HookShop;

my $shop = Polycard::DeliveryShop->new;
my $gateway = $shop->gateway;
my $token = $Polycard::HookShop::TOKEN;


# a refused hook waits, and what follows for that client; others go on

$shop->begin(hook_attempts => 4, hook_retry => '1s');

my ($bad, $good) = $shop->known(2);
my $excerpt = "no: $bad, $token and \x01";

$shop->rules([ 'Bad', json_answer(422, $excerpt) ]);
$shop->rename_to($bad, 'Bad');
$shop->rename_to($bad, 'Better');
$shop->call(change_bonus => $bad, 5);
$shop->rename_to($good, "Good $_") for 1 .. 5;

wait_until { $shop->count_of($good) == 5 } 'five hooks of another client';
cmp_ok($shop->count_of($bad), '<', 4, 'a refused one waits, others go on');
ok($shop->drain, '... and at last it is set aside');

is_deeply([ map { hook_text($gateway->hook($_)) } $shop->requests_of($bad) ],
    [ (client_hook('changed', $bad, name => 'Bad', barcode => $bad)) x 4,
      client_hook('changed', $bad, name => 'Better', barcode => $bad),
      bonus_hook('added', $bad, 5, 5) ],
    '... after so many attempts, then the next ones of that client');

my @dead = $shop->dead;

is(scalar @dead, 1, 'one dead letter');
is("$dead[0]{object} $dead[0]{action} $dead[0]{phone} $dead[0]{name} "
    . $dead[0]{attempts}, "clients changed $bad Bad 4", '... whole');
is($dead[0]{hook}, header(($shop->requests_of($bad))[0], 'webhook-id'),
    '... with its id');
like($dead[0]{reason}, qr/refused|422/, '... why');
like($dead[0]{answer}, qr/^no: \*{12}, \*{32} and \\u0001/, '... what the gateway said');
unlike($dead[0]{answer}, qr/$bad|\Q$token\E/,
    '... without phone and token');

my ($first) = $shop->requests_of($bad);

$shop->rules;
$gateway->forget;
is($shop->call(requeue => $dead[0]{entry}), 1, 'requeued');
ok($shop->drain, '... delivered');
my @requests = $shop->requests_of($bad);

is(scalar @requests, 1, '... once');
is($requests[0]{body}, $first->{body}, '... the same bytes');
is(header($requests[0], 'webhook-id'), $dead[0]{hook}, '... and the old id');
is($shop->status->{dead}, 0, '... and no dead letter is left');

$shop->rules([ 'Bad', json_answer(422) ]);

my @bad = $shop->known(3);

$shop->rename_to($_, 'Bad 1') for @bad;
$shop->rename_to($_, 'Bad 2') for @bad;
$shop->rename_to($good, 'Good');
wait_until { $shop->status->{dead} == 6 } 'six dead letters';
$shop->rules;
$gateway->forget;
is($shop->call(requeue => 'all'), 6, 'all requeued');
$shop->drain;

for my $client (@bad) {
    is_deeply([ $shop->names_of($client) ], [ 'Bad 1', 'Bad 2' ],
        '... in the order in which they were');
}


# what the gateway has lost

$shop->begin;
$shop->call(put_group => 5, title => 't', loyaltyType => 'discount',
    loyaltyQuantity => 5);
$shop->drain;
$gateway->forget;

is($shop->call(resend => $good), 1, 'resend, a client');
is($shop->call(resend => 'group', 5), 1, 'resend, a group');
is($shop->call(resend => '380999999999'), 0, 'resend, nobody');
is_deeply([ $shop->settle ],
    [ client_hook('changed', $good, barcode => $good, name => 'Good'),
      group_hook('changed', 5, title => 't', loyaltyType => 'discount',
        loyaltyQuantity => 5) ], '... the whole records');

my ($cursor, $written) = ('0', 0);

do {
    my $reply = $shop->call(resend => 'all', $cursor);
    $written += $reply->[0];
    $cursor = $reply->[1];
} while ($cursor ne '0');

my $status = $shop->status;

is($written, $status->{clients} + $status->{groups}, 'resend, all');
$shop->drain;
is(scalar($gateway->requests), $written, '... arrive');

$shop->finish_logs;
finish();
