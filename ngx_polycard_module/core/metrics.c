
#include "core/metrics.h"

#include <string.h>


const ngx_polycard_str_t  ngx_polycard_services[NGX_POLYCARD_SERVICES] = {
    ngx_polycard_string("getClient"),
    ngx_polycard_string("addClient"),
    ngx_polycard_string("getGroups"),
    ngx_polycard_string("getClients"),
    ngx_polycard_string("office"),
    ngx_polycard_string("operator")
};


const ngx_polycard_str_t  ngx_polycard_results[NGX_POLYCARD_RESULTS] = {
    ngx_polycard_string("ok"),
    ngx_polycard_string("miss"),
    ngx_polycard_string("conflict"),
    ngx_polycard_string("denied"),
    ngx_polycard_string("invalid"),
    ngx_polycard_string("limited"),
    ngx_polycard_string("unavailable"),
    ngx_polycard_string("timeout"),
    ngx_polycard_string("error"),
    ngx_polycard_string("closed")
};


const ngx_polycard_str_t  ngx_polycard_attempts[NGX_POLYCARD_ATTEMPTS] = {
    ngx_polycard_string("accepted"),
    ngx_polycard_string("refused"),
    ngx_polycard_string("outage"),
    ngx_polycard_string("aborted")
};


const ngx_polycard_str_t  ngx_polycard_objects[NGX_POLYCARD_OBJECTS] = {
    ngx_polycard_string("clients"),
    ngx_polycard_string("bonuses"),
    ngx_polycard_string("loyalty_groups")
};


const ngx_polycard_str_t  ngx_polycard_actions[NGX_POLYCARD_ACTIONS] = {
    ngx_polycard_string("added"),
    ngx_polycard_string("changed"),
    ngx_polycard_string("deleted")
};


const int64_t  ngx_polycard_buckets[NGX_POLYCARD_BUCKETS] = {
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000
};


const char  *ngx_polycard_bucket_names[NGX_POLYCARD_BUCKETS] = {
    "0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5",
    "1", "2", "5", "10", "30"
};


ngx_polycard_result_e
ngx_polycard_result(unsigned status, unsigned limited)
{
    if (limited) {
        return NGX_POLYCARD_RESULT_LIMITED;
    }

    switch (status) {

    case 401:
    case 403:
        return NGX_POLYCARD_RESULT_DENIED;

    case 404:
        return NGX_POLYCARD_RESULT_MISS;

    case 409:
    case 412:
    case 422:
        return NGX_POLYCARD_RESULT_CONFLICT;

    case 429:
        return NGX_POLYCARD_RESULT_LIMITED;

    case 503:
        return NGX_POLYCARD_RESULT_UNAVAILABLE;

    case 504:
        return NGX_POLYCARD_RESULT_TIMEOUT;

    case 0:
    case 408:
    case 444:
    case 499:
        return NGX_POLYCARD_RESULT_CLOSED;
    }

    if (status < 400) {
        return NGX_POLYCARD_RESULT_OK;
    }

    return (status < 500) ? NGX_POLYCARD_RESULT_INVALID
                          : NGX_POLYCARD_RESULT_ERROR;
}


size_t
ngx_polycard_bucket(int64_t ms)
{
    size_t  i;

    for (i = 0; i < NGX_POLYCARD_BUCKETS; i++) {
        if (ms <= ngx_polycard_buckets[i]) {
            break;
        }
    }

    return i;
}


int64_t
ngx_polycard_quantile(const uint64_t *count, unsigned per_mille)
{
    size_t    i;
    int64_t   from, to;
    uint64_t  all, rank, below;

    all = 0;

    for (i = 0; i < NGX_POLYCARD_BUCKETS + 1; i++) {
        all += count[i];
    }

    if (all == 0) {
        return -1;
    }

    rank = (all * per_mille + 999) / 1000;
    below = 0;

    for (i = 0; i < NGX_POLYCARD_BUCKETS; i++) {

        if (below + count[i] >= rank) {
            from = i ? ngx_polycard_buckets[i - 1] : 0;
            to = ngx_polycard_buckets[i];

            return from + (int64_t) (((uint64_t) (to - from) * (rank - below)
                                      + count[i] - 1) / count[i]);
        }

        below += count[i];
    }

    return ngx_polycard_buckets[NGX_POLYCARD_BUCKETS - 1];
}


size_t
ngx_polycard_find_name(const ngx_polycard_str_t *names, size_t n,
    const u_char *data, size_t len)
{
    size_t  i;

    for (i = 0; i < n; i++) {
        if (names[i].len == len && memcmp(names[i].data, data, len) == 0) {
            break;
        }
    }

    return i;
}
