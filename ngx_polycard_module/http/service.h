
/*
 * The static description of a web service (contract, A1), or of the office.
 */


#ifndef _NGX_POLYCARD_HTTP_SERVICE_H_INCLUDED_
#define _NGX_POLYCARD_HTTP_SERVICE_H_INCLUDED_


#include "market/market.h"
#include "core/metrics.h"


#define NGX_POLYCARD_SERVICE_TOKENS                                           \
    "\"access_token_file\" or \"access_token off\""

#define NGX_POLYCARD_SERVICE_OFFICE_TOKENS                                    \
    "\"office_token_file\" or \"office_token off\""

#define NGX_POLYCARD_SERVICE_OPERATOR_TOKENS                                  \
    "\"operator_token_file\" or \"operator_token off\""


struct ngx_polycard_service_s {
    ngx_str_t                name;
    ngx_polycard_service_e   number;       /* of its counters */
    ngx_uint_t               methods;      /* NGX_HTTP_GET, ... */
    ngx_str_t                allow;        /* the same as a header's value */
    ngx_http_handler_pt      handler;      /* of the location's content */
    ngx_uint_t               issues_cards; /* needs "card_numbers" */
    size_t                   tokens;       /* ngx_polycard_tokens_t, where in
                                            * the market */
    const char              *needs;        /* directives of those tokens */
    ngx_uint_t               tree;         /* all paths below its location are
                                            * its own, and its token comes in
                                            * the header only */
};


#endif /* _NGX_POLYCARD_HTTP_SERVICE_H_INCLUDED_ */
