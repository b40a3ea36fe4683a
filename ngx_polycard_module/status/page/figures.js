/* All figures of a market as text, also those of the charts. */

function pairs(title, list) {
    const section = element('section');
    const dl = element('dl');

    for (const [name, value] of list) {
        const row = element('div');

        row.append(element('dt', name), element('dd', value));
        dl.append(row);
    }

    section.append(element('h3', title), dl);

    return section;
}


function grid(title, head, rows) {
    const section = element('section');
    const table = element('table');
    const line = (cells, scope) => {
        const tr = element('tr');

        cells.forEach((cell, i) => {
            const node = element(scope || !i ? 'th' : 'td', cell);

            if (node.tagName === 'TH') {
                node.scope = scope || 'row';
            } else {
                node.dataset.label = head[i];
            }

            tr.append(node);
        });

        return tr;
    };

    table.append(element('thead'), element('tbody'));
    table.tHead.append(line(head, 'col'));
    table.tBodies[0].append(...rows.map(row => line(row)));
    section.append(element('h3', title), table);

    return section;
}


function requestGrid(market) {
    const row = (name, results, time) => {
        const totals = requestTotals(results);

        return [name, ...Object.keys(classes).map(one =>
            countText(totals[one])), time && time.count
            ? rateText(time.sum / time.count * 1000) + ' ms' : '–'];
    };

    return grid('Requests since nginx started',
        ['service', 'answered', 'refused', 'failed', 'mean time'],
        [...Object.keys(market.requests).map(service =>
            row(service, market.requests[service],
                market.request_duration[service])),
         row('lines of batches', market.batch_lines)]);
}


function minuteGrid(market, history) {
    const hooks = market.hooks.enabled;

    return grid('Minute by minute',
        ['ago', 'answered', 'refused', 'failed',
         ...hooks ? ['hooks accepted', 'waiting'] : []],
        history.minutes().map(({ ago, counts, outbox }) =>
            [ago ? ago + ' min' : 'now', countText(counts.answered),
             countText(counts.refused), countText(counts.failed),
             ...hooks ? [countText(counts.hookAccepted), countText(outbox)]
                      : []]));
}


function hookPairs(status, market) {
    const hooks = market.hooks;
    const at = time => time === null ? 'never' : sinceText(time, status.time);

    return pairs('Hooks', [
        ['waiting', countText(hooks.outbox) + ' of '
            + countText(hooks.outbox_max)],
        ['oldest', hooks.outbox_age === null ? '–'
            : durationText(hooks.outbox_age)],
        ['on hold', countText(hooks.held)],
        ['dead letters', countText(hooks.dead)],
        ['last accepted', at(hooks.last_accepted)],
        ['sent by', hooks.lease.holder === null ? 'nobody'
            : hooks.lease.holder.split('/').slice(0, 2).join(', process ')],
        ['first sync', market.first_sync || '–']]);
}


function figures(status, market, history) {
    const { redis, sweep } = market;
    const at = time => time === null ? 'not yet'
        : sinceText(time, status.time);

    return [
        requestGrid(market),
        minuteGrid(market, history),
        ...market.hooks.enabled ? [hookPairs(status, market)] : [],
        pairs('Records', [
            ['clients', countText(market.clients)],
            ['groups', countText(market.groups)],
            ['registered, not read', countText(market.registered.unread)],
            ['card numbers left', market.card_numbers.mode === 'phone'
                ? 'the phones' : countText(market.card_numbers.left)],
            ['records that cannot be shown as they are',
             countText(market.bad_records.stored)],
            ['deletions', market.guard.state === 'closed'
                ? 'held back, ' + countText(market.guard.waiting) + ' wait'
                : 'announced'],
            ['last full round of the sweep', at(sweep.last_round)],
            ['found by the sweep alone', countText(sweep.found)],
            ['last event of Redis', at(market.events.last)]]),
        pairs('Redis', [
            ['address', redis.address],
            ['state', redis.state],
            ['last answer', redis.age === null ? 'not yet'
                : durationText(redis.age) + ' ago'],
            ['workers connected', redis.connected + ' of ' + redis.workers],
            ['reconnects', countText(redis.reconnects)],
            ['library', redis.library_version === null ? '–'
                : 'version ' + redis.library_version]])
    ];
}
