
/* Any command, with keys of the right type most of the time. */

#include "differ/words.h"

#include <stdarg.h>
#include <string.h>


static const char *commands_key(sim_random_t *random, const char *type);
static const char *commands_value(sim_random_t *random);


/*
 * Of each command its name and its arguments: k a key of the type that the
 * second word names, m a member or field, v a value, i a whole number, f a
 * score, r a bound of scores, x an id, b a bound of ids, + the last again or
 * not; all else stands for itself.
 */

static const char  *const commands[] = {
    "get string k", "set string k v", "set string k v PX 100000000",
    "set string k v NX", "incr string k", "incrby string k i",
    "del any k", "del any k k", "exists any k k", "type any k",
    "unlink any k", "pttl none k", "expire any k 100000", "persist any k",
    "rename any k k", "expire any k 0",
    "hget hash k m", "hmget hash k m m +", "hgetall hash k", "hlen hash k",
    "hexists hash k m", "hset hash k m v", "hset hash k m v m v",
    "hsetnx hash k m v", "hdel hash k m +", "hincrby hash k m i",
    "hincrbyfloat hash k m f", "hset hash k m i",
    "rpush list k v +", "lpush list k v", "lpop list k", "lpop list k 2",
    "rpop list k", "llen list k", "lindex list k i", "lrange list k i i",
    "lrange list k 0 -1", "linsert list k BEFORE v v", "lrem list k 1 v",
    "lrem list k 0 v", "lrem list k -1 v", "lset list k i v",
    "linsert list k AFTER v v",
    "zadd zset k f m", "zadd zset k f m f m", "zadd zset k NX f m",
    "zadd zset k XX CH f m", "zrem zset k m +", "zcard zset k",
    "zscore zset k m", "zmscore zset k m m", "zrank zset k m",
    "zrange zset k i i", "zrange zset k 0 -1 WITHSCORES",
    "zrange zset k i i REV", "zrevrange zset k i i WITHSCORES",
    "zrangebyscore zset k r r", "zrangebyscore zset k -inf r WITHSCORES",
    "zrangebyscore zset k r +inf WITHSCORES LIMIT 0 2",
    "zrangebyscore zset k r r LIMIT 1 1", "zcount zset k r r",
    "zrevrangebyscore zset k r r", "zremrangebyscore zset k r r",
    "xadd stream k x m v", "xadd stream k x m v m v", "xdel stream k x +",
    "xadd stream k i-* m v", "xlen stream k", "xrange stream k - +",
    "xrange stream k b b", "xrange stream k b b COUNT 2",
    "xrevrange stream k b b COUNT 1", "xtrim stream k MAXLEN 2",
    "xtrim stream k MINID x", "xadd stream k MAXLEN 3 x m v",
    "xadd stream k MAXLEN ~ 1000000 x m v", "xadd stream k m v",
    "xinfo stream GROUPS k", "xpending stream k m",
    "xrange stream k b", "hset hash k m", "zadd zset k m f", "lset list k m v",
};


void
words_clear(words_t *words)
{
    words->n = 0;
    words->used = 0;
}


void
words_add(words_t *words, const char *format, ...)
{
    int      len;
    char    *p;
    va_list  args;

    p = words->text + words->used;

    va_start(args, format);
    len = vsnprintf(p, WORDS_TEXT - words->used, format, args);
    va_end(args);

    if (words->n == WORDS_MAX || words->used + len >= WORDS_TEXT) {
        return;
    }

    words->arg[words->n].data = p;
    words->arg[words->n++].len = len;
    words->used += len + 1;
}


void
words_command(words_t *words, sim_random_t *random)
{
    char   *word, *type, text[128];
    size_t  last;

    strcpy(text, commands[sim_random_below(random, sizeof(commands)
                                                   / sizeof(commands[0]))]);

    words_clear(words);
    words_add(words, "%s", strtok(text, " "));
    type = strtok(NULL, " ");
    last = 0;

    while ((word = strtok(NULL, " "))) {
        if (strcmp(word, "+") == 0 && sim_random_chance(random, 50)) {
            word = type;
            words_add(words, "%s", words->arg[last].data);

        } else if (word[1] || strchr("0123456789+~-", word[0])) {
            if (strcmp(word, "i-*") == 0) {
                words_add(words, "%u-*", sim_random_below(random, 5));

            } else if (strcmp(word, "+") != 0 || words->n > 2) {
                words_add(words, "%s", word);
            }

            continue;
        }

        last = words->n;

        switch (word[0]) {

        case 'k':
            words_add(words, "%s", commands_key(random, type));
            break;

        case 'm':
            words_add(words, "m%u", sim_random_below(random, 5));
            break;

        case 'v':
            words_add(words, "%s", commands_value(random));
            break;

        case 'i':
            words_add(words, "%d", (int) sim_random_below(random, 9) - 4);
            break;

        case 'f':
            words_add(words, "%s%d", sim_random_chance(random, 5) ? "x" : "",
                      (int) sim_random_below(random, 9) - 4);
            break;

        case 'r':
            words_add(words, "%s%d", sim_random_chance(random, 30) ? "(" : "",
                      (int) sim_random_below(random, 9) - 4);
            break;

        case 'x':
            words_add(words, "%u-%u", 1 + sim_random_below(random, 5),
                      sim_random_below(random, 20));
            break;

        case 'b':
            words_add(words, sim_random_chance(random, 20) ? "-"
                      : sim_random_chance(random, 20) ? "+"
                      : sim_random_chance(random, 50) ? "%s%u" : "%s%u-%u",
                      sim_random_chance(random, 30) ? "(" : "",
                      1 + sim_random_below(random, 4),
                      sim_random_below(random, 9));
        }
    }
}


static const char *
commands_key(sim_random_t *random, const char *type)
{
    unsigned  n;

    static char  name[2][32];
    static int   turn;

    static const char *const  types[] = {
        "string", "hash", "list", "zset", "stream"
    };

    if (strcmp(type, "any") == 0 || sim_random_chance(random, 5)) {
        type = types[sim_random_below(random, 5)];
    }

    n = sim_random_below(random, 3);
    turn = !turn;
    snprintf(name[turn], sizeof(name[turn]), "{a}%s:%u", type, n);

    return name[turn];
}


static const char *
commands_value(sim_random_t *random)
{
    static const char *const  values[] = {
        "a", "b", "c", "", "0", "1", "-5", "007", "+1", "1.5",
        "9223372036854775807", "текст", "1e3", " 1", "x\ty"
    };

    return values[sim_random_below(random,
                                   sizeof(values) / sizeof(values[0]))];
}
