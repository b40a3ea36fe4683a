
#include "base/sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define SIM_CHUNK       65536

/* a history that goes round in circles */
#define SIM_EVENTS_MAX  5000000


/* of which no type needs more */
typedef long double  sim_align_t;


struct sim_chunk_s {
    sim_chunk_t          *next;
    size_t                used;
    size_t                size;
    sim_align_t           data[];
};


sim_t  sim;


/* what is left out, in all histories of the program */
#define SIM_SKIPS  65536

static unsigned char  sim_skipped[SIM_SKIPS];


static int sim_before(const sim_event_t *a, const sim_event_t *b);
static sim_event_t sim_take(void);


void
sim_begin(uint64_t seed, unsigned verbose)
{
    memset(&sim, 0, sizeof(sim));

    sim.seed = seed;
    sim.verbose = verbose;
    sim_random_init(&sim.random, seed);
}


void
sim_run(void)
{
    sim_event_t  event;

    while (sim.n && !sim.over && !sim.wrong) {
        event = sim_take();
        sim.now = event.time;
        event.handler(event.data, event.tag);

        if (sim.nevents > SIM_EVENTS_MAX) {
            sim_wrong("goes round in circles", "at %lld ms",
                      (long long) sim.now);
        }
    }
}


void
sim_end(void)
{
    sim_chunk_t  *chunk, *next;

    for (chunk = sim.chunks; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }

    free(sim.heap);
    sim.chunks = NULL;
    sim.heap = NULL;
}


void *
sim_alloc(size_t size)
{
    void         *p;
    size_t        room;
    sim_chunk_t  *chunk;

    size = (size + sizeof(sim_align_t) - 1) & ~(sizeof(sim_align_t) - 1);
    chunk = sim.chunks;

    if (chunk == NULL || chunk->size - chunk->used < size) {
        room = size > SIM_CHUNK ? size : SIM_CHUNK;
        chunk = malloc(sizeof(sim_chunk_t) + room);

        if (chunk == NULL) {
            abort();
        }

        chunk->next = sim.chunks;
        chunk->used = 0;
        chunk->size = room;
        sim.chunks = chunk;
    }

    p = (char *) chunk->data + chunk->used;
    chunk->used += size;

    return memset(p, 0, size);
}


void
sim_later(int64_t delay, sim_handler_pt handler, void *data, uint64_t tag)
{
    size_t       i;
    sim_event_t  event;

    event.time = sim.now + (delay > 0 ? delay : 0);
    event.n = sim.nevents++;
    event.handler = handler;
    event.data = data;
    event.tag = tag;

    if (sim.n == sim.room) {
        sim.room = sim.room ? 2 * sim.room : 256;
        sim.heap = realloc(sim.heap, sim.room * sizeof(sim_event_t));

        if (sim.heap == NULL) {
            abort();
        }
    }

    for (i = sim.n++; i && sim_before(&event, &sim.heap[(i - 1) / 2]);
         i = (i - 1) / 2)
    {
        sim.heap[i] = sim.heap[(i - 1) / 2];
    }

    sim.heap[i] = event;
}


static sim_event_t
sim_take(void)
{
    size_t       i, child;
    sim_event_t  first, last;

    first = sim.heap[0];
    last = sim.heap[--sim.n];

    for (i = 0; (child = 2 * i + 1) < sim.n; i = child) {

        if (child + 1 < sim.n
            && sim_before(&sim.heap[child + 1], &sim.heap[child]))
        {
            child++;
        }

        if (!sim_before(&sim.heap[child], &last)) {
            break;
        }

        sim.heap[i] = sim.heap[child];
    }

    sim.heap[i] = last;

    return first;
}


static int
sim_before(const sim_event_t *a, const sim_event_t *b)
{
    return a->time < b->time || (a->time == b->time && a->n < b->n);
}


uint32_t
sim_below(uint32_t n)
{
    return sim_random_below(&sim.random, n);
}


int
sim_chance(unsigned percent)
{
    return sim_random_chance(&sim.random, percent);
}


int
sim_skip(const char *list)
{
    char                *end;
    unsigned long long   from, to;

    while (*list) {
        from = to = strtoull(list, &end, 10);

        if (end == list) {
            return -1;
        }

        if (*end == '-') {
            to = strtoull(end + 1, &end, 10);
        }

        for ( /* void */ ; from <= to && from < SIM_SKIPS; from++) {
            sim_skipped[from] = 1;
        }

        list = *end == ',' ? end + 1 : end;
    }

    return 0;
}


int
sim_happens(void)
{
    uint64_t  n;

    n = sim.nhappened++;

    if (n < SIM_SKIPS && sim_skipped[n]) {
        return 0;
    }

    sim_say("(%llu)", (unsigned long long) n);

    return 1;
}


int64_t
sim_one_of(size_t n, ...)
{
    size_t   i;
    int64_t  value;
    va_list  args;

    value = 0;
    va_start(args, n);

    for (i = sim_below(n) + 1; i; i--) {
        value = va_arg(args, int);
    }

    va_end(args);

    return value;
}


void
sim_say(const char *format, ...)
{
    va_list  args;

    if (!sim.verbose) {
        return;
    }

    printf("%9lld  ", (long long) sim.now);

    va_start(args, format);
    vprintf(format, args);
    va_end(args);

    printf("\n");
}


void
sim_wrong(const char *what, const char *format, ...)
{
    va_list  args;

    if (sim.wrong) {
        return;
    }

    sim.wrong = what;

    va_start(args, format);
    (void) vsnprintf(sim.detail, sizeof(sim.detail), format, args);
    va_end(args);

    sim_say("WRONG: %s (%s)", what, sim.detail);
}
