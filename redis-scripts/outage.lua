
-- An outage as the status shows it, and an operator who does not wait for the next
-- attempt.

local OUTAGE_REASON_MAX = 255
local OUTAGE_WAIT_MAX = 31536000000


-- FCALL polycard_outage 1 <prefix> <fence> 0|1 [<reason> <wait ms>]
--
-- An outage of the gateway begins (1; it may have been reported before) or is over
-- (0).  reason: why the last attempt failed; wait: until the next one.
--
--   [since when, ms, or 0; 1: the next attempt is wanted now; 1: an outage that was
--    noted is over by this call]

register_fenced('outage', function(prefix, arguments)
    local outage = argument.count('outage', arguments[1], 1)

    if outage == 0 then
        local ended = keys.read(prefix, 'HDEL', keys.meta, 'outage')

        redis.call('HDEL', prefix .. keys.meta, 'outage_reason', 'outage_next',
                   'probe')

        return { 0, 0, ended }
    end

    local now, meta = market.time(), prefix .. keys.meta
    local reason = arguments[2]
                   and argument.text('reason', arguments[2], OUTAGE_REASON_MAX)
    local wait = reason and argument.count('wait', arguments[3], OUTAGE_WAIT_MAX)

    keys.read(prefix, 'HSETNX', keys.meta, 'outage', number.print_integer(now))

    local since = market.stored_count(prefix, 'outage')

    -- overwritten by hand

    if since == 0 then
        since = now
        redis.call('HSET', meta, 'outage', number.print_integer(now))
    end

    if reason then
        redis.call('HSET', meta, 'outage_reason', reason, 'outage_next',
                   number.print_integer(now + wait))
    end

    return { since, redis.call('HDEL', meta, 'probe'), 0 }
end, SENDING)


-- FCALL polycard_probe 1 <prefix>
--
--   1    the emitter does not wait for the time of the next attempt
--
--   CONFLICT there is no outage
--   BROKEN ...

office.register('probe', function(prefix, arguments)
    if #arguments > 0 then
        failure.raise('too many arguments')
    end

    if not keys.read(prefix, 'HGET', keys.meta, 'outage') then
        failure.refuse('CONFLICT', 'there is no outage')
    end

    redis.call('HSET', prefix .. keys.meta, 'probe', '1')

    return 1
end)
