# Every allocation of a worker fails once: no crash, no request without an
# answer, none that belongs to another client, nothing lost, and all is well
# afterwards.  "make torture" looks at all of them, this test at a sample.
#
#   TORTURE_STEP   one allocation of so many (1 of 9 unless set)
#   TORTURE_START  the first one (random unless set)
#   TORTURE_ONLY   only the scripts with this in their name

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Torture;

plan(skip_all => 'sanitizers have an allocator of their own')
    if ($ENV{POLYCARD_NGINX} || '') =~ /sanitize/;

my $step = $ENV{TORTURE_STEP} || 9;
my $path = '/api/v1/web_service';

my $shop = Polycard::Torture->new(
    market => { card_numbers => 'ean13 prefix=20' },
    server => Polycard::HookShop::location('')
              . 'location = /status { polycard_status; }');

$shop->ready;

my @phones = map { sprintf '3806700000%02d', $_ } 1 .. 8;
my @more = map { sprintf '380671%06d', $_ } 1 .. 150;

$shop->put_all(map { [ $_, name => "Name $_", barcode => "29$_" ] }
    @phones, @more);
$shop->call('put_group', $_, title => "Group $_", loyaltyType => 'bonuses',
    loyaltyQuantity => $_) for 1 .. 20;
$shop->settle;


# The requests

sub is_of {
    my ($phone) = @_;

    return $_->status == 200 && $_->json->{phone} eq $phone
        && $_->json->{barcode} eq "29$phone";
}


sub by_phone {
    my ($phone) = @_;

    return [ "getClient $phone", 'GET', "$path/getClient?phone=$phone",
        right => sub { is_of($phone) } ];
}


sub by_card {
    my ($phone) = @_;

    return [ "getClient by card", 'GET', "$path/getClient?barcode=29$phone",
        right => sub { is_of($phone) } ];
}


# What must work afterwards

sub services_work {
    my $ok = 0;

    for my $phone (@phones[0, 1]) {
        my $answer = eval { $shop->get('getClient', phone => $phone) };
        local $_ = $answer;
        $ok++ if $answer && eval { is_of($phone) };
    }

    return $ok == 2;
}


sub hooks_work {
    return services_work() && $shop->is_drained && $shop->subscribers;
}



# The scripts

my @scripts = (
    [ 'getClient', \&services_work, sub {
        $shop->ask(map({ by_phone($_) } @phones), by_card($phones[3]),
            [ 'no such client', 'GET', "$path/getClient?phone=380990000000",
              right => sub { $_->status == 404 } ]);
    } ],

    [ 'getClients', \&services_work, sub {
        $shop->ask([ 'getClients', 'GET', "$path/getClients?limit=150",
            right => sub { $_->status == 200 && @{ $_->json } == 150 } ],
            [ 'getGroups', 'GET', "$path/getGroups",
            right => sub { $_->status == 200 && @{ $_->json } >= 20 } ]);
    } ],

    [ 'errors', \&services_work, sub {
        $shop->ask(
            [ 'bad phone', 'GET', "$path/getClient?phone=1",
              right => sub { $_->status == 400 } ],
            [ 'no phone', 'GET', "$path/getClient",
              right => sub { $_->status == 400 } ],
            [ 'method', 'DELETE', "$path/getClient?phone=$phones[0]",
              right => sub { $_->status == 405 } ],
            [ 'type', 'POST', "$path/addClient", type => 'text/plain',
              body => 'x', right => sub { $_->status == 415 } ],
            [ 'body', 'POST', "$path/addClient", type => 'application/json',
              body => '{"phone":', right => sub { $_->status == 400 } ]);
    } ],

    [ 'status', \&services_work, sub {
        $shop->ask(map {
            my $format = $_;
            [ "status $format", 'GET', "/status?format=$format",
              right => sub { $_->status == 200 } ]
        } qw( html json prometheus ));
    } ],

    [ 'reconnect', \&hooks_work, sub {
        $shop->client->client_kill('USER', 'polycard');
        $shop->wait_or_fail(sub {
            $shop->ask(by_phone($phones[2]));
            return $shop->subscribers && services_work();
        });
    }, fresh => 1 ],
);

for my $script (@scripts) {
    my ($name, $check, $code, @options) = @$script;

    next if $ENV{TORTURE_ONLY} && index($name, $ENV{TORTURE_ONLY}) < 0;

    $shop->run(name => $name, check => $check, script => $code,
        step => $step, @options,
        start => $ENV{TORTURE_START} || 1 + int rand $step);
}

finish();
