# docs/security.md does what it says: each configuration is served from, and
# asked by those who may and those who may not; secrets are changed without a
# request or a hook that fails.
#
#   nginx http tls|certificates|allow|limit   served from
#   sh secrets|rotate|rotate redis            run, in this order
#   redis-tls                                 in security_tls.t

use strict;
use warnings;

use lib 't/lib';

use Polycard::Certificates;
use Polycard::Docs;
use Polycard::Gateway;
use Polycard::HTTP;
use Polycard::Nginx qw( market services );
use Polycard::Redis;
use Polycard::Test;

my $document = 'docs/security.md';
my %blocks;

for my $block (blocks($document)) {
    my $kind = "$block->{lang} $block->{mark}";

    like($kind, qr/^(?:nginx\ http\ (?:tls|certificates|allow|limit)
        |sh\ (?:secrets|rotate(?:\ redis)?)
        |(?:sh|nginx\ http)\ redis-tls)$/x,
        "$document:$block->{line} is marked: '$kind'");
    push @{ $blocks{$kind} }, $block;
}

my $ca = Polycard::Certificates->new;
my ($certificate, $key) = $ca->issue('polycard.example.com',
    'DNS:polycard.example.com');
my $redis = shop_redis();
my $path = '/api/v1/web_service/getClient?phone=380671112233';
my $nobody = '{"status":"NOK","error":"no such client"}';

test_tls();
test_certificates();
test_allow();
test_limit();
test_changes();

finish();


sub shop_redis {
    my $redis = Polycard::Redis->new;

    $redis->load_library;

    return $redis;
}


# A configuration of the document, with files and ports of the test's own

sub serve {
    my ($kind, @replace) = @_;

    my ($block) = @{ $blocks{"nginx http $kind"} || [] };
    my $text = $block ? $block->{text} : '';

    is(scalar @{ $blocks{"nginx http $kind"} || [] }, 1, "$kind: one example");

    $text =~ s{/run/redis/redis-server\.sock}{$redis->socket}eg;
    $text =~ s{/etc/ssl/certs/[^;]*}{$certificate}g;
    $text =~ s{/etc/ssl/private/[^;]*}{$key}g;
    $text =~ s{/etc/nginx/polycard/client-ca\.pem}{$ca->file}eg;
    $text =~ s{/etc/nginx/polycard}{%%DIR%%}g;
    $text =~ s{listen (?:80|443)\b}{listen 127.0.0.1:%%PORT_0%%}g;

    while (my ($from, $to) = splice @replace, 0, 2) {
        is($text =~ s/\Q$from\E/$to/, 1, "$kind: $from");
    }

    return Polycard::Nginx->new(http => $text,
        files => { 'access.tokens' => "right\n" },

        # nginx's own word when a certificate of another CA is shown
        allow => [ qr/ignoring stale global SSL error/ ]);
}


# status and body, by curl, which knows certificates

sub fetch {
    my ($nginx, @options) = @_;

    my $token = grep({ /^Authorization:/ } @options) ? '' : 'right';
    my $port = $nginx->port(0);
    my ($status, $output) = run_command('curl', '-sS', '-m', 30,
        '-w', ' %{http_code}', '--cacert', $ca->file,
        '--connect-to', "polycard.example.com:443:127.0.0.1:$port",
        $token ? ('-H', "Authorization: Bearer $token") : (), @options,
        "https://polycard.example.com$path");

    return $output;
}


sub test_tls {
    my $nginx = serve('tls');

    is(fetch($nginx), "$nobody 404", 'tls: the service answers');
    like(fetch($nginx, '-D', '-'), qr/^Strict-Transport-Security: max-age/mi,
        '... with the header');
    is(http_get($nginx, $path, token => 'right')->status, 400,
        '... and not without TLS');
    like(fetch($nginx, '--tls-max', '1.1'), qr/ 000$/, '... nor with an old one');
}


sub test_certificates {
    my $nginx = serve('certificates');
    my ($mine, $my_key) = $ca->issue('polycard');
    my $others = Polycard::Certificates->new;
    my ($other, $other_key) = $others->issue('other');

    is(fetch($nginx, '--cert', $mine, '--key', $my_key), "$nobody 404",
        'certificates: the right one is let in');
    is(fetch($nginx, '--cert', $mine, '--key', $my_key,
        '-H', 'Authorization: Bearer wrong'),
        '{"status":"NOK","error":"an access token is needed"} 401',
        '... with the token');

    for my $options ([], [ '--cert', $other, '--key', $other_key ]) {
        like(fetch($nginx, @$options), qr/^\{"status":"NOK",.*\} 400$/,
            '... another one, or none, is not');
    }
}


sub test_allow {
    my $answer = http_get(serve('allow'), $path, token => 'right');

    is($answer->status, 403, 'allow: who is not in the list is not let in');
    is($answer->body, '{"status":"NOK","error":"access is not allowed"}',
        '... and told so');

    is(http_get(serve('allow', '192.0.2.10' => '127.0.0.1'), $path,
        token => 'right')->status, 404, '... who is in it, is');
}


