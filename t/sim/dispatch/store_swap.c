
/* Another server takes the place of the store. */

#include "dispatch/call.h"
#include "dispatch/holder.h"
#include "dispatch/store_internal.h"


/* until a holder is connected again; what was answered before is there first */
#define SWAP_ANSWERS  3
#define SWAP_WAIT     50


/* what the other one has */

typedef struct {
    size_t                n;
    size_t                begin;
    uint64_t              count;
    scene_place_e         place[SCENE_RECORDS];
    size_t                attempts[SCENE_RECORDS];
    int64_t               due[SCENE_KEYS];
    size_t                held[SCENE_KEYS];
} store_dump_t;


static store_dump_t  store_other;


static void store_recall(size_t n);
static void store_newest(size_t key);


void
store_dump(void *data, uint64_t tag)
{
    size_t  i;

    store_other.n = scene.nrecords;
    store_other.begin = scene.begin;
    store_other.count = scene.count;

    for (i = 0; i < scene.nrecords; i++) {
        store_other.place[i] = scene.record[i].place;
        store_other.attempts[i] = scene.record[i].attempts;
    }

    for (i = 0; i < SCENE_KEYS; i++) {
        store_other.due[i] = scene.key[i].due;
        store_other.held[i] = scene.key[i].held;
    }
}


void
store_swap(void *data, uint64_t tag)
{
    size_t  i;

    if (scene_is_calm()) {
        return;
    }

    sim_say("another server has the first %zu records, and of these %zu are "
            "over", store_other.n, store_other.begin);

    scene.swaps++;
    scene.servers++;
    scene.late = 1;
    scene.begin = store_other.begin;
    scene.count = store_other.count;
    scene.reader = 0;

    for (i = 0; i < scene.nrecords; i++) {
        store_recall(i);
    }

    for (i = 0; i < SCENE_KEYS; i++) {
        scene.key[i].due = store_other.due[i];
        scene.key[i].held = store_other.held[i];
        store_newest(i);
    }

    call_cut();

    for (i = 0; i < scene.nholders; i++) {
        scene.holder[i].cut = 1;
        sim_later(SWAP_ANSWERS + sim_below(SWAP_WAIT), holder_connects,
                  &scene.holder[i], 0);
    }
}


/* what was over and waits again may arrive after what is newer */

static void
store_recall(size_t n)
{
    scene_record_t  *record;

    record = &scene.record[n];

    if (n >= store_other.n) {
        record->place = SCENE_LOST;
        return;
    }

    if (record->place > SCENE_HELD && store_other.place[n] <= SCENE_HELD) {
        record->back |= record->place == SCENE_DEAD;
        scene.key[record->key].late = 1;
    }

    record->place = store_other.place[n];
    record->attempts = store_other.attempts[n];
}


/* what is lost is not awaited */

static void
store_newest(size_t key)
{
    size_t            n;
    scene_key_t      *k;
    scene_record_t   *record;

    k = &scene.key[key];

    if (k->newest == 0 || scene.record[k->newest - 1].place != SCENE_LOST) {
        return;
    }

    for (n = k->newest; n; n--) {
        record = &scene.record[n - 1];

        if (record->key == key && record->place != SCENE_LOST
            && record->posted)
        {
            break;
        }
    }

    k->newest = n;
    k->last = n;
}
