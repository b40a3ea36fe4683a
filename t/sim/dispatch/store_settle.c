
/* The calls that write what became of records. */

#include "dispatch/store_internal.h"


static void store_take(size_t n);
static void store_shelve(const scene_call_t *call, size_t first);
static unsigned store_move(const scene_call_t *call, size_t first);


void
store_accept(scene_call_t *call)
{
    size_t  i, n;

    for (i = 0; i < call->n; i++) {
        n = call->record[i];

        if (scene.record[n].place == SCENE_OUTBOX) {
            store_remove(n);

        } else if (scene.record[n].place == SCENE_HELD
                   && !store_broken(scene.record[n].key))
        {
            store_take(n);
        }
    }
}


void
store_accept_held(scene_call_t *call)
{
    size_t  n;

    n = call->record[0];

    if (scene.record[n].place == SCENE_HELD) {
        store_take(n);
    }
}


static void
store_take(size_t n)
{
    size_t  key;

    key = scene.record[n].key;

    if (store_head(key) == (int) n) {
        scene.key[key].due = sim.now;
    }

    store_remove(n);
}


void
store_refuse(scene_call_t *call)
{
    size_t           n;
    unsigned         held;
    scene_record_t  *record;

    n = call->record[0];
    record = &scene.record[n];

    /* it is not there any more: the later ones go on hold */

    if (record->place != SCENE_OUTBOX) {
        store_shelve(call, 1);
        return;
    }

    held = store_is_held(record->key);
    record->attempts = 1;

    if (!store_bury(n)) {
        store_place(n, SCENE_HELD);
    }

    (void) store_move(call, 1);

    if (!held) {
        scene.key[record->key].due = sim.now + (record->place == SCENE_DEAD
                                            ? 0 : call->delay);
    }
}


void
store_hold(scene_call_t *call)
{
    scene.holds++;

    store_shelve(call, 0);
}


static void
store_shelve(const scene_call_t *call, size_t first)
{
    size_t    key;
    unsigned  held;

    key = scene.record[call->record[0]].key;
    held = store_is_held(key);

    if (store_move(call, first) && !held) {
        scene.key[key].due = sim.now;
    }
}


void
store_refuse_held(scene_call_t *call)
{
    size_t           n;
    unsigned         head;
    scene_record_t  *record;

    n = call->record[0];
    record = &scene.record[n];

    if (record->place != SCENE_HELD || record->attempts != call->attempts) {
        return;
    }

    head = store_head(record->key) == (int) n;
    record->attempts++;

    if (store_bury(n)) {
        scene.key[record->key].due = sim.now;

    } else if (head) {
        scene.key[record->key].due = sim.now + call->delay;
    }
}


static unsigned
store_move(const scene_call_t *call, size_t first)
{
    size_t           i;
    unsigned         moved;
    scene_record_t  *record;

    for (i = first, moved = 0; i < call->n; i++) {
        record = &scene.record[call->record[i]];

        if (record->place == SCENE_OUTBOX) {
            store_place(call->record[i], SCENE_HELD);
            record->attempts = 0;
            moved = 1;
        }

        if (record->key != scene.record[call->record[0]].key) {
            sim_wrong("records of several keys are put on hold", "%zu",
                      call->record[i]);
        }
    }

    return moved;
}
