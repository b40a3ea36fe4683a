
/* The first line of the input is a query, the rest is a body. */


#include "fuzz.h"
#include "core/form.h"

#include <stdlib.h>


static void fuzz_table(const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *query, const ngx_polycard_str_t *body);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_polycard_str_t  rest, line, query, body;

    rest.data = (u_char *) data;
    rest.len = size;

    line = fuzz_line(&rest);
    query = fuzz_copy(line.data, line.len);
    body = fuzz_copy(rest.data, rest.len);

    fuzz_table(&ngx_polycard_client, &query, &body);
    fuzz_table(&ngx_polycard_group, &query, &body);

    free(query.data);
    free(body.data);

    return 0;
}


static void
fuzz_table(const ngx_polycard_table_t *table, const ngx_polycard_str_t *query,
    const ngx_polycard_str_t *body)
{
    int                    rc;
    ngx_polycard_str_t     scratch;
    ngx_polycard_input_t   in;

    scratch = fuzz_room(query->len + body->len + NGX_POLYCARD_INPUT_EXTRA);
    ngx_polycard_input_init(&in, table, scratch.data, scratch.len);

    rc = ngx_polycard_form_read(&in, query);

    if (rc == NGX_POLYCARD_OK) {
        rc = ngx_polycard_form_read(&in, body);
    }

    fuzz_check_input(rc, &in);

    free(scratch.data);
}
