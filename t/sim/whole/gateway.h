
/*
 * A gateway that has phases, and the picture of the clients that it has from
 * hooks alone: once as whoever takes all that comes, once as whoever drops
 * repeated ids.
 */


#ifndef _SIM_WHOLE_GATEWAY_H_INCLUDED_
#define _SIM_WHOLE_GATEWAY_H_INCLUDED_


#include "process/delivery.h"
#include "keyspace/keyspace.h"


#define GATEWAY_FIELDS  16
#define GATEWAY_KEYS    128


typedef enum {
    GATEWAY_UNKNOWN = 0,
    GATEWAY_PRESENT,
    GATEWAY_DELETED
} gateway_state_e;


typedef struct {
    char                  key[32];
    gateway_state_e       state[2];     /* by what is said above */
    char                 *field[2][GATEWAY_FIELDS];  /* NULL: not told */

    unsigned              late;         /* one came that nobody waited for */
    unsigned              spoilt;       /* it refuses all of this one */
    unsigned              fails;        /* ... or fails */
} gateway_client_t;


extern const char *const  gateway_fields[];


typedef struct {
    uint64_t              accepted;
    uint64_t              repeated;
    uint64_t              refused;
    uint64_t              failed;
} gateway_counts_t;


extern gateway_counts_t  gateway_counts;


void gateway_begin(void);

/* from now on all is well */
void gateway_calm(void);

/* it has read getClients: whoever is in the index is there, as stored */
void gateway_reads(ks_t *ks);

/* what it was told of him when all that waits has come; NULL: nothing */
ks_field_t *gateway_shadow(ks_t *ks, const char *phone);

/* NULL: it has heard of nobody by that key */
gateway_client_t *gateway_client(const char *key);

/* makes one up; NULL: too many */
gateway_client_t *gateway_know(const char *key);


#endif /* _SIM_WHOLE_GATEWAY_H_INCLUDED_ */
