
-- The index of card numbers: barcode -> phone.  A number belongs to the
-- client who had it first, as long as that client's record has it.

local barcode = {}


-- a number's phone, or false; read once per change

local function entry(c, code)
    if c.entries[code] == nil then
        c.entries[code] = keys.read(c.prefix, 'HGET', keys.barcodes(code),
                                    code)
    end

    return c.entries[code]
end


-- is it, or was it lately, some client's card?

function barcode.known(c, code)
    return entry(c, code) ~= false
end


-- the phone of the client who has it, or false

function barcode.holder(c, code)
    return entry(c, code)
end


-- is it the card of another client?

function barcode.taken(c, code)
    local holder = entry(c, code)

    if not holder or holder == c.id or c.freed and c.freed[code] == holder then
        return false
    end

    -- the index is out of date: the holder has another card by now

    local other = c.market.batch and c.market.batch.seen[holder]
    local key = c.prefix .. CLIENT.key .. holder
    local stored

    if other then
        stored = other.values[CLIENT.barcode]
    else
        stored = redis.pcall('HGET', key, 'barcode')
    end

    return type(stored) == 'string' and text.trim(stored) == code
end


-- in a first sync numbers are noted before clients are taken in, which happens in
-- another order: of two clients with one number the first to be taken in has it

local function waits(c, code)
    if c.market.sync == 'done' or c.shadow then
        return false
    end

    local holder = entry(c, code)
    local other = c.market.batch and c.market.batch.seen[holder]

    -- one of the same call has a place, which is written at its end

    return not (other and other.place)
           and not keys.read(c.prefix, 'ZSCORE', CLIENT.index, holder)
end


-- changes the entry of a client whose card was `before` and is `now` (either may
-- be false)

function barcode.move(c, before, now)
    if before and before ~= now and entry(c, before) == c.id then
        change.write(c, 'HDEL', c.prefix .. keys.barcodes(before), before)
        c.entries[before] = false
    end

    if now and entry(c, now) ~= c.id
       and (not barcode.taken(c, now) or waits(c, now))
    then
        change.write(c, 'HSET', c.prefix .. keys.barcodes(now), now, c.id)
        c.entries[now] = c.id
    end

    local top = now and now ~= before and now ~= c.market.issued
                and range.top(c.market, now)

    if top then
        change.write(c, 'HSET', c.prefix .. keys.meta, 'top', top)
    end
end
