
-- polycard_move_client, polycard_merge_clients: two clients in one step.


-- The card of the one belongs to the other from now on, whatever happens to the
-- first one's deletion.

local function move_card(from, to, code)
    if code and barcode.holder(to, code) == from.id then
        to.entries[code] = false
    end
end


-- Renames the record of `from` to that of `to`, who has none.

local function move_record(from, to)
    change.write(from, 'RENAME', from.key, to.key)

    to.values, to.number, to.exists = from.values, from.number, true
    to.fresh = settle_is_told(from)
    from.values, from.number, from.exists = nil, false, false

    local whole = record.whole(to)

    move_card(from, to, whole and whole[CLIENT.barcode])
end


-- FCALL polycard_move_client 1 <prefix> <phone> <new phone> [<condition>]
--
--   the ETag of the record
--
-- The client has a new phone: the record moves there with all its fields, its
-- id, card and bonus, and becomes the last one in getClients.  The hooks are `clients
-- deleted` for the old phone and `clients added` for the new one (contract, B29).
--
--   NOTFOUND no such client
--   CONFLICT another client has the new phone
--   CONFLICT the record of this phone is not a hash
--   STALE, see office.lua
--   ERR phone ..., new phone ..., the phones are the same

office.register('move_client', function(prefix, arguments)
    local phone = record.identity(arguments, CLIENT, 3)
    local new = office.phone('new phone', arguments[2])
    local condition = office.condition(arguments[3])

    if new == phone then
        failure.raise('the phones are the same')
    end

    local from = office.open_known(prefix, CLIENT, phone)
    local to = change.open(prefix, CLIENT, new, from.market)

    office.check(from, condition)

    if change.exists(to) then
        failure.refuse('CONFLICT', 'another client has the new phone')
    end

    move_record(from, to)
    moved.note(from, to)
    settle_open(from)
    settle_open(to)

    local etag = office.etag(to)

    change.commit_both(from, to)

    return etag
end)


-- the sum of both bonuses

local function merge_bonus(c, from)
    local stored = from.values[CLIENT.bonus]

    if not stored or stored == '' then
        return nil
    end

    local mine, other = client_bonus(c), client_bonus(from)

    if not mine or not other then
        failure.refuse('CONFLICT', 'the stored bonus is not a number')
    end

    if not number.in_range(mine + other) then
        failure.refuse('CONFLICT', 'the total is out of range')
    end

    return number.print_amount(mine + other)
end


-- FCALL polycard_merge_clients 1 <prefix> <phone> <from> [<condition>]
--
--   [total, ETag]; total: the bonus, or '' if neither has one
--
-- Two records are one client: the bonus of the phone `from` is added to that of
-- the first one, and the client `from` is deleted, with his card.  The hooks are
-- `bonuses changed` and `clients deleted`.  The condition is about the first one.
--
--   NOTFOUND no such client
--   CONFLICT the record of this phone is not a hash
--   CONFLICT the stored bonus is not a number, the total is out of range
--   STALE, see office.lua
--   ERR phone ..., from ..., the phones are the same

office.register('merge_clients', function(prefix, arguments)
    local phone = record.identity(arguments, CLIENT, 3)
    local other = office.phone('from', arguments[2])
    local condition = office.condition(arguments[3])

    if other == phone then
        failure.raise('the phones are the same')
    end

    local c = office.open_known(prefix, CLIENT, phone)
    local from = office.open_known(prefix, CLIENT, other, c.market)

    office.check(c, condition)

    local total = merge_bonus(c, from)

    change.write(from, 'DEL', from.key)
    from.values, from.number, from.exists = nil, false, false
    move_card(from, c, c.values[CLIENT.barcode])
    change.set(c, { bonus = total })
    moved.note(from, c)
    settle_open(from)
    settle_open(c)

    local etag = office.etag(c)

    change.commit_both(from, c)

    return { total or c.values[CLIENT.bonus] or '', etag }
end)