sub test_limit {
    my $nginx = serve('limit');
    my %count;

    for (1 .. 3000) {
        my $status = http_get($nginx, $path, token => 'right')->status;

        last if $count{$status}++ > 60 && $status == 429;
    }

    cmp_ok($count{404}, '>=', 50, 'limit: so many are answered');
    ok($count{429}, '... and then no more');
    is(join(' ', sort keys %count), '404 429', '... and nothing else happens');
}


# Secrets

sub test_changes {
    my $gateway = Polycard::Gateway->new;

    # of its own: nobody else may be the one who sends the hooks
    $redis = shop_redis();

    my $socket = $redis->socket;

    $redis->client->acl('setuser', 'polycard', '>first');

    my $nginx = Polycard::Nginx->new(
        files => { 'access.tokens' => "first\n", 'redis.password' => 'first',
                   'hook.token' => '0' x 32 },
        http => market('shop1', redis => "unix:$socket",
            redis_user => 'polycard',
            redis_password_file => '%%DIR%%/redis.password',
            access_token_file => '%%DIR%%/access.tokens',
            card_numbers => 'phone', hook => $gateway->url,
            hook_insecure => 'on', hook_token_file => '%%DIR%%/hook.token')
            . "server { listen 127.0.0.1:%%PORT_0%%;\n" . services('shop1')
            . "location = /hook { internal; polycard_hook shop1; } }\n");

    wait_until { ($redis->client->hget('polycard:{shop1}:meta', 'sync') || '')
        eq 'done' } 60, 'the first sync';

    my @rotate = @{ $blocks{'sh rotate'} };
    my $asks = sub {
        my ($token) = @_;
        return http_get($nginx, $path, token => $token)->status;
    };
    my $tokens = sub { split /\n/, slurp($nginx->path('access.tokens')) };

    is(scalar @rotate, 3, 'steps');
    is($asks->('first'), 404, 'the first token');

    change($nginx, shift @rotate);
    my (undef, $new) = $tokens->();
    is($asks->($_), 404, 'both tokens') for 'first', $new;

    change($nginx, shift @rotate);
    is($asks->('first'), 401, 'the old token is none any more');
    is($asks->($new), 404, 'the new one is');

    change($nginx, shift @rotate);
    $redis->client->fcall('polycard_put_client', 1, 'polycard:{shop1}:',
        380671112233, 'barcode', 1);
    my ($hook) = $gateway->wait_requests(1);
    like($hook->{body}, qr/"token":"1{32}"/, 'a hook has the new token');

    my ($redis_rotate) = @{ $blocks{'sh rotate redis'} };
    test_refused($nginx, $redis_rotate);
    change($nginx, $redis_rotate);
    $redis->client->acl('setuser', 'polycard', '<first');
    $redis->client->client('kill', 'user', 'polycard');
    wait_until { $asks->($new) == 200 } 60,
        'the service with the new password of Redis';

    change($nginx, $blocks{'sh secrets'}[0]);
    my @made = $tokens->();
    like("@made", qr/^[0-9a-f]{64}$/, 'a fresh token');
    is((stat $nginx->path('access.tokens'))[2] & 0777, 0600, 'for root only');
}


# Redis does not let everybody do it, and redis-cli ends with 0 all the same

sub test_refused {
    my ($nginx, $block) = @_;

    my $password = slurp($nginx->path('redis.password'));
    my $done = 'touch ' . $nginx->path('reloaded') . "\n";
    my $commands = Polycard::Docs->new(
        replace => [ [ qr{/etc/nginx/polycard}, $nginx->dir ] ],
        bin => {
            'sudo'      => "#!/bin/sh\nexec \"\$@\"\n",
            'nginx'     => "#!/bin/sh\n",
            'systemctl' => "#!/bin/sh\n$done",
            'redis-cli' => "#!/bin/sh\ncat > /dev/null\n"
                . "echo 'NOAUTH Authentication required.'\n",
        },
    );
    my ($answer) = $commands->shell($block->{text});

    isnt($answer->[0], 0, 'a password that Redis did not take');
    is(slurp($nginx->path('redis.password')), $password,
        '... is not given to nginx');
    ok(!-e $nginx->path('reloaded'), '... which is not reloaded');
}


# runs a block, and waits until its reload is over

sub change {
    my ($nginx, $block) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $dir = $nginx->dir;
    my @command = $nginx->command('nginx');
    my ($redis_cli) = grep { -x } map { "$_/redis-cli" } split /:/, $ENV{PATH};
    my @before = $nginx->workers;

    Polycard::Docs->new(
        replace => [ [ qr{/etc/nginx/polycard}, $dir ] ],
        bin => {
            'sudo'      => "#!/bin/sh\nexec \"\$@\"\n",
            'nginx'     => "#!/bin/sh\nexport ASAN_OPTIONS="
                . "\$ASAN_OPTIONS:detect_leaks=0\nexec @command \"\$@\"\n",
            'systemctl' => "#!/bin/sh\n[ \"\$*\" = 'reload nginx' ] &&"
                . " kill -HUP \$(cat $dir/nginx.pid)\n",
            'redis-cli' => "#!/bin/sh\nexec $redis_cli -s "
                . $redis->socket . " \"\$@\"\n",
        },
    )->run($block);

    return if $block->{text} !~ /reload/;

    wait_until {
        my %now = map { $_ => 1 } $nginx->workers;
        %now && !grep { $now{$_} } @before
    } 60, 'the reload';
}
