# The library as a whole: joining, loading, what every function has in common.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my $prefix = $f->key('');
my $join = source_dir() . '/redis-scripts/join.sh';
my $dir = temp_dir();


sub functions {
    my %library = @{ $redis->function('LIST')->[0] };

    return map { my %one = @$_; ($one{name} => $one{flags}) }
        @{ $library{functions} };
}


# joined, as text and as C

my ($status, $output) = run_command($join, "$dir/library.lua");

is($status, 0, 'join.sh') or diag($output);

my $text = slurp("$dir/library.lua");

like($text, qr/\A#!lua name=polycard\n/, 'the first line names the library');
unlike($text, qr/[^\n\x20-\x7e]/, 'the text is plain ASCII');

my ($version) = $text =~ /^local VERSION = (\d+)$/m;

($status, $output) = run_command($join, '--c', "$dir/library.h");
is($status, 0, 'join.sh --c') or diag($output);

spew("$dir/print.c", <<'END');
#include <stdio.h>
typedef unsigned char u_char;
#include "library.h"

int
main(void)
{
    printf("%d\n", NGX_POLYCARD_LIBRARY_VERSION);
    fwrite(ngx_polycard_library_text, 1, NGX_POLYCARD_LIBRARY_TEXT_LEN,
           stdout);
    return 0;
}
END

($status, $output) = run_command($ENV{CC} || 'cc', '-Wall', '-Werror', '-o',
    "$dir/print", "$dir/print.c");
is($status, 0, 'the header compiles') or diag($output);

($status, $output) = run_command("$dir/print");
ok($output eq "$version\n$text", 'the header holds version and text');

($status, $output) = run_command($join);
is($status, 2, 'join.sh without a name');
like($output, qr/^usage: /, '... tells its usage');

($status, $output) = run_command($join, "$dir/none/library.lua");
isnt($status, 0, 'join.sh to a folder that is not there');

my %broken = map { $_ => slurp($_) } glob dirname_of($join) . '/*';

mkdir "$dir/scripts";
spew("$dir/scripts/" . (split m{/}, $_)[-1], $broken{$_}) for keys %broken;
unlink "$dir/scripts/number.lua";

($status, $output) = run_command('sh', "$dir/scripts/join.sh", "$dir/broken");
isnt($status, 0, 'join.sh without one of the files');
like($output, qr/no number\.lua/, '... names it');
ok(!-e "$dir/broken", '... and leaves nothing');


# loaded

my %functions = functions();

is($f->call('version'), $version, 'polycard_version');
is_deeply($functions{polycard_version}, ['no-writes'],
    'polycard_version may run where writes are refused');

is_deeply([sort keys %functions], [map { "polycard_$_" } qw( accept
    accept_held add_client broken capture capture_group change_bonus close_card
    confirm_clients
    confirm_deletions dead delete_client delete_dead delete_group due end_hooks
    find_hooks forget_client get_client
    get_group hold import_clients issue_card lease list_clients list_groups merge_clients
    move_client next
    once outage patch_client patch_group probe put_client put_clients put_group read
    refuse refuse_held registered release replace_client replace_group requeue
    resend resend_all retell set_card
    settings status sweep_groups sweep_index sweep_scan swept version )],
    'the functions');

is_deeply($functions{polycard_status}, ['no-writes'],
    'polycard_status as well');

is($f->redis->load_library, 'polycard', 'loaded twice');
is_deeply({ functions() }, \%functions, '... with the same functions');

ok(!eval { $redis->function('LOAD', $text); 1 }, 'LOAD without REPLACE');
like($@, qr/already exists/, '... is refused');

is($f->call(put_client => '380671112233', barcode => '1'), 1,
    'a function works');


# the key

for my $key ('shop1', 'polycard:shop1:', 'polycard:{}:', 'a{b}{c}:', '') {
    my $digest = $f->digest;

    ok(!eval { $redis->fcall('polycard_put_client', 1, $key, '380671112233',
        'name', 'x'); 1 }, "the key '$key'");
    like($@, qr/ERR the one key must be the prefix of a market/,
        '... is refused');
    is($f->digest, $digest, '... and nothing has changed');
}

for my $keys ([0], [2, $prefix, $prefix]) {
    ok(!eval { $redis->fcall('polycard_put_client', @$keys, '380671112233');
        1 }, "$keys->[0] keys");
    like($@, qr/ERR the one key/, '... are refused');
}


# helper keys of a wrong type, and counters that are none

my @pair = ('380671112233', barcode => '4820000000017');

sub wrong {
    my ($name, $write, $words, $call) = @_;

    $f->reset;
    $f->hooks_on(sync => 'done');
    $redis->$write($f->key($name), $write eq 'hset' ? ('a', 'b') : 'garbage');
    $f->refused($words, @$call);
}

for my $call ([put_client => @pair, 'id', 5],
              [add_client => '380671112233', 'ean13', '20', '', '']) {
    for my $name (qw( clients shadow:233 )) {
        wrong($name, 'set', 'the key ' . ($name =~ /^(\w+)/)[0]
            . ' is of a wrong type', $call);
    }

    for my $name (qw( seq:position seq:id )) {
        wrong($name, 'set', "the counter $name is not a whole number", $call);
        wrong($name, 'hset', 'the key seq is of a wrong type', $call);
    }
}

wrong('barcodes:017', 'set', 'the key barcodes is of a wrong type',
    [put_client => @pair]);

my @add = (add_client => '380671112233', 'ean13', '20', '', '');

wrong('seq:card', 'set', 'the counter seq:card is not a whole number',
    \@add);
wrong('added:233', 'set', 'the key added is of a wrong type', \@add);
wrong('registered', 'set', 'the key registered is of a wrong type', \@add);
wrong('barcodes:015', 'set', 'the key barcodes is of a wrong type', \@add);
wrong('cards', 'set', 'the key cards is of a wrong type',
    [add_client => '380671112233', 'pool', '', '', '']);
wrong('groups', 'set', 'the key groups is of a wrong type',
    [put_group => 1, title => 'a', loyaltyType => 'bonuses',
     loyaltyQuantity => 1]);

# what was read of a setting's text is remembered, but not of all texts that there were

sub memory { $redis->info('memory')->{used_memory_vm_functions} }

$f->reset;
$f->call('retell');

my $before = memory();

for my $n (1 .. 400) {
    $redis->hset($f->key('meta'), accepted => $n . 'x' x 50_000);
    $f->call('retell');
}

cmp_ok(memory() - $before, '<', 12_000_000, '400 texts of 50 kB are not kept');

$f->reset;
$redis->set($f->key('meta'), 'garbage');
$f->refused('the key meta is of a wrong type', put_client => @pair);

$f->reset;
$f->open;
$redis->set($f->key('seq:position'), '9007199254740991');
$f->refused('the counter seq:position is used up', @add);

finish();


sub dirname_of {
    my ($path) = @_;

    $path =~ s{/[^/]*\z}{};

    return $path;
}
