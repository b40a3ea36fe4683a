
/* The figures of a market, in all forms of the status. */


#ifndef _NGX_POLYCARD_STATUS_FIGURES_H_INCLUDED_
#define _NGX_POLYCARD_STATUS_FIGURES_H_INCLUDED_


#include "status/values.h"


/*
 * Whole numbers, times in milliseconds; NGX_POLYCARD_COUNTS_NONE: unknown or
 * absent.  Requests and attempts are in market->status.
 */

typedef struct {
    ngx_polycard_market_t          *market;
    ngx_polycard_state_e            state;
    u_char                         *name;          /* both end with a zero */
    u_char                         *address;

    int64_t                         up;            /* 1 or 0 */
    int64_t                         age;
    int64_t                         workers;
    int64_t                         connected;
    int64_t                         away;          /* since when none is */
    int64_t                         connections;
    int64_t                         reconnects;
    int64_t                         left_out;
    int64_t                         mended;
    int64_t                         enabled;       /* hooks: 1 or 0 */
    int64_t                         no_curl;       /* 1 or 0 */
    int64_t                         bare;          /* Redis: 1 or 0 */
    int64_t                         append_only;   /* 1 or 0 */
    int64_t                         evicts;        /* 1 or 0 */
    int64_t                         refuses;       /* ... commands: 1 or 0 */
    const char                     *refusal;       /* with this; NULL: none */
    int64_t                         is_outage;     /* 1 or 0 */
    int64_t                         is_held;       /* the lease: 1 or 0 */
    int64_t                         is_lost;
    int64_t                         is_doubt;      /* what was sent */
    int64_t                         waiting_time;  /* as outbox_age, or 0 */
    int64_t                         unread_time;   /* as unread_age, or 0 */
    int64_t                         cards_left;

    ngx_polycard_counts_values_t    values;
} ngx_polycard_figures_t;


/* all of them as they are now; name and address are the configuration's */
void ngx_polycard_figures_get(ngx_polycard_market_t *market,
    ngx_polycard_figures_t *figures);


#endif /* _NGX_POLYCARD_STATUS_FIGURES_H_INCLUDED_ */
