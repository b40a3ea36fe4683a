# The examples of docs/examples that talk to an office: each takes in whom Polycard
# has registered, and sends changes, at a real market; also while Redis is away.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Command;
use Polycard::HTTP;
use Polycard::OfficeShop;
use Polycard::Shop qw( json_text );
use Polycard::Test;

my %interpreter = ('office.py' => 'python3', 'office.js' => 'node',
    'office.php' => 'php');
my $examples = source_dir() . '/docs/examples';
my $shop = Polycard::OfficeShop->new;
my $dir = temp_dir();
my $next = 380671110000;

spew("$dir/token", "$Polycard::OfficeShop::TOKEN\n");
$ENV{OFFICE_TOKEN_FILE} = "$dir/token";
$ENV{OFFICE_URL} = 'http://127.0.0.1:' . $shop->nginx->port . '/office/';

for my $example (sort keys %interpreter) {
    my @command = ($interpreter{$example}, "$examples/$example");
    my @phones = map { $next++ . '' } 1 .. 3;

    $shop->add({ phone => $_, name => "\x{41b}\x{435}\x{441}\x{44f}" })
        for @phones;

    my ($status, $output) = run_command(@command, 'registered', '--once');

    is($status, 0, "$example: registered") or diag($output);

    my @taken = map { JSON::MaybeXS->new->utf8->decode($_) } split /\n/, $output;

    is_deeply([ map { $_->{phone} } @taken ], \@phones, '... whom it took in');
    is($taken[0]{name}, "\x{41b}\x{435}\x{441}\x{44f}", '... with his name');
    is($shop->office(GET => 'registered')->body, '[]', '... is read');

    spew("$dir/changes", join '', map { json_text($_) . "\n" }
        { op => 'patch', phone => $phones[0], set => { sex => 'female' } },
        { op => 'bonus', phone => $phones[0], change => 5, key => 'r1' },
        { op => 'bonus', phone => $phones[0], change => 2 },
        { op => 'move', phone => '380999999999', to => $phones[0] });

    for my $bonus (7, 7, 9) {
        ($status, $output) = run_command('sh', '-c', 'exec "$@" < "$0"',
            "$dir/changes", @command, 'send', $bonus == 7 ? "n-$example" : ());

        is($status >> 8 || $status, 1, "$example: send") or diag($output);
        is_deeply([ map { JSON::MaybeXS->new->utf8->decode($_) } split /\n/, $output ],
            [ { line => 4, status => 'NOK', error => 'no such client',
                http => 404 } ], '... says what was refused');
        is_deeply([ @{ $shop->stored($phones[0]) }{qw( sex bonus )} ],
            [ 'female', $bonus ], '... is done, once with its key');
    }

    spew("$dir/token", "wrong\n");
    ($status, $output) = run_command(@command, 'registered', '--once');
    isnt($status, 0, "$example: a wrong token");
    like($output, qr/401/, '... is said');
    spew("$dir/token", "$Polycard::OfficeShop::TOKEN\n");
}

like(slurp("$examples/office.bsl"), qr{registered/read}, '1C: as text');

finish();
