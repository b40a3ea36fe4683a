# The rest of the manual: its commands are run, its configurations tested. In
# README.uk.md, docs/hosts.md and docs/sizing.md:
#
#   nginx http             nginx -t
#   sh sizing|import, console import    run, with a private Redis
#   console replica...     run by t/docs/hosts_replica.t
#   sh build               compared with the Makefile
#   sh first               the same as in docs/first-market.md, which
#                          t/package/deb.t follows
#
# and docs/README.md names every document.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Docs;
use Polycard::Nginx;
use Polycard::Redis;
use Polycard::Test;

my $root = source_dir();
my $makefile = slurp("$root/Makefile");
my $first = slurp("$root/docs/first-market.md");
my $nginx = Polycard::Nginx->new(start => 0, http => '', files => {
    'access.tokens'  => "first\n",
    'redis.password' => "secret\n",
    'sentinel.password' => "secret\n",
    'hook.token'     => 'T0ken-T0ken-T0ken-T0ken-T0ken-32',
});
my $session = session();

for my $document (qw( README.uk.md docs/hosts.md docs/sizing.md )) {
    test_block($_) for blocks($document);
}

test_contents();
finish();


sub session {
    my $redis = Polycard::Redis->new;
    my $socket = $redis->socket;
    my ($redis_cli) = grep { -x } map { "$_/redis-cli" } split /:/, $ENV{PATH};

    $redis->load_library;
    $redis->client->fcall('polycard_put_client', 1, 'polycard:{shop1}:',
        380671112234, 'barcode', 2);

    my $session = Polycard::Docs->new(bin => {
        'redis-cli' => "#!/bin/sh\nexec $redis_cli -s $socket --no-raw"
            . " \"\$@\"\n",
        'polycard-import' => "#!/bin/sh\nexec"
            . ' ' . tools_dir() . '/polycard-import'
            . " --redis unix:$socket \"\$@\"\n",
    });

    spew("$session->{dir}/clients.csv", "phone,barcode\n380671112235,3\n");

    return $session;
}


sub test_block {
    my ($block) = @_;

    my $kind = "$block->{lang} $block->{mark}";
    my $place = "$block->{file}:$block->{line}";

    if ($kind eq 'nginx http') {
        my $text = $block->{text} =~ s{/etc/nginx/polycard}{%%DIR%%}gr
            =~ s{listen (\d+);}{listen 127.0.0.1:%%PORT_$1%%;}gr;
        my ($status, $output) = $nginx->conf_test($text);
        is($status, 0, "$place: nginx -t") or diag($output);

    } elsif ($kind =~ /^(?:sh sizing|(?:sh|console) import)$/) {
        $session->run($block);

    } elsif ($kind =~ /^console replica(?:-\w+)?$/) {
        pass("$place: t/docs/hosts_replica.t runs it");

    } elsif ($kind eq 'sh build') {
        my ($target) = $block->{text} =~ /\Amake ([a-z-]+)\n\z/;
        like($makefile, qr/^\Q$target\E:/m, "$place: make $target");

    } elsif ($kind eq 'sh deb-install') {
        ok(index($first, $block->{text} =~ s{\./build/}{./}r) >= 0,
            "$place: the command of docs/first-market.md, beside build/");

    } else {
        fail("$place is marked: '$kind'");
    }
}


sub test_contents {
    my $contents = slurp("$root/docs/README.md");

    for my $path (glob "$root/docs/*") {
        my ($name) = $path =~ m{/([^/]+)$};

        like($contents, qr/\(\Q$name\E\)/, "docs/README.md names $name")
            if -f $path && $name ne 'README.md';
    }
}
