
#include "core/number.h"
#include "core/text.h"
#include "import/compare.h"
#include "import/table.h"

#include <string.h>


static unsigned polycard_compare_is_same(const ngx_polycard_attribute_t *a,
    ngx_polycard_str_t stored, ngx_polycard_str_t given);


int
polycard_compare(polycard_compare_t *compare, const redisReply *reply,
    const polycard_row_t *row, const ngx_polycard_table_t *table)
{
    size_t                           i;
    redisReply                      *element;
    ngx_polycard_str_t               stored, given;
    const ngx_polycard_attribute_t  *a;

    memset(compare, 0, sizeof(polycard_compare_t));

    /* no hash: the function will say so */

    if (reply && reply->type == REDIS_REPLY_ERROR
        && strncmp(reply->str, "WRONGTYPE", 9) == 0)
    {
        compare->there = 1;
        compare->broken = 1;
        return NGX_POLYCARD_OK;
    }

    if (reply && (reply->type != REDIS_REPLY_ARRAY
                  || reply->elements != table->n - 1))
    {
        return polycard_redis_mismatch(reply);
    }

    for (i = 1; i < table->n; i++) {
        a = &table->attribute[i];
        element = reply ? reply->element[i - 1] : NULL;

        stored.len = 0;
        stored.data = NULL;

        if (element && element->type == REDIS_REPLY_STRING) {
            stored.data = (u_char *) element->str;
            stored.len = element->len;
            compare->there = 1;
        }

        given = polycard_row_value(row, &a->name);

        if (given.data && !polycard_compare_is_same(a, stored, given)) {
            compare->differs |= 1u << i;
            compare->removed |= (given.len == 0) << i;
            compare->replaced |= (given.len && stored.len) << i;
        }

        if (i == NGX_POLYCARD_CLIENT_N && stored.len) {
            compare->number = polycard_table_key(stored.data, stored.len);
        }

        compare->absent |= ((given.data ? given.len : stored.len) == 0) << i;

        if (a->type == NGX_POLYCARD_TYPE_CARD) {
            compare->card = (given.data ? given.len : stored.len) != 0;
            ngx_polycard_text_trim(&stored);
            compare->had = stored.len ? polycard_table_key(stored.data,
                                                           stored.len) : 0;
        }
    }

    return NGX_POLYCARD_OK;
}


static unsigned
polycard_compare_is_same(const ngx_polycard_attribute_t *a,
    ngx_polycard_str_t stored, ngx_polycard_str_t given)
{
    int64_t  one, two;

    if (a->type == NGX_POLYCARD_TYPE_CARD) {
        ngx_polycard_text_trim(&given);
    }

    if (stored.len == given.len
        && (given.len == 0 || memcmp(stored.data, given.data, given.len) == 0))
    {
        return 1;
    }

    if (stored.len == 0 || given.len == 0) {
        return 0;
    }

    switch (a->type) {

    case NGX_POLYCARD_TYPE_AMOUNT:
        return ngx_polycard_number_parse_amount(&stored, &one)
               == NGX_POLYCARD_OK
               && ngx_polycard_number_parse_amount(&given, &two)
                  == NGX_POLYCARD_OK
               && one == two;

    case NGX_POLYCARD_TYPE_FLAG:
        return ngx_polycard_attribute_flag(&stored)
               == ngx_polycard_attribute_flag(&given);

    default:
        return 0;
    }
}
