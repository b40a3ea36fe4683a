
-- polycard_find_hooks: the state of the hooks of one client or group.

local FIND_STEP = { dead = 50, outbox = 100 }
local FIND_HELD = 32


-- those on hold, the next first, with the reason why the first one was refused

local function find_held(prefix, key, reply)
    local list = keys.read(prefix, 'LRANGE', keys.held(key), 0, FIND_HELD - 1)
    local due = keys.try(prefix, 'ZSCORE', keys.retry, key) or ''
    local refused = keys.try(prefix, 'HGET', keys.refused, key) or ''
    local whose, reason, answer = refused:match('^(%S+) ([^\n]*)\n(.*)$')

    for i, element in ipairs(list) do
        local hook = hold.decode(element)

        if hook then
            local mine = hook[1] == whose

            reply[#reply + 1] = { 'held', hook[1], hook[4], hook[6],
                                  number.print_integer(hook[2]),
                                  i == 1 and due or '', mine and reason or '',
                                  mine and answer or '', '' }
        end
    end
end


local function find_accepted(prefix, key, reply)
    for _, one in ipairs(history.of(prefix, key)) do
        reply[#reply + 1] = { 'accepted', one[1], one[4], one[5], one[3],
                              one[2], '', '', '' }
    end
end


local function find_of(fields, n, key)
    return (fields[n + 5] == 'id' and GROUP.prefix or '')
           .. tostring(fields[n + 6]) == key
end


local function find_step(prefix, key, stream, id, reply)
    local n = stream == keys.dead and DEAD_HEAD or 0
    local records = keys.read(prefix, 'XRANGE', stream, '(' .. id, '+', 'COUNT',
                              FIND_STEP[stream])

    for _, record in ipairs(records) do
        local f = record[2]

        id = record[1]

        if #f >= n + 6 and find_of(f, n, key) then
            reply[#reply + 1] = n > 0
                and { 'dead', f[6], f[n + 2], f[n + 4], f[8],
                      id:match('^%d+'), f[2], f[4], id }
                or { 'waiting', id, f[2], f[4], '0', '', '', '', '' }
        end
    end

    if #records == FIND_STEP[stream] then
        return stream .. ':' .. id
    end

    return stream == keys.dead and 'outbox:0-0' or '0'
end


-- FCALL polycard_find_hooks 1 <prefix> <phone> [<cursor>]
-- FCALL polycard_find_hooks 1 <prefix> group:<id> [<cursor>]
--
--   [cursor, hook, ...]; call it again with the cursor until that is "0".
--   The first call returns those on hold (up to 32) and those accepted (the latest
--   first), the next ones the dead letters, then the waiting ones, both oldest first;
--   a call may return none.
--
--   hook: [state, id, object, action, attempts, time, reason, answer, entry]
--
--   state     held, accepted, dead, waiting
--   id        of the hook (webhook-id), its first part the time in ms when it was
--             made
--   attempts  so far; of an accepted one with the last
--   time      ms; held: when the next attempt is due (of the first one, else ''),
--             accepted: when, dead: when it was set aside, waiting: ''
--   reason, answer    of a dead one, and of the first one on hold: why it was
--             refused, and the gateway's answer, masked; else ''
--   entry     of a dead one: its id for polycard_requeue; else ''
--
--   ERR phone ..., id ..., cursor must be one that a call has returned, too many
--       arguments
--   BROKEN ...

office.register('find_hooks', function(prefix, arguments)
    local key = argument.key(arguments[1])
    local cursor = arguments[2] or '0'
    local stream, id = cursor:match('^(%l+):(%d+%-%d+)$')
    local reply = { 'dead:0-0' }

    if #arguments > 2 then
        failure.raise('too many arguments')
    end

    if cursor == '0' then
        find_held(prefix, key, reply)
        find_accepted(prefix, key, reply)

    elseif FIND_STEP[stream or ''] then
        reply[1] = find_step(prefix, key, stream, id, reply)

    else
        failure.raise('cursor must be one that a call has returned')
    end

    return reply
end, { 'no-writes' })
