
-- What the functions for the market's own systems share: their errors, and the
-- conditions on the record that a caller wants to change.
--
-- The first word of an error tells the caller what to do:
--
--   ERR          an argument is wrong                           (HTTP 400)
--   NOTFOUND     no such client, group or entry                 (404)
--   CONFLICT     what is stored does not allow it               (409)
--   STALE        the condition of the caller does not hold      (412)
--   REUSED       a key was used for something else              (422)
--   UNAVAILABLE  not now, the same call may succeed later       (503)
--   BROKEN       a helper key is of a wrong type                (500)
--
-- The text that follows is short and contains no value.

local office = { handlers = {} }

local ETAG_HEX = 32
local ETAG_NO_HASH = '00000000000000000000000000000000'
local CONDITION_MAX = 1024


-- registers a function with these errors

function office.register(name, handler, flags)
    office.handlers[name] = handler
    register(name, handler, flags, failure.bad_helper)
end


-- A hash of the record as it is stored, 32 hex digits; '' if there is none.
-- It depends on each attribute and the id, not on the market's own fields.

function office.etag(c)
    if not c.values or not change.exists(c) then
        return change.exists(c) and ETAG_NO_HASH or ''
    end

    local list = record.encoded(c):sub(1, -2) .. ','
                 .. (c.number and cjson.encode(c.number) or 'false') .. ']'

    return redis.sha1hex(list):sub(1, ETAG_HEX)
end


-- The condition of a change: '' none, "*" there is a record, "-" there
-- is none, or one or more ETags, separated by spaces, one of which is the record's.

function office.condition(given)
    local condition = given or ''

    if #condition > CONDITION_MAX or condition:find('[^%x%*%- ]') then
        failure.raise('condition must be *, - or ETags')
    end

    return condition
end


function office.check(c, condition)
    local holds = condition == ''
    local etag = condition ~= '' and office.etag(c)

    for word in condition:gmatch('%S+') do
        holds = holds or word == etag and etag ~= ''
                or word == '*' and etag ~= ''
                or word == '-' and etag == ''
    end

    if not holds then
        failure.refuse('STALE', 'the record is not as the condition says')
    end
end


-- A record must be, or may become, a hash.

function office.need_hash(c)
    if not c.values then
        failure.refuse('CONFLICT', 'the record of this ' .. c.kind.of
                       .. ' is not a hash')
    end

    return c
end


function office.open(prefix, kind, id, m)
    return office.need_hash(change.open(prefix, kind, id, m))
end


-- the same for one that must exist

function office.need_known(c)
    if not change.exists(c) then
        failure.refuse('NOTFOUND', 'no such ' .. c.kind.called)
    end

    return c
end


function office.open_known(prefix, kind, id, m)
    return office.need_known(office.open(prefix, kind, id, m))
end


-- refuses the card number of another client

function office.check_card(c, given)
    if given.barcode and barcode.taken(c, given.barcode) then
        failure.refuse('CONFLICT', 'barcode is in use by another client')
    end
end


-- writes the change; returns the reply of functions that change a record: `first`
-- and the ETag

function office.settle(c, first)
    local reply = { first, office.etag(c) }

    settle(c)

    return reply
end


function office.phone(name, given)
    return value.argument(name, 'phone', given)
end
