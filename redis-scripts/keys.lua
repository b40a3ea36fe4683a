
-- Names of keys after the prefix, and reads that detect broken keys.

local keys = {
    position = 'seq:position',
    client_id = 'seq:id',
    card = 'seq:card',
    cards = 'cards',
    unfit = 'unfit',
    outbox = 'outbox',
    registered = 'registered',
    meta = 'meta',
    lease = 'lease',
    hosts = 'hosts',
    canary = 'canary',
    fence = 'seq:lease',
    retry = 'retry',
    dead = 'dead',
    clients = 'clients',
    groups = 'groups',
    incomplete = 'incomplete',
    incomplete_groups = 'incomplete_groups',
    deletions = 'deletions',
    gone = 'gone',
    left = 'left',
    found = 'found',
    counted = 'held',
    broken = 'broken',
    refused = 'refused',
    forget = 'forget',
}


function keys.shadow(phone)
    return 'shadow:' .. phone:sub(-3)
end


function keys.added(phone)
    return 'added:' .. phone:sub(-3)
end


function keys.barcodes(barcode)
    return 'barcodes:' .. barcode:sub(-3)
end


function keys.once(ends, place)
    return 'once:' .. ends .. ':' .. place
end


-- of "group:<id>"
local LETTER = 103


function keys.history(key)
    return key:byte() == LETTER and 'history:groups'
           or 'history:' .. key:sub(-3)
end


function keys.moved(phone)
    return 'moved:' .. phone:sub(-3)
end


function keys.held(key)
    return 'retry:' .. key
end


-- what was read, or nil if the key is broken

function keys.try(prefix, command, name, ...)
    local reply = redis.pcall(command, prefix .. name, ...)

    if type(reply) == 'table' and reply.err then
        if reply.err:find('^WRONGTYPE') then
            return nil
        end

        error(reply, 0)
    end

    return reply
end


-- All reads of a function come before its first write, so that with a broken key
-- nothing is changed.  A key whose name continues after a colon belongs to one client
-- or group, or to a thousandth of the clients.

function keys.read(prefix, command, name, ...)
    local reply = redis.pcall(command, prefix .. name, ...)

    if type(reply) ~= 'table' or not reply.err then
        return reply
    end

    keys.failed(name, reply)
end


-- raises the error of such a read

function keys.failed(name, reply)
    if not reply.err:find('^WRONGTYPE') then
        error(reply, 0)
    end

    local text = 'the key ' .. name:match('^[%l_]+') .. ' is of a wrong type'

    if name:find(':', 1, true) and not name:find('^seq:') then
        failure.raise_own(name, text)
    end

    failure.raise_helper(text)
end


function keys.counter(prefix, name)
    local stored = keys.read(prefix, 'GET', name)
    local count = stored and number.parse_integer(stored)

    if stored and not count then
        failure.raise_helper('the counter ' .. name
                             .. ' is not a whole number')
    end

    return count or 0
end


-- Redis frees a sorted set in the call that removes the last member: 1 ms if
-- it had a million once.  UNLINK leaves that to another thread, but only
-- for more than 64 members: so when about as many are left after a
-- removal, they are moved to a new set.  Without the right to
-- UNLINK only the millisecond is lost.

local FREED_LATER = 64


function keys.shrink(key, removed)
    local left = redis.call('ZCARD', key)

    if left <= FREED_LATER or left > FREED_LATER + removed then
        return
    end

    local rows, add = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES'),
                      { 'ZADD', key }

    for i = 1, #rows, 2 do
        add[#add + 1] = rows[i + 1]
        add[#add + 1] = rows[i]
    end

    if redis.acl_check_cmd('ZADD', key, '0', '')
       and redis.pcall('UNLINK', key) == 1
    then
        redis.call(unpack(add))
    end
end


-- the greatest id that a stream has had, also of entries that are gone; '': unknown

function keys.last_id(key)
    local about = redis.pcall('XINFO', 'STREAM', key)

    for i = 1, #about, 2 do
        if about[i] == 'last-generated-id' then
            return about[i + 1]
        end
    end

    return ''
end


-- Up to count entries of a stream after the one with this id.  None is after the greatest
-- one, and Redis would not look for it.

local LAST_ID = '18446744073709551615-18446744073709551615'


function keys.behind(prefix, name, id, count)
    local first = id == LAST_ID and id or '(' .. id
    local entries = keys.read(prefix, 'XRANGE', name, first, '+', 'COUNT', count)

    return id == LAST_ID and {} or entries
end


-- deletes a key that may be large

function keys.free(key)
    local freed = redis.acl_check_cmd('UNLINK', key)
                  and redis.pcall('UNLINK', key)

    if type(freed) ~= 'number' then
        redis.call('DEL', key)
    end
end


-- the number behind this one of a counter

function keys.after(count, name)
    if count >= number.INTEGER_MAX then
        failure.raise_helper('the counter ' .. name .. ' is used up')
    end

    return count + 1
end


-- the number that an INCR of the counter will give

function keys.next_of(prefix, name)
    return number.print_integer(keys.after(keys.counter(prefix, name), name))
end
