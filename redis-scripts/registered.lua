
-- `registered` for the office: what addClient did, read with a cursor, and removed
-- when the market has processed it.

local REGISTERED_MAX = 100


-- A cursor that the stream has never reached is of data that are lost, by a failover or
-- an older dump: by a clock that is behind new records come before it, and nobody would
-- see them.

local function registered_is_lost(prefix, id)
    local last = keys.last_id(prefix .. keys.registered)

    return last ~= '' and hold.is_before(last, id)
end


-- FCALL polycard_registered 1 <prefix> <after> <count>
--
--   [[record, name, value, ...], ...], oldest first: those after the given record
--   ('' or "0-0": from the beginning), up to count (1 to 100); [] if there is none
--   (yet); from the beginning, where Redis has lost the given one.  A record is like
--   1700000000000-0, its first part the time in ms; names: action (created or
--   carded), phone, id, barcode, then attributes as stored
--
--   ERR after must be like 1700000000000-0, count must be 1 to 100, too many
--       arguments
--   BROKEN the key registered is of a wrong type

office.register('registered', function(prefix, arguments)
    local after = argument.record('after', (arguments[1] or '') == '' and '0-0'
                                           or arguments[1])
    local count = argument.count('count', arguments[2], REGISTERED_MAX, 1)

    if #arguments > 2 then
        failure.raise('too many arguments')
    end

    local records = keys.behind(prefix, keys.registered, after, count)

    if #records == 0 and registered_is_lost(prefix, after) then
        records = keys.behind(prefix, keys.registered, '0-0', count)
    end

    for i, record in ipairs(records) do
        table.insert(record[2], 1, record[1])
        records[i] = record[2]
    end

    return records
end, { 'no-writes' })


-- FCALL polycard_read 1 <prefix> <upto>
--
--   [records removed, 1 if there are more up to there, or 0]: call it
--   again until that is 0
--
-- The market has processed all records up to this one, inclusive.  Where Redis has lost
-- it nothing is removed: which of the others the market has is unknown.
--
--   ERR upto must be like 1700000000000-0, too many arguments
--   BROKEN the key registered is of a wrong type

office.register('read', function(prefix, arguments)
    local upto = argument.record('upto', arguments[1])

    if #arguments > 1 then
        failure.raise('too many arguments')
    end

    local records = keys.read(prefix, 'XRANGE', keys.registered, '-', upto,
                              'COUNT', REGISTERED_MAX + 1)
    local gone = { 'XDEL', prefix .. keys.registered }
    local more = #records > REGISTERED_MAX

    for i = 1, math.min(#records, REGISTERED_MAX) do
        gone[#gone + 1] = records[i][1]
    end

    if #records > 0 and registered_is_lost(prefix, upto) then
        return { 0, 0 }
    end

    if #records > 0 then
        redis.call(unpack(gone))
    end

    return { #gone - 2, more and 1 or 0 }
end)


-- The records of `registered` that are not processed yet: how many, and the age of
-- the oldest one in ms, -1: there is none.  With consumer groups it is
-- what the slowest one has not acknowledged; else all of them, since processed ones
-- are removed.

local GROUPS_MAX = 8


local function registered_first(prefix, after)
    local records = keys.try(prefix, 'XRANGE', keys.registered, '(' .. after,
                             '+', 'COUNT', 1)

    return records and records[1] and records[1][1]
end


-- if Redis does not say how many: the exact number, or if there are many, that of
-- all records

local function registered_lag(prefix, after)
    local records = keys.try(prefix, 'XRANGE', keys.registered, '(' .. after,
                             '+', 'COUNT', REGISTERED_MAX) or {}

    return #records < REGISTERED_MAX and #records
           or keys.try(prefix, 'XLEN', keys.registered) or 0
end


local function registered_group(prefix, fields)
    local group = {}

    for i = 1, #fields, 2 do
        group[fields[i]] = fields[i + 1]
    end

    local first = registered_first(prefix, group['last-delivered-id'])
    local lag = group.lag or registered_lag(prefix, group['last-delivered-id'])
    local pending = group.pending > 0
                    and redis.pcall('XPENDING', prefix .. keys.registered,
                                    group.name)

    return lag + group.pending, pending and pending[2] or first
end


-- none without the right to read them

local function registered_groups(prefix)
    local groups = redis.pcall('XINFO', 'GROUPS', prefix .. keys.registered)

    return not groups.err and groups or {}
end


function office.unread(prefix)
    local unread = keys.try(prefix, 'XLEN', keys.registered) or 0
    local first = registered_first(prefix, '0-0')
    local groups = unread > 0 and registered_groups(prefix) or {}

    if #groups > 0 then
        unread, first = 0, nil
    end

    for i = 1, math.min(#groups, GROUPS_MAX) do
        local n, id = registered_group(prefix, groups[i])

        if n > 0 and (not first or id and hold.is_before(id, first)) then
            first = id
        end

        unread = math.max(unread, n)
    end

    if unread == 0 or not first then
        return unread, -1
    end

    return unread, math.max(market.time() - tonumber(first:match('^%d+')), 0)
end
