/*
 * Lease, fence and outbox, for spin: two workers that may hold the lease,
 * three records, the first two of one client.  What it proves and what not:
 * t/model/README.md.
 *
 *   Redis    redis-scripts/lease.lua, emitter.lua, hold.lua, held.lua
 *   worker   ngx_polycard_module/hook/lease.c, hook/emitter*.c,
 *            core/dispatch*.c
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
#define FAILED  4       /* nobody knows whether it has arrived */

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


/* ---- Redis ------------------------------------------------------------- */

/* lease.lua, register('lease') */
inline redis_lease() {
    granted[h] = 0;
    if
    :: owner == NOBODY ->
        counter++;
        owner = h; fence = counter; lease_age = 0; granted[h] = fence
    :: owner == h -> lease_age = 0; granted[h] = fence
    :: else
    fi
}

inline lease_free() { owner = NOBODY; fence = 0; lease_age = 0 }

/* lease.lua, register('release') */
inline redis_release() {
    if
#ifdef BREAK_RELEASE
    :: true -> assert(bye[h] == fence); lease_free()
#else
    :: bye[h] == fence -> lease_free()
    :: else
#endif
    fi;
    bye[h] = 0
}

/* no record is lost, nothing is acknowledged by who has no lease */
inline gone(r) {
    assert(told[r]);
    assert(by[h] == fence)
}

/* emitter.lua, register('next'); count: as many as are asked for */
inline redis_next() {
    found_n = 0;
    each(rec) {
        if
        :: rec >= after[h] && outbox[rec] && found_n < count ->
            found_n++;
            last_seen = rec + 1;
            if
#ifndef BREAK_HELD
            :: on_hold(client(rec)) -> outbox[rec] = 0; list[rec] = 1
#endif
            :: else -> reply[h] = reply[h] | bit_of(rec)
            fi
        :: else
        fi
    }
    read_fence = fence;
    read = (found_n < count -> END : last_seen)
}

#ifdef BREAK_PROGRESS
#define is_read(r)  true
#else
#define is_read(r)  (progress(fence) > r)
#endif

/* held.lua, due_hook(): the heads of the lists */
inline redis_due() {
    each(rec) {
        if
        :: list[rec] && !(rec == 1 && list[0]) && is_read(rec) -> reply[h] = reply[h] | bit_of(rec)
        :: else
        fi
    }
}

/* emitter.lua, register('accept'); held.lua, 'accept_held' */
inline redis_accept() {
    each(rec) {
        if
        :: (set[h] & bit_of(rec)) && (outbox[rec] || list[rec]) ->
            gone(rec);
            if
            :: op[h] == ACCEPT -> outbox[rec] = 0
            :: else
            fi;
            list[rec] = 0
        :: else
        fi
    }
}

/* held.lua, 'refuse': the refused one and those behind it */
inline redis_refuse() {
    each(rec) {
        if
        :: (set[h] & bit_of(rec)) && outbox[rec] ->
            assert(by[h] == fence);
            outbox[rec] = 0;
#ifdef BREAK_REFUSE
            list[rec] = !(set[h] & 1 && rec == 1)
#else
            list[rec] = 1
#endif
        :: else
        fi
    }
}

/* lease.lua, register_fenced() */
inline redis_call() {
    reply[h] = 0;
    last_seen = after[h];
    fenced[h] = 0;
    if
#ifndef BREAK_FENCE
    :: by[h] != fence -> fenced[h] = 1
#endif
    :: else ->
        if
        :: op[h] == NEXT -> redis_next()
        :: op[h] == DUE -> redis_due()
        :: op[h] == ACCEPT || op[h] == ACCEPT_HELD -> redis_accept()
        :: op[h] == REFUSE -> redis_refuse()
        :: else             /* attempts are not counted here */
        fi
    fi;
    more[h] = (op[h] == NEXT -> last_seen != after[h] : more[h])
}


/* ---- the worker -------------------------------------------------------- */

inline call_clear() {
    op[h] = NONE; stage[h] = IDLE; set[h] = 0; after[h] = 0; by[h] = 0;
    reply[h] = 0; fenced[h] = 0
}

inline call(what, records) {
    op[h] = what; set[h] = records; by[h] = mine[h]; stage[h] = ASKED
}

/* dispatch_window_clear(): what is in flight stays */
inline window_clear() {
    each(rec) {
        orphan[at(rec)] = orphan[at(rec)] || slot[at(rec)] == FLIGHT;
        slot[at(rec)] = NONE; held[at(rec)] = 0
    }
    last[h] = 0; more[h] = 0;
    behind[h * 2] = 0; behind[h * 2 + 1] = 0; top[h * 2] = 0; top[h * 2 + 1] = 0
}

/* lease.c, ngx_polycard_lease_end(); emitter.c, ngx_polycard_emitter_lost() */
inline lease_end() {
    mine[h] = 0; age[h] = 0; running[h] = 0;
    window_clear();
    if
    :: stage[h] == ASKED -> stage[h] = STRAY
    :: else -> call_clear()
    fi
}

/* lease.c, ngx_polycard_lease_answer(): one that comes late grants nothing */
inline lease_answer() {
    if
    :: asked[h] == TTL -> granted[h] = 0
    :: else
    fi;
    if
    :: mine[h] && granted[h] != mine[h] -> lease_end()
    :: else
    fi;
    if
    :: granted[h] && mine[h] -> age[h] = asked[h]
    :: granted[h] && !mine[h] && stage[h] == IDLE ->
        mine[h] = granted[h]; age[h] = asked[h]; call(SETTINGS, 0)
    :: else
    fi;
    asking[h] = IDLE; granted[h] = 0; asked[h] = 0
}

