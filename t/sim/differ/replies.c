
#include "differ/replies.h"

#include <string.h>


/* what is left of a lease of a year: ours goes by the clock of the round */
#define REPLIES_LONG      30000000000
#define REPLIES_YEAR      31536000000


static void replies_sort(redisReply *reply);
static int replies_same(const redisReply *one, const redisReply *other);
static int replies_error_equal(const redisReply *one,
    const redisReply *other);


int
replies_equal(const char *command, redisReply *ours, redisReply *real)
{
    if (strcmp(command, "HGETALL") == 0) {
        replies_sort(ours);
        replies_sort(real);

    } else if (strcmp(command, "pttl") == 0) {
        ours->integer = ours->integer > 0 ? 1 : ours->integer;
        real->integer = real->integer > 0 ? 1 : real->integer;
    }

    return replies_same(ours, real);
}


/* a hash with a long value has no order in Redis */

static void
replies_sort(redisReply *reply)
{
    size_t       i, n;
    redisReply  *name, *value;

    for (n = reply->elements; n > 2; n -= 2) {
        for (i = 0; i + 3 < n; i += 2) {
            name = reply->element[i];
            value = reply->element[i + 1];

            if (strcmp(name->str, reply->element[i + 2]->str) > 0) {
                reply->element[i] = reply->element[i + 2];
                reply->element[i + 1] = reply->element[i + 3];
                reply->element[i + 2] = name;
                reply->element[i + 3] = value;
            }
        }
    }
}


static int
replies_same(const redisReply *one, const redisReply *other)
{
    size_t  i;

    if (one->type != other->type) {
        return 0;
    }

    switch (one->type) {

    case REDIS_REPLY_ERROR:
        return replies_error_equal(one, other);

    case REDIS_REPLY_INTEGER:
        return one->integer == other->integer
               || (one->integer > REPLIES_LONG && one->integer <= REPLIES_YEAR
                   && other->integer > REPLIES_LONG
                   && other->integer <= REPLIES_YEAR);

    case REDIS_REPLY_ARRAY:
        if (one->elements != other->elements) {
            return 0;
        }

        for (i = 0; i < one->elements; i++) {
            if (!replies_same(one->element[i], other->element[i])) {
                return 0;
            }
        }

        return 1;

    default:
        return ks_reply_equal(one, other);
    }
}


/* up to where the arguments or the place in a script are told */

static int
replies_error_equal(const redisReply *one, const redisReply *other)
{
    size_t  len;

    len = strcspn(one->str, ",");
    len = strstr(one->str, " script: ")
          ? (size_t) (strstr(one->str, " script: ") - one->str) : len;

    return strncmp(one->str, other->str, len) == 0;
}
