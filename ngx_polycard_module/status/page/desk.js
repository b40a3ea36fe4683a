/* What the reader of a card may do, where polycard_status has operator=: each
 * action asks first, and says what it did. */

const RESEND_LOOK = 2000;    /* ms between two looks at how far a resend is */


function button(text, action, label) {
    const node = element('button', text);

    node.type = 'button';
    node.addEventListener('click', action);

    if (label) {
        node.setAttribute('aria-label', label);
    }

    return node;
}


/* "12:30 (3 min ago)" of a time of the operator's location */

function agoText(iso, now) {
    const seconds = Date.parse(iso) / 1000;

    return timeText(seconds, now) + ' (' + ageText(now - seconds) + ')';
}


/* rows: lists of [label, text or node] */

function listing(rows) {
    const table = element('table');
    const row = (cells, name) => {
        const tr = element('tr');

        cells.forEach(([label, value], i) => {
            const td = element(name);

            if (name === 'td') {
                td.dataset.label = label;
                td.append(value || '–');
            } else {
                td.textContent = label;
                td.scope = 'col';
            }

            if (!i) {
                td.className = 'first';
            }

            tr.append(td);
        });

        return tr;
    };

    table.className = 'listing';
    table.append(element('thead'), element('tbody'));
    table.tHead.append(row(rows[0], 'th'));
    table.tBodies[0].append(...rows.map(cells => row(cells, 'td')));

    return table;
}


class Desk {
    constructor(card) {
        this.card = card;
        this.root = card.find('.desk');
        this.said = card.find('.said');
        this.dead = this.root.querySelector('.dead');
        this.found = this.root.querySelector('.found');
        this.progress = this.root.querySelector('.progress');
        this.timer = null;

        this.root.addEventListener('toggle', () => this.open());
        this.root.querySelector('form').addEventListener('submit', event => {
            event.preventDefault();
            this.find();
        });
        this.root.querySelector('.all').append(
            button('Requeue all', () => this.requeueAll()),
            button('Show again', () => this.showDead()));
        this.root.querySelector('.again').append(
            button('Send all again', () => this.resendAll()),
            button('Stop', () => this.stopResend(),
                'Stop sending all again'));
        this.root.querySelector('summary').append(
            element('span', ' of ' + card.name, 'unseen'));
    }


    get market() {
        return this.card.market;
    }


    get now() {
        return this.card.status.time;
    }


    say(text) {
        this.said.hidden = false;
        setText(this.said, text);
    }


    /* done: what is said of the answer */

    async act(asked, method, path, body, done) {
        try {
            if (asked && !await askFirst(asked)) {
                this.say('Nothing was done.');
                return;
            }

            const { json } = await send(this.market, method, path, body);

            this.say(done(json));

            if (this.root.open) {
                await this.open();
            }

            poll();

        } catch (error) {
            this.say('Not done: ' + error.message + '.');
        }
    }


    async open() {
        if (this.root.open && this.market.operator) {
            await this.showDead();
            await this.showResend();
        }
    }


    /* Dead letters */

    async showDead(next) {
        try {
            const { json, next: link } = await send(this.market, 'GET',
                'dead' + (next || '?limit=20'));

            this.dead.replaceChildren(...this.deadRows(json));

            if (link) {
                this.dead.append(button('Next ones',
                    () => this.showDead(link[1])));
            }

        } catch (error) {
            this.dead.replaceChildren(element('p', error.message + '.'));
        }
    }


    deadRows(letters) {
        if (!letters.length) {
            return [element('p', 'There are none.')];
        }

        return [listing(letters.map(one => [
            ['whose', one.key || 'no hook'],
            ['hook', [one.object, one.action].filter(x => x).join(' ')],
            ['set aside', agoText(one.time, this.now)],
            ['attempts', countText(one.attempts)],
            ['reason', one.reason],
            ['the gateway’s answer', one.answer],
            ['', this.deadButtons(one)]]))];
    }


    deadButtons(one) {
        const root = element('span', undefined, 'buttons');
        const name = one.key || one.id;

        root.append(
            button('Requeue', () => this.requeue(one), 'Requeue ' + name),
            button('Delete', () => this.remove(one), 'Delete ' + name));

        return root;
    }


    requeue(one) {
        return this.act({ title: 'Requeue this hook?',
            text: 'The hook of ' + (one.key || this.whose) + ' goes back, '
                + 'ahead of what waits for the same client.',
            yes: 'Requeue' }, 'POST', 'dead/' + one.id + '/requeue', null,
            () => 'The hook of ' + (one.key || this.whose)
                + ' goes to the gateway again.');
    }


    remove(one) {
        return this.act({ title: 'Delete this dead letter?',
            text: 'The hook of ' + (one.key || one.id)
                + ' will never be sent.', yes: 'Delete' },
            'DELETE', 'dead/' + one.id, null, () => 'Deleted.');
    }


