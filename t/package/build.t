# make: as an ordinary user, out of tree, with either compiler, and only what
# has to be made again; and nginx's own --add-dynamic-module.

use strict;
use warnings;

use Polycard::Test;
use Polycard::Tree;

my $signature = qr/^signature: 8,4,8,[01]{30,}$/m;
my $sources = source_dir() . '/build/sanitize/nginx';


# a run against another nginx has nothing to say about the installed one's

SKIP: {
    skip 'the installed nginx is not the one under test', 1
        if $ENV{POLYCARD_NGINX};

    subtest 'make', \&test_make;
}

SKIP: {
    skip 'no sources of nginx: make test-sanitize brings them', 1
        if !-e "$sources/src/core/nginx.h";

    subtest 'in a source tree of nginx', \&test_source_tree;
}

finish();


sub test_make {
    my $dir = temp_dir();
    my $tree = copy_tree("$dir");
    my $module = "$tree/build/module/ngx_polycard_module.so";

    # root would not notice what an ordinary user may not write
    my @as;

    if ($> == 0) {
        my ($status, $output) = run_command(qw( chown -R nobody ), $tree);
        is($status, 0, 'the tree is an ordinary user\'s') or diag($output);
        @as = qw( runuser -u nobody -- );
    }

    my %before = files($tree);
    my $make = sub { make({ as => \@as }, $tree, @_) };

    my ($status, $output) = $make->('CC=gcc');

    is($status, 0, 'an ordinary user builds') or diag($output);
    unlike($output, qr/warning/i, 'gcc has no warning');
    like($output, qr/^module: +\Q$module\E$/m, 'the module is named');
    like($output, qr/^for nginx: \d+\.\d+\.\d+$/m, 'and the nginx');
    like($output, $signature, 'and the signature');

    my %after = map { $_->[0] => $_->[1] }
        grep { $_->[0] !~ m{^build/} } pairs(files($tree));
    is_deeply(\%after, \%before, 'nothing is written outside build/');

    my %built = files("$tree/build");
    ($status, $output) = $make->('CC=gcc');

    is($status, 0, 'make again');
    unlike($output, qr/Configuring|Compiling/, 'does nothing');
    is_deeply({ files("$tree/build") }, \%built, 'and writes nothing');

    test_script($make, $tree, $module);
    test_source($make, $tree);

    ($status, $output) = $make->('CC=clang');

    is($status, 0, 'clang builds it, too') or diag($output);
    unlike($output, qr/warning/i, 'clang has no warning');
    like($output, $signature, 'and the signature is there');

    ($status, $output) = $make->("NGINX_SRC=$tree/nowhere");

    isnt($status, 0, 'a tree that is none is refused');
    like($output, qr{^\S+/nowhere holds no sources of nginx\.$}m,
        'with a sentence');
}


sub pairs {
    my @list = @_;
    my @pairs;

    while (my ($name, $value) = splice @list, 0, 2) {
        push @pairs, [ $name, $value ];
    }

    return @pairs;
}


sub test_script {
    my ($make, $tree, $module) = @_;

    my ($script) = glob "$tree/redis-scripts/*.lua";
    my $mark = "a mark for the test of the build";

    spew($script, slurp($script) . "\n-- $mark\n");

    my ($status, $output) = $make->('CC=gcc');

    is($status, 0, 'after a change of a script make works');
    unlike($output, qr/Configuring/, 'without configuring again');
    like(slurp($module), qr/$mark/, 'and the module has it');
}


sub test_source {
    my ($make, $tree) = @_;

    my $objects = "$tree/build/module/addon";
    my %before = files($objects);

    my $source = "$tree/ngx_polycard_module/core/phone.c";
    spew($source, slurp($source) . "\n");

    my ($status, $output) = $make->('CC=gcc');
    is($status, 0, 'after a change of a source file make works');

    my %after = files($objects);
    my @changed = grep { $after{$_} ne $before{$_} } sort keys %after;
    is_deeply(\@changed, [ 'core/phone.o' ], 'one object is compiled');
}


sub test_source_tree {
    my $dir = temp_dir();

    my ($status, $output) = run_command('cp', '-r',
        (grep { -e } map { "$sources/$_" } qw( auto configure src conf man )),
        "$dir");
    is($status, 0, 'a clean copy of the sources') or diag($output);

    my $configure = -e "$dir/configure" ? './configure' : './auto/configure';

    ($status, $output) = run_command({ dir => "$dir" },
        $configure,
        '--with-compat', '--with-http_ssl_module',
        '--add-dynamic-module=' . source_dir());
    is($status, 0, 'configure') or diag($output);

    ($status, $output) = run_command({ dir => "$dir" },
        'make', '-s', 'modules');
    is($status, 0, 'make modules') or diag($output);

    ok(-s "$dir/objs/ngx_polycard_module.so", 'there is a module');
}
