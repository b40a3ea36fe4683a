
-- Confirmations by an operator of what Redis cannot know.

local COUNT_MAX = 1000000000000


-- FCALL polycard_confirm_deletions 1 <prefix> [<number>]
--
-- The sweep announces what was released.  Counting begins again.  After a loss it
-- confirms that nothing more comes back.
--
--   how many deletions were released
--
--   CONFLICT more deletions wait by now: than the number, which the operator has
--       seen
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
    keys.read(prefix, 'ZCARD', keys.gone)

    if most and waiting > most then
        failure.refuse('CONFLICT', 'more deletions wait by now')
    end

    -- where none waits any more it may have been closed by an earlier version

    if waiting > 0 or m.guard then
        redis.call('HSET', prefix .. keys.meta, 'released',
                   number.print_integer(guard.last_round(m)))
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
-- After a loss, confirms that all clients are back: new ones are announced from now on.
-- addClient, where it did not go on, works again when the sweep has read all keys once.
--
--   how many clients there are
--
--   CONFLICT nothing was lost
--   BROKEN ...

office.register('confirm_clients', function(prefix, arguments)
    if #arguments > 0 then
        failure.raise('too many arguments')
    end

    local m = market.read(prefix)
    local clients = keys.read(prefix, 'ZCARD', keys.clients)

    if m.lost == 0 and m.sync ~= 'restore' then
        failure.refuse('CONFLICT', 'nothing was lost')
    end

    market.confirm(m)

    return clients
end)


-- FCALL polycard_end_hooks 1 <prefix>
--
--   how many absent hosts with hooks do not count any more
--
--   CONFLICT a host of this market has hooks
--   BROKEN ...

office.register('end_hooks', hosts.end_hooks)
