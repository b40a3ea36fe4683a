
/* A line of a batch: its operation, its answer */


#include "office/batch.h"
#include "core/json.h"
#include "core/office_line.h"
#include "core/text.h"
#include "counters/count.h"


/* an act and what is small besides */
#define NGX_POLYCARD_BATCH_POOL  8192

/* {"line":,"status":"NOK","error":"","http":500} */
#define NGX_POLYCARD_BATCH_HEAD  (64 + NGX_INT_T_LEN)


typedef struct {
    ngx_polycard_office_e    resource;
    ngx_uint_t               method;
} ngx_polycard_batch_op_t;


static ngx_int_t ngx_polycard_batch_slot(ngx_polycard_batch_t *batch,
    ngx_str_t *line, ngx_int_t status, const char *what);
static ngx_int_t ngx_polycard_batch_ask(ngx_polycard_batch_slot_t *slot,
    ngx_str_t *text);
static ngx_int_t ngx_polycard_batch_all_wrong(ngx_polycard_batch_slot_t *slot,
    ngx_polycard_office_line_t *line);
static ngx_int_t ngx_polycard_batch_choose(ngx_polycard_batch_slot_t *slot,
    ngx_polycard_line_op_e op);
static ngx_int_t ngx_polycard_batch_take(ngx_polycard_batch_slot_t *slot,
    ngx_polycard_office_line_t *line);
static void ngx_polycard_batch_key(ngx_polycard_batch_slot_t *slot,
    ngx_polycard_str_t *own);
static ngx_int_t ngx_polycard_batch_set(ngx_polycard_batch_slot_t *slot,
    ngx_polycard_str_t *set);
static ngx_int_t ngx_polycard_batch_wrong(ngx_polycard_batch_slot_t *slot,
    ngx_int_t status, const char *what);
static ngx_uint_t ngx_polycard_batch_may_come(ngx_polycard_batch_slot_t *slot);
static void ngx_polycard_batch_answered(ngx_polycard_store_call_t *call);
static void ngx_polycard_batch_print(ngx_polycard_batch_slot_t *slot);


/* by ngx_polycard_line_op_e */

static const ngx_polycard_batch_op_t  ngx_polycard_batch_ops[] = {
    { NGX_POLYCARD_OFFICE_CLIENT, NGX_HTTP_PUT },
    { NGX_POLYCARD_OFFICE_CLIENT, NGX_HTTP_PATCH },
    { NGX_POLYCARD_OFFICE_CLIENT, NGX_HTTP_DELETE },
    { NGX_POLYCARD_OFFICE_BONUS, NGX_HTTP_POST },
    { NGX_POLYCARD_OFFICE_MOVE, NGX_HTTP_POST },
    { NGX_POLYCARD_OFFICE_MERGE, NGX_HTTP_POST },
    { NGX_POLYCARD_OFFICE_CARD, NGX_HTTP_POST },
    { NGX_POLYCARD_OFFICE_CARD, NGX_HTTP_DELETE },
    { NGX_POLYCARD_OFFICE_FORGET, NGX_HTTP_POST },
    { NGX_POLYCARD_OFFICE_GROUP, NGX_HTTP_PUT },
    { NGX_POLYCARD_OFFICE_GROUP, NGX_HTTP_PATCH },
    { NGX_POLYCARD_OFFICE_GROUP, NGX_HTTP_DELETE }
};


ngx_int_t
ngx_polycard_batch_line(ngx_polycard_batch_t *batch, ngx_str_t *line,
    ngx_int_t rc)
{
    if (rc == NGX_DECLINED) {
        return ngx_polycard_batch_slot(batch, line,
                                       NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                                       "the line is longer than 64 KB");
    }

    if (batch->lost && batch->office->act.key.len) {

        /* sent again it is done in its turn */

        return ngx_polycard_batch_slot(batch, line,
                                       NGX_HTTP_SERVICE_UNAVAILABLE,
                                       "an earlier line may not be done");
    }

    return ngx_polycard_batch_slot(batch, line, 0, NULL);
}


