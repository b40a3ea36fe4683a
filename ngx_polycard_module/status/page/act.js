/* Requests to the operator's location, and the question before each. */

let token = '';              /* of the operator's location; of this page alone */


function question() {
    return document.getElementById('question');
}


/* Resolves to what was typed, or true, or false: it is not wanted. */

function askFirst({ title, text, yes, secret }) {
    const dialog = question();
    const find = name => dialog.querySelector(name);

    setText(find('h2'), title);
    setText(find('p'), text);
    setText(find('.yes'), yes);
    find('label').hidden = !secret;
    find('input').value = '';
    dialog.returnValue = '';
    dialog.showModal();
    find(secret ? 'input' : '.no').focus();

    return new Promise(resolve => {
        dialog.addEventListener('close', () => {
            const answer = dialog.returnValue === 'yes';

            resolve(secret ? answer && find('input').value : answer);
            find('input').value = '';
        }, { once: true });
    });
}


function startQuestion() {
    const dialog = question();

    dialog.querySelector('.yes').addEventListener('click',
        () => dialog.close('yes'));
    dialog.querySelector('.no').addEventListener('click',
        () => dialog.close(''));
    dialog.querySelector('form').addEventListener('submit', event => {
        event.preventDefault();
        dialog.close('yes');
    });
}


/* dies with what the location says */

async function send(market, method, path, body) {
    const headers = { ...(method === 'GET' ? {}
        : { 'Content-Type': 'application/json' }),
        ...(token ? { Authorization: 'Bearer ' + token } : {}) };
    const answer = await fetch(market.operator + path, { method, headers,
        cache: 'no-store', ...(body ? { body: JSON.stringify(body) } : {}) });
    const json = await answer.json().catch(() => ({}));

    if (answer.status === 401) {
        token = await askFirst({ title: 'Access token of ' + market.name,
            text: 'The operator’s location asks for a token: a line of '
                + 'operator_token_file. This page forgets it when it is '
                + 'closed.', yes: 'Use it', secret: true }) || '';

        if (token) {
            return send(market, method, path, body);
        }
    }

    if (!answer.ok) {
        throw new Error(json.error || 'nginx answers with ' + answer.status);
    }

    return { json, next: (answer.headers.get('Link') || '')
        .match(/^<([^>]*)>; rel="next"$/) };
}
