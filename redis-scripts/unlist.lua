
-- Of records that are not whole no list but `incomplete` knows: those that are gone,
-- and no event told it, are removed together with the sweep; so are those that are
-- in the index as well: an earlier library made them whole.  Each call looks at some,
-- from a place that the clock chooses.

local UNLIST_STEP = 10


local function unlist(m, kind)
    local n = incomplete.count(m, kind)

    if n <= 0 then
        return
    end

    local first = market.clock() % n
    local ids = keys.try(m.prefix, 'ZRANGE', kind.incomplete, first,
                         first + UNLIST_STEP - 1) or {}

    local listed = #ids > 0 and keys.try(m.prefix, 'ZMSCORE', kind.index,
                                         unpack(ids)) or {}

    for i, id in ipairs(ids) do
        if listed[i] then
            redis.call('ZREM', m.prefix .. kind.incomplete, id)

        elseif redis.call('EXISTS', m.prefix .. kind.key .. id) == 0 then
            broken.try(m.prefix, kind.prefix .. id, function()
                settle(change.open(m.prefix, kind, id, m))
            end)
        end
    end
end


jobs[5] = function(m)
    unlist(m, CLIENT)
    unlist(m, GROUP)
end
