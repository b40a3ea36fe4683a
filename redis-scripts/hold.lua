
-- Keys on hold: those whose hook the gateway has refused.  `retry` says when
-- the next attempt is due; `retry:<key>` holds the hooks in the order of their
-- ids, each a JSON array [id, attempts, name, value, ...].

local hold = {}


-- a call under way: writes as in change.lua, how many hooks more are on hold,
-- which ones leave the outbox, how many their lists

function hold.open(prefix)
    return { prefix = prefix, writes = {}, held = 0, moved = {}, place = {},
             removed = {} }
end


function hold.moved(step, id)
    step.moved[#step.moved + 1] = id
end


function hold.encode(id, attempts, fields)
    return cjson.encode({ id, attempts, unpack(fields) })
end


-- the whole array, nil if it is none of a hook

function hold.decode(element)
    local known, list = pcall(cjson.decode, element)

    if known and type(list) == 'table' and type(list[1]) == 'string'
       and type(list[2]) == 'number' and outbox.key(list, 2)
    then
        return list
    end
end


-- does a record of a stream come before another one?

function hold.is_before(id, other)
    local ms, seq = id:match('^(%d+)%-(%d+)$')
    local other_ms, other_seq = other:match('^(%d+)%-(%d+)$')

    if ms == other_ms then
        return tonumber(seq) < tonumber(other_seq)
    end

    return tonumber(ms) < tonumber(other_ms)
end


-- The first hook of a key that is not before this id, with its index and
-- whether it is the one; nil if all are before.

function hold.find(prefix, key, id)
    local list = keys.held(key)
    local low, high = 0, keys.read(prefix, 'LLEN', list)
    local found, found_id

    while low < high do
        local middle = math.floor((low + high) / 2)
        local element = keys.read(prefix, 'LINDEX', list, middle)
        local element_id = element:match('^%["(%d+%-%d+)"')

        if not element_id or hold.is_before(element_id, id) then
            low = middle + 1
        else
            high, found, found_id = middle, element, element_id
        end
    end

    return found, low, found_id == id, found_id
end


-- How far a holder has read the outbox: the last id, or "+" after its end.
-- What is on hold and newer must wait: older hooks of its key may be unread.

function hold.progress(prefix, fence)
    local stored = keys.read(prefix, 'HGET', keys.meta, 'read') or ''

    return stored:match('^' .. fence .. ' (.+)$') or '0-0'
end


function hold.set_progress(step, fence, progress)
    if progress ~= hold.progress(step.prefix, fence) then
        change.write(step, 'HSET', step.prefix .. keys.meta, 'read',
                     fence .. ' ' .. progress)
    end
end


-- which of these keys are on hold

function hold.which(prefix, list)
    local held = {}

    if #list == 0 or keys.read(prefix, 'ZCARD', keys.retry) == 0 then
        return held
    end

    local scores = keys.read(prefix, 'ZMSCORE', keys.retry, unpack(list))

    for i, key in ipairs(list) do
        held[key] = scores[i] and true
    end

    return held
end


-- The hook that a new one goes before, nil at the end, and whether it is there
-- already.  Those of one call come in the order of their ids: what is right
-- for one most often is for the next.

local function hold_place(step, key, id)
    local place = step.place[key]

    if not place or hold.is_before(id, place.id)
       or (place.pivot and not hold.is_before(id, place.pivot_id))
    then
        local pivot, _, same, pivot_id = hold.find(step.prefix, key, id)

        place = { pivot = pivot, pivot_id = pivot_id, same = same }
        step.place[key] = place
    end

    place.id = id

    return place.pivot, place.same
end


-- Hooks of one key must be given in the order of their ids.

function hold.insert(step, key, id, attempts, fields)
    local pivot, same = hold_place(step, key, id)
    local list = step.prefix .. keys.held(key)
    local element = hold.encode(id, attempts, fields)

    if same then
        return
    end

    local last = step.writes[#step.writes]

    if pivot then
        change.write(step, 'LINSERT', list, 'BEFORE', pivot, element)

    elseif last and last[1] == 'RPUSH' and last[2] == list then
        last[#last + 1] = element

    else
        change.write(step, 'RPUSH', list, element)
    end

    step.held = step.held + 1
end


function hold.due(step, key, ms)
    change.write(step, 'ZADD', step.prefix .. keys.retry,
                 number.print_integer(ms), key)
end


-- Takes a hook off its list.  If it was the head the next one is due at once;
-- without any the key is off hold.

function hold.remove(step, key, element, place)
    local list = keys.held(key)
    local left = keys.read(step.prefix, 'LLEN', list)
                 - (step.removed[key] or 0) - 1

    change.write(step, 'LREM', step.prefix .. list, 1, element)
    step.held = step.held - 1
    step.removed[key] = (step.removed[key] or 0) + 1

    if left <= 0 then
        change.write(step, 'ZREM', step.prefix .. keys.retry, key)

    elseif place == 0 then
        hold.due(step, key, market.time())
    end
end


-- the same of one that may be there, or on a list that cannot be used

function hold.take(step, key, id)
    local known, element, place, same = pcall(hold.find, step.prefix, key, id)

    if known and same then
        hold.remove(step, key, element, place)

        return true
    end
end


-- when the gateway last accepted a hook

function hold.accepted(step)
    keys.read(step.prefix, 'HGET', keys.meta, 'accepted')
    change.write(step, 'HSET', step.prefix .. keys.meta, 'accepted',
                 number.print_integer(market.time()))
end


-- what is on hold counts to `outbox_max` as well

function hold.commit(step)
    if step.held ~= 0 then
        keys.read(step.prefix, 'HGET', keys.meta, 'held')
        change.write(step, 'HINCRBY', step.prefix .. keys.meta, 'held',
                     step.held)
    end

    if #step.moved > 0 then
        change.write(step, 'XDEL', step.prefix .. keys.outbox,
                     unpack(step.moved))
    end

    change.commit(step)
end
