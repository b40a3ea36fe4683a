
#include "check/check.h"


typedef struct {
    const char  *query;
    const char  *name;         /* what the error must name */
} check_bound_t;


static const check_bound_t  check_bounds_wrong[] = {
    { "limit=0", "limit" },
    { "limit=-1", "limit" },
    { "limit=1.5", "limit" },
    { "limit=x", "limit" },
    { "limit=1000000", "limit" },
    { "limit=2&offset=-1", "offset" },
    { "limit=2&offset=x", "offset" },
    { "limit=2&offset=1&after=1", "offset" },
};


void
check_bounds(check_t *c)
{
    size_t           i;
    check_request_t  request = { "GET", "getClients", NULL,
                                 CHECK_TOKEN_BEARER, NULL, NULL, 0, 0 };

    if (!c->pages) {
        return;
    }

    for (i = 0; i < sizeof(check_bounds_wrong) / sizeof(check_bound_t); i++) {
        request.query = check_bounds_wrong[i].query;

        check_ask_refused(c, CHECK_BOUNDS, &request, 400,
                          check_bounds_wrong[i].name);
    }
}
