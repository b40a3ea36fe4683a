
#include "core/hook.h"
#include "core/text.h"

#include <string.h>


#define NGX_POLYCARD_HOOK_PARAMETERS  5


typedef struct {
    ngx_polycard_str_t          name;
    const ngx_polycard_str_t   *value;
} ngx_polycard_parameter_t;


static void ngx_polycard_hook_list(const ngx_polycard_hook_t *hook,
    ngx_polycard_parameter_t *parameter);
static u_char *ngx_polycard_hook_print_json(u_char *p,
    const ngx_polycard_parameter_t *parameter);
static u_char *ngx_polycard_hook_print_form(u_char *p,
    const ngx_polycard_parameter_t *parameter);
static u_char *ngx_polycard_hook_encode(u_char *p,
    const ngx_polycard_str_t *text);
static u_char *ngx_polycard_hook_copy(u_char *p,
    const ngx_polycard_str_t *text);


size_t
ngx_polycard_hook_size(ngx_polycard_hook_format_e format,
    const ngx_polycard_hook_t *hook)
{
    size_t                     i, size;
    const ngx_polycard_str_t  *value;
    ngx_polycard_parameter_t   parameter[NGX_POLYCARD_HOOK_PARAMETERS];

    ngx_polycard_hook_list(hook, parameter);

    size = sizeof("{}") - 1;

    for (i = 0; i < NGX_POLYCARD_HOOK_PARAMETERS; i++) {
        value = parameter[i].value;
        size += sizeof("\"\":\"\",") - 1 + parameter[i].name.len;

        if (format != NGX_POLYCARD_HOOK_POST_JSON) {
            size += 3 * value->len;

        } else if (value == &hook->data) {
            size += value->len;

        } else {
            size += ngx_polycard_text_size(value, value->len);
        }
    }

    return size;
}


u_char *
ngx_polycard_hook_print(u_char *p, ngx_polycard_hook_format_e format,
    const ngx_polycard_hook_t *hook)
{
    ngx_polycard_parameter_t  parameter[NGX_POLYCARD_HOOK_PARAMETERS];

    ngx_polycard_hook_list(hook, parameter);

    return format == NGX_POLYCARD_HOOK_POST_JSON
           ? ngx_polycard_hook_print_json(p, parameter)
           : ngx_polycard_hook_print_form(p, parameter);
}


/* in the order of table 2; data is the last */

static void
ngx_polycard_hook_list(const ngx_polycard_hook_t *hook,
    ngx_polycard_parameter_t *parameter)
{
    static const ngx_polycard_str_t  name[NGX_POLYCARD_HOOK_PARAMETERS] = {
        ngx_polycard_string("token"),
        ngx_polycard_string("alias"),
        ngx_polycard_string("object"),
        ngx_polycard_string("action"),
        ngx_polycard_string("data")
    };

    size_t                     i;
    const ngx_polycard_str_t  *value[NGX_POLYCARD_HOOK_PARAMETERS];

    value[0] = &hook->token;
    value[1] = &hook->alias;
    value[2] = &hook->object;
    value[3] = &hook->action;
    value[4] = &hook->data;

    for (i = 0; i < NGX_POLYCARD_HOOK_PARAMETERS; i++) {
        parameter[i].name = name[i];
        parameter[i].value = value[i];
    }
}


static u_char *
ngx_polycard_hook_print_json(u_char *p,
    const ngx_polycard_parameter_t *parameter)
{
    size_t    i;
    unsigned  flaws = 0;

    for (i = 0; i < NGX_POLYCARD_HOOK_PARAMETERS; i++) {
        *p++ = i == 0 ? '{' : ',';

        *p++ = '"';
        p = ngx_polycard_hook_copy(p, &parameter[i].name);
        *p++ = '"';
        *p++ = ':';

        if (i == NGX_POLYCARD_HOOK_PARAMETERS - 1) {
            p = ngx_polycard_hook_copy(p, parameter[i].value);
            break;
        }

        *p++ = '"';
        p = ngx_polycard_text_print(p, parameter[i].value,
                                    parameter[i].value->len, &flaws);
        *p++ = '"';
    }

    *p++ = '}';

    return p;
}


static u_char *
ngx_polycard_hook_print_form(u_char *p,
    const ngx_polycard_parameter_t *parameter)
{
    size_t  i;

    for (i = 0; i < NGX_POLYCARD_HOOK_PARAMETERS; i++) {

        if (i) {
            *p++ = '&';
        }

        p = ngx_polycard_hook_copy(p, &parameter[i].name);
        *p++ = '=';
        p = ngx_polycard_hook_encode(p, parameter[i].value);
    }

    return p;
}


/* a space becomes %20, which is valid in both bodies and query strings */

static u_char *
ngx_polycard_hook_encode(u_char *p, const ngx_polycard_str_t *text)
{
    static const char  hex[] = "0123456789ABCDEF";

    u_char  ch;
    size_t  i;

    for (i = 0; i < text->len; i++) {
        ch = text->data[i];

        if ((ch >= '0' && ch <= '9')
            || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z')
            || ch == '-' || ch == '.' || ch == '_' || ch == '~')
        {
            *p++ = ch;
            continue;
        }

        *p++ = '%';
        *p++ = hex[ch >> 4];
        *p++ = hex[ch & 0x0f];
    }

    return p;
}


static u_char *
ngx_polycard_hook_copy(u_char *p, const ngx_polycard_str_t *text)
{
    if (text->len == 0) {
        return p;
    }

    return (u_char *) memcpy(p, text->data, text->len) + text->len;
}
