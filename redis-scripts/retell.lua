
-- polycard_retell: records whose last hooks may be lost here are announced again as
-- they are now.  After a takeover a record and its shadow may both be older, so that
-- comparing them shows nothing; the emitter remembers whose hooks it sent.

local RETELL_MAX = 16


-- May a deletion be announced?  After a loss it is unknown who is really deleted.

local function retell_may_delete(c, card)
    return c.market.sync == 'done' and card ~= '' and outbox.has_room(c.market)
           and guard.has_room(c.market)
end


-- The deletion of somebody of whom nothing is left.  He may have asked for that:
-- what the history has of him goes as soon as it is accepted, see forget.lua.

local function retell_deleted(c, card)
    local now = number.print_integer(market.time())

    guard.count(c)
    outbox.deleted(c, { [CLIENT.barcode] = card })

    if keys.try(c.prefix, 'ZCARD', keys.forget) then
        change.write(c, 'ZADD', c.prefix .. keys.forget, now,
                     c.id .. ' ' .. now .. ' history')
    end
end


-- nil, and nothing is written: there is no room; 1: it is announced; 0: it does not
-- exist, and that cannot be announced

local function retell(prefix, kind, id, m, deleted, card)
    local c = change.open(prefix, kind, id, m)

    if not outbox.has_room(m) then
        return nil
    end

    settle_open(c)

    local told = 1

    if c.known and c.values then
        if not outbox.has_room(m) then
            return nil
        end

        if deleted then
            outbox.added(c, c.known)
        else
            outbox.again(c, c.known)
        end

    elseif deleted or c.hooks or change.exists(c) then
        told = 1

    elseif kind == CLIENT and retell_may_delete(c, card) then
        retell_deleted(c, card)

    else
        told = 0
    end

    change.commit(c)

    return told
end


-- The gateway may have what is lost here, and of whom is unknown: until all are
-- announced again (polycard_resend_all).

local function retell_doubt(prefix)
    redis.call('HSET', prefix .. keys.meta, 'doubt',
               number.print_integer(market.time()))
end


-- FCALL polycard_retell 1 <prefix> [<key> changed|deleted <card> ... | unknown]
--
-- key: "<phone>" or "group:<id>", up to 16; deleted: the action of its last hook;
-- card: the card number in it, or "".  Without a key: the caller has sent all that
-- it knows of; unknown: it is unknown what was sent.
--
--   [keys that were processed: the others have no room in the outbox, those that
--    do not exist, which cannot be announced]

register('retell', function(prefix, arguments)
    if #arguments == 1 and arguments[1] == 'unknown' then
        retell_doubt(prefix)
        return { 0, 0 }
    end

    if #arguments > 3 * RETELL_MAX or #arguments % 3 ~= 0 then
        failure.raise('a key, what was told and a card number must be given, of '
                      .. RETELL_MAX .. ' at most')
    end

    local m, done, untold = market.read(prefix), 0, 0

    for i = 1, #arguments, 3 do
        argument.key(arguments[i])

        if arguments[i + 1] ~= 'changed' and arguments[i + 1] ~= 'deleted' then
            failure.raise('what was told must be changed or deleted')
        end

        if arguments[i + 2] ~= '' then
            value.argument('card', 'card', arguments[i + 2])
        end
    end

    if #arguments == 0 then
        redis.call('HSET', prefix .. keys.meta, 'told', market.history())
    end

    for i = 1, m.hooks and #arguments or 0, 3 do
        local kind, id = record.of(arguments[i])
        local called, told = broken.try(prefix, arguments[i], retell, prefix,
            kind, id, m, arguments[i + 1] == 'deleted', arguments[i + 2])

        if not called then
            guard.undo(m)

        elseif not told then
            break
        end

        done = done + 1
        untold = untold + (called and 1 - told or 0)
    end

    if untold > 0 then
        retell_doubt(prefix)
    end

    return { m.hooks and done or #arguments / 3, untold }
end)
