
/*
 * A document of JSON, one at a time, from begin() to end(): what is added
 * belongs to it, also where it cannot be added, and where there is no memory
 * for a part end() says so.  json may be NULL: its part is missing, too.  Names
 * are constants; a number or time of NGX_POLYCARD_COUNTS_NONE becomes null.
 */


#ifndef _NGX_POLYCARD_STATUS_JSON_WRITE_H_INCLUDED_
#define _NGX_POLYCARD_STATUS_JSON_WRITE_H_INCLUDED_


#include "nginx/base.h"
#include "counters/zone.h"

#include <cjson/cJSON.h>


/* an empty object */
cJSON *ngx_polycard_json_begin(void);

/* the text with a line feed, in the pool; frees json.  NGX_ERROR: no memory */
ngx_int_t ngx_polycard_json_end(cJSON *json, ngx_pool_t *pool, ngx_str_t *out);

/* a member of an object, an element of an array; returns the item, or NULL */
cJSON *ngx_polycard_json_add(cJSON *json, const char *name, cJSON *item);
void ngx_polycard_json_append(cJSON *array, cJSON *item);

/* a member that is an empty object, and is returned, or NULL */
cJSON *ngx_polycard_json_object(cJSON *json, const char *name);

/* a number, a time that is given in milliseconds, a string or null */
void ngx_polycard_json_number(cJSON *json, const char *name, int64_t n);
void ngx_polycard_json_seconds(cJSON *json, const char *name, int64_t ms);
void ngx_polycard_json_word(cJSON *json, const char *name, const char *word);

/* true where it is 1, false where it is 0, null where it is not known */
void ngx_polycard_json_known(cJSON *json, const char *name, int64_t n);

/* the same as a word; null where it is empty */
void ngx_polycard_json_text(cJSON *json, const char *name, ngx_pool_t *pool,
    const ngx_str_t *text);

/* count, sum and buckets: the count is the sum of the buckets, whatever is
 * counted meanwhile */
void ngx_polycard_json_histogram(cJSON *json, const char *name,
    const ngx_polycard_histogram_t *histogram);


#endif /* _NGX_POLYCARD_STATUS_JSON_WRITE_H_INCLUDED_ */
