
/*
 * sim SEED            shows what happens in one schedule
 * sim FIRST COUNT     runs so many, ends with the first that fails
 */

#include "dispatch/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* a schedule that goes round in circles */
#define SIM_EVENTS_MAX  2000000


static void sim_run(sim_t *s, uint64_t seed, unsigned verbose);
static void sim_step(sim_t *s, const sim_event_t *event);
static unsigned sim_waits(sim_t *s, const sim_event_t *event);
static void sim_arrives(sim_t *s, const sim_event_t *event);
static void sim_posted(sim_t *s, const sim_event_t *event);
static unsigned sim_before(const sim_event_t *a, const sim_event_t *b);
static sim_event_t sim_take(sim_t *s);


int
main(int argc, char **argv)
{
    sim_t           *s;
    uint64_t         seed, first, count;
    sim_t            sum;

    if (argc < 2) {
        fprintf(stderr, "usage: sim SEED | sim FIRST COUNT\n");
        return 2;
    }

    s = malloc(sizeof(sim_t));

    if (s == NULL) {
        return 2;
    }

    memset(&sum, 0, sizeof(sum));
    first = strtoull(argv[1], NULL, 10);
    count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

    for (seed = first; seed < first + count; seed++) {
        sim_run(s, seed, argc == 2);

        if (s->wrong) {
            printf("seed %llu: %s (%s)\n", (unsigned long long) seed,
                   s->wrong, s->detail);
            free(s);
            return 1;
        }

        sum.posts += s->posts;
        sum.repeats += s->repeats;
        sum.dead += s->dead;
        sum.fenced += s->fenced;
        sum.outages += s->outages;
        sum.holds += s->holds;
        sum.crashes += s->crashes;
        sum.rejected += s->rejected;
        sum.nrecords += s->nrecords;
    }

    printf("%llu schedules: %zu records, %llu accepted, %llu of them again, "
           "%llu dead, %llu fenced, %llu outages, %llu crashes, %llu times "
           "too much of one key, %llu calls rejected\n",
           (unsigned long long) count, sum.nrecords,
           (unsigned long long) sum.posts, (unsigned long long) sum.repeats,
           (unsigned long long) sum.dead, (unsigned long long) sum.fenced,
           (unsigned long long) sum.outages, (unsigned long long) sum.crashes,
           (unsigned long long) sum.holds, (unsigned long long) sum.rejected);

    free(s);

    return 0;
}


static void
sim_run(sim_t *s, uint64_t seed, unsigned verbose)
{
    size_t       i;
    sim_event_t  event;

    memset(s, 0, sizeof(sim_t));

    s->seed = seed;
    s->random = seed * 0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d;
    s->random = s->random ? s->random : 1;
    s->verbose = verbose;

    sim_schedule(s);

    while (s->n && !s->wrong) {
        event = sim_take(s);
        s->now = event.time;
        sim_step(s, &event);

        if (s->nevents > SIM_EVENTS_MAX) {
            sim_wrong(s, "goes round in circles", "at %lld ms",
                      (long long) s->now);
        }

        if (s->now >= s->calm && event.type == SIM_CALM && sim_store_empty(s))
        {
            break;
        }
    }

    for (i = 0; i < s->nholders; i++) {
        sim_holder_exit(s, i);
    }
}


static void
sim_step(sim_t *s, const sim_event_t *event)
{
    switch (event->type) {

    case SIM_PRODUCE:
        sim_produce(s);
        break;

    case SIM_REQUEUE:
        sim_store_requeue(s);
        break;

    case SIM_PHASE:
        sim_gateway_phase(s);
        break;

    case SIM_CALM:
        s->strict = 0;
        s->nkeys = SIM_KEYS;
        sim_finish(s);
        break;

    case SIM_HANG:
        sim_store_hang(s);
        break;

    case SIM_LEASE_ARRIVES:
        if (sim_waits(s, event)) {
            break;
        }

        sim_store_lease(s, event->holder);
        sim_event(s, sim_random(s, 10), SIM_LEASE_ANSWERED, event->holder,
                  event->object, event->life);
        break;

    case SIM_ARRIVES:
        sim_arrives(s, event);
        break;

    case SIM_POSTED:
        sim_posted(s, event);
        break;

    default:
        sim_holder_event(s, event);
    }
}


