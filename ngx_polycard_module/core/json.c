
#include "core/json.h"
#include "core/json_scan.h"

#include <string.h>


static int ngx_polycard_json_object(ngx_polycard_json_t *json,
    ngx_polycard_input_t *in);
static int ngx_polycard_json_member(ngx_polycard_input_t *in,
    const ngx_polycard_json_value_t *name,
    const ngx_polycard_json_value_t *value);
static int ngx_polycard_json_index(ngx_polycard_input_t *in,
    const ngx_polycard_json_value_t *name);
static int ngx_polycard_json_text(ngx_polycard_input_t *in,
    const ngx_polycard_json_value_t *value, ngx_polycard_str_t *text);
static u_char *ngx_polycard_json_unescape(u_char *p, const u_char *s,
    const u_char *end);
static u_char *ngx_polycard_json_point(u_char *p, unsigned point);
static unsigned ngx_polycard_json_fits(ngx_polycard_type_e type,
    ngx_polycard_json_e value);
static const char *ngx_polycard_json_expected(ngx_polycard_type_e type);


int
ngx_polycard_json_read(ngx_polycard_input_t *in,
    const ngx_polycard_str_t *body)
{
    size_t               noted;
    uint32_t             wrong;
    ngx_polycard_json_t  json;

    /* before the body was read */

    noted = strlen(in->error);
    wrong = in->wrong;

    if (ngx_polycard_json_begin(&json, body) == NGX_POLYCARD_OK
        && ngx_polycard_json_object(&json, in) == NGX_POLYCARD_OK
        && ngx_polycard_json_peek(&json) == '\0')
    {
        return in->error[0] && !in->all ? NGX_POLYCARD_ERROR
                                        : NGX_POLYCARD_OK;
    }

    /* what was wrong with members does not matter: there are none */

    in->error[noted] = '\0';
    in->wrong = wrong;

    return ngx_polycard_input_fail(in, -1, json.fault);
}


unsigned
ngx_polycard_json_begins(const ngx_polycard_str_t *body)
{
    const u_char  *p, *end;

    p = body->data;
    end = body->data + body->len;

    if (body->len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
        p += 3;
    }

    /* a form does not begin with control characters either */

    while (p < end && *p <= ' ') {
        p++;
    }

    return p < end && (*p == '{' || *p == '[');
}


/* the members, until there is an error in one: the rest is only read */

static int
ngx_polycard_json_object(ngx_polycard_json_t *json, ngx_polycard_input_t *in)
{
    u_char                     c;
    ngx_polycard_json_value_t  name, value;

    if (ngx_polycard_json_peek(json) != '{') {
        return NGX_POLYCARD_ERROR;
    }

    json->pos++;

    if (ngx_polycard_json_peek(json) == '}') {
        json->pos++;
        return NGX_POLYCARD_OK;
    }

    for ( ;; ) {
        if (ngx_polycard_json_name(json, &name) != NGX_POLYCARD_OK
            || ngx_polycard_json_value(json, &value) != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }

        if (in->all || in->error[0] == '\0') {
            (void) ngx_polycard_json_member(in, &name, &value);
        }

        c = ngx_polycard_json_peek(json);

        if (c != ',' && c != '}') {
            return NGX_POLYCARD_ERROR;
        }

        json->pos++;

        if (c == '}') {
            return NGX_POLYCARD_OK;
        }
    }
}


