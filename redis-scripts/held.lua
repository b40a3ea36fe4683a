
-- What the emitter does with refused hooks and keys on hold.

local DELAY_MAX = 31536000000
local SKIP_MAX = 1000000
local HEADS_MAX = 16

-- delay for heads that wait until the outbox is read further
local UNREAD_WAIT = 100

-- and for a broken list
local BROKEN_WAIT = 1000


-- <delay ms> <attempts max> <reason> <answer>

local function refusal(arguments, first)
    return {
        delay = argument.count('delay', arguments[first], DELAY_MAX),
        attempts_max = argument.count('attempts max', arguments[first + 1],
                                      ATTEMPTS_MAX),
        reason = arguments[first + 2] or '',
        answer = arguments[first + 3] or '',
    }
end


-- The gateway's answer to the first hook of a key on hold: `refused` has
-- "<id> <reason>\n<answer>" until the key is off hold.

local SAID_MAX = 1024


local function refused_with(step, key, id, given)
    if keys.try(step.prefix, 'HLEN', keys.refused) then
        change.write(step, 'HSET', step.prefix .. keys.refused, key,
                     id .. ' ' .. given.reason:gsub('\n', ' '):sub(1, 255)
                     .. '\n' .. given.answer:sub(1, SAID_MAX))
    end
end


-- makes a hook a dead letter if its attempts are used up and there is room

local function refuse(step, given, id, attempts, fields)
    if attempts < given.attempts_max then
        return 1
    end

    if dead.is_full(step.prefix) then
        return 2
    end

    dead.write(step, { reason = given.reason, answer = given.answer, id = id,
                       attempts = attempts, fields = fields })

    return -1
end


-- FCALL polycard_refuse 1 <prefix> <fence> <key> <id> <delay ms>
--                       <attempts max> <reason> <answer> [<id> ...]
--
--   1     the hook was moved from the outbox to the list of its key: attempts 1,
--         due after the delay (a key on hold keeps its time); later ones whose
--         ids follow were moved with it: attempts 0
--   -1    attempts max is 1: moved to `dead`; the later ones are on hold,
--         due at once
--   2     attempts max is 1, but `dead` is full: as 1
--   0     not in the outbox any more (moved before, or deleted by somebody); the
--         later ones are on hold, due at once

emitter.register('refuse', function(prefix, key, arguments)
    local id = argument.record('id', arguments[2])
    local given = refusal(arguments, 3)
    local later = emitter.ids(arguments, 7)
    local fields = emitter.fields(prefix, key, id)
    local step = hold.open(prefix)
    local done = fields and refuse(step, given, id, 1, fields) or 0
    local on_hold = hold.which(step, { key })[key]
    local delay = 0

    if fields then
        hold.moved(step, id)
    end

    if done > 0 then
        hold.insert(step, key, id, 1, fields)
        refused_with(step, key, id, given)
        delay = given.delay
    end

    if emitter.hold(step, key, later) + done > 0 and not on_hold then
        hold.wait(step, key, delay)
    end

    hold.commit(step)

    return done
end)


-- FCALL polycard_due 1 <prefix> <fence> <count> [<skip>]
--
--   [ms, hook, ...]    the heads of the lists that are due, the longest due
--                      first, without the first `skip`, up to count (no
--                      more than 16, though up to 128 may be asked for); ms
--                      until there is another one (0: now), -1 if none
--
--   hook: [key, attempts so far, id, object, action, name, value, ...], the
--   names as in polycard_next
--
-- A hook that is being sent is returned again: skip these.  One that is newer
-- than what this holder has read of the outbox is not returned, see polycard_next.

local function due_hook(step, key, progress)
    local element = keys.read(step.prefix, 'LINDEX', keys.held(key), 0)

    if not element then
        hold.leave(step, key)

        return nil
    end

    local list, of = hold.decode(element)

    if of ~= key then
        if dead.unreadable(step, '', { 'record', element }) then
            hold.remove(step, key, element, 0)
        else
            hold.due(step, key, market.time() + BROKEN_WAIT)
        end

        return nil
    end

    if progress ~= '+' and hold.is_before(progress, list[1]) then
        step.unread = true

        return nil
    end

    -- [id, attempts, "object", object, "action", action, ...]

    table.remove(list, 3)
    list[1], list[3], list[4] = key, list[1], list[3]

    return list
