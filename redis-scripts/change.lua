
-- A change in progress: what was read of a record, and the writes that follow.
-- Nothing is written before change.commit(), and nothing is read after it.

local change = {}


-- m, position: the settings and the place in the index, if the caller has them

function change.open(prefix, kind, id, m, position)
    local key = prefix .. kind.key .. id
    local shadow = kind.shadow(id)
    local values, stored_id = record.read(key, kind)

    return {
        prefix = prefix,
        market = m or market.read(prefix),
        kind = kind,
        id = id,
        key = key,
        values = values,
        number = stored_id, -- the market's number of a client, or false
        normal = {},        -- positions of values known to be in normal form
        shadow_key = prefix .. shadow,
        shadow = keys.read(prefix, 'HGET', shadow, id),
        position = position
                   or keys.read(prefix, 'ZSCORE', kind.index, id),
        entries = {},       -- what was read of the index of card numbers
        writes = {},
        hooks = 0,
    }
end


-- the same for a function that needs a hash

function change.open_hash(prefix, kind, id)
    local c = change.open(prefix, kind, id)

    if not c.values then
        failure.raise('the record of this ' .. kind.of .. ' is not a hash')
    end

    return c
end


function change.write(c, ...)
    c.writes[#c.writes + 1] = { ... }
end


-- will the key exist after the writes?

function change.exists(c)
    if c.exists == nil then
        c.exists = redis.call('EXISTS', c.key) == 1
    end

    return c.exists
end


-- Sets the given fields (false: removes them; for a card number this closes the
-- card, which leaves an empty one behind).  Returns how many fields there
-- were and how many there will be, not counting an empty card number.

function change.set(c, given)
    local kind = c.kind
    local old = c.exists == false and 0 or redis.call('HLEN', c.key)
    local new, set, removed = old, { 'HSET', c.key }, { 'HDEL', c.key }

    local function field(name, now, before)
        if now and now ~= before then
            set[#set + 1] = name
            set[#set + 1] = now
            new = new + (before and 0 or 1)

        elseif before and not now then
            removed[#removed + 1] = name
            new = new - 1
        end
    end

    -- A capture does not know, and after a loss nothing does, that this client
    -- did not exist before

    if not c.shadow and c.market.sync ~= 'restore'
       and market.is_seeding(c.market)
    then
        c.fresh = not record.whole(c)
    end

    c.closed = kind == CLIENT and given.barcode == false

    if given.id ~= nil then
        field('id', given.id, c.number)
        c.number = given.id
    end

    for i = 1, kind.n do
        local now = given[kind.fields[i]]

        if c.closed and i == kind.barcode and c.values[i] then
            field(kind.fields[i], '', c.values[i])
            c.values[i], c.normal[i] = '', nil

        elseif now ~= nil then
            field(kind.fields[i], now, c.values[i])
            c.values[i], c.normal[i] = now, true
        end
    end

    if #set > 2 then
        c.writes[#c.writes + 1] = set
    end

    if #removed > 2 then
        c.writes[#c.writes + 1] = removed
    end

    c.exists = new > 0

    if kind == CLIENT and c.values[kind.barcode] == '' then
        new = new - 1
    end

    return old, new
end


-- Redis checks the caller's rights write by write: checked here before the first
-- one, so that no change stops half-way.

local function change_may(writes)
    local asked = {}

    for i = 1, #writes do
        local command, key = writes[i][1], writes[i][2]

        if not asked[command] then
            failure.need_command(command, key)
            asked[command] = true
        end
    end
end


function change.commit(c)
    change_may(c.writes)

    for i = 1, #c.writes do
        local write = c.writes[i]

        redis.call(unpack(write))

        if write[1] == 'ZREM' then
            keys.shrink(write[2], 1)
        end
    end

    return c.hooks
end
