
#include "core/number.h"
#include "core/office_answer.h"
#include "core/text.h"

#include <string.h>


static u_char *ngx_polycard_office_print_plain(u_char *p,
    const ngx_polycard_attribute_t *a, const ngx_polycard_str_t *value);
static u_char *ngx_polycard_office_print_text(u_char *p,
    const ngx_polycard_str_t *text);


u_char *
ngx_polycard_office_print(u_char *p, const ngx_polycard_attribute_t *a,
    const ngx_polycard_str_t *name, const ngx_polycard_str_t *value)
{
    u_char  *end;

    p = ngx_polycard_office_print_text(p, name);
    *p++ = ':';

    end = a ? ngx_polycard_office_print_plain(p, a, value) : NULL;

    p = end ? end : ngx_polycard_office_print_text(p, value);
    *p++ = ',';

    return p;
}


/* NULL: to be written as text */

static u_char *
ngx_polycard_office_print_plain(u_char *p, const ngx_polycard_attribute_t *a,
    const ngx_polycard_str_t *value)
{
    int64_t             amount;
    ngx_polycard_str_t  word;

    static const ngx_polycard_str_t  flag[] = {
        ngx_polycard_string("false"), ngx_polycard_string("true")
    };

    if (ngx_polycard_attribute_check(a, value) != NULL) {
        return NULL;
    }

    switch (a->type) {

    case NGX_POLYCARD_TYPE_AMOUNT:
        (void) ngx_polycard_number_parse_amount(value, &amount);
        return ngx_polycard_number_print_amount(p, amount);

    case NGX_POLYCARD_TYPE_INTEGER:
    case NGX_POLYCARD_TYPE_ID:
        word = *value;
        break;

    case NGX_POLYCARD_TYPE_FLAG:
        word = flag[ngx_polycard_attribute_flag(value)];
        break;

    default:
        return NULL;
    }

    return (u_char *) memcpy(p, word.data, word.len) + word.len;
}


static u_char *
ngx_polycard_office_print_text(u_char *p, const ngx_polycard_str_t *text)
{
    unsigned  flaws = 0;

    *p++ = '"';
    p = ngx_polycard_text_print(p, text, text->len, &flaws);
    *p++ = '"';

    return p;
}


size_t
ngx_polycard_office_print_size(const ngx_polycard_str_t *name,
    const ngx_polycard_str_t *value)
{
    return sizeof("\"\":\"\",") - 1
           + ngx_polycard_text_size(name, name->len)
           + ngx_polycard_text_size(value, value->len)
           + NGX_POLYCARD_NUMBER_LEN;
}


const ngx_polycard_attribute_t *
ngx_polycard_office_named(const ngx_polycard_table_t *table,
    const ngx_polycard_str_t *name)
{
    size_t  i;

    for (i = 0; i < table->n; i++) {
        if (ngx_polycard_str_is(&table->attribute[i].name, name)) {
            return &table->attribute[i];
        }
    }

    return NULL;
}
