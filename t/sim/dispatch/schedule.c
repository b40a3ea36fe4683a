
#include "dispatch/gateway.h"
#include "dispatch/holder.h"
#include "dispatch/schedule.h"
#include "dispatch/store.h"


/* it must have ended by then, after all is well */
#define SCHEDULE_END     3600000

/* Few keys cannot fill such a window, see hook/emitter.c: a smaller one may be
 * full before it has refusals of enough keys. */
#define SCHEDULE_STRICT  1024


static void schedule_holders(void);
static void schedule_faults(void);
static void schedule_load(void);
static void schedule_broken(void);
static void schedule_swap(void);
static scene_nature_e schedule_nature(void);
static void schedule_produce(void *data, uint64_t tag);
static void schedule_calm(void *data, uint64_t tag);
static void schedule_finish(void);
static void schedule_show(void);


void
schedule_begin(void)
{
    static const unsigned  losses[] = { 0, 0, 2, 20 };
    static const unsigned  spoilts[] = { 0, 3, 10, 10, 10, 10, 30, 60 };
    static const unsigned  noises[] = { 0, 0, 5, 30 };

    scene.calm = 500 + sim_below(12000);
    scene.lease = 300 + sim_below(700);
    scene.retry[0] = 20 + sim_below(100);
    scene.retry[1] = scene.retry[0] + sim_below(300);
    scene.retry[2] = scene.retry[1] + sim_below(1000);
    scene.timeout = 50 + sim_below(400);
    scene.loss = losses[sim_below(4)];
    scene.late = scene.loss != 0;
    scene.noise = noises[sim_below(4)];
    scene.strict = sim_chance(10);
    scene.spoilt = scene.strict ? 0 : spoilts[sim_below(8)];
    scene.nkeys = scene.strict ? NGX_POLYCARD_DISPATCH_STREAK + sim_below(10)
                               : 1 + sim_below(30);

    schedule_holders();

    /* when nearly all of the window fails, nobody can tell why */

    if (scene.spoilt > 10 && scene.nkeys > scene.holder[0].conf.window / 2) {
        scene.nkeys = scene.holder[0].conf.window / 2;
    }

    schedule_load();
    schedule_faults();
    schedule_broken();
    schedule_swap();

    gateway_begin();
    sim_later(scene.calm, schedule_calm, NULL, 0);
}


static void
schedule_holders(void)
{
    size_t           i;
    scene_holder_t  *h;

    scene.nholders = 1 + sim_below(SCENE_HOLDERS);

    for (i = 0; i < scene.nholders; i++) {
        h = &scene.holder[i];
        h->n = i;

        h->conf.window = i ? scene.holder[0].conf.window
                           : scene.strict ? SCHEDULE_STRICT
                           : (size_t) 16 << sim_below(3);
        h->conf.concurrency = i ? scene.holder[0].conf.concurrency
                                : 1 + sim_below(8);
        h->conf.rate = i ? scene.holder[0].conf.rate
                         : scene.strict || sim_chance(70)
                         ? 0 : (size_t) 5000 + sim_below(500000);
        h->conf.attempts = i ? scene.holder[0].conf.attempts
                             : 1 + sim_below(scene.strict ? 2 : 5);
        h->conf.retry = scene.retry;
        h->conf.nretry = i ? scene.holder[0].conf.nretry : 1 + sim_below(3);
        h->conf.poll = 1000;
        h->conf.seed = sim.random.state + i;
        h->sloppy = sim_chance(30);
        h->offset = sim_below(1000000);
        h->speed = sim_chance(50) ? 1000 : 900 + sim_below(200);

        holder_begin(h);
    }
}


static void
schedule_load(void)
{
    size_t          i, n;
    scene_nature_e  nature;

    n = scene.strict ? scene.nkeys : sim_below(30);

    for (i = 0; i < n; i++) {
        nature = schedule_nature();
        store_add(scene.strict ? i : sim_below(scene.nkeys), nature);
    }

    for (i = 1 + sim_below(10); i; i--) {
        sim_later(sim_below(scene.calm), schedule_produce, NULL, 0);
    }
}


static scene_nature_e
schedule_nature(void)
{
    if (!sim_chance(scene.spoilt)) {
        return SCENE_GOOD;
    }

    return sim_chance(50) ? SCENE_BAD_REFUSED : SCENE_BAD_FAILS;
}


