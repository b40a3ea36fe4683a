
/*
 * What must hold: looked at after each call that Redis has carried out, when a
 * hook is sent, and when all is well.
 */


#ifndef _SIM_WHOLE_ORACLE_H_INCLUDED_
#define _SIM_WHOLE_ORACLE_H_INCLUDED_


#include "whole/world.h"
#include "keyspace/reply.h"
#include "process/delivery.h"
#include "server/server.h"


void oracle_begin(void);

/* Redis has gone back in time, or is another one: what is there now counts */
void oracle_went_back(void);

/* somebody deletes hooks, or writes into helper keys, by this call */
void oracle_meddle(unsigned on);

/* a client is to be forgotten: what of him dies is removed, by and by */
void forgotten_begin(void);
void oracle_forgets(const char *phone);
unsigned oracle_was_forgotten(const char *key);

/* an operator has released so many deletions */
void oracle_confirmed(long long n);

/* NULL: nothing is left to be done, and all agree; else why not */
const char *oracle_settled(void);

/* what Redis has answered to addClient, and what of that a caller was told */
void oracle_gave(const char *phone, const redisReply *reply);
void oracle_issued(const char *phone, long long id, const char *code);

/* a card for a client who is there, as a back office was told */
void oracle_carded(const char *phone, const char *code);

/* the market has read that; of whom it has not, but for those who were
 * forgotten and what Redis has lost: NULL, of all */
void oracle_registered(const char *phone, const char *code);
const char *oracle_untaken(unsigned (*is_forgotten)(const char *phone));

void given_begin(void);

/* what Redis has answered to whoever asks for the lease; what is sent */
void lease_begin(void);
void lease_look(const ks_arg_t *arg, size_t n, const redisReply *reply);
void lease_sent(const delivery_t *delivery);
unsigned lease_is_past(const delivery_t *delivery);


#endif /* _SIM_WHOLE_ORACLE_H_INCLUDED_ */
