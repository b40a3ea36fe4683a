
/* tls.h in an nginx built without TLS: nothing can be loaded */


#include "redis/tls.h"


ngx_polycard_tls_t *
ngx_polycard_tls_load(ngx_conf_t *cf, ngx_polycard_tls_conf_t *conf)
{
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "the module is built for an nginx without TLS, which \"%s\" "
                  "in %V:%ui needs", conf->directive, &conf->place.file,
                  conf->place.line);
    return NULL;
}


void
ngx_polycard_tls_listen(ngx_polycard_tls_ear_t *ear, ngx_log_t *log)
{
    ear->code = 0;
}


ngx_int_t
ngx_polycard_tls_start(ngx_polycard_tls_t *tls, ngx_connection_t *c,
    ngx_str_t *host, ngx_connection_handler_pt handler)
{
    return NGX_ERROR;
}


const char *
ngx_polycard_tls_refusal(ngx_polycard_tls_t *tls, ngx_connection_t *c,
    ngx_str_t *host, ngx_polycard_tls_ear_t *ear)
{
    return "TLS: not in this nginx";
}


const char *
ngx_polycard_tls_failure(ngx_polycard_tls_ear_t *ear)
{
    return NULL;
}


void
ngx_polycard_tls_end(ngx_connection_t *c)
{
    /* void */
}
