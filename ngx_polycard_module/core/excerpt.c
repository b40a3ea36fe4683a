
#include "core/attributes.h"
#include "core/excerpt.h"
#include "core/phone.h"
#include "core/text.h"

#include <stdint.h>
#include <string.h>

#include <cjson/cJSON.h>


/* shorter ones are not phones, and are frequent in answers of servers */
#define NGX_POLYCARD_EXCERPT_DIGITS  9


/* what must not be shown; the values are in memory of cJSON */

typedef struct {
    const ngx_polycard_str_t  *token;
    cJSON                     *root;
    size_t                     n;
    ngx_polycard_str_t         value[NGX_POLYCARD_ATTRIBUTES_MAX];
} ngx_polycard_secrets_t;


static int ngx_polycard_excerpt_read_data(ngx_polycard_secrets_t *secrets,
    const ngx_polycard_str_t *data);
static unsigned ngx_polycard_excerpt_is_personal(const char *name);
static size_t ngx_polycard_excerpt_length(const ngx_polycard_str_t *body);
static void ngx_polycard_excerpt_mask(u_char *copy, size_t n,
    const ngx_polycard_str_t *body, const ngx_polycard_secrets_t *secrets);
static size_t ngx_polycard_excerpt_secret(const u_char *start,
    const u_char *p, const u_char *end,
    const ngx_polycard_secrets_t *secrets);
static size_t ngx_polycard_excerpt_digits(const u_char *start,
    const u_char *p, const u_char *end);
static size_t ngx_polycard_excerpt_match(const u_char *p, const u_char *end,
    const ngx_polycard_str_t *value);
static uint32_t ngx_polycard_excerpt_char(const u_char **pos,
    const u_char *end);
static uint32_t ngx_polycard_excerpt_escape(const u_char **pos,
    const u_char *end);
static int32_t ngx_polycard_excerpt_hex(const u_char *p, const u_char *end);
static uint32_t ngx_polycard_excerpt_fold(uint32_t point);


u_char *
ngx_polycard_excerpt_print(u_char *p, const ngx_polycard_str_t *body,
    const ngx_polycard_str_t *token, const ngx_polycard_str_t *data)
{
    size_t                   n;
    u_char                  *s, *end, copy[NGX_POLYCARD_EXCERPT_MAX];
    unsigned                 flaws;
    ngx_polycard_str_t       text;
    ngx_polycard_secrets_t   secrets;

    secrets.token = token;

    if (ngx_polycard_excerpt_read_data(&secrets, data) != NGX_POLYCARD_OK) {
        return p;
    }

    n = ngx_polycard_excerpt_length(body);

    ngx_polycard_excerpt_mask(copy, n, body, &secrets);
    cJSON_Delete(secrets.root);

    /* what JSON would escape stays readable */

    flaws = 0;
    end = copy + n;

    for (s = copy; s < end; s++) {

        for (text.data = s; s < end && *s != '"' && *s != '\\'; s++) {
            /* void */
        }

        text.len = s - text.data;
        p = ngx_polycard_text_print(p, &text, text.len, &flaws);

        if (s < end) {
            *p++ = *s;
        }
    }

    return p;
}


