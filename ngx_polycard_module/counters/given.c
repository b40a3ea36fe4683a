
#include "counters/given.h"


static uint32_t ngx_polycard_given_keyspace(ngx_polycard_market_t *market);


void
ngx_polycard_given_init(ngx_polycard_market_t *market)
{
    uint32_t               keyspace, cards;
    ngx_polycard_given_t  *given;

    given = &market->counts->given;

    keyspace = ngx_polycard_given_keyspace(market);
    cards = ngx_crc32_long(market->cards.prefix.data,
                           market->cards.prefix.len);

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


void
ngx_polycard_given_note(ngx_polycard_market_t *market, int64_t card,
    int64_t id)
{
    ngx_polycard_given_t  *given;

    given = &market->counts->given;

    ngx_shmtx_lock(&market->counts->pool->mutex);

    given->card = ngx_max(given->card, card);
    given->used = ngx_max(given->used, card);
    given->id = ngx_max(given->id, id);

    ngx_shmtx_unlock(&market->counts->pool->mutex);
}


void
ngx_polycard_given_known(ngx_polycard_market_t *market)
{
    ngx_shmtx_lock(&market->counts->pool->mutex);
    market->counts->given.known = 1;
    ngx_shmtx_unlock(&market->counts->pool->mutex);
}


void
ngx_polycard_given_told(ngx_polycard_market_t *market, int64_t card,
    int64_t id)
{
    ngx_polycard_given_t  *given;

    given = &market->counts->given;

    ngx_shmtx_lock(&market->counts->pool->mutex);

    given->known = 1;
    given->certain = (card >= 0 && id >= 0);

    given->used = ngx_max(given->used, card);
    given->id = ngx_max(given->id, id);

    ngx_shmtx_unlock(&market->counts->pool->mutex);
}


void
ngx_polycard_given_read(ngx_polycard_market_t *market,
    ngx_polycard_given_t *given)
{
    ngx_shmtx_lock(&market->counts->pool->mutex);
    *given = market->counts->given;
    ngx_shmtx_unlock(&market->counts->pool->mutex);
}
