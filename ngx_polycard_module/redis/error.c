
#include "redis/error.h"
#include "counters/denial.h"


#define NGX_POLYCARD_ERROR_TEXT    240
#define NGX_POLYCARD_ERROR_DIGITS  5

/* ms without an error of the server until it counts as over */
#define NGX_POLYCARD_ERROR_CALM    5000

/* lines of one subject in a minute: errors that come and go at each call */
#define NGX_POLYCARD_ERROR_LINES   10
#define NGX_POLYCARD_ERROR_MINUTE  60000

/* states of a connection, by severity */
#define NGX_POLYCARD_ERROR_AWAY    1
#define NGX_POLYCARD_ERROR_REFUSED 2


static ngx_polycard_trouble_t *ngx_polycard_error_find(
    ngx_polycard_redis_t *redis, const char *subject);
static ngx_uint_t ngx_polycard_error_is_known(ngx_polycard_trouble_t *trouble,
    u_char *kind);
static ngx_uint_t ngx_polycard_error_may_tell(
    ngx_polycard_trouble_t *trouble);


ngx_uint_t
ngx_polycard_error_is(redisReply *reply, const char *words)
{
    return reply->type == REDIS_REPLY_ERROR
           && ngx_strncmp(reply->str, words, ngx_strlen(words)) == 0;
}


ngx_uint_t
ngx_polycard_error_no_function(redisReply *reply)
{
    return ngx_polycard_error_is(reply, "ERR Function not found");
}


void
ngx_polycard_error_log(ngx_polycard_redis_t *redis, const char *subject,
    redisReply *reply)
{
    size_t                   len;
    u_char                   text[NGX_POLYCARD_ERROR_TEXT
                                  + NGX_POLYCARD_RIGHTS_LEN];
    u_char                   kind[NGX_POLYCARD_TROUBLE_LEN];
    ngx_polycard_trouble_t  *trouble;

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_polycard_denial_note(redis->market, reply->str);
        len = ngx_polycard_error_clean(text, NGX_POLYCARD_ERROR_TEXT,
                                       reply->str);

    } else {
        len = ngx_sprintf(text, "a reply of type %d", reply->type) - text;
    }

    (void) ngx_cpystrn(kind, text, ngx_min(len + 1, sizeof(kind)));

    trouble = ngx_polycard_error_find(redis, subject);

    trouble->subject = subject;
    trouble->last = ngx_current_msec;

    if (ngx_polycard_error_is_known(trouble, kind)
        || !ngx_polycard_error_may_tell(trouble))
    {
        return;
    }

    ngx_memcpy(trouble->kind[trouble->kinds % NGX_POLYCARD_TROUBLE_KINDS],
               kind, sizeof(kind));

    if (trouble->kinds++ == 0) {
        redis->troubles++;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        len = ngx_polycard_error_rights(text + len, redis->market, reply->str)
              - text;
    }

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "redis \"%V\" of polycard market \"%V\" fails to %s: %*s",
                  redis->discovery.name, &redis->market->name, subject, len,
                  text);
}


void
ngx_polycard_error_clear(ngx_polycard_redis_t *redis, const char *subject)
{
    ngx_polycard_trouble_t  *trouble;

    if (redis->troubles == 0) {
        return;
    }

    trouble = ngx_polycard_error_find(redis, subject);

    if (trouble->kinds == 0 || !ngx_polycard_error_may_tell(trouble)) {
        return;
    }

    trouble->kinds = 0;
    redis->troubles--;

    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "redis \"%V\" of polycard market \"%V\" can %s again",
                  redis->discovery.name, &redis->market->name, subject);
}


void
ngx_polycard_error_worked(ngx_polycard_redis_t *redis, const char *subject)
{
    u_char                  *kind;
    ngx_uint_t               i;
    ngx_polycard_trouble_t  *trouble;

    if (redis->troubles == 0) {
        return;
    }

    trouble = ngx_polycard_error_find(redis, subject);

    if (trouble->kinds == 0
        || ngx_current_msec - trouble->last < NGX_POLYCARD_ERROR_CALM)
    {
        return;
    }

    for (i = 0; i < ngx_min(trouble->kinds, NGX_POLYCARD_TROUBLE_KINDS); i++) {
        kind = trouble->kind[i];

        /* a code in capitals, except those that are about one call */

        if (kind[0] < 'A' || kind[0] > 'Z'
            || ngx_strncmp(kind, "ERR", 3) == 0
            || ngx_strncmp(kind, "NOPERM", 6) == 0)
        {
            return;
        }
    }

    ngx_polycard_error_clear(redis, subject);
}


/* the subject's entry, or a free one; there is one for each subject */

