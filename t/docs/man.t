# The manual pages of the tools have every option that the tools know, and no
# other; the one of the module names its directives of locations.

use strict;
use warnings;

use Polycard::Test;

my $root = source_dir();

for my $tool (qw( polycard-import polycard-export polycard-check )) {
    my ($status, $help) = run_command(tools_dir() . "/$tool",
        '--help');
    is($status, 0, "$tool --help") or diag($help);

    is_deeply([ options($help) ], [ options(plain("$tool.1")) ],
        "$tool.1 has the options of $tool");
}

my %named = map { $_ => 1 } plain('ngx_polycard_module.7')
    =~ /(polycard_\w+)/g;

for my $name (slurp("$root/ngx_polycard_module/ngx_polycard_module.c")
    =~ /ngx_string\("(polycard_\w+)"\),\s*NGX_HTTP_/g)
{
    ok($named{$name}, "ngx_polycard_module.7 names $name");
}

finish();


sub options {
    my ($text) = @_;

    my %option = map { $_ => 1 } $text =~ /(?<![\w-])(--[a-z][a-z-]+)/g;

    my @options = sort keys %option;

    return @options;
}


# without roff's marks

sub plain {
    my ($name) = @_;

    my $text = slurp("$root/docs/man/$name");

    $text =~ s/\\f[BIR]//g;
    $text =~ s/\\&//g;
    $text =~ s/\\-/-/g;

    return $text;
}
