/*
 * What is wrong with a market, the most important first.  A finding:
 *
 *   id      of its kind
 *   level   "info": good to know; "look": before it becomes serious; "act": if
 *           the log has a line at "crit" or an alert is critical
 *   word    for the title of the page
 *   title   one sentence: what is wrong
 *   text    what it means and what to do
 *   grace   seconds that it must last before it is more than "info", if the
 *           page has seen the market without it before
 */

const OLD_HOOK = 600;        /* seconds */
const FEW_NUMBERS = 1000;
const FULL = 0.8;            /* of outbox_max */
const NO_EVENTS = 30;        /* seconds; the test of them comes every 5 s */
const BEGIN = 60;            /* after a start some figures are missing */
const OUTAGE_BEGIN = 60;     /* a gateway may be restarted */
const OUTAGE_LONG = 6 * 3600;
const UNREAD = 86400;        /* a back office takes clients in once a day */


/* why the last attempt failed: whose part it is */

const REASONS = {
    'no connection': 'Its name cannot be resolved, or nobody answers at its '
        + 'address: look at DNS, firewall and proxy, then ask Polycard.',
    'TLS failed': 'Its certificate is not accepted, or ours is not: see '
        + 'hook_ssl_trusted_certificate and the clock of this host.',
    'timed out': 'It does not answer within hook_timeout: ask Polycard.',
    '200 without JSON': 'What answers is no gateway: see that the address in '
        + '“hook” is whole, and that no proxy answers in its place.',
    'no HTTP': 'What answers is no web server: see the port in “hook”.',
    'carrier failed': 'libcurl or nginx could not send it: the error log of '
        + 'nginx says more, at “info”.',
    'status 401': 'The token is wrong: compare hook_token_file with the one '
        + 'from Polycard, and reload nginx.',
    'status 403': 'Token, alias or this host’s address is not allowed: see '
        + 'hook_token_file and hook_alias, then ask Polycard.',
    'status 404': 'The address in “hook” is wrong.',
    'status 429': 'It wants fewer hooks: lower hook_rate.'
};


function outageText(hooks, status) {
    const next = hooks.outage_next - status.time;

    return 'Nothing is lost: '
        + countText(hooks.outbox + hooks.held, 'hook waits', 'hooks wait')
        + ', and all are sent when the gateway is back. '
        + (REASONS[hooks.outage_reason] || 'If it lasts, ask Polycard.')
        + (hooks.outage_next !== null && next >= 1
            ? ' The next attempt is in ' + durationText(next) + '.' : '');
}


function judgeOutage(market, status) {
    const hooks = market.hooks;

    if (hooks.outage_since !== null) {
        const lasts = status.time - hooks.outage_since;

        return { id: 'outage', word: 'outage',
            level: lasts < OUTAGE_BEGIN ? 'info'
                : lasts < OUTAGE_LONG ? 'look' : 'act',
            title: 'The gateway has taken no hooks since '
                + sinceText(hooks.outage_since, status.time) + ' (outage)'
                + (hooks.outage_reason ? ': ' + hooks.outage_reason : '')
                + '.',
            text: outageText(hooks, status) };
    }

    if (hooks.outbox_age > OLD_HOOK) {
        return { id: 'old', level: 'look', word: 'old hooks',
            title: 'The oldest hook has been waiting for '
                + durationText(hooks.outbox_age) + '.',
            text: 'There is no outage, so hooks are written faster than they '
                + 'are sent. See the chart of hooks: if few are sent, the '
                + 'gateway is slow or hook_rate too low; if many are, it will '
                + 'catch up.' };
    }
}


function judgeOutbox(market) {
    const share = market.hooks.outbox / market.hooks.outbox_max;

    if (market.hooks.outbox_max && share >= FULL) {
        return { id: 'full', level: 'look', word: 'outbox full',
            title: share >= 1 ? 'The outbox is full.'
                : 'The outbox is ' + Math.floor(share * 100) + '% full.',
            text: countText(market.hooks.outbox) + ' of '
                + countText(market.hooks.outbox_max, 'hook waits',
                    'hooks wait')
                + '. Above that, changes of one client are merged into one '
                + 'hook; nothing is lost. Make sure that the gateway takes '
                + 'hooks again, or raise outbox_max if Redis has the '
                + 'memory.' };
    }
}


function judgeDead(market) {
    const dead = market.hooks.dead;

    if (dead > 0) {
        return { id: 'dead', level: 'look', word: 'dead letters',
            title: 'The gateway has refused '
                + countText(dead, 'hook', 'hooks') + ' for good (dead '
                + 'letters).',
            text: 'The stream “dead” in Redis holds them, each with the '
                + 'gateway’s answer. Have the cause fixed, then requeue them '
                + 'with polycard_requeue.' };
    }

    if (market.hooks.held_keys > 0) {
        return { id: 'held', level: 'info', word: 'on hold',
            title: 'Hooks of ' + countText(market.hooks.held_keys,
                'client or group', 'clients and groups') + ' are on hold.',
            text: 'The gateway has refused one of their hooks, or they have '
                + 'so many that others would have to wait. They are tried '
                + 'again, in their order; one that is refused too often '
                + 'becomes a dead letter. Hooks of others go on.' };
    }
}


