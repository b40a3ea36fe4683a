# What ends each test looks for personal data in all logs: here it is shown to
# find them, and to let pass what it should

use strict;
use warnings;
use utf8;

use lib 't/lib';

use Encode qw( encode );

use Polycard::Test;
use Polycard::HTTP;
use Polycard::Shop;

my $shop = Polycard::Shop->new(
    market  => { access_token => undef,
                 access_token_file => '%%DIR%%/tokens' },
    files   => { tokens => "First-token-1\nSecond-token-2\n" },
    private => [qr/planted: may be/],
);

my $nginx = $shop->nginx;

# lines as nginx would write them; they are taken out again

sub found {
    my ($line, $log) = @_;

    my $path = $nginx->path($log || 'nginx.log');
    my $before = $nginx->log_text($log || 'nginx.log');

    spew($path, $before . encode('UTF-8',
        "2026/11/25 12:00:00 [info] 1#1: *1 planted: $line\n"));

    my @leaks = grep { /planted/ } $nginx->leaks;

    spew($path, $before);

    return @leaks ? $leaks[0] =~ s/ in a log: .*//sr : 'nothing';
}


$shop->put('380671112233', name => encode('UTF-8', 'Дарина'),
    surname => 'Klymenko', barcode => 'C-4711', bonus => 100);
$shop->client->hset($shop->key('client:380671112244'),
    name => 'Zakhariia', email => 'zakhariia@example.com');
is(http_get($nginx, '/api/v1/web_service/getClient',
    token => 'Wrong-token', query => { phone => '380671112233',
        barcode => '29 0000' })->status, 401, 'a request');
$shop->add({ phone => '380671112255', middlename => 'Ostapivna' });
http_post($nginx, '/api/v1/web_service/addClient', body =>
    'phone=380671112266&name=%D0%9B%D0%B5%D1%81%D1%8F%20Q',
    type => 'application/x-www-form-urlencoded');
Polycard::Test::each_watched('learn');


is(found($_->[0]), $_->[1], encode('UTF-8', "$_->[1]: $_->[0]")) for
    [ 'x380671112299y', 'a phone' ],
    [ 'is "First-token-1"', 'a token' ],
    [ 'Second-token-2', 'a token' ],
    [ 'Bearer Wrong-token', 'a token' ],
    [ 'for Дарина', 'a name' ],
    [ 'Klymenko', 'a name' ],
    [ '(Zakhariia)', 'a name' ],
    [ 'Ostapivna', 'a name' ],
    [ '%D0%9B%D0%B5%D1%81%D1%8F%20Q', 'a name' ],
    [ 'Леся Q', 'a name' ],
    [ 'zakhariia@example.com', 'an e-mail address' ],
    [ 'C-4711', 'a card number' ],
    [ '29%200000', 'a card number' ],

    # no harm

    [ '38067***2233', 'nothing' ],
    [ 'Klymenkova', 'nothing' ],
    [ 'may be 380671112233', 'nothing' ],
    [ 'x while reading client request headers, "380671112233"', 'nothing' ],
    [ 'x while reading client request line, "380671112233"', 'nothing' ],
    [ 'x while sending to client, "380671112233"', 'a phone' ];

is(found('380671112233', $_->[0]), $_->[1], "$_->[1] in $_->[0]") for
    [ 'hook.log', 'a phone' ],
    [ 'stderr', 'a phone' ],
    [ 'polycard.log', 'a phone' ],
    [ 'access.log', 'nothing' ];

spew($nginx->path('tokens'), "Third-token-3\n");
is(found('Third-token-3'), 'a token', 'a token that is new');
is(found('First-token-1'), 'a token', '... and one that was old');


# and so it is that finish() judges by

my $plain = Polycard::Nginx->new(http =>
    "server { listen 127.0.0.1:%%PORT_0%%; location / { deny all; } }\n");

is(scalar(grep { /a phone in a log/ } $plain->problems), 0, 'nothing yet');
http_get($plain, '/x?phone=380671112233');
wait_until { $plain->error_log =~ /forbidden/ } 'the line';
is(scalar(grep { /a phone in a log/ } $plain->problems), 1,
    'a line of nginx is a problem of the test');
$plain->{private} = [qr/forbidden by rule/];


# what nginx -t says is looked at as well

my $tried = Polycard::Nginx->new(start => 0,
    files => { tokens => "Fourth-token-4\n" });

$tried->conf_test("Fourth-token-4 x;  # access_token_file %%DIR%%/tokens;\n");
is(scalar(grep { /a token in a log: .*unknown directive/ } $tried->problems),
    1, 'a token in what nginx -t says');
$tried->{private} = [qr/unknown directive/];

finish();
