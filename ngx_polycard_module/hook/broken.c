
#include "hook/broken.h"
#include "core/mask.h"
#include "core/number.h"


#define NGX_POLYCARD_BROKEN_INTERVAL  1000

/* "group:" and 16 digits is the longest key */
#define NGX_POLYCARD_BROKEN_KEY       24

/* the last digits of a phone, those of its shadow's name */
#define NGX_POLYCARD_BROKEN_DIGITS    3


static void ngx_polycard_broken_timer_handler(ngx_event_t *ev);
static void ngx_polycard_broken_answer(ngx_polycard_store_call_t *call);
static void ngx_polycard_broken_log_own(ngx_polycard_broken_t *broken,
    redisReply *reply);
static void ngx_polycard_broken_log_market(ngx_polycard_broken_t *broken,
    redisReply *reply);
static u_char *ngx_polycard_broken_name(u_char *p, u_char *last,
    redisReply *part);
static u_char *ngx_polycard_broken_shared(u_char *p, u_char *last,
    ngx_str_t *name, redisReply *part);
static u_char *ngx_polycard_broken_key(u_char *p, redisReply *part);


void
ngx_polycard_broken_start(ngx_polycard_broken_t *broken, int64_t fence)
{
    broken->fence = fence;

    broken->call.market = broken->market;
    broken->call.handler = ngx_polycard_broken_answer;
    broken->call.data = broken;
    broken->call.background = 1;

    broken->timer.handler = ngx_polycard_broken_timer_handler;
    broken->timer.data = broken;
    broken->timer.log = ngx_cycle->log;
    broken->timer.cancelable = 1;

    ngx_polycard_set_timer(&broken->timer, NGX_POLYCARD_BROKEN_INTERVAL);
}


void
ngx_polycard_broken_stop(ngx_polycard_broken_t *broken)
{
    broken->fence = 0;

    ngx_polycard_store_cancel(&broken->call);

    if (broken->timer.timer_set) {
        ngx_del_timer(&broken->timer);
    }
}


static void
ngx_polycard_broken_timer_handler(ngx_event_t *ev)
{
    u_char                  text[NGX_INT64_LEN];
    ngx_str_t               fence;
    ngx_polycard_broken_t  *broken;

    broken = ev->data;

    fence.data = text;
    fence.len = ngx_sprintf(text, "%L", broken->fence) - text;

    if (ngx_polycard_store_function(&broken->call, "broken", &fence, 1)
        != NGX_OK)
    {
        ngx_polycard_set_timer(&broken->timer, NGX_POLYCARD_BROKEN_INTERVAL);
    }
}


/* [mended, count, helper key, key, name of a key of the market, ...] */

static void
ngx_polycard_broken_answer(ngx_polycard_store_call_t *call)
{
    ngx_polycard_broken_t  *broken;

    broken = call->data;

    if (call->status == NGX_POLYCARD_STORE_FENCED) {
        broken->fenced(broken->data);
        return;
    }

    ngx_polycard_set_timer(&broken->timer, NGX_POLYCARD_BROKEN_INTERVAL);

    if (call->status != NGX_OK) {
        return;
    }

    ngx_polycard_broken_log_own(broken, call->reply);
    ngx_polycard_broken_log_market(broken, call->reply);

    if (ngx_polycard_store_integer(ngx_polycard_store_part(call->reply, 0)) > 0)
    {
        broken->mended(broken->data);
    }
}


/* a line when there are more, with one of them, and when there are none */

