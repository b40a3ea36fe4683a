
#include "whole/faults.h"
#include "whole/oracle.h"
#include "server/server.h"


#define FAULTS_DUMPS  4


static ks_t     *faults_dump[FAULTS_DUMPS];
static size_t    faults_ndumps;
static unsigned  faults_history;
static unsigned  faults_emptied;      /* how often all was lost */

/* what was configured when hooks were taken off */
static size_t    faults_sent[WORLD_PROCESSES];


static void fault_worker(void *data, uint64_t tag);
static void fault_starts(void *data, uint64_t tag);
static void fault_redis(void *data, uint64_t tag);
static void fault_dump(void *data, uint64_t tag);
static void fault_dies(void *data, uint64_t tag);
static void fault_comes_back(void *data, uint64_t tag);
static void fault_goes_back(size_t n);
static unsigned fault_is_new(void);
static void fault_promotes(void *data, uint64_t tag);
static uint64_t fault_any_dump(void);
static void fault_clock(void);
static void fault_refusal(void *data, uint64_t tag);
static void fault_hooks(void *data, uint64_t on);
static void fault_ended(void *data, uint64_t tag);


void
faults_begin(void)
{
    unsigned  i;

    faults_ndumps = 0;
    faults_history = 1;
    faults_emptied = 0;

    server.slow = sim_one_of(4, 0, 0, 2, 10);
    server.deaf = sim_one_of(4, 0, 0, 2, 20);

    for (i = 0; i < world.nprocesses; i++) {
        sim_later(sim_below(500), fault_starts, &world.process[i], 0);
    }

    for (i = sim_below(8); i; i--) {
        sim_later(sim_below(world.calm), fault_worker, NULL, 0);
    }

    for (i = sim_chance(50) ? sim_below(6) : 0; i; i--) {
        sim_later(sim_below(world.calm), fault_redis, NULL, 0);
    }

    if (sim_chance(20)) {
        sim_later(sim_below(world.calm), fault_hooks, NULL, 0);
    }

    spoil_begin();
}


void
faults_end(void)
{
    size_t  i;

    server.slow = 0;
    server.deaf = 0;
    server.ks->full = 0;
    server.ks->refusal = NULL;
    server.ks->denied = NULL;

    if (server.dead) {
        server_rise(NULL, ++faults_history);
    }

    spoil_end();

    /* or they are off for good */

    if (world.off && sim_chance(70)) {
        fault_hooks(NULL, 1);
    }

    for (i = 0; i < world.nprocesses; i++) {
        if (!world.process[i].running) {
            process_start(&world.process[i]);
        }
    }
}


void
faults_forget(void)
{
    while (faults_ndumps) {
        server_forget_dump(faults_dump[--faults_ndumps]);
    }
}


static void
fault_worker(void *data, uint64_t tag)
{
    process_t  *p;

    p = &world.process[sim_below(world.nprocesses)];

    if (sim.now >= world.calm || !p->running || !sim_happens()) {
        return;
    }

    switch (sim_below(4)) {

    case 0:
        process_kill(p);
        sim_later(sim_below(3000), fault_starts, p, 0);
        break;

    case 1:
        process_quit(p);
        sim_later(sim_below(5000), fault_starts, p, 0);
        break;

    case 2:
        process_pause(p, 1 + sim_below(3 * world_lease()));
        break;

    default:
        server_cut();
    }
}


static void
fault_starts(void *data, uint64_t tag)
{
    process_t *p = data;

    if (!p->running) {
        process_start(p);

    } else if (p->exiting) {
        sim_later(100, fault_starts, p, 0);
    }
}


/* all hosts are configured without hooks, and as they were */

static void
fault_hooks(void *data, uint64_t on)
{
    size_t                     i, len;
    process_t                 *p;
    ngx_polycard_hook_conf_t  *hook;

    if (on ? !world.off : world.is_calm || !sim_happens()) {
        return;
    }

    sim_say("the hooks are %s", on ? "on" : "off");
    world.off = !on;

    for (i = 0; i < world.nprocesses; i++) {
        p = &world.process[i];
        hook = &p->market.hook;

        len = on ? faults_sent[i] : 0;
        faults_sent[i] = hook->url.len;

        if (len == hook->url.len) {
            continue;
        }

        if (p->running) {
            process_kill(p);
            sim_later(sim_below(100), fault_starts, p, 0);
        }

        hook->url.len = len;
    }

    if (!on) {
        sim_later(1 + sim_below(8 * world_lease()), fault_hooks, NULL, 1);
        sim_later(3 * world_lease() + sim_below(2000), fault_ended, NULL, 0);
    }
}


/* an operator says that it is for good */

