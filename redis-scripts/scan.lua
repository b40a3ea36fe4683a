
-- polycard_sweep_scan: finds clients and groups that no index knows.  They go
-- into `found`, a sorted set, and are taken in from there by later calls: a
-- step of SCAN cannot be cut short, and those found together are taken in by
-- the order of their ids, or of their phones where they have none.  Lists of
-- hooks that `retry` does not know, because it was lost, are due again.
--
-- The first pass is the first sync (contract, B18): it takes in when all keys
-- were seen, so that a million clients stand in the order of their ids.  So do
-- the passes while what was lost comes back.

local REST = 'rest'


-- the place in `found`: groups first, as clients refer to them

local function scan_place(prefix, key)
    local kind, id = record.of(key)

    if kind == GROUP then
        return '-1'
    end

    local stored = redis.pcall('HGET', prefix .. kind.key .. id, 'id')

    return type(stored) == 'string' and number.parse_integer(stored)
           and stored or id
end


local function scan_key(name)
    local phone = name:match('^client:(380%d+)$')

    if phone and #phone == 12 then
        return phone, CLIENT
    end

    local id = name:match('^group:(%d+)$')

    if id and number.parse_integer(id) then
        return name, GROUP, id
    end
end


-- the key whose hooks on hold a list has

local function scan_list(name)
    local key = name:match('^retry:(.*)$')
    local kind, id = record.of(key or '')

    if key and value.check(kind.identity.type, id) then
        return key
    end
end


-- those of these members that the index does not hold

local function scan_unknown(prefix, index, members, list, found)
    if #members == 0 then
        return
    end

    local scores = keys.read(prefix, 'ZMSCORE', index, unpack(members))

    for i = 1, #members do
        if not scores[i] then
            found[#found + 1] = list[i]
        end
    end
end


local function scan_step(s, prefix, cursor, count)
    local pattern = prefix:gsub('[%*%?%[%]\\]', '\\%0') .. '[cgr]*'
    local reply = redis.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', count)
    local clients, groups, groups_keys, lists, found = {}, {}, {}, {}, {}

    for _, name in ipairs(reply[2]) do
        local key, kind, id = scan_key(name:sub(#prefix + 1))

        if kind == CLIENT then
            clients[#clients + 1] = key
        elseif kind == GROUP then
            groups[#groups + 1] = id
            groups_keys[#groups_keys + 1] = key
        else
            lists[#lists + 1] = scan_list(name:sub(#prefix + 1))
        end
    end

    hold.again(prefix, lists)

    s.seen = #clients + #groups
    scan_unknown(prefix, keys.groups, groups, groups_keys, found)
    scan_unknown(prefix, keys.clients, clients, clients, found)

    local add = { 'ZADD', prefix .. keys.found }

    for _, key in ipairs(found) do
        add[#add + 1] = scan_place(prefix, key)
        add[#add + 1] = key
    end

    keys.read(prefix, 'ZCARD', keys.found)

    if #found > 0 then
        redis.call(unpack(add))
    end

    return reply[1]
end


-- takes in some of those found; returns whether there are more

local function scan_take(s, prefix)
    local list = keys.read(prefix, 'ZRANGE', keys.found, 0, TAKE_MAX)
    local last = #list <= TAKE_MAX

    list[TAKE_MAX + 1] = nil

    for _, key in ipairs(list) do
        sweep_record(s, record.of(key))
    end

    if #list > 0 then
        redis.call('ZREM', prefix .. keys.found, unpack(list))
        keys.shrink(prefix .. keys.found, #list)
    end

    return not last
end


-- The first sync is over when one holder has gone through all of a pass; after
-- a loss when what was lost is back as well.  What an operator has confirmed is
-- certain then.

local function scan_sync(m, fence, cursor, next)
    if not market.is_syncing(m) and not m.confirmed then
        return
    end

    if cursor == '0' then
        m.pass = fence
        redis.call('HSET', m.prefix .. keys.meta, 'pass', fence)
    end

    if next ~= '0' or m.pass ~= fence then
        return
    end

    if m.sync == 'running' or m.sync == 'restore' and market.is_restored(m)
    then
        redis.call('HSET', m.prefix .. keys.meta, 'sync', 'done')
        redis.call('HDEL', m.prefix .. keys.meta, 'pass', 'restore')
    end

    if m.confirmed then
        redis.call('HDEL', m.prefix .. keys.meta, 'pass', 'lost', 'confirmed')
    end
end


-- FCALL polycard_sweep_scan 1 <prefix> <fence> <cursor> <count>
--
-- One step of SCAN with this count (up to 100; the first sync takes half of
-- it), or some of those found.

register_fenced('sweep_scan', function(prefix, arguments, fence)
    local cursor = arguments[1] or ''
    local count = argument.count('count', arguments[2], SCAN_MAX)
    local m = market.read(prefix)
    local s, next = sweep_open(m), cursor

    if cursor ~= REST and not cursor:find('^%d+$') then
        failure.raise('cursor must be one that a call has returned')
    end

    if cursor == REST then
        next = scan_take(s, prefix) and REST or '0'

    elseif not market.is_syncing(m)
           and keys.read(prefix, 'ZCARD', keys.found) > 0
    then
        scan_take(s, prefix)

    else
        -- in the first sync nearly all are new, and each takes longer

        if market.is_syncing(m) then
            count = math.ceil(count / 2)
        end

        next = scan_step(s, prefix, cursor, math.max(count, 1))

        if next == '0' and keys.read(prefix, 'ZCARD', keys.found) > 0 then
            next = REST
        end
    end

    scan_sync(m, fence, cursor, next)

    return sweep_reply(s, next)
end)
