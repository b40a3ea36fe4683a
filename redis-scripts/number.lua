
-- Amounts as whole hundredths, never as fractions, and whole numbers.  The
-- same grammar, rounding and bounds as core/number.h.  tonumber() sees checked
-- digits only: it would take "0x10", "inf" and "nan".

local number = {}

local AMOUNT_MAX = 999999999999999
local CHANGE_MAX = 2 * AMOUNT_MAX
local AMOUNT_LEN = 63
local INTEGER_MAX = 9007199254740991

number.INTEGER_MAX = INTEGER_MAX
number.ID_LEN = 15
number.ID_MAX = 999999999999999

-- the market's own ids from here on, as a mistyped one, would leave few numbers
number.ID_HIGH = 999000000000000


-- the digits, how many of them are before the point, and whether negative

local function decimal(text)
    local minus, whole, rest = text:match('^(%-?)(%d+)(.*)$')

    if not whole or (#whole > 1 and whole:byte() == 48) then
        return nil
    end

    if rest == '' then
        return whole, #whole, minus ~= ''
    end

    local fraction, tail = rest:match('^%.(%d+)(.*)$')
    local exponent = 0

    if not fraction then
        fraction, tail = '', rest
    end

    if tail ~= '' then
        local sign, digits = tail:match('^[eE]([+-]?)(%d+)$')

        if not digits then
            return nil
        end

        -- more than the digits of a text of this length can compensate

        exponent = math.min(tonumber(digits), 1000)

        if sign == '-' then
            exponent = -exponent
        end
    end

    return whole .. fraction, #whole + exponent, minus ~= ''
end


-- decimal text to hundredths, rounded half away from zero; nil if it is no number,
-- or out of bounds

local function parse_bounded(text, most)
    if #text > AMOUNT_LEN then
        return nil
    end

    local digits, point, negative = decimal(text)

    if not digits then
        return nil
    end

    -- the first n digits make the hundredths, the next one rounds them

    local n = point + 2

    if n < 0 then
        return 0
    end

    local head = digits:sub(1, n):gsub('^0+', '')

    if head ~= '' and n > #digits then
        head = head .. ('0'):rep(math.min(n - #digits, 16))
    end

    local value = head == '' and 0 or tonumber(head)
    local next_digit = digits:byte(n + 1)

    if next_digit and next_digit >= 53 then
        value = value + 1
    end

    if value > most then
        return nil
    end

    return (negative and value ~= 0) and -value or value
end


-- most amounts have few digits, and two decimals at most

local SHORT, POINT = 13, 46


local function parse_short(text)
    if #text <= SHORT and text:find('^-?[1-9]%d*%.?%d?%d?$')
       and text:byte(-1) ~= POINT
    then
        local rounded = tonumber(text) * 100 + 0.5

        return rounded - rounded % 1
    end
end


function number.parse_amount(text)
    return parse_short(text) or parse_bounded(text, AMOUNT_MAX)
end


-- the `change` of a hook: the difference of two amounts

function number.parse_change(text)
    return parse_short(text) or parse_bounded(text, CHANGE_MAX)
end


-- The shortest form that reads back the same.  Below this 14 digits show all of it.

local EXACT = 100000000000000


function number.print_amount(hundredths)
    if hundredths > -EXACT and hundredths < EXACT then
        return hundredths == 0 and '0' or ('%.14g'):format(hundredths / 100)
    end

    local sign = ''

    if hundredths < 0 then
        sign, hundredths = '-', -hundredths
    end

    local fraction = hundredths % 100
    local whole = ('%s%.0f'):format(sign, (hundredths - fraction) / 100)

    if fraction == 0 then
        return whole
    end

    return ((whole .. ('.%02d'):format(fraction)):gsub('0$', ''))
end


function number.in_range(hundredths)
    return math.abs(hundredths) <= AMOUNT_MAX
end


-- digits without sign or leading zeros, up to 2^53 - 1; nil if it is no such number

function number.parse_integer(text)
    if #text > 16 or not text:find('^[1-9]%d*$') and text ~= '0' then
        return nil
    end

    local value = tonumber(text)

    return value <= INTEGER_MAX and value or nil
end


-- %d takes less time, where it is of 64 bits

local integer


function number.print_integer(value)
    if not integer then
        integer = ('%d'):format(INTEGER_MAX) == '9007199254740991' and '%d'
                  or '%.0f'
    end

    return integer:format(value)
end
