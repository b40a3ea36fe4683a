# polycard_status: counters survive a reload, also where markets come and go,
# and begin again with nginx; workers that die; nginx -t.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );
use Polycard::Redis;
use Polycard::Status;

my $redis = Polycard::Redis->new(markets => [qw( shop0 shop2 ),
    map { ("first$_", "second$_", "third$_") } 1 .. 120 ]);
my $phone = '380671112233';

$redis->load_library;


# an nginx.conf with these markets, each with its services below /NAME/

sub http_of {
    return join('', map { market($_, redis => 'unix:' . $redis->socket,
            redis_connect_timeout => '60s', redis_timeout => '60s',
            access_token => 'off') } @_)
        . "server {\nlisten 127.0.0.1:%%PORT_0%%;\n$STATUS"
        . join('', map { services($_, "/$_/") =~ s/^.*addClient.*\n//mr } @_)
        . "}\n";
}

# one worker may come to hold two connections to Redis for each market

my $nginx = Polycard::Nginx->new(workers => 2, connections => 1024,
    http => http_of(qw( shop1 shop2 )));


sub ask {
    my ($market, $times) = @_;

    is(http_get($nginx, "/$market/getClient?phone=$phone")->status, 404,
        "$market is asked") for 1 .. $times;
}

sub reload {
    $nginx->configure_http(http_of(@_));
    ok($nginx->reload, "a reload with @_");
}

sub is_missed {
    my ($market, $times, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    is_counted($nginx, $market, $times ? { 'getClient miss' => $times } : {},
        $what);
}

sub names { join ' ', map { $_->{name} } @{ status($nginx)->{markets} } }


# markets come and go

my $before = status($nginx);

is(names(), 'shop1 shop2', 'two markets');
ask('shop1', 3);
ask('shop2', 2);
is_missed('shop1', 3, 'each has its own');
is_missed('shop2', 2, '... counters');

reload(qw( shop1 shop2 ));
is_missed('shop1', 3, 'a reload keeps them');

my $after = status($nginx);

is_deeply([ map { $_->{generation} } $before, $after ], [ 1, 2 ],
    'the generation');
is($after->{start_time}, $before->{start_time}, 'the start is the same');
cmp_ok($after->{load_time}, '>', $before->{load_time}, '... the load is not');

reload(qw( shop0 shop2 shop1 ));
is(names(), 'shop0 shop2 shop1', 'one more, in another order');
ask('shop0', 1);
ask('shop1', 1);
is_missed('shop0', 1, 'the new one begins with nothing');
is_missed('shop1', 4, 'one that was there goes on');
is_missed('shop2', 2, '... the other too');

reload('shop2');
is(names(), 'shop2', 'two are gone');
ask('shop2', 1);
is_missed('shop2', 3, '... the other goes on');

reload(qw( shop1 shop2 ));
is_missed('shop1', 4, 'one that comes back has what it had');

# a configuration that nginx does not take

$nginx->configure_http(http_of('shop1') . "nonsense;\n");
is($nginx->reload, 0, 'a mistake');
is(names(), 'shop1 shop2', '... changes nothing');
is(status($nginx)->{generation}, 5, '... and is no generation');
$nginx->allow(qr/unknown directive "nonsense"/);


# more markets, one after the other, than there are places for

$nginx->configure_http(http_of(qw( shop1 ), map { "first$_" } 1 .. 120));
ok($nginx->reload, '121 markets');
ask('first1', 2);
is_missed('first1', 2, 'one of them is asked');
$nginx->configure_http(http_of(qw( shop1 ), map { "second$_" } 1 .. 120));
ok($nginx->reload, '120 others');
is(scalar @{ status($nginx)->{markets} }, 121, '... are there');
is_missed("second$_", 0, "second$_ begins with nothing") for 1, 60, 120;
$nginx->configure_http(http_of(qw( shop1 ), map { "third$_" } 1 .. 120));
ok($nginx->reload, '... and 120 others');
is_missed("third$_", 0, "third$_ begins with nothing") for 1, 60, 120;
is_missed('shop1', 4, 'the one that stayed goes on');

my ($status, $output)
    = $nginx->conf_test(http_of(map { "many$_" } 1 .. 129));

is($status, 1, '129 are too many');
like($output, qr/\[emerg\] .*is one more than 128/,
    '... says nginx -t');
reload(qw( shop1 shop2 ));


# workers

wait_status($nginx, 'shop1', sub { $_[0]{redis}{connected} == 2 },
    'both workers are connected');

my $worker = ($nginx->workers)[0];

kill 'KILL', $worker;
$nginx->allow(qr/worker process $worker exited on signal 9/);
ok(wait_until(sub { my @now = $nginx->workers;
    @now == 2 && !grep { $_ == $worker } @now }, 20, 'another one'),
    'a worker is killed');
wait_status($nginx, 'shop1', sub {
    $_[0]{redis}{connected} == 2 && $_[0]{redis}{workers} == 2;
}, '... another one takes its place');
is_missed('shop1', 4, '... and nothing is forgotten');

$nginx->{workers} = 1;
reload(qw( shop1 shop2 ));
is(status($nginx)->{workers}, 1, 'fewer workers');
wait_status($nginx, 'shop1', sub {
    $_[0]{redis}{connected} == 1 && $_[0]{redis}{workers} == 1;
}, '... those that are gone do not count');


# a new start

$nginx->restart;
is_missed('shop1', 0, 'nginx begins again');
is(status($nginx)->{generation}, 1, '... with the first generation');
ask('shop1', 1);
is_missed('shop1', 1, '... and counts');

# the same without a master

my $single = Polycard::Nginx->new(start => 0, main => "master_process off;\n",
    http => http_of('shop1'));
my ($code, $text) = $single->conf_test(http_of('shop1'));

is($code, 0, 'master_process off') or diag($text);


# nginx -t

sub conf {
    my ($location, $pattern, $what) = @_;

    my ($status, $output) = $nginx->conf_test(
        market('shop1', redis => '127.0.0.1', access_token => 'off')
        . "server {\nlisten 127.0.0.1:%%PORT_1%%;\n$location\n}\n");

    is($status, $pattern ? 1 : 0, $what);
    like($output, $pattern, '... in these words') if $pattern;
}

my $only = qr/directive is not the only polycard service of this location/;

conf('location /a { polycard_status; } location /b { polycard_status; }',
    undef, 'twice');
conf('location /a { polycard_status; polycard_status; }',
    qr/"polycard_status" directive is duplicate in .*:\d+/, 'duplicate');
conf('location /a { polycard_status shop1; }',
    qr{"polycard_status" directive takes "operator=PATH" for each market},
    'with a name');
conf('polycard_status;', qr/"polycard_status" directive is not allowed here/,
    'in a server');
conf("location /a { $_ }", qr/"\w+" $only in .*:\d+/, $_)
    for 'polycard_status; polycard_get_client shop1;',
        'polycard_get_client shop1; polycard_status;';

finish();
