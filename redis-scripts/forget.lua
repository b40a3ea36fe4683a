
-- polycard_forget_client: no name, phone, e-mail or birthday of the client stays
-- in a key of the market, except in hooks that must still be sent; these are
-- removed when they are accepted.
--
-- `forget` is a sorted set of "<phone> <asked ms>", by the time of the next check:
-- what the caller does not finish is done together with the sweep.  A walk goes
-- through `dead`, then `registered`; its cursor is "<stream>:<id>:<asked ms>".
-- An earlier number of a client who is forgotten counts as asked for when he left it.
-- "<phone> <asked ms> history" is of a deletion that was announced again, maybe of
-- somebody who is forgotten: when it was accepted, the history forgets his hooks.
-- If the phone is another client's again by then, or was it, what was written since stays.

local FORGET_STEP = { dead = 50, registered = 100 }
local FORGET_NEXT = { dead = 'registered' }
local FORGET_WAIT = 5000        -- ms until it is looked at again


-- what the library has written says in one place whose it is: card numbers of others
-- may have the phone in them

local function forget_key(stream, fields)
    if stream == keys.dead then
        return outbox.key(fields, DEAD_HEAD)
    end

    return fields[3] == CLIENT.identity.name
           and value.check(CLIENT.identity.type, fields[4])
end


-- written by somebody else, it may have the phone anywhere

local function forget_is_of(stream, fields, phone)
    local key = forget_key(stream, fields)

    if key then
        return key == phone
    end

    for i = 1, #fields do
        if fields[i]:find(phone, 1, true) then
            return true
        end
    end

    return false
end


-- Is what was written since then of another client, who has the number, or had it?

local function forget_is_taken(prefix, phone, asked)
    return redis.call('EXISTS', prefix .. CLIENT.key .. phone) == 1
           or moved.is_left(prefix, phone, asked)
end


-- One step of the walk: how many entries were deleted, and the next cursor, "0"
-- at the end.  If the phone was another client's again, entries since then are kept.

