
/* Where a record is: in the outbox, on hold, dead, gone. */

#include "dispatch/store_internal.h"


void
store_add(size_t key, scene_nature_e nature)
{
    scene_record_t  *record;

    if (scene.nrecords == (scene_is_calm() ? SCENE_RECORDS : SCENE_LOAD)) {
        return;
    }

    record = &scene.record[scene.nrecords];
    record->key = key;
    record->nature = nature;
    record->place = SCENE_OUTBOX;
    record->id = ++scene.count << 8 | scene.servers;

    sim_say("record %zu of key %zu%s", scene.nrecords, key,
            nature == SCENE_GOOD ? "" : nature == SCENE_BAD_FAILS
            ? ", makes the gateway fail" : ", is refused");

    scene.nrecords++;
}


void
store_place(size_t n, scene_place_e place)
{
    scene_record_t  *record;

    record = &scene.record[n];

    scene.key[record->key].held += (place == SCENE_HELD);
    scene.key[record->key].held -= (record->place == SCENE_HELD);
    record->place = place;

    while (scene.begin < scene.nrecords
           && scene.record[scene.begin].place >= SCENE_GONE)
    {
        scene.begin++;
    }
}


unsigned
store_is_held(size_t key)
{
    return scene.key[key].held != 0;
}


int
store_head(size_t key)
{
    size_t  i;

    for (i = scene.begin; i < scene.nrecords; i++) {
        if (scene.record[i].place == SCENE_HELD
            && scene.record[i].key == key)
        {
            return i;
        }
    }

    return -1;
}


void
store_remove(size_t n)
{
    store_place(n, SCENE_GONE);

    if (!scene.record[n].posted) {
        sim_wrong("lost: acknowledged and never accepted", "record %zu", n);
    }
}


unsigned
store_bury(size_t n)
{
    size_t           attempts;
    scene_record_t  *record;

    record = &scene.record[n];
    attempts = scene.holder[0].conf.attempts;

    if (record->attempts < attempts) {
        return 0;
    }

    sim_say("record %zu is dead", n);

    store_place(n, SCENE_DEAD);
    scene.dead++;

    /* a call whose answer was lost may be repeated after a requeue, and means
     * the same refusal */

    if (record->refusals < attempts && !(record->requeued && scene.late)) {
        sim_wrong("dead without enough refusals", "record %zu: %zu of %zu",
                  n, record->refusals, attempts);
    }

    if (scene.strict && !scene.unheard && record->nature == SCENE_GOOD) {
        sim_wrong("dead by a gateway that refuses everybody", "record %zu",
                  n);
    }

    return 1;
}


unsigned
store_broken(size_t key)
{
    return sim.now >= scene.key[key].broken && sim.now < scene.key[key].mended;
}


unsigned
store_empty(void)
{
    size_t  i;

    for (i = scene.begin; i < scene.nrecords; i++) {
        if ((scene.record[i].place == SCENE_OUTBOX
             || scene.record[i].place == SCENE_HELD)
            && !store_broken(scene.record[i].key))
        {
            return 0;
        }
    }

    return 1;
}
