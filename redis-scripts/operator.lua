
-- For the operator: polycard_requeue, polycard_resend, polycard_status.

local REQUEUE_MAX = 20
local REQUEUE_TRIES = 10
local RESEND_MAX = 25
local DEAD_HEAD = 8     -- reason, answer, hook, attempts


-- the hooks of entries of `dead`, in the order of their ids; those of a list
-- that cannot be used stay

local function requeue_hooks(prefix, entries)
    local hooks = {}

    for _, entry in ipairs(entries) do
        local fields = entry[2]
        local key = hold.is_id(fields[6]) and outbox.key(fields, DEAD_HEAD)

        if key and (#entries == 1
                    or keys.try(prefix, 'LLEN', keys.held(key)))
        then
            hooks[#hooks + 1] = {
                entry = entry[1], key = key, id = fields[6],
                fields = { unpack(fields, DEAD_HEAD + 1) },
            }
        end
    end

    table.sort(hooks, function(a, b) return hold.is_before(a.id, b.id) end)

    return hooks
end


-- to the lists of their keys, ahead of what came later

local function requeue(prefix, hooks)
    local step, now = hold.open(prefix), market.time()
    local gone = { 'XDEL', prefix .. keys.dead }

    for _, hook in ipairs(hooks) do
        local _, place = hold.find(prefix, hook.key, hook.id)

        hold.insert(step, hook.key, hook.id, 0, hook.fields)
        gone[#gone + 1] = hook.entry

        if place == 0 then
            hold.due(step, hook.key, now)
        end
    end

    if #hooks > 0 then
        step.writes[#step.writes + 1] = gone
    end

    hold.commit(step)

    return #hooks
end


-- FCALL polycard_requeue 1 <prefix> <id of an entry of dead>
-- FCALL polycard_requeue 1 <prefix> all
--
--   how many hooks went back; all: to be called again until that is 0

register('requeue', function(prefix, arguments)
    if #arguments > 1 then
        failure.raise('too many arguments')
    end

    local first, last = '-', '+'

    if arguments[1] ~= 'all' then
        first = argument.record('id', arguments[1])
        last = first
    end

    -- entries that are no hooks stay; they must not hide the others

    for _ = 1, REQUEUE_TRIES do
        local entries = keys.read(prefix, 'XRANGE', keys.dead, first, last,
                                  'COUNT', REQUEUE_MAX)
        local hooks = requeue_hooks(prefix, entries)

        if #hooks > 0 or #entries < REQUEUE_MAX then
            return requeue(prefix, hooks)
        end

        first = '(' .. entries[#entries][1]
    end

    return 0
end)


-- The whole record as one hook more, if the gateway does not get it anyway.
-- How many hooks were written; nil, and nothing is, if there is no room.

local function resend(prefix, kind, id, m)
    local c = change.open(prefix, kind, id, m)

    if not c.market.hooks then
        failure.raise('this market has no hook')
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
    return resend(...) or failure.raise('the outbox is full')
end


-- [hooks written, next cursor]: groups, then clients

local function resend_all(prefix, cursor)
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

        hooks = hooks + (done and written or 0)
        from = number.print_integer(tonumber(rows[i + 1]) + 1)
    end

    if not over then
        return { hooks, kind.key .. from }
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
--   [hooks written, next cursor]; all is done when the cursor is "0"

register('resend', function(prefix, arguments)
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
