
#include "core/accept.h"

#include <string.h>
#include <strings.h>


/* q in thousandths */
#define NGX_POLYCARD_ACCEPT_ONE  1000


typedef struct {
    ngx_polycard_str_t      name;
    ngx_polycard_format_e   format;
} ngx_polycard_accept_name_t;


static ngx_polycard_format_e ngx_polycard_accept_find(
    const ngx_polycard_accept_name_t *names, const ngx_polycard_str_t *name);
static ngx_polycard_str_t ngx_polycard_accept_part(ngx_polycard_str_t *rest,
    u_char separator);
static int ngx_polycard_accept_weight(ngx_polycard_str_t parameters);
static int ngx_polycard_accept_number(const ngx_polycard_str_t *text);


static const ngx_polycard_accept_name_t  ngx_polycard_format_names[] = {
    { ngx_polycard_string("json"), NGX_POLYCARD_FORMAT_JSON },
    { ngx_polycard_string("prometheus"), NGX_POLYCARD_FORMAT_PROMETHEUS },
    { ngx_polycard_string("html"), NGX_POLYCARD_FORMAT_HTML },
    { ngx_polycard_string("history"), NGX_POLYCARD_FORMAT_HISTORY },
    { { 0, NULL }, NGX_POLYCARD_FORMAT_UNKNOWN }
};


static const ngx_polycard_accept_name_t  ngx_polycard_accept_types[] = {
    { ngx_polycard_string("text/html"), NGX_POLYCARD_FORMAT_HTML },
    { ngx_polycard_string("application/xhtml+xml"), NGX_POLYCARD_FORMAT_HTML },
    { ngx_polycard_string("application/json"), NGX_POLYCARD_FORMAT_JSON },
    { ngx_polycard_string("application/*"), NGX_POLYCARD_FORMAT_JSON },
    { ngx_polycard_string("*/*"), NGX_POLYCARD_FORMAT_JSON },
    { ngx_polycard_string("text/plain"), NGX_POLYCARD_FORMAT_PROMETHEUS },
    { ngx_polycard_string("text/*"), NGX_POLYCARD_FORMAT_PROMETHEUS },
    { ngx_polycard_string("application/openmetrics-text"),
      NGX_POLYCARD_FORMAT_PROMETHEUS },
    { { 0, NULL }, NGX_POLYCARD_FORMAT_UNKNOWN }
};


static ngx_polycard_format_e
ngx_polycard_accept_find(const ngx_polycard_accept_name_t *names,
    const ngx_polycard_str_t *name)
{
    const ngx_polycard_accept_name_t  *n;

    for (n = names; n->name.len; n++) {
        if (n->name.len == name->len
            && strncasecmp((char *) n->name.data, (char *) name->data,
                           name->len)
               == 0)
        {
            break;
        }
    }

    return n->format;
}


ngx_polycard_format_e
ngx_polycard_format(const ngx_polycard_str_t *name)
{
    return ngx_polycard_accept_find(ngx_polycard_format_names, name);
}


ngx_polycard_format_e
ngx_polycard_accept(const ngx_polycard_str_t *header)
{
    int                    q, best;
    ngx_polycard_str_t     rest, range, type;
    ngx_polycard_format_e  format, wanted;

    rest = *header;
    best = 0;
    wanted = NGX_POLYCARD_FORMAT_JSON;

    while (rest.len) {
        range = ngx_polycard_accept_part(&rest, ',');
        type = ngx_polycard_accept_part(&range, ';');

        format = ngx_polycard_accept_find(ngx_polycard_accept_types, &type);

        if (format == NGX_POLYCARD_FORMAT_UNKNOWN) {
            continue;
        }

        q = ngx_polycard_accept_weight(range);

        if (q > best) {
            best = q;
            wanted = format;
        }
    }

    return wanted;
}


/* cuts off the part before the separator, without the blanks around it */

static ngx_polycard_str_t
ngx_polycard_accept_part(ngx_polycard_str_t *rest, u_char separator)
{
    u_char              *end;
    ngx_polycard_str_t   part;

    end = memchr(rest->data, separator, rest->len);

    part.data = rest->data;
    part.len = end ? (size_t) (end - rest->data) : rest->len;

    rest->data += part.len + (end != NULL);
    rest->len -= part.len + (end != NULL);

    while (part.len && (*part.data == ' ' || *part.data == '\t')) {
        part.data++;
        part.len--;
    }

    while (part.len && (part.data[part.len - 1] == ' '
                        || part.data[part.len - 1] == '\t'))
    {
        part.len--;
    }

    return part;
}


static int
ngx_polycard_accept_weight(ngx_polycard_str_t parameters)
{
    ngx_polycard_str_t  name, value;

    while (parameters.len) {
        value = ngx_polycard_accept_part(&parameters, ';');
        name = ngx_polycard_accept_part(&value, '=');

        if (name.len == 1 && (name.data[0] | 0x20) == 'q') {
            return ngx_polycard_accept_number(&value);
        }
    }

    return NGX_POLYCARD_ACCEPT_ONE;
}


/* "0.5", in thousandths; 0 if it is no number */

static int
ngx_polycard_accept_number(const ngx_polycard_str_t *text)
{
    int     n, place;
    size_t  i;

    if (text->len == 0 || text->len > 5
        || text->data[0] < '0' || text->data[0] > '1'
        || (text->len > 1 && text->data[1] != '.'))
    {
        return 0;
    }

    n = (text->data[0] - '0') * NGX_POLYCARD_ACCEPT_ONE;
    place = NGX_POLYCARD_ACCEPT_ONE / 10;

    for (i = 2; i < text->len; i++) {
        if (text->data[i] < '0' || text->data[i] > '9') {
            return 0;
        }

        n += (text->data[i] - '0') * place;
        place /= 10;
    }

    return (n > NGX_POLYCARD_ACCEPT_ONE) ? 0 : n;
}
