
-- Dead letters, for the operator: polycard_dead, polycard_requeue,
-- polycard_delete_dead.

local REQUEUE_MAX = 20
local REQUEUE_TRIES = 10


-- the hooks of entries of `dead`, in the order of their ids; those of a broken list
-- stay

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


-- moves hooks to the lists of their keys, before newer ones

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
--   how many hooks were requeued; 0: no such entry; all: call it again until that
--   is 0
--
--   CONFLICT this entry is no hook: somebody else has written it
--   ERR id must be all or like 1700000000000-0, too many arguments
--   BROKEN ...

office.register('requeue', function(prefix, arguments)
    if #arguments > 1 then
        failure.raise('too many arguments')
    end

    local first, last = '-', '+'

    if arguments[1] ~= 'all' then
        first = argument.record('id', arguments[1], 'all')
        last = first
    end

    -- entries that are not hooks stay; they must not hide the others

    for _ = 1, REQUEUE_TRIES do
        local entries = keys.read(prefix, 'XRANGE', keys.dead, first, last,
                                  'COUNT', REQUEUE_MAX)
        local hooks = requeue_hooks(prefix, entries)

        if first == last and #entries > #hooks then
            failure.refuse('CONFLICT', 'this entry is no hook')
        end

        if #hooks > 0 or #entries < REQUEUE_MAX then
            return requeue(prefix, hooks)
        end

        first = '(' .. entries[#entries][1]
    end

    return 0
end)


-- FCALL polycard_dead 1 <prefix> <after> <count>
--
--   [[entry, hook, object, action, key, attempts, reason, answer], ...], oldest
--   first: those after the given entry ('' or "0-0": from the beginning), up to count
--   (1 to 50)
--
--   entry     its id for polycard_requeue and polycard_delete_dead, its first part the
--             time in ms when the hook became a dead letter
--   hook      the hook's id (webhook-id)
--   key       masked: "38067*****33", or "group:3"
--   answer    the gateway's, masked
--
-- For an entry that is not a hook, object, action and key are ''.
--
--   ERR after must be like 1700000000000-0, count must be 1 to 50, too many
--       arguments
--   BROKEN the key dead is of a wrong type

local DEAD_PAGE = 50


local function dead_masked(key)
    local head, tail = key:match('^(%d%d%d%d%d)%d%d%d%d%d(%d%d)$')

    return head and head .. '*****' .. tail or key
end


local function dead_row(entry)
    local f = entry[2]
    local key = outbox.key(f, DEAD_HEAD)
    local is_ours = f[1] == 'reason' and f[3] == 'answer' and f[5] == 'hook'
                    and f[7] == 'attempts'

    return { entry[1], is_ours and f[6] or '',
             key and f[DEAD_HEAD + 2] or '', key and f[DEAD_HEAD + 4] or '',
             key and dead_masked(key) or '', is_ours and f[8] or '0',
             is_ours and f[2] or '', is_ours and f[4] or '' }
end


office.register('dead', function(prefix, arguments)
    local after = argument.record('after', (arguments[1] or '') == '' and '0-0'
                                           or arguments[1])
    local count = argument.count('count', arguments[2], DEAD_PAGE, 1)

    if #arguments > 2 then
        failure.raise('too many arguments')
    end

    local rows = keys.behind(prefix, keys.dead, after, count)

    for i, entry in ipairs(rows) do
        rows[i] = dead_row(entry)
    end

    return rows
end, { 'no-writes' })


-- FCALL polycard_delete_dead 1 <prefix> <entry>
--
--   1, or 0 if there was none

office.register('delete_dead', function(prefix, arguments)
    local id = argument.record('id', arguments[1])

    if #arguments > 1 then
        failure.raise('too many arguments')
    end

    keys.read(prefix, 'XLEN', keys.dead)

    return redis.call('XDEL', prefix .. keys.dead, id)
end)
