
#include "hook/record.h"
#include "core/excerpt.h"
#include "core/outbox.h"


/* the parts of a hook in a reply, and then "name value ..." */

typedef struct {
    redisReply     *id;
    redisReply     *key;
    redisReply     *attempts;
    redisReply     *object;
    redisReply     *action;
    ngx_uint_t      fields;
} ngx_polycard_record_parts_t;


static ngx_polycard_record_t *ngx_polycard_record_make(
    ngx_polycard_market_t *market, redisReply *reply,
    ngx_polycard_record_parts_t *parts);
static void ngx_polycard_record_card(ngx_polycard_record_t *record,
    redisReply *reply, ngx_uint_t i);
static void ngx_polycard_record_split(redisReply *reply, unsigned held,
    ngx_polycard_record_parts_t *parts);
static ngx_int_t ngx_polycard_record_read(ngx_polycard_outbox_t *outbox,
    redisReply *reply, ngx_polycard_record_parts_t *parts);
static ngx_polycard_record_t *ngx_polycard_record_alloc(
    ngx_polycard_record_parts_t *parts, size_t data);
static u_char *ngx_polycard_record_copy(u_char *p, ngx_str_t *to,
    redisReply *from);


ngx_int_t
ngx_polycard_record_create(ngx_polycard_record_t **record,
    ngx_polycard_market_t *market, redisReply *reply, unsigned held,
    ngx_polycard_dispatch_record_t *r)
{
    ngx_polycard_str_t            id, key;
    ngx_polycard_record_parts_t   parts;

    *record = NULL;

    ngx_polycard_record_split(reply, held, &parts);

    ngx_polycard_store_text(parts.id, &id);
    ngx_polycard_store_text(parts.key, &key);

    if (ngx_polycard_outbox_parse_id(&id, &r->id) != NGX_POLYCARD_OK
        || key.len > NGX_POLYCARD_DISPATCH_KEY)
    {
        return NGX_DECLINED;
    }

    r->skip = (key.len == 0);

    if (r->skip) {
        return held ? NGX_DECLINED : NGX_OK;
    }

    ngx_memcpy(r->key, key.data, key.len);
    r->key_len = key.len;
    r->held = held;
    r->hold = (parts.object == NULL);
    r->attempts = ngx_polycard_store_integer(parts.attempts);

    *record = ngx_polycard_record_make(market, reply, &parts);

    if (*record == NULL) {
        return NGX_ERROR;
    }

    r->data = *record;

    return NGX_OK;
}


/* NULL: no memory; its data is empty if it cannot be printed */

static ngx_polycard_record_t *
ngx_polycard_record_make(ngx_polycard_market_t *market, redisReply *reply,
    ngx_polycard_record_parts_t *parts)
{
    u_char                 *p, *end;
    ngx_int_t               rc;
    ngx_polycard_outbox_t   outbox;
    ngx_polycard_record_t  *record;

    rc = ngx_polycard_record_read(&outbox, reply, parts);

    record = ngx_polycard_record_alloc(parts,
                     rc == NGX_OK ? ngx_polycard_outbox_size(&outbox) : 0);
    if (record == NULL) {
        return NULL;
    }

    record->delivery.market = market;
    record->delivery.owner = record;

    ngx_polycard_record_card(record, reply, parts->fields);

    if (rc == NGX_OK) {
        p = record->delivery.data.data;
        end = ngx_polycard_outbox_print(p, &outbox);
        record->delivery.data.len = end ? end - p : 0;
    }

    return record;
}


/* finds it among the fields, which are names and values */

static void
ngx_polycard_record_card(ngx_polycard_record_t *record, redisReply *reply,
    ngx_uint_t i)
{
    ngx_polycard_str_t  name, value;

    record->card.data = record->card_text;
    record->card.len = 0;

    for ( /* void */ ; i + 1 < ngx_polycard_store_count(reply); i += 2) {
        ngx_polycard_store_text(ngx_polycard_store_part(reply, i), &name);

        if (name.len != 7 || ngx_memcmp(name.data, "barcode", 7) != 0) {
            continue;
        }

        ngx_polycard_store_text(ngx_polycard_store_part(reply, i + 1),
                                &value);

        if (value.len <= NGX_POLYCARD_TOLD_CARD) {
            ngx_memcpy(record->card_text, value.data, value.len);
            record->card.len = value.len;
        }

        return;
    }
}


