
/*
 * differ SOCKET LIBRARY SEED ROUNDS
 *
 * Gives the same commands to a real Redis, at a unix socket, and to the one in
 * memory, and ends with the first reply or key in which they differ.  Even
 * seeds are commands, odd ones are calls of the library: there the clock is a
 * key, so that both have the same one.
 */

#include "differ/replies.h"
#include "differ/words.h"
#include "keyspace/functions.h"

#include <stdlib.h>
#include <string.h>


#define DIFFER_COMMANDS  300     /* of a round */

/* the order of keys is nobody's business: all at once, and sorted */
#define DIFFER_SCAN                                                           \
    "local function sorted_scan(_, _, pattern) "                              \
    "local reply = redis.call('SCAN', 0, 'MATCH', pattern, 'COUNT', 10000) "  \
    "table.sort(reply[2]) return reply end\n"

#define DIFFER_CLOCK     "polycard:{shop1}:clock"


typedef struct {
    redisContext         *real;
    ks_t                 *ks;
    ks_functions_t       *functions;
    sim_random_t          random;
    words_seen_t          seen;
    uint64_t              seed;
    int                   wrong;
    unsigned long         commands;
    unsigned long         errors;
} differ_t;


static int differ_round(differ_t *d, uint64_t seed, const char *library,
    size_t len);
static void differ_describe(differ_t *d);
static void differ_meet(differ_t *d);
static void differ_forbid(differ_t *d, const char *command);
static void differ_fill(differ_t *d, unsigned full);
static void differ_load(differ_t *d, const char *text, size_t len);
static void differ_tick(differ_t *d);
static void differ_do(differ_t *d, words_t *words);
static redisReply *differ_ours(differ_t *d, const words_t *words);
static redisReply *differ_real(differ_t *d, const words_t *words);
static void differ_see(differ_t *d, const words_t *words,
    const redisReply *reply);
static void differ_keys(differ_t *d);
static void differ_show(differ_t *d, const words_t *words,
    const redisReply *ours, const redisReply *real);
static char *differ_read(const char *path, size_t *len);
static char *differ_replace(char *text, const char *from, const char *to);


int
main(int argc, char **argv)
{
    char      *library;
    size_t     len;
    uint64_t   seed, first, count;
    differ_t   d;

    if (argc != 5) {
        fprintf(stderr, "usage: differ SOCKET LIBRARY SEED ROUNDS\n");
        return 2;
    }

    memset(&d, 0, sizeof(d));
    d.real = redisConnectUnix(argv[1]);

    if (d.real == NULL || d.real->err) {
        fprintf(stderr, "no Redis at %s\n", argv[1]);
        return 2;
    }

    library = differ_read(argv[2], &len);
    library = differ_replace(library, "redis.call('TIME')",
                             "redis.call('HMGET', '" DIFFER_CLOCK
                             "', 's', 'us')");
    library = differ_replace(library, "'*'",
                             "redis.call('HGET', '" DIFFER_CLOCK
                             "', 'id')");
    library = differ_replace(library, "redis.call('SCAN',", "sorted_scan(");
    library = differ_replace(library, "#!lua name=polycard\n",
                             "#!lua name=polycard\n" DIFFER_SCAN);
    len = strlen(library);

    first = strtoull(argv[3], NULL, 10);
    count = strtoull(argv[4], NULL, 10);

    for (seed = first; seed < first + count; seed++) {
        if (differ_round(&d, seed, library, len)) {
            return 1;
        }
    }

    printf("%llu rounds, %lu commands, %lu of them errors: no difference\n",
           (unsigned long long) count, d.commands, d.errors);

    redisFree(d.real);
    ks_functions_free(d.functions);
    free(library);

    return 0;
}


