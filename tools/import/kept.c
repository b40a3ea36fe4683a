
#include "core/number.h"
#include "core/phone.h"
#include "import/input.h"
#include "import/kept.h"
#include "import/named.h"
#include "import/unread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* a file that is sent on its way for long, clocks of hosts that differ */
#define KEPT_MARGIN       (24 * 60 * 60)

/* hexadecimal digits, as in redis-scripts/add.lua, then a space and the time */
#define KEPT_FINGERPRINT  40


static int polycard_kept_add(polycard_kept_t *kept, uint64_t tag);
static unsigned polycard_kept_time(const redisReply *stored,
    int64_t *registered);


int
polycard_kept_open(polycard_kept_t *kept, polycard_redis_t *redis,
    const polycard_options_t *o)
{
    kept->redis = redis;
    kept->prefix = o->prefix;
    kept->since = ((int64_t) polycard_input_time(o->file) - KEPT_MARGIN)
                  * 1000;

    return (polycard_table_open(&kept->phones, 0) == NGX_POLYCARD_OK)
           ? polycard_unread_read(&kept->phones, redis, o->prefix)
           : NGX_POLYCARD_ERROR;
}


void
polycard_kept_close(polycard_kept_t *kept)
{
    polycard_table_close(&kept->phones);
}


int
polycard_kept_ask(polycard_kept_t *kept, const char *phone, size_t len)
{
    int   n;
    char  key[NGX_POLYCARD_PREFIX_MAX + 32];

    n = snprintf(key, sizeof(key), "%sadded:%.3s", kept->prefix,
                 phone + NGX_POLYCARD_PHONE_LEN - 3);

    const char  *argv[] = { "HGET", key, phone };
    size_t       lens[] = { 4, n, len };

    return polycard_redis_send(kept->redis, polycard_nelts(argv), argv, lens,
                               strtoull(phone, NULL, 10));
}


/* of a key of a wrong type it is not known, as if she had not registered */

int
polycard_kept_answer(void *data, uint64_t tag, const redisReply *reply)
{
    int64_t           registered;
    polycard_kept_t  *kept;

    kept = data;

    if (reply->type == REDIS_REPLY_ERROR
        && strncmp(reply->str, "WRONGTYPE", 9) != 0)
    {
        return polycard_redis_mismatch(reply);
    }

    return (polycard_kept_time(reply, &registered) && registered >= kept->since)
           ? polycard_kept_add(kept, tag) : NGX_POLYCARD_OK;
}


/* none: she is the market's own, or has registered long ago */

static unsigned
polycard_kept_time(const redisReply *stored, int64_t *registered)
{
    ngx_polycard_str_t  text;

    if (stored->type != REDIS_REPLY_STRING
        || stored->len <= KEPT_FINGERPRINT + 1)
    {
        return 0;
    }

    text.data = (u_char *) stored->str + KEPT_FINGERPRINT + 1;
    text.len = stored->len - KEPT_FINGERPRINT - 1;

    return ngx_polycard_number_parse_integer(&text, registered)
           == NGX_POLYCARD_OK;
}


static int
polycard_kept_add(polycard_kept_t *kept, uint64_t tag)
{
    int   n;
    char  phone[24];

    n = snprintf(phone, sizeof(phone), "%llu", (unsigned long long) tag);

    return polycard_table_set(&kept->phones, polycard_table_key(phone, n), 1);
}


int
polycard_kept_has(polycard_kept_t *kept, const ngx_polycard_str_t *phone,
    unsigned *has)
{
    *has = 0;

    return (kept->phones.used == 0) ? NGX_POLYCARD_OK
           : polycard_named_has(&kept->phones, (char *) phone->data,
                                phone->len, has);
}
