
-- What the functions know of a market: its settings and the state of the
-- first sync and of the guard, all in the hash `meta`.

local market = {}


-- Redis' own clock, milliseconds

function market.time()
    local now = redis.call('TIME')

    return tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
end


-- nobody has told the settings since the keyspace is empty

function market.is_new(prefix)
    return not keys.read(prefix, 'HGET', keys.meta, 'sync')
end
