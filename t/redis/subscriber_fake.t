# A Redis that answers a subscriber with nonsense, half, too much or nothing:
# the worker lives, its memory is bounded, and events come again as soon as
# Redis is well.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::FakeRedis;
use Polycard::Faults;
use Polycard::Listener;
use Polycard::Nginx qw( market );


# What a good one sends

my $own = '__keyspace@0__:polycard:{x}:';
my $key = 'client:380671112233';


# undef is nil, a reference an integer

sub message {
    return '*' . @_ . "\r\n" . join '', map {
        ref ? ":$$_\r\n" : Polycard::FakeRedis::bulk($_)
    } @_;
}


sub confirm {
    my ($word, @channels) = @_;

    my $n = $word eq 'subscribe' ? 2 : 0;

    return join '', map { message($word, $_, \++$n) } @channels;
}


sub event {
    my ($of) = @_;

    return message('pmessage', "${own}client:*", $own . $of, 'hset');
}


sub good {
    my ($command, @arguments) = @_;

    return [confirm('psubscribe', @arguments)] if $command eq 'PSUBSCRIBE';
    return [confirm('subscribe', @arguments), event($key)]
        if $command eq 'SUBSCRIBE';
    return;
}


# What a bad one sends instead of confirmations, or behind them

my %nonsense = (
    'garbage'           => "garbage\r\n",
    'HTTP'              => "HTTP/1.1 400 Bad Request\r\n\r\n",
    'zero bytes'        => "\0" x 100,
    'bytes'             => join('', map { chr } 128 .. 255),
    'status'            => "+OK\r\n",
    'integer'           => ":5\r\n",
    'great integer'     => ':' . '9' x 40 . "\r\n",
    'string'            => "\$2\r\nhi\r\n",
    'nil'               => "\$-1\r\n",
    'nil array'         => "*-1\r\n",
    'error'             => "-ERR no\r\n",
    'empty error'       => "-\r\n",
    'long error'        => '-ERR ' . 'x' x 9000 . "\r\n",
    'empty array'       => "*0\r\n",
    'one word'          => message('pmessage'),
    'no channel'        => message('pmessage', 'a'),
    'three parts'       => message('pmessage', "${own}client:*", $own . $key),
    'five parts'        => message('pmessage', 'a', $own . $key, 'hset', 'b'),
    'four of three'     => message('message', $own . $key, 'hset', 'a'),
    'two of three'      => message('message', $own . $key),
    'nil word'          => message(undef, 'a', $own . $key, 'hset'),
    'number word'       => message(\1, 'a', $own . $key, 'hset'),
    'other word'        => message('gmessage', 'a', $own . $key, 'hset'),
    'longer word'       => message('pmessages', 'a', $own . $key, 'hset'),
    'shorter word'      => message('pmessag', 'a', $own . $key, 'hset'),
    'empty word'        => message('', 'a', $own . $key, 'hset'),
    'nil channel'       => message('pmessage', 'a', undef, 'hset'),
    'number channel'    => message('pmessage', 'a', \1, 'hset'),
    'nil event'         => message('pmessage', 'a', $own . $key, undef),
    'number event'      => message('pmessage', 'a', $own . $key, \1),
    'array event'       => "*3\r\n\$7\r\nmessage\r\n" . "*1\r\n:1\r\n" x 2,
    'unsubscribe'       => message('unsubscribe', $own, \0),
    'punsubscribe'      => message('punsubscribe', undef, \0),
    'invalidation'      => "*3\r\n\$7\r\nmessage\r\n\$20\r\n"
                           . "__redis__:invalidate\r\n*1\r\n\$1\r\na\r\n",
    'deep array'        => "*1\r\n" x 7 . ":1\r\n",
    'too deep array'    => "*1\r\n" x 40_000,
    'negative array'    => "*-2\r\n",
    'negative string'   => "\$-2\r\n",
    'great array'       => "*2147483647\r\n",
    'greater array'     => '*' . '9' x 30 . "\r\n",
    'great string'      => '$' . '9' x 30 . "\r\n",
    'push of RESP3'     => ">2\r\n+message\r\n+hello\r\n",
    'map of RESP3'      => "%1\r\n+a\r\n+b\r\n",
);

my %actions = (
    (map { $_ => [$nonsense{$_}] } keys %nonsense),
    'close'             => [['close']],
    'reset'             => [['reset']],
    'half an array'     => ["*4\r\n\$8\r\npmess", ['close']],
    'half by a reset'   => ["*4\r\n\$8\r\npmess", ['reset']],
    'endless string'    => ["*4\r\n\$2000000000\r\n",
                            ['flood', 'x' x 65536, 4000]],
    'endless line'      => ['+', ['flood', 'x' x 65536, 4000]],
    'endless array'     => ["*1000000\r\n",
                            ['flood', "\$3\r\nabc\r\n" x 5000, 1000]],
    'endless depth'     => [['flood', "*1\r\n" x 10_000, 1000]],
    'wide arrays'       => ["*1000000\r\n" x 7, ['close']],
);

# only instead of confirmations, which must come in time

my %late = (
    'nothing'           => [['hang']],
    'half'              => [confirm('psubscribe', 'a', 'b'), ['hang']],
    'cut'               => ["*3\r\n\$10\r\npsubscr", ['hang']],
    'events too early'  => [(event($key)) x 100, ['hang']],
);

# only behind them

my %extra = (
    'one more'          => [confirm('subscribe', 'a')],
    'one more pattern'  => [confirm('psubscribe', 'a')],
);

# no reason to close the connection