/* what: NULL, or what is wrong with the line */

static ngx_int_t
ngx_polycard_batch_slot(ngx_polycard_batch_t *batch, ngx_str_t *line,
    ngx_int_t status, const char *what)
{
    ngx_int_t                   rc;
    ngx_pool_t                 *pool;
    ngx_polycard_batch_slot_t  *slot;

    pool = ngx_create_pool(NGX_POLYCARD_BATCH_POOL,
                           batch->request->connection->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    slot = ngx_pcalloc(pool, sizeof(ngx_polycard_batch_slot_t));
    if (slot == NULL) {
        ngx_destroy_pool(pool);
        return NGX_ERROR;
    }

    slot->act.pool = pool;
    slot->batch = batch;
    slot->n = batch->body.lines;
    slot->size = line->len;

    batch->slot[(batch->first + batch->n) % NGX_POLYCARD_BATCH_SLOTS] = slot;
    batch->n++;
    batch->bytes += slot->size;

    rc = what ? ngx_polycard_batch_wrong(slot, status, what)
              : ngx_polycard_batch_ask(slot, line);

    if (rc != NGX_OK) {
        ngx_polycard_batch_print(slot);

    } else if (slot->act.issues) {

        /* it may be asked again, behind what would come after it */

        batch->alone = slot;
    }

    return NGX_OK;
}


/* NGX_OK: the store answers; else slot->act says what is wrong */

static ngx_int_t
ngx_polycard_batch_ask(ngx_polycard_batch_slot_t *slot, ngx_str_t *text)
{
    int                          rc;
    size_t                       size;
    u_char                      *scratch;
    ngx_polycard_str_t           copy;
    ngx_polycard_store_call_t   *call;
    ngx_polycard_office_line_t   line;

    /* values lie in it: what was read is overwritten */

    size = text->len + NGX_POLYCARD_INPUT_EXTRA;

    copy.len = text->len;
    copy.data = ngx_pstrdup(slot->act.pool, text);
    scratch = ngx_pnalloc(slot->act.pool, size);

    if (copy.data == NULL || scratch == NULL) {
        return ngx_polycard_batch_wrong(slot, NGX_HTTP_SERVICE_UNAVAILABLE,
                                        "there is no memory");
    }

    rc = ngx_polycard_office_line_read(&line, &copy, scratch, size);

    if (rc == NGX_POLYCARD_NO_MEMORY) {
        return ngx_polycard_batch_wrong(slot, NGX_HTTP_SERVICE_UNAVAILABLE,
                                        "there is no memory");
    }

    if (rc != NGX_POLYCARD_OK) {
        return ngx_polycard_batch_all_wrong(slot, &line);
    }

    if (ngx_polycard_batch_choose(slot, line.op) != NGX_OK
        || ngx_polycard_batch_take(slot, &line) != NGX_OK)
    {
        return NGX_ERROR;
    }

    call = &slot->act.added.call;

    call->market = slot->batch->office->ctx.market;
    call->handler = ngx_polycard_batch_answered;
    call->data = slot;

    if (ngx_polycard_office_ask(&slot->act) != NGX_OK) {
        return ngx_polycard_batch_wrong(slot, NGX_HTTP_SERVICE_UNAVAILABLE,
                      ngx_polycard_request_store_error(
                                             NGX_HTTP_SERVICE_UNAVAILABLE));
    }

    return NGX_OK;
}


/* a line in which something is wrong, and perhaps in what it sets as well */

static ngx_int_t
ngx_polycard_batch_all_wrong(ngx_polycard_batch_slot_t *slot,
    ngx_polycard_office_line_t *line)
{
    u_char  error[NGX_POLYCARD_INPUT_ERROR];

    if (line->op == NGX_POLYCARD_LINE_OPS || line->set.data == NULL
        || ngx_polycard_batch_choose(slot, line->op) != NGX_OK
        || ngx_polycard_batch_take(slot, line) == NGX_OK
        || slot->act.error == NULL)
    {
        return ngx_polycard_batch_wrong(slot, NGX_HTTP_BAD_REQUEST,
                                        line->in.error);
    }

    ngx_snprintf(error, sizeof(error) - 1, "%s; %s%Z", line->in.error,
                 slot->act.error);
    error[sizeof(error) - 1] = '\0';

    return ngx_polycard_batch_wrong(slot, NGX_HTTP_BAD_REQUEST,
                                    (char *) error);
}


static ngx_int_t
ngx_polycard_batch_choose(ngx_polycard_batch_slot_t *slot,
    ngx_polycard_line_op_e op)
{
    const ngx_polycard_batch_op_t          *wanted;
    const ngx_polycard_office_operation_t  *o;

    wanted = &ngx_polycard_batch_ops[op];

    for (o = ngx_polycard_office_operations; o->methods; o++) {
        if (o->resource == wanted->resource && (o->methods & wanted->method)) {
            slot->act.operation = o;
            return NGX_OK;
        }
    }

    return ngx_polycard_batch_wrong(slot, NGX_HTTP_INTERNAL_SERVER_ERROR,
                                    "there is no such operation");
}


/* the line's members as those of a request: id, body, key */

static ngx_int_t
ngx_polycard_batch_take(ngx_polycard_batch_slot_t *slot,
    ngx_polycard_office_line_t *line)
{
    ngx_polycard_str_t         *value;
    ngx_polycard_office_act_t  *act;

    act = &slot->act;
    value = line->in.value;

    act->id = value[ngx_polycard_office_of_client(act)
                    ? NGX_POLYCARD_LINE_PHONE : NGX_POLYCARD_LINE_ID];

    ngx_polycard_batch_key(slot, &value[NGX_POLYCARD_LINE_KEY]);

    if (act->operation->body == NGX_POLYCARD_OFFICE_RECORD) {
        return ngx_polycard_batch_set(slot, &line->set);
    }

    ngx_polycard_input_init(&act->in, ngx_polycard_office_fields(act), NULL,
                            0);

    switch (act->operation->resource) {

    case NGX_POLYCARD_OFFICE_BONUS:
        act->in.value[0] = value[NGX_POLYCARD_LINE_SUM];
        act->in.value[1] = value[NGX_POLYCARD_LINE_FLOOR];
        break;

    case NGX_POLYCARD_OFFICE_MOVE:
        act->in.value[0] = value[NGX_POLYCARD_LINE_TO];
        break;

    case NGX_POLYCARD_OFFICE_MERGE:
        act->in.value[0] = value[NGX_POLYCARD_LINE_FROM];
        break;

    case NGX_POLYCARD_OFFICE_CARD:
        act->in.value[0] = value[NGX_POLYCARD_LINE_BARCODE];
        break;

    default:
        break;
    }

    return NGX_OK;
}


/* its own, or else that of the batch, with the number of the line */

static void
ngx_polycard_batch_key(ngx_polycard_batch_slot_t *slot,
    ngx_polycard_str_t *own)
{
    ngx_polycard_office_act_t  *act;

    act = &slot->act;

    if (own->data) {
        act->key.data = own->data;
        act->key.len = own->len;
        return;
    }

    act->key = slot->batch->office->act.key;

    if (act->key.len) {
        act->line.data = slot->number;
        act->line.len = ngx_sprintf(slot->number, "%ui", slot->n)
                        - slot->number;
    }
}


static ngx_int_t
ngx_polycard_batch_set(ngx_polycard_batch_slot_t *slot,
    ngx_polycard_str_t *set)
{
    int                         rc;
    size_t                      size;
    u_char                     *scratch;
    ngx_polycard_office_act_t  *act;

    act = &slot->act;
    size = set->len + NGX_POLYCARD_INPUT_EXTRA;

    scratch = ngx_pnalloc(act->pool, size);
    if (scratch == NULL) {
        return ngx_polycard_batch_wrong(slot, NGX_HTTP_SERVICE_UNAVAILABLE,
                                        "there is no memory");
    }

    ngx_polycard_input_init(&act->in, ngx_polycard_office_fields(act), scratch,
                            size);
    ngx_polycard_office_input(&act->in);

    rc = ngx_polycard_json_read(&act->in, set);

    if (rc == NGX_POLYCARD_NO_MEMORY) {
        return ngx_polycard_batch_wrong(slot, NGX_HTTP_SERVICE_UNAVAILABLE,
                                        "there is no memory");
    }

    ngx_polycard_office_identity(&act->in, &act->id);

    if (rc != NGX_POLYCARD_OK
        || ngx_polycard_input_check(&act->in,
                                    ngx_polycard_office_is_whole(act))
           != NGX_POLYCARD_OK)
    {
        return ngx_polycard_batch_wrong(slot, NGX_HTTP_BAD_REQUEST,
                                        act->in.error);
    }

    return NGX_OK;
}


/* returns NGX_ERROR; what is copied */

static ngx_int_t
ngx_polycard_batch_wrong(ngx_polycard_batch_slot_t *slot, ngx_int_t status,
    const char *what)
{
    size_t   len;
    u_char  *copy;

    len = ngx_strlen(what) + 1;
    copy = ngx_pnalloc(slot->act.pool, len);

    if (copy) {
        ngx_memcpy(copy, what, len);
    }

    slot->act.status = status;
    slot->act.error = (char *) copy;
    slot->batch->lost |= ngx_polycard_batch_may_come(slot);

    return NGX_ERROR;
}


/* is it done when it is sent again?  Then not behind later lines */

static ngx_uint_t
ngx_polycard_batch_may_come(ngx_polycard_batch_slot_t *slot)
{
    return slot->act.status >= NGX_HTTP_INTERNAL_SERVER_ERROR;
}


static void
ngx_polycard_batch_answered(ngx_polycard_store_call_t *call)
{
    ngx_polycard_batch_t       *batch;
    ngx_polycard_batch_slot_t  *slot;

    slot = call->data;
    batch = slot->batch;

    ngx_polycard_office_end(&slot->act);
    ngx_polycard_batch_print(slot);

    batch->lost |= ngx_polycard_batch_may_come(slot);

    if (batch->alone == slot) {
        batch->alone = NULL;
    }

    ngx_post_event(&batch->event, &ngx_posted_events);
}


/* in memory of its own: what the store said is gone in a moment */

static void
ngx_polycard_batch_print(ngx_polycard_batch_slot_t *slot)
{
    size_t                      size;
    u_char                     *p;
    unsigned                    flaws = 0;
    ngx_polycard_str_t          error;
    ngx_polycard_office_act_t  *act;

    act = &slot->act;
    slot->done = 1;

    error.data = (u_char *) (act->error ? act->error : "there is no memory");
    error.len = ngx_strlen(error.data);

    size = NGX_POLYCARD_BATCH_HEAD + act->json.len
           + ngx_polycard_text_size(&error, error.len);

    p = ngx_pnalloc(act->pool, size);
    if (p == NULL) {
        return;
    }

    slot->text.data = p;
    p = ngx_sprintf(p, "{\"line\":%ui,", slot->n);

    if (act->status < NGX_HTTP_BAD_REQUEST) {
        p = ngx_cpymem(p, act->json.data + 1, act->json.len - 1);

    } else {
        p = ngx_cpymem(p, "\"status\":\"NOK\",\"error\":\"", 24);
        p = ngx_polycard_text_print(p, &error, error.len, &flaws);
        p = ngx_sprintf(p, "\",\"http\":%ui}", act->status);
    }

    *p++ = '\n';
    slot->text.len = p - slot->text.data;
}


void
ngx_polycard_batch_free(ngx_polycard_batch_slot_t *slot)
{
    unsigned  status;

    /* as of a request whose caller has gone */

    status = slot->done ? (unsigned) slot->act.status : 0;

    ngx_polycard_counts_line(slot->batch->office->ctx.market,
                             ngx_polycard_result(status, 0));

    ngx_polycard_store_cancel(&slot->act.added.call);
    ngx_destroy_pool(slot->act.pool);
}
