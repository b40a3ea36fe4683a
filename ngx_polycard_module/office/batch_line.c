
/* A line of a batch: its operation, its answer */


#include "office/batch.h"
#include "core/json.h"
#include "core/office_line.h"


/* an act and what is small besides */
#define NGX_POLYCARD_BATCH_POOL  8192


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

    if (ngx_polycard_batch_is_over(batch)) {
        return ngx_polycard_batch_slot(batch, line,
                                       NGX_HTTP_SERVICE_UNAVAILABLE,
                                       NGX_POLYCARD_BATCH_OVER);
    }

    return ngx_polycard_batch_slot(batch, line, 0, NULL);
}


/* what: NULL, or what is wrong with the line */

static ngx_int_t
ngx_polycard_batch_slot(ngx_polycard_batch_t *batch, ngx_str_t *line,
    ngx_int_t status, const char *what)
{
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

    if (what) {
        (void) ngx_polycard_batch_wrong(slot, status, what);
        ngx_polycard_batch_print(slot);

    } else if (ngx_polycard_batch_ask(slot, line) != NGX_OK) {
        ngx_polycard_batch_print(slot);
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

    return ngx_polycard_batch_turn(slot);
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
        slot->second = act->in.value[0];
        break;

    case NGX_POLYCARD_OFFICE_MERGE:
        act->in.value[0] = value[NGX_POLYCARD_LINE_FROM];
        slot->second = act->in.value[0];
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
