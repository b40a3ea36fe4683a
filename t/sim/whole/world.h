
/*
 * The market of a run: its hosts and their workers, who its clients are, what
 * was agreed for this run.
 */


#ifndef _SIM_WHOLE_WORLD_H_INCLUDED_
#define _SIM_WHOLE_WORLD_H_INCLUDED_


#include "keyspace/value.h"
#include "process/process.h"


#define WORLD_PREFIX     "polycard:{shop1}:"
#define WORLD_PREFIX_LEN 17
#define WORLD_PROCESSES  4
#define WORLD_PHONES     48


typedef struct {
    int64_t               calm;         /* when all is well again, ms */
    unsigned              is_calm;
    unsigned              nphones;
    unsigned              ngroups;
    unsigned              hooks;        /* somebody sends them */
    unsigned              outbox_max;
    unsigned              delete_guard;
    unsigned              announce;

    /* what has happened, which excuses something */

    unsigned              went_back;    /* Redis has lost something */
    unsigned              emptied;      /* all of it */
    unsigned              unknown;      /* ... but for what was there before the
                                           market was set up */
    unsigned              unbound;      /* ... twice: what was given between; or
                                           who has not seen the market was the
                                           first one after that */
    unsigned              meddled;      /* in helper keys */
    unsigned              stopped;      /* a resend of all */
    unsigned              off;          /* the hooks, on all hosts */
    unsigned              ended;        /* ... for good, by an operator */
    unsigned              denied;       /* a command that a function needs */
    unsigned              skewed;       /* Redis' clock was set */

    size_t                nprocesses;
    process_t             process[WORLD_PROCESSES];
} world_t;


extern world_t  world;


void world_begin(void);

/* ms of the longest lease */
int64_t world_lease(void);

const char *world_phone(unsigned i);

/* what Redis has of the market by this name; NULL: nothing */
ks_value_t *world_value(const char *name);


#endif /* _SIM_WHOLE_WORLD_H_INCLUDED_ */
