
#include "check/check.h"
#include "check/phones.h"

#include <stdio.h>
#include <string.h>


typedef struct {
    check_phones_t  phones;
    unsigned        ended;
} check_walk_t;


static int check_walk_both(check_t *c, unsigned last);
static int check_walk_offset(check_t *c, check_walk_t *walk);
static int check_walk_link(check_t *c, check_walk_t *walk);


/* two ways through getClients must show the same */

void
check_walk(check_t *c)
{
    if (!c->pages) {
        return;
    }

    /* clients come and go: only a repeated difference counts */

    if (check_walk_both(c, 0) == NGX_POLYCARD_ERROR) {
        (void) check_walk_both(c, 1);
    }
}


/* NGX_POLYCARD_ERROR: they differ, which counts at the last attempt */

static int
check_walk_both(check_t *c, unsigned last)
{
    int           rc;
    size_t        n;
    unsigned      same;
    check_walk_t  offset, link;

    memset(&offset, 0, sizeof(check_walk_t));
    memset(&link, 0, sizeof(check_walk_t));

    rc = NGX_POLYCARD_OK;

    if (check_walk_offset(c, &offset) == NGX_POLYCARD_OK
        && check_walk_link(c, &link) == NGX_POLYCARD_OK)
    {
        n = link.phones.n < offset.phones.n ? link.phones.n : offset.phones.n;

        /* the one that has not reached the end may show fewer, never more */

        same = check_phones_same(&offset.phones, &link.phones, n)
               && !(offset.ended && link.phones.n > n)
               && !(link.ended && offset.phones.n > n);

        if (same) {
            check_report_pass(&c->report, CHECK_WALK);

        } else if (last) {
            check_report_fail(&c->report, CHECK_WALK, NULL,
                              "they show others, in pages of %d",
                              CHECK_WALK_LIMIT);
        } else {
            rc = NGX_POLYCARD_ERROR;
        }
    }

    check_phones_free(&offset.phones);
    check_phones_free(&link.phones);

    return rc;
}


/* NGX_POLYCARD_ERROR: there is nothing to compare */

static int
check_walk_offset(check_t *c, check_walk_t *walk)
{
    int                rc;
    long               i;
    check_phones_t     page;
    check_exchange_t   x;

    rc = NGX_POLYCARD_OK;

    for (i = 0; rc == NGX_POLYCARD_OK && !walk->ended
                && i < c->options->pages; i++)
    {
        rc = check_phones_page(c, CHECK_WALK, i * CHECK_WALK_LIMIT,
                               CHECK_WALK_LIMIT, &page, &x);

        if (rc == NGX_POLYCARD_OK) {
            walk->ended = (page.n == 0);
            rc = check_phones_append(&walk->phones, x.json);
        }

        check_phones_free(&page);
        check_exchange_free(&x);
    }

    return rc;
}


static int
check_walk_link(check_t *c, check_walk_t *walk)
{
    int                rc;
    long               i;
    char               query[CHECK_TARGET_MAX];
    check_exchange_t   x;

    snprintf(query, sizeof(query), "limit=%d", CHECK_WALK_LIMIT);

    rc = NGX_POLYCARD_OK;

    for (i = 0; rc == NGX_POLYCARD_OK && !walk->ended
                && i < c->options->pages; i++)
    {
        rc = NGX_POLYCARD_ERROR;

        if (check_ask_known(c, CHECK_WALK, "getClients", query, &x)
            == NGX_POLYCARD_OK
            && check_ask_is(c, CHECK_WALK, &x, cJSON_Array))
        {
            rc = check_phones_append(&walk->phones, x.json);

            switch (check_walk_next(c, CHECK_WALK, &x, query, sizeof(query))) {

            case NGX_POLYCARD_OK:
                break;

            case 1:
                walk->ended = 1;
                break;

            default:
                rc = NGX_POLYCARD_ERROR;
                break;
            }
        }

        check_exchange_free(&x);
    }

    return rc;
}


int
check_walk_next(check_t *c, check_row_e row, const check_exchange_t *x,
    char *query, size_t size)
{
    int          len;
    char         link[CHECK_TARGET_MAX], *end, *start;
    const char  *what, *token, *page;

    len = check_exchange_header(x, "Link", link, sizeof(link));

    if (len == -1 || strstr(link, "rel=\"next\"") == NULL) {

        if (cJSON_GetArraySize(x->json) < CHECK_WALK_LIMIT) {
            return 1;
        }

        check_report_fail(&c->report, row, x,
                          "a full page has no Link to a next one");
        return NGX_POLYCARD_ERROR;
    }

    token = x->office ? c->options->office.token : c->options->market.token;
    page = x->office ? "/clients?" : "/getClients?";
    end = strchr(link, '>');
    start = strstr(link, page);
    what = NULL;

    if (link[0] != '<' || end == NULL || start == NULL || start > end) {
        what = "the Link does not lead to a page";

    } else if (*token && strstr(link, token)) {
        what = "the Link holds the token";
    }

    if (what) {
        check_report_fail(&c->report, row, x, "%s", what);
        return NGX_POLYCARD_ERROR;
    }

    *end = '\0';
    snprintf(query, size, "%s", start + strlen(page));

    return NGX_POLYCARD_OK;
}
