
#include "counters/denial.h"


/* seconds without another one */
#define NGX_POLYCARD_DENIAL_TIME  30


typedef struct {
    const char  *begin;     /* of the error */
    const char  *word;
    unsigned     some;      /* of some commands alone */
} ngx_polycard_denial_t;


static const ngx_polycard_denial_t *ngx_polycard_denial_find(
    const char *error);


static const ngx_polycard_denial_t  ngx_polycard_denials[] = {
    { "NOREPLICAS ", "NOREPLICAS", 0 },
    { "MISCONF ", "MISCONF", 0 },
    { "OOM ", "OOM", 1 },
    { "NOPERM ", "NOPERM", 1 },
    { "NOAUTH ", "NOAUTH", 0 },
    { "WRONGPASS ", "WRONGPASS", 0 },
    { "READONLY ", "READONLY", 0 },
    { "a replica, ", "READONLY", 0 },
    { "MASTERDOWN ", "MASTERDOWN", 0 },
    { "LOADING ", "LOADING", 0 },
    { "BUSY ", "BUSY", 0 },
    { NULL, NULL, 0 }
};


void
ngx_polycard_denial_note(ngx_polycard_market_t *market, const char *error)
{
    const ngx_polycard_denial_t  *denial;

    denial = ngx_polycard_denial_find(error);

    if (denial) {
        market->counts->refused = ngx_time();
        market->counts->refusal = 1 + (denial - ngx_polycard_denials);
    }
}


static const ngx_polycard_denial_t *
ngx_polycard_denial_find(const char *error)
{
    const ngx_polycard_denial_t  *denial;

    for (denial = ngx_polycard_denials; denial->begin; denial++) {

        if (ngx_strncmp(error, denial->begin, ngx_strlen(denial->begin))
            == 0)
        {
            return denial;
        }
    }

    return NULL;
}


void
ngx_polycard_denial_over(ngx_polycard_market_t *market)
{
    ngx_uint_t  n;

    n = market->counts->refusal;

    if (n && !ngx_polycard_denials[n - 1].some) {
        market->counts->refusal = 0;
    }
}


const char *
ngx_polycard_denial_read(ngx_polycard_market_t *market)
{
    ngx_uint_t  n;

    n = market->counts->refusal;

    if (n == 0 || ngx_time() - (time_t) market->counts->refused
                  >= NGX_POLYCARD_DENIAL_TIME)
    {
        return NULL;
    }

    return ngx_polycard_denials[n - 1].word;
}
