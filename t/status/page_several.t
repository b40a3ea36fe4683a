# The status page with several markets, with none, and with answers that are no
# status.

use strict;
use warnings;

use lib 't/lib';

use Storable qw( dclone );

use Polycard::ServedPage;
use Polycard::StatusPage qw( state wait_state overflows );
use Polycard::Test;

my $served = Polycard::ServedPage->new;
my $well = $served->well;
my $browser = $served->browser;

test_several();
test_answers();

is_deeply([ grep { !/status of 500/ } $browser->console ], [],
    'the console is empty');

finish();


# the worst decides; each has a link

sub test_several {
    my $state = dclone($well);

    for my $n (2 .. 4) {
        push @{ $state->{markets} }, dclone($well->{markets}[0]);
        $state->{markets}[-1]{name} = "shop$n";
    }

    $state->{markets}[1]{bad_records}{stored} = 1;
    $state->{markets}[3]{guard}{state} = 'closed';
    $served->serve($state);

    my $page = wait_state($browser, 'four markets',
        sub { keys %{ $_[0]{cards} } == 4 });

    is($page->{title}, 'Polycard: shop2 and shop4', 'two are named');
    is($page->{verdict}, '2 of 4 markets need attention', '... and counted');
    is($page->{level}, 'act', '... the worse one decides');
    is_deeply([ map { tr/\n/ /r } @{ $page->{list} } ], [
        'shop4 deletions held', 'shop2 bad records', 'shop1 All well',
        'shop3 All well' ], 'each has a link, the sick ones first');

    # of many those that are well are counted

    my $many = dclone($state);

    for my $n (5 .. 100) {
        push @{ $many->{markets} }, dclone($well->{markets}[0]);
        $many->{markets}[-1]{name} = "shop$n";
    }

    $served->serve($many);
    wait_state($browser, 'a hundred markets',
        sub { keys %{ $_[0]{cards} } == 100 && @{ $_[0]{list} } == 2 });
    cmp_ok($browser->script(
        'return document.getElementById("top").getBoundingClientRect().height'),
        '<', 800, '... fit a screen');
    $browser->script('document.querySelector("#list button").click()');
    is(scalar @{ state($browser)->{list} }, 100, '... all of them when asked for');
    is(overflows($browser), '', '... and nothing is too wide');

    # a name can be as long as this

    $state->{markets}[3]{name} = 'x' x 64;
    $served->serve($state);
    wait_state($browser, 'a long name', sub { $_[0]{title} =~ /x{64}$/ });
    $browser->size(320, 800);
    is(overflows($browser), '', '... fits on a small phone');

    $state->{markets} = [];
    $served->serve($state);
    wait_state($browser, 'no market', sub {
        $_[0]{verdict} eq 'No market is configured' && !%{ $_[0]{cards} };
    });
}


# answers that are none

sub test_answers {
    $served->serve($well);
    wait_state($browser, 'all is well again',
        sub { $_[0]{title} eq 'Polycard: all well' });

    $served->serve('<html>');
    my $page = wait_state($browser, 'another answer',
        sub { $_[0]{title} eq 'Polycard: no answer' });
    like($page->{when}, qr/ nginx does not answer with JSON\.$/,
        '... is told');

    $served->serve($well);
    wait_state($browser, 'and forgotten',
        sub { $_[0]{title} eq 'Polycard: all well' });
}
