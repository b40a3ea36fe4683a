
/*
 * The store as the functions inside Redis keep it.  A record's number + 1 is
 * its id; a hold list is all held records of a key, in the order of the ids.
 */

#include "dispatch/sim.h"


/* records that NEXT moves to hold lists before it breaks off */
#define STORE_MOVES   5

/* until the head of a broken list is looked at again */
#define STORE_BROKEN  100

/* heads of hold lists in an answer; when to ask again for those that are newer
 * than what has been read */
#define STORE_HEADS   16
#define STORE_UNREAD  100


static void store_place(sim_t *s, size_t n, sim_place_e place);
static unsigned store_is_held(const sim_t *s, size_t key);
static int store_head(const sim_t *s, size_t key);
static void store_next(sim_t *s, sim_call_t *call);
static size_t store_longest_due(const sim_t *s, const unsigned *taken);
static void store_due(sim_t *s, sim_call_t *call);
static void store_accept(sim_t *s, sim_call_t *call);
static void store_take(sim_t *s, size_t n);
static void store_accept_held(sim_t *s, sim_call_t *call);
static void store_refuse(sim_t *s, sim_call_t *call);
static void store_hold(sim_t *s, sim_call_t *call);
static void store_shelve(sim_t *s, sim_call_t *call, size_t first);
static void store_refuse_held(sim_t *s, sim_call_t *call);
static unsigned store_move(sim_t *s, sim_call_t *call, size_t first);
static unsigned store_bury(sim_t *s, sim_call_t *call, size_t n);
static void store_remove(sim_t *s, size_t n);


static void (*const store_calls[])(sim_t *s, sim_call_t *call) = {
    NULL, store_next, store_due, store_accept, store_refuse, store_hold,
    store_accept_held, store_refuse_held
};


void
sim_store_add(sim_t *s, size_t key, sim_nature_e nature)
{
    sim_record_t  *record;

    if (s->nrecords == (s->now < s->calm ? SIM_LOAD : SIM_RECORDS)) {
        return;
    }

    record = &s->record[s->nrecords];
    record->key = key;
    record->nature = nature;
    record->place = SIM_OUTBOX;

    sim_say(s, "record %zu of key %zu%s", s->nrecords, key,
            nature == SIM_GOOD ? "" : nature == SIM_BAD_FAILS
            ? ", makes the gateway fail" : ", is refused");

    s->nrecords++;
}


void
sim_store_hang(sim_t *s)
{
    s->hang = s->now + 1 + sim_random(s, 1500);
    s->late = 1;
    sim_say(s, "the store hangs for %lld ms",
            (long long) (s->hang - s->now));
}


void
sim_store_lease(sim_t *s, int holder)
{
    sim_holder_t  *h;

    h = &s->holder[holder];
    h->offered = 0;

    if (s->now < s->owner_until
        && (s->owner != holder || s->owner_process != h->process))
    {
        return;
    }

    if (s->now >= s->owner_until) {
        s->fence++;
        sim_say(s, "holder %d gets lease %llu", holder,
                (unsigned long long) s->fence);
    }

    s->owner = holder;
    s->owner_process = h->process;
    s->owner_until = s->now + s->lease;
    h->offered = s->fence;
}


void
sim_store_call(sim_t *s, sim_call_t *call)
{
    call->executed = 1;

    if (call->fence != s->fence || s->now >= s->owner_until) {
        call->fenced = 1;
        s->fenced++;
        return;
    }

    if (call->op > NGX_POLYCARD_DISPATCH_ACCEPT
        && sim_store_broken(s, s->record[call->record[0]].key))
    {
        call->rejected = 1;
        s->rejected++;
        return;
    }

    store_calls[call->op](s, call);
}


unsigned
sim_store_broken(const sim_t *s, size_t key)
{
    return s->now >= s->key[key].broken && s->now < s->key[key].mended;
}


static void
store_place(sim_t *s, size_t n, sim_place_e place)
{
    sim_record_t  *record;

    record = &s->record[n];

    s->key[record->key].held += (place == SIM_HELD);
    s->key[record->key].held -= (record->place == SIM_HELD);
    record->place = place;

    while (s->begin < s->nrecords
           && s->record[s->begin].place == SIM_GONE)
    {
        s->begin++;
    }
}


