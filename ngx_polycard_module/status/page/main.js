/* Asks for the state every two seconds and shows it. */

const EVERY = 2000;          /* ms */
const PATIENCE = 10000;      /* ms for one answer */
const MINUTE = 60000;        /* ms */
const SILENCE = 8000;        /* ms without an answer before the page says so */

const cards = new Map();
const node = id => document.getElementById(id);

let answered = Date.now();   /* when the last answer came, by the local clock */
let status = null;           /* that answer */
let failure = '';            /* why there was none since */
let paused = false;
let busy = false;
let timer;
let asked = 0;               /* when nginx was last asked for its minutes */
let span = LONG_SPAN;        /* of the charts, in seconds */
let told = '';


async function ask(format) {
    const control = new AbortController();
    const limit = setTimeout(() => control.abort(), PATIENCE);

    try {
        const answer = await fetch('?format=' + format,
            { cache: 'no-store', signal: control.signal });

        if (!answer.ok) {
            throw new Error('answers with ' + answer.status);
        }

        return await answer.json();

    } finally {
        clearTimeout(limit);
    }
}


function reason(error) {
    return /^answers/.test(error.message) ? error.message
        : error.name === 'SyntaxError' ? 'does not answer with JSON'
        : error.name === 'AbortError' ? 'takes too long'
        : 'cannot be reached';
}


async function poll() {
    if (busy) {
        return;
    }

    busy = true;
    clearTimeout(timer);

    try {
        const next = await ask('json');

        if (!paused) {
            show(next);
            answered = Date.now();
            failure = '';
            await showPast();
        }

    } catch (error) {
        failure = reason(error);
    }

    busy = false;

    if (!paused) {
        conclude();
        timer = setTimeout(poll, EVERY);
    }
}


/* once a minute; without it the page has what it has seen itself */

async function showPast() {
    if (Date.now() - asked < MINUTE) {
        return;
    }

    asked = Date.now();

    const { columns, markets } = await ask('history')
        .catch(() => ({ markets: [] }));

    for (const { name, minutes } of markets) {
        if (cards.has(name)) {
            cards.get(name).setPast(columns, minutes);
        }
    }
}


function show(next) {
    const names = next.markets.map(market => market.name);

    status = next;

    for (const name of [...cards.keys()].filter(n => !names.includes(n))) {
        cards.get(name).root.remove();
        cards.delete(name);
    }

    for (const market of next.markets) {
        if (!cards.has(market.name)) {
            const card = new Card(market.name, 'market-' + market.name);

            cards.set(market.name, card);
            node('markets').append(card.root);
        }

        cards.get(market.name).update(next, market);
    }

    setText(node('versions'), 'Module ' + next.version + ', library '
        + next.library_version + ', nginx ' + next.nginx_version + ' with '
        + countText(next.workers, 'worker', 'workers') + ', started '
        + timeText(next.start_time, next.time) + '.');
}


/* the state of all markets in one sentence */

function isStale() {
    return failure !== '' && Date.now() - answered > SILENCE;
}


function verdict() {
    if (isStale() || !status) {
        return isStale()
            ? { level: 'act', title: 'no answer',
                text: 'nginx does not answer this page' }
            : { level: 'unknown', title: 'reading the state',
                text: 'Reading the state …' };
    }

    const all = [...cards.values()];
    const bad = all.filter(card => !['good', 'info'].includes(card.level));
    const level = worst(all.map(card => card.level));

    if (!all.length) {
        return { level: 'unknown', title: 'no market',
                 text: 'No market is configured' };
    }

    if (!bad.length) {
        return { level: 'good', title: 'all well', text: 'All is well' };
    }

    const names = listText(bad.map(card => card.name));

    return bad.length > 1
        ? { level, title: names,
            text: bad.length + ' of ' + all.length + ' markets need attention' }
        : { level, title: names + ' ' + bad[0].word(),
            text: names + ': ' + bad[0].word() };
}


function conclude() {
    const { level, title, text } = verdict();
    const top = node('top');

    cards.forEach(card => card.showState(isStale()));
    top.dataset.level = level;
    setSign(top.querySelector('.sign'), level);
    setText(node('verdict'), text);
    document.title = 'Polycard: ' + title;

    showIcon(level);
    showWhen();
    showList(node('list'), [...cards.values()], isStale());
    tell();
}


function showWhen() {
    const last = status
        ? clockSeconds.format(new Date(answered)) : '';

    setText(node('when'), paused ? 'Paused at ' + last + '.'
        : isStale() ? (status ? 'The figures below are from ' + last
            + '; since then ' : '') + 'nginx ' + failure + '.'
        : status ? 'As of ' + last + ', updated every 2 s.' : 'No answer yet.');
}


function showIcon(level) {
    const icon = node('icon');

    if (icon.dataset.level === level) {
        return;
    }

    const colour = getComputedStyle(node('top')).getPropertyValue('--level');
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" '
        + 'fill="none" stroke="' + colour.trim() + '" stroke-width="2.75" '
        + 'stroke-linecap="round" stroke-linejoin="round"><path d="'
        + shapes[level] + '"/></svg>';

    icon.dataset.level = level;
    icon.href = 'data:image/svg+xml,' + encodeURIComponent(svg);
}


/* for screen readers: what has changed, once */

function tell() {
    const parts = isStale() ? ['nginx does not answer this page.']
        : [...cards.values()].map(card => card.name + ': '
            + (card.findings.filter(one => !['good', 'info']
                .includes(one.level)).map(one => one.title).join(' ')
                || 'all well.'));
    const text = parts.join(' ');

    /* changes of numbers and times alone are not announced */

    const kind = text.replace(/[\d,.:]+/g, '');

    if (kind !== told) {
        told = kind;
        node('news').textContent = text;
    }
}


node('pause').addEventListener('click', () => {
    paused = !paused;
    node('pause').setAttribute('aria-pressed', paused);
    paused ? showWhen() : poll();
});

node('span').addEventListener('click', () => {
    span = span === SPAN ? LONG_SPAN : SPAN;
    node('span').setAttribute('aria-pressed', span === SPAN);
    cards.forEach(card => card.market && card.showCharts());
});

startQuestion();
poll();
