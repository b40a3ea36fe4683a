
#include "import/field.h"


static unsigned polycard_field_is_plain(const ngx_polycard_str_t *value);


void
polycard_field_write(FILE *file, const ngx_polycard_str_t *value)
{
    if (polycard_field_is_plain(value)) {
        (void) fwrite(value->data, 1, value->len, file);

    } else {
        polycard_field_quote(file, value);
    }
}


void
polycard_field_quote(FILE *file, const ngx_polycard_str_t *value)
{
    size_t  i;

    (void) putc('"', file);

    for (i = 0; i < value->len; i++) {
        if (value->data[i] == '"') {
            (void) putc('"', file);
        }

        (void) putc(value->data[i], file);
    }

    (void) putc('"', file);
}


/* spaces at the ends would be lost by some programs, without quotes */

static unsigned
polycard_field_is_plain(const ngx_polycard_str_t *value)
{
    size_t  i;
    u_char  c;

    for (i = 0; i < value->len; i++) {
        c = value->data[i];

        if (c == '"' || c == ',' || c == ';' || c == '|' || c < 0x20
            || (c == 0x20 && (i == 0 || i == value->len - 1)))
        {
            return 0;
        }
    }

    return 1;
}
