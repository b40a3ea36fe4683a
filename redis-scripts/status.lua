
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


-- a number that stands in a hash or in a key of its own, 0: it does not

local function status_number(stored)
    return stored and number.parse_integer(stored) or 0
end


-- what nobody but the status asks for: since when there is an outage, the last
-- round of the sweep, and when the canary was last heard

local function status_meta(prefix)
    local stored = keys.read(prefix, 'HMGET', keys.meta, 'outage', 'round',
                             'round_found', 'round_bad')

    return status_number(stored[1]), status_number(stored[2]),
           status_number(stored[3]), status_number(stored[4])
end


-- FCALL polycard_status 1 <prefix>
--
--   name, value, ...; see docs/operation.md

register('status', function(prefix)
    local m = market.read(prefix)
    local _, holder, left = lease.read(prefix)
    local sync = m.sync or 'new'
    local outage, round, round_found, round_bad = status_meta(prefix)

    return {
        'version', VERSION,
        'outbox', keys.read(prefix, 'XLEN', keys.outbox),
        'outbox_age', status_age(prefix),
        'outbox_max', m.outbox_max,
        'held_keys', keys.read(prefix, 'ZCARD', keys.retry),
        'held', m.held,
        'dead', keys.read(prefix, 'XLEN', keys.dead),
        'accepted', m.accepted,
        'outage', outage,
        'sync', sync,
        'round', round,
        'round_found', round_found,
        'round_bad', round_bad,
        'found', keys.read(prefix, 'ZCARD', keys.found),
        'heard', status_number(keys.read(prefix, 'HGET', keys.canary,
                                         'heard')),
        'guard', m.guard and 'closed' or 'open',
        'deletions_waiting', guard.waiting(m),
        'deletions_confirmed', guard.confirmed_count(m),
        'cards', keys.read(prefix, 'LLEN', keys.cards),
        'serial', status_number(keys.read(prefix, 'GET', keys.card)),
        'clients', keys.read(prefix, 'ZCARD', keys.clients),
        'groups', keys.read(prefix, 'ZCARD', keys.groups),
        'hooks', m.hooks and 1 or 0,
        'lease', holder or '',
        'lease_left', left or 0,
    }
end, { 'no-writes' })
