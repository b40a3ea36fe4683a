
/*
 * The input is what Redis sends, after a byte that says in what pieces it
 * arrives.  What is read must be what hiredis reads, and must not depend on
 * the pieces.
 */


#include "fuzz.h"
#include "core/replies.h"

#include <stdlib.h>
#include <string.h>


static size_t fuzz_read(const ngx_polycard_str_t *bytes, size_t step,
    redisReader *reader);
static void fuzz_same(const redisReply *one, const redisReply *other);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t               n;
    redisReader         *reader;
    ngx_polycard_str_t   bytes;

    if (size < 2) {
        return 0;
    }

    bytes = fuzz_copy(data + 1, size - 1);
    reader = redisReaderCreate();

    fuzz_must(redisReaderFeed(reader, (char *) bytes.data, bytes.len)
              == REDIS_OK, "hiredis takes the bytes");

    n = fuzz_read(&bytes, bytes.len, reader);
    fuzz_must(fuzz_read(&bytes, data[0] % 64 + 1, NULL) == n,
              "the same number of replies in pieces");

    redisReaderFree(reader);
    free(bytes.data);

    return 0;
}


/* how many replies there are */

static size_t
fuzz_read(const ngx_polycard_str_t *bytes, size_t step, redisReader *reader)
{
    void                    *other;
    u_char                  *room;
    size_t                   n, done, size, count;
    redisReply              *reply;
    const char              *error;
    ngx_polycard_replies_t   replies;

    memset(&replies, 0, sizeof(replies));
    replies.max = 1024 * 1024;

    error = NULL;
    count = 0;

    for (done = 0; done < bytes->len && error == NULL; done += n) {
        room = ngx_polycard_replies_room(&replies, &size);

        n = bytes->len - done;
        n = n < step ? n : step;
        n = n < size ? n : size;

        memcpy(room, bytes->data + done, n);
        ngx_polycard_replies_add(&replies, n);

        for ( ;; ) {
            error = ngx_polycard_replies_next(&replies, &reply);

            if (error || reply == NULL) {
                break;
            }

            count++;

            if (reader == NULL) {
                continue;
            }

            fuzz_must(redisReaderGetReply(reader, &other) == REDIS_OK
                      && other, "hiredis has a reply as well");
            fuzz_same(reply, other);
            freeReplyObject(other);
        }
    }

    ngx_polycard_replies_free(&replies);

    return count;
}


static void
fuzz_same(const redisReply *one, const redisReply *other)
{
    size_t  i, len;

    fuzz_must(one->type == other->type, "the same type");

    switch (one->type) {

    case REDIS_REPLY_INTEGER:
        fuzz_must(one->integer == other->integer, "the same number");
        break;

    case REDIS_REPLY_NIL:
        break;

    case REDIS_REPLY_ARRAY:
        fuzz_must(one->elements == (size_t) other->elements,
                  "as many elements");

        for (i = 0; i < one->elements; i++) {
            fuzz_same(one->element[i], other->element[i]);
        }

        break;

    default:
        len = other->len < NGX_POLYCARD_REPLIES_STRING_MAX
              ? (size_t) other->len : NGX_POLYCARD_REPLIES_STRING_MAX;

        fuzz_must(one->len == len && memcmp(one->str, other->str, len) == 0
                  && one->str[len] == '\0', "the same bytes");
    }
}
