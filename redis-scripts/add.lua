
-- polycard_add_client: what addClient does (contract, B7, B8, B20).
--
-- Arguments: phone, ean13|pool|phone, card prefix, from, to, known_card and
-- known_id with the greatest serial and id that the caller has seen issued, both
-- optional; field value ...
-- Reply: only the status, or with the client's id and card number.

local ADD_STREAM_MAX = 1000000

local ADD_LABELS = {}

for i = 1, CLIENT.n do
    ADD_LABELS[i] = '\n' .. CLIENT.fields[i] .. '='
end


-- the market issues the card: the only barcode accepted is the phone itself

local function add_arguments(arguments, first, phone)
    local given = record.arguments(arguments, first, CLIENT)

    if given.id ~= nil then
        failure.raise('unknown attribute id')
    end

    if given.barcode and given.barcode ~= phone then
        failure.raise('barcode is given out by the market')
    end

    given.barcode = nil

    return given
end


-- it includes the names, so that a new attribute does not change old fingerprints

local function add_fingerprint(given)
    local flat, n, fields = { unpack(CLIENT.room) }, 0, CLIENT.fields

    for i = 1, CLIENT.n do
        local now = given[fields[i]]

        if now then
            flat[n + 1], flat[n + 2], n = ADD_LABELS[i], now, n + 2
        end
    end

    return redis.sha1hex(table.concat(flat, '', 1, n):sub(2))
end


-- Since when there is a client whom the market had not: an import of a file that is older
-- does not miss her.

local function add_note(action, fingerprint)
    return action == 'created'
           and fingerprint .. ' ' .. number.print_integer(market.time())
           or fingerprint
end


local function add_is_repeated(stored, fingerprint)
    return stored and stored:sub(1, #fingerprint) == fingerprint
end


-- the id of an existing client: the market's, or else the phone

local function add_stored_id(c)
    return c.number and value.stored('id', c.number) or c.id
end


-- an existing client without a card: what the market has stored is kept

local function add_missing(c, given)
    local missing, values = {}, c.values

    if c.exists == false then
        return given
    end

    for i = 1, CLIENT.n do
        local name = CLIENT.fields[i]

        if given[name] and (not values[i] or values[i] == '') then
            missing[name] = given[name]
        end
    end

    return missing
end


local function add_registered(c, action, id, code)
    local n, values, fields = 14, c.values, CLIENT.fields
    local flat = { 'XADD', c.prefix .. keys.registered, 'MAXLEN', '~',
                   ADD_STREAM_MAX, '*', 'action', action, 'phone', c.id,
                   'id', id, 'barcode', code, unpack(CLIENT.room) }

    for i = 1, CLIENT.n do
        local now = values[i]

        if now and now ~= '' and i ~= CLIENT.barcode then
            flat[n + 1], flat[n + 2], n = fields[i], now, n + 2
        end
    end

    record.cut(flat, n)

    keys.read(c.prefix, 'XLEN', keys.registered)
    c.writes[#c.writes + 1] = flat
end


local function add_with_card(c, given, ids, code, fingerprint)
    local action, id, set

    if ids then
        action, id = 'created', number.print_integer(ids.start + 1)
        set = add_missing(c, given)
        set.id = id
        bound.give(c, ids, ids.start + 1)
    else
        action, id = 'carded', add_stored_id(c)
        set = add_missing(c, given)
    end

    set.barcode = code
    c.market.issued = code

    change.set(c, set)
    change.write(c, 'HSET', c.prefix .. keys.added(c.id), c.id,
                 add_note(action, fingerprint))
    add_registered(c, action, id, code)
    settle(c)

    return { action, id, code }
end


register('add_client', function(prefix, arguments)
    local phone = record.identity(arguments, CLIENT)
    local issue, known, first = argument.issue(arguments, card)
    local given = add_arguments(arguments, first, phone)
    local fingerprint = add_fingerprint(given)
    local c = change.open(prefix, CLIENT, phone, market.open_cards(prefix))
    local added = keys.read(prefix, 'HGET', keys.added(phone), phone)

    if not c.values then
        return { 'unreadable' }
    end

    local old = value.stored('card', c.values[CLIENT.barcode] or '')

    if old then
        settle(c)

        if not add_is_repeated(added, fingerprint) then
            return { 'exists' }
        end

        return { 'repeated', add_stored_id(c), old }
    end

    local wait = market.uncertain(c.market)

    if wait then
        settle(c)

        return { 'syncing', wait }
    end

    local ids = not change.exists(c)
                and bound.open(c, 'id', 1, number.ID_MAX, known.known_id)

    if ids and ids.start >= number.ID_MAX then
        settle(c)

        return { 'noids' }
    end

    local code, reason, unfit = issue(c, arguments[3], arguments[4],
                                      arguments[5], known.known_card)

    if not code then
        settle(c)

        return { reason, unfit }
    end

    return add_with_card(c, given, ids, code, fingerprint)
end)
