
/*
 * A record of the outbox as a hook: the lines of the input are its id, key,
 * object and action, then names and values of fields, a line each.
 */


#include "fuzz.h"
#include "core/hook.h"
#include "core/outbox.h"
#include "core/text.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>


#define FUZZ_FIELDS      32
#define FUZZ_PARAMETERS  5


static void fuzz_check_id(const ngx_polycard_str_t *text);
static ngx_polycard_str_t fuzz_data(const ngx_polycard_str_t *object,
    const ngx_polycard_str_t *key, ngx_polycard_str_t *rest);
static void fuzz_fields(ngx_polycard_outbox_t *record,
    ngx_polycard_str_t *field, ngx_polycard_str_t *rest);
static void fuzz_check_data(const ngx_polycard_str_t *data,
    const ngx_polycard_table_t *table);
static ngx_polycard_str_t fuzz_print(ngx_polycard_hook_format_e format,
    const ngx_polycard_hook_t *hook);
static void fuzz_check_json(const ngx_polycard_hook_t *hook);
static void fuzz_check_form(ngx_polycard_hook_format_e format,
    const ngx_polycard_hook_t *hook);
static ngx_polycard_str_t fuzz_parameter(ngx_polycard_str_t *rest);
static void fuzz_decode(ngx_polycard_str_t *text);
static unsigned fuzz_hex(u_char ch);
static unsigned fuzz_same(const ngx_polycard_str_t *one,
    const ngx_polycard_str_t *other);


static const char  *fuzz_names[FUZZ_PARAMETERS] = {
    "token", "alias", "object", "action", "data"
};


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_polycard_str_t   rest, line, key, object;
    ngx_polycard_hook_t  hook;

    rest.data = (u_char *) data;
    rest.len = size;

    line = fuzz_line(&rest);
    fuzz_check_id(&line);

    line = fuzz_line(&rest);
    key = fuzz_copy(line.data, line.len);
    line = fuzz_line(&rest);
    object = fuzz_copy(line.data, line.len);
    line = fuzz_line(&rest);
    hook.action = fuzz_copy(line.data, line.len);

    hook.token = fuzz_copy("0123456789abcdef+&=% \"\\ghijklmno", 32);
    hook.alias = fuzz_copy(key.data, key.len);
    hook.object = object;
    hook.data = fuzz_data(&object, &key, &rest);

    fuzz_check_json(&hook);
    fuzz_check_form(NGX_POLYCARD_HOOK_POST_FORM, &hook);
    fuzz_check_form(NGX_POLYCARD_HOOK_GET, &hook);

    free(hook.token.data);
    free(hook.alias.data);
    free(hook.object.data);
    free(hook.action.data);
    free(hook.data.data);
    free(key.data);

    return 0;
}


static void
fuzz_check_id(const ngx_polycard_str_t *text)
{
    u_char                       room[NGX_POLYCARD_OUTBOX_ID_LEN];
    ngx_polycard_str_t           copy, again;
    ngx_polycard_dispatch_id_t   id, same;

    copy = fuzz_copy(text->data, text->len);

    if (ngx_polycard_outbox_parse_id(&copy, &id) == NGX_POLYCARD_OK) {
        again.data = room;
        again.len = ngx_polycard_outbox_print_id(room, &id) - room;

        fuzz_must(again.len <= copy.len, "an id is printed without zeros");
        fuzz_must(ngx_polycard_outbox_parse_id(&again, &same)
                  == NGX_POLYCARD_OK
                  && id.ms == same.ms && id.seq == same.seq,
                  "an id is read back");
    }

    free(copy.data);
}


/* as the emitter does it: what is no record has an empty object as data */

static ngx_polycard_str_t
fuzz_data(const ngx_polycard_str_t *object, const ngx_polycard_str_t *key,
    ngx_polycard_str_t *rest)
{
    size_t                  i;
    u_char                 *end, *twice;
    ngx_polycard_str_t      data, again, field[2 * FUZZ_FIELDS];
    ngx_polycard_outbox_t   record;

    if (ngx_polycard_outbox_init(&record, object, key) != NGX_POLYCARD_OK) {
        return fuzz_copy("{}", 2);
    }

    memset(field, 0, sizeof(field));
    fuzz_fields(&record, field, rest);

    data = fuzz_room(ngx_polycard_outbox_size(&record));
    again = fuzz_room(data.len);
    end = ngx_polycard_outbox_print(data.data, &record);

    if (end) {
        twice = ngx_polycard_outbox_print(again.data, &record);
        fuzz_must((size_t) (end - data.data) <= data.len, "the size");

        data.len = end - data.data;
        again.len = twice - again.data;

        fuzz_must(fuzz_same(&data, &again), "the same bytes each time");
        fuzz_check_data(&data, record.table);

    } else {
        free(data.data);
        data = fuzz_copy("{}", 2);
    }

    free(again.data);

    for (i = 0; i < 2 * FUZZ_FIELDS; i++) {
        free(field[i].data);
    }

    return data;
}


static void
fuzz_fields(ngx_polycard_outbox_t *record, ngx_polycard_str_t *field,
    ngx_polycard_str_t *rest)
{
    size_t              i;
    ngx_polycard_str_t  line;

    for (i = 0; i < 2 * FUZZ_FIELDS && rest->len; i += 2) {
        line = fuzz_line(rest);
        field[i] = fuzz_copy(line.data, line.len);
        line = fuzz_line(rest);
        field[i + 1] = fuzz_copy(line.data, line.len);

        ngx_polycard_outbox_set(record, &field[i], &field[i + 1]);
    }
}


/* members of the table, in its order, and all that are required */

