
-- What Redis cannot know, and an operator says.

local COUNT_MAX = 1000000000000


-- FCALL polycard_confirm_deletions 1 <prefix> [<number>]
--
-- The sweep tells what was released.  Counting begins anew.  Where all is lost,
-- nothing more comes back.
--
--   how many deletions were released
--
--   CONFLICT more deletions wait by now: than the number, which the operator was
--       told
--   BROKEN ...

office.register('confirm_deletions', function(prefix, arguments)
    if #arguments > 1 then
        failure.raise('too many arguments')
    end

    local most = arguments[1]
                 and argument.count('number', arguments[1], COUNT_MAX)
    local m = market.read(prefix)
    local waiting = guard.waiting(m)

    keys.read(prefix, 'HLEN', keys.deletions)

    if most and waiting > most then
        failure.refuse('CONFLICT', 'more deletions wait by now')
    end

    if waiting > 0 then
        redis.call('HINCRBY', prefix .. keys.meta, 'released', 1)
        redis.call('HDEL', prefix .. keys.meta, 'guard')
        redis.call('DEL', prefix .. keys.deletions)
    end

    if m.sync == 'restore' then
        market.confirm(m)
    end

    return waiting
end)


-- FCALL polycard_confirm_clients 1 <prefix>
--
-- After a loss, those who are there now are all that are to come back.  addClient
-- opens when the sweep has gone over all keys once.
--
--   how many there are
--
--   CONFLICT nothing was lost
--   BROKEN ...

office.register('confirm_clients', function(prefix, arguments)
    if #arguments > 0 then
        failure.raise('too many arguments')
    end

    local m = market.read(prefix)
    local clients = keys.read(prefix, 'ZCARD', keys.clients)

    if m.lost == 0 then
        failure.refuse('CONFLICT', 'nothing was lost')
    end

    market.confirm(m)

    return clients
end)


-- FCALL polycard_end_hooks 1 <prefix>
--
--   how many hosts with hooks are not waited for any more
--
--   CONFLICT a host of this market has hooks
--   BROKEN ...

office.register('end_hooks', hosts.end_hooks)
