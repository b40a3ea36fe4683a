
#include "core/answer.h"
#include "core/number.h"
#include "core/text.h"

#include <string.h>


#define ngx_polycard_answer_literal(p, s)                                     \
    ((u_char *) memcpy(p, s, sizeof(s) - 1) + sizeof(s) - 1)


static u_char *ngx_polycard_answer_attribute(u_char *p,
    const ngx_polycard_attribute_t *a, const ngx_polycard_str_t *value,
    unsigned *flaws);
static u_char *ngx_polycard_answer_amount(u_char *p,
    const ngx_polycard_attribute_t *a, const ngx_polycard_str_t *value,
    unsigned *flaw);
static u_char *ngx_polycard_answer_text(u_char *p,
    const ngx_polycard_attribute_t *a, const ngx_polycard_str_t *value,
    unsigned *flaws);

#define ngx_polycard_answer_copy(p, text)                                     \
    ngx_polycard_text_copy(p, (text)->data, (text)->len)


size_t
ngx_polycard_answer_size(const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *value)
{
    size_t                           i, size;
    const ngx_polycard_attribute_t  *a;

    size = sizeof("{}") - 1;

    for (i = 0; i < table->n; i++) {
        if (value[i].data == NULL) {
            continue;
        }

        a = &table->attribute[i];
        size += sizeof("\"\":,") - 1 + a->name.len;

        if (a->type == NGX_POLYCARD_TYPE_TEXT
            || a->type == NGX_POLYCARD_TYPE_CARD)
        {
            size += sizeof("\"\"") - 1
                    + ngx_polycard_text_size(&value[i],
                                             NGX_POLYCARD_TEXT_MAX);

        } else {

            /* the longest are numbers; phones, days and words are shorter */
            size += NGX_POLYCARD_NUMBER_LEN;
        }
    }

    return size;
}


u_char *
ngx_polycard_answer_record(u_char *p, const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *value, unsigned *flaws)
{
    size_t                           i;
    u_char                          *start, *last;
    unsigned                         flaw, n;
    const ngx_polycard_attribute_t  *a;

    start = p;
    n = 0;

    *p++ = '{';

    for (i = 0; i < table->n; i++) {
        a = &table->attribute[i];
        last = NULL;

        if (value[i].data) {
            flaw = 0;
            last = ngx_polycard_answer_attribute(p, a, &value[i], &flaw);
            n += (flaw != 0);
        }

        if (last) {
            p = last;
            *p++ = ',';

        } else if (a->required) {
            return NULL;
        }
    }

    /* the last comma becomes the brace */

    p -= (p - start > 1);
    *p++ = '}';

    *flaws += n;

    return p;
}


/* NULL: to be left out */

static u_char *
ngx_polycard_answer_attribute(u_char *p, const ngx_polycard_attribute_t *a,
    const ngx_polycard_str_t *value, unsigned *flaw)
{
    ngx_polycard_str_t  card;

    if (a->type == NGX_POLYCARD_TYPE_CARD) {
        card = *value;
        ngx_polycard_text_trim(&card);
        value = &card;
    }

    /* an empty value counts as absent */

    if (value->len == 0) {
        return NULL;
    }

    *p++ = '"';
    p = ngx_polycard_answer_copy(p, &a->name);
    *p++ = '"';
    *p++ = ':';

    if (a->type == NGX_POLYCARD_TYPE_AMOUNT
        || a->type == NGX_POLYCARD_TYPE_CHANGE)
    {
        return ngx_polycard_answer_amount(p, a, value, flaw);
    }

    if (a->type == NGX_POLYCARD_TYPE_TEXT
        || a->type == NGX_POLYCARD_TYPE_CARD)
    {
        return ngx_polycard_answer_text(p, a, value, flaw);
    }

    if (ngx_polycard_attribute_check(a, value) != NULL) {
        *flaw = 1;
        return NULL;
    }

    switch (a->type) {

    case NGX_POLYCARD_TYPE_INTEGER:
        return ngx_polycard_answer_copy(p, value);

    case NGX_POLYCARD_TYPE_FLAG:
        return ngx_polycard_attribute_flag(value)
               ? ngx_polycard_answer_literal(p, "true")
               : ngx_polycard_answer_literal(p, "false");

    default:
        /* phones, dates and words need no escapes after the check */
        *p++ = '"';
        p = ngx_polycard_answer_copy(p, value);
        *p++ = '"';

        return p;
    }
}


static u_char *
ngx_polycard_answer_amount(u_char *p, const ngx_polycard_attribute_t *a,
    const ngx_polycard_str_t *value, unsigned *flaw)
{
    int      rc;
    int64_t  amount;

    if (ngx_polycard_number_is_printed(value)) {
        return ngx_polycard_answer_copy(p, value);
    }

    rc = (a->type == NGX_POLYCARD_TYPE_AMOUNT)
         ? ngx_polycard_number_parse_amount(value, &amount)
         : ngx_polycard_number_parse_change(value, &amount);

    if (rc != NGX_POLYCARD_OK) {
        *flaw = 1;
        return NULL;
    }

    return ngx_polycard_number_print_amount(p, amount);
}


static u_char *
ngx_polycard_answer_text(u_char *p, const ngx_polycard_attribute_t *a,
    const ngx_polycard_str_t *value, unsigned *flaw)
{
    *p++ = '"';
    p = ngx_polycard_text_print(p, value, NGX_POLYCARD_TEXT_MAX, flaw);
    *p++ = '"';

    /* a corrected card number would be that of another card */

    return a->type == NGX_POLYCARD_TYPE_CARD && *flaw ? NULL : p;
}


size_t
ngx_polycard_answer_ok_size(const ngx_polycard_str_t *code)
{
    return sizeof("{\"status\":\"OK\",\"id\":,\"code\":\"\"}") - 1
           + NGX_POLYCARD_NUMBER_LEN + ngx_polycard_text_size(code, code->len);
}


u_char *
ngx_polycard_answer_ok(u_char *p, int64_t id, const ngx_polycard_str_t *code)
{
    unsigned  flaws = 0;

    p = ngx_polycard_answer_literal(p, "{\"status\":\"OK\",\"id\":");
    p = ngx_polycard_number_print_integer(p, id);

    p = ngx_polycard_answer_literal(p, ",\"code\":\"");
    p = ngx_polycard_text_print(p, code, code->len, &flaws);

    return ngx_polycard_answer_literal(p, "\"}");
}


u_char *
ngx_polycard_answer_error(u_char *p, const char *text)
{
    unsigned            flaws = 0;
    ngx_polycard_str_t  error;

    error.len = strlen(text);
    error.data = (u_char *) text;

    p = ngx_polycard_answer_literal(p, "{\"status\":\"NOK\",\"error\":\"");
    p = ngx_polycard_text_print(p, &error, error.len, &flaws);

    return ngx_polycard_answer_literal(p, "\"}");
}
