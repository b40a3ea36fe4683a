
-- Brings index, barcode index, shadow and outbox into line with a record: the
-- last thing that every function does, in the same atomic step as its own
-- writes.  A record that is not whole is not announced; one that was announced
-- and broke later stays as last announced, until it is whole again or gone
-- (contract, B21).


-- what was last announced, nil if nothing was

local function settle_shadow(c)
    local known, before = pcall(cjson.decode, c.shadow or '')

    if known and type(before) == 'table' then
        return before
    end
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


local function settle_whole(c, now, encoded)
    local changed = encoded ~= c.shadow
    local before = now

    settle_index(c)

    if changed then
        before = settle_shadow(c)
        change.write(c, 'HSET', c.shadow_key, c.id, encoded)
    end

    if c.kind == CLIENT then
        barcode.move(c, before and before[CLIENT.barcode],
                     now[CLIENT.barcode])
    end

    if not changed or not outbox.open(c) then
        return
    end

    if before then
        outbox.changed(c, before, now)
    else
        outbox.added(c, now)
    end
end


local function settle_gone(c)
    local before = settle_shadow(c)

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
    local encoded = c.values and c.shadow and cjson.encode(c.values)
    local now = encoded and encoded == c.shadow and c.values

    if c.values and not now then
        now = record.whole(c)
        encoded = now and cjson.encode(now)
    end

    if now then
        settle_whole(c, now, encoded)

    elseif not change.exists(c) then
        settle_gone(c)
    end

    return change.commit(c)
end
