
#include "import/export_columns.h"
#include "import/terminal.h"

#include <string.h>


static int polycard_export_add_column(polycard_export_t *export,
    const char *name, size_t len);
static int polycard_export_maps(polycard_export_t *export);
static ngx_polycard_str_t polycard_export_title(
    const polycard_export_t *export, const ngx_polycard_str_t *name);


int
polycard_export_columns(polycard_export_t *export)
{
    size_t                     i, len;
    const char                *p;
    const ngx_polycard_str_t  *name;

    export->shown.attribute = export->attribute;
    p = export->options.columns;

    for (i = 0; p == NULL && i < export->record.table.n; i++) {
        name = &export->record.attribute[i].name;

        (void) polycard_export_add_column(export, (char *) name->data,
                                          name->len);
    }

    while (p) {
        len = strcspn(p, ",");

        if (polycard_export_add_column(export, p, len) != NGX_POLYCARD_OK) {
            return NGX_POLYCARD_ERROR;
        }

        p = p[len] ? p + len + 1 : NULL;
    }

    return polycard_export_maps(export);
}


/* getClients has no id, so it is a whole number among others */

static int
polycard_export_add_column(polycard_export_t *export, const char *name,
    size_t len)
{
    char                       names[256];
    size_t                     i, n;
    ngx_polycard_attribute_t  *a;

    i = ngx_polycard_input_index(&export->record.in, (u_char *) name, len);
    n = export->shown.n;

    if (i == (size_t) -1) {
        polycard_record_names(&export->record, names, sizeof(names));
        polycard_say("--columns: there is no attribute \"%.*s\"; there are %s",
                     (int) len, name, names);
        return NGX_POLYCARD_ERROR;
    }

    while (n > 0) {
        if (export->column[--n] == i) {
            polycard_say("--columns: \"%.*s\" is there twice", (int) len,
                         name);
            return NGX_POLYCARD_ERROR;
        }
    }

    n = export->shown.n++;
    export->column[n] = i;

    a = &export->attribute[n];
    *a = export->record.attribute[i];

    a->required = 0;
    a->type = (a->type == NGX_POLYCARD_TYPE_ID) ? NGX_POLYCARD_TYPE_INTEGER
                                                : a->type;
    return NGX_POLYCARD_OK;
}


/* each names an attribute, or none, as the columns of other files do */

static int
polycard_export_maps(polycard_export_t *export)
{
    size_t               i;
    const char          *name;
    polycard_options_t  *o;

    o = &export->options;

    for (i = 0; i < o->maps; i++) {
        name = strrchr(o->map[i], '=') + 1;

        if (*name && ngx_polycard_input_index(&export->record.in,
                                              (u_char *) name, strlen(name))
                     == -1)
        {
            polycard_say("--map: there is no attribute \"%s\"", name);
            return NGX_POLYCARD_ERROR;
        }
    }

    return NGX_POLYCARD_OK;
}


int
polycard_export_header(polycard_export_t *export)
{
    size_t              i;
    ngx_polycard_str_t  title[NGX_POLYCARD_ATTRIBUTES_MAX];

    for (i = 0; i < export->shown.n; i++) {
        title[i] = polycard_export_title(export, &export->attribute[i].name);
    }

    if (polycard_output_header(&export->output, title, export->shown.n)
        == NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_OK;
    }

    polycard_say("the titles of the columns have letters that this encoding "
                 "has not");

    return NGX_POLYCARD_ERROR;
}


static ngx_polycard_str_t
polycard_export_title(const polycard_export_t *export,
    const ngx_polycard_str_t *name)
{
    size_t               i;
    const char          *sign, *map;
    ngx_polycard_str_t   title;

    for (i = 0; i < export->options.maps; i++) {
        map = export->options.map[i];
        sign = strrchr(map, '=');

        if (strlen(sign + 1) == name->len
            && memcmp(sign + 1, name->data, name->len) == 0)
        {
            title.data = (u_char *) map;
            title.len = sign - map;

            return title;
        }
    }

    return *name;
}
