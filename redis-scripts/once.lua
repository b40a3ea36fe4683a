
-- Idempotency keys: a call with the same key for the same client does nothing more
-- and gets the reply of the first one.
--
-- Replies are kept in hashes that expire as a whole, one for each thousandth of
-- the clients and each period of time: digest of phone and key -> until when it
-- counts, amount, reply.  `once` of `meta` has the expiry times of the existing ones.
-- So a key takes about 100 bytes, and none must be searched to be removed.

local once = {}

local TIME_DEFAULT = 604800000
local PARTS = 4
local DIGEST_HEX = 32


-- two hex digits -> byte, made once
local once_bytes


-- 16 bytes that show neither phone nor key

local function once_digest(phone, key)
    local hex = redis.sha1hex(phone .. ' ' .. key):sub(1, DIGEST_HEX)

    if not once_bytes then
        once_bytes = {}

        for byte = 0, 255 do
            once_bytes[('%02x'):format(byte)] = string.char(byte)
        end
    end

    return (hex:gsub('..', once_bytes))
end


function once.key(given)
    if given == '' or text.check(given) or text.has_space(given) then
        failure.raise('key must be 1 to 255 visible characters')
    end

    return given
end


-- reads a key; `amount` and `answer` if it was used before

function once.open(prefix, phone, key)
    local stored = keys.read(prefix, 'HMGET', keys.meta, 'once',
                             'idempotency_time')
    local o = {
        prefix = prefix, phone = phone, field = once_digest(phone, key),
        now = market.time(), ends = {},
        time = stored[2] and number.parse_integer(stored[2])
               or TIME_DEFAULT,
    }

    for ends in (stored[1] or ''):gmatch('%d+') do
        if tonumber(ends) > o.now then
            local entry = keys.read(prefix, 'HGET', keys.once(ends, phone),
                                    o.field) or ''
            local last, amount, answer = entry:match('^(%d+) (%S+) (%S+)$')

            o.ends[#o.ends + 1] = ends

            if last and tonumber(last) > o.now then
                o.amount, o.answer = amount, answer
            end
        end
    end

    return o
end


-- the expiry time of a hash for it: not before that of the key, and not much later

local function once_end(c, o)
    local last, span = o.now + o.time, math.ceil(o.time / PARTS)

    for _, ends in ipairs(o.ends) do
        if tonumber(ends) >= last and tonumber(ends) <= last + span then
            return ends
        end
    end

    local ends = number.print_integer(last + span)

    o.ends[#o.ends + 1] = ends
    change.write(c, 'HSET', o.prefix .. keys.meta, 'once',
                 table.concat(o.ends, ' '))

    return ends
end


function once.keep(c, o, amount, answer)
    local ends = once_end(c, o)
    local key = o.prefix .. keys.once(ends, o.phone)

    -- if the key were kept without the amount, it would confirm what was not added

    failure.need_right('change_bonus', 'EXPIRE', key, '1')

    change.write(c, 'HSET', key, o.field,
                 number.print_integer(o.now + o.time) .. ' ' .. amount .. ' '
                 .. answer)
    change.write(c, 'EXPIRE', key, math.ceil((tonumber(ends) - o.now) / 1000))
end
