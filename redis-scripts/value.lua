
-- Values of the types in attributes.lua.  Each function returns the value
-- in its normal form, or nil and the error.

local value = {}

local DAYS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }
local FLAGS = { ['true'] = 'true', ['1'] = 'true',
                ['false'] = 'false', ['0'] = 'false' }

local check = {}


function check.phone(given)
    if #given == 12 and given:find('^380%d+$') then
        return given
    end

    return nil, 'must be 380 and 9 digits'
end


function check.text(given)
    local flaw = text.check(given)

    if flaw then
        return nil, flaw
    end

    return given
end


-- white space at its ends is not part of a card number (contract, B30)

function check.card(given)
    return check.text(text.trim(given))
end


function check.sex(given)
    if given == 'male' or given == 'female' then
        return given
    end

    return nil, 'must be male or female'
end


function check.date(given)
    if #given == 8 and not given:find('%D') then
        local number_given = tonumber(given)
        local day = number_given % 100
        local month = (number_given - day) / 100 % 100
        local year = math.floor(number_given / 10000)
        local last = DAYS[month]

        if month == 2 and year % 4 == 0
           and (year % 100 ~= 0 or year % 400 == 0)
        then
            last = 29
        end

        if year > 0 and last and day >= 1 and day <= last then
            return given
        end
    end

    return nil, 'must be a day as YYYYMMDD'
end


-- most amounts are already in their shortest form: whole, or with 1 or 2
-- decimals of which the last is not 0

local function is_short(given)
    return #given <= 13
           and (given:find('^[1-9]%d*$')
                or given:find('^[1-9]%d*%.%d?[1-9]$'))
end


function check.amount(given)
    if is_short(given) then
        return given
    end

    local hundredths = number.parse_amount(given)

    if hundredths then
        return number.print_amount(hundredths)
    end

    return nil, 'must be a number'
end


-- the difference of two amounts

function check.change(given)
    return number.parse_change(given) and given or nil, 'must be a number'
end


function check.integer(given)
    if number.parse_integer(given) then
        return given
    end

    return nil, 'must be a whole number'
end


-- The market's number of a client: shorter, so that a counter that continues after
-- it is not used up.

function check.id(given)
    if not number.parse_integer(given) then
        return nil, 'must be a whole number'
    end

    if #given > number.ID_LEN then
        return nil, 'must have at most ' .. number.ID_LEN .. ' digits'
    end

    return given
end


function check.loyalty(given)
    if given == 'discount' or given == 'bonuses' then
        return given
    end

    return nil, 'must be discount or bonuses'
end


function check.flag(given)
    local flag = FLAGS[given]

    if flag then
        return flag
    end

    return nil, 'must be true or false'
end


-- a value that is sent to a function

value.checks = check


function value.check(kind, given)
    return check[kind](given)
end


-- a stored value: false if it is invalid

function value.stored(kind, stored)
    if stored == '' then
        return false
    end

    if kind == 'text' then
        return text.cut(stored)
    end

    local checked = check[kind](stored)

    return checked and checked ~= '' and checked or false
end


-- an argument that is not an attribute

function value.argument(name, kind, given)
    local checked, flaw = check[kind](given or '')

    if not checked then
        failure.raise(name .. ' ' .. flaw)
    end

    return checked
end
