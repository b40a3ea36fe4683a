
-- Numbers that are issued once, though Redis may lose its last writes: by a
-- failover, a power cut, an older dump (contract, B25).
--
-- Next to a counter is a bound that was written long before the counter came
-- near it, and the history of the data (`master_replid` of INFO) in which it was
-- written.  Each end of a history, a takeover or a restart, may have lost the last
-- writes, but the data that are left are consistent: if they contain a bound, no
-- number above it was issued.  So in a new history counting continues after the
-- bound.  The more numbers are issued a minute, the further ahead it is.
--
-- The bound of a counter is a field of `meta`:
--
--   <bound> <how far ahead> <when it was set> <first number> <when> <history>
--
-- Data of before the first number have no bound; `began` is the history in which they
-- began.  `known_id` and `known_card` are the greatest numbers that a host has seen
-- issued and that Redis has lost, until one after them is issued.

local bound = { BLOCK = 1000 }  -- how far ahead at least, ...

local SHARE = 1000          -- ... less in a range of few numbers
local AHEAD_MAX = 1000000
local BUSY = 60000          -- ms
local GROWTH = 4
local RATE = 10             -- numbers a time, in times of the average
local RATE_SPAN = 3600000   -- ms: the least time that makes an average


-- what was read of the last bound of a counter: it is the same for many numbers

local bound_last = {}


local function bound_parse(field, stored)
    local last = bound_last[field]

    if not last or last.text ~= stored then
        local limit, ahead, set, first, began, history =
            stored:match('^(%d+) (%d+) (%d+) (%d+) (%d+) (%x*)$')

        last = {
            text = stored, limit = tonumber(limit or 0),
            ahead = tonumber(ahead or 0), set = tonumber(set or 0),
            first = tonumber(first or 0), began = tonumber(began or 0),
            history = history,
        }
        bound_last[field] = last
    end

    return last.history and last
end


local function bound_read(b, stored)
    local last = bound_parse(b.field, stored or '')

    -- a counter below what it was when the bound was set: somebody has set it

    if not last or b.last < last.limit - last.ahead then
        return
    end

    b.limit, b.set = last.limit, last.set
    b.ahead = math.min(last.ahead, b.most)
    b.first, b.began = last.first, last.began
    b.was = last.history
end


-- the latest time at which these data were certainly current: an older dump lacks
-- what came later

local function bound_alive(b, now)
    local heard = keys.try(b.prefix, 'HGET', keys.canary, 'heard')
    local at = heard and number.parse_integer(heard) or 0

    return math.min(math.max(b.set, at), now)
end


-- how many may have been issued since: ten times as many as on average

local function bound_extra(b)
    local now = market.time()
    local alive = bound_alive(b, now)

    if now - alive <= BUSY then
        return 0
    end

    local rate = math.max(b.last - b.first, 0)
                 / math.max(alive - b.began, RATE_SPAN)

    return math.min(math.floor(RATE * rate * (now - alive)),
                    math.max(b.block, math.floor(b.size / 10)))
end


local function bound_counter(name)
    return name == 'id' and keys.client_id or keys[name]
end


-- a host has seen this number issued: true if Redis has lost that

function bound.known(prefix, name, seen)
    local field = 'known_' .. name

    if seen == 0 or seen <= keys.counter(prefix, bound_counter(name))
       or name == 'id' and seen >= number.ID_MAX
    then
        return false
    end

    if seen > (tonumber(keys.read(prefix, 'HGET', keys.meta, field)) or 0) then
        redis.call('HSET', prefix .. keys.meta, field,
                   number.print_integer(seen))
    end

    return true
end


-- All is lost, and it is not certain which numbers were issued: at least some.

function bound.lose(prefix, put)
    for _, field in ipairs { 'known_card', 'known_id' } do
        if not keys.read(prefix, 'HGET', keys.meta, field) then
            put(field, '0')
        end
    end
end


-- Where to continue: behind the bound in a new history, and behind what some host has
-- seen: others may have seen more.  None is below the first one of the range.

local function bound_start(b, known, told, began)
    local start = math.max(b.last, b.least)

    if b.limit and b.was ~= b.history then
        start = math.max(start, b.limit + bound_extra(b))

    elseif not b.limit and began and began ~= b.history then
        start = start + b.block
    end

    if known > b.last or told >= b.last then
        start = math.max(start, math.max(known, told, b.least) + b.block)
    end

    return start
end


-- A counter ("id" or "card") of a range from `first` on, of `size` numbers.  known:
-- the greatest number that the caller has seen issued, or 0.  b.start is the number
-- after which to continue.

function bound.open(c, name, first, size, known)
    local block = math.max(math.min(bound.BLOCK, math.floor(size / SHARE)), 1)
    local b = {
        prefix = c.prefix, name = name, field = 'bound_' .. name,
        least = first - 1, size = size, block = block, ahead = block,
        most = math.max(math.min(AHEAD_MAX, math.floor(size / 100)), block),
        last = keys.counter(c.prefix, bound_counter(name)),
    }
    local m = c.market
    local told, began = m['known_' .. name], m.began

    if name == 'id' then
        m.ids = b.last
    end

    m.history = m.history or market.history()
    b.history = m.history
    bound_read(b, m[b.field])

    if b.history == '' then
        b.history = b.was or began or ''
    end

    b.told = told and tonumber(told)
    b.start = bound_start(b, known, b.told or -1, began)

    return b
end


-- the number is issued: adds the writes needed, besides that of the counter

function bound.give(c, b, given)
    if b.told then
        change.write(c, 'HDEL', c.prefix .. keys.meta, 'known_' .. b.name)
    end

    if b.limit and b.was == b.history and b.start == b.last
       and given <= b.limit - b.ahead / 2
    then
        return
    end

    local now = market.time()

    if b.limit and b.was == b.history then
        b.ahead = now - b.set < BUSY and math.min(b.ahead * GROWTH, b.most)
                  or math.max(math.floor(b.ahead / 2), b.block)
    end

    change.write(c, 'HSET', c.prefix .. keys.meta, b.field,
                 ('%.0f %.0f %.0f %.0f %.0f %s'):format(given + b.ahead,
                     b.ahead, now, b.first or given, b.began or now,
                     b.history))
end
