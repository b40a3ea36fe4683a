# "redis_replicas": addClient answers when so many replicas have the client.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Faults;
use Polycard::HTTP;
use Polycard::SentinelRig;
use Polycard::Shop;
use Polycard::Test;

my $path = '/api/v1/web_service';
my $rig = Polycard::SentinelRig->new(sentinels => 0);
my $master = $rig->master;
my ($replica, $other) = $rig->replicas;

$master->load_library;

my $shop = Polycard::Shop->new(redis_server => $master, market => {
    $rig->login, card_numbers => 'ean13 prefix=20',
    redis_replicas => '2 5s', redis_timeout => '20s', office_token => 'off',
}, server => "location /office/ { polycard_office shop1; }\n");
my $next = 380501112200;


# the users of the manual need a right more

is(add()->status, 503, 'without the right to WAIT');
is(lines(qr/fails to wait for replicas: NOPERM /), 1, '... it is said');
$master->client->acl('SETUSER', 'polycard', '+wait');
is(add()->status, 200, 'with it');
wait_until { lines(qr/can wait for replicas again/, 'notice') } 10, '... and said';

# all have it at that moment

my $answer = add();

is($answer->status, 200, 'with two replicas');
is($_->client->exists($shop->key("client:$next")), 1, $_->name . ' has it')
    for $replica, $other;

# one is missing

$rig->hang($other->name);
is(add()->status, 503, 'with one');
is(lines(qr/"shop1" has only 1 of 2 replicas in time/), 1, '... it is said');

my $card = $shop->stored($next)->{barcode};

ok($card, 'Redis has it');

# what is repeated has written nothing, and is waited for as well

is(again()->status, 503, 'repeated: not with one');
is(lines(qr/"shop1" has only 1 of 2 replicas in time/), 1, 'said once');
$rig->go_on($other->name);
wait_until { ($answer = again())->status == 200 } 30, 'with two again';
is($answer->json->{code}, $card, '... the same card');
is(lines(qr/"shop1" has its replicas again/, 'notice'), 1, '... it is said');

# WAIT is for writes of its own connection, and nothing else: from Redis 8 on

my @before = $master->client->info('commandstats')->{cmdstat_set} =~ /calls=(\d+)/;

is(again()->status, 200, 'once more');

my @after = $master->client->info('commandstats')->{cmdstat_set} =~ /calls=(\d+)/;

is($after[0] - $before[0], 1, '... there is a write before it');
$master->client->acl('SETUSER', 'polycard', '-set');
is(again()->status, 503, 'a write that is refused: nobody is waited for');
is(lines(qr/fails to wait for replicas: NOPERM .*set/), 1, '... it is said');
$master->client->acl('SETUSER', 'polycard', '+set');
wait_until { again()->status == 200 } 10, 'allowed again';

# nobody else waits meanwhile

$rig->hang($other->name);

my $waiting = start_post($shop->nginx, "$path/addClient",
    body => body(++$next));

wait_until { $master->client->info('clients')->{blocked_clients} } 10,
    'a client is waited for';
is($shop->get('getClient', phone => $next)->status, 200, 'getClient is not');
is(http_request($shop->nginx, 'PUT', "/office/clients/380501112299",
    type => 'application/json', body => '{"name":"Ivan"}')->status, 201,
    'nor what the office writes');
is($master->client->info('clients')->{blocked_clients}, 1, '... all the time');

# ... but a number that it lets issue

my $card_of = sub { http_post($shop->nginx, "/office/clients/$next/card",
    type => 'application/json', body => '{}', timeout => 20) };

is($card_of->()->status, 503, 'a card of the office is waited for');
$rig->go_on($other->name);
wait_until { ($answer = $card_of->())->status == 200 } 30, 'with two again';
is($answer->json->{code}, $shop->stored($next)->{barcode}, '... its number');
is($answer->header('etag'), http_request($shop->nginx, 'GET',
    "/office/clients/$next")->header('etag'), '... and the ETag of the client');
answers($waiting);
$rig->hang($other->name);
$waiting = start_post($shop->nginx, "$path/addClient", body => body(++$next));

# those who come meanwhile are waited for together

my $calls = waits();
my @many = map { start_post($shop->nginx, "$path/addClient",
    body => body(++$next)) } 1 .. 40;

wait_until { $master->client->exists($shop->key("client:$next")) } 10,
    'the last one is written';
$many[0]->close;
$rig->go_on($other->name);
is(scalar(grep { $_->status == 200 } answers($waiting, @many[1 .. $#many])), 40,
    'all are added');
cmp_ok(waits() - $calls, '<', 10, '... with few WAIT');

# Redis goes meanwhile

$rig->hang($other->name);
$waiting = start_post($shop->nginx, "$path/addClient", body => body(++$next));
wait_until { $master->client->info('clients')->{blocked_clients} } 10,
    'a client is waited for';
$rig->kill($master->name);
is($_->status, 503, 'Redis is away') for answers($waiting);
$rig->go_on($other->name);

finish();


sub body { sprintf '{"phone":"%s","name":"Ivan"}', @_ }

sub add { http_post($shop->nginx, "$path/addClient", type => 'application/json',
    body => body(++$next), timeout => 20) }

sub again { $next--; add() }

sub lines {
    my ($pattern, $level) = @_;

    return scalar grep { /\[\Q${ \ ($level || 'error') }\E\]/ && /$pattern/ }
        split /\n/, $shop->nginx->error_log;
}

sub waits {
    my $stat = $master->client->info('commandstats')->{cmdstat_wait} || '';

    return $stat =~ /calls=(\d+)/ ? $1 : 0;
}
