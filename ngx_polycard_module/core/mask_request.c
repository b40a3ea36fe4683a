
/*
 * The parts of a request that may be shown: only what is known to be harmless.
 * All else is masked, so that nothing shows in a place that was not thought of.
 */


#include "core/attributes.h"
#include "core/mask.h"

#include <string.h>
#include <strings.h>


/* more digits could be a birthday or a phone */
#define NGX_POLYCARD_MASK_PLACE  7


static void ngx_polycard_mask_path(u_char *p, u_char *last,
    const ngx_polycard_str_t *known);
static void ngx_polycard_mask_pair(u_char *p, u_char *last);
static int ngx_polycard_mask_is_parameter(const u_char *p, size_t len);
static int ngx_polycard_mask_is_place(const u_char *name,
    const u_char *sign, const u_char *last);
static void ngx_polycard_mask_unless(u_char *p, size_t len,
    const ngx_polycard_str_t *known, size_t n);
static int ngx_polycard_mask_is_one_of(const u_char *p, size_t len,
    const ngx_polycard_str_t *known, size_t n);


#define ngx_polycard_mask_n(names)  (sizeof(names) / sizeof((names)[0]))


static const ngx_polycard_str_t  ngx_polycard_mask_methods[] = {
    ngx_polycard_string("GET"),
    ngx_polycard_string("HEAD"),
    ngx_polycard_string("POST"),
    ngx_polycard_string("PUT"),
    ngx_polycard_string("DELETE"),
    ngx_polycard_string("OPTIONS"),
    ngx_polycard_string("PATCH"),
    ngx_polycard_string("TRACE"),
    ngx_polycard_string("CONNECT")
};


static const ngx_polycard_str_t  ngx_polycard_mask_versions[] = {
    ngx_polycard_string("HTTP/0.9"),
    ngx_polycard_string("HTTP/1.0"),
    ngx_polycard_string("HTTP/1.1"),
    ngx_polycard_string("HTTP/2.0"),
    ngx_polycard_string("HTTP/3.0")
};


/* of the services' paths, also of misspelt ones */

static const ngx_polycard_str_t  ngx_polycard_mask_segments[] = {
    ngx_polycard_string("api"),
    ngx_polycard_string("v1"),
    ngx_polycard_string("web_service"),
    ngx_polycard_string("getClient"),
    ngx_polycard_string("addClient"),
    ngx_polycard_string("getGroups"),
    ngx_polycard_string("getClients"),

    /* of the office */
    ngx_polycard_string("clients"),
    ngx_polycard_string("bonus"),
    ngx_polycard_string("move"),
    ngx_polycard_string("merge"),
    ngx_polycard_string("card"),
    ngx_polycard_string("forget"),
    ngx_polycard_string("groups"),
    ngx_polycard_string("registered"),
    ngx_polycard_string("read"),
    ngx_polycard_string("batch"),

    /* of the operator */
    ngx_polycard_string("hooks"),
    ngx_polycard_string("find"),
    ngx_polycard_string("end"),
    ngx_polycard_string("dead"),
    ngx_polycard_string("requeue"),
    ngx_polycard_string("resend"),
    ngx_polycard_string("probe"),
    ngx_polycard_string("deletions"),
    ngx_polycard_string("confirm")
};


/* besides the attributes of a client */

static const ngx_polycard_str_t  ngx_polycard_mask_parameters[] = {
    ngx_polycard_string("token"),
    ngx_polycard_string("offset"),
    ngx_polycard_string("limit"),
    ngx_polycard_string("after"),
    ngx_polycard_string("wait")
};


/* those whose value is a place in a list */
#define ngx_polycard_mask_places    (ngx_polycard_mask_parameters + 1)
#define NGX_POLYCARD_MASK_PLACES    4


void
ngx_polycard_mask_request(u_char *text, size_t len,
    const ngx_polycard_str_t *known)
{
    u_char  *last, *uri, *end;

    last = text + len;
    end = memchr(text, ' ', len);
    uri = end ? end + 1 : last;

    ngx_polycard_mask_unless(text, (end ? end : last) - text,
                             ngx_polycard_mask_methods,
                             ngx_polycard_mask_n(ngx_polycard_mask_methods));

    for (end = last; end > uri && end[-1] != ' '; end--) { /* void */ }

    if (end > uri) {
        ngx_polycard_mask_unless(end, last - end, ngx_polycard_mask_versions,
                             ngx_polycard_mask_n(ngx_polycard_mask_versions));
        end--;

    } else {
        end = last;
    }

    ngx_polycard_mask_uri(uri, end - uri, known);
}