static int
differ_round(differ_t *d, uint64_t seed, const char *library, size_t len)
{
    int      i;
    words_t  words;

    d->seed = seed;
    sim_random_init(&d->random, seed);
    memset(&d->seen, 0, sizeof(d->seen));
    strcpy(d->seen.fence, "1");

    d->ks = ks_create(seed);
    d->ks->now = 1700000000000000;

    freeReplyObject(redisCommand(d->real, "FLUSHALL"));

    if (d->functions == NULL) {
        differ_load(d, library, len);
    }

    differ_describe(d);
    differ_meet(d);

    for (i = 0; i < DIFFER_COMMANDS && !d->wrong; i++) {
        if (seed % 2) {
            differ_tick(d);
            words_call(&words, &d->random, &d->seen);

        } else {
            words_command(&words, &d->random);
        }

        differ_do(d, &words);

        if (i % 20 == 0) {
            differ_keys(d);
        }
    }

    differ_forbid(d, NULL);
    differ_fill(d, 0);
    differ_keys(d);
    ks_destroy(d->ks);

    return d->wrong;
}


/* the history of the data: a function writes it */

static void
differ_describe(differ_t *d)
{
    redisReply  *reply;

    reply = redisCommand(d->real, "INFO replication");

    if (reply && reply->type == REDIS_REPLY_STRING) {
        snprintf(d->ks->info, sizeof(d->ks->info), "%s",
                 strstr(reply->str, "master_replid:"));
    }

    if (reply) {
        freeReplyObject(reply);
    }
}


/* of some rounds a command is denied, in others there is no memory */

static void
differ_meet(differ_t *d)
{
    static const char *const  denied[] = {
        "hset", "zadd", "xadd", "hmget", "rpush", "expire", "unlink",
        "zcard", "set", "hdel"
    };

    if (d->seed % 7 == 3) {
        differ_forbid(d, denied[sim_random_below(&d->random, 10)]);

    } else if (d->seed % 7 == 4) {
        differ_fill(d, 1);
    }
}


static void
differ_forbid(differ_t *d, const char *command)
{
    d->ks->denied = command;

    freeReplyObject(redisCommand(d->real, "ACL SETUSER default +@all"));

    if (command) {
        freeReplyObject(redisCommand(d->real, "ACL SETUSER default -%s",
                                     command));
    }
}


static void
differ_fill(differ_t *d, unsigned full)
{
    d->ks->full = full;

    freeReplyObject(redisCommand(d->real, "CONFIG SET maxmemory %d",
                                 (int) full));
}


static void
differ_load(differ_t *d, const char *text, size_t len)
{
    redisReply  *reply;
    const char  *error;

    d->functions = ks_functions_load(text, len, &error);

    if (d->functions == NULL) {
        fprintf(stderr, "the library is none: %s\n", error);
        exit(2);
    }

    reply = redisCommand(d->real, "FUNCTION LOAD REPLACE %b", text, len);

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        fprintf(stderr, "Redis does not take the library: %s\n",
                reply ? reply->str : "away");
        exit(2);
    }

    freeReplyObject(reply);
}


/* mostly forward; ids go forward in any case */

static void
differ_tick(differ_t *d)
{
    words_t  words;

    static const int  steps[] = { 0, 1, 7, 100, 1000, 30000, 4000000 };

    d->ks->now += 1000LL * steps[sim_random_below(&d->random, 7)]
                  + sim_random_below(&d->random, 999);

    words_clear(&words);
    words_add(&words, "HSET");
    words_add(&words, DIFFER_CLOCK);
    words_add(&words, "s");
    words_add(&words, "%lld", (long long) d->ks->now / 1000000);
    words_add(&words, "us");
    words_add(&words, "%lld", (long long) d->ks->now % 1000000);
    words_add(&words, "id");
    words_add(&words, "%lld-*", (long long) d->ks->now / 1000);

    differ_do(d, &words);
}


static void
differ_do(differ_t *d, words_t *words)
{
    redisReply  *ours, *real;

    ours = differ_ours(d, words);
    real = differ_real(d, words);

    d->commands++;
    d->errors += ours->type == REDIS_REPLY_ERROR;

    if (real == NULL) {
        fprintf(stderr, "Redis is away: %s\n", d->real->errstr);
        exit(2);
    }

    if (!replies_equal(words->arg[0].data, ours, real) && !d->wrong) {
        d->wrong = 1;
        differ_show(d, words, ours, real);
    }

    differ_see(d, words, ours);
    ks_reply_free(ours);
    freeReplyObject(real);
}


static redisReply *
differ_ours(differ_t *d, const words_t *words)
{
    if (strcmp(words->arg[0].data, "FCALL") == 0) {
        return ks_functions_call(d->functions, d->ks, words->arg[1].data,
                                 &words->arg[3], words->n - 3);
    }

    return ks_call(d->ks, words->arg, words->n);
}