function judgeGuard(market) {
    if (market.guard.state === 'closed') {
        return { id: 'guard', level: 'act', word: 'deletions held',
            title: 'So many clients are gone at once that deletions are not '
                + 'announced.',
            text: countText(market.guard.waiting, 'deletion waits',
                    'deletions wait')
                + '. If the clients should not be gone, restore them in '
                + 'Redis, and deletions are announced again. If they should, '
                + 'call polycard_confirm_deletions.' };
    }
}


function judgeSender(market) {
    if (market.hooks.lease.holder === null && market.hooks.enabled) {
        return { id: 'lease', level: 'act', word: 'nobody sends', grace: 20,
            title: 'No worker sends hooks: nobody holds the lease.',
            text: 'Hooks wait, and nothing is lost. At least one nginx needs '
                + '“emitter on” and the right to write to Redis; the error '
                + 'log of nginx says what Redis refuses.' };
    }
}


function judgeCurl(market) {
    if (market.hooks.libcurl_unfit) {
        return { id: 'curl', level: 'act', word: 'libcurl',
            title: 'No hook can be sent: libcurl cannot be used.',
            text: 'Hooks wait, and nothing is lost. A worker has no memory, or '
                + 'the installed libcurl lacks something: the error log of '
                + 'nginx says what.' };
    }
}


function judgeDoubt(market, status) {
    if (market.hooks.doubt_since !== null) {
        return { id: 'doubt', level: 'act', word: 'changes lost',
            title: 'Redis has lost changes that the gateway may have, since '
                + sinceText(market.hooks.doubt_since, status.time) + '.',
            text: 'Of whom is unknown. Call polycard_resend_all: everybody is '
                + 'announced again. Clients of that time whom Redis lost as a '
                + 'whole are with the gateway alone: have them added again.' };
    }
}


function judgeEvents(market, status) {
    const last = market.events.last;

    if (market.hooks.lease.holder !== null
        && (last === null || status.time - last > NO_EVENTS))
    {
        return { id: 'events', level: 'look', word: 'no events', grace: 20,
            title: last === null ? 'Redis sends no keyspace events.'
                : 'Redis has sent no keyspace events since '
                    + sinceText(last, status.time) + '.',
            text: 'Changes made by plain commands reach the gateway late, '
                + 'when the sweep finds them. Add “Kghxe$” to '
                + 'notify-keyspace-events in redis.conf, and make sure that '
                + 'the address is that of the master.' };
    }
}


function judgeNumbers(market) {
    const left = market.card_numbers.left;

    if (left === null || left >= FEW_NUMBERS) {
        return undefined;
    }

    return { id: 'numbers', level: left ? 'look' : 'act',
        word: left ? 'few card numbers' : 'no card numbers',
        title: left ? 'Only ' + countText(left, 'card number is',
                'card numbers are') + ' left.'
            : 'There are no card numbers left: no client can be added.',
        text: market.card_numbers.mode === 'pool'
            ? 'Put new ones at the end of the list “cards” in Redis; they '
                + 'are used at once.'
            : 'Give card_numbers another prefix or a greater “to”, and '
                + 'reload nginx.' };
}


function judgeIds(market) {
    if (market.client_ids_left === 0) {
        return { id: 'ids', level: 'act', word: 'no client ids',
            title: 'The client ids are used up: no client can be added.',
            text: 'Somebody has set the counter “seq:id” in Redis to its '
                + 'maximum: lower it to the greatest id in use.' };
    }
}


function judgeUnfit(market) {
    if (market.card_numbers.unfit > 0) {
        return { id: 'unfit', level: 'act', word: 'unfit card numbers',
            title: countText(market.card_numbers.unfit, 'entry of the pool is',
                'entries of the pool are') + ' no card number'
                + (market.card_numbers.unfit === 1 ? '.' : 's.'),
            text: 'They were moved to the list “unfit” in Redis. Look at '
                + 'them, put those that can be corrected into “cards”, and '
                + 'delete the list.' };
    }
}


function judgeRecords(market) {
    if (market.bad_records.stored > 0) {
        return { id: 'records', level: 'look', word: 'bad records',
            title: countText(market.bad_records.stored, 'stored record',
                'stored records') + ' cannot be shown as '
                + (market.bad_records.stored === 1 ? 'it is.' : 'they are.'),
            text: 'A client who had a card lacks it now, or a value cannot be '
                + 'read; clients who have no card yet do not count. The manual '
                + 'says how to list them. Check what the back office '
                + 'writes.' };
    }
}


