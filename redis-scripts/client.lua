
-- polycard_put_client, polycard_change_bonus, polycard_delete_client.


register('put_client', function(prefix, arguments)
    local phone = record.identity(arguments, CLIENT)
    local given = record.arguments(arguments, 2, CLIENT)
    local c = change.open_hash(prefix, CLIENT, phone)

    if given.barcode and barcode.taken(c, given.barcode) then
        failure.raise('barcode is in use by another client')
    end

    local before, after = change.set(c, given)

    if after == 0 then
        failure.raise(before == 0 and 'a new client needs an attribute'
                      or 'nothing would be left of this client')
    end

    if given.id then
        keys.counter(prefix, keys.client_id)
    end

    settle(c)

    return before == 0 and 1 or 0
end)


local function client_total(c, arguments)
    local amount = value.argument('amount', 'amount', arguments[2])
    local floor = arguments[3]
                  and value.argument('floor', 'amount', arguments[3])
    local stored = c.values[CLIENT.bonus] or '0'
    local bonus = number.parse_amount(stored)

    if not bonus then
        failure.raise('the stored bonus is not a number')
    end

    local total = bonus + number.parse_amount(amount)

    if not number.in_range(total) then
        failure.raise('the total is out of range')
    end

    if floor and total < number.parse_amount(floor) then
        failure.raise('the total would be below the floor')
    end

    return number.print_amount(total)
end


register('change_bonus', function(prefix, arguments)
    local phone = record.identity(arguments, CLIENT, 3)
    local c = change.open_hash(prefix, CLIENT, phone)

    if not change.exists(c) then
        failure.raise('no such client')
    end

    local total = client_total(c, arguments)

    change.set(c, { bonus = total })
    settle(c)

    return total
end)


-- whatever the key holds: a record that broke can be deleted as well

register('delete_client', function(prefix, arguments)
    return settle_delete(prefix, CLIENT, arguments)
end)
