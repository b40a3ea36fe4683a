
-- What the emitter reads and writes: the outbox and the keys on hold.
--
-- A hook is known by its id, that of its record in `outbox`; it keeps it on
-- hold and in `dead`.  Its key, "<phone>" or "group:<id>", is what hooks go in
-- order for.  Calls may be repeated: a hook that is not there any more, or is
-- further on, changes nothing and counts 0.

local emitter = { BATCH_MAX = 128 }

local MOVES_MAX = 40


-- FCALL polycard_next 1 <prefix> <fence> <after id> <count>
--
--   [last id, hook, ...]    the hooks after the given id (first "0-0"), count
--                           (up to 128) or fewer; the last id is where to go
--                           on: the given one, if there are no more
--
--   hook: [id, key, object, action, name, value, ...]; the first name is
--   "phone" or, of a group, "id"; then for clients and groups the attributes
--   as in tables 1 and 4, absent ones left out; for bonuses "attribute"
--   ("bonus" or "discount"), "change", "total"
--
-- Hooks of keys on hold are moved there and not told.  A new holder, or one
-- that has lost its connection, begins with "0-0".

local function next_hook(step, reply, id, fields, held)
    local key = outbox.key(fields, 0)

    if not key then
        dead.unreadable(step, id, fields)

    elseif held[key] then
        hold.insert(step, key, id, 0, fields)

    else
        fields[1], fields[2], fields[3] = id, key, fields[2]
        reply[#reply + 1] = fields
        return
    end

    hold.moved(step, id)
end


register_fenced('next', function(prefix, arguments, fence)
    local after = argument.record('id', arguments[1])
    local count = argument.count('count', arguments[2], emitter.BATCH_MAX)
    local records = count == 0 and {}
                    or keys.read(prefix, 'XRANGE', keys.outbox, '(' .. after,
                                 '+', 'COUNT', count)
    local step, reply, list = hold.open(prefix), { after }, {}
    local progress = #records < count and '+'

    for _, record in ipairs(records) do
        list[#list + 1] = outbox.key(record[2], 0)
    end

    local held = hold.which(prefix, list)

    for _, record in ipairs(records) do
        next_hook(step, reply, record[1], record[2], held)
        reply[1] = record[1]

        if #step.moved == MOVES_MAX then
            progress = false
            break
        end
    end

    if count > 0 then
        hold.set_progress(step, fence, progress or reply[1])
    end

    hold.commit(step)

    return reply
end, SENDING)


function emitter.ids(arguments, first)
    local ids = {}

    for i = first, #arguments do
        ids[#ids + 1] = argument.record('id', arguments[i])
    end

    if #ids > emitter.BATCH_MAX then
        failure.raise('more than ' .. emitter.BATCH_MAX .. ' at once')
    end

    return ids
end


-- FCALL polycard_accept 1 <prefix> <fence> [<key>] <id> ...
--
--   how many hooks were taken out of the outbox, or off the lists of the keys
--   that stand before their ids
--
-- A hook of the outbox may be on hold by now: polycard_requeue puts its key
-- there, and polycard_next what it finds of that key.

local function accept_arguments(arguments)
    local ids, key_of, list = {}, {}, {}

    for _, given in ipairs(arguments) do
        if given:find('^%d+%-') then
            ids[#ids + 1] = given
            key_of[given] = list[#list] or ''
        else
            list[#list + 1] = argument.key(given)
        end
    end

    return emitter.ids(ids, 1), key_of, list
end


register_fenced('accept', function(prefix, arguments)
    local ids, key_of, list = accept_arguments(arguments)
    local step, taken = hold.open(prefix), 0
    local waiting = keys.read(prefix, 'XLEN', keys.outbox)
    local held = hold.which(prefix, list)

    for _, id in ipairs(ids) do
        if held[key_of[id]] and hold.take(step, key_of[id], id) then
            taken = taken + 1
        end
    end

    if #ids == 0 or taken + waiting == 0 then
        return 0
    end

    hold.accepted(step)
    hold.commit(step)

    return taken + redis.call('XDEL', prefix .. keys.outbox, unpack(ids))
end, SENDING)


-- the fields of a hook in the outbox; nil if it is not there

function emitter.fields(prefix, key, id)
    local record = keys.read(prefix, 'XRANGE', keys.outbox, id, id)[1]

    if not record then
        return nil
    end

    if outbox.key(record[2], 0) ~= key then
        failure.raise('a hook of another key')
    end

    return record[2]
end


-- from the outbox to the list of the key; returns how many have left by now

function emitter.hold(step, key, ids)
    for _, id in ipairs(ids) do
        local fields = emitter.fields(step.prefix, key, id)

        if fields then
            hold.insert(step, key, id, 0, fields)
            hold.moved(step, id)
        end
    end

    return #step.moved
end


-- FCALL polycard_hold 1 <prefix> <fence> <key> <id> ...
--
--   how many hooks were moved from the outbox to the list of the key: attempts
--   0, due at once (a key on hold keeps its time)

register_fenced('hold', function(prefix, arguments)
    local key, ids = argument.key(arguments[1]), emitter.ids(arguments, 2)
    local step = hold.open(prefix)
    local moved = emitter.hold(step, key, ids)

    if moved > 0 and not hold.which(prefix, { key })[key] then
        hold.due(step, key, market.time())
    end

    hold.commit(step)

    return moved
end, SENDING)


-- FCALL polycard_outage 1 <prefix> <fence> 0|1
--
-- The gateway takes no hooks, from now on (1; it may have been told before),
-- or takes them again (0).
--
--   since when, ms, or 0

register_fenced('outage', function(prefix, arguments)
    local outage = argument.count('outage', arguments[1], 1)

    if outage == 0 then
        keys.read(prefix, 'HDEL', keys.meta, 'outage')
        return 0
    end

    keys.read(prefix, 'HSETNX', keys.meta, 'outage',
              number.print_integer(market.time()))

    return tonumber(redis.call('HGET', prefix .. keys.meta, 'outage'))
end, SENDING)
