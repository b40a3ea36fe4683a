# notify-keyspace-events: our classes join the administrator's, where Redis
# lets us.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::FakeRedis;
use Polycard::Faults;
use Polycard::Listener;
use Polycard::Nginx qw( market );
use Polycard::Redis;

my $setting = 'notify-keyspace-events';
my $classes = 'Kghxe$';

sub bulks { return Polycard::FakeRedis::array(@_) }

# a server for each odd answer to CONFIG GET, or to CONFIG SET

my %answers = (
    'GET unknown'     => ["-ERR unknown command 'CONFIG'\r\n", -5],
    'GET denied'      => ["-NOPERM this user has no permissions\r\n", -5],
    'GET nothing'     => ["*0\r\n", -5],
    'SET protected'   => ["-ERR CONFIG SET failed - protected\r\n", -5],
    'SET denied'      => ["-NOPERM this user has no permissions\r\n", -5],
    'GET loading'     => ["-LOADING Redis is loading\r\n", 503],
    'GET status'      => ["+OK\r\n", 503],
    'GET integer'     => [":1\r\n", 503],
    'GET nil'         => ["\$-1\r\n", 503],
    'GET one'         => [bulks($setting), 503],
    'GET three'       => [bulks($setting, '', ''), 503],
    'GET a nil'       => [bulks($setting, undef), 503],
    'GET integers'    => ["*2\r\n:1\r\n:2\r\n", 503],
    'GET long'        => [bulks($setting, 'K' x 65), 503],
    'GET a line'      => [bulks($setting, "K\nfake line"), 503],
    'GET bytes'       => [bulks($setting, "K\xff"), 503],
    'GET close'       => [['close'], 503],
    'GET hang'        => [['hang'], 504],
    'SET busy'        => ["-BUSY Redis is busy\r\n", 503],
    'SET integer'     => [":1\r\n", 503],
    'SET array'       => ["*0\r\n", 503],
    'SET close'       => [['close'], 503],
    'SET hang'        => [['hang'], 504],
);

my @names = sort keys %answers;
my (%shop, %fake);

for my $name (@names) {
    my ($verb) = split / /, $name;
    my $answer = $answers{$name}[0];

    $shop{$name} = 'm' . keys %shop;

    my $good = sub {
        return bulks($setting, $verb eq 'SET' ? 'Eg' : 'KEA')
            if $_[0] eq 'CONFIG' && $_[1] eq 'GET';
        return;
    };

    $fake{$name} = Polycard::FakeRedis->new(mode => 'bad', modes => {
        good => $good,
        bad  => sub {
            return $answer if $_[0] eq 'CONFIG' && $_[1] eq $verb;
            return $good->(@_) if $_[0] ne 'CONNECT';
            return;
        },
    });
}

sub shop {
    my ($name, @directives) = @_;

    return market($name, access_token => 'off', card_numbers => 'phone',
        emitter => 'off', redis_timeout => '500ms', @directives);
}


my $redis = Polycard::Redis->new(markets => [qw( plain limited reader )],
    rights => [qw( +config|get +config|set )]);
my $client = $redis->client;

$client->acl(qw( SETUSER polycard_limited -config ));
$client->acl(qw( SETUSER polycard_reader -config|set ));

my $http = shop('plain', redis => 'unix:' . $redis->socket)
    . shop('limited', redis => 'unix:' . $redis->socket)
    . shop('reader', redis => 'unix:' . $redis->socket)
    . shop('absent', redis => 'unix:%%DIR%%/absent')
    . join('', map { shop($shop{$_}, redis => $fake{$_}->address) } @names);

my $nginx = Polycard::Nginx->new(
    main        => Polycard::Listener::load(),
    connections => 512,
    allow       => [qr/absent/],
    http        => $http . "server { listen 127.0.0.1:%%PORT_0%%;\n"
        . join('', map { "location = /$_ { polycard_listener $_; }\n" }
               qw( plain limited reader absent ), values %shop) . '}',
);


# what came of it: a status of nginx or of HTTP

sub ensure {
    my (@shops) = @_;

    my %ensured = map {
        $_ => listen_to($nginx, $_, do => 'ensure')->{ensured}
    } @shops;

    for my $shop (@shops) {
        wait_until {
            $ensured{$shop} = listen_to($nginx, $shop)->{ensured};
            return $ensured{$shop} ne '-2';
        } 60, "$shop: the end";
    }

    return wantarray ? @ensured{@shops} : $ensured{$shops[0]};
}


