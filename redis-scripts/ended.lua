
-- After polycard_end_hooks nobody sends what waits: the sweep removes it, some
-- hooks a call.  Records that are deleted then are forgotten in settle.lua.

local ENDED_STEP = 40
local ENDED_KEYS = 4


local function ended_outbox(prefix)
    local records = keys.try(prefix, 'XRANGE', keys.outbox, '-', '+', 'COUNT',
                             ENDED_STEP)
    local gone = { 'XDEL', prefix .. keys.outbox }

    for _, record in ipairs(records or {}) do
        gone[#gone + 1] = record[1]
    end

    if #gone > 2 then
        redis.call(unpack(gone))
    end
end


-- lists that `retry` lacks are put there by polycard_sweep_scan

local function ended_held(prefix)
    local step, lists = hold.open(prefix), {}
    local on_hold = keys.try(prefix, 'ZRANGE', keys.retry, 0, ENDED_KEYS - 1)

    for _, key in ipairs(on_hold or {}) do
        local n = keys.try(prefix, 'LLEN', keys.held(key))

        if n then
            hold.drop(step, key, n)
            lists[#lists + 1] = prefix .. keys.held(key)
        end
    end

    hold.commit(step)

    for _, list in ipairs(lists) do
        keys.free(list)
    end
end


jobs[3] = function(m)
    if m.ended and not m.hooks then
        ended_outbox(m.prefix)
        ended_held(m.prefix)
    end
end
