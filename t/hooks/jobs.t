# What is asked for once and goes on by itself, with the sweep: all are announced again,
# a client is forgotten, the history is cut.  Also where the emitter's nginx ends meanwhile.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Faults;
use Polycard::HookShop;

my $shop = Polycard::HookShop->new(market => {
    sweep_interval => '5ms', hook_retry => '50ms', hook_history => 5000 });
my $gateway = $shop->gateway;
my $redis = $shop->client;
my $clients = 200;

$shop->ready;
is($redis->hget($shop->key('meta'), 'hook_history'), 5000,
    'how many hooks are remembered is told to Redis');

sub phone { 380670000100 + $_[0] }

# phones whose records the gateway was told as changed

sub told {
    my $text = join "\n", grep { /"changed"/ }
        map { $_->{body} } $gateway->requests;

    return { map { $_ => 1 } $text =~ /"phone":"(\d+)"/g };
}


# all are announced again, though nginx is killed while it goes on

$shop->put(phone($_), name => "n$_", barcode => "b$_") for 1 .. $clients;
$shop->settle(60);

$gateway->always({ status => 500 });
$shop->call('resend_all');
wait_until { $shop->status->{resend} > 0 } 30, 'the first are written';
$shop->nginx->restart;
$gateway->always({ status => 200, body => '{"Status":"OK"}' });
wait_until { $shop->status->{resend} == -1 } 60, 'the last are';
$shop->drain(60);
my $told = told();

is(scalar(grep { $told->{phone($_)} } 1 .. $clients), $clients,
    'all were announced again');


# what became of a hook

my ($cursor, @found) = @{ $shop->call(find_hooks => phone(1)) };

is_deeply([ map { $_->[0] } @found ], [ ('accepted') x @found ],
    'the history has what was accepted');
is_deeply([ map { $_->[3] } @found ], [ 'changed', 'added' ],
    '... the latest first');


# forgotten: when it was told that he is deleted

$gateway->always({ status => 500 });
$shop->call(forget_client => phone(1));
$shop->call(forget_client => phone(2));
is($shop->status->{forget}, 2, 'two are to be forgotten');
$gateway->always({ status => 200, body => '{"Status":"OK"}' });
wait_until { $shop->status->{forget} == 0 } 60, 'they are';

my %read = (list => 'lrange', zset => 'zrange');
my @left = grep {
    my $command = $read{ $redis->type($_) };
    my @all = $command ? $redis->$command($_, 0, -1)
        : $redis->type($_) eq 'hash' ? $redis->hgetall($_) : ();

    grep { /${\ phone(1) }|${\ phone(2) }/ } $_, @all;
} $redis->keys('*');

is_deeply(\@left, [], '... and no key has them');
is($shop->call(delete_client => phone(3)), 1, 'all else goes on');
$shop->drain(30);


# no history any more: what is there goes

ok(scalar($redis->keys($shop->key('history:*'))), 'there is a history');
ok($shop->reload(hook_history => 0), 'hook_history 0');
wait_until { !$redis->keys($shop->key('history:*')) } 60,
    '... and soon there is none';
is_deeply([ $shop->call(find_hooks => phone(4)) ], [ 'dead:0-0' ],
    '... of anybody');

finish();
