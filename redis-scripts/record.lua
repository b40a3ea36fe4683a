
-- Clients and groups as records of one shape: a hash whose fields are the
-- attributes except the first.  `values` are the fields by position, false if
-- absent.

local function record_kind(list, kind)
    kind.attributes, kind.fields, kind.by_name = {}, {}, {}
    kind.stored, kind.none, kind.all = {}, {}, {}
    kind.required, kind.needed, kind.places, kind.room = {}, {}, {}, {}

    for i = 2, #list do
        local attribute = list[i]

        kind.attributes[i - 1] = attribute
        kind.fields[i - 1] = attribute.name
        kind.stored[i - 1] = attribute.name
        kind.none[i - 1], kind.all[i - 1] = false, true
        kind.by_name[attribute.name] = attribute
        kind[attribute.name] = i - 1
    end

    kind.identity = list[1]
    kind.n = #list - 1

    for i = 1, kind.n do
        kind.required[i] = list[i + 1].required or false
        kind.needed[#kind.needed + 1] = kind.required[i] and i or nil
        kind.places[i] = i
        kind.room[2 * i - 1], kind.room[2 * i] = false, false
    end

    return kind
end


local CLIENT = record_kind(attributes.client, {
    object = 'clients', key = 'client:', index = keys.clients, prefix = '',
    incomplete = keys.incomplete,
    of = 'phone', called = 'client', shadow = keys.shadow,
})

local GROUP = record_kind(attributes.group, {
    object = 'loyalty_groups', key = 'group:', index = keys.groups,
    prefix = 'group:', incomplete = keys.incomplete_groups,
    of = 'group', called = 'group',
    shadow = function() return 'shadow:groups' end,
})

-- the market's number of a client: stored with it, but not an attribute

CLIENT.by_name.id = { name = 'id', type = 'id' }
CLIENT.stored[CLIENT.n + 1] = 'id'

local record = {}


-- the key of a hook, "<phone>" or "group:<id>", as kind and id

function record.of(key)
    local id = key:match('^group:(.*)$')

    if id then
        return GROUP, id
    end

    return CLIENT, key
end


-- the values, or nil if the key is not a hash; and for a client the market's
-- number as it is stored, or false

function record.read(key, kind)
    local values = redis.pcall('HMGET', key, unpack(kind.stored))

    if not values.err then
        local id = values[kind.n + 1]

        values[kind.n + 1] = nil

        return values, id
    end

    if not values.err:find('^WRONGTYPE') then
        error(values, 0)
    end
end


-- A list that grows is copied each time.  Where names and values of a record follow
-- `room` makes it as long as it may become, and here it ends after n elements.

function record.cut(list, n)
    for i = #list, n + 1, -1 do
        list[i] = nil
    end
end


-- the values as a shadow has them: made once, until change.set()

function record.encoded(c)
    if not c.encoded then
        c.encoded = cjson.encode(c.values)
    end

    return c.encoded
end


-- the values of a record that is not there

function record.none(kind)
    return { unpack(kind.none) }
end


-- The normal form of a value, false: none.  An optional one that cannot be read
-- counts as it did before (contract, B26).

local function record_normal(c, i, before)
    local kind, stored = c.kind, c.values[i]
    local now = stored

    -- an earlier version may have announced a card number with white space at its
    -- ends

    if now and not (c.normal and c.normal[i])
       and (i == kind.barcode or not before or before[i] ~= now)
    then
        now = value.stored(kind.attributes[i].type, now)
    end

    if not now and stored and stored ~= '' and not kind.required[i] then
        c.unread = true
        now = before and before[i] or false
    end

    return now
end


-- One of the values that are to be announced: those, or a copy where it has another
-- normal form; nil if it is missing.

local function record_take(c, whole, i, before)
    local kind, now = c.kind, record_normal(c, i, before)

    if now ~= c.values[i] then
        whole = whole == c.values and { unpack(whole, 1, kind.n) } or whole
        whole[i] = now
    end

    return (now or not kind.required[i]) and whole
end


-- The values of a change in their normal form, or nil and the name of a
-- required one that is missing: those of the change itself where these are normal.
-- Those that are equal to `before` need no check; `changed`, if given, has the
-- positions of the others.

function record.whole(c, before, changed)
    local kind, whole = c.kind, c.values
    local needed, places = kind.needed, changed or kind.places

    -- a new record

    if c.normal == kind.all and kind == CLIENT and whole[kind.barcode] then
        return whole
    end

    for k = 1, #places do
        whole = record_take(c, whole, places[k], before)

        if not whole then
            return nil, kind.fields[places[k]]
        end
    end

    for k = 1, changed and #needed or 0 do
        local i = needed[k]

        whole = record_take(c, whole, i, before)

        if not whole then
            return nil, kind.fields[i]
        end

        if whole[i] ~= before[i] then
            changed[#changed + 1] = i
        end
    end

    return whole
end


-- the phone or id, which is the first of at most `most` arguments

function record.identity(arguments, kind, most)
    if most and #arguments > most then
        failure.raise('too many arguments')
    end

    return value.argument(kind.identity.name, kind.identity.type,
                          arguments[1])
end


-- one value, false for one that is to be removed; or nil and the error

local function record_argument(kind, name, text_given)
    local attribute = kind.by_name[name]

    if not attribute then
        return nil, 'unknown attribute ' .. failure.name(name)
    end

    if not text_given then
        return nil, 'a value is missing after ' .. name
    end

    if text_given == '' then
        return false
    end

    local taken, flaw = value.check(attribute.type, text_given)

    if not taken then
        return nil, name .. ' ' .. flaw
    end

    return taken ~= '' and taken
end


-- "field value ..." from the first argument to the last one: name -> value in
-- its normal form, false for one that is to be removed; the errors, and the names
-- that these are of, nil: there are none.

function record.given(arguments, first, kind, last)
    local given, flaws, wrong = {}, nil, nil

    for i = first, last or #arguments, 2 do
        local name = arguments[i]
        local taken, flaw = record_argument(kind, name, arguments[i + 1])

        if given[name] ~= nil then
            flaw = flaw or name .. ' is given twice'
        end

        if flaw then
            flaws, wrong = flaws or {}, wrong or {}
            flaws[#flaws + 1] = flaw
            wrong[name] = true
        end

        given[name] = taken or false
    end

    return given, flaws, wrong
end


-- the same without errors: all are raised at once

function record.arguments(arguments, first, kind, last)
    local given, flaws = record.given(arguments, first, kind, last)

    if flaws then
        failure.raise_all(flaws)
    end

    return given
end


-- Raises the flaws, if there are any, with what a group, which must be complete, would
-- lack.  stored: what it has by now, false: nothing counts.

function record.raise(kind, flaws, given, stored, wrong)
    flaws = flaws or {}

    for i, attribute in ipairs(kind == GROUP and kind.attributes or {}) do
        local name = attribute.name
        local now = given[name]

        if now == nil and stored and stored[i] ~= '' then
            now = stored[i]
        end

        if attribute.required and not now and not (wrong and wrong[name]) then
            flaws[#flaws + 1] = name .. ' is missing'
        end
    end

    failure.raise_all(flaws)
end
