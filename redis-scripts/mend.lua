
-- Those of `broken` whose key was mended go on by themselves.

local MEND_MAX = 10


-- what holds the hooks of one key is a list, all else that one client or group
-- has in common with others is a hash

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


-- looks at some, those first that were not looked at for the longest time

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

            mended = mended + (called and done and 1 or 0)
        end
    end

    return mended
end


-- Where nothing is on hold nothing is counted: what was lost before `held` was
-- there, or with it.

local function mend_held(m)
    local held = keys.read(m.prefix, 'HGET', keys.meta, 'held') or '0'

    -- below 0, too: of no account to market.read()

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
-- mended: how many clients and groups go on, from now on; count: how many are
-- still held by a helper key of a wrong type, one of these keys (its name before
-- the colon) and whose it is; names of keys of the market that are of a wrong
-- type.

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
