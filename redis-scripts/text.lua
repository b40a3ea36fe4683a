
-- UTF-8 text, the rules of core/text.h.

local text = {}

local TEXT_MAX = 255

-- what is stored may be longer: this many bytes hold the characters that are
-- ever shown
local BYTES_MAX = TEXT_MAX * 4

-- whole sequences of each length; overlong ones and surrogates are none

local SEQUENCES = {
    '[\194-\223][\128-\191]',
    '\224[\160-\191][\128-\191]',
    '[\225-\236\238\239][\128-\191][\128-\191]',
    '\237[\128-\159][\128-\191]',
    '\240[\144-\191][\128-\191][\128-\191]',
    '[\241-\243][\128-\191][\128-\191][\128-\191]',
    '\244[\128-\143][\128-\191][\128-\191]',
}


-- A text in which each sequence has become one byte, so that neighbours cannot
-- join; and whether it is printable.  Most have no sequences of more than two
-- bytes.

local function text_characters(value)
    local left = value

    for i = 1, #SEQUENCES do
        left = left:gsub(SEQUENCES[i], 'x')

        if not left:find('[^ -~]') then
            return left, true
        end
    end

    return left, false
end


-- those that are sequences; a search for a plain text is much faster

local function text_has_controls(value)
    return value:find('\194', 1, true) and value:find('\194[\128-\159]')
           or value:find('\226\128', 1, true)
              and value:find('\226\128[\168\169]')
end


-- nil, or what is wrong as the end of a sentence that begins with a name

function text.check(value)
    if #value > BYTES_MAX then
        return 'is longer than 255 characters'
    end

    local left, printable = value, not value:find('[^ -~]')

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


function text.cut(value)
    return value:sub(1, BYTES_MAX)
end
