
-- A client's card: another one, or none (contract, B28).
--
--   NOTFOUND no such client
--   CONFLICT the record of this phone is not a hash
--   STALE, see office.lua
--   ERR phone ...


local function card_open(prefix, arguments, last)
    local phone = record.identity(arguments, CLIENT, last)
    local condition = office.condition(arguments[last])
    local c = office.open_known(prefix, CLIENT, phone)

    office.check(c, condition)

    return c
end


-- FCALL polycard_set_card 1 <prefix> <phone> <card number> [<condition>]
--
--   [card number, ETag]; the number without white space at its ends
--
-- The hook is `clients changed`, or `added` if the client had no card.
--
--   CONFLICT barcode is in use by another client
--   ERR barcode ...

office.register('set_card', function(prefix, arguments)
    local code = value.argument('barcode', 'card', arguments[2])
    local given = { barcode = code }

    if code == '' then
        failure.raise('barcode must not be empty')
    end

    local c = card_open(prefix, arguments, 3)

    office.check_card(c, given)
    change.set(c, given)

    return office.settle(c, code)
end)


-- FCALL polycard_close_card 1 <prefix> <phone> [<condition>]
--
--   the ETag
--
-- The hook is `clients deleted`; the record stays, without a card.  When a card is
-- given later the hook is `clients added`.
--
--   NOTFOUND this client has no card

office.register('close_card', function(prefix, arguments)
    local c = card_open(prefix, arguments, 2)

    if (c.values[CLIENT.barcode] or '') == '' then
        failure.refuse('NOTFOUND', 'this client has no card')
    end

    change.set(c, { barcode = false })

    return office.settle(c)[2]
end)


-- FCALL polycard_issue_card 1 <prefix> <phone>
-- FCALL polycard_issue_card 1 <prefix> <phone> <ean13|pool|phone> <card prefix>
--                           <from> <to> [known_card <serial>] [<condition>]
--
--   ["issued", card number, ETag]
--   ["nocards"], ["again" ...], ["syncing", new|lost], ["taken"]: none can be
--   issued now, as in polycard_add_client
--
-- The next card number, instead of the one that the client has, which is not issued
-- again.  known_card: as in polycard_add_client.  The first form, or an empty word
-- instead of ean13, uses the `card_numbers` of nginx.
--
--   UNAVAILABLE no nginx has said where card numbers come from
--   ERR card numbers must be ean13, pool or phone; card prefix ..., from ...

local function card_configured(prefix, arguments)
    local cards = market.read(prefix).cards

    if not cards then
        failure.refuse('UNAVAILABLE',
                       'no nginx has said where card numbers come from')
    end

    local head, from, to = cards:match('^ean13_(%d+)_(%d*)_(%d*)$')

    arguments[2] = head and 'ean13' or cards
    arguments[3], arguments[4], arguments[5] = head or '', from or '', to or ''
end


office.register('issue_card', function(prefix, arguments)
    if (arguments[2] or '') == '' then
        card_configured(prefix, arguments)
    end

    local issue, known, last = argument.issue(arguments, card)
    local c = card_open(prefix, arguments, last)

    -- without it a number that was lost could be issued again

    failure.need_right('issue_card', 'INFO', 'replication')

    local wait = market.uncertain(c.market)

    if wait then
        settle(c)

        return { 'syncing', wait }
    end

    local code, reason, unfit = issue(c, arguments[3], arguments[4],
                                      arguments[5], known.known_card)

    if not code then
        settle(c)

        return { reason, unfit }
    end

    change.set(c, { barcode = code })

    local reply = office.settle(c, 'issued')

    return { reply[1], code, reply[2] }
end)
