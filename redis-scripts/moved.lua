
-- Which numbers a client had before: polycard_move_client and polycard_merge_clients note
-- it, so that who is forgotten is forgotten under these, too.
--
-- `moved:<last 3 digits>` of a phone has two lists of "<phone> <ms of the change>": in
-- the field of its name the earlier numbers of its client, and with ">" before it the
-- present ones of those who had this number.  Each number in one of the first is in one
-- of the second.

local moved = {}

local MOVED_MAX = 16


local function moved_list(stored)
    local list = {}

    for phone, ms in (stored or ''):gmatch('(%d+) (%d+)') do
        list[#list + 1] = { phone = phone, ms = ms }
    end

    return list
end


-- both lists of a phone, read once

local function moved_of(links, phone)
    local of = links.of[phone]

    if not of then
        local stored = keys.read(links.prefix, 'HMGET', keys.moved(phone), phone,
                                 '>' .. phone)

        of = { before = moved_list(stored[1]), after = moved_list(stored[2]),
               stored = stored }
        links.of[phone] = of
    end

    return of
end


local function moved_remove(list, phone)
    for i = #list, 1, -1 do
        if list[i].phone == phone then
            table.remove(list, i)
        end
    end
end


local function moved_unlink(links, before, phone)
    moved_remove(moved_of(links, phone).before, before)
    moved_remove(moved_of(links, before).after, phone)
end


local function moved_link(links, before, phone, ms)
    moved_unlink(links, before, phone)

    local earlier = moved_of(links, phone).before
    local later = moved_of(links, before).after

    earlier[#earlier + 1] = { phone = before, ms = ms }
    later[#later + 1] = { phone = phone, ms = ms }

    if #earlier > MOVED_MAX then
        moved_unlink(links, earlier[1].phone, phone)
    end

    if #later > MOVED_MAX then
        moved_unlink(links, before, later[1].phone)
    end
end


local function moved_put(c, phone, field, list, stored)
    local key, texts = c.prefix .. keys.moved(phone), {}

    for i, one in ipairs(list) do
        texts[i] = one.phone .. ' ' .. one.ms
    end

    local now = table.concat(texts, ' ')

    if now ~= '' and now ~= stored then
        change.write(c, 'HSET', key, field, now)

    elseif now == '' and stored then
        change.write(c, 'HDEL', key, field)
    end
end


local function moved_write(links, c)
    for phone, of in pairs(links.of) do
        moved_put(c, phone, phone, of.before, of.stored[1])
        moved_put(c, phone, '>' .. phone, of.after, of.stored[2])
    end
end


local function moved_open(c)
    return { prefix = c.prefix, of = {} }
end


-- the client of one number has another one from now on

function moved.note(from, to)
    local links, now = moved_open(to), number.print_integer(market.time())

    for _, one in ipairs({ unpack(moved_of(links, from.id).before) }) do
        moved_unlink(links, one.phone, from.id)

        if one.phone ~= to.id then
            moved_link(links, one.phone, to.id, one.ms)
        end
    end

    moved_link(links, from.id, to.id, now)
    moved_write(links, to)
end


-- Has somebody else left this number since then?

function moved.is_left(prefix, phone, since)
    local stored = keys.try(prefix, 'HGET', keys.moved(phone), '>' .. phone)

    for _, one in ipairs(moved_list(stored)) do
        if tonumber(one.ms) > tonumber(since) then
            return true
        end
    end

    return false
end


-- nothing of this number is known any more: returns the earlier ones of its client

function moved.forget(c)
    local links = moved_open(c)
    local of = moved_of(links, c.id)
    local before = { unpack(of.before) }

    for _, one in ipairs(before) do
        moved_unlink(links, one.phone, c.id)
    end

    for _, one in ipairs({ unpack(of.after) }) do
        moved_unlink(links, c.id, one.phone)
    end

    moved_write(links, c)

    return before
end
