
#include "import/names.h"
#include "import/terminal.h"
#include "import/headings.h"

#include <string.h>


/* more digits in a row are somebody's number */
#define HEADINGS_DIGITS  4


int
polycard_headings_find(const ngx_polycard_str_t *title,
    const polycard_options_t *o, const polycard_record_t *record)
{
    int               index;
    const char       *attribute;
    polycard_name_t   name;

    index = polycard_headings_mapped(title, o, record);

    if (index != POLYCARD_HEADING_UNKNOWN) {
        return index;
    }

    index = polycard_headings_index(record, title->data, title->len);

    if (index != -1) {
        return index;
    }

    polycard_names_read(&name, title->data, title->len);
    attribute = polycard_names_find(&name, o->groups);

    if (attribute) {
        return polycard_headings_index(record, attribute, strlen(attribute));
    }

    return o->ignore_unknown ? POLYCARD_HEADING_PASSED
                             : POLYCARD_HEADING_UNKNOWN;
}


/* "TITLE=ATTRIBUTE", "TITLE=": skipped */

int
polycard_headings_mapped(const ngx_polycard_str_t *title,
    const polycard_options_t *o, const polycard_record_t *record)
{
    size_t       i;
    const char  *name;

    for (i = 0; i < o->maps; i++) {
        if (polycard_headings_is(title, o->map[i])) {
            name = strrchr(o->map[i], '=') + 1;
            return polycard_headings_index(record, name, strlen(name));
        }
    }

    return POLYCARD_HEADING_UNKNOWN;
}


int
polycard_headings_index(const polycard_record_t *record, const void *name,
    size_t len)
{
    size_t                     i;
    const ngx_polycard_str_t  *known;

    for (i = 0; i < record->table.n; i++) {
        known = &record->attribute[i].name;

        if (known->len == len && memcmp(known->data, name, len) == 0) {
            return i;
        }
    }

    return -1;
}


unsigned
polycard_headings_is(const ngx_polycard_str_t *title, const char *map)
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


unsigned
polycard_headings_check(const polycard_options_t *o,
    const polycard_record_t *record)
{
    size_t       i;
    unsigned     good;
    const char  *name;

    for (good = 1, i = 0; i < o->maps; i++) {
        name = strrchr(o->map[i], '=') + 1;

        if (*name
            && polycard_headings_index(record, name, strlen(name)) == -1)
        {
            polycard_say("--map: there is no attribute \"%s\"", name);
            good = 0;
        }
    }

    return good;
}


/* a file without a header may have anything instead of a title */

unsigned
polycard_headings_is_fit(const ngx_polycard_str_t *title)
{
    size_t  i, digits;

    for (digits = 0, i = 0; i < title->len; i++) {
        digits = (title->data[i] >= '0' && title->data[i] <= '9')
                 ? digits + 1 : 0;

        if (digits == HEADINGS_DIGITS || title->data[i] == '@') {
            return 0;
        }
    }

    return title->len <= 4 * POLYCARD_NAMES_MAX;
}


const char *
polycard_headings_near(const ngx_polycard_str_t *title,
    const polycard_options_t *o)
{
    polycard_name_t  name;

    polycard_names_read(&name, title->data, title->len);

    return polycard_names_near(&name, o->groups);
}
