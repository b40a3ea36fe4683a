-- What wrk sends, and how it tells the outcome: wrk ... -s requests.lua URL
-- -- KIND CLIENTS FIRST SEED [PAUSE].  PAUSE is in milliseconds, after each
-- answer.
--
-- CLIENTS is how many t/sample/generate has made; their phones are computed
-- here as they are there.  New clients have phones of an operator that the
-- sample does not use, the FIRST-th and so on, in no order of theirs.

local TOKEN = 'bench-access-token'
local ROWS = 100
local PREPARED = 20000
local BATCHES = 50

local operators = { '50', '63', '66', '67', '68', '73',
                    '93', '95', '96', '97', '98', '99' }

local surnames = { 'Шевченко', 'Коваленко', 'Бондаренко', 'Ткаченко',
                   'Мельник', 'Кравчук', 'Поліщук', 'Гнатюк' }
local names = { 'Олена', 'Ірина', 'Наталія', 'Оксана', 'Юлія', 'Софія' }
local middlenames = { 'Іванівна', 'Петрівна', 'Василівна', 'Михайлівна' }

local send = {}
local clients, first


local function any(list)
    return list[math.random(#list)]
end


local function known_phone()
    local i = math.random(clients) - 1

    return '380' .. operators[i % 12 + 1]
           .. ('%07d'):format((1234567 + i * 48611) % 10000000)
end


local function new_phone()
    first = first + 1

    return '38039' .. ('%07d'):format(first * 48611 % 10000000)
end


local function get(path)
    return wrk.format('GET', path)
end


local function post(body)
    return wrk.format('POST', '/addClient', nil, body)
end


local function new_client()
    return ('{"phone":"%s","surname":"%s","name":"%s","middlename":"%s",'
            .. '"email":"client%d@example.com","sex":"female",'
            .. '"birthday":"%d%02d%02d","bonus":%d,"loyalty_group_id":%d}')
           :format(new_phone(), any(surnames), any(names), any(middlenames),
                   math.random(99999), 1944 + math.random(60),
                   math.random(12), math.random(28), math.random(500000),
                   math.random(3))
end


-- the same requests, answered by nginx alone

function send.return_client()
    return get('/return/client?phone=' .. known_phone())
end


function send.return_page()
    return get(('/return/page?offset=%d&limit=%d'):format(
               math.random(clients), ROWS))
end


function send.get_client()
    return get('/getClient?phone=' .. known_phone())
end


-- markets whose connections to Redis are TCP, and TLS

function send.get_client_tcp()
    return get('/tcp/getClient?phone=' .. known_phone())
end


function send.get_client_tls()
    return get('/tls/getClient?phone=' .. known_phone())
end


function send.get_client_miss()
    return get('/getClient?phone=' .. new_phone())
end


function send.get_clients()
    return get(('/getClients?offset=%d&limit=%d'):format(
               math.random(clients - ROWS + 1) - 1, ROWS))
end


function send.get_clients_after()
    return get(('/getClients?after=%d&limit=%d'):format(
               math.random(clients - ROWS), ROWS))
end


function send.get_groups()
    return get('/getGroups')
end


function send.add_client()
    return post(new_client())
end


-- the office, and the same by a script of PHP

local LINES = 200


local function ask(method, path, body, type, key)
    return wrk.format(method, path, {
        ['Authorization'] = 'Bearer bench-office-token',
        ['Content-Type'] = type or 'application/json',
        ['Idempotency-Key'] = key,
    }, body)
end


local function patch_of(place)
    return ask('PATCH', place .. '/clients/' .. known_phone(),
               ('{"name":"%s","bonus":%d}'):format(any(names),
               math.random(500000)))
end


local function bonus_of(place)
    first = first + 1

    return ask('POST', place .. '/clients/' .. known_phone() .. '/bonus',
               '{"change":1.5}', nil, 'receipt-' .. first)
end


function send.office_get() return ask('GET', '/office/clients/' .. known_phone()) end
function send.office_patch() return patch_of('/office') end
function send.office_bonus() return bonus_of('/office') end
function send.php_get() return ask('GET', '/php/clients/' .. known_phone()) end
function send.php_patch() return patch_of('/php') end
function send.php_bonus() return bonus_of('/php') end


function send.office_batch()
    local lines = {}

    for i = 1, LINES do
        lines[i] = ('{"op":"patch","phone":"%s","set":{"name":"%s",'
                    .. '"bonus":%d}}\n'):format(known_phone(), any(names),
                    math.random(500000))
    end

    return ask('POST', '/office/batch', table.concat(lines),
               'application/x-ndjson')
end


-- what must be refused

function send.bad_phone()
    return get('/getClient?phone=38067')
end


function send.bad_limit()
    return get('/getClients?limit=100000')
end


function send.bad_token()
    return wrk.format('GET', '/getClient?phone=' .. known_phone(),
                      { Authorization = 'Bearer somebody-else' })
end


function send.bad_method()
    return wrk.format('DELETE', '/getGroups')
end


function send.bad_body()
    return post('{"phone":"380671112233","name":')
end


function send.known_client()
    return post('{"phone":"' .. known_phone() .. '"}')
end


-- making a request takes wrk longer than nginx needs to answer it: those that
-- may come twice are made before the start

local function prepared(make, count)
    local made, last = {}, 0

    for i = 1, count do
        made[i] = make()
    end

    return function()
        last = last % count + 1

        return made[last]
    end
end


local mixture = {
    'get_client', 'get_client', 'get_client', 'get_client', 'get_client',
    'get_client', 'get_client', 'get_client_miss', 'get_client_miss',
    'get_clients', 'get_clients_after', 'get_groups', 'add_client',
    'bad_phone', 'bad_limit', 'bad_token', 'bad_method', 'bad_body',
    'known_client',
}


function send.mixture()
    return send[any(mixture)]()
end


function init(args)
    clients, first = tonumber(args[2]), tonumber(args[3])
    math.randomseed(tonumber(args[4]))

    wrk.headers['Authorization'] = 'Bearer ' .. TOKEN
    wrk.headers['Content-Type'] = 'application/json'

    local once = args[1] == 'add_client' or args[1]:find('_bonus$')
    local count = args[1] == 'office_batch' and BATCHES or PREPARED

    local pause = tonumber(args[5]) or 0

    if pause > 0 then
        -- they do not all begin at the same moment
        local begun = 0

        function delay()
            begun = begun + 1

            return begun > 64 and pause or math.random(0, pause)
        end
    end

    request = once and send[args[1]] or prepared(send[args[1]], count)
end


function done(summary, latency)
    local errors = summary.errors

    print(('outcome: requests=%d duration=%d p50=%d p99=%d refused=%d '
           .. 'broken=%d'):format(summary.requests, summary.duration,
          latency:percentile(50), latency:percentile(99), errors.status,
          errors.connect + errors.read + errors.write + errors.timeout))
end
