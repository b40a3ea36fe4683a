
#include "check/strict.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


typedef struct {
    const char  *start;
    const char  *pos;
    const char  *end;
    const char  *what;         /* what is wrong at pos */
    size_t       depth;
} check_strict_t;


static const char *check_strict_utf8(const char *body, size_t len,
    size_t *offset);
static unsigned check_strict_value(check_strict_t *s);
static unsigned check_strict_members(check_strict_t *s, char close);
static unsigned check_strict_string(check_strict_t *s);
static unsigned check_strict_escape(check_strict_t *s);
static unsigned check_strict_number(check_strict_t *s);
static size_t check_strict_digits(check_strict_t *s);
static unsigned check_strict_word(check_strict_t *s, const char *word);
static void check_strict_space(check_strict_t *s);
static unsigned check_strict_take(check_strict_t *s, char c);
static unsigned check_strict_fail(check_strict_t *s, const char *what);
static int check_strict_numbers(check_strict_t *s, cJSON *item);
static int check_strict_next_number(check_strict_t *s, cJSON *item);


cJSON *
check_strict_read(const char *body, size_t len, char *why, size_t size)
{
    size_t           offset;
    cJSON           *json;
    const char      *what;
    check_strict_t   s;

    if (len == 0) {
        snprintf(why, size, "is empty");
        return NULL;
    }

    what = check_strict_utf8(body, len, &offset);

    if (what) {
        snprintf(why, size, "%s at byte %zu", what, offset);
        return NULL;
    }

    memset(&s, 0, sizeof(check_strict_t));

    s.start = body;
    s.pos = body;
    s.end = body + len;

    if (check_strict_value(&s)) {
        check_strict_space(&s);

        if (s.pos < s.end) {
            check_strict_fail(&s, "has more behind its value");
        }
    }

    if (s.what) {
        snprintf(why, size, "%s at byte %zu", s.what,
                 (size_t) (s.pos - s.start));
        return NULL;
    }

    json = cJSON_ParseWithLength(body, len);
    s.pos = body;

    if (json == NULL || check_strict_numbers(&s, json) != NGX_POLYCARD_OK) {
        snprintf(why, size, "cannot be read as JSON");
        cJSON_Delete(json);
        return NULL;
    }

    return json;
}


/* the C library checks UTF-8: overlong forms, surrogates, truncated ones */

static const char *
check_strict_utf8(const char *body, size_t len, size_t *offset)
{
    char         scratch[4096], *in, *out;
    size_t       rc, left, room;
    iconv_t      cd;
    const char  *what;

    cd = iconv_open("UCS-4LE", "UTF-8");

    if (cd == (iconv_t) -1) {
        return "cannot be converted by this system";
    }

    in = (char *) body;
    left = len;
    what = NULL;

    while (left && what == NULL) {
        out = scratch;
        room = sizeof(scratch);

        rc = iconv(cd, &in, &left, &out, &room);

        if (rc == (size_t) -1 && errno != E2BIG) {
            what = "is not UTF-8";
        }
    }

    iconv_close(cd);
    *offset = in - body;

    return what;
}


static unsigned
check_strict_value(check_strict_t *s)
{
    check_strict_space(s);

    if (s->pos == s->end) {
        return check_strict_fail(s, "breaks off");
    }

    switch (*s->pos) {

    case '{':
        return check_strict_members(s, '}');

    case '[':
        return check_strict_members(s, ']');

    case '"':
        return check_strict_string(s);

    case 't':
        return check_strict_word(s, "true");

    case 'f':
        return check_strict_word(s, "false");

    case 'n':
        return check_strict_word(s, "null");

    default:
        return check_strict_number(s);
    }
}


/* of an object or an array */

static unsigned
check_strict_members(check_strict_t *s, char close)
{
    if (++s->depth > CHECK_STRICT_DEPTH) {
        return check_strict_fail(s, "is too deep");
    }

    s->pos++;
    check_strict_space(s);

    if (check_strict_take(s, close)) {
        s->depth--;
        return 1;
    }

    do {
        if (close == '}') {
            check_strict_space(s);

            if (!check_strict_string(s)) {
                return 0;
            }

            check_strict_space(s);

            if (!check_strict_take(s, ':')) {
                return check_strict_fail(s, "is no JSON");
            }
        }

        if (!check_strict_value(s)) {
            return 0;
        }

        check_strict_space(s);

    } while (check_strict_take(s, ','));

    s->depth--;

    return check_strict_take(s, close) ? 1
           : check_strict_fail(s, s->pos == s->end ? "breaks off"
                                                   : "is no JSON");
}