static void
ngx_polycard_record_split(redisReply *reply, unsigned held,
    ngx_polycard_record_parts_t *parts)
{
    ngx_uint_t  i;

    i = 0;
    parts->attempts = NULL;

    if (held) {
        parts->key = ngx_polycard_store_part(reply, i++);
        parts->attempts = ngx_polycard_store_part(reply, i++);
        parts->id = ngx_polycard_store_part(reply, i++);

    } else {
        parts->id = ngx_polycard_store_part(reply, i++);
        parts->key = ngx_polycard_store_part(reply, i++);
    }

    parts->object = ngx_polycard_store_part(reply, i++);
    parts->action = ngx_polycard_store_part(reply, i++);
    parts->fields = i;
}


static ngx_int_t
ngx_polycard_record_read(ngx_polycard_outbox_t *outbox, redisReply *reply,
    ngx_polycard_record_parts_t *parts)
{
    ngx_uint_t           i;
    ngx_polycard_str_t   object, key, name, value;

    ngx_polycard_store_text(parts->object, &object);
    ngx_polycard_store_text(parts->key, &key);

    if (ngx_polycard_outbox_init(outbox, &object, &key) != NGX_POLYCARD_OK) {
        return NGX_ERROR;
    }

    i = parts->fields;

    for ( /* void */ ; i + 1 < ngx_polycard_store_count(reply); i += 2) {
        ngx_polycard_store_text(ngx_polycard_store_part(reply, i), &name);
        ngx_polycard_store_text(ngx_polycard_store_part(reply, i + 1), &value);

        ngx_polycard_outbox_set(outbox, &name, &value);
    }

    return NGX_OK;
}


/* one piece of memory: the record, its strings, room for data */

static ngx_polycard_record_t *
ngx_polycard_record_alloc(ngx_polycard_record_parts_t *parts, size_t data)
{
    u_char                   *p;
    size_t                    size;
    ngx_uint_t                i;
    redisReply               *part[4];
    ngx_polycard_str_t        text;
    ngx_polycard_record_t    *record;
    ngx_polycard_delivery_t  *d;

    part[0] = parts->id;
    part[1] = parts->key;
    part[2] = parts->object;
    part[3] = parts->action;

    size = sizeof(ngx_polycard_record_t) + data + 2;

    for (i = 0; i < 4; i++) {
        ngx_polycard_store_text(part[i], &text);
        size += text.len;
    }

    record = ngx_alloc(size, ngx_cycle->log);
    if (record == NULL) {
        return NULL;
    }

    ngx_memzero(record, sizeof(ngx_polycard_record_t));

    d = &record->delivery;
    p = (u_char *) record + sizeof(ngx_polycard_record_t);

    record->said.data = p;

    p = ngx_polycard_record_copy(p, &d->id, part[0]);
    *p++ = ' ';
    p = ngx_polycard_record_copy(p, &d->object, part[2]);
    *p++ = ' ';
    p = ngx_polycard_record_copy(p, &d->action, part[3]);

    record->said.len = p - record->said.data;

    p = ngx_polycard_record_copy(p, &d->key, part[1]);

    d->data.data = p;

    return record;
}


static u_char *
ngx_polycard_record_copy(u_char *p, ngx_str_t *to, redisReply *from)
{
    ngx_polycard_str_t  text;

    ngx_polycard_store_text(from, &text);

    to->data = p;
    to->len = text.len;

    return ngx_cpymem(p, text.data, text.len);
}


void
ngx_polycard_record_refused(ngx_polycard_record_t *record,
    const ngx_polycard_verdict_answer_t *answer,
    ngx_polycard_verdict_e verdict)
{
    u_char              *p;
    ngx_polycard_str_t   token, data;

    p = ngx_polycard_verdict_reason(record->reason_text, answer, verdict);

    record->reason.data = record->reason_text;
    record->reason.len = p - record->reason_text;

    if (record->answer.data == NULL) {
        record->answer.data = ngx_alloc(NGX_POLYCARD_EXCERPT_ROOM,
                                        ngx_cycle->log);
        if (record->answer.data == NULL) {
            return;
        }
    }

    token = ngx_polycard_str(&record->delivery.market->hook.token);

    data = ngx_polycard_str(&record->delivery.data);

    p = ngx_polycard_excerpt_print(record->answer.data, &answer->body, &token,
                                   &data);
    record->answer.len = p - record->answer.data;
}


void
ngx_polycard_record_release(void *data)
{
    ngx_polycard_record_t  *record = data;

    record->released = 1;

    if (record->flying) {
        return;
    }

    if (record->answer.data) {
        ngx_free(record->answer.data);
    }

    ngx_free(record);
}


void
ngx_polycard_record_landed(ngx_polycard_record_t *record)
{
    record->flying = 0;

    if (record->released) {
        ngx_polycard_record_release(record);
    }
}
