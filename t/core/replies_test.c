
#include "tap.h"
#include "core/replies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define S(s)     ngx_polycard_string(s)

#define INVALID  "a reply that cannot be read"
#define LARGE    "a reply that is too large, or no memory for it"

#define MAX      (1024 * 1024)


/* "" as what is expected: nothing yet */

typedef struct {
    ngx_polycard_str_t   bytes;
    const char          *outcome;
} replies_case_t;


static void replies_test_cases(void);
static void replies_test_begins(void);
static void replies_test_growth(void);
static void replies_test_limits(void);
static void replies_test_again(void);
static const char *replies_read(ngx_polycard_replies_t *replies,
    const u_char *data, size_t len, size_t step);
static char *replies_print(char *p, const redisReply *reply);


static char  replies_text[256 * 1024];


static const replies_case_t  replies_cases[] = {

    { S("+OK\r\n"), "+OK " },
    { S("+\r\n"), "+ " },
    { S("+a\rb\r\n"), "+a\rb " },
    { S("-ERR no\r\n"), "-ERR no " },
    { S(":0\r\n:1\r\n:-1\r\n"), ":0 :1 :-1 " },
    { S(":9223372036854775807\r\n:-9223372036854775808\r\n"),
      ":9223372036854775807 :-9223372036854775808 " },
    { S("$0\r\n\r\n$3\r\na\r\n\r\n"), "$ $a\r\n " },
    { S("$-1\r\n*-1\r\n*0\r\n"), "nil nil [] " },
    { S("*3\r\n$1\r\na\r\n$-1\r\n:7\r\n"), "[$a nil :7 ] " },
    { S("*2\r\n*1\r\n*0\r\n*2\r\n+x\r\n-y\r\n:1\r\n"),
      "[[[] ] [+x -y ] ] :1 " },
    { S("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"),
      "[[[[[[[[:1 ] ] ] ] ] ] ] ] " },

    /* nothing yet */

    { S("$"), "" },
    { S("$3\r\nabc\r"), "" },
    { S("*1\r\n"), "" },
    { S("*2\r\n:1\r\n"), "" },
    { S(":1\r\n*2\r\n:1\r\n"), ":1 " },

    /* none of it is a reply */

    { S("x"), INVALID },
    { S("\r\n"), INVALID },
    { S("%1\r\n+a\r\n+b\r\n"), INVALID },
    { S("_\r\n"), INVALID },
    { S("(1\r\n"), INVALID },
    { S(":\r\n"), INVALID },
    { S(":-\r\n"), INVALID },
    { S(":+1\r\n"), INVALID },
    { S(":01\r\n"), INVALID },
    { S(":-0\r\n"), INVALID },
    { S(":1 \r\n"), INVALID },
    { S(":1\rx"), INVALID },
    { S(":1\n"), INVALID },
    { S(":9223372036854775808\r\n"), INVALID },
    { S(":-9223372036854775809\r\n"), INVALID },
    { S(":99999999999999999999\r\n"), INVALID },
    { S(":18446744073709551617\r\n"), INVALID },
    { S("$-2\r\n"), INVALID },
    { S("$1\r\nabc"), INVALID },
    { S("$1\r\na\rx"), INVALID },
    { S("*-2\r\n"), INVALID },
    { S("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n"),
      INVALID },
    { S("*1000001\r\n"), LARGE },
    { S("*1000000\r\n"), LARGE },
    { S("+OK\r\nx"), "+OK " INVALID },
};


int
main(void)
{
    replies_test_cases();
    replies_test_begins();
    replies_test_growth();
    replies_test_limits();
    replies_test_again();

    return tap_done();
}


/* in one piece, and however it arrives */

static void
replies_test_cases(void)
{
    char                    whole[1024];
    size_t                  i, step;
    unsigned                bad;
    const replies_case_t   *c;
    ngx_polycard_replies_t  replies;

    for (i = 0; i < sizeof(replies_cases) / sizeof(replies_case_t); i++) {
        c = &replies_cases[i];
        bad = 0;

        for (step = c->bytes.len; step; step--) {
            memset(&replies, 0, sizeof(replies));
            replies.max = MAX;

            strcpy(whole, replies_read(&replies, c->bytes.data, c->bytes.len,
                                       step));
            bad += strcmp(whole, c->outcome) != 0;

            if (step == c->bytes.len) {
                tap_is_str(whole, c->outcome, "case %zu", i);
            }

            ngx_polycard_replies_free(&replies);
        }

        tap_ok(bad == 0, "... in pieces, %u wrong", bad);
    }
}


/* an incomplete reply is none, wherever it ends */

static void
replies_test_begins(void)
{
    size_t                  i;
    unsigned                bad;
    static const char       text[] = "*4\r\n$5\r\nabcde\r\n*2\r\n:12\r\n"
                                     "$-1\r\n+OK\r\n-ERR x\r\n";
    ngx_polycard_replies_t  replies;

    bad = 0;

    for (i = 0; i < sizeof(text) - 1; i++) {
        memset(&replies, 0, sizeof(replies));
        replies.max = MAX;

        bad += *replies_read(&replies, (u_char *) text, i, i ? i : 1) != '\0'
               || ngx_polycard_replies_size(&replies) != i;

        ngx_polycard_replies_clear(&replies);

        bad += ngx_polycard_replies_size(&replies) != 0
               || strcmp(replies_read(&replies, (u_char *) ":5\r\n", 4, 4),
                         ":5 ") != 0;

        ngx_polycard_replies_free(&replies);
    }

    tap_ok(bad == 0, "beginnings of a reply: %u wrong", bad);
}


