
/*
 * A request of an operator: path, query and the id of a hook, by lines; the
 * body is the rest.  The id is a time, as the answers write it.
 */


#include "fuzz.h"
#include "core/form.h"
#include "core/json.h"
#include "core/number.h"
#include "core/office.h"
#include "core/operator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


enum { PATH = 0, QUERY, TIME, BODY };


static void fuzz_path(const ngx_polycard_str_t *path);
static void fuzz_time(const ngx_polycard_str_t *text);
static void fuzz_input(const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *text,
    int (*read)(ngx_polycard_input_t *, const ngx_polycard_str_t *));


static const ngx_polycard_attribute_t  query_attributes[] = {
    { ngx_polycard_string("token"), NGX_POLYCARD_TYPE_TEXT, 0 },
    { ngx_polycard_string("after"), NGX_POLYCARD_TYPE_TEXT, 0 },
    { ngx_polycard_string("limit"), NGX_POLYCARD_TYPE_INTEGER, 0 }
};

static const ngx_polycard_attribute_t  body_attributes[] = {
    { ngx_polycard_string("phone"), NGX_POLYCARD_TYPE_PHONE, 0 },
    { ngx_polycard_string("group"), NGX_POLYCARD_TYPE_INTEGER, 0 },
    { ngx_polycard_string("all"), NGX_POLYCARD_TYPE_FLAG, 0 },
    { ngx_polycard_string("waiting"), NGX_POLYCARD_TYPE_INTEGER, 0 }
};

static const ngx_polycard_table_t  query_table = { query_attributes, 3 };
static const ngx_polycard_table_t  body_table = { body_attributes, 4 };


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_polycard_str_t  text[BODY + 1];

    fuzz_lines(text, BODY, data, size);

    fuzz_path(&text[PATH]);
    fuzz_time(&text[TIME]);
    fuzz_input(&query_table, &text[QUERY], ngx_polycard_form_read);
    fuzz_input(&body_table, &text[BODY], ngx_polycard_json_read);

    fuzz_free(text, BODY);

    return 0;
}


/* an id is digits, a dash, digits, and a part of the path */

static void
fuzz_path(const ngx_polycard_str_t *path)
{
    size_t                   digits, more;
    char                     copy[64];
    ngx_polycard_str_t       id;
    ngx_polycard_operator_e  found;

    found = ngx_polycard_operator_find(path, &id);

    if (found != NGX_POLYCARD_OPERATOR_DEAD_ONE
        && found != NGX_POLYCARD_OPERATOR_REQUEUE)
    {
        fuzz_must(id.len == 0, "no other path has an id");
        return;
    }

    fuzz_must(id.data == path->data + 5 && id.len <= path->len - 5,
              "an id is a part of the path");

    if (id.len >= sizeof(copy)) {
        return;
    }

    memcpy(copy, id.data, id.len);
    copy[id.len] = '\0';

    digits = strspn(copy, "0123456789");
    fuzz_must(digits > 0 && copy[digits] == '-', "an id is digits, a dash");

    more = strspn(copy + digits + 1, "0123456789");
    fuzz_must(more > 0 && digits + 1 + more == id.len, "... and digits");
}


/* as libc says */

static void
fuzz_time(const ngx_polycard_str_t *text)
{
    char       wanted[128];
    size_t     len;
    time_t     seconds;
    u_char    *room, *end;
    int64_t    ms;
    struct tm  tm;

    if (ngx_polycard_number_parse_integer(text, &ms) != NGX_POLYCARD_OK) {
        return;
    }

    room = malloc(NGX_POLYCARD_OPERATOR_TIME);
    end = ngx_polycard_operator_print_time(room, ms);

    fuzz_must(end == room + NGX_POLYCARD_OPERATOR_TIME, "a time fits");

    if (ms >= 0 && ms < 253402300800000) {
        seconds = (time_t) (ms / 1000);
        len = strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%S",
                       gmtime_r(&seconds, &tm));
        (void) snprintf(wanted + len, sizeof(wanted) - len, ".%03dZ",
                        (int) (ms % 1000));

        fuzz_must(memcmp(wanted, room, NGX_POLYCARD_OPERATOR_TIME) == 0,
                  "it is the time that libc says");
    }

    free(room);
}


static void
fuzz_input(const ngx_polycard_table_t *table, const ngx_polycard_str_t *text,
    int (*read)(ngx_polycard_input_t *, const ngx_polycard_str_t *))
{
    int                   rc, checked;
    ngx_polycard_str_t    scratch;
    ngx_polycard_input_t  in;

    scratch = fuzz_room(text->len + NGX_POLYCARD_INPUT_EXTRA);
    ngx_polycard_input_init(&in, table, scratch.data, scratch.len);
    ngx_polycard_office_input(&in);

    rc = read(&in, text);
    checked = ngx_polycard_input_check(&in, 1);

    fuzz_check_error(rc, checked, &in);

    free(scratch.data);
}
