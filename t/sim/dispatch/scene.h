
/*
 * A simulation of everything around core/dispatch and core/verdict, in virtual
 * time: emitters that crash, stop and believe in a lease that is lost, the
 * store as the functions inside Redis keep it, a gateway that answers
 * anything.  One seed is one schedule.
 */


#ifndef _SIM_H_INCLUDED_
#define _SIM_H_INCLUDED_


#include "core/dispatch.h"


#define SIM_LOAD      150        /* records before all is well */
#define SIM_RECORDS   1500
#define SIM_KEYS      40
#define SIM_HOLDERS   3
#define SIM_REQUESTS  256
#define SIM_CALLS     64
#define SIM_EVENTS    4096


typedef enum {
    SIM_PRODUCE = 0,
    SIM_REQUEUE,
    SIM_PHASE,
    SIM_CALM,                    /* from now on all is well */
    SIM_WAKE,                    /* a: holder */
    SIM_TIMER,
    SIM_LEASE,
    SIM_LEASE_ARRIVES,
    SIM_LEASE_ANSWERED,
    SIM_CRASH,
    SIM_PAUSE,
    SIM_DRAIN,
    SIM_HANG,                    /* the store, for a while */
    SIM_ARRIVES,                 /* b: call */
    SIM_ANSWERED,
    SIM_POSTED,                  /* b: request */
    SIM_TIMEOUT,
    SIM_RESULT
} sim_event_e;


typedef struct {
    int64_t                          time;
    uint64_t                         n;       /* in the order of creation */
    sim_event_e                      type;
    int                              holder;  /* -1: none */
    int                              object;
    unsigned                         life;    /* of the holder or object */
} sim_event_t;


/* what is wrong with a message by itself */

typedef enum {
    SIM_GOOD = 0,
    SIM_BAD_REFUSED,
    SIM_BAD_FAILS
} sim_nature_e;


typedef enum {
    SIM_NOWHERE = 0,
    SIM_OUTBOX,
    SIM_HELD,
    SIM_DEAD,
    SIM_GONE
} sim_place_e;


typedef struct {
    size_t                           key;
    sim_nature_e                     nature;
    sim_place_e                      place;
    size_t                           attempts;   /* in the store */

    /* what really happened */

    unsigned                         posted;     /* processed by the gateway */
    unsigned                         requeued;
    size_t                           refusals;   /* that count, see check.c */
    unsigned                         failed[SIM_HOLDERS];
} sim_record_t;


typedef struct {
    int64_t                          due;
    size_t                           held;
    unsigned                         late;       /* see gateway.c */
    size_t                           last;       /* posted last, + 1 */
    size_t                           newest;
    int64_t                          broken;     /* its list, from then on, */
    int64_t                          mended;     /* until then */
} sim_key_t;


typedef struct {
    unsigned                         used;
    unsigned                         life;
    int                              holder;
    unsigned                         process;    /* of the holder */
    unsigned                         session;    /* of its lease */
    uint64_t                         fence;
    size_t                           slot;
    size_t                           record;
    unsigned                         posted;     /* has reached the gateway */
    unsigned                         ended;      /* nobody waits any more */
    ngx_polycard_verdict_answer_t    answer;
    const char                      *retry_after;
} sim_request_t;


typedef struct {
    unsigned                         used;
    unsigned                         life;
    int                              holder;
    unsigned                         session;
    uint64_t                         fence;
    ngx_polycard_dispatch_op_e       op;
    uint64_t                         after;
    size_t                           count;
    size_t                           skip;
    int64_t                          delay;
    size_t                           attempts;
    size_t                           n;
    size_t                           record[NGX_POLYCARD_DISPATCH_BATCH];
    unsigned                         hold[NGX_POLYCARD_DISPATCH_BATCH];

    unsigned                         executed;
    unsigned                         failed;     /* the holder will think */
    unsigned                         answered;
    unsigned                         fenced;
    unsigned                         rejected;   /* of a broken key */
    int64_t                          next;
} sim_call_t;


typedef struct {
    ngx_polycard_dispatch_conf_t     conf;
    ngx_polycard_dispatch_t         *dispatch;
    unsigned                         process;    /* changes with a crash */
    unsigned                         session;    /* changes with a lease */
    unsigned                         timer;
    unsigned                         running;
    unsigned                         draining;
    unsigned                         sloppy;     /* believes until FENCED */
    int64_t                          offset;     /* its clock */
    int64_t                          speed;      /* in 1000ths */
    int64_t                          down;       /* paused or dead until */
    uint64_t                         fence;
    uint64_t                         offered;    /* by the store */
    int64_t                          lease_end;  /* by its clock */

    /* to check against */

    size_t                           flight;
    unsigned                         busy[SIM_KEYS];
    double                           level;
    int64_t                          filled;
    int64_t                          quiet;      /* until then, in outage */
    int                              probe;      /* request, -1: none */
} sim_holder_t;


