/* What is done about a finding, by its id: the section of the manual, the command
 * for a terminal, and what the page can do itself, see desk.js. */

const MANUAL = 'file:///usr/share/doc/libnginx-mod-http-polycard/docs/';

const remedies = {
    redis: { manual: 'directives.md#what-is-logged' },
    refused: { manual: 'directives.md#what-is-logged' },
    workers: { manual: 'directives.md#what-is-logged' },
    curl: { manual: 'operation.md#libcurl-cannot-be-used' },
    outage: { manual: 'operation.md#outage', command: 'polycard_probe',
              act: 'probe' },
    old: { manual: 'operation.md#outage' },
    full: { manual: 'directives.md#outbox_max' },
    doubt: { manual: 'operation.md#what-was-sent-and-is-lost',
             command: 'polycard_resend_all' },
    dead: { manual: 'operation.md#dead-letters',
            command: 'polycard_requeue', argument: 'all', act: 'dead' },
    unread: { manual: 'keyspace.md#clients-registered-by-polycard' },
    held: { manual: 'hooks.md#on-hold' },
    sync: { manual: 'operation.md#redis-has-lost-all',
            command: 'polycard_confirm_clients', act: 'clients' },
    new: { manual: 'operation.md#first-start' },
    empty: { manual: 'backup.md' },
    guard: { manual: 'operation.md#many-deletions-at-once',
             command: 'polycard_confirm_deletions', act: 'deletions' },
    numbers: { manual: 'keyspace.md#card-numbers' },
    ids: { manual: 'keyspace.md#ids' },
    unfit: { manual: 'operation.md#unfit-card-numbers' },
    failed: { manual: 'directives.md#what-is-logged' },
    denied: { manual: 'services.md#access-token' },
    records: { manual: 'keyspace.md#which-records-these-are' },
    broken: { manual: 'keyspace.md#helper-keys-of-a-wrong-type' },
    replicas: { manual: 'hosts.md#min-replicas-to-write' },
    memory: { manual: 'operation.md#what-survives-what' },
    evicts: { manual: 'keyspace.md#rights-memory-persistence' },
    library: { manual: 'upgrade.md' },
    lease: { manual: 'operation.md#more-than-one-host' },
    events: { manual: 'operation.md#events-and-the-sweep' }
};


/* of a first sync that is running there is nothing to be done */

function remedyOf(finding) {
    const remedy = remedies[finding.id] || {};

    return finding.id === 'sync' && finding.level === 'info'
        ? { manual: 'operation.md#first-start' } : remedy;
}


function manualLink(status, place) {
    const link = element('a', 'Manual: ' + place.replace('#', ', ')
        .replace(/-/g, ' '), 'manual');

    link.href = (status.manual || MANUAL) + place;
    link.target = '_blank';
    link.rel = 'noopener noreferrer';

    return link;
}


/* with a button that copies it */

function commandLine(market, remedy) {
    const root = element('span', undefined, 'command');
    const text = element('code', 'redis-cli FCALL ' + remedy.command + " 1 '"
        + market.key_prefix + "'" + (remedy.argument
            ? ' ' + remedy.argument : ''));
    const button = element('button', 'Copy');

    button.type = 'button';
    button.setAttribute('aria-label', 'Copy ' + remedy.command);
    button.addEventListener('click', async () => {
        setText(button, await copy(text) ? 'Copied' : 'Selected');
    });
    root.append(text, ' ', button);

    return root;
}


/* without TLS a page may not write to the clipboard: then it is selected */

async function copy(node) {
    try {
        await navigator.clipboard.writeText(node.textContent);

        return true;

    } catch {
        getSelection().selectAllChildren(node);

        return document.execCommand('copy');
    }
}
