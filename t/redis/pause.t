# CLIENT PAUSE WRITE, as before a planned change of the master: what is written
# waits, what is read does not, whoever asks for it, and wherever nginx has to
# write as well.
#
# What survives what: `CLIENT PAUSE ... WRITE`, then `REPLICAOF`

use strict;
use warnings;

use lib 't/lib';

use Polycard::Faults;
use Polycard::HookShop;
use Polycard::HTTP;
use Polycard::Status;
use Polycard::Test;

my $phone = '380671112233';
my $shop = Polycard::HookShop->new(
    market => { redis_timeout => '60s', office_token => 'off',
                sweep_interval => '5ms' },
    server => Polycard::HookShop::location('') . $STATUS
        . "location /office/ { polycard_office shop1; }\n");
my $path = '/api/v1/web_service';

# Redis itself tells who waits

my $waiting = sub { $shop->client->info('clients')->{blocked_clients} };


$shop->ready;
$shop->put($phone, name => 'Olha', barcode => '4820000000017');
$shop->drain;

for my $who ('the emitter', 'a caller') {
    subtest "held up: $who" => sub {
        $shop->client->client('PAUSE', 60000, 'WRITE');

        my @adding = $who eq 'a caller' ? start_post($shop->nginx,
            "$path/addClient", body => json_text('380501112233')) : ();

        wait_until { $waiting->() } 60, 'something waits';

        reads();

        is($waiting->(), 1, 'one connection waits yet');

        $shop->client->client('UNPAUSE');
        is($_->status, 200, 'a client is added then') for answers(@adding);
    };
}


sub json_text { sprintf '{"phone":"%s","name":"Ivan"}', @_ }


# each kind of call that reads

sub reads {
    my %asked = (
        'getClient'     => "$path/getClient?phone=$phone",
        '... by card'   => "$path/getClient?barcode=4820000000017",
        'getClients'    => "$path/getClients",
        'getGroups'     => "$path/getGroups",
        'the office'    => "/office/clients/$phone",
        'the status'    => '/status',
    );

    for my $what (sort keys %asked) {
        my $answer = http_get($shop->nginx, $asked{$what}, timeout => 10);

        is($answer->status, 200, $what);
    }
}


finish();
