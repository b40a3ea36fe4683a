# make install and make uninstall, into a folder.

use strict;
use warnings;

use Polycard::Test;
use Polycard::Tree;

plan(skip_all => 'the installed nginx is not the one under test')
    if $ENV{POLYCARD_NGINX};

my $root = source_dir();
my $dir = temp_dir();
my $dest = "$dir/dest";
mkdir $dest or die "$dest: $!\n";

my ($modules) = (run_command(nginx_binary(), '-V'))[1]
    =~ /--modules-path=(\S+)/;
my $on_debian = -d '/etc/nginx/modules-enabled';

plan(skip_all => 'an nginx without --modules-path') if !$modules;

my $load_file = 'usr/share/nginx/modules-available/mod-http-polycard.conf';
my $module = substr "$modules/ngx_polycard_module.so", 1;
my @tools = map { "usr/local/bin/polycard-$_" } qw( import export check );
my @installed = sort $module, @tools, $on_debian ? $load_file : ();


# install

my ($status, $output) = make($root, 'install', "DESTDIR=$dest");
is($status, 0, 'make install') or diag($output);

my %files = files($dest);
is_deeply([ sort keys %files ], \@installed, 'these files and no others');

($status, $output) = load("$dest/$module");
is($status, 0, 'nginx loads the module') or diag($output);

for my $tool (@tools) {
    ($status, $output) = run_command("$dest/$tool", '--version');
    is($status, 0, "$tool runs") or diag($output);
}

SKIP: {
    skip 'no Debian', 2 if !$on_debian;

    is(slurp("$dest/$load_file"),
        "load_module modules/ngx_polycard_module.so;\n", 'the load file');

    my ($link) = (make($root, 'install', "DESTDIR=$dest"))[1]
        =~ /^ +(ln -s .*)$/m;
    is($link, "ln -s /$load_file"
        . ' /etc/nginx/modules-enabled/50-mod-http-polycard.conf',
        'the command that enables it is printed');
}


# uninstall: the link would keep nginx from starting, others' files stay

if ($on_debian) {
    mkdir "$dest/etc" and mkdir "$dest/etc/nginx"
        and mkdir "$dest/etc/nginx/modules-enabled"
        or die "$dest/etc: $!\n";
    symlink "/$load_file", "$dest/etc/nginx/modules-enabled/70-mine.conf";
    symlink '/other', "$dest/etc/nginx/modules-enabled/50-other.conf";
}

spew("$dest/$module.other", '');

($status, $output) = make($root, 'uninstall', "DESTDIR=$dest");
is($status, 0, 'make uninstall') or diag($output);

%files = files($dest);
is_deeply([ sort keys %files ], [ sort "$module.other",
    $on_debian ? 'etc/nginx/modules-enabled/50-other.conf' : () ],
    'what was there before is left, nothing else');

unlink "$dest/$module.other";
unlink "$dest/etc/nginx/modules-enabled/50-other.conf";

($status, $output) = make($root, 'uninstall', "DESTDIR=$dest");
is($status, 0, 'make uninstall where nothing is installed');
is($output, '', 'has nothing to say');

my $fresh = "$dir/fresh";
mkdir $fresh or die "$fresh: $!\n";
make($root, $_, "DESTDIR=$fresh") for 'install', 'uninstall';
is_deeply([ glob "$fresh/*" ], [], 'a fresh folder is empty again');


# a module that this nginx cannot load

my $build = "$dir/build";
mkdir $build or die "$build: $!\n";
spew("$build/ngx_polycard_module.so", 'no module');

($status, $output) = run_command({ env => { BUILD => $build } },
    "$root/t/scripts/install", $fresh);
isnt($status, 0, 'a module that does not fit is refused');
like($output, qr/^Not installed, the nginx of this machine cannot load it/,
    'with a sentence');
is_deeply([ glob "$fresh/*" ], [], 'and nothing is installed');

finish();


sub load {
    my ($path) = @_;

    spew("$dir/nginx.conf", "load_module $path;\npid $dir/pid;\n"
        . "error_log $dir/log;\nevents { }\n");

    return run_command(nginx_binary(), '-t', '-e', "$dir/log",
        '-c', "$dir/nginx.conf");
}
