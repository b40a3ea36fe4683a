
#include "redis/discovery.h"


/* at most so many MOVED in a row: the servers do not agree */
#define NGX_POLYCARD_DISCOVERY_HOPS  5

static void ngx_polycard_discovery_said(void *data,
    const ngx_polycard_place_said_t *said, const char *reason);
static void ngx_polycard_discovery_set_seed(
    ngx_polycard_discovery_t *discovery);
static void ngx_polycard_discovery_next_seed(
    ngx_polycard_discovery_t *discovery);
static ngx_int_t ngx_polycard_discovery_read(
    ngx_polycard_discovery_t *discovery, const char *said);
static void ngx_polycard_discovery_set_url(
    ngx_polycard_discovery_t *discovery);
static void ngx_polycard_discovery_set_name(
    ngx_polycard_discovery_t *discovery);
static void ngx_polycard_discovery_found(void *data,
    struct sockaddr *sockaddr, socklen_t socklen);


ngx_int_t
ngx_polycard_discovery_init(ngx_polycard_discovery_t *discovery,
    ngx_polycard_redis_conf_t *conf, ngx_polycard_discovery_pt handler,
    void *data)
{
    discovery->conf = conf;
    discovery->handler = handler;
    discovery->data = data;

    discovery->resolve.url = &conf->url;
    discovery->resolve.resolver = conf->resolver;
    discovery->resolve.timeout = conf->connect_timeout;
    discovery->resolve.handler = ngx_polycard_discovery_found;
    discovery->resolve.data = discovery;

    discovery->host = &conf->url.host;
    discovery->name = &conf->address;

    if (conf->sentinels == NULL) {
        return NGX_OK;
    }

    discovery->resolve.url = &discovery->url;
    discovery->host = &discovery->said.host;

    discovery->ask = ngx_polycard_ask_create(conf->sentinels,
                                             ngx_polycard_discovery_said,
                                             discovery);

    return discovery->ask ? NGX_OK : NGX_ERROR;
}


void
ngx_polycard_discovery_start(ngx_polycard_discovery_t *discovery)
{
    if (discovery->ask) {
        discovery->asking = 1;
        discovery->name = &discovery->conf->address;
        ngx_polycard_ask_start(discovery->ask);
        return;
    }

    if (discovery->conf->seeds) {
        ngx_polycard_discovery_set_seed(discovery);
    }

    ngx_polycard_resolve_start(&discovery->resolve);
}


/* the server named by MOVED, else one of the configuration */

static void
ngx_polycard_discovery_set_seed(ngx_polycard_discovery_t *discovery)
{
    ngx_url_t  *u;

    if (discovery->said.host.len) {
        ngx_polycard_discovery_set_url(discovery);
        u = &discovery->url;

    } else {
        u = &discovery->conf->seeds[discovery->seed % discovery->conf->n];
        discovery->name = &u->url;
    }

    discovery->resolve.url = u;
    discovery->host = &u->host;
}


ngx_int_t
ngx_polycard_discovery_follow(ngx_polycard_discovery_t *discovery,
    const char *said)
{
    if (discovery->conf->seeds == NULL || ngx_strncmp(said, "MOVED ", 6) != 0
        || discovery->hops == NGX_POLYCARD_DISCOVERY_HOPS)
    {
        return NGX_DECLINED;
    }

    if (ngx_polycard_discovery_read(discovery, said) != NGX_OK) {
        ngx_polycard_discovery_next_seed(discovery);
    }

    discovery->hops++;

    return NGX_OK;
}


/* "MOVED SLOT HOST:PORT", without a host if that is the same */

static ngx_int_t
ngx_polycard_discovery_read(ngx_polycard_discovery_t *discovery,
    const char *said)
{
    u_char     *p, *last, *colon;
    ngx_int_t   port;

    p = (u_char *) said + 6;
    last = p + ngx_strlen(p);
    p = ngx_strlchr(p, last, ' ');

    if (p == NULL) {
        return NGX_DECLINED;
    }

    for (p++, colon = last; colon > p && *colon != ':'; colon--) {
        /* void */
    }

    port = (*colon == ':') ? ngx_atoi(colon + 1, last - colon - 1) : NGX_ERROR;

    if (colon == p) {
        p = discovery->host->data;
        colon = p + discovery->host->len;
    }

    return ngx_polycard_place_read(&discovery->said, p, colon - p, port);
}


/* another one than that which was tried, whoever named it */

