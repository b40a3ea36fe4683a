
#include "core/phone.h"

#include <string.h>


int
ngx_polycard_phone_check(const ngx_polycard_str_t *phone)
{
    size_t  i;

    if (phone->len != NGX_POLYCARD_PHONE_LEN
        || memcmp(phone->data, "380", 3) != 0)
    {
        return NGX_POLYCARD_ERROR;
    }

    for (i = 3; i < NGX_POLYCARD_PHONE_LEN; i++) {
        if (phone->data[i] < '0' || phone->data[i] > '9') {
            return NGX_POLYCARD_ERROR;
        }
    }

    return NGX_POLYCARD_OK;
}
