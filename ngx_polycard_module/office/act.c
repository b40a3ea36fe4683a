
/* One operation: calls the function inside Redis, and makes the answer */


#include "office/answer.h"
#include "office/office.h"
#include "http/issued.h"
#include "http/refusal.h"


static ngx_uint_t ngx_polycard_office_is_once(ngx_polycard_office_act_t *act);
static ngx_int_t ngx_polycard_office_issued(ngx_polycard_office_act_t *act);
static ngx_int_t ngx_polycard_office_store_error(
    ngx_polycard_office_act_t *act, ngx_int_t status);


ngx_int_t
ngx_polycard_office_ask(ngx_polycard_office_act_t *act)
{
    ngx_str_t   *own, argument[NGX_POLYCARD_OFFICE_ARGUMENTS];
    ngx_uint_t   n, once;

    act->added.call.office = 1;
    act->added.call.reads = ((act->operation->methods & NGX_HTTP_GET) != 0);

    own = argument + NGX_POLYCARD_OFFICE_ONCE;
    n = act->operation->arguments(act, own);
    once = ngx_polycard_office_is_once(act);

    if (n == 0) {
        act->issues = 1;
        act->added.key = once ? &act->key : NULL;
        act->added.line = &act->line;

        return ngx_polycard_store_issue_card(&act->added, &act->id,
                                             &act->condition);
    }

    if (!once) {
        return ngx_polycard_store_function(&act->added.call,
                                           act->operation->function, own, n);
    }

    argument[0] = act->key;
    argument[1] = act->line;
    argument[2].data = (u_char *) act->operation->function;
    argument[2].len = ngx_strlen(act->operation->function);

    return ngx_polycard_store_function(&act->added.call, "once", argument,
                                       NGX_POLYCARD_OFFICE_ONCE + n);
}


/* the function of bonuses takes their keys itself */

static ngx_uint_t
ngx_polycard_office_is_once(ngx_polycard_office_act_t *act)
{
    return act->key.len
           && (act->line.len
               || act->operation->resource != NGX_POLYCARD_OFFICE_BONUS);
}


void
ngx_polycard_office_end(ngx_polycard_office_act_t *act)
{
    ngx_int_t                   rc;
    ngx_polycard_store_call_t  *call;

    call = &act->added.call;

    if (call->status == NGX_POLYCARD_STORE_REFUSED) {
        rc = ngx_polycard_refusal_read(call->reply->str, &act->error);

    } else if (act->issues) {
        rc = ngx_polycard_office_issued(act);

    } else if (call->status != NGX_OK) {
        rc = ngx_polycard_office_store_error(act, call->status);

    } else {
        rc = act->operation->answer(act, call->reply);
    }

    if (rc != NGX_OK) {
        act->status = rc;

    } else if (act->status == 0) {
        act->status = NGX_HTTP_OK;
    }
}


static ngx_int_t
ngx_polycard_office_issued(ngx_polycard_office_act_t *act)
{
    ngx_int_t              rc;
    ngx_polycard_issued_t  issued;

    rc = ngx_polycard_issued(act->added.call.market, &act->added, &issued);

    if (rc == NGX_OK) {
        return ngx_polycard_office_answer_issued(act);
    }

    act->error = issued.error;
    act->retry_after = issued.retry_after;

    return rc;
}


static ngx_int_t
ngx_polycard_office_store_error(ngx_polycard_office_act_t *act,
    ngx_int_t status)
{
    act->error = ngx_polycard_request_store_error(status);

    return (status == NGX_HTTP_GATEWAY_TIME_OUT) ? status
                                                 : NGX_HTTP_SERVICE_UNAVAILABLE;
}
