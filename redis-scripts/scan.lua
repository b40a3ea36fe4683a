
-- polycard_sweep_scan: finds clients and groups that are in no index.  They are put
-- into `found`, a sorted set, and taken in from there by later calls: a
-- step of SCAN cannot be interrupted, and those found together are taken in in
-- the order of their ids, or of their phones if they have none.  Their ids and
-- card numbers are noted at once.  Lists of hooks that `retry` lacks,
-- because it was lost, are due again.
--
-- The first pass is the first sync (contract, B18): it takes clients in when all keys
-- were seen, so that a million clients are in the order of their ids; from that
-- moment on it is known which numbers are in use.  The same holds for the passes
-- after a loss.

local REST = 'rest'

-- so many that are found count for one reading of the clock, where these are counted

local FOUND = 4


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


-- the key whose hooks on hold are in this list

local function scan_list(name)
    local key = name:match('^retry:(.*)$')
    local kind, id = record.of(key or '')

    if key and value.check(kind.identity.type, id) then
        return key
    end
end


-- the members that are not in the index

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


-- A client that is not taken in yet: notes id and card number, and returns the
-- place in `found`.

local function scan_client(s, phone)
    local prefix = s.market.prefix
    local stored = redis.pcall('HMGET', prefix .. CLIENT.key .. phone, 'id',
                               'barcode')
    local id = not stored.err and stored[1]
               and number.parse_integer(stored[1])
    local code = not stored.err and stored[2]
                 and value.stored('card', stored[2])

    if id and id < number.ID_HIGH then
        s.ids = math.max(s.ids or 0, id)
    end

    if code and code ~= '' then
        redis.pcall('HSETNX', prefix .. keys.barcodes(code), code, phone)
        s.top = range.top(s.market, code) or s.top
    end

    return id and stored[1] or phone
end


-- writes the greatest of the numbers that were seen

local function scan_numbers(s)
    local prefix = s.market.prefix

    if s.ids then
        local done, ids = pcall(keys.counter, prefix, keys.client_id)

        if done and s.ids > ids then
            redis.call('SET', prefix .. keys.client_id,
                       number.print_integer(s.ids))
        end
    end

    if s.top then
        redis.call('HSET', prefix .. keys.meta, 'top', s.top)
    end
end


local function scan_step(s, prefix, cursor, count)
    local reply = redis.call('SCAN', cursor, 'MATCH', s.pattern, 'COUNT', count)
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

    s.seen = s.seen + #clients + #groups
    scan_unknown(prefix, keys.groups, groups, groups_keys, found)

    local n = #found

    scan_unknown(prefix, keys.clients, clients, clients, found)

    local add = { 'ZADD', prefix .. keys.found }

    -- groups first, as clients refer to them

    for i, key in ipairs(found) do
        add[#add + 1] = i <= n and '-1' or scan_client(s, key)
        add[#add + 1] = key
    end

    if #found > 0 then
        redis.call(unpack(add))
        s.took(math.ceil(#found / FOUND))
    end

    return reply[1]
end


-- Steps of SCAN through `count` keys, or as many as there is time for.

local function scan_steps(s, prefix, cursor, count)
    local keys_left = count

    s.pattern = prefix:gsub('[%*%?%[%]\\]', '\\%0') .. '[cgr]*'
    keys.read(prefix, 'ZCARD', keys.found)

    repeat
        local step = math.min(keys_left, SWEEP_STEP)

        cursor = scan_step(s, prefix, cursor, step)
        keys_left = keys_left - step
    until cursor == '0' or keys_left <= 0 or sweep_is_over(s)

    scan_numbers(s)

    return cursor
end


-- takes in some of those found; returns whether there are more

local function scan_take(s, prefix)
    local more

    repeat
        local list = keys.read(prefix, 'ZRANGE', keys.found, 0, TAKE_STEP)

        more = #list > TAKE_STEP
        list[TAKE_STEP + 1] = nil

        for _, key in ipairs(list) do
            sweep_record(s, record.of(key))
        end

        if #list > 0 then
            redis.call('ZREM', prefix .. keys.found, unpack(list))
            keys.shrink(prefix .. keys.found, #list)
        end
    until not more or sweep_is_over(s)

    return more
end


-- A pass that something waits for is in `meta` with its cursor, so that the next
-- holder of the lease continues there: "<history> <cursor>".  In another history
-- the keys are in another order, and it begins again; also if Redis does not
-- report the history and there is another holder.

local function scan_resume(m, fence, cursor)
    local history = market.history()

    m.place = (history ~= '' and history or 'fence-' .. fence) .. ' '

    local stored = (m.pass or ''):sub(1, #m.place) == m.place
                   and m.pass:sub(#m.place + 1)

    -- one that no call has returned was written by hand

    if stored and stored ~= REST and not stored:find('^%d+$') then
        stored = false
    end

    -- not this one, which began before something waited for it

    if cursor ~= '0' and cursor ~= stored then
        m.place = nil
    end

    return cursor == '0' and stored or cursor
end


-- All keys were seen: it is known which numbers are in use, and the operator's
-- confirmation takes effect.

local function scan_all_seen(m)
    local meta = m.prefix .. keys.meta

    m.numbers = true
    redis.call('HSET', meta, 'numbers', 1)
    range.over(m)

    if m.confirmed then
        m.confirmed, m.lost = false, 0
        redis.call('HDEL', meta, 'lost', 'confirmed')
    end
end


-- The first sync is over when a pass is complete; after a loss when in addition the
-- lost records are back.

local function scan_over(m)
    local meta = m.prefix .. keys.meta

    m.pass = false
    redis.call('HDEL', meta, 'pass')

    if m.sync == 'running' or m.sync == 'restore' and market.is_restored(m)
    then
        m.sync = 'done'
        redis.call('HSET', meta, 'sync', 'done')
        redis.call('HDEL', meta, 'restore')
        left.over(m)
    end
end


-- FCALL polycard_sweep_scan 1 <prefix> <fence> <cursor> <count>
--
-- Steps of SCAN through `count` keys (up to 1000), or some of those found.  A
-- pass that was begun by an earlier holder, and that something waits for, continues
-- where it was: "0" does not begin it again then.

register_fenced('sweep_scan', function(prefix, arguments, fence)
    local cursor = arguments[1] or ''
    local count = argument.count('count', arguments[2], SWEEP_MAX, 1)
    local m = market.read(prefix)
    local s = sweep_open(m)
    local awaited = market.is_syncing(m) or m.confirmed

    if cursor ~= REST and not cursor:find('^%d+$') then
        failure.raise('cursor must be one that a call has returned')
    end

    if awaited then
        cursor = scan_resume(m, fence, cursor)
    end

    local next = cursor

    if awaited and cursor == '0' then
        range.begin(m)
    end

    if cursor == REST then
        next = scan_take(s, prefix) and REST or '0'

    elseif not market.is_syncing(m)
           and keys.read(prefix, 'ZCARD', keys.found) > 0
    then
        scan_take(s, prefix)

    else
        next = scan_steps(s, prefix, cursor, count)

        if next == '0' then
            if m.place then
                scan_all_seen(m)
            end

            if keys.read(prefix, 'ZCARD', keys.found) > 0 then
                next = REST
            end
        end
    end

    if m.place and next == '0' then
        scan_over(m)
    elseif m.place then
        redis.call('HSET', prefix .. keys.meta, 'pass', m.place .. next)
    end

    return sweep_reply(s, next)
end)
