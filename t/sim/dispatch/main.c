
/*
 * A simulation of everything around core/dispatch and core/verdict, in virtual
 * time.
 *
 * sim SEED            shows what happens in one schedule
 * sim FIRST COUNT     runs so many, ends with the first that fails
 */

#include "dispatch/holder.h"
#include "dispatch/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static void main_run(uint64_t seed, unsigned verbose);
static void main_add(scene_t *sum);
static void main_show(const scene_t *sum, uint64_t count);


int
main(int argc, char **argv)
{
    uint64_t  seed, first, count;
    scene_t   sum;

    if (argc < 2) {
        fprintf(stderr, "usage: sim SEED | sim FIRST COUNT\n");
        return 2;
    }

    memset(&sum, 0, sizeof(sum));
    first = strtoull(argv[1], NULL, 10);
    count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

    for (seed = first; seed < first + count; seed++) {
        main_run(seed, argc == 2);

        if (sim.wrong) {
            printf("seed %llu: %s (%s)\n", (unsigned long long) seed,
                   sim.wrong, sim.detail);
            return 1;
        }

        main_add(&sum);
    }

    main_show(&sum, count);

    return 0;
}


static void
main_run(uint64_t seed, unsigned verbose)
{
    size_t  i;

    sim_begin(seed, verbose);
    scene_begin();
    schedule_begin();

    sim_run();

    for (i = 0; i < scene.nholders; i++) {
        holder_end(&scene.holder[i]);
    }

    sim_end();
}


static void
main_add(scene_t *sum)
{
    sum->posts += scene.posts;
    sum->repeats += scene.repeats;
    sum->dead += scene.dead;
    sum->fenced += scene.fenced;
    sum->outages += scene.outages;
    sum->holds += scene.holds;
    sum->crashes += scene.crashes;
    sum->rejected += scene.rejected;
    sum->swaps += scene.swaps;
    sum->nrecords += scene.nrecords;
}


static void
main_show(const scene_t *sum, uint64_t count)
{
    printf("%llu schedules: %zu records, %llu accepted, %llu of them again, "
           "%llu dead, %llu fenced, %llu outages, %llu crashes, %llu times "
           "too much of one key, %llu calls rejected, %llu other servers\n",
           (unsigned long long) count, sum->nrecords,
           (unsigned long long) sum->posts, (unsigned long long) sum->repeats,
           (unsigned long long) sum->dead, (unsigned long long) sum->fenced,
           (unsigned long long) sum->outages,
           (unsigned long long) sum->crashes,
           (unsigned long long) sum->holds,
           (unsigned long long) sum->rejected,
           (unsigned long long) sum->swaps);
}
