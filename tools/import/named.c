
#include "core/phone.h"
#include "import/named.h"

#include <stdio.h>
#include <stdlib.h>


#define NAMED_PHONE_BITS  30
#define NAMED_PHONE       (((uint64_t) 1 << NAMED_PHONE_BITS) - 1)


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


/* the value: the line, and in its lowest 30 bits the end of the phone and 1 */

int
polycard_named_number(polycard_table_t *numbers,
    const ngx_polycard_str_t *number, const ngx_polycard_str_t *phone,
    uint64_t line, uint64_t *earlier)
{
    char      text[NGX_POLYCARD_PHONE_LEN + 1];
    uint64_t  key, value, owner;

    (void) snprintf(text, sizeof(text), "%.*s", (int) phone->len,
                    (char *) phone->data);

    key = polycard_table_key(number->data, number->len);
    owner = strtoul(text + 3, NULL, 10) + 1;

    if (polycard_table_get(numbers, key, &value) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    *earlier = (value && (value & NAMED_PHONE) != owner
                && value >> NAMED_PHONE_BITS < line)
               ? value >> NAMED_PHONE_BITS : 0;

    return value ? NGX_POLYCARD_OK
           : polycard_table_set(numbers, key,
                                line << NAMED_PHONE_BITS | owner);
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
