
#include "import/rows.h"

#include <stdlib.h>
#include <string.h>


int
polycard_rows_keep(polycard_rows_t *rows, const polycard_csv_t *csv)
{
    size_t           i;
    u_char          *p;
    polycard_row_t  *row;

    row = &rows->row[rows->next];

    if (row->size < csv->len || row->data == NULL) {
        p = realloc(row->data, csv->len + 1);
        if (p == NULL) {
            return NGX_POLYCARD_ERROR;
        }

        row->data = p;
        row->size = csv->len;
    }

    memcpy(row->data, csv->data, csv->len);

    for (i = 0; i < csv->n; i++) {
        row->len[i] = csv->field[i].len;
    }

    row->n = csv->n;
    row->line = csv->line;

    rows->next = (rows->next + 1) % POLYCARD_PIPELINE_MAX;

    return NGX_POLYCARD_OK;
}


size_t
polycard_rows_find(const polycard_rows_t *rows, uint64_t line,
    ngx_polycard_str_t *field)
{
    size_t                 i, k;
    u_char                *p;
    const polycard_row_t  *row;

    for (i = 0; i < POLYCARD_PIPELINE_MAX; i++) {
        row = &rows->row[i];

        if (row->data == NULL || row->line != line) {
            continue;
        }

        p = row->data;

        for (k = 0; k < row->n; k++) {
            field[k].data = p;
            field[k].len = row->len[k];
            p += row->len[k];
        }

        return row->n;
    }

    return 0;
}


void
polycard_rows_free(polycard_rows_t *rows)
{
    size_t  i;

    for (i = 0; i < POLYCARD_PIPELINE_MAX; i++) {
        free(rows->row[i].data);
        rows->row[i].data = NULL;
    }
}
