
-- polycard_put_group.


register('put_group', function(prefix, arguments)
    local id = record.identity(arguments, GROUP)
    local given = record.arguments(arguments, 2, GROUP)
    local c = change.open_hash(prefix, GROUP, id)

    for _, attribute in ipairs(GROUP.attributes) do
        if attribute.required and given[attribute.name] == false then
            failure.raise(attribute.name .. ' cannot be removed')
        end
    end

    local before = change.set(c, given)
    local whole, missing = record.whole(c)

    if not whole then
        failure.raise(missing .. ' is missing')
    end

    settle(c)

    return before == 0 and 1 or 0
end)
