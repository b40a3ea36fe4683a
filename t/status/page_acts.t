# The status page acts, in a real browser: each action of an operator asks first,
# is done, and is said; by mouse and by keyboard, on a phone, in the dark, under the
# page's strict policy.

use strict;
use warnings;

use lib 't/lib';

use Polycard::Browser;
use Polycard::HTTP;
use Polycard::HookShop;
use Polycard::OperatorShop;
use Polycard::StatusPage qw( wait_state overflows faint );
use Polycard::Test;

my $token = $Polycard::OperatorShop::TOKEN;
my $shop = Polycard::OperatorShop->new(
    redis  => { appendonly => 'yes' },
    market => { delete_guard => '10%', sweep_interval => '5ms',
                hook_retry => '50ms' },
    server => 'location = /polycard { polycard_status operator=/operator/ '
        . "manual=/manual/; }\n"
        . "location = /plain { polycard_status; }\n");
my ($one, $two) = qw( 380671112233 380671113344 );
my $browser = Polycard::Browser->new(width => 1200, height => 900);
my $url = 'http://127.0.0.1:' . $shop->nginx->port;

$shop->ready;
$shop->put(sprintf('38067%07d', $_), barcode => "B$_") for 1 .. 45;
$shop->make_dead($one, 'Olha');
$shop->make_dead($two, 'Mark');
$shop->rules;
$browser->media('prefers-reduced-motion' => 'reduce');
$browser->open("$url/polycard");

test_token();
test_dead();
test_requeue_all();
test_find();
test_resend_all();
test_outage();
test_deletions();
test_plain();
test_remedies();

is_deeply([ grep { !m{status of 40[01] } } $browser->console ], [], 'the console is empty');
is_deeply([ grep { !m{^\Q$url\E/|^data:} } $browser->requests ], [],
    'nothing was asked for elsewhere');

finish();


# what a reader does, and sees

