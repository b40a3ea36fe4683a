# The module of t/driver, which starts deliveries without an emitter, built
# beside the module that is tested.
#
#   my $nginx = Polycard::Nginx->new(main => Polycard::Driver::load(), ...);
#   my $result = deliver($nginx, "/deliver", id => '5-0', data => '{"a":1}');
#
# A result is a hash: error, status, complete, retry_after, time, length,
# body.  With count => n it is a hash from "error status" to a number.

package Polycard::Driver;

use strict;
use warnings;

use Exporter qw( import );
use File::Basename qw( dirname );

use Polycard::HTTP;
use Polycard::Record ();
use Polycard::Test ();

our @EXPORT = qw( deliver );

my $dir;

# what it sends is made up, and need not be a hook
$Polycard::Record::MOST = 0;


# the line of the configuration that loads it

sub load {
    return 'load_module ' . build() . ";\n";
}


# with the compiler and the flags of the module's own Makefile

sub build {
    $dir ||= Polycard::Test::temp_dir();

    my $built = dirname(Polycard::Test::module_path());
    my $source = Polycard::Test::source_dir()
        . '/t/driver/ngx_polycard_driver_module.c';
    my $module = "$dir/ngx_polycard_driver_module.so";

    return $module if -e $module;

    Polycard::Test::spew("$dir/Makefile", "include $built/Makefile\n"
        . "driver:\n"
        . "\t\$(CC) \$(CFLAGS) -fPIC \$(ALL_INCS) -shared -o $module $source\n");

    my ($status, $output) = Polycard::Test::run_command(
        { env => { ASAN_OPTIONS => 'detect_leaks=0' } },
        'make', '-s', '-C', "$built/src", '-f', "$dir/Makefile", 'driver');

    die "the driver was not built:\n$output" if $status;

    return $module;
}


sub deliver {
    my ($nginx, $path, %option) = @_;

    my $data = delete $option{data};
    my $timeout = delete $option{timeout};

    my $answer = http_post($nginx, $path, query => \%option,
        body => defined $data ? $data : '{}',
        $timeout ? (timeout => $timeout) : ());

    my ($head, $body) = split /\n\n/, $answer->body, 2;

    return { map { /^(\S+ \S+) (\d+)$/ } split /\n/, $answer->body }
        if $option{count};

    $head = '' if !defined $head;

    return { map({ split /: ?/, $_, 2 } split /\n/, $head), body => $body };
}


1;
