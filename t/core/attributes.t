# The attributes in C (core/attributes.c) and in Lua (redis-scripts): the same
# tables, and the same values taken and refused.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Redis;

plan skip_all => 'no t/core/print_tables.c'
    if !-e source_dir() . '/t/core/print_tables.c';

my $core = source_dir() . '/ngx_polycard_module';
my $dir = temp_dir();
my $redis = Polycard::Redis->new;

srand($ENV{POLYCARD_SEED} || 20240229);


sub compile {
    my ($source, $program) = @_;

    my ($status, $output) = run_command($ENV{CC} || 'cc', '-O1', "-I$core",
        '-o', "$dir/$program", $source, map { "$core/core/$_.c" }
        qw( attributes number phone text ));

    is($status, 0, "$program is built") or diag($output);
}


sub lua_files {
    return join '', map { slurp(source_dir() . "/redis-scripts/$_.lua") } @_;
}


# the tables

compile(source_dir() . '/t/core/print_tables.c', 'print_tables');

my ($status, $tables) = run_command("$dir/print_tables");
my $lua = $redis->client->eval(lua_files('attributes') . <<'END', 0);
local lines = {}

for _, name in ipairs({ 'client', 'group' }) do
    for _, a in ipairs(attributes[name]) do
        lines[#lines + 1] = name .. ' ' .. a.name .. ' ' .. a.type .. ' '
                            .. (a.required and 'required' or 'optional')
    end
end

return lines
END

cmp_ok(@$lua, '>', 10, 'the Lua tables');
is(join("\n", @$lua, ''), $tables, 'the C tables are the same');


# The values: "<type> <value in hex>" a line in, what is wrong with it out.

spew("$dir/check.c", <<'END');
#include "core/attributes.h"
#include "core/text.h"
#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
    char                      type[16], hex[8192];
    size_t                    i;
    FILE                     *in;
    u_char                    bytes[4096];
    unsigned                  byte;
    const char               *flaw;
    ngx_polycard_str_t        value;
    ngx_polycard_attribute_t  a;

    static const char  *types[] = { "phone", "text", "card", "sex", "date",
                                    "amount", "integer", "id", "loyalty",
                                    "flag" };

    in = argc > 1 ? fopen(argv[1], "r") : NULL;

    while (in && fscanf(in, "%15s %8191s", type, hex) == 2) {
        memset(&a, 0, sizeof(a));
        value.data = bytes;
        value.len = strlen(hex) / 2;

        for (i = 0; i < value.len; i++) {
            sscanf(hex + 2 * i, "%2x", &byte);
            bytes[i] = (u_char) byte;
        }

        for (i = 0; strcmp(types[i], type) != 0; i++) { /* void */ }

        a.type = (ngx_polycard_type_e) i;

        if (a.type == NGX_POLYCARD_TYPE_CARD) {
            ngx_polycard_text_trim(&value);
        }

        flaw = ngx_polycard_attribute_check(&a, &value);
        puts(flaw ? flaw : "ok");
    }

    return 0;
}
END

compile("$dir/check.c", 'check');


sub c_words {
    my (@cases) = @_;

    spew("$dir/cases", join '', map { "$_->[0] " . unpack('H*', $_->[1])
        . "\n" } @cases);

    my ($status, $output) = run_command("$dir/check", "$dir/cases");

    return split /\n/, $output;
}