local function forget_walk(prefix, phone, cursor)
    local stream, id, asked = cursor:match('^(%l+):(%d+%-%d+):(%d+)$')
    local most = forget_is_taken(prefix, phone, asked) and asked or '+'
    local records = keys.read(prefix, 'XRANGE', stream, '(' .. id, most,
                              'COUNT', FORGET_STEP[stream])
    local gone = { 'XDEL', prefix .. stream }

    for _, record in ipairs(records) do
        id = record[1]

        if forget_is_of(stream, record[2], phone) then
            gone[#gone + 1] = id
        end
    end

    if #gone > 2 then
        redis.call(unpack(gone))
    end

    if #records == FORGET_STEP[stream] then
        cursor = ('%s:%s:%s'):format(stream, id, asked)
    elseif FORGET_NEXT[stream] then
        cursor = ('%s:0-0:%s'):format(FORGET_NEXT[stream], asked)
    else
        cursor = '0'
    end

    return #gone - 2, cursor
end


-- Was all told that had to be?  The id of the last hook is given after `asked`
-- was read, by a clock that goes on meanwhile.

local function forget_is_told(prefix, phone, asked)
    local records = keys.read(prefix, 'XRANGE', keys.outbox, '-', '+',
                              'COUNT', 1)
    local oldest = records[1] and tonumber(records[1][1]:match('^%d+'))
    local again = redis.call('EXISTS', prefix .. CLIENT.key .. phone) == 1

    return (not oldest or oldest > tonumber(asked) + FORGET_WAIT)
           and redis.call('EXISTS', prefix .. keys.held(phone)) == 0
           and not keys.try(prefix, 'ZSCORE', keys.left, phone)
           and (again or keys.read(prefix, 'HEXISTS', keys.shadow(phone),
                                   phone) == 0)
end


local function forget_later(prefix, member, asked)
    redis.call('ZADD', prefix .. keys.forget, asked, member)
end


-- continues with the one that is due; `forget` of `meta` is "<member> <cursor>"

local function forget_go_on(prefix, member, now)
    local phone, asked, part = member:match('^(%d+) (%d+) ?(%l*)$')
    local stored = keys.read(prefix, 'HGET', keys.meta, 'forget') or ''
    local whose, cursor = stored:match('^(%d+ %d+) (%S+)$')

    if not phone then
        redis.call('ZREM', prefix .. keys.forget, member)
        return
    end

    if whose ~= member then
        if not forget_is_told(prefix, phone, asked) then
            return forget_later(prefix, member,
                                number.print_integer(now + FORGET_WAIT))
        end

        cursor = 'dead:0-0:' .. asked
    end

    if part ~= 'history' then
        local _, next = forget_walk(prefix, phone, cursor)

        if next ~= '0' then
            redis.call('HSET', prefix .. keys.meta, 'forget',
                       member .. ' ' .. next)
            return
        end

        redis.call('HDEL', prefix .. keys.meta, 'forget')
    end

    -- hooks since then are those of who is a client again

    history.forget(prefix, phone, forget_is_taken(prefix, phone, asked)
                                  and tonumber(asked))
    redis.call('ZREM', prefix .. keys.forget, member)
end


-- the first one between these times

local function forget_first(prefix, from, to)
    local found = keys.try(prefix, 'ZRANGEBYSCORE', keys.forget, from, to,
                           'LIMIT', 0, 1)

    return found and found[1]
end


-- A time that is further away than any is set means that the clock was set back.

local function forget_due(prefix, now)
    return forget_first(prefix, '-inf', number.print_integer(now))
           or forget_first(prefix,
                           '(' .. number.print_integer(now + FORGET_WAIT),
                           '+inf')
end


jobs[2] = function(m)
    local now = market.time()
    local due = forget_due(m.prefix, now)

    if due then
        local done, raised = pcall(forget_go_on, m.prefix, due, now)

        if not done then
            failure.pass_own(raised)
            forget_later(m.prefix, due,
                         number.print_integer(now + FORGET_WAIT))
        end
    end
end


-- FCALL polycard_forget_client 1 <prefix> <phone> [<cursor>]
--
--   [1 deleted or 0 not there, entries removed, cursor]; call it again with the
--   cursor until that is "0".  Without further calls the sweep does the rest, only
--   later; it also repeats the walk when all hooks were accepted.
--
-- The client is deleted, as by polycard_delete_client, and his hooks are removed from
-- the history; then his entries from `dead` and `registered`.  Also for a client who
-- was deleted before.
--
--   ERR phone ..., cursor must be one that a call has returned, too many arguments
--   BROKEN ...

local function forget_begin(prefix, phone)
    local asked = number.print_integer(market.time())
    local c = change.open(prefix, CLIENT, phone)
    local known = history.of(prefix, phone)

    keys.read(prefix, 'ZCARD', keys.forget)
    change.write(c, 'ZADD', prefix .. keys.forget, asked, phone .. ' ' .. asked)

    for _, one in ipairs(moved.forget(c)) do
        change.write(c, 'ZADD', prefix .. keys.forget, asked,
                     one.phone .. ' ' .. one.ms)
    end

    -- whoever is told that he is not forgotten is still there

    if #known > 0 then
        failure.need_right('forget_client', 'LREM',
                           prefix .. keys.history(phone), '-1', '')
    end

    local existed = settle_delete(c)

    history.forget(prefix, phone, nil, known)

    return { existed, #known, 'dead:0-0:' .. asked }
end


office.register('forget_client', function(prefix, arguments)
    local phone = record.identity(arguments, CLIENT, 2)
    local cursor = arguments[2] or '0'

    if cursor == '0' then
        return forget_begin(prefix, phone)
    end

    if not FORGET_STEP[cursor:match('^(%l+):%d+%-%d+:%d+$') or ''] then
        failure.raise('cursor must be one that a call has returned')
    end

    local removed, next = forget_walk(prefix, phone, cursor)

    return { 0, removed, next }
end)
