# The report of make coverage: it fails below a bar, and without a reason a
# line was not run. And what is said to be known is of functions that exist.

use strict;
use warnings;

use lib 't/lib';

use File::Path qw( make_path );

use Polycard::Test;

my $root = source_dir();
my $known = slurp("$root/t/scripts/coverage-known");

for my $line (grep { /^[^#]/ } split /\n/, $known) {
    my ($file, $function) = $line =~ /^(\S+):(\w+) +\S/;

    ok($file && -e "$root/$file"
        && slurp("$root/$file") =~ /^\Q$function\E\(/m, $line);
}


# a module of one file in core, of which a part is run

my $dir = temp_dir();
my $source = "ngx_polycard_module/core/a.c";

make_path("$dir/ngx_polycard_module/core", "$dir/t/scripts", "$dir/build");

# the lines of run() that are run, and those of other() that are not

sub report {
    my ($run, $other, $said) = @_;

    spew("$dir/$source", "#include <stdlib.h>\n\n"
        . "static int\nother(int n)\n{\n"
        . "    n += rand();\n" x $other . "    return n;\n}\n\n"
        . "int\nmain(int argc, char **argv)\n{\n    int n = argc;\n"
        . "    n += rand();\n" x $run
        . "    return argc > 1 ? other(n) : 0;\n}\n");
    spew("$dir/t/scripts/coverage-known", $said // '');

    run_ok('sh', '-c', "cd $dir && rm -f build/* && cc -O0 --coverage"
        . " -o build/a $dir/$source && cd build && ./a");

    return run_command("$root/t/scripts/coverage-report", $dir,
        "$dir/build");
}

sub run_ok {
    my (@command) = @_;
    my ($status, $output) = run_command(@command);

    is($status, 0, 'built and run') or diag($output);
}

my $both = "$source:other  a reason\n$source:main  no arguments\n";
my ($status, $output) = report(100, 1, $both);

is($status, 0, 'above its bar, and known') or diag($output);
like($output, qr/^core +\d+ +9\d\.\d% +2 +50\.0% +100\.0%$/m, 'lines and branches');

($status, $output) = report(100, 1, "$source:other  a reason\n");
is($status, 1, 'a branch without a reason');
like($output, qr/^core .* 50\.0%  below 95 %$/m, '... says so');
like(slurp("$dir/build/missed.txt"),
    qr/^\Q$source\E:\d+: 1 of 2 branches: NOT KNOWN WHY: return argc > 1/m,
    '... and where');

($status, $output) = report(100, 1);
is($status, 1, 'without a reason');
like($output, qr/without a reason: \d lines of \Q$source\E:other$/m,
    '... says which');
like(slurp("$dir/build/missed.txt"),
    qr/^\Q$source\E:6: NOT KNOWN WHY: n \+= rand\(\);$/m, '... and where');

($status, $output) = report(100, 20, $both);
is($status, 1, 'below the bar of core');
like($output, qr/^core .* below 95 %$/m, '... says so');

($status, $output) = report(100, 1, "${both}other\n");
isnt($status, 0, 'a list that cannot be read');

finish();
