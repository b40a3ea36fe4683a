# Amounts at their bounds (contract, B32), and stored values that cannot be read
# (B26), from plain commands to the gateway and in answers.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::HookShop;

my $shop = Polycard::HookShop->new(
    market => { hook_retry => '20ms', sweep_interval => '1ms' });
my $gateway = $shop->gateway;
my $redis = $shop->client;
my $phone = '380671112233';
my $most = '9999999999999.99';

$shop->ready;

sub store { $redis->hset($shop->key("client:$phone"), @_) }

# "change total" of the next hook about an amount

sub next_amount {
    my @told = map { $_->{body} =~ /"change":([^,]+),"total":([^}]+)/
        ? "$1 $2" : () } $gateway->requests;

    return @told ? $told[0] : undef;
}

sub told {
    my ($want, $what) = @_;

    wait_until { next_amount() } $what;
    is(next_amount(), $want, $what);
    $shop->drain;
    $gateway->forget;
}


# the bounds

store(barcode => 'A1', name => 'Olha');
ok($shop->wait_told('"added"'), 'a client');
$shop->drain;
$gateway->forget;

store(bonus => $most);
told("$most $most", 'the greatest bonus');
store(bonus => "-$most");
told("-19999999999999.98 -$most", 'the greatest change');
store(bonus => $most);
told("19999999999999.98 $most", 'and back');

store(bonus => '0');
told("-$most 0", 'to nothing');
is($shop->status->{dead}, 0, 'nothing was set aside');


# what cannot be read

my @lines;

sub lines {
    my ($pattern) = @_;

    return @lines = grep { $_ =~ $pattern } split /\n/,
        $shop->nginx->error_log;
}

store(bonus => 130);
told('130 130', 'a bonus');
store(bonus => '130,75');
wait_until { lines(qr/values that cannot be read/) } 'a line';
is(@lines, 1, 'one line of the log says that a value cannot be read');
unlike($lines[0], qr/130,75|\Q$phone\E/, '... without the value');
wait_until { $shop->status->{round_bad} == 1 } 'the count';
pass('... and it is counted');

store(birthday => '31.12.1999', sex => 'f', discount => '5%',
    loyalty_group_id => 'gold');
store(name => 'Olena');
ok($shop->wait_told('Olena'), 'another attribute is told');
$shop->drain;

my ($body) = map { $_->{body} } grep { $_->{body} =~ /Olena/ }
    $gateway->requests;

like($body, qr/"bonus":130[,}]/, '... with what was last announced');
unlike($body, qr/birthday|sex|discount|loyalty/, '... and nothing else');
is(next_amount(), undef, 'no hook says that the bonus is gone');
is(scalar(lines(qr/values that cannot be read/)), 1, 'it is said once');

my $answer = $shop->get('getClient', phone => $phone);

is($answer->{status}, 200, 'getClient');
unlike($answer->{body}, qr/bonus|birthday|sex|discount|loyalty/,
    '... leaves them out');
is(scalar(lines(qr/values that cannot be shown as they are/)), 1,
    '... and says so once');

$gateway->forget;
store(bonus => '131');
told('1 131', 'readable again: the difference to what was told');

finish();
