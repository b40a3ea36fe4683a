# docs/check.md: its commands are run, with a market instead of that of
# `make run`, and its tables compared with what the tool says
#
#   console    run, and the answer compared

use strict;
use warnings;

use lib 't/lib';

use JSON::MaybeXS ();

use Polycard::Docs;
use Polycard::OfficeShop;
use Polycard::Test;
use Polycard::Tools;

my $document = 'docs/check.md';
my $text = slurp(source_dir() . "/$document");
my $tools = tools_dir();
my $shop = Polycard::OfficeShop->new(files => { tokens => "secret\n" },
    market => { access_token => undef,
                access_token_file => '%%DIR%%/tokens' });
my $file = $shop->nginx->path('tokens');
my $office = 'http://127.0.0.1:' . $shop->nginx->port . '/office';
my $url = 'http://127.0.0.1:' . $shop->nginx->port . '/api/v1/web_service';

$shop->put_all(map { [ 380670000000 + $_, barcode => "10$_", bonus => 2.5,
    name => 'Olha' ] } 1 .. 120);
$shop->call('put_group', 1, title => 'x', loyaltyType => 'bonuses',
    loyaltyQuantity => 1);

my $session = Polycard::Docs->new(
    replace => [ [ qr{build/tools}, $tools ],
                 [ qr{build/run/access\.tokens}, $file ],
                 [ qr{build/run/office\.tokens}, $shop->nginx->path('office') ],
                 [ qr{http://127\.0\.0\.1:8080/office}, $office ],
                 [ qr{http://127\.0\.0\.1:8080/api/v1/web_service}, $url ] ],
    shown   => [ [ qr/^\d+ requests; .*$/m, 'N requests' ] ],
);

for my $block (blocks($document)) {
    is("$block->{lang} $block->{mark}", 'console ',
        "$document:$block->{line} is marked");
    $session->run($block);
}

# what the document needs is there after make run

like(slurp(source_dir() . '/Makefile'),
    qr/^run:.*\n(?:\t.*\n)*\t\@\$\(MAKE\) -s tools\n(?:\t.*\n)*\t\@t\/scripts\/run\n/m,
    'make run builds the tools first');

my $report = JSON::MaybeXS->new->utf8->decode((run_command(
    "$tools/polycard-check", '--json', '--token-file', $file,
    '--office-token-file', $shop->nginx->path('office'), '--office', $office,
    $url))[1]);
my ($none) = map { JSON::MaybeXS->new->utf8->decode($_) } (run_command(
    "$tools/polycard-check", '--json', $url))[1];

is_deeply([ $text =~ /^\| `((?:[AB]\d+|office)\.\w+)` \| (must|recommended) \|/mg ],
    [ map { $_->{id} => $_->{must} ? 'must' : 'recommended' }
      @{ $report->{rows} } ], 'each row, in its order');

my ($members) = $text =~ /^\| member \|.*\n\|---.*\n((?:\|.*\n)+)/m;

is_deeply([ sort map { /`(\w+)`/g } map { /^\| ([^|]*)/ } split /\n/,
    $members ], [ sort keys %$report ], 'each member of the report');
is_deeply([ sort(map { /`(\w+)`/g } $members =~ /`rows` \|(.*)/) ],
    [ sort(keys %{ $none->{rows}[0] }) ], '... and of a row');

my ($options) = $text =~ /^\| option \|.*\n\|---.*\n((?:\|.*\n)+)/m;
my $help = (run_command("$tools/polycard-check", '--help'))[1];
my %known = map { $_ => 1 } $help =~ /(--[a-z-]+)/g;

delete @known{qw( --help --version )};
is_deeply([ sort map { /(--[a-z-]+)/g } map { /^\| ([^|]*)/ } split /\n/,
    $options ], [ sort keys %known ], 'each option that --help tells');

finish();
