
/*
 * Keys that an event has named and that are not captured yet: each once, in
 * the order of their first event, in a ring of fixed size.  What does not fit
 * is left to the sweep.
 */


#ifndef _NGX_POLYCARD_CORE_CHANGES_H_INCLUDED_
#define _NGX_POLYCARD_CORE_CHANGES_H_INCLUDED_


#include "core/types.h"


#define NGX_POLYCARD_CHANGES_MAX  8192

/* a phone, or a group's id of up to 16 digits */
#define NGX_POLYCARD_CHANGES_ID   16


typedef enum {
    NGX_POLYCARD_CHANGES_CLIENT = 0,
    NGX_POLYCARD_CHANGES_GROUP
} ngx_polycard_changes_kind_e;


typedef struct {
    uint16_t                   next;        /* in its chain; 0: the last */
    u_char                     kind;
    u_char                     len;
    u_char                     id[NGX_POLYCARD_CHANGES_ID];
} ngx_polycard_change_t;


/* to be zeroed by the owner */

typedef struct {
    size_t                     first;       /* of the ring */
    size_t                     n;
    ngx_polycard_change_t      ring[NGX_POLYCARD_CHANGES_MAX];
    uint16_t                   chain[NGX_POLYCARD_CHANGES_MAX];
} ngx_polycard_changes_t;


/*
 * An id that is not that of a client or a group is ignored: other users of the
 * keyspace may have such keys (contract, B21).  NGX_POLYCARD_ERROR: no room.
 */
int ngx_polycard_changes_add(ngx_polycard_changes_t *changes,
    ngx_polycard_changes_kind_e kind, const ngx_polycard_str_t *id);

/* moves up to max of the oldest to taken, all of one kind; returns how many */
size_t ngx_polycard_changes_take(ngx_polycard_changes_t *changes,
    ngx_polycard_change_t *taken, size_t max);


#endif /* _NGX_POLYCARD_CORE_CHANGES_H_INCLUDED_ */
