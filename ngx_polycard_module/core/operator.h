
/* What a request to the operator's location is about: docs/operator.md. */


#ifndef _NGX_POLYCARD_CORE_OPERATOR_H_INCLUDED_
#define _NGX_POLYCARD_CORE_OPERATOR_H_INCLUDED_


#include "core/types.h"


/* the path below the location */

typedef enum {
    NGX_POLYCARD_OPERATOR_NONE = 0,
    NGX_POLYCARD_OPERATOR_HOOKS,         /* hooks */
    NGX_POLYCARD_OPERATOR_FIND,          /* hooks/find */
    NGX_POLYCARD_OPERATOR_END,           /* hooks/end */
    NGX_POLYCARD_OPERATOR_DEAD,          /* dead */
    NGX_POLYCARD_OPERATOR_REQUEUE_ALL,   /* dead/requeue */
    NGX_POLYCARD_OPERATOR_DEAD_ONE,      /* dead/ID */
    NGX_POLYCARD_OPERATOR_REQUEUE,       /* dead/ID/requeue */
    NGX_POLYCARD_OPERATOR_RESEND,        /* resend */
    NGX_POLYCARD_OPERATOR_PROBE,         /* probe */
    NGX_POLYCARD_OPERATOR_DELETIONS,     /* deletions/confirm */
    NGX_POLYCARD_OPERATOR_CLIENTS        /* clients/confirm */
} ngx_polycard_operator_e;


/* room for a time as ngx_polycard_operator_print_time() writes it */
#define NGX_POLYCARD_OPERATOR_TIME  (sizeof("2026-01-31T12:30:00.000Z") - 1)


/*
 * What stands at this path, which is decoded.  id is the ID, a part of path,
 * or empty: like 1700000000000-0, or it is no path of ours.
 */
ngx_polycard_operator_e ngx_polycard_operator_find(
    const ngx_polycard_str_t *path, ngx_polycard_str_t *id);

/*
 * Writes a time, milliseconds since 1970 up to the end of the year 9999 (other
 * times are brought into that), as ISO 8601; returns the end.
 */
u_char *ngx_polycard_operator_print_time(u_char *p, int64_t ms);


#endif /* _NGX_POLYCARD_CORE_OPERATOR_H_INCLUDED_ */
