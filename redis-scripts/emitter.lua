
-- What the emitter reads and writes: the outbox and the keys on hold.
--
-- A hook is identified by the id of its entry in `outbox`; it keeps it on
-- hold and in `dead`.  Hooks of one key, "<phone>" or "group:<id>", are sent in
-- order.  Calls may be repeated: for a hook that is not there any more, or is
-- further on, nothing changes and the count is 0.

local emitter = { BATCH_MAX = 128 }

local MOVES_MAX = 40


-- A function for the hooks of one key, which is its first argument.  If the
-- list of that key is broken nothing is changed, and the error begins
-- with BADKEY.

function emitter.register(name, handler)

    register_fenced(name, function(prefix, arguments)
        local key = argument.key(arguments[1])
        local done, reply = broken.try(prefix, key, handler, prefix, key,
                                       arguments)

        if not done then
            failure.bad_key(reply)
        end

        return reply
    end, SENDING)
end


-- FCALL polycard_next 1 <prefix> <fence> <after id> <count>
--
--   [last id, hook, ...]    the hooks after the given id (first "0-0"), count
--                           (up to 128) or fewer; the last id is where to
--                           continue: the given one, if there are no more
--
--   hook: [id, key, object, action, name, value, ...]; the first name is
--   "phone" or, of a group, "id"; then for clients and groups the attributes
--   as in tables 1 and 4, absent ones left out; for bonuses "attribute"
--   ("bonus" or "discount"), "change", "total"
--
-- Hooks of keys on hold are moved to their lists and not returned.  If the list of
-- the key is broken the hook stays and is returned as [id, key]: it must go on hold
-- when it can.  One that cannot be read is moved to `dead`; if that is broken
-- it stays and is returned as [id].
--
-- A new holder, or one that has lost its connection, begins with "0-0".

local function next_hook(step, key, id, fields, held)
    if not key then
        if not dead.unreadable(step, id, fields) then
            return { id }
        end

    elseif not held[key] then
        fields[1], fields[2], fields[3] = id, key, fields[2]

        return fields

    elseif not broken.try(step.prefix, key, hold.insert, step, key, id, 0,
                          fields)
    then
        return { id, key }
    end

    hold.moved(step, id)
end


