# The commands of docs/operator.md, pasted into a shell one after another: each
# prints what the manual shows; its configuration is one.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Docs;
use Polycard::Nginx;
use Polycard::Redis;
use Polycard::Test;

my $redis = Polycard::Redis->new;
my $prefix = 'polycard:{shop1}:';
my $phone = '380501112233';

$redis->load_library;

# a client whom the gateway knows, and one dead letter; nobody sends

$redis->client->hset("${prefix}meta", sync => 'done', hooks => 0);
$redis->client->fcall('polycard_put_client', 1, $prefix, $phone, barcode => 1);
$redis->client->hset("${prefix}meta", hooks => 1);
$redis->client->xadd("${prefix}dead", '1795493268123-0',
    reason => 'status 422',
    answer => '{"Status":"Error","error":"no group 77, client ************"}',
    hook => '1795493246542-0', attempts => 10, object => 'clients',
    action => 'added', phone => $phone, barcode => 1);

my @blocks = marked_blocks([ 'nginx http', 'console' ], 'docs/operator.md');
my ($conf, @others) = grep { $_->{kind} eq 'nginx http' } @blocks;

is(@others, 0, 'one configuration');

my $nginx = Polycard::Nginx->new(
    files => { 'access.tokens' => "Token-of-the-gateway\n",
               'operator.tokens' => "Token-of-the-operator\n",
               'hook.token' => 'x' x 32 . "\n" },
    http  => $conf->{text} =~ s{/etc/nginx/polycard}{%%DIR%%}gr
        =~ s{unix:\S+\.sock}{'unix:' . $redis->socket}er
        =~ s{(?=\n\})}{\n    emitter off;}r
        =~ s{listen 8084;}{listen 127.0.0.1:%%PORT_0%%;}r);
my $session = Polycard::Docs->new(
    shown   => [ [ qr/"next_try":"[^"]+"/ => '"next_try":"TIME"' ] ],
    replace => [
        [ qr{/etc/nginx/polycard(?!/operator/)} => $nginx->dir ],
        [ qr{127\.0\.0\.1:8084} => '127.0.0.1:' . $nginx->port ] ]);

$session->run(grep { $_->{kind} eq 'console' } @blocks);

finish();
