
#include "tap.h"

#include <string.h>


typedef struct {
    const char  *values[NGX_POLYCARD_ATTRIBUTES_MAX];    /* NULL: not given */
    unsigned     required;
    const char  *outcome;
} input_case_t;


static void input_test_checks(const ngx_polycard_table_t *table,
    const input_case_t *c, size_t n);
static void input_test_index(void);
static void input_test_set(void);
static void input_test_fail(void);
static void input_test_scratch(void);
static void input_test_again(void);


static const input_case_t  input_clients[] = {

    /* phone surname name middlename email sex birthday barcode bonus discount
     * loyalty_group_id */

    { { "380671112233" }, 1, "[phone=380671112233]" },
    { { NULL }, 1, "phone is missing" },
    { { "" }, 1, "phone is missing" },
    { { NULL }, 0, "" },
    { { "" }, 0, "" },
    { { NULL, "Шевченко" }, 0, "[surname=Шевченко]" },
    { { "380671112233", "", "", "", "", "", "", "", "", "", "" }, 1,
      "[phone=380671112233]" },
    { { "380671112233", "Шевченко", "Тарас", "Григорович", "t@example.com",
        "male", "18140309", "2000000012345", "12550", "7.5", "3" }, 1,
      "[phone=380671112233][surname=Шевченко][name=Тарас]"
      "[middlename=Григорович][email=t@example.com][sex=male]"
      "[birthday=18140309][barcode=2000000012345][bonus=12550]"
      "[discount=7.5][loyalty_group_id=3]" },

    /* amounts in one form */

    { { [8] = "10.50", [9] = "-0" }, 0, "[bonus=10.5][discount=0]" },
    { { [8] = "0.30000000000000004", [9] = "1e3" }, 0,
      "[bonus=0.3][discount=1000]" },
    { { [8] = "5e-3", [9] = "-0.001" }, 0, "[bonus=0.01][discount=0]" },

    /* each message, and the first fault in the table's order */

    { { "380" }, 1, "phone must be 380 and 9 digits" },
    { { NULL, "a\nb" }, 0, "surname holds control characters" },
    { { NULL, NULL, "\xff" }, 0, "name is not valid UTF-8" },
    { { NULL, NULL, NULL, "\x7f" }, 0, "middlename holds control characters" },
    { { [4] = "\xc0\x80" }, 0, "email is not valid UTF-8" },
    { { [5] = "other" }, 0, "sex must be male or female" },
    { { [6] = "20230229" }, 0, "birthday must be a day as YYYYMMDD" },
    { { [7] = "\x01" }, 0, "barcode holds control characters" },
    { { [8] = "0x10" }, 0, "bonus must be a number" },
    { { [9] = "nan" }, 0, "discount must be a number" },
    { { [10] = "007" }, 0, "loyalty_group_id must be a whole number" },
    { { [1] = "\n", [8] = "x" }, 1, "phone is missing" },
    { { [1] = "\n", [8] = "x" }, 0, "surname holds control characters" },
    { { [8] = "x", [10] = "y" }, 0, "bonus must be a number" },
};


static const input_case_t  input_groups[] = {

    /* id title loyaltyType loyaltyQuantity active */

    { { "1", "Знижка", "discount", "7.50", "1" }, 1,
      "[id=1][title=Знижка][loyaltyType=discount][loyaltyQuantity=7.5]"
      "[active=true]" },
    { { "0", "x", "bonuses", "0", "0" }, 1,
      "[id=0][title=x][loyaltyType=bonuses][loyaltyQuantity=0]"
      "[active=false]" },
    { { [4] = "true" }, 0, "[active=true]" },
    { { [4] = "false" }, 0, "[active=false]" },
    { { [4] = "yes" }, 0, "active must be true or false" },
    { { NULL, "x", "bonuses", "0" }, 1, "id is missing" },
    { { "1", "", "bonuses", "0" }, 1, "title is missing" },
    { { "1", "x", NULL, "0" }, 1, "loyaltyType is missing" },
    { { "1", "x", "bonuses" }, 1, "loyaltyQuantity is missing" },
    { { "1", "x", "bonus", "0" }, 1,
      "loyaltyType must be discount or bonuses" },
    { { "-1" }, 0, "id must be a whole number" },
};


int
main(void)
{
    input_test_checks(&ngx_polycard_client, input_clients,
                      sizeof(input_clients) / sizeof(input_case_t));
    input_test_checks(&ngx_polycard_group, input_groups,
                      sizeof(input_groups) / sizeof(input_case_t));
    input_test_index();
    input_test_set();
    input_test_fail();
    input_test_scratch();
    input_test_again();

    return tap_done();
}


static void
input_test_checks(const ngx_polycard_table_t *table, const input_case_t *c,
    size_t n)
{
    int                    rc;
    size_t                 i, j;
    u_char                 scratch[NGX_POLYCARD_INPUT_EXTRA];
    ngx_polycard_str_t     value;
    ngx_polycard_input_t   in;

    for (i = 0; i < n; i++) {
        ngx_polycard_input_init(&in, table, scratch, sizeof(scratch));

        for (j = 0; j < table->n; j++) {
            if (c[i].values[j]) {
                value = tap_text(c[i].values[j]);
                (void) ngx_polycard_input_set(&in, j, value.data, value.len);
            }
        }

        rc = ngx_polycard_input_check(&in, c[i].required);

        tap_is_str(tap_outcome(rc, &in), c[i].outcome, "%s %zu",
                   table == &ngx_polycard_client ? "client" : "group", i);

        if (rc == NGX_POLYCARD_OK) {
            for (j = 0; j < table->n && (in.value[j].data == NULL)
                                        == (in.value[j].len == 0); j++)
            {
                /* void */
            }

            tap_ok(j == table->n, "no empty value stays");
        }

        tap_free();
    }
}


