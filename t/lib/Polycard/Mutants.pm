# Small changes to a source of C or Lua, one at a time, as somebody could make them by
# mistake: a comparison, a sign, a constant, a condition, a statement that is missing.
#
#   my @mutants = mutants_of('a.c', $text);    # { file, line, old, new, text }
#   my @some = choose($seed, $n, @mutants);    # the same ones for the same seed
#   print mutant_text($mutant);                # the form of t/mutants/known
#   my @listed = read_mutants($text);          # { file, old, new, reason }
#
# old and new are the first lines that differ, without blanks at their ends; text is
# the whole source with the change. Every place that the rules below find is a
# mutant: nobody chooses.

package Polycard::Mutants;

use strict;
use warnings;

use Exporter qw( import );

our @EXPORT = qw( mutants_of choose mutant_text read_mutants );

my %OTHER = (
    '=='  => ['!='], '!=' => ['=='], '~=' => ['=='],      # and in Lua == => ~=
    '<'   => ['<=', '>='], '>'  => ['>=', '<='],
    '<='  => ['<', '>'],   '>=' => ['>', '<'],
    '&&'  => ['||'], '||'  => ['&&'],
    'and' => ['or'], 'or'  => ['and'],
    '+'   => ['-'],  '-'   => ['+'],  '*' => ['+'],
    '+='  => ['-='], '-='  => ['+='],
    '++'  => ['--'], '--'  => ['++'],
    'true' => ['false'], 'false' => ['true'],
    'NGX_POLYCARD_OK' => ['NGX_POLYCARD_ERROR'],
    'NGX_POLYCARD_ERROR' => ['NGX_POLYCARD_OK'],
);

# what begins no statement that can be left out

my $KEPT_C = qr/(?:return|goto|case|default|if|for|while|else|do|switch|typedef
    |static|extern|struct|union|enum|const|unsigned)\b/x;
my $KEPT_LUA = qr/(?:local|return|if|for|end|function|repeat|until|elseif|while
    |else|break|do)\b/x;


sub mutants_of {
    my ($file, $text) = @_;

    my $lua = $file =~ /\.lua$/;
    my $code = $lua ? masked_lua($text) : masked_c($text);
    my @edits = (words($code, $lua), numbers($code), conditions($code, $lua),
        $lua ? statements_lua($code) : statements_c($code));
    my (@mutants, %seen);

    for my $edit (sort { $a->[0] <=> $b->[0] || $a->[2] cmp $b->[2] } @edits) {
        my ($at, $len, $new) = @$edit;
        my $changed = $text;

        $new =~ s/%s/substr $text, $at, $len/e;
        substr $changed, $at, $len, $new;
        next if $seen{"$at $len $new"}++;
        push @mutants, mutant($file, $text, $changed, $at);
    }

    return @mutants;
}


sub mutant {
    my ($file, $text, $changed, $at) = @_;

    my @old = split /\n/, $text, -1;
    my @new = split /\n/, $changed, -1;
    my $line = substr($text, 0, $at) =~ tr/\n//;

    $line++ while $line < $#old && ($old[$line] // '') eq ($new[$line] // '');

    return { file => $file, line => $line + 1, text => $changed,
        old => trimmed($old[$line]), new => trimmed($new[$line]) };
}