    requeueAll() {
        const hooks = countText(this.market.hooks.dead, 'dead letter',
            'dead letters');

        return this.act({ title: 'Requeue ' + hooks + '?',
            text: 'Those that the gateway still refuses will come back.',
            yes: 'Requeue all' }, 'POST', 'dead/requeue', null, json =>
            countText(json.requeued, 'dead letter was', 'dead letters were')
                + ' requeued.');
    }


    /* The hooks of one client or group */

    get whose() {
        return this.root.querySelector('input').value.trim();
    }


    body() {
        const group = this.whose.match(/^group:\s*(.*)$/);

        return group ? { group: group[1] } : { phone: this.whose };
    }


    async find() {
        try {
            const { json } = await send(this.market, 'POST', 'hooks/find',
                this.body());

            this.found.replaceChildren(json.length
                ? listing(json.map(one => this.foundRow(one)))
                : element('p', 'Nothing is known of its hooks.'),
                button('Send again', () => this.resend()));
            this.say(countText(json.length, 'hook was', 'hooks were')
                + ' found.');

        } catch (error) {
            this.found.replaceChildren();
            this.say('Not found: ' + error.message + '.');
        }
    }


    foundRow(one) {
        const state = { held: 'on hold', accepted: 'accepted',
                        dead: 'dead letter', waiting: 'waits' }[one.state];

        return [['state', state], ['hook', one.object + ' ' + one.action],
            ['made', agoText(one.made, this.now)],
            ['then', one.time ? agoText(one.time, this.now)
                : one.next_try ? 'next try ' + timeText(
                    Date.parse(one.next_try) / 1000, this.now) : ''],
            ['attempts', countText(one.attempts)],
            ['reason', one.reason], ['the gateway’s answer', one.answer],
            ['', one.state === 'dead'
                ? button('Requeue', () => this.requeue(one)) : '']];
    }


    resend() {
        const whose = this.whose;

        return this.act({ title: 'Send this again?',
            text: 'The gateway is told the whole record of ' + whose
                + ' as it is now.', yes: 'Send' }, 'POST', 'resend',
            this.body(), json => countText(json.hooks, 'hook', 'hooks')
                + ' of ' + whose + ' ' + (json.hooks === 1 ? 'was' : 'were')
                + ' written.');
    }


    /* All again */

    resendAll() {
        const all = countText(this.market.clients + this.market.groups,
            'client or group', 'clients and groups');

        return this.act({ title: 'Send all again?',
            text: 'The records of ' + all + ' are announced again, with '
                + 'a hook each.', yes: 'Send all' }, 'POST', 'resend',
            { all: true }, json => countText(json.left, 'client or group is',
                'clients and groups are') + ' announced again. It goes on by '
                + 'itself.');
    }


    stopResend() {
        return this.act({ title: 'Stop sending all again?',
            text: 'Hooks that were written are still sent.', yes: 'Stop' },
            'POST', 'resend', { all: false }, () => 'Stopped.');
    }


    async showResend() {
        clearTimeout(this.timer);

        const { json } = await send(this.market, 'GET', 'hooks');

        setText(this.progress, json.resend
            ? countText(json.resend.hooks, 'hook', 'hooks')
                + ' written so far, ' + countText(json.resend.left,
                    'client or group', 'clients and groups') + ' to come.'
            : 'No resend goes on.');

        if (json.resend && this.root.open) {
            this.timer = setTimeout(() => this.showResend().catch(() => {}),
                RESEND_LOOK);
        }
    }


    /* What a finding offers: [text of the button, what it does] */

    offer(act) {
        const { guard, clients, hooks } = this.market;

        return {
            probe: ['Try now', () => this.act({ title: 'Try now?',
                text: 'The next attempt is made at once, and not later.',
                yes: 'Try' }, 'POST', 'probe', null,
                () => 'The gateway is tried now.')],

            dead: ['Requeue ' + (hooks.dead === 1 ? 'it' : 'all '
                + countText(hooks.dead)), () => this.requeueAll()],

            deletions: ['Confirm ' + countText(guard.waiting, 'deletion',
                'deletions'), () => this.confirmDeletions(guard.waiting)],

            clients: ['Confirm clients', () => this.act({
                title: 'Are all clients there?', text: countText(clients,
                    'client is', 'clients are') + ' known. Numbers are issued '
                    + 'again, and must not be those of others who are still '
                    + 'to come back.', yes: 'All are there' },
                'POST', 'clients/confirm', null, json => countText(
                    json.clients, 'client is', 'clients are')
                    + ' there; addClient opens after a round of the sweep.')]
        }[act];
    }


    confirmDeletions(waiting) {
        return this.act({ title: 'Tell Polycard that ' + countText(waiting,
            'client is', 'clients are') + ' gone?',
            text: countText(waiting, 'deletion waits', 'deletions wait')
                + '. This cannot be taken back.',
            yes: 'Confirm ' + countText(waiting) }, 'POST',
            'deletions/confirm', { waiting }, json => countText(json.released,
                'deletion is', 'deletions are') + ' told now.');
    }
}
