
#include "status/json_write.h"


static void ngx_polycard_json_bucket(cJSON *buckets, ngx_uint_t i,
    ngx_atomic_uint_t count);


/* there was no memory for a part of the current document */
static ngx_uint_t  ngx_polycard_json_failed;


cJSON *
ngx_polycard_json_begin(void)
{
    ngx_polycard_json_failed = 0;

    return cJSON_CreateObject();
}


ngx_int_t
ngx_polycard_json_end(cJSON *json, ngx_pool_t *pool, ngx_str_t *out)
{
    char  *text;

    text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);

    out->data = NULL;

    if (text && !ngx_polycard_json_failed) {
        out->len = ngx_strlen(text);
        out->data = ngx_pnalloc(pool, out->len + 1);
    }

    if (out->data) {
        ngx_memcpy(out->data, text, out->len);
        out->data[out->len++] = LF;
    }

    cJSON_free(text);

    return out->data ? NGX_OK : NGX_ERROR;
}


cJSON *
ngx_polycard_json_add(cJSON *json, const char *name, cJSON *item)
{
    if (!cJSON_AddItemToObjectCS(json, name, item)) {
        ngx_polycard_json_failed = 1;
        cJSON_Delete(item);
        return NULL;
    }

    return item;
}


void
ngx_polycard_json_append(cJSON *array, cJSON *item)
{
    if (!cJSON_AddItemToArray(array, item)) {
        ngx_polycard_json_failed = 1;
        cJSON_Delete(item);
    }
}


cJSON *
ngx_polycard_json_object(cJSON *json, const char *name)
{
    return ngx_polycard_json_add(json, name, cJSON_CreateObject());
}


void
ngx_polycard_json_number(cJSON *json, const char *name, int64_t n)
{
    ngx_polycard_json_add(json, name, (n == NGX_POLYCARD_COUNTS_NONE)
                                      ? cJSON_CreateNull()
                                      : cJSON_CreateNumber((double) n));
}


void
ngx_polycard_json_seconds(cJSON *json, const char *name, int64_t ms)
{
    ngx_polycard_json_add(json, name, (ms == NGX_POLYCARD_COUNTS_NONE)
                                      ? cJSON_CreateNull()
                                      : cJSON_CreateNumber(
                                                       (double) ms / 1000.0));
}


void
ngx_polycard_json_word(cJSON *json, const char *name, const char *word)
{
    ngx_polycard_json_add(json, name, word ? cJSON_CreateString(word)
                                           : cJSON_CreateNull());
}


void
ngx_polycard_json_known(cJSON *json, const char *name, int64_t n)
{
    ngx_polycard_json_add(json, name, (n == NGX_POLYCARD_COUNTS_NONE)
                                      ? cJSON_CreateNull()
                                      : cJSON_CreateBool(n == 1));
}


void
ngx_polycard_json_text(cJSON *json, const char *name, ngx_pool_t *pool,
    const ngx_str_t *text)
{
    u_char  *copy;

    copy = NULL;

    if (text->len) {
        copy = ngx_pnalloc(pool, text->len + 1);

        if (copy) {
            *ngx_cpymem(copy, text->data, text->len) = '\0';

        } else {
            ngx_polycard_json_failed = 1;
        }
    }

    ngx_polycard_json_word(json, name, (char *) copy);
}


void
ngx_polycard_json_histogram(cJSON *json, const char *name,
    const ngx_polycard_histogram_t *histogram)
{
    cJSON              *object, *buckets;
    ngx_uint_t          i;
    ngx_atomic_uint_t   count;

    object = ngx_polycard_json_object(json, name);
    buckets = cJSON_CreateArray();

    count = 0;

    for (i = 0; i < NGX_POLYCARD_BUCKETS; i++) {
        count += histogram->bucket[i];
        ngx_polycard_json_bucket(buckets, i, count);
    }

    count += histogram->bucket[i];

    ngx_polycard_json_number(object, "count", count);
    ngx_polycard_json_seconds(object, "sum", histogram->sum);
    ngx_polycard_json_add(object, "buckets", buckets);
}


static void
ngx_polycard_json_bucket(cJSON *buckets, ngx_uint_t i, ngx_atomic_uint_t count)
{
    double  pair[2];

    pair[0] = (double) ngx_polycard_buckets[i] / 1000.0;
    pair[1] = (double) count;

    ngx_polycard_json_append(buckets, cJSON_CreateDoubleArray(pair, 2));
}
