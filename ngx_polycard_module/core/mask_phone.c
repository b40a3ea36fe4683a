
/* a file of its own, because mask.c and mask_request.c both use it */


#include "core/mask.h"
#include "core/phone.h"

#include <string.h>


void
ngx_polycard_mask_phone(u_char *text, size_t len)
{
    ngx_polycard_str_t  phone;

    phone.len = len;
    phone.data = text;

    if (ngx_polycard_phone_check(&phone) == NGX_POLYCARD_OK) {
        memset(text + 5, '*', 3);

    } else {
        memset(text, '*', len);
    }
}
