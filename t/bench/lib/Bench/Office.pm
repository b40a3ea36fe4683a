# The office beside `return 200` of the same nginx, and beside a script of PHP that
# does the same by php-redis behind nginx; a batch counts as its lines.

package Bench::Office;

use strict;
use warnings;

use Bench::PHP;
use Bench::Ratios;
use Bench::Servers;

my $LINES = 200;        # as t/bench/requests.lua has them

# bars in nginx' processor time per request, or per line of a batch

my @cases = (
    { kind => 'return_client', name => 'return 200 (client)' },
    { kind => 'office_get', name => 'office GET' },
    { kind => 'office_patch', name => 'office PATCH', bar => 3 },
    { kind => 'office_bonus', name => 'office bonus' },
    { kind => 'office_batch', name => 'office batch, a line', lines => $LINES,
      connections => 4, bar => 3 },
);

my @php = (
    { kind => 'php_get', name => 'PHP GET' },
    { kind => 'php_patch', name => 'PHP PATCH' },
    { kind => 'php_bonus', name => 'PHP bonus' },
);


sub run {
    my ($clients) = @_;

    my $why = Bench::PHP::missing();
    my $php = $why ? undef : Bench::PHP->new;
    my $servers = Bench::Servers->new(
        market => { office_token_file => '%%DIR%%/office' },
        server => "location /office/ { polycard_office bench; }\n"
            . ($php ? $php->location : ''));

    print "\nThe office, $clients clients\n";
    print "Without PHP: $why\n" if $why;

    $servers->load($clients);

    my @sizes = $servers->set_sizes(
        [ map { "/getClient?phone=$_" } $servers->some_phones(1000) ],
        [ '/getGroups' ]);

    print "A client is $sizes[0] bytes of JSON.\n\n";

    $servers->add($php->start($servers)) if $php;

    Bench::Ratios::run($servers, $clients, @cases, $php ? @php : ());
}


1;
