# The Debian package: built by an ordinary user, twice the same, without a word
# of lintian's; and in a fresh Debian installed, used as its example says,
# upgraded, removed and purged.

use strict;
use warnings;

use lib 't/lib';

use File::Basename qw( basename );
use Redis;

use Polycard::Certificates;
use Polycard::DebianTree;
use Polycard::Gateway;
use Polycard::HTTP;
use Polycard::Test;
use Polycard::Tree;

plan(skip_all => 'the installed nginx is not the one under test')
    if $ENV{POLYCARD_NGINX};

plan(skip_all => 'no nginx-dev of Debian')
    if (run_command('which', 'dh_nginx', 'dpkg-buildpackage', 'lintian'))[0];

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

    my ($status, $output) = run_command({ timeout => 300 }, 'lintian',
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
            examples/polycard.conf examples/polycard.site copyright );

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

    my $old = umask $umask;
    my ($status, $output) = run_command({ timeout => 600, dir => $tree },
        @as, "$tree/t/scripts/deb");
    umask $old;

    is($status, 0, 'the package is built') or diag($output);

    my %debs = map { (basename($_) => $_) } glob "$tree/build/*.deb";
    is_deeply([ map { /^([a-z-]+)_/ } sort keys %debs ],
        [ "$name-dbgsym", $name ], '... and that of its symbols');

    my @others = grep { !m{^build/} && !m{/\.} } changed_in($tree);
    is_deeply(\@others, [], 'nothing is written outside build/');

    return \%debs;
}


sub changed_in {
    my ($tree) = @_;

    my %original = files(source_dir());
    my %copy = files($tree);

    return grep { !exists $original{$_} || $copy{$_} ne $original{$_} }
        sort keys %copy;
}


sub slurp_command {
    my (@command) = @_;

    my ($status, $output) = run_command(@command);
    is($status, 0, "$command[0] $command[1]") or diag($output);

    return $output;
}


# Installing. The tree has from the beginning what the package depends on, so
# that apt needs no network.

