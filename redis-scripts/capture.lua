
-- polycard_capture, polycard_capture_group: settle records that were changed by
-- plain commands; polycard_version.

local CAPTURE_MAX = 16


local function capture_one(prefix, kind, id, m)
    return settle(change.open(prefix, kind, id, m))
end


local function capture(prefix, kind, arguments)
    if #arguments > CAPTURE_MAX then
        failure.raise('more than ' .. CAPTURE_MAX .. ' at once')
    end

    for i = 1, #arguments do
        value.argument(kind.identity.name, kind.identity.type, arguments[i])
    end

    local hooks, m = 0, market.open(prefix)

    -- an error of one of several does not stop the others: it is in `broken`

    for i = 1, #arguments do
        local done, reply = broken.try(prefix, kind.prefix .. arguments[i],
                                       capture_one, prefix, kind,
                                       arguments[i], m)

        if done then
            hooks = hooks + reply

        elseif #arguments == 1 then
            failure.bad_key(reply)

        else
            guard.undo(m)
        end
    end

    return hooks
end


register('capture', function(prefix, arguments)
    return capture(prefix, CLIENT, arguments)
end)


register('capture_group', function(prefix, arguments)
    return capture(prefix, GROUP, arguments)
end)


redis.register_function {
    function_name = 'polycard_version',
    callback = function() return VERSION end,
    flags = { 'no-writes' },
}