sub trimmed { ($_[0] // '') =~ s/^\s+|\s+$//gr }


# what is no code becomes blanks; a string keeps its place as a name

sub blank { $_[0] =~ s/[^\n]/ /gr }


sub masked_c {
    my ($text) = @_;

    $text =~ s{(/\*.*?\*/)|("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')}
        { $1 ? blank($1) : 'S' x length $2 }gse;

    # of the preprocessor only numbers that have a name

    $text =~ s{^(\#(?!\s*define\s+\w+\s+\d).*(?:\\\n.*)*)}{ blank($1) }gme;

    return $text;
}


sub masked_lua {
    my ($text) = @_;

    $text =~ s{(--[^\n]*)|("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')}
        { $1 ? blank($1) : 'S' x length $2 }gse;

    return $text;
}


sub words {
    my ($code, $lua) = @_;

    my $known = $lua
        ? qr{(?<=\s)(?:[=~]=|[<>]=?|and|or|[-+*](?=\ ))(?=\s)|\b(?:true|false)\b}
        : qr{(?<=\s)(?:[=!]=|[<>]=?|&&|\|\||[-+]=|[-+*](?=[ ]))(?=\s)|\+\+|--
            |\b(?<=return[ ])NGX_POLYCARD_(?:OK|ERROR)\b}x;
    my @edits;

    while ($code =~ /($known)/g) {
        my ($word, $at) = ($1, $-[1]);

        push @edits, map { [$at, length $word, $lua ? s/^!=$/~=/r : $_] }
            @{ $OTHER{$word} };
    }

    my $not = $lua ? qr/\bnot / : qr/(?<![\w)])!(?=[\w(])/;

    push @edits, [$-[0], $+[0] - $-[0], ''] while $code =~ /$not/g;

    return @edits;
}


sub numbers {
    my ($code) = @_;

    my @edits;

    while ($code =~ /(?<![\w.])(\d+)(?![\w.])/g) {
        my ($number, $at) = ($1, $-[1]);

        next if $number =~ /^0\d/ || length $number > 15;
        push @edits, map { [$at, length $number, $_] }
            $number == 1 && is_of_truths($code, $at) ? () : $number + 1,
            $number > 0 && !is_first_place($code, $at) ? $number - 1 : ();
    }

    return @edits;
}


# in a table of 0 and 1 any other number would be as true

sub is_of_truths {
    my ($code, $at) = @_;

    my ($line) = substr($code, 1 + rindex $code, "\n", $at) =~ /^(.*)/;

    return $line =~ /^\s*[01](?:, [01])+,?$/;
}


# Lua takes the place 0 of a text for the first

sub is_first_place {
    my ($code, $at) = @_;

    return substr($code, $at, 2) eq '1,'
        && (substr($code, $at - 5, 5) eq ':sub(' || substr($code, $at, 7) eq '1, true');
}


sub conditions {
    my ($code, $lua) = @_;

    my $if = $lua ? qr/\b(?:if|elseif|until|while) (.+?)(?= then\b|\n\s*then\b|\n| do\b)/s
        : qr/\b(?:if|while) (\((?:[^()]++|(?1))*\))/;
    my @edits;

    while ($code =~ /$if/g) {
        push @edits, [$-[1], $+[1] - $-[1], $lua ? 'not (%s)' : '(!%s)'];
    }

    return @edits;
}


sub statements_c {
    my ($code) = @_;

    my @edits;

    while ($code =~ /(?<=[;{}:\n])\n+( +)(?!$KEPT_C)([a-z_(*+-][^;{}]*;)/g) {
        my ($at, $statement) = ($-[2], $2);

        pos($code) = $-[2];

        # declarations have two blanks after the type

        next if $statement =~ /^\w[\w ]*\s{2,}\*?\w|^\w+ \*+\w/;
        push @edits, [$at, length $statement, ';'];
    }

    return @edits;
}


sub statements_lua {
    my ($code) = @_;

    my @edits;

    while ($code =~ /^( +)(?!$KEPT_LUA)([a-z][\w.\[\]:,S ]*(?:=|\().*)$/mg) {
        my ($at, $end) = ($-[2], $+[2]);

        # within a call, or after an operator

        next if substr($code, 0, $at) =~ /(?:[,({=]|\b(?:and|or|not)|\.\.|[-+*\/])\s*$/;

        # up to where all is closed and no operator follows

        while (open_in(substr $code, $at, $end - $at)
            || substr($code, $end) =~ /^\n\s*(?:and|or|\.\.|[-+*\/])\s/)
        {
            my $next = index $code, "\n", $end + 1;

            last if $next < 0;
            $end = $next;
        }

        my $statement = substr $code, $at, $end - $at;

        push @edits, [$at, $end - $at, '']
            if !open_in($statement) && $statement !~ /\bfunction\b/
            && $statement !~ /^\w+ = [^\n]*,$/;
    }

    return @edits;
}


# brackets that are not closed

sub open_in {
    my ($text) = @_;

    return ($text =~ tr/({[//) - ($text =~ tr/)}]//);
}


# In some order, the first n.  Perl's own generator is the same everywhere.

sub choose {
    my ($seed, $n, @mutants) = @_;

    srand $seed;

    for (my $i = $#mutants; $i > 0; $i--) {
        my $j = int rand($i + 1);

        @mutants[$i, $j] = @mutants[$j, $i];
    }

    return @mutants > $n ? @mutants[0 .. $n - 1] : @mutants;
}


sub mutant_text {
    my ($mutant) = @_;

    return "$mutant->{file}\n- $mutant->{old}\n+ $mutant->{new}\n";
}


sub read_mutants {
    my ($text) = @_;

    my @listed;

    for (split /\n/, $text) {
        if (/^(?:#.*)?$/) {
            next;
        } elsif (/^- ?(.*)/) {
            $listed[-1]{old} = $1;
        } elsif (/^\+ ?(.*)/) {
            $listed[-1]{new} = $1;
        } elsif (/^\s+(\S.*)/) {
            $listed[-1]{reason} .= ($listed[-1]{reason} ? ' ' : '') . $1;
        } else {
            push @listed, { file => $_ };
        }
    }

    return @listed;
}


1;
