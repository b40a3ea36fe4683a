# An older library that the module may not replace: what came into its functions
# later is not sent to it, from a start on, and also where it takes the place of
# ours under a running worker.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HookShop;

my $shop = Polycard::HookShop->new(market => { card_numbers => 'phone',
    lease => '500ms' });
my $redis = $shop->redis->client;
my $phone = 380671112200;
my $refused = qr/id must be like/;

# as they were in 12: accept takes ids alone, lease keeps every name as a setting,
# retell wants keys

my $older = $shop->redis->library;

$older =~ s/^local VERSION = \K\d+$/12/m or die 'no such line';
$older =~ s/^ +local space = \Kgiven:find\(.*$/nil/m or die 'no such line';
$older =~ s/^ +if \Kname == 'known_card' or .*? then$/false then/m or die 'no such line';
$older =~ s/^ +if #arguments == 1 and \Karguments\[1\] == 'unknown'/nil/m or die 'no such line';

$shop->ready;
is($shop->add({ phone => '380671110000', name => 'Olha' })->status, 200, 'an id');
sends('our library');

$redis->acl('SETUSER', 'polycard', '-function|load');
$redis->function('LOAD', 'REPLACE', $older);
sends('an older one comes');

cmp_ok(() = log_lines($shop->nginx, $refused), '<=', 1, '... refused once at most');

my $lines = () = log_lines($shop->nginx, $refused);

$shop->reload;
sends('it is there at a start');
is($shop->status->{outbox}, 0, '... and nothing is left');
is(() = log_lines($shop->nginx, $refused), $lines, '... nothing was refused');
is(version(), 12, '... it is still there');

# the gateway may have what Redis has lost: there is no word for it yet

$shop->nginx->allow(qr/exited on signal 9/, qr/has lost changes/);
$redis->hset($shop->key('meta'), told => 'f' x 16);
kill KILL => $shop->nginx->workers;
wait_until { log_lines($shop->nginx, qr/has lost changes/, 'crit') } 20,
    'what is unknown is said';
let_pass(2.5);      # what is to be told to Redis is tried each second
is(() = log_lines($shop->nginx, qr/what was told and a card/), 0,
    '... but not to an older one, which does not take it');

# those of the time when nobody knew of it

$redis->hdel($shop->key('hosts'), $_) for numbers();

my $seen = hosts();

wait_until { hosts() ne $seen } 20, 'another call for the lease';
is_deeply([ numbers() ], [], '... and no number becomes a setting');

$redis->acl('SETUSER', 'polycard', '+function|load');
$shop->reload;
ok((wait_until { version() > 12 } 20, 'ours'), 'it may be replaced, and is');
sends('ours again');

# the sweep puts the counter right again, and then nothing is to be told

ok((wait_until {
    $redis->set($shop->key('seq:id'), 0);
    return ($redis->hget($shop->key('meta'), 'known_id') // '') eq '1';
} 20, 'what was seen'), '... and is told what was seen');

# one that is newer is asked as ours

$shop->redis->load_library(99);
$shop->reload;
sends('a newer one');
is(() = log_lines($shop->nginx, $refused), $lines, '... nothing was refused');

finish();


sub version { $redis->fcall('polycard_version', 1, $Polycard::Shop::PREFIX) }


sub hosts { join ' ', $redis->hvals($shop->key('hosts')) }


sub numbers { grep { /known_/ } $redis->hkeys($shop->key('hosts')) }


# hooks are sent, and are gone then

sub sends {
    my ($what) = @_;

    $phone++;
    $shop->put($phone, name => $what, barcode => "C-$phone");
    ok($shop->wait_told($what, 20), "$what: a hook is sent");
    ok($shop->drain(20), '... and is gone');
}
