# The example of README.md, installed as it says, into a folder that looks like
# Debian's; and gone again:
#
#   nginx file=...     written there, then served from
#   console installed  commands and answers: run, and compared
#   sh install|remove  run, with a `sudo` and a `systemctl` of the test's own
#   nginx main         compared with the load file of `make install`
#   text log           of docs/directives.md: compared with a line that was
#                      provoked

use strict;
use warnings;

use lib 't/lib';

use Polycard::Certificates;
use Polycard::Docs;
use Polycard::Gateway;
use Polycard::HTTP;
use Polycard::Nginx;
use Polycard::Redis;
use Polycard::Test;

my $root = source_dir();

test_installation();

finish();


sub blocks_of {
    my ($document, $kind) = @_;

    return grep { "$_->{lang} $_->{mark}" =~ /^$kind(?:=|$)/ }
        blocks($document);
}


# The example of the README, in a folder that has what Debian's nginx brings
# along: a configuration with another site in it.

{
    package Debian;

    use parent -norequire, 'Polycard::Nginx';

    sub head {
        my $user = $> == 0 && !$ENV{POLYCARD_NGINX} ? 'www-data' : 'root root';

        return "daemon off;\n" . ($> == 0 ? "user $user;\n" : '');
    }

    sub command {
        my ($self) = @_;

        return (Polycard::Test::nginx_binary(),
                '-p', $self->path('usr/share/nginx/'),
                '-e', $self->path('nginx.log'),
                '-c', $self->path('nginx.conf'));
    }
}


