
/* The table of the directives of a market, and the types of their values. */


#ifndef _NGX_POLYCARD_CONF_VALUES_H_INCLUDED_
#define _NGX_POLYCARD_CONF_VALUES_H_INCLUDED_


#include "market/market.h"


typedef struct ngx_polycard_directive_s  ngx_polycard_directive_t;

typedef char *(*ngx_polycard_set_pt)(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);

/* logs the error in a value */
typedef char *(*ngx_polycard_check_pt)(ngx_conf_t *cf, ngx_str_t *value);

struct ngx_polycard_directive_s {
    ngx_str_t               name;
    ngx_uint_t              min;        /* arguments */
    ngx_uint_t              max;
    ngx_polycard_set_pt     set;
    ngx_uint_t              offset;     /* in ngx_polycard_market_t */
    uintptr_t               data;       /* argument of set */
};


/* for the tables: a time that is not zero, in milliseconds; "on" or "off" */
char *ngx_polycard_conf_set_time(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
char *ngx_polycard_conf_set_flag(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);

/*
 * For the tables: a number from 1 to data; one of the words of data, an array
 * of ngx_conf_enum_t; a text that the ngx_polycard_check_pt of data checks;
 * the contents of a file of at most data bytes, read by the master, because
 * the workers may not be allowed to.
 */
char *ngx_polycard_conf_set_count(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
char *ngx_polycard_conf_set_word(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
char *ngx_polycard_conf_set_text(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);
char *ngx_polycard_conf_set_secret(ngx_conf_t *cf,
    ngx_polycard_market_t *market, ngx_polycard_directive_t *directive);

/* the value of the word, or NGX_ERROR; words end with a null name */
ngx_int_t ngx_polycard_conf_find_word(const ngx_conf_enum_t *words,
    ngx_str_t *value);

/* logs that the directive cannot have this value, and what it must be */
char *ngx_polycard_conf_invalid(ngx_conf_t *cf, ngx_str_t *value,
    const char *must);

/* as many bytes as the names of the words of one directive take */
#define NGX_POLYCARD_CONF_WORDS  128

/* writes what a word may be into buf, of NGX_POLYCARD_CONF_WORDS bytes */
void ngx_polycard_conf_name_words(const ngx_conf_enum_t *words, char *buf);

/* the same of a flag */
extern const char  ngx_polycard_conf_flag[];

/* remembers the place of the directive that is being read */
void ngx_polycard_conf_place(ngx_conf_t *cf, ngx_polycard_place_t *place);


#endif /* _NGX_POLYCARD_CONF_VALUES_H_INCLUDED_ */
