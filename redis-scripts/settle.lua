
-- Brings index, barcode index, shadow and outbox into line with a record: the
-- last thing that every function does, in the same atomic step as its own
-- writes.  A record that is not whole is not announced; one that was announced
-- and broke later stays as last announced, until it is whole again or gone
-- (contract, B21).


-- the values as last announced, nil if they never were

local function settle_shadow(c)
    local known, before = pcall(cjson.decode, c.shadow or '')

    if not known or type(before) ~= 'table' then
        return nil
    end

    for i = 1, c.kind.n do
        if type(before[i]) ~= 'string' then
            before[i] = false
        end
    end

    return before
end


local function settle_index(c)
    if c.position then
        return
    end

    local position = c.id

    if c.kind == CLIENT then
        position = keys.next_of(c.prefix, keys.position)
        change.write(c, 'INCR', c.prefix .. keys.position)
    end

    change.write(c, 'ZADD', c.prefix .. c.kind.index, position, c.id)
end


local function settle_announce(c, before, now)
    local encoded = cjson.encode(now)

    if encoded == c.shadow then
        return
    end

    change.write(c, 'HSET', c.shadow_key, c.id, encoded)

    if not outbox.open(c) then
        return
    end

    if before then
        outbox.changed(c, before, now)
    else
        outbox.added(c, now)
    end
end


local function settle_whole(c, before, now)
    settle_index(c)

    if c.kind == CLIENT then
        barcode.move(c, before and before[CLIENT.barcode],
                     now[CLIENT.barcode])
    end

    if now ~= before then
        settle_announce(c, before, now)
    end
end


local function settle_gone(c, before)
    if c.position then
        change.write(c, 'ZREM', c.prefix .. c.kind.index, c.id)
    end

    if c.shadow then
        change.write(c, 'HDEL', c.shadow_key, c.id)
    end

    if c.kind == CLIENT then
        local added = keys.added(c.id)

        if keys.read(c.prefix, 'HEXISTS', added, c.id) == 1 then
            change.write(c, 'HDEL', c.prefix .. added, c.id)
        end

        if before then
            barcode.move(c, before[CLIENT.barcode], false)
        end
    end

    if before and outbox.open(c) then
        outbox.deleted(c, before)
    end
end


-- Adds what follows from a change and writes it all; returns how many hooks.
-- Most often nothing has changed: one comparison of texts tells so.

local function settle(c)
    if c.values and c.shadow and cjson.encode(c.values) == c.shadow then
        settle_whole(c, c.values, c.values)

        return change.commit(c)
    end

    local before = settle_shadow(c)
    local now = c.values and record.whole(c, before)

    if now then
        settle_whole(c, before, now)

    elseif not change.exists(c) then
        settle_gone(c, before)
    end

    return change.commit(c)
end


-- deletes a record; 1, or 0 where there was none

local function settle_delete(prefix, kind, arguments)
    local c = change.open(prefix, kind, record.identity(arguments, kind, 1))
    local existed = change.exists(c)

    if existed then
        change.write(c, 'DEL', c.key)
    end

    c.values, c.exists = nil, false
    settle(c)

    return existed and 1 or 0
end