/* While the store hangs, all that arrives waits; what comes by different
 * connections is carried out in any order. */

static unsigned
sim_waits(sim_t *s, const sim_event_t *event)
{
    if (s->now >= s->hang) {
        return 0;
    }

    sim_event(s, s->hang - s->now + sim_random(s, 3), event->type,
              event->holder, event->object, event->life);

    return 1;
}


static void
sim_arrives(sim_t *s, const sim_event_t *event)
{
    sim_call_t  *call, late;

    call = &s->call[event->object];

    if (sim_waits(s, event)) {
        if (!call->failed) {
            sim_holder_lose(s, call);
        }

        return;
    }

    /* nobody reads the answer to what has failed; some of it never came */

    if (call->failed) {
        late = *call;
        call->executed = 1;
        call->used = !call->answered;

        if (sim_chance(s, 60)) {
            sim_store_call(s, &late);
        }

        return;
    }

    sim_store_call(s, call);
    sim_event(s, sim_random(s, 3), SIM_ANSWERED, call->holder, event->object,
              call->life);
}


static void
sim_posted(sim_t *s, const sim_event_t *event)
{
    sim_request_t  *request;

    request = &s->request[event->object];

    if (event->life != request->life) {
        return;
    }

    sim_gateway_post(s, request);

    if (request->ended) {
        request->used = 0;
        return;
    }

    sim_event(s, sim_delay(s, 2 * s->timeout), SIM_RESULT, request->holder,
              event->object, event->life);
}


uint32_t
sim_random(sim_t *s, uint32_t n)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;

    return (uint32_t) (s->random >> 20) % n;
}


unsigned
sim_chance(sim_t *s, unsigned percent)
{
    return sim_random(s, 100) < percent;
}


int64_t
sim_delay(sim_t *s, int64_t longest)
{
    if (s->strict || s->now >= s->calm || sim_chance(s, 95)) {
        longest = 20;
    }

    return 1 + sim_random(s, longest);
}


void
sim_say(sim_t *s, const char *format, ...)
{
    va_list  args;

    if (!s->verbose) {
        return;
    }

    printf("%8lld  ", (long long) s->now);

    va_start(args, format);
    vprintf(format, args);
    va_end(args);

    printf("\n");
}


void
sim_wrong(sim_t *s, const char *what, const char *format, ...)
{
    va_list  args;

    if (s->wrong) {
        return;
    }

    s->wrong = what;

    va_start(args, format);
    (void) vsnprintf(s->detail, sizeof(s->detail), format, args);
    va_end(args);

    sim_say(s, "WRONG: %s (%s)", what, s->detail);
}


/* a heap: the earliest event is the first */

void
sim_event(sim_t *s, int64_t delay, sim_event_e type, int holder, int object,
    unsigned life)
{
    size_t        i;
    sim_event_t   event;

    event.time = s->now + delay;
    event.n = s->nevents++;
    event.type = type;
    event.holder = holder;
    event.object = object;
    event.life = life;

    if (s->n == SIM_EVENTS) {
        sim_wrong(s, "too many events", "%zu", s->n);
        return;
    }

    for (i = s->n++; i && sim_before(&event, &s->heap[(i - 1) / 2]);
         i = (i - 1) / 2)
    {
        s->heap[i] = s->heap[(i - 1) / 2];
    }

    s->heap[i] = event;
}


static sim_event_t
sim_take(sim_t *s)
{
    size_t        i, child;
    sim_event_t   first, last;

    first = s->heap[0];
    last = s->heap[--s->n];

    for (i = 0; (child = 2 * i + 1) < s->n; i = child) {

        if (child + 1 < s->n
            && sim_before(&s->heap[child + 1], &s->heap[child]))
        {
            child++;
        }

        if (!sim_before(&s->heap[child], &last)) {
            break;
        }

        s->heap[i] = s->heap[child];
    }

    s->heap[i] = last;

    return first;
}


static unsigned
sim_before(const sim_event_t *a, const sim_event_t *b)
{
    return a->time < b->time || (a->time == b->time && a->n < b->n);
}
