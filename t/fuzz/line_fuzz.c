
/* A line of a batch of the office. */


#include "fuzz.h"
#include "core/json.h"
#include "core/office.h"
#include "core/office_line.h"

#include <stdlib.h>
#include <string.h>


static void fuzz_set(const ngx_polycard_str_t *text,
    const ngx_polycard_office_line_t *line);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int                         rc;
    ngx_polycard_str_t          text, scratch;
    ngx_polycard_office_line_t  line;

    text = fuzz_copy(data, size);
    scratch = fuzz_room(size + NGX_POLYCARD_INPUT_EXTRA);

    rc = ngx_polycard_office_line_read(&line, &text, scratch.data,
                                       scratch.len);

    fuzz_must((rc == NGX_POLYCARD_OK) == (line.in.error[0] == '\0'),
              "an error is said, and nothing else");

    if (rc == NGX_POLYCARD_OK) {
        fuzz_must(line.op < NGX_POLYCARD_LINE_OPS, "an operation is known");
        fuzz_must(line.in.value[NGX_POLYCARD_LINE_PHONE].len == 12
                  || line.in.value[NGX_POLYCARD_LINE_ID].len > 0,
                  "it says whose it is");
        fuzz_set(&text, &line);
    }

    free(text.data);
    free(scratch.data);

    return 0;
}


/* the object is a part of the line, and an object */

static void
fuzz_set(const ngx_polycard_str_t *text,
    const ngx_polycard_office_line_t *line)
{
    int                           rc;
    ngx_polycard_str_t            set, scratch;
    ngx_polycard_input_t          in;
    ngx_polycard_office_client_t  client;

    set = line->set;

    if (set.data == NULL) {
        return;
    }

    fuzz_must(set.len >= 2 && set.data > text->data
              && set.data + set.len < text->data + text->len
              && set.data[0] == '{' && set.data[set.len - 1] == '}',
              "set is an object of the line");

    ngx_polycard_office_client(&client);

    scratch = fuzz_room(set.len + NGX_POLYCARD_INPUT_EXTRA);
    ngx_polycard_input_init(&in, &client.table, scratch.data, scratch.len);
    ngx_polycard_office_input(&in);

    rc = ngx_polycard_json_read(&in, &set);

    fuzz_must(rc == NGX_POLYCARD_OK || rc == NGX_POLYCARD_NO_MEMORY,
              "what is read in a line is read by itself");

    free(scratch.data);
}
