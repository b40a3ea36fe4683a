
-- The settings of a market and the state of the first sync and of the guard, all in
-- the hash `meta`.

local market = {}

local GUARD_DEFAULT = 10
local OUTBOX_DEFAULT = 1000000
local IDEMPOTENCY_MAX = 31536000000
local HISTORY_MAX = 10000000
local HISTORY = 16              -- hexadecimal digits that tell one from another

local SETTINGS = {
    hooks = function(given)
        return given == '0' or given == '1', 'must be 0 or 1'
    end,

    delete_guard = function(given)
        local share = number.parse_integer(given)

        return share and share <= 100, 'must be 0 to 100'
    end,

    outbox_max = function(given)
        return (number.parse_integer(given) or 0) > 0,
               'must be a whole number'
    end,

    idempotency_time = function(given)
        local time = number.parse_integer(given) or 0

        return time > 0 and time <= IDEMPOTENCY_MAX,
               'must be 1 to ' .. IDEMPOTENCY_MAX
    end,

    hook_history = function(given)
        local most = number.parse_integer(given)

        return most and most <= HISTORY_MAX, 'must be 0 to ' .. HISTORY_MAX
    end,

    lost = function(given)
        return given == '0' or given == '1', 'must be 0 or 1'
    end,

    known_card = function(given)
        return number.parse_integer(given) ~= nil, 'must be a whole number'
    end,

    known_id = function(given)
        return number.parse_integer(given) ~= nil, 'must be a whole number'
    end,

    card_numbers = function(given)
        return given == 'pool' or given == 'phone'
               or given:find('^ean13_%d+_%d*_%d*$') ~= nil,
               'must be pool, phone or ean13_PREFIX_FROM_TO'
    end,

    initial_sync = function(given)
        return given == 'seed' or given == 'announce',
               'must be seed or announce'
    end,
}


-- Redis' own clock, microseconds

function market.clock()
    local now = redis.call('TIME')

    -- texts: Lua counts with them, which takes less than tonumber()

    return now[1] * 1000000 + now[2]
end


-- The current history of the data, which ends when another server takes the place of
-- the master, or a restart does; '': Redis does not say.

function market.history()
    local reply = redis.pcall('INFO', 'replication')
    local _, at

    if type(reply) == 'string' then
        _, at = reply:find('master_replid:', 1, true)
    end

    return at and reply:sub(at + 1, at + HISTORY):match('^%x+') or ''
end


-- For how long a call has been running, as a function that returns microseconds.
-- From Redis 7.2 on TIME stands still while a function runs; from 7.4 on there is the
-- processor's time.  Where there is neither, each reading counts as so many; who does
-- more work between two readings than usual gives it a weight.

local STOPWATCH_READING = 25
local STOPWATCH_STILL = 0x70200


function market.stopwatch()
    local known, processor = pcall(function() return os.clock end)
    local began, readings

    if known and processor then
        began = processor()
        return function() return math.floor((processor() - began) * 1000000) end
    end

    if (redis.REDIS_VERSION_NUM or 0) < STOPWATCH_STILL then
        began = market.clock()
        return function() return market.clock() - began end
    end

    readings = 0

    return function(weight)
        readings = readings + (weight or 1)
        return readings * STOPWATCH_READING
    end
end


-- a stored number that only counts; 0 if it is absent, or was overwritten by hand

function market.stored_count(prefix, field)
    local stored = keys.read(prefix, 'HGET', keys.meta, field)

    return stored and number.parse_integer(stored) or 0
end


-- milliseconds, as in all stored times

function market.time()
    return math.floor(market.clock() / 1000)
end


-- Settings are the same in most calls: what was read of their texts.

local COUNTS_MAX = 64
local counts, counts_n = {}, 0


local function count(stored, default)
    if not stored then
        return default
    end

    local known = counts[stored]

    if known == nil then
        if counts_n == COUNTS_MAX then
            counts, counts_n = {}, 0
        end

        known = number.parse_integer(stored) or false
        counts[stored], counts_n = known, counts_n + 1
    end

    return known or default
end


-- What only some calls ask for: it is read when the first of it is.

local LATE = {
    announce = true, delete_guard = true, guard = true, released = true,
    pass = true, accepted = true, restore = true, lease = true,
    confirmed = true, ended = true, had_hooks = true,
}

-- what is asked about card numbers that are new
local CARDS = { 'lost', 'numbers', 'card_numbers', 'top', 'bound_id',
                'bound_card', 'known_id', 'known_card', 'began' }
local IS_CARDS = { cards = true }

for i = 1, #CARDS do
    IS_CARDS[CARDS[i]] = true
end


-- after n others

local function market_take(m, stored, n)
    m.lost = count(stored[n + 1], 0)
    m.numbers = stored[n + 2] == '1'
    m.cards = stored[n + 3]
    m.top = stored[n + 4]
    m.bound_id = stored[n + 5]
    m.bound_card = stored[n + 6]
    m.known_id = stored[n + 7]
    m.known_card = stored[n + 8]
    m.began = stored[n + 9]
end


local function market_cards(m)
    market_take(m, keys.read(m.prefix, 'HMGET', keys.meta, unpack(CARDS)), 0)
end


local function market_late(m)
    local stored = keys.read(m.prefix, 'HMGET', keys.meta, 'initial_sync',
                             'delete_guard', 'guard', 'released', 'pass',
                             'accepted', 'restore', 'lease', 'confirmed',
                             'ended', 'had_hooks')

    m.announce = stored[1] == 'announce'
    m.delete_guard = count(stored[2], GUARD_DEFAULT)
    m.guard = stored[3]
    m.released = count(stored[4], 0)
    m.pass = stored[5]
    m.accepted = count(stored[6], 0)
    m.restore = stored[7]
    m.lease = count(stored[8], false)
    m.confirmed = stored[9] == '1'
    m.ended = stored[10] == '1'

    -- `had_hooks` is newer than `accepted`

    m.had_hooks = stored[11] == '1' or stored[6] and true or false
