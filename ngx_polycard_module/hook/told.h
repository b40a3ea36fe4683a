
/*
 * The keys of the hooks accepted lately, in the last minute that Redis was
 * there, kept by the emitter.  When Redis is another server, or was restarted,
 * a record and its shadow may both be older than what the gateway has, and
 * comparing them shows nothing: each of these keys is announced again then.
 * Where replication stood still for longer, older ones may be lost, too: that
 * is logged.
 */


#ifndef _NGX_POLYCARD_HOOK_TOLD_H_INCLUDED_
#define _NGX_POLYCARD_HOOK_TOLD_H_INCLUDED_


#include "hook/doubt.h"
#include "redis/role.h"
#include "redis/store_emitter.h"
#include "core/dispatch.h"


/* longer ones are not kept: the deletion of such a client is not announced */
#define NGX_POLYCARD_TOLD_CARD   64

/* keys in one call, so that it takes less than 1 ms */
#define NGX_POLYCARD_TOLD_BATCH  10


typedef struct {
    ngx_msec_t                  time;
    ngx_uint_t                  epoch;      /* of the server that has the hook;
                                               0: a later one counts */
    ngx_uint_t                  order;
    int64_t                     offset;     /* of the server, with the hook */
    unsigned                    deleted:1;
    u_char                      key_len;
    u_char                      card_len;
    u_char                      key[NGX_POLYCARD_DISPATCH_KEY];
    u_char                      card[NGX_POLYCARD_TOLD_CARD];
} ngx_polycard_told_entry_t;


typedef struct {

    /* set by the owner */

    ngx_polycard_market_t      *market;
    ngx_polycard_doubt_t       *doubt;
    void                      (*found)(void *data);    /* hooks were written */
    void                       *data;

    /* its own */

    ngx_polycard_told_entry_t  *ring;       /* on the heap; NULL: empty */
    ngx_uint_t                  size;
    ngx_uint_t                  first;
    ngx_uint_t                  n;

    ngx_polycard_server_t       server;
    u_char                      former[NGX_POLYCARD_SERVER_ID]; /* a history
                                               of the same server, before */
    ngx_uint_t                  open;       /* the offset is too small from
                                               this one on */
    int64_t                     forgotten;  /* the offset of the last dropped
                                               one, 0: none */
    ngx_msec_t                  heard;      /* when it was there last */
    ngx_uint_t                  epoch;      /* 1: of the first server */
    ngx_uint_t                  next;       /* to look at, from first on */

    ngx_polycard_store_call_t   call;
    ngx_uint_t                  begin;      /* of what it is about; to next */
    ngx_uint_t                  nsent;      /* of these */
    ngx_uint_t                  asked;      /* the epoch */

    unsigned                    late:1;     /* announcing again */
    unsigned                    more:1;     /* late ones since the last call */
    unsigned                    logged:1;   /* what cannot be told */
    unsigned                    behind:1;   /* forgotten is too small */
} ngx_polycard_told_t;


/*
 * A hook of this key, read from the server of this epoch, was sent to the
 * gateway, or may have been.  card may be empty.  No memory: it is
 * forgotten.
 */
void ngx_polycard_told_add(ngx_polycard_told_t *told, ngx_uint_t epoch,
    const ngx_str_t *key, const ngx_str_t *card, unsigned deleted);

/* checks which server it is: before hooks that were read from it are kept */
void ngx_polycard_told_look(ngx_polycard_told_t *told);

/* about once a second: checks which server it is, and announces again if
 * needed */
void ngx_polycard_told_tick(ngx_polycard_told_t *told);

/* the worker exits: frees all memory */
void ngx_polycard_told_close(ngx_polycard_told_t *told);


#endif /* _NGX_POLYCARD_HOOK_TOLD_H_INCLUDED_ */
