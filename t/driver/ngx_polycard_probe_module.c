
/*
 * A module for tests only: how long the worker's event loop stands still.
 *
 *   location = /probe { polycard_probe; }
 *
 * GET /probe answers with the longest time between two runs of a timer of 1 ms
 * since the last GET, and with the most processor time of the worker between
 * two, microseconds: "stop cpu".  The time in which the worker was ready to run
 * but others had the processor is taken off.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


typedef struct {
    int64_t        wall;        /* microseconds, all three */
    int64_t        cpu;
    int64_t        waited;
} ngx_polycard_probe_time_t;


static char *ngx_polycard_probe_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_polycard_probe_handler(ngx_http_request_t *r);
static void ngx_polycard_probe_start(void);
static void ngx_polycard_probe_tick(ngx_event_t *ev);
static void ngx_polycard_probe_read(ngx_polycard_probe_time_t *time);
static int64_t ngx_polycard_probe_clock(clockid_t id);
static int64_t ngx_polycard_probe_waited(void);


/* of this worker */
static ngx_event_t                ngx_polycard_probe_timer;
static ngx_polycard_probe_time_t  ngx_polycard_probe_last;
static int64_t                    ngx_polycard_probe_stop;
static int64_t                    ngx_polycard_probe_cpu;
static int                        ngx_polycard_probe_fd = -1;


static ngx_command_t  ngx_polycard_probe_commands[] = {

    { ngx_string("polycard_probe"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_polycard_probe_set,
      0,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_polycard_probe_module_ctx = {
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
};


ngx_module_t  ngx_polycard_probe_module = {
    NGX_MODULE_V1,
    &ngx_polycard_probe_module_ctx,        /* module context */
    ngx_polycard_probe_commands,           /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    NGX_MODULE_V1_PADDING
};


/* what nginx's build would write for a dynamic module */

ngx_module_t  *ngx_modules[] = { &ngx_polycard_probe_module, NULL };
char          *ngx_module_names[] = { "ngx_polycard_probe_module", NULL };
char          *ngx_module_order[] = { NULL };


static char *
ngx_polycard_probe_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_polycard_probe_handler;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_polycard_probe_handler(ngx_http_request_t *r)
{
    u_char                    *p;
    ngx_str_t                  type = ngx_string("text/plain");
    ngx_http_complex_value_t   body;

    p = ngx_pnalloc(r->pool, 2 * NGX_INT64_LEN + 2);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&body, sizeof(ngx_http_complex_value_t));

    body.value.data = p;
    body.value.len = ngx_sprintf(p, "%L %L\n", ngx_polycard_probe_stop,
                                 ngx_polycard_probe_cpu)
                     - p;

    ngx_polycard_probe_start();

    return ngx_http_send_response(r, NGX_HTTP_OK, &type, &body);
}


static void
ngx_polycard_probe_start(void)
{
    ngx_polycard_probe_stop = 0;
    ngx_polycard_probe_cpu = 0;

    if (ngx_polycard_probe_timer.timer_set) {
        return;
    }

    ngx_polycard_probe_fd = open("/proc/thread-self/schedstat", O_RDONLY);

    ngx_polycard_probe_timer.handler = ngx_polycard_probe_tick;
    ngx_polycard_probe_timer.data = &ngx_polycard_probe_timer;
    ngx_polycard_probe_timer.log = ngx_cycle->log;
    ngx_polycard_probe_timer.cancelable = 1;

    ngx_polycard_probe_read(&ngx_polycard_probe_last);
    ngx_add_timer(&ngx_polycard_probe_timer, 1);
}


static void
ngx_polycard_probe_tick(ngx_event_t *ev)
{
    int64_t                    stop;
    ngx_polycard_probe_time_t  now, *last;

    last = &ngx_polycard_probe_last;

    ngx_polycard_probe_read(&now);

    stop = now.wall - last->wall - (now.waited - last->waited);

    ngx_polycard_probe_stop = ngx_max(ngx_polycard_probe_stop, stop);
    ngx_polycard_probe_cpu = ngx_max(ngx_polycard_probe_cpu,
                                     now.cpu - last->cpu);

    *last = now;

    ngx_add_timer(ev, 1);
}


static void
ngx_polycard_probe_read(ngx_polycard_probe_time_t *time)
{
    time->wall = ngx_polycard_probe_clock(CLOCK_MONOTONIC);
    time->cpu = ngx_polycard_probe_clock(CLOCK_THREAD_CPUTIME_ID);
    time->waited = ngx_polycard_probe_waited();
}


static int64_t
ngx_polycard_probe_clock(clockid_t id)
{
    struct timespec  ts;

    clock_gettime(id, &ts);

    return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}


/* "ran waited turns", the first two in nanoseconds */

static int64_t
ngx_polycard_probe_waited(void)
{
    char     text[64], *p;
    ssize_t  n;

    n = pread(ngx_polycard_probe_fd, text, sizeof(text) - 1, 0);

    if (n <= 0) {
        return 0;
    }

    text[n] = '\0';
    p = strchr(text, ' ');

    return p ? atoll(p + 1) / 1000 : 0;
}
