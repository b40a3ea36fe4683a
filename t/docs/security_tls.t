# docs/security.md, "Redis with TLS": its certificates, and its lines for Redis, a
# replica, Sentinels and nginx.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Command;
use Polycard::Docs;
use Polycard::HTTP;
use Polycard::Nginx;
use Polycard::Test;

my $dir = temp_dir();
my $pki;
my ($section) = slurp(source_dir() . '/docs/security.md')
    =~ /^### Redis with TLS\n(.*?)^## /ms;
my ($conf, @others)
    = $section =~ s/^```.*?^```$//gmsr =~ /^\n((?:    \S.*\n)+)/mg;
my %block = map { ("$_->{lang} $_->{mark}" => $_) } grep
    { $_->{mark} =~ /redis-tls/ } blocks('docs/security.md');

is(@others, 0, 'one file');

my $session = Polycard::Docs->new(
    replace => [ [ qr/192\.0\.2\.1\d/ => '127.0.0.1' ] ]);

$session->run($block{'sh redis-tls'});
$pki = "$session->{dir}/redis-tls";

my ($master, $replica, @sentinels)
    = map { { name => "server$_", port => free_port() } } 1 .. 4;

start($master, "requirepass secret\nmasterauth secret\n");
start($replica, "masterauth secret\nrequirepass secret\n"
    . "replicaof 127.0.0.1 $master->{port}\n");

wait_until { asks($master, qw( INFO replication )) =~ /^slave0:.*online/m } 60,
    'a replica, by TLS';

start($_, "sentinel monitor shop 127.0.0.1 $master->{port} 2\n"
    . "sentinel auth-pass shop secret\nrequirepass secret\n", '--sentinel')
    for @sentinels;

wait_until { 2 == grep { asks($_, qw( SENTINEL CKQUORUM shop )) =~ /^OK 2 / }
    @sentinels } 60, 'Sentinels, which find each other';

test_nginx();
finish();


sub test_nginx {
    my $http = $block{'nginx http redis-tls'}{text};
    my $addresses = join ' ', map { "127.0.0.1:$_->{port}" } @sentinels;

    $http =~ s/(?<=shop )192[^;]*/$addresses/;
    $http =~ s{/etc/nginx/polycard/(redis-\w+\.\w+)}{$pki/$1}g;
    $http =~ s{/etc/nginx/polycard}{%%DIR%%}g;
    $http =~ s/listen 80;/listen 127.0.0.1:%%PORT_0%%;/;

    asks($master, 'ACL', 'SETUSER', 'polycard', 'on', '>secret', '~*', '&*',
        '+@all');

    my $nginx = Polycard::Nginx->new(http => $http, files => {
        'redis.password'    => "secret\n",
        'sentinel.password' => "secret\n",
        'access.tokens'     => "token\n",
    });

    wait_until { http_get($nginx,
        '/api/v1/web_service/getClient?phone=380671112233', token => 'token')
        ->status == 404 } 60, 'nginx, by TLS to all of them';
}


# a server with the manual's lines

sub start {
    my ($server, $more, @options) = @_;

    my $file = "$dir/$server->{name}.conf";
    my $text = $conf =~ s/^    //gmr =~ s{/etc/redis}{$pki}gr
        =~ s/^tls-port .*/tls-port $server->{port}/mr;

    $text .= "dbfilename $server->{name}.rdb\n" if !@options;
    spew($file, "bind 127.0.0.1\ndir $dir\n$text$more");
    $server->{process} = Polycard::Command->new({},
        $ENV{POLYCARD_REDIS} || 'redis-server', $file, @options);

    wait_until { asks($server, 'PING') =~ /^PONG/ } 30,
        "$server->{name} answers";
}


sub asks {
    my ($server, @command) = @_;

    my (undef, $answer) = run_command({ env => { REDISCLI_AUTH => 'secret' } },
        'redis-cli', '-p', $server->{port}, '--tls',
        '--cacert', "$pki/redis-ca.pem", '--cert', "$pki/redis-client.pem",
        '--key', "$pki/redis-client.key", @command);

    return $answer;
}
