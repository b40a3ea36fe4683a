
/* what dispatch wants of the store, as calls of the functions inside Redis */


#include "hook/emitter_internal.h"
#include "core/outbox.h"


/* records in one reply, so that the call takes less than 1 ms of Redis */
#define NGX_POLYCARD_EMITTER_RECORDS  50


static ngx_uint_t ngx_polycard_emitter_arguments(
    ngx_polycard_emitter_t *emitter, ngx_str_t *argument, u_char *p);
static void ngx_polycard_emitter_stored(ngx_polycard_store_call_t *call);
static int64_t ngx_polycard_emitter_take(ngx_polycard_emitter_t *emitter,
    redisReply *reply);


/* names of the functions, by ngx_polycard_dispatch_op_e */

static const char  *ngx_polycard_emitter_functions[] = {
    NULL, "next", "due", "accept", "refuse", "hold", "accept_held",
    "refuse_held"
};


void
ngx_polycard_emitter_store(ngx_polycard_emitter_t *emitter)
{
    u_char                              *text;
    ngx_int_t                            rc;
    ngx_uint_t                           n;
    const ngx_polycard_dispatch_call_t  *wanted;

    ngx_str_t  argument[NGX_POLYCARD_STORE_ARGUMENTS];

    if (emitter->wanted) {
        return;
    }

    wanted = ngx_polycard_dispatch_call(emitter->dispatch, ngx_current_msec);

    if (wanted == NULL) {
        return;
    }

    emitter->wanted = wanted;
    emitter->call.handler = ngx_polycard_emitter_stored;

    /* a leaving worker waits until what was sent is acknowledged */
    emitter->call.background = (wanted->op <= NGX_POLYCARD_DISPATCH_DUE);

    text = ngx_alloc(4 * NGX_POLYCARD_OUTBOX_ID_LEN, ngx_cycle->log);
    rc = NGX_ERROR;

    if (text) {
        n = ngx_polycard_emitter_arguments(emitter, argument, text);

        rc = ngx_polycard_store_function(&emitter->call,
                     ngx_polycard_emitter_functions[wanted->op], argument, n);
        ngx_free(text);
    }

    if (rc != NGX_OK) {
        emitter->wanted = NULL;
        ngx_polycard_dispatch_failed(emitter->dispatch, ngx_current_msec);
    }
}


/* numbers are written at p; all else lies in the records */

static ngx_uint_t
ngx_polycard_emitter_arguments(ngx_polycard_emitter_t *emitter,
    ngx_str_t *argument, u_char *p)
{
    size_t                               i;
    ngx_uint_t                           n;
    ngx_polycard_record_t               *record;
    const ngx_polycard_dispatch_call_t  *wanted;

#define ngx_polycard_emitter_argument(format, value)                          \
    argument[n].data = p;                                                     \
    p = ngx_sprintf(p, format, value);                                        \
    argument[n].len = p - argument[n].data;                                   \
    n++

    wanted = emitter->wanted;
    record = NULL;
    n = 0;

    ngx_polycard_emitter_argument("%L", emitter->lease.fence);

    switch (wanted->op) {

    case NGX_POLYCARD_DISPATCH_NEXT:
        argument[n].data = p;
        p = ngx_polycard_outbox_print_id(p, &wanted->after);
        argument[n].len = p - argument[n].data;
        n++;

        /* fall through */

    case NGX_POLYCARD_DISPATCH_DUE:
        ngx_polycard_emitter_argument("%uz",
                              ngx_min(wanted->count,
                                      NGX_POLYCARD_EMITTER_RECORDS));

        if (wanted->op == NGX_POLYCARD_DISPATCH_DUE) {
            ngx_polycard_emitter_argument("%uz", wanted->skip);
        }

        return n;

    default:
        break;
    }

    record = ngx_polycard_dispatch_record(emitter->dispatch, wanted->slot[0])
             ->data;

    if (wanted->op != NGX_POLYCARD_DISPATCH_ACCEPT) {
        argument[n++] = record->delivery.key;
    }

    if (wanted->op == NGX_POLYCARD_DISPATCH_REFUSE
        || wanted->op == NGX_POLYCARD_DISPATCH_REFUSE_HELD)
    {
        argument[n++] = record->delivery.id;

        if (wanted->op == NGX_POLYCARD_DISPATCH_REFUSE_HELD) {
            ngx_polycard_emitter_argument("%uz",
                    ngx_polycard_dispatch_record(emitter->dispatch,
                                                 wanted->slot[0])->attempts);
        }

        ngx_polycard_emitter_argument("%L", wanted->delay);
        ngx_polycard_emitter_argument("%uz", emitter->conf.attempts);
        argument[n++] = record->reason;
        argument[n++] = record->answer;
    }

    i = (wanted->op == NGX_POLYCARD_DISPATCH_REFUSE
         || wanted->op == NGX_POLYCARD_DISPATCH_REFUSE_HELD);

    for ( /* void */ ; i < wanted->n; i++) {
        record = ngx_polycard_dispatch_record(emitter->dispatch,
                                              wanted->slot[i])->data;
        argument[n++] = record->delivery.id;
    }

    return n;
}


