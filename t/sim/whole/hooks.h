
/*
 * What has become of each hook that was ever written: where the keyspace has
 * it, and what the gateway has seen of it.
 */


#ifndef _SIM_WHOLE_HOOKS_H_INCLUDED_
#define _SIM_WHOLE_HOOKS_H_INCLUDED_


#include "base/sim.h"
#include "keyspace/keyspace.h"


typedef enum {
    HOOK_NOWHERE = 0,
    HOOK_OUTBOX,
    HOOK_HELD,
    HOOK_DEAD,
    HOOK_GONE
} hook_place_e;


typedef struct hook_s  hook_t;

struct hook_s {
    hook_t               *next;         /* in the order of creation */
    hook_t               *bucket;
    ks_id_t               id;
    char                  name[48];     /* the id as text */
    char                  key[32];
    const char           *object;
    const char           *action;
    unsigned              discount;     /* of bonuses: not the bonus */
    hook_place_e          place;
    hook_place_e          before;       /* the last look */
    unsigned              places;       /* in which it was found at once */
    unsigned              is_open;      /* among hooks_about() */
    unsigned              posted;       /* times that the gateway took it */
    unsigned              requeued;     /* it has lost its turn */
    unsigned              meddled;      /* somebody else has deleted it */
    unsigned              lost;         /* with what Redis has lost */
    unsigned              back;         /* it was over, and is back */
    unsigned              early;        /* from before Redis went back */
    const char           *sent;         /* object, action and data, once sent */
};


void hooks_begin(void);
hook_t *hooks_first(void);

/* those that are somewhere, or were before the last look; until the next one */
hook_t *const *hooks_about(size_t *n);

/* NULL: none of that name */
hook_t *hooks_find(const char *name);

/*
 * Looks where each of them is now; told is called for those that are new.  One
 * that was gone and is in the outbox again: its id was given once more, unless
 * Redis has gone back in time.
 */
void hooks_look(ks_t *ks, unsigned back,
    void (*told)(hook_t *hook, const ks_entry_t *entry));

/* the value of a field of a record of a stream, or NULL */
const ks_str_t *hooks_field(const ks_entry_t *entry, const char *name);

/* how many are in one of these, but for HOOK_GONE */
size_t hooks_count(hook_place_e place);


#endif /* _SIM_WHOLE_HOOKS_H_INCLUDED_ */
