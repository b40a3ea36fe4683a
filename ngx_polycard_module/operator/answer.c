
#include "operator/answer.h"
#include "core/number.h"
#include "core/office_answer.h"
#include "core/text.h"


/* how a part of a reply is written */

typedef enum {
    NGX_POLYCARD_OPERATOR_TEXT = 0,      /* '' is left out */
    NGX_POLYCARD_OPERATOR_NUMBER,
    NGX_POLYCARD_OPERATOR_MS,            /* a time; '' is left out */
    NGX_POLYCARD_OPERATOR_ID_MS          /* the same, at the begin of an id */
} ngx_polycard_operator_form_e;


typedef struct {
    ngx_polycard_str_t              name;
    ngx_uint_t                      part;
    ngx_polycard_operator_form_e    form;
    const char                     *state;    /* only of hooks in this one */
} ngx_polycard_operator_member_t;


static ngx_int_t ngx_polycard_operator_add(ngx_polycard_operator_t *op,
    const ngx_polycard_operator_member_t *member, redisReply *row);
static size_t ngx_polycard_operator_row_size(
    const ngx_polycard_operator_member_t *member, redisReply *row);
static u_char *ngx_polycard_operator_print_member(u_char *p,
    const ngx_polycard_operator_member_t *member, redisReply *row);
static int64_t ngx_polycard_operator_ms(
    const ngx_polycard_operator_member_t *member,
    const ngx_polycard_str_t *value);
static ngx_int_t ngx_polycard_operator_append(ngx_polycard_operator_t *op,
    u_char *start, u_char *end);
static ngx_int_t ngx_polycard_operator_send(ngx_polycard_operator_t *op);
static ngx_int_t ngx_polycard_operator_link(ngx_polycard_operator_t *op,
    redisReply *row, int64_t limit);


