
-- Records that Polycard does not see, for the lists of the office: `incomplete` and
-- `incomplete_groups`, sorted sets like `clients` and `groups`.  What is in one of
-- these is not in the other; with the same counter of places they are one order.

local incomplete = {}


-- How many there are, -1 where the set is of a wrong type: then none is noted, and
-- nothing else is held up.  Read once per call.

function incomplete.count(m, kind)
    local set = kind.incomplete

    m[set] = m[set] or keys.try(m.prefix, 'ZCARD', set) or -1

    return m[set]
end


local function incomplete_has(c)
    return incomplete.count(c.market, c.kind) > 0
           and keys.try(c.prefix, 'ZSCORE', c.kind.incomplete, c.id)
end


-- This one is whole, or gone.

function incomplete.leave(c)
    if not c.position and incomplete_has(c) then
        change.write(c, 'ZREM', c.prefix .. c.kind.incomplete, c.id)
    end
end


-- This one is neither, nor is it in the index.  next_place: a function of the change,
-- called where it has no place yet.

function incomplete.note(c, place, next_place)
    local count = incomplete.count(c.market, c.kind)

    if count < 0 or incomplete_has(c) then
        return
    end

    place = place or next_place(c)
    c.market[c.kind.incomplete] = count + 1
    change.write(c, 'ZADD', c.prefix .. c.kind.incomplete, place, c.id)
    c.noted = true
end
