#!lua name=polycard

-- The Polycard library: the keyspace of one market, kept consistent inside
-- Redis.  These files are joined into one text by join.sh.
--
-- While Redis loads the text there are no globals (string, table, redis.call,
-- ipairs ...): they may be used inside functions only.

local function head_globals()
    return redis, cjson, type, unpack, pcall, tonumber, math
end


-- As locals, set by the first call of a function: of a global Redis asks several
-- tables each time.

local redis, cjson, type, unpack, pcall, tonumber, math = redis

-- raised with every change: a Redis that has a lower one gets the new text
local VERSION = 18
