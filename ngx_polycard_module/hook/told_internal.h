
/* The ring of told.h: hooks that were sent, the oldest one first. */


#ifndef _NGX_POLYCARD_HOOK_TOLD_INTERNAL_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_TOLD_INTERNAL_H_INCLUDED_


#include "hook/told.h"


/* i < told->n */
ngx_polycard_told_entry_t *ngx_polycard_told_entry(ngx_polycard_told_t *told,
    ngx_uint_t i);

/* drops old ones, unless they wait to be announced again */
void ngx_polycard_told_forget(ngx_polycard_told_t *told);

/* how far the server is: what was told until now was written before that */
void ngx_polycard_told_measure(ngx_polycard_told_t *told, int64_t offset);

/*
 * Of several hooks of a key the last one counts, with the card of an earlier
 * one.  No memory: each of them is announced again.
 */
void ngx_polycard_told_merge(ngx_polycard_told_t *told);


#endif /* _NGX_POLYCARD_HOOK_TOLD_INTERNAL_H_INCLUDED_ */
