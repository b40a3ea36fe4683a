
/*
 * A request to the office: path, If-Match, If-None-Match, Origin, Host and a
 * body that is a form or JSON, by lines; the body is the rest.
 */


#include "fuzz.h"
#include "core/form.h"
#include "core/json.h"
#include "core/office.h"
#include "core/office_answer.h"

#include <stdlib.h>
#include <string.h>


enum { PATH = 0, MATCH, NONE_MATCH, ORIGIN, HOST, BODY };


static void fuzz_path(const ngx_polycard_str_t *path);
static void fuzz_condition(const ngx_polycard_str_t *match,
    const ngx_polycard_str_t *none_match);
static void fuzz_has(const ngx_polycard_str_t *header,
    const ngx_polycard_str_t *etag);
static void fuzz_body(const ngx_polycard_str_t *body,
    const ngx_polycard_str_t *id,
    int (*read)(ngx_polycard_input_t *, const ngx_polycard_str_t *));
static void fuzz_print(const ngx_polycard_input_t *in);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_polycard_str_t  text[BODY + 1], *none;

    fuzz_lines(text, BODY, data, size);

    none = text[NONE_MATCH].len ? &text[NONE_MATCH] : NULL;

    fuzz_path(&text[PATH]);
    fuzz_condition(&text[MATCH], none);
    fuzz_condition(&text[MATCH], NULL);
    fuzz_condition(NULL, none);
    fuzz_has(&text[NONE_MATCH], &text[MATCH]);
    (void) ngx_polycard_office_own(&text[ORIGIN], &text[HOST]);
    fuzz_body(&text[BODY], &text[PATH], ngx_polycard_form_read);
    fuzz_body(&text[BODY], &text[PATH], ngx_polycard_json_read);

    fuzz_free(text, BODY);

    return 0;
}


static void
fuzz_path(const ngx_polycard_str_t *path)
{
    ngx_polycard_str_t     id;
    ngx_polycard_office_e  found;

    found = ngx_polycard_office_find(path, &id);

    switch (found) {

    case NGX_POLYCARD_OFFICE_NONE:
    case NGX_POLYCARD_OFFICE_CLIENTS:
    case NGX_POLYCARD_OFFICE_GROUPS:
    case NGX_POLYCARD_OFFICE_REGISTERED:
    case NGX_POLYCARD_OFFICE_READ:
    case NGX_POLYCARD_OFFICE_BATCH:
        break;

    default:
        fuzz_must(id.len > 0 && id.data >= path->data
                  && id.data + id.len <= path->data + path->len
                  && memchr(id.data, '/', id.len) == NULL,
                  "an id is a segment of the path");
    }
}


/* only what functions take as a condition */

static void
fuzz_condition(const ngx_polycard_str_t *match,
    const ngx_polycard_str_t *none_match)
{
    u_char  *p, *room, *end;

    room = malloc(NGX_POLYCARD_OFFICE_CONDITION);
    end = ngx_polycard_office_condition(room, match, none_match);

    fuzz_must(end == NULL || end - room <= NGX_POLYCARD_OFFICE_CONDITION,
              "a condition has room");

    for (p = room; end && p < end; p++) {
        fuzz_must(strchr("0123456789abcdef *-", *p) != NULL && *p,
                  "a condition is clean");
    }

    fuzz_must(end == NULL || end > room || (match == NULL && !none_match),
              "what somebody says is no empty condition");

    free(room);
}


/* an ETag is in quotes, or the header is "*" */

static void
fuzz_has(const ngx_polycard_str_t *header, const ngx_polycard_str_t *etag)
{
    if (ngx_polycard_office_has(header, etag)) {
        fuzz_must(memchr(header->data, '*', header->len) != NULL
                  || memmem(header->data, header->len, etag->data, etag->len)
                     != NULL, "an ETag that is named stands there");
    }
}


static void
fuzz_body(const ngx_polycard_str_t *body, const ngx_polycard_str_t *id,
    int (*read)(ngx_polycard_input_t *, const ngx_polycard_str_t *))
{
    int                           rc, checked;
    ngx_polycard_str_t            scratch;
    ngx_polycard_input_t          in;
    ngx_polycard_office_client_t  client;

    ngx_polycard_office_client(&client);

    scratch = fuzz_room(body->len + NGX_POLYCARD_INPUT_EXTRA);
    ngx_polycard_input_init(&in, &client.table, scratch.data, scratch.len);
    ngx_polycard_office_input(&in);

    rc = read(&in, body);
    ngx_polycard_office_identity(&in, id);
    checked = ngx_polycard_input_check(&in, 0);

    fuzz_check_error(rc, checked, &in);

    if (checked == NGX_POLYCARD_OK) {
        fuzz_print(&in);
    }

    free(scratch.data);
}


/* what was taken is printed, and fits */

static void
fuzz_print(const ngx_polycard_input_t *in)
{
    size_t                           i, size;
    u_char                          *end;
    ngx_polycard_str_t               room;
    const ngx_polycard_attribute_t  *a;

    for (i = 0; i < in->table->n; i++) {

        if (in->value[i].data == NULL) {
            continue;
        }

        a = &in->table->attribute[i];
        size = ngx_polycard_office_print_size(&a->name, &in->value[i]);
        room = fuzz_room(size);

        fuzz_must(ngx_polycard_office_named(in->table, &a->name) == a,
                  "an attribute is found by its name");

        end = ngx_polycard_office_print(room.data, a, &a->name, &in->value[i]);
        fuzz_must(end <= room.data + size, "what is printed fits");

        free(room.data);
    }
}
