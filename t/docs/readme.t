# The documents tell the truth.  Every code block of README.md,
# docs/services.md and docs/directives.md is marked with what it is:
#
#   console            commands and answers, while `make run` is running: run,
#                      and compared
#   console installed  the same, with the example of the README installed
#   console make-run   the output of `make run`: compared
#   sh run             like console, the answer in "text output" after it
#   sh install|remove  run in a folder that looks like Debian's, with a `sudo`
#                      and a `systemctl` of the test's own
#   sh build           not run: its targets and variables are compared with
#                      the Makefile's; t/package/build.t builds
#   sh other-tree      not run, it must be correct shell; t/package/build.t
#                      builds that way
#   sh packages        not run: the names are compared with what
#                      t/scripts/install-deps installs
#   nginx file=...     written there, then served from
#   nginx http|market  nginx -t, as all of http {} or of a market's block
#   nginx market hook  the same, of a market with hooks
#   nginx http error   nginx -t fails with the "text error" after it
#   nginx main         compared with the load file of `make install`
#   text log           compared with a line that was provoked
#
# What is not run here is compared with the sources by t/docs/sources.t.

use strict;
use warnings;

use Polycard::Certificates;
use Polycard::Command;
use Polycard::Docs;
use Polycard::Gateway;
use Polycard::HTTP;
use Polycard::Nginx;
use Polycard::Redis;
use Polycard::Test;

my $root = source_dir();
my @documents = qw( README.md docs/services.md docs/directives.md );
my $made;

my %known = map { $_ => 1 }
    'console', 'console installed', 'console make-run', 'sh run',
    'sh install', 'sh remove', 'sh build', 'sh packages', 'sh other-tree',
    'nginx file', 'nginx http', 'nginx market', 'nginx http error',
    'nginx market hook', 'nginx main', 'text output', 'text error', 'text log';

my %blocks;

for my $document (@documents) {
    for my $block (blocks($document)) {
        my $mark = "$block->{lang} $block->{mark}";
        $mark =~ s/=.*//, $mark =~ s/\s+$//;

        ok($known{$mark}, "$document:$block->{line} is marked: '$mark'");

        $block->{kind} = $mark;
        push @{ $blocks{$document} }, $block;
    }
}

test_sessions($_) for @documents;
test_configurations();
test_installation();

finish();


sub of_kind {
    my ($document, $pattern) = @_;

    return grep { $_->{kind} =~ /^(?:$pattern)$/ }
        map { @{ $blocks{$_} } } $document ? $document : @documents;
}


# While `make run` is running

