# The manual, the status page, log lines and comments, those of the tests as well,
# keep to "Words" of CONTRIBUTING.md: they have none of the words in its columns
# "not".

use strict;
use warnings;

use lib 't/lib';

use File::Find;

use Polycard::Test;

my $root = source_dir();
my @never = never();

cmp_ok(scalar @never, '>', 15, 'words were found in CONTRIBUTING.md');

my @files = texts();

cmp_ok(scalar @files, '>', 800, 'texts were found');

for my $name (@files) {
    is(join(', ', found(slurp("$root/$name"))), '', $name);
}

# they are seen wherever they stand

for my $text ('A hook is Turned away.', "/*\n * A hook is turned\n * away.\n */",
    "-- a hook is turned\n-- away", qq{"a hook is turned "\n    "away"},
    "a hook is turned\naway", "'a hook is turned '\n    + 'away'",
    ".B turned\n.B away")
{
    is(join(', ', found($text)), 'turned away', 'seen: ' . $text =~ tr/\n/ /r);
}

is(join(', ', found('its kind, turned a way')), '', 'whole words are meant');

finish();


# what is quoted in the columns "not" of the tables

sub never {
    my ($words) = slurp("$root/CONTRIBUTING.md") =~ /^## Words\n(.*?)^## /ms;
    my @words;

    for my $table (split /\n\n/, $words) {
        my ($head, undef, @rows) = split /\n/, $table;
        my @titles = cells($head || '');
        my ($column) = grep { $titles[$_] eq 'not' } 0 .. $#titles;

        next if !defined $column;

        push @words, map { ((cells($_))[$column] || '') =~ /`([^`]+)`/g } @rows;
    }

    return @words;
}


sub cells {
    my ($row) = @_;

    my (undef, @cells) = map { s/^\s+|\s+$//gr } split /\|/, $row;

    return @cells;
}


sub texts {
    my @names = ('README.md', 't/README.md');

    find({ no_chdir => 1, wanted => sub {
        my $name = $File::Find::name =~ s{^\Q$root\E/}{}r;

        push @names, $name if -f && (
            $name =~ m{^docs/(?!uk/).*\.(?:md|yml|yaml|[1-9])$}
            || $name =~ m{^(?:ngx_polycard_module|tools)/.*\.[ch]$}
            || $name =~ m{^ngx_polycard_module/status/page/}
            || $name =~ m{^redis-scripts/.*\.lua$}
            || $name =~ m{^t/(?!docs/words\.t$).*\.(?:t|pm|[ch]|pml|lua|js)$}
            || $name =~ m{^t/scripts/[^.]+$});
    } }, map { "$root/$_" } qw( docs ngx_polycard_module tools redis-scripts
        t ));

    my @sorted = sort @names;

    return @sorted;
}


# those of @never in a text, whose lines may end within them: also in a comment,
# a text in quotes that goes on in the next line, and a manual page

sub found {
    my ($text) = @_;

    $text =~ s/["']\s*\n\s*\+?\s*["']/ /g;
    $text =~ s/\n\s*(?:\*|--|#|\.[A-Z]+|>)?\s*/ /g;
    $text =~ s/\s+/ /g;

    return grep { $text =~ /\b\Q$_\E\b/i } @never;
}
