
/*
 * The first byte says which attribute, the second which options, the rest is a
 * value: it is refused with a reason, or comes out in a form that is read as
 * itself again.
 */


#include "fuzz.h"
#include "import/names.h"
#include "import/record.h"

#include <stdlib.h>
#include <string.h>


static ngx_polycard_str_t fuzz_read(polycard_values_t *values,
    const ngx_polycard_attribute_t *a, const ngx_polycard_str_t *value,
    const char **what);


static polycard_record_t  record;


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char                      *what;
    polycard_name_t                  name;
    ngx_polycard_str_t               value, once, twice;
    polycard_options_t               o;
    const ngx_polycard_attribute_t  *a;

    if (size < 2) {
        return 0;
    }

    memset(&o, 0, sizeof(polycard_options_t));

    o.date = data[1] % 3;
    o.decimal = (data[1] & 4) ? ',' : (data[1] & 8) ? '.' : 0;
    o.money = POLYCARD_MONEY_KOPECK;

    polycard_record_init(&record, 0);

    record.values.options = &o;
    record.values.table = (data[1] & 16) != 0;

    a = &record.attribute[data[0] % record.table.n];

    value.data = (u_char *) data + 2;
    value.len = size - 2;

    polycard_names_read(&name, value.data, value.len);
    fuzz_must(name.n <= POLYCARD_NAMES_MAX, "a name has a bound");
    (void) polycard_names_find(&name, 0);
    (void) polycard_names_near(&name, 0);

    once = fuzz_read(&record.values, a, &value, &what);

    if (what || ngx_polycard_attribute_check(a, &once) != NULL) {
        free(once.data);
        return 0;
    }

    /* 0.125 and 1.000 are read by other signs than those that are written */

    if (a->type != NGX_POLYCARD_TYPE_AMOUNT || o.decimal != ',') {
        twice = fuzz_read(&record.values, a, &once, &what);

        fuzz_must(what == NULL && once.len == twice.len
                  && memcmp(once.data, twice.data, once.len) == 0,
                  "what comes out is read as itself");
        free(twice.data);
    }

    free(once.data);

    return 0;
}


/* a copy, so that no byte beyond it is touched */

static ngx_polycard_str_t
fuzz_read(polycard_values_t *values, const ngx_polycard_attribute_t *a,
    const ngx_polycard_str_t *value, const char **what)
{
    u_char              buf[POLYCARD_VALUE_ROOM];
    ngx_polycard_str_t  copy, in, out;

    copy = fuzz_copy(value->data, value->len);
    in = copy;

    *what = polycard_values_read(values, a, &in, buf);
    fuzz_must(*what == NULL || **what, "a reason");

    out = fuzz_copy(in.data, in.len);
    free(copy.data);

    return out;
}