static void
ngx_polycard_broken_log_own(ngx_polycard_broken_t *broken, redisReply *reply)
{
    u_char     *name_end, name[NGX_POLYCARD_BROKEN_NAMES];
    u_char     *key_end, key[NGX_POLYCARD_BROKEN_KEY];
    int64_t     count, before;
    ngx_str_t   base;

    before = broken->count;
    count = ngx_polycard_store_integer(ngx_polycard_store_part(reply, 1));
    broken->count = count;

    if (count == 0 && before > 0) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "no client or group of polycard market \"%V\" is held up "
                      "any more by a key of a wrong type",
                      &broken->market->name);
    }

    if (count <= before) {
        return;
    }

    name_end = ngx_polycard_broken_name(name, name + sizeof(name),
                                        ngx_polycard_store_part(reply, 2));
    base.data = name;
    base.len = name_end - name;
    name_end = ngx_polycard_broken_shared(name_end, name + sizeof(name), &base,
                                          ngx_polycard_store_part(reply, 3));

    key_end = ngx_polycard_broken_key(key, ngx_polycard_store_part(reply, 3));

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "a key of a wrong type holds up clients or groups of "
                  "polycard market \"%V\": %L, and \"%*s\" of %*s is one",
                  &broken->market->name, count, (size_t) (name_end - name),
                  name, (size_t) (key_end - key), key);
}


/* one line for each change of the list */

static void
ngx_polycard_broken_log_market(ngx_polycard_broken_t *broken,
    redisReply *reply)
{
    u_char      *p, *last, names[NGX_POLYCARD_BROKEN_NAMES];
    size_t       len;
    ngx_uint_t   i;

    p = names;
    last = names + NGX_POLYCARD_BROKEN_NAMES;

    for (i = 4; i < ngx_polycard_store_count(reply); i++) {
        p = ngx_slprintf(p, last, "%s", (p == names) ? "" : ", ");
        p = ngx_polycard_broken_name(p, last,
                                     ngx_polycard_store_part(reply, i));
    }

    len = p - names;

    if (len == broken->names_len && ngx_memcmp(names, broken->names, len) == 0)
    {
        return;
    }

    ngx_memcpy(broken->names, names, len);
    broken->names_len = len;

    if (len) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "keys of polycard market \"%V\" are of a wrong type: "
                      "%*s", &broken->market->name, len, names);

    } else {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "no key of polycard market \"%V\" is of a wrong type any "
                      "more", &broken->market->name);
    }
}


/* only small letters and a colon, whatever Redis returns */

static u_char *
ngx_polycard_broken_name(u_char *p, u_char *last, redisReply *part)
{
    size_t              i;
    u_char              ch;
    ngx_polycard_str_t  name;

    ngx_polycard_store_text(part, &name);

    for (i = 0; i < name.len && p < last; i++) {
        ch = name.data[i];
        *p++ = ((ch >= 'a' && ch <= 'z') || ch == ':') ? ch : '*';
    }

    return p;
}


/* where a key is that of many clients, or of all groups: the rest of its name,
 * which is nobody's */

static u_char *
ngx_polycard_broken_shared(u_char *p, u_char *last, ngx_str_t *name,
    redisReply *part)
{
    ngx_polycard_str_t  key;

    if (!(name->len == 6 && ngx_strncmp(name->data, "shadow", 6) == 0)
        && !(name->len == 5 && ngx_strncmp(name->data, "added", 5) == 0))
    {
        return p;
    }

    ngx_polycard_store_text(part, &key);

    if (key.len > 6 && ngx_strncmp(key.data, "group:", 6) == 0) {
        return ngx_slprintf(p, last, ":groups");
    }

    if (key.len < NGX_POLYCARD_BROKEN_DIGITS) {
        return p;
    }

    return ngx_slprintf(p, last, ":%*s", (size_t) NGX_POLYCARD_BROKEN_DIGITS,
                        key.data + key.len - NGX_POLYCARD_BROKEN_DIGITS);
}


/* a group, or a masked phone, at most NGX_POLYCARD_BROKEN_KEY bytes */

static u_char *
ngx_polycard_broken_key(u_char *p, redisReply *part)
{
    int64_t             n;
    ngx_polycard_str_t  key, id;

    ngx_polycard_store_text(part, &key);

    key.len = ngx_min(key.len, NGX_POLYCARD_BROKEN_KEY);
    ngx_memcpy(p, key.data, key.len);

    if (key.len > 6 && ngx_strncmp(p, "group:", 6) == 0) {
        id.data = key.data + 6;
        id.len = key.len - 6;

        if (ngx_polycard_number_parse_integer(&id, &n) == NGX_POLYCARD_OK) {
            return p + key.len;
        }
    }

    ngx_polycard_mask_phone(p, key.len);

    return p + key.len;
}
