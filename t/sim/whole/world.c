
#include "whole/world.h"

#include "counters/given.h"
#include "redis/store.h"
#include "server/server.h"


world_t  world;


/* what the workers of a host share */

#define WORLD_HOSTS  3

static ngx_polycard_counts_t  world_counts[WORLD_HOSTS];
static ngx_slab_pool_t        world_pool;


static int64_t world_length(void);
static ngx_int_t world_configure(process_t *p, const process_t *first,
    unsigned hooks);
static void world_configure_hook(ngx_polycard_market_t *market,
    unsigned hooks);


/* hosts that agree, and sometimes one that does not */

void
world_begin(void)
{
    size_t      i;
    unsigned    hooks;
    process_t  *p;

    static const char *const  hosts[] = { "web1", "web1", "web2", "web3" };

    ngx_memzero(&world, sizeof(world_t));
    ngx_memzero(world_counts, sizeof(world_counts));

    world.calm = world_length();
    world.nphones = sim_chance(80) ? 1 + sim_below(8) : WORLD_PHONES;
    world.ngroups = 1 + sim_below(3);
    world.hooks = sim_chance(95);
    world.outbox_max = sim_one_of(4, 1000000, 1000000, 5, 20);
    world.delete_guard = sim_one_of(3, 10, 0, 100);
    world.announce = sim_chance(40);
    world.nprocesses = 1 + sim_below(WORLD_PROCESSES);

    for (i = 0; i < world.nprocesses; i++) {
        p = &world.process[i];
        hooks = world.hooks && (i == 0 || sim_chance(95));

        process_init(p, hosts[i], i == 1);
        (void) world_configure(p, &world.process[0], hooks);

        p->market.counts = &world_counts[i < 2 ? 0 : i - 1];
        p->market.counts->pool = &world_pool;
        ngx_polycard_given_init(&p->market);

        if (sim_chance(50)) {
            p->speed = 900 + sim_below(200);
        }

        p->wall = sim_chance(70) ? 0 : (int64_t) sim_below(7200000) - 3600000;
    }
}


/* most are short: a fault needs a few seconds to show, and few need many */

static int64_t
world_length(void)
{
    if (sim_chance(60)) {
        return 500 + sim_below(2000);
    }

    return 1000 + sim_below(sim_chance(85) ? 8000 : 40000);
}


static ngx_int_t
world_configure(process_t *p, const process_t *first, unsigned hooks)
{
    ngx_conf_t              cf;
    ngx_polycard_market_t  *market;

    market = &p->market;

    if (p != first) {
        *market = first->market;
        market->hook.url.len = hooks ? 4 : 0;

        if (sim_chance(5)) {
            market->hook.outbox_max++;
        }

        return NGX_OK;
    }

    ngx_str_set(&market->name, "shop1");
    ngx_str_set(&market->key_prefix, WORLD_PREFIX);
    ngx_str_set(&market->redis_conf.address, "redis:6379");
    market->redis_conf.connect_timeout = 1000;
    market->redis_conf.timeout = sim_one_of(3, 1000, 300, 100);

    market->cards.mode = sim_one_of(4, NGX_POLYCARD_CARDS_EAN13,
                                    NGX_POLYCARD_CARDS_EAN13,
                                    NGX_POLYCARD_CARDS_POOL,
                                    NGX_POLYCARD_CARDS_PHONE);

    if (market->cards.mode == NGX_POLYCARD_CARDS_EAN13) {
        ngx_str_set(&market->cards.prefix, "20");
    }

    world_configure_hook(market, hooks);

    cf.pool = NULL;
    return ngx_polycard_store_init(&cf, market);
}


static void
world_configure_hook(ngx_polycard_market_t *market, unsigned hooks)
{
    ngx_uint_t                 i;
    ngx_polycard_hook_conf_t  *hook;

    hook = &market->hook;
    ngx_str_set(&hook->url, "http");
    hook->url.len = hooks ? 4 : 0;
    ngx_str_set(&hook->alias, "shop1");
    ngx_str_set(&hook->token, "0123456789abcdef0123456789abcdef");

    hook->timeout = 100 + sim_below(2000);
    hook->concurrency = 1 + sim_below(8);
    hook->rate = sim_chance(80) ? 0 : 5000 + sim_below(500000);
    hook->retries = 1 + sim_below(3);
    hook->retry[0] = 20 + sim_below(200);

    for (i = 1; i < hook->retries; i++) {
        hook->retry[i] = hook->retry[i - 1] + sim_below(1000);
    }

    hook->attempts = 1 + sim_below(5);
    hook->emitter = 1;
    hook->lease = 500 + sim_below(4000);
    hook->idempotency_time = 604800000;
    hook->sweep_interval = sim_one_of(3, 50, 200, 1000);
    hook->outbox_max = world.outbox_max;
    hook->announce = world.announce;
    hook->delete_guard = world.delete_guard;
    hook->history = sim_one_of(4, 100000, 100000, 20, 0);
}


int64_t
world_lease(void)
{
    return world.process[0].market.hook.lease;
}


/* some share a helper key with others: their last three digits */

const char *
world_phone(unsigned i)
{
    static char      phone[4][16];
    static unsigned  turn;

    turn = (turn + 1) % 4;
    snprintf(phone[turn], sizeof(phone[turn]), "38067%04u%03u", i,
             i % 3 * 100 + i / 3 % 2);

    return phone[turn];
}


ks_value_t *
world_value(const char *name)
{
    char       text[128];
    ks_key_t  *key;

    snprintf(text, sizeof(text), WORLD_PREFIX "%s", name);
    key = ks_find(server.ks, text, strlen(text));

    return key ? key->value : NULL;
}