static unsigned
check_strict_string(check_strict_t *s)
{
    if (!check_strict_take(s, '"')) {
        return check_strict_fail(s, s->pos == s->end ? "breaks off"
                                                     : "is no JSON");
    }

    while (s->pos < s->end) {

        if (*s->pos == '"') {
            s->pos++;
            return 1;
        }

        if ((u_char) *s->pos < 0x20) {
            return check_strict_fail(s, "has a control character that is not "
                                     "escaped");
        }

        if (*s->pos++ == '\\' && !check_strict_escape(s)) {
            return 0;
        }
    }

    return check_strict_fail(s, "breaks off");
}


static unsigned
check_strict_escape(check_strict_t *s)
{
    size_t  i;

    if (s->pos == s->end) {
        return check_strict_fail(s, "breaks off");
    }

    if (*s->pos != 'u') {
        return *s->pos && strchr("\"\\/bfnrt", *s->pos++)
               ? 1 : check_strict_fail(s, "has an escape that is none");
    }

    s->pos++;

    for (i = 0; i < 4; i++, s->pos++) {
        if (s->pos == s->end || *s->pos == '\0'
            || strchr("0123456789abcdefABCDEF", *s->pos) == NULL)
        {
            return check_strict_fail(s, "has an escape that is none");
        }
    }

    return 1;
}


static unsigned
check_strict_number(check_strict_t *s)
{
    unsigned  zero;

    check_strict_take(s, '-');

    zero = (s->pos < s->end && *s->pos == '0');

    if (zero) {
        s->pos++;

    } else if (check_strict_digits(s) == 0) {
        return check_strict_fail(s, "is no JSON");
    }

    if (check_strict_take(s, '.') && check_strict_digits(s) == 0) {
        return check_strict_fail(s, "has a number that is none");
    }

    if (check_strict_take(s, 'e') || check_strict_take(s, 'E')) {
        if (!check_strict_take(s, '+')) {
            check_strict_take(s, '-');
        }

        if (check_strict_digits(s) == 0) {
            return check_strict_fail(s, "has a number that is none");
        }
    }

    return (zero && check_strict_digits(s))
           ? check_strict_fail(s, "has a number that begins with 0") : 1;
}


static size_t
check_strict_digits(check_strict_t *s)
{
    size_t  n;

    for (n = 0; s->pos < s->end && *s->pos >= '0' && *s->pos <= '9'; n++) {
        s->pos++;
    }

    return n;
}


static unsigned
check_strict_word(check_strict_t *s, const char *word)
{
    size_t  len;

    len = strlen(word);

    if ((size_t) (s->end - s->pos) < len || memcmp(s->pos, word, len) != 0) {
        return check_strict_fail(s, "is no JSON");
    }

    s->pos += len;

    return 1;
}


static void
check_strict_space(check_strict_t *s)
{
    while (s->pos < s->end && *s->pos && strchr(" \t\r\n", *s->pos)) {
        s->pos++;
    }
}


static unsigned
check_strict_take(check_strict_t *s, char c)
{
    if (s->pos == s->end || *s->pos != c) {
        return 0;
    }

    s->pos++;

    return 1;
}


static unsigned
check_strict_fail(check_strict_t *s, const char *what)
{
    s->what = what;

    return 0;
}


/* cJSON's items come in the order of the text, and so do its numbers */

static int
check_strict_numbers(check_strict_t *s, cJSON *item)
{
    for ( /* void */ ; item; item = item->next) {

        if (cJSON_IsNumber(item)
            && check_strict_next_number(s, item) != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }

        if (check_strict_numbers(s, item->child) != NGX_POLYCARD_OK) {
            return NGX_POLYCARD_ERROR;
        }
    }

    return NGX_POLYCARD_OK;
}


static int
check_strict_next_number(check_strict_t *s, cJSON *item)
{
    size_t       len;
    const char  *p;

    while (s->pos < s->end && *s->pos != '-'
           && (*s->pos < '0' || *s->pos > '9'))
    {
        if (*s->pos == '"') {
            check_strict_string(s);

        } else {
            s->pos++;
        }
    }

    p = s->pos;
    check_strict_number(s);
    len = s->pos - p;

    /* cJSON_Delete() frees it by cJSON's own function */

    item->valuestring = cJSON_malloc(len + 1);

    if (item->valuestring == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    memcpy(item->valuestring, p, len);
    item->valuestring[len] = '\0';

    return NGX_POLYCARD_OK;
}
