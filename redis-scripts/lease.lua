
-- The emitter's lease: one holder per market.  Every function that writes for
-- the emitter takes the fence of its lease as the first argument; if another
-- holder, or nobody, has the lease by now, it changes nothing and returns the
-- error "FENCED the lease has another holder".

local lease = {}

local LEASE_MAX = 31536000000
local HOLDER_MAX = 255


-- fence, holder and milliseconds left; nil if the lease is free

function lease.read(prefix)
    local stored = keys.read(prefix, 'GET', keys.lease)
    local left = stored and redis.call('PTTL', prefix .. keys.lease)

    -- a lease without an expiry was not written here

    if stored and left >= 0 then
        local fence, holder = stored:match('^(%d+) (.+)$')

        return fence, holder, left
    end
end


local function register_fenced(name, handler, flags)

    register(name, function(prefix, arguments)
        local fence = value.argument('fence', 'integer',
                                     table.remove(arguments, 1))

        -- a lease of this number was given to nobody else, even without an expiry

        local stored = keys.read(prefix, 'GET', keys.lease)

        if not stored or stored:match('^(%d+) .') ~= fence then
            failure.fenced()
        end

        return handler(prefix, arguments, fence)
    end, flags)
end


-- Hooks are sent even while Redis is at its maxmemory: they may be what
-- fills it.  These functions remove more than they add.

local SENDING = { 'allow-oom' }


-- Greater than any before, even if the counter was lost with the database
-- or in a failover: it contains the clock.

local function lease_next(prefix)
    return number.print_integer(math.max(
        keys.counter(prefix, keys.fence) + 1, market.clock()))
end


-- A host without hooks does not get the lease of a market whose other hosts have
-- them, or had until they went away.  One that does not report it keeps the lease,
-- but does not get it while there is a host with hooks.

local function lease_may(j, mine)
    if j.caller then
        return j.may
    end

    return mine or not j.sending
end


-- A lease cannot have more time left than it was given (`lease` of `meta`),
-- unless the clock was set back since: it would outlive its holder.

local function lease_left(m, fence, holder, left)
    if not m.lease or left <= m.lease then
        return left
    end

    redis.call('SET', m.prefix .. keys.lease, fence .. ' ' .. holder, 'PX',
               m.lease)

    return m.lease
end


-- A host has seen more numbers issued than Redis knows of: Redis has lost them.  None
-- is issued again by whichever host (bound.lua).  What another host takes for a first
-- start is none, then, as long as its numbers are not known.  A counter that cannot be
-- read stays.

local function lease_known(m, j)
    local known, says = j.caller and j.caller.known or {}, j.caller and j.caller.says
    local done, id, card

    done, id = pcall(bound.known, m.prefix, 'id', known.known_id or 0)
    id = done and id

    if known.known_card and says.card_numbers == (j.cards or m.cards) then
        done, card = pcall(bound.known, m.prefix, 'card', known.known_card)
        card = done and card
    end

    if (id or card) and m.lost == 0 and not m.numbers
       and (not m.sync or m.sync == 'running' and not m.confirmed)
    then
        redis.call('HSET', m.prefix .. keys.meta, 'lost',
                   number.print_integer(market.time()))

        if m.sync then
            redis.call('HSET', m.prefix .. keys.meta, 'sync', 'restore')
            redis.call('HDEL', m.prefix .. keys.meta, 'numbers')
        end
    end
end


-- The rest of a reply, by the settings of the market from then on.  The numbers
-- are unknown if a counter cannot be read.

local function lease_reply(prefix, m, j)
    m.cards = j.cards or m.cards

    local known, card, id = pcall(function()
        return range.known(m), keys.counter(prefix, keys.client_id)
    end)

    return { m.sync and 0 or 1, j.differ, known and card or -1,
             known and id or -1 }
end


-- FCALL polycard_lease 1 <prefix> <holder> <ttl ms> [<host> name value ...]
--
--   [fence, ms, new, differ, card, id]    the caller has the lease for so many
--                                         ms: acquired, or renewed with the same
--                                         fence
--   [0, ms, new, differ, card, id]        it has not: another holder has it for
--                                         so many ms, or the caller may not
--
-- host, and its settings: hooks 0|1, delete_guard 0..100 (per
-- cent), outbox_max <number>, initial_sync seed|announce, card_numbers
-- pool|phone|ean13_<prefix>_<from>_<to>, which determine those of the market, and
-- others, which are compared; and known_card, known_id: the greatest serial and id
-- that the host has seen issued.
--
-- new: 1 as long as polycard_settings was not called in this keyspace: the
-- first start, or everything is gone (FLUSHALL).  differ: settings in which other
-- hosts differ, "hook (web1)", or "".  card: the greatest serial in use of the
-- range of ean13, -1: unknown; id: that of the ids.

