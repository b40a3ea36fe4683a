
#include "tap.h"
#include "core/changes.h"

#include <stdio.h>
#include <string.h>


#define CLIENT  NGX_POLYCARD_CHANGES_CLIENT
#define GROUP   NGX_POLYCARD_CHANGES_GROUP


static void changes_test_once(void);
static void changes_test_foreign(void);
static void changes_test_chain(void);
static void changes_test_kinds(void);
static void changes_test_full(void);
static int changes_add(ngx_polycard_changes_kind_e kind, const char *id);
static const char *changes_taken(size_t max);


static ngx_polycard_changes_t  changes;


int
main(void)
{
    changes_test_once();
    changes_test_foreign();
    changes_test_chain();
    changes_test_kinds();
    changes_test_full();

    return tap_done();
}


static void
changes_test_once(void)
{
    changes_add(CLIENT, "380671112233");
    changes_add(CLIENT, "380671112234");
    changes_add(CLIENT, "380671112233");

    tap_is_str(changes_taken(16), "380671112233 380671112234 ",
               "each once, in the order of the first event");

    changes_add(CLIENT, "380671112233");

    tap_is_str(changes_taken(16), "380671112233 ", "taken, it may come again");
    tap_is_str(changes_taken(16), "", "then there is none");
}


/* what shares the keyspace, and would spoil the batch that it is in */

static void
changes_test_foreign(void)
{
    size_t  i;

    static const char  *phones[] = {
        "", "380", "abcdefghijkl", "38067111223", "3806711122334",
        "480671112233", "38067111223x", "380 71112233"
    };

    static const char  *groups[] = {
        "", "x", "-1", "01", "1.5", "9007199254740992", "12345678901234567"
    };

    for (i = 0; i < sizeof(phones) / sizeof(phones[0]); i++) {
        tap_ok(changes_add(CLIENT, phones[i]) == NGX_POLYCARD_OK
               && changes.n == 0, "\"%s\" is no client", phones[i]);
    }

    for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        tap_ok(changes_add(GROUP, groups[i]) == NGX_POLYCARD_OK
               && changes.n == 0, "\"%s\" is no group", groups[i]);
    }
}


/* one id that begins with another, in one chain */

static void
changes_test_chain(void)
{
    size_t  second;

    changes_add(GROUP, "164");
    changes_add(GROUP, "16");

    second = (changes.first + 1) % NGX_POLYCARD_CHANGES_MAX;

    tap_ok(changes.n == 2 && changes.ring[second].next == changes.first + 1,
           "16 and 164 share a chain, and are two");

    changes_add(GROUP, "1644");
    changes_add(GROUP, "164");
    changes_add(GROUP, "16");

    tap_is_str(changes_taken(1), "164 ", "the first is taken from its end");

    changes_add(GROUP, "16");

    tap_is_str(changes_taken(16), "16 1644 ", "the others are still known");
}


static void
changes_test_kinds(void)
{
    changes_add(GROUP, "0");
    changes_add(GROUP, "9007199254740991");
    changes_add(GROUP, "380671112233");
    changes_add(CLIENT, "380671112233");
    changes_add(GROUP, "5");

    tap_is_str(changes_taken(2), "0 9007199254740991 ", "as many as wanted");
    tap_is_str(changes_taken(16), "380671112233 ", "one kind at a time");
    tap_ok(changes.ring[changes.first].kind == CLIENT,
           "a group and a client may have one id");
    tap_is_str(changes_taken(16), "380671112233 ", "then the client");
    tap_is_str(changes_taken(16), "5 ", "then the group after it");
}


static void
changes_test_full(void)
{
    char    phone[16];
    size_t  i, n;
    int     rc;

    ngx_polycard_change_t  taken[100];

    rc = NGX_POLYCARD_OK;

    for (i = 0; i < NGX_POLYCARD_CHANGES_MAX; i++) {
        sprintf(phone, "38067%07zu", i);
        rc |= changes_add(CLIENT, phone);
    }

    tap_ok(rc == NGX_POLYCARD_OK, "all the room there is");
    tap_ok(changes_add(CLIENT, "380990000000") == NGX_POLYCARD_ERROR,
           "no room for one more");
    tap_ok(changes_add(CLIENT, "380670000000") == NGX_POLYCARD_OK,
           "one that is there needs none");
    tap_ok(changes_add(CLIENT, "nobody") == NGX_POLYCARD_OK,
           "nor one that is none");

    n = ngx_polycard_changes_take(&changes, taken, 100);

    tap_ok(n == 100 && memcmp(taken[99].id, "380670000099", 12) == 0,
           "some are taken");
    tap_ok(changes_add(CLIENT, "380990000000") == NGX_POLYCARD_OK,
           "room again");

    n = 0;

    do {
        i = ngx_polycard_changes_take(&changes, taken, 100);
        n += i;
    } while (i);

    tap_ok(n == NGX_POLYCARD_CHANGES_MAX - 99 && changes.n == 0, "all taken");

    for (i = 0; i < NGX_POLYCARD_CHANGES_MAX && changes.chain[i] == 0; i++) {
        /* void */
    }

    tap_ok(i == NGX_POLYCARD_CHANGES_MAX, "no chain is left");
}


static int
changes_add(ngx_polycard_changes_kind_e kind, const char *id)
{
    ngx_polycard_str_t  text;

    text = tap_text(id);

    return ngx_polycard_changes_add(&changes, kind, &text);
}


static const char *
changes_taken(size_t max)
{
    char    *p;
    size_t   i, n;

    static char            text[512];
    ngx_polycard_change_t  taken[16];

    n = ngx_polycard_changes_take(&changes, taken, max);
    p = text;
    *p = '\0';

    for (i = 0; i < n; i++) {
        p += sprintf(p, "%.*s ", taken[i].len, taken[i].id);
    }

    return text;
}
