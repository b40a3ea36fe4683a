# polycard_registered, polycard_read; what of it nobody has in his books.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my $stream = $f->key('registered');

sub add {
    my ($n) = @_;

    return $f->call(add_client => 380670000000 + $n, 'phone', '', '', '',
        name => "n$n")->[0];
}

sub unread { @{ $f->status }{qw( registered registered_age )} }
sub ids    { map { $_->[0] } @{ $f->call(registered => '', 100) } }


$f->open;
is_deeply($f->call(registered => '', 100), [], 'nobody yet');
is_deeply([ unread() ], [ 0, -1 ], '... and nothing is unread');

add($_) for 1 .. 5;

my @records = @{ $f->call(registered => '', 100) };
my ($id, @first) = @{ $records[0] };

like($id, qr/^\d{13}-\d+$/, 'a record');
is_deeply([ @first ], [ action => 'created', phone => '380670000001', id => 1,
    barcode => '380670000001', name => 'n1' ], '... names and values');
is(scalar(@records), 5, 'all of them');
is_deeply([ map { $_->[0] } @{ $f->call(registered => $records[1][0], 2) } ],
    [ map { $_->[0] } @records[2, 3] ], 'after one of them, so many');
is_deeply($f->call(registered => $records[4][0], 1), [], 'after the last');
is_deeply([ map { $_->[0] } @{ $f->call(registered => '0-0', 1) } ], [ $id ],
    'from the beginning');

my ($unread, $age) = unread();

is($unread, 5, 'all are unread');
cmp_ok($age, '>=', 0, '... since the first one');
cmp_ok($age, '<', 60_000, '... which is not long ago');

is_deeply($f->call(read => $records[1][0]), [ 2, 0 ], 'two are read');
is_deeply([ ids() ], [ map { $_->[0] } @records[2 .. 4] ], '... and gone');
is_deeply($f->call(read => $records[1][0]), [ 0, 0 ], '... once');
is((unread())[0], 3, '... the others are unread');
is_deeply($f->call(read => $records[4][0]), [ 3, 0 ], 'all');
is_deeply([ unread() ], [ 0, -1 ], '... nothing is unread');

$redis->del($stream);
$redis->xadd($stream, '*', map { ("f$_", 'v') } 1 .. 5000);
is(scalar(@{ $f->call(registered => '', 1)->[0] }), 10_001,
    'a record of somebody else, with more than Lua passes at once');

$redis->del($stream);
$redis->xadd($stream, "1000-$_", action => 'created') for 1 .. 250;
is_deeply([ map { $f->call(read => '1000-240') } 1 .. 3 ],
    [ [ 100, 1 ], [ 100, 1 ], [ 40, 0 ] ], 'many: in several calls');
is((unread())[0], 10, '... and no more');
cmp_ok((unread())[1], '>', 1e12, '... the age is that of the oldest one');


# Redis has lost the last records that the market has: what comes behind a cursor that
# never was may come before it, as the clock of another server is behind

sub ids_after { map { $_->[0] } @{ $f->call(registered => $_[0], 100) } }

$redis->del($stream);
is_deeply([ ids_after('2000-7') ], [], 'all is lost, and nobody new');
$redis->xadd($stream, $_, action => 'created') for '1000-1', '1000-2';
is_deeply([ ids_after('1000-2') ], [], 'the last one is the last');
is_deeply([ ids_after('2000-7') ], [ '1000-1', '1000-2' ],
    'one that is lost: from the beginning');
is_deeply($f->call(read => '1000-3'), [ 0, 0 ], '... it is not in the books');
is_deeply($f->call(read => '1000-2'), [ 2, 0 ], '... until they have these');
is_deeply([ ids_after('2000-7') ], [], 'none is left');
is_deeply($f->call($_ => '18446744073709551615-18446744073709551615', 1), [],
    "$_: after the last id that there may be") for 'registered', 'dead';
$redis->xadd($stream, '1500-0', action => 'created');
is_deeply([ ids_after('2000-7') ], [ '1500-0' ], 'somebody new, before it');
is_deeply($f->call(read => '2000-7'), [ 0, 0 ], '... stays');
is((unread())[0], 1, '... and is unread');
is_deeply($f->call(read => '1500-0'), [ 1, 0 ], '... until he is read');


# consumer groups: what the slowest has not confirmed

$redis->del($stream);
$redis->xadd($stream, "1000-$_", action => 'created') for 1 .. 10;
$redis->xgroup('CREATE', $stream, 'one', 0);
is((unread())[0], 10, 'a group that has read nothing');
$redis->xreadgroup('GROUP', 'one', 'me', 'COUNT', 4, 'STREAMS', $stream, '>');
is((unread())[0], 10, '... that has confirmed nothing');
$redis->xack($stream, 'one', map { "1000-$_" } 2, 3, 4);
is((unread())[0], 7, '... all but one');
cmp_ok((unread())[1], '>', 1e12, '... which is the oldest');
$redis->xack($stream, 'one', '1000-1');
is((unread())[0], 6, '... what it has read');
$redis->xgroup('CREATE', $stream, 'two', '1000-9');
is((unread())[0], 6, 'of two the slower one counts');
$redis->xreadgroup('GROUP', 'one', 'me', 'STREAMS', $stream, '>');
$redis->xack($stream, 'one', map { "1000-$_" } 5 .. 10);
is((unread())[0], 1, '... whichever it is');
$redis->xgroup('DESTROY', $stream, 'two');
is_deeply([ unread() ], [ 0, -1 ], 'all is confirmed, though it is there');
$redis->xadd($stream, '*', action => 'created');
$redis->xadd($stream, '*', action => 'created');
$redis->xdel($stream, (ids())[-1]);
is((unread())[0], 1, 'where Redis cannot tell how many: counted');

$redis->del($stream);
$redis->xadd($stream, "1000-$_", action => 'created') for 1, 2;
$redis->xgroup('CREATE', $stream, 'one', 0);
$redis->xreadgroup('GROUP', 'one', 'me', 'STREAMS', $stream, '>');
$redis->xdel($stream, '1000-2');
$redis->xack($stream, 'one', '1000-1');
is((unread())[0], 1, 'one alone is there: it counts what is not confirmed');
$redis->xack($stream, 'one', '1000-2');
is_deeply([ unread() ], [ 0, -1 ], '... and nothing if all is');
$redis->xadd($stream, '1000-3', action => 'created');
$redis->xreadgroup('GROUP', 'one', 'me', 'STREAMS', $stream, '>');
is_deeply($f->call(read => '1000-3'), [ 2, 0 ], 'read, though a group has it');
is_deeply([ unread() ], [ 0, -1 ], '... nothing is there');


# refused

$f->refused('after must be like 1700000000000-0', registered => $_, 1)
    for 'x', '1', '1-', '+', '(1-1', "1-1\n";
$f->refused('count must be 1 to 100', registered => '', $_)
    for '', 0, 101, 'x', -1;
$f->refused('upto must be like 1700000000000-0', read => @$_)
    for [], [ '' ], [ '+' ];
$f->refused('too many arguments', registered => '', 1, 1);
$f->refused('too many arguments', read => '1-1', 1);
$redis->del($stream);
$redis->set($stream, 'x');
$f->refused('BROKEN the key registered is of a wrong type', @$_)
    for [ registered => '', 1 ], [ read => '1-1' ];
is_deeply([ unread() ], [ 0, -1 ], '... the status goes on');

finish();
