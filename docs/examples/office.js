#!/usr/bin/env node

/*
 * The office of a market (docs/office.md), without a package.
 *
 *     office.js registered [--once]    new clients, one JSON object a line
 *     office.js send [KEY] < changes.ndjson   operations, one JSON object a line
 *
 * KEY names these changes, such as a file's name and date: who sends them again
 * with it, after a crash, does only what was not done. Without one each call has
 * its own.
 *
 * OFFICE_URL is the location, like http://192.0.2.1:8083/office/, and
 * OFFICE_TOKEN_FILE a file that begins with the token.
 */

'use strict';

const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const https = require('https');

const url = process.env.OFFICE_URL;
const wait = 50;      /* seconds that nginx holds an empty list back */
const pause = 5;      /* before a request is sent again */

const sleep = seconds => new Promise(done => setTimeout(done, seconds * 1000));
const token = () => fs.readFileSync(process.env.OFFICE_TOKEN_FILE, 'utf8')
    .split('\n')[0].trim();


/* the answer's body, or null where the same request may succeed later */

function request(method, path, body, type = 'application/json', key = null) {
    const headers = { Authorization: 'Bearer ' + token() };

    if (body !== undefined) {
        headers['Content-Type'] = type;
        headers['Content-Length'] = Buffer.byteLength(body);
    }

    if (key !== null) {
        headers['Idempotency-Key'] = key;
    }

    return new Promise((done, fail) => {
        const call = (url.startsWith('https:') ? https : http).request(
            url + path, { method, headers, timeout: (wait + 60) * 1000 },
            answer => {
                const parts = [];

                answer.on('data', part => parts.push(part));
                answer.on('aborted', () => done(null));
                answer.on('end', () => {
                    const text = Buffer.concat(parts).toString();

                    if (answer.statusCode < 400) {
                        done(text);
                    } else if ([429, 503, 504].includes(answer.statusCode)) {
                        done(null);
                    } else {
                        fail(new Error(answer.statusCode + ': ' + text));
                    }
                });
            });

        call.on('timeout', () => call.destroy());
        call.on('error', error => {
            console.error(error.message);
            done(null);
        });
        call.end(body);
    });
}


/* your own books: a client may come twice, so store it by its phone */

function take(client) {
    console.log(JSON.stringify(client));
}


async function registered(once) {
    for (;;) {
        const answer = await request('GET',
            'registered' + (once ? '' : '?wait=' + wait));

        if (answer === null) {
            await sleep(pause);
            continue;
        }

        const clients = JSON.parse(answer);

        clients.forEach(take);

        if (clients.length) {
            /* not before they are in the books */
            const upto = clients[clients.length - 1].record;

            if (await request('POST', 'registered/read',
                              JSON.stringify({ upto })) === null)
            {
                await sleep(pause);
            }
        } else if (once) {
            return;
        }
    }
}


/* all of it, again and again, until nothing has to come later */

async function send(lines, key) {
    for (;;) {
        const answer = await request('POST', 'batch', lines,
            'application/x-ndjson', key);
        const answers = (answer || '').split('\n').filter(line => line)
            .map(line => JSON.parse(line));
        const refused = answers.filter(one => one.status !== 'OK');

        if (answers.length && !refused.some(one => one.http >= 500)) {
            refused.forEach(one => console.log(JSON.stringify(one)));
            process.exitCode = refused.length ? 1 : 0;
            return;
        }

        await sleep(pause);
    }
}


const [what, how] = process.argv.slice(2);
const run = what === 'registered' ? registered(how === '--once')
    : what === 'send' ? send(fs.readFileSync(0, 'utf8'), how || crypto.randomUUID())
    : Promise.reject(new Error('office.js registered [--once] | send [KEY]'));

run.catch(error => {
    console.error(error.message);
    process.exitCode = 2;
});