/* strings stay what they are when the buffer grows */

static void
replies_test_growth(void)
{
    char                   *text, *p, *want, *w;
    size_t                  i, step, n;
    unsigned                bad;
    ngx_polycard_replies_t  replies;

    n = 3000;
    text = malloc(64 * n);
    want = malloc(64 * n);

    p = text + sprintf(text, "*%zu\r\n", n);
    w = want + sprintf(want, "[");

    for (i = 0; i < n; i++) {
        p += sprintf(p, "*2\r\n$%d\r\nvalue %06zu\r\n+s%zu\r\n", 12, i, i);
        w += sprintf(w, "[$value %06zu +s%zu ] ", i, i);
    }

    sprintf(w, "] ");

    memset(&replies, 0, sizeof(replies));
    replies.max = 16 * MAX;
    bad = 0;

    for (step = 1000; step < 40000; step = step * 3 + 1) {
        bad += strcmp(replies_read(&replies, (u_char *) text, p - text, step),
                      want) != 0;
    }

    tap_ok(bad == 0, "a reply of %zu bytes in pieces: %u wrong", p - text,
           bad);
    ngx_polycard_replies_free(&replies);

    free(text);
    free(want);
}


static void
replies_test_limits(void)
{
    char                   *text;
    size_t                  n;
    redisReply             *reply;
    const char             *error;
    ngx_polycard_replies_t  replies;

    memset(&replies, 0, sizeof(replies));
    replies.max = MAX;

    n = NGX_POLYCARD_REPLIES_STRING_MAX + 100;
    text = malloc(n + 64);
    memset(text, 'a', n + 64);
    memcpy(text, "$4196\r\n", 7);
    memcpy(text + 7 + n, "\r\n", 2);

    (void) replies_read(&replies, (u_char *) text, n + 9, n + 9);
    tap_ok(strlen(replies_text) == NGX_POLYCARD_REPLIES_STRING_MAX + 2,
           "a long string is cut off: %zu", strlen(replies_text));

    memcpy(text, "+aaaaaa", 7);
    (void) replies_read(&replies, (u_char *) text, n + 9, n + 9);
    tap_ok(strlen(replies_text) == NGX_POLYCARD_REPLIES_STRING_MAX + 2,
           "... and a long line");

    /* the objects of a reply have a bound, their number has another */

    replies.max = 64 * 1024;
    tap_is_str(replies_read(&replies, (u_char *) "*600\r\n", 6, 6), "",
               "an array that is not too large");
    ngx_polycard_replies_clear(&replies);
    tap_is_str(replies_read(&replies, (u_char *) "*1600\r\n", 7, 7), LARGE,
               "one that is");

    ngx_polycard_replies_free(&replies);
    error = ngx_polycard_replies_next(&replies, &reply);
    tap_ok(error == NULL && reply == NULL, "nothing was received");

    free(text);
}


/* its memory is used again, and does not grow */

static void
replies_test_again(void)
{
    size_t                  i, size;
    unsigned                bad;
    static const char       text[] = "*3\r\n$5\r\nabcde\r\n:12\r\n+OK\r\n";
    ngx_polycard_replies_t  replies;

    memset(&replies, 0, sizeof(replies));
    replies.max = MAX;
    bad = 0;
    size = 0;

    for (i = 0; i < 10000; i++) {
        bad += strcmp(replies_read(&replies, (u_char *) text,
                                   sizeof(text) - 1, 1 + i % 40),
                      "[$abcde :12 +OK ] ") != 0;

        if (i == 0) {
            size = replies.arena.size + (replies.end - replies.start);
        }
    }

    tap_ok(bad == 0, "10000 replies: %u wrong", bad);
    tap_ok(replies.arena.size + (replies.end - replies.start) == size,
           "... in the memory of one");

    ngx_polycard_replies_free(&replies);
}


/* what was read of the bytes, of which step are received at a time */

static const char *
replies_read(ngx_polycard_replies_t *replies, const u_char *data, size_t len,
    size_t step)
{
    char        *p;
    u_char      *room;
    size_t       n, size;
    redisReply  *reply;
    const char  *error;

    p = replies_text;
    *p = '\0';

    for ( /* void */ ; len; data += n, len -= n) {
        room = ngx_polycard_replies_room(replies, &size);

        n = len < step ? len : step;
        n = n < size ? n : size;

        memcpy(room, data, n);
        ngx_polycard_replies_add(replies, n);

        do {
            error = ngx_polycard_replies_next(replies, &reply);

            if (error) {
                strcpy(p, error);
                return replies_text;
            }

            if (reply) {
                p = replies_print(p, reply);
            }
        } while (reply);
    }

    return replies_text;
}


static char *
replies_print(char *p, const redisReply *reply)
{
    size_t  i;

    switch (reply->type) {

    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
        *p++ = reply->type == REDIS_REPLY_STRING ? '$'
               : reply->type == REDIS_REPLY_STATUS ? '+' : '-';
        memcpy(p, reply->str, reply->len);
        p += reply->len;
        break;

    case REDIS_REPLY_INTEGER:
        p += sprintf(p, ":%lld", reply->integer);
        break;

    case REDIS_REPLY_NIL:
        p += sprintf(p, "nil");
        break;

    default: /* REDIS_REPLY_ARRAY */
        *p++ = '[';

        for (i = 0; i < reply->elements; i++) {
            p = replies_print(p, reply->element[i]);
        }

        *p++ = ']';
    }

    p += sprintf(p, " ");

    return p;
}
