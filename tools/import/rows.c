
#include "core/text.h"
#include "import/rows.h"

#include <stdlib.h>
#include <string.h>


static int polycard_row_room(polycard_row_t *row, size_t size);
static void polycard_row_add(polycard_row_t *row, const void *data,
    size_t len, uint32_t *kept);


int
polycard_rows_keep(polycard_rows_t *rows, uint64_t line,
    const polycard_csv_t *csv, const polycard_record_t *record, size_t *place)
{
    int              i;
    size_t           k, size;
    polycard_row_t  *row;

    row = &rows->row[rows->next];
    size = csv ? csv->len : 0;

    for (i = 0; i < record->argc; i++) {
        size += record->lens[i];
    }

    if (polycard_row_room(row, size) != NGX_POLYCARD_OK) {
        return NGX_POLYCARD_ERROR;
    }

    row->line = line;
    row->used = 0;
    row->n = csv ? csv->n : 0;
    row->args = record->argc;

    for (k = 0; k < row->n; k++) {
        polycard_row_add(row, csv->field[k].data, csv->field[k].len,
                         &row->len[k]);
    }

    for (k = 0; k < row->args; k++) {
        polycard_row_add(row, record->argv[k],
                         record->lens[k], &row->arg[k]);
    }

    *place = rows->next;
    rows->next = (rows->next + 1) % POLYCARD_ROWS_MAX;

    return NGX_POLYCARD_OK;
}


static int
polycard_row_room(polycard_row_t *row, size_t size)
{
    u_char  *p;

    if (row->data && size <= row->size) {
        return NGX_POLYCARD_OK;
    }

    p = realloc(row->data, size + 1);
    if (p == NULL) {
        return NGX_POLYCARD_ERROR;
    }

    row->data = p;
    row->size = size;

    return NGX_POLYCARD_OK;
}


static void
polycard_row_add(polycard_row_t *row, const void *data, size_t len,
    uint32_t *kept)
{
    memcpy(row->data + row->used, data, len);
    row->used += len;
    *kept = len;
}


void
polycard_rows_free(polycard_rows_t *rows)
{
    size_t  i;

    for (i = 0; i < POLYCARD_ROWS_MAX; i++) {
        free(rows->row[i].data);
        rows->row[i].data = NULL;
    }
}


size_t
polycard_row_fields(const polycard_row_t *row, ngx_polycard_str_t *field)
{
    size_t   i;
    u_char  *p;

    p = row->data;

    for (i = 0; i < row->n; i++) {
        field[i].data = p;
        field[i].len = row->len[i];
        p += row->len[i];
    }

    return row->n;
}


size_t
polycard_row_args(const polycard_row_t *row, const char **argv, size_t *lens)
{
    size_t   i;
    u_char  *p;

    p = row->data;

    for (i = 0; i < row->n; i++) {
        p += row->len[i];
    }

    for (i = 0; i < row->args; i++) {
        argv[i] = (char *) p;
        lens[i] = row->arg[i];
        p += row->arg[i];
    }

    return row->args;
}


ngx_polycard_str_t
polycard_row_value(const polycard_row_t *row, const ngx_polycard_str_t *name)
{
    size_t               i, n, lens[POLYCARD_RECORD_ARGS];
    const char          *argv[POLYCARD_RECORD_ARGS];
    ngx_polycard_str_t   value = { 0, NULL };

    n = polycard_row_args(row, argv, lens);

    for (i = 1; i + 1 < n; i += 2) {
        if (lens[i] == name->len
            && memcmp(argv[i], name->data, name->len) == 0) {
            value.data = (u_char *) argv[i + 1];
            value.len = lens[i + 1];
        }
    }

    return value;
}


ngx_polycard_str_t
polycard_row_card(const polycard_row_t *row)
{
    ngx_polycard_str_t  card;

    card = polycard_row_value(row, &ngx_polycard_client.attribute
                                       [NGX_POLYCARD_CLIENT_BARCODE].name);
    ngx_polycard_text_trim(&card);

    return card;
}


void
polycard_row_phone(const polycard_row_t *row,
    char phone[NGX_POLYCARD_PHONE_LEN + 1])
{
    size_t       lens[POLYCARD_RECORD_ARGS];
    const char  *argv[POLYCARD_RECORD_ARGS];

    (void) polycard_row_args(row, argv, lens);

    memcpy(phone, argv[0], NGX_POLYCARD_PHONE_LEN);
    phone[NGX_POLYCARD_PHONE_LEN] = '\0';
}
