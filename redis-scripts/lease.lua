
-- The emitter's lease: one holder per market.  Every function that writes for
-- the emitter takes the fence number of its lease as the first argument; if
-- another holder, or nobody, has the lease by now, it changes nothing and ends
-- with the error "FENCED the lease has another holder".

local lease = {}

local LEASE_MAX = 31536000000
local HOLDER_MAX = 255


-- fence, holder and milliseconds left; nil if the lease is free

function lease.read(prefix)
    local stored = keys.read(prefix, 'GET', keys.lease)
    local left = stored and redis.call('PTTL', prefix .. keys.lease)

    -- one without an end was not written here

    if stored and left >= 0 then
        local fence, holder = stored:match('^(%d+) (.+)$')

        return fence, holder, left
    end
end


local function register_fenced(name, handler, flags)

    register(name, function(prefix, arguments)
        local fence = value.argument('fence', 'integer',
                                     table.remove(arguments, 1))

        if lease.read(prefix) ~= fence then
            failure.fenced()
        end

        return handler(prefix, arguments, fence)
    end, flags)
end


-- Hooks are sent while Redis is at its maxmemory as well: they may be what
-- fills it.  These functions take away more than they add.

local SENDING = { 'allow-oom' }


-- Greater than any before, even where the counter was lost with the database
-- or with the end of a replication: the clock is in it.

local function lease_next(prefix)
    return number.print_integer(math.max(
        keys.counter(prefix, keys.fence) + 1, market.clock()))
end


-- FCALL polycard_lease 1 <prefix> <holder> <ttl ms>
--
--   [fence, ms, new]    the lease is the caller's for so many ms: acquired,
--                       or renewed with the same fence
--   [0, ms, new]        another holder has it for so many ms
--
-- new: 1 as long as polycard_settings was not called in this keyspace: the
-- first start, or everything is gone (FLUSHALL).

register('lease', function(prefix, arguments)
    local wanted = argument.text('holder', arguments[1], HOLDER_MAX)
    local ttl = argument.count('ttl', arguments[2], LEASE_MAX, 1)
    local fence, holder, left = lease.read(prefix)
    local new = market.read(prefix).sync and 0 or 1

    if fence and holder ~= wanted then
        return { 0, left, new }
    end

    if not fence then
        fence = lease_next(prefix)
        redis.call('SET', prefix .. keys.fence, fence)
    end

    redis.call('SET', prefix .. keys.lease, fence .. ' ' .. wanted, 'PX', ttl)

    return { tonumber(fence), ttl, new }
end, SENDING)


-- FCALL polycard_release 1 <prefix> <fence>
--
--   1    the lease is free

register_fenced('release', function(prefix)
    return redis.call('DEL', prefix .. keys.lease)
end, SENDING)


-- FCALL polycard_settings 1 <prefix> <fence> name value ...
--
--   hooks 0|1, delete_guard 0..100 (per cent), outbox_max <number>,
--   initial_sync seed|announce; lost 0|1: the caller has known this market, so
--   that it has lost what it knew, if nobody has told it settings
--
--   [sync, guard, waiting]    sync: "running" (the first one), "restore" (what
--                             was lost), "done"; guard: "open", "closed", and
--                             how many deletions wait

register_fenced('settings', function(prefix, arguments)
    local set = { 'HSET', prefix .. keys.meta }
    local lost = false

    local function put(name, text)
        set[#set + 1] = name
        set[#set + 1] = text
    end

    for i = 1, #arguments, 2 do
        local name = arguments[i]
        local text = market.check(name, arguments[i + 1])

        if name == 'lost' then
            lost = text == '1'
        else
            put(name, text)
        end
    end

    local m = market.read(prefix)
    local waiting = guard.waiting(m)
    local some = keys.read(prefix, 'ZCARD', keys.clients) > 0

    if not m.sync then
        m.sync = lost and 'restore' or 'running'
        put('sync', m.sync)

        if lost and some then
            put('restore', market.restore_step(m))
        end
    end

    if #set > 2 then
        redis.call(unpack(set))
    end

    return { m.sync, m.guard and 'closed' or 'open', waiting }
end, SENDING)
