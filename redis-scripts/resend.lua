
-- polycard_resend, polycard_resend_all: records are announced again.

local RESEND_MAX = 25


-- Writes the whole record as one more hook, unless a hook is waiting that has it.
-- Returns how many hooks were written; nil, and nothing is written, if there is no
-- room.

local function resend(prefix, kind, id, m)
    local c = change.open(prefix, kind, id, m)

    if not c.market.hooks then
        failure.refuse('CONFLICT', 'this market has no hook')
    end

    if not outbox.has_room(c.market) then
        return nil
    end

    settle_open(c)

    if c.known then
        if not outbox.has_room(c.market) then
            return nil
        end

        outbox.again(c, c.known)
    end

    return change.commit(c)
end


local function resend_some(...)
    return resend(...) or failure.refuse('UNAVAILABLE', 'the outbox is full')
end


-- [hooks written, next cursor]: groups, then clients; at least one if there is any

local function resend_all(prefix, cursor, is_over)
    local name, from = cursor:match('^(%l+):(%d+)$')
    local kind = (cursor == '0' or name == 'group') and GROUP or CLIENT

    if cursor ~= '0' and name ~= 'group' and name ~= 'client' then
        failure.raise('cursor must be one that a call has returned')
    end

    local m, hooks = market.read(prefix), 0
    local rows = keys.read(prefix, 'ZRANGEBYSCORE', kind.index, from or '0',
                           '+inf', 'WITHSCORES', 'LIMIT', 0, RESEND_MAX)
    local over = #rows < 2 * RESEND_MAX

    for i = 1, #rows, 2 do
        local try = i == 1 and resend_some or resend
        local done, written = broken.try(prefix, kind.prefix .. rows[i], try,
                                         prefix, kind, rows[i], m)

        if not written then
            over = false
            break
        end

        if done then
            hooks = hooks + written
        else
            guard.undo(m)
        end

        from = number.print_integer(tonumber(rows[i + 1]) + 1)

        if i + 2 < #rows and is_over and is_over() then
            over = false
            break
        end
    end

    if not over then
        return { hooks, kind.key .. from }
    end

    if kind == CLIENT then
        redis.call('HDEL', prefix .. keys.meta, 'doubt')
    end

    return { hooks, kind == GROUP and 'client:0' or '0' }
end


-- FCALL polycard_resend 1 <prefix> <phone>
-- FCALL polycard_resend 1 <prefix> group <id>
--
--   how many hooks were written
--
-- FCALL polycard_resend 1 <prefix> all [<cursor>]
--
--   [hooks written, next cursor]; done when the cursor is "0"
--
--   CONFLICT this market has no hook
--   UNAVAILABLE the outbox is full: again when it has drained, with this cursor
--   ERR phone ..., id ..., cursor must be one that a call has returned, too many
--       arguments
--   BROKEN ...

office.register('resend', function(prefix, arguments)
    local what = arguments[1]

    if #arguments > 2 or (#arguments == 2 and what ~= 'group'
                          and what ~= 'all')
    then
        failure.raise('too many arguments')
    end

    if what == 'all' then
        return resend_all(prefix, arguments[2] or '0')
    end

    if what == 'group' then
        return resend_some(prefix, GROUP,
                           value.argument('id', 'integer', arguments[2]))
    end

    return resend_some(prefix, CLIENT,
                       record.identity(arguments, CLIENT, 1))
end)


-- `resend` of `meta` is a resend of all that is done together with the sweep:
-- "<cursor> <hooks written> <begun ms>".

local function resend_job(prefix)
    local stored = keys.read(prefix, 'HGET', keys.meta, 'resend') or ''

    return stored:match('^(%S+) (%d+) (%d+)$')
end


-- how many hooks were written, -1: no resend is running; and how many clients and
-- groups are left

function jobs.resend_progress(prefix)
    local cursor, hooks = resend_job(prefix)

    if not cursor then
        return -1, 0
    end

    local name, from = cursor:match('^(%l+):(%d+)$')
    local left = keys.try(prefix, 'ZCOUNT', keys.clients,
                          name == 'client' and from or '-inf', '+inf') or 0

    if name ~= 'client' then
        left = left + (keys.try(prefix, 'ZCOUNT', keys.groups, from or '-inf',
                                '+inf') or 0)
    end

    return tonumber(hooks), left
end


-- one step; none while the outbox is full

jobs[1] = function(m, is_over)
    local cursor, hooks, begun = resend_job(m.prefix)

    if not cursor or not m.hooks or not outbox.has_room(m) then
        return
    end

    local done, reply = pcall(resend_all, m.prefix, cursor, is_over)

    if not done then
        failure.pass_own(reply)
        return
    end

    m.waiting = nil

    if reply[2] == '0' then
        redis.call('HDEL', m.prefix .. keys.meta, 'resend')
    else
        redis.call('HSET', m.prefix .. keys.meta, 'resend',
                   ('%s %.0f %s'):format(reply[2], hooks + reply[1], begun))
    end
end


-- FCALL polycard_resend_all 1 <prefix> [stop]
--
--   how many clients and groups are to be announced again; 0 after "stop".  nginx
--   does it, as long as the market has hooks; a resend that is running
--   is not started again.  polycard_status shows its progress: `resend`,
--   `resend_left`.
--
--   CONFLICT this market has no hook
--   ERR what must be stop, too many arguments

office.register('resend_all', function(prefix, arguments)
    local stop = arguments[1] ~= nil
    local m = market.read(prefix)

    if #arguments > 1 then
        failure.raise('too many arguments')
    end

    if stop and arguments[1] ~= 'stop' then
        failure.raise('what must be stop')
    end

    if stop then
        redis.call('HDEL', prefix .. keys.meta, 'resend')
        return 0
    end

    if not m.hooks then
        failure.refuse('CONFLICT', 'this market has no hook')
    end

    if not resend_job(prefix) then
        redis.call('HSET', prefix .. keys.meta, 'resend',
                   '0 0 ' .. number.print_integer(market.time()))
    end

    local _, left = jobs.resend_progress(prefix)

    return left
end)
