
#include "import/redis_connect.h"
#include "import/sentinel.h"
#include "import/terminal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>


#define SENTINEL_PORT     26379

/* seconds for one of them: the others wait */
#define SENTINEL_TIMEOUT  3

/* seconds: to wait for one of a busy machine, where none has answered */
#define SENTINEL_PATIENCE 10


static void polycard_sentinels_ask_all(polycard_sentinels_t *sentinels,
    const polycard_redis_conf_t *conf);
static unsigned polycard_sentinels_may_answer(
    const polycard_sentinels_t *sentinels);
static void polycard_sentinel_ask(polycard_sentinels_t *sentinels,
    redisContext *context, char *said);
static int polycard_sentinel_address(const redisReply *reply, char *address);
static long long polycard_sentinel_epoch(const polycard_sentinels_t *sentinels,
    redisContext *context, unsigned *replicas);


int
polycard_sentinels_parse(polycard_sentinels_t *sentinels, const char *text)
{
    const char  *p;

    memset(sentinels, 0, sizeof(polycard_sentinels_t));

    p = strchr(text, '@');

    if (p == NULL || p == text || p - text >= POLYCARD_ADDRESS_MAX) {
        return NGX_POLYCARD_ERROR;
    }

    memcpy(sentinels->name, text, p - text);

    return polycard_places_parse(&sentinels->places, p + 1);
}


int
polycard_sentinels_ask(polycard_sentinels_t *sentinels,
    const polycard_redis_conf_t *conf)
{
    double  start;

    sentinels->master[0] = '\0';
    sentinels->epoch = -1;
    sentinels->replicas = 0;

    start = polycard_terminal_seconds();

    do {
        polycard_sentinels_ask_all(sentinels, conf);

        if (sentinels->master[0]) {
            return NGX_POLYCARD_OK;
        }

    } while (!polycard_stopped
             && polycard_sentinels_may_answer(sentinels)
             && polycard_terminal_seconds() - start < SENTINEL_PATIENCE);

    return NGX_POLYCARD_ERROR;
}


static void
polycard_sentinels_ask_all(polycard_sentinels_t *sentinels,
    const polycard_redis_conf_t *conf)
{
    size_t             i;
    redisContext      *context;
    polycard_place_t  *place;

    for (i = 0; i < sentinels->places.n && !polycard_stopped; i++) {
        place = &sentinels->places.place[i];

        context = polycard_redis_connect(conf, place->address, SENTINEL_PORT,
                                         SENTINEL_TIMEOUT, place->said);
        if (context) {
            polycard_sentinel_ask(sentinels, context, place->said);
            polycard_redis_disconnect(context);
        }
    }
}


/* one that was silent for so long may be at its disk, or have no processor */

static unsigned
polycard_sentinels_may_answer(const polycard_sentinels_t *sentinels)
{
    size_t                    i, k;
    static const char *const  silent[] = {
        "it does not answer", "Connection timed out", "TLS: no answer"
    };

    for (i = 0; i < sentinels->places.n; i++) {
        for (k = 0; k < polycard_nelts(silent); k++) {
            if (strncmp(sentinels->places.place[i].said, silent[k],
                        strlen(silent[k]))
                == 0)
            {
                return 1;
            }
        }
    }

    return 0;
}


static void
polycard_sentinel_ask(polycard_sentinels_t *sentinels, redisContext *context,
    char *said)
{
    char         address[POLYCARD_ADDRESS_MAX];
    unsigned     replicas;
    long long    epoch;
    redisReply  *reply;

    reply = polycard_redis_call(context, said,
                                "SENTINEL GET-MASTER-ADDR-BY-NAME %s",
                                sentinels->name);
    if (reply == NULL) {
        return;
    }

    if (polycard_sentinel_address(reply, address) == NGX_POLYCARD_OK) {
        epoch = polycard_sentinel_epoch(sentinels, context, &replicas);

        (void) polycard_failed(said, "the master is \"%s\", epoch %lld",
                                     address, epoch);

        if (epoch > sentinels->epoch) {
            sentinels->epoch = epoch;
            sentinels->replicas = replicas;
            memcpy(sentinels->master, address, POLYCARD_ADDRESS_MAX);
        }

    } else {
        (void) polycard_failed(said, reply->type == REDIS_REPLY_NIL
                                     ? "it knows no master \"%s\""
                                     : "no address of \"%s\"",
                                     sentinels->name);
    }

    freeReplyObject(reply);
}


/* an address or, with announce-hostnames, a name */

static int
polycard_sentinel_address(const redisReply *reply, char *address)
{
    char               *end;
    size_t              i;
    unsigned long       port;
    const redisReply   *host;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2
        || reply->element[0]->type != REDIS_REPLY_STRING
        || reply->element[1]->type != REDIS_REPLY_STRING)
    {
        return NGX_POLYCARD_ERROR;
    }

    host = reply->element[0];
    port = strtoul(reply->element[1]->str, &end, 10);

    if (host->len == 0 || host->len > POLYCARD_ADDRESS_MAX - 10
        || *end || port == 0 || port > 65535)
    {
        return NGX_POLYCARD_ERROR;
    }

    for (i = 0; i < (size_t) host->len; i++) {
        if (!isalnum((u_char) host->str[i])
            && memchr("-._:", host->str[i], 4) == NULL)
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    polycard_place_join(address, host->str, port);

    return NGX_POLYCARD_OK;
}


/* from names and values in turn; 0: it may not be asked for */

static long long
polycard_sentinel_epoch(const polycard_sentinels_t *sentinels,
    redisContext *context, unsigned *replicas)
{
    char         failure[POLYCARD_FAILURE_MAX];
    size_t       i;
    long long    epoch;
    redisReply  *reply, *name, *value;

    *replicas = 0;

    reply = polycard_redis_call(context, failure, "SENTINEL MASTER %s",
                                sentinels->name);
    if (reply == NULL) {
        return 0;
    }

    epoch = 0;

    for (i = 0; reply->type == REDIS_REPLY_ARRAY && i + 1 < reply->elements;
         i += 2)
    {
        name = reply->element[i];
        value = reply->element[i + 1];

        if (name->type != REDIS_REPLY_STRING
            || value->type != REDIS_REPLY_STRING)
        {
            continue;
        }

        if (strcmp(name->str, "config-epoch") == 0) {
            epoch = atoll(value->str);

        } else if (strcmp(name->str, "num-slaves") == 0) {
            *replicas = (unsigned) strtoul(value->str, NULL, 10);
        }
    }

    freeReplyObject(reply);

    return epoch;
}


void
polycard_sentinels_tell(const polycard_sentinels_t *sentinels)
{
    size_t                   i;
    const polycard_place_t  *place;

    for (i = 0; i < sentinels->places.n; i++) {
        place = &sentinels->places.place[i];

        polycard_say("Sentinel \"%s\": %s", place->address,
                     place->said[0] ? place->said : "not asked");
    }
}
