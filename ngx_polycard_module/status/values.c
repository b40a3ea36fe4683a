
#include "redis/connection.h"
#include "core/verdict.h"
#include "redis/store_emitter.h"
#include "status/values.h"


struct ngx_polycard_question_s {
    ngx_polycard_store_call_t   call;
    ngx_msec_t                  asked;
};


/* a word in the reply, and the number that is stored for it */

typedef struct {
    ngx_str_t                   name;
    int64_t                     value;
} ngx_polycard_values_word_t;


typedef struct {
    ngx_str_t                          name;
    size_t                             offset;
    const ngx_polycard_values_word_t  *words;    /* NULL: it is a number */
} ngx_polycard_values_field_t;


static ngx_msec_int_t ngx_polycard_values_age(ngx_msec_t time);
static ngx_int_t ngx_polycard_values_declined(ngx_polycard_market_t *market,
    ngx_msec_t asked, ngx_uint_t late);
static ngx_int_t ngx_polycard_values_start(ngx_polycard_market_t *market);
static void ngx_polycard_values_answer(ngx_polycard_store_call_t *call);
static void ngx_polycard_values_tell(ngx_polycard_market_t *market,
    ngx_polycard_state_e state, const ngx_polycard_counts_values_t *values);
static void ngx_polycard_values_clear(ngx_polycard_counts_values_t *values);
static void ngx_polycard_values_parse(ngx_polycard_counts_values_t *values,
    const redisReply *reply);
static void ngx_polycard_values_set(ngx_polycard_counts_values_t *values,
    const ngx_polycard_str_t *name, const redisReply *value);
static int64_t ngx_polycard_values_word(const ngx_polycard_values_word_t *word,
    const redisReply *value);
static void ngx_polycard_values_holder(ngx_polycard_counts_values_t *values,
    const redisReply *value);


static const ngx_polycard_values_word_t  ngx_polycard_values_sync[] = {
    { ngx_string("new"), NGX_POLYCARD_SYNC_NEW },
    { ngx_string("running"), NGX_POLYCARD_SYNC_RUNNING },
    { ngx_string("restore"), NGX_POLYCARD_SYNC_RESTORE },
    { ngx_string("done"), NGX_POLYCARD_SYNC_DONE },
    { ngx_null_string, NGX_POLYCARD_COUNTS_NONE }
};


static const ngx_polycard_values_word_t  ngx_polycard_values_guard[] = {
    { ngx_string("open"), 0 },
    { ngx_string("closed"), 1 },
    { ngx_null_string, NGX_POLYCARD_COUNTS_NONE }
};


#define ngx_polycard_values_number(name, member)                              \
    { ngx_string(name), offsetof(ngx_polycard_counts_values_t, member), NULL }


/* in the order of redis-scripts/status.lua */

static const ngx_polycard_values_field_t  ngx_polycard_values_fields[] = {
    ngx_polycard_values_number("version", library),
    ngx_polycard_values_number("outbox", outbox),
    ngx_polycard_values_number("outbox_age", outbox_age),
    ngx_polycard_values_number("outbox_max", outbox_max),
    ngx_polycard_values_number("held_keys", held_keys),
    ngx_polycard_values_number("held", held),
    ngx_polycard_values_number("broken", broken),
    ngx_polycard_values_number("dead", dead),
    ngx_polycard_values_number("accepted", accepted),
    ngx_polycard_values_number("outage", outage),
    ngx_polycard_values_number("outage_next", outage_next),
    { ngx_string("sync"), offsetof(ngx_polycard_counts_values_t, sync),
      ngx_polycard_values_sync },
    ngx_polycard_values_number("lost", lost),
    ngx_polycard_values_number("doubt", doubt),
    ngx_polycard_values_number("round", round),
    ngx_polycard_values_number("round_found", round_found),
    ngx_polycard_values_number("round_bad", round_bad),
    ngx_polycard_values_number("found", found),
    ngx_polycard_values_number("heard", heard),
    { ngx_string("guard"), offsetof(ngx_polycard_counts_values_t, guard),
      ngx_polycard_values_guard },
    ngx_polycard_values_number("deletions_waiting", waiting),
    ngx_polycard_values_number("deletions_confirmed", confirmed),
    ngx_polycard_values_number("cards", cards),
    ngx_polycard_values_number("unfit", unfit),
    ngx_polycard_values_number("ids_left", ids_left),
    ngx_polycard_values_number("serial", serial),
    ngx_polycard_values_number("clients", clients),
    ngx_polycard_values_number("groups", groups),
    ngx_polycard_values_number("registered", unread),
    ngx_polycard_values_number("registered_age", unread_age),
    ngx_polycard_values_number("lease_left", lease_left),
    { ngx_null_string, 0, NULL }
};


