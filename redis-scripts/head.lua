#!lua name=polycard

-- The Polycard library: the keyspace of one market, kept consistent inside
-- Redis.  These files are joined into one text by join.sh.
--
-- While Redis loads the text there are no globals (string, table, redis.call,
-- ipairs ...): they may be used inside functions only.

-- raised with every change: a Redis that has a lower one gets the new text
local VERSION = 12
