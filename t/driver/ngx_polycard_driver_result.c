
/* What became of deliveries: counted, printed, sent. */


#include "ngx_polycard_driver.h"


typedef struct {
    ngx_uint_t                  error;
    ngx_uint_t                  status;
    ngx_uint_t                  count;
} ngx_polycard_driver_result_t;


static void ngx_polycard_driver_count(ngx_polycard_driver_t *driver,
    ngx_polycard_delivery_t *d);
static void ngx_polycard_driver_print(ngx_polycard_driver_t *driver,
    ngx_polycard_delivery_t *d);
static void ngx_polycard_driver_print_counts(ngx_polycard_driver_t *driver);


static char  *ngx_polycard_driver_errors[] = {
    "ok", "connect", "tls", "timeout", "cut", "oversized", "invalid",
    "failed", "unknown"
};


ngx_int_t
ngx_polycard_driver_results(ngx_polycard_driver_t *driver)
{
    return ngx_array_init(&driver->results, driver->pool, 8,
                          sizeof(ngx_polycard_driver_result_t));
}


void
ngx_polycard_driver_result(ngx_polycard_driver_t *driver,
    ngx_polycard_delivery_t *d)
{
    if (driver->count == 1) {
        ngx_polycard_driver_print(driver, d);
    }

    ngx_polycard_driver_count(driver, d);

    if (driver->count == 1 || d->error) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "driver: hook %V: %s %ui", &d->id,
                      ngx_polycard_driver_errors[d->error], d->status);
    }
}


static void
ngx_polycard_driver_count(ngx_polycard_driver_t *driver,
    ngx_polycard_delivery_t *d)
{
    ngx_uint_t                     i;
    ngx_polycard_driver_result_t  *result;

    result = driver->results.elts;

    for (i = 0; i < driver->results.nelts; i++) {
        if (result[i].error == d->error && result[i].status == d->status) {
            result[i].count++;
            return;
        }
    }

    result = ngx_array_push(&driver->results);

    if (result) {
        result->error = d->error;
        result->status = d->status;
        result->count = 1;
    }
}


static void
ngx_polycard_driver_print(ngx_polycard_driver_t *driver,
    ngx_polycard_delivery_t *d)
{
    u_char  *p;

    p = ngx_pnalloc(driver->pool, 512 + d->retry_after.len + d->body.len);
    if (p == NULL) {
        return;
    }

    driver->answer.data = p;

    p = ngx_sprintf(p, "error: %s\nstatus: %ui\ncomplete: %ui\n"
                    "retry_after: %V\ntime: %M\nlength: %uz\n\n",
                    ngx_polycard_driver_errors[d->error], d->status,
                    (ngx_uint_t) d->complete, &d->retry_after, d->time,
                    d->body.len);

    if (d->body.len) {
        p = ngx_cpymem(p, d->body.data, d->body.len);
    }

    driver->answer.len = p - driver->answer.data;
}


static void
ngx_polycard_driver_print_counts(ngx_polycard_driver_t *driver)
{
    u_char                        *p;
    ngx_uint_t                     i;
    ngx_polycard_driver_result_t  *result;

    p = ngx_pnalloc(driver->pool, 64 * (driver->results.nelts + 1));
    if (p == NULL) {
        return;
    }

    driver->answer.data = p;
    result = driver->results.elts;

    for (i = 0; i < driver->results.nelts; i++) {
        p = ngx_sprintf(p, "%s %ui %ui\n",
                        ngx_polycard_driver_errors[result[i].error],
                        result[i].status, result[i].count);
    }

    p = ngx_sprintf(p, "busy - %ui\n", driver->busy);

    driver->answer.len = p - driver->answer.data;
}


ngx_int_t
ngx_polycard_driver_answer(ngx_polycard_driver_t *driver)
{
    ngx_http_complex_value_t  cv;

    static ngx_str_t  type = ngx_string("text/plain");

    if (driver->answer.data == NULL) {
        ngx_polycard_driver_print_counts(driver);
    }

    ngx_memzero(&cv, sizeof(ngx_http_complex_value_t));
    cv.value = driver->answer;

    return ngx_http_send_response(driver->request, NGX_HTTP_OK, &type, &cv);
}
