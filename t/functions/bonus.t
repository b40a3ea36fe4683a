# polycard_change_bonus.

use strict;
use warnings;

use lib 't/lib';

use Math::BigFloat;

use Polycard::Test;
use Polycard::Functions;

my $f = Polycard::Functions->new;
my $redis = $f->client;
my $phone = '380671112233';
my $key = $f->key("client:$phone");

srand($ENV{POLYCARD_SEED} || 20240229);

$f->hooks_on;


sub bonus { $redis->hget($key, 'bonus') }
sub store { $redis->hset($key, bonus => $_[0]) }

sub hook {
    my @hooks = $f->take('outbox');

    return @hooks == 1 ? $hooks[0] : \@hooks;
}

sub bonuses {
    my ($action, $change, $total) = @_;

    return [object => 'bonuses', action => $action, phone => $phone,
        attribute => 'bonus', change => $change, total => $total];
}


$f->refused('NOTFOUND no such client', change_bonus => $phone, 1);

$f->call(put_client => $phone, barcode => '1');
$f->take('outbox');

is($f->call(change_bonus => $phone, '10.50'), '10.5', 'a first bonus');
is(bonus(), '10.5', '... is stored');
is_deeply(hook(), bonuses(added => '10.5', '10.5'), '... and announced');

is($f->call(change_bonus => $phone, '-0.01'), '10.49', 'a withdrawal');
is_deeply(hook(), bonuses(changed => '-0.01', '10.49'), '... is announced');

is($f->call(change_bonus => $phone, '0'), '10.49', 'a change by 0');
is_deeply(hook(), [], '... is none');

is($f->call(change_bonus => $phone, '-20'), '-9.51', 'below 0');
is($f->call(change_bonus => $phone, '9.51'), '0', 'to 0');
is(bonus(), '0', '... which is no "-0"');
is($f->call(change_bonus => $phone, '1e2', '0'), '100', 'with a floor');
is($f->call(change_bonus => $phone, '-100', '0'), '0', 'down to the floor');
$f->take('outbox');

$f->refused('CONFLICT the total would be below the floor',
    change_bonus => $phone, '-0.01', '0');
is($f->call(change_bonus => $phone, '-5', '-5'), '-5', 'a floor below 0');
$f->refused('CONFLICT the total would be below the floor',
    change_bonus => $phone, '4', '0');

for my $bad ('x', '0x10', 'inf', 'nan', '1e400', '1,5', '+1', ' 1') {
    $f->refused('amount must be a number', change_bonus => $phone, $bad);
    $f->refused('floor must be a number', change_bonus => $phone, 1, $bad);
}

$f->refused('amount must be a number', change_bonus => $phone);
$f->refused('amount must be a number', change_bonus => $phone, '');
$f->refused('too many arguments', change_bonus => $phone, 1, 0, 'k', 0);
$f->refused('phone must be 380 and 9 digits', change_bonus => '1', 1);


# the ends of the range

store('9999999999999.98');
is($f->call(change_bonus => $phone, '0.01'), '9999999999999.99',
    'the greatest total');
$f->refused('CONFLICT the total is out of range', change_bonus => $phone, '0.01');
store('-9999999999999.99');
$f->refused('CONFLICT the total is out of range', change_bonus => $phone, '-0.01');
is($f->call(change_bonus => $phone, '9999999999999.99'), '0', 'and back');


# what is stored

store('0.30000000000000004');
is($f->call(change_bonus => $phone, '0.01'), '0.31', 'noise is rounded first');

for my $bad (qw( garbage 0x10 inf nan 1e400 )) {
    store($bad);
    $f->refused('CONFLICT the stored bonus is not a number',
        change_bonus => $phone, 1);
}

$redis->hdel($key, 'bonus');
is($f->call(change_bonus => $phone, '-1'), '-1', 'none counts as 0');
store('');
is($f->call(change_bonus => $phone, '2.5'), '2.5', '... and so does an empty one');

$redis->set($f->key('client:380670000000'), 'garbage');
$f->refused('CONFLICT the record of this phone is not a hash',
    change_bonus => '380670000000', 1);

$f->call(put_client => '380670000001', name => 'a');
is($f->call(change_bonus => '380670000001', '5'), '5',
    'a client without a card');
$f->take('outbox');


# a direct write that nobody has captured yet goes into the same hook

store('100');
$f->call(capture => $phone);
$f->take('outbox');
store('150');
$f->call(change_bonus => $phone, '-25.5');
is_deeply(hook(), bonuses(changed => '24.5', '124.5'),
    'the change is counted from what was announced');


# sums at random, to the last hundredth

my $sum = Math::BigFloat->new('124.5');
my @wrong;

for (1 .. 2000) {
    my $amount = (rand() < 0.5 ? '-' : '') . int(rand 10 ** int rand 9)
        . '.' . join('', map { int rand 10 } 1 .. 1 + int rand 2);
    my $total = $f->call(change_bonus => $phone, $amount);

    $sum->badd($amount);
    push @wrong, "$amount: $total, not $sum" if $sum != $total
        || $total !~ /\A-?(?:0|[1-9]\d*)(?:\.\d?[1-9])?\z/;
}

ok(!@wrong, 'random sums are exact') or diag(join "\n", @wrong[0 .. 9]);

my $announced_sum = Math::BigFloat->new('124.5');

for my $hook ($f->take('outbox')) {
    my %field = @$hook;

    $announced_sum->badd($field{change});
    push @wrong, "$field{change}, $field{total}"
        if $announced_sum != $field{total};
}

ok(!@wrong, 'the announced changes add up to the announced totals')
    or diag(join "\n", @wrong[0 .. 9]);
is($announced_sum->bstr, $sum->bstr, '... and to the last total');

finish();
