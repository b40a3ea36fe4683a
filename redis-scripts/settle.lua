
-- Brings index, barcode index, shadow and outbox into line with a record: every
-- function does it last, in the same atomic step as its own
-- writes.  An incomplete record is not announced; one that was announced
-- and became incomplete later stays as last announced, until it is complete again or
-- gone (contract, B21).


-- The mark of a shadow, one more element after the values:
--
--   0       taken in while the market had never had a hook; `initial_sync` says
--           what happens when it has one (contract, B18)
--   1       not announced yet: there was no room in the outbox, or no hook for a
--           while
--   text    another card since, and there was no room: the one in
--           the index of card numbers
--   2       the card was closed on purpose, and that cannot be announced yet

local EARLY, NEW, CLOSED = 0, 1, 2


-- the values, the mark, and the positions of those that have changed since; nil if
-- there are none

local function settle_shadow(c)
    if not c.shadow then
        return nil
    end

    local known, before = pcall(cjson.decode, c.shadow)

    if not known or type(before) ~= 'table' then
        return nil
    end

    local mark = before[c.kind.n + 1]

    before[c.kind.n + 1] = nil

    local values, changed = c.values or c.kind.none, {}

    for i = 1, c.kind.n do
        if before[i] ~= values[i] then
            changed[#changed + 1] = i

            if type(before[i]) ~= 'string' then
                before[i] = false
            end
        end
    end

    return before, mark, changed
end


local function settle_store(c, values, mark)
    local n = c.kind.n + 1
    local encoded

    if values == c.values and mark == nil then
        encoded = record.encoded(c)

    else
        values[n] = mark
        encoded = cjson.encode(values)
        values[n] = nil
    end

    if encoded ~= c.shadow then
        change.write(c, 'HSET', c.prefix .. c.kind.shadow(c.id), c.id,
                     encoded)
    end
end


-- was it announced, or does it count as announced?

local function settle_is_known(c, before, mark)
    return before and mark ~= NEW
           and (mark ~= EARLY or not c.market.announce)
end


-- the same, if the shadow was not read

local function settle_is_told(c)
    local before, mark = settle_shadow(c)

    return settle_is_known(c, before, mark)
end


-- The next place: a group's is its id.  That of several in a call is written for all
-- of them.

local function settle_place(c)
    local batch, place = c.market.batch, c.id

    if batch then
        place = keys.after(batch.position
                           or keys.counter(c.prefix, keys.position),
                           keys.position)
        batch.position = place

    elseif c.kind == CLIENT then
        place = keys.next_of(c.prefix, keys.position)
        change.write(c, 'INCR', c.prefix .. keys.position)
    end

    return place
end


local function settle_index(c)
    if c.position then
        return
    end

    incomplete.leave(c)

    local place = settle_place(c)

    if c.market.batch then
        c.place = place
    else
        change.write(c, 'ZADD', c.prefix .. c.kind.index, place, c.id)
    end

    -- whom addClient registers after a loss does not come back

    if c.market.sync == 'restore' and not c.market.adds then
        change.write(c, 'HSET', c.prefix .. keys.meta, 'restore',
                     market.restore_step(c.market))
    end
end


-- what is announced from now on, of what there is

local function settle_told(c, told, now)
    local card = CLIENT.barcode

    settle_store(c, told, c.kind == CLIENT and told[card] ~= now[card]
                          and now[card] or nil)

    c.known = told
end


-- One that appears while no host has hooks: those of before are told the rest when
-- hooks are back, and so is he; if any wait, his deletion may be among them.

local function settle_early(c, before, mark)
    local m = c.market
    local late = m.had_hooks and not m.ended
                 and (c.fresh or m.sync == 'done')
    local new = mark == NEW or not before and (late or outbox.waits(m))

    return new and NEW or EARLY
end


-- Taken in before there was any hook, and there has been none since?  Where there has,
-- they count as announced like all others: the gateway has read them.

local function settle_is_early(c, mark)
    return mark == EARLY and not c.market.had_hooks
end


-- While no host has hooks what was announced stays as it is: hooks may still wait,
-- and those that are written later follow them.

local function settle_announce(c, before, mark, now, changed)
    local known = settle_is_known(c, before, mark)

    if not c.market.hooks then
        if known and not settle_is_early(c, mark) then
            settle_told(c, before, now)
        else
            settle_store(c, now, settle_early(c, before, mark))
        end

    elseif known then
        settle_told(c, outbox.changed(c, before, now, changed), now)

    elseif not before and not c.fresh and market.is_seeding(c.market)
           and not left.has(c)
    then
        settle_store(c, now)
        c.known = now

    elseif outbox.has_room(c.market) then
        settle_store(c, now)
        outbox.added(c, now)

    else
        settle_store(c, now, NEW)
    end
end


local function settle_whole(c, before, mark, now, changed)
    settle_index(c)
    guard.leave(c)

    if c.kind == CLIENT then
        local card = type(mark) == 'string' and mark
                     or before and before[CLIENT.barcode]

        barcode.move(c, card, now[CLIENT.barcode])
    end

    settle_announce(c, before, mark, now, changed)
end


-- is there nobody to announce it to?

local function settle_is_silent(c, before, mark)
    return not settle_is_known(c, before, mark)
           or not c.market.hooks
              and (settle_is_early(c, mark) or c.market.ended)
end


-- may this deletion be announced now?

local function settle_deletion(c, before, mark)
    if settle_is_silent(c, before, mark) then
        return true
    end

    if not c.market.hooks or guard.holds(c)
       or not outbox.has_room(c.market)
    then
        return false
    end

    guard.count(c)
    left.add(c)
    outbox.deleted(c, before)

    return true
end


-- the fingerprint of an addClient is removed with the client at once

local function settle_fingerprint(c)
    local added = keys.added(c.id)

    if keys.read(c.prefix, 'HEXISTS', added, c.id) == 1 then
        change.write(c, 'HDEL', c.prefix .. added, c.id)
    end
end


-- the card is free from now on

local function settle_free(c, before, mark)
    if c.kind == CLIENT and before then
        barcode.move(c, type(mark) == 'string' and mark
                        or before[CLIENT.barcode], false)
    end
end


-- The record is deleted for Polycard, or will be when that can be announced.

local function settle_gone(c, before, mark)
    if c.kind == CLIENT then
        settle_fingerprint(c)
    end

    if not settle_deletion(c, before, mark) then
        return false
    end

    guard.leave(c)

    if c.position then
        change.write(c, 'ZREM', c.prefix .. c.kind.index, c.id)
    end

    if c.shadow then
        change.write(c, 'HDEL', c.prefix .. c.kind.shadow(c.id), c.id)
    end

    settle_free(c, before, mark)

    return true
end


-- A card that was closed on purpose (contract, B28): the client is deleted for
-- Polycard, the record stays.  The card is free even if the announcement must wait.

local function settle_closed(c, before, mark)
    if settle_gone(c, before, mark) then
        incomplete.note(c, c.position, settle_place)

    else
        settle_free(c, before, mark)
        settle_store(c, before, CLOSED)
    end
end


-- Numbers issued later must not collide with one that the market has chosen, by
-- whatever command, but for those that it does not reach.  If the counter cannot be
-- read none is issued.

local function settle_number(c)
    local m, id = c.market, c.number

    -- that of a new record was checked when it was given

    if id and c.normal ~= c.kind.all then
        id = value.stored('id', id)
    end

    if not id then
        if c.number and c.number ~= '' then
            c.unread = true
        end

        return
    end

    if m.ids == nil then
        local done, ids = pcall(keys.counter, c.prefix, keys.client_id)

        m.ids = done and ids
    end

    local given = tonumber(id)

    if m.ids and given > m.ids
       and (given < number.ID_HIGH or m.ids >= number.ID_HIGH)
    then
        m.ids = given

        if m.batch then
            c.raises = id
        else
            change.write(c, 'SET', c.prefix .. keys.client_id, id)
        end
    end
end


-- is the record as it was taken in, with nothing to do?

local function settle_is_same(c)
    if not c.values or not c.shadow then
        return false
    end

    local code = c.kind == CLIENT and c.values[CLIENT.barcode]

    if code and text.trim(code) ~= code then
        return false
    end

    local encoded = record.encoded(c)

    return encoded == c.shadow
           or not c.market.hooks
           and (encoded:sub(1, -2) .. ',0]' == c.shadow
                or encoded:sub(1, -2) .. ',1]' == c.shadow)
end


local function settle_same(c)
    settle_index(c)
    guard.leave(c)

    -- that cards are in the range of `ean13` is seen when they come, and in a pass
    -- over all

    if c.kind == CLIENT then
        local code = c.values[CLIENT.barcode]

        barcode.move(c, not c.market.is_pass and code, code)
    end

    c.known, c.same = c.values, true
end


-- a card that was closed on purpose leaves an empty card number behind

local function settle_is_closed(c)
    return c.kind == CLIENT and c.values and c.values[CLIENT.barcode] == ''
end


-- Usually nothing has changed: one comparison of texts shows it.

local function settle_open(c)
    settle_number(c)

    if settle_is_same(c) then
        return settle_same(c)
    end

    local before, mark, changed = settle_shadow(c)
    local now = c.values and record.whole(c, before, changed)

    if now then
        settle_whole(c, before, mark, now, changed)

    elseif not change.exists(c) then
        incomplete.leave(c)
        settle_gone(c, before, mark)

    elseif before and (c.closed or mark == CLOSED) then
        settle_closed(c, before, mark)

    else
        guard.leave(c)

        if not c.position then
            incomplete.note(c, nil, settle_place)
        end

        c.bad = before ~= nil or not settle_is_closed(c)
        c.known = settle_is_known(c, before, mark) and before
    end
end


-- adds what follows from a change and writes everything; returns how many hooks

local function settle(c)
    settle_open(c)

    return change.commit(c)
end


-- deletes a record; 1, or 0 if there was none

local function settle_delete(c)
    local existed = change.exists(c)

    if existed then
        change.write(c, 'DEL', c.key)
    end

    c.values, c.exists = nil, false
    settle(c)

    return existed and 1 or 0
end
