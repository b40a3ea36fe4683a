
/*
 * The keyspace (docs/keyspace.md) as calls: one function, one round trip, a
 * typed result.  No other file writes a key's name or the name of a function
 * inside Redis.
 */


#ifndef _NGX_POLYCARD_REDIS_STORE_H_INCLUDED_
#define _NGX_POLYCARD_REDIS_STORE_H_INCLUDED_


#include "market/market.h"
#include "core/attributes.h"
#include "core/phone.h"
#include "redis/op.h"


/* rows that one call of ngx_polycard_store_records() may ask for: what waits
 * behind them waits 0.3 ms at most */
#define NGX_POLYCARD_STORE_BATCH  100


typedef struct ngx_polycard_store_call_s  ngx_polycard_store_call_t;

/*
 * Called when the answer is there; what it points to is valid until it
 * returns.  Each kind of call has a result of its own below, which begins with
 * the call: the handler knows which one it has asked for.
 *
 *   status  NGX_OK, or NGX_DECLINED (no such record), or
 *           NGX_HTTP_SERVICE_UNAVAILABLE, NGX_HTTP_GATEWAY_TIME_OUT
 */

typedef void (*ngx_polycard_store_pt)(ngx_polycard_store_call_t *call);


/* in the memory of the caller, who sets market, handler and data */

struct ngx_polycard_store_call_s {
    ngx_polycard_store_pt    handler;
    void                    *data;
    ngx_polycard_market_t   *market;
    ngx_polycard_op_t       *op;            /* under way, or NULL */
    ngx_polycard_copy_t     *copy;          /* the same, of copies.h */
    ngx_int_t                status;
    redisReply              *reply;         /* of functions, see
                                             * store_emitter.h */
    unsigned                 background:1;  /* see op.h */
    unsigned                 office:1;      /* see store_emitter.h */
    unsigned                 reads:1;       /* ... a function that does not
                                             * write */
};


/* records: the attributes; [0], which is in the key, is empty */

typedef struct {
    ngx_polycard_store_call_t  call;
    ngx_polycard_str_t         value[NGX_POLYCARD_ATTRIBUTES_MAX];
    ngx_uint_t                 index;       /* 1: the first asked for */
    ngx_uint_t                 fields;
} ngx_polycard_store_records_t;


/* whose card it is */

typedef struct {
    ngx_polycard_store_call_t  call;
    ngx_str_t                  phone;
} ngx_polycard_store_owner_t;


/* ids, see ngx_polycard_store_list_item() */

typedef struct {
    ngx_polycard_store_call_t  call;
    int64_t                    total;       /* of clients */
    ngx_uint_t                 items;       /* while under way: at most */
    redisReply                *ids;
} ngx_polycard_store_list_t;


typedef enum {
    NGX_POLYCARD_STORE_ADDED = 0,       /* created, given a card, repeated */
    NGX_POLYCARD_STORE_EXISTS,          /* has a card already */
    NGX_POLYCARD_STORE_NO_CARDS,        /* none left */
    NGX_POLYCARD_STORE_NO_IDS,          /* the counter is used up */
    NGX_POLYCARD_STORE_SYNCING,         /* not yet known which are in use */
    NGX_POLYCARD_STORE_LOST,            /* the same, and all was lost */
    NGX_POLYCARD_STORE_TAKEN,           /* the phone is another one's card */
    NGX_POLYCARD_STORE_UNREADABLE       /* the key holds no hash */
} ngx_polycard_store_added_e;


/* what became of a new client, or of a new card */

typedef struct ngx_polycard_store_added_s  ngx_polycard_store_added_t;

struct ngx_polycard_store_added_s {
    ngx_polycard_store_call_t    call;
    ngx_polycard_store_added_e   added;
    int64_t                      id;
    ngx_polycard_str_t           code;
    int64_t                      unfit;     /* those of the pool that are no
                                               numbers, if some were found */
    ngx_polycard_str_t           etag;      /* of issue_card */
    const ngx_str_t             *key;       /* ... once with it, NULL: none */
    const ngx_str_t             *line;      /* ... of a batch, or empty */
    const ngx_polycard_str_t    *attributes;    /* of add_client, else NULL */
    const ngx_polycard_str_t    *phone;
    const ngx_str_t             *condition;
    ngx_uint_t                   tries;
    ngx_uint_t                   repeated;  /* ADDED, but not now */
    ngx_int_t                  (*again)(ngx_polycard_store_added_t *added);
};


/* where a page begins: a cursor (which is kept by deletions) or an offset */

typedef struct {
    int64_t                  start;
    ngx_uint_t               limit;
    unsigned                 after:1;
} ngx_polycard_store_page_t;


/* prepares the common parts of all commands of a market (configuration) */
ngx_int_t ngx_polycard_store_init(ngx_conf_t *cf,
    ngx_polycard_market_t *market);

/* whether markets with these key prefixes would have a key in common */
ngx_uint_t ngx_polycard_store_prefixes_meet(const ngx_str_t *one,
    const ngx_str_t *other);

/*
 * All calls return NGX_OK if the handler will be called, and
 * NGX_DECLINED if Redis is away or too many calls are pending.
 */

/* one client */
ngx_int_t ngx_polycard_store_read_client(
    ngx_polycard_store_records_t *records, const ngx_polycard_str_t *phone);

/* whose card it is, by the index: owner->phone, in memory of the reply */
ngx_int_t ngx_polycard_store_find_owner(ngx_polycard_store_owner_t *owner,
    const ngx_polycard_str_t *barcode);

/* phones of a page and how many clients there are */
ngx_int_t ngx_polycard_store_list_clients(ngx_polycard_store_list_t *list,
    const ngx_polycard_store_page_t *page);

/* ids of all groups, at most 10,000 */
ngx_int_t ngx_polycard_store_list_groups(ngx_polycard_store_list_t *list);

/* the i-th of list->items ids, and its position, unless that is NULL */
void ngx_polycard_store_list_item(ngx_polycard_store_list_t *list,
    ngx_uint_t i, ngx_str_t *id, int64_t *position);

/*
 * The records of 1 to NGX_POLYCARD_STORE_BATCH ids (phones, group ids): the
 * handler is called for each, in order, for the last one with
 * call->op == NULL; after a failure it is called once more, as for the last.
 */
ngx_int_t ngx_polycard_store_read_records(
    ngx_polycard_store_records_t *records, const ngx_polycard_table_t *table,
    const ngx_str_t *id, ngx_uint_t n);

/*
 * addClient: attributes by the indices of ngx_polycard_client, checked; they
 * stay until the handler is called.
 */
ngx_int_t ngx_polycard_store_add_client(ngx_polycard_store_added_t *added,
    const ngx_polycard_str_t *attributes);

/*
 * Another card for a client who is there, the next one; the condition is one of
 * the office (docs/keyspace.md), and call.office is set.  Both and the key, if
 * there is one, stay until the handler is called, which finds id 0.
 */
ngx_int_t ngx_polycard_store_issue_card(ngx_polycard_store_added_t *added,
    const ngx_polycard_str_t *phone, const ngx_str_t *condition);

/* the caller gives up: the handler will not be called any more */
void ngx_polycard_store_cancel(ngx_polycard_store_call_t *call);


#endif /* _NGX_POLYCARD_REDIS_STORE_H_INCLUDED_ */
