
/* The calls that read: NEXT and DUE. */

#include "dispatch/store_internal.h"


/* records that NEXT moves to hold lists before it breaks off */
#define STORE_MOVES   5

/* until the head of a broken list is looked at again */
#define STORE_BROKEN  100

/* heads of hold lists in an answer; when to ask again for those that are newer
 * than what has been read */
#define STORE_HEADS   16
#define STORE_UNREAD  100


static size_t store_longest_due(const unsigned *taken);


void
store_next(scene_call_t *call)
{
    size_t           i, seen, moved;
    scene_record_t  *record;

    call->n = 0;
    call->next = -1;

    if (scene.reader != scene.fence) {
        scene.reader = scene.fence;
        scene.read = 0;
    }

    for (i = scene.begin, seen = 0, moved = 0; i < scene.nrecords; i++) {
        record = &scene.record[i];

        if (record->place != SCENE_OUTBOX || record->id <= call->after) {
            continue;
        }

        if (seen++ == call->count || moved == STORE_MOVES) {
            break;
        }

        call->next = 0;
        scene.read = i + 1;

        if (store_is_held(record->key)
            && !store_broken(record->key))
        {
            sim_say("record %zu joins its key on hold", i);
            store_place(i, SCENE_HELD);
            record->attempts = 0;
            moved++;

        } else {
            call->hold[call->n] = store_is_held(record->key);
            call->record[call->n++] = i;
        }
    }

    if (seen < call->count) {
        scene.read = SCENE_RECORDS;
    }
}


void
store_due(scene_call_t *call)
{
    int       head;
    size_t    key, i, count, read;
    unsigned  unread;
    unsigned  taken[SCENE_KEYS] = { 0 };

    call->n = 0;
    call->next = -1;

    count = call->count < STORE_HEADS ? call->count : STORE_HEADS;
    read = scene.reader == scene.fence ? scene.read : 0;
    unread = 0;

    for (i = 0; (key = store_longest_due(taken)) != SCENE_KEYS; i++) {
        taken[key] = 1;

        if (scene.key[key].due > sim.now) {
            call->next = scene.key[key].due - sim.now;
            break;
        }

        if (i == call->skip + count) {
            call->next = 0;
            return;
        }

        if (i < call->skip) {
            continue;
        }

        if (store_broken(key)) {
            scene.key[key].due = sim.now + STORE_BROKEN;
            continue;
        }

        head = store_head(key);

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


/* keys on hold, the longest due first, and by their names */

static size_t
store_longest_due(const unsigned *taken)
{
    size_t  key, best;

    best = SCENE_KEYS;

    for (key = 0; key < SCENE_KEYS; key++) {
        if (!taken[key] && store_is_held(key)
            && (best == SCENE_KEYS
                || scene.key[key].due < scene.key[best].due))
        {
            best = key;
        }
    }

    return best;
}
