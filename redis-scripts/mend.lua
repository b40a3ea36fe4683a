
-- Clients and groups of `broken` whose key was repaired resume.

local MEND_MAX = 10


-- a helper key with the hooks of one key is a list, all others that belong to one
-- client or group, or are shared by some, are hashes

local function mend_is_whole(prefix, name)
    local command = name:find('^retry:') and 'LLEN' or 'HLEN'

    return keys.try(prefix, command, name) ~= nil
end


local function mend(m, name, key)
    local kind, id = record.of(key)

    redis.call('ZREM', m.prefix .. keys.broken, name .. ' ' .. key)

    if name:find('^retry:') then
        if keys.try(m.prefix, 'ZSCORE', keys.retry, key) then
            redis.call('ZADD', m.prefix .. keys.retry,
                       number.print_integer(market.time()), key)
        end

        return 0
    end

    return settle(change.open(m.prefix, kind, id, m))
end


-- checks some, first those that were not checked for the longest time

local function mend_some(m)
    local list = keys.try(m.prefix, 'ZRANGE', keys.broken, 0, MEND_MAX - 1)
    local now, mended = number.print_integer(market.time()), 0

    for _, member in ipairs(list or {}) do
        local name, key = member:match('^(%S+) (%S+)$')

        if not name then
            redis.call('ZREM', m.prefix .. keys.broken, member)

        elseif not mend_is_whole(m.prefix, name) then
            redis.call('ZADD', m.prefix .. keys.broken, now, member)

        else
            local called, done = pcall(broken.try, m.prefix, key, mend, m,
                                       name, key)

            if called and done then
                mended = mended + 1
            else
                guard.undo(m)
            end
        end
    end

    return mended
end


-- If nothing is on hold the count is reset: hooks may have been lost before `held`
-- existed, or with it.

local function mend_held(m)
    local held = keys.read(m.prefix, 'HGET', keys.meta, 'held') or '0'

    -- also below 0, which market.read() does not show

    if held ~= '0' and keys.try(m.prefix, 'ZCARD', keys.retry) == 0
       and keys.try(m.prefix, 'HLEN', keys.counted) == 0
    then
        redis.call('HSET', m.prefix .. keys.meta, 'held', 0)
    end
end


-- FCALL polycard_broken 1 <prefix> <fence>
--
--   [mended, count, helper key, key, name, ...]
--
-- mended: how many clients and groups resume now; count: how many are
-- still stopped by a broken helper key, one of these keys (its name up to
-- the colon) and whose it is; names of broken keys of the market.

register_fenced('broken', function(prefix)
    local m = market.read(prefix)
    local reply = { mend_some(m), 0, '', '' }
    local one = keys.try(prefix, 'ZRANGE', keys.broken, 0, 0)

    mend_held(m)

    if one and one[1] then
        local name, key = one[1]:match('^(%l+)%S* (%S+)$')

        reply[2] = redis.call('ZCARD', prefix .. keys.broken)
        reply[3], reply[4] = name or '', key or ''
    end

    for _, name in ipairs(broken.of_market(prefix)) do
        reply[#reply + 1] = name
    end

    return reply
end, SENDING)
