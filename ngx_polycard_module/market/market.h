
/*
 * A market and the locations that serve it: its configuration, and the state
 * that a worker keeps while it runs.  No code; types of other rooms are opaque.
 */


#ifndef _NGX_POLYCARD_MARKET_MARKET_H_INCLUDED_
#define _NGX_POLYCARD_MARKET_MARKET_H_INCLUDED_


#include "nginx/base.h"
#include "core/hook.h"
#include "core/prefix.h"


#define NGX_POLYCARD_TOKEN_MAX      255
#define NGX_POLYCARD_PASSWORD_MAX   4096

/* a name, and 16 addresses */
#define NGX_POLYCARD_SENTINEL_WORDS_MAX  17
#define NGX_POLYCARD_SEEDS_MAX           16

#define NGX_POLYCARD_NAME_MAX       64
#define NGX_POLYCARD_DATABASE_MAX   1000000
#define NGX_POLYCARD_PAGE_MAX       10000

#define NGX_POLYCARD_HOOK_TOKEN_LEN 32
#define NGX_POLYCARD_HOOK_ALIAS_MAX 255
#define NGX_POLYCARD_HOOK_RETRY_MAX 16


typedef struct ngx_polycard_market_s      ngx_polycard_market_t;
typedef struct ngx_polycard_service_s     ngx_polycard_service_t;
typedef struct ngx_polycard_redis_s       ngx_polycard_redis_t;
typedef struct ngx_polycard_copies_s      ngx_polycard_copies_t;
typedef struct ngx_polycard_copy_s        ngx_polycard_copy_t;
typedef struct ngx_polycard_tls_s         ngx_polycard_tls_t;
typedef struct ngx_polycard_sentinels_s   ngx_polycard_sentinels_t;
typedef struct ngx_polycard_store_conf_s  ngx_polycard_store_conf_t;
typedef struct ngx_polycard_emitter_s     ngx_polycard_emitter_t;
typedef struct ngx_polycard_trust_s       ngx_polycard_trust_t;
typedef struct ngx_polycard_curl_s        ngx_polycard_curl_t;
typedef struct ngx_polycard_counts_s      ngx_polycard_counts_t;
typedef struct ngx_polycard_counts_zone_s ngx_polycard_counts_zone_t;
typedef struct ngx_polycard_question_s    ngx_polycard_question_t;


typedef enum {
    NGX_POLYCARD_CARDS_UNSET = 0,
    NGX_POLYCARD_CARDS_EAN13,
    NGX_POLYCARD_CARDS_POOL,
    NGX_POLYCARD_CARDS_PHONE
} ngx_polycard_cards_e;


/* the place of a directive, for messages of later checks */

typedef struct {
    ngx_str_t                    file;
    ngx_uint_t                   line;
} ngx_polycard_place_t;


/* a file with certificates or a key, its name and contents */

typedef struct {
    ngx_str_t                    path;         /* empty: not given */
    ngx_str_t                    content;
    ngx_polycard_place_t         place;
} ngx_polycard_pem_t;


/* "redis_ssl" and its companions */

typedef struct {
    char                        *directive;    /* what their names begin with */
    ngx_polycard_place_t         place;        /* of "redis_ssl" */
    char                        *first;        /* of the others; or NULL */

    ngx_flag_t                   on;
    ngx_flag_t                   verify;
    ngx_str_t                    name;         /* empty: the host's */
    ngx_polycard_pem_t           trusted;      /* its contents are not read */
    ngx_polycard_pem_t           certificate;
    ngx_polycard_pem_t           key;          /* a secret: never logged */
    ngx_uint_t                   protocols;    /* bits of NGX_SSL_TLSv... */
    ngx_str_t                    ciphers;      /* OpenSSL's; empty: its own */
    ngx_polycard_place_t         ciphers_place;

    ngx_polycard_tls_t          *tls;          /* NULL: off */
} ngx_polycard_tls_conf_t;


/* "redis" and its companions */

