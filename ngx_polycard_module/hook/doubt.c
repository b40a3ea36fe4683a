
#include "hook/doubt.h"
#include "redis/connections.h"
#include "redis/library.h"


static void ngx_polycard_doubt_answer(ngx_polycard_store_call_t *call);


void
ngx_polycard_doubt_log(ngx_polycard_market_t *market)
{
    ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                  "redis \"%V\" of polycard market \"%V\" has lost changes "
                  "that were sent to the gateway, and not all of them are "
                  "known: call polycard_resend_all",
                  ngx_polycard_redis_name(market), &market->name);
}


void
ngx_polycard_doubt_raise(ngx_polycard_doubt_t *doubt)
{
    ngx_polycard_doubt_log(doubt->market);

    doubt->pending = 1;
}


void
ngx_polycard_doubt_tick(ngx_polycard_doubt_t *doubt)
{
    ngx_str_t  argument;

    if (!doubt->pending || doubt->call.op
        || ngx_polycard_library_known(doubt->market)
           < NGX_POLYCARD_LIBRARY_SAYS)
    {
        return;
    }

    ngx_str_set(&argument, "unknown");

    doubt->call.market = doubt->market;
    doubt->call.handler = ngx_polycard_doubt_answer;
    doubt->call.data = doubt;
    doubt->call.background = 1;

    /* declined: again in a second */
    (void) ngx_polycard_store_function(&doubt->call, "retell", &argument, 1);
}


static void
ngx_polycard_doubt_answer(ngx_polycard_store_call_t *call)
{
    ngx_polycard_doubt_t  *doubt;

    doubt = call->data;

    if (call->status == NGX_OK) {
        doubt->pending = 0;
    }
}


void
ngx_polycard_doubt_close(ngx_polycard_doubt_t *doubt)
{
    ngx_polycard_store_cancel(&doubt->call);

    doubt->pending = 0;
}
