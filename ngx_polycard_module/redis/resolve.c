
#include "redis/resolve.h"


#define NGX_POLYCARD_RESOLVE_POLL  5


static ngx_int_t ngx_polycard_resolve_by_nginx(
    ngx_polycard_resolve_t *resolve);
static void ngx_polycard_resolve_nginx_handler(ngx_resolver_ctx_t *ctx);
static ngx_int_t ngx_polycard_resolve_by_system(
    ngx_polycard_resolve_t *resolve);
static void ngx_polycard_resolve_poll_handler(ngx_event_t *ev);
static ngx_uint_t ngx_polycard_resolve_is_wanted(
    ngx_polycard_resolve_t *resolve);
static void ngx_polycard_resolve_system_done(ngx_polycard_resolve_t *resolve);
static struct sockaddr *ngx_polycard_resolve_copy(
    ngx_polycard_resolve_t *resolve, struct sockaddr *sockaddr,
    socklen_t socklen);
static void ngx_polycard_resolve_done(ngx_polycard_resolve_t *resolve,
    struct sockaddr *sockaddr, socklen_t socklen);


void
ngx_polycard_resolve_start(ngx_polycard_resolve_t *resolve)
{
    ngx_int_t   rc;
    ngx_url_t  *u;

    u = resolve->url;

    if (u->naddrs) {
        ngx_polycard_resolve_done(resolve, u->addrs[0].sockaddr,
                                  u->addrs[0].socklen);
        return;
    }

    /* "localhost" is not for name servers (RFC 6761) */

    if (resolve->resolver
        && (u->host.len != sizeof("localhost") - 1
            || ngx_strncasecmp(u->host.data, (u_char *) "localhost",
                               u->host.len) != 0))
    {
        rc = ngx_polycard_resolve_by_nginx(resolve);

    } else {
        rc = ngx_polycard_resolve_by_system(resolve);
    }

    if (rc != NGX_OK) {
        ngx_polycard_resolve_done(resolve, NULL, 0);
    }
}


void
ngx_polycard_resolve_cancel(ngx_polycard_resolve_t *resolve)
{
    if (resolve->ctx) {
        ngx_resolve_name_done(resolve->ctx);
        resolve->ctx = NULL;
    }

    /* the system's request continues, for the next attempt */

    if (resolve->poll.timer_set) {
        ngx_del_timer(&resolve->poll);
    }
}


void
ngx_polycard_resolve_free(ngx_polycard_resolve_t *resolve)
{
    struct gaicb  *request;

    request = resolve->request;

    /* a request that a thread works on ends with the process */

    if (request == NULL || gai_error(request) == EAI_INPROGRESS) {
        return;
    }

    resolve->request = NULL;

    if (request->ar_result) {
        freeaddrinfo(request->ar_result);
    }

    ngx_free(request);
}


