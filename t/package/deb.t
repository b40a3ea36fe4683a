# The Debian package: built by an ordinary user, twice the same, without a warning
# of lintian's; and in a fresh Debian installed, tried as a new user would by
# docs/first-market.md, upgraded, removed and purged.
#
#   sh|console first       docs/first-market.md, in this order
#   nginx first=...        written there
#   ... first-synced       the same, when the first sync is done
#   ... first-hook         when the hook has arrived
#   sh first-example       when names and ports are put into the example
#   sh|console upgrade     with a newer package
#   sh rollback            with the older one again
#   sh deb-remove          at the end
#   sh deb-build           not run: t/docs/sources.t knows the target
#   sh deb-install         before that, with the package in build/
#   sh build|other-tree    not run, see t/docs/readme.t
#   nginx main             compared with the load file

use strict;
use warnings;

use lib 't/lib';

use File::Basename qw( basename );
use Redis;

use Polycard::Certificates;
use Polycard::DebianTree;
use Polycard::Docs;
use Polycard::Gateway;
use Polycard::HTTP;
use Polycard::Test;
use Polycard::Tree;

plan(skip_all => 'the installed nginx is not the one under test')
    if $ENV{POLYCARD_NGINX};

plan(skip_all => 'no nginx-dev of Debian')
    if (run_command('which', 'dh_nginx', 'dpkg-buildpackage', 'lintian'))[0];

my %blocks = known_blocks(qw( first-market installation upgrade ));

my $name = 'libnginx-mod-http-polycard';
my $link = "etc/nginx/modules-enabled/50-mod-http-polycard.conf";
my $module = 'usr/lib/nginx/modules/ngx_polycard_module.so';
my $dir = temp_dir();

my ($deb, $abi) = test_build();

my $missing = Polycard::DebianTree::missing();

SKIP: {
    skip $missing, 1 if $missing;

    subtest 'in a fresh Debian', \&test_debian;
}

finish();


sub known_blocks {
    my %blocks;

    for my $document (@_) {
        for my $block (blocks("docs/$document.md")) {
            my $kind = "$block->{lang} $block->{mark}";

            like($kind, qr/^(?:(?:sh|console)\ (?:first(?:-\w+)?|upgrade
                |rollback|deb-\w+|build|other-tree)|nginx\ (?:first=.*|main)
                )$/x, "$block->{file}:$block->{line} is marked: '$kind'");
            push @{ $blocks{$document} }, $block;
        }
    }

    return %blocks;
}


sub of_mark {
    my ($document, $mark) = @_;

    return grep { $_->{mark} eq $mark } @{ $blocks{$document} };
}


# Building

sub test_build {
    my $first = build("$dir/first", 022);
    my $second = build("$dir/a-second-one-somewhere-else", 077);

    for my $file (sort keys %$first) {
        ok(slurp($first->{$file}) eq slurp($second->{$file}),
            "$file is the same when it is built again");
    }

    my ($deb) = grep { m{/${name}_} } values %$first;
    my ($changes) = glob "$dir/first/build/*.changes";

    my ($status, $output) = run_command('lintian',
        '--allow-root', '-EvIL', '+pedantic',
        '--fail-on=error,warning', $changes);
    is($status, 0, 'lintian has no errors and warnings') or diag($output);
    note($output);

    my $control = slurp_command('dpkg-deb', '-f', $deb);
    my ($abi) = $control =~ /^Depends: .*\b(nginx-abi-[\d.]+-\d+)(?:,|$)/m;
    my $installed = slurp_command('dpkg-query', '-W', '-f', '${Provides}',
        'nginx');

    ok($abi, 'it needs one ABI of nginx');
    like($installed, qr/(?:^|\s)\Q$abi\E(?:,|$)/, '... that of the installed');
    like($control, qr/^Depends: .*\b$_/m, "... and $_")
        for qw( libhiredis libcurl libcjson );

    my %content = map { m{ \./(\S*[^/\s])(?: -> .*)?$} ? ($1 => 1) : () }
        split /\n/, slurp_command('dpkg-deb', '-c', $deb);

    ok($content{$_}, "$_ is in it") for $module,
        'usr/share/nginx/modules-available/mod-http-polycard.conf',
        map { "usr/share/doc/$name/$_" } qw( README.md docs/directives.md
            examples/polycard.conf examples/polycard.site
            examples/polycard.log copyright );

    return ($deb, $abi);
}


