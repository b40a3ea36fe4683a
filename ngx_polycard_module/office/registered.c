
/* What addClient did, for the market's own books */


#include "office/answer.h"
#include "office/office.h"
#include "core/number.h"
#include "core/office_answer.h"


/* ms between questions to Redis while a caller waits */
#define NGX_POLYCARD_OFFICE_PAUSE  500

/* {"record":"","time":"2026-11-29T21:40:00Z"}, */
#define NGX_POLYCARD_OFFICE_TIME   64


static size_t ngx_polycard_office_registered_size(redisReply *record);
static u_char *ngx_polycard_office_print_registered(u_char *p,
    redisReply *record, const ngx_polycard_table_t *table);
static u_char *ngx_polycard_office_print_time(u_char *p,
    const ngx_polycard_str_t *record);
static void ngx_polycard_office_hold_cleanup(void *data);


/* [[record, name, value, ...], ...] */

ngx_int_t
ngx_polycard_office_answer_registered(ngx_polycard_office_act_t *act,
    redisReply *reply)
{
    size_t       size;
    u_char      *p;
    ngx_uint_t   i, n;

    n = ngx_polycard_store_count(reply);
    act->empty = (n == 0);
    size = 2;

    for (i = 0; i < n; i++) {
        size += ngx_polycard_office_registered_size(
                                        ngx_polycard_store_part(reply, i));
    }

    p = ngx_pnalloc(act->pool, size);
    if (p == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    ngx_polycard_office_client(&act->client);

    act->json.data = p;
    *p++ = '[';

    for (i = 0; i < n; i++) {
        p = ngx_polycard_office_print_registered(p,
                                         ngx_polycard_store_part(reply, i),
                                         &act->client.table);
        *p++ = ',';
    }

    if (n) {
        p--;
    }

    *p++ = ']';
    act->json.len = p - act->json.data;

    return NGX_OK;
}


static size_t
ngx_polycard_office_registered_size(redisReply *record)
{
    size_t              size;
    ngx_uint_t          i, n;
    ngx_polycard_str_t  name, value;

    n = ngx_polycard_store_count(record);

    ngx_polycard_store_text(ngx_polycard_store_part(record, 0), &value);
    size = NGX_POLYCARD_OFFICE_TIME + value.len;

    for (i = 1; i + 1 < n; i += 2) {
        ngx_polycard_store_text(ngx_polycard_store_part(record, i), &name);
        ngx_polycard_store_text(ngx_polycard_store_part(record, i + 1),
                                &value);
        size += ngx_polycard_office_print_size(&name, &value);
    }

    return size;
}


static u_char *
ngx_polycard_office_print_registered(u_char *p, redisReply *record,
    const ngx_polycard_table_t *table)
{
    ngx_uint_t          i, n;
    ngx_polycard_str_t  name, value;

    n = ngx_polycard_store_count(record);

    ngx_polycard_store_text(ngx_polycard_store_part(record, 0), &value);

    p = ngx_cpymem(p, "{\"record\":\"", 11);
    p = ngx_cpymem(p, value.data, value.len);
    p = ngx_cpymem(p, "\",\"time\":\"", 10);
    p = ngx_polycard_office_print_time(p, &value);
    p = ngx_cpymem(p, "\",", 2);

    for (i = 1; i + 1 < n; i += 2) {
        ngx_polycard_store_text(ngx_polycard_store_part(record, i), &name);
        ngx_polycard_store_text(ngx_polycard_store_part(record, i + 1),
                                &value);

        p = ngx_polycard_office_print(p, ngx_polycard_office_named(table,
                                                                   &name),
                                      &name, &value);
    }

    p[-1] = '}';

    return p;
}


/* the id of a record begins with its time in milliseconds */

static u_char *
ngx_polycard_office_print_time(u_char *p, const ngx_polycard_str_t *record)
{
    u_char              *dash;
    int64_t              ms;
    ngx_tm_t             tm;
    ngx_polycard_str_t   text;

    dash = ngx_strlchr(record->data, record->data + record->len, '-');

    text.data = record->data;
    text.len = dash ? (size_t) (dash - record->data) : record->len;

    if (ngx_polycard_number_parse_integer(&text, &ms) != NGX_POLYCARD_OK) {
        ms = 0;
    }

    ngx_gmtime((time_t) (ms / 1000), &tm);

    return ngx_sprintf(p, "%04d-%02d-%02dT%02d:%02d:%02dZ",
                       tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday,
                       tm.ngx_tm_hour, tm.ngx_tm_min, tm.ngx_tm_sec);
}


/* [records removed, 1 if there are more] */

ngx_int_t
ngx_polycard_office_answer_read(ngx_polycard_office_act_t *act,
    redisReply *reply)
{
    u_char  *p;

    act->count += ngx_polycard_store_integer(ngx_polycard_store_part(reply,
                                                                     0));
    act->more = ngx_polycard_store_integer(ngx_polycard_store_part(reply, 1))
                != 0;

    p = ngx_pnalloc(act->pool, sizeof("{\"status\":\"OK\",\"read\":}")
                               + NGX_INT64_LEN);
    if (p == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    act->json.data = p;
    act->json.len = ngx_sprintf(p, "{\"status\":\"OK\",\"read\":%L}",
                                act->count)
                    - p;

    return NGX_OK;
}


ngx_int_t
ngx_polycard_office_hold(ngx_polycard_office_t *office,
    ngx_event_handler_pt handler)
{
    ngx_msec_int_t       left;
    ngx_pool_cleanup_t  *cln;

    left = office->until ? (ngx_msec_int_t) (office->until - ngx_current_msec)
                         : 0;

    if (!office->act.empty || left <= 0
        || ngx_exiting || ngx_quit || ngx_terminate)
    {
        return NGX_DECLINED;
    }

    if (office->timer.handler == NULL) {
        cln = ngx_pool_cleanup_add(office->ctx.request->pool, 0);
        if (cln == NULL) {
            return NGX_DECLINED;
        }

        cln->handler = ngx_polycard_office_hold_cleanup;
        cln->data = office;

        office->timer.handler = handler;
        office->timer.data = office;
        office->timer.log = office->ctx.request->connection->log;
    }

    office->held = ngx_current_msec;
    office->ctx.waits = 0;
    office->ctx.redis_time = ngx_current_msec - office->ctx.redis_start;

    ngx_add_timer(&office->timer, (ngx_msec_t)
                                  ngx_min(left, NGX_POLYCARD_OFFICE_PAUSE));

    return NGX_OK;
}


static void
ngx_polycard_office_hold_cleanup(void *data)
{
    ngx_polycard_office_t  *office = data;

    if (office->timer.timer_set) {
        ngx_del_timer(&office->timer);
    }
}
