
-- polycard_put_group, polycard_delete_group.


local function group_id(arguments, most)
    if most and #arguments > most then
        failure.raise('too many arguments')
    end

    return value.argument('id', 'integer', arguments[1])
end


register('put_group', function(prefix, arguments)
    local id = group_id(arguments)
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


register('delete_group', function(prefix, arguments)
    local c = change.open(prefix, GROUP, group_id(arguments, 1))
    local existed = change.exists(c)

    if existed then
        change.write(c, 'DEL', c.key)
    end

    c.values, c.exists = nil, false
    settle(c)

    return existed and 1 or 0
end)
