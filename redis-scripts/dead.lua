
-- Dead letters: the stream `dead`.  It is never trimmed: while it is full, or
-- broken, hooks stay on hold and are tried again.

local dead = {}

local DEAD_MAX = 100000
local REASON_MAX = 255
local ANSWER_MAX = 6144
local DEAD_HEAD = 8     -- reason, answer, hook, attempts; then the hook's fields


function dead.is_full(prefix)
    return (keys.try(prefix, 'XLEN', keys.dead) or DEAD_MAX) >= DEAD_MAX
end


function dead.write(step, hook)
    change.write(step, 'XADD', step.prefix .. keys.dead, '*',
                 'reason', hook.reason:sub(1, REASON_MAX),
                 'answer', hook.answer:sub(1, ANSWER_MAX),
                 'hook', hook.id,
                 'attempts', number.print_integer(hook.attempts),
                 unpack(hook.fields))
end


-- Moves what somebody else has written into the outbox or a list to `dead`, of very
-- many fields the first ones.  Returns whether `dead` can take it.

function dead.unreadable(step, id, fields)
    if not keys.try(step.prefix, 'XLEN', keys.dead) then
        return false
    end

    record.cut(fields, math.min(#fields, outbox.FIELDS_MAX))
    dead.write(step, { reason = 'unreadable', answer = '', id = id,
                       attempts = 0, fields = fields })

    return true
end
