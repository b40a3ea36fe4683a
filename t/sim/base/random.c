
#include "base/random.h"


void
sim_random_init(sim_random_t *random, uint64_t seed)
{
    random->state = seed * 0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d;
    random->state = random->state ? random->state : 1;
}


uint32_t
sim_random_below(sim_random_t *random, uint32_t n)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;

    return (uint32_t) (random->state >> 20) % n;
}


int
sim_random_chance(sim_random_t *random, unsigned percent)
{
    return sim_random_below(random, 100) < percent;
}
