/*
 * Lease, fence and outbox, for spin: two workers that may hold the lease,
 * three records, the first two of one client.  What it proves and what not:
 * t/model/README.md.
 *
 *   redis.pml    redis-scripts/lease.lua, emitter.lua, hold.lua, held.lua
 *   worker.pml   ngx_polycard_module/hook/lease.c, hook/emitter*.c,
 *                core/dispatch*.c
 *   lease.pml    what there is, and which step may come next
 *
 * A call is asked, executed and answered in three steps: between them anything
 * may happen.  What goes wrong uses up FAULTS, so that every history ends; at
 * its end all must have been told.  A -DBREAK_... plants a fault: see model.t.
 */

#ifndef FAULTS
#define FAULTS  2       /* deaths, losses, refusals */
#endif
#ifndef TICKS
#define TICKS   2       /* of time while something else could happen */
#endif

#define TTL     2       /* of the lease, in ticks */
#define N       3
#define NOBODY  2
#define DEAD    3       /* a worker that is gone; its name is never used again */
#define END     9       /* `read` of `meta`: "+" */
#define NONE    0

#define at(r)        (h * N + (r))
#define bit_of(r)    (1 << (r))
#define client(r)    ((r) / 2)

/* a worker's slots, core/dispatch_window.c */
#define WAITING   1
#define FLIGHT    2
#define ACCEPTED  3
#define REFUSED   4

/* a request on its way, and its answer */
#define SENT    1
#define YES     2
#define NO      3
#define FAILED  4       /* it is unknown whether it has arrived */

/* calls, core/dispatch.h; SETTINGS is hook/emitter.c's */
#define NEXT         1
#define DUE          2
#define ACCEPT       3
#define ACCEPT_HELD  4
#define REFUSE       5
#define REFUSE_HELD  6
#define SETTINGS     7

/* where a call is */
#define IDLE      0     /* none, or one that failed and is to be repeated */
#define ASKED     1
#define EXECUTED  2
#define STRAY     3     /* asked, and its worker wants no answer any more */

/* Redis */
byte owner = NOBODY;    /* `lease`: holder, fence, how old */
byte fence;
byte lease_age;
byte counter;           /* `fence` */
byte written;           /* records of the shop so far */
bool outbox[N];
bool list[N];           /* `retry:<key>` */
byte read_fence, read;  /* `read` of `meta` */

/* the gateway; body: how often the client had changed when it was printed */
bool told[N];
byte body[N];
bool ghost[N];          /* requests of workers that are gone */

/* the workers */
byte mine[2];           /* lease->fence */
byte age[2];            /* since lease->renewed */
byte asking[2];         /* lease->call */
byte asked[2];          /* since lease->asked */
byte granted[2];        /* what was answered */
byte bye[2];            /* the fence of a `release` under way */
bool running[2];        /* d->running */
byte slot[6];
bool held[6];           /* record.held */
bool orphan[6];         /* in flight when the lease went */
byte net[6];
byte op[2];             /* d->call */
byte stage[2];
byte by[2];             /* its fence */
byte set[2];            /* its records, as bits */
byte after[2];
byte reply[2];
bool fenced[2];
byte last[2];           /* d->last */
bool more[2];
bool behind[4];         /* key->behind, of client 0 and 1 */
byte top[4];            /* the newest sent under this lease, from 1 */

byte faults = FAULTS;
byte ticks = TICKS;

hidden byte rec, found_n, count, last_seen;

#define each(var)        for (var : 0 .. N - 1)
#define on_hold(c)       ((c == 0 && (list[0] || list[1])) \
                          || (c == 1 && list[2]))
#define here(c)          ((c == 0 && (slot[at(0)] || slot[at(1)])) \
                          || (c == 1 && slot[at(2)]))
#define orphaned(c)      ((c == 0 && (orphan[at(0)] || orphan[at(1)])) \
                          || (c == 1 && orphan[at(2)]))
#define noutbox          ((slot[at(0)] && !held[at(0)]) \
                          || (slot[at(1)] && !held[at(1)]) \
                          || (slot[at(2)] && !held[at(2)]))
#define progress(f)      ((read_fence == f) * read)
#define all_told         (written == N && told[0] && told[1] && told[2] \
                          && !outbox[0] && !outbox[1] && !outbox[2] \
                          && !list[0] && !list[1] && !list[2])


#include "redis.pml"
#include "worker.pml"


#define free_to_call  (running[h] && op[h] == NONE && stage[h] == IDLE)
#define found         ((outbox[0] && from == 0) || (outbox[1] && from <= 1) \
                       || outbox[2] )
#define from          ((noutbox || more[h]) * last[h])
#define is_due(r)     (list[r] && is_read(r) \
                       && !((r) == 1 && list[0]) && !here(client(r)) \
                       && !orphaned(client(r)))
#define idle          (slot[at(0)] < FLIGHT && slot[at(1)] < FLIGHT \
                       && slot[at(2)] < FLIGHT && op[h] <= DUE)
#define of(r, what, is_held)  (slot[at(r)] == what && held[at(r)] == is_held)
#define accepts       ((of(0, ACCEPTED, 0)) | (of(1, ACCEPTED, 0)) << 1 \
                       | (of(2, ACCEPTED, 0)) << 2)


