#!/usr/bin/perl

# The Redis in memory that t/sim drives, held against a real one: random
# commands, and random calls of the library. DIFFER_ROUNDS sets how many,
# DIFFER_FIRST the first seed.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Redis;

my $dir    = source_dir() . '/t/sim';
my $out    = source_dir() . '/build/sim';
my $rounds = $ENV{DIFFER_ROUNDS} || 200;
my $first  = $ENV{DIFFER_FIRST} || 1;

my ($status, $said) = run_command('make', '-s', '-C', $dir, "OUT=$out",
                                  "$out/differ");

is($status, 0, 'differ is built') or diag($said);

my $redis = Polycard::Redis->new(acl => 0);
my $temp = temp_dir();
my $library = "$temp/library.lua";

spew($library, $redis->library);

# none of these is the sanitizer's concern: Lua and hiredis end with the program

local $ENV{ASAN_OPTIONS} = 'detect_leaks=0';

($status, $said) = run_command("$out/differ", $redis->socket, $library, $first,
                               $rounds);

is($status, 0, "$rounds rounds without a difference") or diag($said);

my ($commands, $errors) = $said =~ /(\d+) commands, (\d+) of them errors/;

cmp_ok($commands // 0, '>', 100 * $rounds, 'commands were tried');
cmp_ok($errors // 0, '>', $rounds, 'errors among them');


# a Redis that differs is found

my $other = Polycard::Redis->new(acl => 0, 'rename-command' => ['XLEN', '""']);

($status, $said) = run_command("$out/differ", $other->socket, $library, 2, 10);

is($status, 1, 'a Redis without XLEN');
like($said, qr/^seed \d+: 'xlen' /m, 'it is shown');

done_testing();
