# The conditions under which t/scripts/network runs other tests: each is there,
# and a test that cannot run under one is left out with its reason.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;

my $root = source_dir();

# prints what a caller, a hook and Redis look like under the condition

my $dir = temp_dir();
my $look = spew("$dir/look.pl", <<'EOC');
use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Condition;
use Polycard::HTTP;
use Polycard::HookShop;
use Socket qw( SOL_SOCKET SO_RCVBUF );

not_under('link', 'it is only looked at');

my $shop = Polycard::HookShop->new(server =>
    'location = /x { return 200 "$server_protocol $https"; }'
    . Polycard::HookShop::location(''));

$shop->ready;
$shop->put('380671112233', barcode => 'b');
$shop->settle;

my $caller = Polycard::HTTP->connect($shop->nginx);

$shop->get('getClient', phone => '380671112233')->status == 200 or die;

diag(join "\n", 'x', 'asked ' . http_get($shop->nginx, '/x')->body,
    'asked raw ' . http_raw($shop->nginx,
        "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")->body,
    'hook ' . ($shop->gateway->url =~ /^https/ ? 'TLS' : 'plain'),
    'buffer ' . (unpack('i', getsockopt $caller->{socket}, SOL_SOCKET,
        SO_RCVBUF) <= 16384 ? 'small' : 'great'),
    'redis ' . (-S $shop->redis->dir . '/near.sock' ? 'far' : 'near'));
$caller->close;
ok(1);
finish();
EOC


sub looks {
    my ($condition) = @_;

    my ($status, $output) = run_command({ dir => $root,
        env => { POLYCARD_CONDITION => $condition } }, $^X, $look);

    is($status, 0, "under '$condition' a test runs") or diag($output);

    return $output;
}

my %shown = (
    ''              => [],
    'tls'           => ['asked HTTP/1.1 on', 'asked raw HTTP/1.1 on',
                        'hook TLS'],
    'http2'         => ['asked HTTP/2.0 '],
    'small-buffers' => ['buffer small'],
    'far-redis'     => ['redis far'],
);

my @usual = ('asked HTTP/1.1 ', 'asked raw HTTP/1.1 ', 'hook plain',
             'buffer great', 'redis near');

for my $condition (sort keys %shown) {
    my $output = looks($condition);
    my @wanted = @{ $shown{$condition} };

    for my $usual (@usual) {
        my ($kind) = $usual =~ /^(asked raw|\w+)/;

        push @wanted, $usual if !grep { /^$kind(?! raw)/ } @wanted;
    }

    like($output, qr/^# \Q$_\E *$/m, "... $_") for @wanted;
}

like(looks('link'), qr/SKIP not under link: it is only looked at/,
    '... which may be left out');

my ($status, $output) = run_command({ dir => $root,
    env => { POLYCARD_CONDITION => 'nonsense' } }, $^X, $look);

isnt($status, 0, 'a condition that is none');
like($output, qr/no such condition: nonsense/, '... is refused');

finish();
