# Sentinels that do not agree, or not yet: a master that has two names, and one
# that changes while it is looked for.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::FakeDNS;
use Polycard::FakeRedis;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );

subtest 'a server that has two names', \&test_names;
subtest 'a switch while a name is looked up', \&test_late;
subtest 'a switch while nobody listens', \&test_unheard;

finish();


sub answer_of {
    my ($what, $epoch, @place) = @_;

    return Polycard::FakeRedis::array($what =~ /^GET-MASTER/ ? @place
        : (name => 'shop', 'config-epoch' => $epoch));
}


# it knows no master, but tells of a switch when it becomes "good"

sub herald {
    return Polycard::FakeRedis->new(mode => 'busy', modes => {
        busy => sub {
            my ($command) = @_;

            return $command eq 'SUBSCRIBE' ? (subscribed(), ['hold'],
                    Polycard::FakeRedis::array('message', '+switch-master',
                        'shop 127.0.0.1 1 127.0.0.1 2'))
                : $command eq 'SENTINEL' ? "*-1\r\n" : ();
        } });
}


sub subscribed {
    return Polycard::FakeRedis::array(qw( subscribe +switch-master 1 ));
}


sub nginx_of {
    my ($option, @sentinels) = @_;

    return Polycard::Nginx->new(
        http => $option . market('fakes',
            redis_sentinel => "shop @sentinels",
            redis_connect_timeout => '60s', access_token => 'off',
            card_numbers => 'phone', emitter => 'off')
        . "server {\nlisten 127.0.0.1:%%PORT_0%%;\n" . services('fakes', '/')
        . "}\n");
}


sub works {
    my ($nginx) = @_;

    return http_get($nginx, '/getClient',
        query => { phone => $Polycard::FakeRedis::PHONE })->status == 200;
}


sub questions { scalar grep { /GET-MASTER/ } $_[0]->log }


# one process is two Sentinels, so that their answers come together: by and by
# the first of them has another name for it

sub test_names {
    my $redis = Polycard::FakeRedis->new;
    my $say = sub {
        my ($host, $command, $what) = @_;

        return $command eq 'SENTINEL'
            ? answer_of($what, 1, $host, $redis->port) : ();
    };
    my $asked = 0;
    my $sentinels = Polycard::FakeRedis->new(mode => 'alike', modes => {
        alike  => sub { $say->('127.0.0.1', @_) },
        differ => sub {
            $asked++ if ($_[1] // '') =~ /^GET-MASTER/;
            $say->($asked % 2 ? 'localhost' : '127.0.0.1', @_);
        },
    });
    my $herald = herald();
    my $nginx = nginx_of('', $sentinels->address,
        'localhost:' . $sentinels->port, $herald->address);

    wait_until { works($nginx) } 'found at its address';
    $sentinels->mode('differ');

    my $before = questions($sentinels);

    $herald->mode('good');
    wait_until { questions($sentinels) >= $before + 2 } 'they are asked again';
    ok(!wait_within(1, sub { $nginx->error_log =~ /leaving redis/ }),
        '... who say the same in other words');
    ok(works($nginx), '... it works');
    $nginx->stop;
}


# the answer that leads to the old one has come, but nobody can resolve it

sub test_late {
    my ($old, $new) = map { Polycard::FakeRedis->new } 1 .. 2;
    my $dns = Polycard::FakeDNS->new(mode => 'silent',
        names => { 'old.test' => '127.0.0.1' });
    my $sentinel = Polycard::FakeRedis->new(mode => 'old', modes => {
        map {
            my @place = @$_;
            $place[0] => sub {
                return $_[0] eq 'SENTINEL'
                    ? answer_of($_[1], @place[1 .. 3]) : ();
            };
        } [ old => 1, 'old.test', $old->port ],
          [ new => 2, '127.0.0.1', $new->port ],
    });
    my $herald = herald();
    my $nginx = nginx_of('resolver 127.0.0.1:' . $dns->port . " ipv6=off;\n",
        $sentinel->address, $herald->address);

    wait_until { grep { /old\.test/ } $dns->log } 'the old one is looked up';
    $sentinel->mode('new');
    $herald->mode('good');
    wait_until { works($nginx) } 'the new one is found';
    is(scalar(grep { /CONNECT/ } $old->log), 0, '... and the old one is not');
    ok(scalar(grep { /^HMGET/ } $new->log), '... it was the new one');
    $nginx->stop;
}


# what is said before it is subscribed to is asked for: not 10 s later, while
# each attempt to subscribe follows a second after the one before

sub test_unheard {
    my $redis = Polycard::FakeRedis->new;
    my $sentinel = Polycard::FakeRedis->new(mode => 'short', modes => {
        short => sub {
            my ($command, $what) = @_;

            return $command eq 'SUBSCRIBE' ? (subscribed(), ['close'])
                : $command eq 'SENTINEL'
                ? answer_of($what, 1, '127.0.0.1', $redis->port) : ();
        } });
    my $nginx = nginx_of('', $sentinel->address);

    # each of the two connections has asked

    wait_until { questions($sentinel) > 2 } 'it is asked once more';

    my @log = grep { /GET-MASTER|^SUBSCRIBE/ } $sentinel->log;
    my ($third) = (grep { $log[$_] =~ /GET/ } 0 .. $#log)[2];

    cmp_ok(scalar(grep { /^SUBSCRIBE/ } @log[0 .. $third]), '<', 5,
        '... not long after it was subscribed to');
    $nginx->stop;
}
