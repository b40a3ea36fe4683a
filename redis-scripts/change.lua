
-- A change in progress: what was read of a record, and the writes that follow.
-- Nothing is written before change.commit(), and nothing is read after it.

local change = {}


-- m, position: the settings and the place in the index, if the caller has them.
-- More than 16 fields, those of later included, would take a table twice as large:
--
--   normal    positions of values known to be in normal form, nil: none
--   hooks     how many hooks there are among the writes, nil: none
--   closed    a card is closed on purpose
--   encoded   the values, as a shadow has them
--   same      nothing has changed since they were taken in
--   known     what counts as announced when all is written
--   bad, unread    the record is not whole, or a value cannot be read

function change.open(prefix, kind, id, m, position)
    local key, shadow = prefix .. kind.key .. id, kind.shadow(id)
    local batch = m and m.batch
    local told = redis.pcall('HGET', prefix .. shadow, id)
    local values, stored_id, exists

    if told and told.err then
        keys.failed(shadow, told)
    end

    if batch and position == nil then
        position = batch.found[id]
    end

    if position == nil then
        position = keys.read(prefix, 'ZSCORE', kind.index, id)
    end

    if not told and m and (batch or m.adds)
       and (batch and batch.new or redis.pcall('HLEN', key) == 0)
    then
        values, stored_id, exists = record.none(kind), false, false
    else
        values, stored_id = record.read(key, kind)
    end

    return {
        prefix = prefix,
        market = m or market.open(prefix),
        kind = kind,
        id = id,
        key = key,
        values = values,
        number = stored_id, -- the market's number of a client, or false
        shadow = told,
        exists = exists,
        position = position,
        entries = batch and batch.entries or {},    -- what was read of the index
                                                    -- of card numbers
        writes = batch and batch.writes or {},
    }
end


-- the same for a function that needs a hash

function change.need_hash(c)
    if not c.values then
        failure.raise('the record of this ' .. c.kind.of .. ' is not a hash')
    end

    return c
end


function change.open_hash(prefix, kind, id, m)
    return change.need_hash(change.open(prefix, kind, id, m))
end


function change.write(c, ...)
    c.writes[#c.writes + 1] = { ... }
end


-- will the key exist after the writes?

function change.exists(c)
    if c.exists == nil and c.values then
        for i = 1, c.kind.n do
            if c.values[i] then
                c.exists = true
                break
            end
        end
    end

    if c.exists == nil then
        c.exists = redis.call('EXISTS', c.key) == 1
    end

    return c.exists
end


-- where there is no record: a shorter way, as imports are of new clients first

local function change_create(c, given)
    local values, stored = c.values, c.kind.stored
    local set, n = { 'HSET', c.key }, 2

    for i = 1, #stored do
        local now = given[stored[i]]

        if now then
            set[n + 1], set[n + 2], n = stored[i], now, n + 2
            values[i] = now
        end
    end

    c.number, values[c.kind.n + 1] = given.id or false, nil
    c.normal, c.exists = c.kind.all, n > 2

    if c.exists then
        c.writes[#c.writes + 1] = set
    end

    return (n - 2) / 2
end


-- Sets the given fields (false: removes them; for a card number this closes the
-- card, which leaves an empty one behind).  Returns how many fields there
-- were and how many there will be, not counting an empty card number.

function change.set(c, given)
    local kind, values, stored = c.kind, c.values, c.kind.stored

    -- A capture does not know, and after a loss nothing does, that this client
    -- did not exist before

    if not c.shadow and c.market.sync ~= 'restore'
       and market.is_seeding(c.market)
    then
        c.fresh = c.exists == false or not record.whole(c)
    end

    if kind == CLIENT and given.barcode == false then
        c.closed = true
    end

    c.encoded = nil

    if c.exists == false then
        return 0, change_create(c, given)
    end

    local old, new, normal = 0, 0, {}
    local set, removed = { 'HSET', c.key }, nil

    c.normal = normal

    values[kind.n + 1] = c.number

    for i = 1, #stored do
        local name, before = stored[i], values[i]
        local now = given[name]

        if before then
            old = old + 1
        end

        if now == nil then
            now = before

        else
            if not now and before and c.closed and i == kind.barcode then
                now = ''
            end

            if now and now ~= before then
                local n = #set

                set[n + 1], set[n + 2] = name, now

            elseif before and not now then
                removed = removed or { 'HDEL', c.key }
                removed[#removed + 1] = name
            end

            values[i], normal[i] = now, now ~= '' or nil
        end

        if now then
            new = new + 1
        end
    end

    -- fields of the market's own count where there are no others

    if old == 0 or new == 0 then
        local others = redis.call('HLEN', c.key) - old

        old, new = old + others, new + others
    end

    c.number, values[kind.n + 1] = values[kind.n + 1], nil

    if #set > 2 then
        c.writes[#c.writes + 1] = set
    end

    if removed then
        c.writes[#c.writes + 1] = removed
    end

    c.exists = new > 0

    if kind == CLIENT and values[kind.barcode] == '' then
        new = new - 1
    end

    return old, new
end


-- Redis checks the caller's rights write by write: checked here before the first
-- one, so that no change stops half-way.

local function change_may(writes, asked)
    for i = 1, #writes do
        local command = writes[i][1]

        if not asked[command] then
            failure.need_command(writes[i])
            asked[command] = true
        end
    end
end


-- Returns the last one's reply.  asked: the commands that this call has asked for; m:
-- of the market whose hooks are among the writes.

function change.run(writes, asked, m)
    local reply

    if #writes == 0 then
        return nil
    end

    change_may(writes, asked or {})

    for i = 1, #writes do
        local write = writes[i]
        local command = write[1]

        if command == 'XADD' and write[3] == hook_id.NEW then
            reply = hook_id.add(write, m)
        else
            reply = redis.call(unpack(write))
        end

        if command == 'ZREM' then
            keys.shrink(write[2], 1)
        end
    end

    return reply
end


-- asked: what change.may_all() returned

function change.commit(c, asked)
    local m = c.market

    m.asked = asked or m.asked or {}
    change.run(c.writes, m.asked, m)

    return c.hooks or 0
end


-- May several changes be written, all of them?  Asked before the first one is.
-- Returns the commands that were asked for.

function change.may_all(list)
    local asked = {}

    for _, c in ipairs(list) do
        change_may(c.writes, asked)
    end

    return asked
end


-- two changes that are one, or none

function change.commit_both(first, second)
    local asked = change.may_all({ first, second })

    change.commit(first, asked)
    change.commit(second, asked)
end
