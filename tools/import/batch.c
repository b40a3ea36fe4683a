
#include "import/batch.h"
#include "import/call.h"
#include "import/import.h"

#include <string.h>


static uint32_t polycard_batch_columns(const polycard_import_t *import);


int
polycard_batch_add(polycard_import_t *import, size_t place, unsigned again)
{
    uint32_t           columns;
    polycard_batch_t  *batch;

    batch = &import->batch;
    columns = polycard_batch_columns(import);

    if (batch->n == POLYCARD_BATCH_MAX || again
        || (batch->n && batch->columns != columns))
    {
        if (polycard_batch_send(import) != NGX_POLYCARD_OK) {
            return NGX_POLYCARD_ERROR;
        }
    }

    if (batch->n++ == 0) {
        batch->first = place;
        batch->columns = columns;
    }

    return NGX_POLYCARD_OK;
}


int
polycard_batch_send(polycard_import_t *import)
{
    size_t             n;
    polycard_batch_t  *batch;

    static polycard_call_t  call;

    batch = &import->batch;
    n = batch->n;
    batch->n = 0;

    if (n == 0) {
        return NGX_POLYCARD_OK;
    }

    polycard_call_import(&call, import->options.prefix, &import->rows,
                         batch->first, n);

    return polycard_call_send(&call, &import->redis,
                              POLYCARD_BATCH_TAG(batch->first, n));
}


/* the attributes that a record gives; the function passes over an empty card */

static uint32_t
polycard_batch_columns(const polycard_import_t *import)
{
    size_t                    i;
    uint32_t                  columns;
    const polycard_record_t  *record;

    record = &import->record;
    columns = 0;

    for (i = 1; i < record->table.n; i++) {
        if (record->in.value[i].data
            && record->attribute[i].type != NGX_POLYCARD_TYPE_CARD)
        {
            columns |= (uint32_t) 1 << i;
        }
    }

    return columns;
}
