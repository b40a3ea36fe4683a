
-- The hosts of a market, and their configurations.  A host reports its settings
-- when it asks for the lease; the settings of the market follow from all hosts, not
-- from the one that holds the lease.
--
-- `hosts` is a hash of "<host> <name>=<value> ..." with "<seen> <span> <since>",
-- milliseconds: when it was reported last, how long that is valid, since when it
-- has been reported without a pause.

local hosts = {}

local LEASES = 3                 -- a host is present for so many leases
local OVERLAP = 1000            -- ms that an old worker may ask beside new ones
local LEAVING = 2000            -- ms: twice the time between two calls
local REMEMBERED = 86400000     -- ms for a host with hooks beside others
local REMEMBERED_MAX = 32
local ROWS_MAX = 64
local SAYS_MAX = 16
local NAMED_MAX = 4

local SHARED = { 'delete_guard', 'outbox_max', 'initial_sync',
                 'idempotency_time', 'card_numbers', 'hook_history' }


local function host_row(field, stored, now)
    local host, words = field:match('^(%S+) (.+)$')
    local seen, span, since = stored:match('^(%d+) (%d+) (%d+)$')
    local says = {}

    if not host or not seen then
        return { field = field, seen = 0, dropped = true, says = says }
    end

    for name, said in words:gmatch('(%S+)=(%S+)') do
        says[name] = said
    end

    return {
        field = field, host = host, says = says, hooks = says.hooks == '1',
        seen = tonumber(seen), span = tonumber(span), since = tonumber(since),

        -- also where the clock was set back
        live = math.abs(now - seen) < tonumber(span),
    }
end


-- what the caller reports: <host> <name> <value> ...; nil: nothing, as earlier
-- versions

