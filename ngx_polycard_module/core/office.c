
#include "core/office.h"
#include "core/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>


#define NGX_POLYCARD_OFFICE_SEGMENTS  3

/* of an unknown attribute, in an error */
#define NGX_POLYCARD_OFFICE_NAME      32


/* a path by its segments; NULL: any, or there is none */

typedef struct {
    const char              *segment[NGX_POLYCARD_OFFICE_SEGMENTS];
    size_t                   n;
    ngx_polycard_office_e    found;
} ngx_polycard_office_path_t;


static unsigned ngx_polycard_office_leads(
    const ngx_polycard_office_path_t *path, const ngx_polycard_str_t *segment);
static size_t ngx_polycard_office_split(const ngx_polycard_str_t *path,
    ngx_polycard_str_t *segment);
static int ngx_polycard_office_attribute(void *data, const u_char *name,
    size_t len);
static int ngx_polycard_office_next_tag(const u_char **pos, const u_char *end,
    ngx_polycard_str_t *tag);
static unsigned ngx_polycard_office_is_tag(const ngx_polycard_str_t *tag);
static unsigned ngx_polycard_office_is_any(const ngx_polycard_str_t *header);


static const ngx_polycard_office_path_t  ngx_polycard_office_paths[] = {
    { { "clients", NULL, NULL }, 1, NGX_POLYCARD_OFFICE_CLIENTS },
    { { "clients", NULL, NULL }, 2, NGX_POLYCARD_OFFICE_CLIENT },
    { { "clients", NULL, "bonus" }, 3, NGX_POLYCARD_OFFICE_BONUS },
    { { "clients", NULL, "move" }, 3, NGX_POLYCARD_OFFICE_MOVE },
    { { "clients", NULL, "merge" }, 3, NGX_POLYCARD_OFFICE_MERGE },
    { { "clients", NULL, "card" }, 3, NGX_POLYCARD_OFFICE_CARD },
    { { "clients", NULL, "forget" }, 3, NGX_POLYCARD_OFFICE_FORGET },
    { { "groups", NULL, NULL }, 1, NGX_POLYCARD_OFFICE_GROUPS },
    { { "groups", NULL, NULL }, 2, NGX_POLYCARD_OFFICE_GROUP },
    { { "registered", NULL, NULL }, 1, NGX_POLYCARD_OFFICE_REGISTERED },
    { { "registered", "read", NULL }, 2, NGX_POLYCARD_OFFICE_READ },
    { { "batch", NULL, NULL }, 1, NGX_POLYCARD_OFFICE_BATCH },
    { { NULL, NULL, NULL }, 0, NGX_POLYCARD_OFFICE_NONE }
};


/* members of answers about a record, which cannot be set */

static const ngx_polycard_str_t  ngx_polycard_office_said[] = {
    ngx_polycard_string("whole"),
    ngx_polycard_string("why"),
    ngx_polycard_string("unreadable"),
    ngx_polycard_string("etag"),
    { 0, NULL }
};


ngx_polycard_office_e
ngx_polycard_office_find(const ngx_polycard_str_t *path,
    ngx_polycard_str_t *id)
{
    size_t                             n;
    ngx_polycard_str_t                 segment[NGX_POLYCARD_OFFICE_SEGMENTS];
    const ngx_polycard_office_path_t  *p;

    memset(segment, 0, sizeof(segment));

    n = ngx_polycard_office_split(path, segment);

    for (p = ngx_polycard_office_paths; p->n; p++) {
        if (p->n == n && ngx_polycard_office_leads(p, segment)) {
            break;
        }
    }

    *id = segment[1];

    return p->found;
}


static unsigned
ngx_polycard_office_leads(const ngx_polycard_office_path_t *path,
    const ngx_polycard_str_t *segment)
{
    size_t       i;
    const char  *name;

    for (i = 0; i < path->n; i++) {
        name = path->segment[i];

        if (name && (strlen(name) != segment[i].len
                     || memcmp(name, segment[i].data, segment[i].len) != 0))
        {
            return 0;
        }
    }

    return 1;
}


/* how many there are, 0: too many, or an empty one */

