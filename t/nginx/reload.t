# Reload, quit, stop: an old worker goes when it has nobody to serve, whatever
# Redis does; who has asked has his answer.

use strict;
use warnings;

use lib 't/lib';

use Time::HiRes qw( time );

use Polycard::Server;
use Polycard::Test;
use Polycard::FakeRedis;
use Polycard::Faults;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );
use Polycard::Redis;
use Polycard::Shop;

my $phone = '380671112233';
my $path = '/api/v1/web_service';
my $client = "$path/getClient?phone=$phone";
my @long = (redis_timeout => '60s', redis_connect_timeout => '60s',
            access_token => 'off', card_numbers => 'phone');


sub nginx {
    my ($address, %option) = @_;

    my $more = delete $option{more} || '';

    return Polycard::Nginx->new(%option, http => "$more\n"
        . market('shop1', redis => $address, @long)
        . "server {\nlisten 127.0.0.1:%%PORT_0%%;\n" . services('shop1')
        . "location = /other { return 200 other; }\n}\n");
}


sub leaves {
    my ($nginx, $what) = @_;

    my ($done, $seconds) = timed { $nginx->reload(timeout => 30) };

    ok($done, "$what: a new worker");
    in_time($seconds, '... the old one is gone at once');
}


# Idle workers, with long time-outs

my $redis = Polycard::Redis->new(markets => ['shop2']);

$redis->load_library;


sub put {
    $redis->client->fcall('polycard_put_client', 1, 'polycard:{shop1}:',
        $phone, barcode => '4820000000017');
}

put();

my $nginx = nginx('unix:' . $redis->socket);

is(http_get($nginx, $client)->status, 200, 'a client');
leaves($nginx, 'Redis is well');
is(http_get($nginx, $client)->status, 200, 'a client');

$redis->signal('STOP');
leaves($nginx, 'Redis is hung, and was well');
leaves($nginx, 'Redis is hung from the start');

# a caller who has left

my $gone = start_get($nginx, $client);
$gone->wait_until_read;
$gone->close;
leaves($nginx, 'Redis is hung, and a caller has left');

$redis->signal('CONT');
wait_until { http_get($nginx, $client)->status == 200 } 'Redis goes on';

my $away = nginx('127.0.0.1:' . free_port());

is(http_get($away, $client)->status, 503, 'no Redis');
leaves($away, 'no Redis');

# nobody asked for the reply that is missing but the worker itself

my $fake = Polycard::FakeRedis->new(mode => 'library', modes => {
    library => sub { return $_[0] eq 'FCALL' ? ['hang'] : () },
    records => sub { return $_[0] eq 'HMGET' ? ['hang'] : () },
    connect => sub { return $_[0] eq 'CONNECT' ? ['hang'] : () },
    loading => sub { return $_[0] eq 'PING' ? "-LOADING\r\n" : () },
});
my $odd = nginx($fake->address);

wait_until { grep { /polycard_version/ } $fake->log } 'the version';
leaves($odd, 'the version is not told');

for my $mode (qw( records connect loading good )) {
    $fake->mode($mode);
    $fake->forget;
    leaves($odd, $mode);
    wait_until { grep { /CONNECT/ } $fake->log } 'a connection';

    my $caller = start_get($odd, $client);

    wait_until { grep { /HMGET/ } $fake->log } 'HMGET'
        if $mode eq 'records';
    $caller->wait_until_read;
    $caller->close;
    leaves($odd, "$mode, and a caller has left");
}


# Requests in flight have their answers

sub in_flight {
    my ($what, $do) = @_;

    wait_until { http_get($nginx, $client)->status == 200 } 'Redis is well';
    $redis->signal('STOP');

    my @requests = ((map { start_get($nginx, $client) } 1 .. 10),
        map { start_post($nginx, "$path/addClient", body =>
                  json_text({ phone => '38067000000' . $_ })) } 1 .. 5);

    $_->wait_until_read for @requests;
    $do->();
    $redis->signal('CONT');

    is_deeply([map { $_->status } answers(@requests)], [(200) x 15], $what);
}

my ($old) = $nginx->workers;

in_flight('in flight across a reload', sub {
    $nginx->reload(wait_old => 0) or fail('reload');
    ok(grep({ $_ == $old } $nginx->workers), 'the old worker stays for them');
});
wait_until { !grep { $_ == $old } $nginx->workers }
    'the old worker leaves after them';

in_flight('in flight at QUIT', sub {
    $nginx->signal('QUIT');
    wait_until { $nginx->error_log =~ /gracefully shutting down(?!.*start)/s }
        'it is shutting down';
});
wait_until { !$nginx->alive } 'nginx ends after them';
$nginx->start;


# Many reloads under load