local function host_caller(arguments, first, ttl, now)
    local host = arguments[first]
    local words, known = { host }, {}

    if not host then
        return
    end

    if #host > 255 or not host:find('^[%w%._/%-]+$') then
        failure.raise('host must be a name')
    end

    if #arguments - first > 2 * SAYS_MAX then
        failure.raise('too many settings')
    end

    for i = first + 1, #arguments, 2 do
        local name, said = arguments[i], arguments[i + 1] or ''

        if not name:find('^[%l_]+$') or not said:find('^[%w_]+$')
           or #name + #said > 64
        then
            failure.raise('a setting must be a name and a word')
        end

        market.check_known(name, said)

        if name == 'known_card' or name == 'known_id' then
            known[name] = tonumber(said)
        else
            words[#words + 1] = name .. '=' .. said
        end
    end

    local row = host_row(table.concat(words, ' '),
                         now .. ' ' .. ttl * LEASES .. ' ' .. now, now)

    row.known = known

    return row
end


-- none if `hosts` is broken: each host is alone then

local function host_rows(prefix, now)
    local stored = keys.try(prefix, 'HGETALL', keys.hosts) or {}
    local rows = {}

    for i = 1, #stored, 2 do
        rows[#rows + 1] = host_row(stored[i], stored[i + 1], now)
    end

    table.sort(rows, function(a, b)
        return a.seen > b.seen or a.seen == b.seen and a.field < b.field
    end)

    return rows
end


-- adds the caller; written again only three times per lease, so
-- that a hundred workers that ask do not cause a hundred writes a second

local function host_join(rows, caller, now)
    for i, row in ipairs(rows) do
        if row.field == caller.field then
            table.remove(rows, i)

            caller.since = row.live and row.since or now
            caller.due = not row.live or row.span ~= caller.span
                         or math.abs(now - row.seen) >= row.span / 9

            table.insert(rows, 1, caller)
            return
        end
    end

    caller.due = #rows < ROWS_MAX
    table.insert(rows, 1, caller)
end


-- A host with hooks that is away counts: changes wait for it.  It does
-- not count once the same host is back without hooks: they were removed.

local function host_forget(rows, now)
    local off, sending, remembered, taken = {}, false, 0, false

    for _, row in ipairs(rows) do
        if row.live and row.hooks then
            sending = true
        elseif row.live then
            off[row.host] = true
        end
    end

    for _, row in ipairs(rows) do
        if not row.live and not row.dropped then
            remembered = remembered + 1
            taken = taken or row.hooks and off[row.host]
            row.dropped = not row.hooks or off[row.host]
                          or sending and (now - row.seen >= REMEMBERED
                                          or remembered > REMEMBERED_MAX)
        end
    end

    return taken
end


-- a newer configuration of the same host has replaced it

local function host_is_over(rows, row)
    for _, other in ipairs(rows) do
        if other ~= row and other.live and other.host == row.host
           and other.since > row.since and row.seen <= other.since + OVERLAP
        then
            return true
        end
    end
end


-- A setting that was reported first stays until no host reports it any more: it
-- does not depend on the caller.

local function host_settings(j, prefix, m)
    local stored = keys.read(prefix, 'HMGET', keys.meta, 'hooks',
                             unpack(SHARED))

    local function is_said(name, said)
        for _, row in ipairs(j.rows) do
            if row.live and row.hooks == j.hooks and row.says[name] == said
               and not host_is_over(j.rows, row)
            then
                return true
            end
        end
    end

    local function put(name, said)
        j.set[#j.set + 1] = name
        j.set[#j.set + 1] = said
    end

    if stored[1] ~= (j.hooks and '1' or '0') then
        put('hooks', j.hooks and '1' or '0')
        j.begins = j.hooks and stored[1] == '0'
    end

    if j.hooks then
        market.begin_hooks(m, put)
    end

    for i, name in ipairs(SHARED) do
        local said = j.caller.says[name]

        if j.may and said and said ~= stored[i + 1]
           and not is_said(name, stored[i + 1])
        then
            put(name, said)
            j.cards = name == 'card_numbers' and said or j.cards
        end
    end
end


-- the names of settings that differ

local function host_difference(caller, row)
    local names = {}

    if caller.hooks ~= row.hooks then
        return 'hook'
    end

    for name, said in pairs(row.says) do
        if caller.says[name] and caller.says[name] ~= said then
            names[#names + 1] = name
        end
    end

    table.sort(names)

    return table.concat(names, ', ')
end


-- "hook (web1); outbox_max (web2)": settings in which others differ from the
-- caller, as far as they have reported them since it began

local function host_differences(j)
    local caller, texts = j.caller, {}

    for _, row in ipairs(j.rows) do
        local there = row.live and row.seen > caller.since
                      and not host_is_over(j.rows, row)
        local awaited = not j.may and row.hooks and not row.dropped

        if row ~= caller and (there or awaited) then
            local names = host_difference(caller, row)

            if names ~= '' then
                texts[#texts + 1] = names .. ' ('
                                    .. row.host:match('^[^/]*') .. ')'
            end
        end
    end

    if #texts == 0 and not j.may then
        return 'hook'
    end

    table.sort(texts)

    return table.concat(texts, '; ', 1, math.min(#texts, NAMED_MAX))
end


-- What follows from the settings of all hosts, including the caller: whether it may
-- hold the lease, what is to be set, where others differ.  Writes nothing.

function hosts.judge(prefix, m, ttl, arguments, first)
    local now = market.time()
    local caller = host_caller(arguments, first, ttl, now)
    local rows = host_rows(prefix, now)
    local j = { prefix = prefix, rows = rows, caller = caller, set = {},
                differ = '' }

    if caller then
        host_join(rows, caller, now)
    end

    local taken = host_forget(rows, now)

    for _, row in ipairs(rows) do
        j.sending = j.sending or row.live and row.hooks
        j.hooks = j.hooks or row.hooks and not row.dropped
    end

    -- no host has reported whether it has hooks: an earlier version

    j.hooks = j.hooks or m.hooks and not taken or false

    if caller then
        j.may = caller.hooks == j.hooks
        host_settings(j, prefix, m)
        j.differ = host_differences(j)
    end

    return j
end


function hosts.write(j)
    local key = j.prefix .. keys.hosts

    local known = keys.try(j.prefix, 'HLEN', keys.hosts) ~= nil

    if not j.caller then
        return
    end

    for _, row in ipairs(j.rows) do
        if row.dropped then
            redis.call('HDEL', key, row.field)
        end
    end

    if j.caller.due and known then
        redis.call('HSET', key, j.caller.field, j.caller.seen .. ' '
                   .. j.caller.span .. ' ' .. j.caller.since)
    end

    if #j.set > 0 then
        redis.call('HSET', j.prefix .. keys.meta, unpack(j.set))
    end
end


-- the caller leaves: a worker that continues with the same configuration reports
-- it before it is forgotten

function hosts.leave(prefix, arguments, first)
    local now = market.time()
    local caller = host_caller(arguments, first, 0, now)

    if caller and keys.try(prefix, 'HEXISTS', keys.hosts, caller.field) == 1
    then
        local stored = redis.call('HGET', prefix .. keys.hosts, caller.field)

        redis.call('HSET', prefix .. keys.hosts, caller.field,
                   now .. ' ' .. LEAVING .. ' '
                   .. host_row(caller.field, stored, now).since)
    end
end


local function host_has_sent(prefix)
    local stored = keys.read(prefix, 'HMGET', keys.meta, 'hooks', 'accepted',
                             'had_hooks')

    return stored[1] == '1' or stored[2] or stored[3]
           or redis.call('EXISTS', prefix .. keys.outbox,
                         prefix .. keys.retry) > 0
end


-- For the operator: hosts with hooks that are away will not come back.  Returns
-- their number, or raises an error if one is present, or if that cannot be told.
-- `ended` of `meta`: the sweep removes what waits to be sent, and nothing is kept of
-- those who are deleted.

function hosts.end_hooks(prefix)
    keys.read(prefix, 'HLEN', keys.hosts)

    local rows = host_rows(prefix, market.time())
    local gone, set = {}, { 'hooks', '0', 'ended', '1' }

    for _, row in ipairs(rows) do
        if row.live and row.hooks then
            failure.refuse('CONFLICT', 'a host of this market has hooks')
        end

        if row.hooks then
            gone[#gone + 1] = row.field
        end
    end

    if #gone > 0 then
        redis.call('HDEL', prefix .. keys.hosts, unpack(gone))
    end

    -- what tells so may be removed with what waits

    if host_has_sent(prefix) then
        set[5], set[6] = 'had_hooks', '1'
    end

    redis.call('HSET', prefix .. keys.meta, unpack(set))

    return #gone
end
