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

# the library's number, wherever a document shows it

my ($library) = slurp("$root/redis-scripts/head.lua")
    =~ /^local VERSION = (\d+)$/m;
my $shown = qr/"library_version":\ |^version\t|polycard_version\ [^\n]*\n\(integer\)\ /mx;
my %seen;

for my $path (glob "$root/{README*.md,docs/*.md}") {
    my ($file) = $path =~ m{([^/]+)$};

    for my $number (slurp($path) =~ /$shown(\d+)/g) {
        is($number, $library, "$file: the number of the library");
        $seen{$file} = 1;
    }
}

is_deeply([ sort keys %seen ], [ qw( operation.md status.md upgrade.md ) ],
    'the documents that show it');

# where Prometheus asks is where the examples have the status

my %place = map { ($_ => slurp("$root/$_")) } qw( README.md
    docs/first-market.md docs/directives.md );
my ($scraped) = slurp("$root/docs/status.md") =~ m{metrics_path: (\S+)};
my ($target) = slurp("$root/docs/status.md") =~ m{targets: \[ "([\d.:]+)" \]};

like($place{$_}, qr/listen \Q$target\E;\s+(?:access_log off;\s+)?location = \Q$scraped\E +\{ polycard_status; \}/,
    "$_: the status is where docs/status.md has it asked")
    for sort keys %place;

finish();
