
/* Random numbers from a seed: the same ones again. */


#ifndef _SIM_BASE_RANDOM_H_INCLUDED_
#define _SIM_BASE_RANDOM_H_INCLUDED_


#include <stdint.h>


typedef struct {
    uint64_t              state;
} sim_random_t;


void sim_random_init(sim_random_t *random, uint64_t seed);

/* 0 to n - 1 */
uint32_t sim_random_below(sim_random_t *random, uint32_t n);

/* n in a hundred times */
int sim_random_chance(sim_random_t *random, unsigned percent);


#endif /* _SIM_BASE_RANDOM_H_INCLUDED_ */
