
#include "tap.h"
#include "core/attributes.h"
#include "core/form.h"
#include "core/query.h"

#include <string.h>


#define S(s)   ngx_polycard_string(s)


typedef struct {
    ngx_polycard_str_t   query;
    const char          *error;
} query_case_t;


/* where only the name of a client is a parameter */

static const query_case_t  query_cases[] = {

    { S(""), "" },
    { S("&&"), "" },
    { S("name=x"), "" },
    { S("n%61me=x&"), "" },
    { S("nam=x"), "unknown parameter nam" },
    { S("names=x&name=y"), "unknown parameter names" },
    { S("foo=1&bar=2"), "unknown parameter foo; unknown parameter bar" },

    /* of the table, and without a meaning here */

    { S("surname=x"), "unknown parameter surname" },
    { S("surname=x&name=y&foo=1"),
      "unknown parameter foo; unknown parameter surname" },
};


static const char *query_read(const ngx_polycard_str_t *query);


int
main(void)
{
    size_t               i;
    const query_case_t  *c;

    for (i = 0; i < sizeof(query_cases) / sizeof(*c); i++) {
        c = &query_cases[i];

        tap_is_str(query_read(&c->query), c->error, "query %.*s",
                   (int) c->query.len, c->query.data);
    }

    return tap_done();
}


static const char *
query_read(const ngx_polycard_str_t *query)
{
    int                          rc;
    u_char                       scratch[256];
    ngx_polycard_str_t           text;
    static ngx_polycard_input_t  in;

    text = tap_copy(query->data, query->len);

    ngx_polycard_input_init(&in, &ngx_polycard_client, scratch,
                            sizeof(scratch));
    ngx_polycard_query_begin(&in);

    (void) ngx_polycard_form_read(&in, &text);

    rc = ngx_polycard_query_check(&in,
                                  (unsigned) 1 << NGX_POLYCARD_CLIENT_NAME);

    if ((rc == NGX_POLYCARD_OK) != (in.error[0] == '\0')) {
        return "the result and the error differ";
    }

    return in.error;
}
