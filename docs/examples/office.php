#!/usr/bin/env php
<?php

/*
 * The office of a market (docs/office.md), with PHP's curl.
 *
 *     office.php registered [--once]    new clients, one JSON object a line
 *     office.php send [KEY] < changes.ndjson   operations, one JSON object a line
 *
 * KEY names these changes, such as a file's name and date: who sends them again
 * with it, after a crash, does only what was not done. Without one each call has
 * its own.
 *
 * OFFICE_URL is the location, like http://192.0.2.1:8083/office/, and
 * OFFICE_TOKEN_FILE a file that begins with the token.
 */

const WAIT = 50;      // seconds that nginx holds an empty list back
const PAUSE = 5;      // before a request is sent again


// the answer's body, or null where the same request may succeed later

function request($method, $path, $body = null, $type = 'application/json',
    $key = null)
{
    $token = trim(fgets(fopen(getenv('OFFICE_TOKEN_FILE'), 'r')));
    $headers = ["Authorization: Bearer $token", 'Expect:'];
    $curl = curl_init(getenv('OFFICE_URL') . $path);

    if ($body !== null) {
        $headers[] = "Content-Type: $type";
        curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
    }

    if ($key !== null) {
        $headers[] = "Idempotency-Key: $key";
    }

    curl_setopt_array($curl, [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_HTTPHEADER => $headers,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_CONNECTTIMEOUT => 10,
        CURLOPT_TIMEOUT => WAIT + 600,
    ]);

    $text = curl_exec($curl);
    $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);

    if ($text === false || in_array($status, [429, 503, 504])) {
        fwrite(STDERR, ($text === false ? curl_error($curl) : $status) . "\n");
        return null;
    }

    if ($status >= 400) {
        fwrite(STDERR, "$status: $text\n");
        exit(2);
    }

    return $text;
}


// your own books: a client may come twice, so store it by its phone

function take($client)
{
    echo json_encode($client, JSON_UNESCAPED_UNICODE), "\n";
}


function registered($once)
{
    for (;;) {
        $answer = request('GET', 'registered' . ($once ? '' : '?wait=' . WAIT));

        if ($answer === null) {
            sleep(PAUSE);
            continue;
        }

        $clients = json_decode($answer);
        array_walk($clients, 'take');

        if ($clients) {
            // not before they are in the books
            $mark = json_encode(['upto' => end($clients)->record]);

            if (request('POST', 'registered/read', $mark) === null) {
                sleep(PAUSE);
            }
        } elseif ($once) {
            return 0;
        }
    }
}


// all of it, again and again, until nothing has to come later

function send($lines, $key)
{
    for (;;) {
        $answer = request('POST', 'batch', $lines, 'application/x-ndjson',
            $key);
        $answers = array_map('json_decode',
            array_filter(explode("\n", $answer ?? '')));
        $refused = array_filter($answers, fn($one) => $one->status !== 'OK');

        if ($answers && !array_filter($refused, fn($one) => $one->http >= 500)) {
            break;
        }

        sleep(PAUSE);
    }

    foreach ($refused as $one) {
        echo json_encode($one, JSON_UNESCAPED_UNICODE), "\n";
    }

    return $refused ? 1 : 0;
}


switch ($argv[1] ?? '') {
    case 'registered':
        exit(registered(($argv[2] ?? '') === '--once'));
    case 'send':
        exit(send(stream_get_contents(STDIN), $argv[2] ?? bin2hex(random_bytes(16))));
    default:
        fwrite(STDERR, "office.php registered [--once] | send [KEY]\n");
        exit(2);
}
