
/*
 * Secrets are read from files, by the master with its rights; they are never
 * logged, nor parts of them.
 */


#ifndef _NGX_POLYCARD_CONF_SECRET_H_INCLUDED_
#define _NGX_POLYCARD_CONF_SECRET_H_INCLUDED_


#include "market/market.h"


/* bytes of a certificate or a key */
#define NGX_POLYCARD_PEM_MAX  1048576


/*
 * A file that a library will read: finds its full name, and checks that it can
 * be opened.  NGX_ERROR after an emerg line.
 */
ngx_int_t ngx_polycard_secret_find(ngx_conf_t *cf, ngx_str_t *path);

/*
 * The bytes of a file of 1 to max bytes, without a final newline.
 * Memory of cf->pool.  NGX_ERROR after an emerg line.
 */
ngx_int_t ngx_polycard_secret_read(ngx_conf_t *cf, ngx_str_t *path,
    size_t max, ngx_str_t *secret);

/*
 * The lines of a file as access tokens: visible ASCII, 1 to 255 characters;
 * empty lines are skipped.  NULL after an emerg line.
 */
ngx_array_t *ngx_polycard_secret_read_tokens(ngx_conf_t *cf, ngx_str_t *path);


#endif /* _NGX_POLYCARD_CONF_SECRET_H_INCLUDED_ */
