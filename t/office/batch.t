# Batches of the office: a line an operation, a line an answer, begun before all of
# it was read (docs/office.md)

use strict;
use warnings;

use lib 't/lib';

use Polycard::Faults;
use Polycard::HTTP;
use Polycard::OfficeShop;
use Polycard::Shop qw( json_text );
use Polycard::Status;
use Polycard::Test;

my $shop = Polycard::OfficeShop->new(
    server => $STATUS,
    http => 'client_max_body_size 4m;');
my ($phone, $other, $third) = qw( 380671112233 380671112244 380671112255 );

sub batch {
    my ($lines, %option) = @_;

    return $shop->office(POST => 'batch', join('', map {
        (ref $_ ? json_text($_) : $_) . "\n" } @$lines),
        type => 'application/x-ndjson', %option);
}

sub lines {
    my ($answer) = @_;

    return [ map { JSON::MaybeXS->new->utf8->decode($_) }
             split /\n/, $answer->body ];
}

sub ok_line { my ($n, %more) = @_; return { line => $n, status => 'OK', %more } }

sub nok_line {
    my ($n, $http, $error) = @_;

    return { line => $n, status => 'NOK', error => $error, http => $http };
}

# how many lines were counted, by result, since the last time

my %before;

sub counted {
    my $counts = market_status($shop->nginx, 'shop1')->{batch_lines};
    my %more = map { $counts->{$_} - ($before{$_} // 0)
        ? ($_ => $counts->{$_} - ($before{$_} // 0)) : () } keys %$counts;

    %before = %$counts;

    return \%more;
}

my $true = JSON::MaybeXS::true;
my $false = JSON::MaybeXS::false;


# each operation

my @all = (
    { op => 'put', phone => $phone, set => { name => 'Olha', barcode => 'a',
                                             bonus => 10 } },
    { op => 'put', phone => $other, set => { name => 'Petro', barcode => 'b',
                                             bonus => 5 } },
    { op => 'patch', phone => $phone, set => { name => undef, sex => 'female' } },
    { op => 'bonus', phone => $phone, change => 1.5, key => 'receipt-1' },
    { op => 'bonus', phone => $phone, change => -100, floor => 0 },
    { op => 'move', phone => $phone, to => $third },
    { op => 'merge', phone => $third, from => $other },
    { op => 'card', phone => $third },
    { op => 'card', phone => $third, barcode => 'c' },
    { op => 'close', phone => $third },
    { op => 'put_group', id => 3, set => { title => 'Gold',
        loyaltyType => 'discount', loyaltyQuantity => 7.5, active => $true } },
    { op => 'patch_group', id => 3, set => { title => 'Silver' } },
    { op => 'delete_group', id => 3 },
    { op => 'forget', phone => $third },
    { op => 'delete', phone => $third },
);
my $answer = batch(\@all);

is_deeply([ $answer->status, $answer->header('Content-Type') ],
    [ 200, 'application/x-ndjson' ], 'a batch');
is_deeply(lines($answer), [
    ok_line(1, whole => $true), ok_line(2, whole => $true),
    ok_line(3, whole => $true), ok_line(4, total => 11.5),
    nok_line(5, 409, 'the total would be below the floor'),
    ok_line(6, phone => $third), ok_line(7, total => 16.5),
    ok_line(8, code => '2000000000015'), ok_line(9, code => 'c'), ok_line(10),
    ok_line(11, whole => $true), ok_line(12, whole => $true), ok_line(13),
    ok_line(14), nok_line(15, 404, 'no such client') ],
    'each line is answered, in order') or diag($answer->body);

is_deeply(counted(), { ok => 13, conflict => 1, miss => 1 },
    '... and counted by its result');


# a line that is wrong harms itself only

my @wrong = (
    [ 'x', 'the line is not a JSON object' ],
    [ '[]', 'the line is not a JSON object' ],
    [ '{"op":"delete"', 'the line is not a JSON object' ],
    [ "\xff", 'the line is not a JSON object' ],
    [ '{}', 'op is missing' ],
    [ { op => 'x' }, 'op must be one of put, patch, delete, bonus, move, merge, '
        . 'card, close, forget, put_group, patch_group, delete_group' ],
    [ { op => 'delete' }, 'phone is missing' ],
    [ { op => 'delete', phone => 1 }, 'phone must be a string' ],
    [ { op => 'delete', phone => '0671112233' },
      'phone must be 380 and 9 digits' ],
    [ { op => 'delete', phone => $phone, to => $other },
      'to is not of this op' ],
    [ { op => 'put', phone => $phone }, 'set is missing' ],
    [ { op => 'put', phone => $phone, set => 1 }, 'set must be an object' ],
    [ { op => 'delete', phone => $phone, set => {} }, 'set is not of this op' ],
    [ { op => 'bonus', phone => $phone, change => 1, x => 1 },
      'unknown attribute x' ],
    [ { op => 'bonus', phone => $phone }, 'change is missing' ],
    [ { op => 'put', phone => $phone, set => { sex => 'x', bonus => '1,5',
        nmae => 'x' } }, qr/unknown attribute nmae.*sex must be.*bonus must be/ ],
    [ { op => 'put', phone => $phone, x => 1, set => { sex => 'x', nmae => 'x' } },
      'unknown attribute x; unknown attribute nmae; sex must be male or female' ],
    [ { op => 'bonus', phone => $phone, change => 1, key => '' },
      'key must be 1 to 255 visible characters' ],
    [ { op => 'bonus', phone => '067', change => 'x', key => "a\x{a0}b" },
      'phone must be 380 and 9 digits; change must be a number; '
      . 'key must be 1 to 255 visible characters' ],
    [ { op => 'put_group', id => 'x', set => { id => 'x', active => 2 } },
      'id must be a whole number; title is missing; loyaltyType is missing; '
      . 'loyaltyQuantity is missing; active must be true or false' ],
    [ { op => 'put', phone => $phone, set => { phone => $other } },
      'phone is not the one of the path' ],
    [ { op => 'patch_group', id => 'x', set => {} }, qr/^id must be/ ],
    [ '{"op":"put","phone":"' . $phone . '","set":{},"set":{}}',
      'set is given twice' ],
    [ '{"op":"bonus","phone":"' . $phone . '","change":1,"key":null}',
      'key must be 1 to 255 visible characters' ],
    [ ' ' . ('x' x 70_000), 'the line is longer than 64 KB', 413 ],
    [ ' ' . ('x' x 200_000), 'the line is longer than 64 KB', 413 ],
);

my @batch = map { ($_->[0], { op => 'put', phone => $phone,
                              set => { barcode => 'a' } }) } @wrong;

$answer = batch(\@batch);

my $got = lines($answer);

for my $i (0 .. $#wrong) {
    my (undef, $error, $status) = @{ $wrong[$i] };
    my $said = $got->[2 * $i]{error} // '';

    ok(ref $error ? $said =~ $error : $said eq $error,
        "wrong: " . (ref $error ? "$error" : $error)) or diag($said);
    is($got->[2 * $i]{http}, $status // 400, '... its status');
}

is_deeply([ map { $_->{status} } @$got[map { 2 * $_ + 1 } 0 .. $#wrong] ],
    [ ('OK') x @wrong ], 'the others are done');
is_deeply(counted(), { ok => scalar @wrong, invalid => scalar @wrong },
    '... all are counted');
is_deeply(lines(batch([ '', " \t\r", { op => 'delete', phone => $phone } ])),
    [ ok_line(3) ], 'blank lines are none, but counted');
is(lines(batch([ json_text({ op => 'delete', phone => $phone }) . "\r" ]))
    ->[0]{error}, 'no such client', 'an end of a line of Windows');
is(batch([])->body, '', 'nothing');
is(lines($shop->office(POST => 'batch', '{"op":"delete","phone":"x"}',
    type => 'application/x-ndjson'))->[0]{error},
    'phone must be 380 and 9 digits', 'a last line without an end');

is($shop->office(POST => 'batch', '{}', type => $_)->status, 415,
    "no batch: $_") for 'application/json', 'text/plain';
is($shop->office(PATCH => "clients/$phone", '{}',
    type => 'application/x-ndjson')->status, 415, 'a batch nowhere else');
is(batch([{}], token => 'wrong-token-1234')->status, 401, 'without the token');
is_error(batch([ 'x' x 5_000_000 ]), 413,
    'the body is too large for client_max_body_size', 'client_max_body_size');


# pieces of any size; answers before the end; all of it again

my @patches = map { { op => 'patch', phone => 380670000000 + $_ . '',
    set => { name => "n$_", barcode => "c$_" } } } 1 .. 1000;
my $text = join '', map { json_text($_) . "\n" } @patches;

for my $size (1, 7, 100, 16384) {
    my @some = substr($text, 0, 300 * $size) =~ /(.{1,$size})/gs;
    my $whole = lines(http_post($shop->nginx, '/office/batch', body => \@some,
        type => 'application/x-ndjson',
        token => $Polycard::OfficeShop::TOKEN));
    my $sent = join('', @some) =~ tr/\n//;

    is(scalar(grep { $_->{status} eq 'OK' } @$whole), $sent,
        "chunks of $size bytes");
}

is($shop->stored(380670001000)->{barcode}, 'c1000', 'all was stored');

my $digest = $shop->digest;

is(scalar(grep { $_->{status} eq 'OK' } @{ lines(batch(\@patches)) }), 1000,
    'sent again');
is($shop->digest, $digest, '... it is the same mirror');

my $connection = Polycard::HTTP->connect($shop->nginx);

$connection->send("POST /office/batch HTTP/1.1\r\nHost: x\r\n"
    . "Authorization: Bearer $Polycard::OfficeShop::TOKEN\r\n"
    . "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n");
sub chunk { $connection->send(sprintf "%x\r\n%s\r\n", length $_[0], $_[0]) }

my $line = json_text($patches[0]) . "\n";

chunk($line);
like(received($connection, qr/"line":1,/), qr/"line":1,"status":"OK"/,
    'the first answer comes before the last line is sent');
chunk($line x 3);
like(received($connection, qr/"line":4,/), qr/"line":4,"status":"OK"/,
    '... and so on');


# who leaves, at any moment

$connection->close;

for my $end (10, 100, 5000, length($text) - 10) {
    my $leaving = Polycard::HTTP->connect($shop->nginx);

    my ($head, $body) = split /\r\n\r\n/, $leaving->request_bytes('POST',
        '/office/batch', token => $Polycard::OfficeShop::TOKEN, headers => [],
        type => 'application/x-ndjson', body => $text), 2;

    $leaving->send("$head\r\n\r\n" . substr $body, 0, $end);
    $leaving->close;
}

is($shop->office(GET => 'clients/380670000001')->status, 200,
    'callers who left have done no harm');


# who leaves while a line is being done is counted, and it is done

counted();
$shop->redis->signal('STOP');
$connection = Polycard::HTTP->connect($shop->nginx);
$connection->send($connection->request_bytes('POST', '/office/batch',
    token => $Polycard::OfficeShop::TOKEN, headers => [],
    type => 'application/x-ndjson', body => json_text({ op => 'put',
        phone => $other, set => { barcode => 'left' } }) . "\n"));
$connection->wait_until_read;
$connection->close;
wait_until { (counted()->{closed} // 0) == 1 } 'one who has left';
$shop->redis->signal('CONT');
wait_until { ($shop->stored($other)->{barcode} // '') eq 'left' }
    '... his line is done';
counted();


# Redis dies in the middle

$connection = Polycard::HTTP->connect($shop->nginx);
$connection->send("POST /office/batch HTTP/1.1\r\nHost: x\r\n"
    . "Authorization: Bearer $Polycard::OfficeShop::TOKEN\r\n"
    . "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n");
chunk($line);
received($connection, qr/"line":1,/);
$shop->redis->stop;
chunk($line x 200);
$connection->send("0\r\n\r\n");

my $rest = received($connection, qr/"line":201,.*\n/);

is(() = $rest =~ /"status":"NOK","error":"the client base cannot be reached, try again later","http":503/g,
    200, 'Redis is gone: each line says so');
is_deeply(counted(), { ok => 1, unavailable => 200 }, '... and is counted so');

finish();


# what comes until it matches

sub received {
    my ($connection, $pattern) = @_;
    my $got = '';

    wait_until {
        my $n = sysread $connection->{socket}, my $bytes, 65536;

        $got .= $bytes if $n;
        return !$n || $got =~ $pattern;
    } 30, 'an answer';

    return $got;
}
