
#include "tap.h"
#include "core/form.h"
#include "core/json.h"
#include "core/office.h"
#include "core/office_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define S(s)   ngx_polycard_string(s)

#define A      "0123456789abcdef0123456789abcdef"
#define B      "ffffffffffffffffffffffffffffffff"


typedef struct {
    ngx_polycard_str_t       path;
    ngx_polycard_office_e    found;
    const char              *id;
} office_path_t;

typedef struct {
    const char              *match;        /* NULL: not given */
    const char              *none_match;
    const char              *condition;    /* NULL: refused */
} office_condition_t;

typedef struct {
    const char              *body;
    const char              *error;
} office_body_t;


static void office_test_paths(void);
static void office_test_conditions(void);
static void office_test_has(void);
static void office_test_own(void);
static void office_test_keys(void);
static void office_test_key(const char *text, int rc);
static void office_test_bodies(void);
static void office_test_print(void);
static const char *office_print(const char *name, const char *value);
static const char *office_print_of(const ngx_polycard_table_t *table,
    const char *name, const char *value);


static const office_path_t  office_paths[] = {
    { S("clients"), NGX_POLYCARD_OFFICE_CLIENTS, "" },
    { S("clients/1"), NGX_POLYCARD_OFFICE_CLIENT, "1" },
    { S("clients/1/bonus"), NGX_POLYCARD_OFFICE_BONUS, "1" },
    { S("clients/1/move"), NGX_POLYCARD_OFFICE_MOVE, "1" },
    { S("clients/1/merge"), NGX_POLYCARD_OFFICE_MERGE, "1" },
    { S("clients/1/card"), NGX_POLYCARD_OFFICE_CARD, "1" },
    { S("clients/1/forget"), NGX_POLYCARD_OFFICE_FORGET, "1" },
    { S("groups"), NGX_POLYCARD_OFFICE_GROUPS, "" },
    { S("groups/3"), NGX_POLYCARD_OFFICE_GROUP, "3" },
    { S(""), NGX_POLYCARD_OFFICE_NONE, NULL },
    { S("/"), NGX_POLYCARD_OFFICE_NONE, NULL },
    { S("client"), NGX_POLYCARD_OFFICE_NONE, NULL },
    { S("clients/"), NGX_POLYCARD_OFFICE_NONE, NULL },
    { S("clients//bonus"), NGX_POLYCARD_OFFICE_NONE, NULL },
    { S("/clients/1"), NGX_POLYCARD_OFFICE_NONE, NULL },
    { S("clients/1/"), NGX_POLYCARD_OFFICE_NONE, NULL },
    { S("clients/1/bonu"), NGX_POLYCARD_OFFICE_NONE, NULL },
    { S("clients/1/bonus/"), NGX_POLYCARD_OFFICE_NONE, NULL },
    { S("clients/1/bonus/1"), NGX_POLYCARD_OFFICE_NONE, NULL },
    { S("groups/1/bonus"), NGX_POLYCARD_OFFICE_NONE, NULL },
};


static const office_condition_t  office_conditions[] = {
    { NULL, NULL, "" },
    { "*", NULL, "*" },
    { NULL, "*", "-" },
    { "*", "*", NULL },
    { NULL, "\"" A "\"", NULL },
    { NULL, "", NULL },
    { "\"" A "\"", NULL, A },
    { "W/\"" A "\"", NULL, A },
    { A, NULL, A },
    { A " " B "\t" A "," B, NULL, A " " B " " A " " B },
    { "Wab", NULL, B },
    { " \"x\" ,\t\"" A "\",, W/\"" B "\" ", NULL, A " " B },
    { "\"x\"", NULL, B },
    { "\"a b, c\"", NULL, B },
    { "", NULL, B },
    { ",", NULL, B },
    { "\"0123456789ABCDEF0123456789abcdef\"", NULL, B },
    { "\"", NULL, NULL },
    { "\"x", NULL, NULL },
    { "a\"x\"", NULL, NULL },
    { "W/", NULL, B },
};


static const office_body_t  office_bodies[] = {
    { "{}", "" },
    { "{\"name\":\"a\",\"whole\":true,\"why\":1,\"unreadable\":[]}", "" },
    { "{\"phone\":\"380671112233\",\"id\":7}", "" },
    { "{\"phone\":null}", "phone is not the one of the path" },
    { "{\"phone\":\"380671112234\"}", "phone is not the one of the path" },
    { "{\"phone\":\"380671112234\",\"phone\":\"380671112233\"}",
      "phone is given twice" },
    { "{\"phone\":380671112233}", "phone must be a string" },
    { "{\"id\":1e3}", "id must be a whole number" },
    { "{\"x-y z\\n1\":1}", "unknown attribute xyz1" },
    { "{\"a_b\":1}", "unknown attribute a_b" },
    { "{\"\":1}", "unknown attribute " },
    { "{\"a1234567890123456789012345678901234567890\":1}",
      "unknown attribute a1234567890123456789012345678901" },
    { "{\"sex\":\"x\",\"name\":1,\"sex\":\"male\",\"bonus\":\"1,5\"}",
      "name must be a string; sex is given twice; bonus must be a number" },
    { "[]", "the body is not a JSON object" },
    { "sex=x&bonus=%&y=1",
      "bonus holds a broken % escape; unknown attribute y; "
      "sex must be male or female" },
};


