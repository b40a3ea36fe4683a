
-- Clients and groups as records of the office: read, replaced, patched, deleted.
--
-- Each function exists for clients (identity: the phone) and groups (the id).


local function is_stored(c, i)
    return c.values[i] and c.values[i] ~= ''
end


-- the missing required attribute that makes the record incomplete, or '', and the
-- names of those with a value that cannot be read

local function record_flaws(c)
    local missing, unread = '', {}

    -- as Polycard knows it: whole, and all of it can be read

    if c.known and c.known == c.values
       or c.shadow and c.shadow == record.encoded(c)
    then
        return '', ''
    end

    for i = 1, c.kind.n do
        local attribute, stored = c.kind.attributes[i], is_stored(c, i)
        local readable = stored and value.stored(attribute.type, c.values[i])

        if attribute.required and not readable then
            missing = missing == '' and attribute.name or missing

        elseif stored and not readable then
            unread[#unread + 1] = attribute.name
        end
    end

    return missing, table.concat(unread, ' ')
end


-- FCALL polycard_get_client 1 <prefix> <phone>
-- FCALL polycard_get_client 1 <prefix> barcode <card number>
-- FCALL polycard_get_group 1 <prefix> <id>
--
--   [phone or id, ETag, missing, unread, name, value, ...]
--
-- What is stored, unchanged, in the order of tables 1 and 4; for a client
-- "id" last, the market's number.  Absent or empty attributes are left out.
-- missing: the required attribute that is absent or cannot be read, so that
-- Polycard does not see the record, or ''.  unread: names of optional ones that
-- cannot be read and are left out of answers, separated by spaces.
--
--   NOTFOUND no such client, no such group
--   CONFLICT the record of this phone (group) is not a hash
--   ERR phone ..., id ..., barcode ...

local function record_reply(c)
    local missing, unread = record_flaws(c)
    local reply = { c.id, office.etag(c), missing, unread }

    for i = 1, c.kind.n do
        if is_stored(c, i) then
            reply[#reply + 1] = c.kind.fields[i]
            reply[#reply + 1] = c.values[i]
        end
    end

    if c.number and c.number ~= '' then
        reply[#reply + 1] = 'id'
        reply[#reply + 1] = c.number
    end

    return reply
end


-- a record that is only read; its values are nil if it is not a hash

local function record_look(prefix, kind, id)
    local key = prefix .. kind.key .. id
    local values, stored_id = record.read(key, kind)

    return {
        kind = kind, id = id, key = key, values = values, number = stored_id,
        shadow = values and keys.try(prefix, 'HGET', kind.shadow(id), id),
    }
end


local function record_get(prefix, kind, id)
    local c = office.need_hash(record_look(prefix, kind, id))

    return record_reply(office.need_known(c))
end


-- the phone that has this card, both in the index and in its own record

local function record_by_card(prefix, given)
    local code = value.argument('barcode', 'card', given)
    local phone = code ~= '' and keys.read(prefix, 'HGET',
                                           keys.barcodes(code), code)
    local c = phone and record_look(prefix, CLIENT, phone)
    local stored = c and c.values and c.values[CLIENT.barcode]

    if not stored or text.trim(stored) ~= code then
        failure.refuse('NOTFOUND', 'no such client')
    end

    return c
end


office.register('get_client', function(prefix, arguments)
    if arguments[1] == 'barcode' and #arguments == 2 then
        return record_reply(record_by_card(prefix, arguments[2]))
    end

    local phone = record.identity(arguments, CLIENT, 1)

    return record_get(prefix, CLIENT, phone)
end, { 'no-writes' })


office.register('get_group', function(prefix, arguments)
    local id = record.identity(arguments, GROUP, 1)

    return record_get(prefix, GROUP, id)
end, { 'no-writes' })


-- FCALL polycard_list_clients 1 <prefix> <after> <count>
-- FCALL polycard_list_groups 1 <prefix> <after> <count>
--
--   [how many there are, cursor, 1 if there may be more or 0, record, ...]
--
-- Up to count records (1 to 100) after the cursor ('': from the beginning), also
-- those that Polycard does not see, in the order in which they became known, groups by
-- their id; each as in polycard_get_client, only its identity if it is not a hash.
-- Fewer if there is no time for more.  The cursor is that of the last one looked at,
-- '': there is none.
--
-- Clients that are added come last, and one that is there keeps its place: a reader
-- who continues with the cursor until there are no more sees it exactly once.  One
-- that Polycard begins to see meanwhile is added to getClients, and comes last, too:
-- it may be seen twice.
--
--   ERR after must be a whole number, count must be 1 to 100, too many arguments
--   BROKEN the key clients (incomplete, groups, incomplete_groups) is of a wrong type

local LIST_MAX = 100

-- microseconds after which a call ends, and how many records are read before the
-- clock is

local LIST_TIME = 500
local LIST_STEP = 4


local function list_record(prefix, kind, id)
    local c = record_look(prefix, kind, id)

    if not c.values then
        return { id }
    end

    return change.exists(c) and record_reply(c) or nil
end


-- a score as a cursor: those of the library are whole numbers

local function list_cursor(score)
    local place = math.floor(tonumber(score))

    return place >= 0 and place < number.INTEGER_MAX
           and number.print_integer(place) or ''
end


-- id, score, ... of both sets of a kind, up to `count` of them by their scores

local function list_rows(prefix, kind, after, count)
    local from = after == '' and '0'
                 or number.print_integer(number.parse_integer(after) + 1)

    local function of(set)
        return keys.read(prefix, 'ZRANGEBYSCORE', set, from, '+inf',
                         'WITHSCORES', 'LIMIT', 0, count)
    end

    local seen, unseen = of(kind.index), of(kind.incomplete)

    if #unseen == 0 then
        return seen
    end

    local rows, i, j = {}, 1, 1

    while #rows < 2 * count and (seen[i] or unseen[j]) do
        if not unseen[j]
           or seen[i] and tonumber(seen[i + 1]) <= tonumber(unseen[j + 1])
        then
            rows[#rows + 1], rows[#rows + 2] = seen[i], seen[i + 1]
            i = i + 2
        else
            rows[#rows + 1], rows[#rows + 2] = unseen[j], unseen[j + 1]
            j = j + 2
        end
    end

    return rows
end


local function list(prefix, kind, arguments)
    local after = arguments[1] or ''
    local count = argument.count('count', arguments[2], LIST_MAX, 1)
    local took = market.stopwatch()

    if #arguments > 2 then
        failure.raise('too many arguments')
    end

    if after ~= '' then
        value.argument('after', 'integer', after)
    end

    local rows = list_rows(prefix, kind, after, count)
    local total = keys.read(prefix, 'ZCARD', kind.index)
                  + keys.read(prefix, 'ZCARD', kind.incomplete)
    local reply = { total, '',
                    #rows == 2 * count and 1 or 0 }

    for i = 1, #rows, 2 do
        if i % (2 * LIST_STEP) == 1 and i > 1
           and math.abs(took()) >= LIST_TIME
        then
            reply[3] = 1
            break
        end

        reply[2] = list_cursor(rows[i + 1])

        if value.check(kind.identity.type, rows[i]) then
            reply[#reply + 1] = list_record(prefix, kind, rows[i])
        end
    end

    if reply[2] == '' then
        reply[3] = 0
    end

    return reply
end


local function list_function(kind)
    office.register('list_' .. kind.called .. 's', function(prefix, arguments)
        return list(prefix, kind, arguments)
    end, { 'no-writes' })
end


list_function(CLIENT)
list_function(GROUP)


-- FCALL polycard_replace_client 1 <prefix> <phone> <condition> field value ...
-- FCALL polycard_patch_client 1 <prefix> <phone> <condition> field value ...
-- FCALL polycard_replace_group 1 <prefix> <id> <condition> field value ...
-- FCALL polycard_patch_group 1 <prefix> <id> <condition> field value ...
--
--   [1 created or 0 changed, ETag, missing]; missing as in polycard_get_client
--
-- replace: attributes that are not named are removed, except "id", the market's
-- number.  patch: they are kept.  An empty value removes in both.  A client whose
-- barcode is removed has a closed card (contract, B28).  The market's own fields
-- are kept.
--
--   ERR with all errors, separated by "; ": name ..., unknown attribute ...,
--       ... is given twice, a value is missing after ...; a new client needs an
--       attribute, nothing would be left of this client; of a group: ... is
--       missing
--   CONFLICT barcode is in use by another client
--   CONFLICT the record of this phone (group) is not a hash
--   STALE, see office.lua

local function record_put(prefix, kind, arguments, whole)
    local id = record.identity(arguments, kind)
    local condition = office.condition(arguments[2])
    local given, flaws, wrong = record.given(arguments, 3, kind)
    local c = change.open(prefix, kind, id)

    if flaws then
        record.raise(kind, flaws, given, not whole and c.values, wrong)
    end

    office.need_hash(c)

    for _, name in ipairs(whole and kind.fields or {}) do
        given[name] = given[name] or false
    end

    office.check(c, condition)
    office.check_card(c, given)

    local before, after = change.set(c, given)

    if after == 0 then
        failure.raise(before == 0 and 'a new ' .. kind.called
                      .. ' needs an attribute'
                      or 'nothing would be left of this ' .. kind.called)
    end

    if kind == GROUP then
        record.raise(kind, nil, {}, c.values)
    end

    if given.id then
        keys.counter(prefix, keys.client_id)
    end

    local reply = office.settle(c, before == 0 and 1 or 0)

    reply[3] = record_flaws(c)

    return reply
end


-- FCALL polycard_delete_client 1 <prefix> <phone> [<condition>]
-- FCALL polycard_delete_group 1 <prefix> <id> [<condition>]
--
--   1, or 0 if there was none; whatever the key holds: also a damaged record can
--   be deleted
--
--   ERR phone ..., id ...
--   STALE, see office.lua

local function record_delete(prefix, kind, arguments)
    local id = record.identity(arguments, kind, 2)
    local condition = office.condition(arguments[2])
    local c = change.open(prefix, kind, id)

    office.check(c, condition)

    return settle_delete(c)
end


local function record_functions(kind)
    office.register('replace_' .. kind.called, function(prefix, arguments)
        return record_put(prefix, kind, arguments, true)
    end)

    office.register('patch_' .. kind.called, function(prefix, arguments)
        return record_put(prefix, kind, arguments, false)
    end)

    office.register('delete_' .. kind.called, function(prefix, arguments)
        return record_delete(prefix, kind, arguments)
    end)
end


record_functions(CLIENT)
record_functions(GROUP)
