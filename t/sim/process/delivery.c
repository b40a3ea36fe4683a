
#include "process/delivery.h"

#include "counters/count.h"
#include "hook/emitter_internal.h"
#include "server/server.h"


void  (*delivery_gateway)(delivery_t *delivery);
void  (*delivery_sent)(delivery_t *delivery);


static char *delivery_copy(const ngx_str_t *from);
static void delivery_arrives(void *data, uint64_t tag);
static void delivery_answered(void *data, uint64_t tag);
static void delivery_timed_out(void *data, uint64_t tag);
static void delivery_result(delivery_t *delivery);


ngx_int_t
ngx_polycard_hook_request_start(ngx_polycard_delivery_t *d)
{
    process_t   *p;
    delivery_t  *delivery;

    if (sim_chance(1)) {
        return NGX_BUSY;
    }

    p = process_current();

    delivery = sim_alloc(sizeof(delivery_t));
    delivery->process = p;
    delivery->d = d;
    delivery->fence = d->market->worker->emitter->lease.fence;
    delivery->history = server.history;
    delivery->id = delivery_copy(&d->id);
    delivery->key = delivery_copy(&d->key);
    delivery->object = delivery_copy(&d->object);
    delivery->action = delivery_copy(&d->action);
    delivery->data = delivery_copy(&d->data);
    delivery->attempt = d->attempt;

    ngx_queue_insert_tail(&p->deliveries, &delivery->queue);

    sim_say("%s/%d sends %s of %s: %s %s %s", p->host, (int) p->number,
            delivery->id, delivery->key, delivery->object, delivery->action,
            delivery->data);

    delivery_sent(delivery);

    sim_later(1 + sim_below(20), delivery_arrives, delivery, 0);
    sim_later(process_span(p, d->market->hook.timeout), delivery_timed_out,
              delivery, 0);

    return NGX_OK;
}


static char *
delivery_copy(const ngx_str_t *from)
{
    char  *to;

    to = sim_alloc(from->len + 1);
    ngx_memcpy(to, from->data, from->len);

    return to;
}


static void
delivery_arrives(void *data, uint64_t tag)
{
    delivery_t *delivery = data;

    delivery_gateway(delivery);

    sim_later(delivery->delay, delivery_answered, delivery, 0);
}


static void
delivery_answered(void *data, uint64_t tag)
{
    delivery_t *delivery = data;

    if (delivery->d == NULL) {
        return;
    }

    if (process_deaf(delivery->process)) {
        sim_later(process_deaf(delivery->process), delivery_answered,
                  delivery, 0);
        return;
    }

    delivery_result(delivery);
}


static void
delivery_timed_out(void *data, uint64_t tag)
{
    delivery_t *delivery = data;

    if (delivery->d == NULL) {
        return;
    }

    if (process_deaf(delivery->process)) {
        sim_later(process_deaf(delivery->process), delivery_timed_out,
                  delivery, 0);
        return;
    }

    delivery->error = NGX_POLYCARD_DELIVERY_TIMEOUT;
    delivery->status = 0;
    delivery->body = "";
    delivery->retry_after = NULL;

    delivery_result(delivery);
}


static void
delivery_result(delivery_t *delivery)
{
    ngx_polycard_delivery_t  *d;

    d = delivery->d;
    delivery->d = NULL;
    ngx_queue_remove(&delivery->queue);

    d->error = delivery->error;
    d->status = delivery->status;
    d->body.data = (u_char *) delivery->body;
    d->body.len = ngx_strlen(delivery->body);
    d->retry_after.data = (u_char *) delivery->retry_after;
    d->retry_after.len = delivery->retry_after
                         ? ngx_strlen(delivery->retry_after) : 0;
    d->complete = (d->error == NGX_POLYCARD_DELIVERY_OK);

    process_enter(delivery->process);
    d->handler(d);
    process_leave(delivery->process);
}


unsigned
delivery_is_awaited(const delivery_t *delivery)
{
    return delivery->d
           && delivery->fence
              == delivery->process->worker.emitter->lease.fence;
}


void
delivery_drop_all(ngx_queue_t *deliveries)
{
    delivery_t   *delivery;
    ngx_queue_t  *q;

    while (!ngx_queue_empty(deliveries)) {
        q = ngx_queue_head(deliveries);
        ngx_queue_remove(q);

        delivery = ngx_queue_data(q, delivery_t, queue);
        delivery->d = NULL;
    }
}


/* given up by the process itself */

void
delivery_exit(ngx_queue_t *deliveries)
{
    delivery_t               *delivery;
    ngx_queue_t              *q;
    ngx_polycard_delivery_t  *d;

    while (!ngx_queue_empty(deliveries)) {
        q = ngx_queue_head(deliveries);
        ngx_queue_remove(q);

        delivery = ngx_queue_data(q, delivery_t, queue);
        d = delivery->d;
        delivery->d = NULL;

        ngx_memzero(&d->body, sizeof(ngx_str_t));
        ngx_memzero(&d->retry_after, sizeof(ngx_str_t));
        d->error = NGX_POLYCARD_DELIVERY_UNKNOWN;
        d->status = 0;
        d->complete = 0;
        d->handler(d);
    }
}


/* nobody counts here */

void
ngx_polycard_counts_hook(ngx_polycard_market_t *market,
    const ngx_str_t *object, const ngx_str_t *action,
    ngx_polycard_attempt_e attempt, ngx_msec_t duration)
{
}


void
ngx_polycard_counts_bare(ngx_polycard_market_t *market, ngx_uint_t bare)
{
}


void
ngx_polycard_counts_setup(ngx_polycard_market_t *market, int64_t append_only,
    int64_t evicts)
{
}


time_t
ngx_polycard_counts_bare_at(ngx_polycard_market_t *market)
{
    return 0;
}


void
ngx_polycard_counts_connected(ngx_polycard_market_t *market, ngx_uint_t again)
{
}


void
ngx_polycard_counts_away(ngx_polycard_market_t *market)
{
}


void
ngx_polycard_counts_disconnected(ngx_polycard_market_t *market)
{
}