#define steps_of_record(r) \
    :: d_step { running[h] && holds && is_head(r) -> send(r); skip } \
    :: d_step { net[at(r)] == SENT -> arrive(r); net[at(r)] = YES; skip } \
    :: d_step { net[at(r)] == SENT && faults -> \
        faults--; arrive(r); net[at(r)] = FAILED; skip } \
    :: d_step { net[at(r)] == SENT && faults -> \
        faults--; ghost[r] = 1; net[at(r)] = FAILED; skip } \
    :: d_step { net[at(r)] == SENT && faults -> faults--; net[at(r)] = NO; skip } \
    :: d_step { net[at(r)] > SENT -> land(r); skip } \
    :: d_step { free_to_call && of(r, ACCEPTED, 1) -> \
        call(ACCEPT_HELD, bit_of(r)); skip } \
    :: d_step { free_to_call && of(r, REFUSED, 1) -> \
        call(REFUSE_HELD, bit_of(r)); skip } \
    :: d_step { free_to_call && of(r, REFUSED, 0) -> \
        call(REFUSE, bit_of(r) \
                      | ((r) == 0 && of(1, WAITING, 0)) << 1) }

proctype worker(byte h) {
end:
    do
    steps_of_record(0)
    steps_of_record(1)
    steps_of_record(2)

    /* core/dispatch_store.c */
    :: d_step { free_to_call && accepts -> call(ACCEPT, accepts); skip }
    :: d_step { free_to_call && (found || progress(mine[h]) != END) ->
        after[h] = from; last[h] = from; call(NEXT, 0); skip }
    :: d_step { free_to_call && (is_due(0) || is_due(1) || is_due(2)) ->
        call(DUE, 0); skip }
    :: d_step { stage[h] == ASKED -> count = 1; redis_call(); stage[h] = EXECUTED; skip }
    :: d_step { stage[h] == ASKED && op[h] == NEXT ->
        count = N; redis_call(); stage[h] = EXECUTED; skip }
    :: d_step { stage[h] == EXECUTED -> answered(); skip }
    :: d_step { (stage[h] == ASKED || stage[h] == EXECUTED) && faults ->
        faults--; failed(); skip }
    :: d_step { op[h] && stage[h] == IDLE && running[h] -> stage[h] = ASKED }
    :: d_step { stage[h] == STRAY -> count = N; redis_call(); call_clear(); skip }
    :: d_step { stage[h] == STRAY -> call_clear(); skip }

    /* hook/lease.c */
    :: d_step { asking[h] == IDLE && bye[h] == 0 && (counter || h == 0) &&
       ((mine[h] && age[h] > 0) || (!mine[h] && stage[h] == IDLE &&
                                      (owner == NOBODY || owner == h))) ->
        asking[h] = ASKED; asked[h] = 0; skip }
    :: d_step { asking[h] == ASKED -> redis_lease(); asking[h] = EXECUTED; skip }
    :: d_step { asking[h] == EXECUTED -> lease_answer(); skip }
    :: d_step { asking[h] && faults ->
        faults--; asking[h] = IDLE; asked[h] = 0; granted[h] = 0; skip }
    :: d_step { mine[h] && age[h] == TTL -> lease_end(); skip }
    :: d_step { bye[h] -> redis_release(); skip }
    :: d_step { bye[h] && faults -> faults--; bye[h] = 0; skip }

    :: d_step { running[h] && idle && faults && asking[h] != ASKED && bye[h] == 0 ->
        leave(1); skip }
    :: d_step { running[h] && idle && faults -> leave(0); skip }
    :: d_step { mine[h] && faults -> die(0, 0); skip }
    :: d_step { mine[h] && faults && stage[h] == ASKED -> count = N; die(1, 0); skip }
    :: d_step { faults && asking[h] == ASKED -> die(0, 1); skip }
    od
}


inline tick() {
    for (rec : 0 .. 1) {
        age[rec] = (mine[rec] && age[rec] < TTL -> age[rec] + 1 : age[rec]);
        asked[rec] = (asking[rec] && asked[rec] < TTL -> asked[rec] + 1
                                                   : asked[rec])
    }
    lease_age = (owner == NOBODY -> 0 : lease_age + 1);
    if
    :: lease_age >= TTL -> lease_free()
    :: else
    fi
}

#define works  (owner < 2 && fence == mine[owner % 2] && running[owner % 2])

active proctype world() {
    byte rest;

    atomic { run worker(0); run worker(1) }
    do
    :: d_step { written < N -> outbox[written] = 1; written++; skip }
    :: d_step { ticks -> ticks--; tick(); skip }
    :: d_step { ghost[0] -> ghost[0] = 0; arrive(0); skip }
    :: d_step { ghost[1] -> ghost[1] = 0; arrive(1); skip }
    :: d_step { ghost[2] -> ghost[2] = 0; arrive(2); skip }
#ifdef EARLY
    /* Redis' clock was set forward, or a better host took the lease */
    :: d_step { owner != NOBODY && faults -> faults--; lease_free(); skip }
#endif

    /* all has come to rest: all is told, or somebody is waited for */
    :: timeout ->
        if
        :: all_told -> break
        :: d_step { !all_told ->
            assert(!works); assert(rest < 3 * TTL); rest++; tick(); skip }
        fi
    od
}
