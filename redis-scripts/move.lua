
-- polycard_move_client, polycard_merge_clients: two clients in one step.


-- The card of the one is the other's from now on, whatever becomes of the first
-- one's end.

local function move_card(from, to, code)
    if code and barcode.holder(to, code) == from.id then
        to.entries[code] = false
    end
end


-- The record of `from` becomes that of `to`, who has none.

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
-- The client has a new number: the record goes there with all its fields, its
-- id, card and bonus, and comes last in getClients.  Polycard is told `clients
-- deleted` of the old number and `clients added` of the new one (contract, B29).
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
    settle_open(from)
    settle_open(to)

    local etag = office.etag(to)

    change.commit(from)
    change.commit(to)

    return etag
end)
