
-- Arguments that are not attributes.

local argument = {}


-- a whole number, at most `most` and at least `least` (0)

function argument.count(name, given, most, least)
    local count = number.parse_integer(given or '')

    if not count or count > most or count < (least or 0) then
        failure.raise(('%s must be %d to %.0f'):format(name, least or 0, most))
    end

    return count
end


function argument.text(name, given, most)
    if (given or '') == '' or #given > most then
        failure.raise(name .. ' must be 1 to ' .. most .. ' bytes')
    end

    return given
end


-- The name of a record in a stream: two numbers of 64 bits, as somebody may have written
-- one that is no time.  Most have fewer digits.

local RECORD_DIGITS, RECORD_ZERO = 15, 48
local RECORD_LAST = '18446744073709551615'


local function record_part(digits)
    return not text.is_less(RECORD_LAST, digits)
           and (#digits == 1 or digits:byte() ~= RECORD_ZERO)
end


-- word: what may stand in its place, as the error says it

function argument.record(name, given, word)
    local dash = given and given:find('-', 1, true)

    if dash and dash <= RECORD_DIGITS + 1
       and #given - dash <= RECORD_DIGITS
       and given:find('^[1-9]%d*%-%d+$')
       and (given:byte(dash + 1) ~= RECORD_ZERO or #given == dash + 1)
    then
        return given
    end

    local ms, seq = (given or ''):match('^(%d+)%-(%d+)$')

    if not ms or not record_part(ms) or not record_part(seq) then
        failure.raise(name .. ' must be ' .. (word and word .. ' or ' or '')
                      .. 'like 1700000000000-0')
    end

    return given
end


-- a key of hooks: "<phone>" or "group:<id>"

function argument.key(given)
    local id = (given or ''):match('^group:(.*)$')

    if id then
        value.argument('key', 'integer', id)
    else
        value.argument('key', 'phone', given)
    end

    return given
end


-- The greatest numbers that the caller has seen issued (bound.lua): known_card and
-- known_id, from the argument `first` on; and the position of the next argument.

function argument.known(arguments, first)
    local known = { known_card = 0, known_id = 0 }

    while known[arguments[first]] do
        local name = arguments[first]

        known[name] = argument.count(name, arguments[first + 1],
                                     number.INTEGER_MAX)
        first = first + 2
    end

    -- somebody has set the counter to its maximum, and may lower it

    if known.known_id >= number.ID_MAX then
        known.known_id = 0
    end

    return known, first
end


-- How a card number is issued: the second argument names one of `ways`, which are
-- functions; card prefix, from and to follow. Then what is known, as above, and
-- the position of the next argument.

function argument.issue(arguments, ways)
    local issue = ways[arguments[2]]

    if not issue then
        failure.raise('card numbers must be ean13, pool or phone')
    end

    if #arguments < 5 then
        failure.raise('card prefix, from or to is missing')
    end

    return issue, argument.known(arguments, 6)
end
