
-- An error in the arguments: it ends the function before its first write and
-- becomes the reply "ERR <text>".  The text never contains a value.

local failure = {}

local FLAWS_MAX = 32


function failure.raise(text)
    error({ polycard = 'ERR ' .. text })
end


-- the same with all errors, if there are any

function failure.raise_all(flaws)
    if #flaws > 0 then
        failure.raise(table.concat(flaws, '; ', 1,
                                   math.min(#flaws, FLAWS_MAX)))
    end
end


-- the same with a first word that tells callers of the office what to do

function failure.refuse(word, text)
    error({ polycard = word .. ' ' .. text })
end


-- a broken helper key of the market: not an error of the caller

function failure.raise_helper(text)
    error({ polycard = 'ERR ' .. text, helper = true })
end


-- the same for a key that belongs to one client or group only: it does not affect
-- the others (contract, B27)

function failure.raise_own(name, text)
    error({ polycard = 'ERR ' .. text, own = name, helper = true })
end


-- an error of a helper key so that callers can distinguish it

function failure.bad_helper(raised)
    if type(raised) == 'table' and raised.helper then
        return { polycard = (raised.polycard:gsub('^ERR', 'BROKEN', 1)) }
    end

    return raised
end


-- ignores an error raised here, raises one of Redis again

function failure.pass_own(raised)
    if type(raised) ~= 'table' or not raised.polycard then
        error(raised, 0)
    end
end


-- the same as an error that the emitter can distinguish

function failure.bad_key(raised)
    error({ polycard = raised.polycard:gsub('^ERR', 'BADKEY', 1) })
end


-- the same for a caller whose lease is over

function failure.fenced()
    error({ polycard = 'FENCED the lease has another holder' })
end


-- a name as a caller sent it, safe to be shown

function failure.name(name)
    return name:gsub('[^A-Za-z0-9_]', ''):sub(1, 32)
end


-- Redis 7.0 does not say which command of a function its caller may not run, later
-- versions do. These are all commands used, each with the least number of arguments
-- that it takes: security updates of Redis 7 and 8 refuse to check others.

local COMMANDS = 'DEL 1 EXISTS 1 EXPIRE 2 GET 1 HDEL 2 HEXISTS 2 HGET 2 HGETALL 1 '
    .. 'HINCRBY 3 HLEN 1 HMGET 2 HSET 3 HSETNX 3 INCR 1 INFO 0 LINDEX 2 LINSERT 4 '
    .. 'LLEN 1 LPOP 1 LRANGE 3 LREM 3 LSET 3 PTTL 1 RENAME 2 RPUSH 2 SCAN 1 SET 2 '
    .. 'TIME 0 UNLINK 1 XADD 4 XDEL 2 XINFO 2 XLEN 1 XPENDING 2 XRANGE 3 ZADD 3 '
    .. 'ZCARD 1 ZCOUNT 3 ZMSCORE 2 ZRANGE 3 ZRANGEBYSCORE 3 ZREM 2 ZSCORE 2'


-- Called with keys that the caller may use: Redis looks for the key of SET even
-- without arguments, and may crash then.

local function may_run(prefix, command, n)
    local arguments = {}

    for i = 1, n do
        arguments[i] = prefix
    end

    if command == 'XINFO' then
        arguments[1] = 'GROUPS'
    end

    return redis.acl_check_cmd(command, unpack(arguments))
end


-- For a change that must not stop half-way: called before its first write.

function failure.need_right(name, command, key, ...)
    if not redis.acl_check_cmd(command, key, ...) then
        error({ polycard = 'NOPERM this user has no permissions to run '
                           .. command:lower() .. ' in polycard_' .. name })
    end
end


-- The same for a command with its arguments, if the function's name is not known,
-- with the error of Redis.  Its rights depend on the key alone, and no command needs
-- more than so many arguments.

local NEEDED = 5


function failure.need_command(write)
    local n = #write

    if not redis.acl_check_cmd(unpack(write, 1, n < NEEDED and n or NEEDED)) then
        error("NOPERM no permissions to run the '" .. write[1]:lower()
              .. "' command", 0)
    end
end


local function missing_right(prefix, name, text)
    local missing = { text:match("permissions to run the '([^']+)' command") }

    if text:find('access at least one of the keys', 1, true)
       or text:find('o permissions to access a key', 1, true)
    then
        return 'NOPERM this user has no permissions to access one of the keys '
               .. 'used by polycard_' .. name
    end

    if text:find("can't run this command", 1, true) then
        for command, n in COMMANDS:gmatch('(%u+) (%d)') do
            if not may_run(prefix, command, tonumber(n)) then
                missing[#missing + 1] = command:lower()
            end
        end

    elseif #missing == 0 then
        return
    end

    return 'NOPERM this user has no permissions to run '
           .. table.concat(missing, ', ') .. ' in polycard_' .. name
end


-- the last prefix that was one
local checked


local function is_prefix(key)
    if key ~= checked and not key:find('^[^{}]*{[^{}]+}[^{}]*$') then
        return false
    end

    checked = key

    return true
end


-- raised: what to make of an error, if that depends on the function

local function register(name, handler, flags, raised)

    local function callback(keys, arguments)
        if not cjson then
            redis, cjson, type, unpack, pcall, tonumber, math = head_globals()
        end

        if #keys ~= 1 or not is_prefix(keys[1]) then
            return redis.error_reply('ERR the one key must be the prefix of '
                                     .. 'a market, like polycard:{shop1}:')
        end

        local done, reply = pcall(handler, keys[1], arguments)

        if done then
            return reply
        end

        reply = raised and raised(reply) or reply

        if type(reply) == 'table' and reply.polycard then
            return redis.error_reply(reply.polycard)
        end

        local right = missing_right(keys[1], name, type(reply) == 'table'
                                    and reply.err or tostring(reply))

        if right then
            return redis.error_reply(right)
        end

        error(reply, 0)
    end

    redis.register_function {
        function_name = 'polycard_' .. name,
        callback = callback,
        flags = flags,
    }
end
