
/* the calls that dispatch wants, as calls of the functions inside Redis */


#include "hook/emitter_internal.h"
#include "core/outbox.h"
#include "redis/library.h"


/* records in one reply, so that the call takes less than 1 ms of Redis */
#define NGX_POLYCARD_EMITTER_RECORDS  32


/* the reply of REFUSE and REFUSE_HELD if the record is in `dead` now */
#define NGX_POLYCARD_EMITTER_DEAD     -1

/* each call has four numbers or ids at most */
#define NGX_POLYCARD_EMITTER_TEXT     (4 * NGX_POLYCARD_OUTBOX_ID_LEN)


/* arguments of a function: numbers are in text, all else in the records */

typedef struct {
    ngx_str_t                argument[NGX_POLYCARD_STORE_ARGUMENTS];
    ngx_uint_t               n;
    u_char                   text[NGX_POLYCARD_EMITTER_TEXT];
    u_char                  *last;      /* of the text */
} ngx_polycard_emitter_arguments_t;


static void ngx_polycard_emitter_put_reading(
    ngx_polycard_emitter_arguments_t *a, ngx_polycard_emitter_t *emitter);
static void ngx_polycard_emitter_put_verdict(
    ngx_polycard_emitter_arguments_t *a, ngx_polycard_emitter_t *emitter);
static ngx_uint_t ngx_polycard_emitter_is_refusal(
    const ngx_polycard_dispatch_call_t *wanted);
static void ngx_polycard_emitter_put_refusal(
    ngx_polycard_emitter_arguments_t *a, ngx_polycard_emitter_t *emitter);
static ngx_polycard_record_t *ngx_polycard_emitter_record(
    ngx_polycard_emitter_t *emitter, size_t i);
static void ngx_polycard_emitter_put_number(
    ngx_polycard_emitter_arguments_t *a, int64_t number);
static void ngx_polycard_emitter_put_id(ngx_polycard_emitter_arguments_t *a,
    const ngx_polycard_dispatch_id_t *id);
static void ngx_polycard_emitter_put(ngx_polycard_emitter_arguments_t *a,
    u_char *last);
static void ngx_polycard_emitter_stored(ngx_polycard_store_call_t *call);
static ngx_int_t ngx_polycard_emitter_take(ngx_polycard_emitter_t *emitter,
    redisReply *reply);
static ngx_int_t ngx_polycard_emitter_add(ngx_polycard_emitter_t *emitter,
    redisReply *reply, unsigned held);
static void ngx_polycard_emitter_unprintable(ngx_polycard_emitter_t *emitter,
    ngx_polycard_record_t *record);
static int64_t ngx_polycard_emitter_next(ngx_polycard_emitter_t *emitter,
    redisReply *reply);


/* names of the functions, by ngx_polycard_dispatch_op_e */

static const char  *ngx_polycard_emitter_functions[] = {
    NULL, "next", "due", "accept", "refuse", "hold", "accept_held",
    "refuse_held"
};


void
ngx_polycard_emitter_store(ngx_polycard_emitter_t *emitter)
{
    ngx_polycard_emitter_arguments_t     a;
    const ngx_polycard_dispatch_call_t  *wanted;

    if (emitter->wanted) {
        return;
    }

    wanted = ngx_polycard_dispatch_call(emitter->dispatch, ngx_current_msec);

    if (wanted == NULL) {
        return;
    }

    emitter->wanted = wanted;
    emitter->call.handler = ngx_polycard_emitter_stored;

    /* an exiting worker waits until what was sent is acknowledged */
    emitter->call.background = (wanted->op <= NGX_POLYCARD_DISPATCH_DUE);

    a.n = 0;
    a.last = a.text;

    ngx_polycard_emitter_put_number(&a, emitter->lease.fence);

    if (wanted->op <= NGX_POLYCARD_DISPATCH_DUE) {
        ngx_polycard_emitter_put_reading(&a, emitter);

    } else {
        ngx_polycard_emitter_put_verdict(&a, emitter);
    }

    if (ngx_polycard_store_function(&emitter->call,
                                    ngx_polycard_emitter_functions[wanted->op],
                                    a.argument, a.n)
        != NGX_OK)
    {
        emitter->wanted = NULL;
        ngx_polycard_dispatch_failed(emitter->dispatch, ngx_current_msec);
    }
}


void
ngx_polycard_emitter_flush(ngx_polycard_emitter_t *emitter)
{
    if (emitter->dispatch == NULL || emitter->lease.fence == 0) {
        return;
    }

    ngx_polycard_dispatch_drain(emitter->dispatch);

    do {
        if (emitter->wanted) {

            /* sent already: it comes before all that follows */

            ngx_polycard_store_cancel(&emitter->call);
            emitter->wanted = NULL;

            ngx_polycard_dispatch_done(emitter->dispatch, ngx_current_msec,
                                       -1);
        }

        ngx_polycard_emitter_store(emitter);

    } while (emitter->wanted);
}


