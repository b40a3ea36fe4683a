
/*
 * What the folders of the module share: a market, a location that serves one
 * of the four web services, and the results of a request.
 */


#ifndef _NGX_POLYCARD_MODULE_H_INCLUDED_
#define _NGX_POLYCARD_MODULE_H_INCLUDED_


#include "compat.h"
#include "core/types.h"


#define NGX_POLYCARD_TOKEN_MAX      255
#define NGX_POLYCARD_PASSWORD_MAX   4096
#define NGX_POLYCARD_PREFIX_MAX     255
#define NGX_POLYCARD_NAME_MAX       64
#define NGX_POLYCARD_DATABASE_MAX   1000000
#define NGX_POLYCARD_PAGE_MAX       10000


typedef struct ngx_polycard_market_s      ngx_polycard_market_t;
typedef struct ngx_polycard_service_s     ngx_polycard_service_t;
typedef struct ngx_polycard_redis_s       ngx_polycard_redis_t;
typedef struct ngx_polycard_store_conf_s  ngx_polycard_store_conf_t;


typedef enum {
    NGX_POLYCARD_CARDS_UNSET = 0,
    NGX_POLYCARD_CARDS_EAN13,
    NGX_POLYCARD_CARDS_POOL,
    NGX_POLYCARD_CARDS_PHONE
} ngx_polycard_cards_e;


/* where a directive stands, for messages of the checks that come later */

typedef struct {
    ngx_str_t                    file;
    ngx_uint_t                   line;
} ngx_polycard_place_t;


/* "redis" and its companions */

typedef struct {
    ngx_str_t                    address;      /* as it was written */
    ngx_url_t                    url;
    ngx_str_t                    user;
    ngx_str_t                    password;     /* a secret: never logged */
    ngx_uint_t                   database;
    ngx_msec_t                   connect_timeout;
    ngx_msec_t                   timeout;

    ngx_resolver_t              *resolver;     /* of http {}, or NULL */
} ngx_polycard_redis_conf_t;


/* "card_numbers"; from and to are empty where not given */

typedef struct {
    ngx_polycard_cards_e         mode;
    ngx_str_t                    prefix;
    ngx_str_t                    from;
    ngx_str_t                    to;
} ngx_polycard_cards_conf_t;


/* a token padded to full length, to be compared in constant time */

typedef struct {
    u_char                       data[NGX_POLYCARD_TOKEN_MAX + 1];
} ngx_polycard_token_t;


struct ngx_polycard_market_s {
    ngx_str_t                    name;
    ngx_polycard_place_t         place;

    ngx_polycard_redis_conf_t    redis_conf;
    ngx_str_t                    key_prefix;
    ngx_polycard_cards_conf_t    cards;

    ngx_array_t                 *tokens;       /* of ngx_polycard_token_t */
    ngx_flag_t                   access_token; /* 0 after "off" */

    ngx_uint_t                   page_default;
    ngx_uint_t                   page_max;

    ngx_polycard_store_conf_t   *store;        /* commands, ready made */
    /* of this worker */
    ngx_polycard_redis_t        *redis;
    ngx_uint_t                   bad_records;  /* left out of pages */
    unsigned                     no_cards:1;   /* logged */
};


typedef struct {
    ngx_array_t                  markets;      /* of ngx_polycard_market_t * */
    ngx_array_t                  locations;    /* of ngx_polycard_location_t */
} ngx_polycard_main_conf_t;


typedef struct {
    ngx_str_t                    market_name;
    ngx_polycard_place_t         place;

    ngx_polycard_market_t       *market;
    const ngx_polycard_service_t  *service;    /* NULL: not ours */
} ngx_polycard_loc_conf_t;


/* a location of ours, for errors that come before locations are searched */

typedef struct {
    ngx_http_core_loc_conf_t    *clcf;
    ngx_polycard_loc_conf_t     *conf;
} ngx_polycard_location_t;


/* a memberwise copy: core/ has a string of its own with the same members */

static ngx_inline ngx_polycard_str_t
ngx_polycard_str(const ngx_str_t *s)
{
    ngx_polycard_str_t  str;

    str.len = s->len;
    str.data = s->data;

    return str;
}


extern ngx_module_t  ngx_polycard_module;


#endif /* _NGX_POLYCARD_MODULE_H_INCLUDED_ */
