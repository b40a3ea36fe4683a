
/*
 * whole LIBRARY SEED           shows what happens in one history
 *     WHOLE_SKIP=3,7-20         without these of what could be left out
 * whole LIBRARY FIRST COUNT    runs so many, names those that fail
 *     WHOLE_LINES=file          writes there which lines of the library are run
 *     WHOLE_FAILED=1            ends after so many that fail
 *     WHOLE_OLDER=file          a library that is there first
 */

#include "whole/faults.h"
#include "whole/gateway.h"
#include "whole/hooks.h"
#include "whole/office.h"
#include "whole/oracle.h"
#include "server/server.h"

#include <stdlib.h>


/* ms from when all is well until nothing may be left to be done: what was lost
 * counts as back after an hour at most */
#define MAIN_END     (2 * 3600 * 1000)

#define MAIN_LOOK    2000
#define MAIN_CRON    100


typedef struct {
    uint64_t              events;
    uint64_t              hooks;
    uint64_t              accepted;
    uint64_t              repeated;
    uint64_t              refused;
    uint64_t              failed;
    uint64_t              dead;
    uint64_t              back;
} main_sum_t;


static void main_history(uint64_t seed, unsigned verbose, main_sum_t *sum);
static void main_cron(void *data, uint64_t tag);
static void main_calm(void *data, uint64_t tag);
static void main_look(void *data, uint64_t tag);
static void main_load(const char *path,
    const char *(*library)(const char *text, size_t len));
static void main_lines(const char *path);


/* of the library */
#define MAIN_LINES  65536

static unsigned  main_line[MAIN_LINES];


int
main(int argc, char **argv)
{
    uint64_t     seed, first, count, failed, most;
    main_sum_t   sum;

    if (argc < 3 || (getenv("WHOLE_SKIP")
                     && sim_skip(getenv("WHOLE_SKIP")) != 0))
    {
        fprintf(stderr, "usage: whole LIBRARY SEED | "
                "whole LIBRARY FIRST COUNT\n");
        return 2;
    }

    main_load(argv[1], server_library);

    if (getenv("WHOLE_OLDER")) {
        main_load(getenv("WHOLE_OLDER"), server_older_library);
    }

    if (getenv("WHOLE_LINES")) {
        ks_functions_count(server.library.own, main_line, MAIN_LINES);
    }

    memset(&sum, 0, sizeof(sum));

    first = strtoull(argv[2], NULL, 10);
    count = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    most = getenv("WHOLE_FAILED") ? strtoull(getenv("WHOLE_FAILED"), NULL, 10)
                                  : UINT64_MAX;
    failed = 0;

    for (seed = first; seed < first + count && failed < most; seed++) {
        main_history(seed, argc == 3, &sum);

        if (sim.wrong) {
            printf("seed %llu: %s (%s), of %llu events\n",
                   (unsigned long long) seed, sim.wrong, sim.detail,
                   (unsigned long long) sim.nhappened);
            failed++;
        }
    }

    printf("%llu histories: %llu events, %llu hooks, %llu accepted, %llu of "
           "them again, %llu refused, %llu failed, %llu dead, %llu times "
           "back in time\n", (unsigned long long) count,
           (unsigned long long) sum.events, (unsigned long long) sum.hooks,
           (unsigned long long) sum.accepted,
           (unsigned long long) sum.repeated,
           (unsigned long long) sum.refused, (unsigned long long) sum.failed,
           (unsigned long long) sum.dead, (unsigned long long) sum.back);

    if (getenv("WHOLE_LINES")) {
        main_lines(getenv("WHOLE_LINES"));
    }

    server_free_libraries();

    return failed > 0;
}


/* number of the line and how often it was run, for those that were */

static void
main_lines(const char *path)
{
    size_t   i;
    FILE    *file;

    file = fopen(path, "w");

    if (file == NULL) {
        perror(path);
        exit(2);
    }

    for (i = 0; i < MAIN_LINES; i++) {
        if (main_line[i]) {
            fprintf(file, "%zu %u\n", i, main_line[i]);
        }
    }

    fclose(file);
}


static void
main_load(const char *path,
    const char *(*library)(const char *text, size_t len))
{
    FILE        *file;
    char        *text;
    size_t       len;
    const char  *error;

    file = fopen(path, "r");

    if (file == NULL) {
        perror(path);
        exit(2);
    }

    text = ks_alloc(1 << 20);
    len = fread(text, 1, 1 << 20, file);
    fclose(file);

    error = library(text, len);
    free(text);

    if (error) {
        fprintf(stderr, "%s: %s\n", path, error);
        exit(2);
    }
}


static void
main_history(uint64_t seed, unsigned verbose, main_sum_t *sum)
{
    size_t   i;
    hook_t  *hook;

    sim_begin(seed, verbose);
    server_begin();
    world_begin();
    oracle_begin();
    given_begin();
    gateway_begin();
    faults_begin();
    office_begin();
    callers_begin();
    operator_begin();
    registered_begin();

    sim_later(MAIN_CRON, main_cron, NULL, 0);
    sim_later(world.calm, main_calm, NULL, 0);

    sim_run();

    if (sim.wrong && verbose) {
        server_show();
    }

    for (hook = hooks_first(); hook; hook = hook->next) {
        sum->hooks++;
        sum->dead += hook->place == HOOK_DEAD || hook->requeued;
    }

    sum->events += sim.nevents;
    sum->accepted += gateway_counts.accepted;
    sum->repeated += gateway_counts.repeated;
    sum->refused += gateway_counts.refused;
    sum->failed += gateway_counts.failed;
    sum->back += world.went_back;
    memset(&gateway_counts, 0, sizeof(gateway_counts));

    for (i = 0; i < world.nprocesses; i++) {
        process_kill(&world.process[i]);
    }

    faults_forget();
    server_end();
    sim_end();
}


/* Redis looks for what has expired */

static void
main_cron(void *data, uint64_t tag)
{
    if (!server.dead) {
        server_tick();
        ks_expire(server.ks);
    }

    sim_later(MAIN_CRON, main_cron, NULL, 0);
}


static void
main_calm(void *data, uint64_t tag)
{
    if (sim.now < server.hangs) {
        sim_later(server.hangs - sim.now, main_calm, NULL, 0);
        return;
    }

    sim_say("all is well from now on");

    world.is_calm = 1;

    faults_end();
    gateway_calm();
    operator_mends();

    sim_later(MAIN_LOOK, main_look, NULL, 0);
}


static void
main_look(void *data, uint64_t tag)
{
    const char  *reason;

    reason = oracle_settled();

    if (reason == NULL) {
        sim.over = 1;
        return;
    }

    sim_say("not yet: %s", reason);

    if (sim.now > world.calm + MAIN_END) {
        sim_wrong("does not end", "%s", reason);
        return;
    }

    /* dead hooks again, and what the guard holds */

    if ((sim.now - world.calm) / MAIN_LOOK % 20 == 0) {
        operator_mends();
    }

    sim_later(MAIN_LOOK, main_look, NULL, 0);
}
