
-- polycard_once: a change of the office with an idempotency key.
--
-- FCALL polycard_once 1 <prefix> <key> <line> <function> <argument> ...
--
--   the reply of the function, named without "polycard_", the first time and each
--   time after that, as long as the key is remembered; but the word "repeated"
--   instead of "issued", since that number is not a new one
--
-- line '': the key is one of the client or group that the function is about.
-- Remembered is what was done.
--
-- line n: it is of line n of a batch, whoever that is about.  Remembered is what was
-- refused as well, because of what was stored then: later lines were done since, and
-- after these it would be something else.  With other arguments a refused one is tried
-- again.  The reply of the first time comes without its ETags then: 60 bytes a line.
--
-- polycard_forget_client with a cursor is a further step, not looked up.
--
--   REUSED the key was used for another request
--   ERR key must be 1 to 255 visible characters, line must be a whole number,
--       there is no such change
--   and what the function raises


-- What may be called, and what each is about.  final: its replies but these
-- say that it is not done yet.  nothing: whether the reply says that there was nothing to
-- do.  said: how many arguments say what is wanted, the others how.  etag: its place in
-- the reply, 0: it is the reply.  step: whether it goes on with what an earlier call
-- has begun.

local function once_is_none(reply)
    return reply == 0
end


local CHANGES = {
    replace_client = { kind = CLIENT, etag = 2 },
    patch_client = { kind = CLIENT, etag = 2 },
    delete_client = { kind = CLIENT, nothing = once_is_none },
    change_bonus = { kind = CLIENT },
    move_client = { kind = CLIENT, etag = 0 },
    merge_clients = { kind = CLIENT, etag = 2 },
    set_card = { kind = CLIENT, etag = 2 },
    issue_card = { kind = CLIENT, etag = 3, said = 1,
                   final = { issued = true, taken = true },
                   nothing = function(reply)
        return reply[1] == 'taken'
    end },
    close_card = { kind = CLIENT, etag = 0 },
    forget_client = { kind = CLIENT, nothing = function(reply)
        return reply[1] == 0
    end, step = function(given)
        return (given[2] or '0') ~= '0'
    end },
    replace_group = { kind = GROUP, etag = 2 },
    patch_group = { kind = GROUP, etag = 2 },
    delete_group = { kind = GROUP, nothing = once_is_none },
}

local ASKED_HEX = 16

-- first words of errors that tell of what is stored

local REFUSALS = { ERR = true, NOTFOUND = true, CONFLICT = true, STALE = true }


-- what is asked for, as a digest

local function once_asked(name, does, given)
    local parts = { name }

    for i = 1, does.said or #given do
        parts[i + 1] = #given[i] .. ' ' .. given[i]
    end

    return redis.sha1hex(table.concat(parts, ' ')):sub(1, ASKED_HEX)
end


-- One word that begins with what it is: "[" done, "?" there was nothing to do, "!"
-- refused.  The phone is not part of it, since a client may be forgotten.  Control
-- characters are in none of these.

local function once_print(said, id)
    return (said:gsub(id, '\1'):gsub(' ', '\2'))
end


-- the reply of before, nil: with these arguments it was not called

local function once_again(o, asked, id)
    local said = o.answer:gsub('\2', ' '):gsub('\1', id)
    local what = said:sub(1, 1)

    if o.amount ~= asked then
        if what ~= '?' and what ~= '!' then
            failure.refuse('REUSED', 'the key was used for another request')
        end

        return nil
    end

    if what == '!' then
        error({ polycard = said:sub(2) })
    end

    return cjson.decode(what == '?' and said:sub(2) or said)[1]
end


-- the reply as it is given again: a number that was issued is no new one then

local function once_kept(does, line, reply)
    local bare = line ~= '' and does.etag

    if type(reply) ~= 'table' then
        return bare and '' or reply
    end

    local again = {}

    for i, part in ipairs(reply) do
        again[i] = part
    end

    if bare and again[bare] then
        again[bare] = ''
    end

    if again[1] == 'issued' then
        again[1] = 'repeated'
    end

    return again
end


-- what is to be kept of an outcome, nil: it may come again

local function once_outcome(does, line, done, reply)
    if not done then
        local said = type(reply) == 'table' and not reply.helper
                     and reply.polycard

        return said and line ~= '' and REFUSALS[said:match('^%u+')]
               and '!' .. said or nil
    end

    if does.final and not does.final[reply[1]] then
        return nil
    end

    local none = does.nothing and does.nothing(reply)

    if none and line == '' then
        return nil
    end

    return (none and '?' or '') .. cjson.encode({ once_kept(does, line, reply) })
end


local function once_read(arguments)
    local key, line = once.key(arguments[1] or ''), arguments[2] or ''
    local name, given = arguments[3] or '', {}
    local does = CHANGES[name]

    if line ~= '' then
        line = value.argument('line', 'integer', line)
    end

    if not does then
        failure.raise('there is no such change')
    end

    for i = 4, #arguments do
        given[i - 3] = arguments[i]
    end

    return key, line, name, does, given
end


office.register('once', function(prefix, arguments)
    local key, line, name, does, given = once_read(arguments)
    local id = value.argument(does.kind.identity.name,
                              does.kind.identity.type, given[1])

    if does.step and does.step(given) then
        return office.handlers[name](prefix, given)
    end

    local asked = once_asked(name, does, given)
    local o = line == '' and once.open(prefix, does.kind.prefix .. id, key)
              or once.open_line(prefix, line, key)
    local known = o.answer and once_again(o, asked, id)

    if known then
        return known
    end

    once.reserve(o, 'once')

    local done, reply = pcall(office.handlers[name], prefix, given)
    local said = once_outcome(does, line, done, reply)

    if said then
        local c = { writes = {} }

        once.keep(c, o, asked, once_print(said, id))
        change.run(c.writes)
    end

    if not done then
        error(reply, 0)
    end

    return reply
end)
