
-- UTF-8 text, the rules of core/text.h.

local text = {}

local TEXT_MAX = 255

-- stored texts may be longer: only this many bytes are needed for the characters
-- that are shown
local BYTES_MAX = TEXT_MAX * 4

-- valid sequences of each length, without overlong ones and surrogates

local SEQUENCES = {
    '[\194-\223][\128-\191]',
    '\224[\160-\191][\128-\191]',
    '[\225-\236\238\239][\128-\191][\128-\191]',
    '\237[\128-\159][\128-\191]',
    '\240[\144-\191][\128-\191][\128-\191]',
    '[\241-\243][\128-\191][\128-\191][\128-\191]',
    '\244[\128-\143][\128-\191][\128-\191]',
}


-- Most have Cyrillic letters of two bytes, and no other sequences: controls begin
-- with other bytes.
local LETTERS = '[\195-\223][\128-\191]'


-- The text with each sequence replaced by one byte, so that neighbours cannot
-- join; and whether it is printable.  Most have no sequences of more than two
-- bytes.

local function text_characters(value)
    local left = value:gsub(SEQUENCES[1], 'x')

    if not left:find('[^ -~]') then
        return left, true
    end

    for i = 2, #SEQUENCES do
        left = left:gsub(SEQUENCES[i], 'x')

        if not left:find('[^ -~]') then
            return left, true
        end
    end

    return left, false
end


-- control characters that are sequences; a plain search is much faster

local function text_has_controls(value)
    return value:find('\194', 1, true) and value:find('\194[\128-\159]')
           or value:find('\226\128', 1, true)
              and value:find('\226\128[\168\169]')
end


-- Unicode's White_Space, and zero-width characters, as in core/text.c

local SPACES = {
    ['\9'] = true, ['\10'] = true, ['\11'] = true, ['\12'] = true,
    ['\13'] = true, ['\32'] = true, ['\194\133'] = true, ['\194\160'] = true,
    ['\225\154\128'] = true, ['\225\160\142'] = true, ['\226\128\128'] = true,
    ['\226\128\129'] = true, ['\226\128\130'] = true, ['\226\128\131'] = true,
    ['\226\128\132'] = true, ['\226\128\133'] = true, ['\226\128\134'] = true,
    ['\226\128\135'] = true, ['\226\128\136'] = true, ['\226\128\137'] = true,
    ['\226\128\138'] = true, ['\226\128\139'] = true, ['\226\128\140'] = true,
    ['\226\128\141'] = true, ['\226\128\168'] = true, ['\226\128\169'] = true,
    ['\226\128\175'] = true, ['\226\129\159'] = true, ['\226\129\160'] = true,
    ['\227\128\128'] = true, ['\239\187\191'] = true,
}

-- bytes of the longest of them, and of the longest text that is trimmed
local SPACE_MAX, TRIM_MAX = 3, 4096


-- how many bytes at the first (or last) place are one of these

local function space_at(value, first, last, spaces, at_end)
    for n = 1, math.min(SPACE_MAX, last - first + 1) do
        local piece = at_end and value:sub(last - n + 1, last)
                      or value:sub(first, first + n - 1)

        if spaces[piece] then
            return n
        end
    end

    return 0
end


-- the text without white space of any kind (or `spaces`) at its ends

function text.trim(value, spaces)
    local first, last = 1, #value
    local head, tail = value:byte(), value:byte(-1)
    local n

    -- most have none

    if last > TRIM_MAX or not spaces and head and head > 32 and head < 127
                         and tail > 32 and tail < 127
    then
        return value
    end

    spaces = spaces or SPACES

    repeat
        n = space_at(value, first, last, spaces)
        first = first + n
    until n == 0

    repeat
        n = space_at(value, first, last, spaces, true)
        last = last - n
    until n == 0

    return value:sub(first, last)
end


function text.has_space(value)

    -- most are visible ASCII

    if not value:find('[^!-~]') then
        return false
    end

    for space in pairs(SPACES) do
        if value:find(space, 1, true) then
            return true
        end
    end

    return false
end


-- nil, or the error as the end of a sentence that begins with a name

function text.check(value)
    if #value > BYTES_MAX then
        return 'is longer than 255 characters'
    end

    local left, printable = value, not value:find('[^ -~]')

    if printable and #value <= TEXT_MAX then
        return
    end

    if not printable then
        left = value:gsub(LETTERS, 'x')
        printable = not left:find('[^ -~]')
    end

    if not printable then
        left, printable = text_characters(value)

        if not printable and left:find('[\128-\255]') then
            return 'is not valid UTF-8'
        end

        if not printable or text_has_controls(value) then
            return 'holds control characters'
        end
    end

    if #left > TEXT_MAX then
        return 'is longer than 255 characters'
    end
end


-- Is a whole number, without leading zeros, less than another one?  As texts: Lua's
-- numbers have 53 bits, those of an id of a stream 64.

function text.is_less(digits, other)
    return #digits < #other or #digits == #other and digits < other
end


function text.cut(value)
    return value:sub(1, BYTES_MAX)
end