sub debian {
    my $nginx = Debian->new(start => 0, config => <<'EOC');
worker_processes 1;
pid %%DIR%%/nginx.pid;
error_log %%DIR%%/nginx.log info;
error_log %%DIR%%/var/log/nginx/error.log;
include %%DIR%%/etc/nginx/modules-enabled/*.conf;

events {
    worker_connections 768;
}

http {
    client_body_temp_path %%DIR%%/body;
    proxy_temp_path %%DIR%%/proxy;
    fastcgi_temp_path %%DIR%%/fastcgi;
    uwsgi_temp_path %%DIR%%/uwsgi;
    scgi_temp_path %%DIR%%/scgi;

    access_log %%DIR%%/var/log/nginx/access.log;
    gzip on;

    include %%DIR%%/etc/nginx/conf.d/*.conf;
    include %%DIR%%/etc/nginx/sites-enabled/*;
}
EOC

    my $dir = $nginx->dir;
    my @folders = map { ("etc/nginx/$_") } qw( conf.d modules-enabled
        sites-available sites-enabled );

    run_command('mkdir', '-p', map { "$dir/$_" } @folders, 'var/log/nginx',
        'usr/lib/nginx/modules', 'usr/share/nginx/modules-available');
    symlink '../../lib/nginx/modules', "$dir/usr/share/nginx/modules"
        or die "symlink: $!\n";

    $nginx->write_file('etc/nginx/sites-enabled/default', <<'EOC');
server {
    listen 127.0.0.1:%%PORT_0%% default_server;
    location / { return 200 "the other site\n"; }
}
EOC

    return $nginx->start;
}


sub installed_text {
    my ($nginx, $redis, $gateway, $text) = @_;

    my ($dir, $http, $port) = ($nginx->dir, $nginx->port(0), $redis->port);

    $text =~ s{(?<![\w.])/(?=(?:etc|usr/share|var/log)/)}{$dir/}g;
    $text =~ s{listen 80;}{listen 127.0.0.1:$http;};
    $text =~ s{127\.0\.0\.1(?=/)}{127.0.0.1:$http}g;
    $text =~ s{127\.0\.0\.1:8081}{'127.0.0.1:' . $nginx->port(1)}ge;
    $text =~ s{127\.0\.0\.1:6379}{127.0.0.1:$port}g;
    $text =~ s{https://staging-gate\.polycard\.club/[^;]*;}
              {$gateway->{url}; hook_ssl_trusted_certificate $gateway->{ca};};

    return $text;
}


# `make install` builds for the installed nginx: where another one is under
# test, the same is done by hand. `make uninstall` looks for a link to the true
# place of the load file, which in our folder leads to the folder.

sub stand_ins {
    my ($nginx, $redis) = @_;

    my $dir = $nginx->dir;
    my $name = 'mod-http-polycard.conf';
    my $load_file = "/usr/share/nginx/modules-available/$name";
    my $load = "$dir$load_file";
    my $link = "$dir/etc/nginx/modules-enabled/50-$name";
    my $module = "$dir/usr/lib/nginx/modules/ngx_polycard_module.so";
    my $make = $ENV{POLYCARD_NGINX}
        ? "if [ \$1 = install ]; then\n"
          . "    cp " . module_path() . " $module\n"
          . "    echo 'load_module modules/ngx_polycard_module.so;' > $load\n"
          . "else\n"
          . "    rm $module $load $link\n"
          . "fi\n"
        : "[ \$1 = install ] || ln -sfn $load_file $link\n"
          . "exec make -C $root \"\$@\" DESTDIR=$dir\n";

    # leaves our own folder out of the way to the real make
    my $path = 'PATH=${PATH#*:}';
    my @nginx = $nginx->command;

    return {
        'sudo'      => "#!/bin/sh\nexec \"\$@\"\n",
        'make'      => "#!/bin/sh\n$path\n$make",
        'nginx'     => "#!/bin/sh\n"
            . "export ASAN_OPTIONS=\$ASAN_OPTIONS:detect_leaks=0\n"
            . "exec @nginx \"\$@\"\n",
        'systemctl' => "#!/bin/sh\n[ \"\$*\" = 'reload nginx' ] &&"
            . " kill -HUP \$(cat $dir/nginx.pid)\n",
        'redis-cli' => redis_cli('-s ' . $redis->socket),
    };
}


sub test_installation {
    my $redis = Polycard::Redis->new;
    my $nginx = debian();
    my $ca = Polycard::Certificates->new;
    my $gateway = Polycard::Gateway->new(tls => [ $ca->issue('localhost') ]);
    my $fill = sub {
        return installed_text($nginx, $redis,
            { url => $gateway->url, ca => $ca->file }, $_[0]);
    };

    is(http_get($nginx, '/')->body, "the other site\n", 'before: one site');

    for my $block (blocks_of('README.md', 'nginx file')) {
        my ($path) = $block->{mark} =~ /file=(\S+)/;
        spew($nginx->dir . $path, $fill->($block->{text}));
    }

    my $session = Polycard::Docs->new(
        bin   => stand_ins($nginx, $redis),
        shown => [ [ qr/^\[[^]]* [+-]\d{4}\] \d{13}-\d+ /m, '[TIME] ID ' ] ],
    );
    my ($before) = $nginx->workers;
    my @install = blocks_of('README.md', 'sh install');

    $_->{text} = $fill->($_->{text}) for @install;
    $session->run(@install);

    my $load = slurp($nginx->path(
        'usr/share/nginx/modules-available/mod-http-polycard.conf'));
    is($_->{text}, $load, 'the load file holds what README.md says')
        for blocks_of('README.md', 'nginx main');

    wait_until { ($redis->client->hget('polycard:{shop1}:meta', 'sync') || '')
        eq 'done' } 'the first sync';

    my @host = (headers => [ Host => 'polycard.example.com' ]);
    my $url = '/api/v1/web_service/getGroups';

    wait_until { ! grep { $_ == $before } $nginx->workers } 'the reload';
    is(http_get($nginx, $url, @host)->status, 401, 'the market is there');
    is(http_get($nginx, '/')->body, "the other site\n",
        'the other site is as it was');

    my $tokens = $nginx->path('etc/nginx/polycard/access.tokens');
    is((stat $tokens)[2] & 0777, 0600, 'only its owner may read the token');

    my @console = blocks_of('README.md', 'console installed');
    $_->{text} = $fill->($_->{text}) for @console;

    # the last ones look at the hooks of those before, and take the clients away
    my $forget = pop @console;
    my $log = pop @console;
    $session->run(@console);

    wait_until { $gateway->requests == 2
        && slurp($nginx->path('var/log/nginx/polycard-hook.log'))
            =~ tr/\n// == 2 } 'the hooks';
    $session->run($log);

    like(http_get($nginx, '/status?format=prometheus', port => 1)->body,
        qr/^polycard_clients\{market="shop1"\} 2$/m, 'the example has a status');

    $session->run($forget);
    is($redis->client->zcard('polycard:{shop1}:clients'), 0,
        'what was tried is gone');
    wait_until { $redis->client->xlen('polycard:{shop1}:registered') == 0 }
        '... for the back office too';

    test_access_log($nginx);
    test_error_log($nginx);
    test_limit($nginx, $url, @host);
    test_tls($nginx);

    ($before) = $nginx->workers;

    my @remove = blocks_of('README.md', 'sh remove');
    $_->{text} = $fill->($_->{text}) for @remove;
    $session->run(@remove);

    wait_until { ! grep { $_ == $before } $nginx->workers } 'the reload';

    # another site's answer, which docs/openapi.yaml does not know
    local $Polycard::Record::MOST = 0;
    is(http_get($nginx, $url, @host)->body, "the other site\n",
        'the market is gone');
    is(http_get($nginx, '/')->body, "the other site\n", 'one site again');
    is_deeply([ grep { !m{/sites-enabled/default$} }
                split /\n/, (run_command('find', $nginx->path('etc'),
                    '-not', '-type', 'd'))[1] ], [], 'nothing else is left');
}


# what nobody asked for by a request, and below Debian's level

sub test_error_log {
    my ($nginx) = @_;

    my $log = slurp($nginx->path('var/log/nginx/polycard-error.log'));

    like($log, qr/\[notice\] .*version \d+ of the library was loaded into /,
        'the log of the example has the lines at notice');
    unlike(slurp($nginx->path('var/log/nginx/error.log')), qr/\[notice\]/,
        q{... which Debian's own has not});
}


sub test_access_log {
    my ($nginx) = @_;

    my $log = slurp($nginx->path('var/log/nginx/polycard.log'));

    like($log, qr{"GET[ ]/api/v1/web_service/getClient\?phone=38067\*{3}2233
        [ ]HTTP/1\.1"[ ]200[ ]shop1[ ]ok[ ]38067\*{3}2233[ ][\d.]+[ ][\d.]+$}mx,
        'the access log has a line');
    unlike($log, qr/token|\d{12}|Bearer/, '... without whole phone and token');
}


# more requests than the example allows

sub test_limit {
    my ($nginx, $url, @host) = @_;

    my $answer;

    for (1 .. 2000) {
        $answer = http_get($nginx, $url, @host);
        last if $answer->status != 401;
    }

    is($answer->status, 429, 'too many requests: 429');
    is($answer->body,
        '{"status":"NOK","error":"too many requests, try again later"}',
        '... in the form of the services');

    my ($shown) = map { $_->{text} =~ /(limiting.*)/ }
        blocks_of('docs/directives.md', 'text log');
    my ($line) = slurp($nginx->path('var/log/nginx/polycard-error.log'))
        =~ /^.*(limiting requests.*)$/m;

    for ($shown, $line) {
        s/excess: [\d.]+/excess: N/;
        s/client: [\d.]+/client: ADDRESS/;
        s{/web_service/\w+}{/web_service/X};
        s{, host: .*}{};
    }

    is($line, $shown, 'nginx logs it as docs/directives.md shows');
}


# the three lines of the server that are comments

sub test_tls {
    my ($nginx) = @_;

    my $site = $nginx->path('etc/nginx/sites-available/polycard');
    my $plain = slurp($site);
    my $text = $plain;
    my $port = $nginx->port(1);
    my %file = (certs => $nginx->path('cert.pem'),
                private => $nginx->path('key.pem'));

    run_command('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes',
        '-subj', '/CN=polycard.example.com', '-days', '2',
        '-out', $file{certs}, '-keyout', $file{private});

    is($text =~ s/^( +)# (?=listen 443|ssl_)/$1/gm, 3, 'three lines for TLS');
    $text =~ s/listen 443/listen 127.0.0.1:$port/;
    $text =~ s{\S+/ssl/(certs|private)/[^;]+}{$file{$1}}g;
    $text =~ s/^ +listen \S+;\n//m;

    spew($site, $text);
    ok($nginx->reload, 'the server with TLS');
    is(http_get($nginx, '/api/v1/web_service/getClients', ssl => 1, port => 1)
        ->status, 401, '... answers');

    spew($site, $plain);
    ok($nginx->reload, '... and without again');
}