register_fenced('next', function(prefix, arguments, fence)
    local after = argument.record('id', arguments[1])
    local count = argument.count('count', arguments[2], emitter.BATCH_MAX)
    local records = count > 0
                    and keys.try(prefix, 'XRANGE', keys.outbox, '(' .. after,
                                 '+', 'COUNT', count) or {}
    local step, reply, list, key_of = hold.open(prefix), { after }, {}, {}
    local progress = #records < count and '+'

    for i = 1, #records do
        key_of[i] = outbox.key(records[i][2], 0)
        list[#list + 1] = key_of[i]
    end

    local held = hold.which(step, list)

    for i = 1, #records do
        local id, fields = unpack(records[i])

        reply[#reply + 1] = next_hook(step, key_of[i], id, fields, held)
        reply[1] = id

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
-- FCALL polycard_accept 1 <prefix> <fence> <key> '<id> <object> <action>' ...
--
--   how many hooks were removed from the outbox, or from the lists of the keys
--   that precede their ids
--
-- A hook of the outbox may be on hold by now: polycard_requeue puts its key
-- there, and polycard_next what it finds of that key.  Where keys, objects and
-- actions are given none of the hooks is read for the history.

local WHAT = {
    ['clients added'] = true, ['clients changed'] = true,
    ['clients deleted'] = true, ['bonuses added'] = true,
    ['bonuses changed'] = true, ['bonuses deleted'] = true,
    ['loyalty_groups added'] = true, ['loyalty_groups changed'] = true,
    ['loyalty_groups deleted'] = true,
}


-- ids, their keys, all keys; what they are, if that is given of each

local function accept_arguments(arguments)
    local ids, key_of, list, said, n, key = {}, {}, {}, {}, 0, nil

    for i = 1, #arguments do
        local given = arguments[i]

        if given:find('-', 1, true) then
            local space = given:find(' ', 1, true)
            local id = space and given:sub(1, space - 1) or given
            local what = space and given:sub(space + 1) or ''

            if WHAT[what] and key and key_of[id] == nil then
                said[id], n = what, n + 1
            end

            ids[#ids + 1] = id
            key_of[id] = key or ''
        else
            key = argument.key(given)
            list[#list + 1] = key
        end
    end

    return emitter.ids(ids, 1), key_of, list, n == #ids and said
end


-- Removes hooks from the outbox, and adds them to the history: all, as they usually
-- are there, and none where the call is repeated.  Where it is both, those that the
-- history has are left out.  The last one goes first: Redis looks for the first entry
-- again whenever that goes.

local function accept_said(h, ids, key_of, said)
    local gone, n = { 'XDEL', h.prefix .. keys.outbox }, #ids

    for i = n, 1, -1 do
        gone[#gone + 1] = ids[i]
    end

    local removed = redis.call(unpack(gone))

    for i = 1, removed == 0 and 0 or n do
        local id, key = ids[i], key_of[ids[i]]

        if said[id] and (removed == n or not history.has(h, key, id)) then
            history.put(h, id, '1', said[id], key)
        end
    end

    return removed
end


-- hooks of the outbox that were accepted at the first attempt; usually the ids are
-- consecutive

local function accept_history(h, ids)
    local prefix, missing = h.prefix, {}
    local records = keys.try(prefix, 'XRANGE', keys.outbox, ids[1],
                             ids[#ids], 'COUNT', #ids) or {}

    for i = 1, #ids do
        missing[ids[i]] = true
    end

    for i = 1, #records do
        local id = records[i][1]

        if missing[id] then
            history.add(h, id, '1', records[i][2])
            missing[id] = nil
        end
    end

    for id in pairs(missing) do
        local one = keys.try(prefix, 'XRANGE', keys.outbox, id, id)

        if one and one[1] then
            history.add(h, id, '1', one[1][2])
        end
    end
end


register_fenced('accept', function(prefix, arguments)
    local ids, key_of, list, said = accept_arguments(arguments)
    local step, taken = hold.open(prefix), 0
    local now = number.print_integer(market.time())
    local waiting = keys.try(prefix, 'XLEN', keys.outbox) or 0
    local held = hold.which(step, list)
    local h = history.open(step, now)

    for i = 1, #ids do
        local key = key_of[ids[i]]

        if held[key] and hold.take(step, key, ids[i], h) then
            taken = taken + 1

            if said then
                said[ids[i]] = nil
            end
        end
    end

    if #ids == 0 or taken + waiting == 0 then
        return 0
    end

    said = h and waiting > 0 and said

    if said then
        failure.need_command({ 'XDEL', prefix .. keys.outbox, ids[1] })

    elseif waiting > 0 then
        step.moved = ids
    end

    if h and not said then
        accept_history(h, ids)
    end

    hold.accepted(step, now)
    taken = taken + hold.commit(step)
            + (said and accept_said(h, ids, key_of, said) or 0)
    history.write(h)

    return taken
end, SENDING)


-- the fields of a hook in the outbox; nil: it is not there

function emitter.fields(prefix, key, id)
    local records = keys.try(prefix, 'XRANGE', keys.outbox, id, id)
    local record = records and records[1]

    if not record then
        return nil
    end

    if outbox.key(record[2], 0) ~= key then
        failure.raise('a hook of another key')
    end

    return record[2]
end


-- moves hooks from the outbox to the list of the key; returns how many have left it
-- by now

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

emitter.register('hold', function(prefix, key, arguments)
    local ids, step = emitter.ids(arguments, 2), hold.open(prefix)
    local moved = emitter.hold(step, key, ids)

    if moved > 0 and not hold.which(step, { key })[key] then
        hold.due(step, key, market.time())
    end

    hold.commit(step)

    return moved
end)
