# Bodies of the office and of operators in any framing: what is whole is done once,
# what is cut or of a wrong length is not done, and none is taken for the next
# request.

use strict;
use warnings;
use utf8;

use lib 't/lib';

use Encode qw( encode );

use Polycard::Condition;
use Polycard::Framing;
use Polycard::HTTP;
use Polycard::HTTP2;
use Polycard::OfficeShop;
use Polycard::Shop qw( json_text );
use Polycard::Test;

not_under('http2', 'it frames bodies of HTTP/1.1 and HTTP/2 by itself');

my $office = 'polycard_office shop1;';
my %place = (office => $office, tiny => "client_body_buffer_size 1; $office",
    file => "client_body_in_file_only clean; $office",
    few => "client_max_body_size 100; $office",
    operator => 'polycard_operator shop1;');
my $places = join '', map { "location /$_/ { $place{$_} }\n" } sort keys %place;

# what is behind a body is no request, which nginx says with it, at "info"

my $shop = Polycard::OfficeShop->new(
    private => [ qr/\[info\].* while reading client pipelined request line/ ],
    market => { office_token_file => undef, office_token => 'off',
                operator_token => 'off' },
    server => "client_body_timeout 1s;\n" . $places =~ s/^location .office.*\n//mr,
    http   => "server { listen 127.0.0.1:%%PORT_1%% http2;\n$places}\n");
my $nginx = $shop->nginx;
my $phone = '380671112233';
my $lines = 'application/x-ndjson';
my $name = "\x{41e}\x{43b}\x{44c}\x{433}\x{430}";

sub is_stored {
    my ($wanted, $what) = @_;
    my %stored = %{ $shop->stored($phone) };

    is(join(' ', map { "$_=$stored{$_}" } sort keys %stored), $wanted, $what);
}


# whole, in each way

my $put = json_text({ name => $name, barcode => '1', surname => 'x' x 100 });
my $as_stored = 'barcode=1 name=' . encode('UTF-8', $name)
    . ' surname=' . 'x' x 100;
my $batch = join '', map { json_text($_) . "\n" }
    { op => 'put', phone => $phone, set => { barcode => '1', bonus => 1 } },
    map { { op => 'bonus', phone => $phone, change => 1, key => "k$_" } } 1 .. 9;

for my $place (qw( office tiny file )) {
    for my $way (framings(1)) {
        $shop->flush;

        my ($status) = framed($way, $nginx, PUT => "/$place/clients/$phone",
            $put, type => 'application/json');

        is($status, 201, "PUT $way to /$place/");
        is_stored($as_stored, '... is stored');

        ($status) = framed($way, $nginx, PATCH => "/$place/clients/$phone",
            'surname=&name=O', type => 'application/x-www-form-urlencoded');
        is($status, 200, '... PATCH as a form');
        is_stored('barcode=1 name=O', '... too');

        for my $key ('r1', 'r1', 'r2') {
            ($status, my $body) = framed($way, $nginx,
                POST => "/$place/clients/$phone/bonus", '{"change":2.5}',
                type => 'application/json',
                headers => [ 'idempotency-key', $key ]);
            is($status, 200, '... a receipt');
        }

        is_stored('barcode=1 bonus=5 name=O', '... that was sent twice');

        ($status, my $body) = framed($way, $nginx, POST => "/$place/batch",
            $batch, type => $lines);
        is(() = $body =~ /"status":"OK"/g, 10, '... a batch');
        is_stored('barcode=1 bonus=10', '... is done once');

        # neither reads a body: it is one of somebody else's making

        ($status) = framed($way, $nginx, POST => "/$place/clients/$phone/forget",
            $put, type => 'application/json');
        is($status, 200, '... forget, and a body');
        ($status) = framed($way, $nginx, DELETE => "/$place/clients/$phone",
            $put, type => 'application/json');
        is($status, 404, '... DELETE, and a body');
    }
}

for my $way (framings(1)) {
    my ($status) = framed($way, $nginx, POST => '/operator/hooks/find',
        json_text({ phone => $phone }), type => 'application/json');

    is($status, 200, "an operator, $way");

    ($status, my $body) = framed($way, $nginx, POST => '/few/batch', $batch,
        type => $lines);
    like("$status $body", qr/\A413 |longer than client_max_body_size/,
        "more than client_max_body_size, $way");
    ($status) = framed($way, $nginx, PUT => "/few/clients/$phone", $put,
        type => 'application/json');
    is($status, 413, '... of a request');
}


# a length that is not the body's

