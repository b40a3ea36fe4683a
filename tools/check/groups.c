
#include "check/check.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>


/* the longest name of a host */
#define CHECK_HOST_MAX   256

/* RFC 6761: this one, and all below it */
#define CHECK_LOCAL      ".localhost"
#define CHECK_LOCAL_LEN  (sizeof(CHECK_LOCAL) - 1)


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

    check_https(c, CHECK_HTTPS, &c->options->market);

    (void) check_ask_get(c, CHECK_REACH, "getGroups", NULL, &x);

    if (check_reached(c, &x) != NGX_POLYCARD_OK) {
        goto done;
    }

    rc = NGX_POLYCARD_OK;
    c->asked = 1;

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

int
check_reached(check_t *c, const check_exchange_t *x)
{
    check_row_e           row;
    const check_base_t  *base;

    row = x->office ? CHECK_OFFICE_REACH : CHECK_REACH;
    base = x->office ? &c->options->office : &c->options->market;

    if (check_exchange_tls(x)) {
        check_report_fail(&c->report,
                          x->office ? CHECK_OFFICE_HTTPS : CHECK_HTTPS, x,
                          "%s", x->error);
    }

    if (x->status == 0) {
        c->report.unreached = 1;
        return NGX_POLYCARD_ERROR;
    }

    if (x->status == 401 || x->status == 403) {
        check_report_fail(&c->report, row, x, "%s",
                          base->token[0] ? "the token is not accepted"
                                          : "a token is needed");
        c->report.unreached = 1;
        return NGX_POLYCARD_ERROR;
    }

    if (x->status == 404) {
        check_report_fail(&c->report, row, x,
                          "there is nothing at this URL: it is a wrong one, "
                          "or the server has another name than is in it");
        c->report.unreached = 1;
        return NGX_POLYCARD_ERROR;
    }

    if (x->code == CURLE_OK) {
        check_report_pass(&c->report, row);
    }

    return NGX_POLYCARD_OK;
}


void
check_https(check_t *c, check_row_e row, const check_base_t *base)
{
    const char  *host;

    if (strncasecmp(base->url, "https://", 8) == 0) {
        if (c->options->insecure) {
            check_report_skip(&c->report, row,
                              "any certificate is taken (--insecure)");
        } else {
            check_report_pass(&c->report, row);
        }

        return;
    }

    host = base->url + sizeof("http://") - 1;

    if (check_groups_is_local(host)) {
        check_report_skip(&c->report, row, "this is the same machine");

    } else {
        check_report_fail(&c->report, row, NULL,
                          "clients' data and the token travel in the open");
    }
}


/* a name that only begins like one of this machine is somebody else's */

static unsigned
check_groups_is_local(const char *host)
{
    char            name[CHECK_HOST_MAX];
    size_t          len;
    const char     *local;
    struct in_addr  address;

    if (strncmp(host, "[::1]", 5) == 0) {
        return 1;
    }

    len = strcspn(host, ":/");

    if (len >= sizeof(name)) {
        return 0;
    }

    memcpy(name, host, len);
    name[len] = '\0';

    if (inet_pton(AF_INET, name, &address) == 1) {
        return ntohl(address.s_addr) >> 24 == 127;
    }

    local = len > CHECK_LOCAL_LEN ? name + len - CHECK_LOCAL_LEN : "";

    return strcasecmp(name, &CHECK_LOCAL[1]) == 0
           || strcasecmp(local, CHECK_LOCAL) == 0;
}
