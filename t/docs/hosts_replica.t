# docs/hosts.md, "Redis with one replica": its files, with two servers of Redis, and
# its commands. nginx, with the user of docs/redis/polycard.acl, continues with the
# replica when the master is gone, and the master comes back as a replica.

use strict;
use warnings;

use lib 't/lib';

use Redis;

use Polycard::Command;
use Polycard::Docs;
use Polycard::Nginx;
use Polycard::Test;

my $text = slurp(source_dir() . '/docs/hosts.md');
my ($section) = $text =~ /^## Redis with one replica\n(.*?)^## /ms;
my ($conf, $replica, @others)
    = $section =~ s/^```.*?^```$//gmsr =~ /^\n((?:    \S.*\n)+)/mg;
my ($users) = $text =~ /^((?:    user (?:default|admin|replica) .*\n){3})/m;
my %blocks = map { $_->{mark} => $_ }
    grep { $_->{mark} =~ /^replica/ } blocks('docs/hosts.md');

is(@others, 0, 'two files');

my $dir = temp_dir();
my @servers = map { { name => "server$_", port => free_port() } } 1, 2;
my ($master, $slave) = @servers;

for my $server (@servers) {
    file("$server->{name}.acl", $server, $users . join "\n",
        slurp(source_dir() . '/docs/redis/polycard.acl') =~ /^user .*/mg, '');
    file("$server->{name}.conf", $server,
        $conf . ($server == $master ? '' : $replica));
    start($server);
}

my $session = Polycard::Docs->new(
    replace => [
        [ qr/-h "\$1"/ => '-p "$1"' ],
        map({ [ qr/(?:-h|has) \K192\.0\.2\.1$_(?!\d)/
            => $servers[$_ - 1]{port} ] } 1, 2),
        [ qr/-h (?=\d)/ => '-p ' ],
        [ qr/192\.0\.2\.12 6379/ => "127.0.0.1 $slave->{port}" ],
        [ qr{/etc/redis/redis\.conf} => "$dir/server1.conf" ],
    ],
    shown => [ [ qr/(?:192\.0\.2\.12|127\.0\.0\.1) \d+/ => 'MASTER' ] ],
    bin => {
        'redis-cli' => "export REDISCLI_AUTH=secret\n" . redis_cli(''),
        sudo        => "#!/bin/sh\nexec \"\$\@\"\n",
        systemctl   => "#!/bin/sh\n",
    },
);

wait_until { info($slave)->{master_link_status} eq 'up' } 60, 'a replica';
$session->run($blocks{replica});

# another user on one of them is seen

client($slave)->acl('SETUSER', 'polycard', 'off');
my @compared = $session->shell(map { $_->[0] } commands($blocks{replica}));
unlike($compared[1][1], qr/^ACL LIST: the same/m, 'users that differ are seen');
client($slave)->acl('SETUSER', 'polycard', 'on');

test_change();
finish();


sub test_change {
    my $nginx = market($master);

    wait_until { heard($master) } 60, 'nginx hears the events of the master';
    client($master)->fcall('polycard_put_client', 1, 'polycard:{shop1}:',
        '380671112233', 'barcode', 1, 'name', 'Olha');
    wait_until { info($slave)->{slave_repl_offset}
        == info($master)->{master_repl_offset} } 30, 'the replica has it';

    $master->{process}->signal('KILL');
    $master->{process}->status;
    $session->run($blocks{'replica-gone'});
    $nginx->stop;

    my $heard = heard($slave);

    $nginx = market($slave);
    is(client($slave)->hget('polycard:{shop1}:client:380671112233', 'name'),
        'Olha', 'the replica has the client');
    wait_until { heard($slave) > $heard } 60,
        'nginx hears the events of the new master';
    $nginx->stop;

    $session->run($blocks{'replica-back'});
    start($master);
    wait_until { info($master)->{role} eq 'slave'
        && info($master)->{master_link_status} eq 'up' } 60,
        'the old master is a replica of the new one';
}


sub market {
    my ($server) = @_;

    return Polycard::Nginx->new(files => { 'redis.password' => 'secret' },
        http => "polycard_market shop1 {\n"
        . "    redis 127.0.0.1:$server->{port};\n    redis_user polycard;\n"
        . "    redis_password_file %%DIR%%/redis.password;\n"
        . "    access_token off;\n}\n"
        . "server {\n    listen 127.0.0.1:%%PORT_0%%;\n    location = /get {"
        . " polycard_get_client shop1; }\n}\n");
}


sub heard {
    my ($server) = @_;

    my %status = eval { @{ client($server)->fcall('polycard_status', 1,
        'polycard:{shop1}:') } };

    return $status{heard} || 0;
}


# a file of the manual at this machine's addresses

sub file {
    my ($name, $server, $content) = @_;

    $content =~ s/^    //mg;
    $content =~ s/192\.0\.2\.11 6379/127.0.0.1 $master->{port}/g;
    $content =~ s/^bind .*/bind 127.0.0.1/m;
    $content =~ s/^port \d+/port $server->{port}/m;
    $content =~ s/^dir .*/dir $dir/m;
    $content =~ s{/etc/redis/users\.acl}{$dir/$server->{name}.acl};
    $content =~ s/\*\*\*/secret/g;
    $content .= "appenddirname $server->{name}\n"
        . "dbfilename $server->{name}.rdb\n" if $name =~ /conf$/;

    spew("$dir/$name", $content);
}


sub start {
    my ($server) = @_;

    $server->{process} = Polycard::Command->new({},
        $ENV{POLYCARD_REDIS} || 'redis-server', "$dir/$server->{name}.conf");

    wait_until { eval { client($server)->ping } } 30, "$server->{name} answers";
}


sub client {
    my ($server) = @_;

    my $client = Redis->new(server => "127.0.0.1:$server->{port}",
        cnx_timeout => 5, read_timeout => 20);

    $client->auth('admin', 'secret');

    return $client;
}


sub info {
    my ($server) = @_;

    my $info = eval { client($server)->info('replication') } || {};

    return { role => '', master_link_status => '', slave_repl_offset => -1,
        master_repl_offset => -2, %$info };
}