static void
ngx_polycard_emitter_stored(ngx_polycard_store_call_t *call)
{
    int64_t                              next;
    ngx_polycard_emitter_t              *emitter;
    const ngx_polycard_dispatch_call_t  *wanted;

    emitter = call->data;

    if (call->status == NGX_POLYCARD_STORE_FENCED) {
        ngx_polycard_lease_fenced(&emitter->lease);
        return;
    }

    wanted = emitter->wanted;

    if (call->status != NGX_OK) {
        emitter->wanted = NULL;
        ngx_polycard_dispatch_failed(emitter->dispatch, ngx_current_msec);

        /* a Redis that comes back may have forgotten the last that it said */
        ngx_polycard_dispatch_rewind(emitter->dispatch);

    } else {
        next = (wanted->op <= NGX_POLYCARD_DISPATCH_DUE)
               ? ngx_polycard_emitter_take(emitter, call->list) : -1;

        emitter->wanted = NULL;
        ngx_polycard_dispatch_done(emitter->dispatch, ngx_current_msec, next);
    }

    ngx_polycard_emitter_pump(emitter);
}


/*
 * The hooks that NEXT has found, behind the last id that was seen, or DUE,
 * behind the milliseconds until the next one; returns what dispatch wants to
 * know.
 */

static int64_t
ngx_polycard_emitter_take(ngx_polycard_emitter_t *emitter, redisReply *reply)
{
    unsigned                         held;
    ngx_uint_t                       i, count;
    redisReply                      *part;
    ngx_polycard_str_t               last;
    ngx_polycard_record_t           *record;
    ngx_polycard_dispatch_record_t   r;

    held = (emitter->wanted->op == NGX_POLYCARD_DISPATCH_DUE);
    count = ngx_polycard_store_count(reply);

    for (i = 1; i < count; i++) {
        part = ngx_polycard_store_part(reply, i);

        ngx_memzero(&r, sizeof(ngx_polycard_dispatch_record_t));

        record = ngx_polycard_record_create(emitter->market, part, held, &r);

        if (record
            && ngx_polycard_dispatch_add(emitter->dispatch, &r)
               != NGX_POLYCARD_OK)
        {
            ngx_polycard_record_release(record);
        }
    }

    if (held) {
        part = ngx_polycard_store_part(reply, 0);

        return (part && part->type == REDIS_REPLY_INTEGER) ? part->integer
                                                           : -1;
    }

    /* an end that lies behind "after" means that there may be more */

    ngx_polycard_store_text(ngx_polycard_store_part(reply, 0), &last);

    return (ngx_polycard_outbox_parse_id(&last, &r.id) == NGX_POLYCARD_OK
            && ngx_memcmp(&r.id, &emitter->wanted->after, sizeof(r.id)) != 0)
           ? 0 : -1;
}
