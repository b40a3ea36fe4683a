
#include "core/office.h"
#include "core/query.h"


static int ngx_polycard_query_find(void *data, const u_char *name, size_t len);


void
ngx_polycard_query_begin(ngx_polycard_input_t *in)
{
    in->all = 1;
    in->find = ngx_polycard_query_find;
    in->find_data = in;
}


static int
ngx_polycard_query_find(void *data, const u_char *name, size_t len)
{
    ngx_polycard_input_t  *in = data;

    int  index;

    index = ngx_polycard_input_find(in, name, len);

    if (index == -1) {
        ngx_polycard_office_unknown(in, "parameter", name, len);
    }

    return index;
}


int
ngx_polycard_query_check(ngx_polycard_input_t *in, unsigned takes)
{
    size_t                     i;
    const ngx_polycard_str_t  *name;

    for (i = 0; i < in->table->n; i++) {

        if (in->value[i].data && !(takes & (unsigned) 1 << i)) {
            name = &in->table->attribute[i].name;
            ngx_polycard_office_unknown(in, "parameter", name->data,
                                        name->len);
        }
    }

    return in->error[0] ? NGX_POLYCARD_ERROR : NGX_POLYCARD_OK;
}
