
#include "tap.h"
#include "core/form.h"
#include "core/hook.h"

#include <stdlib.h>
#include <string.h>


#define S(s)   ngx_polycard_string(s)

#define TOKEN  "0123456789abcdefghijklmnopqrstuv"


typedef struct {
    ngx_polycard_hook_t   hook;
    const char           *json;
    const char           *form;
} hook_case_t;


static void hook_test_cases(void);
static void hook_test_bytes(void);
static const char *hook_print(ngx_polycard_hook_format_e format,
    const ngx_polycard_hook_t *hook);


static const hook_case_t  hook_cases[] = {

    { { S(TOKEN), S("shop1"), S("bonuses"), S("changed"),
        S("{\"client_phone\":\"380671112233\",\"change\":-3.35,"
          "\"total\":7.25}") },
      "{\"token\":\"" TOKEN "\",\"alias\":\"shop1\",\"object\":\"bonuses\","
      "\"action\":\"changed\",\"data\":{\"client_phone\":\"380671112233\","
      "\"change\":-3.35,\"total\":7.25}}",
      "token=" TOKEN "&alias=shop1&object=bonuses&action=changed&data="
      "%7B%22client_phone%22%3A%22380671112233%22%2C%22change%22%3A-3.35%2C"
      "%22total%22%3A7.25%7D" },

    /* what needs an escape, in the one form and in the other */

    { { S("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|"), S("Ш \"1\" & +1%"),
        S("clients"), S("added"), S("{}") },
      "{\"token\":\"!\\\"#$%&'()*+,-./:;<=>?@[\\\\]^_`{|\","
      "\"alias\":\"Ш \\\"1\\\" & +1%\",\"object\":\"clients\","
      "\"action\":\"added\",\"data\":{}}",
      "token=%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F%3A%3B%3C%3D%3E%3F%40"
      "%5B%5C%5D%5E_%60%7B%7C&alias=%D0%A8%20%221%22%20%26%20%2B1%25"
      "&object=clients&action=added&data=%7B%7D" },

    /* nothing */

    { { S(""), S(""), S(""), S(""), S("") },
      "{\"token\":\"\",\"alias\":\"\",\"object\":\"\",\"action\":\"\","
      "\"data\":}",
      "token=&alias=&object=&action=&data=" },
};


int
main(void)
{
    hook_test_cases();
    hook_test_bytes();

    return tap_done();
}


static void
hook_test_cases(void)
{
    size_t              i;
    const hook_case_t  *c;

    for (i = 0; i < sizeof(hook_cases) / sizeof(*c); i++) {
        c = &hook_cases[i];

        tap_is_str(hook_print(NGX_POLYCARD_HOOK_POST_JSON, &c->hook), c->json,
                   "post_json %zu", i);
        tap_is_str(hook_print(NGX_POLYCARD_HOOK_POST_FORM, &c->hook), c->form,
                   "post_form %zu", i);
        tap_is_str(hook_print(NGX_POLYCARD_HOOK_GET, &c->hook), c->form,
                   "get %zu", i);
    }
}


/* what is encoded reads back as it was, whatever byte it is */

static void
hook_test_bytes(void)
{
    static const ngx_polycard_attribute_t  attribute[] = {
        { ngx_polycard_string("data"), NGX_POLYCARD_TYPE_TEXT, 0 }
    };

    static const ngx_polycard_table_t  table = { attribute, 1 };

    size_t                 i, n;
    u_char                 data[64], scratch[64 + NGX_POLYCARD_INPUT_EXTRA];
    unsigned               bad;
    const char            *text;
    ngx_polycard_str_t     body;
    ngx_polycard_hook_t    hook;
    ngx_polycard_input_t   in;

    memset(&hook, 0, sizeof(ngx_polycard_hook_t));
    bad = 0;

    for (n = 0; n < 5000; n++) {
        hook.data.len = 1 + tap_random(sizeof(data) - 1);
        hook.data.data = data;

        for (i = 0; i < hook.data.len; i++) {
            data[i] = 0x20 + tap_random(0x7f - 0x20);
        }

        text = hook_print(NGX_POLYCARD_HOOK_POST_FORM, &hook);
        body = tap_text(text);

        ngx_polycard_input_init(&in, &table, scratch, sizeof(scratch));

        if (ngx_polycard_form_read(&in, &body) != NGX_POLYCARD_OK
            || in.value[0].len != hook.data.len
            || memcmp(in.value[0].data, data, hook.data.len) != 0)
        {
            bad++;
        }

        tap_free();
    }

    tap_ok(bad == 0, "5000 texts read back from forms");
}


/* in memory of just the size that was asked for */

static const char *
hook_print(ngx_polycard_hook_format_e format, const ngx_polycard_hook_t *hook)
{
    static char  text[4096];

    size_t   size, len;
    u_char  *p;

    size = ngx_polycard_hook_size(format, hook);

    p = malloc(size);
    if (p == NULL) {
        return "no memory";
    }

    len = ngx_polycard_hook_print(p, format, hook) - p;

    if (len > size || len >= sizeof(text)) {
        free(p);
        return "too long";
    }

    memcpy(text, p, len);
    text[len] = '\0';

    free(p);

    return text;
}
