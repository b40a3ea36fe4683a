#!/usr/bin/env python3

"""The office of a market (docs/office.md), from Python's standard library.

    office.py registered [--once]   # new clients, one JSON object a line
    office.py send [KEY] < changes.ndjson   # operations, one JSON object a line

KEY names these changes, such as a file's name and date: who sends them again with
it, after a crash, does only what was not done. Without one each call has its own.
OFFICE_URL is the location, like http://192.0.2.1:8083/office/, and
OFFICE_TOKEN_FILE a file that begins with the token.
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

URL = os.environ['OFFICE_URL']
WAIT = 50          # seconds that nginx holds an empty list back
PAUSE = 5          # before a request is sent again


def token():
    with open(os.environ['OFFICE_TOKEN_FILE'], encoding='utf-8') as file:
        return file.readline().strip()


def request(method, path, body=None, kind='application/json', key=None):
    """The answer, or None where the same request may succeed later."""

    headers = {'Authorization': 'Bearer ' + token()}

    if body is not None:
        headers['Content-Type'] = kind

    if key is not None:
        headers['Idempotency-Key'] = key

    call = urllib.request.Request(URL + path, body, headers, method=method)

    try:
        with urllib.request.urlopen(call, timeout=WAIT + 60) as answer:
            return answer.read().decode()

    except urllib.error.HTTPError as error:
        if error.code not in (429, 503, 504):
            sys.exit(f'{error.code}: {error.read().decode()}')

    except (OSError, http.client.HTTPException) as error:
        print(error, file=sys.stderr)

    return None


def take(client):
    """Your own books: a client may come twice, so store it by its phone."""

    print(json.dumps(client, ensure_ascii=False), flush=True)


def registered(once):
    while True:
        wait = '' if once else f'?wait={WAIT}'
        answer = request('GET', 'registered' + wait)

        if answer is None:
            time.sleep(PAUSE)
            continue

        clients = json.loads(answer)

        for client in clients:
            take(client)

        if clients:
            # not before they are in the books
            mark = json.dumps({'upto': clients[-1]['record']})

            if request('POST', 'registered/read', mark.encode()) is None:
                time.sleep(PAUSE)

        elif once:
            return


def send(lines, key):
    """All of it, again and again, until nothing has to come later."""

    while True:
        answer = request('POST', 'batch', lines, 'application/x-ndjson', key)
        answers = [json.loads(line) for line in (answer or '').splitlines()]
        refused = [one for one in answers if one['status'] != 'OK']

        if answers and not any(one['http'] >= 500 for one in refused):
            break

        time.sleep(PAUSE)

    for one in refused:
        print(json.dumps(one, ensure_ascii=False))

    return 1 if refused else 0


if __name__ == '__main__':
    if sys.argv[1:2] == ['registered']:
        registered('--once' in sys.argv)
    elif sys.argv[1:2] == ['send']:
        own_key = sys.argv[2] if len(sys.argv) > 2 else str(uuid.uuid4())
        sys.exit(send(sys.stdin.buffer.read(), own_key))
    else:
        sys.exit(__doc__)
