
/*
 * What is there in a schedule, and what was agreed for it: emitters that
 * crash, stop and believe in a lease that is lost, the store as the functions
 * inside Redis keep it, a gateway that answers anything.  One seed is one
 * schedule.
 */


#ifndef _SIM_DISPATCH_SCENE_H_INCLUDED_
#define _SIM_DISPATCH_SCENE_H_INCLUDED_


#include "base/sim.h"
#include "core/dispatch.h"


#define SCENE_LOAD      150        /* records before all is well */
#define SCENE_RECORDS   1500
#define SCENE_KEYS      40
#define SCENE_HOLDERS   3
#define SCENE_REQUESTS  256
#define SCENE_CALLS     64


/* what is wrong with a message by itself */

typedef enum {
    SCENE_GOOD = 0,
    SCENE_BAD_REFUSED,
    SCENE_BAD_FAILS
} scene_nature_e;


typedef enum {
    SCENE_NOWHERE = 0,
    SCENE_OUTBOX,
    SCENE_HELD,
    SCENE_DEAD,
    SCENE_GONE,
    SCENE_LOST                           /* by the server, with its tail */
} scene_place_e;


typedef struct {
    size_t                           key;
    uint64_t                         id;
    scene_nature_e                   nature;
    scene_place_e                    place;
    size_t                           attempts;   /* in the store */

    /* what really happened */

    unsigned                         posted;     /* processed by the gateway */
    unsigned                         requeued;
    unsigned                         back;       /* it was dead */
    size_t                           refusals;   /* that count, see check.c */
    unsigned                         failed[SCENE_HOLDERS];
} scene_record_t;


typedef struct {
    int64_t                          due;
    size_t                           held;
    unsigned                         late;       /* see gateway.c */
    size_t                           last;       /* posted last, + 1 */
    size_t                           newest;
    int64_t                          broken;     /* its list, from then on, */
    int64_t                          mended;     /* until then */
} scene_key_t;


typedef struct scene_request_s  scene_request_t;


typedef struct {
    unsigned                         n;
    ngx_polycard_dispatch_conf_t     conf;
    ngx_polycard_dispatch_t         *dispatch;
    unsigned                         process;    /* changes with a crash */
    unsigned                         session;    /* changes with a lease */
    unsigned                         timer;
    unsigned                         running;
    unsigned                         draining;
    unsigned                         cut;        /* from the store */
    unsigned                         sloppy;     /* believes until FENCED */
    int64_t                          offset;     /* its clock */
    int64_t                          speed;      /* in 1000ths */
    int64_t                          down;       /* paused or dead until */
    uint64_t                         fence;
    uint64_t                         offered;    /* by the store */
    int64_t                          lease_end;  /* by its clock */

    /* to check against */

    size_t                           flight;
    unsigned                         busy[SCENE_KEYS];
    double                           level;
    int64_t                          filled;
    int64_t                          quiet;      /* until then, in outage */
    const scene_request_t           *probe;
} scene_holder_t;


struct scene_request_s {
    unsigned                         used;
    unsigned                         life;       /* of this place */
    scene_holder_t                  *holder;
    unsigned                         process;    /* of the holder */
    unsigned                         session;    /* of its lease */
    uint64_t                         fence;
    size_t                           slot;
    size_t                           record;
    unsigned                         posted;     /* has reached the gateway */
    unsigned                         ended;      /* nobody waits any more */
    sim_handler_pt                   answered;   /* of the holder; tag: life */
    ngx_polycard_verdict_answer_t    answer;
    const char                      *retry_after;
};


typedef struct {
    unsigned                         used;
    unsigned                         life;       /* of this place */
    scene_holder_t                  *holder;
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

    sim_handler_pt                   answer;     /* of the holder; tag: life */
    unsigned                         executed;
    unsigned                         failed;     /* the holder will think */
    unsigned                         cut;        /* and never arrives */
    unsigned                         answered;
    unsigned                         fenced;
    unsigned                         rejected;   /* of a broken key */
    int64_t                          next;
} scene_call_t;


typedef struct {

    /* what was agreed */

    int64_t                          calm;       /* when it begins */
    int64_t                          lease;
    int64_t                          retry[3];
    int64_t                          timeout;
    unsigned                         loss;       /* of calls, per cent */
    unsigned                         late;       /* calls that were given up
                                                    may be carried out */
    unsigned                         noise;      /* of answers, per cent */
    unsigned                         strict;     /* refuses everybody */
    unsigned                         unheard;    /* and not each refusal was
                                                    heard: a holder hung */
    unsigned                         spoilt;     /* messages, per cent */

    /* the store */

    size_t                           nkeys;
    size_t                           nrecords;
    size_t                           begin;      /* all before are gone */
    uint64_t                         count;      /* of ids */
    unsigned                         servers;    /* that were there before */
    scene_key_t                      key[SCENE_KEYS];
    scene_record_t                   record[SCENE_RECORDS];

    int64_t                          hang;       /* until then */
    uint64_t                         reader;     /* how far this fence has */
    size_t                           read;       /* read the outbox */

    uint64_t                         fence;      /* of the lease */
    const scene_holder_t            *owner;
    unsigned                         owner_process;
    int64_t                          owner_until;

    /* who uses it */

    size_t                           nholders;
    scene_holder_t                   holder[SCENE_HOLDERS];
    scene_request_t                  request[SCENE_REQUESTS];
    scene_call_t                     call[SCENE_CALLS];

    /* statistics */

    uint64_t                         posts;
    uint64_t                         repeats;
    uint64_t                         dead;
    uint64_t                         fenced;
    uint64_t                         outages;
    uint64_t                         holds;
    uint64_t                         crashes;
    uint64_t                         rejected;
    uint64_t                         swaps;
} scene_t;


extern scene_t  scene;


/* zeros */
void scene_begin(void);

unsigned scene_is_calm(void);

/* of a network, sometimes a long one */
int64_t scene_delay(int64_t longest);

/* what a holder's clock shows */
int64_t scene_clock(const scene_holder_t *h);

/* milliseconds of its clock in ours, not less */
int64_t scene_span(const scene_holder_t *h, int64_t local);


#endif /* _SIM_DISPATCH_SCENE_H_INCLUDED_ */
