
/*
 * Stored attributes as JSON: the first line of the input is "group" or
 * anything else for a client, each further one the value of an attribute in
 * the order of the table; "-" is a field that is not there.
 */


#include "fuzz.h"
#include "core/answer.h"
#include "core/json.h"
#include "core/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>


static void fuzz_check_record(const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *json, unsigned flaws);
static void fuzz_check_item(ngx_polycard_type_e type, const cJSON *item);
static void fuzz_check_read(const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *json);
static void fuzz_check_short(const ngx_polycard_str_t *text);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                       i;
    u_char                      *last;
    unsigned                     flaws;
    const ngx_polycard_table_t  *table;
    ngx_polycard_str_t           rest, line, json;
    ngx_polycard_str_t           value[NGX_POLYCARD_ATTRIBUTES_MAX];

    rest.data = (u_char *) data;
    rest.len = size;

    line = fuzz_line(&rest);
    table = line.len == 5 && memcmp(line.data, "group", 5) == 0
            ? &ngx_polycard_group : &ngx_polycard_client;

    for (i = 0; i < table->n; i++) {
        line = fuzz_line(&rest);

        if (line.len == 1 && line.data[0] == '-') {
            value[i].data = NULL;
            value[i].len = 0;

        } else {
            value[i] = fuzz_copy(line.data, line.len);
            fuzz_check_short(&value[i]);
        }
    }

    json = fuzz_room(ngx_polycard_answer_size(table, value));
    flaws = 0;
    last = ngx_polycard_answer_record(json.data, table, value, &flaws);

    if (last) {
        fuzz_must((size_t) (last - json.data) <= json.len, "the size");
        json.len = last - json.data;
        fuzz_check_record(table, &json, flaws);
    }

    free(json.data);

    for (i = 0; i < table->n; i++) {
        free(value[i].data);
    }

    return 0;
}


static void
fuzz_check_record(const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *json, unsigned flaws)
{
    int                    index;
    size_t                 i;
    cJSON                 *root, *item;
    const char            *end;
    ngx_polycard_input_t   in;

    fuzz_must(flaws <= table->n, "a flaw an attribute");
    fuzz_must(ngx_polycard_text_check(json, SIZE_MAX) == 0,
              "UTF-8 without control characters");

    root = cJSON_ParseWithLengthOpts((char *) json->data, json->len, &end, 0);
    fuzz_must(cJSON_IsObject(root) && end == (char *) json->data + json->len,
              "one JSON object");

    ngx_polycard_input_init(&in, table, json->data, 0);
    i = 0;

    cJSON_ArrayForEach(item, root) {
        index = ngx_polycard_input_index(&in, (u_char *) item->string,
                                         strlen(item->string));

        fuzz_must(index >= (int) i, "attributes in the table's order");
        fuzz_check_item(table->attribute[index].type, item);

        for ( /* void */ ; i < (size_t) index; i++) {
            fuzz_must(!table->attribute[i].required, "all that is required");
        }

        i++;
    }

    for ( /* void */ ; i < table->n; i++) {
        fuzz_must(!table->attribute[i].required, "all that is required");
    }

    cJSON_Delete(root);

    if (flaws == 0) {
        fuzz_check_read(table, json);
    }
}


static void
fuzz_check_item(ngx_polycard_type_e type, const cJSON *item)
{
    switch (type) {

    case NGX_POLYCARD_TYPE_AMOUNT:
        fuzz_must(cJSON_IsNumber(item) && fabs(item->valuedouble) < 1e13,
                  "an amount is a number");
        break;

    case NGX_POLYCARD_TYPE_INTEGER:
        fuzz_must(cJSON_IsNumber(item) && item->valuedouble >= 0
                  && item->valuedouble <= 9007199254740991.0
                  && item->valuedouble == floor(item->valuedouble),
                  "a whole number is a number");
        break;

    case NGX_POLYCARD_TYPE_FLAG:
        fuzz_must(cJSON_IsBool(item), "a flag is true or false");
        break;

    default:
        fuzz_must(cJSON_IsString(item)
                  && strlen(item->valuestring) <= 4 * NGX_POLYCARD_TEXT_MAX,
                  "all else is a string");
    }
}


/* what was stored as it should be can be sent as well */

static void
fuzz_check_read(const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *json)
{
    int                    rc;
    ngx_polycard_str_t     scratch;
    ngx_polycard_input_t   in;

    scratch = fuzz_room(json->len + NGX_POLYCARD_INPUT_EXTRA);
    ngx_polycard_input_init(&in, table, scratch.data, scratch.len);

    rc = ngx_polycard_json_read(&in, json);
    fuzz_must(rc == NGX_POLYCARD_OK, "a record without flaws is read");
    fuzz_must(ngx_polycard_input_check(&in, 1) == NGX_POLYCARD_OK,
              "and is good");
    fuzz_check_input(rc, &in);

    free(scratch.data);
}


static void
fuzz_check_short(const ngx_polycard_str_t *text)
{
    u_char              *last;
    ngx_polycard_str_t   json;

    json = fuzz_room(ngx_polycard_answer_ok_size(text));
    last = ngx_polycard_answer_ok(json.data, INT64_MAX, text);

    fuzz_must((size_t) (last - json.data) <= json.len, "the size of an OK");

    json.len = last - json.data;
    fuzz_must(ngx_polycard_text_check(&json, SIZE_MAX) == 0,
              "an OK is UTF-8 without control characters");

    free(json.data);
}
