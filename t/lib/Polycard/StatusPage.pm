# The page of polycard_status, as Polycard::Browser shows it.
#
#   my $page = state($browser);
#
# what there is to see:
#
#   title, verdict, level, when, news, icon
#   list => [ 'shop1 All well', ... ]       the links to the cards
#   cards => { shop1 => {
#       level, word,
#       findings => { id => [ level, title, text ] },
#       charts => { Requests => { value, label, lines, legend => {} } } } }
#
#   my $page = wait_state($browser, 'what', sub { $_[0]{level} eq 'act' });
#
# as soon as that is so; without it the test fails and shows what there was.
#
#   overflows($browser);       # what is wider than the window, as text
#   faint($browser);           # text whose contrast is below 4.5 to 1
#   focus_order($browser, $n); # what each of $n presses of Tab leads to, with
#                              # " (unseen)" where nothing shows it

package Polycard::StatusPage;

use strict;
use warnings;

use Exporter qw( import );
use JSON::MaybeXS ();
use Test::More;

use Polycard::Test ();

our @EXPORT = qw( state wait_state overflows faint focus_order );

my $state = <<'END';
const text = (root, selector) => {
    const node = root.querySelector(selector);
    return node ? node.innerText : '';
};
const chart = figure => ({
    value: text(figure, '.value'),
    label: figure.querySelector('.plot svg').getAttribute('aria-label'),
    lines: [...figure.querySelectorAll('.plot .line')]
        .map(line => line.getAttribute('d') || ''),
    legend: Object.fromEntries([...figure.querySelectorAll('.legend li')]
        .map(item => [item.innerText.replace(/ [\d.,]+$/, ''),
                      text(item, 'b')])),
});
const card = article => [article.dataset.market, {
    level: article.dataset.level,
    word: text(article, '.state'),
    findings: Object.fromEntries(
        [...article.querySelectorAll('.findings li')].map(item =>
            [item.dataset.finding, [item.dataset.level,
                text(item, 'strong'), text(item, 'p')]])),
    charts: Object.fromEntries([...article.querySelectorAll('.chart')]
        .filter(figure => !figure.hidden)
        .map(figure => [text(figure, '.name'), chart(figure)])),
}];

return {
    title: document.title,
    verdict: text(document, '#verdict'),
    level: document.getElementById('top').dataset.level,
    when: text(document, '#when'),
    news: document.getElementById('news').textContent,
    icon: decodeURIComponent(document.getElementById('icon').href),
    list: [...document.querySelectorAll('#list:not([hidden]) a')]
        .map(link => link.innerText),
    cards: Object.fromEntries([...document.querySelectorAll('.card')]
        .map(card)),
};
END

my $overflows = <<'END';
const width = document.documentElement.clientWidth;
const wide = [...document.body.querySelectorAll('*')].filter(node =>
    node.getBoundingClientRect().right > width + 0.5
    && !node.closest('.unseen, svg'));

if (document.documentElement.scrollWidth > width) {
    wide.unshift(document.documentElement);
}

return wide.map(node => node.tagName + '.' + node.className + ' '
    + node.getBoundingClientRect().right + ' of ' + width).join(', ');
END

my $faint = <<'END';
const numbers = colour => colour.match(/[\d.]+/g).map(Number);
const part = value => {
    const c = value / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};
const luminance = ([r, g, b]) =>
    0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
const background = node => {
    for (; node; node = node.parentElement) {
        const colour = numbers(getComputedStyle(node).backgroundColor);
        if (colour.length === 3) {
            return colour;
        }
    }
    return [255, 255, 255];
};
const contrast = node => {
    const [a, b] = [numbers(getComputedStyle(node).color), background(node)]
        .map(luminance).sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
};

return [...document.body.querySelectorAll('*')]
    .filter(node => [...node.childNodes].some(child =>
        child.nodeType === 3 && child.data.trim())
        && !node.closest('script, noscript, template, .unseen'))
    .filter(node => contrast(node) < 4.5)
    .map(node => node.tagName + '.' + node.className + ' '
        + contrast(node).toFixed(2)).join(', ');
END

my $focus = <<'END';
const node = document.activeElement;
const style = getComputedStyle(node);
const box = node.getBoundingClientRect();
const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 1
    && box.top >= 0 && box.bottom <= innerHeight;

return node === document.body ? 'nothing' : node.textContent.trim().replace(/\s+/g, ' ')
    + (seen ? '' : ' (unseen)');
END


sub state {
    my ($browser) = @_;

    return $browser->script($state);
}


sub wait_state {
    my ($browser, $what, $condition, $meanwhile) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $last;
    my $found = Polycard::Test::wait_for(sub {
        $meanwhile->() if $meanwhile;
        $last = Polycard::StatusPage::state($browser);

        return $condition->($last) ? 1 : 0;
    }, 90);

    ok($found, $what)
        or diag(JSON::MaybeXS->new->canonical->pretty->encode($last));

    return $last;
}


sub overflows { $_[0]->script($overflows) }
sub faint     { $_[0]->script($faint) }


# what has the focus after each of so many presses of Tab from the page's
# beginning

sub focus_order {
    my ($browser, $times) = @_;

    $browser->script('document.body.tabIndex = -1; document.body.focus();'
        . 'document.body.removeAttribute("tabindex")');

    return map { $browser->press('Tab'); $browser->script($focus) }
        1 .. $times;
}


1;
