
#include "import/columns.h"
#include "import/names.h"
#include "import/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* of a name of a column: more digits in a row are somebody's number */
#define COLUMNS_DIGITS  4

#define COLUMNS_UNKNOWN  -2


static int polycard_columns_keep(polycard_columns_t *columns,
    const polycard_csv_t *csv);
static unsigned polycard_columns_is_list(const polycard_columns_t *columns);
static int polycard_columns_find(polycard_columns_t *columns, size_t i,
    const polycard_options_t *o, polycard_record_t *record);
static int polycard_columns_mapped(const ngx_polycard_str_t *title,
    const polycard_options_t *o, polycard_record_t *record);
static int polycard_columns_attribute(const char *name,
    polycard_record_t *record);
static int polycard_columns_maps(const polycard_columns_t *columns,
    const polycard_options_t *o, polycard_record_t *record);
static unsigned polycard_columns_is(const ngx_polycard_str_t *title,
    const char *map);
static unsigned polycard_columns_check(const polycard_columns_t *columns,
    const polycard_options_t *o, polycard_record_t *record);
static void polycard_columns_unknown(const ngx_polycard_str_t *title,
    size_t i, const polycard_options_t *o);
static unsigned polycard_columns_is_name(const ngx_polycard_str_t *title);
static unsigned polycard_columns_twice(const polycard_columns_t *columns,
    const polycard_record_t *record);
static void polycard_columns_help(polycard_record_t *record);


