
#include "core/answer.h"
#include "import/export.h"
#include "import/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static unsigned polycard_export_values(polycard_export_t *export,
    uint64_t place, const redisReply *reply, ngx_polycard_str_t *value);
static int polycard_export_room(polycard_export_t *export, size_t size);
static unsigned polycard_export_is_whole(polycard_export_t *export,
    const ngx_polycard_str_t *value);
static int polycard_export_write(polycard_export_t *export,
    const ngx_polycard_str_t *value);
static int polycard_export_row(polycard_export_t *export,
    ngx_polycard_str_t *text);


/* HMGET of all attributes except the first, which is in the key */

int
polycard_export_send(polycard_export_t *export, size_t place)
{
    int                          argc;
    char                        *key;
    size_t                       k, lens[2 + NGX_POLYCARD_ATTRIBUTES_MAX];
    const char                  *kind;
    const char                  *argv[2 + NGX_POLYCARD_ATTRIBUTES_MAX];
    const ngx_polycard_str_t    *name, *member;

    member = &export->member[place];
    kind = export->options.groups ? "group:" : "client:";

    key = malloc(strlen(export->options.prefix) + strlen(kind) + member->len
                 + 1);
    if (key == NULL) {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    argv[0] = "HMGET";
    lens[0] = 5;
    argv[1] = key;
    lens[1] = sprintf(key, "%s%s", export->options.prefix, kind);

    memcpy(key + lens[1], member->data, member->len);
    lens[1] += member->len;

    argc = 2;

    for (k = 1; k < export->record.table.n; k++) {
        name = &export->record.attribute[k].name;

        argv[argc] = (char *) name->data;
        lens[argc++] = name->len;
    }

    argc = polycard_redis_send(&export->redis, argc, argv, lens, place);

    free(key);

    return argc;
}


int
polycard_export_answer(void *data, uint64_t place, const redisReply *reply)
{
    polycard_export_t   *export;
    ngx_polycard_str_t   value[NGX_POLYCARD_ATTRIBUTES_MAX];

    export = data;

    if (reply->type == REDIS_REPLY_ERROR
        && strncmp(reply->str, "WRONGTYPE", 9) == 0)
    {
        export->left[POLYCARD_LEFT_TYPE]++;
        return NGX_POLYCARD_OK;
    }

    if (reply->type != REDIS_REPLY_ARRAY
        || reply->elements != export->record.table.n - 1)
    {
        return polycard_redis_mismatch(reply);
    }

    if (!polycard_export_values(export, place, reply, value)) {

        /* deleted since, or about to leave the index */

        return NGX_POLYCARD_OK;
    }

    if (polycard_export_room(export,
                             ngx_polycard_answer_size(&export->record.table,
                                                      value))
        != NGX_POLYCARD_OK)
    {
        return NGX_POLYCARD_ERROR;
    }

    return (polycard_export_is_whole(export, value) || export->options.all)
           ? polycard_export_write(export, value) : NGX_POLYCARD_OK;
}


/* returns whether there is any */

static unsigned
polycard_export_values(polycard_export_t *export, uint64_t place,
    const redisReply *reply, ngx_polycard_str_t *value)
{
    size_t       k;
    unsigned     any;
    redisReply  *element;

    any = 0;
    value[0] = export->member[place];

    for (k = 1; k < export->record.table.n; k++) {
        element = reply->element[k - 1];

        value[k].data = (element->type == REDIS_REPLY_STRING)
                        ? (u_char *) element->str : NULL;
        value[k].len = value[k].data ? element->len : 0;

        any |= (value[k].data != NULL);
    }

    return any;
}


static int
polycard_export_room(polycard_export_t *export, size_t size)
{
    u_char  *buf;

    if (size <= export->size) {
        return NGX_POLYCARD_OK;
    }

    buf = realloc(export->buf, size);
    if (buf == NULL) {
        polycard_say("no memory");
        return NGX_POLYCARD_ERROR;
    }

    export->buf = buf;
    export->size = size;

    return NGX_POLYCARD_OK;
}


/* is it one for getClients?  Else it is counted, unless it is written, too */

static unsigned
polycard_export_is_whole(polycard_export_t *export,
    const ngx_polycard_str_t *value)
{
    unsigned  flaws, cardless;

    flaws = 0;

    if (ngx_polycard_answer_record(export->buf, export->whole, value, &flaws)
        || (export->options.all
            && ngx_polycard_attribute_check(&export->whole->attribute[0],
                                            &value[0]) == NULL))
    {
        return 1;
    }

    cardless = !export->options.groups
               && value[NGX_POLYCARD_CLIENT_BARCODE].len == 0;

    export->left[cardless ? POLYCARD_LEFT_CARDLESS : POLYCARD_LEFT_UNFIT]++;

    return 0;
}


/* the object of getClients, with the selected columns */

static int
polycard_export_write(polycard_export_t *export,
    const ngx_polycard_str_t *value)
{
    size_t               i;
    u_char              *last;
    unsigned             flaws;
    ngx_polycard_str_t   text, shown[NGX_POLYCARD_ATTRIBUTES_MAX];

    for (i = 0; i < export->shown.n; i++) {
        shown[i] = value[export->column[i]];
    }

    flaws = 0;
    last = ngx_polycard_answer_record(export->buf, &export->shown, shown,
                                      &flaws);
    text.data = export->buf;
    text.len = last - export->buf;

    export->flawed += (flaws != 0);
    export->written++;

    if (export->output.format == POLYCARD_FORMAT_JSONL) {
        polycard_output_line(&export->output, text.data, text.len);
        return NGX_POLYCARD_OK;
    }

    return polycard_export_row(export, &text);
}


/* the fields of a table are the members of the object */

static int
polycard_export_row(polycard_export_t *export, ngx_polycard_str_t *text)
{
    size_t              i, k;
    ngx_polycard_str_t  value[NGX_POLYCARD_ATTRIBUTES_MAX];

    polycard_record_begin(&export->record);

    if (polycard_record_read_json(&export->record, text) != NGX_POLYCARD_OK) {
        export->written--;
        export->left[POLYCARD_LEFT_NUL]++;

        return NGX_POLYCARD_OK;
    }

    for (i = 0; i < export->shown.n; i++) {
        k = export->column[i];

        value[i] = polycard_human_value(&export->human,
                                        &export->record.attribute[k],
                                        &export->record.in.value[k], i);
    }

    if (polycard_output_fields(&export->output, value, export->shown.n)
        != NGX_POLYCARD_OK)
    {
        export->written--;
        export->left[POLYCARD_LEFT_LETTERS]++;
    }

    return NGX_POLYCARD_OK;
}
