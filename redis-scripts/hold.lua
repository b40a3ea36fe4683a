
-- Keys on hold: those whose hook the gateway has refused.  `retry` has the time
-- when the next attempt is due; `retry:<key>` holds the hooks in the order of their
-- ids, each a JSON array [id, attempts, name, value, ...]; `held` has how many
-- of each list are counted in `held` of `meta`.
--
-- While `retry` is broken only the lists show which keys are on hold, and none of
-- them is due.

local hold = {}

local ATTEMPTS_MAX = 9007199254740990


-- a call in progress: writes as in change.lua, by how many hooks the list of each
-- key grows, which ones leave the outbox

function hold.open(prefix)
    return { prefix = prefix, writes = {}, grown = {}, moved = {}, place = {} }
end


local function hold_grow(step, key, n)
    step.grown[key] = (step.grown[key] or 0) + n
end


function hold.moved(step, id)
    step.moved[#step.moved + 1] = id
end


function hold.encode(id, attempts, fields)
    return cjson.encode({ id, attempts, unpack(fields) })
end


function hold.is_id(text)
    return text ~= nil and text:find('^%d+%-%d+$') ~= nil
end


-- the array, or an error where what follows the attempts are no texts

local function hold_read(element)
    local list = cjson.decode(element)

    for i = 3, #list do
        local found = list[i]

        if found ~= found .. '' then
            error('no text')
        end
    end

    return #list % 2 == 0 and list
end


-- the whole array, and the key of the hook; nil if it is not that of a hook

function hold.decode(element)
    local known, list = pcall(hold_read, element)

    if known and type(list) == 'table' and type(list[1]) == 'string'
       and hold.is_id(list[1]) and type(list[2]) == 'number'
       and list[2] >= 0 and list[2] <= ATTEMPTS_MAX and list[2] % 1 == 0
    then
        local key = outbox.key(list, 2)

        return key and list, key
    end
end


-- Does an id of a stream come before another one?

function hold.is_before(id, other)
    local ms, seq = id:match('^(%d+)%-(%d+)$')
    local other_ms, other_seq = other:match('^(%d+)%-(%d+)$')

    if ms == other_ms then
        return text.is_less(seq, other_seq)
    end

    return text.is_less(ms, other_ms)
end


-- The first hook of a key that is not before this id, with its index and
-- whether it has this id; nil if all are before.

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


-- Lists of keys that `retry` does not have: it was lost, or is broken.
-- They are on hold nevertheless, and due at once.  While both are broken it is not
-- known who is: then the key is.  So is one whose list is broken, and was counted.

local function hold_lost(step, list, held, scores)
    for _, key in ipairs(list) do
        local n = not held[key]
                  and keys.try(step.prefix, 'LLEN', keys.held(key))

        if n and n > 0 then
            held[key] = true
            hold.due(step, key, market.time())

        elseif n == nil and (not scores
                             or keys.try(step.prefix, 'HGET', keys.counted,
                                         key))
        then
            held[key] = true
        end
    end
end


-- the same for keys of which only the list is known

function hold.again(prefix, list)
    local step, held = hold.open(prefix), {}
    local scores = #list > 0 and keys.try(prefix, 'ZMSCORE', keys.retry,
                                          unpack(list))

    if scores then
        for i, key in ipairs(list) do
            held[key] = scores[i] and true
        end

        hold_lost(step, list, held, scores)
        hold.commit(step)
    end
end


-- Which of these keys are on hold: those that have a list.  Usually none has.

function hold.which(step, list)
    local held, names, first = {}, { 'EXISTS' }, step.prefix .. 'retry:'

    for i = 1, #list do
        names[i + 1] = first .. list[i]
    end

    if #list == 0 or redis.call(unpack(names)) == 0 then
        return held
    end

    local scores = keys.try(step.prefix, 'ZMSCORE', keys.retry, unpack(list))

    for i, key in ipairs(list) do
        held[key] = scores and scores[i] and true or nil
    end

    hold_lost(step, list, held, scores)

    return held
end


-- The hook before which to insert a new one, nil: at the end, and whether the new
-- one is there already.  Those of one call come in the order of their ids: the place
-- of one is usually right for the next.

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

    hold_grow(step, key, 1)
end


local function hold_has_times(step)
    if step.times == nil then
        step.times = keys.try(step.prefix, 'ZCARD', keys.retry) ~= nil
    end

    return step.times
end


