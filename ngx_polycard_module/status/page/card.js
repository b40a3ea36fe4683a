/* The card of a market: state, findings, charts, figures. */

const per = (name, history) => history.rate(name, 10);


function requestChart() {
    const share = name => sample => sample.counts[name] / sample.seconds;

    return new Chart('Requests', 'per second', [
        { name: 'answered', look: 'flow', of: share('answered') },
        { name: 'turned away', look: 'refused', of: share('refused') },
        { name: 'failed', look: 'failed', of: share('failed') }]);
}


function hookChart() {
    const share = name => sample => sample.counts[name] / sample.seconds;

    return new Chart('Hooks', 'per second', [
        { name: 'accepted', look: 'flow', of: share('hookAccepted') },
        { name: 'refused', look: 'refused', of: share('hookRefused') },
        { name: 'no answer', look: 'failed', of: share('hookOutage') }]);
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
        this.seen = new Map();
        this.level = null;
        this.requests = requestChart();
        this.hooks = hookChart();
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
        this.findings = this.lasting(judge(market, status, this.history));
        this.level = worst(this.findings.map(finding => finding.level));

        this.showState();
        this.showFindings();
        this.showCharts();
        this.showFigures();
    }


    /* what may pass by itself must have lasted before it alarms */

    lasting(findings) {
        const time = this.status.time;
        const seen = new Map(findings.map(({ id }) =>
            [id, this.seen.has(id) ? this.seen.get(id) : time]));

        this.seen = seen;

        return findings.map(finding => finding.grace
            && time - seen.get(finding.id) < finding.grace
            ? { ...finding, level: 'info' } : finding);
    }


    showState() {
        this.root.dataset.level = this.level;
        setSign(this.find('header .sign'), this.level);
        setText(this.find('.state'), words[this.level]);
    }


    /* what is wrong in a few words */

    word() {
        const bad = this.findings.filter(one => one.level === this.level)
            .map(one => one.word);

        return ['good', 'info'].includes(this.level) ? words[this.level]
            : bad[0] + (bad.length > 1 ? ' and ' + (bad.length - 1) + ' more'
                                       : '');
    }


    /* only when something changed: a reader may be in the middle of it */

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
        const requests = ['answered', 'refused', 'failed']
            .map(name => per(name, this.history));
        const attempts = ['hookAccepted', 'hookRefused', 'hookOutage']
            .map(name => per(name, this.history));
        const all = rates => rateText(rates.reduce((a, b) => a + b));

        this.requests.update(samples, time, requests, all(requests));
        this.hooks.root.hidden = this.outbox.root.hidden = !hooks.enabled;
        this.hooks.update(samples, time, attempts, all(attempts));
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
