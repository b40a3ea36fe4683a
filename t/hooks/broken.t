# Keys of a wrong type in Redis, and records that nobody can read (contract,
# B27, B32): they hold one client or group, loudly, and all others' hooks go on;
# also after a restart; when the key is mended what waited goes by itself.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::HookShop;

my $shop = Polycard::HookShop->new(
    market => { hook_attempts => 2, hook_retry => '20ms', lease => '2s' });
my $gateway = $shop->gateway;
my $redis = $shop->client;
my $last = 0;

$shop->ready;
$shop->nginx->allow(qr/of a wrong type/);

sub wait_true { Polycard::Test::wait_for(@_) }
sub phone { sprintf '38067%07d', ++$last }
sub key   { $shop->key($_[0]) }

sub lines {
    my ($pattern) = @_;

    return grep { $_ =~ $pattern } split /\n/, $shop->nginx->error_log;
}

# the names in the hooks of a client, in the order in which they came

sub names_of {
    my ($phone) = @_;

    return map { $_->{body} =~ /$phone/ && $_->{body} =~ /"name":"(\w+)"/
        ? $1 : () } $gateway->requests;
}

sub came {
    my ($phone, $name) = @_;

    return wait_true(sub { grep { $_ eq $name } names_of($phone) });
}

# clients whom the gateway knows

sub known {
    my @phones = map { phone() } 1 .. $_[0];

    $shop->put_all(map { [ $_, barcode => $_, name => 'first' ] } @phones);
    $shop->drain;
    $gateway->forget;

    return @phones;
}

my $refuse = { status => 200, body => '{"Status":"Error"}' };

sub refuses { $shop->rules(map { [ $_, $refuse ] } @_) }

# other clients' hooks go on

sub goes_on {
    my ($what) = @_;

    my @others = known_others();
    my $name = "x$last";

    $shop->put($_, name => $name) for @others;
    is(scalar(grep { came($_, $name) } @others), @others,
        "$what: others go on");
}

my @others;

sub known_others { @others = known(40) if !@others; @others }

known_others();


# the list of a client whose hook is refused

my ($one) = known(1);

$redis->set(key("retry:$one"), 'x');
refuses($one);
$shop->put($one, name => 'A');
ok(came($one, 'A'), 'a hook is refused, and cannot go on hold');
$shop->put($one, name => 'B');
ok(wait_true(sub { lines(qr/holds up clients or groups/) }),
    'a line of the log says so');
goes_on('a list of a wrong type');
is($shop->status->{broken}, 1, 'the status counts it');

my ($line) = lines(qr/holds up clients or groups/);
my $masked = substr($one, 0, 5) . '***' . substr($one, 8);

like($line, qr/\[error\] .*: 1, and "retry" of \Q$masked\E is one/,
    'the line has the key, masked');

refuses();
$shop->nginx->restart;
$shop->ready;
goes_on('after a restart');
ok(came($one, 'B'), '... and what was refused');

refuses($one);
$shop->put($one, name => 'C');
goes_on('refused again');
ok(wait_true(sub { lines(qr/holds up clients or groups/) == 2 }),
    '... and said again');
$shop->put($one, name => 'D');
goes_on('what follows it waits');
is(scalar(grep { $_ eq 'D' } names_of($one)), 0, '... with it');

$gateway->forget;
refuses();
$redis->del(key("retry:$one"));
ok($shop->drain, 'mended: all goes by itself');
is_deeply([ names_of($one) ], [qw( C D )], '... in order');
ok(wait_true(sub { lines(qr/is held up any more/) }), '... says the log');
is($shop->status->{broken}, 0, '... and the status');


# a group's: its id is nobody's, and is shown

$redis->set(key('retry:group:4711'), 'x');
refuses('"id":4711');
$redis->hset(key('group:4711'), title => 'Refused', loyaltyType => 'bonuses',
    loyaltyQuantity => 5);
ok(wait_true(sub { lines(qr/\[error\].*"retry" of group:4711 is one/) }),
    'a group that cannot go on hold: the line has its id');
refuses();
$redis->del(key('retry:group:4711'));
ok($shop->drain, '... goes when it is mended');


# a list that breaks while the client is on hold

$shop->reload(hook_retry => '300ms', hook_attempts => 1000);
$shop->ready;
($one) = known(1);
refuses($one);
$shop->put($one, name => 'A');
ok(wait_true(sub { $shop->status->{held} }), 'a client on hold');
$redis->del(key("retry:$one"));
$redis->set(key("retry:$one"), 'x');
$shop->put($one, name => 'B');
goes_on('a list that breaks on hold');
refuses();
$redis->del(key("retry:$one"));
ok(came($one, 'B'), 'mended: what came after that goes');
ok($shop->drain, '... and nothing is counted that is not there');


# the dead letters

$shop->reload(hook_retry => '20ms', hook_attempts => 2);
$shop->ready;
$redis->set(key('dead'), 'x');
($one) = known(1);
refuses($one);
$shop->put($one, name => 'A');
ok(wait_true(sub { names_of($one) >= 3 }),
    'a hook that should be set aside is tried again');
$redis->xadd(key('outbox'), '*', 'no', 'hook');
goes_on('dead of a wrong type');
ok(wait_true(sub { lines(qr/\[error\].* are of a wrong type: dead$/) }),
    'a line of the log says so');
$redis->del(key('dead'));
ok(wait_true(sub { $shop->status->{dead} == 2 }),
    'mended: it is set aside, and what nobody can read');
ok(wait_true(sub { lines(qr/no key of .* is of a wrong type any more/) }),
    '... says the log');
refuses();
$redis->del(key('dead'));


# the outbox

$redis->del(key('outbox'));
$redis->set(key('outbox'), 'x');
($one) = @others;
is($shop->put($one, name => 'OUT'), 0, 'clients can be changed');
is($shop->put($others[1], name => 'OUT'), 0, '... and others');
$redis->del(key('outbox'));
$shop->reload(sweep_interval => '1ms');
$shop->ready;
ok(came($_, 'OUT'), 'mended: the change is told') for @others[0, 1];


# records of others, and such that cannot be sent

my $phone = phone();

$gateway->forget;
$redis->xadd(key('outbox'), '*', @$_) for
    [ object => 'clients', action => 'changed', phone => '12345',
      barcode => 'A' ],
    [ object => 'clients', action => 'changed', phone => $phone ],
    [ object => 'bonuses', action => 'changed', phone => $phone,
      attribute => 'bonus', change => '1e99', total => 1 ];
goes_on('records that cannot be read');
ok(wait_true(sub { $shop->dead == 3 }), 'they are set aside');
is_deeply([ map { $_->{reason} } $shop->dead ], [ ('unreadable') x 3 ],
    '... as unreadable');
is(scalar(grep { $_->{body} =~ /"data":\{\}|12345/ } $gateway->requests), 0,
    'no hook without data was sent');


# a shadow: the sweep and events go on

$shop->drain;
$redis->del(key('dead'));
($one) = known(1);

my $shadow = key('shadow:' . substr $one, -3);

$redis->rename($shadow, key('aside'));
$redis->set($shadow, 'x');
$redis->hset(key("client:$one"), name => 'SH');
goes_on('a shadow of a wrong type');

my $named = quotemeta substr $shadow, length key('');

ok(wait_true(sub { lines(qr/"$named" of .* is one/) }),
    'it is said, with the name of the key');
is(scalar(grep { $_ eq 'SH' } names_of($one)), 0, 'the client waits');
$redis->rename(key('aside'), $shadow);
ok(came($one, 'SH'), 'mended: his change is told');

finish();
