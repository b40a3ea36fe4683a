
-- Where the time within the library goes: each of its functions is replaced by
-- profile.wrap(), each command by profile.call and profile.pcall, in the copy that
-- Bench::Profile::Lua makes.  The clock is the command TIME, which takes longer than
-- many a function: what a call of an empty one takes is found at the end, and left
-- out.  Where Redis lets TIME stand still in a function there is nothing to see.
-- What takes longer than LONG was interrupted, and does not count.

local profile = { rows = {}, depth = 0, inner = {}, calls = {} }

local LONG = 100    -- microseconds


local function profile_clock()
    local time = redis.call('TIME')

    return time[1] * 1000000 + time[2]
end


-- a function that ends with what f returns; an error leaves depth as it is, and
-- whoever catches it sets it right.  There is no clock while Redis loads the text

function profile.wrap(name, f)
    local row = { name, 0, 0, 0, 0 }

    profile.rows[#profile.rows + 1] = row

    return function(...)
        if not profile.is_loaded then
            return f(...)
        end

        local depth = profile.depth + 1
        local start

        profile.depth, profile.inner[depth], profile.calls[depth] = depth, 0, 0

        local function finish(...)
            local took = profile_clock() - start
            local own = took - profile.inner[depth]

            row[2] = row[2] + 1
            profile.depth = depth - 1

            if own < LONG then
                row[3], row[4] = row[3] + own, row[4] + profile.calls[depth]
                row[5] = row[5] + 1
            end

            if depth > 1 then
                profile.inner[depth - 1] = profile.inner[depth - 1] + took
                profile.calls[depth - 1] = profile.calls[depth - 1] + 1
            end

            return ...
        end

        start = profile_clock()

        return finish(f(...))
    end
end


-- a command, under its own name

function profile.command(way)
    local wrapped = {}

    return function(name, ...)
        wrapped[name] = wrapped[name]
                        or profile.wrap('redis ' .. name, redis[way])

        return wrapped[name](name, ...)
    end
end

profile.call = profile.command('call')
profile.pcall = profile.command('pcall')


-- microseconds that an empty function seems to take, and that whoever calls it loses
-- besides

function profile.cost()
    local n, empty = 2000, profile.wrap('', function() end)
    local row = table.remove(profile.rows)

    profile.depth = 0

    local all = LONG

    -- the shortest of some, which nothing has interrupted

    for _ = 1, n / 20 do
        local start = profile_clock()

        for _ = 1, 20 do
            empty()
        end

        all = math.min(all, (profile_clock() - start) / 20)
    end

    local own = row[3] / math.max(1, row[5])

    return own, all - own
end


-- name, calls, nanoseconds in it and in nothing that it calls, ...; begins again

function profile.report()
    local own, beside = profile.cost()
    local found = {}

    for _, row in ipairs(profile.rows) do
        if row[2] > 0 then
            found[#found + 1] = row[1]
            found[#found + 1] = row[2]
            found[#found + 1] = math.floor(1e3 * row[2] / math.max(1, row[5])
                                * (row[3] - row[5] * own - row[4] * beside))
        end

        row[2], row[3], row[4], row[5] = 0, 0, 0, 0
    end

    return found
end
