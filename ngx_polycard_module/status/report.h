
/* The contents of the status, and the forms in which they are shown. */


#ifndef _NGX_POLYCARD_STATUS_REPORT_H_INCLUDED_
#define _NGX_POLYCARD_STATUS_REPORT_H_INCLUDED_


#include "status/figures.h"
#include "status/lines.h"


typedef struct {
    ngx_pool_t                   *pool;
    ngx_polycard_counts_zone_t   *zone;
    int64_t                       time;        /* now, as those of the zone */
    ngx_uint_t                    workers;

    ngx_polycard_figures_t       *markets;
    ngx_uint_t                    n;
    ngx_polycard_loc_conf_t      *location;    /* that was asked */
} ngx_polycard_report_t;


/* for this request, in memory of its pool, or NULL where there is none */
ngx_polycard_report_t *ngx_polycard_report(ngx_http_request_t *r);

/* NGX_ERROR: no memory */
ngx_int_t ngx_polycard_report_json(ngx_polycard_report_t *report,
    ngx_str_t *json);
ngx_int_t ngx_polycard_report_history(ngx_polycard_report_t *report,
    ngx_polycard_lines_t *lines);
ngx_int_t ngx_polycard_report_prometheus(ngx_polycard_report_t *report,
    ngx_polycard_lines_t *lines);


#endif /* _NGX_POLYCARD_STATUS_REPORT_H_INCLUDED_ */