typedef struct {
    ngx_str_t                    address;      /* as it was written */
    ngx_url_t                    url;
    ngx_str_t                    user;
    ngx_str_t                    password;     /* a secret: never logged */
    ngx_uint_t                   database;
    ngx_msec_t                   connect_timeout;
    ngx_msec_t                   timeout;
    ngx_polycard_tls_conf_t      ssl;

    ngx_resolver_t              *resolver;     /* of http {}, or NULL */
    ngx_polycard_sentinels_t    *sentinels;    /* or NULL */

    ngx_url_t                   *seeds;        /* of a cluster; or NULL */
    ngx_uint_t                   n;
    ngx_str_t                   *key;          /* its owner is wanted there */
} ngx_polycard_redis_conf_t;


/* "redis_sentinel": the Sentinels, and their name for the master */

struct ngx_polycard_sentinels_s {
    ngx_str_t                    master;
    ngx_polycard_redis_conf_t   *server;
    ngx_uint_t                   n;

    ngx_str_t                    question;     /* commands, ready made */
    ngx_str_t                    subscription;
};


/* "card_numbers"; from and to are empty where not given */

typedef struct {
    ngx_polycard_cards_e         mode;
    ngx_str_t                    prefix;
    ngx_str_t                    from;
    ngx_str_t                    to;
} ngx_polycard_cards_conf_t;


/* "hook" and its companions; url.len is 0 in a market without hooks */

typedef struct {
    ngx_str_t                    url;
    ngx_flag_t                   insecure;
    ngx_uint_t                   format;       /* ngx_polycard_hook_format_e */
    ngx_str_t                    alias;
    ngx_str_t                    token;        /* a secret: never logged */

    ngx_msec_t                   timeout;
    ngx_uint_t                   concurrency;
    ngx_uint_t                   rate;         /* thousandths of a hook a
                                                  second; 0: no limit */
    ngx_msec_t                   retry[NGX_POLYCARD_HOOK_RETRY_MAX];
    ngx_uint_t                   retries;      /* how many of them are set */
    ngx_uint_t                   attempts;

    ngx_str_t                    ca_file;      /* empty: the system's */
    ngx_polycard_place_t         ca_place;
    ngx_str_t                    certificate;  /* contents, PEM */
    ngx_str_t                    certificate_key;  /* a secret: never logged */
    ngx_flag_t                   verify;
    ngx_polycard_trust_t        *trust;        /* NULL: nothing to verify */
    ngx_str_t                    proxy;
    ngx_str_t                    bind;

    ngx_flag_t                   emitter;
    ngx_msec_t                   lease;
    ngx_msec_t                   idempotency_time;
    ngx_msec_t                   sweep_interval;
    ngx_uint_t                   outbox_max;
    ngx_uint_t                   history;      /* accepted hooks; 0: none */
    ngx_uint_t                   announce;     /* "initial_sync announce" */
    ngx_uint_t                   delete_guard; /* per cent */

    /* the location marked polycard_hook, and its server */
    ngx_http_core_loc_conf_t    *clcf;
    ngx_http_core_srv_conf_t    *cscf;
} ngx_polycard_hook_conf_t;


/* a token padded to full length, to be compared in constant time */

typedef struct {
    u_char                       data[NGX_POLYCARD_TOKEN_MAX + 1];
} ngx_polycard_token_t;


/* "access_token_file", "office_token_file", or "off" */

typedef struct {
    ngx_array_t                 *list;         /* of ngx_polycard_token_t */
    ngx_flag_t                   on;           /* 0 after "off" */
} ngx_polycard_tokens_t;


/*
 * Connections to Redis: CLIENT PAUSE WRITE blocks a connection that writes,
 * and all commands after it, so reads have a connection of their own;
 * WAIT blocks its own, see redis/copies.h.
 */

typedef enum {
    NGX_POLYCARD_REDIS_READS = 0,
    NGX_POLYCARD_REDIS_WRITES,
    NGX_POLYCARD_REDIS_COPIES,
    NGX_POLYCARD_REDIS_KINDS
} ngx_polycard_redis_kind_e;


