# addClient: in whatever way a body arrives, its type, and the bound of its size
# (contract B5, B6)

use strict;
use warnings;
use utf8;

use lib 't/lib';

use Encode qw( encode );
use IO::Select;

use Polycard::Test;
use Polycard::Bodies;
use Polycard::Framing;
use Polycard::HTTP;
use Polycard::Shop;

my $shop = Polycard::Shop->new(
    market => { card_numbers => 'phone' },
    server => <<'EOC',
client_body_timeout 5s;
location = /file  { client_body_in_file_only clean;
                    polycard_add_client shop1; }
location = /tiny  { client_body_buffer_size 1; polycard_add_client shop1; }
location = /limit { client_max_body_size 100; polycard_add_client shop1; }
location = /open  { client_max_body_size 0; polycard_add_client shop1; }
EOC
);

my $url = '/api/v1/web_service/addClient';
my $phone = '380671112233';


sub post {
    my ($type, $body, %option) = @_;

    return http_post($shop->nginx, delete $option{path} || $url,
        defined $type ? (type => $type) : (), body => $body, %option);
}


# The Content-Type

my $json = json_body(phone => $phone);

for my $type ('application/json', 'Application/JSON',
    'application/json;charset=utf-8', 'application/json; charset="UTF-8"',
    'application/json ; charset=utf8')
{
    is(post($type, $json)->status, 200, $type);
}

for my $type (undef, '', 'text/plain', 'text/json', 'application/jsonp',
    'application/xml', 'application', 'multipart/mixed; boundary=x',
    'application/json; charset=windows-1251', 'json',
    'application/x-www-form-urlencoded; charset=koi8-u')
{
    is_nok(post($type, $json), 415, qr/type/,
        defined $type ? "'$type': not supported" : 'no type: not supported');
}

for my $coding ('gzip', 'deflate', 'br', 'identity, gzip') {
    is_nok(post($TYPE{json}, $json,
        headers => [ 'Content-Encoding', $coding ]), 415, qr/type/,
        "a body in $coding: not supported");
}

# nginx keeps 20 headers in one piece

is_nok(post($TYPE{json}, $json, headers => [ (map { ("X-$_", 1) } 1 .. 40),
    'Content-Encoding', 'gzip' ]), 415, qr/type/, '... behind 40 headers');
is(post($TYPE{json}, $json, headers => [ 'Content-Encoding', 'identity' ])
    ->status, 200, 'identity is no coding');
is_nok(http_request($shop->nginx, 'POST', $url), 415, qr/type/,
    'no body and no type');
is_nok(post($TYPE{form}, $_), 415, qr/type/, 'JSON that is said to be a form')
    for $json, "\t\r\n $json", "\xef\xbb\xbf$json";


# Ways of arriving

my @pairs = (phone => $phone, name => encode('UTF-8', 'Ольга "О"'),
             bonus => '1.5', surname => encode('UTF-8', 'ї' x 100));

for my $path ($url, '/file', '/tiny', '/open') {
    for my $encoding (sort keys %TYPE) {
        for my $way (framings()) {
            $shop->flush;

            my ($status) = framed($way, $shop->nginx, POST => $path,
                $BODY_OF{$encoding}->(@pairs), type => $TYPE{$encoding});

            is($status . ' ' . $shop->stored($phone)->{name},
                "200 $pairs[3]", "$encoding $way to $path");
        }
    }
}


# The bound

$shop->flush;


sub json_of {
    my ($size) = @_;

    my $body = "{\"phone\":\"$phone\",\"x\":\"\"}";

    return substr($body, 0, -2) . 'x' x ($size - length $body) . '"}';
}


for my $path ($url, '/file', '/tiny', '/open') {
    is(post($TYPE{json}, json_of(65536), path => $path)->status, 200,
        "64 KB to $path");
    is_nok(post($TYPE{json}, json_of(65537), path => $path), 413, qr/large/,
        "one byte more to $path");
    is_nok(post($TYPE{json}, [ json_of(65537) =~ /(.{1,9000})/gs ],
        path => $path), 413, qr/large/, "... chunked");
}

is(post($TYPE{json}, $json, path => '/limit')->status, 200,
    'within client_max_body_size');
is_nok(post($TYPE{json}, json_of(101), path => '/limit'), 413, qr/large/,
    'over client_max_body_size');
is_nok(post($TYPE{json}, [ json_of(51), json_of(51) ], path => '/limit'), 413,
    qr/large/, '... chunked');


# Expect: 100-continue

sub expect {
    my ($body, @headers) = @_;

    my $connection = Polycard::HTTP->connect($shop->nginx);

    $connection->send("POST $url HTTP/1.1\r\nHost: x\r\n"
        . "Expect: 100-continue\r\nContent-Length: " . length($body) . "\r\n"
        . join('', map { "$_\r\n" } @headers) . "\r\n");

    IO::Select->new($connection->{socket})->can_read(10);
    sysread $connection->{socket}, $connection->{input}, 65536;

    $connection->send($body)
        if $connection->{input} =~ m{^HTTP/1\.1 100 };

    return $connection->answer('POST');
}

my $expected = expect($json, "Content-Type: $TYPE{json}");

is($expected->status, 200, 'Expect: 100-continue');
is_deeply([ $expected->interim ], [ 100 ], '... is told to continue');

$expected = expect(json_of(70000), "Content-Type: $TYPE{json}");
is_nok($expected, 413, qr/large/, 'Expect with too large a body');
is_deeply([ $expected->interim ], [], '... is not told to continue');

$expected = expect($json, 'Content-Type: text/plain');
is_nok($expected, 415, qr/type/, 'Expect with a wrong type');
is_deeply([ $expected->interim ], [], '... is not told to continue');

finish();
