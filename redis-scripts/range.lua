
-- The range of `ean13` in the configuration (`card_numbers` of `meta`),
-- and the greatest serial of it that some client has, whoever issued it:
-- `top` of `meta`, "<card_numbers> <serial>".  It is known when all clients have been
-- read since the range was set (`topped`).

local range = {}

-- the byte
local ZERO = 48


-- twelve digits and their check digit

function range.ean13(digits)
    local a, b, c, d, e, f, g, h, i, j, k, l = digits:byte(1, 12)
    local sum = a + c + e + g + i + k + 3 * (b + d + f + h + j + l) - 24 * ZERO

    return digits .. (10 - sum % 10) % 10
end


-- what was read of the last texts: most calls find the same

local last = {}


local function range_open(m)
    if m.head == nil then
        if last.cards ~= m.cards or last.top ~= m.top then
            last.cards, last.top = m.cards, m.top
            last.head = (m.cards or ''):match('^ean13_(%d+)_') or false
            last.serial = tonumber((m.top or ''):match('^(%S+) %d+$')
                                   == m.cards and m.top:match('%d+$') or 0)
        end

        m.head, m.serial = last.head, last.serial
    end

    return m.head
end


-- the serial of a card of the range, above the greatest one known, or nil

local function range_serial(m, code)
    local head = range_open(m)

    if head and #code == 13 and code:sub(1, #head) == head
       and not code:find('%D')
    then
        local serial = tonumber(code:sub(#head + 1, 12))

        return serial > m.serial and range.ean13(code:sub(1, 12)) == code
               and serial or nil
    end
end


-- A client has this card: the new text of `top`, or nil.  Those issued by addClient
-- are below its counter.

function range.top(m, code)
    local serial = range_serial(m, code)

    if not serial then
        return
    end

    if m.given == nil then
        local done, given = pcall(keys.counter, m.prefix, keys.card)

        m.given = done and given or 0
    end

    if serial > m.given then
        m.serial = serial

        return m.cards .. ' ' .. number.print_integer(serial)
    end
end


-- the reading of all clients begins; it is over

function range.begin(m)
    if m.cards then
        redis.call('HSET', m.prefix .. keys.meta, 'topping', m.cards)
    end
end


function range.over(m)
    local stored = keys.read(m.prefix, 'HMGET', keys.meta, 'topping', 'topped')

    if m.cards and stored[1] == m.cards and stored[2] ~= m.cards then
        redis.call('HSET', m.prefix .. keys.meta, 'topped', m.cards)
    end
end


-- the greatest serial in use, or -1: unknown

function range.known(m)
    if not range_open(m)
       or keys.read(m.prefix, 'HGET', keys.meta, 'topped') ~= m.cards
    then
        return -1
    end

    return math.max(m.serial, keys.counter(m.prefix, keys.card))
end
