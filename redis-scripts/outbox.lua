
-- Hooks not yet accepted by the gateway (contract, B11): flat entries of the
-- stream `outbox`, written only if the market has a hook.

local outbox = {}

-- of one change
local HOOKS_MAX = 3


-- Above `outbox_max` changes stay in the records themselves, and merge
-- (contract, B12), as they do while `outbox` is broken.

function outbox.room(m)
    if not m.waiting then
        local n = keys.try(m.prefix, 'XLEN', keys.outbox)

        m.waiting = n and n + m.held or m.outbox_max
    end

    return m.outbox_max - m.waiting
end


function outbox.has_room(m)
    return outbox.room(m) > 0
end


-- does any hook wait?

function outbox.waits(m)
    return outbox.room(m) < m.outbox_max
end


local function add(c, hook)
    c.writes[#c.writes + 1] = hook
    c.hooks = (c.hooks or 0) + 1
    c.market.waiting = c.market.waiting + 1
end


local function add_record(c, action, values)
    local kind = c.kind
    local fields, n = kind.fields, 9
    local hook = { 'XADD', c.prefix .. keys.outbox, hook_id.NEW, 'object', kind.object,
                   'action', action, kind.identity.name, c.id,
                   unpack(kind.room) }

    for i = 1, kind.n do
        local now = values[i]

        if now then
            hook[n + 1], hook[n + 2], n = fields[i], now, n + 2
        end
    end

    record.cut(hook, n)
    add(c, hook)
end


local function add_amount(c, name, before, now)
    local action = not before and 'added' or not now and 'deleted' or 'changed'
    local old = before and number.parse_amount(before) or 0
    local new = now and number.parse_amount(now) or 0

    add(c, { 'XADD', c.prefix .. keys.outbox, hook_id.NEW, 'object', 'bonuses',
             'action', action, c.kind.identity.name, c.id, 'attribute', name,
             'change', number.print_amount(new - old),
             'total', number.print_amount(new) })
end


function outbox.added(c, now)
    add_record(c, 'added', now)
end


function outbox.deleted(c, before)
    add_record(c, 'deleted', before)
end


function outbox.again(c, now)
    add_record(c, 'changed', now)
end


-- the same where there is not room for all

local function changed_partly(c, before, now, room)
    local kind = c.kind
    local told, profile, amounts = { unpack(before) }, false, {}

    local function differs(i)
        return i and before[i] ~= now[i]
    end

    for i = 1, kind.n do
        if room > 0 and i ~= kind.bonus and i ~= kind.discount and differs(i)
        then
            profile, told[i] = true, now[i]
        end
    end

    for _, name in ipairs({ 'bonus', 'discount' }) do
        local i = kind[name]

        if differs(i) and #amounts + (profile and 1 or 0) < room then
            amounts[#amounts + 1] = name
            told[i] = now[i]
        end
    end

    if profile then
        add_record(c, 'changed', told)
    end

    for _, name in ipairs(amounts) do
        add_amount(c, name, before[kind[name]], now[kind[name]])
    end

    return told
end


-- Amounts of a client have hooks of their own, everything else is one hook.  Values
-- for which there is no room stay as announced before.  Returns the values that
-- are announced now.  changed: the positions where they may differ, in order

function outbox.changed(c, before, now, changed)
    local kind, room = c.kind, outbox.room(c.market)
    local bonus, discount, profile = kind.bonus, kind.discount, false

    if room < HOOKS_MAX then
        return changed_partly(c, before, now, room)
    end

    for k = 1, #changed do
        local i = changed[k]

        profile = profile or before[i] ~= now[i] and i ~= bonus
                             and i ~= discount
    end

    if profile then
        add_record(c, 'changed', now)
    end

    if bonus and before[bonus] ~= now[bonus] then
        add_amount(c, 'bonus', before[bonus], now[bonus])
    end

    if discount and before[discount] ~= now[discount] then
        add_amount(c, 'discount', before[discount], now[discount])
    end

    return now
end


-- More elements than any hook has: Lua passes some thousands at once, and no more.

outbox.FIELDS_MAX = 256

local ACTIONS = { added = true, changed = true, deleted = true }


-- the attributes that a hook needs, besides its phone or id

local REQUIRED = {
    clients = { barcode = 'card' },
    bonuses = { change = 'change', total = 'amount' },
    loyalty_groups = { title = 'text', loyaltyType = 'loyalty',
                       loyaltyQuantity = 'amount' },
}


-- their names in the order in which they are written

local ORDER = {
    clients = { 'barcode' },
    bonuses = { 'change', 'total' },
    loyalty_groups = { 'title', 'loyaltyType', 'loyaltyQuantity' },
}


-- are these as they are written here?

local function is_usual(list, first, required, order)
    local n = 1

    for i = first, #list, 2 do
        local name = list[i]

        if name == order[n] then
            if not value.stored(required[name], list[i + 1]) then
                return false
            end

            n = n + 1

        elseif required[name] then
            return false
        end
    end

    return n > #order
end


-- can the attributes that follow in a list be sent?

local function is_whole(list, first, required)
    local seen = {}

    for i = first, #list, 2 do
        seen[list[i]] = list[i + 1]
    end

    for name, kind in pairs(required) do
        if not seen[name] or not value.stored(kind, seen[name]) then
            return false
        end
    end

    return true
end


-- The key of a hook, "<phone>" or "group:<id>", from the fields of its entry,
-- which follow the first n elements of a list and are texts, in pairs; nil if they were
-- not written by the outbox, or would not be now: it could not be sent (contract, B32).

function outbox.key(list, n)
    local head, object, label, action, name, id = unpack(list, n + 1, n + 6)
    local required = REQUIRED[object]

    if head ~= 'object' or label ~= 'action' or not ACTIONS[action]
       or type(id) ~= 'string' or not required or #list > outbox.FIELDS_MAX
       or not (is_usual(list, n + 7, required, ORDER[object])
               or is_whole(list, n + 7, required))
    then
        return nil
    end

    local kind = object == 'loyalty_groups' and GROUP or CLIENT

    if name == kind.identity.name
       and value.check(kind.identity.type, id)
    then
        return kind.prefix .. id
    end
end