ngx_int_t
ngx_polycard_values_ask(ngx_polycard_market_t *market, ngx_uint_t late)
{
    ngx_uint_t              fresh;
    ngx_msec_t              asked;
    ngx_polycard_counts_t  *status;

    status = market->counts;
    asked = status->asked;
    fresh = (asked && ngx_polycard_values_age(asked)
                      < NGX_POLYCARD_VALUES_TIME);

    if (fresh && status->told == asked) {
        return NGX_OK;
    }

    if (market->worker->question && market->worker->question->call.op) {

        /* this worker's question is pending */

        if (!late && ngx_polycard_values_age(market->worker->question->asked)
                     < NGX_POLYCARD_VALUES_TIME)
        {
            return NGX_AGAIN;
        }

        if (!fresh) {
            ngx_polycard_values_tell(market, NGX_POLYCARD_STATE_SLOW, NULL);
        }

        return NGX_OK;
    }

    /* else another worker's may be, or may be asked at this moment */

    if (!fresh
        && ngx_atomic_cmp_set(&status->asked, asked, ngx_current_msec)
        && ngx_polycard_values_start(market) != NGX_OK)
    {
        return ngx_polycard_values_declined(market, asked, late);
    }

    return late ? NGX_OK : NGX_AGAIN;
}


/* workers' clocks may differ by a moment */

static ngx_msec_int_t
ngx_polycard_values_age(ngx_msec_t time)
{
    return ngx_max((ngx_msec_int_t) (ngx_current_msec - time), 0);
}


/* no connection; but one that is being opened may be ready soon */

static ngx_int_t
ngx_polycard_values_declined(ngx_polycard_market_t *market, ngx_msec_t asked,
    ngx_uint_t late)
{
    ngx_polycard_state_e   state;
    ngx_polycard_redis_t  *redis;

    state = market->counts->state;
    redis = market->worker->redis[NGX_POLYCARD_REDIS_READS];

    if (!late && redis->state != NGX_POLYCARD_REDIS_BACKOFF
        && (state == NGX_POLYCARD_STATE_UNKNOWN
            || state == NGX_POLYCARD_STATE_UP))
    {
        market->counts->asked = asked;
        return NGX_AGAIN;
    }

    ngx_polycard_values_tell(market, NGX_POLYCARD_STATE_DOWN, NULL);

    return NGX_OK;
}


static ngx_int_t
ngx_polycard_values_start(ngx_polycard_market_t *market)
{
    ngx_polycard_question_t  *question;

    if (market->worker->question == NULL) {
        question = ngx_pcalloc(ngx_cycle->pool,
                               sizeof(ngx_polycard_question_t));
        if (question == NULL) {
            return NGX_DECLINED;
        }

        question->call.market = market;
        question->call.handler = ngx_polycard_values_answer;
        question->call.data = market;
        question->call.background = 1;
        question->call.reads = 1;

        market->worker->question = question;
    }

    market->worker->question->asked = ngx_current_msec;

    return ngx_polycard_store_function(&market->worker->question->call,
                                       "status", NULL, 0);
}


static void
ngx_polycard_values_answer(ngx_polycard_store_call_t *call)
{
    ngx_polycard_state_e           state;
    ngx_polycard_market_t         *market;
    ngx_polycard_counts_values_t   values;

    market = call->data;

    if (call->status == NGX_OK
        && ngx_polycard_store_count(call->reply) > 0)
    {
        ngx_polycard_values_parse(&values, call->reply);
        ngx_polycard_values_tell(market, NGX_POLYCARD_STATE_UP, &values);
        return;
    }

    if (call->status == NGX_HTTP_GATEWAY_TIME_OUT) {
        state = NGX_POLYCARD_STATE_SLOW;

    } else {
        state = call->reply ? NGX_POLYCARD_STATE_ERROR
                           : NGX_POLYCARD_STATE_DOWN;
    }

    ngx_polycard_values_tell(market, state, NULL);
}


