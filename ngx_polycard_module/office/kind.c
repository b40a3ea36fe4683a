
/* What an operation is about and takes; what is wrong in a request for it */


#include "office/office.h"


ngx_uint_t
ngx_polycard_office_of_client(ngx_polycard_office_act_t *act)
{
    return act->operation->resource < NGX_POLYCARD_OFFICE_GROUPS;
}


const ngx_polycard_table_t *
ngx_polycard_office_fields(ngx_polycard_office_act_t *act)
{
    return (act->operation->body == NGX_POLYCARD_OFFICE_RECORD)
           ? ngx_polycard_office_table(act) : act->operation->fields;
}


unsigned
ngx_polycard_office_is_whole(ngx_polycard_office_act_t *act)
{
    return act->operation->body != NGX_POLYCARD_OFFICE_RECORD
           || (act->operation->methods & NGX_HTTP_PUT) != 0;
}


const ngx_polycard_table_t *
ngx_polycard_office_table(ngx_polycard_office_act_t *act)
{
    if (!ngx_polycard_office_of_client(act)) {
        return &ngx_polycard_group;
    }

    ngx_polycard_office_client(&act->client);

    return &act->client.table;
}


ngx_int_t
ngx_polycard_office_not_found(ngx_polycard_office_act_t *act)
{
    act->error = ngx_polycard_office_of_client(act) ? "no such client"
                                                    : "no such group";
    return NGX_HTTP_NOT_FOUND;
}


ngx_int_t
ngx_polycard_office_note(ngx_polycard_office_t *office, const char *error)
{
    office->wrong[office->nwrong++] = error;

    return NGX_OK;
}
