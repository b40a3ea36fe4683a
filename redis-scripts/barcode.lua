
-- The index of card numbers: barcode -> phone.  A number belongs to the
-- client who had it first, for as long as that client's record says so.

local barcode = {}


-- a number's phone, or false; read once a change

local function entry(c, code)
    if c.entries[code] == nil then
        c.entries[code] = keys.read(c.prefix, 'HGET', keys.barcodes(code),
                                    code)
    end

    return c.entries[code]
end


-- is it, or was it lately, anybody's?

function barcode.known(c, code)
    return entry(c, code) ~= false
end


-- whose is it? false: nobody's

function barcode.holder(c, code)
    return entry(c, code)
end


-- is it the card of another client?

function barcode.taken(c, code)
    local holder = entry(c, code)

    if not holder or holder == c.id or c.freed and c.freed[code] == holder then
        return false
    end

    -- an index that lags behind: the holder has another card by now

    local key = c.prefix .. CLIENT.key .. holder

    local stored = redis.pcall('HGET', key, 'barcode')

    return type(stored) == 'string' and text.trim(stored) == code
end


-- in a first sync numbers are noted before clients are taken in, who then come
-- in their own order: the first of two with one number is the one who has it

local function waits(c, code)
    return c.market.sync ~= 'done' and not c.shadow
           and not keys.read(c.prefix, 'ZSCORE', CLIENT.index, entry(c, code))
end


-- the entry of a client whose card was `before` and is `now` (either may be
-- false)

function barcode.move(c, before, now)
    if before and before ~= now and entry(c, before) == c.id then
        change.write(c, 'HDEL', c.prefix .. keys.barcodes(before), before)
    end

    if now and entry(c, now) ~= c.id
       and (not barcode.taken(c, now) or waits(c, now))
    then
        change.write(c, 'HSET', c.prefix .. keys.barcodes(now), now, c.id)
    end

    local top = now and now ~= before and now ~= c.issued
                and range.top(c.market, now)

    if top then
        change.write(c, 'HSET', c.prefix .. keys.meta, 'top', top)
    end
end
