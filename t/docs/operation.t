# docs/operation.md, command by command, in a shop with 31 clients whose
# gateway refuses the client that the document says.
#
#   console, sh run     run, and the answer compared
#   console requeue     the same, once the gateway has been mended

use strict;
use warnings;

use Polycard::Docs;
use Polycard::HookShop;
use Polycard::Test;

my $document = 'docs/operation.md';
my @blocks = blocks($document);
my $shop = Polycard::HookShop->new(
    market => { hook_retry => '10ms', delete_guard => '10%', lease => '15s',
                sweep_interval => '5ms' });
my ($redis_cli) = grep { -x } map { "$_/redis-cli" } split /:/, $ENV{PATH};

my $session = Polycard::Docs->new(
    shown => [
        [ qr/^\d{13}-\d+$/m, 'ID' ],
        [ qr/^accepted\t\d{13}$/m, 'accepted TIME' ],
        [ qr/^round\t\d{13}$/m, 'round TIME' ],
        [ qr/^round_found\t\d+$/m, 'round_found COUNT' ],
        [ qr/^heard\t(?:0|\d{13})$/m, 'heard TIME' ],
        [ qr/^lease\t.*$/m, 'lease HOLDER' ],
        [ qr/^lease_left\t\d{1,5}$/m, 'lease_left MS' ],
    ],
    # as the user of the back office

    bin => { 'redis-cli' => "#!/bin/sh\nREDISCLI_AUTH="
        . $shop->redis->password('polycard_office') . "\n"
        . "export REDISCLI_AUTH\nexec $redis_cli --no-raw "
        . '--user polycard_office -s ' . $shop->redis->socket
        . " \"\$@\"\n" },
);

$shop->ready;

# as many as the document says, with those of settle()

$shop->put(sprintf('38067%07d', $_), barcode => 4820000000000 + $_)
    for 1 .. 30;
$shop->call('put_group', 3, title => 'x', loyaltyType => 'bonuses',
    loyaltyQuantity => 1);
$shop->settle;

$shop->rules([ '"loyalty_group_id":77', { status => 422,
    body => '{"Status":"Error","error":"no group 77, client 380501112233"}'
} ]);

for my $block (@blocks) {
    my $kind = "$block->{lang} $block->{mark}";

    like($kind, qr/^(?:console (?:requeue)?|sh run)$/,
        "$document:$block->{line} is marked: '$kind'");

    $shop->rules if $kind eq 'console requeue';
    $session->run($block);
    $shop->settle;
}

is($shop->status->{dead}, 0, 'no dead letter is left');
is($shop->status->{guard}, 'open', 'the guard is open');
ok(wait_until(sub { $shop->status->{clients} == 2 }, 10, 'the sweep'),
    'the deletions were told');

test_status();

finish();


# every value of the status is explained

sub test_status {
    my ($table) = slurp(source_dir() . "/$document")
        =~ /^\| name \| meaning \| alarm \|(.*?)\n\n/ms;
    my @names = map { /`(\w+)`/g } $table =~ /^\| (`[^|]*) \|/mg;

    is_deeply([ sort @names ], [ sort keys %{ $shop->status } ],
        'every value of the status is explained');
}
