
#include "counters/given.h"


static uint32_t ngx_polycard_given_keyspace(ngx_polycard_market_t *market);
static uint32_t ngx_polycard_given_cards(ngx_polycard_market_t *market);
static ngx_polycard_given_t *ngx_polycard_given_open(
    ngx_polycard_market_t *market);
static void ngx_polycard_given_close(ngx_polycard_market_t *market);


void
ngx_polycard_given_init(ngx_polycard_market_t *market)
{
    uint32_t               keyspace, cards;
    ngx_polycard_given_t  *given;

    given = &market->counts->given;

    keyspace = ngx_polycard_given_keyspace(market);
    cards = ngx_polycard_given_cards(market);

    ngx_shmtx_lock(&market->counts->pool->mutex);

    if (given->keyspace != keyspace) {
        given->keyspace = keyspace;
        given->known = 0;
        given->certain = 0;
        given->id = 0;
        given->card = 0;
        given->used = 0;
    }

    if (given->cards != cards) {
        given->cards = cards;
        given->certain = 0;
        given->card = 0;
        given->used = 0;
    }

    ngx_shmtx_unlock(&market->counts->pool->mutex);
}


/* a market that moves to another server keeps its numbers, unless it is meant
 * to start again there: then its name or place differs */

static uint32_t
ngx_polycard_given_keyspace(ngx_polycard_market_t *market)
{
    uint32_t    crc;
    ngx_uint_t  database;

    database = market->redis_conf.database;

    ngx_crc32_init(crc);
    ngx_crc32_update(&crc, market->key_prefix.data, market->key_prefix.len);
    ngx_crc32_update(&crc, (u_char *) &database, sizeof(ngx_uint_t));
    ngx_crc32_update(&crc, market->redis_conf.address.data,
                     market->redis_conf.address.len);
    ngx_crc32_final(crc);

    return crc;
}


static uint32_t
ngx_polycard_given_cards(ngx_polycard_market_t *market)
{
    return ngx_crc32_long(market->cards.prefix.data,
                          market->cards.prefix.len);
}


/* NULL: since a reload, of which this worker is one of before, the numbers are
 * of another keyspace */

static ngx_polycard_given_t *
ngx_polycard_given_open(ngx_polycard_market_t *market)
{
    ngx_polycard_given_t  *given;

    given = &market->counts->given;

    ngx_shmtx_lock(&market->counts->pool->mutex);

    if (given->keyspace == ngx_polycard_given_keyspace(market)) {
        return given;
    }

    ngx_polycard_given_close(market);

    return NULL;
}


static void
ngx_polycard_given_close(ngx_polycard_market_t *market)
{
    ngx_shmtx_unlock(&market->counts->pool->mutex);
}


void
ngx_polycard_given_note(ngx_polycard_market_t *market, int64_t card,
    int64_t id)
{
    ngx_polycard_given_t  *given;

    given = ngx_polycard_given_open(market);

    if (given == NULL) {
        return;
    }

    if (given->cards == ngx_polycard_given_cards(market)) {
        given->card = ngx_max(given->card, card);
        given->used = ngx_max(given->used, card);
    }

    given->id = ngx_max(given->id, id);

    ngx_polycard_given_close(market);
}


void
ngx_polycard_given_known(ngx_polycard_market_t *market)
{
    ngx_polycard_given_t  *given;

    given = ngx_polycard_given_open(market);

    if (given) {
        given->known = 1;
        ngx_polycard_given_close(market);
    }
}


void
ngx_polycard_given_told(ngx_polycard_market_t *market, int64_t card,
    int64_t id)
{
    ngx_polycard_given_t  *given;

    given = ngx_polycard_given_open(market);

    if (given == NULL) {
        return;
    }

    given->known = 1;

    if (given->cards == ngx_polycard_given_cards(market)) {
        given->certain = (card >= 0 && id >= 0);
        given->used = ngx_max(given->used, card);
    }

    given->id = ngx_max(given->id, id);

    ngx_polycard_given_close(market);
}


void
ngx_polycard_given_read(ngx_polycard_market_t *market,
    ngx_polycard_given_t *copy)
{
    ngx_polycard_given_t  *given;

    ngx_memzero(copy, sizeof(ngx_polycard_given_t));

    given = ngx_polycard_given_open(market);

    if (given == NULL) {
        return;
    }

    *copy = *given;

    if (copy->cards != ngx_polycard_given_cards(market)) {
        copy->certain = 0;
        copy->card = 0;
        copy->used = 0;
    }

    ngx_polycard_given_close(market);
}