int
main(void)
{
    office_test_paths();
    office_test_conditions();
    office_test_has();
    office_test_own();
    office_test_keys();
    office_test_bodies();
    office_test_print();

    return tap_done();
}


static void
office_test_paths(void)
{
    size_t                 i;
    ngx_polycard_str_t     id, path;
    ngx_polycard_office_e  found;

    for (i = 0; i < sizeof(office_paths) / sizeof(office_paths[0]); i++) {
        path = tap_copy(office_paths[i].path.data, office_paths[i].path.len);
        found = ngx_polycard_office_find(&path, &id);

        tap_ok(found == office_paths[i].found, "path '%s'",
               (char *) office_paths[i].path.data);

        if (office_paths[i].id) {
            tap_ok(id.len == strlen(office_paths[i].id)
                   && memcmp(id.len ? id.data : (u_char *) "",
                             office_paths[i].id, id.len) == 0,
                   "... its id");
        }

        tap_free();
    }
}


static void
office_test_conditions(void)
{
    size_t                     i, n;
    u_char                     room[NGX_POLYCARD_OFFICE_CONDITION + 1], *end;
    char                       many[36 * 40];
    ngx_polycard_str_t         match, none;
    const office_condition_t  *c;

    for (i = 0;
         i < sizeof(office_conditions) / sizeof(office_conditions[0]);
         i++)
    {
        c = &office_conditions[i];
        match = tap_copy(c->match ? c->match : "",
                         c->match ? strlen(c->match) : 0);
        none = tap_copy(c->none_match ? c->none_match : "",
                        c->none_match ? strlen(c->none_match) : 0);

        end = ngx_polycard_office_condition(room, c->match ? &match : NULL,
                                            c->none_match ? &none : NULL);
        if (end) {
            *end = '\0';
        }

        tap_is_str(end ? (char *) room : "refused",
                   c->condition ? c->condition : "refused",
                   "If-Match: %s, If-None-Match: %s",
                   c->match ? c->match : "-",
                   c->none_match ? c->none_match : "-");
        tap_free();
    }

    for (n = 29; n < 35; n++) {
        many[0] = '\0';

        for (i = 0; i < n; i++) {
            strcat(many, "\"" A "\",");
        }

        match = tap_copy(many, strlen(many));
        end = ngx_polycard_office_condition(room, &match, NULL);

        tap_ok((end != NULL) == (n <= 31), "%d ETags", (int) n);
        tap_free();
    }
}


static void
office_test_has(void)
{
    ngx_polycard_str_t  etag = S(A);
    ngx_polycard_str_t  any = S("*"), it = S("\"x\", W/\"" A "\"");
    ngx_polycard_str_t  other = S("\"x\""), none = S("");
    ngx_polycard_str_t  empty = S("\"\"");

    tap_ok(ngx_polycard_office_has(&any, &etag), "If-None-Match: *");
    tap_ok(ngx_polycard_office_has(&it, &etag), "one of a list");
    tap_ok(!ngx_polycard_office_has(&other, &etag), "another one");
    tap_ok(!ngx_polycard_office_has(&none, &etag), "none");
    tap_ok(!ngx_polycard_office_has(&empty, &etag), "one without a text");
    tap_ok(ngx_polycard_office_has(&empty, &none), "is the same as another");
}


static void
office_test_own(void)
{
    size_t  i;

    static const struct {
        ngx_polycard_str_t  origin;
        ngx_polycard_str_t  host;
        unsigned            own;
    } c[] = {
        { S("http://a.b:8083"), S("a.b:8083"), 1 },
        { S("https://A.b"), S("a.B"), 1 },
        { S("http://a.b"), S("a.b:80"), 0 },
        { S("http://a.c"), S("a.b"), 0 },
        { S("http://a.b.c"), S("a.b"), 0 },
        { S("http://xa.b"), S("a.b"), 0 },
        { S("ftp://a.b"), S("a.b"), 0 },
        { S("null"), S("null"), 0 },
        { S("http://"), S(""), 0 },
        { S(""), S(""), 0 },
    };

    for (i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
        tap_ok(ngx_polycard_office_own(&c[i].origin, &c[i].host) == c[i].own,
               "%s at %s", (char *) c[i].origin.data,
               (char *) c[i].host.data);
    }
}


