
-- polycard_status: the state of a market, for people and for monitoring.


-- how long the oldest hook in the outbox has been waiting, -1: there is none

local function status_age(prefix)
    local oldest = keys.read(prefix, 'XRANGE', keys.outbox, '-', '+',
                             'COUNT', 1)[1]

    if not oldest then
        return -1
    end

    return math.max(market.time() - tonumber(oldest[1]:match('^%d+')), 0)
end


-- FCALL polycard_status 1 <prefix>
--
--   name, value, ...; see docs/keyspace.md

register('status', function(prefix)
    local m = market.read(prefix)
    local _, holder, left = lease.read(prefix)
    local sync = m.sync or 'new'

    return {
        'outbox', keys.read(prefix, 'XLEN', keys.outbox),
        'outbox_age', status_age(prefix),
        'outbox_max', m.outbox_max,
        'held_keys', keys.read(prefix, 'ZCARD', keys.retry),
        'held', m.held,
        'dead', keys.read(prefix, 'XLEN', keys.dead),
        'accepted', m.accepted,
        'sync', sync,
        'found', keys.read(prefix, 'ZCARD', keys.found),
        'guard', m.guard and 'closed' or 'open',
        'deletions_waiting', guard.waiting(m),
        'deletions_confirmed', guard.confirmed_count(m),
        'clients', keys.read(prefix, 'ZCARD', keys.clients),
        'groups', keys.read(prefix, 'ZCARD', keys.groups),
        'hooks', m.hooks and 1 or 0,
        'lease', holder or '',
        'lease_left', left or 0,
    }
end, { 'no-writes' })
