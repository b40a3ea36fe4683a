
#include "dispatch/store_internal.h"


static void (*const store_calls[])(scene_call_t *call) = {
    NULL, store_next, store_due, store_accept, store_refuse, store_hold,
    store_accept_held, store_refuse_held
};


void
store_hang(void *data, uint64_t tag)
{
    scene.hang = sim.now + 1 + sim_below(1500);
    scene.late = 1;
    sim_say("the store hangs for %lld ms",
            (long long) (scene.hang - sim.now));
}


/* what comes by different connections is carried out in any order */

unsigned
store_waits(sim_handler_pt handler, void *data, uint64_t tag)
{
    if (sim.now >= scene.hang) {
        return 0;
    }

    sim_later(scene.hang - sim.now + sim_below(3), handler, data, tag);

    return 1;
}


void
store_lease(scene_holder_t *h)
{
    h->offered = 0;

    if (sim.now < scene.owner_until
        && (scene.owner != h || scene.owner_process != h->process))
    {
        return;
    }

    if (sim.now >= scene.owner_until) {
        scene.fence++;
        sim_say("holder %u gets lease %llu", h->n,
                (unsigned long long) scene.fence);
    }

    scene.owner = h;
    scene.owner_process = h->process;
    scene.owner_until = sim.now + scene.lease;
    h->offered = scene.fence;
}


void
store_call(scene_call_t *call)
{
    call->executed = 1;

    if (call->fence != scene.fence || sim.now >= scene.owner_until) {
        call->fenced = 1;
        scene.fenced++;
        return;
    }

    if (call->op > NGX_POLYCARD_DISPATCH_ACCEPT
        && store_broken(scene.record[call->record[0]].key))
    {
        call->rejected = 1;
        scene.rejected++;
        return;
    }

    store_calls[call->op](call);
}


/* what an operator does; it begins again */

void
store_requeue(void *data, uint64_t tag)
{
    size_t           i;
    unsigned         held;
    scene_record_t  *record;

    for (i = 0; i < scene.nrecords; i++) {
        record = &scene.record[i];

        if (record->place != SCENE_DEAD || sim_chance(50)
            || store_broken(record->key))
        {
            continue;
        }

        held = store_is_held(record->key);
        sim_say("record %zu is requeued", i);

        store_place(i, SCENE_HELD);
        record->requeued = 1;
        record->attempts = 0;
        record->refusals = 0;

        if (!held) {
            scene.key[record->key].due = sim.now;
        }
    }
}
