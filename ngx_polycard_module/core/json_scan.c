
#include "core/json_scan.h"

#include <string.h>


/* objects and arrays within each other */
#define NGX_POLYCARD_JSON_DEPTH  1000


static int ngx_polycard_json_string(ngx_polycard_json_t *json,
    ngx_polycard_json_value_t *value);
static int ngx_polycard_json_escape(ngx_polycard_json_t *json);
static int ngx_polycard_json_unicode(ngx_polycard_json_t *json,
    unsigned *unit);
static int ngx_polycard_json_number(ngx_polycard_json_t *json,
    ngx_polycard_json_value_t *value);
static const u_char *ngx_polycard_json_digits(const u_char *p,
    const u_char *end);
static int ngx_polycard_json_word(ngx_polycard_json_t *json,
    ngx_polycard_json_value_t *value, const char *word,
    ngx_polycard_json_e type);
static int ngx_polycard_json_skip(ngx_polycard_json_t *json);
static int ngx_polycard_json_leave(ngx_polycard_json_t *json,
    const u_char *open, size_t *depth);


int
ngx_polycard_json_begin(ngx_polycard_json_t *json,
    const ngx_polycard_str_t *body)
{
    json->fault = "the body is not a JSON object";

    if (body->len == 0) {
        return NGX_POLYCARD_ERROR;
    }

    if (memchr(body->data, '\0', body->len)) {
        json->fault = "the body holds U+0000";
        return NGX_POLYCARD_ERROR;
    }

    json->pos = body->data;
    json->end = body->data + body->len;
    json->escapes = (memchr(body->data, '\\', body->len) != NULL);

    if (body->len > 3 && memcmp(body->data, "\xef\xbb\xbf", 3) == 0) {
        json->pos += 3;
    }

    return NGX_POLYCARD_OK;
}


u_char
ngx_polycard_json_peek(ngx_polycard_json_t *json)
{
    u_char  c;

    for ( /* void */ ; json->pos < json->end; json->pos++) {
        c = *json->pos;

        if (c > ' ' || (c != ' ' && c != '\t' && c != '\n' && c != '\r')) {
            return c;
        }
    }

    return '\0';
}


int
ngx_polycard_json_name(ngx_polycard_json_t *json,
    ngx_polycard_json_value_t *name)
{
    if (ngx_polycard_json_peek(json) != '"'
        || ngx_polycard_json_string(json, name) != NGX_POLYCARD_OK
        || ngx_polycard_json_peek(json) != ':')
    {
        return NGX_POLYCARD_ERROR;
    }

    json->pos++;

    return NGX_POLYCARD_OK;
}


int
ngx_polycard_json_value(ngx_polycard_json_t *json,
    ngx_polycard_json_value_t *value)
{
    value->escaped = 0;

    switch (ngx_polycard_json_peek(json)) {

    case '"':
        return ngx_polycard_json_string(json, value);

    case '{':
    case '[':
        value->type = NGX_POLYCARD_JSON_NESTED;
        return ngx_polycard_json_skip(json);

    case 't':
        return ngx_polycard_json_word(json, value, "true",
                                      NGX_POLYCARD_JSON_TRUE);

    case 'f':
        return ngx_polycard_json_word(json, value, "false",
                                      NGX_POLYCARD_JSON_FALSE);

    case 'n':
        return ngx_polycard_json_word(json, value, "null",
                                      NGX_POLYCARD_JSON_NULL);

    default:
        return ngx_polycard_json_number(json, value);
    }
}


/* pos is at the opening quote, and behind the closing one afterwards */

static int
ngx_polycard_json_string(ngx_polycard_json_t *json,
    ngx_polycard_json_value_t *value)
{
    const u_char  *p;

    value->type = NGX_POLYCARD_JSON_STRING;
    value->escaped = 0;
    value->start = ++json->pos;

    for ( ;; ) {
        p = memchr(json->pos, '"', json->end - json->pos);

        if (p == NULL) {
            return NGX_POLYCARD_ERROR;
        }

        value->end = p;

        if (json->escapes) {
            p = memchr(json->pos, '\\', p - json->pos);
        }

        if (p == value->end || p == NULL) {
            json->pos = value->end + 1;
            return NGX_POLYCARD_OK;
        }

        value->escaped = 1;
        json->pos = p + 1;

        if (ngx_polycard_json_escape(json) != NGX_POLYCARD_OK) {
            return NGX_POLYCARD_ERROR;
        }
    }
}


/* pos is behind the backslash, and behind the escape afterwards */