/* NEXT: after, count; DUE: count, skip */

static void
ngx_polycard_emitter_put_reading(ngx_polycard_emitter_arguments_t *a,
    ngx_polycard_emitter_t *emitter)
{
    size_t                               count;
    const ngx_polycard_dispatch_call_t  *wanted;

    wanted = emitter->wanted;
    count = ngx_min(wanted->count, NGX_POLYCARD_EMITTER_RECORDS);

    if (wanted->op == NGX_POLYCARD_DISPATCH_NEXT) {
        ngx_polycard_emitter_put_id(a, &wanted->after);
        ngx_polycard_emitter_put_number(a, count);

    } else {
        ngx_polycard_emitter_put_number(a, count);
        ngx_polycard_emitter_put_number(a, wanted->skip);
    }
}


/* the key; the refused record and why; the other records, of ACCEPT each with
 * its key, unless the one before has the same, and with what it is, where the
 * function understands it: it need not read it then */

static void
ngx_polycard_emitter_put_verdict(ngx_polycard_emitter_arguments_t *a,
    ngx_polycard_emitter_t *emitter)
{
    size_t                               i;
    ngx_str_t                            key;
    ngx_uint_t                           said;
    ngx_polycard_record_t               *record;
    const ngx_polycard_dispatch_call_t  *wanted;

    wanted = emitter->wanted;
    said = (wanted->op == NGX_POLYCARD_DISPATCH_ACCEPT
            && ngx_polycard_library_known(emitter->market)
               >= NGX_POLYCARD_LIBRARY_SAYS);
    ngx_str_set(&key, "");

    for (i = 0; i < wanted->n; i++) {
        record = ngx_polycard_emitter_record(emitter, i);

        if (record->delivery.key.len != key.len
            || ngx_memcmp(record->delivery.key.data, key.data, key.len) != 0)
        {
            key = record->delivery.key;
            a->argument[a->n++] = key;
        }

        if (i == 0 && ngx_polycard_emitter_is_refusal(wanted)) {
            ngx_polycard_emitter_put_refusal(a, emitter);

        } else {
            a->argument[a->n++] = said ? record->said : record->delivery.id;
        }
    }
}


static ngx_uint_t
ngx_polycard_emitter_is_refusal(const ngx_polycard_dispatch_call_t *wanted)
{
    return wanted->op == NGX_POLYCARD_DISPATCH_REFUSE
           || wanted->op == NGX_POLYCARD_DISPATCH_REFUSE_HELD;
}


static void
ngx_polycard_emitter_put_refusal(ngx_polycard_emitter_arguments_t *a,
    ngx_polycard_emitter_t *emitter)
{
    ngx_polycard_record_t               *record;
    const ngx_polycard_dispatch_call_t  *wanted;

    wanted = emitter->wanted;
    record = ngx_polycard_emitter_record(emitter, 0);

    a->argument[a->n++] = record->delivery.id;

    if (wanted->op == NGX_POLYCARD_DISPATCH_REFUSE_HELD) {
        ngx_polycard_emitter_put_number(a,
                ngx_polycard_dispatch_record(emitter->dispatch,
                                             wanted->slot[0])->attempts);
    }

    ngx_polycard_emitter_put_number(a, wanted->delay);
    ngx_polycard_emitter_put_number(a, emitter->conf.attempts);

    a->argument[a->n++] = record->reason;
    a->argument[a->n++] = record->answer;
}


/* the i-th record of the pending call */

static ngx_polycard_record_t *
ngx_polycard_emitter_record(ngx_polycard_emitter_t *emitter, size_t i)
{
    return ngx_polycard_dispatch_record(emitter->dispatch,
                                        emitter->wanted->slot[i])
           ->data;
}


static void
ngx_polycard_emitter_put_number(ngx_polycard_emitter_arguments_t *a,
    int64_t number)
{
    ngx_polycard_emitter_put(a, ngx_sprintf(a->last, "%L", number));
}


static void
ngx_polycard_emitter_put_id(ngx_polycard_emitter_arguments_t *a,
    const ngx_polycard_dispatch_id_t *id)
{
    ngx_polycard_emitter_put(a, ngx_polycard_outbox_print_id(a->last, id));
}


/* adds the argument that was written to the text, up to last */

