# nginx -t finds every mistake in polycard_operator and its tokens, with file and
# line, and shows no secret.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Nginx qw( market );

my $secret = 'S3cret-of-the-operator-of-32-and-more-characters-12345';
my $nginx = Polycard::Nginx->new(start => 0, files => {
    operator => "one-token-of-the-shop-1234567890-abc\n$secret\n", access => "$secret\n",
    office   => "$secret\n" });
my @least = (redis => '127.0.0.1', access_token => 'off');
my @file = (operator_token_file => '%%DIR%%/operator');
my $operator = 'location /operator/ { polycard_operator shop1; }';

sub tested {
    my ($location, @market) = @_;

    return $nginx->conf_test(market('shop1', @market)
        . "server {\n    listen 127.0.0.1:1;\n    $location\n}\n");
}

sub accepted {
    my ($what, @configuration) = @_;

    my ($status, $output) = tested(@configuration);

    ok($status == 0 && $output !~ /\[(?:warn|emerg|alert)\]/, $what)
        or diag($output);
}

sub refused {
    my ($what, $words, @configuration) = @_;

    my ($status, $output) = tested(@configuration);

    ok($status == 1 && $output =~ $words && $output !~ /\Q$secret\E/
        && $output =~ /test\.conf:\d+\b/, $what)
        or diag($output);
}


accepted('a token', $operator, @least, @file);
accepted('none', $operator, @least, operator_token => 'off');
accepted('beside the office', "$operator location /office/ { polycard_office shop1; }",
    @least, @file, office_token => 'off');

refused('no token', qr/needs "operator_token_file" or "operator_token off", because of/,
    $operator, @least);
refused('the gateway\'s', qr/has an access token that opens the location in /,
    $operator, redis => '127.0.0.1',
    access_token_file => '%%DIR%%/access', @file);
refused('the office\'s', qr/has an office token that opens the location in /,
    $operator, @least, office_token_file => '%%DIR%%/office', @file);
refused('both', qr/"operator_token_file" conflicts with "operator_token off"/,
    $operator, @least, operator_token => 'off', @file);
refused('a token in the configuration', qr/"operator_token" takes only "off"/,
    $operator, @least, operator_token => $secret);
refused('no such market', qr/unknown polycard market "shop2"/,
    $operator =~ s/shop1/shop2/r, @least, @file);

for my $location ('= /operator/', '/operator', '~ /operator/') {
    refused("location $location",
        qr{is for a location that is a prefix and ends in "/"},
        "location $location { polycard_operator shop1; }", @least, @file);
}

for my $other ('polycard_get_client shop1', 'polycard_status',
    'polycard_operator shop1', 'polycard_office shop1')
{
    refused("beside $other", qr/is duplicate|not the only polycard service/,
        "location /operator/ { $other; polycard_operator shop1; }", @least,
        office_token => 'off', @file);
}

my $page = 'location = /status { polycard_status operator=/operator/; }';

accepted('a page', "$operator $page", @least, @file);
accepted('... with a manual', "$operator "
    . $page =~ s{;}{ manual=https://wiki.example.org/polycard/;}r, @least, @file);
accepted('before the location', "$page $operator", @least, @file);
refused('no such location',
    qr/has "operator=\/operator\/", and this server has no "polycard_operator" /,
    $page, @least, @file);
refused('another service there', qr/has no "polycard_operator" /,
    "$page location /operator/ { polycard_office shop1; }", @least, @file,
    office_token => 'off');
refused("a page with '$_'", qr/"operator=PATH" for each market|does not begin and end/,
    "$operator location = /status { polycard_status $_; }", @least, @file)
    for 'x', 'operator=', 'operator=/operator', 'operator=operator/', 'manual=',
        'manual=a manual=b';

finish();