register('lease', function(prefix, arguments)
    local wanted = argument.text('holder', arguments[1], HOLDER_MAX)
    local ttl = argument.count('ttl', arguments[2], LEASE_MAX, 1)
    local m = market.read(prefix)
    local fence, holder, left = lease.read(prefix)
    local j = hosts.judge(prefix, m, ttl, arguments, 3)
    local mine = holder == wanted
    local may = lease_may(j, mine)

    -- the holder so far cannot send the hooks that begin now

    local free = not fence or j.begins and not mine
    local next_fence = may and free and lease_next(prefix)

    hosts.write(j)
    lease_known(m, j)

    if not may and mine then
        redis.call('DEL', prefix .. keys.lease)
        left = 0
    end

    if not may or not free and not mine then
        left = fence and not mine and lease_left(m, fence, holder, left)
               or left or 0

        return { 0, left, unpack(lease_reply(prefix, m, j)) }
    end

    if next_fence then
        fence = next_fence
        redis.call('SET', prefix .. keys.fence, fence)
    end

    if m.lease ~= ttl then
        redis.call('HSET', prefix .. keys.meta, 'lease', ttl)
    end

    redis.call('SET', prefix .. keys.lease, fence .. ' ' .. wanted, 'PX', ttl)

    return { tonumber(fence), ttl, unpack(lease_reply(prefix, m, j)) }
end, SENDING)


-- FCALL polycard_release 1 <prefix> <fence> [<host> name value ...]
--
--   1    the lease is free, and the host's settings do not count any more

register_fenced('release', function(prefix, arguments)
    hosts.leave(prefix, arguments, 1)

    redis.call('HDEL', prefix .. keys.meta, 'told')

    return redis.call('DEL', prefix .. keys.lease)
end, SENDING)


-- after a loss counting continues after the numbers in use; others may have issued
-- more than the caller knows

local function settings_known(m, known, put)
    local told = tonumber(m.known_card or 0) or 0

    put('known_card', number.print_integer(math.max(known.known_card, told)))

    if known.known_id >= number.ID_MAX then
        return
    end

    local id = math.min(known.known_id + bound.BLOCK, number.ID_MAX)

    if keys.counter(m.prefix, keys.client_id) < id then
        redis.call('SET', m.prefix .. keys.client_id, number.print_integer(id))
    end
end


-- `told` of `meta` is the history in which a holder sends hooks, from its first call
-- until it releases the lease.  The data in Redis are consistent: if they lack the
-- release, and the history is another one, the gateway may have what Redis has lost.

local function settings_doubt(prefix, m, put)
    local history = market.history()
    local told = keys.read(prefix, 'HGET', keys.meta, 'told')

    if m.hooks and history ~= '' and told ~= history then
        put('told', history)

        return told
    end
end


-- FCALL polycard_settings 1 <prefix> <fence> name value ...
--
--   lost 0|1: the caller has seen this market before, so that a market without
--   settings has lost its data; known_card, known_id: in that case the
--   greatest serial and id that were in use, if that is certain; from a host that
--   reported no settings to polycard_lease: hooks 0|1, delete_guard 0..100 (per cent),
--   outbox_max <number>, initial_sync seed|announce
--
--   [sync, guard, waiting, awaited, doubt]    sync: "running" (the first one), "restore"
--                             (after a loss), "done"; guard: "open", "closed",
--                             and how many deletions wait; awaited: 1 if
--                             addClient waits for a pass over all keys; doubt: 1
--                             if the gateway may have what Redis has lost

register_fenced('settings', function(prefix, arguments)
    local set = { 'HSET', prefix .. keys.meta }
    local lost, known, said = false, {}, {}

    local function put(name, text)
        set[#set + 1] = name
        set[#set + 1] = text
    end

    for i = 1, #arguments, 2 do
        local name = arguments[i]
        local text = market.check(name, arguments[i + 1])

        if name == 'lost' then
            lost = text == '1'
        elseif name == 'known_card' or name == 'known_id' then
            known[name] = tonumber(text)
        else
            put(name, text)
            said[name] = text
        end
    end

    local m = market.read(prefix)

    if said.hooks == '1' then
        market.begin_hooks(m, put)
    end

    local waiting = guard.waiting(m)
    local some = (keys.try(prefix, 'ZCARD', keys.clients) or 0) > 0

    if not m.sync then
        lost = lost or m.lost > 0
        m.sync = lost and 'restore' or 'running'
        put('sync', m.sync)

        if lost and known.known_card and known.known_id then
            settings_known(m, known, put)
            m.numbers = true
            put('numbers', '1')
            put('lost', '0')

        elseif lost then
            bound.lose(prefix, put)
            put('lost', number.print_integer(market.time()))
        end

        put('began', market.history())
        hook_id.renew()

        if lost and some then
            put('restore', market.restore_step(m))
        end
    end

    local doubt = settings_doubt(prefix, m, put)

    if #set > 2 then
        redis.call(unpack(set))
    end

    return { m.sync, m.guard and 'closed' or 'open', waiting,
             market.is_awaited(m) and 1 or 0, doubt and 1 or 0 }
end, SENDING)
