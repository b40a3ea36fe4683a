# docs/systemd/nginx-polycard.conf: systemd takes it, and nginx with the module
# works with the rights that it leaves: under systemd in a Debian of its own, as
# it is and with a filter that ends who makes a system call outside of it.  For
# any nginx, what can be had without systemd is applied: capabilities, no new
# privileges, a tree that is read-only but for nginx's folder.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Container;
use Polycard::DebianTree;
use Polycard::Faults;
use Polycard::Gateway;
use Polycard::HTTP;
use Polycard::HookShop;
use Polycard::Nginx qw( market services );
use Polycard::Redis;
use Polycard::Shop;

my $root = source_dir();
my $conf = slurp("$root/docs/systemd/nginx-polycard.conf");

my ($tree, $container, $redis, $gateway);
my $port = free_port();
my $phone = 380671112200;

test_unit();
test_nginx();

SKIP: {
    my $missing = $ENV{POLYCARD_NGINX}
        ? 'the installed nginx is not the one under test'
        : Polycard::Container::missing();

    skip $missing, 1 if $missing;

    boot();
    skip 'no systemd here: ' . $container->said, 1 if !$container->up;

    test_service('as it is');

    spew("$tree->{dir}/etc/systemd/system/nginx.service.d/strict.conf",
        "[Service]\nSystemCallErrorNumber=\n");
    in_container(qw( systemctl daemon-reload ));
    test_service('a call outside the filter ends a process');

    test_denied();
}

finish();


sub has { scalar grep { -x "$_/$_[0]" } split(/:/, $ENV{PATH}), '/usr/sbin' }


sub test_unit {
    my ($unit) = grep { -e } map { "$_/systemd/system/nginx.service" }
        qw( /lib /usr/lib );

    plan_skip('systemd-analyze or the unit of nginx'), return
        if !has('systemd-analyze') || !$unit;

    my $dir = temp_dir();

    mkdir "$dir/nginx.service.d" or die "$dir: $!\n";
    spew("$dir/nginx.service", slurp($unit));
    spew("$dir/nginx.service.d/polycard.conf", $conf);

    my ($status, $said) = run_command(
        { env => { SYSTEMD_UNIT_PATH => "$dir:" } },
        'systemd-analyze', 'verify', "$dir/nginx.service");

    is($status, 0, 'systemd-analyze verify');
    is($said, '', '... and no complaint');

    ($status, $said) = run_command(qw( systemd-analyze security
        --offline=true --no-pager --threshold=40 ), "$dir/nginx.service");
    is($status, 0, 'systemd-analyze security: an exposure below 4')
        or diag($said);
}


sub plan_skip {
    my ($what) = @_;

    pass("skipped: there is no $what");
}


# The wrapper stands in for systemd: -p and the folder are nginx's first
# arguments.

