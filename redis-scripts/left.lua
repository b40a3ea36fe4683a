
-- Clients whose deletion was announced while clients are taken in silently
-- (contract, B18).  The gateway reads getClients meanwhile, perhaps before it gets
-- that hook: a client who comes back is announced again, after it.  `left` has
-- their keys until all are taken in: a sorted set, by the time of the deletion.

local left = {}


function left.add(c)
    if not market.is_seeding(c.market) then
        return
    end

    keys.read(c.prefix, 'ZCARD', keys.left)
    c.market.left = true
    change.write(c, 'ZADD', c.prefix .. keys.left,
                 number.print_integer(market.time()), c.kind.prefix .. c.id)
end


-- Where it is of a wrong type none has left: others could not be taken in.

function left.has(c)
    local m = c.market

    if m.left == nil then
        m.left = (keys.try(c.prefix, 'ZCARD', keys.left) or 0) > 0
    end

    return m.left and keys.try(c.prefix, 'ZSCORE', keys.left,
                               c.kind.prefix .. c.id) and true or false
end


function left.over(m)
    keys.free(m.prefix .. keys.left)
end