static int
ngx_polycard_json_escape(ngx_polycard_json_t *json)
{
    unsigned  high, low;

    if (json->pos == json->end) {
        return NGX_POLYCARD_ERROR;
    }

    if (*json->pos != 'u') {
        return strchr("\"\\/bfnrt", *json->pos++) ? NGX_POLYCARD_OK
                                                  : NGX_POLYCARD_ERROR;
    }

    if (ngx_polycard_json_unicode(json, &high) != NGX_POLYCARD_OK
        || (high & 0xfc00) == 0xdc00)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (high == 0) {
        json->fault = "the body holds U+0000";
        return NGX_POLYCARD_ERROR;
    }

    if ((high & 0xfc00) != 0xd800) {
        return NGX_POLYCARD_OK;
    }

    /* one half of a pair is no character */

    if (json->end - json->pos < 2 || *json->pos++ != '\\'
        || ngx_polycard_json_unicode(json, &low) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return (low & 0xfc00) == 0xdc00 ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


static int
ngx_polycard_json_unicode(ngx_polycard_json_t *json, unsigned *unit)
{
    size_t         i;
    const u_char  *p;

    p = json->pos;

    if (json->end - p < 5 || *p++ != 'u') {
        return NGX_POLYCARD_ERROR;
    }

    for (i = 0; i < 4; i++) {
        if (!((p[i] >= '0' && p[i] <= '9')
              || ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'f')))
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    *unit = ngx_polycard_json_hex(p);
    json->pos = p + 4;

    return NGX_POLYCARD_OK;
}


/*
 * A few more than JSON's are taken for numbers, such as 01 and 1.: whoever
 * sends them is told which attribute is wrong.
 */

static int
ngx_polycard_json_number(ngx_polycard_json_t *json,
    ngx_polycard_json_value_t *value)
{
    size_t         digits;
    const u_char  *p, *end, *part;

    end = json->end;
    p = json->pos;
    p += (p < end && *p == '-');

    part = p;
    p = ngx_polycard_json_digits(p, end);
    digits = p - part;

    /* it begins with a minus or a digit */

    if (p == json->pos) {
        return NGX_POLYCARD_ERROR;
    }

    if (p < end && *p == '.') {
        part = p + 1;
        p = ngx_polycard_json_digits(part, end);
        digits += p - part;
    }

    if (digits == 0) {
        return NGX_POLYCARD_ERROR;
    }

    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        part = p + (p < end && (*p == '+' || *p == '-'));
        p = ngx_polycard_json_digits(part, end);

        if (p == part) {
            return NGX_POLYCARD_ERROR;
        }
    }

    value->type = NGX_POLYCARD_JSON_NUMBER;
    value->start = json->pos;
    value->end = p;

    json->pos = p;

    return NGX_POLYCARD_OK;
}


static const u_char *
ngx_polycard_json_digits(const u_char *p, const u_char *end)
{
    while (p < end && *p >= '0' && *p <= '9') {
        p++;
    }

    return p;
}


static int
ngx_polycard_json_word(ngx_polycard_json_t *json,
    ngx_polycard_json_value_t *value, const char *word,
    ngx_polycard_json_e type)
{
    size_t  len;

    len = strlen(word);

    if ((size_t) (json->end - json->pos) < len
        || memcmp(json->pos, word, len) != 0)
    {
        return NGX_POLYCARD_ERROR;
    }

    value->type = type;
    json->pos += len;

    return NGX_POLYCARD_OK;
}


/* an object or an array, whose brackets are remembered instead of recursion */

static int
ngx_polycard_json_skip(ngx_polycard_json_t *json)
{
    u_char                     c, open[NGX_POLYCARD_JSON_DEPTH];
    size_t                     depth;
    ngx_polycard_json_value_t  ignored;

    depth = 0;

    do {
        c = ngx_polycard_json_peek(json);

        if (c == '{' || c == '[') {

            if (depth == NGX_POLYCARD_JSON_DEPTH) {
                return NGX_POLYCARD_ERROR;
            }

            open[depth++] = c;
            json->pos++;

            /* the closing bracket is two above the opening one */

            if (ngx_polycard_json_peek(json) != c + 2) {

                if (c == '{'
                    && ngx_polycard_json_name(json, &ignored)
                       != NGX_POLYCARD_OK)
                {
                    return NGX_POLYCARD_ERROR;
                }

                continue;
            }

        } else if (ngx_polycard_json_value(json, &ignored)
                   != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }

        if (ngx_polycard_json_leave(json, open, &depth) != NGX_POLYCARD_OK) {
            return NGX_POLYCARD_ERROR;
        }

    } while (depth);

    return NGX_POLYCARD_OK;
}


/* behind a value: the ends of what it is the last of, or to the next value */

static int
ngx_polycard_json_leave(ngx_polycard_json_t *json, const u_char *open,
    size_t *depth)
{
    u_char                     c;
    ngx_polycard_json_value_t  name;

    while (*depth) {
        c = ngx_polycard_json_peek(json);
        json->pos++;

        if (c == ',') {
            return open[*depth - 1] == '{'
                   ? ngx_polycard_json_name(json, &name) : NGX_POLYCARD_OK;
        }

        if (c != open[*depth - 1] + 2) {
            return NGX_POLYCARD_ERROR;
        }

        (*depth)--;
    }

    return NGX_POLYCARD_OK;
}


unsigned
ngx_polycard_json_hex(const u_char *s)
{
    size_t    i;
    unsigned  n;

    for (n = 0, i = 0; i < 4; i++) {
        n = n << 4 | (s[i] <= '9' ? s[i] - '0' : (s[i] | 0x20) - 'a' + 10);
    }

    return n;
}