static void
ngx_polycard_discovery_next_seed(ngx_polycard_discovery_t *discovery)
{
    discovery->seed++;
    discovery->said.host.len = 0;
}


void
ngx_polycard_discovery_ready(ngx_polycard_discovery_t *discovery)
{
    discovery->hops = 0;
}


void
ngx_polycard_discovery_failed(ngx_polycard_discovery_t *discovery)
{
    discovery->hops = 0;

    if (discovery->conf->seeds == NULL) {
        return;
    }

    if (discovery->said.host.len == 0) {
        discovery->seed++;
    }

    discovery->said.host.len = 0;
}


void
ngx_polycard_discovery_restart(ngx_polycard_discovery_t *discovery)
{
    ngx_polycard_discovery_cancel(discovery);
    ngx_polycard_discovery_start(discovery);
}


void
ngx_polycard_discovery_cancel(ngx_polycard_discovery_t *discovery)
{
    discovery->asking = 0;

    if (discovery->ask) {
        ngx_polycard_ask_cancel(discovery->ask);
    }

    ngx_polycard_resolve_cancel(&discovery->resolve);
}


void
ngx_polycard_discovery_free(ngx_polycard_discovery_t *discovery)
{
    ngx_polycard_resolve_free(&discovery->resolve);
}


const char *
ngx_polycard_discovery_late(ngx_polycard_discovery_t *discovery)
{
    return discovery->asking ? ngx_polycard_ask_reason(discovery->ask) : NULL;
}


ngx_uint_t
ngx_polycard_discovery_is(ngx_polycard_discovery_t *discovery,
    ngx_polycard_ask_t *ask)
{
    return !discovery->asking
           && ngx_polycard_ask_names(ask, &discovery->said);
}


static void
ngx_polycard_discovery_said(void *data, const ngx_polycard_place_said_t *said,
    const char *reason)
{
    ngx_polycard_discovery_t *discovery = data;

    discovery->asking = 0;

    if (said == NULL) {
        discovery->handler(discovery->data, NULL, 0, reason);
        return;
    }

    discovery->said = *said;
    discovery->said.host.data = discovery->said.text;

    ngx_polycard_discovery_set_url(discovery);
    ngx_polycard_resolve_start(&discovery->resolve);
}


/* an address directly; a name by the resolver */

static void
ngx_polycard_discovery_set_url(ngx_polycard_discovery_t *discovery)
{
    in_addr_t            inaddr;
    ngx_str_t           *host;
    ngx_url_t           *u;
    struct sockaddr_in  *sin;

    u = &discovery->url;
    host = &discovery->said.host;

    ngx_memzero(u, sizeof(ngx_url_t));
    ngx_memzero(&discovery->sockaddr, sizeof(ngx_sockaddr_t));

    u->host = *host;
    u->port = discovery->said.port;
    u->addrs = &discovery->addr;

    discovery->addr.sockaddr = &discovery->sockaddr.sockaddr;

    inaddr = ngx_inet_addr(host->data, host->len);

    if (inaddr != INADDR_NONE) {
        sin = &discovery->sockaddr.sockaddr_in;
        sin->sin_family = AF_INET;
        sin->sin_addr.s_addr = inaddr;

        discovery->addr.socklen = sizeof(struct sockaddr_in);
        u->naddrs = 1;

    } else {
        discovery->addr.socklen = ngx_polycard_inet6(host,
                                                     &discovery->sockaddr);
        u->naddrs = (discovery->addr.socklen != 0);
    }

    ngx_inet_set_port(discovery->addr.sockaddr, u->port);

    ngx_polycard_discovery_set_name(discovery);
}


static void
ngx_polycard_discovery_set_name(ngx_polycard_discovery_t *discovery)
{
    u_char      *p;
    ngx_str_t   *host;
    const char  *format;

    host = &discovery->said.host;

    format = ngx_strlchr(host->data, host->data + host->len, ':')
             ? "[%V]:%ui" : "%V:%ui";

    p = ngx_snprintf(discovery->text, sizeof(discovery->text), format, host,
                     (ngx_uint_t) discovery->said.port);

    discovery->place.data = discovery->text;
    discovery->place.len = p - discovery->text;
    discovery->name = &discovery->place;
}


static void
ngx_polycard_discovery_found(void *data, struct sockaddr *sockaddr,
    socklen_t socklen)
{
    ngx_polycard_discovery_t *discovery = data;

    discovery->handler(discovery->data, sockaddr, socklen,
                       sockaddr ? NULL : "host not found");
}
