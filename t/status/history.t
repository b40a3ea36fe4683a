# The history of the last three hours, on the server: a page that is just opened
# shows them.  nginx's clock is moved forward.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Browser;
use Polycard::HTTP;
use Polycard::HookShop;
use Polycard::Preload;
use Polycard::StatusPage qw( wait_state overflows );
use Polycard::Test;

my $dir = temp_dir();

my $library = Polycard::Preload::moved_clock("$dir/minutes");

my $phone = '380671234567';
my $minutes = 0;
my $shop = Polycard::HookShop->new(preload => $library, workers => 2,
    server => Polycard::HookShop::location('')
        . "location = /polycard { polycard_status; }\n");

sub later {
    $minutes += $_[0];
    spew("$dir/minutes", 'x' x $minutes);
}

# of each minute { name => number }

sub history {
    my $answer = http_get($shop->nginx, '/polycard?format=history');
    my $json = $answer->json;
    my @columns = @{ $json->{columns} };

    return map { my $row = $_; +{ map { $columns[$_] => $row->[$_] }
        0 .. $#columns } } @{ $json->{markets}[0]{minutes} };
}

sub of {
    my ($minute, @names) = @_;

    return [ map { $minute->{$_} } @names ];
}

$shop->ready;
$shop->put($phone, barcode => 1);
$shop->settle;

my $answer = http_get($shop->nginx, '/polycard?format=history');

is($answer->header('Content-Type'), 'application/json', 'JSON');
is($answer->header('Cache-Control'), 'no-store', '... kept by nobody');
is($answer->json->{markets}[0]{name}, 'shop1', 'of a market');
is_deeply($answer->json->{columns}, [ 'minute',
    qw( ok miss conflict denied invalid limited unavailable timeout error
        closed hook_accepted hook_refused hook_outage hook_aborted p50 p95 p99
        hook_p50 hook_p95 hook_p99 outbox ) ], 'what each minute has');

$shop->get('getClient', phone => $phone) for 1 .. 20;
$shop->get('getClient', phone => '380671230000') for 1 .. 3;
$shop->get('getClient', phone => 'x');
http_get($shop->nginx, '/polycard?format=json');

later(1);

my @history = history();
my $sum = { map { my $name = $_; my $n = 0; $n += $_->{$name} for @history;
    $name => $n } qw( ok miss invalid hook_accepted hook_outage ) };

cmp_ok($sum->{ok}, '>=', 20, 'what was answered');
is_deeply(of($sum, qw( miss invalid hook_outage )), [ 3, 1, 0 ],
    'what was not there, and what was wrong');
cmp_ok($sum->{hook_accepted}, '>=', 1, 'hooks');
ok((grep { ($_->{outbox} // -1) == 0 } @history), 'how many wait');

my ($busy) = grep { $_->{ok} } @history;

ok($busy->{p50} >= 1 && $busy->{p50} <= $busy->{p95}
    && $busy->{p95} <= $busy->{p99}, 'how long it took');
ok($history[$_]{minute} == $history[$_ - 1]{minute} + 1, 'minute by minute')
    for 1 .. $#history;

later(5);

my @later = history();

# one more where a minute ends just now, here and below

like(@later - @history, qr/^[56]$/, 'five minutes later');
is_deeply([ map { @{ of($_, qw( ok p50 outbox )) } } @later[-4 .. -1] ],
    [ (0, undef, undef) x 4 ], 'nothing happens');

$shop->nginx->reload;
is_deeply([ map { $_->{minute} } (history())[0 .. $#later] ],
    [ map { $_->{minute} } @later ], 'a reload forgets nothing');

# in a page just opened

my $browser = Polycard::Browser->new(width => 1200, height => 900);

$browser->open('http://127.0.0.1:' . $shop->nginx->port . '/polycard');

my $page = wait_state($browser, 'a page just opened shows it', sub {
    my $charts = ($_[0]{cards}{shop1} || {})->{charts} || {};

    return ($charts->{Requests}{label} // '') =~ /over the last [6-9] min/
        && $charts->{Requests}{lines}[0] && $charts->{'Time of requests'};
});

like($page->{cards}{shop1}{charts}{'Time of requests'}{label},
    qr/^Time of requests over the last \d+ min: now \d+ ms, 95 of 100, /,
    '... with the times');
is(overflows($browser), '', '... nothing is too wide');

later(200);
is(scalar(grep { $_->{ok} } history()), 0, 'after three hours it is gone');
is(scalar(history()), 179, '... no more than three hours are kept');

finish();
