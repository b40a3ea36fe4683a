# The module t/driver/ngx_polycard_listener_module.c: a market's subscriber
# without a watcher, built beside the module that is tested.
#
#   my $nginx = Polycard::Nginx->new(main => Polycard::Listener::load(),
#       http => market('shop1', ...) . 'server { ... location = /shop1
#               { polycard_listener shop1; } }');
#   my $heard = listen_to($nginx, 'shop1', do => 'start');
#
# What was heard is a hash: ready, lost, events, ensured, worst, and list, the
# first events as "client:380671112233 hset".

package Polycard::Listener;

use strict;
use warnings;

use Exporter qw( import );
use File::Basename qw( dirname );

use Polycard::HTTP;
use Polycard::Test ();

our @EXPORT = qw( listen_to );

my $dir;


# the line of the configuration that loads it

sub load {
    return 'load_module ' . build() . ";\n";
}


# with the compiler and the flags of the module's own Makefile

sub build {
    $dir ||= Polycard::Test::temp_dir();

    my $built = dirname(Polycard::Test::module_path());
    my $source = Polycard::Test::source_dir()
        . '/t/driver/ngx_polycard_listener_module.c';
    my $module = "$dir/ngx_polycard_listener_module.so";

    return $module if -e $module;

    Polycard::Test::spew("$dir/Makefile", "include $built/Makefile\n"
        . "listener:\n"
        . "\t\$(CC) \$(CFLAGS) -fPIC \$(ALL_INCS) -shared -o $module "
        . "$source\n");

    my ($status, $output) = Polycard::Test::run_command(
        { env => { ASAN_OPTIONS => 'detect_leaks=0' } },
        'make', '-s', '-C', "$built/src", '-f', "$dir/Makefile", 'listener');

    die "the listener was not built:\n$output" if $status;

    return $module;
}


sub listen_to {
    my ($nginx, $market, %query) = @_;

    my $answer = http_get($nginx, "/$market", query => \%query);

    die 'the listener failed: ' . $answer->raw if $answer->status != 200;

    my ($head, $list) = split /\n\n/, $answer->body, 2;

    return { map({ split /: /, $_, 2 } split /\n/, $head),
             list => [ split /\n/, defined $list ? $list : '' ] };
}


1;
