# One version: of the sources, of CHANGELOG.md, of the Debian package.

use strict;
use warnings;

use Polycard::Test;

my $root = source_dir();

my ($version) = slurp("$root/ngx_polycard_module/version.h")
    =~ /^#define NGX_POLYCARD_VERSION +"(\d+\.\d+\.\d+)"$/m;

ok($version, 'the sources have a version');

my ($changed) = slurp("$root/CHANGELOG.md") =~ /^## \[(\d[^]]*)\]/m;
is($changed, $version, 'CHANGELOG.md begins with it');

my ($package) = slurp("$root/debian/changelog")
    =~ /\Angx-polycard-module \(([\d.]+)-[\w.~+]+\) /;
is($package, $version, 'and so does debian/changelog');

finish();