sub lua_words {
    my (@cases) = @_;

    my $words = $redis->client->eval(lua_files('number', 'text', 'value')
        . <<'END', 0, map { @$_ } @cases);
local words = {}

for i = 1, #ARGV, 2 do
    local taken, flaw = value.check(ARGV[i], ARGV[i + 1])

    words[#words + 1] = taken and 'ok' or flaw
end

return words
END

    return @$words;
}


sub differences {
    my (@cases) = @_;

    my @c = c_words(@cases);
    my @lua = lua_words(@cases);

    return "$#c, not $#lua answers" if @c != @lua || @c != @cases;

    return map {
        "$cases[$_][0] " . unpack('H*', $cases[$_][1])
            . ": C '$c[$_]', Lua '$lua[$_]'\n"
    } grep { $c[$_] ne $lua[$_] } 0 .. $#cases;
}


# of every type: good ones, bad ones, each with one flaw

my @values = (
    qw( 380671112233 38067111223 480671112233 male female Male m discount
        bonuses bonus true false 1 0 yes 20240229 20230229 19000229 20000229
        00000101 20231231 20231301 20230132 2024-02-29 12 01 -1 1.5 -0 0.005
        1e3 1e400 0x10 inf nan 9007199254740991 9007199254740992
        999999999999999 1000000000000000 0999999999999999
        9999999999999.99 9999999999999.995 10000000000000 . - e ),
    ' ', "\0", "\n", "a\x1fb", "a\x7fb", "\xc2\x80", "\xc2\x9f", "\xc2\xa0",
    "\xe2\x80\xa7", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa",
    'Шевченко', 'ї' x 255, 'ї' x 256, 'x' x 255, 'x' x 256,
    "\xf0\x9f\x98\x80" x 255, "\xf0\x9f\x98\x80" x 256,
    (map { "a${_}b" } "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2",
        "\xe0\x9f\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xed\xa0\x80",
        "\xef\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xff", "\xe2\x82", "\xf0\x9f\x98"),
);

my @types = qw( phone text card sex date amount integer loyalty flag id );
my @wrong = differences(map { my $value = $_; map { [$_, $value] } @types }
    @values);

ok(!@wrong, 'chosen values: the same words in C and in Lua')
    or diag(@wrong);


# Control characters are those of Unicode (B5, B30), and nothing else is; white
# space is no part of a card number. Every code point, as UTF-8.

my @points = (0x0 .. 0xd7ff, 0xe000 .. 0xffff, 0x1f600, 0xe0020, 0x10ffff);

sub utf8 {
    my ($point) = @_;

    my $text = chr $point;
    utf8::encode($text);

    return $text;
}

sub is_control {
    my ($point) = @_;

    return chr($point) =~ /\p{Cc}/ || $point == 0x2028 || $point == 0x2029;
}

for my $part (0 .. 7) {
    my @some = grep { $_ % 8 == $part } @points;
    my @inside = map { [text => 'a' . utf8($_) . 'b'] } @some;
    my @said = c_words(@inside);

    is_deeply([map { sprintf '%04x', $some[$_] }
            grep { ($said[$_] ne 'ok') ne is_control($some[$_]) } 0 .. $#some],
        [], "control characters in C, part $part");
    is_deeply([differences(@inside)], [], '... and the same in Lua');
}

# trimmed: C and Lua by their own words

spew("$dir/trim.c", <<'EOC');
#include "core/text.h"
#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
    char                hex[16384];
    FILE               *in;
    size_t              i;
    u_char              bytes[8192];
    unsigned            byte;
    ngx_polycard_str_t  text;

    in = argc > 1 ? fopen(argv[1], "r") : NULL;

    while (in && fscanf(in, "x%16383s ", hex) == 1) {
        text.data = bytes;
        text.len = strlen(hex) / 2;

        for (i = 0; i < text.len; i++) {
            sscanf(hex + 2 * i, "%2x", &byte);
            bytes[i] = (u_char) byte;
        }

        ngx_polycard_text_trim(&text);
        putchar('x');

        for (i = 0; i < text.len; i++) {
            printf("%02x", text.data[i]);
        }

        putchar('\n');
    }

    return 0;
}
EOC

compile("$dir/trim.c", 'trim');

sub trimmed {
    my @texts = @_;

    spew("$dir/texts", join '', map { 'x' . unpack('H*', $_) . "\n" } @texts);

    my ($status, $output) = run_command("$dir/trim", "$dir/texts");
    my @c = map { pack 'H*', substr $_, 1 } split /\n/, $output;
    my $lua = $redis->client->eval(lua_files('text') . <<'EOL', 0, @texts);
local trimmed = {}

for i = 1, #ARGV do
    trimmed[i] = text.trim(ARGV[i])
end

return trimmed
EOL

    return (\@c, $lua);
}

sub is_space {
    my ($point) = @_;

    return chr($point) =~ /\p{White_Space}/
        || grep { $_ == $point } 0x180e, 0x200b .. 0x200d, 0x2060, 0xfeff;
}

for my $part (0 .. 7) {
    my @some = grep { $_ % 8 == $part } @points;
    my ($c, $lua) = trimmed(map { utf8($_) . '4' . utf8($_) . '2' . utf8($_) }
        @some);
    my @expected = map { is_space($_) ? '4' . utf8($_) . '2'
        : utf8($_) . '4' . utf8($_) . '2' . utf8($_) } @some;

    is_deeply([map { sprintf '%04x', $some[$_] }
            grep { $c->[$_] ne $expected[$_] } 0 .. $#some],
        [], "what is trimmed in C, part $part");
    is_deeply($lua, $c, '... and the same in Lua');
}

{
    my $nbsp = "\xc2\xa0";
    my @texts = ("\r", ' ', "$nbsp\t\xef\xbb\xbf \r\n", "\xef\xbb\xbf4 2\r\n",
        "$nbsp x\xa0", "\xa0x\xc2", "x\xe2\x80", "\x80\x80x", ' ' x 4095 . 'x',
        ' ' x 4096 . 'x', "x\0", '"4"');
    my @pieces = (' ', "\r", $nbsp, "\xe2\x80\x8b", "\xef\xbb\xbf", "\xe2",
        "\x80", "\xa0", '4', "\xd1\x97");

    push @texts, map { join '', map { $pieces[rand @pieces] } 0 .. rand 9 }
        1 .. 3000;

    my ($c, $lua) = trimmed(@texts);

    is(scalar @$c, scalar @texts, 'texts that are trimmed to nothing, or broken');
    is_deeply($lua, $c, '... the same in C and in Lua');
    is_deeply([@$c[0 .. 3]], ['', '', '', '4 2'], '... as they should be');
}


# at random, near the borders; with several flaws either may be told

my @pieces = ('a', 'ї', '0', '1', '5', '9', '.', '-', 'e', "\x80", "\xbf",
    "\xc2", "\xe2", "\x82", "\xac", "\xed", "\xa0", "\xf0", "\x9f", "\xf4",
    "\x8f", "\n", '20', '02', '29', '31');

sub random_case {
    my $type = $types[rand @types];
    my @from = $type =~ /^(?:text|card)$/ ? @pieces
        : $type eq 'amount' ? ((0 .. 9) x 2, '.', '-', 'e')
        : (0 .. 9, '20', '02', '29');
    my $value = join '', map { $from[rand @from] }
        1 .. 1 + int rand($type eq 'date' ? 8 : 16);

    $value = '380' . $value if $type eq 'phone';

    return [$type, $value];
}

my @cases = map { random_case() } 1 .. 3000;
my @c = map { $_ eq 'ok' ? 1 : 0 } c_words(@cases);
my @lua = map { $_ eq 'ok' ? 1 : 0 } lua_words(@cases);

@wrong = grep { $c[$_] != $lua[$_] } 0 .. $#cases;

is(scalar @c, scalar @cases, 'random values');
cmp_ok(scalar(grep { $_ } @c), '>', 300, '... of which many are good');
ok(!@wrong, '... are judged alike') or diag(map {
    "$cases[$_][0] " . unpack('H*', $cases[$_][1]) . "\n" } @wrong);

finish();
