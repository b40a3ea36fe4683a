# The commands of docs/office.md and docs/recipes.md, pasted into a shell one after
# another, each document at a market of its own: each prints what the manual shows;
# the configuration is one.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Docs;
use Polycard::Nginx;
use Polycard::Redis;
use Polycard::Test;

my @blocks = marked_blocks([ 'nginx http', 'console' ], 'docs/office.md');
my ($conf, @others) = grep { $_->{kind} eq 'nginx http' } @blocks;
my @office = grep { $_->{kind} eq 'console' } @blocks;

is(@others, 0, 'one configuration');

follow(@office);

# the recipes use what the first commands of the manual have set

follow($office[0], marked_blocks(['console'], 'docs/recipes.md'));

finish();


sub follow {
    my (@blocks) = @_;

    my $redis = Polycard::Redis->new;
    my ($redis_cli) = grep { -x } map { "$_/redis-cli" } split /:/, $ENV{PATH};

    $redis->load_library;
    $redis->client->hset('polycard:{shop1}:meta', sync => 'done');

    my $nginx = Polycard::Nginx->new(
        files => { 'office.tokens' => "Token-of-the-office\n" },
        http  => $conf->{text} =~ s{/etc/nginx/polycard}{%%DIR%%}gr
            =~ s{unix:\S+\.sock}{'unix:' . $redis->socket}er
            =~ s{listen 8083;}{listen 127.0.0.1:%%PORT_0%%;}r);
    my $session = Polycard::Docs->new(
        bin     => { 'redis-cli' => "#!/bin/sh\nexec $redis_cli --no-raw -s "
            . $redis->socket . " \"\$@\"\n" },
        replace => [
            [ qr{/etc/nginx/polycard} => $nginx->dir ],
            [ qr{127\.0\.0\.1:8083} => '127.0.0.1:' . $nginx->port ] ]);

    $session->run(@blocks);
    $nginx->stop;
    $redis->stop;
}