static ngx_polycard_trouble_t *
ngx_polycard_error_find(ngx_polycard_redis_t *redis, const char *subject)
{
    ngx_uint_t               i;
    ngx_polycard_trouble_t  *trouble, *place;

    place = &redis->trouble[0];

    for (i = 0; i < NGX_POLYCARD_TROUBLES; i++) {
        trouble = &redis->trouble[i];

        if (trouble->subject == NULL) {
            place = trouble;

        } else if (ngx_strcmp(trouble->subject, subject) == 0) {
            return trouble;
        }
    }

    return place;
}


static ngx_uint_t
ngx_polycard_error_is_known(ngx_polycard_trouble_t *trouble, u_char *kind)
{
    ngx_uint_t  i;

    for (i = 0; i < ngx_min(trouble->kinds, NGX_POLYCARD_TROUBLE_KINDS); i++) {
        if (ngx_strcmp(trouble->kind[i], kind) == 0) {
            return 1;
        }
    }

    return 0;
}


/* an error not logged now is logged when it happens again in another minute */

static ngx_uint_t
ngx_polycard_error_may_tell(ngx_polycard_trouble_t *trouble)
{
    if (trouble->lines == 0
        || ngx_current_msec - trouble->minute >= NGX_POLYCARD_ERROR_MINUTE)
    {
        trouble->minute = ngx_current_msec;
        trouble->lines = 0;
    }

    if (trouble->lines == NGX_POLYCARD_ERROR_LINES) {
        return 0;
    }

    trouble->lines++;

    return 1;
}


ngx_uint_t
ngx_polycard_error_level(ngx_uint_t *down, const char *reason)
{
    ngx_uint_t  state, level;

    state = (ngx_strncmp(reason, "NOPERM", 6) == 0
             || ngx_strncmp(reason, "NOAUTH", 6) == 0
             || ngx_strncmp(reason, "WRONGPASS", 9) == 0
             || ngx_strncmp(reason, "TLS:", 4) == 0)
            ? NGX_POLYCARD_ERROR_REFUSED : NGX_POLYCARD_ERROR_AWAY;

    level = (state > *down) ? NGX_LOG_ERR : NGX_LOG_INFO;

    *down = ngx_max(state, *down);

    return level;
}


u_char *
ngx_polycard_error_rights(u_char *p, ngx_polycard_market_t *market,
    const char *said)
{
    ngx_str_t  *user;

    if (ngx_strncmp(said, "NOPERM", 6) != 0) {
        return p;
    }

    user = &market->redis_conf.user;

    if (user->len) {
        p = ngx_snprintf(p, NGX_POLYCARD_RIGHTS_USER, ": user \"%V\"", user);
    }

    /* until Redis 7.0 "one of the keys", then "a key" */

    if (ngx_strstr(said, "access one of the channels")
        || ngx_strstr(said, "access a channel"))
    {
        p = ngx_sprintf(p, " needs &__keyspace@%ui__:%V...",
                        market->redis_conf.database, &market->key_prefix);

    } else if (ngx_strstr(said, "access one of the keys")
               || ngx_strstr(said, "access a key"))
    {
        p = ngx_sprintf(p, " needs ~%V*", &market->key_prefix);
    }

    return p;
}


/*
 * The message without the arguments that Redis repeats ("with args beginning
 * with"), with long numbers masked, in visible ASCII; numbers of MOVED and ASK
 * are kept: a slot and an address.
 */

size_t
ngx_polycard_error_clean(u_char *text, size_t size, const char *said)
{
    size_t       i, n, len, digits;
    ngx_uint_t   address;
    const char  *args;

    args = strstr(said, "with args");
    address = (ngx_strncmp(said, "MOVED ", 6) == 0
               || ngx_strncmp(said, "ASK ", 4) == 0);
    len = args ? (size_t) (args - said) : ngx_strlen(said);
    len = ngx_min(len, size);

    digits = 0;

    for (i = 0; i < len; i++) {
        text[i] = said[i];

        if (text[i] < 0x20 || text[i] >= 0x7f) {
            text[i] = '?';
        }

        digits = (text[i] >= '0' && text[i] <= '9') ? digits + 1 : 0;

        if (digits < NGX_POLYCARD_ERROR_DIGITS || address) {
            continue;
        }

        for (n = i + 1 - digits; n <= i; n++) {
            text[n] = '*';
        }
    }

    return len;
}


void
ngx_polycard_error_reason(u_char *reason, const char *said)
{
    size_t  len;

    len = ngx_polycard_error_clean(reason, NGX_POLYCARD_REASON_LEN - 1, said);
    reason[len] = '\0';
}
