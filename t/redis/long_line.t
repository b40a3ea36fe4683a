# A line without an end: hiredis reads it again from its beginning with each piece
# that arrives, so it must not grow, or the worker does nothing else.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::FakeRedis;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );

my $phone = $Polycard::FakeRedis::PHONE;
my $redis = Polycard::FakeRedis->new(modes => {
    line  => sub { line($_[0], '+', 'x' x 65536) },
    error => sub { line($_[0], '-ERR ', 'x' x 65536) },
    half  => sub { line($_[0], '+', "x\r" x 32768) },
    whole => sub { return $_[0] eq 'HMGET' ? '-ERR ' . 'x' x 60_000 . "\r\n" : () },
});

my $nginx = Polycard::Nginx->new(http => market('shop1',
    redis => $redis->address, access_token => 'off', card_numbers => 'phone',
    redis_timeout => '60s') . "server {\nlisten 127.0.0.1:%%PORT_0%%;\n"
    . services('shop1', '/') . "}\n");

for my $mode (qw( line error half )) {
    $redis->mode('good');
    wait_until { get() == 200 } "$mode: Redis answers";

    my $before = peak(worker());

    $redis->mode($mode);
    is(get(), 503, '... a line that does not end is an error');
    cmp_ok(peak(worker()) - $before, '<', 8_000,
        '... before there is much of it');
}

$redis->mode('good');
wait_until { get() == 200 } 'Redis answers again';

my $away = log_lines($nginx, qr/ is away: /);

$redis->mode('whole');
is(get(), 503, 'a long line with an end');
is(scalar(log_lines($nginx, qr/ is away: /)), $away,
    '... is no reason to leave');

finish();


sub line {
    my ($command, $begin, $rest) = @_;

    return $command eq 'HMGET' ? ($begin, [ 'flood', $rest, 40_000 ]) : ();
}


sub get { http_get($nginx, "/getClient?phone=$phone")->status }


# kB of memory, at most so far

sub peak {
    my ($pid) = @_;

    my ($size) = slurp("/proc/$pid/status") =~ /^VmHWM:\s+(\d+) kB/m;

    return $size;
}


sub worker { ($nginx->workers)[0] }
