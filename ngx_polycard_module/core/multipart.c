
#include "core/multipart.h"

#include <string.h>


#define NGX_POLYCARD_BOUNDARY_MAX     70

/* room for the name of a part; those of the tables are shorter */
#define NGX_POLYCARD_NAME_MAX         32

/* what a line is: a delimiter before a part, behind the last part, or none */
#define NGX_POLYCARD_DELIMITER_PART   1
#define NGX_POLYCARD_DELIMITER_FINAL  2


static unsigned ngx_polycard_multipart_delimiter(const u_char **line,
    const u_char *end, const ngx_polycard_str_t *boundary);
static int ngx_polycard_multipart_read_part(ngx_polycard_input_t *in,
    const u_char *p, const u_char *end);
static const u_char *ngx_polycard_multipart_next_line(const u_char *p,
    const u_char *end);
static const u_char *ngx_polycard_multipart_next_header(const u_char *p,
    const u_char *end);
static unsigned ngx_polycard_multipart_disposition(const u_char *p,
    const u_char *end, ngx_polycard_str_t *header);
static int ngx_polycard_multipart_parameter(const ngx_polycard_str_t *header,
    const char *name, ngx_polycard_str_t *value);
static const u_char *ngx_polycard_multipart_value(const u_char *p,
    const u_char *end, ngx_polycard_str_t *value);
static size_t ngx_polycard_multipart_unescape(u_char *p,
    const ngx_polycard_str_t *value);
static const u_char *ngx_polycard_multipart_token(const u_char *p,
    const u_char *end);
static const u_char *ngx_polycard_multipart_skip(const u_char *p,
    const u_char *end);
static unsigned ngx_polycard_multipart_is(const u_char *p, const u_char *end,
    const char *lower);


int
ngx_polycard_multipart_boundary(const ngx_polycard_str_t *content_type,
    ngx_polycard_str_t *boundary)
{
    size_t              i;
    u_char              c;
    static const char   special[] = "'()+_,-./:=? ";

    if (ngx_polycard_multipart_parameter(content_type, "boundary", boundary)
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (boundary->len == 0 || boundary->len > NGX_POLYCARD_BOUNDARY_MAX
        || boundary->data[boundary->len - 1] == ' ')
    {
        return NGX_POLYCARD_ERROR;
    }

    for (i = 0; i < boundary->len; i++) {
        c = boundary->data[i];

        if (!((c >= '0' && c <= '9')
              || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
              || memchr(special, c, sizeof(special) - 1)))
        {
            return NGX_POLYCARD_ERROR;
        }
    }

    return NGX_POLYCARD_OK;
}


int
ngx_polycard_multipart_read(ngx_polycard_input_t *in,
    const ngx_polycard_str_t *body, const ngx_polycard_str_t *boundary)
{
    unsigned       delimiter;
    const u_char  *p, *line, *part, *end;

    part = NULL;
    line = body->data;
    end = body->len ? body->data + body->len : body->data;

    while (line < end) {
        p = line;
        delimiter = ngx_polycard_multipart_delimiter(&p, end, boundary);

        if (delimiter == 0) {
            line = ngx_polycard_multipart_next_line(line, end);
            continue;
        }

        /* the line break before a delimiter belongs to the delimiter */

        if (part
            && ngx_polycard_multipart_read_part(in, part,
                                          line - part > 2 ? line - 2 : part)
               != NGX_POLYCARD_OK)
        {
            return NGX_POLYCARD_ERROR;
        }

        if (delimiter == NGX_POLYCARD_DELIMITER_FINAL) {
            return NGX_POLYCARD_OK;
        }

        part = p;
        line = p;
    }

    return ngx_polycard_input_fail(in, -1, "the body has no final boundary");
}


/* where the line is a delimiter, it is moved behind it */

static unsigned
ngx_polycard_multipart_delimiter(const u_char **line, const u_char *end,
    const ngx_polycard_str_t *boundary)
{
    unsigned       delimiter;
    const u_char  *p;

    p = *line;

    if ((size_t) (end - p) < 2 + boundary->len
        || p[0] != '-' || p[1] != '-'
        || memcmp(p + 2, boundary->data, boundary->len) != 0)
    {
        return 0;
    }

    p += 2 + boundary->len;
    delimiter = NGX_POLYCARD_DELIMITER_PART;

    if (end - p >= 2 && p[0] == '-' && p[1] == '-') {
        p += 2;
        delimiter = NGX_POLYCARD_DELIMITER_FINAL;
    }

    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }

    if (end - p >= 2 && p[0] == '\r' && p[1] == '\n') {
        *line = p + 2;
        return delimiter;
    }

    if (p == end && delimiter == NGX_POLYCARD_DELIMITER_FINAL) {
        return delimiter;
    }

    return 0;
}


