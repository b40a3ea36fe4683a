
-- polycard_status: the state of a market, for people and for monitoring.  It
-- works also with broken keys: they count as empty.


-- how long the oldest hook in the outbox has been waiting, or -1: there is none

local function status_age(prefix)
    local records = keys.try(prefix, 'XRANGE', keys.outbox, '-', '+',
                             'COUNT', 1)
    local oldest = records and records[1]

    if not oldest then
        return -1
    end

    return math.max(market.time() - tonumber(oldest[1]:match('^%d+')), 0)
end


local function status_count(prefix, command, name)
    return keys.try(prefix, command, name) or 0
end


-- a stored number, 0 if absent

local function status_number(stored)
    return stored and number.parse_integer(stored) or 0
end


-- what nobody but the status asks for: an outage, the last round of the sweep, and
-- since when the gateway may have what is lost here

local function status_meta(prefix)
    local stored = keys.read(prefix, 'HMGET', keys.meta, 'outage', 'round',
                             'round_found', 'round_bad', 'outage_next',
                             'outage_reason', 'doubt')

    return status_number(stored[1]), status_number(stored[2]),
           status_number(stored[3]), status_number(stored[4]),
           status_number(stored[5]), stored[6] or '', status_number(stored[7])
end


-- FCALL polycard_status 1 <prefix>
--
--   name, value, ...; see docs/operation.md. outage_reason and outage_next only in an
--   outage of which they are known

register('status', function(prefix)
    local m = market.read(prefix)
    local _, holder, left = lease.read(prefix)
    local sync = m.sync or 'new'
    local outage, round, round_found, round_bad, outage_next, outage_reason, doubt
        = status_meta(prefix)
    local unread, unread_age = office.unread(prefix)
    local resend, resend_left = jobs.resend_progress(prefix)

    local reply = {
        'version', VERSION,
        'outbox', status_count(prefix, 'XLEN', keys.outbox),
        'outbox_age', status_age(prefix),
        'outbox_max', m.outbox_max,
        'held_keys', status_count(prefix, 'ZCARD', keys.retry),
        'held', m.held,
        'broken', broken.count(prefix),
        'dead', status_count(prefix, 'XLEN', keys.dead),
        'accepted', m.accepted,
        'outage', outage,
        'sync', sync,
        'lost', m.lost,
        'doubt', doubt,
        'round', round,
        'round_found', round_found,
        'round_bad', round_bad,
        'found', status_count(prefix, 'ZCARD', keys.found),
        'heard', status_number(keys.try(prefix, 'HGET', keys.canary,
                                        'heard')),
        'guard', m.guard and 'closed' or 'open',
        'deletions_waiting', guard.waiting(m),
        'deletions_confirmed', guard.confirmed_count(m),
        'cards', status_count(prefix, 'LLEN', keys.cards),
        'unfit', status_count(prefix, 'LLEN', keys.unfit),
        'ids_left', math.max(number.ID_MAX - status_number(
            keys.try(prefix, 'GET', keys.client_id)), 0),
        'serial', status_number(keys.try(prefix, 'GET', keys.card)),
        'clients', status_count(prefix, 'ZCARD', keys.clients),
        'groups', status_count(prefix, 'ZCARD', keys.groups),
        'registered', unread,
        'registered_age', unread_age,
        'resend', resend,
        'resend_left', resend_left,
        'forget', status_count(prefix, 'ZCARD', keys.forget),
        'hooks', m.hooks and 1 or 0,
        'lease', holder or '',
        'lease_left', left or 0,
    }

    if outage_reason ~= '' then
        for _, part in ipairs({ 'outage_reason', outage_reason,
                                'outage_next', outage_next })
        do
            reply[#reply + 1] = part
        end
    end

    return reply
end, { 'no-writes' })