# as an ordinary user where root could give way to one

sub build {
    my ($tree, $umask) = @_;

    mkdir $tree or die "$tree: $!\n";
    copy_tree($tree);

    my @as;

    if ($> == 0) {
        run_command('chown', '-R', 'nobody', $tree);
        @as = qw( runuser -u nobody -- );
    }

    my %before = files($tree);
    my $old = umask $umask;
    my ($status, $output) = run_command({ dir => $tree },
        @as, "$tree/t/scripts/deb");
    umask $old;

    is($status, 0, 'the package is built') or diag($output);

    my %debs = map { (basename($_) => $_) } glob "$tree/build/*.deb";
    is_deeply([ map { /^([a-z-]+)_/ } sort keys %debs ],
        [ "$name-dbgsym", $name ], '... and that of its symbols');

    my %after = files($tree);
    delete @after{ grep { m{^build/} } keys %after };
    is_deeply(\%after, \%before, 'nothing is written outside build/');

    return \%debs;
}


sub slurp_command {
    my (@command) = @_;

    my ($status, $output) = run_command(@command);
    is($status, 0, "$command[0] $command[1]") or diag($output);

    return $output;
}


# In a fresh Debian. It has from the beginning what the package depends on, so
# that apt needs no network.

sub test_debian {
    my @depends = map { s/[\s(|].*//sr }
        split /,\s*/, (run_command('dpkg-deb', '-f', $deb, 'Depends'))[1];
    my $tree = Polycard::DebianTree->new(packages => [
        qw( nginx redis-server ca-certificates curl openssl ),
        grep { $_ ne $abi } @depends ]);
    my %market = (map { $_ => free_port() } qw( default http redis services
        status toy ));

    settle_site($tree, $market{default});

    my %before = $tree->files;
    my $session = session($tree, \%market);

    run_command('cp', $deb, $session->{dir});

    test_first_market($tree, $session, \%market);
    test_services(\%market);
    test_upgrade($tree, $session, \%market);
    test_removal($tree, $session, \%market, \%before);
}


# nginx's own site must not be in the way of this machine's

sub settle_site {
    my ($tree, $port) = @_;

    my $site = $tree->path('etc/nginx/sites-available/default');

    spew($site, slurp($site) =~ s/listen \[::\].*//r
        =~ s/listen 80 default_server;/listen 127.0.0.1:$port;/r);
}


# the shell of the new user, who has ports of his own

sub session {
    my ($tree, $market) = @_;

    my %port = (6379 => 'redis', 8080 => 'services', 8081 => 'status',
                8082 => 'toy');
    my $at = "-p $market->{redis}";

    return Polycard::Docs->new(
        root    => $tree->dir,
        replace => [ map { my $name = $port{$_};
            [ qr/127\.0\.0\.1:$_\b/, "127.0.0.1:$market->{$name}" ] }
            keys %port ],
        shown   => [ [ qr/^time +\d.*$/m, 'time' ],
                     [ qr/^\(integer\) \d+$/m, '(integer) N' ] ],
        bin     => {
            'sudo'      => "#!/bin/sh\nexec \"\$@\"\n",
            'systemctl' => "#!/bin/sh\n[ \"\$*\" = 'reload nginx' ] &&"
                . " exec nginx -q -s reload\n",
            'service'   => "#!/bin/sh -e\n[ \"\$*\" = 'nginx upgrade' ]\ncd /run\n"
                . "kill -USR2 \$(cat nginx.pid)\nuntil [ -s nginx.pid.oldbin"
                . " -a -s nginx.pid ]; do :; done\nkill -QUIT \$(cat *.oldbin)\n",
            'apt-get'   => "#!/bin/sh\n[ \"\$1\" = update ] ||"
                . " DEBIAN_FRONTEND=noninteractive exec /usr/bin/apt-get"
                . " \"\$@\"\n",
            'redis-cli' => "#!/bin/sh\nexec /usr/bin/redis-cli $at"
                . " --no-raw \"\$@\"\n",
            'polycard-import' => "#!/bin/sh\nexec /usr/bin/polycard-import"
                . " --redis 127.0.0.1:$market->{redis} \"\$@\"\n",
        },
    );
}


# runs a block, and waits for what it has set going

sub follow {
    my ($tree, $session, $block) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my @before = $tree->workers;

    $session->run($block);

    return if $block->{text} !~ /reload nginx|nginx upgrade/;

    wait_until {
        my %now = map { $_ => 1 } $tree->workers;
        %now && !grep { $now{$_} } @before
    } 60, 'new workers';
}


sub in_tree {
    my ($tree, @command) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($status, $output) = $tree->run(@command);
    is($status, 0, "@command") or diag($output);

    return $output;
}


sub test_first_market {
    my ($tree, $session, $market) = @_;

    my %before = (
        'first-synced'  => sub { wait_until {
            http_get($market->{status}, '/status?format=json')->body
                =~ /"first_sync": *"done"/ } 600, 'the first sync' },
        'first-hook'    => sub { wait_until {
            -s $tree->path('var/log/nginx/toy-gateway.log') } 60, 'the hook' },
        'first-example' => sub { fill_example($tree, $market) },
    );

    for my $block (@{ $blocks{'first-market'} }) {
        if ($block->{mark} =~ m{^first=/(.+)}) {
            spew($tree->path($1), Polycard::Docs::replace($block->{text},
                $session->{replace}));
            next;
        }

        $before{ $block->{mark} }->() if $before{ $block->{mark} };
        follow($tree, $session, $block);
        start_servers($tree, $market) if $block->{text} =~ /apt-get install/;
    }

    my ($main) = grep { $_->{lang} eq 'nginx' } @{ $blocks{installation} };
    is($main->{text}, slurp($tree->path(
        'usr/share/nginx/modules-available/mod-http-polycard.conf')),
        'the load file holds what docs/installation.md says');
}


# as apt would

sub start_servers {
    my ($tree, $market) = @_;

    ok(-l $tree->path($link), 'the module is enabled');

    $tree->start('redis-server', '/etc/redis/redis.conf', '--port',
        $market->{redis}, '--bind', '127.0.0.1', '--daemonize', 'no');
    in_tree($tree, '/usr/sbin/nginx');

    wait_until { http_get($market->{default}, '/')->status == 200 } 60,
        'nginx';
    wait_until { eval {
        Redis->new(server => "127.0.0.1:$market->{redis}")->ping } } 60,
        'Redis';
}


# the example as it is, but for ports and the gateway

sub fill_example {
    my ($tree, $market) = @_;

    my $ca = $market->{ca} = Polycard::Certificates->new;

    $market->{gateway} = Polycard::Gateway->new(tls =>
        [ $ca->issue('gateway', 'DNS:localhost') ]);

    my $url = $market->{gateway}->url;
    my $conf = $tree->path('etc/nginx/conf.d/polycard.conf');
    my $site = $tree->path('etc/nginx/sites-available/polycard');
    my ($text, $server) = (slurp($conf), slurp($site));

    is($text =~ s{https://staging-gate\.polycard\.club/[^;]*;}
        {$url; hook_ssl_trusted_certificate /etc/nginx/polycard/ca;}, 1,
        'the example has the gateway');
    is($text =~ s/127\.0\.0\.1:6379/127.0.0.1:$market->{redis}/, 1,
        '... Redis');
    is($server =~ s/listen 80;/listen 127.0.0.1:$market->{http};/, 1,
        '... and a port');
    is($server =~ s/127\.0\.0\.1:8081/127.0.0.1:$market->{status}/, 1,
        '... and one of the status');

    spew($conf, $text);
    spew($site, $server);
    spew($tree->path('etc/nginx/polycard/ca'), slurp($ca->file));
    ($market->{token}) = slurp($tree->path('etc/nginx/polycard/access.tokens'))
        =~ /(\S+)/;
}


sub ask {
    my ($market, $query, @more) = @_;

    return http_request($market->{http}, @more ? 'POST' : 'GET',
        "/api/v1/web_service/$query", token => $market->{token},
        headers => [ Host => 'polycard.example.com' ], @more);
}


sub test_services {
    my ($market) = @_;

    wait_until { http_get($market->{status}, '/status?format=json')->body
        =~ /"first_sync": *"done"/ } 60, 'the first sync of the example';
    like(http_get($market->{status}, '/status?format=json')->body,
        qr/"clients": *0,/, 'none of the made-up clients is left');

    is(ask($market, 'addClient', type => 'application/json',
        body => '{"phone":"380671112233","name":"Taras"}')->body,
        '{"status":"OK","id":1,"code":"2000000000015"}', 'addClient');
    is(ask($market, 'getClient?phone=380671112233')->body,
        '{"phone":"380671112233","name":"Taras","barcode":"2000000000015"}',
        'getClient');
    is(ask($market, 'getGroups')->body, '[]', 'getGroups');
    is(ask($market, 'getClients')->header('X-Total-Count'), 1, 'getClients');

    my ($hook) = $market->{gateway}->wait_requests(1);
    like($hook->{body}, qr/"object":"clients","action":"added"/, 'a hook');
}


sub test_upgrade {
    my ($tree, $session, $market) = @_;

    my $dir = $session->{dir};

    # as in the sources, after make deb

    run_command('mkdir', "$dir/previous", "$dir/build");
    run_command('sh', '-c', "cp $dir/$name*.deb $dir/build");
    follow($tree, $session, $_) for of_mark('installation', 'deb-install');
    run_command('sh', '-c', "mv $dir/$name*.deb $dir/previous");
    spew("$dir/${name}_2_all.deb", next_version($deb));

    follow($tree, $session, $_) for of_mark('upgrade', 'upgrade');

    like(in_tree($tree, 'dpkg-query', '-W', $name), qr/\+next$/, 'upgraded');
    is(ask($market, 'getClient?phone=380671112233')->status, 200,
        '... and it answers');
    is(running($market), (versions())[1], '... the newer module');

    # an administrator may have it disabled
    unlink $tree->path($link);
    in_tree($tree, 'apt-get', '-y', 'install', '--reinstall',
        "/tmp/session/${name}_2_all.deb");
    ok(!-l $tree->path($link), 'what was disabled stays so');
    symlink '/usr/share/nginx/modules-available/mod-http-polycard.conf',
        $tree->path($link);

    follow($tree, $session, $_) for of_mark('upgrade', 'rollback');
    unlike(in_tree($tree, 'dpkg-query', '-W', $name), qr/\+next$/,
        'rolled back');
    is(ask($market, 'getClient?phone=380671112233')->status, 200,
        '... and it answers');
    is(running($market), (versions())[0], '... the older module');
}


sub running {
    my ($market) = @_;

    return http_get($market->{status}, '/status?format=json')->json->{version};
}


# the package with a higher version, and so the module in it, as bytes

sub next_version {
    my ($deb) = @_;

    my $work = "$dir/next";

    run_command('dpkg-deb', '-R', $deb, $work);

    my $control = "$work/DEBIAN/control";
    spew($control, slurp($control) =~ s/^(Version: .*)$/$1+next/mr);

    spew("$work/$module", newer_module(slurp("$work/$module")));

    my ($status, $output) = run_command('dpkg-deb', '--root-owner-group', '-b',
        $work, "$work.deb");
    is($status, 0, 'a newer package') or diag($output);

    return slurp("$work.deb");
}


sub test_removal {
    my ($tree, $session, $market, $before) = @_;

    # too early

    my $still = qr{^A Polycard market is still configured: (.*)$}m;

    for my $how (qw( remove purge )) {
        my ($status, $output) = $tree->run('apt-get', '-y', $how, $name);

        is($status, 0, "$how while a market is configured");
        like($output, $still, '... says so');
        is(join(' ', sort split ' ', ($output =~ $still)[0] || ''),
            '/etc/nginx/conf.d/polycard.conf /etc/nginx/sites-enabled/polycard',
            '... and where');
    }

    follow($tree, $session, $_) for of_mark('installation', 'deb-install');

    # as the manual has it

    follow($tree, $session, $_) for of_mark('installation', 'deb-remove');

    ok(!-e $tree->path($module), 'the module is gone');
    ok(!-l $tree->path($link), 'and disabled');

    my ($status, $output) = $tree->run('dpkg-query', '-W', $name);
    isnt($status, 0, 'the package is not known any more');

    my %after = $tree->files;
    is_deeply(\%after, $before, 'nothing is left behind');

    my $redis = Redis->new(server => "127.0.0.1:$market->{redis}");
    is_deeply([ $redis->keys('*') ], [], 'nor in Redis');

    in_tree($tree, 'nginx', '-t');
    in_tree($tree, 'nginx', '-s', 'quit');
    wait_until { !$tree->workers } 60, 'the end of nginx';
    in_tree($tree, 'nginx');
    wait_until { http_get($market->{default}, '/')->status == 200 } 60,
        'nginx, which starts without it';
}
