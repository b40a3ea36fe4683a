
#include "import/named.h"


/* the value: the line, and in its lowest bit whether the row was good */

int
polycard_named_add(polycard_table_t *named,
    const ngx_polycard_str_t *identity, uint64_t line, unsigned good,
    uint64_t *earlier)
{
    uint64_t  key, value;

    key = polycard_table_key(identity->data, identity->len);

    if (polycard_table_get(named, key, &value) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    *earlier = (good && (value & 1) && value >> 1 < line) ? value >> 1 : 0;

    if (value && !good) {
        return NGX_POLYCARD_OK;
    }

    return polycard_table_set(named, key, line << 1 | (good != 0));
}


int
polycard_named_has(polycard_table_t *named, const char *identity, size_t len,
    unsigned *has)
{
    uint64_t  value;

    if (polycard_table_get(named, polycard_table_key(identity, len), &value)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    *has = (value != 0);

    return NGX_POLYCARD_OK;
}