function judgeBroken(market) {
    if (market.broken_keys > 0) {
        return { id: 'broken', level: 'look', word: 'wrong keys',
            title: 'Keys of a wrong type in Redis hold up '
                + countText(market.broken_keys, 'client, group or list.',
                    'clients, groups or lists.'),
            text: 'Somebody has written to keys that only the module may '
                + 'change. Changes or hooks of the clients that need them '
                + 'wait. The error log of nginx names them; delete them, and '
                + 'everything goes on.' };
    }
}


function judgeUnread(market) {
    if (market.registered.age > UNREAD) {
        return { id: 'unread', level: 'look', word: 'unread clients',
            title: countText(market.registered.unread,
                'client whom Polycard has registered was',
                'clients whom Polycard has registered were')
                + ' not taken in for ' + durationText(market.registered.age)
                + '.',
            text: 'The back office does not read “registered”: see that what '
                + 'should do so runs, and says that it has read.' };
    }
}


function judgeSync(market, status) {
    if (market.first_sync === 'running') {
        return { id: 'sync', level: 'info', word: 'first sync',
            title: 'The first sync is running.',
            text: 'Existing clients are taken in; a million takes some '
                + 'minutes. Changes made meanwhile are announced already.' };
    }

    if (market.first_sync === 'restore' || market.lost_since > 0) {
        return { id: 'sync', level: 'act', word: 'all lost',
            title: 'Redis has lost all data of this market.',
            text: 'Clients that are not back yet are not found (404), and '
                + (market.lost_since > 0
                   ? 'no card is issued. '
                   : 'new cards are issued after those that nginx remembers. ')
                + 'Restore a backup of Redis, or load the clients again; they '
                + 'are taken in without being announced. When all are back, '
                + 'or if none will come back, call polycard_confirm_clients.'
        };
    }

    if (market.first_sync === 'new' && !market.hooks.enabled
        && status.uptime > BEGIN)
    {
        return { id: 'new', level: 'act', word: 'not started', grace: 20,
            title: 'No worker has started on this market yet.',
            text: 'Clients are not taken in, and no card number is issued. '
                + 'At least one nginx needs “emitter on” and the right to '
                + 'write to Redis; the error log of nginx says what Redis '
                + 'refuses.' };
    }

    /* a broken index counts as empty: see judgeBroken() */

    if (market.first_sync === 'done' && market.clients === 0
        && !market.broken_keys)
    {
        return { id: 'empty', level: 'act', word: 'no clients',
            title: 'This market has no clients: nobody is found (404).',
            text: 'If it had some, Redis was emptied, or is another one: check '
                + 'its address and database, restore a backup, or load the '
                + 'clients again. A new market has them once they are '
                + 'loaded.' };
    }
}


/* by the last minutes, which nginx counts */

function judgeRequests(market) {
    const sum = requestTotals(market.recent_requests);
    const denied = market.recent_requests.denied;
    const all = sum.answered + sum.refused + sum.failed;

    if (market.redis.state === 'up' && sum.failed >= 5
        && sum.failed >= all * 0.05)
    {
        return { id: 'failed', word: 'failed requests',
            level: sum.failed >= all * 0.5 ? 'act' : 'look',
            title: Math.round(sum.failed / all * 100) + '% of the requests '
                + 'of the last minutes failed.',
            text: 'They were answered with 503 or 504. The error log of '
                + 'nginx says why: Redis was away or slow for a while, card '
                + 'numbers ran out, or Redis refused a command.' };
    }

    if (denied >= 5 && denied >= all * 0.5) {
        return { id: 'denied', level: 'look', word: 'wrong token',
            title: 'Most requests come without a valid access token.',
            text: 'If they come from Polycard, its token is not the one in '
                + 'access_token_file; after a change of that file nginx must '
                + 'be reloaded. If not, somebody is guessing tokens: see '
                + 'allow and limit_req.' };
    }
}


/*
 * The last figures of lease, events and age are not valid while Redis cannot
 * be reached; the others are.
 */

function judge(market, status) {
    const up = market.redis.state === 'up';
    const settled = up && status.uptime > BEGIN;
    const always = [judgeRedis, judgeRefusal];
    const hooks = market.hooks.enabled
        ? [judgeCurl, judgeOutage, judgeOutbox, judgeDead, judgeDoubt] : [];
    const rest = [judgeSync, judgeGuard, judgeNumbers, judgeIds, judgeUnfit,
                  judgeRequests, judgeRecords, judgeBroken, judgeUnread,
                  judgeReplicas, judgeKeeping, judgeEviction, judgeLibrary];

    if (settled) {
        rest.unshift(judgeSender, judgeEvents);
    }

    return [...always, ...hooks, ...rest]
        .map(look => look(market, status))
        .filter(finding => finding);
}
