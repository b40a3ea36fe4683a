
/* The first line of the input is the Content-Type, the rest is the body. */


#include "fuzz.h"
#include "core/multipart.h"

#include <stdlib.h>


static void fuzz_table(const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *body, const ngx_polycard_str_t *boundary);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                  rc;
    ngx_polycard_str_t   rest, line, type, body, boundary;

    rest.data = (u_char *) data;
    rest.len = size;

    line = fuzz_line(&rest);
    type = fuzz_copy(line.data, line.len);
    body = fuzz_copy(rest.data, rest.len);

    rc = ngx_polycard_multipart_boundary(&type, &boundary);

    if (rc == NGX_POLYCARD_OK) {
        fuzz_must(boundary.len >= 1 && boundary.len <= 70
                  && boundary.data >= type.data
                  && boundary.data + boundary.len <= type.data + type.len,
                  "the boundary lies in the header");

        fuzz_table(&ngx_polycard_client, &body, &boundary);
        fuzz_table(&ngx_polycard_group, &body, &boundary);
    }

    free(type.data);
    free(body.data);

    return 0;
}


static void
fuzz_table(const ngx_polycard_table_t *table, const ngx_polycard_str_t *body,
    const ngx_polycard_str_t *boundary)
{
    int                    rc;
    size_t                 i;
    ngx_polycard_str_t     scratch;
    ngx_polycard_input_t   in;

    scratch = fuzz_room(NGX_POLYCARD_INPUT_EXTRA);
    ngx_polycard_input_init(&in, table, scratch.data, scratch.len);

    rc = ngx_polycard_multipart_read(&in, body, boundary);

    for (i = 0; i < table->n; i++) {
        fuzz_must(in.value[i].data == NULL
                  || (in.value[i].data >= body->data
                      && in.value[i].data + in.value[i].len
                         <= body->data + body->len),
                  "a value lies in the body");
    }

    fuzz_check_input(rc, &in);

    free(scratch.data);
}