sub load {
    my ($seconds) = @_;

    my $file = temp_dir();
    my @children = map {
        my $n = $_;

        Polycard::Server->new(sub {
            my ($end, %count) = (time + $seconds);
            my $next = 0;

            while (time < $end) {
                my $answer = $next++ % 4
                    ? http_get($nginx, $client)
                    : http_post($nginx, "$path/addClient",
                          type => 'application/json', body =>
                          json_text({ phone => sprintf '3806%d%07d', $n,
                                      $next }));
                $count{$answer->status}++;
            }

            spew("$file/$n", join ' ', %count);
        });
    } 1 .. 3;

    return sub {
        $_->wait_end($seconds + 60) for @children;

        my %sum;

        for my $n (1 .. 3) {
            my %count = split ' ', slurp("$file/$n");
            $sum{$_} += $count{$_} for keys %count;
        }

        return \%sum;
    };
}

my $sum = load(4);

for (1 .. 10) {
    $nginx->reload or fail('reload');
}

$sum = $sum->();
is_deeply([keys %$sum], [200], 'ten reloads under load: no request was lost')
    or diag(join ' ', %$sum);
cmp_ok($sum->{200} || 0, '>', 100, '... of many');


# worker_shutdown_timeout: nobody is waited for longer

my $impatient = nginx('unix:' . $redis->socket,
    main => "worker_shutdown_timeout 500ms;\n");

wait_until { http_get($impatient, $client)->status == 200 } 'a client';
$redis->signal('STOP');

my @requests = map { start_get($impatient, $client) } 1 .. 5;

$_->wait_until_read for @requests;
leaves($impatient, 'worker_shutdown_timeout, with callers');
ok(!grep({ $_->status !~ /^(?:0|503)$/ } answers(@requests)),
    '... who are told, or cut off');

# a connection that is being made, and a caller who waits for it

my $waiting = start_get($impatient, $client);

$waiting->wait_until_read;
leaves($impatient, 'worker_shutdown_timeout, while connecting');
$redis->signal('CONT');
wait_until { http_get($impatient, $client)->status == 200 }
    'the new worker serves';


# TERM does not wait

$redis->signal('STOP');
@requests = map { start_get($impatient, $client) } 1 .. 5;
$_->wait_until_read for @requests;
cmp_ok($impatient->stop('TERM'), '<', 5, 'TERM, with callers');
ok(!grep({ $_->status !~ /^(?:0|503)$/ } answers(@requests)),
    '... who are told, or cut off');
$redis->signal('CONT');


# Markets come and go, mistakes change nothing

wait_until { http_get($nginx, $client)->status == 200 } 'a client';

my $with = $nginx->{http};

$nginx->configure_http("server {\nlisten 127.0.0.1:%%PORT_0%%;\n"
    . "location = /other { return 200 other; }\n}\n");
# ... nor is a request for its services one of ours

push @{ $nginx->{private} }, qr{open\(\) "\S+/html/api/};
leaves($nginx, 'a configuration without the market');
{
    # the answer is none of our services
    local $Polycard::Record::MOST = 0;
    is(http_get($nginx, $client)->status, 404, '... its location is gone');
}

$nginx->configure_http($with);
leaves($nginx, 'the market is back');
wait_until { http_get($nginx, $client)->status == 200 } '... and serves';

$nginx->allow(qr/invalid database number "-1"/);
$nginx->configure_http($with =~ s/redis_timeout/redis_database -1; $&/r);
is($nginx->reload, 0, 'a mistake is refused');
is(http_get($nginx, $client)->status, 200, '... and all goes on');

$nginx->configure_http($with =~ s/polycard_market shop1/polycard_market shop2/r
    =~ s/(polycard_\w+) shop1;/$1 shop2;/gr
    =~ s/\bpolycard(?=;|\.password)/polycard_shop2/gr);
leaves($nginx, 'another name, and other keys');
wait_until { http_get($nginx, $client)->status == 404 } '... without him';


# One process for all

my $single = nginx('unix:' . $redis->socket, start => 0,
    main => "master_process off;\n");

$single->spawn(
    { output => $single->path('stderr'), env => $single->environment },
    $single->command('nginx'));

wait_until {
    my $answer = eval { http_get($single, $client) };
    return $answer && $answer->status == 200;
} 'master_process off: a client';

is(http_post($single, "$path/addClient", type => 'application/json',
        body => json_text({ phone => '380670000099' }))->status, 200,
    '... addClient');

$redis->signal('STOP');
@requests = map { start_get($single, $client) } 1 .. 5;
$_->wait_until_read for @requests;
cmp_ok($single->stop, '<', 5, '... QUIT, with callers');
$redis->signal('CONT');

finish();
