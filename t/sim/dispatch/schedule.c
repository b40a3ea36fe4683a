
/* What happens in a schedule, and what must hold at its end. */

#include "dispatch/sim.h"


/* it must have ended by then, after all is well */
#define SCHEDULE_END     3600000

/* Few keys cannot fill such a window, see hook/emitter.c: a smaller one may be
 * full before it has refusals of enough keys. */
#define SCHEDULE_STRICT  1024


static void schedule_holders(sim_t *s);
static void schedule_faults(sim_t *s);
static void schedule_load(sim_t *s);
static void schedule_broken(sim_t *s);
static sim_nature_e schedule_nature(sim_t *s);
static void schedule_show(sim_t *s);


void
sim_schedule(sim_t *s)
{
    static const unsigned  losses[] = { 0, 0, 2, 20 };
    static const unsigned  spoilts[] = { 0, 3, 10, 10, 10, 10, 30, 60 };
    static const unsigned  noises[] = { 0, 0, 5, 30 };

    s->calm = 500 + sim_random(s, 12000);
    s->lease = 300 + sim_random(s, 700);
    s->retry[0] = 20 + sim_random(s, 100);
    s->retry[1] = s->retry[0] + sim_random(s, 300);
    s->retry[2] = s->retry[1] + sim_random(s, 1000);
    s->timeout = 50 + sim_random(s, 400);
    s->loss = losses[sim_random(s, 4)];
    s->late = s->loss != 0;
    s->noise = noises[sim_random(s, 4)];
    s->strict = sim_chance(s, 10);
    s->spoilt = s->strict ? 0 : spoilts[sim_random(s, 8)];
    s->nkeys = s->strict ? NGX_POLYCARD_DISPATCH_STREAK + sim_random(s, 10)
                         : 1 + sim_random(s, 30);

    schedule_holders(s);

    /* when nearly all of the window fails, nobody can tell why */

    if (s->spoilt > 10 && s->nkeys > s->holder[0].conf.window / 2) {
        s->nkeys = s->holder[0].conf.window / 2;
    }

    schedule_load(s);
    schedule_faults(s);
    schedule_broken(s);

    sim_gateway_phase(s);
    sim_event(s, s->calm, SIM_CALM, -1, 0, 0);
}


static void
schedule_holders(sim_t *s)
{
    size_t         i;
    sim_holder_t  *h;

    s->nholders = 1 + sim_random(s, SIM_HOLDERS);

    for (i = 0; i < s->nholders; i++) {
        h = &s->holder[i];

        h->conf.window = i ? s->holder[0].conf.window
                           : s->strict ? SCHEDULE_STRICT
                           : (size_t) 16 << sim_random(s, 3);
        h->conf.concurrency = i ? s->holder[0].conf.concurrency
                                : 1 + sim_random(s, 8);
        h->conf.rate = i ? s->holder[0].conf.rate
                         : s->strict || sim_chance(s, 70)
                         ? 0 : (size_t) 5000 + sim_random(s, 500000);
        h->conf.attempts = i ? s->holder[0].conf.attempts
                             : 1 + sim_random(s, s->strict ? 2 : 5);
        h->conf.retry = s->retry;
        h->conf.nretry = i ? s->holder[0].conf.nretry : 1 + sim_random(s, 3);
        h->conf.poll = 1000;
        h->conf.seed = s->random + i;
        h->sloppy = sim_chance(s, 30);
        h->offset = sim_random(s, 1000000);
        h->speed = sim_chance(s, 50) ? 1000 : 900 + sim_random(s, 200);

        sim_holder_init(s, i);
    }
}


static void
schedule_load(sim_t *s)
{
    size_t  i, n;

    n = s->strict ? s->nkeys : sim_random(s, 30);

    for (i = 0; i < n; i++) {
        sim_store_add(s, s->strict ? i : sim_random(s, s->nkeys),
                      schedule_nature(s));
    }

    for (i = 1 + sim_random(s, 10); i; i--) {
        sim_event(s, sim_random(s, s->calm), SIM_PRODUCE, -1, 0, 0);
    }
}


