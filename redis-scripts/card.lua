
-- Card numbers for addClient.  Each function returns a number that is free
-- and adds to the change the writes that use it up; or nil and the reason:
-- "nocards", "again" (CARD_TRIES numbers were all in use, or entries of the pool
-- are unfit: the third value is their number by now) or "taken".

local card = {}

local CARD_TRIES = 100
local QUOTES = { ['"'] = true, ["'"] = true }


local function card_bound(name, given, width, default)
    if given == '' then
        return default
    end

    if not given:find('^%d+$') or #given > width then
        failure.raise(name .. ' must be 1 to ' .. width .. ' digits')
    end

    return tonumber(given)
end


-- the last range that was asked for: a market has one

local card_last = {}


-- first and last serial, and the format of the twelve digits

local function card_range(head, from, to)
    if card_last.head == head and card_last.from == from
       and card_last.to == to
    then
        return card_last.first, card_last.last, card_last.digits
    end
    if not head:find('^%d+$') or #head > 11 then
        failure.raise('card prefix must be 1 to 11 digits')
    end

    local width = 12 - #head
    local first = card_bound('from', from, width, 1)
    local last = card_bound('to', to, width, 10 ^ width - 1)

    if first < 1 or first > last then
        failure.raise('from must be 1 to the value of to')
    end

    card_last = { head = head, from = from, to = to, first = first,
                  last = last, digits = head .. '%0' .. width .. '.0f' }

    return first, last, card_last.digits
end


function card.ean13(c, head, from, to, known)
    local first, last, digits = card_range(head, from, to)
    local b = bound.open(c, 'card', first, last - first + 1, known)
    local serial, code, reason = b.start, nil, 'again'

    for _ = 1, CARD_TRIES do
        if serial >= last then
            reason = 'nocards'
            break
        end

        serial = serial + 1
        code = range.ean13(digits:format(serial))

        if not barcode.known(c, code) then
            break
        end

        code = nil
    end

    if serial > b.last then
        change.write(c, 'SET', c.prefix .. keys.card,
                     number.print_integer(serial))
        bound.give(c, b, serial)
    end

    return code, not code and reason
end


-- An entry of the pool without white space and quotes around it: "" if nothing
-- else is left, false if it is no card number.

local function card_of_pool(given)
    local code = given
    local before

    repeat
        before = code
        code = text.trim(text.trim(code), QUOTES)
    until code == before

    return code == '' and '' or value.stored('card', code)
end


-- Moves unfit entries to a list of their own, in a call that does nothing else
-- and so can return their number.

local function card_set_aside(c, used, unfit)
    local length = keys.read(c.prefix, 'LLEN', keys.unfit) + #unfit - 2

    change.write(c, 'LPOP', c.prefix .. keys.cards, used)
    c.writes[#c.writes + 1] = unfit

    return nil, 'again', length
end


function card.pool(c)
    local list = keys.read(c.prefix, 'LRANGE', keys.cards, 0, CARD_TRIES - 1)
    local unfit = { 'RPUSH', c.prefix .. keys.unfit }
    local used, code = 0, nil

    while used < #list and not code do
        used = used + 1
        code = card_of_pool(list[used])

        if code == false then
            unfit[#unfit + 1] = list[used]

        elseif code == '' or barcode.known(c, code) then
            code = nil
        end
    end

    if #unfit > 2 then
        return card_set_aside(c, code and used - 1 or used, unfit)
    end

    if used > 0 then
        change.write(c, 'LPOP', c.prefix .. keys.cards, used)
    end

    return code or nil,
           not code and (used == CARD_TRIES and 'again' or 'nocards')
end


function card.phone(c)
    if barcode.taken(c, c.id) then
        return nil, 'taken'
    end

    return c.id
end
