# Ids after a loss that no card number can tell of: the phone is the card. What one host
# has seen counts for another one that has seen nothing.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HookShop;
use Polycard::HTTP;

my $shop = Polycard::HookShop->new(market => { card_numbers => 'phone',
    lease => '2s', sweep_interval => '100ms' });
my @added = map { { phone => "38067111223$_", name => "n$_" } } 0 .. 3;

$shop->ready;
is($shop->add($added[$_])->json->{id}, $_, "id $_") for 1 .. 3;

$shop->client->flushall;

wait_until { log_lines($shop->nginx, qr/lost all/, 'crit') } 20, 'a loss';

my $other = $shop->branch;

wait_until { ($shop->client->hget($shop->key('meta'), 'known_id') // '') eq '3' } 20,
    'a host says what it has seen';
is(added_by($other)->status, 503, 'no id is issued');
$shop->call('confirm_clients');

my $answer;

ok((wait_until { ($answer = added_by($other))->status == 200 } 20, 'an id'),
    'an operator says that all is back');
is($answer->json->{id}, 1004, 'another host does not issue them again');

$other->stop;
test_older_dump();
finish();


# An older dump has the lease, but not what was reported after it.

sub test_older_dump {
    my $fence = $shop->client->get($shop->key('lease'));

    wait_until { ($shop->client->hget($shop->key('meta'), 'sync') // '') eq 'done' } 20,
        'all is taken in';
    $shop->client->hdel($shop->key('meta'), 'sync');
    ok((wait_until { $shop->client->hexists($shop->key('meta'), 'sync') } 20,
        'the report'), 'a holder reports again what an older dump lacks');
    is($shop->client->get($shop->key('lease')), $fence, '... the same one');
}


sub added_by {
    my ($nginx) = @_;

    return http_post($nginx, "$Polycard::Shop::PATH/addClient",
        type => 'application/json', body => Polycard::Shop::json_text($added[0]));
}