static size_t
ngx_polycard_office_split(const ngx_polycard_str_t *path,
    ngx_polycard_str_t *segment)
{
    size_t         n;
    const u_char  *p, *end, *slash;

    p = path->data;
    end = path->data + path->len;

    for (n = 0; n < NGX_POLYCARD_OFFICE_SEGMENTS && p < end; n++) {
        slash = memchr(p, '/', end - p);

        if (slash == NULL) {
            slash = end;
        }

        segment[n].data = (u_char *) p;
        segment[n].len = slash - p;

        if (slash == p || slash == end - 1) {
            return 0;
        }

        if (slash == end) {
            return n + 1;
        }

        p = slash + 1;
    }

    return 0;
}


void
ngx_polycard_office_client(ngx_polycard_office_client_t *client)
{
    size_t                     n;
    ngx_polycard_attribute_t  *id;

    static const ngx_polycard_str_t  name = ngx_polycard_string("id");

    n = ngx_polycard_client.n;

    memcpy(client->attribute, ngx_polycard_client.attribute,
           n * sizeof(ngx_polycard_attribute_t));

    id = &client->attribute[n];
    id->name = name;
    id->type = NGX_POLYCARD_TYPE_ID;
    id->required = 0;

    client->table.attribute = client->attribute;
    client->table.n = n + 1;
}


void
ngx_polycard_office_input(ngx_polycard_input_t *in)
{
    in->all = 1;
    in->find = ngx_polycard_office_attribute;
    in->find_data = in;
}


static int
ngx_polycard_office_attribute(void *data, const u_char *name, size_t len)
{
    ngx_polycard_input_t  *in = data;

    int                        index;
    ngx_polycard_str_t         text;
    const ngx_polycard_str_t  *said;

    index = ngx_polycard_input_find(in, name, len);

    if (index != -1) {
        return index;
    }

    text.data = (u_char *) name;
    text.len = len;

    for (said = ngx_polycard_office_said; said->len; said++) {
        if (ngx_polycard_str_is(said, &text)) {
            return -1;
        }
    }

    ngx_polycard_office_unknown(in, "attribute", name, len);

    return -1;
}


/* the part of a name of a request that can be shown */

void
ngx_polycard_office_unknown(ngx_polycard_input_t *in, const char *kind,
    const u_char *name, size_t len)
{
    char    what[sizeof("unknown attribute ") + NGX_POLYCARD_OFFICE_NAME];
    char   *p;
    size_t  i;

    p = what + snprintf(what, sizeof(what), "unknown %s ", kind);

    for (i = 0; i < len && p < what + sizeof(what) - 1; i++) {
        if ((name[i] >= '0' && name[i] <= '9') || name[i] == '_'
            || ((name[i] | 0x20) >= 'a' && (name[i] | 0x20) <= 'z'))
        {
            *p++ = (char) name[i];
        }
    }

    *p = '\0';

    (void) ngx_polycard_input_fail(in, -1, what);
}


