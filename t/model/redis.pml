/* What Redis does in lease.pml: the functions of redis-scripts/. */


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
