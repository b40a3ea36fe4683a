
/*
 * A run of a simulation: virtual time, what is to happen, and the first thing
 * that is wrong.  One seed is one history.
 */


#ifndef _SIM_BASE_SIM_H_INCLUDED_
#define _SIM_BASE_SIM_H_INCLUDED_


#include "base/random.h"

#include <stddef.h>


typedef void (*sim_handler_pt)(void *data, uint64_t tag);


typedef struct {
    int64_t               time;
    uint64_t              n;            /* in the order of creation */
    sim_handler_pt        handler;
    void                 *data;
    uint64_t              tag;
} sim_event_t;


typedef struct sim_chunk_s  sim_chunk_t;


typedef struct {
    uint64_t              seed;
    sim_random_t          random;
    unsigned              verbose;

    int64_t               now;          /* ms since the run began */
    unsigned              over;         /* nothing more is to happen */

    const char           *wrong;        /* the first fault, or NULL */
    char                  detail[512];

    uint64_t              nhappened;    /* what could be left out */

    /* the inside */

    sim_event_t          *heap;         /* the earliest first */
    size_t                n;
    size_t                room;
    uint64_t              nevents;
    sim_chunk_t          *chunks;
} sim_t;


/* the run under way; what is not asked for by seed stays as it is */
extern sim_t  sim;


void sim_begin(uint64_t seed, unsigned verbose);

/* until nothing is to happen, or it is over, or something is wrong */
void sim_run(void);

/* all memory of the run */
void sim_end(void);

/* zeros, until the end of the run; never NULL */
void *sim_alloc(size_t size);

/* the handler is called once, so many ms from now */
void sim_later(int64_t delay, sim_handler_pt handler, void *data,
    uint64_t tag);

uint32_t sim_below(uint32_t n);
int sim_chance(unsigned percent);

/*
 * Whether something that could as well be left out is to happen: counts these,
 * and says no to those that sim_skip() has named, as "3,7-20".  -1: it cannot
 * be read.
 */
int sim_happens(void);
int sim_skip(const char *list);

/* of one of n, which follow: a choice among numbers */
int64_t sim_one_of(size_t n, ...);

void sim_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* remembers the first fault, which ends the run */
void sim_wrong(const char *what, const char *format, ...)
    __attribute__((format(printf, 2, 3)));


#endif /* _SIM_BASE_SIM_H_INCLUDED_ */
