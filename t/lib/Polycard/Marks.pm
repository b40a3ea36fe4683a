# Which functions of redis-scripts a test runs: each begins with a mark that logs its
# name once in the life of a Redis.
#
#   my @functions = functions_of($text);      # { from, to }: numbers of lines
#   my $marked = marked($text, 'file');       # the name of a mark: "file:from"
#   my %run = marks_in($log);                 # mark => 1
#
# What stands outside of functions is run by all. head.lua has the table of marks.

package Polycard::Marks;

use strict;
use warnings;

use Exporter qw( import );

our @EXPORT = qw( functions_of marked marks_in );

my $BEGIN = qr/^(?!--|\s)[^\n]*\bfunction\b[^(\n]*\([^)]*\)\n/m;


sub functions_of {
    my ($text) = @_;

    my @found;

    while ($text =~ /$BEGIN/g) {
        my ($begin, $body) = ($-[0], $+[0]);

        last if $text !~ /^end\b/mg;
        push @found, { from => line_of($text, $begin), to => line_of($text, $-[0]),
            body => $body };
    }

    return @found;
}


sub line_of { 1 + (substr($_[0], 0, $_[1]) =~ tr/\n//) }


# no line is added

sub marked {
    my ($text, $file) = @_;

    return $text =~ s/\n/\nlocal marks = {} /r if $file eq 'head';

    for my $function (reverse functions_of($text)) {
        my $mark = "$file:$function->{from}";

        substr $text, $function->{body}, 0, "if not marks['$mark'] then "
            . "marks['$mark'] = true redis.log(redis.LOG_WARNING, '\@$mark') end ";
    }

    return $text;
}


sub marks_in {
    my ($log) = @_;

    return map { $_ => 1 } $log =~ /\@(\w+:\d+)$/mg;
}


1;
