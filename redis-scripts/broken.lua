
-- Clients and groups with a broken helper key (contract, B27): their changes and
-- hooks stop until somebody has repaired it, those of others go on.  `broken`
-- has them for the status, "<helper key> <key>", with the time of the last check.

local broken = {}

local BROKEN_MAX = 1000


function broken.note(prefix, name, key)
    local set = prefix .. keys.broken
    local n = redis.pcall('ZCARD', set)

    if type(n) == 'number' and n < BROKEN_MAX then
        redis.pcall('ZADD', set, 'NX', number.print_integer(market.time()),
                    name .. ' ' .. key)
    end
end


-- Keys of the whole market, each with a command that reads it.  `meta` and
-- `lease` are not among them: without these nothing works at all.

local MARKET = {
    { 'XLEN', 'outbox' }, { 'XLEN', 'dead' }, { 'ZCARD', 'retry' },
    { 'HLEN', 'held' }, { 'ZCARD', 'clients' }, { 'ZCARD', 'groups' },
    { 'ZCARD', 'incomplete' }, { 'ZCARD', 'incomplete_groups' },
    { 'ZCARD', 'found' }, { 'ZCARD', 'gone' }, { 'ZCARD', 'left' },
    { 'HLEN', 'deletions' },
    { 'XLEN', 'registered' }, { 'LLEN', 'cards' }, { 'GET', 'seq:id' },
    { 'GET', 'seq:position' }, { 'GET', 'seq:card' }, { 'HLEN', 'canary' },
    { 'ZCARD', 'broken' }, { 'HLEN', 'hosts' }, { 'LLEN', 'unfit' },
    { 'HLEN', 'refused' }, { 'ZCARD', 'forget' },
}


-- the names of those that are broken

function broken.of_market(prefix)
    local names = {}

    for _, key in ipairs(MARKET) do
        if keys.try(prefix, key[1], key[2]) == nil then
            names[#names + 1] = key[2]
        end
    end

    return names
end


-- the number of broken keys of clients and groups, up to 1000, and of the market

function broken.count(prefix)
    return (keys.try(prefix, 'ZCARD', keys.broken) or 0)
           + #broken.of_market(prefix)
end


-- Calls a handler for one client or group: returns true and its result, or false
-- and the error it raised, if that is about a broken key of this client or group
-- alone.  Nothing may have been written then.

function broken.try(prefix, key, handler, ...)
    local done, reply = pcall(handler, ...)

    if done then
        return true, reply
    end

    if type(reply) ~= 'table' or not reply.own then
        error(reply, 0)
    end

    broken.note(prefix, reply.own, key)

    return false, reply
end