typedef struct {
    uint64_t                         seed;
    uint64_t                         random;
    unsigned                         verbose;
    const char                      *wrong;      /* the first fault, or NULL */
    char                             detail[160];

    int64_t                          now;
    uint64_t                         nevents;
    sim_event_t                      heap[SIM_EVENTS];
    size_t                           n;

    /* the schedule */

    int64_t                          calm;       /* when it begins */
    int64_t                          lease;
    int64_t                          retry[3];
    int64_t                          timeout;
    unsigned                         loss;       /* of calls, per cent */
    unsigned                         late;       /* calls that were given up
                                                    may be carried out */
    unsigned                         noise;      /* of answers, per cent */
    unsigned                         strict;     /* refuses everybody */
    unsigned                         spoilt;     /* messages, per cent */

    size_t                           nkeys;
    size_t                           nrecords;
    size_t                           begin;      /* all before are gone */
    sim_key_t                        key[SIM_KEYS];
    sim_record_t                     record[SIM_RECORDS];

    int                              phase;
    sim_request_t                    request[SIM_REQUESTS];
    sim_call_t                       call[SIM_CALLS];

    size_t                           nholders;
    sim_holder_t                     holder[SIM_HOLDERS];

    int64_t                          hang;       /* the store, until then */
    uint64_t                         reader;     /* how far this fence has */
    size_t                           read;       /* read the outbox */

    uint64_t                         fence;      /* the lease in the store */
    int                              owner;
    unsigned                         owner_process;
    int64_t                          owner_until;

    /* statistics */

    uint64_t                         posts;
    uint64_t                         repeats;
    uint64_t                         dead;
    uint64_t                         fenced;
    uint64_t                         outages;
    uint64_t                         holds;
    uint64_t                         crashes;
    uint64_t                         rejected;
} sim_t;


/* sim.c */

uint32_t sim_random(sim_t *s, uint32_t n);
unsigned sim_chance(sim_t *s, unsigned percent);

/* of a network, sometimes a long one */
int64_t sim_delay(sim_t *s, int64_t longest);
void sim_event(sim_t *s, int64_t delay, sim_event_e type, int holder,
    int object, unsigned life);
void sim_say(sim_t *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* remembers the first fault */
void sim_wrong(sim_t *s, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* schedule.c */

void sim_schedule(sim_t *s);
void sim_produce(sim_t *s);
void sim_finish(sim_t *s);

/* store.c */

void sim_store_add(sim_t *s, size_t key, sim_nature_e nature);
void sim_store_hang(sim_t *s);
void sim_store_lease(sim_t *s, int holder);
void sim_store_call(sim_t *s, sim_call_t *call);
void sim_store_requeue(sim_t *s);

/* the hold list of the key is of a wrong type */
unsigned sim_store_broken(const sim_t *s, size_t key);

/* nothing waits but what belongs to a broken key */
unsigned sim_store_empty(const sim_t *s);

/* gateway.c */

void sim_gateway_phase(sim_t *s);
void sim_gateway_post(sim_t *s, sim_request_t *request);

/* holder.c */

void sim_holder_init(sim_t *s, int holder);
int64_t sim_holder_clock(const sim_t *s, int holder);

/* milliseconds of its clock in ours, not less */
int64_t sim_holder_span(const sim_holder_t *h, int64_t local);
void sim_holder_event(sim_t *s, const sim_event_t *event);
void sim_holder_stop(sim_t *s, int holder);
void sim_holder_exit(sim_t *s, int holder);

/* holder_call.c */

void sim_holder_call(sim_t *s, int holder,
    const ngx_polycard_dispatch_call_t *wanted);
void sim_holder_answered(sim_t *s, const sim_event_t *event);

/* a call that is not answered, though it may be carried out yet */
void sim_holder_lose(sim_t *s, sim_call_t *call);

/* check.c */

void sim_check_send(sim_t *s, int holder, int request);
void sim_check_result(sim_t *s, int holder, sim_request_t *request,
    ngx_polycard_verdict_e verdict, int64_t retry_after);


#endif /* _SIM_H_INCLUDED_ */