/* dispatch_window_free() */
inline free(r) {
    slot[at(r)] = NONE; held[at(r)] = 0;
    if
    :: !here(client(r)) && behind[h * 2 + client(r)] ->
        behind[h * 2 + client(r)] = 0; last[h] = 0
    :: else
    fi
}

/* dispatch_add(), dispatch_window_fits() */
inline take_next(r) {
    last[h] = r + 1;
    if
    :: !here(client(r)) || (r == 1 && slot[at(0)] && !held[at(0)] &&
                            !slot[at(1)]) ->
        slot[at(r)] = WAITING
    :: held[at(r)] || (client(r) == 0 && (held[at(0)] || held[at(1)])) ->
        behind[h * 2 + client(r)] = 1
    :: else
    fi
}

inline take() {
    each(rec) {
        if
        :: !(reply[h] & bit_of(rec))
        :: else ->
            if
            :: op[h] == NEXT -> take_next(rec)
            :: op[h] == DUE && !here(client(rec)) && !orphaned(client(rec)) ->
                slot[at(rec)] = WAITING; held[at(rec)] = 1
            :: else
            fi
        fi
    }
}

/* emitter_store.c, ngx_polycard_emitter_stored(); dispatch_done() */
inline answered() {
    if
    :: fenced[h] -> lease_end()
    :: else ->
        if
        :: op[h] == SETTINGS -> running[h] = 1
        :: op[h] <= DUE -> take()
        :: else ->
            each(rec) {
                if
                :: set[h] & bit_of(rec) -> free(rec)
                :: else
                fi
            }
        fi;
        call_clear()
    fi
}

/* dispatch_failed(): what writes is repeated */
inline failed() {
    last[h] = 0;
    if
    :: op[h] == SETTINGS ->
        /* ngx_polycard_lease_release(): what was asked before is of no account */
        asking[h] = IDLE; asked[h] = 0; granted[h] = 0;
        bye[h] = mine[h]; stage[h] = IDLE; lease_end()
    :: op[h] <= DUE -> call_clear()
    :: else -> stage[h] = IDLE; reply[h] = 0; fenced[h] = 0
    fi
}

/* lease.c, ngx_polycard_lease_holds() */
#ifdef BREAK_TIME
#define holds       true
#else
#define holds       (age[h] < TTL)
#endif

/* dispatch_send(): the head of its key */
#define is_head(r)  (slot[at(r)] == WAITING && !orphaned(client(r)) \
                     && net[at(r)] == NONE \
                     && ((r) != 1 || slot[at(0)] == NONE \
                         || slot[at(0)] == ACCEPTED))

inline send(r) {
#ifndef EARLY
    /* who sends has the lease */
    assert(owner == h && fence == mine[h]);
#endif
    /* in order under one lease */
    assert(r + 1 >= top[h * 2 + client(r)]);
    top[h * 2 + client(r)] = r + 1;
    slot[at(r)] = FLIGHT; net[at(r)] = SENT
}

/* what a request says; BREAK_BODY: as the client is by now */
#ifdef BREAK_BODY
#define printed(r)  (1 + (r == 1 || (r == 0 && written > 1)))
#else
#define printed(r)  (1 + (r == 1))
#endif

inline arrive(r) {
    assert(body[r] == 0 || body[r] == printed(r));
    body[r] = printed(r);
    /* order per client; a repeated one is known by its webhook-id */
    assert(r != 1 || told[0]);
    told[r] = 1
}

/* emitter.c, ngx_polycard_emitter_landed() */
inline land(r) {
    if
    :: orphan[at(r)] -> orphan[at(r)] = 0
    :: net[at(r)] == YES -> slot[at(r)] = ACCEPTED
    :: net[at(r)] == NO -> slot[at(r)] = REFUSED
#ifdef BREAK_OUTCOME
    :: net[at(r)] == FAILED -> slot[at(r)] = ACCEPTED
#else
    :: net[at(r)] == FAILED -> slot[at(r)] = WAITING
#endif
    fi;
    net[at(r)] = NONE
}

/* what was asked may be executed yet, or not */
inline die(late, late_lease) {
    faults--;
    if
    :: late && (stage[h] == ASKED || stage[h] == STRAY) -> redis_call()
    :: else
    fi;
    if
    :: late_lease && asking[h] == ASKED -> redis_lease()
    :: else
    fi;
    if
    :: owner == h -> owner = DEAD
    :: else
    fi;
    lease_end(); call_clear();
    asking[h] = IDLE; asked[h] = 0; granted[h] = 0;
    each(rec) {
        ghost[rec] = ghost[rec] || net[at(rec)] == SENT;
        net[at(rec)] = NONE; orphan[at(rec)] = 0
    }
}

/* a graceful exit: `release` is asked, and arrives or does not */
inline leave(arrives) {
    faults--;
    bye[h] = (arrives -> mine[h] : 0);
    if
    :: !arrives && owner == h -> owner = DEAD
    :: else
    fi;
    lease_end(); call_clear();
    asking[h] = IDLE; asked[h] = 0; granted[h] = 0
}

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