static int
ngx_polycard_excerpt_read_data(ngx_polycard_secrets_t *secrets,
    const ngx_polycard_str_t *data)
{
    size_t        len;
    const cJSON  *item;

    secrets->n = 0;
    secrets->root = NULL;

    if (data->len == 0) {
        return NGX_POLYCARD_OK;
    }

    secrets->root = cJSON_ParseWithLength((char *) data->data, data->len);

    if (secrets->root == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    cJSON_ArrayForEach(item, secrets->root) {

        if (!cJSON_IsString(item) || item->string == NULL
            || !ngx_polycard_excerpt_is_personal(item->string))
        {
            continue;
        }

        len = strlen(item->valuestring);

        if (len && secrets->n < NGX_POLYCARD_ATTRIBUTES_MAX) {
            secrets->value[secrets->n].data = (u_char *) item->valuestring;
            secrets->value[secrets->n].len = len;
            secrets->n++;
        }
    }

    return NGX_POLYCARD_OK;
}


/* of a client; data of a group are not secret */

static unsigned
ngx_polycard_excerpt_is_personal(const char *name)
{
    size_t                           i;
    const ngx_polycard_attribute_t  *a;

    for (i = 0; i < ngx_polycard_client.n; i++) {
        a = &ngx_polycard_client.attribute[i];

        if (strlen(name) == a->name.len
            && memcmp(name, a->name.data, a->name.len) == 0)
        {
            return a->type == NGX_POLYCARD_TYPE_PHONE
                   || a->type == NGX_POLYCARD_TYPE_TEXT
                   || a->type == NGX_POLYCARD_TYPE_CARD
                   || a->type == NGX_POLYCARD_TYPE_DATE;
        }
    }

    return 0;
}


static size_t
ngx_polycard_excerpt_length(const ngx_polycard_str_t *body)
{
    size_t  n;

    if (body->len <= NGX_POLYCARD_EXCERPT_MAX) {
        return body->len;
    }

    /* not in the middle of a character */

    for (n = NGX_POLYCARD_EXCERPT_MAX;
         n > NGX_POLYCARD_EXCERPT_MAX - 4 && (body->data[n] & 0xc0) == 0x80;
         n--)
    {
        /* void */
    }

    return n;
}


/* a value that begins within the excerpt, and may end after it */

static void
ngx_polycard_excerpt_mask(u_char *copy, size_t n,
    const ngx_polycard_str_t *body, const ngx_polycard_secrets_t *secrets)
{
    size_t         i, len;
    const u_char  *start;

    if (n == 0) {
        return;
    }

    start = body->data;
    memcpy(copy, start, n);

    for (i = 0; i < n; i++) {
        len = ngx_polycard_excerpt_secret(start, start + i, start + body->len,
                                          secrets);
        memset(copy + i, '*', len < n - i ? len : n - i);
    }
}


/* the length of a text at p that must not be shown */

static size_t
ngx_polycard_excerpt_secret(const u_char *start, const u_char *p,
    const u_char *end, const ngx_polycard_secrets_t *secrets)
{
    size_t                     i, n, len;
    const ngx_polycard_str_t  *token;

    token = secrets->token;
    len = ngx_polycard_excerpt_digits(start, p, end);

    if (token->len > len && token->len <= (size_t) (end - p)
        && memcmp(p, token->data, token->len) == 0)
    {
        len = token->len;
    }

    for (i = 0; i < secrets->n; i++) {
        n = ngx_polycard_excerpt_match(p, end, &secrets->value[i]);

        if (n > len) {
            len = n;
        }
    }

    return len;
}


/* only the first digit of a run can begin a number */

static size_t
ngx_polycard_excerpt_digits(const u_char *start, const u_char *p,
    const u_char *end)
{
    size_t  n;

    if (p > start && p[-1] >= '0' && p[-1] <= '9') {
        return 0;
    }

    n = ngx_polycard_phone_match(p, end);

    if (n) {
        return n;
    }

    while (p + n < end && p[n] >= '0' && p[n] <= '9') {
        n++;
    }

    return n >= NGX_POLYCARD_EXCERPT_DIGITS ? n : 0;
}


/* how many bytes at p are the value, character by character; 0: none */

static size_t
ngx_polycard_excerpt_match(const u_char *p, const u_char *end,
    const ngx_polycard_str_t *value)
{
    size_t         n;
    const u_char  *s, *v, *last;

    s = p;
    v = value->data;
    last = v + value->len;

    for (n = 0; v < last; n++) {

        if (s == end
            || ngx_polycard_excerpt_char(&s, end)
               != ngx_polycard_excerpt_char(&v, last))
        {
            return 0;
        }
    }

    return n >= 2 ? (size_t) (s - p) : 0;
}


/* the character at *pos, which is moved past it, in lower case */

static uint32_t
ngx_polycard_excerpt_char(const u_char **pos, const u_char *end)
{
    size_t    n;
    u_char    ch;
    uint32_t  point;

    ch = *(*pos)++;

    if (ch == '\\') {
        return ngx_polycard_excerpt_fold(ngx_polycard_excerpt_escape(pos,
                                                                     end));
    }

    n = ch < 0xc0 ? 0 : ch < 0xe0 ? 1 : ch < 0xf0 ? 2 : 3;
    point = n ? ch & (0x3f >> n) : ch;

    for ( /* void */ ; n && *pos < end && (**pos & 0xc0) == 0x80; n--) {
        point = point << 6 | (*(*pos)++ & 0x3f);
    }

    return ngx_polycard_excerpt_fold(point);
}


/* the character of a JSON escape, which may be escaped once more */

static uint32_t
ngx_polycard_excerpt_escape(const u_char **pos, const u_char *end)
{
    int32_t        high, low;
    const u_char  *p;

    for (p = *pos; p < end && *p == '\\'; p++) { /* void */ }

    if (p == end) {
        *pos = p;
        return '\\';
    }

    high = *p == 'u' ? ngx_polycard_excerpt_hex(p + 1, end) : -1;

    if (high < 0) {
        *pos = p + 1;
        return *p;
    }

    p += 5;
    *pos = p;

    if (high < 0xd800 || high > 0xdbff || p == end || *p != '\\') {
        return high;
    }

    while (p < end && *p == '\\') {
        p++;
    }

    low = p < end && *p == 'u' ? ngx_polycard_excerpt_hex(p + 1, end) : -1;

    if (low < 0xdc00 || low > 0xdfff) {
        return high;
    }

    *pos = p + 5;

    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}


/* four hex digits; -1: there are none */

static int32_t
ngx_polycard_excerpt_hex(const u_char *p, const u_char *end)
{
    u_char   ch;
    size_t   i;
    int32_t  n;

    if (end - p < 4) {
        return -1;
    }

    for (n = 0, i = 0; i < 4; i++) {
        ch = p[i] | 0x20;

        if (p[i] >= '0' && p[i] <= '9') {
            n = n << 4 | (p[i] - '0');

        } else if (ch >= 'a' && ch <= 'f') {
            n = n << 4 | (ch - 'a' + 10);

        } else {
            return -1;
        }
    }

    return n;
}


/* Latin and Cyrillic; others are compared as they are */

static uint32_t
ngx_polycard_excerpt_fold(uint32_t point)
{
    if ((point >= 'A' && point <= 'Z') || (point >= 0xc0 && point <= 0xde)
        || (point >= 0x410 && point <= 0x42f))
    {
        return point + 0x20;
    }

    if (point >= 0x400 && point <= 0x40f) {
        return point + 0x50;
    }

    if ((point >= 0x460 && point <= 0x480)
        || (point >= 0x48a && point <= 0x4be)
        || (point >= 0x4d0 && point <= 0x52e))
    {
        return point | 1;
    }

    return point;
}
