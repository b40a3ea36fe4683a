
#include "redis/dial.h"


static void ngx_polycard_dial_connect(void *data, struct sockaddr *sockaddr,
    socklen_t socklen);


void
ngx_polycard_dial_open(ngx_polycard_dial_t *dial)
{
    ngx_polycard_redis_conf_t  *conf;

    conf = dial->link.conf;

    dial->resolve.url = &conf->url;
    dial->resolve.resolver = conf->resolver;
    dial->resolve.timeout = conf->connect_timeout;
    dial->resolve.handler = ngx_polycard_dial_connect;
    dial->resolve.data = dial;

    ngx_polycard_resolve_start(&dial->resolve);
}


static void
ngx_polycard_dial_connect(void *data, struct sockaddr *sockaddr,
    socklen_t socklen)
{
    ngx_polycard_dial_t *dial = data;

    if (sockaddr == NULL) {
        dial->link.ended(dial->link.data, "host not found");
        return;
    }

    ngx_polycard_link_open(&dial->link, sockaddr, socklen,
                           &dial->link.conf->url.host);
}


void
ngx_polycard_dial_close(ngx_polycard_dial_t *dial)
{
    ngx_polycard_resolve_cancel(&dial->resolve);
    ngx_polycard_link_close(&dial->link);
}


void
ngx_polycard_dial_free(ngx_polycard_dial_t *dial)
{
    ngx_polycard_link_free(&dial->link);
    ngx_polycard_resolve_free(&dial->resolve);
}