static int
ngx_polycard_multipart_read_part(ngx_polycard_input_t *in, const u_char *p,
    const u_char *end)
{
    int                  index;
    u_char               name[NGX_POLYCARD_NAME_MAX];
    size_t               len;
    unsigned             found;
    const u_char        *next;
    ngx_polycard_str_t   header, value;

    found = 0;

    for ( /* void */ ; p < end; p = next) {

        if (end - p >= 2 && p[0] == '\r' && p[1] == '\n') {
            p += 2;
            break;
        }

        next = ngx_polycard_multipart_next_header(p, end);

        if (!found) {
            found = ngx_polycard_multipart_disposition(p, next, &header);
        }
    }

    if (!found
        || ngx_polycard_multipart_parameter(&header, "name", &value)
           != NGX_POLYCARD_OK)
    {
        return ngx_polycard_input_fail(in, -1,
                                       "a part of the body has no name");
    }

    len = ngx_polycard_multipart_unescape(name, &value);
    index = ngx_polycard_input_index(in, name, len);

    if (index == -1) {
        return NGX_POLYCARD_OK;
    }

    return ngx_polycard_input_set(in, index, (u_char *) p, end - p);
}


static const u_char *
ngx_polycard_multipart_next_line(const u_char *p, const u_char *end)
{
    const u_char  *start;

    start = p;

    for ( /* void */ ; p < end; p++) {
        p = memchr(p, '\n', end - p);

        if (p == NULL) {
            break;
        }

        if (p > start && p[-1] == '\r') {
            return p + 1;
        }
    }

    return end;
}


/* a line and those that continue it, which begin with white space */

static const u_char *
ngx_polycard_multipart_next_header(const u_char *p, const u_char *end)
{
    const u_char  *next;

    next = ngx_polycard_multipart_next_line(p, end);

    while (next < end && (*next == ' ' || *next == '\t')) {
        next = ngx_polycard_multipart_next_line(next, end);
    }

    return next;
}


/* 1: the header is Content-Disposition: form-data, *header is its value */

static unsigned
ngx_polycard_multipart_disposition(const u_char *p, const u_char *end,
    ngx_polycard_str_t *header)
{
    const u_char  *last;

    last = ngx_polycard_multipart_token(p, end);

    if (!ngx_polycard_multipart_is(p, last, "content-disposition")) {
        return 0;
    }

    p = ngx_polycard_multipart_skip(last, end);

    if (p == end || *p != ':') {
        return 0;
    }

    p = ngx_polycard_multipart_skip(p + 1, end);
    last = ngx_polycard_multipart_token(p, end);

    header->data = (u_char *) p;
    header->len = end - p;

    return ngx_polycard_multipart_is(p, last, "form-data");
}


/* the first parameter of that name; what is quoted keeps its backslashes */

static int
ngx_polycard_multipart_parameter(const ngx_polycard_str_t *header,
    const char *name, ngx_polycard_str_t *value)
{
    unsigned       found;
    const u_char  *p, *last, *end;

    if (header->len == 0) {
        return NGX_POLYCARD_ERROR;
    }

    p = header->data;
    end = p + header->len;

    while ((p = memchr(p, ';', end - p)) != NULL) {

        p = ngx_polycard_multipart_skip(p + 1, end);
        last = ngx_polycard_multipart_token(p, end);
        found = ngx_polycard_multipart_is(p, last, name);

        p = ngx_polycard_multipart_skip(last, end);

        if (p == end || *p != '=') {
            continue;
        }

        p = ngx_polycard_multipart_skip(p + 1, end);
        p = ngx_polycard_multipart_value(p, end, value);

        if (p == NULL) {
            break;
        }

        if (found) {
            return NGX_POLYCARD_OK;
        }
    }

    return NGX_POLYCARD_ERROR;
}


/* returns the end of the value, or NULL where a closing quote is missing */

static const u_char *
ngx_polycard_multipart_value(const u_char *p, const u_char *end,
    ngx_polycard_str_t *value)
{
    if (p == end || *p != '"') {
        value->data = (u_char *) p;

        while (p < end && *p != ';'
               && ngx_polycard_multipart_skip(p, end) == p)
        {
            p++;
        }

        value->len = p - value->data;

        return p;
    }

    value->data = (u_char *) ++p;

    for ( /* void */ ; p < end; p++) {

        if (*p == '"') {
            value->len = p - value->data;
            return p + 1;
        }

        p += (*p == '\\' && end - p > 1);
    }

    return NULL;
}


static size_t
ngx_polycard_multipart_unescape(u_char *p, const ngx_polycard_str_t *value)
{
    size_t  i, n;

    for (i = 0, n = 0; i < value->len && n < NGX_POLYCARD_NAME_MAX; i++) {
        i += (value->data[i] == '\\' && i + 1 < value->len);
        p[n++] = value->data[i];
    }

    return n;
}


static const u_char *
ngx_polycard_multipart_token(const u_char *p, const u_char *end)
{
    while (p < end && *p > ' ' && *p != ':' && *p != ';' && *p != '=') {
        p++;
    }

    return p;
}


static const u_char *
ngx_polycard_multipart_skip(const u_char *p, const u_char *end)
{
    while (p < end
           && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
    {
        p++;
    }

    return p;
}


static unsigned
ngx_polycard_multipart_is(const u_char *p, const u_char *end,
    const char *lower)
{
    for ( /* void */ ; p < end && *lower; p++, lower++) {
        if ((*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p) != *lower) {
            return 0;
        }
    }

    return p == end && *lower == '\0';
}
