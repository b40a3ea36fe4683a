
-- What the functions know of a market: its settings and the state of the
-- first sync and of the guard, all in the hash `meta`.

local market = {}

local GUARD_DEFAULT = 10
local OUTBOX_DEFAULT = 1000000

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

    initial_sync = function(given)
        return given == 'seed' or given == 'announce',
               'must be seed or announce'
    end,
}


-- Redis' own clock, microseconds

function market.clock()
    local now = redis.call('TIME')

    return tonumber(now[1]) * 1000000 + tonumber(now[2])
end


-- milliseconds, as in all that is stored

function market.time()
    return math.floor(market.clock() / 1000)
end


local function count(stored, default)
    return stored and number.parse_integer(stored) or default
end


-- Read once a call.  sync: "running" (the first one), "done", or false where
-- nobody has told the settings since the keyspace was empty.

function market.read(prefix)
    local stored = keys.read(prefix, 'HMGET', keys.meta, 'hooks', 'sync',
                             'initial_sync', 'delete_guard', 'outbox_max',
                             'guard', 'released', 'held', 'pass',
                             'accepted')

    return {
        prefix = prefix,
        hooks = stored[1] == '1',
        sync = stored[2],
        announce = stored[3] == 'announce',
        delete_guard = count(stored[4], GUARD_DEFAULT),
        outbox_max = count(stored[5], OUTBOX_DEFAULT),
        guard = stored[6],
        released = count(stored[7], 0),
        held = count(stored[8], 0),
        pass = stored[9],
        accepted = count(stored[10], 0),
    }
end


-- do clients that nobody has announced become known without a hook?

function market.is_seeding(m)
    return m.sync == 'running' and not m.announce
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
