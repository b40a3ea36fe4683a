# docs/hosts.md, "Redis with Sentinels": its files, with three servers of Redis and
# three Sentinels, which replace a master that is gone, and its nginx with the user of
# docs/redis/polycard.acl.  Nobody else reaches a Sentinel.

use strict;
use warnings;

use lib 't/lib';

use IO::Socket::INET;
use Redis;

use Polycard::Command;
use Polycard::Docs;
use Polycard::Nginx;
use Polycard::Test;

my ($section) = slurp(source_dir() . '/docs/hosts.md')
    =~ /^## Redis with Sentinels\n(.*?)^## /ms;
my ($conf, $replica, $users, $sentinel, @others)
    = $section =~ s/^```.*?^```$//gmsr =~ /^\n((?:    (?!sudo )\S.*\n)+)/mg;

is(@others, 0, 'four files');

my $dir = temp_dir();
my @servers = map { { name => "server$_", port => free_port() } } 1 .. 3;
my @sentinels = map { { name => "sentinel$_", port => free_port() } } 1 .. 3;

for my $server (@servers) {
    file("$server->{name}.acl", $server, $users . join "\n",
        slurp(source_dir() . '/docs/redis/polycard.acl') =~ /^user .*/mg, '');
    file("$server->{name}.conf", $server, $conf
        . ($server == $servers[0] ? '' : $replica));
    start($server);
}

wait_until { field($servers[0], 'connected_slaves') == 2 } 60,
    'the second and the third are replicas of the first';

for my $one (@sentinels) {
    file("$one->{name}.conf", $one, $sentinel);
    start($one, '--sentinel');
}

wait_until { eval { client($sentinels[0])->sentinel('ckquorum', 'shop') }
    && masters() } 60, 'three Sentinels agree about the master';

test_sentinel($_) for @sentinels;
test_nginx();
test_failover();
finish();


# 127.0.0.2 is this machine, too, where a server listens on all addresses

sub test_sentinel {
    my ($one) = @_;

    my $name = $one->{name};
    my $other = IO::Socket::INET->new(PeerAddr => '127.0.0.2',
        PeerPort => $one->{port}, Timeout => 5);

    ok(!$other, "$name listens on no other address");

    eval { Redis->new(server => "127.0.0.1:$one->{port}")
        ->sentinel('master', 'shop') };
    like($@, qr/NOAUTH/, '... and tells nobody without the password');
}


sub test_nginx {
    my ($block) = grep { $_->{text} =~ /redis_sentinel / } blocks('docs/hosts.md');
    my $http = $block->{text};
    my $addresses = join ' ', map { "127.0.0.1:$_->{port}" } @sentinels;

    $http =~ s/(?<=shop )192[^;]*/$addresses/;
    $http =~ s{/etc/nginx/polycard}{%%DIR%%}g;
    $http =~ s/listen 80;/listen 127.0.0.1:%%PORT_0%%;/;

    my $nginx = Polycard::Nginx->new(http => $http, files => {
        'redis.password'    => "secret\n",
        'sentinel.password' => "secret\n",
        'access.tokens'     => "token\n",
    });

    wait_until { my %status = eval { @{ client($servers[0])->fcall(
            'polycard_status', 1, 'polycard:{shop1}:') } };
        $status{heard} } 60, 'nginx hears the events of Redis';
    $nginx->stop;
}


sub test_failover {
    my $client;

    wait_until { $client = client($servers[0]);
        eval { $client->set('key', 'value') } } 60, 'the master takes writes';
    is($client->wait(2, 10000), 2, 'what is written is on both');

    $servers[0]{process}->signal('KILL');
    $servers[0]{process}->status;

    my ($new, $other);

    wait_until {
        ($new) = grep { field($_, 'role') eq 'master' } @servers[1, 2];
    } 120, 'another one is the master';

    ($other) = grep { $_ != $new } @servers[1, 2];

    wait_until { eval { client($new)->set('key', 'after') } } 60,
        '... and takes writes, with the second replica';
    wait_until { conf_of($new) !~ /^replicaof/m
        && conf_of($other) =~ /^replicaof 127\.0\.0\.1 $new->{port}$/m } 60,
        '... the files say so';

    start($servers[0]);

    wait_until { conf_of($servers[0])
        =~ /^replicaof 127\.0\.0\.1 $new->{port}$/m
        && eval { client($servers[0])->get('key') } eq 'after' } 120,
        'the first one comes back as a replica';
}


# each Sentinel knows both others, and the replicas

sub masters {
    return 3 == grep { my %master = eval {
            @{ client($_)->sentinel('master', 'shop') } };
        ($master{'num-other-sentinels'} // 0) == 2
            && ($master{'num-slaves'} // 0) == 2 } @sentinels;
}


# a file of the manual at this machine's addresses

sub file {
    my ($name, $server, $text) = @_;

    $text =~ s/^    //mg;
    $text =~ s/192\.0\.2\.11 6379/127.0.0.1 $servers[0]{port}/g;
    $text =~ s/^bind .*/bind 127.0.0.1/m;
    $text =~ s/^port \d+/port $server->{port}/m;
    $text =~ s/^dir .*/dir $dir/m;
    $text =~ s{/etc/redis/users\.acl}{$dir/$server->{name}.acl};
    $text =~ s/\*\*\*/secret/g;
    $text .= "appenddirname $server->{name}\ndbfilename $server->{name}.rdb\n"
        if $name =~ /^server.*conf/;

    spew("$dir/$name", $text);
}


sub start {
    my ($server, @options) = @_;

    $server->{client} = undef;
    $server->{process} = Polycard::Command->new({},
        $ENV{POLYCARD_REDIS} || 'redis-server',
        "$dir/$server->{name}.conf", @options);

    wait_until { eval { client($server)->ping } } 30, "$server->{name} answers";
}


sub client {
    my ($server) = @_;

    my $client = Redis->new(server => "127.0.0.1:$server->{port}",
        cnx_timeout => 5, read_timeout => 20);

    $client->auth($server->{name} =~ /^server/ ? 'admin' : (), 'secret');

    return $client;
}


sub field {
    my ($server, $name) = @_;

    my $info = eval { client($server)->info('replication') } || {};

    return $info->{$name} // '';
}


sub conf_of { slurp("$dir/$_[0]{name}.conf") }
