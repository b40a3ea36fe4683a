
-- Idempotency keys: a call with the same key for the same client does nothing more
-- and gets the reply of the first one.
--
-- Replies are kept in hashes that expire as a whole, one for each thousandth of
-- the clients and each period of time: digest of phone and key -> until when it
-- counts, what was asked for, reply.  `once` of `meta` has the expiry times of the
-- existing ones.  So a key takes about 100 bytes, and none must be searched to be
-- removed.

local once = {}

local TIME_DEFAULT = 604800000
local PARTS = 4
local DIGEST_HEX = 32
local PLACES = 1000
local PLACE_HEX = 6


-- two hex digits -> byte, made once
local once_bytes


-- 16 bytes that show neither phone nor key

local function once_digest(hex)
    if not once_bytes then
        once_bytes = {}

        for byte = 0, 255 do
            once_bytes[('%02x'):format(byte)] = string.char(byte)
        end
    end

    return (hex:sub(1, DIGEST_HEX):gsub('..', once_bytes))
end


function once.key(given)
    if given == '' or text.check(given) or text.has_space(given) then
        failure.raise('key must be 1 to 255 visible characters')
    end

    return given
end


-- the expiry times that are not over

local function once_ends(stored, now)
    local list = {}

    for ends in (stored or ''):gmatch('%d+') do
        if tonumber(ends) > now then
            list[#list + 1] = ends
        end
    end

    return list
end


-- reads what is kept in `place`; `amount` and `answer` if it was used before, `found`
-- says where.  stored: the two fields of `meta`, if the caller has them

local function once_open(prefix, hex, place, stored)
    stored = stored or keys.read(prefix, 'HMGET', keys.meta, 'once',
                                 'idempotency_time')

    local clock = market.clock()
    local now = math.floor(clock / 1000)
    local o = {
        prefix = prefix, place = place, field = once_digest(hex), now = now,
        clock = clock, ends = once_ends(stored[1], now),
        time = stored[2] and number.parse_integer(stored[2])
               or TIME_DEFAULT,
    }

    for _, ends in ipairs(o.ends) do
        local entry = keys.read(prefix, 'HGET', keys.once(ends, place), o.field)

        if entry then
            local last, amount, answer = entry:match('^(%d+) (%S+) (%S+)$')

            o.found = ends

            if last and tonumber(last) > now then
                o.amount, o.answer = amount, answer
            end
        end
    end

    return o
end


-- a key of a client or a group: whose, as "<phone>" or "group:<id>"

function once.open(prefix, whose, key, stored)
    local place = ('00' .. whose:match('%d+$')):sub(-3)

    return once_open(prefix, redis.sha1hex(whose .. ' ' .. key), place, stored)
end


-- the same of a call that opens the market, too: returns both

function once.open_market(prefix, whose, key)
    local m, stored = market.open_once(prefix)
    local o = once.open(prefix, whose, key, stored)

    m.clock = o.clock

    return o, m
end


-- the key of a line, whoever it is about: one with other contents is no other one

function once.open_line(prefix, line, key)
    local hex = redis.sha1hex('line ' .. line .. ' ' .. key)
    local place = tonumber(hex:sub(-PLACE_HEX), 16) % PLACES

    return once_open(prefix, hex, ('%03d'):format(place))
end


-- the expiry time of a hash for it: not before that of the key, and not much later

local function once_end(o)
    local last, span = o.now + o.time, math.ceil(o.time / PARTS)

    for _, ends in ipairs(o.ends) do
        if tonumber(ends) >= last and tonumber(ends) <= last + span then
            return ends
        end
    end

    o.began = number.print_integer(last + span)
    keys.read(o.prefix, 'HLEN', keys.once(o.began, o.place))

    return o.began
end


-- Before the first write, since a key that is kept without the change would confirm
-- what was not done, and a change without its key would be done again.

function once.reserve(o, name)
    o.until_ms = once_end(o)
    o.hash = o.prefix .. keys.once(o.until_ms, o.place)

    failure.need_right(name, 'EXPIRE', o.hash, '1')
    failure.need_right(name, 'HSET', o.hash, '', '')

    if o.began then
        failure.need_right(name, 'HSET', o.prefix .. keys.meta, 'once', '')
    end

    if o.found == o.until_ms then
        o.found = nil

    elseif o.found then
        o.found = o.prefix .. keys.once(o.found, o.place)
        failure.need_right(name, 'HDEL', o.found, '')
    end
end


-- the list as it is by now: what is called with this key may have one of its own

local function once_begin(c, o)
    local stored = keys.read(o.prefix, 'HGET', keys.meta, 'once')
    local list = once_ends(stored, o.now)

    for _, ends in ipairs(list) do
        if ends == o.began then
            return
        end
    end

    list[#list + 1] = o.began

    change.write(c, 'HSET', o.prefix .. keys.meta, 'once',
                 table.concat(list, ' '))
end


-- what was kept with another idempotency_time is in another hash: there is one entry

function once.keep(c, o, amount, answer)
    if o.began then
        once_begin(c, o)
    end

    if o.found then
        change.write(c, 'HDEL', o.found, o.field)
    end

    change.write(c, 'HSET', o.hash, o.field,
                 number.print_integer(o.now + o.time) .. ' ' .. amount .. ' '
                 .. answer)
    change.write(c, 'EXPIRE', o.hash,
                 math.ceil((tonumber(o.until_ms) - o.now) / 1000))
end
