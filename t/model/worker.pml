/* What a worker does in lease.pml: core/dispatch*.c, hook/. */


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
        /* ngx_polycard_lease_release(): what was asked before is ignored */
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
