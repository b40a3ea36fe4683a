# docs/uk/import.md: what is shown there is shown in docs/import.md, where a test
# runs it; its links lead somewhere, and it names what the tools have.

use strict;
use warnings;

use utf8;

use Encode qw( decode encode );

use lib 't/lib';

use Polycard::Docs;
use Polycard::Test;
use Polycard::Tools;

my $document = 'docs/uk/import.md';
my $text = decode('UTF-8', slurp(source_dir() . "/$document"));

my @shown = blocks($document);
my @tested = blocks('docs/import.md');

cmp_ok(@shown, '>', 15, 'it shows something');

for my $block (@shown) {
    my $at = "$document:$block->{line}";

    shift @tested while @tested && !is_same($tested[0], $block);
    ok(@tested, "$at is shown in docs/import.md, in the same order") or last;
    shift @tested;
}

test_links();
test_options();

finish();


sub is_same {
    my ($one, $two) = @_;

    return !grep { $one->{$_} ne $two->{$_} } qw( lang mark text );
}


# to files, and to headings as GitHub names them

sub test_links {
    my $prose = $text =~ s/^```.*?^```$//gmsr;
    my %heading = map { my $name = lc; $name =~ s/[^\w\- ]//g;
        $name =~ tr/ /-/; ($name => 1) } $prose =~ /^#+ (.*)/mg;

    for my $link ($prose =~ /\]\(([^)]+)\)/g) {
        my ($file, $anchor) = $link =~ /^([^#]*)(?:#(.*))?$/;

        ok($file ? -e source_dir() . "/docs/uk/$file" : $heading{$anchor},
            encode('UTF-8', "a link to $link"));
    }
}


sub test_options {
    my $help = join '', map { (run_command(tool($_), '--help'))[1] }
        qw( import export );

    for my $option (sort keys %{ { map { $_ => 1 }
        $text =~ /`(--[a-z-]+)/g } })
    {
        like($help, qr/ \Q$option\E\b/, "$option is an option");
    }
}