end


local LAZY = {
    __index = function(m, name)
        if IS_CARDS[name] then
            market_cards(m)

        elseif LATE[name] then
            market_late(m)

        else
            return nil
        end

        return rawget(m, name)
    end,
}


local SYNCS = { running = true, restore = true, done = true }


-- For one record: read once per call.  sync: "running" (the first one), "restore"
-- (after a loss: records that appear are taken in as at a first start), "done", or
-- false if nobody has sent settings since the keyspace was empty, or what was there
-- is overwritten: then it is as lost as the rest would be.

function market.open(prefix, stored)
    stored = stored or keys.read(prefix, 'HMGET', keys.meta, 'hooks', 'sync',
                                 'outbox_max', 'held')

    return setmetatable({
        prefix = prefix,
        hooks = stored[1] == '1',
        sync = SYNCS[stored[2]] and stored[2] or false,
        outbox_max = count(stored[3], OUTBOX_DEFAULT),
        held = count(stored[4], 0),
        batch = false,
        waiting = false,
        asked = false,
        gone = false,               -- how many deletions wait: not read yet
        incomplete = false,
        is_pass = false,
        id_ms = false,              -- of the last hook of this call
        clock = false,              -- market.clock() of this call, if it was read
        adds = false,               -- are records usually not there?
        issued = false,             -- the card number that this call issues
    }, LAZY)
end


-- the same for a call with an idempotency key, and what once.lua asks of `meta`

function market.open_once(prefix)
    local stored = keys.read(prefix, 'HMGET', keys.meta, 'hooks', 'sync',
                             'outbox_max', 'held', 'once', 'idempotency_time')

    return market.open(prefix, stored), { stored[5], stored[6] }
end


-- the same for addClient: what it asks about card numbers is read at once

function market.open_cards(prefix)
    local stored = keys.read(prefix, 'HMGET', keys.meta, 'hooks', 'sync',
                             'outbox_max', 'held', unpack(CARDS))
    local m = market.open(prefix, stored)

    market_take(m, stored, 4)
    m.adds = true

    return m
end


-- for a call that asks for more, and perhaps after its first write

function market.read(prefix)
    local m = market.open(prefix)

    market_cards(m)
    market_late(m)

    return setmetatable(m, nil)
end


function market.is_syncing(m)
    return m.sync == 'running' or m.sync == 'restore'
end


-- Is it known which card numbers and ids are in use (contract, B25)?  In a first
-- sync, which may not have begun yet, as soon as all keys were seen (`numbers`), but
-- after a loss not by time alone: only an operator knows when everything is back,
-- unless it is known which numbers were issued. Returns nil if it is known, else
-- why not.

function market.uncertain(m)
    if m.lost == 0 and (m.sync == 'done' or m.numbers) then
        return nil
    end

    return m.lost > 0 and 'lost' or 'new'
end


-- does something wait for a complete pass over all keys?

function market.is_awaited(m)
    return m.sync == 'running' or m.confirmed
end


-- are clients that were never announced taken in silently?  So they are already
-- while a host has hooks and the first sync has not begun.

function market.is_seeding(m)
    return m.sync ~= 'done' and not m.announce
end


-- Lost records come back by whatever means, and nothing marks the end.  It is over
-- when for a while nothing was new, or after an hour: the market may have enough
-- really new clients to keep it going.  `restore` has the times when the first and
-- the last record were taken in.

local RESTORE_QUIET = 30000
local RESTORE_MAX = 3600000


local function restore_times(m)
    local first, last = (m.restore or ''):match('^(%d+) (%d+)$')

    return tonumber(first), tonumber(last)
end


-- the value of `restore` after a record was taken in

function market.restore_step(m)
    local first, now = restore_times(m), market.time()

    m.restore = number.print_integer(first or now) .. ' '
                .. number.print_integer(now)

    return m.restore
end


function market.is_restored(m)
    local first, last = restore_times(m)
    local now = market.time()

    -- also where the clock was set back

    return first ~= nil and (now - last >= RESTORE_QUIET
                             or math.abs(now - first) >= RESTORE_MAX)
end


-- A host has hooks.  Where an operator had ended them what waited is gone, so all
-- that is there is announced again; the first hooks of a market begin silently.
-- Writes by put(name, text).

function market.begin_hooks(m, put)
    if m.ended then
        put('ended', '0')
    end

    if m.ended and m.had_hooks then
        put('resend', '0 0 ' .. number.print_integer(market.time()))
    end

    if not m.had_hooks then
        put('had_hooks', '1')
    end
end


-- the same for those that a host may report among others

function market.check_known(name, given)
    if SETTINGS[name] then
        market.check(name, given)
    end
end


-- An operator has confirmed that everything is back: certain after one more pass,
-- because some records may not be taken in yet.

function market.confirm(m)
    local meta = m.prefix .. keys.meta

    if m.sync == 'restore' then
        redis.call('HSET', meta, 'sync', 'running')
    end

    redis.call('HSET', meta, 'confirmed', 1)
    redis.call('HDEL', meta, 'restore', 'pass')

    if m.lost > 0 then
        redis.call('HDEL', meta, 'numbers')
    end
end


function market.check(name, given)
    local check = SETTINGS[name]

    if not check then
        failure.raise('unknown setting ' .. failure.name(name or ''))
    end

    local right, flaw = check(given or '')

    if not right then
        failure.raise(name .. ' ' .. flaw)
    end

    return given
end