end


-- Makes those due at once whose time is further away than the longest delay (some
-- per call): Redis' clock was set back since.  Where nothing was ever delayed, keys
-- are due at the time of the call that says so.

local function due_late(step, now)
    local longest = keys.read(step.prefix, 'HGET', keys.meta, 'longest')
    local last = math.max(longest and number.parse_integer(longest) or 0,
                          BROKEN_WAIT)
    local late = keys.read(step.prefix, 'ZRANGEBYSCORE', keys.retry,
                           '(' .. number.print_integer(now + last), '+inf',
                           'LIMIT', 0, HEADS_MAX)

    for _, key in ipairs(late) do
        hold.due(step, key, now)
    end

    return #late > 0
end


-- milliseconds until there is one more head than those read

local function due_next(step, now, more)
    if more then
        return 0
    end

    local next = keys.read(step.prefix, 'ZRANGEBYSCORE', keys.retry,
                           '(' .. now, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    local wait = next[2] and tonumber(next[2]) - tonumber(now)

    if step.unread then
        return math.min(wait or UNREAD_WAIT, UNREAD_WAIT)
    end

    return wait or -1
end


register_fenced('due', function(prefix, arguments, fence)
    local count = math.min(HEADS_MAX, argument.count('count', arguments[1],
                                                     emitter.BATCH_MAX))
    local skip = argument.count('skip', arguments[2] or '0', SKIP_MAX)
    local time = market.time()
    local now = number.print_integer(time)
    local due = keys.try(prefix, 'ZRANGEBYSCORE', keys.retry, '-inf', now,
                         'LIMIT', skip, count + 1)

    if not due then
        return { -1 }
    end

    local step, reply = hold.open(prefix), { 0 }
    local progress = hold.progress(prefix, fence)

    for i = 1, math.min(count, #due) do
        local done, hook = broken.try(prefix, due[i], due_hook, step, due[i],
                                      progress)

        if done then
            reply[#reply + 1] = hook
        else
            hold.due(step, due[i], time + BROKEN_WAIT)
        end
    end

    reply[1] = due_next(step, now, due_late(step, time) or #due > count)
    hold.commit(step)

    return reply
end, SENDING)


-- FCALL polycard_accept_held 1 <prefix> <fence> <key> <id>
--
--   1    removed from the list of the key; the next one is due at once, or the
--        key is off hold
--   0    not there any more

emitter.register('accept_held', function(prefix, key, arguments)
    local id = argument.record('id', arguments[2])
    local element, place, same = hold.find(prefix, key, id)

    if not same then
        return 0
    end

    local step = hold.open(prefix)
    local now = number.print_integer(market.time())
    local h = history.open(step, now)

    hold.note(h, element)
    hold.remove(step, key, element, place)
    hold.accepted(step, now)
    hold.commit(step)
    history.write(h)

    return 1
end)


-- FCALL polycard_refuse_held 1 <prefix> <fence> <key> <id> <attempts so far>
--                            <delay ms> <attempts max> <reason> <answer>
--
--   1     one attempt more, due after the delay
--   -1    moved to `dead`; the next one is due at once, or the key is off
--         hold
--   2     it should be moved to `dead`, but that is full: as 1
--   0     not there any more, or with other attempts: nothing is changed

emitter.register('refuse_held', function(prefix, key, arguments)
    local id = argument.record('id', arguments[2])
    local so_far = argument.count('attempts', arguments[3], ATTEMPTS_MAX)
    local given = refusal(arguments, 4)
    local element, place, same = hold.find(prefix, key, id)
    local list = same and hold.decode(element)

    if not list or list[2] ~= so_far then
        return 0
    end

    local step = hold.open(prefix)
    local attempts, fields = so_far + 1, { unpack(list, 3) }
    local done = refuse(step, given, id, attempts, fields)

    if done < 0 then
        hold.remove(step, key, element, place)

    else
        change.write(step, 'LSET', prefix .. keys.held(key), place,
                     hold.encode(id, attempts, fields))
        refused_with(step, key, id, given)

        if place == 0 then
            hold.wait(step, key, given.delay)
        end
    end

    hold.commit(step)

    return done
end)
