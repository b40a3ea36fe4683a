
-- polycard_import_clients: what polycard-import calls.  Several clients in one
-- call, each of which is taken or refused by itself.
--
-- What is written for them is written at the end, all together, so that what is
-- the market's is read once, and written once.  Until then they share what they
-- know of it: settings, counters, and who has which card.

local IMPORT_MAX = 8


-- a value that says nothing of the attribute; no attribute may have it

local IMPORT_ABSENT = '\0'


-- What is asked of the values of an attribute; none: what an empty value means, of a
-- card number nothing.  Made once for each.

local COLUMNS = {}


local function import_column(name)
    local attribute = CLIENT.by_name[name]

    if not attribute then
        failure.raise('unknown attribute ' .. failure.name(name))
    end

    local column = { name = name, check = value.checks[attribute.type] }

    if attribute.type ~= 'card' then
        column.none = false
    end

    COLUMNS[name] = column

    return column
end


-- the attributes of the columns, from the arguments <n> <name> ...

local function import_columns(arguments)
    local columns, seen = { given = {} }, {}
    local n = argument.count('the number of attributes', arguments[1],
                             CLIENT.n + 1)

    for i = 1, n do
        local name = arguments[i + 1] or ''

        columns[i] = COLUMNS[name] or import_column(name)

        if seen[name] then
            failure.raise(name .. ' is given twice')
        end

        seen[name] = true
    end

    return columns
end


-- One client's values, which begin at this argument: as record.arguments(), but
-- that an empty card number is none that was given.

local function import_values(columns, arguments, first)
    local given, flaws = columns.given, nil

    for i = 1, #columns do
        local column, taken = columns[i], arguments[first + i]

        if taken == IMPORT_ABSENT then
            taken = nil

        elseif taken ~= '' then
            local flaw

            taken, flaw = column.check(taken)

            if flaw then
                flaws = flaws or {}
                flaws[#flaws + 1] = column.name .. ' ' .. flaw
            end
        end

        if taken == '' then
            taken = column.none
        end

        given[column.name] = taken
    end

    if flaws then
        failure.raise_all(flaws)
    end

    return given
end


-- What is read for all from the argument `first` on at once: their places in the
-- index, and whether there are no records at all.

local function import_look(m, arguments, first, width)
    local batch, record_key = m.batch, m.prefix .. CLIENT.key
    local phones, records, n = {}, {}, 0

    for i = first, #arguments, width do
        n = n + 1
        phones[n], records[n] = arguments[i], record_key .. arguments[i]
    end

    if n == 0 then
        return
    end

    -- where this fails the same is asked for each

    local found = redis.pcall('ZMSCORE', m.prefix .. keys.clients,
                              unpack(phones))

    for i = 1, found.err and 0 or n do
        batch.found[phones[i]] = found[i]
    end

    batch.new = redis.pcall('EXISTS', unpack(records)) == 0
end


local function import_begin(prefix, arguments, first, width)
    local m = market.open(prefix)

    m.batch = { entries = {}, writes = {}, places = {}, seen = {}, found = {} }

    import_look(m, arguments, first, width)

    return m
end


local function import_write(m)
    local batch = m.batch
    local writes, places = batch.writes, batch.places

    if batch.position then
        writes[#writes + 1] = { 'SET', m.prefix .. keys.position,
                                number.print_integer(batch.position) }
    end

    if #places > 0 then
        writes[#writes + 1] = { 'ZADD', m.prefix .. keys.clients,
                                unpack(places) }
    end

    if batch.id then
        writes[#writes + 1] = { 'SET', m.prefix .. keys.client_id, batch.id }
    end

    change.run(writes, nil, m)
end


local function import_one(prefix, columns, arguments, first, m)
    local batch = m.batch
    local phone = value.argument('phone', 'phone', arguments[first])
    local given = import_values(columns, arguments, first)

    if batch.seen[phone] then
        failure.raise('phone is given twice')
    end

    local c, new, changed = client_put(prefix, phone, given, nil, m)

    settle_open(c)

    local places = batch.places

    if c.place then
        places[#places + 1] = number.print_integer(c.place)
        places[#places + 1] = c.id
    end

    batch.id = c.raises or batch.id
    batch.seen[phone] = c

    return c, new and 2 or changed and 1 or 0
end


-- FCALL polycard_import_clients 1 <prefix> <n> <name> ... <phone> <value> ...
--       [<phone> <value> ...]
--
--   a value of one byte 0 is not given, an empty one removes the attribute
--
--   for each client 2 created, 1 changed, 0 as it was, and 1 where it has a card
--   now, or 0; where it was refused "ERR ..." and 0

register('import_clients', function(prefix, arguments)
    local columns = import_columns(arguments)
    local width, reply = #columns + 1, {}

    if (#arguments - width) % width ~= 0 then
        failure.raise('a value is missing')
    end

    if #arguments / width - 1 > IMPORT_MAX then
        failure.raise('more than ' .. IMPORT_MAX .. ' at once')
    end

    local m = import_begin(prefix, arguments, width + 1, width)

    for i = width + 1, #arguments, width do
        local writes = m.batch.writes
        local written = #writes
        local done, c, state = pcall(import_one, prefix, columns, arguments, i,
                                     m)
        local n = #reply

        if done then
            reply[n + 1] = state
            reply[n + 2] = (c.values[CLIENT.barcode] or '') ~= '' and 1 or 0

        elseif type(c) == 'table' and c.polycard then
            for k = #writes, written + 1, -1 do
                writes[k] = nil
            end

            import_write(m)
            m = import_begin(prefix, arguments, i + width, width)
            reply[n + 1] = c.polycard
            reply[n + 2] = 0

        else
            error(c, 0)
        end
    end

    import_write(m)

    return reply
end)
