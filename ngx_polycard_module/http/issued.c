
/* The result of issuing a card number, as an answer and a line in the log */


#include "http/issued.h"


#define NGX_POLYCARD_ISSUED_NUMBERS_RETRY   60
#define NGX_POLYCARD_ISSUED_SYNCING_RETRY   5
#define NGX_POLYCARD_ISSUED_LOST_RETRY      60

/* seconds between two lines about the pool */
#define NGX_POLYCARD_ISSUED_UNFIT           60


static void ngx_polycard_issued_unfit(ngx_polycard_market_t *market,
    int64_t unfit);
static void ngx_polycard_issued_no_cards(ngx_polycard_market_t *market,
    ngx_polycard_store_added_t *added);
static void ngx_polycard_issued_no_ids(ngx_polycard_market_t *market,
    ngx_polycard_store_added_t *added);
static unsigned ngx_polycard_issued_withhold(ngx_polycard_market_t *market,
    ngx_polycard_store_added_t *added);
static void ngx_polycard_issued_resume(ngx_polycard_market_t *market);


ngx_int_t
ngx_polycard_issued(ngx_polycard_market_t *market,
    ngx_polycard_store_added_t *added, ngx_polycard_issued_t *issued)
{
    ngx_memzero(issued, sizeof(ngx_polycard_issued_t));

    if (added->unfit) {
        ngx_polycard_issued_unfit(market, added->unfit);
    }

    if (added->call.status != NGX_OK) {
        issued->error = ngx_polycard_request_store_error(added->call.status);

        return (added->call.status == NGX_HTTP_GATEWAY_TIME_OUT)
               ? NGX_HTTP_GATEWAY_TIME_OUT : NGX_HTTP_SERVICE_UNAVAILABLE;
    }

    switch (added->added) {

    case NGX_POLYCARD_STORE_ADDED:

        /* one of before does not show that there are some left */

        if (!added->repeated) {
            ngx_polycard_issued_resume(market);
        }

        return NGX_OK;

    case NGX_POLYCARD_STORE_NO_CARDS:
        ngx_polycard_issued_no_cards(market, added);
        issued->error = "no card number is left";
        issued->retry_after = NGX_POLYCARD_ISSUED_NUMBERS_RETRY;
        return NGX_HTTP_SERVICE_UNAVAILABLE;

    case NGX_POLYCARD_STORE_NO_IDS:
        ngx_polycard_issued_no_ids(market, added);
        issued->error = "no client id is left";
        issued->retry_after = NGX_POLYCARD_ISSUED_NUMBERS_RETRY;
        return NGX_HTTP_SERVICE_UNAVAILABLE;

    case NGX_POLYCARD_STORE_SYNCING:
        issued->error = "clients are still being taken in, try again later";
        issued->retry_after = NGX_POLYCARD_ISSUED_SYNCING_RETRY;
        return NGX_HTTP_SERVICE_UNAVAILABLE;

    case NGX_POLYCARD_STORE_LOST:
        issued->error = "clients were lost: an operator must confirm";
        issued->retry_after = NGX_POLYCARD_ISSUED_LOST_RETRY;
        return NGX_HTTP_SERVICE_UNAVAILABLE;

    case NGX_POLYCARD_STORE_TAKEN:
        issued->error = "the phone is another client's card number";
        return NGX_HTTP_CONFLICT;

    case NGX_POLYCARD_STORE_UNREADABLE:
        issued->error = "the stored client cannot be read";
        return NGX_HTTP_CONFLICT;

    default:
        issued->error = "the client already has a card";
        return NGX_HTTP_CONFLICT;
    }
}


/* they may be among good ones: not a line for each */

static void
ngx_polycard_issued_unfit(ngx_polycard_market_t *market, int64_t unfit)
{
    if (market->worker->unfit_said
        && ngx_time() - market->worker->unfit_said
           < NGX_POLYCARD_ISSUED_UNFIT)
    {
        return;
    }

    market->worker->unfit_said = ngx_time();

    ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                  "entries of the pool of polycard market \"%V\" are no "
                  "card numbers: %L set aside in the list \"unfit\"",
                  &market->name, unfit);
}


static void
ngx_polycard_issued_no_cards(ngx_polycard_market_t *market,
    ngx_polycard_store_added_t *added)
{
    if (ngx_polycard_issued_withhold(market, added)) {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                      "polycard market \"%V\" has no card numbers left: "
                      "clients cannot be added", &market->name);
    }
}


static void
ngx_polycard_issued_no_ids(ngx_polycard_market_t *market,
    ngx_polycard_store_added_t *added)
{
    if (ngx_polycard_issued_withhold(market, added)) {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                      "polycard market \"%V\" has used up its client ids: "
                      "clients cannot be added, until the key seq:id is "
                      "lowered", &market->name);
    }
}


/* 1: the state begins, and is to be logged */

static unsigned
ngx_polycard_issued_withhold(ngx_polycard_market_t *market,
    ngx_polycard_store_added_t *added)
{
    if (market->worker->withheld == (ngx_uint_t) added->added) {
        return 0;
    }

    market->worker->withheld = added->added;

    return 1;
}


static void
ngx_polycard_issued_resume(ngx_polycard_market_t *market)
{
    if (market->worker->withheld) {
        market->worker->withheld = 0;

        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "polycard market \"%V\" adds clients again",
                      &market->name);
    }
}
