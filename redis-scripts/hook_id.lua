
-- The ids of hooks (contract, B14), which are those of their entries in the outbox:
-- "<ms>-<number>", the later one of a market the greater one.
--
-- The gateway may know of a hook that Redis has lost, and a master that hangs may
-- write hooks beside the one that takes its place: no other hook may have such an id.
-- So the number begins with the history of the data in which this server first wrote
-- a hook, and goes on with the time:
--
--   history   of master_replid the first 24 bits; 0: Redis does not say
--   time      of the millisecond the microsecond, 3 digits
--   hook      of the microsecond, 3 digits

local hook_id = { NEW = '0-0' } -- until hook_id.add() gives one

local HISTORY = 6               -- hexadecimal digits
local SPAN = 1000000            -- numbers of one history and millisecond
local EXACT = 9007199254740991


-- the first number of this server, until it ends, loads another text, or loses all,
-- and how often it has lost all

local id_first
local id_losses = 0


local function id_begin()
    if not id_first then
        local history = market.history()

        if history == '' then
            return 0
        end

        local text = number.print_integer(tonumber(history:sub(1, HISTORY), 16)
                                          + id_losses)

        -- no id has the 12 digits of a phone, which logs must not have

        id_first = tonumber((text:gsub('380', '381'))) * SPAN
    end

    return id_first
end


-- All data are lost, the last id as well, and by a clock that is set back the same ones
-- would come.

function hook_id.renew()
    id_first, id_losses = nil, id_losses + 1
end


-- The next one, by the clock; of one call all are of one time.  As everything here it
-- comes after the first write: what this user may not ask stops nothing, and Redis
-- counts.  Returns whether there is one.

local function id_next(m)
    if m.id_ms then
        m.id_number = m.id_number + 1
        return true
    end

    local known, now = true, m.clock

    if not now then
        known, now = pcall(market.clock)
    end

    if not known then
        return false
    end

    m.id_ms = math.floor(now / 1000)
    m.id_number = id_begin() + now % 1000 * 1000

    return true
end


-- The next one after the last of the stream, which is later than the clock: it was
-- set back, or that of another server was ahead, or several calls are one transaction.
-- Returns whether there is one.

local function id_follow(m, key)
    local ms, stored = keys.last_id(key):match('^(%d+)%-(%d+)$')
    local first, latest = id_begin(), tonumber(stored)

    ms = tonumber(ms)

    -- the next hook of this call asks again

    if not ms or ms >= EXACT then
        m.id_ms = false
        return false
    end

    if latest < first then
        m.id_ms, m.id_number = ms, first
    elseif latest < first + SPAN - 1 then
        m.id_ms, m.id_number = ms, latest + 1
    else
        m.id_ms, m.id_number = ms + 1, first
    end

    return true
end


local function id_print(m)
    return number.print_integer(m.id_ms) .. '-'
           .. number.print_integer(m.id_number)
end


-- Runs the XADD of a hook.  Where somebody has written an id that is no time, Redis
-- counts on.

function hook_id.add(write, m)
    write[3] = id_next(m) and id_print(m) or '*'

    local reply = redis.pcall(unpack(write))

    if type(reply) ~= 'table' or not reply.err then
        return reply
    end

    if not reply.err:find('equal or smaller', 1, true) then
        error(reply, 0)
    end

    write[3] = id_follow(m, write[2]) and id_print(m) or '*'

    return redis.call(unpack(write))
end
