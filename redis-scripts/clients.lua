
-- polycard_put_clients, for polycard-import: several clients in one step, or none
-- of them, so that they may exchange cards.

local CLIENTS_MAX = 16


-- "<phone> <n> field value ..." for each, n pairs

local function clients_read(arguments)
    local list, phones, i = {}, {}, 1

    while i <= #arguments do
        local phone = value.argument('phone', 'phone', arguments[i])
        local pairs_given = argument.count('the number of attributes',
                                           arguments[i + 1],
                                           CLIENT.n + 1)
        local last = i + 1 + 2 * pairs_given

        if #list == CLIENTS_MAX then
            failure.raise('more than ' .. CLIENTS_MAX .. ' at once')
        end

        if phones[phone] then
            failure.raise('phone is given twice')
        end

        if last > #arguments then
            failure.raise('a value is missing')
        end

        phones[phone] = true
        list[#list + 1] = {
            phone = phone,
            given = record.arguments(arguments, i + 2, CLIENT, last),
        }

        i = last + 1
    end

    return list
end


-- the card numbers that their holders give up: number -> phone of the holder

local function clients_freed(prefix, list)
    local freed, wanted = {}, {}

    for _, one in ipairs(list) do
        local code = one.given.barcode

        if code and wanted[code] then
            failure.raise('barcode is in use by another client')
        end

        wanted[code or ''] = true

        if code ~= nil then
            local c = change.open_hash(prefix, CLIENT, one.phone)
            local before = value.stored('card',
                                        c.values[CLIENT.barcode] or '')

            if before and before ~= code then
                freed[before] = one.phone
            end
        end
    end

    return freed
end


-- Each is checked before the first one is written: an error in one fails all.  Returns
-- the commands that were asked for.

local function clients_try(prefix, list, freed)
    local changes = {}

    for i, one in ipairs(list) do
        changes[i] = client_put(prefix, one.phone, one.given, freed)
        settle_open(changes[i])
    end

    return change.may_all(changes)
end


-- FCALL polycard_put_clients 1 <prefix> <phone> <n> field value ... [<phone> ...]
--
--   for each: 2 created, 1 changed, 0 unchanged; and 1 if it has a card now, or 0

register('put_clients', function(prefix, arguments)
    local list, reply = clients_read(arguments), {}
    local freed = #list > 1 and clients_freed(prefix, list) or nil
    local asked = freed and clients_try(prefix, list, freed) or nil

    for i, one in ipairs(list) do
        local c, new, changed = client_put(prefix, one.phone, one.given, freed)

        settle_open(c)
        change.commit(c, asked)

        reply[2 * i - 1] = new and 2 or changed and 1 or 0
        reply[2 * i] = (c.values[CLIENT.barcode] or '') ~= '' and 1 or 0
    end

    return reply
end)