static void
schedule_faults(void)
{
    static const sim_handler_pt  faults[] = {
        holder_crash, holder_crash, holder_crash,
        holder_pause, holder_pause, holder_pause,
        holder_drain,
        store_hang,
        store_requeue, store_requeue
    };

    size_t           i;
    uint32_t         kind;
    scene_holder_t  *h;

    for (i = sim_below(8); i; i--) {
        h = &scene.holder[sim_below(scene.nholders)];
        kind = sim_below(sizeof(faults) / sizeof(faults[0]));

        sim_later(sim_below(scene.calm), faults[kind], h, 0);
    }
}


/*
 * One key's list cannot be used for a time, or for ever.  The numbers are not
 * those of sim_below(): the other schedules are what they were without this.
 */

static void
schedule_broken(void)
{
    uint32_t      random;
    scene_key_t  *key;

    random = (sim.seed * 0x9e3779b97f4a7c15) >> 32;

    if (scene.strict || random % 5 < 4) {
        return;
    }

    random /= 5;
    key = &scene.key[random % scene.nkeys];

    random /= SCENE_KEYS;
    key->broken = random % scene.calm;
    key->mended = random % 3 ? key->broken + random % 10007 : INT64_MAX;
}


/* one in eight sees another server, likewise */

static void
schedule_swap(void)
{
    int64_t   time;
    uint64_t  random;

    random = ((sim.seed ^ 0x5bd1e995) * 0xd1342543de82ef95) >> 20;

    if (scene.strict || random % 8) {
        return;
    }

    random /= 8;
    time = random % scene.calm;

    random /= 12500;
    random = random % 3 ? random / 3 % 300 : random / 3 % 5000;

    sim_later(time, store_dump, NULL, 0);
    sim_later(time + 1 + (int64_t) random, store_swap, NULL, 0);
}


static void
schedule_produce(void *data, uint64_t tag)
{
    size_t  i, key;

    /* changes of one client, of a few, of one again and again */

    key = sim_below(scene.nkeys);

    for (i = 1 + sim_below(sim_chance(80) ? 4 : 30); i; i--) {
        store_add(key, schedule_nature());

        if (sim_chance(30)) {
            key = sim_below(scene.nkeys);
        }
    }

    for (i = 0; i < scene.nholders; i++) {
        if (sim_chance(80)) {
            sim_later(sim_below(5), holder_wake, &scene.holder[i], 0);
        }
    }
}


/*
 * From time to time when all is well.  A message that makes the gateway fail
 * is told from a gateway that fails by others that are accepted: there is
 * always one.
 */

static void
schedule_calm(void *data, uint64_t tag)
{
    scene.strict = 0;
    scene.nkeys = SCENE_KEYS;

    if (store_empty()) {
        schedule_finish();
        sim.over = 1;
        return;
    }

    if (sim.now > scene.calm + SCHEDULE_END) {
        schedule_show();
        sim_wrong("does not end", "%zu records", scene.nrecords);
        return;
    }

    store_add(SCENE_KEYS - 1 - sim_below(2), SCENE_GOOD);

    sim_later(2000, schedule_calm, NULL, 0);
}


static void
schedule_finish(void)
{
    size_t           i;
    scene_key_t     *key;
    scene_record_t  *record;

    for (i = 0; i < scene.nrecords; i++) {
        record = &scene.record[i];

        if (!record->posted && record->place != SCENE_DEAD
            && record->place != SCENE_LOST && !store_broken(record->key))
        {
            sim_wrong("lost", "record %zu", i);
        }
    }

    for (i = 0; i < SCENE_KEYS; i++) {
        key = &scene.key[i];

        if (key->late || key->last == key->newest || store_broken(i)
            || scene.record[key->newest - 1].place == SCENE_DEAD
            || scene.record[key->newest - 1].requeued)
        {
            continue;
        }

        sim_wrong("the last one to arrive is not the newest",
                  "key %zu: %zu, not %zu", i, key->last - 1, key->newest - 1);
    }
}


static void
schedule_show(void)
{
    size_t           i;
    scene_record_t  *record;

    for (i = 0; i < SCENE_KEYS; i++) {
        if (scene.key[i].held) {
            sim_say("key %zu is on hold, due in %lld ms", i,
                    (long long) (scene.key[i].due - sim.now));
        }
    }

    for (i = 0; i < scene.nrecords; i++) {
        record = &scene.record[i];

        if (record->place == SCENE_OUTBOX || record->place == SCENE_HELD) {
            sim_say("record %zu of key %zu is %s, attempts %zu", i,
                    record->key,
                    record->place == SCENE_HELD ? "on hold" : "in the outbox",
                    record->attempts);
        }
    }
}
