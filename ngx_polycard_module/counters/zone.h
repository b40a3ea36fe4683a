
/*
 * The counters of all workers: a zone of shared memory of fixed size with a
 * place for each market, found by its name, so that counters survive a reload
 * that adds or removes markets.  Counting takes no lock.
 */


#ifndef _NGX_POLYCARD_COUNTERS_ZONE_H_INCLUDED_
#define _NGX_POLYCARD_COUNTERS_ZONE_H_INCLUDED_


#include "market/market.h"
#include "core/metrics.h"
#include "counters/history.h"


#define NGX_POLYCARD_COUNTS_MARKETS  128

/* those of the next configuration have places that the one in force has not:
 * its workers count until they end */
#define NGX_POLYCARD_COUNTS_PLACES   (2 * NGX_POLYCARD_COUNTS_MARKETS)

#define NGX_POLYCARD_COUNTS_WORKERS  256
#define NGX_POLYCARD_COUNTS_HOLDER   256

/* servers that have taken the place of others */
#define NGX_POLYCARD_COUNTS_SUCCESSORS  4

/* of requests that count as recent */
#define NGX_POLYCARD_COUNTS_MINUTES  5


/* times in milliseconds; the last bucket is for those above all bounds */

typedef struct {
    ngx_atomic_t                    bucket[NGX_POLYCARD_BUCKETS + 1];
    ngx_atomic_t                    sum;
} ngx_polycard_histogram_t;


typedef struct {
    ngx_atomic_t                    result[NGX_POLYCARD_RESULTS];
    ngx_polycard_histogram_t        duration;
    ngx_polycard_histogram_t        redis;
} ngx_polycard_counts_service_t;


typedef struct {
    ngx_atomic_t                    attempt[NGX_POLYCARD_OBJECTS]
                                           [NGX_POLYCARD_ACTIONS]
                                           [NGX_POLYCARD_ATTEMPTS];
    ngx_polycard_histogram_t        duration;
} ngx_polycard_counts_hooks_t;


typedef enum {
    NGX_POLYCARD_STATE_UNKNOWN = 0,      /* nobody has asked */
    NGX_POLYCARD_STATE_UP,
    NGX_POLYCARD_STATE_DOWN,             /* no connection */
    NGX_POLYCARD_STATE_SLOW,             /* no answer in time */
    NGX_POLYCARD_STATE_ERROR             /* an answer that is an error */
} ngx_polycard_state_e;


typedef enum {
    NGX_POLYCARD_SYNC_NEW = 0,
    NGX_POLYCARD_SYNC_RUNNING,
    NGX_POLYCARD_SYNC_RESTORE,
    NGX_POLYCARD_SYNC_DONE,
    NGX_POLYCARD_SYNCS
} ngx_polycard_sync_e;


/*
 * The status of a market in Redis: whole numbers, times in milliseconds;
 * NGX_POLYCARD_COUNTS_NONE: unknown.
 */

#define NGX_POLYCARD_COUNTS_NONE  -1

typedef struct {
    int64_t                         library;
    int64_t                         outbox;
    int64_t                         outbox_max;
    int64_t                         outbox_age;
    int64_t                         held_keys;
    int64_t                         held;
    int64_t                         broken;        /* keys of a wrong type */
    int64_t                         dead;
    int64_t                         accepted;      /* when */
    int64_t                         outage;        /* since when */
    int64_t                         outage_reason; /* see core/verdict.h */
    int64_t                         outage_next;   /* attempt, when */
    int64_t                         lease_left;
    int64_t                         round;         /* when it ended */
    int64_t                         round_found;
    int64_t                         round_bad;
    int64_t                         found;
    int64_t                         heard;         /* when */
    int64_t                         guard;         /* 1: closed */
    int64_t                         waiting;
    int64_t                         confirmed;
    int64_t                         sync;          /* ngx_polycard_sync_e */
    int64_t                         lost;          /* when */
    int64_t                         doubt;         /* since when */
    int64_t                         cards;         /* in the pool */
    int64_t                         unfit;         /* of the pool */
    int64_t                         ids_left;
    int64_t                         serial;        /* the last one used */
    int64_t                         clients;
    int64_t                         groups;
    int64_t                         unread;        /* of `registered` */
    int64_t                         unread_age;    /* of its oldest one */

    size_t                          holder_len;
    u_char                          holder[NGX_POLYCARD_COUNTS_HOLDER];
} ngx_polycard_counts_values_t;


/* see given.h; for `card_numbers ean13` the serial */

