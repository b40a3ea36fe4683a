# make mutants: which changes it makes, that they are the same ones each time, and
# that it tells what is noticed from what is not.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Marks;
use Polycard::Mutants;
use Polycard::Test;

my $root = source_dir();


# every change of a text, as "line: new"

sub changes {
    my ($file, $text) = @_;

    return [ map { "$_->{line}: $_->{new}" } mutants_of($file, $text) ];
}

is_deeply(changes('a.c', <<'C'), [ split /\n/, <<'CHANGES' ], 'of C');

/* a + b == 1 */

#define A_MAX  7


static int
a(int  b, char  *c)
{
    int  d = 0;

    if (b < 2 && !c) {
        a_call(b,
               "x + 1");
        d += b - 1;
    }

    return d;
}
C
4: #define A_MAX  6
4: #define A_MAX  8
10: int  d = 1;
12: if (!(b < 2 && !c)) {
12: if (b <= 2 && !c) {
12: if (b >= 2 && !c) {
12: if (b < 1 && !c) {
12: if (b < 3 && !c) {
12: if (b < 2 || !c) {
12: if (b < 2 && c) {
13: ;
15: ;
15: d -= b - 1;
15: d += b + 1;
15: d += b - 0;
15: d += b - 2;
CHANGES

is_deeply(changes('a.c', "\n    0, 1,\n    1, 2\n"), [ '2: 1, 1,', '2: 0, 0,',
    '3: 0, 2', '3: 2, 2', '3: 1, 1', '3: 1, 3' ], 'of tables');

is_deeply(changes('a.lua', "\na = a:sub(1, 2):find(b, 1, true)\n"), [ map { "2: $_" }
    'a = a:sub(2, 2):find(b, 1, true)', 'a = a:sub(1, 1):find(b, 1, true)',
    'a = a:sub(1, 3):find(b, 1, true)', 'a = a:sub(1, 2):find(b, 2, true)',
    'a = a:sub(1, 2):find(b, 1, false)' ], 'not 0 for the first place of a text');

is_deeply(changes('a.lua', <<'LUA'), [ split /\n/, <<'CHANGES' ], 'of Lua');

-- a == b

local function a(b)
    if not b or b == 'x == y' then
        redis.call('SET',
                   'a', b)
        return true
    end
end
LUA
5: if b or b == 'x == y' then
5: if not (not b or b == 'x == y') then
5: if not b and b == 'x == y' then
5: if not b or b ~= 'x == y' then
6: 
8: return false
CHANGES


# the choice

my @all = mutants_of('a.c', "\nint  a = 1 + 2 * 3 - 4;\n");
my @names = map { [ map { $_->{new} } choose($_, 5, @all) ] } 1, 1, 2;

is(scalar @{ $names[0] }, 5, 'some of them');
is_deeply($names[0], $names[1], '... the same ones');
isnt("@{ $names[0] }", "@{ $names[2] }", '... others for another seed');
is_deeply([ map { "$_->{file} $_->{old} $_->{new} $_->{reason}" } read_mutants(
    "# what\n" . mutant_text($all[0]) . "  because\n  of it\n") ],
    [ "a.c int  a = 1 + 2 * 3 - 4; $all[0]{new} because of it" ],
    'a list of them is read as it is printed');


# which functions of the library a test runs

my $lua = <<'LUA';
-- a function (of
local one = 1

function two(a,
             b)
    return a
end

register('three', function(a)
    return two(a, function(b)
        return b
    end)
end)
LUA

is_deeply([ map { "$_->{from}-$_->{to}" } functions_of($lua) ], [ '4-7', '9-13' ],
    'its functions');

my $marked = marked($lua, 'file');

is($marked =~ tr/\n//, $lua =~ tr/\n//, '... are marked without another line');
is_deeply({ marks_in("1:M 1 Jan \@file:4\n") }, { 'file:4' => 1 }, '... read in a log');
is_deeply([ $marked =~ /'\@(\S+)'/g ], [ 'file:4', 'file:9' ], '... each once');


# a test that ends with its first failure

my $folder = temp_dir();

spew("$folder/a.t", <<'TEST');
use Test::More;
TODO: { local $TODO = 'x'; ok(0) }
ok(1);
ok(0);
ok(1, 'too late');
done_testing();
TEST

my ($failed, $output) = run_command('perl', "-I$root/t/lib",
    '-MPolycard::FirstFailure', "$folder/a.t");

isnt($failed, 0, 'a test fails');
like($output, qr/^not ok 3/m, '... shows why');
unlike($output, qr/too late/, '... and ends');


# nothing notices the last one, as nothing else may look

my $dir = temp_dir();

spew("$dir/mutants", <<'MUTANTS');
ngx_polycard_module/core/prefix.c
- return NGX_POLYCARD_OK;
+ return NGX_POLYCARD_ERROR;
redis-scripts/settle.lua
- local EARLY, NEW, CLOSED = 0, 1, 2
+ local EARLY, NEW, CLOSED = 1, 1, 2
redis-scripts/confirm.lua
- local COUNT_MAX = 1000000000000
+ local COUNT_MAX = 1000000000001
MUTANTS

my ($status, $said) = run_command({ env => {
    MUTANTS_OUT => "$dir/out", MUTANTS_FROM => "$dir/mutants", MUTANTS_SEEDS => 25,
    MUTANTS_KILLERS => '^(?:prefix_test|t/functions/(?:range|first_sync)\.t)$',
} }, "$root/t/mutants/run");

is($status, 1, 'a mutant that survives is a failure');
like($said, qr/^killed.*prefix\.c:\d+, by prefix_test$/m, 'a unit test notices it');
like($said, qr/^killed.*settle\.lua:\d+, by t\/functions\/\w+\.t$/m,
    'a test of the library does');
like($said, qr/^SURVIVED.*confirm\.lua:\d+\n.*- local COUNT_MAX = 1000000000000\n/m,
    'what nothing notices is shown');
like($said, qr/\n\nredis-scripts\/confirm\.lua\n- local COUNT_MAX .*\n\+ .*\n\z/,
    '... so that it can be taken over');
like($said, qr/^3 mutants: 2 killed, 0 survived with a reason, 1 without/m,
    '... and counted');

finish();