static void
ngx_polycard_emitter_put(ngx_polycard_emitter_arguments_t *a, u_char *last)
{
    ngx_str_t  *argument;

    argument = &a->argument[a->n++];

    argument->data = a->last;
    argument->len = last - a->last;

    a->last = last;
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

    if (call->status == NGX_POLYCARD_STORE_REJECTED) {
        emitter->wanted = NULL;
        ngx_polycard_dispatch_rejected(emitter->dispatch, ngx_current_msec);

    } else if (call->status != NGX_OK
               || (wanted->op <= NGX_POLYCARD_DISPATCH_DUE
                   && ngx_polycard_emitter_take(emitter, call->reply)
                      != NGX_OK))
    {
        emitter->wanted = NULL;
        ngx_polycard_dispatch_failed(emitter->dispatch, ngx_current_msec);

        /* a Redis that comes back may have lost its last writes */
        ngx_polycard_dispatch_rewind(emitter->dispatch);

    } else {
        next = (wanted->op <= NGX_POLYCARD_DISPATCH_DUE)
               ? ngx_polycard_emitter_next(emitter, call->reply) : -1;

        if (ngx_polycard_emitter_is_refusal(wanted)
            && ngx_polycard_store_integer(call->reply)
               == NGX_POLYCARD_EMITTER_DEAD)
        {
            ngx_polycard_emitter_aside(emitter,
                                   ngx_polycard_emitter_record(emitter, 0));
        }

        emitter->wanted = NULL;
        ngx_polycard_dispatch_done(emitter->dispatch, ngx_current_msec, next);
    }

    ngx_polycard_emitter_pump(emitter);
}


/*
 * The hooks in the reply of NEXT, after the last id that was seen, or of DUE,
 * after the milliseconds until the next one.  NGX_ERROR: no memory for one of
 * them; those that follow it must not be taken either.
 */

static ngx_int_t
ngx_polycard_emitter_take(ngx_polycard_emitter_t *emitter, redisReply *reply)
{
    unsigned    held;
    ngx_uint_t  i;

    held = (emitter->wanted->op == NGX_POLYCARD_DISPATCH_DUE);

    ngx_polycard_told_look(&emitter->told);

    for (i = 1; i < ngx_polycard_store_count(reply); i++) {
        if (ngx_polycard_emitter_add(emitter,
                                     ngx_polycard_store_part(reply, i), held)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_emitter_add(ngx_polycard_emitter_t *emitter, redisReply *reply,
    unsigned held)
{
    ngx_int_t                        rc;
    ngx_polycard_record_t           *record;
    ngx_polycard_dispatch_record_t   r;

    ngx_memzero(&r, sizeof(ngx_polycard_dispatch_record_t));

    rc = ngx_polycard_record_create(&record, emitter->market, reply, held, &r);

    if (rc != NGX_OK) {
        return rc == NGX_DECLINED ? NGX_OK : NGX_ERROR;
    }

    if (record) {
        record->epoch = emitter->told.epoch;
    }

    if (record && record->delivery.data.len == 0 && !r.hold) {
        ngx_polycard_emitter_unprintable(emitter, record);
        r.hold = 1;
    }

    if (((held && r.hold)
         || ngx_polycard_dispatch_add(emitter->dispatch, &r)
            != NGX_POLYCARD_OK)
        && record)
    {
        ngx_polycard_record_release(record);
    }

    return NGX_OK;
}


/*
 * The functions move hooks that cannot be printed to `dead`.  One that they
 * miss goes on hold, and stays there: never sent, and never lost.
 */

static void
ngx_polycard_emitter_unprintable(ngx_polycard_emitter_t *emitter,
    ngx_polycard_record_t *record)
{
    if (emitter->unprintable) {
        return;
    }

    emitter->unprintable = 1;

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "hook %V of polycard market \"%V\" cannot be printed: its "
                  "client or group waits",
                  &record->delivery.id, &emitter->market->name);
}


/* the part of the reply that dispatch needs */

static int64_t
ngx_polycard_emitter_next(ngx_polycard_emitter_t *emitter, redisReply *reply)
{
    redisReply                  *part;
    ngx_polycard_str_t           last;
    ngx_polycard_dispatch_id_t   id;

    part = ngx_polycard_store_part(reply, 0);

    if (emitter->wanted->op == NGX_POLYCARD_DISPATCH_DUE) {
        return (part && part->type == REDIS_REPLY_INTEGER) ? part->integer
                                                           : -1;
    }

    /* an end later than "after" means that there may be more */

    ngx_polycard_store_text(part, &last);

    return (ngx_polycard_outbox_parse_id(&last, &id) == NGX_POLYCARD_OK
            && ngx_memcmp(&id, &emitter->wanted->after, sizeof(id)) != 0)
           ? 0 : -1;
}