static ngx_int_t
ngx_polycard_resolve_by_nginx(ngx_polycard_resolve_t *resolve)
{
    ngx_resolver_ctx_t  *ctx;

    ctx = ngx_resolve_start(resolve->resolver, NULL);

    if (ctx == NULL || ctx == NGX_NO_RESOLVER) {
        return NGX_ERROR;
    }

    ctx->name = resolve->url->host;
    ctx->handler = ngx_polycard_resolve_nginx_handler;
    ctx->data = resolve;
    ctx->timeout = resolve->timeout;
    ctx->cancelable = 1;

    resolve->ctx = ctx;

    if (ngx_resolve_name(ctx) != NGX_OK) {
        resolve->ctx = NULL;
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_polycard_resolve_nginx_handler(ngx_resolver_ctx_t *ctx)
{
    ngx_uint_t               i;
    socklen_t                socklen;
    struct sockaddr         *sockaddr;
    ngx_polycard_resolve_t  *resolve;

    resolve = ctx->data;

    sockaddr = NULL;
    socklen = 0;

    if (ctx->state == NGX_OK && ctx->naddrs > 0) {
        i = resolve->turn++ % ctx->naddrs;

        socklen = ctx->addrs[i].socklen;
        sockaddr = ngx_polycard_resolve_copy(resolve, ctx->addrs[i].sockaddr,
                                             socklen);
    }

    resolve->ctx = NULL;
    ngx_resolve_name_done(ctx);

    ngx_polycard_resolve_done(resolve, sockaddr, socklen);
}


static ngx_int_t
ngx_polycard_resolve_by_system(ngx_polycard_resolve_t *resolve)
{
    u_char        *name;
    ngx_str_t     *host;
    struct gaicb  *request;

    if (resolve->request == NULL) {
        host = &resolve->url->host;

        request = ngx_calloc(sizeof(struct gaicb) + host->len + 1,
                             ngx_cycle->log);
        if (request == NULL) {
            return NGX_ERROR;
        }

        name = (u_char *) request + sizeof(struct gaicb);
        ngx_memcpy(name, host->data, host->len);

        request->ar_name = (char *) name;

        if (getaddrinfo_a(GAI_NOWAIT, &request, 1, NULL) != 0) {
            ngx_free(request);
            return NGX_ERROR;
        }

        resolve->request = request;
    }

    resolve->poll.handler = ngx_polycard_resolve_poll_handler;
    resolve->poll.data = resolve;
    resolve->poll.log = ngx_cycle->log;
    resolve->poll.cancelable = 1;

    ngx_add_timer(&resolve->poll, NGX_POLYCARD_RESOLVE_POLL);

    return NGX_OK;
}


static void
ngx_polycard_resolve_poll_handler(ngx_event_t *ev)
{
    ngx_polycard_resolve_t  *resolve;

    resolve = ev->data;

    if (gai_error(resolve->request) == EAI_INPROGRESS) {
        ngx_add_timer(ev, NGX_POLYCARD_RESOLVE_POLL);
        return;
    }

    if (!ngx_polycard_resolve_is_wanted(resolve)) {
        ngx_polycard_resolve_free(resolve);

        if (ngx_polycard_resolve_by_system(resolve) != NGX_OK) {
            ngx_polycard_resolve_done(resolve, NULL, 0);
        }

        return;
    }

    ngx_polycard_resolve_system_done(resolve);
}


/* a request that has outlived its attempt may be for another name */

static ngx_uint_t
ngx_polycard_resolve_is_wanted(ngx_polycard_resolve_t *resolve)
{
    const char  *name;
    ngx_str_t   *host;

    name = resolve->request->ar_name;
    host = &resolve->url->host;

    return ngx_strlen(name) == host->len
           && ngx_strncmp(name, host->data, host->len) == 0;
}


static void
ngx_polycard_resolve_system_done(ngx_polycard_resolve_t *resolve)
{
    socklen_t         socklen;
    ngx_uint_t        i, n;
    struct gaicb     *request;
    struct sockaddr  *sockaddr;
    struct addrinfo  *ai;

    request = resolve->request;
    resolve->request = NULL;

    sockaddr = NULL;
    socklen = 0;

    if (gai_error(request) == 0 && request->ar_result) {

        /* getaddrinfo() gives each address once for each kind of socket */

        n = 0;

        for (ai = request->ar_result; ai; ai = ai->ai_next) {
            n += (ai->ai_socktype == SOCK_STREAM);
        }

        i = n ? resolve->turn++ % n : 0;

        for (ai = request->ar_result; ai->ai_next; ai = ai->ai_next) {
            if (ai->ai_socktype == SOCK_STREAM && i-- == 0) {
                break;
            }
        }

        socklen = ai->ai_addrlen;
        sockaddr = ngx_polycard_resolve_copy(resolve, ai->ai_addr, socklen);

        freeaddrinfo(request->ar_result);
    }

    ngx_free(request);

    ngx_polycard_resolve_done(resolve, sockaddr, socklen);
}


/* an address that was found, without a port; NULL: it is no address */

static struct sockaddr *
ngx_polycard_resolve_copy(ngx_polycard_resolve_t *resolve,
    struct sockaddr *sockaddr, socklen_t socklen)
{
    if (socklen > sizeof(ngx_sockaddr_t)) {
        return NULL;
    }

    ngx_memcpy(&resolve->sockaddr, sockaddr, socklen);
    ngx_inet_set_port(&resolve->sockaddr.sockaddr, resolve->url->port);

    return &resolve->sockaddr.sockaddr;
}


static void
ngx_polycard_resolve_done(ngx_polycard_resolve_t *resolve,
    struct sockaddr *sockaddr, socklen_t socklen)
{
    resolve->handler(resolve->data, sockaddr, socklen);
}