sub classes {
    my (undef, $value) = @{ $client->config('GET', $setting) };

    return join '', sort split //, $value;
}


sub settings {
    my ($info) = $client->info('commandstats')->{'cmdstat_config|set'} || '';

    return $info =~ /calls=(\d+)/ ? $1 : 0;
}


# It is asked over a connection that is there, and waits for none.

wait_until { ensure($_) ne '-3' } 60, "$_: a connection"
    for qw( plain limited reader );


# Merged, as Redis shows it

my $ours = join '', sort split //, $classes;

for my $case (
    [''         => $ours],
    ['Ex'       => '$EKeghx'],
    ['Kg'       => $ours],
    ['Km'       => '$Keghmx'],
    ['Enl'      => '$EKeghlnx'],
    [$classes   => $ours],
    ['KA'       => 'AK'],
    ['EA'       => 'AEK'],
    ['KEAm'     => 'AEKm'],
) {
    my ($before, $after) = @$case;

    $client->config('SET', $setting, $before);
    my $changes = classes() ne $after;

    my $settings = settings();

    is(ensure('plain'), 0, "\"$before\": done");
    is(classes(), $after, '... nothing is taken away');
    is(settings() - $settings, $changes ? 1 : 0, '... set if need be');
}

is(scalar log_lines($nginx, qr/"plain" was set to "\S+", from "xE"/, 'notice'),
    1, 'a line tells of it');


# Not allowed

my $limited = qr/"limited" does not allow $setting to be set$/;

is(ensure('limited'), -5, 'no rights: declined') for 1 .. 3;
is(scalar log_lines($nginx, $limited, 'info'), 1, '... said once');

$client->acl(qw( SETUSER polycard_limited +config|get +config|set ));
is(ensure('limited'), 0, '... until there are');

$client->acl(qw( SETUSER polycard_limited -config ));
is(ensure('limited'), -5, '... and not any more');
is(scalar log_lines($nginx, $limited, 'info'), 2, '... said again');

for my $case ([ "m$classes", 0 ], [ 'KA', 0 ], [ 'Kghxe', -5 ]) {
    my ($before, $ensured) = @$case;

    $client->config('SET', $setting, $before);
    is(ensure('reader'), $ensured, "\"$before\", which may be read only: "
        . ($ensured ? 'declined' : 'all is there'));
    is(classes(), join('', sort split //, $before), '... it stays');
    is(scalar log_lines($nginx, qr/"reader" does not allow/, 'info'),
        $ensured ? 1 : 0, '... and is complained of if need be');
}

listen_to($nginx, 'absent', do => 'ensure');
wait_until { $nginx->error_log =~ /"absent" is away/ } 'away';
is(ensure('absent'), -3, 'Redis is away: not asked');


# Odd answers

my @workers = $nginx->workers;
my %ensured;

@ensured{@names} = ensure(@shop{@names});

is_deeply(\%ensured, { map { $_ => $answers{$_}[1] } @names },
    'odd answers: declined, or to be tried again');
is(scalar log_lines($nginx, qr/"m\d+" does not allow/, 'info'),
    scalar(grep { $answers{$_}[1] == -5 } @names),
    '... one line for each that declines');
unlike($nginx->error_log, qr/^fake line/m, '... none that Redis wrote');

$_->mode('good') for values %fake;

for my $name (@names) {
    wait_until { ensure($shop{$name}) eq '0' } "$name: healed";

    my @set = grep { /^CONFIG SET/ } $fake{$name}->log;

    is($set[-1], $name =~ /^SET/ ? "CONFIG SET $setting EgKhxe\$" : undef,
        "$name: healed");
}

is_deeply([$nginx->workers], \@workers, 'the worker is the same');


# A leaving worker waits for nobody's answer

$redis->signal('STOP');
listen_to($nginx, 'plain', do => 'ensure');

my (undef, $seconds) = timed {
    $nginx->signal('HUP');
    wait_until { !process_exists($workers[0]) } 'the old worker leaves';
};

in_time($seconds, 'a leaving worker waits for no answer');
$redis->signal('CONT');

finish();
