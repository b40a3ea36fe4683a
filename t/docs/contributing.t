# CONTRIBUTING.md can be followed: the attribute that it adds, in a copy of the
# tree, is taken, stored, answered and told, and nothing else changes.
#
#   sh make           not run here: other tests run make, and prove all day;
#                     targets and files are compared with those that are there
#   diff attribute    applied

use strict;
use warnings;

use lib 't/lib';

use Polycard::Docs;
use Polycard::HookShop;
use Polycard::Record;
use Polycard::Test;
use Polycard::Tree;

# the copy has an attribute that docs/openapi.yaml does not know
$Polycard::Record::MOST = 0;

my $root = source_dir();
my $document = 'CONTRIBUTING.md';
my %block = map { ("$_->{lang} $_->{mark}" => $_->{text}) } blocks($document);

is_deeply([ sort keys %block ], [ 'diff attribute', 'sh make' ],
    'the blocks are known');

test_commands();

SKIP: {
    skip 'the installed nginx is not the one under test', 1
        if $ENV{POLYCARD_NGINX};

    subtest 'a new attribute', \&test_attribute;
}

finish();


sub test_commands {
    my %target = map { $_ => 1 } slurp("$root/Makefile") =~ /^([a-z-]+):/mg;
    my $text = slurp("$root/$document");

    for my $name ($text =~ /`make ([a-z-]+)/g,
        $block{'sh make'} =~ /^make ([a-z-]+)/mg)
    {
        ok($target{$name}, "make $name is in the Makefile");
    }

    for my $file ($block{'sh make'} =~ m{(t/[\w/]+\.t)}g,
        $text =~ m{`((?:t|core|redis|api|redis-scripts|debian)/[\w./]+)`}g)
    {
        ok((grep { -e } "$root/$file", "$root/ngx_polycard_module/$file"),
            "$file exists");
    }

    for my $name ($text =~ /`(ngx_polycard_\w+)\(\)`/g) {
        my ($status) = run_command('grep', '-rqw', $name,
            "$root/ngx_polycard_module");
        is($status, 0, "$name() exists");
    }
}


sub test_attribute {
    my $dir = temp_dir();
    my $tree = copy_tree("$dir");

    spew("$dir/diff", $block{'diff attribute'});

    my ($status, $output) = run_command({ dir => $tree }, 'patch', '-p1',
        '--fuzz=0', '--no-backup-if-mismatch', '-i', "$dir/diff");
    is($status, 0, 'the diff is applied') or diag($output);

    # the harness loads the text without the city: the module loads its own
    my $head = "$tree/redis-scripts/head.lua";
    my ($version) = slurp($head) =~ /^local VERSION = (\d+)$/m;

    spew($head, slurp($head) =~ s/^local VERSION = \K\d+$/$version + 1/mer);

    ($status, $output) = make($tree);
    is($status, 0, 'the module is built') or diag($output);

    local $ENV{POLYCARD_MODULE} = "$tree/build/module/ngx_polycard_module.so";

    my $shop = Polycard::HookShop->new;

    wait_for(sub { $shop->call('version') > $version })
        or die 'the library was not loaded: ', $shop->nginx->error_log;
    $shop->ready;
    $shop->put('380671112233', barcode => 1, city => 'Kyiv');

    like($shop->get('getClient', phone => '380671112233')->body,
        qr/"barcode":"1","city":"Kyiv"/, 'getClient shows it');

    my ($told) = $shop->settle;

    like($told, qr/^clients added .*"city":"Kyiv"/, 'the gateway is told');

    $shop->add({ phone => '380671112234', city => 'Lviv' });
    is($shop->stored('380671112234')->{city}, 'Lviv', 'addClient takes it');
}
