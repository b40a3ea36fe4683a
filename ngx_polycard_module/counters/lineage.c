
#include "counters/lineage.h"


/* ms without news of a worker there: those who are ask twice a second */
#define NGX_POLYCARD_LINEAGE_TIME  3000


static unsigned ngx_polycard_lineage_is_known(const u_char *id);
static unsigned ngx_polycard_lineage_is(const u_char *one,
    const u_char *other);
static ngx_polycard_successor_t *ngx_polycard_lineage_find(
    ngx_polycard_market_t *market, const u_char *history);
static ngx_polycard_successor_t *ngx_polycard_lineage_oldest(
    ngx_polycard_market_t *market);
static unsigned ngx_polycard_lineage_is_there(
    const ngx_polycard_successor_t *successor);


void
ngx_polycard_lineage_note(ngx_polycard_market_t *market,
    const ngx_polycard_server_t *server)
{
    ngx_polycard_successor_t  *successor;

    if (!ngx_polycard_lineage_is_known(server->before)) {
        return;
    }

    ngx_shmtx_lock(&market->counts->pool->mutex);

    successor = ngx_polycard_lineage_find(market, server->before);

    if (successor == NULL) {
        successor = ngx_polycard_lineage_oldest(market);
    }

    successor->server = *server;
    successor->seen = ngx_current_msec;
    market->counts->succession = 1;

    ngx_shmtx_unlock(&market->counts->pool->mutex);
}


/* a server that was never a replica has zeros there */

static unsigned
ngx_polycard_lineage_is_known(const u_char *id)
{
    return id[0] && ngx_strncmp(id, "00000000", 8) != 0;
}


static unsigned
ngx_polycard_lineage_is(const u_char *one, const u_char *other)
{
    return ngx_memcmp(one, other, NGX_POLYCARD_SERVER_ID) == 0;
}


/* what has taken the place of a server with this history; NULL: nothing */

static ngx_polycard_successor_t *
ngx_polycard_lineage_find(ngx_polycard_market_t *market, const u_char *history)
{
    ngx_uint_t                 i;
    ngx_polycard_successor_t  *successor;

    for (i = 0; i < NGX_POLYCARD_COUNTS_SUCCESSORS; i++) {
        successor = &market->counts->successor[i];

        if (successor->server.before[0]
            && ngx_polycard_lineage_is(successor->server.before, history))
        {
            return successor;
        }
    }

    return NULL;
}


static ngx_polycard_successor_t *
ngx_polycard_lineage_oldest(ngx_polycard_market_t *market)
{
    ngx_uint_t                 i;
    ngx_polycard_successor_t  *successor, *oldest;

    oldest = &market->counts->successor[0];

    for (i = 0; i < NGX_POLYCARD_COUNTS_SUCCESSORS; i++) {
        successor = &market->counts->successor[i];

        if (successor->server.before[0] == '\0') {
            return successor;
        }

        if ((ngx_msec_int_t) (successor->seen - oldest->seen) < 0) {
            oldest = successor;
        }
    }

    return oldest;
}


ngx_uint_t
ngx_polycard_lineage_is_over(ngx_polycard_market_t *market,
    const ngx_polycard_server_t *server)
{
    ngx_uint_t                 i, over;
    const u_char              *history;
    ngx_polycard_successor_t  *successor;

    if (!market->counts->succession
        || !ngx_polycard_lineage_is_known(server->history))
    {
        return 0;
    }

    over = 0;
    history = server->history;

    ngx_shmtx_lock(&market->counts->pool->mutex);

    /* one that has taken the place may itself have one after it by now */

    for (i = 0; i < NGX_POLYCARD_COUNTS_SUCCESSORS && !over; i++) {
        successor = ngx_polycard_lineage_find(market, history);

        /* the same server begins another history when it is promoted again */

        if (successor == NULL
            || ngx_polycard_lineage_is(successor->server.run, server->run))
        {
            break;
        }

        over = ngx_polycard_lineage_is_there(successor);
        history = successor->server.history;
    }

    ngx_shmtx_unlock(&market->counts->pool->mutex);

    return over;
}


static unsigned
ngx_polycard_lineage_is_there(const ngx_polycard_successor_t *successor)
{
    /* of another worker, whose time may be a little later */
    return (ngx_msec_int_t) (ngx_current_msec - successor->seen)
           < NGX_POLYCARD_LINEAGE_TIME;
}
