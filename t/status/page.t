# The web page of polycard_status, in a real browser: it shows what is true,
# keeps up with it, and suits its readers.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Test;
use Polycard::Browser;
use Polycard::HTTP;
use Polycard::HookShop;
use Polycard::Shop;
use Polycard::StatusPage qw( wait_state overflows faint focus_order );

my $phone = '380671234567';
my $access = 'acc3ss-t0ken-of-the-test';
my @personal = ($phone, '671234567', 'Shevchenko', 'taras@example.com',
    '4820000000017', $access, $Polycard::HookShop::TOKEN);

my $shop = Polycard::HookShop->new(
    workers => 2,
    redis   => { appendonly => 'yes', appendfsync => 'always' },
    market  => {
        access_token      => undef,
        access_token_file => '%%DIR%%/access',
        hook_retry        => '300ms',
    },
    files   => { access => "$access\n",
                 token  => "$Polycard::HookShop::TOKEN\n" },
    server  => Polycard::HookShop::location('')
        . "location = /polycard { polycard_status; }\n",
);

$shop->put($phone, surname => 'Shevchenko', email => 'taras@example.com',
    barcode => '4820000000017', bonus => 100);
$shop->ready;
$shop->settle;

my $browser = Polycard::Browser->new(width => 1200, height => 900);
my $url = 'http://127.0.0.1:' . $shop->nginx->port . '/polycard';

$browser->media('prefers-reduced-motion' => 'reduce');
$browser->open($url);

test_join();
test_policy();
test_well();
test_traffic();
test_outage();
test_recovery();
test_looks('all well');
test_keyboard();
test_redis_lost();
test_nothing_elsewhere();
test_nothing_personal();
test_nginx_away();

finish();


sub card { $_[0]{cards}{shop1} || {} }


sub is_well {
    my ($page) = @_;

    return $page->{title} eq 'Polycard: all well'
        && (card($page)->{level} || '') eq 'good';
}


# a page that lacks a part is not built

sub test_join {
    my $dir = temp_dir();
    my $folder = source_dir() . '/ngx_polycard_module/status/page';

    spew("$dir/" . s{.*/}{}r, slurp($_)) for glob "$folder/*";
    unlink "$dir/card.js";

    my ($status, $output) = run_command('sh', "$dir/join.sh", '--c',
        "$dir/made.h");

    isnt($status, 0, 'join.sh without one of the files');
    like($output, qr/card\.js/, '... names it');
    is_deeply([ glob "$dir/made*" ], [], '... and leaves nothing');

    is((run_command("$folder/join.sh"))[0], 2, 'join.sh without a name');
}


# points of lines that are not in the picture, which is 88 high

