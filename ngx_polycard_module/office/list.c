
/*
 * A page of clients or of groups: some records with each call, as many as Redis
 * reads in a moment, until the page is full or there are no more.
 */


#include "office/answer.h"
#include "office/office.h"
#include "core/number.h"
#include "http/list.h"


/* records of one call, which takes Redis half a millisecond */
#define NGX_POLYCARD_OFFICE_STEP     16

/* where they stand in a reply */
#define NGX_POLYCARD_OFFICE_RECORDS  3


struct ngx_polycard_office_list_s {
    ngx_str_t                  after;
    u_char                     cursor[NGX_INT64_LEN];
    u_char                     count[NGX_INT64_LEN];
    ngx_uint_t                 limit;
    ngx_uint_t                 written;
    int64_t                    total;
    int64_t                    next;     /* position of the last one, or -1 */
    ngx_chain_t               *out;
    ngx_chain_t              **last;
    ngx_buf_t                 *buf;      /* the last one */
    off_t                      size;
};


static ngx_int_t ngx_polycard_office_list_write(ngx_polycard_office_act_t *act,
    redisReply *reply);
static ngx_int_t ngx_polycard_office_list_add(ngx_polycard_office_act_t *act,
    u_char *start, u_char *end);
static void ngx_polycard_office_list_cursor(ngx_polycard_office_list_t *list,
    redisReply *reply);


ngx_int_t
ngx_polycard_office_list_open(ngx_polycard_office_act_t *act, ngx_uint_t limit)
{
    ngx_polycard_office_list_t  *list;

    list = ngx_pcalloc(act->pool, sizeof(ngx_polycard_office_list_t));
    if (list == NULL) {
        return NGX_ERROR;
    }

    list->after.data = act->after.data;
    list->after.len = act->after.len;
    list->limit = limit;
    list->next = -1;
    list->last = &list->out;

    act->list = list;

    return NGX_OK;
}


ngx_uint_t
ngx_polycard_office_list_arguments(ngx_polycard_office_act_t *act,
    ngx_str_t *argument)
{
    ngx_uint_t                   n;
    ngx_polycard_office_list_t  *list;

    list = act->list;
    n = ngx_min(list->limit - list->written, NGX_POLYCARD_OFFICE_STEP);

    argument[0] = list->after;
    argument[1].data = list->count;
    argument[1].len = ngx_sprintf(list->count, "%ui", n) - list->count;

    return 2;
}


/* [how many there are, cursor, 1 if there may be more or 0, record, ...] */

ngx_int_t
ngx_polycard_office_answer_list(ngx_polycard_office_act_t *act,
    redisReply *reply)
{
    ngx_polycard_office_list_t  *list;

    list = act->list;

    if (ngx_polycard_office_list_write(act, reply) != NGX_OK) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    list->total = ngx_polycard_store_integer(ngx_polycard_store_part(reply,
                                                                     0));
    ngx_polycard_office_list_cursor(list, reply);

    act->more = list->written < list->limit && list->after.len
                && ngx_polycard_store_integer(ngx_polycard_store_part(reply,
                                                                      2));
    return NGX_OK;
}


/* the records of the reply, with what stands before each in the array */

static ngx_int_t
ngx_polycard_office_list_write(ngx_polycard_office_act_t *act,
    redisReply *reply)
{
    size_t                       size;
    u_char                      *p, *start;
    ngx_uint_t                   i, n;
    ngx_polycard_office_list_t  *list;
    const ngx_polycard_table_t  *table;

    list = act->list;
    table = ngx_polycard_office_table(act);
    n = ngx_polycard_store_count(reply);

    if (n <= NGX_POLYCARD_OFFICE_RECORDS) {
        return NGX_OK;
    }

    size = 1;

    for (i = NGX_POLYCARD_OFFICE_RECORDS; i < n; i++) {
        size += ngx_polycard_office_record_size(table,
                                         ngx_polycard_store_part(reply, i));
    }

    start = ngx_pnalloc(act->pool, size);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = start;
    *p++ = list->written ? ',' : '[';

    for (i = NGX_POLYCARD_OFFICE_RECORDS; i < n; i++) {
        p = ngx_polycard_office_print_record(p, table,
                                     ngx_polycard_store_part(reply, i), 1);
        list->written++;
    }

    return ngx_polycard_office_list_add(act, start, p - 1);
}


static ngx_int_t
ngx_polycard_office_list_add(ngx_polycard_office_act_t *act, u_char *start,
    u_char *end)
{
    ngx_chain_t                 *cl;
    ngx_polycard_office_list_t  *list;

    list = act->list;

    cl = ngx_alloc_chain_link(act->pool);
    if (cl == NULL) {
        return NGX_ERROR;
    }

    cl->buf = ngx_calloc_buf(act->pool);
    if (cl->buf == NULL) {
        return NGX_ERROR;
    }

    cl->buf->pos = start;
    cl->buf->last = end;
    cl->buf->memory = 1;
    cl->next = NULL;

    *list->last = cl;
    list->last = &cl->next;
    list->buf = cl->buf;
    list->size += end - start;

    return NGX_OK;
}


/*
 * Where the next call begins; the reply is gone then.  Records without a cursor
 * are the last ones: what was known of earlier ones would lead to them again.
 */

static void
ngx_polycard_office_list_cursor(ngx_polycard_office_list_t *list,
    redisReply *reply)
{
    int64_t             n;
    ngx_polycard_str_t  text;

    ngx_polycard_store_text(ngx_polycard_store_part(reply, 1), &text);

    list->after.data = list->cursor;
    list->after.len = 0;

    if (ngx_polycard_number_parse_integer(&text, &n) == NGX_POLYCARD_OK) {
        list->next = n;
        list->after.len = ngx_sprintf(list->cursor, "%L", n) - list->cursor;

    } else if (ngx_polycard_store_count(reply) > NGX_POLYCARD_OFFICE_RECORDS) {
        list->next = -1;
    }
}


/* an empty page is the last one */

ngx_int_t
ngx_polycard_office_list_send(ngx_polycard_office_t *office)
{
    u_char                      *end;
    ngx_http_request_t          *r;
    ngx_polycard_office_list_t  *list;

    static u_char  brackets[] = "[]";

    r = office->ctx.request;
    list = office->act.list;
    end = brackets + 2;

    if (ngx_polycard_office_list_add(&office->act,
                                     list->written ? end - 1 : brackets, end)
        != NGX_OK
        || ngx_polycard_list_headers(r, list->total,
                                     list->written ? list->next : -1,
                                     list->limit)
           != NGX_OK)
    {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    list->buf->last_buf = (r == r->main);
    list->buf->last_in_chain = 1;

    return ngx_polycard_request_answer(&office->ctx, list->out, list->size);
}
