
#include "dispatch/scene.h"

#include <string.h>


scene_t  scene;


void
scene_begin(void)
{
    memset(&scene, 0, sizeof(scene_t));
}


unsigned
scene_is_calm(void)
{
    return sim.now >= scene.calm;
}


int64_t
scene_delay(int64_t longest)
{
    if (scene.strict || scene_is_calm() || sim_chance(95)) {
        longest = 20;
    }

    return 1 + sim_below(longest);
}


int64_t
scene_clock(const scene_holder_t *h)
{
    return h->offset + sim.now * h->speed / 1000;
}


int64_t
scene_span(const scene_holder_t *h, int64_t local)
{
    return (local * 1000 + h->speed - 1) / h->speed;
}