sub outside {
    my ($page) = @_;

    return grep { !/^\d+\.\d (\d+\.\d)$/ || $1 > 88 }
        map { split /L/, s/^M//r } map { split /(?<=\d)(?=M)/ }
        map { @{ $_->{lines} } } values %{ card($page)->{charts} };
}


# nothing but what stands in the page itself may run, and nobody may frame it

sub test_policy {
    my $answer = http_get($shop->nginx, '/polycard',
        headers => [ 'Accept', 'text/html,*/*;q=0.8' ]);
    my $policy = $answer->header('Content-Security-Policy') || '';

    is($answer->status, 200, 'the page is there');
    like($answer->header('Content-Type'), qr{^text/html; ?charset=utf-8$}i,
        '... as HTML');
    like($policy, qr/^default-src 'none'; /, 'the policy: nothing');
    like($policy, qr/ $_(?:;|$)/, "... but $_")
        for qr/connect-src 'self'/, qr/img-src data:/,
            qr/style-src 'sha256-[\w+\/]{43}='/,
            qr/script-src 'sha256-[\w+\/]{43}='/,
            qr/frame-ancestors 'none'/, qr/base-uri 'none'/,
            qr/form-action 'none'/;
    unlike($policy, qr/unsafe|http|\*/, '... and nothing else');
    unlike($answer->body, qr{(?:src|href)\s*=\s*"(?!\?format=|data:)}i,
        'the page names nothing outside of it');
}


sub test_well {
    my $page = wait_state($browser, 'all is well', \&is_well);

    is($page->{verdict}, 'All is well', '... in words');
    is($page->{level}, 'good', '... in colour');
    is(card($page)->{word}, 'All well', '... on the card');
    is_deeply(card($page)->{findings}, {}, '... which has nothing to say');
    is_deeply($page->{list}, [], 'one market needs no list');
    like($page->{news}, qr/^shop1: all well\.$/, '... it is said too');
    like($page->{icon}, qr/^data:image\/svg/, 'the icon is a picture');
}


sub traffic {
    $shop->get('getClient', phone => $phone, token => $access);
    $shop->get('getClient', phone => 'x', token => $access);
    $shop->call('change_bonus', $phone, 1);
}


sub test_traffic {
    my $page = wait_state($browser, 'requests and hooks are drawn', sub {
        my $charts = card($_[0])->{charts};

        return $charts->{Requests}{legend}{answered}
            && $charts->{Requests}{legend}{refused} > 0
            && $charts->{Hooks}{legend}{accepted} > 0
            && $charts->{Requests}{lines}[0]
            && $charts->{Requests}{lines}[1]
            && $charts->{Hooks}{lines}[0];
    }, \&traffic);
    my $charts = card($page)->{charts};

    # those of the time that they take come when there were enough
    is_deeply([ grep { !/^Time of / } sort keys %$charts ],
        [ 'Hooks', 'Hooks that wait', 'Requests' ], 'three charts');
    like($charts->{Requests}{label},
        qr/^Requests over the last \d+ min: now [\d.,]+ per second, at most [\d.,]+; of these refused [\d.,]+ and failed 0\.$/,
        'what is drawn is said as well');
    is_deeply([ outside($page) ], [], 'lines are where they should be');

    my $drawn = length $charts->{Requests}{lines}[0];

    wait_state($browser, 'it goes on', sub {
        length card($_[0])->{charts}{Requests}{lines}[0] > $drawn;
    }, \&traffic);
}


sub test_outage {
    $shop->gateway->always({ status => 500 });

    # the many of one client do not stay in the outbox, they are put on hold

    $shop->put('380671119999', barcode => 'C-9999');

    wait_state($browser, 'an outage that has just begun is no alarm', sub {
        (card($_[0])->{findings}{outage}[0] || '') eq 'info'
            && $_[0]{title} eq 'Polycard: all well';
    }, \&traffic);

    $shop->client->hset($shop->key('meta'), outage => (time - 7 * 3600) * 1000);

    my $page = wait_state($browser, 'one of hours is red', sub {
        card($_[0])->{level} eq 'act' && $_[0]{level} eq 'act'
            && card($_[0])->{charts}{'Hooks that wait'}{value} =~ /^[1-9]/;
    }, \&traffic);

    my ($level, $title, $text) = @{ card($page)->{findings}{outage} || [] };

    is($page->{title}, 'Polycard: shop1 outage', '... the title says it');
    is($page->{verdict}, 'shop1: outage', '... the verdict');
    is(card($page)->{word}, 'Needs action now', '... the card');
    like($title,
        qr/^The gateway has taken no hooks since .*\d\d:\d\d, 7 h ago \(outage\): status 500\.$/,
        '... in a sentence');
    like($text, qr/^Nothing is lost: \d+ hooks? waits?, /,
        '... with what it means');
    like($page->{news}, qr/^shop1: The gateway has taken no hooks /,
        '... for those who listen');
    like($page->{icon}, qr/M8\.2 3h7\.6/, '... and by the shape of the icon');

    test_looks('an outage');
}


sub test_recovery {
    $shop->gateway->always({});

    my $page = wait_state($browser, 'it is over', \&is_well);

    is($page->{news}, 'shop1: all well.', '... which is said');
}


# in both schemes, on a large and a small screen, with all figures open

sub test_looks {
    my ($what) = @_;

    $browser->script(
        'for (const e of document.querySelectorAll("details")) e.open = true');

    my %paper;

    for my $scheme (qw( light dark )) {
        $browser->media('prefers-color-scheme' => $scheme,
            'prefers-reduced-motion' => 'reduce');

        $paper{$scheme} = $browser->script(
            'return getComputedStyle(document.body).backgroundColor');

        for my $width (1200, 768, 390, 320) {
            $browser->size($width, 800);
            is(overflows($browser), '',
                "$what, $scheme: nothing is wider than $width");
        }

        is(faint($browser), '', "$what, $scheme: all text can be read");
    }

    isnt($paper{light}, $paper{dark}, "$what: dark is another paper");

    $browser->media('prefers-reduced-motion' => 'reduce');
    $browser->size(1200, 900);
    $browser->script(
        'for (const e of document.querySelectorAll("details")) e.open = false');
}


sub test_keyboard {
    my @order = focus_order($browser, 5);

    is_deeply(\@order, [ 'Pause', 'Last 10 min', 'All figures of shop1', 'JSON',
        'Prometheus' ], 'Tab leads to each control, and shows where');

    focus_order($browser, 3);
    $browser->press('Enter');
    ok($browser->script('return document.querySelector(".every").open'),
        'Enter opens the figures');
    like($browser->text('.figures'), qr/getClient\s.*clients\s/s,
        '... which are there');

    $browser->press([ 'Shift', 'Tab' ], 'Space');
    is($browser->script('return document.getElementById("span")'
        . '.getAttribute("aria-pressed")'), 'true', 'Space: ten minutes');
    $browser->press('Space', [ 'Shift', 'Tab' ], 'Space');
    is($browser->script('return document.getElementById("pause")'
        . '.getAttribute("aria-pressed")'), 'true', 'Space pauses');
    like($browser->text('#when'), qr/^Paused at \d\d:\d\d:\d\d\.$/,
        '... which the page says');

    $browser->press('Space');
    wait_state($browser, 'and goes on', sub { $_[0]{when} =~ /^As of / });
}


sub test_redis_lost {
    $shop->redis->stop;

    my $page = wait_state($browser, 'a lost Redis is red',
        sub { card($_[0])->{level} eq 'act' });

    is($page->{title}, 'Polycard: shop1 Redis away', '... the title says it');
    like(card($page)->{findings}{redis}[1],
        qr/^Redis cannot be reached since \d\d:\d\d, \w+(?: \w+)? (?:ago|now)\.$/, '... a sentence');

    $shop->redis->start;
    wait_state($browser, 'and a Redis that is back is green', \&is_well);
}


sub test_nothing_elsewhere {
    is_deeply([ $browser->console ], [], 'the console is empty');

    my @elsewhere = grep { !m{^\Q$url\E(?:\?format=(?:json|history))?$|^data:} }
        $browser->requests;

    is_deeply(\@elsewhere, [], 'nothing was asked for elsewhere');
}


sub test_nothing_personal {
    my %text = (
        page       => $browser->html,
        JSON       => http_get($shop->nginx, '/polycard?format=json')->body,
        history    => http_get($shop->nginx, '/polycard?format=history')->body,
        Prometheus =>
            http_get($shop->nginx, '/polycard?format=prometheus')->body,
    );

    for my $name (sort keys %text) {
        my @found = grep { index(lc $text{$name}, lc $_) >= 0 } @personal;

        is_deeply(\@found, [], "nothing of a client or a secret: $name");
    }
}


# last, because the browser itself tells the console of what it cannot reach

sub test_nginx_away {
    $shop->nginx->stop;

    my $page = wait_state($browser, 'without nginx the page says so',
        sub { $_[0]{title} eq 'Polycard: no answer' });

    is($page->{verdict}, 'nginx does not answer this page', '... in words');
    is(card($page)->{word}, 'Unknown', '... on the card');
    like($page->{when},
        qr/^The figures below are from \d\d:\d\d:\d\d; since then nginx cannot be reached\.$/,
        '... and from when the rest is');

    $shop->nginx->start;

    # its counters begin again

    $page = wait_state($browser, 'and finds it again', sub {
        is_well($_[0]) && card($_[0])->{charts}{Requests}{legend}{answered} > 0;
    }, \&traffic);

    is_deeply([ outside($page) ], [], 'nothing goes below 0');

    my @other = grep { !/ERR_CONNECTION_(?:REFUSED|RESET)|ERR_EMPTY_RESPONSE/ }
        $browser->console;

    is_deeply(\@other, [], 'the console has nothing else');
}
