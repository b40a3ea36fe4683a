# docs/uk: what is shown there is shown in the English document, where a test runs it;
# links lead somewhere, and options are those of the tools.

use strict;
use warnings;

use utf8;

use Encode qw( decode encode );

use lib 't/lib';

use Polycard::Docs;
use Polycard::Test;
use Polycard::Tools;

# import.md shows a part of what the English one does, the others all of it

my @documents = map { s{.*/}{}r } glob source_dir() . '/docs/uk/*.md';

is_deeply(\@documents, [qw( first-market.md import.md office.md recipes.md )],
    'the documents');

for my $name (@documents) {
    test_blocks($name);
    test_links($name);
    test_options($name);
}

finish();


sub text {
    my ($file) = @_;

    return decode('UTF-8', slurp(source_dir() . "/docs/$file"));
}


sub test_blocks {
    my ($name) = @_;

    my $document = "docs/uk/$name";
    my @shown = blocks($document);
    my @tested = blocks("docs/$name");

    cmp_ok(@shown, '>', 10, "$document shows something");
    is(@shown, @tested, '... all that is shown in English')
        if $name ne 'import.md';

    for my $block (@shown) {
        my $at = "$document:$block->{line}";

        shift @tested while @tested && !is_same($tested[0], $block);
        ok(@tested, "$at is shown in docs/$name, in the same order") or last;
        shift @tested;
    }
}


sub is_same {
    my ($one, $two) = @_;

    return !grep { $one->{$_} ne $two->{$_} } qw( lang mark text );
}


sub prose { return text($_[0]) =~ s/^```.*?^```$//gmsr }


# headings as GitHub names them

sub headings {
    my ($file) = @_;

    return map { my $name = lc; $name =~ s/[^\w\- ]//g;
        $name =~ tr/ /-/; ($name => 1) } prose($file) =~ /^#+ (.*)/mg;
}


sub test_links {
    my ($name) = @_;

    for my $link (prose("uk/$name") =~ /\]\(([^)]+)\)/g) {
        next if $link =~ /^https?:/;

        my ($file, $anchor) = $link =~ /^([^#]*)(?:#(.*))?$/;
        my $path = !length $file ? "uk/$name"
            : $file =~ m{^\.\./(.*)} ? $1 : "uk/$file";
        my %heading = defined $anchor && $path =~ /\.md$/ ? headings($path) : ();

        ok(-e source_dir() . "/docs/$path"
            && (!defined $anchor || $heading{$anchor}),
            encode('UTF-8', "$name: a link to $link"));
    }
}


sub test_options {
    my ($name) = @_;

    my $help = join '', map { (run_command(tool($_), '--help'))[1] }
        qw( import export );

    for my $option (sort keys %{ { map { $_ => 1 }
        text("uk/$name") =~ /`(?:polycard-\w+ )?(--[a-z-]+)/g } })
    {
        like($help, qr/ \Q$option\E\b/, "$name: $option is an option");
    }
}