sub test_nginx {
    my ($list) = $conf =~ /^CapabilityBoundingSet=(.*)$/m;
    my $bounding = join ',', '-all', map { '+' . lc s/^CAP_//r } split ' ', $list;
    my $nginx = nginx_binary();
    my $dir = temp_dir();
    my $wrapper = spew("$dir/nginx", <<"EOS");
#!/bin/sh
set -e
folder=\${2%/}
exec unshare --mount sh -ec '
    folder=\$1
    shift
    mount --make-rprivate /
    mount --bind "\$folder" "\$folder"
    mount -o remount,bind,ro /
    exec setpriv --no-new-privs --bounding-set $bounding $nginx "\$@"
' sh "\$folder" "\$@"
EOS

    chmod 0755, $wrapper;

    my ($status) = run_command('unshare', '--mount', 'sh', '-c',
        'mount --make-rprivate / && mount -o remount,bind,ro /');

    plan_skip('right to mount'), return if $status != 0 || $> != 0;

    local $ENV{POLYCARD_NGINX} = $wrapper;

    # with these rights nothing can look for leaks

    local $ENV{ASAN_OPTIONS} = join ':', $ENV{ASAN_OPTIONS} || (),
        'detect_leaks=0';

    my $shop = Polycard::HookShop->new(workers => 2, user => 'www-data',
        redis  => { unixsocketperm => '777', appendonly => 'yes' },
        market => { card_numbers => 'pool' });

    $shop->ready;
    $shop->client->rpush($shop->key('cards'), 'C-1');
    is($shop->add({ phone => '380671112233', name => 'Olha' })->status, 200,
        'addClient');
    is($shop->get('getClient', phone => '380671112233')->status, 200,
        'getClient');
    is($shop->get('getClients')->status, 200, 'getClients');
    is(scalar $shop->settle(30), 1, 'a hook');
    ok($shop->nginx->reload(timeout => 30), 'a reload');
    $shop->ready;
    $shop->put('380671112233', name => 'Taras');
    is(scalar $shop->settle(30), 1, '... and a hook');

    for my $pid ($shop->nginx->workers) {
        my $state = slurp("/proc/$pid/status");

        like($state, qr/^NoNewPrivs:\s+1$/m, 'no new privileges');
        like($state, qr/^CapEff:\s+0+$/m, '... and no capabilities');
        like(slurp("/proc/$pid/mounts"), qr{^\S+ / \S+ ro[, ]}m,
            '... nor a tree that can be written');
    }

    is(scalar log_lines($shop->nginx, qr/./, 'error|crit|alert|emerg'), 0,
        'nothing is missing');
}


# A Debian with nginx, the module and the drop-in; Redis and the gateway are
# outside, on the same loopback interface.

sub boot {
    my $needed = run_command_ok('objdump', '-p', module_path());
    my @libraries = $needed =~ /^ +NEEDED +(lib(?:hiredis|curl|cjson)\S+)$/mg;
    my @packages = map {
        run_command_ok('dpkg-query', '-S', "*/$_") =~ /^([^\s:]+)/
    } @libraries;

    $tree = Polycard::DebianTree->new(
        packages => [qw( nginx systemd-sysv ), @packages]);
    $redis = Polycard::Redis->new(appendonly => 'yes');
    $gateway = Polycard::Gateway->new;

    my $etc = $tree->path('etc');

    unlink $tree->path('usr/sbin/policy-rc.d'),
        "$etc/nginx/sites-enabled/default";
    mkdir $_ or die "$_: $!\n" for "$etc/nginx/polycard",
        "$etc/systemd/system/nginx.service.d";
    run_command_ok('cp', module_path(), $tree->path('usr/lib'));

    my %file = (
        'nginx/modules-enabled/50-polycard.conf' =>
            "load_module /usr/lib/ngx_polycard_module.so;\n",
        'nginx/polycard/redis.password' => $redis->password('polycard'),
        'nginx/polycard/hook.token' => 'hook' x 8,
        'nginx/polycard/access.tokens' => 'access' x 6,
        'nginx/conf.d/polycard.conf' => site(),
        'systemd/system/nginx.service.d/polycard.conf' => $conf,
    );

    spew("$etc/$_", $file{$_}) for sort keys %file;
    chmod 0600, glob "$etc/nginx/polycard/*";

    $container = Polycard::Container->new($tree);
}


sub site {
    my $place = '/etc/nginx/polycard';

    return market('shop1',
        redis => 'localhost:' . $redis->port,
        redis_user => 'polycard',
        redis_password_file => "$place/redis.password",
        access_token_file => "$place/access.tokens",
        card_numbers => 'ean13 prefix=20', hook => $gateway->url,
        hook_insecure => 'on', hook_token_file => "$place/hook.token")
        . "server {\nlisten 127.0.0.1:$port;\n" . services('shop1', '/')
        . "location = /hook { internal; polycard_hook shop1; }\n}\n";
}


sub run_command_ok {
    my ($status, $output) = run_command(@_);

    die "@_: $output\n" if $status;

    return $output;
}


sub in_container {
    my (@command) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($status, $output) = $container->run(@command);
    is($status, 0, "@command") or diag($output);

    return $output;
}


sub test_service {
    my ($how) = @_;

    my ($status, $output) = $container->run(qw( systemctl restart nginx ));

    # what does not serve is not waited for again and again

    is($status, 0, "$how: nginx starts") && use_module($how)
        or diag($output, slurp($tree->path('var/log/nginx/error.log'))),
           return;
    in_container(qw( systemctl reload nginx ));
    use_module("$how, reloaded");
    in_container(qw( systemctl kill --signal=USR1 --kill-whom=main nginx ));
    use_module("$how, with logs opened again");

    my $old = main_pid();

    in_container(qw( service nginx upgrade ));
    wait_until { my $new = main_pid(); $new && $new != $old } 60, 'systemd knows the newer nginx';
    use_module("$how, upgraded");

    my $master = main_pid();
    my $state = in_container('cat', "/proc/$master/status");

    like($state, qr/^NoNewPrivs:\s+1$/m, "$how: no new privileges");
    like($state, qr/^Seccomp:\s+2$/m, '... a filter of system calls');
    like($state, qr/^CapBnd:\s+0*4e3$/m, '... six capabilities');
    like(in_container('cat', "/proc/$master/mounts"), qr{^\S+ / \S+ ro[, ]}m,
        '... a tree that cannot be written');

    in_container(qw( systemctl stop nginx ));
    is(in_container(qw( systemctl show -P Result nginx )), "success\n",
        "$how: a clean end");
    unlike(in_container(qw( journalctl --no-pager -u nginx )),
        qr/code=(?:killed|dumped)|[Ff]ailed|denied|not permitted|Read-only/,
        '... nothing in the journal');
    is(join('', grep { /\[(?:error|crit|alert|emerg)\]/ } split /^/,
        slurp($tree->path('var/log/nginx/error.log'))), '',
        '... nor in the log');
}


sub main_pid {
    my (undef, $output)
        = $container->run(qw( systemctl show -P MainPID nginx ));

    return $output =~ /(\d+)/ ? $1 : 0;
}


sub use_module {
    my ($how) = @_;

    my %token = (token => 'access' x 6);
    my $one = ++$phone;

    wait_until {
        my $answer = eval { http_get($port, '/getGroups', %token) };
        $answer && $answer->status == 200;
    } 60, "$how: getGroups" or return;

    is(http_post($port, '/addClient', %token, type => 'application/json',
        body => json_text({ phone => "$one", name => 'Olha' }))->status, 200,
        "$how: addClient");
    is(http_get($port, "/getClient?phone=$one", %token)->status, 200,
        '... getClient');
    is(http_get($port, '/getClients', %token)->status, 200, '... getClients');

    wait_until {
        ($redis->client->hget('polycard:{shop1}:meta', 'sync') || '') eq 'done'
    } 60, 'the first sync';

    $redis->client->hset("polycard:{shop1}:client:$one", name => "by $one");
    return ok(wait_until(sub { grep { $_->{body} =~ /by $one/ }
        $gateway->requests }, 60, 'a hook'), '... a hook');
}


# the drop-in is in force: what it forbids cannot be done

sub test_denied {
    my $path = '/etc/nginx/by-nginx.log';

    spew($tree->path('etc/nginx/conf.d/more.conf'), "error_log $path;\n");

    my ($status) = $container->run(qw( systemctl start nginx ));

    isnt($status, 0, 'a log in /etc: nginx does not start');
    like(in_container(qw( journalctl --no-pager -u nginx )),
        qr/\Q$path\E.*Read-only file system/, '... and says why');
}