int
polycard_columns_read(polycard_columns_t *columns, const polycard_csv_t *csv,
    const polycard_options_t *o, polycard_record_t *record)
{
    size_t    i;
    unsigned  good;

    if (polycard_columns_keep(columns, csv) != NGX_POLYCARD_OK) {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    columns->skip = polycard_columns_is_list(columns) ? 2 : 0;

    for (i = 0; i < columns->n; i++) {
        columns->index[i] = (i < columns->skip)
                            ? POLYCARD_COLUMN_NONE
                            : polycard_columns_find(columns, i, o, record);
    }

    good = (polycard_columns_maps(columns, o, record) == NGX_POLYCARD_OK);
    good &= polycard_columns_check(columns, o, record);
    good &= !polycard_columns_twice(columns, record);

    return good ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


void
polycard_columns_free(polycard_columns_t *columns)
{
    free(columns->text);
    columns->text = NULL;
}


void
polycard_columns_tell(const polycard_columns_t *columns, size_t i,
    const ngx_polycard_str_t *name)
{
    char                       text[4 * POLYCARD_NAMES_MAX];
    const ngx_polycard_str_t  *title;

    title = &columns->title[i];

    if (title->len == name->len
        && memcmp(title->data, name->data, name->len) == 0)
    {
        return;
    }

    (void) snprintf(text, sizeof(text), " (%.*s)", (int) title->len,
                    title->data);
    polycard_terminal_print(stdout, text);
}


/* the next record takes the place of the header */

static int
polycard_columns_keep(polycard_columns_t *columns, const polycard_csv_t *csv)
{
    u_char  *p;
    size_t   i;

    columns->text = malloc(csv->len + 1);
    if (columns->text == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    p = columns->text;
    columns->fields = csv->n;

    for (i = 0; i < csv->n; i++) {
        memcpy(p, csv->field[i].data, csv->field[i].len);

        columns->title[i].data = p;
        columns->title[i].len = csv->field[i].len;

        p += csv->field[i].len;

        if (csv->field[i].len) {
            columns->n = i + 1;
        }
    }

    return NGX_POLYCARD_OK;
}


static unsigned
polycard_columns_is_list(const polycard_columns_t *columns)
{
    size_t                     i;
    const ngx_polycard_str_t  *title;
    static const ngx_polycard_str_t  titles[] = {
        ngx_polycard_string(POLYCARD_REFUSED_LINE),
        ngx_polycard_string(POLYCARD_REFUSED_REASON)
    };

    for (i = 0; i < 2; i++) {
        title = &columns->title[i];

        if (columns->n <= 2 || title->len != titles[i].len
            || memcmp(title->data, titles[i].data, title->len) != 0)
        {
            return 0;
        }
    }

    return 1;
}


static int
polycard_columns_find(polycard_columns_t *columns, size_t i,
    const polycard_options_t *o, polycard_record_t *record)
{
    int                        index;
    const char                *attribute;
    polycard_name_t            name;
    const ngx_polycard_str_t  *title;

    title = &columns->title[i];
    index = polycard_columns_mapped(title, o, record);

    if (index != COLUMNS_UNKNOWN) {
        return index;
    }

    index = ngx_polycard_input_index(&record->in, title->data, title->len);

    if (index != -1) {
        return index;
    }

    polycard_names_read(&name, title->data, title->len);
    attribute = polycard_names_find(&name, o->groups);

    if (attribute) {
        return polycard_columns_attribute(attribute, record);
    }

    return o->ignore_unknown ? POLYCARD_COLUMN_NONE : COLUMNS_UNKNOWN;
}


/* "TITLE=ATTRIBUTE", "TITLE=": passed over */

static int
polycard_columns_mapped(const ngx_polycard_str_t *title,
    const polycard_options_t *o, polycard_record_t *record)
{
    size_t  i;

    for (i = 0; i < o->maps; i++) {
        if (polycard_columns_is(title, o->map[i])) {
            return polycard_columns_attribute(strrchr(o->map[i], '=') + 1,
                                              record);
        }
    }

    return COLUMNS_UNKNOWN;
}


static int
polycard_columns_attribute(const char *name, polycard_record_t *record)
{
    int  index;

    index = ngx_polycard_input_index(&record->in, (u_char *) name,
                                     strlen(name));
    record->in.unknown = 0;

    return index == -1 ? POLYCARD_COLUMN_NONE : index;
}


/* letter by letter, or but for what does not count */

static unsigned
polycard_columns_is(const ngx_polycard_str_t *title, const char *map)
{
    size_t           len;
    polycard_name_t  one, two;

    len = strrchr(map, '=') - map;

    if (title->len == len && memcmp(title->data, map, len) == 0) {
        return 1;
    }

    polycard_names_read(&one, title->data, title->len);
    polycard_names_read(&two, (const u_char *) map, len);

    return one.n && one.n == two.n
           && memcmp(one.c, two.c, one.n * sizeof(uint32_t)) == 0;
}


/*
 * Each --map names an attribute, and a column that is there, unless it is one of
 * a profile, which serves more than one file.
 */

static int
polycard_columns_maps(const polycard_columns_t *columns,
    const polycard_options_t *o, polycard_record_t *record)
{
    int          rc;
    size_t       i, k;
    const char  *name;

    rc = NGX_POLYCARD_OK;

    for (i = 0; i < o->maps; i++) {
        name = strrchr(o->map[i], '=') + 1;

        if (*name && polycard_columns_attribute(name, record)
                     == POLYCARD_COLUMN_NONE)
        {
            polycard_say("--map: there is no attribute \"%s\"", name);
            rc = NGX_POLYCARD_ERROR;
        }

        for (k = 0; k < columns->n; k++) {
            if (polycard_columns_is(&columns->title[k], o->map[i])) {
                break;
            }
        }

        if (k == columns->n && !o->map_kept[i]) {
            polycard_say("--map: there is no column \"%.*s\"",
                         (int) (name - 1 - o->map[i]), o->map[i]);
            rc = NGX_POLYCARD_ERROR;
        }
    }

    return rc;
}


/* all unknown ones at once; 1: there is none, and the first attribute is */

static unsigned
polycard_columns_check(const polycard_columns_t *columns,
    const polycard_options_t *o, polycard_record_t *record)
{
    size_t    i, unknown, known;
    unsigned  first;

    unknown = 0;
    known = 0;
    first = 0;

    for (i = 0; i < columns->n; i++) {
        unknown += (columns->index[i] == COLUMNS_UNKNOWN);
        known += (columns->index[i] >= 0);
        first |= (columns->index[i] == 0);
    }

    /* names may be those of people then */

    if (known == 0 && columns->n > 1) {
        polycard_say("no column of the first line has a name that is known; "
                     "is it a header?");
        polycard_columns_help(record);
        return 0;
    }

    for (i = 0; unknown && i < columns->n; i++) {
        if (columns->index[i] == COLUMNS_UNKNOWN) {
            polycard_columns_unknown(&columns->title[i], i, o);
        }
    }

    if (unknown) {
        polycard_columns_help(record);
        return 0;
    }

    if (!first) {
        polycard_say("the header has no column \"%.*s\"",
                     (int) record->attribute[0].name.len,
                     record->attribute[0].name.data);
    }

    return first;
}


static void
polycard_columns_unknown(const ngx_polycard_str_t *title, size_t i,
    const polycard_options_t *o)
{
    const char       *near;
    polycard_name_t   name;

    if (title->len == 0) {
        polycard_say("column %zu has no name", i + 1);
        return;
    }

    if (!polycard_columns_is_name(title)) {
        polycard_say("a column has a name that is none");
        return;
    }

    polycard_names_read(&name, title->data, title->len);
    near = polycard_names_near(&name, o->groups);

    if (near) {
        polycard_say("unknown column \"%.*s\"; is it %s? --map '%.*s=%s' says "
                     "so", (int) title->len, title->data, near,
                     (int) title->len, title->data, near);
    } else {
        polycard_say("unknown column \"%.*s\"", (int) title->len,
                     title->data);
    }
}


/* a file without a header may have anything in the place of a name */

static unsigned
polycard_columns_is_name(const ngx_polycard_str_t *title)
{
    size_t  i, digits;

    for (digits = 0, i = 0; i < title->len; i++) {
        digits = (title->data[i] >= '0' && title->data[i] <= '9')
                 ? digits + 1 : 0;

        if (digits == COLUMNS_DIGITS || title->data[i] == '@') {
            return 0;
        }
    }

    return title->len <= 4 * POLYCARD_NAMES_MAX;
}


static unsigned
polycard_columns_twice(const polycard_columns_t *columns,
    const polycard_record_t *record)
{
    size_t                     i, k;
    unsigned                   twice;
    const ngx_polycard_str_t  *name;

    twice = 0;

    for (i = 0; i < columns->n; i++) {
        for (k = 0; columns->index[i] >= 0 && k < i; k++) {
            if (columns->index[k] != columns->index[i]) {
                continue;
            }

            name = &record->attribute[columns->index[i]].name;
            twice = 1;

            polycard_say("the column \"%.*s\" is given twice: \"%.*s\" and "
                         "\"%.*s\"", (int) name->len, name->data,
                         (int) columns->title[k].len, columns->title[k].data,
                         (int) columns->title[i].len, columns->title[i].data);
        }
    }

    return twice;
}


static void
polycard_columns_help(polycard_record_t *record)
{
    char  names[256];

    polycard_record_names(record, names, sizeof(names));

    polycard_say("the first line must name the attributes: %s "
                 "(--ignore-unknown passes over others, --map says which "
                 "they are)", names);
}