my %harmless = (
    'another channel'   => [message('message', 'news', 'hello')],
    'another key'       => [message('pmessage', 'a', 'b', 'hset')],
    'another prefix'    => [message('pmessage', 'a',
                                '__keyspace@0__:polycard:{y}:client:1', 'a')],
    'another database'  => [message('pmessage', 'a',
                                '__keyspace@1__:polycard:{x}:client:1', 'a')],
    'a shorter channel' => [message('message', substr($own, 0, -1), 'hset')],
    'empty texts'       => [message('message', '', '')],
);


# A market and a server for each

my %greetings = (
    'PING: error'       => [PING => "-LOADING no\r\n"],
    'PING: array'       => [PING => "*0\r\n"],
    'PING: nil'         => [PING => "\$-1\r\n"],
    'PING: nothing'     => [PING => ['hang']],
    'CONNECT: full'     => [CONNECT => "-ERR max number of clients\r\n",
                            ['close']],
    'CONNECT: garbage'  => [CONNECT => "SSH-2.0-server\r\n"],
    'CONNECT: close'    => [CONNECT => ['close']],
    'CONNECT: flood'    => [CONNECT => ['flood', "\$-1\r\n" x 1000, 1000]],
    'CONNECT: early'    => [CONNECT => event($key)],
);

my (@names, %shop, %fake);

sub fake {
    my ($name, $instead, $behind, %more) = @_;

    push @names, $name;
    $shop{$name} = 'm' . @names;

    $fake{$name} = Polycard::FakeRedis->new(modes => {
        good    => sub { return @{ good(@_) || [] } },
        instead => sub {
            return @$instead if $instead && $_[0] eq 'PSUBSCRIBE';
            return @{ good(@_) || [] };
        },
        behind  => sub {
            my @good = @{ good(@_) || [] };

            return @good, @$behind if $behind && $_[0] eq 'SUBSCRIBE';
            return @good;
        },
        %more,
    });
}


fake($_, $actions{$_}, $actions{$_}) for sort keys %actions;
fake($_, $late{$_}) for sort keys %late;
fake($_, undef, $extra{$_}) for sort keys %extra;
fake($_, undef, $harmless{$_}) for sort keys %harmless;

for my $name (sort keys %greetings) {
    my ($command, @actions) = @{ $greetings{$name} };

    fake($name, undef, undef, instead => sub {
        return $_[0] eq $command ? @actions : @{ good(@_) || [] };
    });
}

fake('byte by byte', undef, undef, good => sub {
    my $good = good(@_) or return;

    return map { ['pieces', $_] } @$good;
});

my $nginx = Polycard::Nginx->new(
    main        => Polycard::Listener::load(),
    connections => 1024,
    http        => join('', map {
            market($shop{$_}, emitter => 'off', access_token => 'off',
                card_numbers => 'phone', key_prefix => '"polycard:{x}:"',
                redis => $fake{$_}->address,
                redis_connect_timeout => '1s')
        } @names)
        . "server { listen 127.0.0.1:%%PORT_0%%;\n"
        . join('', map { "location = /$_ { polycard_listener $_; }\n" }
               values %shop)
        . '}',
);

my @workers = $nginx->workers;


sub heard {
    my ($name, %query) = @_;

    return listen_to($nginx, $shop{$name}, %query);
}


# how many attempts, or connections, ended

sub ended {
    my ($name) = @_;

    return scalar(() = $nginx->error_log
        =~ /"$shop{$name}" sends no keyspace events/g);
}


sub healed {
    my (@which) = @_;

    $fake{$_}->mode('good') for @which;

    for my $name (@which) {
        wait_until {
            my $heard = heard($name);
            return $heard->{ready} > $heard->{lost} && $heard->{events};
        } "$name: healed";

        is_deeply([ grep { $_ ne "$key hset" } @{ heard($name)->{list} } ],
            [], "$name: only events that were sent");
    }
}


sub round {
    my ($mode, @which) = @_;

    heard($_, do => 'stop') for @which;
    $fake{$_}->mode($mode) for @which;

    my %ended = map { $_ => ended($_) } @which;

    for my $name (@which) {
        heard($name, do => 'forget');
        heard($name, do => 'start');
    }

    # it fails, and fails again

    for my $name (@which) {
        wait_until { ended($name) >= $ended{$name} + 2 }
            "$mode, $name: ended twice";

        my $heard = heard($name);

        if ($mode eq 'behind') {
            cmp_ok($heard->{lost}, '>', 0, "$mode, $name: ready, then lost");

        } else {
            is("$heard->{ready} $heard->{lost}", '0 0',
                "$mode, $name: never ready");
        }
    }

    healed(@which);

    is_deeply([$nginx->workers], \@workers, "$mode: the worker is the same");
    cmp_ok(peak($workers[0]), '<', 300_000, '... and its memory was bounded')
        if !$ENV{POLYCARD_NGINX};
}


round(instead => sort keys %actions, keys %late, keys %greetings);
round(behind => sort keys %actions, keys %extra);

for my $name ('byte by byte', sort keys %harmless) {
    $fake{$name}->mode($name =~ /byte/ ? 'good' : 'behind');
    heard($name, do => 'forget');
    heard($name, do => 'start');

    wait_until { heard($name)->{events} } "$name: an event";
    is_deeply(heard($name)->{list}, ["$key hset"], "$name: the only one");
    is(ended($name), 0, '... over one connection');
}

unlike($nginx->error_log, qr/380671112233/, 'no log has a key');

finish();


sub peak {
    my ($pid) = @_;

    my ($size) = slurp("/proc/$pid/status") =~ /^VmHWM:\s+(\d+) kB/m;

    return $size;
}
