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

        root.id = id;
        root.setAttribute('aria-labelledby', id + '-name');
        root.dataset.market = name;
        this.find('h2').id = id + '-name';
        this.find('h2').textContent = name;
        this.find('.charts').append(this.requests.root, this.hooks.root,
            this.outbox.root);
        this.find('details').addEventListener('toggle',
            () => this.showFigures());
        this.find('summary').append(element('span', ' of ' + name, 'unseen'));
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


    /* only when something changed: somebody may be reading it */

    showFindings() {
        const text = JSON.stringify(this.findings);

        if (text === this.shown) {
            return;
        }

        this.shown = text;
        this.find('.findings').replaceChildren(...this.findings.map(one => {
            const item = element('li');
            const title = element('strong');

            item.dataset.level = one.level;
            item.dataset.finding = one.id;
            title.append(sign(one.level), element('span', one.title));
            item.append(title, element('p', one.text));

            return item;
        }));
    }


    showCharts() {
        const { samples } = this.history;
        const { time } = this.status;
        const hooks = this.market.hooks;
        const show = (chart, kinds) => {
            const rates = kinds.map(([counter]) =>
                this.history.rate(counter, 10));

            chart.update(samples, time, rates,
                rateText(rates.reduce((a, b) => a + b)));
        };

        show(this.requests, requestKinds);
        show(this.hooks, hookKinds);
        this.hooks.root.hidden = this.outbox.root.hidden = !hooks.enabled;
        this.outbox.update(samples, time, [hooks.outbox],
            countText(this.market.redis.state === 'up' ? hooks.outbox : null));
    }


    showFigures() {
        if (this.market && this.find('details').open) {
            this.find('.figures').replaceChildren(
                ...figures(this.status, this.market, this.history));
        }
    }
}
