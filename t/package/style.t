# nginx's style, as far as a machine can see it: lines, blanks, braces, and how
# long files and functions are. What the style is: CONTRIBUTING.md.

use strict;
use warnings;

use lib 't/lib';

use Encode qw( decode );

use Polycard::Test;

my $root = source_dir();

my $LINE = 80;
my $FILE = 500;
my $FUNCTION = 60;

# longer for a reason

my %LONG_FILE = map { $_ => 1 } (
);

my %LONG = map { $_ => 1 } (
    'ngx_polycard_channel_connect',   # one system call after the other

    # choices, one case after the other
    qw( calls_add_word words_command fault_redis office_commands ),
    'ngx_vslprintf',                  # nginx's own, for a simulation
);

my @files = grep { !m{/build/} } map { glob "$root/$_" }
    'ngx_polycard_module/*.[ch]', 'ngx_polycard_module/*/*.[ch]', 'tools/*/*.[ch]',
    't/core/*.[ch]', 't/fuzz/*.[ch]', 't/driver/*.[ch]',
    't/sim/*/*.[ch]', 't/torture/*.c';

ok(@files > 200, 'the sources were found');

test_file($_) for @files;

is_deeply([ keys %LONG_FILE, keys %LONG ], [], 'none is longer without need');

# the rules see what they are for

for my $wrong ([ 'a tab', "\nint  a;\n\tint  b;\n" ],
    [ 'a blank at an end', "\nint  a; \n" ],
    [ 'a comment of C++', "\nint  a;  // what\n" ],
    [ 'no blank line first', "int  a;\n" ],
    [ 'a long line', "\n" . 'x' x 81 . "\n" ],
    [ 'an if without a blank', "\nint\nf(void)\n{\n    if(a) {\n    }\n}\n" ],
    [ 'a brace of a function behind it', "\nint\nf(void) {\n}\n" ],
    [ 'one blank line between functions',
        "\nint\nf(void)\n{\n}\n\nint\ng(void)\n{\n}\n" ],
    [ 'a long function',
        "\nint\nf(void)\n{\n" . "    f();\n" x 61 . "}\n" ],
    [ 'a function of a header without a comment',
        "\nvoid f(void);\n\n/* g */\nvoid g(void);\n", 'x.h' ],
    [ 'a comment that is of something else',
        "\n/* f */\n#define F  1\n\nvoid f(void);\n", 'x.h' ],
    [ 'a long file', "\n" . "int  a;\n" x 501 ])
{
    my ($what, $text, $name) = @$wrong;

    isnt(join(' ', flaws($name // 'x.c', $text)), '', "seen: $what");
}

is(join(' ', flaws('x.h', "\n/* two,\n * of one kind */\nint f(int a,\n"
    . "    int b);\nint g(void);\n\n/* all that follow */\n\nvoid h(void);\n")),
    '', 'one comment may be of several functions');

finish();


sub test_file {
    my ($path) = @_;
    my $name = $path =~ s{^\Q$root\E/}{}r;

    is(join("\n", flaws($name, slurp($path))), '', $name);
}


sub flaws {
    my ($name, $text) = @_;
    my @lines = split /\n/, $text;
    my (@flaws, $begin, $function);

    push @flaws, 'its first line is not blank' if $text !~ /\A\n/;
    push @flaws, 'has ' . @lines . ' lines'
        if @lines > $FILE && !defined delete $LONG_FILE{$name};
    push @flaws, 'has no line feed at its end' if $text !~ /[^\n]\n\z/;

    for my $i (0 .. $#lines) {
        my $line = $lines[$i];
        my $at = "line " . ($i + 1);

        push @flaws, "$at: longer than $LINE" if length(decode('UTF-8', $line)) > $LINE;
        push @flaws, "$at: a tab" if $line =~ /\t/;
        push @flaws, "$at: a blank at its end" if $line =~ / $/;
        push @flaws, "$at: //" if $line =~ m{(?:^|[\s;])//};
        push @flaws, "$at: no blank before the bracket"
            if $line =~ /^\s*(?:\} else )?(?:if|for|while|switch)\(/;
        push @flaws, "$at: the brace of a function stands alone"
            if $line =~ /^\w[^=]*\) \{$/;
        push @flaws, "$at: two blank lines stand between functions"
            if $line eq '}' && $i + 2 < @lines && $lines[$i + 1] eq ''
            && $lines[$i + 2] ne '' && $lines[$i + 2] !~ /^#/;

        if ($line eq '{') {
            $begin = $i;
            ($function) = map { /^(\w+)\(/ ? $1 : () }
                reverse @lines[0 .. $i - 1];
            $function //= '';

        } elsif ($line eq '}' && defined $begin) {
            my $length = $i - $begin - 1;

            push @flaws, "$at: the function has $length lines"
                if $length > $FUNCTION && !defined delete $LONG{$function};
            undef $begin;
        }
    }

    push @flaws, map { "$_() has no comment" } uncommented($text)
        if $name =~ m{^(?:ngx_polycard_module|tools)/.*\.h$|^x\.h$};

    return @flaws;
}


# A header says what each function does, or those that stand together without a
# blank line: in a comment that is above them, or is the paragraph before.

sub uncommented {
    my ($text) = @_;
    my ($before, @names) = ('');

    for my $paragraph (split /\n{2,}/, $text) {
        my ($first) = $paragraph
            =~ /^(?!typedef|static|extern|struct|\s|[#])[\w *]+?(\w+)\([^;{]*\);/m;

        push @names, $first
            if $first && $paragraph !~ m{\*/} && $before !~ m{\*/\s*\z};
        $before = $paragraph;
    }

    return @names;
}