static void
ngx_polycard_values_tell(ngx_polycard_market_t *market,
    ngx_polycard_state_e state, const ngx_polycard_counts_values_t *values)
{
    ngx_polycard_counts_t  *status;

    status = market->counts;

    ngx_shmtx_lock(&status->pool->mutex);

    status->told = status->asked;
    status->state = state;

    if (values) {
        status->known = ngx_max(ngx_current_msec, 1);
        status->values = *values;
        ngx_polycard_history_outbox(&status->history, values->outbox);
    }

    ngx_shmtx_unlock(&status->pool->mutex);
}


void
ngx_polycard_values_read(ngx_polycard_market_t *market,
    ngx_polycard_values_t *values)
{
    ngx_polycard_counts_t  *status;

    status = market->counts;

    ngx_shmtx_lock(&status->pool->mutex);

    values->state = status->state;
    values->age = status->known ? ngx_polycard_values_age(status->known)
                                : NGX_POLYCARD_COUNTS_NONE;
    values->values = status->values;

    ngx_shmtx_unlock(&status->pool->mutex);

    if (values->age == NGX_POLYCARD_COUNTS_NONE) {
        ngx_polycard_values_clear(&values->values);
    }
}


static void
ngx_polycard_values_clear(ngx_polycard_counts_values_t *values)
{
    const ngx_polycard_values_field_t  *field;

    ngx_memzero(values, sizeof(ngx_polycard_counts_values_t));

    for (field = ngx_polycard_values_fields; field->name.len; field++) {
        *(int64_t *) ((u_char *) values + field->offset) =
                                                     NGX_POLYCARD_COUNTS_NONE;
    }
}


/* name, value, ...; unknown names are skipped */

static void
ngx_polycard_values_parse(ngx_polycard_counts_values_t *values,
    const redisReply *reply)
{
    ngx_uint_t          i;
    ngx_polycard_str_t  name;

    ngx_polycard_values_clear(values);

    for (i = 0; i + 1 < ngx_polycard_store_count(reply); i += 2) {
        ngx_polycard_store_text(ngx_polycard_store_part(reply, i), &name);
        ngx_polycard_values_set(values, &name,
                                ngx_polycard_store_part(reply, i + 1));
    }
}


static void
ngx_polycard_values_set(ngx_polycard_counts_values_t *values,
    const ngx_polycard_str_t *name, const redisReply *value)
{
    ngx_polycard_str_t                  text;
    const ngx_polycard_values_field_t  *field;

    if (name->len == 5 && ngx_strncmp(name->data, "lease", 5) == 0) {
        ngx_polycard_values_holder(values, value);
        return;
    }

    if (name->len == 13 && ngx_strncmp(name->data, "outage_reason", 13) == 0) {
        ngx_polycard_store_text(value, &text);
        values->outage_reason = ngx_polycard_verdict_read(&text);
        return;
    }

    for (field = ngx_polycard_values_fields; field->name.len; field++) {

        if (field->name.len == name->len
            && ngx_strncmp(field->name.data, name->data, name->len) == 0)
        {
            *(int64_t *) ((u_char *) values + field->offset) = field->words
                ? ngx_polycard_values_word(field->words, value)
                : ngx_polycard_store_integer(value);
            return;
        }
    }
}


static int64_t
ngx_polycard_values_word(const ngx_polycard_values_word_t *word,
    const redisReply *value)
{
    ngx_polycard_str_t  text;

    ngx_polycard_store_text(value, &text);

    for ( /* void */ ; word->name.len; word++) {
        if (word->name.len == text.len
            && ngx_strncmp(word->name.data, text.data, text.len) == 0)
        {
            break;
        }
    }

    return word->value;
}


/* it may be that of another host, with any name: only visible ASCII is kept */

static void
ngx_polycard_values_holder(ngx_polycard_counts_values_t *values,
    const redisReply *value)
{
    size_t              i;
    u_char              ch;
    ngx_polycard_str_t  text;

    ngx_polycard_store_text(value, &text);

    values->holder_len = ngx_min(text.len, NGX_POLYCARD_COUNTS_HOLDER);

    for (i = 0; i < values->holder_len; i++) {
        ch = text.data[i];

        values->holder[i] = (ch <= ' ' || ch >= 0x7f || ch == '"'
                             || ch == '\\') ? '?' : ch;
    }
}
