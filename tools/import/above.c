
#include "import/above.h"
#include "import/headings.h"

#include <stdlib.h>
#include <string.h>


/* a title, and the like, is so many values at most */
#define ABOVE_VALUES  3


unsigned
polycard_above_is_header(const polycard_csv_t *csv,
    const polycard_options_t *o, const polycard_record_t *record,
    unsigned below)
{
    int     index;
    size_t  i, values;

    for (values = 0, i = 0; i < csv->n; i++) {
        index = polycard_headings_find(&csv->field[i], o, record);

        if (index == 0 || (index > 0 && !below)) {
            return 1;
        }

        values += (csv->field[i].len != 0);
    }

    return !below && values > ABOVE_VALUES;
}


int
polycard_above_copy(polycard_csv_t *to, const polycard_csv_t *csv,
    u_char **text)
{
    size_t  i, used;

    *text = malloc(csv->len + 1);
    if (*text == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    *to = *csv;

    for (used = 0, i = 0; i < csv->n; i++) {
        memcpy(*text + used, csv->field[i].data, csv->field[i].len);
        to->field[i].data = *text + used;
        used += csv->field[i].len;
    }

    return NGX_POLYCARD_OK;
}