typedef struct {
    uint32_t                        keyspace;      /* checksums: where, */
    uint32_t                        cards;         /* ... and of which prefix */
    int64_t                         card;          /* the greatest issued,
                                                      0: none */
    int64_t                         used;          /* ... in use: also those of
                                                      the market's own */
    int64_t                         id;
    ngx_uint_t                      known;         /* 1: to Redis */
    ngx_uint_t                      certain;       /* 1: no greater one is in
                                                      use, whoever gave it */
} ngx_polycard_given_t;


/* which server of Redis, and which history of its data; zeros: unknown */

#define NGX_POLYCARD_SERVER_ID  48

typedef struct {
    u_char                          run[NGX_POLYCARD_SERVER_ID];
    u_char                          history[NGX_POLYCARD_SERVER_ID];
    u_char                          before[NGX_POLYCARD_SERVER_ID]; /* of the
                                                  data, as a replica it had */
    int64_t                         taken;         /* the first byte of those
                                                      that it had not */
    int64_t                         offset;        /* bytes of its history */
} ngx_polycard_server_t;


/* see lineage.h */

typedef struct {
    ngx_polycard_server_t           server;
    ngx_msec_t                      seen;          /* by any worker */
} ngx_polycard_successor_t;


/* of one market */

struct ngx_polycard_counts_s {
    ngx_slab_pool_t                *pool;          /* the same in all */

    size_t                          len;           /* of the name; 0: free */
    u_char                          name[NGX_POLYCARD_NAME_MAX];
    ngx_uint_t                      attempt;       /* the last one that had
                                                      this market; 0: none */

    ngx_polycard_counts_service_t   service[NGX_POLYCARD_SERVICES];
    ngx_atomic_t                    line[NGX_POLYCARD_RESULTS];   /* of
                                                                     batches */
    ngx_polycard_counts_hooks_t     hooks;
    ngx_polycard_history_t          history;
    ngx_atomic_t                    no_curl;       /* 1: libcurl is unfit */
    ngx_atomic_t                    bare;          /* a time, see count.h */
    ngx_atomic_t                    away;          /* since when, 0: it is
                                                      not */
    ngx_atomic_t                    setup;         /* bits, see count.c */
    ngx_atomic_t                    looked;        /* when that was */
    ngx_atomic_t                    refusal;       /* see denial.h; 0: none */
    ngx_atomic_t                    refused;       /* when that was */

    ngx_atomic_t                    connections;
    ngx_atomic_t                    reconnects;
    ngx_atomic_t                    left_out;      /* bad records */
    ngx_atomic_t                    mended;

    /* by the worker's number: its pid * 2, and 1 while it is connected */
    ngx_atomic_t                    worker[NGX_POLYCARD_COUNTS_WORKERS];

    /* ngx_current_msec when a worker last began to ask Redis, 0: never; the
     * same of the last question that was answered */
    ngx_atomic_t                    asked;
    ngx_atomic_t                    told;

    /* the pid of the last worker that was granted the lease */
    ngx_atomic_t                    teller;

    /* 1: there is a successor */
    ngx_atomic_t                    succession;

    /* under the pool's mutex */
    ngx_polycard_given_t            given;
    ngx_polycard_state_e            state;
    ngx_msec_t                      known;         /* when values were told */
    ngx_polycard_counts_values_t    values;
    ngx_polycard_successor_t        successor[NGX_POLYCARD_COUNTS_SUCCESSORS];
};


struct ngx_polycard_counts_zone_s {
    ngx_slab_pool_t                *pool;
    int64_t                         start;         /* of counting */
    int64_t                         load;          /* of the configuration */
    ngx_uint_t                      generation;    /* 1: the first one */
    ngx_uint_t                      attempt;       /* configurations that were
                                                      read: some failed */
    ngx_uint_t                      in_force;      /* the attempt that did not;
                                                      0: none yet */
    ngx_polycard_counts_t           market[NGX_POLYCARD_COUNTS_PLACES];
};


/* by ngx_polycard_sync_e */
extern const char  *ngx_polycard_syncs[NGX_POLYCARD_SYNCS];


/*
 * After all markets are read: once nginx has created the zone, pmcf->zone and
 * each market's status point into it.  NGX_ERROR after a line in the log.
 */
ngx_int_t ngx_polycard_counts_zone_add(ngx_conf_t *cf,
    ngx_polycard_main_conf_t *pmcf);

/* the configuration is in force; a worker of it begins */
void ngx_polycard_counts_zone_loaded(ngx_polycard_counts_zone_t *zone);
void ngx_polycard_counts_zone_worker(ngx_polycard_main_conf_t *pmcf);

/* how many workers the configuration has */
ngx_uint_t ngx_polycard_counts_zone_workers(void);

/* milliseconds since 1970 */
int64_t ngx_polycard_counts_time(void);


#endif /* _NGX_POLYCARD_COUNTERS_ZONE_H_INCLUDED_ */