void
ngx_polycard_mask_uri(u_char *text, size_t len,
    const ngx_polycard_str_t *known)
{
    u_char  *query, *last;

    last = text + len;
    query = memchr(text, '?', len);

    ngx_polycard_mask_path(text, query ? query : last, known);

    if (query) {
        ngx_polycard_mask_query(query + 1, last - query - 1);
    }
}


void
ngx_polycard_mask_query(u_char *text, size_t len)
{
    u_char  *p, *end, *last;

    last = text + len;

    for (p = text; p < last; p = end + 1) {
        end = memchr(p, '&', last - p);

        if (end == NULL) {
            end = last;
        }

        ngx_polycard_mask_pair(p, end);
    }
}


static void
ngx_polycard_mask_path(u_char *p, u_char *last,
    const ngx_polycard_str_t *known)
{
    u_char  *end;

    if (known->len && known->len <= (size_t) (last - p)
        && memcmp(p, known->data, known->len) == 0)
    {
        p += known->len;
    }

    for ( /* void */ ; p < last; p = end + 1) {
        end = memchr(p, '/', last - p);

        if (end == NULL) {
            end = last;
        }

        ngx_polycard_mask_unless(p, end - p, ngx_polycard_mask_segments,
                             ngx_polycard_mask_n(ngx_polycard_mask_segments));
    }
}


static void
ngx_polycard_mask_pair(u_char *p, u_char *last)
{
    u_char  *value;

    value = memchr(p, '=', last - p);

    if (value == NULL) {
        ngx_polycard_mask_phone(p, last - p);
        return;
    }

    if (!ngx_polycard_mask_is_parameter(p, value - p)) {
        ngx_polycard_mask_phone(p, value - p);
    }

    ngx_polycard_mask_value(p, value, last);
}


void
ngx_polycard_mask_value(const u_char *name, u_char *sign, const u_char *last)
{
    if (!ngx_polycard_mask_is_place(name, sign, last)) {
        ngx_polycard_mask_phone(sign + 1, last - sign - 1);
    }
}


static int
ngx_polycard_mask_is_parameter(const u_char *p, size_t len)
{
    size_t                     i;
    const ngx_polycard_str_t  *name;

    for (i = 0; i < ngx_polycard_client.n; i++) {
        name = &ngx_polycard_client.attribute[i].name;

        if (len == name->len && memcmp(p, name->data, len) == 0) {
            return 1;
        }
    }

    return ngx_polycard_mask_is_one_of(p, len, ngx_polycard_mask_parameters,
                           ngx_polycard_mask_n(ngx_polycard_mask_parameters));
}


/* a place in a list, and short? */

static int
ngx_polycard_mask_is_place(const u_char *name, const u_char *sign,
    const u_char *last)
{
    const u_char  *p;

    if (!ngx_polycard_mask_is_one_of(name, sign - name,
                                     ngx_polycard_mask_places,
                                     NGX_POLYCARD_MASK_PLACES)
        || last - sign - 1 > NGX_POLYCARD_MASK_PLACE)
    {
        return 0;
    }

    for (p = sign + 1; p < last; p++) {
        if (*p < '0' || *p > '9') {
            return 0;
        }
    }

    return 1;
}


static void
ngx_polycard_mask_unless(u_char *p, size_t len,
    const ngx_polycard_str_t *known, size_t n)
{
    if (!ngx_polycard_mask_is_one_of(p, len, known, n)) {
        ngx_polycard_mask_phone(p, len);
    }
}


static int
ngx_polycard_mask_is_one_of(const u_char *p, size_t len,
    const ngx_polycard_str_t *known, size_t n)
{
    size_t  i;

    for (i = 0; i < n; i++) {

        if (len == known[i].len
            && strncasecmp((const char *) p, (const char *) known[i].data,
                           len) == 0)
        {
            return 1;
        }
    }

    return 0;
}
