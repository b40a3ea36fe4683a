
#include "import/names.h"
#include "import/totals.h"

#include <string.h>


static unsigned polycard_totals_word(const polycard_name_t *name);
static unsigned polycard_totals_amount(const polycard_name_t *name,
    const polycard_columns_t *columns, size_t i,
    const polycard_record_t *record);


/*
 * Such a row names nobody: were it refused, a file of all clients would never
 * be one in which everybody can be read.
 */

unsigned
polycard_totals_is(const polycard_columns_t *columns,
    const polycard_csv_t *csv, const polycard_record_t *record)
{
    size_t           i, words;
    polycard_name_t  name;

    if (csv->cut && csv->n < columns->n) {
        return 0;
    }

    for (words = 0, i = 0; i < csv->n; i++) {
        polycard_names_read(&name, csv->field[i].data, csv->field[i].len);

        if (name.n == 0) {
            continue;
        }

        if (words == 0 && polycard_totals_word(&name)) {
            words++;
            continue;
        }

        if (words == 0
            || !polycard_totals_amount(&name, columns, i, record))
        {
            return 0;
        }
    }

    return words;
}


/* also with a number of rows after it */

static unsigned
polycard_totals_word(const polycard_name_t *name)
{
    size_t              i, k;
    polycard_name_t     word;
    static const char *const  words[] = {
        "разом", "усього", "всього", "підсумок", "итого", "всего", "total",
        "totals"
    };

    for (i = 0; i < polycard_nelts(words); i++) {
        polycard_names_read(&word, (const u_char *) words[i],
                            strlen(words[i]));

        if (name->n < word.n
            || memcmp(name->c, word.c, word.n * sizeof(uint32_t)) != 0)
        {
            continue;
        }

        for (k = word.n; k < name->n; k++) {
            if (name->c[k] < '0' || name->c[k] > '9') {
                break;
            }
        }

        if (k == name->n) {
            return 1;
        }
    }

    return 0;
}


static unsigned
polycard_totals_amount(const polycard_name_t *name,
    const polycard_columns_t *columns, size_t i,
    const polycard_record_t *record)
{
    size_t  k;

    if (i < columns->n && columns->index[i] >= 0
        && record->attribute[columns->index[i]].type
           != NGX_POLYCARD_TYPE_AMOUNT)
    {
        return 0;
    }

    for (k = 0; k < name->n; k++) {
        if (name->c[k] < '0' || name->c[k] > '9') {
            return 0;
        }
    }

    return 1;
}