static void
fault_ended(void *data, uint64_t tag)
{
    redisReply  *reply;

    if (!sim_happens() || sim_chance(50)) {
        return;
    }

    reply = server_callf("FCALL polycard_end_hooks 1 %s", WORLD_PREFIX);

    if (reply) {
        ks_reply_free(reply);
    }
}


static void
fault_redis(void *data, uint64_t tag)
{
    if (sim.now >= world.calm || server.dead || !sim_happens()) {
        return;
    }

    switch (sim_below(12)) {

    case 0:
    case 1:
        server_hang(1 + sim_below(4000));
        break;

    case 2:

        /* nothing is lost */

        server_die();
        sim_later(1 + sim_below(4000), fault_comes_back, NULL, 0);
        break;

    case 3:
    case 4:

        /* what it has now is what there will be then */

        fault_dump(NULL, 0);
        sim_later(1 + sim_below(sim_chance(70) ? 1000 : 20000), fault_dies,
                  NULL, fault_any_dump());
        break;

    case 5:
        fault_clock();
        break;

    case 6:
        server.ks->full = 1;
        sim_later(1 + sim_below(4000), fault_refusal, NULL, 0);
        break;

    case 7:
        server.ks->refusal = (const char *[]) {
            "LOADING Redis is loading the dataset in memory",
            "MISCONF Redis is configured to save RDB snapshots",
            "READONLY You can't write against a read only replica.",
            "NOREPLICAS Not enough good replicas to write."
        } [sim_below(4)];
        sim_later(1 + sim_below(3000), fault_refusal, NULL, 0);
        break;

    case 8:
        world.denied = 1;
        server.ks->denied = (const char *[]) {
            "hset", "xadd", "zadd", "expire", "unlink", "xdel", "scan"
        } [sim_below(7)];
        sim_later(1 + sim_below(3000), fault_refusal, NULL, 0);
        break;

    case 9:
    case 10:

        /* so much of what was written is not there yet */

        fault_dump(NULL, 0);
        sim_later(sim_below(1500), fault_promotes, NULL, fault_any_dump());
        break;

    default:
        if (sim_chance(30)) {
            sim_say("redis: loses all");
            world.emptied = 1;
            world.unbound |= faults_history + faults_emptied > 1;
            faults_emptied++;
            world.went_back = 1;
            ks_flush(server.ks);
            oracle_went_back();
        }
    }
}


static void
fault_refusal(void *data, uint64_t tag)
{
    server.ks->full = 0;
    server.ks->refusal = NULL;
    server.ks->denied = NULL;
}


static void
fault_dump(void *data, uint64_t tag)
{
    if (faults_ndumps < FAULTS_DUMPS) {
        faults_dump[faults_ndumps++] = server_dump();
        sim_say("redis: this is what will be there later");
    }
}


/* another has its place: with that dump */

static void
fault_dies(void *data, uint64_t tag)
{
    if (sim.now >= world.calm || server.dead || tag == 0) {
        return;
    }

    server_die();
    sim_later(sim_below(3000), fault_comes_back, NULL, tag);
}


static void
fault_comes_back(void *data, uint64_t tag)
{
    if (!server.dead) {
        return;
    }

    if (tag == 0) {
        server_rise(NULL, ++faults_history);
        return;
    }

    fault_goes_back(tag - 1);
}


/* a second history that begins with the same data, or with those of before the
 * first one: what was given between is behind the same bound */

static void
fault_goes_back(size_t n)
{
    world.unbound |= faults_history + faults_emptied > 1;
    world.went_back = 1;
    server_rise(faults_dump[n], ++faults_history);
    world.unknown |= fault_is_new();
    oracle_went_back();
}


/* Redis has what it had before the market was set up */

static unsigned
fault_is_new(void)
{
    ks_value_t  *meta;

    meta = world_value("meta");

    return meta == NULL || meta->type != KS_HASH
           || ks_hash_find(meta, "sync", 4) == NULL;
}


/* the last one, or one of those before: an older dump is put back */

static uint64_t
fault_any_dump(void)
{
    return sim_chance(80) ? faults_ndumps : 1 + sim_below(faults_ndumps);
}


/* A replica that lags takes over while the master is still there, which may be
 * seen as a replica for a moment. */

static void
fault_promotes(void *data, uint64_t tag)
{
    if (sim.now >= world.calm || server.dead) {
        return;
    }

    sim_say("redis: a replica takes over");
    fault_goes_back(tag - 1);

    if (sim_chance(50)) {
        server.ks->refusal = "READONLY You can't write against a read only "
                             "replica.";
        sim_later(1 + sim_below(1000), fault_refusal, NULL, 0);
    }
}


static void
fault_clock(void)
{
    static const int  jumps[] = {
        1000, -1000, 20000, -20000, 3600000, -3600000
    };

    server.skew += jumps[sim_below(6)];
    world.skewed = 1;
    sim_say("redis: its clock is %lld ms ahead", (long long) server.skew);
}
