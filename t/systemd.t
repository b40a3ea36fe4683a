# docs/systemd/nginx-polycard.conf: systemd takes it, and nginx with the module
# works with the rights that it leaves.  systemd itself does not run here: what
# can be had without it is applied (capabilities, no new privileges, a tree that
# is read-only but for nginx's folder), the filter of system calls is not.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HookShop;

my $root = source_dir();
my $conf = slurp("$root/docs/systemd/nginx-polycard.conf");

test_unit();
test_nginx();

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
        redis  => { unixsocketperm => '777' },
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