sub click {
    my ($text, $where) = @_;

    my $clicked = $browser->script('
        const all = [...document.querySelectorAll((arguments[1] || "")
            + " button")].filter(one => one.checkVisibility()
            && (one.textContent.trim() === arguments[0]
                || one.getAttribute("aria-label") === arguments[0]));
        if (all.length) { all[0].focus(); all[0].click(); }
        return all.length', $text, $where);

    ok($clicked, "there is a button '$text'")
        or diag($browser->script('return document.body.innerText'));
}

sub dialog {
    return $browser->script('const d = document.getElementById("question");
        return d.open ? [d.querySelector("h2").innerText,
            d.querySelector("p").innerText] : []');
}

sub asks {
    my ($title, $text) = @_;

    # keys go to what has the focus, which is there a moment after the question

    wait_until { @{ dialog() } && $browser->script('
        return document.getElementById("question")
            .contains(document.activeElement)') } "asked: $title";
    my $asked = dialog();
    like($asked->[0], $title, '... in the title');
    like($asked->[1], $text, '... in the text') if $text;
}

sub said {
    my ($pattern) = @_;

    wait_until { $browser->text('.said') =~ $pattern } 30, "said: $pattern"
        or diag($browser->text('.said'));
}

sub focused {
    my ($class) = @_;

    return $browser->script('return document.activeElement.className') eq $class;
}

sub confirm {
    my ($yes) = @_;

    click($yes, '#question');
}


sub test_token {
    wait_state($browser, 'dead letters are a finding',
        sub { $_[0]{cards}{shop1}{findings}{dead} });
    $browser->script('document.querySelector(".desk").open = true');
    asks(qr/^Access token of shop1$/, qr/operator_token_file/);
    is($browser->script('return document.activeElement.type'), 'password',
        '... into a field that shows nothing');
    $browser->press(split //, 'wrong');
    $browser->press('Enter');
    asks(qr/^Access token of shop1$/);
    $browser->script('document.querySelector("#question input").value
        = arguments[0]', $token);
    confirm('Use it');
    wait_until { $browser->text('.dead') =~ /38067\*{5}33/ } 'then it answers';
    is(index($browser->html, $token), -1, 'the token is nowhere in the page');
}


sub test_dead {
    my $text = $browser->text('.dead');

    like($text, qr/clients added/, 'the hook');
    like($text, qr/\d\d:\d\d \((?:just now|\d+ (?:s|min) ago)\)/,
        'when, and how long ago');
    like($text, qr/status 422/, 'why');
    like($text, qr/\{"Status":"Error","error":"no \*{4} \*{12}"\}/,
        'what the gateway said, masked');
    unlike($browser->html, qr/$one|$two|Olha/, 'nobody is named');

    looks('dead letters');

    # Escape, and the button that has the focus: nothing is done

    click('Requeue 38067*****33');
    asks(qr/^Requeue this hook\?$/, qr/The hook of 38067\*{5}33 goes back/);
    ok(focused('no'), 'the focus is on what does nothing');
    looks('a question');
    $browser->press('Escape');
    said(qr/^Nothing was done\.$/);
    is($shop->status->{dead}, 2, '... and was not');
    click('Requeue 38067*****33');
    asks(qr/^Requeue/);
    $browser->press('Enter');
    wait_until { !@{ dialog() } } 'Enter on Cancel';
    is($shop->status->{dead}, 2, '... nothing either');

    # by the keyboard alone

    click('Requeue 38067*****33');
    asks(qr/^Requeue/);
    $browser->press('Tab');
    wait_until { focused('yes') } 'the focus is on what does it';
    $browser->press('Enter');
    said(qr/^The hook of 38067\*{5}33 goes to the gateway again\.$/);
    ok($shop->drain, '... and it does');
    is($shop->status->{dead}, 1, '... alone');
    wait_until { $browser->text('.dead') !~ /38067\*{5}33/ }
        'the list has it no more';
}


sub test_requeue_all {
    wait_until { $browser->text('[data-finding=dead] .offer') eq 'Requeue it' }
        'the finding has one left';
    click('Requeue it', '.findings');
    asks(qr/^Requeue 1 dead letter\?$/);
    confirm('Requeue all');
    said(qr/^1 dead letter was requeued\.$/);
    ok($shop->drain, '... and goes out');
    wait_until { $browser->text('.dead') eq 'There are none.' } 30,
        'none is left';
    wait_state($browser, '... all is well',
        sub { $_[0]{title} eq 'Polycard: all well' });
    $shop->make_dead($one, 'Eva');
    click('Show again');
    wait_until { $browser->text('.dead') =~ /38067/ } 'a new one';
    click('Delete 38067*****33');
    asks(qr/^Delete this dead letter\?$/, qr/will never be sent/);
    confirm('Delete');
    said(qr/^Deleted\.$/);
    is($shop->status->{dead}, 0, '... it is gone');
    $shop->rules;
}


sub test_find {
    $browser->script('document.querySelector(".desk input").focus()');
    $browser->press(split //, $two);
    $browser->press('Enter');
    said(qr/^1 hook was found\.$/);

    my $found = $browser->text('.found');

    like($found, qr/accepted\s+clients added/, 'what the gateway has');
    like($found, qr/ago\)|just now\)/, '... since when');
    looks('what was found');

    click('Send again');
    asks(qr/^Send this again\?$/, qr/the whole record of $two/);
    confirm('Send');
    said(qr/^1 hook of $two was written\.$/);
    ok($shop->drain, '... and goes out');

    $browser->script('document.querySelector(".desk input").value = "group:3"');
    click('Find');
    said(qr/^0 hooks were found\.$/);
    $browser->script('document.querySelector(".desk input").value = "067"');
    click('Find');
    said(qr/^Not found: phone must be 380 and 9 digits\.$/);
}


sub test_resend_all {
    $shop->rules([ '.', { status => 500 } ]);
    click('Send all again');
    asks(qr/^Send all again\?$/, qr/^The records of \d+ clients and groups /);
    confirm('Send all');
    said(qr/^\d+ clients and groups are announced again\. /);
    wait_until { $browser->text('.progress')
        =~ /^[\d,]+ hooks? written so far, \d+ clients? \w+ \w+ to come\.$|^No resend goes on\.$/ }
        'how far it is';
    click('Stop sending all again');
    asks(qr/^Stop sending all again\?$/);
    confirm('Stop');
    said(qr/^Stopped\.$/);
    is($shop->status->{resend}, -1, '... and it has');
}


sub test_outage {
    $shop->call(change_bonus => $one, 5);
    wait_until { $shop->status->{outage_next} } 'an outage';
    $shop->gateway->always({ status => 503,
        headers => [ 'Retry-After', 3600 ] });
    $shop->rules;
    wait_until { ($shop->status->{outage_reason} // '') =~ /503/ } 30,
        '... of an hour';

    my $page = wait_state($browser, 'it is a finding',
        sub { $_[0]{cards}{shop1}{findings}{outage} });

    $shop->gateway->always({});
    click('Try now');
    asks(qr/^Try now\?$/);
    confirm('Try');
    said(qr/^The gateway is tried now\.$/);
    ok($shop->drain(30), '... and takes all');
}


sub test_deletions {
    $shop->client->del($shop->key("client:$_"))
        for map { sprintf '38067%07d', $_ } 1 .. 45;
    wait_until { $shop->status->{deletions_waiting} == 25 } 60,
        'deletions are held back';
    wait_state($browser, '... which is red', sub {
        $_[0]{cards}{shop1}{level} eq 'act' && $browser->text(
            '[data-finding=guard] .offer') =~ /25/ });
    looks('deletions');
    click('Confirm 25 deletions');
    asks(qr/^Tell Polycard that 25 clients are gone\?$/,
        qr/^25 deletions wait\. This cannot be taken back\.$/);
    confirm('Confirm 25');
    said(qr/^25 deletions are told now\.$/);
    wait_until { $shop->status->{clients} <= 4 && $shop->is_drained } 60,
        '... and the gateway knows';
}


# in both schemes, on a large and a small screen

sub looks {
    my ($what) = @_;

    for my $scheme (qw( light dark )) {
        $browser->media('prefers-color-scheme' => $scheme,
            'prefers-reduced-motion' => 'reduce');

        for my $width (1200, 390, 320) {
            $browser->size($width, 800);
            is(overflows($browser), '',
                "$what, $scheme: nothing is wider than $width");
        }

        is(faint($browser), '', "$what, $scheme: all text can be read");
    }

    $browser->media('prefers-reduced-motion' => 'reduce');
    $browser->size(1200, 900);
}


# without operator= there is nothing to act with

sub test_plain {
    $browser->open("$url/plain");
    wait_state($browser, 'without operator=', sub { $_[0]{cards}{shop1} });
    is($browser->script('return [...document.querySelectorAll(".desk, .offer")]
        .filter(one => one.checkVisibility()).length'), 0, 'no buttons');
    $browser->open("$url/polycard");
}


# each finding leads to a section of the manual

sub test_remedies {
    my $folder = source_dir() . '/ngx_polycard_module/status/page';
    my %remedy = slurp("$folder/remedies.js")
        =~ /^    (\w+): \{ manual: '([^']+)'/mg;
    my @ids = map { slurp($_) =~ /\bid: '(\w+)'/g } glob "$folder/judge*.js";
    my %id = map { $_ => 1 } @ids;

    is_deeply([ sort keys %remedy ], [ sort keys %id ],
        'each finding has its section, and no other');

    for my $id (sort keys %remedy) {
        my ($file, $anchor) = split /#/, $remedy{$id};
        my $text = slurp(source_dir() . "/docs/$file");
        my %anchor = map { lc(s/[^\w\- ]//gr) =~ tr/ /-/r => 1 }
            $text =~ /^#+ (.*)$/mg;

        ok(!defined $anchor || $anchor{$anchor}, "$id: $remedy{$id}");
    }
}
