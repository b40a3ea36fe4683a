# What polycard_status says, for tests.
#
#   my $status = status($nginx);            # the JSON, decoded; path '/status'
#   my $market = market_status($nginx, 'shop1');
#   my $shop1 = wait_status($nginx, 'shop1', sub { $_[0]{clients} == 1 },
#                           'what');
#
# the market's part as soon as the condition holds; else the test fails and
# shows it.
#
#   results($market);       # { 'getClient ok' => 3, ... }: those that are not 0
#   attempts($market);      # { 'clients added accepted' => 1, ... }
#   is_counted($nginx, 'shop1', { ... }, 'what');    # as results(), in the end
#
# A request is counted when nginx is done with it, which may be a moment after
# its answer was read: hence the waiting.

package Polycard::Status;

use strict;
use warnings;

use Exporter qw( import );
use Test::More;

use Polycard::HTTP;
use Polycard::Test ();

our @EXPORT = qw( status market_status wait_status results attempts
    is_counted $STATUS );

# a location for the server

our $STATUS = "location = /status { polycard_status; }\n";


sub status {
    my ($nginx, %option) = @_;

    my $answer = http_get($nginx, '/status', %option);

    die 'the status is ' . $answer->status . "\n" . $answer->raw
        if $answer->status != 200 || !$answer->complete;

    return $answer->json;
}


sub market_status {
    my ($nginx, $name, %option) = @_;

    my ($market) = grep { $_->{name} eq $name }
        @{ status($nginx, %option)->{markets} };

    return $market;
}


sub wait_status {
    my ($nginx, $name, $condition, $what) = @_;

    my $market;

    my $done = Polycard::Test::wait_for(sub {
        $market = market_status($nginx, $name);
        return $condition->($market);
    }, 60);

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    ok($done, $what) or diag(explain($market));

    return $market;
}


sub results {
    my ($market) = @_;

    return flat($market->{requests});
}


sub attempts {
    my ($market) = @_;

    my $objects = $market->{hooks}{attempts};

    return flat({ map {
        my $object = $_;
        map { ("$object $_" => $objects->{$object}{$_}) }
            keys %{ $objects->{$object} }
    } keys %$objects });
}


sub flat {
    my ($lists) = @_;

    my %flat;

    for my $name (keys %$lists) {
        my $list = $lists->{$name};

        $flat{"$name $_"} = $list->{$_} for grep { $list->{$_} } keys %$list;
    }

    return \%flat;
}


sub is_counted {
    my ($nginx, $name, $wanted, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $market;

    Polycard::Test::wait_for(sub {
        $market = results(market_status($nginx, $name));
        return eq_hash($market, $wanted);
    }, 10);

    is_deeply($market, $wanted, $what);
}


1;