static unsigned
store_is_held(const sim_t *s, size_t key)
{
    return s->key[key].held != 0;
}


static int
store_head(const sim_t *s, size_t key)
{
    size_t  i;

    for (i = s->begin; i < s->nrecords; i++) {
        if (s->record[i].place == SIM_HELD && s->record[i].key == key) {
            return i;
        }
    }

    return -1;
}


static void
store_next(sim_t *s, sim_call_t *call)
{
    size_t         i, seen, moved;
    sim_record_t  *record;

    call->n = 0;
    call->next = -1;

    i = call->after > s->begin ? call->after : s->begin;

    if (s->reader != s->fence) {
        s->reader = s->fence;
        s->read = 0;
    }

    for (seen = 0, moved = 0; i < s->nrecords; i++) {
        record = &s->record[i];

        if (record->place != SIM_OUTBOX) {
            continue;
        }

        if (seen++ == call->count || moved == STORE_MOVES) {
            break;
        }

        call->next = 0;
        s->read = i + 1;

        if (store_is_held(s, record->key)
            && !sim_store_broken(s, record->key))
        {
            sim_say(s, "record %zu joins its key on hold", i);
            store_place(s, i, SIM_HELD);
            record->attempts = 0;
            moved++;

        } else {
            call->hold[call->n] = store_is_held(s, record->key);
            call->record[call->n++] = i;
        }
    }

    if (seen < call->count) {
        s->read = SIM_RECORDS;
    }
}


/* keys on hold, the longest due first, and by their names */

static size_t
store_longest_due(const sim_t *s, const unsigned *taken)
{
    size_t  key, best;

    best = SIM_KEYS;

    for (key = 0; key < SIM_KEYS; key++) {
        if (!taken[key] && store_is_held(s, key)
            && (best == SIM_KEYS || s->key[key].due < s->key[best].due))
        {
            best = key;
        }
    }

    return best;
}


static void
store_due(sim_t *s, sim_call_t *call)
{
    int       head;
    size_t    key, i, count, read;
    unsigned  unread;
    unsigned  taken[SIM_KEYS] = { 0 };

    call->n = 0;
    call->next = -1;

    count = call->count < STORE_HEADS ? call->count : STORE_HEADS;
    read = s->reader == s->fence ? s->read : 0;
    unread = 0;

    for (i = 0; (key = store_longest_due(s, taken)) != SIM_KEYS; i++) {
        taken[key] = 1;

        if (s->key[key].due > s->now) {
            call->next = s->key[key].due - s->now;
            break;
        }

        if (i == call->skip + count) {
            call->next = 0;
            return;
        }

        if (i < call->skip) {
            continue;
        }

        if (sim_store_broken(s, key)) {
            s->key[key].due = s->now + STORE_BROKEN;
            continue;
        }

        head = store_head(s, key);

        if (head < (int) read) {
            call->record[call->n++] = head;

        } else {
            unread = 1;
        }
    }

    if (unread && (call->next < 0 || call->next > STORE_UNREAD)) {
        call->next = STORE_UNREAD;
    }
}


static void
store_accept(sim_t *s, sim_call_t *call)
{
    size_t  i, n;

    for (i = 0; i < call->n; i++) {
        n = call->record[i];

        if (s->record[n].place == SIM_OUTBOX) {
            store_remove(s, n);

        } else if (s->record[n].place == SIM_HELD
                   && !sim_store_broken(s, s->record[n].key))
        {
            store_take(s, n);
        }
    }
}


static void
store_take(sim_t *s, size_t n)
{
    size_t  key;

    key = s->record[n].key;

    if (store_head(s, key) == (int) n) {
        s->key[key].due = s->now;
    }

    store_remove(s, n);
}


static void
store_accept_held(sim_t *s, sim_call_t *call)
{
    size_t  n;

    n = call->record[0];

    if (s->record[n].place == SIM_HELD) {
        store_take(s, n);
    }
}