static redisReply *
differ_real(differ_t *d, const words_t *words)
{
    size_t       i, len[WORDS_MAX];
    const char  *arg[WORDS_MAX];

    for (i = 0; i < words->n; i++) {
        arg[i] = words->arg[i].data;
        len[i] = words->arg[i].len;
    }

    return redisCommandArgv(d->real, words->n, arg, len);
}


/* the fence of a lease, and ids of hooks */

static void
differ_see(differ_t *d, const words_t *words, const redisReply *reply)
{
    size_t             i;
    const redisReply  *hook, *id;

    if (words->n < 2 || reply->type != REDIS_REPLY_ARRAY
        || reply->elements == 0)
    {
        return;
    }

    if (strcmp(words->arg[1].data, "polycard_lease") == 0
        && reply->element[0]->integer)
    {
        snprintf(d->seen.fence, sizeof(d->seen.fence), "%lld",
                 reply->element[0]->integer);
    }

    if (strcmp(words->arg[1].data, "polycard_next") != 0
        && strcmp(words->arg[1].data, "polycard_due") != 0)
    {
        return;
    }

    for (i = 1; i < reply->elements; i++) {
        hook = reply->element[i];
        id = hook->element[hook->elements > 2
                           && strchr(hook->element[0]->str, '-') == NULL
                           ? 2 : 0];

        snprintf(d->seen.id[sim_random_below(&d->random, WORDS_IDS)],
                 sizeof(d->seen.id[0]), "%s", id->str);
    }

    for (d->seen.n = 0, i = 0; i < WORDS_IDS && d->seen.id[i][0]; i++) {
        d->seen.n++;
    }
}


/* all that both hold */

static void
differ_keys(differ_t *d)
{
    size_t        i, n;
    words_t       words;
    ks_key_t    **keys;

    static const char *const  reads[][4] = {
        { NULL }, { "GET" }, { "HGETALL" },
        { "ZRANGE", "0", "-1", "WITHSCORES" }, { "LRANGE", "0", "-1" },
        { "XRANGE", "-", "+" }
    };

    words_clear(&words);
    words_add(&words, "DBSIZE");
    ks_expire(d->ks);
    differ_do(d, &words);

    keys = ks_sorted(d->ks);

    for (i = 0; i < d->ks->n; i++) {
        words_clear(&words);

        for (n = 0; n < 4 && reads[keys[i]->value->type][n]; n++) {
            words_add(&words, "%s", reads[keys[i]->value->type][n]);

            if (n == 0) {
                words_add(&words, "%s", keys[i]->name->data);
            }
        }

        differ_do(d, &words);
    }

    free(keys);
}


static void
differ_show(differ_t *d, const words_t *words, const redisReply *ours,
    const redisReply *real)
{
    size_t  i;

    printf("seed %llu:", (unsigned long long) d->seed);

    for (i = 0; i < words->n; i++) {
        printf(" '%s'", words->arg[i].data);
    }

    printf("\nhere:  ");
    ks_reply_print(stdout, ours);
    printf("\nRedis: ");
    ks_reply_print(stdout, real);
    printf("\n");
}


static char *
differ_read(const char *path, size_t *len)
{
    FILE  *file;
    char  *text;

    file = fopen(path, "r");

    if (file == NULL) {
        perror(path);
        exit(2);
    }

    text = ks_alloc(1 << 20);
    *len = fread(text, 1, (1 << 20) - 1, file);
    text[*len] = '\0';
    fclose(file);

    return text;
}


static char *
differ_replace(char *text, const char *from, const char *to)
{
    char    *p, *copy, *last;
    size_t   n;

    for (p = text, n = 0; (p = strstr(p, from)); p += strlen(from)) {
        n++;
    }

    copy = ks_alloc(strlen(text) + n * strlen(to) + 1);
    last = copy;

    for (p = text; *p; /* void */) {
        if (strncmp(p, from, strlen(from)) == 0) {
            last = stpcpy(last, to);
            p += strlen(from);
        } else {
            *last++ = *p++;
        }
    }

    *last = '\0';
    free(text);

    return copy;
}