static sim_nature_e
schedule_nature(sim_t *s)
{
    if (!sim_chance(s, s->spoilt)) {
        return SIM_GOOD;
    }

    return sim_chance(s, 50) ? SIM_BAD_REFUSED : SIM_BAD_FAILS;
}


static void
schedule_faults(sim_t *s)
{
    int       holder;
    size_t    i;
    uint32_t  kind;

    for (i = sim_random(s, 8); i; i--) {
        holder = sim_random(s, s->nholders);
        kind = sim_random(s, 10);

        sim_event(s, sim_random(s, s->calm),
                  kind < 3 ? SIM_CRASH : kind < 6 ? SIM_PAUSE
                  : kind < 7 ? SIM_DRAIN : kind < 8 ? SIM_HANG : SIM_REQUEUE,
                  kind < 7 ? holder : -1, 0, 0);
    }
}


/*
 * One key's list cannot be used for a time, or for ever.  The numbers are not
 * those of sim_random(): the other schedules are what they were without this.
 */

static void
schedule_broken(sim_t *s)
{
    uint32_t    random;
    sim_key_t  *key;

    random = (s->seed * 0x9e3779b97f4a7c15) >> 32;

    if (s->strict || random % 5 < 4) {
        return;
    }

    random /= 5;
    key = &s->key[random % s->nkeys];

    random /= SIM_KEYS;
    key->broken = random % s->calm;
    key->mended = random % 3 ? key->broken + random % 10007 : INT64_MAX;
}


void
sim_produce(sim_t *s)
{
    int     n;
    size_t  i, key;

    /* changes of one client, of a few, of one again and again */

    key = sim_random(s, s->nkeys);

    for (i = 1 + sim_random(s, sim_chance(s, 80) ? 4 : 30); i; i--) {
        sim_store_add(s, key, schedule_nature(s));

        if (sim_chance(s, 30)) {
            key = sim_random(s, s->nkeys);
        }
    }

    for (n = 0; n < (int) s->nholders; n++) {
        if (sim_chance(s, 80)) {
            sim_event(s, sim_random(s, 5), SIM_WAKE, n, 0, 0);
        }
    }
}


static void
schedule_show(sim_t *s)
{
    size_t         i;
    sim_record_t  *record;

    for (i = 0; i < SIM_KEYS; i++) {
        if (s->key[i].held) {
            sim_say(s, "key %zu is on hold, due in %lld ms", i,
                    (long long) (s->key[i].due - s->now));
        }
    }

    for (i = 0; i < s->nrecords; i++) {
        record = &s->record[i];

        if (record->place == SIM_OUTBOX || record->place == SIM_HELD) {
            sim_say(s, "record %zu of key %zu is %s, attempts %zu", i,
                    record->key,
                    record->place == SIM_HELD ? "on hold" : "in the outbox",
                    record->attempts);
        }
    }
}


/*
 * Called from time to time when all is well.  A message that makes the
 * gateway fail is told from a gateway that fails by others that are accepted:
 * there is always one.
 */

void
sim_finish(sim_t *s)
{
    size_t         i;
    sim_key_t     *key;
    sim_record_t  *record;

    if (!sim_store_empty(s)) {

        if (s->now > s->calm + SCHEDULE_END) {
            schedule_show(s);
            sim_wrong(s, "does not end", "%zu records", s->nrecords);
            return;
        }

        sim_store_add(s, SIM_KEYS - 1 - sim_random(s, 2), SIM_GOOD);

        sim_event(s, 2000, SIM_CALM, -1, 0, 0);
        return;
    }

    for (i = 0; i < s->nrecords; i++) {
        record = &s->record[i];

        if (!record->posted && record->place != SIM_DEAD
            && !sim_store_broken(s, record->key))
        {
            sim_wrong(s, "lost", "record %zu", i);
        }
    }

    for (i = 0; i < SIM_KEYS; i++) {
        key = &s->key[i];

        if (key->late || key->last == key->newest || sim_store_broken(s, i)
            || s->record[key->newest - 1].place == SIM_DEAD
            || s->record[key->newest - 1].requeued)
        {
            continue;
        }

        sim_wrong(s, "the last one to arrive is not the newest",
                  "key %zu: %zu, not %zu", i, key->last - 1, key->newest - 1);
    }
}
