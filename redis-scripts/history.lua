
-- The hooks that the gateway has accepted lately: `history:<last 3 digits>` of the
-- phone, `history:groups`.  Each is a list of "<id> <accepted ms> <attempts>
-- <object> <action> <key>", the latest last; nothing else of a hook is kept.
--
-- `hook_history` of `meta` is about how many in all: each list has a thousandth,
-- and some more, because it is trimmed only now and then.  Where it was lowered,
-- the sweep trims all lists.

local history = {}

local HISTORY_DEFAULT = 100000
local LISTS = 1000
local GROUPS_MAX = 1000
local HISTORY_GROUPS = 'history:groups'
local SPARE = 8
local LATEST = 128             -- as many as one call accepts

-- of one call that trims: lists, and entries of all of them

local TRIM_STEP = 10
local TRIM_MAX = 250


-- how many in all, from `hook_history`

local function history_most(stored)
    return stored and number.parse_integer(stored) or HISTORY_DEFAULT
end


-- how many a list has

local function history_share(name, most)
    return name == HISTORY_GROUPS and math.min(most, GROUPS_MAX)
           or math.ceil(most / LISTS)
end


-- for a call that accepts hooks; nil: no history is kept

function history.open(step, now)
    local most = history_most(keys.read(step.prefix, 'HGET', keys.meta,
                                        'hook_history'))

    if most == 0 then
        return nil
    end

    return { prefix = step.prefix, most = most, now = now, lists = {} }
end


-- a hook was accepted at this attempt; what: object and action

function history.put(h, id, attempts, what, key)
    local name = keys.history(key)
    local entry = id .. ' ' .. h.now .. ' ' .. attempts .. ' ' .. what .. ' '
                  .. key
    local list = h.lists[name]

    if list then
        list[#list + 1] = entry
    else
        h.lists[name] = { 'RPUSH', h.prefix .. name, entry }
    end
end


-- the same for a hook with these fields

function history.add(h, id, attempts, fields)
    local key = fields[5] == 'id' and GROUP.prefix .. fields[6] or fields[6]

    history.put(h, id, attempts, fields[2] .. ' ' .. fields[4], key)
end


-- After everything else is written: a broken list stops nothing.

function history.write(h)
    for name, list in pairs(h and h.lists or {}) do
        local length = redis.pcall(unpack(list))
        local most = history_share(name, h.most)

        if type(length) == 'number'
           and length > most + math.max(SPARE, most / 4)
        then
            redis.call('LPOP', list[2], length - most)
        end
    end
end


-- Is this hook among the latest ones?  After the first write: errors count as none.

function history.has(h, key, id)
    local name = keys.history(key)

    h.latest = h.latest or {}

    if not h.latest[name] then
        local list, seen = redis.pcall('LRANGE', h.prefix .. name, -LATEST, -1), {}

        for i = 1, #list do
            seen[list[i]:match('^%S*')] = true
        end

        h.latest[name] = seen
    end

    return h.latest[name][id] or false
end


-- those of one key, the latest first: id, accepted ms, attempts, object, action

function history.of(prefix, key)
    local list = keys.try(prefix, 'LRANGE', keys.history(key), 0, -1) or {}
    local ending, found = ' ' .. key, {}

    for i = #list, 1, -1 do
        local entry = list[i]

        -- most are those of others, which no pattern has to find out

        if entry:sub(-#ending) == ending then
            local id, time, attempts, object, action, whose =
                entry:match('^(%S+) (%d+) (%d+) (%S+) (%S+) (%S+)$')

            if whose == key then
                found[#found + 1] = { id, time, attempts, object, action,
                                      entry = entry }
            end
        end
    end

    return found
end


-- Trims one list by up to `may` entries; returns by how many, and whether it is as
-- it should be.

local function history_trim(prefix, name, most, may)
    local length = keys.try(prefix, 'LLEN', name) or 0
    local share = history_share(name, most)

    if share == 0 and length > 0 then
        keys.free(prefix .. name)
        return 0, true
    end

    local spare = math.max(length - share, 0)
    local removed = math.min(spare, may)

    if removed > 0 then
        redis.call('LPOP', prefix .. name, removed)
    end

    return removed, removed == spare
end


-- A step of the sweep: some of the lists, the groups' last.  `trimmed` of `meta` is
-- "<hook_history> <lists that are done>"; when it was changed all are looked at.

function history.trim(prefix)
    local stored = keys.read(prefix, 'HMGET', keys.meta, 'hook_history',
                             'trimmed')
    local most = history_most(stored[1])
    local whose, done = (stored[2] or ''):match('^(%d+) (%d+)$')

    done = tonumber(whose) == most and tonumber(done) or 0

    if done > LISTS then
        return
    end

    local last, may = math.min(done + TRIM_STEP, LISTS + 1), TRIM_MAX

    repeat
        local name = done < LISTS and ('history:%03d'):format(done)
                     or HISTORY_GROUPS
        local removed, over = history_trim(prefix, name, most, may)

        may = may - removed
        done = done + (over and 1 or 0)
    until not over or done == last

    redis.call('HSET', prefix .. keys.meta, 'trimmed',
               ('%.0f %d'):format(most, done))
end


-- All hooks of one key, or those that were written until then, ms; known: what
-- history.of() has returned, if the caller has it.  The latest goes first, as the
-- list is searched from its end.

function history.forget(prefix, key, last, known)
    for _, one in ipairs(known or history.of(prefix, key)) do
        local written = tonumber(one[1]:match('^%d+'))

        if not (last and written and written > last) then
            redis.call('LREM', prefix .. keys.history(key), -1, one.entry)
        end
    end
end
