
-- The hooks that the gateway has accepted lately: `history:<last 3 digits>` of the
-- phone, `history:groups`.  Each is a list of "<id> <accepted ms> <attempts>
-- <object> <action> <key>", the latest last; nothing else of a hook is kept.
--
-- `hook_history` of `meta` is about how many in all: each list has a thousandth,
-- and some more, because it is trimmed only now and then.

local history = {}

local HISTORY_DEFAULT = 100000
local LISTS = 1000
local GROUPS_MAX = 1000
local HISTORY_GROUPS = 'history:groups'
local SPARE = 8


-- for a call that accepts hooks; nil: no history is kept

function history.open(step)
    local stored = keys.read(step.prefix, 'HGET', keys.meta, 'hook_history')
    local most = stored and number.parse_integer(stored) or HISTORY_DEFAULT

    if most == 0 then
        return nil
    end

    return { step = step, most = most, time = market.time(), lists = {} }
end


-- a hook with these fields was accepted at this attempt

function history.add(h, id, attempts, fields)
    local key = fields[5] == 'id' and GROUP.prefix .. fields[6] or fields[6]
    local name = keys.history(key)
    local list = h.lists[name]

    if not list then
        list = { 'RPUSH', h.step.prefix .. name }
        h.lists[name] = list
    end

    list[#list + 1] = ('%s %.0f %.0f %s %s %s'):format(id, h.time, attempts,
        fields[2], fields[4], key)
end


-- After everything else is written: a broken list stops nothing.

function history.write(h)
    for name, list in pairs(h and h.lists or {}) do
        local length = redis.pcall(unpack(list))
        local most = name == HISTORY_GROUPS and math.min(h.most, GROUPS_MAX)
                     or math.ceil(h.most / LISTS)

        if type(length) == 'number'
           and length > most + math.max(SPARE, most / 4)
        then
            redis.call('LPOP', list[2], length - most)
        end
    end
end


-- those of one key, the latest first: id, accepted ms, attempts, object, action

function history.of(prefix, key)
    local list = keys.try(prefix, 'LRANGE', keys.history(key), 0, -1) or {}
    local found = {}

    for i = #list, 1, -1 do
        local id, time, attempts, object, action, whose =
            list[i]:match('^(%S+) (%d+) (%d+) (%S+) (%S+) (%S+)$')

        if whose == key then
            found[#found + 1] = { id, time, attempts, object, action,
                                  entry = list[i] }
        end
    end

    return found
end


function history.forget(prefix, key)
    for _, one in ipairs(history.of(prefix, key)) do
        redis.call('LREM', prefix .. keys.history(key), 1, one.entry)
    end
end
