
#include "check/check.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>


static int check_groups_reached(check_t *c, const check_exchange_t *x);
static void check_groups_https(check_t *c);
static unsigned check_groups_is_local(const char *host);


/* the first question of all: getGroups needs to know nothing */

int
check_groups(check_t *c)
{
    int                rc;
    size_t             n;
    const cJSON       *group;
    check_exchange_t   x;

    rc = NGX_POLYCARD_ERROR;

    check_groups_https(c);

    (void) check_ask_get(c, CHECK_REACH, "getGroups", NULL, &x);

    if (check_groups_reached(c, &x) != NGX_POLYCARD_OK) {
        goto done;
    }

    rc = NGX_POLYCARD_OK;

    if (!check_ask_is(c, CHECK_GET_GROUPS, &x, cJSON_Array)) {
        goto done;
    }

    check_report_pass(&c->report, CHECK_GET_GROUPS);
    check_report_skip(&c->report, CHECK_GROUP, "there is no group");

    n = 0;

    cJSON_ArrayForEach(group, x.json) {
        check_record(c, CHECK_GROUP, &x, group, ++n);
    }

done:

    check_exchange_free(&x);

    return rc;
}


/* a truncated or endless answer counts as one: others may be better */

static int
check_groups_reached(check_t *c, const check_exchange_t *x)
{
    if (check_exchange_tls(x)) {
        check_report_fail(&c->report, CHECK_HTTPS, x, "%s", x->error);
    }

    if (x->status == 0) {
        c->report.unreached = 1;
        return NGX_POLYCARD_ERROR;
    }

    if (x->status == 401 || x->status == 403) {
        check_report_fail(&c->report, CHECK_REACH, x, "%s",
                          c->options->token[0] ? "the token is not accepted"
                                               : "a token is needed");
        c->report.unreached = 1;
        return NGX_POLYCARD_ERROR;
    }

    if (x->code == CURLE_OK) {
        check_report_pass(&c->report, CHECK_REACH);
    }

    return NGX_POLYCARD_OK;
}


static void
check_groups_https(check_t *c)
{
    const char  *host;

    if (strncasecmp(c->options->url, "https://", 8) == 0) {
        if (c->options->insecure) {
            check_report_skip(&c->report, CHECK_HTTPS,
                              "any certificate is taken (--insecure)");
        } else {
            check_report_pass(&c->report, CHECK_HTTPS);
        }

        return;
    }

    host = c->options->url + sizeof("http://") - 1;

    if (check_groups_is_local(host)) {
        check_report_skip(&c->report, CHECK_HTTPS, "this is the same machine");

    } else {
        check_report_fail(&c->report, CHECK_HTTPS, NULL,
                          "clients' data and the token travel in the open");
    }
}


static unsigned
check_groups_is_local(const char *host)
{
    return strncmp(host, "127.", 4) == 0
           || strncasecmp(host, "localhost", 9) == 0
           || strncmp(host, "[::1]", 5) == 0;
}
