
#include "import/call.h"
#include "import/steps.h"
#include "import/try_count.h"
#include "import/try_step.h"

#include <string.h>


int
polycard_step_holder(polycard_import_t *import, const polycard_row_t *row,
    char phone[NGX_POLYCARD_PHONE_LEN + 1])
{
    ngx_polycard_str_t  card;

    card = polycard_row_card(row);

    if (import->trial) {
        return polycard_try_holder(import, &card, phone);
    }

    return polycard_call_ask_holder(&import->redis, import->options.prefix,
                                    &card, phone);
}


int
polycard_step_exists(polycard_import_t *import, const char *phone,
    unsigned *there)
{
    if (import->trial) {
        return polycard_try_exists(import, phone, there);
    }

    return polycard_call_ask_client(&import->redis, import->options.prefix,
                                    phone, there);
}


int
polycard_step_number(polycard_import_t *import, const char *phone,
    uint64_t *number)
{
    unsigned     known;
    redisReply  *reply;

    if (import->trial) {
        if (polycard_draft_number(&import->draft, phone, &known, number)
            != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }

        if (known || !polycard_try_is_asking(import)) {
            return NGX_POLYCARD_OK;
        }
    }

    reply = polycard_redis_ask(&import->redis, "HGET %sclient:%s id",
                               import->options.prefix, phone);
    if (reply == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    *number = (reply->type == REDIS_REPLY_STRING)
              ? polycard_table_key(reply->str, reply->len) : 0;

    freeReplyObject(reply);

    return NGX_POLYCARD_OK;
}


int
polycard_step_move(polycard_import_t *import, const char *from, const char *to)
{
    int          rc;
    uint64_t     number;
    redisReply  *reply;

    static polycard_call_t  call;

    if (import->trial) {
        return (polycard_step_number(import, from, &number)
                == NGX_POLYCARD_OK)
               ? polycard_try_move(import, from, to, number)
               : NGX_POLYCARD_ERROR;
    }

    polycard_call_move(&call, import->options.prefix, from, to);

    reply = polycard_call_ask(&call, &import->redis);

    rc = reply ? polycard_import_moved(import, reply) : NGX_POLYCARD_ERROR;

    freeReplyObject(reply);

    return rc;
}


int
polycard_step_put(polycard_import_t *import, const polycard_row_t *row,
    size_t n, const char *from)
{
    int          rc;
    size_t       i, k, lens[POLYCARD_RECORD_ARGS];
    redisReply  *reply;
    const char  *argv[POLYCARD_RECORD_ARGS];

    static polycard_call_t  call;

    if (import->trial) {
        return polycard_try_put(import, row, n, from);
    }

    polycard_call_put(&call, import->options.prefix, 0);

    for (i = 0; i < n; i++) {
        k = polycard_row_args(&row[i], argv, lens);
        polycard_call_record(&call, argv, lens, k);
    }

    reply = polycard_call_ask(&call, &import->redis);

    rc = reply ? polycard_import_put(import, row, n, reply)
               : NGX_POLYCARD_ERROR;

    freeReplyObject(reply);

    return rc;
}