function hold.due(step, key, ms)
    if hold_has_times(step) then
        change.write(step, 'ZADD', step.prefix .. keys.retry,
                     number.print_integer(ms), key)
    end
end


-- Due after a delay.  `longest` is the longest delay so far: a time that is
-- further away means that the clock was set back.

function hold.wait(step, key, delay)
    local longest = keys.read(step.prefix, 'HGET', keys.meta, 'longest')

    if delay > (longest and number.parse_integer(longest) or -1) then
        change.write(step, 'HSET', step.prefix .. keys.meta, 'longest',
                     number.print_integer(delay))
    end

    hold.due(step, key, market.time() + delay)
end


-- the key is not on hold any more

function hold.leave(step, key)
    hold_grow(step, key, 0)

    if hold_has_times(step) then
        change.write(step, 'ZREM', step.prefix .. keys.retry, key)
    end

    if keys.try(step.prefix, 'HLEN', keys.refused) then
        change.write(step, 'HDEL', step.prefix .. keys.refused, key)
    end
end


-- the caller deletes its list of n hooks afterwards

function hold.drop(step, key, n)
    hold.leave(step, key)
    hold_grow(step, key, -n)
end


-- Removes a hook from its list.  If it was the head the next one is due at once;
-- if none is left the key is off hold.

function hold.remove(step, key, element, place)
    local list = keys.held(key)

    change.write(step, 'LREM', step.prefix .. list, 1, element)
    hold_grow(step, key, -1)

    local left = keys.read(step.prefix, 'LLEN', list) + step.grown[key]

    if left <= 0 then
        hold.leave(step, key)

    elseif place == 0 then
        hold.due(step, key, market.time())
    end
end


-- a hook on hold was accepted: adds it to the history (nil: none is kept)

function hold.note(h, element)
    local list = h and hold.decode(element)

    if list then
        history.add(h, list[1], list[2] + 1, { unpack(list, 3, 8) })
    end
end


-- the same for one that may be missing, or on a broken list

function hold.take(step, key, id, h)
    local known, element, place, same = pcall(hold.find, step.prefix, key, id)

    if known and same then
        hold.note(h, element)
        hold.remove(step, key, element, place)

        return true
    end
end


-- the gateway has accepted a hook: now, after `meta` was read

function hold.accepted(step, now)
    change.write(step, 'HSET', step.prefix .. keys.meta, 'accepted', now)
end


-- By how much the count of hooks on hold grows with the list of a key.  It follows
-- the actual length of the list, even if somebody else removed hooks or deleted it.

local function hold_count(step, key, n)
    local before = keys.read(step.prefix, 'LLEN', keys.held(key))
    local counted = keys.try(step.prefix, 'HGET', keys.counted, key)
    local after = before + n

    if after > 0 and counted ~= nil then
        change.write(step, 'HSET', step.prefix .. keys.counted, key, after)

    elseif counted then
        change.write(step, 'HDEL', step.prefix .. keys.counted, key)
    end

    return after - (counted and number.parse_integer(counted) or before)
end


-- After a pass over all keys `retry` has each list (hold.again).  Where it is empty
-- there is none: what is still counted was deleted together with it.

function hold.end_pass(prefix)
    if keys.try(prefix, 'ZCARD', keys.retry) == 0
       and (keys.try(prefix, 'HLEN', keys.counted) or 0) > 0
    then
        redis.call('UNLINK', prefix .. keys.counted)
    end
end


-- all of them before this step; where that was overwritten, those of each list

local function hold_total(step)
    local stored = keys.read(step.prefix, 'HGET', keys.meta, 'held') or '0'
    local total = number.parse_integer(stored)

    if total then
        return total
    end

    local counted = keys.try(step.prefix, 'HGETALL', keys.counted) or {}

    total = 0

    for i = 2, #counted, 2 do
        total = total + (number.parse_integer(counted[i]) or 0)
    end

    return total
end


-- Hooks on hold count for `outbox_max`, too.  Returns how many have left the outbox.

function hold.commit(step)
    local held = 0

    for key, n in pairs(step.grown) do
        held = held + hold_count(step, key, n)
    end

    if held ~= 0 then
        held = math.max(hold_total(step) + held, 0)
        change.write(step, 'HSET', step.prefix .. keys.meta, 'held',
                     number.print_integer(held))
    end

    if #step.moved > 0 then
        change.write(step, 'XDEL', step.prefix .. keys.outbox,
                     unpack(step.moved))
    end

    local reply = change.run(step.writes)

    return #step.moved > 0 and reply or 0
end