/*
 * The state of a market in a worker.  Zeroed when the
 * configuration is read: each worker begins with its own copy.
 */

typedef struct {
    ngx_polycard_redis_t        *redis[NGX_POLYCARD_REDIS_KINDS];
    ngx_uint_t                   redis_down;   /* see redis/error.h */
    ngx_polycard_copies_t       *copies;
    ngx_polycard_curl_t         *curl;
    ngx_polycard_emitter_t      *emitter;
    ngx_polycard_question_t     *question;     /* for the status */
    ngx_uint_t                   bad_records;  /* left out of pages */
    ngx_uint_t                   bad_values;   /* answers without them */
    ngx_uint_t                   withheld;     /* why nobody can be added, as
                                                * logged, 0: they can */
    time_t                       unfit_said;   /* of the pool, logged when */
    unsigned                     started:1;
    unsigned                     no_curl:1;    /* logged */
} ngx_polycard_worker_t;


/* the configuration of a market: the same in all workers */

struct ngx_polycard_market_s {
    ngx_str_t                    name;
    ngx_polycard_place_t         place;

    ngx_polycard_redis_conf_t    redis_conf;
    ngx_polycard_redis_conf_t    sentinel_conf;  /* what all of them share */
    ngx_str_t                    key_prefix;
    ngx_polycard_cards_conf_t    cards;
    ngx_uint_t                   replicas;     /* that have a new client */
    ngx_msec_t                   replicas_time;
    ngx_polycard_hook_conf_t     hook;

    ngx_polycard_tokens_t        access;       /* the gateway's */
    ngx_polycard_tokens_t        office;       /* of the market's own systems */
    ngx_polycard_tokens_t        operators;

    ngx_uint_t                   page_default;
    ngx_uint_t                   page_max;

    ngx_polycard_store_conf_t   *store;        /* commands, ready made */
    ngx_polycard_counts_t       *counts;       /* of all workers */
    ngx_polycard_worker_t       *worker;       /* of this one */
};


typedef struct {
    ngx_array_t                  markets;      /* of ngx_polycard_market_t * */
    ngx_array_t                  locations;    /* of ngx_polycard_location_t */
    ngx_array_t                  hooks;        /* the same, polycard_hook */
    ngx_array_t                  carriers;     /* hooks, and each "if" there */
    ngx_array_t                  statuses;     /* as locations */
    ngx_polycard_counts_zone_t  *zone;         /* NULL: no market, no status */
    ngx_uint_t                   status;       /* polycard_status is there */
} ngx_polycard_main_conf_t;


/* "polycard_status operator=PATH": where the page's buttons send requests to */

typedef struct {
    ngx_str_t                    path;
    ngx_polycard_market_t       *market;       /* of the location there */
} ngx_polycard_desk_t;


typedef struct {
    ngx_str_t                    market_name;
    ngx_polycard_place_t         place;

    ngx_polycard_market_t       *market;
    const ngx_polycard_service_t  *service;    /* NULL: none of ours */
    ngx_uint_t                   hook;         /* polycard_hook */
    ngx_uint_t                   status;       /* polycard_status */
    ngx_array_t                 *desks;        /* of ngx_polycard_desk_t; or
                                                * NULL */
    ngx_str_t                    manual;       /* where the page's links lead */
} ngx_polycard_loc_conf_t;


/*
 * A location of ours, for errors that occur before locations are searched, and
 * for hooks, which have no request that would search one.
 */

typedef struct {
    ngx_http_core_loc_conf_t    *clcf;
    ngx_http_core_srv_conf_t    *cscf;
    ngx_polycard_loc_conf_t     *conf;

    /* of ngx_http_core_srv_conf_t *: the default servers of the addresses
     * where cscf listens beside them; NULL: none */
    ngx_array_t                 *defaults;
} ngx_polycard_location_t;


/* the module, to find its configuration in cycles and requests */
extern ngx_module_t  ngx_polycard_module;


#endif /* _NGX_POLYCARD_MARKET_MARKET_H_INCLUDED_ */