#define ngx_polycard_operator_member(name, part, form)                        \
    { ngx_polycard_string(name), part, NGX_POLYCARD_OPERATOR_##form, NULL }

#define ngx_polycard_operator_member_of(state, name, part, form)              \
    { ngx_polycard_string(name), part, NGX_POLYCARD_OPERATOR_##form, state }


/* [entry, hook, object, action, key, attempts, reason, answer] */

static const ngx_polycard_operator_member_t  ngx_polycard_operator_dead[] = {
    ngx_polycard_operator_member("id", 0, TEXT),
    ngx_polycard_operator_member("hook", 1, TEXT),
    ngx_polycard_operator_member("object", 2, TEXT),
    ngx_polycard_operator_member("action", 3, TEXT),
    ngx_polycard_operator_member("key", 4, TEXT),
    ngx_polycard_operator_member("attempts", 5, NUMBER),
    ngx_polycard_operator_member("reason", 6, TEXT),
    ngx_polycard_operator_member("answer", 7, TEXT),
    ngx_polycard_operator_member("time", 0, ID_MS),
    { { 0, NULL }, 0, NGX_POLYCARD_OPERATOR_TEXT, NULL }
};


/* [state, id, object, action, attempts, time, reason, answer, entry] */

static const ngx_polycard_operator_member_t  ngx_polycard_operator_hook[] = {
    ngx_polycard_operator_member("state", 0, TEXT),
    ngx_polycard_operator_member("hook", 1, TEXT),
    ngx_polycard_operator_member("object", 2, TEXT),
    ngx_polycard_operator_member("action", 3, TEXT),
    ngx_polycard_operator_member("attempts", 4, NUMBER),
    ngx_polycard_operator_member("made", 1, ID_MS),
    ngx_polycard_operator_member_of("held", "next_try", 5, MS),
    ngx_polycard_operator_member_of("accepted", "time", 5, MS),
    ngx_polycard_operator_member_of("dead", "time", 5, MS),
    ngx_polycard_operator_member("reason", 6, TEXT),
    ngx_polycard_operator_member("answer", 7, TEXT),
    ngx_polycard_operator_member("id", 8, TEXT),
    { { 0, NULL }, 0, NGX_POLYCARD_OPERATOR_TEXT, NULL }
};


ngx_int_t
ngx_polycard_operator_answer_number(ngx_polycard_operator_t *op,
    const char *name, int64_t n)
{
    u_char  *p, *start;

    start = ngx_pnalloc(op->ctx.request->pool, 64 + NGX_INT64_LEN);
    if (start == NULL) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    p = name ? ngx_sprintf(start, "{\"status\":\"OK\",\"%s\":%L}", name, n)
             : ngx_sprintf(start, "{\"status\":\"OK\"}");

    return ngx_polycard_request_answer_bytes(&op->ctx, start, p);
}


ngx_int_t
ngx_polycard_operator_answer_dead(ngx_polycard_operator_t *op,
    redisReply *reply)
{
    int64_t      limit;
    ngx_uint_t   i, n;

    n = ngx_polycard_store_count(reply);

    for (i = 0; i < n; i++) {
        if (ngx_polycard_operator_add(op, ngx_polycard_operator_dead,
                                      reply->element[i])
            != NGX_OK)
        {
            return NGX_HTTP_SERVICE_UNAVAILABLE;
        }
    }

    limit = NGX_POLYCARD_OPERATOR_PAGE;

    if (op->limit.data) {
        (void) ngx_polycard_number_parse_integer(&op->limit, &limit);
    }

    if (n && (int64_t) n == limit
        && ngx_polycard_operator_link(op, reply->element[n - 1], limit)
           != NGX_OK)
    {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    return ngx_polycard_operator_send(op);
}


/* <?after=ID&limit=N>; rel="next": below the location that was asked */

static ngx_int_t
ngx_polycard_operator_link(ngx_polycard_operator_t *op, redisReply *row,
    int64_t limit)
{
    u_char              *p, *start;
    ngx_polycard_str_t   id;

    ngx_polycard_store_text(ngx_polycard_store_part(row, 0), &id);

    start = ngx_pnalloc(op->ctx.request->pool, id.len + 64);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(start, "<?after=%*s&limit=%L>; rel=\"next\"", id.len,
                    id.data, limit);

    return ngx_polycard_request_header(op->ctx.request, "Link", start,
                                       p - start);
}


ngx_int_t
ngx_polycard_operator_answer_found(ngx_polycard_operator_t *op,
    redisReply *reply)
{
    ngx_uint_t          i;
    ngx_polycard_str_t  cursor;

    ngx_polycard_store_text(ngx_polycard_store_part(reply, 0), &cursor);

    for (i = 1; i < ngx_polycard_store_count(reply)
                && op->n < NGX_POLYCARD_OPERATOR_FOUND; i++)
    {
        if (ngx_polycard_operator_add(op, ngx_polycard_operator_hook,
                                      reply->element[i])
            != NGX_OK)
        {
            return NGX_HTTP_SERVICE_UNAVAILABLE;
        }
    }

    if (op->n == NGX_POLYCARD_OPERATOR_FOUND || cursor.len == 0
        || (cursor.len == 1 && cursor.data[0] == '0'))
    {
        return ngx_polycard_operator_send(op);
    }

    op->cursor.data = op->room;
    op->cursor.len = ngx_min(cursor.len, NGX_POLYCARD_OPERATOR_CURSOR);
    ngx_memcpy(op->room, cursor.data, op->cursor.len);

    return NGX_POLYCARD_OPERATOR_AGAIN;
}


/* one object more of the list */

static ngx_int_t
ngx_polycard_operator_add(ngx_polycard_operator_t *op,
    const ngx_polycard_operator_member_t *member, redisReply *row)
{
    u_char              *p, *start;
    ngx_polycard_str_t   state;

    ngx_polycard_store_text(ngx_polycard_store_part(row, 0), &state);

    start = ngx_pnalloc(op->ctx.request->pool,
                        ngx_polycard_operator_row_size(member, row));
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = start;
    *p++ = op->n++ ? ',' : '[';
    *p++ = '{';

    for ( /* void */ ; member->name.len; member++) {
        if (member->state == NULL
            || (state.len == ngx_strlen(member->state)
                && ngx_strncmp(state.data, member->state, state.len) == 0))
        {
            p = ngx_polycard_operator_print_member(p, member, row);
        }
    }

    /* the last comma becomes the brace */

    p[-1] = '}';

    return ngx_polycard_operator_append(op, start, p);
}


static size_t
ngx_polycard_operator_row_size(const ngx_polycard_operator_member_t *member,
    redisReply *row)
{
    size_t              size;
    ngx_polycard_str_t  value;

    size = sizeof("[{");

    for ( /* void */ ; member->name.len; member++) {
        ngx_polycard_store_text(ngx_polycard_store_part(row, member->part),
                                &value);
        size += ngx_polycard_office_print_size(&member->name, &value)
                + NGX_POLYCARD_OPERATOR_TIME;
    }

    return size;
}


static u_char *
ngx_polycard_operator_print_member(u_char *p,
    const ngx_polycard_operator_member_t *member, redisReply *row)
{
    redisReply          *part;
    ngx_polycard_str_t   value;
    u_char               time[NGX_POLYCARD_OPERATOR_TIME];

    part = ngx_polycard_store_part(row, member->part);

    if (member->form == NGX_POLYCARD_OPERATOR_NUMBER) {
        return ngx_sprintf(p, "\"%*s\":%L,", member->name.len,
                           member->name.data,
                           ngx_polycard_store_integer(part));
    }

    ngx_polycard_store_text(part, &value);

    if (value.len == 0) {
        return p;
    }

    if (member->form != NGX_POLYCARD_OPERATOR_TEXT) {
        value.len = ngx_polycard_operator_print_time(time,
                              ngx_polycard_operator_ms(member, &value))
                    - time;
        value.data = time;
    }

    return ngx_polycard_office_print(p, NULL, &member->name, &value);
}


static int64_t
ngx_polycard_operator_ms(const ngx_polycard_operator_member_t *member,
    const ngx_polycard_str_t *value)
{
    u_char              *dash;
    int64_t              ms;
    ngx_polycard_str_t   text;

    text = *value;
    dash = ngx_strlchr(text.data, text.data + text.len, '-');

    if (member->form == NGX_POLYCARD_OPERATOR_ID_MS && dash) {
        text.len = dash - text.data;
    }

    return (ngx_polycard_number_parse_integer(&text, &ms) == NGX_POLYCARD_OK)
           ? ms : 0;
}


static ngx_int_t
ngx_polycard_operator_append(ngx_polycard_operator_t *op, u_char *start,
    u_char *end)
{
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    b = ngx_calloc_buf(op->ctx.request->pool);
    cl = ngx_alloc_chain_link(op->ctx.request->pool);

    if (b == NULL || cl == NULL) {
        return NGX_ERROR;
    }

    b->pos = start;
    b->last = end;
    b->memory = 1;

    cl->buf = b;
    cl->next = NULL;

    if (op->last) {
        op->last->next = cl;

    } else {
        op->first = cl;
    }

    op->last = cl;
    op->size += end - start;

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_operator_send(ngx_polycard_operator_t *op)
{
    static u_char  none[] = "[]";

    if (ngx_polycard_operator_append(op, op->n ? none + 1 : none, none + 2)
        != NGX_OK)
    {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    op->last->buf->last_buf = (op->ctx.request == op->ctx.request->main);
    op->last->buf->last_in_chain = 1;

    return ngx_polycard_request_answer(&op->ctx, op->first, op->size);
}
