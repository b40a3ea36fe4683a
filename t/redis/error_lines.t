# Errors of Redis in the log: one line for each that stays, however they
# alternate, and few for those that come and go.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::FakeRedis;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );

my @errors = ('OOM used memory > maxmemory', 'MISCONF no disk',
    'NOPERM no right', 'ERR one', 'ERR two', 'BUSY a script', 'LOADING now');

my $redis = Polycard::FakeRedis->new(modes => { (map {
    my $error = $errors[$_];
    ("error $_" => sub { $_[0] eq 'HMGET' ? "-$error\r\n" : () })
} 0 .. $#errors), odd => sub {
    $_[0] =~ /^Z/ ? "-ERR \e[1m key 380671112244 is odd\r\n" : ()
} });

my $nginx = Polycard::Nginx->new(http => market('shop1',
        redis => $redis->address, access_token => 'off',
        card_numbers => 'phone')
    . "server {\nlisten 127.0.0.1:%%PORT_0%%;\n" . services('shop1', '/')
    . "}\n");


sub lines {
    my ($pattern) = @_;

    return scalar grep { $_ =~ $pattern } split /\n/, $nginx->error_log;
}


sub ask {
    my ($mode, $status) = @_;

    $redis->mode($mode);
    is(http_get($nginx, '/getClient?phone=380671112233')->status, $status,
        "$mode: $status");
}


ask('good', 200);

# a secret may be in one, and what spoils a terminal

$redis->mode('odd');
is(http_get($nginx, '/getClients')->status, 503, 'an odd error');
is(lines(qr/: ERR \?\[1m key \*{12} is odd\b/), 1, '... without its digits');
is(lines(qr/380671112244|\e/), 0, '... and without odd bytes');

ask('good', 200);

for (1 .. 12) {
    ask("error $_", 503) for 0 .. 2;
}

is(lines(qr/fails to read a record/), 3, 'three errors that alternate');
is(lines(qr/fails to read a record: \Q$errors[$_]/), 1, "... $errors[$_]")
    for 0 .. 2;

ask('good', 200);
is(lines(qr/can read a record again/), 1, '... are over');

for (1 .. 12) {
    ask('error 0', 503);
    ask('good', 200);
}

is(lines(qr/ a record(?:: | again)/), 10, 'one that comes and goes');

for (1 .. 12) {
    ask("error $_", 503) for 0 .. 6;
}

is(lines(qr/ a record(?:: | again)/), 10, 'seven that alternate');

finish();
