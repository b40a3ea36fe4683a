# Callers who leave at every stage, over HTTP/1.1 and HTTP/2: the reply that
# comes later finds nobody, and harms nobody.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::FakeRedis;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::HTTP2;
use Polycard::Leaving;
use Polycard::Nginx qw( market services );
use Polycard::Shop;

my $phone = $Polycard::FakeRedis::PHONE;
my @phones = map { "38067111224$_" } 1 .. 3;
my $path = '/api/v1/web_service';


# what Redis is held up in: before its reply, or in the middle of it

my %modes;

for my $command (qw( HMGET HGET ZCARD ZRANGE FCALL )) {
    $modes{$command} = sub {
        return $_[0] eq $command ? (['hold'], ['good']) : ();
    };

    $modes{"half $command"} = sub {
        return if $_[0] ne $command;

        my $reply = Polycard::FakeRedis::good(@_);
        my $half = int(length($reply) / 2);

        return substr($reply, 0, $half), ['hold'], substr($reply, $half);
    };
}

# a page of three, with the second record held
$modes{page} = sub {
    return Polycard::FakeRedis::array(map { $phones[$_], $_ + 1 } 0 .. 2)
        if $_[0] eq 'ZRANGE';
    return $_[0] eq 'HMGET' && $_[1] =~ /$phones[1]$/ ? (['hold'], ['good'])
        : ();
};

my $fake = Polycard::FakeRedis->new(modes => \%modes);
my $nginx = Polycard::Nginx->new(http => market('shop1',
        redis => $fake->address, access_token => 'off', emitter => 'off',
        card_numbers => 'phone', redis_timeout => '30s')
    . "server {\nlisten 127.0.0.1:%%PORT_0%%;\n"
    . "listen 127.0.0.1:%%PORT_1%% http2;\n" . services('shop1') . "}\n");
my ($worker) = $nginx->workers;
my $leaving = Polycard::Leaving->new($nginx, other => "$path/getGroups");

my %request = (
    phone   => ['GET', "$path/getClient?phone=$phone"],
    barcode => ['GET', "$path/getClient?barcode=4820000000017"],
    groups  => ['GET', "$path/getGroups"],
    clients => ['GET', "$path/getClients?limit=5"],
    add     => ['POST', "$path/addClient", json_text({ phone => $phone })],
);


sub works {
    my ($what) = @_;

    $fake->mode('good');

    my $answer = http_get($nginx, "$path/getClient", query =>
        { phone => $phone });

    is_record($answer, { phone => "string:$phone", name => 'string:Olha',
        barcode => 'string:4820000000017' }, $what);
}


sub leaves {
    my ($service, $mode, $way) = @_;

    my ($command) = $mode eq 'page' ? "HMGET \\S+$phones[1]"
        : $mode =~ /(\w+)$/;

    $fake->forget;
    $fake->mode($mode);

    my $after = $leaving->leaves($way, $request{$service},
        sub { grep { /^$command/ } $fake->log });

    works("$service, $mode: he $way");
    $after->();
}


works('the first request');

for my $way ($leaving->ways) {
    for my $stage (
        [phone => 'HMGET'], [phone => 'half HMGET'],
        [barcode => 'HGET'], [barcode => 'HMGET'],
        [groups => 'ZRANGE'], [groups => 'HMGET'],
        [clients => 'ZCARD'], [clients => 'half ZRANGE'],
        [clients => 'page'], [clients => 'half HMGET'],
        [add => 'FCALL'], [add => 'half FCALL'],
    ) {
        leaves(@$stage, $way);
    }
}


# in the middle of his own request

for my $bytes ("GET $path/getCli", "GET $path/getClient?phone=$phone HTTP/1.1"
    . "\r\nHost: a\r\n", "POST $path/addClient HTTP/1.1\r\nHost: a\r\n"
    . "Content-Type: application/json\r\nContent-Length: 30\r\n\r\n{\"phone\"")
{
    my $connection = Polycard::HTTP->connect($nginx);

    $connection->send($bytes);
    $connection->wait_until_read;
    $connection->close;
    works('half a request');
}

my $h2 = Polycard::HTTP2->connect($nginx, port => 1);

$h2->request('POST', "$path/addClient", 'content-type', 'application/json');
is($h2->status($h2->get("$path/getGroups")), 200, 'HTTP/2 beside a body');
$h2->close;
works('no body over HTTP/2');


# many at once, half of them leave

$fake->mode('HMGET');
$fake->forget;

my @requests = map { start_get($nginx, $request{phone}[1]) } 1 .. 100;

wait_until { grep { /^HMGET/ } $fake->log } 'HMGET';
$requests[$_]->close for grep { $_ % 2 } 0 .. 99;
$fake->mode('good');

is_deeply([map { $_->status } answers(map { $requests[$_] }
                                      grep { !($_ % 2) } 0 .. 99)],
    [(200) x 50], 'those who stay have their answers');


is_deeply([$nginx->workers], [$worker], 'the worker is still the same');

finish();
