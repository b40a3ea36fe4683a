
#include "check/check.h"

#include <stdio.h>
#include <string.h>


static void check_ask_all(check_t *c);


int
main(int argc, char **argv)
{
    int               rc, status;
    check_t           c;
    check_options_t   options;

    rc = check_options_parse(&options, argc, argv);

    if (rc != NGX_POLYCARD_OK) {
        return rc == NGX_POLYCARD_ERROR ? 2 : 0;
    }

    memset(&c, 0, sizeof(check_t));

    c.options = &options;

    if (check_http_init(&c.http, &options) != NGX_POLYCARD_OK) {
        fprintf(stderr, "polycard-check: libcurl does not start\n");
        return 2;
    }

    check_report_init(&c.report, &options);

    if (options.market.url) {
        check_ask_all(&c);
    }

    if (options.office.url && check_office(&c) == NGX_POLYCARD_OK) {
        check_office_write(&c);
    }

    status = check_report_print(&c.report, &c.http);

    cJSON_Delete(c.client);
    check_report_free(&c.report);
    check_http_free(&c.http);

    return status;
}


static void
check_ask_all(check_t *c)
{
    if (check_groups(c) != NGX_POLYCARD_OK) {
        return;
    }

    check_pages(c);
    check_walk(c);
    check_bounds(c);
    check_client(c);
    check_access(c);
    check_methods(c);
    check_add(c);
}