static void
store_refuse(sim_t *s, sim_call_t *call)
{
    size_t         n;
    unsigned       held;
    sim_record_t  *record;

    n = call->record[0];
    record = &s->record[n];

    /* it is not there any more: the later ones go on hold */

    if (record->place != SIM_OUTBOX) {
        store_shelve(s, call, 1);
        return;
    }

    held = store_is_held(s, record->key);
    record->attempts = 1;

    if (!store_bury(s, call, n)) {
        store_place(s, n, SIM_HELD);
    }

    (void) store_move(s, call, 1);

    if (!held) {
        s->key[record->key].due = s->now + (record->place == SIM_DEAD
                                            ? 0 : call->delay);
    }
}


static void
store_hold(sim_t *s, sim_call_t *call)
{
    s->holds++;

    store_shelve(s, call, 0);
}


static void
store_shelve(sim_t *s, sim_call_t *call, size_t first)
{
    size_t    key;
    unsigned  held;

    key = s->record[call->record[0]].key;
    held = store_is_held(s, key);

    if (store_move(s, call, first) && !held) {
        s->key[key].due = s->now;
    }
}


static void
store_refuse_held(sim_t *s, sim_call_t *call)
{
    size_t         n;
    unsigned       head;
    sim_record_t  *record;

    n = call->record[0];
    record = &s->record[n];

    if (record->place != SIM_HELD || record->attempts != call->attempts) {
        return;
    }

    head = store_head(s, record->key) == (int) n;
    record->attempts++;

    if (store_bury(s, call, n)) {
        s->key[record->key].due = s->now;

    } else if (head) {
        s->key[record->key].due = s->now + call->delay;
    }
}


static unsigned
store_move(sim_t *s, sim_call_t *call, size_t first)
{
    size_t         i;
    unsigned       moved;
    sim_record_t  *record;

    for (i = first, moved = 0; i < call->n; i++) {
        record = &s->record[call->record[i]];

        if (record->place == SIM_OUTBOX) {
            store_place(s, call->record[i], SIM_HELD);
            record->attempts = 0;
            moved = 1;
        }

        if (record->key != s->record[call->record[0]].key) {
            sim_wrong(s, "records of several keys are put on hold", "%zu",
                      call->record[i]);
        }
    }

    return moved;
}


static unsigned
store_bury(sim_t *s, sim_call_t *call, size_t n)
{
    size_t         attempts;
    sim_record_t  *record;

    record = &s->record[n];
    attempts = s->holder[0].conf.attempts;

    if (record->attempts < attempts) {
        return 0;
    }

    sim_say(s, "record %zu is dead", n);

    store_place(s, n, SIM_DEAD);
    s->dead++;

    /* a call whose answer was lost may be repeated after a requeue, and means
     * the same refusal */

    if (record->refusals < attempts && !(record->requeued && s->late)) {
        sim_wrong(s, "dead without enough refusals", "record %zu: %zu of %zu",
                  n, record->refusals, attempts);
    }

    if (s->strict && record->nature == SIM_GOOD) {
        sim_wrong(s, "dead by a gateway that refuses everybody", "record %zu",
                  n);
    }

    return 1;
}


static void
store_remove(sim_t *s, size_t n)
{
    store_place(s, n, SIM_GONE);

    if (!s->record[n].posted) {
        sim_wrong(s, "lost: acknowledged and never accepted", "record %zu", n);
    }
}


/* what an operator does; it begins anew */

void
sim_store_requeue(sim_t *s)
{
    size_t         i;
    unsigned       held;
    sim_record_t  *record;

    for (i = 0; i < s->nrecords; i++) {
        record = &s->record[i];

        if (record->place != SIM_DEAD || sim_chance(s, 50)
            || sim_store_broken(s, record->key))
        {
            continue;
        }

        held = store_is_held(s, record->key);
        sim_say(s, "record %zu is requeued", i);

        store_place(s, i, SIM_HELD);
        record->requeued = 1;
        record->attempts = 0;
        record->refusals = 0;

        if (!held) {
            s->key[record->key].due = s->now;
        }
    }
}


unsigned
sim_store_empty(const sim_t *s)
{
    size_t  i;

    for (i = s->begin; i < s->nrecords; i++) {
        if ((s->record[i].place == SIM_OUTBOX
             || s->record[i].place == SIM_HELD)
            && !sim_store_broken(s, s->record[i].key))
        {
            return 0;
        }
    }

    return 1;
}