$shop->flush;

sub with_length {
    my ($length, $method, $path, $body, $type) = @_;

    return "$method $path HTTP/1.1\r\nHost: x\r\nContent-Type: "
        . ($type || 'application/json') . "\r\nContent-Length: $length\r\n\r\n"
        . $body;
}

# too short: what is over is no request

for my $case ([ PUT => "/office/clients/$phone", $put ],
    [ POST => '/operator/hooks/find', '{"phone":"380671112233"}' ])
{
    my ($method, $path, $body) = @$case;
    my $connection = Polycard::HTTP->connect($nginx);

    $connection->send(with_length(length($body) - 2, @$case));
    is($connection->answer->status, 400, "$path, a length that is too short");
}

# too long: it is waited for, and not done

for my $case ([ PUT => "/office/clients/$phone", $put ],
    [ POST => "/office/clients/$phone/bonus", '{"change":1}' ],
    [ POST => '/operator/hooks/find', '{"phone":"380671112233"}' ])
{
    my $connection = Polycard::HTTP->connect($nginx);

    $connection->send(with_length(1000, @$case));
    is($connection->closed, 1,
        "$case->[1], a length that is too long: nginx closes in the end");
}

is_deeply($shop->stored($phone), {}, '... nothing was done');

my $answer = http_raw($nginx, with_length(length($batch) + 9, POST =>
    '/office/batch', $batch, $lines));

is(() = $answer->body =~ /"status":"OK"/g, 10,
    'a batch that ends too early: its lines are done');
like($answer->body, qr/"line":11,"status":"NOK",.*"http":408}\n\z/,
    '... and it is said');

$answer = http_raw($nginx, with_length(length($batch) - 20, POST =>
    '/office/batch', $batch, $lines));
like($answer->body, qr/"line":10,"status":"NOK","error":"the line is not/,
    'a batch with a line that is cut');


# wrong chunks

for my $chunks ("5\r\n{\"nam\r\nzz\r\n", "-1\r\n", "5\r\n{\"namXX0\r\n\r\n") {
    for my $case ([ PUT => "clients/$phone", 'application/json' ],
        [ POST => 'batch', $lines ])
    {
        my ($method, $path, $type) = @$case;

        $answer = http_raw($nginx, "$method /office/$path HTTP/1.1\r\n"
            . "Host: x\r\nContent-Type: $type\r\n"
            . "Transfer-Encoding: chunked\r\n\r\n$chunks");
        like($answer->status . ' ' . $answer->body, qr/\A400 |"http":400}\n\z/,
            "$method $path: chunks that are none");
    }

    # nobody reads these

    $shop->flush;
    $shop->put($phone, barcode => '1');

    for my $case ([ GET => "clients/$phone" ], [ DELETE => "clients/$phone" ],
        [ POST => "clients/$phone/forget" ])
    {
        $answer = http_raw($nginx, "$case->[0] /office/$case->[1] HTTP/1.1\r\n"
            . "Host: x\r\nTransfer-Encoding: chunked\r\n\r\n$chunks");
        is($answer->status, 400, "@$case: chunks that are none");
    }

    is_stored('barcode=1', '... nothing was done');
}


# HTTP/2: a length that is not the body's

for my $length (length($put) - 1, length($put) + 1) {
    my $h2 = Polycard::HTTP2->connect($nginx, port => 1);
    my $id = $h2->request('PUT', "/office/clients/380671112299",
        'content-type', 'application/json', 'content-length', $length);

    $h2->data($id, $put);
    is($h2->status($id), 400, 'HTTP/2, a wrong length');
    $h2->close;
}

is_deeply($shop->stored('380671112299'), {}, '... nothing was done');


# a body that nobody reads is not the next request

my $smuggled = "DELETE /office/clients/$phone HTTP/1.1\r\nHost: x\r\n\r\n";

for my $case ([ DELETE => '/office/clients/380671112299' ],
    [ POST => '/office/clients/380671112299/forget' ],
    [ GET => '/office/groups/3' ], [ DELETE => '/operator/dead/1-1' ],
    [ GET => '/operator/hooks' ], [ GET => '/office/registered' ])
{
    my $connection = Polycard::HTTP->connect($nginx);

    $connection->send(with_length(length $smuggled, @$case, $smuggled));
    $connection->send("GET /office/clients/$phone HTTP/1.1\r\nHost: x\r\n\r\n");
    $connection->answer;
    is($connection->answer->status, 200, "@$case with a body, and the next");
}

finish();
