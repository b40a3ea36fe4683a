
#include "fuzz.h"
#include "core/json.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static void fuzz_check_values(const ngx_polycard_input_t *in);
static void fuzz_check_json(const ngx_polycard_input_t *in);
static ngx_polycard_str_t fuzz_json(const ngx_polycard_input_t *in);
static void fuzz_check_same(const ngx_polycard_input_t *a,
    const ngx_polycard_input_t *b);


void
fuzz_must(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "does not hold: %s\n", what);
        abort();
    }
}


ngx_polycard_str_t
fuzz_room(size_t size)
{
    ngx_polycard_str_t  room;

    room.len = size;
    room.data = malloc(size);

    fuzz_must(room.data != NULL || size == 0, "memory");

    return room;
}


ngx_polycard_str_t
fuzz_copy(const void *data, size_t len)
{
    ngx_polycard_str_t  copy;

    copy = fuzz_room(len);

    if (len) {
        memcpy(copy.data, data, len);
    }

    return copy;
}


ngx_polycard_str_t
fuzz_line(ngx_polycard_str_t *rest)
{
    u_char              *end;
    ngx_polycard_str_t   line;

    line = *rest;
    end = line.len ? memchr(line.data, '\n', line.len) : NULL;

    if (end) {
        line.len = end - line.data;
        rest->data = end + 1;
        rest->len -= line.len + 1;

    } else {
        rest->data += rest->len;
        rest->len = 0;
    }

    return line;
}


void
fuzz_lines(ngx_polycard_str_t *lines, size_t n, const uint8_t *data,
    size_t size)
{
    size_t              i;
    ngx_polycard_str_t  rest, line;

    rest.data = (u_char *) data;
    rest.len = size;

    for (i = 0; i < n; i++) {
        line = fuzz_line(&rest);
        lines[i] = fuzz_copy(line.data, line.len);
    }

    lines[n] = fuzz_copy(rest.data, rest.len);
}


void
fuzz_free(ngx_polycard_str_t *lines, size_t n)
{
    size_t  i;

    for (i = 0; i <= n; i++) {
        free(lines[i].data);
    }
}


void
fuzz_check_error(int rc, int checked, const ngx_polycard_input_t *in)
{
    fuzz_must(rc != NGX_POLYCARD_ERROR || in->error[0], "an error is said");
    fuzz_must((checked == NGX_POLYCARD_OK) == (in->error[0] == '\0'),
              "what is said is an error");
}


void
fuzz_check_input(int rc, ngx_polycard_input_t *in)
{
    ngx_polycard_input_t  before;

    if (rc == NGX_POLYCARD_OK) {
        rc = ngx_polycard_input_check(in, 0);
    }

    fuzz_must(in->pos <= in->end, "the scratch memory is kept");

    if (rc != NGX_POLYCARD_OK) {
        fuzz_must(rc == NGX_POLYCARD_ERROR, "the return code");
        fuzz_must(in->error[0] != '\0', "an error has a message");
        fuzz_must(memchr(in->error, '\0', sizeof(in->error)) != NULL,
                  "the message ends");
        fuzz_must(strstr(in->error, "too large") == NULL,
                  "the scratch memory does");
        return;
    }

    fuzz_check_values(in);

    before = *in;
    fuzz_must(ngx_polycard_input_check(in, 0) == NGX_POLYCARD_OK,
              "what passed the check passes it again");
    fuzz_must(before.pos == in->pos, "nothing was left to normalise");
    fuzz_check_same(&before, in);

    fuzz_check_json(in);
}


static void
fuzz_check_values(const ngx_polycard_input_t *in)
{
    size_t  i;

    for (i = 0; i < in->table->n; i++) {

        if (in->value[i].data == NULL) {
            fuzz_must(in->value[i].len == 0, "no value has no length");
            continue;
        }

        fuzz_must(in->value[i].len != 0, "a value is not empty");
        fuzz_must(ngx_polycard_attribute_check(&in->table->attribute[i],
                                               &in->value[i])
                  == NULL, "a value is of its type");
    }
}


static void
fuzz_check_json(const ngx_polycard_input_t *in)
{
    int                    rc;
    ngx_polycard_str_t     json, scratch;
    ngx_polycard_input_t   again;

    json = fuzz_json(in);
    scratch = fuzz_room(json.len + NGX_POLYCARD_INPUT_EXTRA);

    ngx_polycard_input_init(&again, in->table, scratch.data, scratch.len);

    rc = ngx_polycard_json_read(&again, &json);
    fuzz_must(rc == NGX_POLYCARD_OK, "the values are read as JSON");

    rc = ngx_polycard_input_check(&again, 0);
    fuzz_must(rc == NGX_POLYCARD_OK, "and are good there");

    fuzz_check_same(in, &again);

    free(scratch.data);
    free(json.data);
}


static ngx_polycard_str_t
fuzz_json(const ngx_polycard_input_t *in)
{
    size_t                           i, size;
    u_char                          *p;
    unsigned                         flaws, quoted;
    ngx_polycard_str_t               json;
    const ngx_polycard_attribute_t  *a;

    size = 2;

    for (i = 0; i < in->table->n; i++) {
        size += 64 + 6 * in->value[i].len;
    }

    json = fuzz_room(size);
    p = json.data;
    *p++ = '{';

    for (i = 0; i < in->table->n; i++) {
        a = &in->table->attribute[i];

        if (in->value[i].data == NULL) {
            continue;
        }

        quoted = a->type != NGX_POLYCARD_TYPE_AMOUNT
                 && a->type != NGX_POLYCARD_TYPE_INTEGER
                 && a->type != NGX_POLYCARD_TYPE_FLAG;

        p += sprintf((char *) p, "%s\"%.*s\":%s", p[-1] == '{' ? "" : ",",
                     (int) a->name.len, a->name.data, quoted ? "\"" : "");

        flaws = 0;
        p = ngx_polycard_text_print(p, &in->value[i], NGX_POLYCARD_TEXT_MAX,
                                    &flaws);
        fuzz_must(flaws == 0, "a checked value is printed without flaws");

        if (quoted) {
            *p++ = '"';
        }
    }

    *p++ = '}';
    json.len = p - json.data;

    return json;
}


static void
fuzz_check_same(const ngx_polycard_input_t *a, const ngx_polycard_input_t *b)
{
    size_t  i;

    for (i = 0; i < a->table->n; i++) {
        fuzz_must(a->value[i].len == b->value[i].len
                  && (a->value[i].len == 0
                      || memcmp(a->value[i].data, b->value[i].data,
                                a->value[i].len) == 0),
                  "the values are the same");
    }
}