static void
input_test_index(void)
{
    u_char                 scratch[1];
    ngx_polycard_str_t     name;
    ngx_polycard_input_t   in;

    ngx_polycard_input_init(&in, &ngx_polycard_client, scratch, 1);

#define index_of(s)                                                           \
    (name = tap_text(s), ngx_polycard_input_index(&in, name.data, name.len))

    tap_ok(index_of("phone") == NGX_POLYCARD_CLIENT_PHONE, "phone");
    tap_ok(index_of("loyalty_group_id")
           == NGX_POLYCARD_CLIENT_LOYALTY_GROUP_ID, "loyalty_group_id");
    tap_ok(index_of("name") == NGX_POLYCARD_CLIENT_NAME, "name");
    tap_ok(index_of("Name") == -1, "names have a case");
    tap_ok(index_of("nam") == -1, "the start of a name is none");
    tap_ok(index_of("names") == -1, "a longer name is none");
    tap_ok(index_of("") == -1, "no name at all");
    tap_ok(index_of("title") == -1, "an attribute of the other table");
}


static void
input_test_set(void)
{
    u_char                 scratch[1], value[] = "x";
    ngx_polycard_input_t   in;

    ngx_polycard_input_init(&in, &ngx_polycard_client, scratch, 1);

    tap_ok(ngx_polycard_input_set(&in, 1, value, 1) == NGX_POLYCARD_OK,
           "set");
    tap_ok(in.value[1].data == value && in.value[1].len == 1,
           "the value is taken, not copied");
    tap_ok(ngx_polycard_input_set(&in, 1, value, 1) == NGX_POLYCARD_ERROR,
           "set again");
    tap_is_str(in.error, "surname is given twice", "the message");

    (void) ngx_polycard_input_set(&in, 2, value, 0);
    tap_ok(ngx_polycard_input_set(&in, 2, value, 0) == NGX_POLYCARD_ERROR,
           "empty values are given twice too");
    tap_is_str(in.error, "name is given twice", "the message");
}


static void
input_test_fail(void)
{
    char                   what[NGX_POLYCARD_INPUT_ERROR + 100];
    u_char                 scratch[1];
    ngx_polycard_input_t   in;

    ngx_polycard_input_init(&in, &ngx_polycard_client, scratch, 1);

    tap_ok(ngx_polycard_input_fail(&in, -1, "no") == NGX_POLYCARD_ERROR,
           "fail");
    tap_is_str(in.error, "no", "without a name");

    tap_ok(ngx_polycard_input_fail(&in, 10, "no") == NGX_POLYCARD_ERROR,
           "fail");
    tap_is_str(in.error, "loyalty_group_id no", "with a name");

    memset(what, 'x', sizeof(what));
    what[sizeof(what) - 1] = '\0';

    (void) ngx_polycard_input_fail(&in, 10, what);
    tap_ok(strlen(in.error) == sizeof(in.error) - 1, "a long one is cut");
    (void) ngx_polycard_input_fail(&in, -1, what);
    tap_ok(strlen(in.error) == sizeof(in.error) - 1, "without a name too");

    in.all = 1;
    (void) ngx_polycard_input_fail(&in, 10, "no");
    tap_ok(strlen(in.error) == sizeof(in.error) - 1, "more does not fit");
    in.error[0] = '\0';
    (void) ngx_polycard_input_fail(&in, 10, "no");
    (void) ngx_polycard_input_fail(&in, -1, "and no");
    tap_is_str(in.error, "loyalty_group_id no; and no", "all are said");
}


static void
input_test_scratch(void)
{
    u_char                *p;
    ngx_polycard_str_t     scratch, value;
    ngx_polycard_input_t   in;

    scratch = tap_copy("12345678", 8);
    value = tap_text("10.50");

    ngx_polycard_input_init(&in, &ngx_polycard_client, scratch.data, 8);

    p = ngx_polycard_input_copy(&in, (u_char *) "abcde", 5);
    tap_ok(p == scratch.data && memcmp(p, "abcde", 5) == 0, "a copy");

    p = ngx_polycard_input_copy(&in, (u_char *) "abcd", 4);
    tap_ok(p == NULL, "a copy without room");
    tap_is_str(in.error, "the request is too large", "the message");

    p = ngx_polycard_input_copy(&in, (u_char *) "abc", 3);
    tap_ok(p == scratch.data + 5, "a copy that fits to the byte");

    in.error[0] = '\0';
    (void) ngx_polycard_input_set(&in, NGX_POLYCARD_CLIENT_BONUS, value.data,
                                  value.len);
    tap_ok(ngx_polycard_input_check(&in, 0) == NGX_POLYCARD_ERROR,
           "an amount without room");
    tap_is_str(in.error, "the request is too large", "the message");
}


/* what is normalised needs no more room, however often it is checked */

static void
input_test_again(void)
{
    int                    i, rc;
    u_char                 scratch[NGX_POLYCARD_INPUT_EXTRA];
    ngx_polycard_str_t     value;
    ngx_polycard_input_t   in;

    value = tap_text("10.50");
    ngx_polycard_input_init(&in, &ngx_polycard_client, scratch,
                            sizeof(scratch));
    (void) ngx_polycard_input_set(&in, NGX_POLYCARD_CLIENT_BONUS, value.data,
                                  value.len);

    for (rc = NGX_POLYCARD_OK, i = 0; i < 1000 && rc == NGX_POLYCARD_OK; i++) {
        rc = ngx_polycard_input_check(&in, 0);
    }

    tap_is_str(tap_outcome(rc, &in), "[bonus=10.5]", "checked 1000 times");
    tap_ok(in.pos == scratch + 4, "the scratch memory was used once");
}
