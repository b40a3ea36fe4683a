
#include "import/batch.h"
#include "import/call.h"
#include "import/import.h"


int
polycard_batch_add(polycard_import_t *import, size_t place, unsigned again)
{
    polycard_batch_t  *batch;

    batch = &import->batch;

    if ((batch->n == POLYCARD_BATCH_MAX || again)
        && polycard_batch_send(import) != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    if (batch->n++ == 0) {
        batch->first = place;
        batch->given = 0;
    }

    batch->given |= import->record.given;

    return NGX_POLYCARD_OK;
}


int
polycard_batch_send(polycard_import_t *import)
{
    size_t             i, n;
    polycard_batch_t  *batch;

    static polycard_call_t  call;

    batch = &import->batch;
    n = batch->n;
    batch->n = 0;

    if (n == 0) {
        return NGX_POLYCARD_OK;
    }

    polycard_call_import(&call, import->options.prefix, &import->record,
                         batch->given);

    for (i = 0; i < n; i++) {
        polycard_call_row(&call, &import->record, batch->given,
            &import->rows.row[(batch->first + i) % POLYCARD_ROWS_MAX]);
    }

    return polycard_call_send(&call, &import->redis,
                              POLYCARD_BATCH_TAG(batch->first, n));
}
