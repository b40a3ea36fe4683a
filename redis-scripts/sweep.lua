
-- What no event told is found by walking over the whole keyspace, all the time
-- and a little at once: the index of clients and that of groups (what changed
-- or is gone), and all keys of the database (what is new).
--
-- Cursors are texts without a meaning to the caller.  A pass begins with "0",
-- goes on with what the call before has returned, and is over when that is
-- "0".  After a change of the server or of its database it begins anew.
--
-- The functions answer with
--
--   [next cursor, hooks written, records seen, records that were out of line,
--    records that were skipped: a helper key of theirs is of a wrong type,
--    1 while the guard is closed, records that are not whole or have a value
--    that cannot be read, those out of line that an event should have told: 0
--    in the first sync, records that have a value that cannot be read, 1 where
--    addClient waits for the end of a pass]

local INDEX_MAX = 40
local SCAN_MAX = 100

-- a call ends early when it has found much to do: such a record takes the time
-- of this many others

local SLOW_COST = 2
local COST_MAX = 10
local TAKE_MAX = COST_MAX / SLOW_COST


local function sweep_open(m)
    return { market = m, hooks = 0, seen = 0, found = 0, skipped = 0,
             bad = 0, unread = 0, expected = 0, cost = 0 }
end


local function sweep_reply(s, cursor)
    local missed = s.market.sync == 'running' and 0 or s.found - s.expected

    return { cursor, s.hooks, s.seen, s.found, s.skipped,
             s.market.guard and 1 or 0, s.bad, missed, s.unread,
             market.is_awaited(s.market) and 1 or 0 }
end


local function sweep_settle(s, kind, id, position)
    local c = change.open(s.market.prefix, kind, id, s.market, position)

    s.hooks = s.hooks + settle(c)
    s.found = s.found + (#c.writes > 0 and 1 or 0)
    s.bad = s.bad + ((c.bad or c.unread) and 1 or 0)
    s.unread = s.unread + (c.unread and 1 or 0)
    s.cost = s.cost + (c.slow and SLOW_COST or 1)
end


-- nothing is written of a record that cannot be read

local function sweep_record(s, kind, id, position)
    local done, reply = pcall(sweep_settle, s, kind, id, position)

    s.seen = s.seen + 1

    if not done then
        if type(reply) ~= 'table' or not reply.polycard then
            error(reply, 0)
        end

        if reply.own then
            broken.note(s.market.prefix, reply.own, kind.prefix .. id)
        end

        s.skipped = s.skipped + 1
    end
end


-- deletions that were confirmed go first; returns whether some could go

local function sweep_confirmed(s)
    if not outbox.has_room(s.market) then
        return false
    end

    for _, key in ipairs(guard.confirmed(s.market, TAKE_MAX)) do
        sweep_record(s, record.of(key))
    end

    s.expected = s.found

    return s.found > 0
end


local function sweep_index(prefix, kind, arguments)
    local from = argument.count('cursor', arguments[1], number.INTEGER_MAX)
    local count = argument.count('count', arguments[2], INDEX_MAX)
    local s = sweep_open(market.read(prefix))

    if sweep_confirmed(s) then
        return sweep_reply(s, number.print_integer(math.max(from, 1)))
    end

    local rows = keys.read(prefix, 'ZRANGEBYSCORE', kind.index,
                           number.print_integer(from), '+inf', 'WITHSCORES',
                           'LIMIT', 0, count)

    local over = #rows < 2 * count

    for i = 1, #rows, 2 do
        if s.cost >= COST_MAX then
            over = false
            break
        end

        sweep_record(s, kind, rows[i], rows[i + 1])
        from = tonumber(rows[i + 1]) + 1
    end

    over = over or from > number.INTEGER_MAX

    return sweep_reply(s, over and '0' or number.print_integer(from))
end


-- FCALL polycard_sweep_index 1 <prefix> <fence> <cursor> <count>
--
-- Clients in the order of getClients: count of them (up to 40 may be asked for)
-- or fewer.

register_fenced('sweep_index', function(prefix, arguments)
    return sweep_index(prefix, CLIENT, arguments)
end)


-- FCALL polycard_sweep_groups 1 <prefix> <fence> <cursor> <count>
--
-- Groups likewise.

register_fenced('sweep_groups', function(prefix, arguments)
    return sweep_index(prefix, GROUP, arguments)
end)


-- FCALL polycard_swept 1 <prefix> <fence> <records found> <records bad>
--
-- A round is over that went through all three: how many records were out of
-- line, and how many were not whole.
--
--   how many were found in all rounds

register_fenced('swept', function(prefix, arguments)
    local found = argument.count('found', arguments[1], number.INTEGER_MAX)
    local bad = argument.count('bad', arguments[2], number.INTEGER_MAX)

    redis.call('HSET', prefix .. keys.meta, 'round',
               number.print_integer(market.time()), 'round_bad',
               number.print_integer(bad))

    return redis.call('HINCRBY', prefix .. keys.meta, 'round_found',
                      number.print_integer(found))
end)
