
#include "tap.h"
#include "core/outbox.h"

#include <inttypes.h>
#include <string.h>


typedef struct {
    const char  *object;
    const char  *key;
    const char  *fields;      /* "name=value|name=value" */
    const char  *data;        /* NULL: none */
} outbox_case_t;


typedef struct {
    const char  *text;
    int          rc;
    uint64_t     ms;
    uint64_t     seq;
} outbox_id_t;


static void outbox_test_records(void);
static void outbox_test_ids(void);
static void outbox_test_set(ngx_polycard_outbox_t *record,
    const char *fields);


static const outbox_case_t  outbox_cases[] = {
    { "clients", "380671112233", "barcode=1",
      "{\"phone\":\"380671112233\",\"barcode\":\"1\"}" },
    { "clients", "380671112233",
      "bonus=7.50|phone=380000000000|colour=red|name=\"x\"|barcode=1|sex=?",
      "{\"phone\":\"380671112233\",\"name\":\"\\\"x\\\"\",\"barcode\":\"1\","
      "\"bonus\":7.5}" },
    { "clients", "380671112233", "barcode=1|barcode=2",
      "{\"phone\":\"380671112233\",\"barcode\":\"2\"}" },
    { "clients", "380671112233", "name=x", NULL },
    { "clients", "group:3", "barcode=1", NULL },
    { "clients", "", "barcode=1", NULL },

    { "bonuses", "380671112233", "attribute=bonus|change=-1|total=2.5",
      "{\"client_phone\":\"380671112233\",\"change\":-1,\"total\":2.5}" },
    { "bonuses", "380671112233", "change=x|total=2.5", NULL },
    { "bonuses", "380671112233", "total=2.5", NULL },
    { "bonuses", "380671112233",
      "change=-19999999999999.98|total=-9999999999999.99",
      "{\"client_phone\":\"380671112233\",\"change\":-19999999999999.98,"
      "\"total\":-9999999999999.99}" },
    { "bonuses", "380671112233", "change=19999999999999.99|total=1", NULL },
    { "bonuses", "380671112233", "change=1|total=10000000000000", NULL },

    { "loyalty_groups", "group:3",
      "loyaltyQuantity=7|active=1|title=t|loyaltyType=bonuses",
      "{\"id\":3,\"title\":\"t\",\"loyaltyType\":\"bonuses\","
      "\"loyaltyQuantity\":7,\"active\":true}" },
    { "loyalty_groups", "group:x",
      "loyaltyQuantity=7|title=t|loyaltyType=bonuses", NULL },
    { "loyalty_groups", "3",
      "loyaltyQuantity=7|title=t|loyaltyType=bonuses", NULL },
    { "loyalty_groups", "380671112233",
      "loyaltyQuantity=7|title=t|loyaltyType=bonuses", NULL },
    { "loyalty_groups", "group:", "", NULL },

    { "cards", "380671112233", "barcode=1", NULL },
    { "client", "380671112233", "barcode=1", NULL },
    { "", "", "", NULL },
};


static const outbox_id_t  outbox_ids[] = {
    { "0-0", NGX_POLYCARD_OK, 0, 0 },
    { "1795493246542-17", NGX_POLYCARD_OK, UINT64_C(1795493246542), 17 },
    { "18446744073709551615-18446744073709551615", NGX_POLYCARD_OK,
      UINT64_MAX, UINT64_MAX },
    { "18446744073709551616-0", NGX_POLYCARD_ERROR, 0, 0 },
    { "99999999999999999999-0", NGX_POLYCARD_ERROR, 0, 0 },
    { "0-18446744073709551616", NGX_POLYCARD_ERROR, 0, 0 },
    { "", NGX_POLYCARD_ERROR, 0, 0 },
    { "-", NGX_POLYCARD_ERROR, 0, 0 },
    { "1", NGX_POLYCARD_ERROR, 0, 0 },
    { "1-", NGX_POLYCARD_ERROR, 0, 0 },
    { "-1", NGX_POLYCARD_ERROR, 0, 0 },
    { "1x2", NGX_POLYCARD_ERROR, 0, 0 },
    { "1-2-3", NGX_POLYCARD_ERROR, 0, 0 },
    { "1--2", NGX_POLYCARD_ERROR, 0, 0 },
    { "1-2 ", NGX_POLYCARD_ERROR, 0, 0 },
    { "x-2", NGX_POLYCARD_ERROR, 0, 0 },
    { "+1-2", NGX_POLYCARD_ERROR, 0, 0 },
};


int
main(void)
{
    outbox_test_records();
    outbox_test_ids();

    return tap_done();
}


static void
outbox_test_records(void)
{
    int                     rc;
    size_t                  i;
    u_char                  room[4096], *end;
    ngx_polycard_str_t      object, key, want;
    ngx_polycard_outbox_t   record;
    const outbox_case_t    *c;

    for (i = 0; i < sizeof(outbox_cases) / sizeof(*c); i++) {
        c = &outbox_cases[i];
        object = tap_text(c->object);
        key = tap_text(c->key);
        end = NULL;

        rc = ngx_polycard_outbox_init(&record, &object, &key);

        if (rc == NGX_POLYCARD_OK) {
            outbox_test_set(&record, c->fields);
            end = ngx_polycard_outbox_print(room, &record);
        }

        if (c->data == NULL) {
            tap_ok(end == NULL, "no hook: %s %s %s", c->object, c->key,
                   c->fields);
            continue;
        }

        want = tap_text(c->data);
        tap_is(room, end ? end - room : 0, &want, "%s", c->data);
        tap_ok(ngx_polycard_outbox_size(&record) >= want.len, "the size");
    }
}


/* the values stay where they are in the text */

static void
outbox_test_set(ngx_polycard_outbox_t *record, const char *fields)
{
    size_t               n;
    const char          *p;
    ngx_polycard_str_t   name, value;

    for (p = fields; *p; p += n + (p[n] == '|')) {
        n = strcspn(p, "|");

        name.data = (u_char *) p;
        name.len = strcspn(p, "=");
        value.data = name.data + name.len + 1;
        value.len = n - name.len - 1;

        ngx_polycard_outbox_set(record, &name, &value);
    }
}


static void
outbox_test_ids(void)
{
    size_t                       i;
    u_char                       room[NGX_POLYCARD_OUTBOX_ID_LEN], *end;
    ngx_polycard_str_t           text;
    const outbox_id_t           *c;
    ngx_polycard_dispatch_id_t   id;

    for (i = 0; i < sizeof(outbox_ids) / sizeof(*c); i++) {
        c = &outbox_ids[i];
        text = tap_text(c->text);

        if (ngx_polycard_outbox_parse_id(&text, &id) != c->rc) {
            tap_ok(0, "id: %s", c->text);
            continue;
        }

        if (c->rc != NGX_POLYCARD_OK) {
            tap_ok(1, "no id: %s", c->text);
            continue;
        }

        tap_ok(id.ms == c->ms && id.seq == c->seq, "id: %s", c->text);

        end = ngx_polycard_outbox_print_id(room, &id);
        tap_is(room, end - room, &text, "and back: %s", c->text);
    }
}