static void
fuzz_check_data(const ngx_polycard_str_t *data,
    const ngx_polycard_table_t *table)
{
    size_t       i;
    cJSON       *root, *item;
    const char  *end;

    fuzz_must(ngx_polycard_text_check(data, SIZE_MAX) == 0,
              "UTF-8 without control characters");

    root = cJSON_ParseWithLengthOpts((char *) data->data, data->len, &end, 0);
    fuzz_must(cJSON_IsObject(root)
              && end == (char *) data->data + data->len, "one JSON object");

    item = root->child;

    for (i = 0; i < table->n; i++) {
        if (item && strlen(item->string) == table->attribute[i].name.len
            && memcmp(item->string, table->attribute[i].name.data,
                      table->attribute[i].name.len)
               == 0)
        {
            item = item->next;
            continue;
        }

        fuzz_must(!table->attribute[i].required, "all that is required");
    }

    fuzz_must(item == NULL, "nothing else, in the order of the table");
    cJSON_Delete(root);
}


static ngx_polycard_str_t
fuzz_print(ngx_polycard_hook_format_e format, const ngx_polycard_hook_t *hook)
{
    u_char              *end;
    ngx_polycard_str_t   text;

    text = fuzz_room(ngx_polycard_hook_size(format, hook));
    end = ngx_polycard_hook_print(text.data, format, hook);

    fuzz_must((size_t) (end - text.data) <= text.len, "the size of a hook");
    text.len = end - text.data;

    return text;
}


/* the five parameters in their order; what is no text comes as U+FFFD */

static void
fuzz_check_json(const ngx_polycard_hook_t *hook)
{
    size_t               i;
    cJSON               *root, *item;
    const char          *end;
    ngx_polycard_str_t   body;

    body = fuzz_print(NGX_POLYCARD_HOOK_POST_JSON, hook);

    fuzz_must(ngx_polycard_text_check(&body, SIZE_MAX) == 0,
              "a body is UTF-8 without control characters");

    root = cJSON_ParseWithLengthOpts((char *) body.data, body.len, &end, 0);
    fuzz_must(cJSON_IsObject(root) && end == (char *) body.data + body.len,
              "a body is one JSON object");

    for (i = 0, item = root->child; i < FUZZ_PARAMETERS; i++) {
        fuzz_must(item && strcmp(item->string, fuzz_names[i]) == 0,
                  "the parameters in their order");
        fuzz_must(i == 4 ? cJSON_IsObject(item) : cJSON_IsString(item),
                  "four texts and an object");
        item = item->next;
    }

    fuzz_must(item == NULL, "no more parameters");

    fuzz_must(strlen(root->child->valuestring) == hook->token.len
              && memcmp(root->child->valuestring, hook->token.data,
                        hook->token.len) == 0, "the token");
    fuzz_must(memcmp(body.data + body.len - 1 - hook->data.len,
                     hook->data.data, hook->data.len) == 0,
              "data byte for byte");

    cJSON_Delete(root);
    free(body.data);
}


/* read back, the parameters are what they were, byte for byte */

static void
fuzz_check_form(ngx_polycard_hook_format_e format,
    const ngx_polycard_hook_t *hook)
{
    size_t               i;
    ngx_polycard_str_t   body, rest, value;
    ngx_polycard_str_t   wanted[FUZZ_PARAMETERS] = {
        hook->token, hook->alias, hook->object, hook->action, hook->data
    };

    body = fuzz_print(format, hook);
    rest = body;

    for (i = 0; i < FUZZ_PARAMETERS; i++) {
        fuzz_must(rest.len > strlen(fuzz_names[i])
                  && memcmp(rest.data, fuzz_names[i], strlen(fuzz_names[i]))
                     == 0
                  && rest.data[strlen(fuzz_names[i])] == '=',
                  "the parameters in their order");

        rest.data += strlen(fuzz_names[i]) + 1;
        rest.len -= strlen(fuzz_names[i]) + 1;

        value = fuzz_parameter(&rest);
        fuzz_decode(&value);
        fuzz_must(fuzz_same(&value, &wanted[i]), "a parameter is read back");
    }

    fuzz_must(rest.len == 0, "no more parameters");
    free(body.data);
}


/* up to the next '&', which is taken from rest */

static ngx_polycard_str_t
fuzz_parameter(ngx_polycard_str_t *rest)
{
    u_char              *end;
    ngx_polycard_str_t   value;

    value = *rest;
    end = rest->len ? memchr(rest->data, '&', rest->len) : NULL;

    if (end) {
        value.len = end - value.data;
        rest->data = end + 1;
        rest->len -= value.len + 1;

    } else {
        rest->data += rest->len;
        rest->len = 0;
    }

    return value;
}


/* in place; nothing but unreserved characters and escapes may stand there */

static void
fuzz_decode(ngx_polycard_str_t *text)
{
    u_char  ch, *p, *last, *end;

    p = text->data;
    last = p;
    end = p + text->len;

    while (p < end) {
        ch = *p++;

        if (ch == '%') {
            fuzz_must(end - p >= 2, "an escape is whole");
            ch = fuzz_hex(p[0]) << 4 | fuzz_hex(p[1]);
            p += 2;

        } else {
            fuzz_must(ch && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
                                   "pqrstuvwxyz0123456789-._~", ch),
                      "all else is escaped");
        }

        *last++ = ch;
    }

    text->len = last - text->data;
}


static unsigned
fuzz_hex(u_char ch)
{
    static const char  hex[] = "0123456789ABCDEF";

    const char  *place;

    place = ch ? strchr(hex, ch) : NULL;
    fuzz_must(place != NULL, "two hex digits follow a percent sign");

    return place - hex;
}


static unsigned
fuzz_same(const ngx_polycard_str_t *one, const ngx_polycard_str_t *other)
{
    return one->len == other->len
           && (one->len == 0 || memcmp(one->data, other->data, one->len) == 0);
}