int
ngx_polycard_office_check_key(const ngx_polycard_str_t *key)
{
    return (key->len && !ngx_polycard_text_has_space(key)
            && ngx_polycard_text_check(key, NGX_POLYCARD_TEXT_MAX) == 0)
           ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


void
ngx_polycard_office_identity(ngx_polycard_input_t *in,
    const ngx_polycard_str_t *id)
{
    if (in->value[0].data == NULL
        || ngx_polycard_str_is(&in->value[0], id))
    {
        /* that of the path is checked there */

        in->wrong |= 1;

    } else if (!(in->wrong & 1)) {
        (void) ngx_polycard_input_fail(in, 0, "is not the one of the path");
    }
}


u_char *
ngx_polycard_office_condition(u_char *p, const ngx_polycard_str_t *match,
    const ngx_polycard_str_t *none_match)
{
    u_char              *last, *start;
    const u_char        *pos, *end;
    ngx_polycard_str_t   tag;

    if (none_match) {
        *p = '-';
        return (match == NULL && ngx_polycard_office_is_any(none_match))
               ? p + 1 : NULL;
    }

    if (match == NULL) {
        return p;
    }

    if (ngx_polycard_office_is_any(match)) {
        *p = '*';
        return p + 1;
    }

    start = p;
    last = p + NGX_POLYCARD_OFFICE_CONDITION;
    pos = match->data;
    end = match->data + match->len;

    while (ngx_polycard_office_next_tag(&pos, end, &tag) == NGX_POLYCARD_OK) {

        if (!ngx_polycard_office_is_tag(&tag)) {
            continue;
        }

        if (last - p < NGX_POLYCARD_OFFICE_ETAG + 1) {
            return NULL;
        }

        if (p > start) {
            *p++ = ' ';
        }

        p = (u_char *) memcpy(p, tag.data, tag.len) + tag.len;
    }

    if (pos != end) {
        return NULL;
    }

    if (p > start) {
        return p;
    }

    /* matches no record: stored ones have another ETag */

    memset(p, 'f', NGX_POLYCARD_OFFICE_ETAG);

    return p + NGX_POLYCARD_OFFICE_ETAG;
}


unsigned
ngx_polycard_office_has(const ngx_polycard_str_t *header,
    const ngx_polycard_str_t *etag)
{
    const u_char        *pos, *end;
    ngx_polycard_str_t   tag;

    if (ngx_polycard_office_is_any(header)) {
        return 1;
    }

    pos = header->data;
    end = header->data + header->len;

    while (ngx_polycard_office_next_tag(&pos, end, &tag) == NGX_POLYCARD_OK) {
        if (ngx_polycard_str_is(&tag, etag)) {
            return 1;
        }
    }

    return 0;
}


/*
 * The next one of a list, without "W/" and quotes.  NGX_POLYCARD_ERROR: there
 * is none; *pos is end, unless something invalid is there.
 */

static int
ngx_polycard_office_next_tag(const u_char **pos, const u_char *end,
    ngx_polycard_str_t *tag)
{
    const u_char  *p, *quote;

    p = *pos;

    while (p < end && (*p == ' ' || *p == '\t' || *p == ',')) {
        p++;
    }

    *pos = p;

    if (p == end) {
        return NGX_POLYCARD_ERROR;
    }

    if (end - p > 2 && p[0] == 'W' && p[1] == '/') {
        p += 2;
    }

    tag->data = (u_char *) p;

    if (*p != '"') {
        while (p < end && *p != ' ' && *p != '\t' && *p != ',' && *p != '"') {
            p++;
        }

        tag->len = p - tag->data;
        *pos = p;

        return (p < end && *p == '"') ? NGX_POLYCARD_ERROR : NGX_POLYCARD_OK;
    }

    tag->data++;
    quote = memchr(tag->data, '"', end - tag->data);

    if (quote == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    tag->len = quote - tag->data;
    *pos = quote + 1;

    return NGX_POLYCARD_OK;
}


static unsigned
ngx_polycard_office_is_tag(const ngx_polycard_str_t *tag)
{
    size_t  i;

    for (i = 0; i < tag->len; i++) {
        if (!((tag->data[i] >= '0' && tag->data[i] <= '9')
              || (tag->data[i] >= 'a' && tag->data[i] <= 'f')))
        {
            return 0;
        }
    }

    return tag->len == NGX_POLYCARD_OFFICE_ETAG;
}


static unsigned
ngx_polycard_office_is_any(const ngx_polycard_str_t *header)
{
    return header->len == 1 && header->data[0] == '*';
}


unsigned
ngx_polycard_office_own(const ngx_polycard_str_t *origin,
    const ngx_polycard_str_t *host)
{
    size_t  scheme;

    static const char *const  schemes[] = { "http://", "https://" };

    scheme = strlen(schemes[0]);

    if (origin->len < scheme
        || strncasecmp((char *) origin->data, schemes[0], scheme) != 0)
    {
        scheme = strlen(schemes[1]);

        if (origin->len < scheme
            || strncasecmp((char *) origin->data, schemes[1], scheme) != 0)
        {
            return 0;
        }
    }

    return host->len && origin->len - scheme == host->len
           && strncasecmp((char *) origin->data + scheme, (char *) host->data,
                          host->len)
              == 0;
}
