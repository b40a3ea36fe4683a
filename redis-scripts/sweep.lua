
-- Changes that no event reported are found by walking over the whole keyspace, all
-- the time and a few keys at once: the index of clients and that of groups (what
-- changed or is gone), and all keys of the database (what is new).
--
-- Cursors are opaque texts.  A pass begins with "0",
-- continues with the cursor that the last call returned, and is over when that is
-- "0".  After a change of the server or of its database it begins again.
--
-- The functions return
--
--   [next cursor, hooks written, records seen, records that were out of line,
--    records that were skipped: they have a broken helper key,
--    1 while the guard is closed, records that are incomplete, but for clients who
--    have no card yet, or have a value that cannot be read, those out of line that an
--    event should have reported: 0 in the first sync, records that have a value that
--    cannot be read, 1 if addClient waits for the end of a pass, microseconds that the
--    call took]

local SWEEP_MAX = 1000

-- microseconds after which a call ends though there is more to do, those of it after
-- which no job begins, and how much is done before the clock is read again

local SWEEP_TIME = 350
local JOBS_TIME = 200
local SWEEP_STEP = 10
local TAKE_STEP = 4

-- the weight of a record that is not as it was taken in, where readings of the clock
-- are counted

local SLOW = 2


-- long tasks of operators or the market, done together with the sweep: a step of
-- each per call, as a function of the market and one that says whether time is over

local jobs = {}


jobs[4] = function(m)
    history.trim(m.prefix)
end


local function sweep_open(m)
    m.is_pass = true

    return { market = m, first = m.sync == 'running', hooks = 0, seen = 0, found = 0,
             skipped = 0, bad = 0, unread = 0, expected = 0,
             took = market.stopwatch() }
end


-- also where the clock was set back

local function sweep_is_over(s)
    return math.abs(s.took()) >= SWEEP_TIME
end


-- Those for which there is no time are the first ones of the next call: `job` of
-- `meta`.

local function sweep_jobs(s)
    local key = s.market.prefix .. keys.meta
    local first = (tonumber(keys.read(s.market.prefix, 'HGET', keys.meta,
                                      'job')) or 0) % #jobs

    local function is_over()
        return math.abs(s.took()) >= JOBS_TIME
    end

    for i = first, first + #jobs - 1 do
        local n = i % #jobs

        if i > first and is_over() then
            redis.call('HSET', key, 'job', n)
            return
        end

        jobs[n + 1](s.market, is_over)
    end
end


local function sweep_reply(s, cursor)
    local missed = s.first and 0 or s.found - s.expected

    return { cursor, s.hooks, s.seen, s.found, s.skipped,
             s.market.guard and 1 or 0, s.bad, missed, s.unread,
             market.is_awaited(s.market) and 1 or 0,
             math.max(s.took(), 0) }
end


-- A client who has no card yet, as an import or the office makes him, is nothing to be
-- mended: only one who had one, or whose card number cannot be read.

local function sweep_is_bad(c)
    local is_cardless = c.kind == CLIENT and c.values and not c.shadow
                        and not c.values[CLIENT.barcode]

    return c.unread or c.bad and not is_cardless
end


local function sweep_settle(s, kind, id, position)
    local c = change.open(s.market.prefix, kind, id, s.market, position)

    s.hooks = s.hooks + settle(c)

    if not c.same then
        s.took(SLOW)
    end

    -- of what is noted for a list of the office only, no hook is late

    if #c.writes > 0 and not (c.noted and not c.hooks) then
        s.found = s.found + 1
    end

    s.bad = s.bad + (sweep_is_bad(c) and 1 or 0)
    s.unread = s.unread + (c.unread and 1 or 0)
end


-- nothing is written for a record that cannot be read

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

        guard.undo(s.market)
        s.skipped = s.skipped + 1
    end
end


-- confirmed deletions are announced first; returns whether any could be

local function sweep_confirmed(s)
    if not outbox.has_room(s.market) then
        return false
    end

    for _, key in ipairs(guard.confirmed(s.market, TAKE_STEP)) do
        sweep_record(s, record.of(key))
    end

    s.expected = s.found

    return s.found > 0
end


-- some records from this position on: where to continue, and whether that is all

local function sweep_rows(s, kind, from, count)
    local rows = keys.read(s.market.prefix, 'ZRANGEBYSCORE', kind.index,
                           number.print_integer(from), '+inf', 'WITHSCORES',
                           'LIMIT', 0, count)

    for i = 1, #rows, 2 do
        if i > 1 and sweep_is_over(s) then
            return from, false
        end

        sweep_record(s, kind, rows[i], rows[i + 1])
        from = tonumber(rows[i + 1]) + 1
    end

    return from, #rows < 2 * count or from > number.INTEGER_MAX
end


local function sweep_index(prefix, kind, arguments)
    local from = argument.count('cursor', arguments[1], number.INTEGER_MAX)
    local count = argument.count('count', arguments[2], SWEEP_MAX, 1)
    local s = sweep_open(market.read(prefix))
    local over

    sweep_jobs(s)

    if sweep_confirmed(s) then
        return sweep_reply(s, number.print_integer(math.max(from, 1)))
    end

    if kind == CLIENT and from == 0 then
        range.begin(s.market)
    end

    repeat
        local step = math.min(count - s.seen, SWEEP_STEP)

        from, over = sweep_rows(s, kind, from, step)
    until over or s.seen >= count or sweep_is_over(s)

    if kind == CLIENT and over then
        range.over(s.market)
    end

    return sweep_reply(s, over and '0' or number.print_integer(from))
end


-- FCALL polycard_sweep_index 1 <prefix> <fence> <cursor> <count>
--
-- Clients in the order of getClients: `count` of them (up to 1000)
-- or, after about half a millisecond, fewer.

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
-- A round through all three is over: how many records were out of
-- line, and how many were incomplete.
--
--   how many were found in all rounds

register_fenced('swept', function(prefix, arguments)
    local found = argument.count('found', arguments[1], number.INTEGER_MAX)
    local bad = argument.count('bad', arguments[2], number.INTEGER_MAX)

    found = found + market.stored_count(prefix, 'round_found')

    hold.end_pass(prefix)
    redis.call('HSET', prefix .. keys.meta, 'round',
               number.print_integer(market.time()), 'round_bad',
               number.print_integer(bad), 'round_found',
               number.print_integer(found))

    return found
end)
