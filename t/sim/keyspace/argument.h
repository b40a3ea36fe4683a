
/* Arguments of a command, and the value of the key that one of them names. */


#ifndef _SIM_KEYSPACE_ARGUMENT_H_INCLUDED_
#define _SIM_KEYSPACE_ARGUMENT_H_INCLUDED_


#include "keyspace/keyspace.h"
#include "keyspace/reply.h"


#define KS_NO_INTEGER  "ERR value is not an integer or out of range"
#define KS_SYNTAX      "ERR syntax error"


typedef struct {
    const char           *data;
    size_t                len;
} ks_arg_t;


/*
 * The value of the key, or NULL: *reply is an error where it is of another
 * type, else NULL.  create_value(): an empty one where there is none.
 */
ks_value_t *ks_open(ks_t *ks, const ks_arg_t *name, ks_type_e type,
    redisReply **reply);
ks_value_t *ks_create_value(ks_t *ks, const ks_arg_t *name, ks_type_e type,
    redisReply **reply);

/* a value of which nothing is left goes with its key */
void ks_close(ks_t *ks, const ks_arg_t *name, const ks_value_t *value);

int ks_arg_is(const ks_arg_t *arg, const char *word);
int ks_arg_integer(const ks_arg_t *arg, long long *integer);
int ks_arg_double(const ks_arg_t *arg, double *number);


#endif /* _SIM_KEYSPACE_ARGUMENT_H_INCLUDED_ */
