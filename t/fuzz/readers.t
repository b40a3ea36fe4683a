#!/usr/bin/perl

# What core/ reads of a form and of JSON, held against other readers: URLSearchParams
# of Node, and json of Python. The bodies are those of the corpus, and small changes of
# them; READERS_SEED chooses which. Ours may refuse what others take, never the other
# way round, and takes the same values of what it takes.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;

my $dir = source_dir() . '/t/fuzz';
my $out = source_dir() . '/build/fuzz';
my $temp = temp_dir();
my $EACH = 400;             # changes of a body

my @tokens = ('&', '=', '+', '%', '%2', '%26', '%D0%A2', '%00', '%zz', '"', '\\',
    '\\u0422', '\\ud83d\\ude00', '\\ud83d', ',', ':', '{', '}', '[', ']', 'null', 'true',
    '1e5', '-0', '0x1', 'NaN', '1.50', ' ', "\t", "\xd0\xa2", "\xff", "\x00", 'phone',
    'name', 'bonus', "\xc2\xa0");

srand($ENV{READERS_SEED} || 7);

my ($status, $said) = run_command('make', '-s', '-C', $dir, "OUT=$out", 'CC=cc',
    "$out/print_input");

is($status, 0, 'print_input is built') or diag($said);

# they print as print_input does; what they refuse is "refused"

spew("$temp/reader.js", <<'END');
const lines = require('fs').readFileSync(0, 'latin1').split('\n').slice(0, -1);
const names = process.argv.slice(2);

for (const line of lines) {
    const given = new URLSearchParams(Buffer.from(line, 'hex').toString('utf8'));

    console.log(names.filter(name => given.get(name))
        .map(name => name + '=' + Buffer.from(given.get(name)).toString('hex')).join(' '));
}
END

spew("$temp/reader.py", <<'END');
import json, sys

names = sys.argv[1:]

def refuse(_):
    raise ValueError

for line in sys.stdin:
    try:
        text = bytes.fromhex(line).decode('utf-8')
    except UnicodeDecodeError:
        print('no text')
        continue
    try:
        given = json.loads(text, parse_int=str, parse_float=str,
                           parse_constant=refuse, strict=False)
        texts = {}
        for name in names:
            value = given.get(name) if isinstance(given, dict) else None
            if isinstance(value, bool):
                value = 'true' if value else 'false'
            if isinstance(value, str) and value:
                texts[name] = value.encode('utf-8', 'surrogatepass').hex()
        print(' '.join(name + '=' + texts[name] for name in names if name in texts))
    except (ValueError, RecursionError):
        print('refused')
END

my @names = qw( phone surname name middlename email sex birthday barcode bonus discount
    loyalty_group_id );

differ('form', 'node', "$temp/reader.js");
differ('json', 'python3', "$temp/reader.py");

finish();


sub differ {
    my ($format, @other) = @_;

    my @cases = map { my $body = slurp($_); ($body, map { changed($body) } 1 .. $EACH) }
        sort glob "$dir/corpus/$format/*";

    spew("$temp/cases", join '', map { unpack('H*', $_) . "\n" } @cases);

    my @ours = answers("$out/print_input", $format);
    my @theirs = answers(@other, @names);

    is_deeply([ scalar @ours, scalar @theirs ], [ scalar @cases, scalar @cases ],
        "$format: an answer to each case");

    my $taken = grep { $_ ne 'refused' } @ours;

    # bytes that are no UTF-8, and control characters, are refused by the check of a
    # value; for Node the former are U+FFFD

    my @wrong = grep { $ours[$_] ne 'refused' && $theirs[$_] !~ /efbfbd|no text/
        && $ours[$_] ne $theirs[$_] } 0 .. $#cases;

    cmp_ok($taken, '>', @cases / 20, "$format: $taken of " . @cases . ' are taken');
    is(scalar @wrong, 0, "... as by $other[0]")
        or diag(map { unpack('H*', $cases[$_]) . "\n ours:   $ours[$_]\n theirs: "
            . "$theirs[$_]\n" } grep { defined } @wrong[0 .. 2]);
}


sub answers {
    my (@command) = @_;

    open my $from, '-|', "@command < $temp/cases" or die "$command[0]: $!\n";

    return map { chomp; $_ } <$from>;
}


# bytes, tokens and parts of it in other places

sub changed {
    my ($body) = @_;

    for (1 .. 1 + int rand 3) {
        my $at = int rand(1 + length $body);
        my $token = $tokens[rand @tokens];

        if (rand() < 0.5) {
            substr $body, $at, 0, $token;
        } elsif (rand() < 0.5) {
            substr $body, $at, int(rand 4), rand() < 0.5 ? $token : '';
        } else {
            $body .= substr $body, int rand(1 + length $body), int rand 20;
        }
    }

    return $body;
}
