/* The card of a market: state, findings, charts, figures. */

const requestKinds = [['answered', 'answered'], ['refused', 'refused'],
                      ['failed', 'failed']];
const hookKinds = [['hookAccepted', 'accepted'], ['hookRefused', 'refused'],
                   ['hookOutage', 'no answer']];


/* kinds: [counter, its name for the reader], best first */

function rateChart(title, kinds) {
    const looks = ['flow', 'refused', 'failed'];

    return new Chart(title, 'per second', kinds.map(([counter, name], i) => ({
        name, look: looks[i],
        of: sample => sample.counts[counter] / sample.seconds })));
}


function outboxChart() {
    return new Chart('Hooks that wait', 'in the outbox', [
        { name: 'waiting', look: 'flow', of: sample => sample.outbox }]);
}


/* half of all, 95 and 99 of a hundred are as fast or faster */

function timeChart(title, kind) {
    const of = (high, low) => sample => {
        const times = sample.times ? sample.times[kind] : [null];

        return times[0] === null ? null
            : times[high] - (low === undefined ? 0 : times[low]);
    };

    return new Chart(title, 'ms, 95 of 100', [
        { name: '99 of 100', look: 'failed', of: of(2, 1) },
        { name: '95', look: 'refused', of: of(1, 0) },
        { name: 'half', look: 'flow', of: of(0) }]);
}


class Card {
    constructor(name, id) {
        const root = document.getElementById('card').content.cloneNode(true)
            .firstElementChild;

        this.root = root;
        this.name = name;
        this.history = new History();
        this.seen = null;
        this.level = null;
        this.requests = rateChart('Requests', requestKinds);
        this.hooks = rateChart('Hooks', hookKinds);
        this.outbox = outboxChart();
        this.times = timeChart('Time of requests', 'requests');
        this.hookTimes = timeChart('Time of hooks', 'hooks');

        root.id = id;
        root.setAttribute('aria-labelledby', id + '-name');
        root.dataset.market = name;
        this.find('h2').id = id + '-name';
        this.find('h2').textContent = name;
        this.find('.charts').append(this.requests.root, this.hooks.root,
            this.outbox.root, this.times.root, this.hookTimes.root);
        this.find('.every').addEventListener('toggle',
            () => this.showFigures());
        this.find('.every summary').append(
            element('span', ' of ' + name, 'unseen'));
        this.items = new Map();
        this.desk = new Desk(this);
    }


    find(selector) {
        return this.root.querySelector(selector);
    }


    update(status, market) {
        this.status = status;
        this.market = market;
        this.history.add(status.time, market);
        this.findings = this.lasting(judge(market, status));
        this.level = worst(this.findings.map(finding => finding.level));

        this.find('.desk').hidden = !market.operator;
        this.showFindings();
        this.showCharts();
        this.showFigures();
    }


    /* A finding that may pass must last before it alarms; one that is there
     * when the page is opened may have lasted for long. */

    lasting(findings) {
        const time = this.status.time;
        const old = this.seen || new Map();
        const first = this.seen ? time : -Infinity;
        const seen = new Map(findings.map(({ id }) =>
            [id, old.has(id) ? old.get(id) : first]));

        this.seen = seen;

        return findings.map(finding => finding.grace
            && time - seen.get(finding.id) < finding.grace
            ? { ...finding, level: 'info' } : finding);
    }


    /* the state of a card that is no longer updated is unknown */

    showState(stale) {
        const level = stale ? 'unknown' : this.level;

        this.root.dataset.level = level;
        setSign(this.find('header .sign'), level);
        setText(this.find('.state'), words[level]);
    }


    /* what is wrong in a few words */

    word() {
        const bad = this.findings.filter(one => one.level === this.level)
            .map(one => one.word);

        return ['good', 'info'].includes(this.level) ? words[this.level]
            : bad[0] + (bad.length > 1 ? ' and ' + (bad.length - 1) + ' more'
                                       : '');
    }


    /* what is there already stays: a reader may be in the middle of it */

    showFindings() {
        const list = this.find('.findings');
        const ids = this.findings.map(one => one.id);

        for (const [id, item] of [...this.items]) {
            if (!ids.includes(id)) {
                item.remove();
                this.items.delete(id);
            }
        }

        this.findings.forEach((one, i) => {
            const item = this.items.get(one.id) || this.addFinding(one);

            item.dataset.level = one.level;
            setSign(item.querySelector('.sign'), one.level);
            setText(item.querySelector('strong span'), one.title);
            setText(item.querySelector('p'), one.text);
            this.showOffer(item, one);

            if (list.children[i] !== item) {
                list.insertBefore(item, list.children[i] || null);
            }
        });
    }


    addFinding(one) {
        const item = element('li');
        const title = element('strong');
        const remedy = remedyOf(one);
        const ways = element('div', undefined, 'ways');

        item.dataset.finding = one.id;
        title.append(sign(one.level), element('span'));

        if (remedy.manual) {
            ways.append(manualLink(this.status, remedy.manual));
        }

        if (remedy.command) {
            ways.append(commandLine(this.market, remedy));
        }

        item.append(title, element('p'), ways);
        this.items.set(one.id, item);

        return item;
    }


    /* a button, whose text may change while it is there */

    showOffer(item, one) {
        const { act } = remedyOf(one);
        const offer = act && this.market.operator ? this.desk.offer(act)
            : undefined;
        const there = item.querySelector('.offer');

        if (!offer) {
            if (there) {
                there.remove();
            }

            return;
        }

        const node = there || button('', () => item.act());

        item.act = offer[1];
        node.className = 'offer';
        setText(node, offer[0]);

        if (!there) {
            item.querySelector('.ways').prepend(node);
        }
    }


    showCharts() {
        const { time } = this.status;
        const samples = this.history.drawn(time, span);
        const hooks = this.market.hooks;
        const show = (chart, kinds) => {
            const rates = kinds.map(([counter]) =>
                this.history.rate(counter, 10));

            chart.update(samples, time, rates,
                rateText(rates.reduce((a, b) => a + b)), span);
        };

        show(this.requests, requestKinds);
        show(this.hooks, hookKinds);
        this.outbox.update(samples, time, [hooks.outbox],
            countText(this.market.redis.state === 'up' ? hooks.outbox : null),
            span);
        this.showTimes(this.times, 'requests', time);
        this.showTimes(this.hookTimes, 'hooks', time);
        this.hooks.root.hidden = this.outbox.root.hidden = !hooks.enabled;
    }


    /* by the minutes of nginx alone; the last one in which there was any */

    showTimes(chart, kind, time) {
        const past = this.history.past.filter(one => one.time > time - span);
        const known = past.filter(one => one.times[kind][0] !== null);

        chart.root.hidden = !known.length;

        if (known.length) {
            const [half, most, all] = known[known.length - 1].times[kind];

            chart.update(past, time, [all, most, half], countText(most), span);
        }
    }


    setPast(columns, rows) {
        this.history.setPast(columns, rows);

        if (this.market) {
            this.showCharts();
        }
    }


    showFigures() {
        if (this.market && this.find('.every').open) {
            this.find('.figures').replaceChildren(
                ...figures(this.status, this.market, this.history));
        }
    }
}
