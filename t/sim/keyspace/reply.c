
#include "keyspace/reply.h"
#include "keyspace/value.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>


static redisReply *reply_create(int type, size_t room);


/* one piece of memory with its text, of which room is the size */

static redisReply *
reply_create(int type, size_t room)
{
    redisReply  *reply;

    reply = ks_alloc(sizeof(redisReply) + room);
    memset(reply, 0, sizeof(redisReply));
    reply->type = type;

    return reply;
}


redisReply *
ks_nil(void)
{
    return reply_create(REDIS_REPLY_NIL, 0);
}


redisReply *
ks_integer(long long integer)
{
    redisReply  *reply;

    reply = reply_create(REDIS_REPLY_INTEGER, 0);
    reply->integer = integer;

    return reply;
}


redisReply *
ks_string(const void *data, size_t len)
{
    redisReply  *reply;

    reply = reply_create(REDIS_REPLY_STRING, len + 1);
    reply->len = len;
    reply->str = (char *) (reply + 1);

    if (len) {
        memcpy(reply->str, data, len);
    }

    reply->str[len] = '\0';

    return reply;
}


size_t
ks_print(char *text, long long integer)
{
    char                digits[KS_PRINT_MAX], *p;
    size_t              len;
    unsigned long long  left;

    p = digits + sizeof(digits);
    left = integer < 0 ? -(unsigned long long) integer
                       : (unsigned long long) integer;

    do {
        *--p = '0' + left % 10;
        left /= 10;
    } while (left);

    if (integer < 0) {
        *--p = '-';
    }

    len = digits + sizeof(digits) - p;
    memcpy(text, p, len);
    text[len] = '\0';

    return len;
}


redisReply *
ks_double(double number)
{
    char  text[64];

    if (number > -1e15 && number < 1e15 && number == (long long) number
        && !signbit(number))
    {
        return ks_string(text, ks_print(text, (long long) number));
    }

    if (isinf(number)) {
        return ks_string(number > 0 ? "inf" : "-inf", number > 0 ? 3 : 4);
    }

    return ks_string(text, snprintf(text, sizeof(text), "%.17g", number));
}


redisReply *
ks_status(const char *text)
{
    redisReply  *reply;

    reply = ks_string(text, strlen(text));
    reply->type = REDIS_REPLY_STATUS;

    return reply;
}


redisReply *
ks_error(const char *format, ...)
{
    int          len;
    char         text[512];
    va_list      args;
    redisReply  *reply;

    va_start(args, format);
    len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);

    reply = ks_string(text, len < (int) sizeof(text) ? len
                                                     : (int) sizeof(text) - 1);
    reply->type = REDIS_REPLY_ERROR;

    return reply;
}


redisReply *
ks_array(size_t n)
{
    redisReply  *reply;

    reply = reply_create(REDIS_REPLY_ARRAY, 0);
    reply->elements = n;

    if (n) {
        reply->element = ks_alloc(n * sizeof(redisReply *));
        memset(reply->element, 0, n * sizeof(redisReply *));
    }

    return reply;
}


void
ks_append(redisReply *array, redisReply *element)
{
    size_t  n;

    n = array->elements;

    /* room for a power of two */

    if ((n & (n - 1)) == 0) {
        array->element = realloc(array->element,
                                 (n ? 2 * n : 1) * sizeof(redisReply *));

        if (array->element == NULL) {
            abort();
        }
    }

    array->element[array->elements++] = element;
}


redisReply *
ks_reply_copy(const redisReply *reply)
{
    size_t       i;
    redisReply  *copy;

    if (reply->type == REDIS_REPLY_ARRAY) {
        copy = ks_array(reply->elements);

        for (i = 0; i < reply->elements; i++) {
            copy->element[i] = ks_reply_copy(reply->element[i]);
        }

        return copy;
    }

    if (reply->str == NULL) {
        copy = reply_create(reply->type, 0);
        copy->integer = reply->integer;
        return copy;
    }

    copy = ks_string(reply->str, reply->len);
    copy->type = reply->type;

    return copy;
}


void
ks_reply_free(redisReply *reply)
{
    size_t  i;

    for (i = 0; i < reply->elements; i++) {
        ks_reply_free(reply->element[i]);
    }

    if (reply->element) {
        free(reply->element);
    }

    free(reply);
}


void
ks_reply_print(FILE *file, const redisReply *reply)
{
    size_t  i;

    switch (reply->type) {

    case REDIS_REPLY_NIL:
        fputs("nil", file);
        return;

    case REDIS_REPLY_INTEGER:
        fprintf(file, "%lld", reply->integer);
        return;

    case REDIS_REPLY_ARRAY:
        fputc('[', file);

        for (i = 0; i < reply->elements; i++) {
            fputs(i ? ", " : "", file);
            ks_reply_print(file, reply->element[i]);
        }

        fputc(']', file);
        return;

    default:
        fputs(reply->type == REDIS_REPLY_ERROR ? "error " : "", file);
        fputc(reply->type == REDIS_REPLY_STRING ? '"' : '<', file);

        for (i = 0; i < (size_t) reply->len; i++) {
            if (reply->str[i] < ' ' || reply->str[i] == '\\') {
                fprintf(file, "\\%03o", (unsigned char) reply->str[i]);
            } else {
                fputc(reply->str[i], file);
            }
        }

        fputc(reply->type == REDIS_REPLY_STRING ? '"' : '>', file);
    }
}


int
ks_reply_equal(const redisReply *one, const redisReply *other)
{
    size_t  i;

    if (one->type != other->type) {
        return 0;
    }

    switch (one->type) {

    case REDIS_REPLY_NIL:
        return 1;

    case REDIS_REPLY_INTEGER:
        return one->integer == other->integer;

    case REDIS_REPLY_ARRAY:
        if (one->elements != other->elements) {
            return 0;
        }

        for (i = 0; i < one->elements; i++) {
            if (!ks_reply_equal(one->element[i], other->element[i])) {
                return 0;
            }
        }

        return 1;

    default:
        return one->len == other->len
               && memcmp(one->str, other->str, one->len) == 0;
    }
}
