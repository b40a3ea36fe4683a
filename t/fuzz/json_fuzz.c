
/* The input is a JSON body. */


#include "fuzz.h"
#include "core/json.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>


static void fuzz_table(const ngx_polycard_table_t *table,
    const uint8_t *data, size_t size);
static void fuzz_check_numbers(const ngx_polycard_input_t *in,
    const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_table(&ngx_polycard_client, data, size);
    fuzz_table(&ngx_polycard_group, data, size);

    return 0;
}


static void
fuzz_table(const ngx_polycard_table_t *table, const uint8_t *data, size_t size)
{
    int                    rc;
    ngx_polycard_str_t     body, scratch;
    ngx_polycard_input_t   in;

    body = fuzz_copy(data, size);
    scratch = fuzz_room(size + NGX_POLYCARD_INPUT_EXTRA);

    ngx_polycard_input_init(&in, table, scratch.data, scratch.len);

    rc = ngx_polycard_json_read(&in, &body);

    /* nothing of the body is referred to */

    free(body.data);

    if (rc == NGX_POLYCARD_OK) {
        fuzz_check_numbers(&in, data, size);
    }

    fuzz_check_input(rc, &in);

    free(scratch.data);
}


/* the digits of each number are its own, not those of another member */

static void
fuzz_check_numbers(const ngx_polycard_input_t *in, const uint8_t *data,
    size_t size)
{
    int                        i;
    char                       digits[8192];
    cJSON                     *root, *item;
    const ngx_polycard_str_t  *value;

    root = cJSON_ParseWithLength((const char *) data, size);
    fuzz_must(root != NULL, "cJSON reads it again");

    cJSON_ArrayForEach(item, root) {

        i = ngx_polycard_input_index((ngx_polycard_input_t *) in,
                                     (u_char *) item->string,
                                     strlen(item->string));

        if (i == -1 || !cJSON_IsNumber(item)) {
            continue;
        }

        value = &in->value[i];
        fuzz_must(value->len > 0, "a number has digits");

        if (value->len < sizeof(digits)) {
            memcpy(digits, value->data, value->len);
            digits[value->len] = '\0';

            fuzz_must(strtod(digits, NULL) == item->valuedouble,
                      "cJSON sees the same number");
        }
    }

    cJSON_Delete(root);
}
