/* With several markets: a table of them, the sick ones first, with ways to their
 * cards. It fits a screen: those that are well are counted when they are many. */

const MANY = 12;             /* markets: all of them are shown up to that */


function showList(list, cards, stale) {
    const all = [...cards].sort((a, b) =>
        levels.indexOf(b.level) - levels.indexOf(a.level)
        || a.name.localeCompare(b.name));
    const well = all.filter(card => ['good', 'info'].includes(card.level));
    const few = all.length <= MANY || list.dataset.every === 'yes';
    const shown = few ? all : all.filter(card => !well.includes(card));
    const state = JSON.stringify([few, shown.map(card =>
        [card.name, card.level, ...listCells(card)])]);

    list.hidden = all.length < 2 || stale;

    if (list.dataset.state === state) {
        return;
    }

    list.dataset.state = state;
    list.replaceChildren(listTable(shown));

    if (shown.length < all.length) {
        list.append(button('Show ' + countText(well.length, 'market that is',
            'markets that are') + ' well', () => {
            list.dataset.every = 'yes';
            showList(list, cards, stale);
            list.querySelector('a').focus();
        }));
    }
}


function listCells({ market }) {
    const { hooks } = market;
    const up = hooks.enabled && market.redis.state === 'up';
    const sum = requestTotals(market.recent_requests);

    return [up ? countText(hooks.outbox) : '–', up ? countText(hooks.dead)
        : '–', countText(sum.answered + sum.refused + sum.failed),
        countText(sum.failed)];
}


function listTable(cards) {
    const table = element('table');
    const head = element('tr');
    const names = ['market', 'waiting', 'dead', 'requests, 5 min', 'failed'];

    names.forEach(name => {
        const th = element('th', name);

        th.scope = 'col';
        head.append(th);
    });

    table.append(element('thead'), element('tbody'));
    table.tHead.append(head);

    for (const card of cards) {
        const row = element('tr');
        const th = element('th');
        const link = element('a');

        link.href = '#' + card.root.id;
        link.dataset.level = card.level;
        link.append(sign(card.level), element('b', card.name), ' ',
            element('span', card.word(), 'word'));
        th.scope = 'row';
        th.append(link);
        row.append(th, ...listCells(card).map((text, i) => {
            const td = element('td', text);

            td.dataset.label = names[i + 1];

            return td;
        }));
        table.tBodies[0].append(row);
    }

    return table;
}
