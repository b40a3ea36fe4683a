/*
 * What there is of a market's past, as rates: the last ten minutes as the page
 * has seen them, and before that the minutes that nginx remembers.
 */

const SPAN = 600;            /* seconds that the page keeps */
const LONG_SPAN = 3 * 3600;  /* of nginx */
const GAP = 90;              /* without an answer for longer: nothing is drawn;
                                a page in the background asks once a minute */

const classes = {
    answered: ['ok', 'miss'],
    refused: ['conflict', 'denied', 'invalid', 'limited', 'closed'],
    failed: ['unavailable', 'timeout', 'error']
};


/* the requests of one service, by the result for the caller */

function requestTotals(results) {
    const totals = {};

    for (const name of Object.keys(classes)) {
        totals[name] = classes[name]
            .reduce((sum, result) => sum + (results[result] || 0), 0);
    }

    return totals;
}


/* all counters that become rates, as one flat object */

function counters(market) {
    const totals = { answered: 0, refused: 0, failed: 0,
                     hookAccepted: 0, hookRefused: 0, hookOutage: 0 };

    for (const results of Object.values(market.requests)) {
        const one = requestTotals(results);

        totals.answered += one.answered;
        totals.refused += one.refused;
        totals.failed += one.failed;
    }

    for (const actions of Object.values(market.hooks.attempts)) {
        for (const results of Object.values(actions)) {
            totals.hookAccepted += results.accepted || 0;
            totals.hookRefused += results.refused || 0;
            totals.hookOutage += results.outage || 0;
        }
    }

    return totals;
}


class History {
    constructor() {
        this.samples = [];
        this.last = null;
        this.past = [];
    }


    /* rows of numbers as nginx gives them, by the names of their columns */

    setPast(columns, rows) {
        const at = Object.fromEntries(columns.map((name, i) => [name, i]));
        const total = (row, kind) => classes[kind].reduce((sum, result) =>
            sum + row[at[result]], 0);

        this.past = rows.map(row => ({
            time: (row[at.minute] + 1) * 60, seconds: 60,
            outbox: row[at.outbox],
            times: { requests: ['p50', 'p95', 'p99'].map(p => row[at[p]]),
                     hooks: ['p50', 'p95', 'p99'].map(p =>
                         row[at['hook_' + p]]) },
            counts: { answered: total(row, 'answered'),
                      refused: total(row, 'refused'),
                      failed: total(row, 'failed'),
                      hookAccepted: row[at.hook_accepted],
                      hookRefused: row[at.hook_refused],
                      hookOutage: row[at.hook_outage] } }));
    }


    /* for the charts: minutes, and then what the page has seen itself */

    drawn(now, span) {
        const first = this.samples.length
            ? this.samples[0].time - this.samples[0].seconds : now;

        return [...this.past.filter(one => one.time <= first
                && one.time > now - span), ...this.samples];
    }


    add(time, market) {
        const now = { time, totals: counters(market) };
        const last = this.last;

        if (last && time <= last.time) {
            return;
        }

        this.last = now;

        if (!last || time - last.time > GAP) {
            return;
        }

        const sample = { time, seconds: time - last.time, counts: {},
                         outbox: market.redis.state === 'up'
                             ? market.hooks.outbox : null };

        /* a counter that is smaller than before has started again with nginx */

        for (const name of Object.keys(now.totals)) {
            const more = now.totals[name] - last.totals[name];

            sample.counts[name] = more < 0 ? now.totals[name] : more;
        }

        this.samples.push(sample);

        while (this.samples[0].time < time - SPAN) {
            this.samples.shift();
        }
    }


    /* how many of each, in the seconds before the last answer */

    sum(seconds) {
        const from = this.last ? this.last.time - seconds : 0;
        const result = { seconds: 0 };

        for (const sample of this.samples) {
            if (sample.time <= from) {
                continue;
            }

            result.seconds += sample.seconds;

            for (const name of Object.keys(sample.counts)) {
                result[name] = (result[name] || 0) + sample.counts[name];
            }
        }

        return result;
    }


    rate(name, seconds) {
        const sum = this.sum(seconds);

        return sum.seconds ? sum[name] / sum.seconds : 0;
    }


    /* rows of a table: how long ago, and the sums of that minute */

    minutes() {
        const rows = [];

        for (const sample of this.samples) {
            const ago = Math.floor((this.last.time - sample.time) / 60);

            if (!rows.length || rows[0].ago !== ago) {
                rows.unshift({ ago, counts: {}, outbox: null });
            }

            for (const name of Object.keys(sample.counts)) {
                rows[0].counts[name] = (rows[0].counts[name] || 0)
                    + sample.counts[name];
            }

            rows[0].outbox = sample.outbox;
        }

        return rows;
    }
}
