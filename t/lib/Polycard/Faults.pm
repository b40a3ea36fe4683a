# What the tests of outages share: requests under way, times, log lines.
#
#   my @waiting = map { start_get($nginx, $path) } 1 .. 10;
#   is($_->status, 503) for answers(@waiting);
#
#   my ($answer, $seconds) = timed { http_get(...) };
#   quick { http_get(...) } 'what';     # did not wait for anybody
#
#   log_lines($nginx, qr/is away/);     # that were written for all to see

package Polycard::Faults;

use strict;
use warnings;

use Exporter qw( import );
use Test::More;
use Time::HiRes qw( time );

use Polycard::HTTP;
use Polycard::Test ();

our @EXPORT = qw( start_get start_post answers timed quick in_time log_lines
    resident redis_connections );


sub start_get {
    my ($target, $path, %option) = @_;

    my $connection = Polycard::HTTP->connect($target, %option);

    $connection->send($connection->request_bytes('GET', $path,
        headers => [], %option, close => 1));

    return $connection;
}


sub start_post {
    my ($target, $path, %option) = @_;

    my $connection = Polycard::HTTP->connect($target, %option);

    $connection->send($connection->request_bytes('POST', $path,
        headers => [], type => 'application/json', %option, close => 1));

    return $connection;
}


# closed at once: nginx lingers for 5 seconds where the caller does not close

sub answers {
    return map {
        my $answer = $_->answer;
        $_->close;
        $answer;
    } @_;
}


sub timed(&) {
    my ($code) = @_;

    my $begin = time;
    my $result = $code->();

    return $result, time - $begin;
}


sub quick(&$) {
    my ($code, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($result, $seconds) = &timed($code);

    in_time($seconds, "$what, at once");

    return $result;
}


# What must not wait for anything has taken so many seconds: the time-outs that
# it could wait for are a minute, or none.

sub in_time {
    my ($seconds, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    return cmp_ok($seconds, '<', 50, $what);
}


sub log_lines {
    my ($nginx, $pattern, $level) = @_;

    $level ||= 'warn|error|crit|notice';

    return grep { /\[(?:$level)\]/ && $_ =~ $pattern }
        split /\n/, $nginx->error_log;
}


# kB of memory that a process has in use

sub resident {
    my ($pid) = @_;

    my ($size) = Polycard::Test::slurp("/proc/$pid/status")
        =~ /^VmRSS:\s+(\d+) kB/m;

    return $size;
}


# how many connections a Redis has, but for the one that asks

sub redis_connections {
    my ($redis) = @_;

    my ($count) = $redis->client->info('clients')->{connected_clients};

    return $count - 1;
}


1;
