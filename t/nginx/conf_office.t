# nginx -t finds every mistake in polycard_office and its tokens, with file and
# line, and shows no secret.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Nginx qw( market );

my $secret = 'S3cret-of-the-office-of-32-and-more-characters-12345';
my $nginx = Polycard::Nginx->new(start => 0, files => {
    office => "one-token-of-the-shop-1234567890-abc\n$secret\n",
    access => "other-token-of-the-shop-1234567890-a\n",
    least  => 'x' x 32, weak => "$secret\n" . 'x' x 31 . "\nother\n",
    both   => "other\r\n$secret\r\n", bad => "$secret x\n" });
my @least = (redis => '127.0.0.1', access_token => 'off');

sub configuration {
    my ($location, @market) = @_;

    return market('shop1', @market)
        . "server {\n    listen 127.0.0.1:1;\n    $location\n}\n";
}

sub accepted {
    my ($what, @configuration) = @_;

    my ($status, $output) = $nginx->conf_test(configuration(@configuration));

    ok($status == 0 && $output !~ /\[(?:warn|emerg|alert)\]/, $what)
        or diag($output);
}

sub refused {
    my ($what, $words, $line, @configuration) = @_;

    my $text = configuration(@configuration);
    my ($status, $output) = $nginx->conf_test($text);
    my @lines = split /\n/, slurp($nginx->path('test.conf'));
    my ($number) = grep { $lines[$_ - 1] =~ $line } 1 .. @lines;

    ok($status == 1 && $output =~ $words && $output !~ /\Q$secret\E/
        && $output =~ /test\.conf:$number\b/, $what)
        or diag("line $number\n$output");
}

my $office = 'location /office/ { polycard_office shop1; }';
my @file = (office_token_file => '%%DIR%%/office');


accepted('a token', $office, @least, @file);
accepted('none', $office, @least, office_token => 'off');
accepted('no location', '', @least, @file);
accepted('beside the gateway\'s', $office, redis => '127.0.0.1',
    access_token_file => '%%DIR%%/access', @file);
accepted('^~', $office =~ s{/office}{^~ /office}r, @least, @file);
accepted('the whole server', 'location / { polycard_office shop1; }', @least,
    @file);

refused('no token', qr/needs "office_token_file" or "office_token off"/,
    qr/polycard_office/, $office, @least);
refused('a token that is the gateway\'s',
    qr/has an access token that opens the location in .*test\.conf:\d+ as well/,
    qr/polycard_office/, $office, redis => '127.0.0.1',
    access_token_file => '%%DIR%%/both', @file);
refused('a token in the configuration', qr/"office_token" takes only "off"/,
    qr/office_token/, $office, @least, office_token => $secret);
refused('both', qr/"office_token_file" conflicts with "office_token off"/,
    qr/office_token_file/, $office, @least, office_token => 'off', @file);
refused('the other way round',
    qr/"office_token off" conflicts with "office_token_file"/,
    qr/office_token off/, $office, @least, @file, office_token => 'off');
refused('no tokens', qr/line 1 of .* is no access token/, qr/office_token_file/,
    $office, @least, office_token_file => '%%DIR%%/bad');
# a token that could be guessed: it is accepted, and the shortest one is told

accepted('32 characters', $office, @least, office_token_file => '%%DIR%%/least');

my ($status, $output) = $nginx->conf_test(configuration($office, @least,
    office_token_file => '%%DIR%%/weak'));

is($status, 0, 'a short token is accepted');
like($output, qr/\[warn\] a token in "\S+weak" has only 5 char.*test\.conf:\d+$/m,
    '... with a warning');

refused('no such market', qr/unknown polycard market "shop2"/,
    qr/polycard_office/, $office =~ s/shop1/shop2/r, @least, @file);

for my $location ('= /office/', '/office', '~ /office/', '~* ^/office/') {
    refused("location $location", qr{is for a location that is a prefix and ends in "/"},
        qr/polycard_office/, "location $location { polycard_office shop1; }",
        @least, @file);
}

for my $other ('polycard_get_client shop1', 'polycard_status',
    'polycard_office shop1')
{
    refused("beside $other", qr/is duplicate|not the only polycard service/,
        qr/polycard_office/,
        "location /office/ { $other; polycard_office shop1; }", @least, @file);
}

finish();