sub test_sessions {
    my ($document) = @_;

    my $run = start_run();

    for my $block (of_kind($document, 'console make-run')) {
        my $shown = $block->{text};

        is($shown =~ s/^\$ make run\n// ? 1 : 0, 1, 'make run is shown');
        like_shown($run->{session}->as_shown($made->output),
            $run->{session}->as_shown($shown),
            "$document: what make run prints");
    }

    $run->{session}->run(of_kind($document, 'console|sh run|text output'));

    stop_run();
}


sub start_run {
    my $dir = temp_dir();
    my $port = free_port();

    $made = Polycard::Command->new({ group => 1,
        env => { RUN => "$dir/run", PORT => $port } }, "$root/t/scripts/run");

    wait_until { $made->output =~ /^Ctrl-C/m || !$made->alive } 60, 'make run';

    my $session = Polycard::Docs->new(
        replace => [ [ qr{build/run}, "$dir/run" ],
                     [ qr{127\.0\.0\.1:8080}, "127.0.0.1:$port" ] ],
        shown   => [ [ qr/Bearer [0-9a-f]{32}/, 'Bearer TOKEN' ],
                     [ qr/$dir\/run/, 'build/run' ],
                     [ qr/^\d\d:\d\d:\d\d hook:/m, '12:00:00 hook:' ],
                     [ qr{127\.0\.0\.1:$port}, '127.0.0.1:8080' ] ],
        bin     => { 'redis-cli' => redis_cli('') },
    );

    return { dir => $dir, port => $port, session => $session };
}


sub stop_run {
    $made->signal('TERM');
    ok($made->wait_end, 'make run ends');
}


# shows what a terminal would see

sub redis_cli {
    my ($options) = @_;

    my ($path) = grep { -x } map { "$_/redis-cli" } split /:/, $ENV{PATH};

    return "#!/bin/sh\nexec $path --no-raw $options \"\$@\"\n";
}


# Configurations

sub test_configurations {
    my $nginx = Polycard::Nginx->new(start => 0, http => '', files => {
        'access.tokens'  => "first\nsecond\n",
        'redis.password' => "secret\n",
        'hook.token'     => 'T0ken-T0ken-T0ken-T0ken-T0ken-32',
    });

    for my $block (of_kind(undef, 'nginx http')) {
        my ($status, $output) = conf_test($nginx, $block->{text});
        is($status, 0, "$block->{file}:$block->{line}: nginx -t")
            or diag($output);
    }

    for my $block (of_kind(undef, 'nginx market(?: hook)?')) {
        my ($status, $output) = conf_test($nginx, as_market($block));
        is($status, 0, "$block->{file}:$block->{line}: nginx -t")
            or diag($output);
    }

    my @errors = of_kind(undef, 'text error');

    for my $block (of_kind(undef, 'nginx http error')) {
        my $shown = shift(@errors)->{text};
        my ($status, $output) = conf_test($nginx, $block->{text});

        isnt($status, 0, "$block->{file}:$block->{line}: nginx -t fails");

        # where the block begins in the file that was tested

        my ($before) = slurp($nginx->path('test.conf'))
            =~ /\A(.*)^polycard_market/ms;
        my $offset = $before =~ tr/\n//;
        my $file = $nginx->path('test.conf');

        $output =~ s{\Q$file\E:(\d+)}{'/etc/nginx/nginx.conf:'
                                      . ($1 - $offset)}ge;
        like_shown($output, "...\n$shown...\n", '... as is shown');
    }

    is(scalar @errors, 0, 'every error was seen');
}


sub conf_test {
    my ($nginx, $text) = @_;

    $text =~ s{/etc/nginx/polycard|/var/log/nginx}{%%DIR%%}g;
    $text =~ s{listen (\d+);}{listen 127.0.0.1:%%PORT_$1%%;}g;

    return $nginx->conf_test($text);
}


# what a market must have besides

sub as_market {
    my ($block) = @_;

    my ($text, $locations) = ($block->{text}, Polycard::Nginx::services('shop1'));
    my %more = (redis => '127.0.0.1', access_token => 'off',
                card_numbers => 'phone');

    if ($block->{mark} =~ /hook/) {
        $more{hook} = 'https://gate.example.com/';
        $more{hook_token_file} = '/etc/nginx/polycard/hook.token';
        $locations .= 'location = /x { internal; polycard_hook shop1; }';
    }

    delete $more{access_token} if $text =~ /^access_token_file/m;

    for my $name (sort keys %more) {
        $text .= "$name $more{$name};\n" if $text !~ /^$name\b/m;
    }

    return "polycard_market shop1 {\n$text}\nserver {\nlisten 80;\n"
        . "$locations}\n";
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
    $text =~ s{https://gate\.polycard\.club/[^;]*;}
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

    for my $block (of_kind('README.md', 'nginx file')) {
        my ($path) = $block->{mark} =~ /file=(\S+)/;
        spew($nginx->dir . $path, $fill->($block->{text}));
    }

    my $session = Polycard::Docs->new(
        bin   => stand_ins($nginx, $redis),
        shown => [ [ qr/^\[[^]]* [+-]\d{4}\] \d{13}-\d+ /m, '[TIME] ID ' ] ],
    );
    my ($before) = $nginx->workers;
    my @install = of_kind('README.md', 'sh install');

    $_->{text} = $fill->($_->{text}) for @install;
    $session->run(@install);

    my $load = slurp($nginx->path(
        'usr/share/nginx/modules-available/mod-http-polycard.conf'));
    is($_->{text}, $load, 'the load file holds what README.md says')
        for of_kind('README.md', 'nginx main');

    wait_until { ($redis->client->hget('polycard:{shop1}:meta', 'sync') || '')
        eq 'done' } 10, 'the first sync';

    my @host = (headers => [ Host => 'polycard.example.com' ]);
    my $url = '/api/v1/web_service/getGroups';

    wait_until { ! grep { $_ == $before } $nginx->workers } 10, 'the reload';
    is(http_get($nginx, $url, @host)->status, 401, 'the market is there');
    is(http_get($nginx, '/')->body, "the other site\n",
        'the other site is as it was');

    my $tokens = $nginx->path('etc/nginx/polycard/access.tokens');
    is((stat $tokens)[2] & 0777, 0600, 'only its owner may read the token');

    my @console = of_kind('README.md', 'console installed');
    $_->{text} = $fill->($_->{text}) for @console;

    # the last one looks at the hooks of those before
    my $log = pop @console;
    $session->run(@console);

    wait_until { $gateway->requests == 2
        && slurp($nginx->path('var/log/nginx/polycard-hook.log'))
            =~ tr/\n// == 2 } 10, 'the hooks';
    $session->run($log);

    like(http_get($nginx, '/status?format=prometheus', port => 1)->body,
        qr/^polycard_clients\{market="shop1"\} 2$/m, 'the example has a status');

    test_access_log($nginx);
    test_error_log($nginx);
    test_limit($nginx, $url, @host);
    test_tls($nginx);

    ($before) = $nginx->workers;

    my @remove = of_kind('README.md', 'sh remove');
    $_->{text} = $fill->($_->{text}) for @remove;
    $session->run(@remove);

    wait_until { ! grep { $_ == $before } $nginx->workers } 10, 'the reload';

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
        of_kind(undef, 'text log');
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
