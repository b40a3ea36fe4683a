
-- The guard: many deletions at once (contract, B17).  `deletions` counts those
-- announced, one field for five minutes.  If those of the last hour would exceed a
-- share of the clients, and 20, further ones wait in `gone`: key -> round.  The
-- rounds up to `released` of `meta` were confirmed by an operator.

local guard = {}

local LEAST = 20
local SPAN = 300000
local HOUR = 3600000


local function key_of(c)
    return c.kind.prefix .. c.id
end


-- the round of a record whose deletion waits, or nil

local function round(c)
    local m = c.market

    -- if it is broken no deletion waits, and none can: see below

    m.gone = m.gone or keys.try(c.prefix, 'ZCARD', keys.gone) or 0

    local stored = m.gone > 0 and keys.read(c.prefix, 'ZSCORE', keys.gone,
                                            key_of(c))

    return stored and tonumber(stored)
end


-- reads the deletions of the last hour and the limit, or raises an error

local function guard_load(m)
    if m.deleted then
        return
    end

    local stored = keys.read(m.prefix, 'HGETALL', keys.deletions)
    local clients = keys.read(m.prefix, 'ZCARD', keys.clients)
    local now = market.time()
    local first = math.floor((now - HOUR) / SPAN)

    m.deleted, m.span, m.past, m.ahead = 0, math.floor(now / SPAN), {}, 0

    for i = 1, #stored, 2 do
        local span, n = tonumber(stored[i]) or 0, tonumber(stored[i + 1]) or 0

        if span >= first then
            m.deleted = m.deleted + n
        end

        -- the clock was set back

        if span > m.span then
            m.ahead = m.ahead + n
        end

        if span < first or span > m.span then
            m.past[#m.past + 1] = stored[i]
        end
    end

    m.limit = math.max(LEAST, math.floor((clients + m.deleted)
                                         * m.delete_guard / 100))
end


-- Those of before are forgotten; those that are ahead of the clock count as of now, else
-- they would count until it is there.

local function guard_tidy(c)
    local m, key = c.market, c.prefix .. keys.deletions

    if #m.past > 0 then
        change.write(c, 'HDEL', key, unpack(m.past))
    end

    if m.ahead > 0 then
        change.write(c, 'HINCRBY', key, m.span, number.print_integer(m.ahead))
    end

    m.past, m.ahead = {}, 0
end


-- The round that releases all that wait: the next one, unless `released` was
-- overwritten, and some wait for a later one.

function guard.last_round(m)
    local last = keys.read(m.prefix, 'ZRANGE', keys.gone, -1, -1, 'WITHSCORES')

    return math.max(m.released + 1, tonumber(last[2]) or 0)
end


-- the number of deletions that wait to be confirmed

function guard.waiting(m)
    return keys.try(m.prefix, 'ZCOUNT', keys.gone, '(' .. m.released, '+inf')
           or 0
end


-- the same with what this call has not written yet: so many more wait by now

local function guard_count(m, more)
    m.waits = (m.waits or guard.waiting(m)) + more

    return m.waits
end


-- A record could not be settled, and nothing of it was written: what was noted for it,
-- also of its number, is read again for the next one.

function guard.undo(m)
    m.guard = keys.try(m.prefix, 'HGET', keys.meta, 'guard')
    m.gone, m.deleted, m.waits, m.ids = false, nil, nil, nil
end


-- Must the deletion of this record wait?  If not it is counted, unless it was
-- confirmed.

function guard.holds(c)
    local m, waits = c.market, round(c)

    keys.read(c.prefix, 'ZCARD', keys.gone)

    c.confirmed = waits and waits <= m.released

    if c.confirmed then
        return false
    end

    if not m.guard then
        guard_load(m)

        if m.deleted < m.limit then
            return false
        end

        guard_tidy(c)
        m.guard = number.print_integer(market.time())
        change.write(c, 'HSET', c.prefix .. keys.meta, 'guard', m.guard)
    end

    if not waits then
        m.gone = 1
        guard_count(m, 1)
        change.write(c, 'ZADD', c.prefix .. keys.gone, m.released + 1,
                     key_of(c))
    end

    return true
end


-- may one more deletion be announced?

function guard.has_room(m)
    if m.guard then
        return false
    end

    guard_load(m)

    return m.deleted < m.limit
end


function guard.count(c)
    local m = c.market

    if c.confirmed then
        return
    end

    m.deleted = m.deleted + 1
    change.write(c, 'HINCRBY', c.prefix .. keys.deletions, m.span, 1)
    guard_tidy(c)
end


-- A record exists again, or its deletion is announced.  When none waits any more
-- the guard opens.  His shadow may have been lost meanwhile.

function guard.leave(c)
    local m, waits = c.market, round(c)

    if not waits then
        return
    end

    change.write(c, 'ZREM', c.prefix .. keys.gone, key_of(c))

    if waits > m.released and guard_count(m, -1) == 0 and m.guard then
        m.guard = false
        change.write(c, 'HDEL', c.prefix .. keys.meta, 'guard')
    end
end


-- keys whose deletion was confirmed and is not announced yet

function guard.confirmed(m, most)
    if m.released == 0 then
        return {}
    end

    return keys.try(m.prefix, 'ZRANGEBYSCORE', keys.gone, '-inf', m.released,
                    'LIMIT', 0, most) or {}
end


function guard.confirmed_count(m)
    return keys.try(m.prefix, 'ZCOUNT', keys.gone, '-inf', m.released) or 0
end
