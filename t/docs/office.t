# The commands of docs/office.md, pasted into a shell one after another: each
# prints what the manual shows; its configuration is one.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Docs;
use Polycard::Nginx;
use Polycard::Redis;
use Polycard::Test;

my $redis = Polycard::Redis->new;
$redis->load_library;
$redis->client->hset('polycard:{shop1}:meta', sync => 'done');

my @blocks = marked_blocks([ 'nginx http', 'console' ], 'docs/office.md');
my ($conf, @others) = grep { $_->{kind} eq 'nginx http' } @blocks;

is(@others, 0, 'one configuration');

my $nginx = Polycard::Nginx->new(
    files => { 'access.tokens' => "Token-of-the-gateway\n",
               'office.tokens' => "Token-of-the-office\n" },
    http  => $conf->{text} =~ s{/etc/nginx/polycard}{%%DIR%%}gr
        =~ s{unix:\S+\.sock}{'unix:' . $redis->socket}er
        =~ s{listen 8083;}{listen 127.0.0.1:%%PORT_0%%;}r);
my $session = Polycard::Docs->new(replace => [
    [ qr{/etc/nginx/polycard} => $nginx->dir ],
    [ qr{127\.0\.0\.1:8083} => '127.0.0.1:' . $nginx->port ] ]);

$session->run(grep { $_->{kind} eq 'console' } @blocks);

finish();
