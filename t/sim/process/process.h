
/*
 * A worker of nginx in virtual time: the module's own files of hook/ and redis/
 * run in it, with what they need of nginx.  Each process has its clock, its
 * memory, its timers; nginx's globals are those of the one that runs.
 */


#ifndef _SIM_PROCESS_PROCESS_H_INCLUDED_
#define _SIM_PROCESS_PROCESS_H_INCLUDED_


#include "base/sim.h"
#include "market/market.h"


typedef struct process_s        process_t;
typedef struct process_block_s  process_block_t;


struct process_s {
    const char                   *host;
    ngx_uint_t                    number;   /* of the workers of a host */
    unsigned                      life;     /* counts those that lived */

    /* its clock: ours, in thousandths, and what it shows more */

    int64_t                       speed;
    int64_t                       offset;
    int64_t                       wall;     /* and its time of day */

    ngx_polycard_market_t         market;
    ngx_polycard_worker_t         worker;

    unsigned                      running;
    unsigned                      exiting;  /* gracefully */
    int64_t                       paused;   /* does nothing until then */

    /* the inside */

    ngx_cycle_t                   cycle;
    ngx_log_t                     log;
    ngx_pid_t                     pid;
    ngx_rbtree_t                  timers;
    ngx_queue_t                   posted;
    ngx_queue_t                   links;
    process_block_t              *blocks;   /* memory */
    ngx_pool_cleanup_t           *cleanup;
    ngx_queue_t                   deliveries;
    int64_t                       wakes;    /* when we shall look again */
    unsigned                      turn;     /* posted events wait for one */
};


/* market is the caller's to fill, once, before */
void process_init(process_t *p, const char *host, ngx_uint_t number);
void process_start(process_t *p);

/* as by SIGKILL; as by SIGQUIT: it leaves when nothing is to be done */
void process_kill(process_t *p);
void process_quit(process_t *p);
void process_pause(process_t *p, int64_t ms);

/* instead of the system's, for the one that runs: whatever id is */
int process_clock_gettime(clockid_t id, struct timespec *now);

/* ms of our time until its clock shows so many more */
int64_t process_span(const process_t *p, int64_t local);

/* ms of our time until it hears of anything */
int64_t process_deaf(const process_t *p);

/* lets it run: what happens between these two is done by it */
void process_enter(process_t *p);
void process_leave(process_t *p);

/* the one that runs */
process_t *process_current(void);

/* a line of its log; NULL: nobody wants to know */
extern void (*process_logged)(process_t *p, ngx_uint_t level,
    const char *text);


#endif /* _SIM_PROCESS_PROCESS_H_INCLUDED_ */
