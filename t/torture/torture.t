# Every allocation of a worker fails once: no crash, no request without an
# answer, none that belongs to another client, nothing lost, and all is well
# afterwards.  "make torture" looks at all of them, this test at a sample.
#
# Polycard::Torture says how to choose what is tried.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Certificates;
use Polycard::Gateway;
use Polycard::Shop qw( json_text );
use Polycard::Torture;

my $path = '/api/v1/web_service';

my $shop = Polycard::Torture->new(
    market => { card_numbers => 'ean13 prefix=20' },
    server => Polycard::HookShop::location('')
              . 'location = /status { polycard_status; }');

$shop->ready;

my $ca = Polycard::Certificates->new;
my @certificate = $ca->issue('gateway', 'DNS:localhost', 'IP:127.0.0.1');

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


sub add {
    my ($type, $body) = @_;

    return [ "addClient, $type", 'POST', "$path/addClient", type => $type,
        body => $body,
        right => sub { $_->status == 200 && $_->json->{status} eq 'OK' } ];
}


my $added = 0;

sub new_phone { return sprintf '380681%06d', ++$added }


sub multipart {
    my ($phone) = @_;

    return "--x\r\nContent-Disposition: form-data; name=\"phone\"\r\n\r\n"
        . "$phone\r\n--x--\r\n";
}


# What must work afterwards

my $changes = 0;

sub services_work {
    my $ok = 0;

    for my $phone (@phones[0, 1]) {
        my $answer = eval { $shop->get('getClient', phone => $phone) };
        local $_ = $answer;
        $ok++ if $answer && eval { is_of($phone) };
    }

    return $ok == 2;
}


# and the last change was told

sub hooks_work {
    return services_work() && $shop->is_drained && $shop->subscribers
        && (!$changes || is_told());
}


sub is_told {
    return grep { index($_->{body}, "Changed $changes\"") >= 0 }
        $shop->gateway->requests;
}


# while everything fails nothing is told

sub changed {
    $changes++;

    $shop->put($phones[0], name => "Changed $changes");
    $shop->wait_or_fail(\&is_told);
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

    [ 'addClient', \&hooks_work, sub {
        my $again = new_phone();

        $shop->ask(add('application/json',
                json_text({ phone => new_phone(), name => 'New' })),
            add('application/x-www-form-urlencoded', 'phone=' . new_phone()),
            add('multipart/form-data; boundary=x', multipart(new_phone())),
            add('application/json', json_text({ phone => $again })));
        $shop->ask(add('application/json', json_text({ phone => $again })));
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

    [ 'hook', \&hooks_work, \&changed ],

    [ 'a new connection to the gateway', \&hooks_work, sub {
        $shop->gateway->close_idle;
        changed();
    } ],

    [ 'reconnect', \&hooks_work, sub {
        $shop->client->client_kill('USER', 'polycard');
        $shop->wait_or_fail(sub {
            $shop->ask(by_phone($phones[2]));
            return $shop->subscribers && services_work();
        });
    }, fresh => 1 ],

    # a new worker; one that cannot give its lease away is waited for

    [ 'reload', \&hooks_work, sub {
        $shop->nginx->signal('HUP');
        $shop->wait_or_fail(sub {
            my @workers = $shop->nginx->workers;

            return @workers == 1 && $workers[0] != $shop->worker
                && hooks_work();
        });
    }, fresh => 1, replaced => 1, rare => 11 ],
);

$shop->torture(@$_) for @scripts;

# ... and by TLS

$shop = Polycard::Torture->new(
    gateway => Polycard::Gateway->new(tls => \@certificate),
    market  => { hook_ssl_trusted_certificate => $ca->file,
                 hook_insecure => undef });
$shop->ready;
$shop->put_all(map { [ $_, name => "Name $_", barcode => "29$_" ] } @phones);
$changes = 0;
$shop->settle;

$shop->torture('TLS, a hook', \&hooks_work, \&changed);
$shop->torture('TLS, a new connection', \&hooks_work, sub {
    $shop->gateway->close_idle;
    changed();
}, rare => 11);

finish();
