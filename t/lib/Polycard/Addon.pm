# The modules of t/driver, for tests only, built beside the module that is
# tested.
#
#   main => Polycard::Addon::load('driver')     # the line of nginx.conf

package Polycard::Addon;

use strict;
use warnings;

use File::Basename qw( dirname );

use Polycard::Test ();

my $dir;


sub load {
    my ($name) = @_;

    return 'load_module ' . build("ngx_polycard_$name") . ";\n";
}


# with the compiler and the flags of the module's own Makefile

sub build {
    my ($name) = @_;

    $dir ||= Polycard::Test::temp_dir();

    my $built = dirname(Polycard::Test::module_path());
    my $sources = join ' ',
        glob Polycard::Test::source_dir() . "/t/driver/${name}_*.c";
    my $module = "$dir/${name}_module.so";

    return $module if -e $module;

    Polycard::Test::spew("$dir/Makefile", "include $built/Makefile\n"
        . "addon:\n"
        . "\t\$(CC) \$(CFLAGS) -fPIC \$(ALL_INCS) -shared -o $module "
        . "$sources\n");

    my ($status, $output) = Polycard::Test::run_command(
        { env => { ASAN_OPTIONS => 'detect_leaks=0' } },
        'make', '-s', '-C', "$built/src", '-f', "$dir/Makefile", 'addon');

    die "$name was not built:\n$output" if $status;

    return $module;
}


1;
