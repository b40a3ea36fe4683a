<?php
// What a market's programmer would write instead of the office, as far as the
// benchmark asks: check the token and the body, call the same function inside
// Redis over a connection that is kept, answer in JSON.

const PREFIX = 'polycard:{bench}:';

function answer(int $status, array $body): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($body, JSON_UNESCAPED_UNICODE), "\n";
    exit;
}

if (!hash_equals('Bearer bench-office-token',
                 $_SERVER['HTTP_AUTHORIZATION'] ?? '')) {
    answer(401, ['status' => 'NOK', 'error' => 'a token of the office is needed']);
}

if (!preg_match('~^/php/clients/(380\d{9})(/bonus)?$~',
                parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), $path)) {
    answer(404, ['status' => 'NOK', 'error' => 'there is nothing at this path']);
}

$redis = new Redis();
$redis->pconnect($_SERVER['REDIS_SOCKET']);
$phone = $path[1];

if ($_SERVER['REQUEST_METHOD'] === 'GET') {
    $record = $redis->hGetAll(PREFIX . "client:$phone");

    $record ? answer(200, ['phone' => $phone] + $record)
            : answer(404, ['status' => 'NOK', 'error' => 'no such client']);
}

$body = json_decode(file_get_contents('php://input'), true);

if (!is_array($body)) {
    answer(400, ['status' => 'NOK', 'error' => 'the body is not a JSON object']);
}

if (isset($path[2])) {
    $reply = $redis->rawCommand('FCALL', 'polycard_change_bonus', 1, PREFIX,
        $phone, (string) $body['change'], '',
        $_SERVER['HTTP_IDEMPOTENCY_KEY'] ?? '');

    $reply === false ? answer(409, ['status' => 'NOK', 'error' => 'refused'])
                     : answer(200, ['status' => 'OK', 'total' => (float) $reply]);
}

$arguments = [];

foreach ($body as $name => $value) {
    array_push($arguments, $name, (string) $value);
}

$reply = $redis->rawCommand('FCALL', 'polycard_patch_client', 1, PREFIX, $phone,
    '', ...$arguments);

$reply === false ? answer(400, ['status' => 'NOK', 'error' => 'refused'])
                 : answer(200, ['status' => 'OK', 'whole' => $reply[2] === '']);
