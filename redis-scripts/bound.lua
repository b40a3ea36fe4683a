
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


-- of both counters: their keys, fields of `meta`, and what bound_of() finds

local OF = {
    id = { counter = keys.client_id, field = 'bound_id', known = 'known_id' },
    card = { counter = keys.card, field = 'bound_card', known = 'known_card' },
}


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


-- A counter below what it was when the bound was set: somebody has set it.

local function bound_read(field, stored, last)
    local old = stored and bound_parse(field, stored)

    return old and last >= old.limit - old.ahead and old
end


-- the latest time at which these data were certainly current: an older dump lacks
-- what came later

local function bound_alive(b, now)
    local heard = keys.try(b.prefix, 'HGET', keys.canary, 'heard')
    local at = heard and number.parse_integer(heard) or 0

    return math.min(math.max(b.old.set, at), now)
end


-- how many may have been issued since: ten times as many as on average

local function bound_extra(b)
    local now = market.time()
    local alive = bound_alive(b, now)

    if now - alive <= BUSY then
        return 0
    end

    local rate = math.max(b.last - b.old.first, 0)
                 / math.max(alive - b.old.began, RATE_SPAN)

    return math.min(math.floor(RATE * rate * (now - alive)),
                    math.max(b.of.block, math.floor(b.of.size / 10)))
end


-- a host has seen this number issued: true if Redis has lost that

function bound.known(prefix, name, seen)
    local field = OF[name].known

    if seen == 0 or seen <= keys.counter(prefix, OF[name].counter)
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
    local last, block, old = b.last, b.of.block, b.old
    local start = last > b.least and last or b.least

    if known > last or told >= last then
        start = math.max(start, math.max(known, told, b.least) + block)
    end

    if old and old.history ~= b.history then
        start = math.max(start, old.limit + bound_extra(b))

    -- the history before may have begun there

    elseif not old and began and began ~= b.history then
        start = start + block
    end

    return start
end


-- what is the same for each number of a range of this size: markets have one

local function bound_of(name, size)
    local of = OF[name]

    if of.size ~= size then
        of.size = size
        of.block = math.max(math.min(bound.BLOCK, math.floor(size / SHARE)), 1)
        of.most = math.max(math.min(AHEAD_MAX, math.floor(size / 100)),
                           of.block)
    end

    return of
end


-- A counter ("id" or "card") of a range from `first` on, of `size` numbers.  known:
-- the greatest number that the caller has seen issued, or 0.  b.start is the number
-- after which to continue.

function bound.open(c, name, first, size, known)
    local of, m = bound_of(name, size), c.market
    local last, told, began = keys.counter(c.prefix, of.counter), m[of.known],
                              m.began
    local old = bound_read(of.field, m[of.field], last)

    if name == 'id' then
        m.ids = last
    end

    m.history = m.history or market.history()

    local b = {
        prefix = c.prefix, of = of, least = first - 1, last = last, old = old,
        told = told and tonumber(told), start = false,
        history = m.history ~= '' and m.history or old and old.history or began
                  or '',
    }

    b.start = bound_start(b, known, b.told or -1, began)

    return b
end


-- the number is issued: adds the writes needed, besides that of the counter

function bound.give(c, b, given)
    local old, of = b.old, b.of
    local same = old and old.history == b.history
    local ahead = old and math.min(old.ahead, of.most) or of.block

    if b.told then
        change.write(c, 'HDEL', c.prefix .. keys.meta, of.known)
    end

    if same and b.start == b.last and given <= old.limit - ahead / 2 then
        return
    end

    local now = market.time()

    if same then
        ahead = now - old.set < BUSY and math.min(ahead * GROWTH, of.most)
                or math.max(math.floor(ahead / 2), of.block)
    end

    change.write(c, 'HSET', c.prefix .. keys.meta, of.field,
                 ('%.0f %.0f %.0f %.0f %.0f %s'):format(given + ahead, ahead,
                     now, old and old.first or given, old and old.began or now,
                     b.history))
end
