
#include "import/columns.h"
#include "import/names.h"
#include "import/terminal.h"
#include "import/headings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* titles that are named of the columns passed over */
#define COLUMNS_TOLD_MAX  8


static void polycard_columns_doubt(const polycard_columns_t *columns,
    const polycard_options_t *o, const polycard_record_t *record);
static unsigned polycard_columns_has(const polycard_columns_t *columns,
    int index);
static int polycard_columns_keep(polycard_columns_t *columns,
    const polycard_csv_t *csv);
static unsigned polycard_columns_is_list(const polycard_columns_t *columns);
static unsigned polycard_columns_maps(const polycard_columns_t *columns,
    const polycard_options_t *o);
static unsigned polycard_columns_check(const polycard_columns_t *columns,
    const polycard_options_t *o, polycard_record_t *record);
static void polycard_columns_unknown(const ngx_polycard_str_t *title,
    size_t i, const polycard_options_t *o);
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
                            ? POLYCARD_HEADING_PASSED
                            : polycard_headings_find(&columns->title[i], o,
                                                   record);
    }

    good = polycard_headings_check(o, record);
    good &= polycard_columns_maps(columns, o);
    good &= polycard_columns_check(columns, o, record);
    good &= !polycard_columns_twice(columns, record);

    if (good && o->ignore_unknown && !o->quiet) {
        polycard_columns_doubt(columns, o, record);
    }

    return good ? NGX_POLYCARD_OK : NGX_POLYCARD_ERROR;
}


/* a misspelt title that is passed over would lose an attribute silently */

static void
polycard_columns_doubt(const polycard_columns_t *columns,
    const polycard_options_t *o, const polycard_record_t *record)
{
    size_t       i;
    const char  *near;

    for (i = columns->skip; i < columns->n; i++) {

        if (columns->index[i] != POLYCARD_HEADING_PASSED
            || polycard_headings_mapped(&columns->title[i], o, record)
               != POLYCARD_HEADING_UNKNOWN
            || !polycard_headings_is_fit(&columns->title[i]))
        {
            continue;
        }

        near = polycard_headings_near(&columns->title[i], o);

        if (near
            && !polycard_columns_has(columns,
                                     polycard_headings_index(record, near,
                                                             strlen(near))))
        {
            polycard_say("column \"%.*s\" is passed over; is it %s? --map "
                         "'%.*s=%s' says so", (int) columns->title[i].len,
                         columns->title[i].data, near,
                         (int) columns->title[i].len, columns->title[i].data,
                         near);
        }
    }
}


static unsigned
polycard_columns_has(const polycard_columns_t *columns, int index)
{
    size_t  i;

    for (i = 0; i < columns->n; i++) {
        if (columns->index[i] == index) {
            return 1;
        }
    }

    return 0;
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


void
polycard_columns_tell_passed(const polycard_columns_t *columns)
{
    char    text[4 * POLYCARD_NAMES_MAX];
    size_t  i, passed, told;

    for (passed = 0, i = 0; i < columns->n; i++) {
        passed += (columns->index[i] < 0);
    }

    if (passed == 0) {
        return;
    }

    (void) printf("; %zu passed over", passed);

    for (told = 0, i = 0; i < columns->n && told < COLUMNS_TOLD_MAX; i++) {
        if (columns->index[i] < 0 && columns->title[i].len) {
            (void) snprintf(text, sizeof(text), "%s%.*s",
                            told++ ? ", " : " (", (int) columns->title[i].len,
                            columns->title[i].data);
            polycard_terminal_print(stdout, text);
        }
    }

    if (told) {
        (void) printf(told < passed ? ", ...)" : ")");
    }
}


/* the next record replaces the header */

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


/*
 * Each --map must name an existing column, except those of a profile, which may
 * be for other files.
 */

static unsigned
polycard_columns_maps(const polycard_columns_t *columns,
    const polycard_options_t *o)
{
    size_t    i, k;
    unsigned  good;

    for (good = 1, i = 0; i < o->maps; i++) {

        for (k = 0; k < columns->n; k++) {
            if (polycard_headings_is(&columns->title[k], o->map[i])) {
                break;
            }
        }

        if (k == columns->n && !o->map_kept[i]
            && strrchr(o->map[i], '=')[1])
        {
            polycard_say("--map: there is no column \"%.*s\"",
                         (int) (strrchr(o->map[i], '=') - o->map[i]),
                         o->map[i]);
            good = 0;
        }
    }

    return good;
}


/* reports all unknown ones at once; 1: there are none, and the first attribute
 * is there */

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
        unknown += (columns->index[i] == POLYCARD_HEADING_UNKNOWN);
        known += (columns->index[i] >= 0);
        first |= (columns->index[i] == 0);
    }

    /* then the titles may be data of persons */

    if (known == 0 && columns->n > 1) {
        polycard_say("no column of the first line has a name that is known; "
                     "is it a header?");
        polycard_columns_help(record);
        return 0;
    }

    for (i = 0; unknown && i < columns->n; i++) {
        if (columns->index[i] == POLYCARD_HEADING_UNKNOWN) {
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
    const char  *near;

    if (title->len == 0) {
        polycard_say("column %zu has no name", i + 1);
        return;
    }

    if (!polycard_headings_is_fit(title)) {
        polycard_say("a column has a name that is none");
        return;
    }

    near = polycard_headings_near(title, o);

    if (near) {
        polycard_say("unknown column \"%.*s\"; is it %s? --map '%.*s=%s' says "
                     "so", (int) title->len, title->data, near,
                     (int) title->len, title->data, near);
    } else {
        polycard_say("unknown column \"%.*s\"", (int) title->len,
                     title->data);
    }
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
