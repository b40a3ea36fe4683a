
-- Tables 1 and 4 of the contract, in their order.  They define what a record, an
-- answer and a hook contain; the C table is
-- ngx_polycard_module/core/attributes.c, and t/core/attributes.t compares the
-- two.  The first attribute is in the key, not in the hash.
--
-- New attributes go to the end: what was announced is stored by position.

local attributes = {

    client = {
        { name = 'phone', type = 'phone', required = true },
        { name = 'surname', type = 'text' },
        { name = 'name', type = 'text' },
        { name = 'middlename', type = 'text' },
        { name = 'email', type = 'text' },
        { name = 'sex', type = 'sex' },
        { name = 'birthday', type = 'date' },
        { name = 'barcode', type = 'card', required = true },
        { name = 'bonus', type = 'amount' },
        { name = 'discount', type = 'amount' },
        { name = 'loyalty_group_id', type = 'integer' },
    },

    group = {
        { name = 'id', type = 'integer', required = true },
        { name = 'title', type = 'text', required = true },
        { name = 'loyaltyType', type = 'loyalty', required = true },
        { name = 'loyaltyQuantity', type = 'amount', required = true },
        { name = 'active', type = 'flag' },
    },
}
