
-- polycard_put_client, polycard_change_bonus.


-- Sets the given attributes of a client and settles the record.  freed: card
-- numbers that their holders give up in the same step.  Returns whether the client
-- is new, and whether anything in the record has changed.

local function client_put(prefix, phone, given, freed, m)
    local c = change.open_hash(prefix, CLIENT, phone, m)
    local written = #c.writes

    c.freed = freed

    if given.barcode and barcode.taken(c, given.barcode) then
        failure.raise('barcode is in use by another client')
    end

    local before, after = change.set(c, given)
    local changed = #c.writes > written

    if after == 0 then
        failure.raise(before == 0 and 'a new client needs an attribute'
                      or 'nothing would be left of this client')
    end

    if given.id then
        c.market.ids = c.market.ids or keys.counter(prefix, keys.client_id)
    end

    return c, before == 0, changed
end


register('put_client', function(prefix, arguments)
    local phone = record.identity(arguments, CLIENT)
    local given = record.arguments(arguments, 2, CLIENT)
    local c, new = client_put(prefix, phone, given)

    settle(c)

    return new and 1 or 0
end)


-- the bonus, 0 where there is none; nil if it cannot be read

local function client_bonus(c)
    local stored = c.values[CLIENT.bonus]

    return number.parse_amount(stored and stored ~= '' and stored or '0')
end


local function client_total(c, amount, floor)
    local bonus = client_bonus(c)

    if not bonus then
        failure.refuse('CONFLICT', 'the stored bonus is not a number')
    end

    local total = bonus + number.parse_amount(amount)

    if not number.in_range(total) then
        failure.refuse('CONFLICT', 'the total is out of range')
    end

    if floor and total < number.parse_amount(floor) then
        failure.refuse('CONFLICT', 'the total would be below the floor')
    end

    return number.print_amount(total)
end


-- FCALL polycard_change_bonus 1 <prefix> <phone> <amount> [<floor> [<key>]]
--
--   the new total
--
-- With a key: as long as that is remembered the same call adds nothing more, and
-- returns the reply of the first one.  floor may be empty.
--
--   NOTFOUND no such client
--   CONFLICT the total would be below the floor, the total is out of range
--   CONFLICT the stored bonus is not a number
--   CONFLICT the record of this phone is not a hash
--   REUSED the key was used with another amount
--   ERR phone ..., amount must be a number, floor must be a number, key must be 1
--       to 255 visible characters

office.register('change_bonus', function(prefix, arguments)
    local phone = record.identity(arguments, CLIENT, 4)
    local amount = value.argument('amount', 'amount', arguments[2])
    local floor = (arguments[3] or '') ~= ''
                  and value.argument('floor', 'amount', arguments[3])
    local o, m

    if arguments[4] then
        o, m = once.open_market(prefix, phone, once.key(arguments[4]))
    end

    if o and o.answer then
        if o.amount ~= amount then
            failure.refuse('REUSED', 'the key was used with another amount')
        end

        return o.answer
    end

    local c = office.open_known(prefix, CLIENT, phone, m)
    local total = client_total(c, amount, floor)

    if o then
        once.reserve(o, 'change_bonus')
        once.keep(c, o, amount, total)
    end

    change.set(c, { bonus = total })
    settle(c)

    return total
end)
