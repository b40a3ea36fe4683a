
-- An error of the caller's: it ends the function before its first write and
-- becomes the reply "ERR <text>".  The text never holds a value.

local failure = {}


function failure.raise(text)
    error({ polycard = 'ERR ' .. text })
end


-- the same for a caller whose lease is over

function failure.fenced()
    error({ polycard = 'FENCED the lease has another holder' })
end


-- a name as somebody sent it, safe to be shown

function failure.name(name)
    return name:gsub('[^A-Za-z0-9_]', ''):sub(1, 32)
end


local function register(name, handler, flags)

    local function callback(keys, arguments)

        if #keys ~= 1 or not keys[1]:find('^[^{}]*{[^{}]+}[^{}]*$') then
            return redis.error_reply('ERR the one key must be the prefix of '
                                     .. 'a market, like polycard:{shop1}:')
        end

        local done, reply = pcall(handler, keys[1], arguments)

        if done then
            return reply
        end

        if type(reply) == 'table' and reply.polycard then
            return redis.error_reply(reply.polycard)
        end

        error(reply, 0)
    end

    redis.register_function {
        function_name = 'polycard_' .. name,
        callback = callback,
        flags = flags,
    }
end