static int
ngx_polycard_json_member(ngx_polycard_input_t *in,
    const ngx_polycard_json_value_t *name,
    const ngx_polycard_json_value_t *value)
{
    int                              index;
    ngx_polycard_str_t               text;
    const ngx_polycard_attribute_t  *a;

    index = ngx_polycard_json_index(in, name);

    if (index == -1) {
        return NGX_POLYCARD_OK;
    }

    a = &in->table->attribute[index];

    if (!ngx_polycard_json_fits(a->type, value->type)) {
        return ngx_polycard_input_fail(in, index,
                                       ngx_polycard_json_expected(a->type));
    }

    if (ngx_polycard_json_text(in, value, &text) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    return ngx_polycard_input_set(in, index, text.data, text.len);
}


/* a name is not kept */

static int
ngx_polycard_json_index(ngx_polycard_input_t *in,
    const ngx_polycard_json_value_t *name)
{
    u_char              *pos;
    ngx_polycard_str_t   text;

    if (!name->escaped) {
        return ngx_polycard_input_index(in, name->start,
                                        name->end - name->start);
    }

    pos = in->pos;

    if (ngx_polycard_json_text(in, name, &text) != NGX_POLYCARD_OK) {
        return -1;
    }

    in->pos = pos;

    return ngx_polycard_input_index(in, text.data, text.len);
}


/* a copy in the scratch memory, which is not shorter than the body */

static int
ngx_polycard_json_text(ngx_polycard_input_t *in,
    const ngx_polycard_json_value_t *value, ngx_polycard_str_t *text)
{
    switch (value->type) {

    case NGX_POLYCARD_JSON_TRUE:
        text->len = 4;
        text->data = ngx_polycard_input_copy(in, (u_char *) "true", 4);
        break;

    case NGX_POLYCARD_JSON_FALSE:
        text->len = 5;
        text->data = ngx_polycard_input_copy(in, (u_char *) "false", 5);
        break;

    case NGX_POLYCARD_JSON_NULL:
        text->len = 0;
        text->data = ngx_polycard_input_copy(in, (u_char *) "", 0);
        break;

    default:
        text->len = value->end - value->start;
        text->data = ngx_polycard_input_copy(in, value->start, text->len);
    }

    if (text->data == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    if (value->escaped) {
        in->pos = ngx_polycard_json_unescape(text->data, value->start,
                                             value->end);
        text->len = in->pos - text->data;
    }

    return NGX_POLYCARD_OK;
}


/* the escapes were checked; each is longer than what it stands for */

static u_char *
ngx_polycard_json_unescape(u_char *p, const u_char *s, const u_char *end)
{
    unsigned            point;
    const char         *letter;
    static const char   letters[] = "bfnrt";

    while (s < end) {

        if (*s != '\\') {
            *p++ = *s++;
            continue;
        }

        if (s[1] != 'u') {
            letter = strchr(letters, s[1]);
            *p++ = letter ? (u_char) "\b\f\n\r\t"[letter - letters] : s[1];
            s += 2;
            continue;
        }

        point = ngx_polycard_json_hex(s + 2);
        s += 6;

        if ((point & 0xfc00) == 0xd800) {
            point = 0x10000 + ((point & 0x3ff) << 10)
                    + (ngx_polycard_json_hex(s + 2) & 0x3ff);
            s += 6;
        }

        p = ngx_polycard_json_point(p, point);
    }

    return p;
}


/* in UTF-8 */

static u_char *
ngx_polycard_json_point(u_char *p, unsigned point)
{
    if (point < 0x80) {
        *p++ = (u_char) point;
        return p;
    }

    if (point < 0x800) {
        *p++ = (u_char) (0xc0 | point >> 6);

    } else {

        if (point < 0x10000) {
            *p++ = (u_char) (0xe0 | point >> 12);

        } else {
            *p++ = (u_char) (0xf0 | point >> 18);
            *p++ = (u_char) (0x80 | (point >> 12 & 0x3f));
        }

        *p++ = (u_char) (0x80 | (point >> 6 & 0x3f));
    }

    *p++ = (u_char) (0x80 | (point & 0x3f));

    return p;
}


/* any attribute may be a string, or null; some a number or a word */

static unsigned
ngx_polycard_json_fits(ngx_polycard_type_e type, ngx_polycard_json_e value)
{
    switch (value) {

    case NGX_POLYCARD_JSON_STRING:
    case NGX_POLYCARD_JSON_NULL:
        return 1;

    case NGX_POLYCARD_JSON_NUMBER:
        return type == NGX_POLYCARD_TYPE_AMOUNT
               || type == NGX_POLYCARD_TYPE_INTEGER
               || type == NGX_POLYCARD_TYPE_ID
               || type == NGX_POLYCARD_TYPE_FLAG;

    case NGX_POLYCARD_JSON_TRUE:
    case NGX_POLYCARD_JSON_FALSE:
        return type == NGX_POLYCARD_TYPE_FLAG;

    default: /* NGX_POLYCARD_JSON_NESTED */
        return 0;
    }
}


static const char *
ngx_polycard_json_expected(ngx_polycard_type_e type)
{
    switch (type) {

    case NGX_POLYCARD_TYPE_AMOUNT:
    case NGX_POLYCARD_TYPE_INTEGER:
    case NGX_POLYCARD_TYPE_ID:
        return "must be a number";

    case NGX_POLYCARD_TYPE_FLAG:
        return "must be true or false";

    default:
        return "must be a string";
    }
}