sub test_debian {
    my @depends = map { s/[ (|].*//r }
        split /,\s*/, (run_command('dpkg-deb', '-f', $deb, 'Depends'))[1];
    my $tree = Polycard::DebianTree->new(packages => [
        qw( nginx redis-server ca-certificates ),
        grep { $_ ne $abi } map { s/\s+$//r } @depends ]);

    my %market = (default => settle_ports($tree));
    my %before = $tree->files;

    run_command('cp', $deb, $tree->path("tmp/$name.deb"));
    spew($tree->path("tmp/$name-new.deb"), next_version($deb));

    in_tree($tree, 'apt-get', '-y', 'install', "/tmp/$name.deb");
    ok(-l $tree->path($link), 'the module is enabled');

    enable_example($tree, \%market);
    start_servers($tree, \%market);
    test_services(\%market);
    test_upgrade($tree, \%market);
    test_removal($tree, \%market, \%before);
}


sub in_tree {
    my ($tree, @command) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($status, $output) = $tree->run(@command);
    is($status, 0, "@command") or diag($output);

    return $output;
}


# nginx's own site must not be in the way of this machine's

sub settle_ports {
    my ($tree) = @_;

    my $site = $tree->path('etc/nginx/sites-available/default');
    my $port = free_port();

    spew($site, slurp($site) =~ s/listen \[::\].*//r
        =~ s/listen 80 default_server;/listen 127.0.0.1:$port;/r);

    return $port;
}


# the package with a higher version, as bytes

sub next_version {
    my ($deb) = @_;

    my $work = "$dir/next";

    run_command('dpkg-deb', '-R', $deb, $work);

    my $control = "$work/DEBIAN/control";
    spew($control, slurp($control) =~ s/^(Version: .*)$/$1+next/mr);

    my ($status, $output) = run_command('dpkg-deb', '--root-owner-group', '-b',
        $work, "$work.deb");
    is($status, 0, 'a newer package') or diag($output);

    return slurp("$work.deb");
}


# The example as it is, but for ports and the gateway

sub enable_example {
    my ($tree, $market) = @_;

    @$market{qw( http redis )} = (free_port(), free_port());

    my $ca = $market->{ca} = Polycard::Certificates->new;

    $market->{gateway} = Polycard::Gateway->new(tls =>
        [ $ca->issue('gateway', 'DNS:localhost') ]);

    my $examples = "usr/share/doc/$name/examples";
    my $conf = slurp($tree->path("$examples/polycard.conf"));
    my $site = slurp($tree->path("$examples/polycard.site"));

    is($conf =~ s{https://gate\.polycard\.club/[^;]*;}
        {@{[ $market->{gateway}->url ]}; hook_ssl_trusted_certificate /etc/nginx/polycard/ca;},
        1, 'the example has the gateway');
    is($conf =~ s/127\.0\.0\.1:6379/127.0.0.1:$market->{redis}/, 1,
        '... Redis');
    is($site =~ s/listen 80;/listen 127.0.0.1:$market->{http};/, 1,
        '... and a port');

    mkdir $tree->path('etc/nginx/polycard');
    spew($tree->path('etc/nginx/polycard/access.tokens'), "access-token\n");
    spew($tree->path('etc/nginx/polycard/hook.token'), 'T' x 32);
    spew($tree->path('etc/nginx/polycard/ca'), slurp($ca->file));
    spew($tree->path('etc/nginx/conf.d/polycard.conf'), $conf);
    spew($tree->path('etc/nginx/sites-available/polycard'), $site);
    symlink '/etc/nginx/sites-available/polycard',
        $tree->path('etc/nginx/sites-enabled/polycard');
}


sub start_servers {
    my ($tree, $market) = @_;

    $tree->start('redis-server', '--port', $market->{redis},
        '--bind', '127.0.0.1', '--save', '');
    in_tree($tree, 'nginx', '-t');
    in_tree($tree, 'nginx');

    wait_until { http_get($market->{http}, '/')->status } 30, 'nginx';
    wait_until { ask($market, 'getGroups')->status == 200 } 60, 'Redis';

    my $redis = Redis->new(server => "127.0.0.1:$market->{redis}");

    wait_until { ($redis->hget('polycard:{shop1}:meta', 'sync') || '')
        eq 'done' } 60, 'the first sync';
}


sub ask {
    my ($market, $query, @more) = @_;

    return http_request($market->{http}, @more ? 'POST' : 'GET',
        "/api/v1/web_service/$query", token => 'access-token',
        headers => [ Host => 'polycard.example.com' ], @more);
}


sub test_services {
    my ($market) = @_;

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
    my ($tree, $market) = @_;

    my @before = $tree->workers;

    in_tree($tree, 'apt-get', '-y', 'install', "/tmp/$name-new.deb");
    like(in_tree($tree, 'dpkg-query', '-W', $name), qr/\+next$/, 'upgraded');
    is(ask($market, 'getClients')->status, 200, 'nginx goes on meanwhile');

    in_tree($tree, 'nginx', '-s', 'reload');
    wait_until {
        my %now = map { $_ => 1 } $tree->workers;
        %now && !grep { $now{$_} } @before
    } 60, 'the reload';

    is(ask($market, 'getClient?phone=380671112233')->status, 200,
        'and answers with the new module');
}


sub test_removal {
    my ($tree, $market, $before) = @_;

    # an administrator may have it disabled: an upgrade leaves that
    unlink $tree->path($link);
    in_tree($tree, 'apt-get', '-y', 'install', '--reinstall',
        "/tmp/$name-new.deb");
    ok(!-l $tree->path($link), 'what was disabled stays so');
    symlink '/usr/share/nginx/modules-available/mod-http-polycard.conf',
        $tree->path($link);

    run_command('rm', '-r', map { $tree->path("etc/nginx/$_") }
        qw( conf.d/polycard.conf sites-available/polycard
            sites-enabled/polycard polycard ));

    in_tree($tree, 'apt-get', '-y', 'remove', $name);
    ok(!-e $tree->path($module), 'the module is gone');
    ok(!-l $tree->path($link), 'and disabled');
    in_tree($tree, 'nginx', '-t');

    in_tree($tree, 'apt-get', '-y', 'purge', $name);

    my ($status, $output) = $tree->run('dpkg-query', '-W', $name);
    isnt($status, 0, 'the package is not known any more');

    my %after = $tree->files;
    is_deeply(\%after, $before, 'nothing is left behind');

    in_tree($tree, 'nginx', '-s', 'quit');
    wait_until { !$tree->workers } 60, 'the end of nginx';
    in_tree($tree, 'nginx');
    wait_until { http_get($market->{default}, '/')->status == 200 } 60,
        'nginx, which starts without it';
}
