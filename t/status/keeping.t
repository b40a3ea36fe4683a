# Whether Redis keeps what it has, over a restart and when its memory is full: the
# status and the metrics, as long as somebody looks.

use strict;
use warnings;

use lib 't/lib';

use Polycard::HookShop;
use Polycard::HTTP;
use Polycard::Preload;
use Polycard::Status;
use Polycard::Test;

# nginx's clock is moved forward

my $dir = temp_dir();
my $shop = Polycard::HookShop->new(
    preload => Polycard::Preload::moved_clock("$dir/minutes"),
    server  => Polycard::HookShop::location('') . $STATUS);

$shop->ready;
becomes(0, 0, 'as the tests have it');

# no bound: the policy does no harm

set(appendonly => 'yes');
set('maxmemory-policy' => 'allkeys-lru');
becomes(1, 0, 'an append only file');

set(maxmemory => '500mb');
becomes(1, 1, 'a bound, at which records are deleted');

set('maxmemory-policy' => 'noeviction');
set(appendonly => 'no');
becomes(0, 0, 'a bound that refuses, no file again');

# a provider hides it

$shop->redis->client->acl(qw( SETUSER polycard -info ));
becomes(undef, undef, 'INFO is denied');

$shop->redis->client->acl(qw( SETUSER polycard +info ));
becomes(0, 0, 'INFO is allowed');

# who does not send the hooks any more does not know

ok($shop->reload(emitter => 'off'), 'emitter off');
is_deeply(seen(), [ 0, 0 ], 'known for a while');
spew("$dir/minutes", 'xxx');
wait_until { !defined seen()->[0] } 60, 'not after 3 minutes';
is_deeply(seen(), [ undef, undef ], '... neither of the two');

finish();


sub set { $shop->redis->client->config('SET', @_) }


sub seen {
    my $redis = market_status($shop->nginx, 'shop1')->{redis};

    return [ map { defined $_ ? $_ ? 1 : 0 : undef }
        @$redis{qw( append_only evicts )} ];
}


sub text { join ' ', map { $_ // 'unknown' } @{ $_[0] } }


# it is looked at when the listener is back, and each minute

sub becomes {
    my ($append_only, $evicts, $what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $wanted = text([ $append_only, $evicts ]);

    $shop->redis->client->client('KILL', 'TYPE', 'pubsub');
    wait_until { text(seen()) eq $wanted } 60, "$what: in the status";

    my $metrics = http_get($shop->nginx, '/status?format=prometheus')->body;
    my %metric = $metrics
        =~ /^polycard_redis_(append_only|evicts)\{market="shop1"\} (\d)$/mg;

    is_deeply([ @metric{qw( append_only evicts )} ], [ $append_only, $evicts ],
        "$what: in the metrics");
}
