
-- polycard_put_group.


register('put_group', function(prefix, arguments)
    local id = record.identity(arguments, GROUP)
    local given, flaws, wrong = record.given(arguments, 2, GROUP)
    local c = change.open(prefix, GROUP, id)

    for _, attribute in ipairs(GROUP.attributes) do
        local name = attribute.name

        if attribute.required and given[name] == false
           and not (wrong and wrong[name])
        then
            flaws, wrong = flaws or {}, wrong or {}
            flaws[#flaws + 1] = name .. ' cannot be removed'
            wrong[name] = true
        end
    end

    record.raise(GROUP, flaws, given, c.values, wrong)
    change.need_hash(c)

    local before = change.set(c, given)
    local whole, missing = record.whole(c)

    if not whole then
        failure.raise(missing .. ' is missing')
    end

    settle(c)

    return before == 0 and 1 or 0
end)