static void
office_test_keys(void)
{
    char    text[512];
    size_t  i;

    static const struct {
        const char  *key;
        int          rc;
    } keys[] = {
        { "receipt-17", NGX_POLYCARD_OK },
        { "\"quoted\"", NGX_POLYCARD_OK },
        { "чек", NGX_POLYCARD_OK },
        { "", NGX_POLYCARD_ERROR },
        { " a", NGX_POLYCARD_ERROR },
        { "a b", NGX_POLYCARD_ERROR },
        { "a\t", NGX_POLYCARD_ERROR },
        { "a\xc2\xa0" "b", NGX_POLYCARD_ERROR },
        { "a\xe2\x80\x8b" "b", NGX_POLYCARD_ERROR },
        { "a\xff", NGX_POLYCARD_ERROR }
    };

    for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        office_test_key(keys[i].key, keys[i].rc);
    }

    memset(text, 'x', sizeof(text));
    text[255] = '\0';
    office_test_key(text, NGX_POLYCARD_OK);

    text[255] = 'x';
    text[256] = '\0';
    office_test_key(text, NGX_POLYCARD_ERROR);
}


static void
office_test_key(const char *text, int rc)
{
    ngx_polycard_str_t  key;

    key = tap_copy(text, strlen(text));
    tap_ok(ngx_polycard_office_check_key(&key) == rc, "key: %s", text);
    tap_free();
}


static void
office_test_bodies(void)
{
    int                           rc;
    size_t                        i;
    ngx_polycard_str_t            body, scratch;
    ngx_polycard_str_t            id = S("380671112233");
    ngx_polycard_input_t          in;
    ngx_polycard_office_client_t  client;
    static const u_char           extra[NGX_POLYCARD_INPUT_EXTRA + 4096];

    ngx_polycard_office_client(&client);

    for (i = 0; i < sizeof(office_bodies) / sizeof(office_bodies[0]); i++) {
        body = tap_text(office_bodies[i].body);
        scratch = tap_copy(extra, body.len + NGX_POLYCARD_INPUT_EXTRA);

        ngx_polycard_input_init(&in, &client.table, scratch.data, scratch.len);
        ngx_polycard_office_input(&in);

        rc = (body.data[0] == '{' || body.data[0] == '[')
             ? ngx_polycard_json_read(&in, &body)
             : ngx_polycard_form_read(&in, &body);

        ngx_polycard_office_identity(&in, &id);

        if (rc == NGX_POLYCARD_OK) {
            rc = ngx_polycard_input_check(&in, 0);
        }

        tap_is_str(in.error, office_bodies[i].error, "%s",
                   office_bodies[i].body);
        tap_ok((rc == NGX_POLYCARD_OK) == (in.error[0] == '\0'),
               "... and says so");
        tap_free();
    }
}


static void
office_test_print(void)
{
    tap_is_str(office_print("bonus", "7.50"), "\"bonus\":7.5,", "an amount");
    tap_is_str(office_print("bonus", "7,50"), "\"bonus\":\"7,50\",",
               "one that cannot be read");
    tap_is_str(office_print("id", "17"), "\"id\":17,", "an id");
    tap_is_str(office_print("id", "0017"), "\"id\":\"0017\",", "none");
    tap_is_str(office_print("loyalty_group_id", "0"),
               "\"loyalty_group_id\":0,", "a number");
    tap_is_str(office_print("name", "\"a\\\n"),
               "\"name\":\"\\\"a\\\\\\u000a\",",
               "text");
    tap_is_str(office_print("name", "Тарас"), "\"name\":\"Тарас\",",
               "any text");
    tap_is_str(office_print("\n\n\n\n\n", "\n\n\n\n\n"),
               "\"\\u000a\\u000a\\u000a\\u000a\\u000a\":"
               "\"\\u000a\\u000a\\u000a\\u000a\\u000a\",",
               "nothing but what is six times as long");
    tap_is_str(office_print("birthday", "x"), "\"birthday\":\"x\",", "no day");
    tap_is_str(office_print("own", "1"), "\"own\":\"1\",", "no attribute");

    tap_is_str(office_print_of(&ngx_polycard_group, "active", "1"),
               "\"active\":true,", "a flag");
    tap_is_str(office_print_of(&ngx_polycard_group, "active", "false"),
               "\"active\":false,", "one that is not set");
    tap_is_str(office_print_of(&ngx_polycard_group, "active", "yes"),
               "\"active\":\"yes\",", "no flag");
}


static const char *
office_print(const char *name, const char *value)
{
    ngx_polycard_office_client_t  client;

    ngx_polycard_office_client(&client);

    return office_print_of(&client.table, name, value);
}


static const char *
office_print_of(const ngx_polycard_table_t *table, const char *name,
    const char *value)
{
    u_char              *room, *end;
    ngx_polycard_str_t   n, v;
    static char          printed[256];

    n = tap_text(name);
    v = tap_text(value);

    /* in as much room as was said */

    room = malloc(ngx_polycard_office_print_size(&n, &v));
    end = ngx_polycard_office_print(room, ngx_polycard_office_named(table, &n),
                                    &n, &v);

    snprintf(printed, sizeof(printed), "%.*s", (int) (end - room), room);
    free(room);
    tap_free();

    return printed;
}
